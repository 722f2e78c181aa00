#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

/// What a column of the source may be mapped to.
constexpr std::array column_facts{"form",     "house",          "boarding",   "relation",
                                  "priority", "responsibility", "lives_with", "for_sms",
                                  "language", "title",          "missing",    "court_order"};

/// `"10%"` as 0.10.
double read_share(const TomlTable& table, std::string_view key, double otherwise) {
  const auto text = table.text(key);
  if (!text) return otherwise;
  double percent = -1;
  const auto end = text->data() + text->size();
  const auto [stop, fault] = std::from_chars(text->data(), end, percent);
  const bool read =
      fault == std::errc() && trim_invisible({stop, static_cast<std::size_t>(end - stop)}) == "%";
  if (!read || !(percent >= 0 && percent <= 100)) {
    table.bad_value(key, fmt::format("is '{}', not a share from 0% to 100%", *text),
                    "Write for example removal_limit = \"10%\".");
  }
  return percent / 100;
}

std::string read_kind(const TomlTable& table, std::string_view name) {
  static const std::vector<std::string> kinds{"oneroster", "csv", "sims"};
  const auto known = [&](std::string_view word) {
    return std::find(kinds.begin(), kinds.end(), word) != kinds.end();
  };
  const auto kind = table.text("kind");
  if (!kind) return known(name) ? std::string(name) : std::string();
  if (known(*kind)) return *kind;
  const auto works = fmt::format("Kinds that work: {}.", join(kinds, ", "));
  if (*kind == "rest") {
    table.refuse(
        "kind", "unsupported-import-kind",
        fmt::format("{} of kind 'rest' is not supported by this version of crier yet", table.title()), works);
  }
  table.bad_value("kind", fmt::format("is '{}'{}", *kind, did_you_mean(*kind, kinds)), works);
}

std::map<std::string, std::string> read_columns(const TomlTable& owner) {
  std::map<std::string, std::string> columns;
  const auto table = owner.table("columns");
  if (!table) return columns;
  const std::vector<std::string> known(column_facts.begin(), column_facts.end());
  for (const auto& fact : table->keys()) {
    if (std::find(known.begin(), known.end(), fact) == known.end()) table->unknown_key(fact, known);
    columns[fact] = table->text(fact).value();
  }
  return columns;
}

}  // namespace

ImportSource read_import(const TomlTable& table, std::string_view name, const std::filesystem::path& folder) {
  // Who is imported would be another set than the school wrote down: a key that does nothing is refused.
  constexpr auto remedy =
      "Take the line out: all people and groups of the source are imported as they stand.";
  table.refuse_inactive({{"base_url", "Export to files and name them by path."},
                         {"priorities", remedy},
                         {"locations", remedy},
                         {"pre_admissions", remedy},
                         {"groups", remedy}});
  table.allow({"kind", "path", "removal_limit", "no_result", "columns"});
  ImportSource source;
  source.name = std::string(name);
  source.kind = read_kind(table, name);
  if (const auto path = table.text("path")) source.path = (folder / *path).lexically_normal();
  source.removal_limit = read_share(table, "removal_limit", source.removal_limit);
  source.no_result_is_missing = table.choice("no_result", {"unknown", "missing"}).value_or(0) == 1;
  source.columns = read_columns(table);
  return source;
}

}  // namespace crier::config
