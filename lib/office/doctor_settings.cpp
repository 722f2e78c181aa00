#include <fmt/format.h>

#include "base/os.hpp"
#include "office/doctor.hpp"
#include "office/finding_list.hpp"

namespace crier::office {
namespace {

class SettingsExamination {
 public:
  SettingsExamination(const config::Settings& settings, AddressSight sight) : set_(settings), sight_(sight) {}

  std::vector<Finding> run() {
    file();
    clock();
    sandbox();
    public_url();
    error_reports();
    email();
    return list_.take();
  }

 private:
  void file() {
    if (set_.file.empty()) {
      list_.warn("settings", "there is no settings file: everything goes to files in a folder",
                 "Write one with 'crier init', or name it with --config.");
    } else {
      list_.ok("settings", set_.file.string());
    }
  }

  void clock() {
    const auto clock = os::environment("CRIER_CLOCK");
    if (!clock) return;
    list_.warn("clock", fmt::format("CRIER_CLOCK is set ({}): crier does not go by the real time", *clock),
               "Take it out of the environment, but for rehearsals.");
  }

  void sandbox() {
    if (!set_.sending.sandbox) return;
    list_.warn("sandbox", "the sandbox lets only some addresses through",
               "Take sandbox out from under [sending] when you are done trying.");
  }

  void public_url() {
    const auto& url = set_.sending.public_url;
    if (url.empty()) {
      list_.warn("public-url", "there are no pages for opting out with one click, nor for confirming",
                 "Set public_url under [sending] to the address at which the daemon is reached.");
    } else if (!url.starts_with("https://")) {
      list_.warn("public-url",
                 fmt::format("{} is not encrypted: mail programs offer no one-click opt-out", url),
                 "Put the daemon behind a server with https.");
    } else {
      list_.ok("public-url", url);
    }
  }

  void error_reports() {
    if (set_.district.error_reports_to.empty()) {
      list_.warn("error-reports", "nobody is told by e-mail when messages fail",
                 "Set error_reports_to under [district].");
    } else {
      list_.ok("error-reports", "go to " + shown_address(sight_, set_.district.error_reports_to));
    }
  }

  /// D2: whether e-mail leaves at all, readable by whom, and how crier signs in.
  void email() {
    const auto named = set_.channels.find(Channel::email);
    if (named == set_.channels.end()) {
      list_.warn("email", "no mail server is set up: e-mails are written to files and reach nobody",
                 "Set kind = \"smtp\" and host under [channel.email].");
      return;
    }
    const auto& email = named->second;
    if (email.kind == config::ChannelKind::outbox) {
      list_.ok("email", fmt::format("is written to files in {}, as the settings say", email.path.string()));
      return;
    }
    if (email.kind != config::ChannelKind::smtp) return;
    list_.ok("email", fmt::format("leaves by {}:{}", email.host, email.port));
    relay(email);
    for (const auto& further : email.further_relays) relay(further);
  }

  void relay(const config::SmtpRelay& relay) {
    const auto where = fmt::format("{}:{}", relay.host, relay.port);
    if (relay.security != config::Security::none) {
      list_.ok("tls", where + " is spoken to encrypted");
    } else if (os::address_kind(relay.host) == os::AddressKind::loopback || relay.host == "localhost") {
      list_.ok("tls", where + " is this machine");
    } else {
      list_.warn("tls", fmt::format("mails cross the network to {} readable by whoever listens", where),
                 "Set security to starttls or tls under [channel.email].");
    }
    if (!relay.ca_file.empty() && !readable(relay.ca_file)) {
      list_.wrong("tls",
                  fmt::format("the authorities of {} cannot be read from {}", where, relay.ca_file.string()),
                  "Correct ca_file under [channel.email], or let this account read the file.");
    }
    credentials(relay, where);
  }

  void credentials(const config::SmtpRelay& relay, const std::string& where) {
    if (relay.user.empty()) return;
    if (!relay.password_fault.empty()) {
      list_.wrong("credentials", relay.password_fault, "Put the password where the settings say it is.");
      return;
    }
    if (!relay.token_file.empty() && !readable(relay.token_file)) {
      list_.wrong("credentials",
                  fmt::format("the token for {} cannot be read from {}", where, relay.token_file.string()),
                  "Let whatever renews it write it there, readable by this account.");
      return;
    }
    const auto& file = relay.token_file.empty() ? relay.password_file : relay.token_file;
    if (!file.empty() && os::anybody_can_read(file)) {
      list_.warn("credentials", fmt::format("anybody on this machine can read {}", file.string()),
                 fmt::format("chmod 600 {}", file.string()));
      return;
    }
    list_.ok("credentials", fmt::format("'{}' signs in to {}", relay.user, where));
  }

  static bool readable(const std::filesystem::path& file) {
    try {
      (void)os::read_file(file);
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  const config::Settings& set_;
  AddressSight sight_;
  FindingList list_;
};

}  // namespace

std::vector<Finding> examine_settings(const config::Settings& settings, AddressSight sight) {
  return SettingsExamination(settings, sight).run();
}

}  // namespace crier::office
