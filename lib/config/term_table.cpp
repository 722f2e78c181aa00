#include <fmt/format.h>

#include <algorithm>

#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

constexpr auto hint = "Write a date without quotes, such as 2026-09-01.";

Date required_date(const TomlTable& table, std::string_view key) {
  if (!table.has(key)) table.refuse(key, "missing-key", fmt::format("'{}' is missing", key), hint);
  const auto date = table.date(key);
  if (!date) table.bad_value(key, "is no date", hint);
  return *date;
}

}  // namespace

std::vector<Term> read_terms(const TomlTable& owner) {
  std::vector<Term> terms;
  for (const auto& table : owner.tables("term")) {
    table.allow({"name", "from", "to"});
    Term term{table.required_text("name"), required_date(table, "from"), required_date(table, "to")};
    if (term.last < term.first) {
      table.bad_value("to", fmt::format("lies before 'from', {}", to_iso(term.first)), "Correct the dates.");
    }
    for (const auto& other : terms) {
      if (term.first > other.last || term.last < other.first) continue;
      table.bad_value("from", fmt::format("and 'to' overlap the term {}", other.name),
                      "Let each day belong to one term at most.");
    }
    terms.push_back(std::move(term));
  }
  std::sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) { return a.first < b.first; });
  return terms;
}

}  // namespace crier::config
