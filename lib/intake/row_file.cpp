#include "intake/row_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/error.hpp"
#include "base/text.hpp"

namespace crier::intake {
namespace {

Error refused(std::string_view file, std::string message, std::string hint) {
  return {Exit::refused_input, "not-as-named", fmt::format("{}: {}", file, message), std::move(hint)};
}

/// Tells a file that is not what its name says from the first bytes.
void require_text(std::string_view name, std::string_view bytes) {
  const auto begins = [&](std::string_view magic) { return bytes.starts_with(magic); };
  if (begins("PK\x03\x04")) {
    throw refused(name, "this is a zip archive (or a spreadsheet), not CSV",
                  "Export the table as CSV in UTF-8.");
  }
  if (begins("\xFF\xFE") || begins("\xFE\xFF")) {
    throw refused(name, "this file is UTF-16",
                  "OneRoster files are UTF-8: export again, or save as 'CSV UTF-8'.");
  }
  if (begins("%PDF") || begins("<!DOCTYPE") || begins("<html") || begins("<?xml") ||
      begins("\xD0\xCF\x11\xE0")) {
    throw refused(name, "this is not a CSV file", "Check what the export wrote under this name.");
  }
}

__extension__ typedef unsigned __int128 Wide;  // 64 by 64 bits, as every compiler here has it

std::uint64_t mix(std::uint64_t state, std::uint64_t word) {
  const auto product = static_cast<Wide>(state ^ word) * 0x9E3779B97F4A7C15ULL;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

RowFile::RowFile(std::string_view name, std::string_view bytes, IssueList& issues,
                 std::initializer_list<std::string_view> required)
    : name_(name), reader_(bytes), issues_(issues) {
  require_text(name, bytes);
  auto header = format::read_header(reader_);
  if (!header) {
    throw refused(name, "the file is empty, not even a header is there",
                  "The export was cut off or failed: export again.");
  }
  if (header->fault) {
    throw refused(name, fmt::format("the header cannot be read: {}", header->fault->message()),
                  "Check what the export wrote under this name.");
  }
  header_ = std::move(*header);
  if (!header_.duplicates.empty()) {
    throw refused(name,
                  fmt::format("the header has the column '{}' more than once", header_.duplicates.front()),
                  "Somebody may have edited the file: export it again.");
  }
  for (const auto column_name : required) {
    if (header_.column(column_name)) continue;
    throw refused(
        name,
        fmt::format("the column '{}' is missing{}", column_name, did_you_mean(column_name, header_.names)),
        "This is not the file that its name says, or the export left the column out: export it again.");
  }
  for (std::size_t i = 0; i < header_.names.size(); ++i) {
    if (!header_.names[i].empty()) needed_fields_ = i + 1;
  }
}

Column RowFile::column(std::initializer_list<std::string_view> names) const {
  for (const auto name : names) {
    if (name.empty()) continue;
    if (const auto at = header_.column(name)) return Column(*at, header_.names[*at]);
  }
  return {};
}

bool RowFile::next() {
  issues_.about("");
  while (reader_.next()) {
    ++rows_;
    const auto fields = reader_.fields();
    if (const auto& fault = reader_.fault()) {
      if (!quiet_) {
        const auto column =
            fault->column < header_.names.size() ? header_.names[fault->column] : std::string();
        issues_.error(name_, reader_.line(), column, "", "malformed-row",
                      fmt::format("The row is left out: {} (line {}).", fault->message(), fault->line));
      }
      continue;
    }
    if (fields.size() < needed_fields_) {
      if (!quiet_) {
        issues_.error(name_, reader_.line(), "", fields.empty() ? "" : fields.front(), "short-row",
                      fmt::format("The row is left out: it has {} fields, the header has {}.", fields.size(),
                                  needed_fields_));
      }
      continue;
    }
    find_bad_cells();
    return true;
  }
  return false;
}

/// A cell whose bytes are no text loses its value; the row stays (I8).
void RowFile::find_bad_cells() {
  bad_cells_.clear();
  const auto fields = reader_.fields();
  for (std::size_t at = 0; at < fields.size(); ++at) {
    if (is_utf8(fields[at])) continue;
    bad_cells_.push_back(at);
    if (quiet_) continue;
    issues_.error(name_, reader_.line(), at < header_.names.size() ? header_.names[at] : "", fields[at],
                  "not-utf8", "The value was left out: its bytes are not UTF-8. Export the file as UTF-8.");
  }
}

std::string_view RowFile::cell(const Column& column) const {
  if (!column.exists()) return {};
  if (!bad_cells_.empty() &&
      std::find(bad_cells_.begin(), bad_cells_.end(), column.index()) != bad_cells_.end()) {
    return {};
  }
  const auto raw = reader_.fields()[column.index()];
  if (raw.empty()) return {};
  const auto plain = [](char c) { return c > ' ' && c < 0x7f; };
  if (plain(raw.front()) && plain(raw.back())) return raw;
  return trim_invisible(raw);
}

void RowFile::error(const Column& column, std::string_view value, std::string_view reason,
                    std::string message) {
  issues_.error(name_, line(), column.name(), value, reason, std::move(message));
}

void RowFile::warning(const Column& column, std::string_view value, std::string_view reason,
                      std::string message) {
  issues_.warning(name_, line(), column.name(), value, reason, std::move(message));
}

Fingerprint& Fingerprint::add(std::string_view cell) {
  state_ = mix(state_, cell.size() + 0xD6E8FEB86659FD93ULL);
  while (cell.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, cell.data(), 8);
    state_ = mix(state_, word);
    cell.remove_prefix(8);
  }
  if (!cell.empty()) {
    std::uint64_t word = 0;
    std::memcpy(&word, cell.data(), cell.size());
    state_ = mix(state_, word);
  }
  return *this;
}

std::int64_t Fingerprint::value() const {
  const auto mixed = mix(state_, 0xA0761D6478BD642FULL);
  return mixed == 0 ? 1 : static_cast<std::int64_t>(mixed);
}

}  // namespace crier::intake
