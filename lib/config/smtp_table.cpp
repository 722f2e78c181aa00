// `kind = "smtp"` of [channel.email]: the mail servers, how to sign in to them, and what they are asked for.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr std::array securities{Security::starttls, Security::tls, Security::none};
constexpr std::array default_ports{587, 465, 25};

constexpr std::array<std::string_view, 14> smtp_keys{
    "host",       "port",      "security",    "user",    "ca_file", "password_file",           "password_env",
    "token_file", "token_env", "connections", "timeout", "relays",  "messages_per_connection", "dsn"};

constexpr std::array credential_keys{"password_file", "password_env", "token_file", "token_env"};

/// A secret as it stands in a file or a variable: the line end behind it is not part of it.
std::string without_line_end(std::string content) {
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
  return content;
}

/// Beside the settings, then among the service manager's credentials (P1).
std::vector<fs::path> places_of(const std::string& name, const fs::path& folder) {
  std::vector<fs::path> places{folder / name};
  const auto credentials = os::environment("CREDENTIALS_DIRECTORY");
  if (credentials && fs::path(name).is_relative()) places.push_back(fs::path(*credentials) / name);
  return places;
}

void take_password(SmtpRelay& relay, std::string content) {
  content = without_line_end(std::move(content));
  if (content.empty()) relay.password_fault = "it is empty";
  relay.password = Secret(std::move(content));
}

void read_password_file(SmtpRelay& relay, const std::string& name, const fs::path& folder) {
  std::string fault;
  for (const auto& place : places_of(name, folder)) {
    try {
      take_password(relay, os::read_file(place, 64 << 10));
      relay.password_file = place;
      return;
    } catch (const Error& error) {
      fault += (fault.empty() ? "" : "; ") + error.message();
    }
  }
  relay.password_fault = fault;
}

/// The file is not read here: the token in it is renewed while crier runs.
void find_token_file(SmtpRelay& relay, const std::string& name, const fs::path& folder) {
  const auto places = places_of(name, folder);
  const auto there = std::find_if(places.begin(), places.end(), [](const fs::path& place) {
    std::error_code ignored;
    return fs::exists(place, ignored);
  });
  relay.token_file = there == places.end() ? places.front() : *there;
}

/// Throws where the keys do not go together.
void check_credentials(const SmtpRelay& relay, const TomlTable& table) {
  for (const auto* what : {"password", "token"}) {
    const auto file = fmt::format("{}_file", what);
    const auto variable = fmt::format("{}_env", what);
    if (table.has(file) && table.has(variable)) {
      table.bad_value(variable, fmt::format("stands beside {}", file),
                      fmt::format("Name one place for the {}.", what));
    }
  }
  const auto named = std::find_if(credential_keys.begin(), credential_keys.end(),
                                  [&](const char* key) { return table.has(key); });
  if (relay.user.empty() && named != credential_keys.end()) {
    table.bad_value(*named, "stands without a user", "Add user = \"…\".");
  }
  if (!relay.user.empty() && named == credential_keys.end()) {
    table.refuse("user", "missing-key", fmt::format("'user' in {} stands without a password", table.title()),
                 "Add password_file = \"…\" or password_env = \"…\", or token_file for XOAUTH2.");
  }
}

void read_credentials(SmtpRelay& relay, const TomlTable& table, const fs::path& folder) {
  check_credentials(relay, table);
  const auto from_variable = [&](const std::string& variable) {
    auto value = os::environment(variable);
    if (!value) relay.password_fault = fmt::format("the environment variable {} is not set", variable);
    return value;
  };
  std::string_view key;
  if (const auto name = table.text("password_file")) {
    key = "password_file";
    read_password_file(relay, *name, folder);
  } else if (const auto variable = table.text("password_env")) {
    key = "password_env";
    if (auto value = from_variable(*variable)) take_password(relay, std::move(*value));
  }
  if (const auto name = table.text("token_file")) find_token_file(relay, *name, folder);
  if (const auto variable = table.text("token_env")) {
    key = "token_env";
    if (auto value = from_variable(*variable)) relay.token = Secret(without_line_end(std::move(*value)));
  }
  if (!relay.password_fault.empty()) {
    relay.password_fault =
        fmt::format("{}: the {} of {} cannot be read: {}", table.place(key),
                    key == "token_env" ? "token" : "password", table.title(), relay.password_fault);
  }
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

void check_host(const TomlTable& table, const SmtpRelay& relay) {
  if (relay.host.find_first_of(" /@") != std::string::npos) {
    table.bad_value("host", fmt::format("is '{}', which is no host name", relay.host),
                    "Write the server's name or IP address alone, the port as port = …");
  }
  if (!relay.user.empty() && relay.security == Security::none && !is_this_machine(relay.host)) {
    table.bad_value("security", "is 'none', and the password would cross the network readable",
                    "Use security = \"starttls\" or \"tls\", or sign in without a user.");
  }
}

/// A further mail server; what its table does not name is as for the first one.
SmtpRelay read_relay(const TomlTable& table, const SmtpRelay& first, const fs::path& folder) {
  refuse_secrets(table);
  table.allow({"host", "port", "security", "ca_file", "user", "password_file", "password_env", "token_file",
               "token_env"});
  SmtpRelay relay = first;
  relay.host = table.required_text("host");
  if (const auto security = table.choice("security", {"starttls", "tls", "none"})) {
    relay.security = securities[*security];
    relay.port = default_ports[*security];
  }
  if (const auto port = table.integer("port", 1, 65535)) relay.port = static_cast<int>(*port);
  if (const auto file = table.text("ca_file")) relay.ca_file = folder / *file;
  const bool own_credentials =
      table.has("user") || std::any_of(credential_keys.begin(), credential_keys.end(),
                                       [&](const char* key) { return table.has(key); });
  if (own_credentials) {
    relay.password = {};
    relay.password_file.clear();
    relay.password_fault.clear();
    relay.token_file.clear();
    relay.token = {};
    relay.user = table.text("user").value_or(first.user);
    read_credentials(relay, table, folder);
  }
  check_host(table, relay);
  return relay;
}

DsnNotify read_dsn(const TomlTable& table) {
  DsnNotify notify;
  const auto words = table.texts("dsn");
  if (!words) return notify;
  notify = {false, false, false};
  static const std::vector<std::string> known{"success", "failure", "delay", "never"};
  for (const auto& word : *words) {
    if (std::find(known.begin(), known.end(), word) == known.end()) {
      table.bad_value("dsn", fmt::format("holds '{}'{}", word, did_you_mean(word, known)),
                      "Write a list of success, failure and delay, or \"never\".");
    }
    if (word == "never" && words->size() > 1) {
      table.bad_value("dsn", "says 'never' beside something else", "Write dsn = \"never\" alone.");
    }
    notify.success |= word == "success";
    notify.failure |= word == "failure";
    notify.delay |= word == "delay";
  }
  return notify;
}

}  // namespace

bool is_smtp_key(std::string_view key) {
  return std::find(smtp_keys.begin(), smtp_keys.end(), key) != smtp_keys.end();
}

void refuse_secrets(const TomlTable& table) {
  for (const auto* what : {"password", "token"}) {
    if (!table.has(what)) continue;
    table.refuse(
        what, "secret-in-settings",
        fmt::format("'{}' in {}: {}s do not stand in the settings", what, table.title(), what),
        fmt::format("Put it into a file of its own and write {0}_file = \"…\", or {0}_env = \"…\".", what));
  }
}

void read_smtp(ChannelSettings& settings, const TomlTable& table, const fs::path& folder) {
  table.allow({"kind",
               "host",
               "port",
               "security",
               "ca_file",
               "user",
               "password_file",
               "password_env",
               "token_file",
               "token_env",
               "relays",
               "connections",
               "messages_per_connection",
               "dsn",
               "per_second",
               "per_hour",
               "per_day",
               "per_domain",
               "per_recipient",
               "timeout",
               "retry",
               "quiet_hours"});
  const auto hosts = table.texts("host");
  settings.host = hosts && !hosts->empty() ? hosts->front() : table.required_text("host");
  const auto security = table.choice("security", {"starttls", "tls", "none"}).value_or(0);
  settings.security = securities[security];
  settings.port = static_cast<int>(table.integer("port", 1, 65535).value_or(default_ports[security]));
  if (const auto file = table.text("ca_file")) settings.ca_file = folder / *file;
  settings.user = table.text("user").value_or("");
  read_credentials(settings, table, folder);
  check_host(table, settings);
  for (std::size_t i = 1; hosts && i < hosts->size(); ++i) {
    SmtpRelay same = settings;
    same.host = (*hosts)[i];
    check_host(table, same);
    settings.further_relays.push_back(std::move(same));
  }
  for (const auto& relay : table.tables("relays")) {
    settings.further_relays.push_back(read_relay(relay, settings, folder));
  }
  settings.connections =
      static_cast<int>(table.integer("connections", 1, 100).value_or(settings.connections));
  settings.messages_per_connection = static_cast<int>(
      table.integer("messages_per_connection", 0, 1'000'000).value_or(settings.messages_per_connection));
  settings.dsn = read_dsn(table);
  settings.timeout = table.duration("timeout", seconds(1)).value_or(settings.timeout);
}

}  // namespace crier::config
