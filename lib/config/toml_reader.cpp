#include "config/toml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"

namespace crier::config {
namespace {

using namespace std::chrono;

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return node.is_array_of_tables() ? "a list of tables" : "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time of day";
    case toml::node_type::date_time:
      return "a date and time";
    default:
      return "nothing";
  }
}

std::optional<Date> to_date(const toml::date& read) {
  const Date date{year(read.year), month(read.month), day(read.day)};
  if (!date.ok()) return std::nullopt;
  return date;
}

}  // namespace

TomlTable::TomlTable(std::shared_ptr<const TomlSource> source, const toml::table& table, std::string title)
    : source_(std::move(source)), table_(&table), title_(std::move(title)) {}

void TomlTable::allow(std::initializer_list<std::string_view> known) const {
  for (const auto& key : keys()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    unknown_key(key, std::vector<std::string>(known.begin(), known.end()));
  }
}

void TomlTable::refuse_inactive(std::initializer_list<InactiveKey> inactive) const {
  for (const auto& [key, remedy] : inactive) {
    if (!has(key)) continue;
    refuse(key, "not-supported-yet",
           fmt::format("'{}'{} is not supported by this version of crier yet", key,
                       title_.empty() ? "" : " in " + title_),
           std::string(remedy));
  }
}

bool TomlTable::has(std::string_view key) const {
  return node(key) != nullptr;
}

bool TomlTable::is_table(std::string_view key) const {
  const auto* found = node(key);
  return found != nullptr && found->is_table();
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> all;
  for (const auto& [key, value] : *table_) all.emplace_back(key.str());
  return all;
}

std::string TomlTable::one_line(std::string_view key, std::string_view written) const {
  const auto trimmed = trim_invisible(written);
  if (trimmed.empty()) bad_value(key, "is empty", "Write a value, or take the line out.");
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::any_of(trimmed.begin(), trimmed.end(), is_control)) {
    bad_value(key, "holds a line break or a control character", "Write it on one line.");
  }
  return std::string(trimmed);
}

std::optional<std::string> TomlTable::text(std::string_view key) const {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  if (!found->is_string()) wrong_type(key, "a text in quotes");
  return one_line(key, found->as_string()->get());
}

std::optional<std::string> TomlTable::long_text(std::string_view key) const {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  if (!found->is_string()) wrong_type(key, "a text in quotes");
  const auto& written = found->as_string()->get();
  if (trim_invisible(written).empty()) bad_value(key, "is empty", "Write a value, or take the line out.");
  return written;
}

std::optional<std::string> TomlTable::raw_text(std::string_view key) const {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  if (!found->is_string()) wrong_type(key, "a text in quotes");
  return found->as_string()->get();
}

std::string TomlTable::required_text(std::string_view key) const {
  if (auto found = text(key)) return *found;
  refuse(key, "missing-key", fmt::format("'{}'{} is missing", key, title_.empty() ? "" : " in " + title_),
         fmt::format("Add {} = \"…\"; {} says what it is.", key, source_->manual));
}

std::optional<std::vector<std::string>> TomlTable::texts(std::string_view key) const {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  if (found->is_string()) return std::vector{*text(key)};
  if (!found->is_array()) wrong_type(key, "a text or a list of texts");
  std::vector<std::string> all;
  for (const auto& element : *found->as_array()) {
    if (!element.is_string()) wrong_type(key, "a text or a list of texts");
    all.push_back(one_line(key, element.as_string()->get()));
  }
  return all;
}

std::optional<std::vector<std::variant<std::string, std::int64_t>>> TomlTable::words_or_numbers(
    std::string_view key) const {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  std::vector<std::variant<std::string, std::int64_t>> all;
  const auto take = [&](const toml::node& element) {
    if (element.is_string()) {
      all.emplace_back(one_line(key, element.as_string()->get()));
    } else if (element.is_integer()) {
      all.emplace_back(element.as_integer()->get());
    } else {
      wrong_type(key, "a list of texts and whole numbers");
    }
  };
  if (found->is_array()) {
    for (const auto& element : *found->as_array()) take(element);
  } else {
    take(*found);
  }
  return all;
}

std::optional<std::int64_t> TomlTable::integer(std::string_view key, std::int64_t low,
                                               std::int64_t high) const {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  if (!found->is_integer()) wrong_type(key, "a whole number");
  const auto value = found->as_integer()->get();
  if (value < low || value > high) {
    bad_value(key, fmt::format("is {}, not within {} to {}", value, low, high), "Correct the number.");
  }
  return value;
}

std::optional<double> TomlTable::number(std::string_view key, double low, double high) const {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  if (!found->is_number()) wrong_type(key, "a number");
  const auto value = found->is_integer() ? static_cast<double>(found->as_integer()->get())
                                         : found->as_floating_point()->get();
  if (!(value >= low && value <= high)) {  // NaN too
    bad_value(key, fmt::format("is {}, not within {} to {}", value, low, high), "Correct the number.");
  }
  return value;
}

std::optional<bool> TomlTable::flag(std::string_view key) const {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  if (!found->is_boolean()) wrong_type(key, "true or false, without quotes");
  return found->as_boolean()->get();
}

std::optional<seconds> TomlTable::duration(std::string_view key, seconds low) const {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  constexpr auto hint =
      "Write a number and s, m, h or d, such as \"90s\", \"5m\", \"1h\", \"2d\"; or seconds.";
  std::optional<seconds> value;
  if (found->is_integer()) {
    value = parse_span(fmt::format("{}s", found->as_integer()->get()));
  } else if (found->is_string()) {
    value = parse_span(trim_invisible(found->as_string()->get()));
  } else {
    wrong_type(key, "a duration such as \"5m\"");
  }
  if (!value) bad_value(key, "is not a duration", hint);
  if (*value < low) bad_value(key, fmt::format("is below {} s", low.count()), hint);
  return value;
}

std::optional<LocalTime> TomlTable::local_time(std::string_view key) const {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  constexpr auto hint =
      "Write the school's wall time without an offset and without quotes: 2026-09-07T16:00:00.";
  const auto* moment = found->as_date_time();
  if (moment != nullptr && moment->get().offset) bad_value(key, "has an offset", hint);
  std::optional<Date> date;
  seconds clock{0};
  if (moment != nullptr) {
    date = to_date(moment->get().date);
    const auto& time = moment->get().time;
    clock = hours(time.hour) + minutes(time.minute) + seconds(time.second);
  } else if (const auto* read = found->as_date()) {
    date = to_date(read->get());
  } else {
    refuse(key, "bad-value", fmt::format("'{}' must be a date and time, not {}", key, type_name(*found)),
           hint);
  }
  if (!date) bad_value(key, "is no day of the calendar", hint);
  return LocalTime(local_days(*date)) + clock;
}

std::optional<Date> TomlTable::date(std::string_view key) const {
  const auto* found = node(key);
  if (found == nullptr || !found->is_date()) return std::nullopt;
  const auto date = to_date(found->as_date()->get());
  if (!date) bad_value(key, "is no day of the calendar", "Correct the date.");
  return date;
}

std::optional<std::size_t> TomlTable::choice(std::string_view key,
                                             std::initializer_list<std::string_view> words) const {
  const auto word = text(key);
  if (!word) return std::nullopt;
  const auto* found = std::find(words.begin(), words.end(), *word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::vector<std::string> known(words.begin(), words.end());
  bad_value(key, fmt::format("is '{}'{}", *word, did_you_mean(*word, known)),
            fmt::format("Write one of: {}.", join(known, ", ")));
}

std::optional<TomlTable> TomlTable::table(std::string_view key) const {
  const auto* found = node(key);
  if (found == nullptr) return std::nullopt;
  if (!found->is_table()) wrong_type(key, "a table");
  const auto inner = title_.size() > 2 ? title_.substr(title_.starts_with("[[") ? 2 : 1) : std::string();
  const auto path = inner.substr(0, inner.find(']'));
  return TomlTable(source_, *found->as_table(), fmt::format("[{}{}{}]", path, path.empty() ? "" : ".", key));
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) const {
  const auto* found = node(key);
  if (found == nullptr) return {};
  const auto* array = found->as_array();
  const auto is_table = [](const toml::node& element) { return element.is_table(); };
  if (array == nullptr || !std::all_of(array->begin(), array->end(), is_table)) {
    refuse(key, "bad-value", fmt::format("'{}' must be a list of tables, not {}", key, type_name(*found)),
           fmt::format("Write [[{}]] in double brackets above each of them.", key));
  }
  std::vector<TomlTable> all;
  for (const auto& element : *array) {
    all.emplace_back(source_, *element.as_table(), fmt::format("[[{}]]", key));
  }
  return all;
}

std::string TomlTable::place(std::string_view key) const {
  auto line = table_->source().begin.line;
  for (const auto& [name, value] : *table_) {
    if (name.str() == key) line = name.source().begin ? name.source().begin.line : value.source().begin.line;
  }
  return line == 0 ? source_->file : fmt::format("{}:{}", source_->file, line);
}

void TomlTable::refuse(std::string_view key, std::string code, std::string_view message,
                       std::string hint) const {
  throw Error(Exit::usage, std::move(code), fmt::format("{}: {}", place(key), message), std::move(hint));
}

void TomlTable::bad_value(std::string_view key, std::string_view why, std::string hint) const {
  refuse(key, "bad-value", fmt::format("'{}'{} {}", key, title_.empty() ? "" : " in " + title_, why),
         std::move(hint));
}

void TomlTable::unknown_key(std::string_view key, const std::vector<std::string>& known) const {
  refuse(
      key, "unknown-key",
      fmt::format("unknown key '{}'{}{}", key, title_.empty() ? "" : " in " + title_,
                  did_you_mean(key, known)),
      fmt::format("Correct it or take it out; known here: {}. See {}.", join(known, ", "), source_->manual));
}

const toml::node* TomlTable::node(std::string_view key) const {
  return table_->get(key);
}

void TomlTable::wrong_type(std::string_view key, std::string_view wanted) const {
  refuse(key, "bad-value",
         fmt::format("'{}'{} must be {}, not {}", key, title_.empty() ? "" : " in " + title_, wanted,
                     type_name(*node(key))),
         fmt::format("Correct the value; {} has examples.", source_->manual));
}

TomlFile::TomlFile(std::string_view toml, std::string file, std::string manual)
    : source_(std::make_shared<TomlSource>(TomlSource{file, manual})) {
  try {
    table_ = toml::parse(toml, std::string_view(file));
  } catch (const toml::parse_error& fault) {
    const auto& at = fault.source().begin;
    throw Error(Exit::usage, "bad-toml",
                fmt::format("{}:{}:{}: {}", file, at.line, at.column, fault.description()),
                fmt::format("Correct the line; {} shows how the file is written.", manual));
  }
}

}  // namespace crier::config
