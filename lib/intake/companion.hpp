// A file beside a source that tells of people what the source itself cannot: a court order, a priority, a
// language (I1). Read whole before the source, then asked for each person.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "intake/issues.hpp"

namespace crier::intake {

enum class Beside {
  title,
  form,
  house,
  boarding,
  relation,
  priority,
  responsibility,
  lives_with,
  court_order,
  for_sms,
  language
};
inline constexpr std::array<std::string_view, 11> beside_words{
    "title",          "form",       "house",       "boarding", "relation", "priority",
    "responsibility", "lives_with", "court_order", "for_sms",  "language"};

class CompanionFile {
 public:
  struct Row {
    std::int64_t line = 0;
    std::array<std::string, beside_words.size()> cells;
    bool met = false;
  };

  /// Reads the file that the settings name. Throws Error(refused_input) where it is not there, is no table,
  /// or lacks the key or a column that the settings map (C1).
  CompanionFile(const config::ImportSource& source, IssueList& issues);

  /// What the file says of somebody, by id or identifier, ignoring case; nullptr where nothing.
  const Row* find(std::string_view source_id, std::string_view identifier);
  bool tells(Beside fact) const { return tells_[static_cast<std::size_t>(fact)]; }
  /// Rows that were about nobody are reported.
  void report_unmet(IssueList& issues) const;

 private:
  void read(const config::ImportSource& source, std::string_view text, IssueList& issues);

  std::string name_;
  std::string key_column_;
  std::array<bool, beside_words.size()> tells_{};
  std::map<std::string, Row, std::less<>> rows_;
};

}  // namespace crier::intake
