#include "config/map_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "config/toml_reader.hpp"

namespace crier::config {
namespace {

/// What a kind of file tells. Of each list in `required` one fact must be mapped.
struct KindRule {
  std::string_view word;
  std::vector<std::string> facts;
  std::vector<std::vector<std::string_view>> required;
  std::vector<std::string_view> anchors;
};

const std::vector<KindRule>& kind_rules() {
  static const std::vector<KindRule> rules{
      {"people",
       {"id",        "code",       "kind",      "title",     "family",         "given",      "preferred",
        "language",  "birth_date", "school",    "year",      "form",           "house",      "boarding",
        "status",    "admission",  "email",     "mobile",    "phone",          "email_work", "phone_work",
        "for_sms",   "wechat",     "relation",  "priority",  "responsibility", "lives_with", "court_order",
        "phone_use", "phone_main", "email_use", "email_main"},
       {{"id", "code"}, {"kind"}},
       {}},
      {"relationships",
       {"pupil", "contact", "relation", "priority", "responsibility", "lives_with", "court_order",
        "pupil_family", "pupil_given", "contact_family", "contact_given"},
       {{"pupil"}, {"contact"}},
       {"contact"}},
      {"groups", {"id", "name", "code", "kind", "school"}, {{"id", "name"}}, {"id", "name"}},
      {"memberships",
       {"id", "group", "person", "role", "begins", "ends", "school"},
       {{"group"}, {"person"}},
       {"group"}},
      {"attendance",
       {"id", "pupil", "day", "session", "code", "absent", "explained"},
       {{"pupil"}, {"day"}, {"absent"}},
       {"day"}},
      {"marks",
       {"id", "assignment", "title", "group", "due", "points", "pupil", "score", "status", "missing",
        "school"},
       {{"assignment"}, {"group"}, {"pupil"}},
       {"assignment"}},
      {"payments",
       {"id", "pupil", "item", "amount", "currency", "due", "paid", "contract"},
       {{"pupil"}, {"item"}, {"amount"}, {"due"}},
       {"item"}},
      {"behaviour",
       {"id", "pupil", "day", "kind", "points", "note"},
       {{"pupil"}, {"day"}, {"kind"}},
       {"day"}},
      {"survey", {"id", "survey", "person", "completed"}, {{"survey"}, {"person"}}, {"survey"}},
      {"timetable",
       {"id", "group", "weekday", "week", "period", "begins", "ends"},
       {{"group"}, {"weekday"}},
       {"group"}},
  };
  return rules;
}

const KindRule& rule(MapKind kind) {
  return kind_rules()[static_cast<std::size_t>(kind)];
}

bool is_date_fact(MapKind kind, std::string_view fact) {
  if (kind == MapKind::timetable) return false;  // its begins and ends are times of the day
  static constexpr std::array facts{"birth_date", "admission", "begins", "ends", "day", "due"};
  return std::find(facts.begin(), facts.end(), fact) != facts.end();
}

std::optional<format::Encoding> read_encoding(const TomlTable& table) {
  const auto chosen = table.choice("encoding", {"auto", "utf-8", "utf-16le", "utf-16be", "windows-1252"});
  if (!chosen || *chosen == 0) return std::nullopt;
  static constexpr std::array encodings{format::Encoding::utf8, format::Encoding::utf16le,
                                        format::Encoding::utf16be, format::Encoding::windows1252};
  return encodings[*chosen - 1];
}

std::optional<char> read_delimiter(const TomlTable& table) {
  const auto word = table.raw_text("delimiter");
  if (!word || *word == "auto") return std::nullopt;
  if (*word == "tab") return '\t';
  static constexpr std::string_view allowed = ",;\t|:^~";
  if (word->size() == 1 && allowed.find(word->front()) != std::string_view::npos) return word->front();
  table.bad_value("delimiter", fmt::format("is '{}'", *word),
                  "Write auto, tab, or one of , ; | : ^ ~ in quotes.");
}

MapColumn read_column(const TomlTable& owner, std::string_view key,
                      const std::variant<std::string, std::int64_t>& written) {
  if (const auto* number = std::get_if<std::int64_t>(&written); number != nullptr) {
    if (*number < 1 || *number > 10'000) {
      owner.bad_value(key, fmt::format("is column {}", *number), "Columns are counted from 1.");
    }
  }
  return written;
}

void read_columns(const TomlTable& owner, std::string_view key, MapValue& value) {
  const auto written = owner.words_or_numbers(key);
  for (const auto& column : *written) {
    value.columns.push_back(read_column(owner, key, column));
  }
  if (value.columns.empty()) owner.bad_value(key, "names no column", "Name a column, or take the line out.");
}

void read_words(const TomlTable& table, MapValue& value) {
  const auto words = table.table("map");
  if (words) {
    for (const auto& word : words->keys()) value.words[fold(trim_invisible(word))] = *words->raw_text(word);
    if (value.words.empty()) table.bad_value("map", "is empty", "Write what the export's words mean.");
  }
  value.otherwise = table.raw_text("default");
}

void read_split(const TomlTable& table, MapValue& value) {
  if (const auto separator = table.raw_text("split")) {
    if (separator->empty()) table.bad_value("split", "is empty", "Write the text at which the cell is cut.");
    value.separator = *separator;
  }
  if (const auto take = table.integer("take", -20, 20)) {
    if (*take == 0) table.bad_value("take", "is 0", "Parts are counted from 1, or from the end: -1, -2, ….");
    if (value.separator.empty()) table.bad_value("take", "stands without split", "Add split = \";\".");
    value.take = *take;
  }
}

MapValue read_value(const TomlTable& owner, MapKind kind, std::string_view fact) {
  MapValue value;
  value.place = owner.place(fact);
  if (!owner.is_table(fact)) {
    read_columns(owner, fact, value);
    return value;
  }
  const auto table = owner.table(fact).value();
  table.allow({"column", "value", "split", "take", "map", "default", "date"});
  if (table.has("column") == table.has("value")) {
    owner.bad_value(fact, "needs either column or value", "Write { column = \"…\" } or { value = \"…\" }.");
  }
  if (const auto constant = table.text("value")) {
    table.allow({"value"});
    value.constant = *constant;
    return value;
  }
  read_columns(table, "column", value);
  read_split(table, value);
  read_words(table, value);
  if (const auto form = table.text("date")) {
    if (!is_date_fact(kind, fact)) {
      table.bad_value("date", "stands at a fact that is no date", "Take it out.");
    }
    value.date = format::DateForm::parse(*form);
    if (!value.date) {
      table.bad_value("date", fmt::format("is '{}', not a form of dates", *form),
                      "Write for example DD/MM/YYYY, M/D/YYYY, DD-MMM-YY or YYYYMMDD.");
    }
  }
  return value;
}

/// A constant that could never be right is told now and not at every row.
void check_kind_constant(const TomlTable& columns, const MapEntry& entry) {
  const auto* kind = entry.value("kind");
  if (entry.kind != MapKind::people || kind == nullptr || !kind->columns.empty()) return;
  const std::vector<std::string> known{"pupil", "contact", "staff"};
  if (std::find(known.begin(), known.end(), kind->constant) != known.end()) return;
  columns.bad_value("kind", fmt::format("is '{}'{}", kind->constant, did_you_mean(kind->constant, known)),
                    "People are pupil, contact or staff.");
}

void read_facts(const TomlTable& table, MapEntry& entry) {
  const auto columns = table.table("columns");
  const auto& kind = rule(entry.kind);
  if (!columns) {
    table.refuse("columns", "missing-key", "[file.columns] is missing",
                 fmt::format("Say which column tells which fact: {}.", join(kind.facts, ", ")));
  }
  for (const auto& fact : columns->keys()) {
    if (std::find(kind.facts.begin(), kind.facts.end(), fact) == kind.facts.end()) {
      columns->unknown_key(fact, kind.facts);
    }
    entry.columns.emplace(fact, read_value(*columns, entry.kind, fact));
  }
  for (const auto& one_of : kind.required) {
    const bool there = std::any_of(one_of.begin(), one_of.end(),
                                   [&](std::string_view fact) { return entry.columns.contains(fact); });
    if (there) continue;
    columns->refuse(one_of.front(), "missing-key",
                    fmt::format("a file of {} needs {}", kind.word, fmt::join(one_of, " or ")),
                    fmt::format("Add {} = \"…\" with the name of the column.", one_of.front()));
  }
  check_kind_constant(*columns, entry);
  for (const auto* fact : {"phone_use", "phone_main", "email_use", "email_main"}) {
    if (!entry.columns.contains(fact) || entry.repeats == Repeats::fold) continue;
    columns->refuse(fact, "bad-value",
                    fmt::format("{} speaks of one row an address, and the file does not fold", fact),
                    "Add fold = true to this [[file]].");
  }
}

MapKind read_kind(const TomlTable& table) {
  const auto word = table.required_text("kind");
  std::vector<std::string> known;
  for (const auto& kind : kind_rules()) {
    if (kind.word == word) return static_cast<MapKind>(&kind - kind_rules().data());
    known.emplace_back(kind.word);
  }
  table.bad_value("kind", fmt::format("is '{}'{}", word, did_you_mean(word, known)),
                  fmt::format("Write one of: {}.", join(known, ", ")));
}

MapEntry read_entry(const TomlTable& table, const TomlTable& root) {
  table.allow({"name", "kind", "encoding", "delimiter", "header", "skip", "complete", "optional", "fold",
               "school", "columns"});
  MapEntry entry;
  entry.place = table.place("name");
  entry.name = table.required_text("name");
  if (entry.name.find_first_of("/\\") != std::string::npos) {
    table.bad_value("name", fmt::format("is '{}'", entry.name),
                    "Name the file without its folder; PATH of 'crier import csv' is the folder.");
  }
  entry.kind = read_kind(table);
  entry.encoding = read_encoding(table.has("encoding") ? table : root);
  entry.delimiter = read_delimiter(table.has("delimiter") ? table : root);
  entry.header = table.flag("header").value_or(true) ? Header::named : Header::none;
  entry.skip = table.integer("skip", 0, 1000).value_or(0);
  entry.telling = table.flag("complete").value_or(true) ? Telling::everything : Telling::additions;
  entry.presence = table.flag("optional").value_or(false) ? Presence::optional : Presence::required;
  entry.repeats = table.flag("fold").value_or(false) ? Repeats::fold : Repeats::rows;
  read_facts(table, entry);
  const auto& facts = map_facts(entry.kind);
  const bool has_school = std::find(facts.begin(), facts.end(), "school") != facts.end();
  if (table.has("school") && !has_school) {
    table.bad_value("school", fmt::format("has no meaning for {}", to_text(entry.kind)),
                    "Take it out: these rows belong to the schools of their pupils or groups.");
  }
  const auto& owner = table.has("school") ? table : root;
  if (has_school && owner.has("school") && !entry.columns.contains("school")) {
    MapValue school;
    school.constant = owner.text("school").value();
    school.place = owner.place("school");
    entry.columns.emplace("school", std::move(school));
  }
  for (const auto& [fact, value] : entry.columns) {
    for (const auto& column : value.columns) {
      if (entry.header == Header::named || std::holds_alternative<std::int64_t>(column)) continue;
      throw Error(Exit::usage, "bad-value",
                  fmt::format("{}: '{}' names the column '{}', but the file has no header", value.place, fact,
                              std::get<std::string>(column)),
                  "Give the column's number, counted from 1.");
    }
  }
  return entry;
}

/// FNV-1a: the same on every machine, for fingerprints that are kept.
std::uint64_t digest_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001b3ULL;
  return hash;
}

/// `*` any characters, `?` one byte.
bool fits(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

std::string_view to_text(MapKind kind) {
  return rule(kind).word;
}

const std::vector<std::string>& map_facts(MapKind kind) {
  return rule(kind).facts;
}

const std::vector<std::string_view>& anchor_facts(MapKind kind) {
  return rule(kind).anchors;
}

const MapValue* MapEntry::value(std::string_view fact) const {
  const auto found = columns.find(fact);
  return found == columns.end() ? nullptr : &found->second;
}

bool MapEntry::matches(std::string_view file_name) const {
  return fits(to_lower(name), to_lower(file_name));
}

ExportMap parse_map(std::string_view toml, const std::filesystem::path& file, Files files) {
  if (!is_utf8(toml)) {
    throw Error(Exit::usage, "bad-toml", fmt::format("{} is not UTF-8", file.filename().string()),
                "Save the map as UTF-8.");
  }
  const TomlFile parsed(toml, file.filename().string(), "crier-import-map(5)");
  const auto root = parsed.root();
  root.allow({"school", "encoding", "delimiter", "file"});
  ExportMap map;
  map.file = file;
  map.digest = digest_of(toml);
  map.school = root.text("school").value_or("");
  for (const auto& table : root.tables("file")) map.entries.push_back(read_entry(table, root));
  if (map.entries.empty() && files == Files::needed) {
    root.refuse("file", "missing-key", "the map describes no file",
                "Add a [[file]]; 'crier import csv FILE --suggest' writes a first map.");
  }
  return map;
}

ExportMap load_map(const std::filesystem::path& file, Files files) {
  std::string text;
  try {
    text = os::read_file(file, 4ULL << 20);
  } catch (const Error& error) {
    // A map that cannot be read is a wrong command line, not a bad export.
    throw Error(Exit::usage, "no-map", error.message(), error.hint());
  }
  return parse_map(text, file, files);
}

}  // namespace crier::config
