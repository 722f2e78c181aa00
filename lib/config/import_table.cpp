#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "config/secret_table.hpp"
#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

/// What a column of the source may be mapped to.
constexpr std::array column_facts{
    "form",    "house",    "boarding", "relation", "priority",    "responsibility",   "lives_with",
    "for_sms", "language", "title",    "missing",  "court_order", "admission_status", "admission_date"};

/// What a companion file may tell (I1).
constexpr std::array companion_facts{"title",       "form",     "house",          "boarding",
                                     "relation",    "priority", "responsibility", "lives_with",
                                     "court_order", "for_sms",  "language"};

/// The words of an application (I5); a source's own are mapped to them.
constexpr std::array admission_words{"applied",  "offered",  "accepted",  "reserved",
                                     "admitted", "rejected", "withdrawn", "active"};

std::string read_kind(const TomlTable& table, std::string_view name) {
  static const std::vector<std::string> kinds{"oneroster", "csv", "sims", "rest"};
  const auto known = [&](std::string_view word) {
    return std::find(kinds.begin(), kinds.end(), word) != kinds.end();
  };
  const auto kind = table.text("kind");
  if (!kind) return known(name) ? std::string(name) : std::string();
  if (known(*kind)) return *kind;
  const auto works = fmt::format("Kinds that work: {}.", join(kinds, ", "));
  table.bad_value("kind", fmt::format("is '{}'{}", *kind, did_you_mean(*kind, kinds)), works);
}

template <std::size_t count>
std::map<std::string, std::string> read_columns(const TomlTable& owner, std::string_view key,
                                                const std::array<const char*, count>& facts) {
  std::map<std::string, std::string> columns;
  const auto table = owner.table(key);
  if (!table) return columns;
  const std::vector<std::string> known(facts.begin(), facts.end());
  for (const auto& fact : table->keys()) {
    if (std::find(known.begin(), known.end(), fact) == known.end()) table->unknown_key(fact, known);
    columns[fact] = table->text(fact).value();
  }
  return columns;
}

void read_priorities_and_relations(const TomlTable& table, std::string_view key, std::vector<int>* priorities,
                                   std::vector<std::string>* relations) {
  const auto listed = table.words_or_numbers(key).value();
  for (const auto& one : listed) {
    if (const auto* number = std::get_if<std::int64_t>(&one)) {
      if (priorities == nullptr)
        table.bad_value(key, "has a number in it", "Relations are words, \"mother\".");
      if (*number < 1 || *number > 999) {
        table.bad_value(key, fmt::format("has {} in it", *number),
                        "Priorities are whole numbers from 1 to 999.");
      }
      priorities->push_back(static_cast<int>(*number));
    } else {
      if (relations == nullptr)
        table.bad_value(key, "has a word in it", "Priorities are whole numbers from 1 to 999.");
      relations->push_back(fold(std::get<std::string>(one)));
    }
  }
}

PrimeRule read_prime(const TomlTable& table) {
  PrimeRule rule;
  if (!table.has("prime")) return rule;
  rule.priorities.clear();
  read_priorities_and_relations(table, "prime", &rule.priorities, &rule.relations);
  if (rule.priorities.empty() && rule.relations == std::vector<std::string>{"all"}) return {true, {}, {}};
  if (rule.priorities.empty() && rule.relations.empty()) {
    table.bad_value("prime", "is empty: nobody would be prime",
                    "Write \"all\", priorities or relations; default [1].");
  }
  return rule;
}

std::vector<std::string> read_words(const TomlTable& table, std::string_view key,
                                    std::vector<std::string> known) {
  const auto words = table.texts(key);
  if (!words) return {};
  if (words->empty()) table.bad_value(key, "is empty", fmt::format("There are: {}.", join(known, ", ")));
  for (const auto& word : *words) {
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    table.bad_value(key, fmt::format("has '{}' in it{}", word, did_you_mean(word, known)),
                    fmt::format("There are: {}.", join(known, ", ")));
  }
  return *words;
}

std::map<std::string, std::string> read_admission_words(const TomlTable& owner) {
  std::map<std::string, std::string> words;
  const auto table = owner.table("pre_admission_status");
  if (!table) return words;
  const std::vector<std::string> known(admission_words.begin(), admission_words.end());
  for (const auto& word : table->keys()) {
    const auto meant = table->text(word).value();
    if (std::find(known.begin(), known.end(), meant) == known.end()) {
      table->bad_value(word, fmt::format("is '{}'{}", meant, did_you_mean(meant, known)),
                       fmt::format("A status means one of: {}.", join(known, ", ")));
    }
    words[fold(word)] = meant;
  }
  return words;
}

ImportChoice read_choice(const TomlTable& table, const std::filesystem::path& folder) {
  ImportChoice choice;
  if (table.has("priorities")) {
    read_priorities_and_relations(table, "priorities", &choice.priorities, nullptr);
  }
  if (table.has("relations")) read_priorities_and_relations(table, "relations", nullptr, &choice.relations);
  choice.parental_responsibility = table.flag("parental_responsibility").value_or(false);
  choice.prime = read_prime(table);
  choice.locations = read_words(table, "locations", {"home", "work"});
  choice.addresses = read_words(table, "addresses", {"email", "mobile", "phone"});
  choice.active_groups_only = table.choice("groups", {"all", "active"}).value_or(0) == 1;
  choice.pre_admissions = table.flag("pre_admissions").value_or(false);
  choice.pre_admission_status = read_admission_words(table);
  for (const auto& code : table.texts("exceptions").value_or(std::vector<std::string>{})) {
    choice.exceptions.push_back(fold(code));
  }
  if (const auto file = table.text("exceptions_file")) {
    choice.exceptions_file = (folder / *file).lexically_normal();
  }
  return choice;
}

Companion read_companion(const TomlTable& table, const std::filesystem::path& folder) {
  Companion companion;
  const auto path = table.text("companion");
  if (!path) {
    for (const auto* key : {"companion_key", "companion_columns"}) {
      if (table.has(key)) {
        table.bad_value(key, "speaks of a companion file, and none is named",
                        "Write companion = \"extra.csv\" too.");
      }
    }
    return companion;
  }
  companion.path = (folder / *path).lexically_normal();
  companion.key = table.text("companion_key").value_or("");
  companion.columns = read_columns(table, "companion_columns", companion_facts);
  return companion;
}

}  // namespace

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
                    fmt::format("Write for example {} = \"10%\".", key));
  }
  return percent / 100;
}

ImportSource read_import(const TomlTable& table, std::string_view name, const std::filesystem::path& folder) {
  refuse_secrets(table, {"token", "client_secret", "password"});
  ImportSource source;
  source.name = std::string(name);
  source.kind = read_kind(table, name);
  if (source.kind != "rest") refuse_rest_keys(table);
  table.allow({"kind",
               "path",
               "map",
               "removal_limit",
               "notify_addresses",
               "no_result",
               "columns",
               "priorities",
               "relations",
               "parental_responsibility",
               "prime",
               "locations",
               "addresses",
               "groups",
               "pre_admissions",
               "pre_admission_status",
               "exceptions",
               "exceptions_file",
               "companion",
               "companion_key",
               "companion_columns",
               "base_url",
               "gradebook",
               "auth",
               "token_url",
               "client_id",
               "client_secret_file",
               "client_secret_env",
               "signature",
               "scopes",
               "token_file",
               "token_env",
               "ca_file",
               "page_size",
               "timeout"});
  if (name == "hand" || name == "crier") {
    table.refuse("", "reserved-source",
                 fmt::format("{}: the name is the office's own, for what is entered by hand", table.title()),
                 "Name the source otherwise.");
  }
  if (source.kind == "rest") source.rest = read_rest(table, folder);
  if (const auto path = table.text("path")) source.path = (folder / *path).lexically_normal();
  if (const auto map = table.text("map")) source.map = (folder / *map).lexically_normal();
  source.removal_limit = read_share(table, "removal_limit", source.removal_limit);
  source.notify_addresses = table.flag("notify_addresses").value_or(false);
  source.no_result_is_missing = table.choice("no_result", {"unknown", "missing"}).value_or(0) == 1;
  source.columns = read_columns(table, "columns", column_facts);
  source.choice = read_choice(table, folder);
  source.companion = read_companion(table, folder);
  return source;
}

}  // namespace crier::config
