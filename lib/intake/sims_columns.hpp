// The columns of one SIMS report by whose they are and what they tell, as far as its captions and the
// settings say (I3). Between sims_captions, which knows single captions, and sims_map, which makes a map of
// all reports.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.hpp"
#include "intake/issues.hpp"
#include "intake/sims_captions.hpp"
#include "intake/sims_report.hpp"

namespace crier::intake {

inline constexpr std::array all_person_kinds{PersonKind::pupil, PersonKind::contact, PersonKind::staff};

class SimsColumns {
 public:
  struct Column {
    std::size_t at = 0;
    int rank = 0;
  };
  using Facts = std::map<std::string, Column, std::less<>>;

  /// Throws Error(refused_input) where whose the columns are is not clear.
  SimsColumns(const SimsReport& report, const config::ImportSource& source, IssueList& issues);

  const SimsReport& report() const { return *report_; }
  const Facts& facts(PersonKind kind) const { return people_[static_cast<std::size_t>(kind)]; }
  std::optional<std::size_t> person(PersonKind kind, std::string_view fact) const;
  /// Relationships, classes, days.
  std::optional<std::size_t> other(std::string_view fact) const;
  bool names(PersonKind kind) const { return person(kind, "family") || person(kind, "given"); }
  /// Whether the column is there, and something in it.
  bool has_filled(PersonKind kind, std::string_view fact) const;
  bool is_of_days() const { return other("day") && other("mark"); }
  void tell_unread(IssueList& issues) const;

 private:
  void find_named(const config::ImportSource& source);
  void sort_in(CaptionMeaning meaning, std::size_t at);
  void settle_focus();
  void refuse_unclear() const;
  void give_unnamed(IssueList& issues);
  bool has(PersonKind kind) const { return !facts(kind).empty(); }

  const SimsReport* report_;
  std::array<Facts, 3> people_;
  Facts others_;
  std::vector<std::pair<CaptionMeaning, std::size_t>> unnamed_;
  std::array<bool, 3> marks_{};
  /// Of whom the report is about.
  std::optional<PersonKind> focus_;
  std::set<std::size_t> named_;
};

}  // namespace crier::intake
