#include <fmt/format.h>

#include <charconv>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

constexpr std::string_view how_to_write =
    "Write an address and a port, such as 127.0.0.1:8480 or [::1]:8480.";
constexpr std::string_view how_to_open =
    "Listen at 127.0.0.1, or set allow_remote = true under [daemon]; crier-daemon(1) says what then is seen.";

/// `127.0.0.1:8480`, `[::1]:8480`, `localhost:0`; nothing where it is none.
std::optional<ListenAddress> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto digits = text.substr(colon + 1);
  ListenAddress address;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || address.port < 0 || address.port > 65535) return std::nullopt;
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  address.host = fold(host) == "localhost" ? "127.0.0.1" : std::string(host);
  const auto kind = os::address_kind(address.host);
  const bool is_six = host.find(':') != std::string_view::npos;
  if (kind == os::AddressKind::none || bracketed != is_six) return std::nullopt;
  address.local = kind == os::AddressKind::loopback;
  return address;
}

}  // namespace

DaemonRules read_daemon(const TomlTable& root) {
  DaemonRules rules;
  const auto table = root.table("daemon");
  if (!table) return rules;
  table->allow({"listen", "allow_remote", "hosts", "log"});
  if (table->choice("log", {"text", "json"}).value_or(0) == 1) rules.log = DaemonRules::Log::json;
  rules.allow_remote = table->flag("allow_remote").value_or(false);
  for (const auto& host : table->texts("hosts").value_or(std::vector<std::string>()))
    rules.hosts.push_back(to_lower(host));
  if (const auto written = table->text("listen")) {
    rules.listen = parse_listen(*written);
    if (!rules.listen) {
      table->bad_value("listen", fmt::format("is '{}', which is no address to listen at", *written),
                       std::string(how_to_write));
    }
    if (!rules.listen->local && !rules.allow_remote) {
      table->refuse("listen", "not-loopback",
                    fmt::format("listen is '{}', which other machines can reach", *written),
                    std::string(how_to_open));
    }
  }
  return rules;
}

std::optional<ListenAddress> listen_address(const DaemonRules& rules, std::string_view from_command_line) {
  if (from_command_line.empty()) return rules.listen;
  auto address = parse_listen(from_command_line);
  if (!address) {
    throw Error(Exit::usage, "bad-address",
                fmt::format("--listen: '{}' is no address to listen at", from_command_line),
                std::string(how_to_write));
  }
  if (!address->local && !rules.allow_remote) {  // W2
    throw Error(Exit::usage, "not-loopback",
                fmt::format("--listen: other machines can reach '{}'", from_command_line),
                std::string(how_to_open));
  }
  return address;
}

}  // namespace crier::config
