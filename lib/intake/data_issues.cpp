#include "intake/data_issues.hpp"

#include <algorithm>
#include <array>

#include "store/issue_store.hpp"

namespace crier::intake {

void refresh_data_issues(store::Connection& connection, const store::IntakeStage& stage,
                         const IssueList& issues, const store::Difference& difference, Instant now) {
  // The roster itself shows these, with the address that is meant.
  constexpr std::array shown_by_roster{"invalid-email", "invalid-phone"};
  std::vector<store::FoundIssue> found;
  for (const auto& issue : issues.all()) {
    if (issue.person.empty() || std::ranges::find(shown_by_roster, issue.reason) != shown_by_roster.end())
      continue;
    found.push_back({issue.reason, issue.person, issue.column + ":" + issue.value, issue.message});
  }
  store::refresh_row_issues(connection, stage.source(), found,
                            stage.is_complete(store::RosterTable::person) ? store::IssueScope::all_rows
                                                                          : store::IssueScope::some_rows,
                            now);
  if (!difference.empty()) store::refresh_roster_issues(connection, now);
}

}  // namespace crier::intake
