#include "office/issues.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "model/data_issue.hpp"
#include "model/person.hpp"
#include "office/permission.hpp"

namespace crier::office {
namespace {

Concern concern_of(const store::IssueRow& issue) {
  if (issue.school.empty()) return {};
  return {{issue.school}, ""};
}

void require_kind(const Office& office, std::string_view kind) {
  if (kind.empty()) return;
  auto kinds = store::issue_kinds(office.store);
  kinds.insert(kinds.end(), standing_issue_kinds.begin(), standing_issue_kinds.end());
  if (std::ranges::find(kinds, kind) != kinds.end()) return;
  throw Error(Exit::usage, "unknown-kind",
              fmt::format("no data issue is of the kind '{}'{}", kind, did_you_mean(kind, kinds)),
              "See 'crier issues list --state all' for the kinds there are.");
}

}  // namespace

Table issue_table(const Office& office, std::string_view kind, std::string_view state) {
  require_kind(office, kind);
  const auto sight = address_sight(office);
  store::IssueFilter filter;
  filter.school = school_in_sight(office);
  filter.kind = kind;
  if (state != "all") filter.state = state;
  Table table;
  table.name = "issues";
  table.title = "Data issues";
  table.columns = {{"id", "Issue", ColumnKind::count},
                   {"kind", "Kind"},
                   {"school", "School"},
                   {"code", "Code"},
                   {"name", "Name"},
                   {"detail", "What"},
                   {"source", "Source"},
                   {"state", "State"},
                   {"raised", "Since", ColumnKind::instant},
                   {"last_seen", "Last seen", ColumnKind::instant}};
  const auto cell = [](const std::string& text) { return text.empty() ? Cell() : Cell(text); };
  for (const auto& row : store::issue_rows(office.store, filter)) {
    table.rows.push_back({row.id, row.kind, cell(row.school), cell(row.code),
                          cell(list_name(row.family, row.given)), cell(shown_text(sight, row.detail)),
                          cell(row.source), row.state, row.raised, row.last_seen});
  }
  return table;
}

Table issue_kinds_table(const Table& issues) {
  std::map<std::string, std::int64_t> by_kind;
  for (std::size_t column = 0; column < issues.columns.size(); ++column) {
    if (issues.columns[column].name != "kind") continue;
    for (const auto& row : issues.rows) ++by_kind[std::get<std::string>(row[column])];
  }
  Table table;
  table.name = "kinds";
  table.title = "Open data issues by kind";
  table.columns = {{"kind", "Kind"},
                   {"count", "Open", ColumnKind::count, "", Tone::warning},
                   {"audience", "Its list: crier resolve"}};
  for (const auto& [kind, number] : by_kind) table.rows.push_back({kind, number, "issue:" + kind});
  table.charts.push_back(
      {"Open data issues", "How many data issues of each kind are open.", {"kind"}, {"count"}});
  return table;
}

store::IssueRow find_issue(const Office& office, std::int64_t id) {
  store::IssueFilter filter;
  filter.id = id;
  auto rows = store::issue_rows(office.store, filter);
  if (!rows.empty()) {
    require(office, Act::look, concern_of(rows.front()));
    rows.front().detail = shown_text(address_sight(office), rows.front().detail);
    return std::move(rows.front());
  }
  throw Error(Exit::nothing_there, "no-such-issue", fmt::format("there is no data issue {}", id),
              "See 'crier issues list --state all'.");
}

store::IssueRow resolve_issue(const Office& office, std::int64_t id) {
  const auto issue = find_issue(office, id);
  require(office, Act::resolve_issue, concern_of(issue));
  store::Transaction transaction(office.store);
  if (!store::resolve_issue(office.store, id, office.actor, office.clock.now())) {
    throw Error(Exit::refused_by_rule, "not-open",
                fmt::format("data issue {} is not open: it is {}", id, issue.state),
                "Only open issues are resolved; an import opens it again if it comes back.");
  }
  record(office, "resolve", fmt::format("issue {}", id), issue.kind);
  transaction.commit();
  return find_issue(office, id);
}

}  // namespace crier::office
