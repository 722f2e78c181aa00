#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

constexpr std::chrono::seconds one_second{1};

/// Points are kept in hundredths: what is finer cannot be booked.
std::int64_t read_points(const TomlTable& table, const std::string& key, double most) {
  const auto written = table.number(key, 0, most).value();
  const auto hundredths = std::llround(written * 100);
  if (std::abs(written * 100 - static_cast<double>(hundredths)) > 1e-6) {
    table.bad_value(key, fmt::format("is {}, finer than a hundredth of a point", written),
                    "Write it with two digits behind the point at most.");
  }
  return hundredths;
}

}  // namespace

std::string read_web_address(const TomlTable& table, std::string_view key) {
  auto url = table.text(key);
  if (!url) return "";
  const auto is_web = url->starts_with("https://") || url->starts_with("http://");
  if (!is_web || url->find(' ') != std::string::npos) {
    table.bad_value(key, fmt::format("is '{}', which is no address of a web page", *url),
                    "Write it with https:// in front.");
  }
  return *url;
}

Approval read_approval(const TomlTable& root) {
  Approval approval;
  const auto table = root.table("approval");
  if (!table) return approval;
  table->allow({"informational", "periodic", "exempt"});
  approval.informational = table->choice("informational", {"none", "required"}).value_or(0) == 1;
  approval.periodic = table->choice("periodic", {"none", "required"}).value_or(0) == 1;
  approval.exempt = table->texts("exempt").value_or(std::vector<std::string>());
  return approval;
}

SendingRules read_sending(const TomlTable& root) {
  SendingRules rules;
  const auto table = root.table("sending");
  if (!table) return rules;
  table->allow({"undo_delay", "ask_above", "daily_cap", "expires", "late_after", "stale_after", "sandbox",
                "public_url", "keep_free"});
  rules.undo_delay = table->duration("undo_delay", std::chrono::seconds(0)).value_or(rules.undo_delay);
  rules.ask_above = table->integer("ask_above", 0, 100'000'000).value_or(rules.ask_above);
  rules.daily_cap = table->integer("daily_cap", 1, 1000).value_or(rules.daily_cap);
  rules.late_after = table->duration("late_after", one_second).value_or(rules.late_after);
  rules.stale_after = table->duration("stale_after", one_second).value_or(rules.stale_after);
  if (const auto expires = table->table("expires")) {
    expires->allow({"system", "informational", "periodic"});
    rules.expires[0] = expires->duration("system", one_second).value_or(rules.expires[0]);
    rules.expires[1] = expires->duration("informational", one_second).value_or(rules.expires[1]);
    rules.expires[2] = expires->duration("periodic", one_second).value_or(rules.expires[2]);
  }
  if (const auto megabytes = table->integer("keep_free", 0, 1'000'000))
    rules.keep_free = static_cast<std::uint64_t>(*megabytes) << 20;
  rules.sandbox = table->texts("sandbox");
  rules.public_url = read_web_address(*table, "public_url");
  while (rules.public_url.ends_with('/')) rules.public_url.pop_back();
  return rules;
}

std::optional<WalletRules> read_wallet(const TomlTable& root) {
  const auto table = root.table("wallet");
  if (!table) return std::nullopt;
  table->allow({"per", "emergency_reserve", "warn_below"});
  constexpr double most = 1'000'000;
  WalletRules rules;
  if (table->choice("per", {"district", "school"}).value_or(0) == 1) rules.per = WalletRules::Per::school;
  if (table->has("emergency_reserve"))
    rules.emergency_reserve = read_points(*table, "emergency_reserve", most);
  if (table->has("warn_below")) rules.warn_below = read_points(*table, "warn_below", most);
  return rules;
}

std::optional<SmsRules> read_sms_rules(const TomlTable& owner) {
  const auto table = owner.table("sms");
  if (!table) return std::nullopt;
  table->allow({"policy", "max_segments"});
  SmsRules rules;
  static constexpr SmsPolicy policies[] = {SmsPolicy::automatic, SmsPolicy::transliterate, SmsPolicy::refuse};
  rules.policy = policies[table->choice("policy", {"automatic", "transliterate", "refuse"}).value_or(0)];
  rules.max_segments = static_cast<int>(table->integer("max_segments", 1, 255).value_or(rules.max_segments));
  return rules;
}

std::map<std::string, std::int64_t> read_prices(const TomlTable& channel) {
  std::map<std::string, std::int64_t> prices;
  if (!channel.has("price")) return prices;
  if (!channel.is_table("price")) {
    channel.bad_value("price", "is no table", "Write price = { default = 1, CN = 0.5 }: points a segment.");
  }
  const auto table = channel.table("price").value();
  for (const auto& key : table.keys()) {
    const bool country =
        key.size() == 2 && std::all_of(key.begin(), key.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!country && key != "default") table.unknown_key(key, {"default", "GB", "US", "CN"});
    prices[key] = read_points(table, key, 10000);
  }
  return prices;
}

}  // namespace crier::config
