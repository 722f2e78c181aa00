// `kind = "smtp"` of [channel.email]: the mail servers, how to sign in to them, and what they are asked for.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "config/secret_table.hpp"
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

/// Throws where the keys do not go together.
void check_credentials(const SmtpRelay& relay, const TomlTable& table) {
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
  auto password = read_secret(table, "password", folder);
  relay.password = std::move(password.value);
  relay.password_file = std::move(password.file);
  if (!password.fault.empty()) relay.password_fault = std::move(password.fault);
  if (table.has("token_file") && !table.has("token_env")) {
    // Not read here: the token in it is renewed while crier runs.
    relay.token_file = credential_path(table.text("token_file").value(), folder);
    return;
  }
  auto token = read_secret(table, "token", folder);
  relay.token = std::move(token.value);
  if (!token.fault.empty()) relay.password_fault = std::move(token.fault);
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
  refuse_secrets(table, {"password", "token"});
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
