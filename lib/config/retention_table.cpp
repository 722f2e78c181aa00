#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

using std::chrono::days;

/// Below these a rule that reads what is kept would go wrong: the window of a notice, a daily cap, three
/// faults in a row, a bounce that is on its way.
days shortest(DataKind kind) {
  switch (kind) {
    case DataKind::words:
      return days(14);
    case DataKind::import_rows:
    case DataKind::held_imports:
      return days(1);
    case DataKind::leavers:
    case DataKind::audit:
      return days(90);
    default:
      return days(30);
  }
}

}  // namespace

Retention::Retention() {
  const auto keep = [&](DataKind kind, int how_long) { limits[position(kind)] = days(how_long); };
  // A school year and the summer behind it: what was last year's is asked about until then.
  constexpr int a_year = 400;
  // Three school years: as long as somebody may ask whether they were told.
  constexpr int three_years = 1100;
  keep(DataKind::words, a_year);
  keep(DataKind::deliveries, three_years);
  keep(DataKind::staff_mails, 90);
  for (const auto kind : {DataKind::attendance, DataKind::behaviour, DataKind::payments, DataKind::surveys,
                          DataKind::marks, DataKind::imports, DataKind::issues, DataKind::replies}) {
    keep(kind, a_year);
  }
  keep(DataKind::import_rows, 90);
  keep(DataKind::held_imports, 90);
}

Retention read_retention(const TomlTable& root, const BounceRules& bounces) {
  Retention retention;
  const auto table = root.table("retention");
  if (!table) return retention;
  table->allow({"words", "deliveries", "staff_mails", "attendance", "behaviour", "payments", "surveys",
                "marks", "imports", "import_rows", "held_imports", "issues", "bounces", "replies", "leavers",
                "audit"});
  for (const auto kind : all_data_kinds) {
    const auto key = to_text(kind);
    if (!table->has(key)) continue;
    auto& limit = retention.limits[position(kind)];
    std::optional<std::string> word;
    try {
      word = table->text(key);
    } catch (const Error&) {
      // Not a text: the duration says what is wrong with it.
    }
    if (word && fold(*word) == "keep") {
      limit.reset();
      continue;
    }
    limit = table->duration(key, std::chrono::seconds(0));
    if (*limit < shortest(kind)) {
      table->bad_value(
          key, fmt::format("is below {} days", shortest(kind).count()),
          "Write a number of days, such as \"400d\", or \"keep\"; crier-retention(1) tells why.");
    }
  }
  for (const auto kind : {DataKind::words, DataKind::deliveries, DataKind::staff_mails}) {
    const auto limit = retention.of(kind);
    if (!limit || *limit >= bounces.longest_way) continue;
    table->bad_value(to_text(kind), "is shorter than longest_way under [bounces]",
                     "A bounce finds its delivery as long as that is kept: let it be as long at least.");
  }
  return retention;
}

}  // namespace crier::config
