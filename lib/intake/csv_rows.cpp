#include "intake/csv_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"

namespace crier::intake {
namespace {

/// Files beyond this are no export of a school; decoding holds the whole text.
constexpr std::size_t most_bytes_decoded = std::size_t{1} << 30;

std::optional<bool> as_truth(std::string_view text) {
  const auto word = to_lower(text);
  for (const auto yes : {"true", "1", "yes", "y", "t"}) {
    if (word == yes) return true;
  }
  for (const auto no : {"false", "0", "no", "n", "f"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

template <typename Number>
std::optional<Number> as_number(std::string_view text) {
  Number value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whole units of an amount: digits, perhaps in groups of three behind `separator`.
std::optional<std::int64_t> whole_units(std::string_view text, char separator) {
  std::string digits;
  const auto groups = split(text, separator);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const bool fits = groups.size() == 1 ||
                      (i == 0 ? groups[i].size() >= 1 && groups[i].size() <= 3 : groups[i].size() == 3);
    if (!fits || !all_digits(groups[i])) return std::nullopt;
    digits += groups[i];
  }
  if (digits.empty() || digits.size() > 12) return std::nullopt;
  return as_number<std::int64_t>(digits);
}

/// An amount of money in hundredths. A single comma or point with three digits behind it could be either, and
/// is not read.
std::optional<std::int64_t> as_hundredths(std::string_view text) {
  bool negative = false;
  std::string bare;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto rest = text.substr(i);
    if (rest.starts_with("£") || rest.starts_with("¥")) {
      i += 1;
    } else if (rest.starts_with("€")) {
      i += 2;
    } else if (text[i] == '-' && bare.empty()) {
      negative = true;
    } else if (text[i] != '$' && text[i] != ' ') {
      bare += text[i];
    }
  }
  const auto last = bare.find_last_of(".,");
  std::int64_t cents = 0;
  std::string_view whole = bare;
  char separator = ',';
  if (last != std::string::npos) {
    const auto behind = std::string_view(bare).substr(last + 1);
    const bool both = bare.find(bare[last] == '.' ? ',' : '.') != std::string::npos;
    const bool several = std::count(bare.begin(), bare.end(), bare[last]) > 1;
    if ((behind.size() == 1 || behind.size() == 2) && all_digits(behind) && !several) {
      cents = as_number<std::int64_t>(behind).value() * (behind.size() == 1 ? 10 : 1);
      whole = whole.substr(0, last);
      separator = bare[last] == '.' ? ',' : '.';
    } else if (several && !both) {
      separator = bare[last];
    } else {
      return std::nullopt;
    }
  }
  const auto units = whole_units(whole, separator);
  if (!units) return std::nullopt;
  const auto amount = *units * 100 + cents;
  return negative ? -amount : amount;
}

/// Delimited text as rows.
class DelimitedRows final : public RowSource {
 public:
  DelimitedRows(std::string_view text, format::Dialect dialect) : reader_(text, dialect) {}
  bool next() override { return reader_.next(); }
  std::span<const std::string_view> fields() const override { return reader_.fields(); }
  std::optional<RowFault> fault() const override {
    const auto& fault = reader_.fault();
    if (!fault) return std::nullopt;
    return RowFault{fault->column, fault->line, std::string(fault->message())};
  }
  std::int64_t line() const override { return reader_.line(); }
  std::size_t offset() const override { return reader_.offset(); }
  format::CsvReader& reader() { return reader_; }

 private:
  format::CsvReader reader_;
};

}  // namespace

Error not_as_named(std::string_view file, std::string message, std::string hint) {
  return {Exit::refused_input, "not-as-named", fmt::format("{}: {}", file, message), std::move(hint)};
}

CsvText::CsvText(const std::filesystem::path& path, std::optional<format::Encoding> encoding)
    : file_(std::make_unique<os::MappedFile>(path)) {
  decode(path.filename().string(), file_->bytes(), encoding);
}

CsvText::CsvText(std::string_view name, std::string_view bytes, std::optional<format::Encoding> encoding) {
  decode(name, bytes, encoding);
}

void CsvText::decode(std::string_view name, std::string_view bytes,
                     std::optional<format::Encoding> encoding) {
  if (const auto foreign = format::name_foreign_format(bytes)) {
    throw not_as_named(name, fmt::format("this is {}, not CSV", *foreign),
                       "Export the table as CSV in UTF-8.");
  }
  encoding_ = encoding.value_or(format::sniff_encoding(bytes));
  const bool as_it_is = encoding_ == format::Encoding::utf8 || encoding_ == format::Encoding::utf8_with_mark;
  if (as_it_is) {
    if (encoding && !is_utf8(bytes)) {
      throw not_as_named(name, "the map says UTF-8, and the bytes are not",
                         "Take encoding out of the map: it is then told apart by the bytes.");
    }
    text_ = bytes;
  } else {
    if (bytes.size() > most_bytes_decoded) {
      throw not_as_named(name, fmt::format("{} bytes of {} are too many", bytes.size(), to_text(encoding_)),
                         "Export it as UTF-8, which is read piece by piece.");
    }
    try {
      decoded_ = format::decode(bytes, encoding_);
    } catch (const Error& error) {
      throw not_as_named(name, error.message(), error.hint());
    }
    text_ = decoded_;
  }
  for (const std::string_view mark : {"<!DOCTYPE", "<!doctype", "<html", "<HTML", "<?xml"}) {
    if (!text_.starts_with(mark)) continue;
    throw not_as_named(name, "this is a web page or XML, not CSV",
                       "Check what the export wrote under this name.");
  }
}

CsvRows::CsvRows(std::string_view name, const CsvText& text, const config::MapEntry& entry, IssueList& issues)
    : name_(name), entry_(entry), issues_(issues) {
  auto rows = std::make_unique<DelimitedRows>(text.text(), format::Dialect{find_delimiter(text.text()), '"'});
  for (std::int64_t i = 0; i < entry_.skip; ++i) (void)rows->next();
  if (entry_.header == config::Header::named) read_header(rows->reader());
  source_ = std::move(rows);
  find_facts();
}

CsvRows::CsvRows(std::string_view name, std::unique_ptr<RowSource> source, std::vector<std::string> columns,
                 const config::MapEntry& entry, IssueList& issues)
    : name_(name), entry_(entry), issues_(issues), source_(std::move(source)) {
  header_.names = std::move(columns);
  find_facts();
}

/// The one that the header speaks of; which delimiter is meant must not be a matter of luck (I2).
char CsvRows::find_delimiter(std::string_view text) const {
  if (entry_.delimiter) return *entry_.delimiter;
  if (entry_.skip > 0) {
    format::CsvReader above(text);
    for (std::int64_t i = 0; i < entry_.skip && above.next(); ++i) {
    }
    text.remove_prefix(above.offset());
  }
  const auto found = format::header_delimiters(text);
  if (found.size() <= 1) return found.empty() ? ',' : found.front();
  throw not_as_named(
      name_,
      fmt::format("the first row has both '{}' and '{}': which one parts the columns is not clear",
                  found[0] == '\t' ? std::string("tab") : std::string(1, found[0]),
                  found[1] == '\t' ? std::string("tab") : std::string(1, found[1])),
      "Set delimiter in the map of this file.");
}

void CsvRows::read_header(format::CsvReader& reader) {
  auto header = format::read_header(reader);
  if (!header) {
    throw not_as_named(name_, "the file is empty, not even a header is there",
                       "The export was cut off or failed: export again.");
  }
  if (header->fault) {
    throw not_as_named(name_, fmt::format("the header cannot be read: {}", header->fault->message()),
                       "Check what the export wrote under this name.");
  }
  header_ = std::move(*header);
  if (!header_.duplicates.empty()) {
    throw not_as_named(
        name_, fmt::format("the header has the column '{}' more than once", header_.duplicates.front()),
        "Rename one of them in the export; a column that stands twice cannot be told apart.");
  }
  for (std::size_t i = 0; i < header_.names.size(); ++i) {
    if (!header_.names[i].empty()) needed_fields_ = i + 1;
  }
}

std::size_t CsvRows::find_column(const config::MapValue& value, std::string_view fact,
                                 const config::MapColumn& column) const {
  if (const auto* number = std::get_if<std::int64_t>(&column)) {
    if (entry_.header == config::Header::named && static_cast<std::size_t>(*number) > header_.names.size()) {
      throw Error(Exit::refused_input, "missing-column",
                  fmt::format("{}: {} maps {} to column {}, and the header has {}", name_, value.place, fact,
                              *number, header_.names.size()),
                  "Correct the map, or the export.");
    }
    return static_cast<std::size_t>(*number - 1);
  }
  const auto& wanted = std::get<std::string>(column);
  if (const auto found = header_.column(wanted)) return *found;
  // C1: never an empty column.
  throw Error(Exit::refused_input, "missing-column",
              fmt::format("{}: {} maps {} to the column '{}', which is not in the header{}", name_,
                          value.place, fact, wanted, did_you_mean(wanted, header_.names)),
              fmt::format("The header has: {}.", join(header_.names, ", ")));
}

void CsvRows::find_facts() {
  for (const auto& [fact, value] : entry_.columns) {
    CsvFact found{&value, {}, ""};
    for (const auto& column : value.columns) {
      found.columns.push_back(find_column(value, fact, column));
      found.name += (found.name.empty() ? "" : " ") + column_name(found.columns.back());
      if (entry_.header == config::Header::none) {
        needed_fields_ = std::max(needed_fields_, found.columns.back() + 1);
      }
    }
    if (value.columns.empty()) found.name = fact;
    facts_.emplace(fact, std::move(found));
  }
}

std::string CsvRows::column_name(std::size_t column) const {
  if (column < header_.names.size() && !header_.names[column].empty()) return header_.names[column];
  return std::to_string(column + 1);
}

const CsvFact* CsvRows::fact(std::string_view name) const {
  const auto found = facts_.find(name);
  return found == facts_.end() ? nullptr : &found->second;
}

/// Why a row cannot be used, reported; none where it can.
std::optional<std::string> CsvRows::broken_row() {
  const auto fields = source_->fields();
  std::string column;
  std::string value;
  std::string reason;
  std::string message;
  if (const auto fault = source_->fault()) {
    column = column_name(fault->column);
    reason = "malformed-row";
    message = fmt::format("The row is left out: {} (line {}).", fault->message, fault->line);
  } else if (fields.size() < needed_fields_) {
    value = std::string(fields.empty() ? std::string_view() : fields.front());
    reason = "short-row";
    message =
        fmt::format("The row is left out: it has {} fields, {} are needed.", fields.size(), needed_fields_);
  } else if (entry_.header == config::Header::named && fields.size() > header_.names.size()) {
    const auto extra = fields.subspan(header_.names.size());
    const auto filled = std::find_if(extra.begin(), extra.end(),
                                     [](std::string_view f) { return !trim_invisible(f).empty(); });
    if (filled == extra.end()) return std::nullopt;
    value = std::string(*filled);
    reason = "long-row";
    message = fmt::format(
        "The row is left out: it has {} fields, the header has {}; a delimiter in a cell may "
        "lack its quotation marks.",
        fields.size(), header_.names.size());
  } else {
    return std::nullopt;
  }
  if (!quiet_) issues_.error(name_, source_->line(), column, value, reason, std::move(message));
  return reason;
}

bool CsvRows::next() {
  const bool folds = entry_.repeats == config::Repeats::fold;
  while (source_->next()) {
    ++rows_;
    if (broken_row()) continue;
    if (folds && (says_nothing() || says_it_again())) continue;
    flawed_ = false;
    return true;
  }
  return false;
}

/// Whether all cells are empty by which one knows that a row is about something of this kind.
bool CsvRows::says_nothing() const {
  const auto is_empty = [&](const CsvFact& fact) {
    return std::all_of(fact.columns.begin(), fact.columns.end(),
                       [&](std::size_t column) { return cell(column).empty(); });
  };
  const auto& anchors = config::anchor_facts(entry_.kind);
  for (const auto& [name, fact] : facts_) {
    const bool counts =
        anchors.empty() ? name != "school" : std::find(anchors.begin(), anchors.end(), name) != anchors.end();
    if (counts && !is_empty(fact)) return false;
  }
  return true;
}

/// Rows of a cross product differ in what other kinds say; what this kind says of them is one row.
bool CsvRows::says_it_again() {
  Fingerprint all(1);
  print(all);
  return !said_.insert(all.value()).second;
}

std::string CsvRows::raw(const CsvFact& fact) const {
  std::string whole;
  for (const auto column : fact.columns) {
    if (!whole.empty()) whole += ' ';
    whole += cell(column);
  }
  return whole;
}

std::string_view CsvRows::cell(std::size_t column) const {
  const auto fields = source_->fields();
  return column < fields.size() ? trim_invisible(fields[column]) : std::string_view();  // C2
}

void CsvRows::print(Fingerprint& print) const {
  for (const auto& [name, fact] : facts_) {
    for (const auto column : fact.columns) print.add(cell(column));
  }
}

std::string CsvRows::meaning(const CsvFact& fact, std::string part) {
  const auto& value = *fact.value;
  if (value.words.empty()) return part.empty() && value.otherwise ? *value.otherwise : part;
  const auto found = value.words.find(fold(part));
  if (found != value.words.end()) return found->second;
  if (value.otherwise) return *value.otherwise;
  if (!part.empty()) {
    error(&fact, part, "unknown-word",
          fmt::format("The map ({}) does not say what this means; the value was left out.", value.place));
  }
  return "";
}

std::string CsvRows::text(const CsvFact* fact) {
  if (fact == nullptr) return "";
  const auto& value = *fact->value;
  if (fact->columns.empty()) return value.constant;
  std::string whole;
  for (const auto column : fact->columns) {
    const auto part = cell(column);
    if (!part.empty() && !whole.empty()) whole += ' ';
    whole += part;
  }
  if (value.separator.empty()) return meaning(*fact, std::move(whole));
  std::vector<std::string> parts;
  for (std::size_t from = 0;;) {
    const auto stop = whole.find(value.separator, from);
    parts.emplace_back(trim_invisible(std::string_view(whole).substr(from, stop - from)));
    if (stop == std::string::npos) break;
    from = stop + value.separator.size();
  }
  const auto count = static_cast<std::int64_t>(parts.size());
  const auto at = value.take > 0 ? value.take - 1 : count + value.take;
  return meaning(*fact, at >= 0 && at < count ? parts[static_cast<std::size_t>(at)] : std::string());
}

std::optional<bool> CsvRows::truth(const CsvFact* fact) {
  const auto word = text(fact);
  if (word.empty()) return std::nullopt;
  const auto value = as_truth(word);
  if (!value) error(fact, word, "invalid-truth-value", "Write yes or no; the value was left out.");
  return value;
}

std::optional<bool> CsvRows::court_order(const CsvFact* fact) {
  const auto errors = issues_.errors();
  const auto value = truth(fact);
  return !value && issues_.errors() > errors ? true : value;
}

std::optional<std::int64_t> CsvRows::integer(const CsvFact* fact, std::int64_t low, std::int64_t high) {
  const auto word = text(fact);
  if (word.empty()) return std::nullopt;
  const auto value = as_number<std::int64_t>(word);
  if (value && *value >= low && *value <= high) return value;
  error(fact, word, "invalid-number",
        fmt::format("Not a whole number from {} to {}; the value was left out.", low, high));
  return std::nullopt;
}

std::optional<double> CsvRows::number(const CsvFact* fact) {
  const auto word = text(fact);
  if (word.empty()) return std::nullopt;
  const auto value = as_number<double>(word);
  if (value && std::isfinite(*value)) return value;
  error(fact, word, "invalid-number", "Not a number; the value was left out.");
  return std::nullopt;
}

std::string CsvRows::date(const CsvFact* fact) {
  const auto word = text(fact);
  if (word.empty()) return "";
  const auto& form = fact->value->date;
  const auto date = form ? form->read(word) : format::read_iso_date(word);
  if (date && date->year() >= std::chrono::year(1000) && date->year() <= std::chrono::year(9999)) {
    return to_iso(*date);
  }
  error(fact, word, "invalid-date",
        fmt::format("Not a date written as {}; the value was left out.", form ? form->form() : "YYYY-MM-DD"));
  return "";
}

std::optional<std::int64_t> CsvRows::hundredths(const CsvFact* fact) {
  const auto word = text(fact);
  if (word.empty()) return std::nullopt;
  const auto value = as_hundredths(word);
  if (!value) error(fact, word, "invalid-amount", "Not an amount such as 12.50; the value was left out.");
  return value;
}

void CsvRows::error(const CsvFact* fact, std::string_view value, std::string_view reason,
                    std::string message) {
  if (hushed_) return;
  flawed_ = true;
  issues_.error(name_, line(), fact == nullptr ? "" : fact->name, value, reason, std::move(message));
}

void CsvRows::warning(const CsvFact* fact, std::string_view value, std::string_view reason,
                      std::string message) {
  if (hushed_) return;
  issues_.warning(name_, line(), fact == nullptr ? "" : fact->name, value, reason, std::move(message));
}

}  // namespace crier::intake
