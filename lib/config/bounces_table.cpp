#include <fmt/format.h>

#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

/// With `+`, a delivery's number and its check it has to stay within the 64 bytes of RFC 5321.
constexpr std::size_t longest_local_part = 30;

}  // namespace

BounceRules read_bounces(const TomlTable& root) {
  BounceRules rules;
  const auto table = root.table("bounces");
  if (!table) return rules;
  table->allow({"address", "block_after", "alike_share", "alike_number", "longest_way"});
  rules.address = read_address(*table, "address");
  if (rules.address.find('@') != std::string::npos && rules.address.find('@') > longest_local_part) {
    table->bad_value("address", fmt::format("is '{}', too long before the @", rules.address),
                     fmt::format("Take a name of at most {} letters, such as bounces.", longest_local_part));
  }
  rules.block_after = table->integer("block_after", 1, 100).value_or(rules.block_after);
  rules.alike_share = read_share(*table, "alike_share", rules.alike_share);
  rules.alike_number = table->integer("alike_number", 0, 1'000'000).value_or(rules.alike_number);
  rules.longest_way = table->duration("longest_way", std::chrono::seconds(1)).value_or(rules.longest_way);
  return rules;
}

}  // namespace crier::config
