#include "intake/sims_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "format/xml.hpp"

namespace crier::intake {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view usual_root = "SuperStarReport";
constexpr std::string_view usual_record = "Record";
constexpr std::size_t most_samples = 50;

std::string shortened(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, 400)) line += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  std::size_t size = std::min<std::size_t>(line.size(), 120);
  while (size > 0 && size < line.size() && (static_cast<unsigned char>(line[size]) & 0xC0) == 0x80) --size;
  const auto cut = std::string(trim_invisible(line.substr(0, size)));
  return is_utf8(cut) ? cut + (size < line.size() ? "…" : "") : "…";
}

/// By the first character that is one, whatever the encoding.
bool begins_with_markup(std::string_view bytes) {
  for (const char c : bytes.substr(0, 400)) {
    const bool mark = c == '\0' || static_cast<unsigned char>(c) >= 0xBB;
    if (mark || c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    return c == '<';
  }
  return false;
}

/// Why a record cannot be used: its fields stand twice with two values, or are no fields.
struct RecordFault {
  std::int64_t line = 0;
  std::string column;
  std::string value;
  std::string reason;
  std::string message;
};

std::string key_of(std::string_view caption) {
  return to_lower(trim_invisible(caption));
}

/// The fields of a record by column; a field that stands there again with the same value is nothing new.
class FieldsByColumn {
 public:
  /// `column_of(element)` says where an element belongs; none: nowhere.
  template <typename ColumnOf>
  std::optional<RecordFault> take(const format::XmlRecord& record, ColumnOf column_of) {
    if (!record.fault.empty()) {
      return RecordFault{record.fault_line, "", "", "malformed-row",
                         fmt::format("The record is left out: {}.", record.fault)};
    }
    std::fill(fields_.begin(), fields_.end(), nullptr);
    for (const auto& field : record.fields) {
      const std::optional<std::size_t> column = column_of(field.name);
      if (!column) continue;
      if (*column >= fields_.size()) fields_.resize(*column + 1, nullptr);
      auto& first = fields_[*column];
      if (first != nullptr && first->value != field.value) {
        return RecordFault{
            field.line, format::unescape_xml_name(field.name), field.value, "duplicate-field",
            fmt::format("The record is left out: it has this field twice, on line {} with '{}'. Give "
                        "each field of the report a caption of its own.",
                        first->line, shortened(first->value))};
      }
      if (first == nullptr) first = &field;
    }
    return std::nullopt;
  }
  const std::vector<const format::XmlField*>& fields() const { return fields_; }

 private:
  std::vector<const format::XmlField*> fields_;
};

/// The records of an XML report as rows, those that can be used.
class XmlRows final : public RowSource {
 public:
  XmlRows(const fs::path& path, std::string record_name,
          std::map<std::string, std::size_t, std::less<>> columns)
      : file_(path),
        records_(path.filename().string(), file_.bytes()),
        record_name_(std::move(record_name)),
        columns_(std::move(columns)) {
    std::size_t count = 0;
    for (const auto& [caption, at] : columns_) count = std::max(count, at + 1);
    cells_.resize(count);
  }

  bool next() override {
    while (records_.next()) {
      const auto& record = records_.record();
      if (record.name != record_name_) continue;
      if (fields_.take(record, [&](const std::string& element) { return column_of(element); })) continue;
      std::fill(cells_.begin(), cells_.end(), std::string_view());
      for (std::size_t i = 0; i < fields_.fields().size(); ++i) {
        if (const auto* field = fields_.fields()[i]) cells_[i] = field->value;
      }
      return true;
    }
    return false;
  }
  std::span<const std::string_view> fields() const override { return cells_; }
  std::optional<RowFault> fault() const override { return std::nullopt; }
  std::int64_t line() const override { return records_.record().line; }
  std::size_t offset() const override { return records_.offset(); }

 private:
  std::optional<std::size_t> column_of(const std::string& element) {
    const auto [at, fresh] = by_element_.try_emplace(element, std::nullopt);
    if (!fresh) return at->second;
    // None for what somebody wrote into the file since it was looked through.
    const auto found = columns_.find(key_of(format::unescape_xml_name(element)));
    if (found != columns_.end()) at->second = found->second;
    return at->second;
  }

  os::MappedFile file_;
  format::XmlRecords records_;
  std::string record_name_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::map<std::string, std::optional<std::size_t>, std::less<>> by_element_;
  FieldsByColumn fields_;
  std::vector<std::string_view> cells_;
};

/// The rows of a CSV report: what a mapped file has too, without what was broken.
class ReportRows final : public RowSource {
 public:
  ReportRows(const fs::path& path, const config::MapEntry& form)
      : text_(path, std::nullopt), rows_(path.filename().string(), text_, form, unheard_) {
    rows_.keep_quiet();
  }
  bool next() override { return rows_.next(); }
  std::span<const std::string_view> fields() const override { return rows_.cells(); }
  std::optional<RowFault> fault() const override { return std::nullopt; }
  std::int64_t line() const override { return rows_.line(); }
  std::size_t offset() const override { return rows_.offset(); }

 private:
  IssueList unheard_;
  CsvText text_;
  CsvRows rows_;
};

}  // namespace

SimsReport::SimsReport(fs::path path, IssueList& issues) : path_(std::move(path)) {
  const os::MappedFile file(path_);
  bytes_ = file.bytes().size();
  xml_ = begins_with_markup(file.bytes()) || to_lower(path_.extension().string()) == ".xml";
  beginning_ = shortened(file.bytes());
  if (xml_) {
    scan_xml(issues);
  } else {
    scan_csv(issues);
  }
}

std::size_t SimsReport::caption_of(std::string_view written) {
  const auto caption = std::string(trim_invisible(written));
  const auto [at, fresh] = column_of_.try_emplace(key_of(caption), captions_.size());
  if (fresh) {
    captions_.push_back(caption);
    samples_.emplace_back();
  }
  return at->second;
}

std::optional<std::size_t> SimsReport::column(std::string_view caption) const {
  auto found = column_of_.find(key_of(caption));
  // A map may name a caption as it stands in the XML.
  if (found == column_of_.end()) found = column_of_.find(key_of(format::unescape_xml_name(caption)));
  return found == column_of_.end() ? std::nullopt : std::optional(found->second);
}

void SimsReport::sample(std::size_t column, std::string_view value) {
  auto& values = samples_[column];
  if (values.size() == most_samples) return;
  const auto trimmed = trim_invisible(value);
  if (!trimmed.empty()) values.emplace_back(trimmed);
}

void SimsReport::scan_xml(IssueList& issues) {
  const os::MappedFile file(path_);
  format::XmlRecords records(name(), file.bytes());
  std::int64_t strangers = 0;
  std::string stranger;
  std::string first_value;
  FieldsByColumn fields;
  std::map<std::string, std::size_t, std::less<>> by_element;
  const auto column_of = [&](const std::string& element) -> std::optional<std::size_t> {
    const auto [at, fresh] = by_element.try_emplace(element, 0);
    if (fresh) at->second = caption_of(format::unescape_xml_name(element));
    return at->second;
  };
  while (records.next()) {
    const auto& record = records.record();
    if (record_name_.empty() && (!record.fields.empty() || record.name == usual_record))
      record_name_ = record.name;
    if (first_value.empty() && !record.fields.empty()) first_value = record.fields.front().value;
    if (record.name != record_name_) {
      if (strangers++ == 0) stranger = record.name;
      continue;
    }
    ++records_;
    if (const auto fault = fields.take(record, column_of)) {
      issues.error(name(), fault->line, fault->column, fault->value, fault->reason, fault->message);
      continue;
    }
    if (record.fields.empty()) {
      issues.warning(name(), record.line, "", "", "empty-record", "The record has no field.");
    }
    for (std::size_t i = 0; i < fields.fields().size(); ++i) {
      if (const auto* field = fields.fields()[i]) sample(i, field->value);
    }
  }
  if (to_lower(records.root()).find("error") != std::string::npos) {
    const auto words =
        shortened(trim_invisible(records.root_text()).empty() ? first_value : records.root_text());
    throw Error(
        Exit::refused_input, "report-failed",
        fmt::format("{}: SIMS's report runner wrote an error in place of a report: '{}'", name(), words),
        "Run the report by hand in SIMS as the same user: its name, the password or the right to run reports "
        "may be wrong.");
  }
  if (const auto words = trim_invisible(records.root_text()); records_ == 0 && !words.empty()) {
    throw not_as_named(name(), fmt::format("there are no records in it; it says '{}'", shortened(words)),
                       "Run the report by hand in SIMS, and look what it gives.");
  }
  if (!records.encoding_remark().empty()) {
    issues.warning(name(), 1, "", "", "encoding", records.encoding_remark());
  }
  if (strangers > 0) {
    issues.warning(name(), 0, stranger, "", "not-a-record",
                   fmt::format("{} of its elements are not <{}> and were passed over.", strangers,
                               record_name_.empty() ? usual_record : record_name_));
  }
  if (records_ > 0 && (records.root() != usual_root || record_name_ != usual_record)) {
    issues.warning(name(), 0, "", "", "report-shape",
                   fmt::format("Its root is <{}>, not <{}>; each <{}> in it was taken for a record.",
                               records.root(), usual_root, record_name_));
  }
}

void SimsReport::scan_csv(IssueList& issues) {
  const CsvText text(path_, std::nullopt);
  // A comma is what the report runner writes, whatever else a caption may have in it.
  if (format::header_delimiters(text.text()).find(',') != std::string::npos) csv_form_.delimiter = ',';
  CsvRows rows(name(), text, csv_form_, issues);
  for (const auto& caption : rows.columns()) {
    // A column without a name keeps its place and is never found.
    if (caption.empty()) {
      captions_.emplace_back();
      samples_.emplace_back();
    } else {
      (void)caption_of(caption);
    }
  }
  while (rows.next()) {
    const auto cells = rows.cells();
    for (std::size_t i = 0; i < std::min(cells.size(), captions_.size()); ++i) sample(i, cells[i]);
  }
  records_ = rows.rows();
  if (text.encoding() != format::Encoding::utf8 && text.encoding() != format::Encoding::utf8_with_mark) {
    issues.warning(name(), 0, "", std::string(to_text(text.encoding())), "encoding",
                   fmt::format("The file was read as {}.", to_text(text.encoding())));
  }
}

std::unique_ptr<RowSource> SimsReport::open() const {
  if (xml_) return std::make_unique<XmlRows>(path_, record_name_, column_of_);
  return std::make_unique<ReportRows>(path_, csv_form_);
}

}  // namespace crier::intake
