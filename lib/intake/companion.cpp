#include "intake/companion.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "format/encoding.hpp"
#include "intake/row_file.hpp"

namespace crier::intake {
namespace {

std::string text_of(const config::ImportSource& source) {
  std::string bytes;
  try {
    bytes = os::read_file(source.companion.path);
  } catch (const Error& error) {
    throw Error(Exit::refused_input, "no-companion",
                fmt::format("the companion of [import.{}] cannot be read: {}", source.name, error.message()),
                "Put the file there, or take companion out of the settings. Nothing was changed.");
  }
  return format::decode(bytes, format::sniff_encoding(bytes));
}

}  // namespace

CompanionFile::CompanionFile(const config::ImportSource& source, IssueList& issues)
    : name_(source.companion.path.filename().string()) {
  read(source, text_of(source), issues);
}

void CompanionFile::read(const config::ImportSource& source, std::string_view text, IssueList& issues) {
  RowFile file(name_, text, issues, {});
  const auto key = source.companion.key.empty() ? file.column({"sourcedId", "identifier", "code"})
                                                : file.column({source.companion.key});
  if (!key.exists()) {
    throw Error(Exit::refused_input, "missing-column",
                fmt::format("{}: the column with people's ids or codes is not there", name_),
                fmt::format("Name it with companion_key under [import.{}].", source.name));
  }
  key_column_ = key.name();
  std::array<Column, beside_words.size()> columns;
  for (std::size_t i = 0; i < beside_words.size(); ++i) {
    const auto mapped = source.companion.columns.find(std::string(beside_words[i]));
    const bool named = mapped != source.companion.columns.end();
    columns[i] = file.column({named ? std::string_view(mapped->second) : beside_words[i]});
    tells_[i] = columns[i].exists();
    if (named && !tells_[i]) {
      throw Error(Exit::refused_input, "missing-column",
                  fmt::format("{}: the settings map {} to the column '{}', which is not there", name_,
                              beside_words[i], mapped->second),
                  fmt::format("Correct companion_columns under [import.{}], or the file.", source.name));
    }
  }
  while (file.next()) {
    const auto id = file.cell(key);
    if (id.empty()) {
      file.error(key, "", "missing-id", "The row is left out: it names nobody.");
      continue;
    }
    const auto [at, fresh] = rows_.try_emplace(fold(id));
    if (!fresh) {
      file.error(key, id, "duplicate-id",
                 fmt::format("The row is left out: line {} is about the same person.", at->second.line));
      continue;
    }
    at->second.line = file.line();
    for (std::size_t i = 0; i < columns.size(); ++i) at->second.cells[i] = file.cell(columns[i]);
  }
}

const CompanionFile::Row* CompanionFile::find(std::string_view source_id, std::string_view identifier) {
  auto found = rows_.find(fold(source_id));
  if (found == rows_.end() && !identifier.empty()) found = rows_.find(fold(identifier));
  if (found == rows_.end()) return nullptr;
  found->second.met = true;
  return &found->second;
}

void CompanionFile::report_unmet(IssueList& issues) const {
  issues.about("");
  for (const auto& [key, row] : rows_) {
    if (row.met) continue;
    issues.warning(name_, row.line, key_column_, key, "dangling-reference",
                   "The row was left out: nobody in the set has this id or code.");
  }
}

}  // namespace crier::intake
