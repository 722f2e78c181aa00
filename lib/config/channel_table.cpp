#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

/// Kinds that interface.md names and this version cannot carry.
constexpr std::array later_kinds{"kannel", "twilio", "http", "wecom"};

std::vector<std::string> kinds_for(Channel channel) {
  if (channel == Channel::email) return {"outbox", "smtp"};
  if (channel == Channel::inbox || channel == Channel::alert) return {"outbox", "inbox"};
  return {"outbox"};
}

ChannelKind default_kind(Channel channel) {
  return channel == Channel::inbox ? ChannelKind::inbox : ChannelKind::outbox;
}

ChannelKind read_kind(const TomlTable& table, Channel channel) {
  const auto word = table.text("kind");
  if (!word) return default_kind(channel);
  const auto kinds = kinds_for(channel);
  if (std::find(kinds.begin(), kinds.end(), *word) != kinds.end()) {
    if (*word == "smtp") return ChannelKind::smtp;
    return *word == "inbox" ? ChannelKind::inbox : ChannelKind::outbox;
  }
  const auto works = fmt::format("Kinds that work for {}: {}.", to_text(channel), join(kinds, ", "));
  if (std::find(later_kinds.begin(), later_kinds.end(), *word) != later_kinds.end()) {
    table.refuse(
        "kind", "unsupported-channel-kind",
        fmt::format("{} of kind '{}' is not supported by this version of crier yet", table.title(), *word),
        works);
  }
  if (*word == "smtp" || *word == "inbox") {
    table.bad_value("kind", fmt::format("is '{}', which cannot carry {}", *word, to_text(channel)), works);
  }
  table.bad_value("kind", fmt::format("is '{}'{}", *word, did_you_mean(*word, kinds)), works);
}

/// An unknown key of an outbox that smtp would know: the kind was left out, most likely.
void hint_at_smtp(const TomlTable& table) {
  static const std::vector<std::string> smtp_keys{"host",         "port",        "security",
                                                  "user",         "ca_file",     "password_file",
                                                  "password_env", "connections", "timeout"};
  for (const auto& key : table.keys()) {
    if (std::find(smtp_keys.begin(), smtp_keys.end(), key) == smtp_keys.end()) continue;
    table.refuse(key, "unknown-key",
                 fmt::format("'{}' in {} belongs to kind 'smtp' only", key, table.title()),
                 "Write kind = \"smtp\" into the table, or take the line out.");
  }
}

Retry read_retry(const TomlTable& owner) {
  Retry retry;
  const auto table = owner.table("retry");
  if (!table) return retry;
  table->allow({"first", "factor", "limit", "deadline"});
  retry.first = table->duration("first", seconds(1)).value_or(retry.first);
  retry.factor = table->number("factor", 1, 100).value_or(retry.factor);
  retry.limit = table->duration("limit", seconds(1)).value_or(std::max(retry.limit, retry.first));
  retry.deadline = table->duration("deadline", seconds(0)).value_or(retry.deadline);
  if (retry.limit < retry.first) {
    table->bad_value("limit", "is shorter than the first wait", "Make limit at least as long as first.");
  }
  return retry;
}

GatewayLimits read_limits(const TomlTable& table) {
  constexpr std::int64_t most = 1'000'000'000;
  const auto limit = [&](const char* key) { return table.integer(key, 1, most).value_or(0); };
  return {limit("per_hour"), limit("per_day"), limit("per_domain"), limit("per_recipient")};
}

void take_password(ChannelSettings& settings, std::string content) {
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
  if (content.empty()) settings.password_fault = "it is empty";
  settings.password = Secret(std::move(content));
}

/// The file beside the settings, else among the service manager's credentials (P1).
void read_password_file(ChannelSettings& settings, const std::string& name, const fs::path& folder) {
  std::vector<fs::path> places{folder / name};
  const auto credentials = os::environment("CREDENTIALS_DIRECTORY");
  if (credentials && fs::path(name).is_relative()) places.push_back(fs::path(*credentials) / name);
  std::string fault;
  for (const auto& place : places) {
    try {
      take_password(settings, os::read_file(place, 64 << 10));
      return;
    } catch (const Error& error) {
      fault += (fault.empty() ? "" : "; ") + error.message();
    }
  }
  settings.password_fault = fault;
}

void read_password(ChannelSettings& settings, const TomlTable& table, const fs::path& folder) {
  const auto file = table.text("password_file");
  const auto variable = table.text("password_env");
  if (file && variable) {
    table.bad_value("password_env", "stands beside password_file", "Name one place for the password.");
  }
  if (settings.user.empty() && (file || variable)) {
    table.bad_value(file ? "password_file" : "password_env", "stands without a user", "Add user = \"…\".");
  }
  if (!settings.user.empty() && !file && !variable) {
    table.refuse("user", "missing-key", fmt::format("'user' in {} stands without a password", table.title()),
                 "Add password_file = \"…\" or password_env = \"…\".");
  }
  if (file) read_password_file(settings, *file, folder);
  if (variable) {
    const auto value = os::environment(*variable);
    if (value) {
      take_password(settings, *value);
    } else {
      settings.password_fault = fmt::format("the environment variable {} is not set", *variable);
    }
  }
  if (!settings.password_fault.empty()) {
    settings.password_fault = fmt::format("{}: the password of {} cannot be read: {}",
                                          table.place(file ? "password_file" : "password_env"), table.title(),
                                          settings.password_fault);
  }
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

void read_smtp(ChannelSettings& settings, const TomlTable& table, const fs::path& folder) {
  table.allow({"kind", "host", "port", "security", "ca_file", "user", "password_file", "password_env",
               "connections", "per_second", "per_hour", "per_day", "per_domain", "per_recipient", "timeout",
               "retry", "quiet_hours"});
  settings.host = table.required_text("host");
  if (settings.host.find_first_of(" /@") != std::string::npos) {
    table.bad_value("host", fmt::format("is '{}', which is no host name", settings.host),
                    "Write the server's name or IP address alone, the port as port = …");
  }
  constexpr std::array securities{Security::starttls, Security::tls, Security::none};
  constexpr std::array default_ports{587, 465, 25};
  const auto security = table.choice("security", {"starttls", "tls", "none"}).value_or(0);
  settings.security = securities[security];
  settings.port = static_cast<int>(table.integer("port", 1, 65535).value_or(default_ports[security]));
  if (const auto file = table.text("ca_file")) settings.ca_file = folder / *file;
  settings.user = table.text("user").value_or("");
  read_password(settings, table, folder);
  if (!settings.user.empty() && settings.security == Security::none && !is_this_machine(settings.host)) {
    table.bad_value("security", "is 'none', and the password would cross the network readable",
                    "Use security = \"starttls\" or \"tls\", or sign in without a user.");
  }
  settings.connections =
      static_cast<int>(table.integer("connections", 1, 100).value_or(settings.connections));
  settings.timeout = table.duration("timeout", seconds(1)).value_or(settings.timeout);
}

}  // namespace

std::string_view to_text(ChannelKind kind) {
  switch (kind) {
    case ChannelKind::outbox:
      return "outbox";
    case ChannelKind::smtp:
      return "smtp";
    case ChannelKind::inbox:
      return "inbox";
  }
  return "";
}

ChannelSettings read_channel(const TomlTable& table, Channel channel, const fs::path& folder) {
  if (table.has("password")) {
    table.refuse("password", "secret-in-settings",
                 fmt::format("'password' in {}: passwords do not stand in the settings", table.title()),
                 "Put it into a file of its own and write password_file = \"…\", or password_env = \"…\".");
  }
  ChannelSettings settings;
  settings.kind = read_kind(table, channel);
  if (settings.kind == ChannelKind::smtp) {
    read_smtp(settings, table, folder);
  } else if (settings.kind == ChannelKind::outbox) {
    hint_at_smtp(table);
    if (channel == Channel::sms) {
      table.allow({"kind", "path", "per_second", "per_hour", "per_day", "per_recipient", "retry",
                   "quiet_hours", "price"});
      settings.price = read_prices(table);
    } else {
      table.allow(
          {"kind", "path", "per_second", "per_hour", "per_day", "per_recipient", "retry", "quiet_hours"});
    }
    settings.path = (folder / table.text("path").value_or(fmt::format("outbox/{}", to_text(channel))));
    settings.path = settings.path.lexically_normal();
  } else {
    table.allow({"kind", "quiet_hours"});
  }
  settings.per_second = table.number("per_second", 0, 1'000'000).value_or(0);
  settings.limits = read_limits(table);
  settings.retry = read_retry(table);
  settings.quiet_hours = read_quiet_hours(table);
  return settings;
}

}  // namespace crier::config
