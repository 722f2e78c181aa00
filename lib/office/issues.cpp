#include "office/issues.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "model/data_issue.hpp"
#include "model/person.hpp"
#include "office/permission.hpp"
#include "store/filter_store.hpp"

namespace crier::office {
namespace {

Concern concern_of(const store::IssueRow& issue) {
  if (issue.school.empty()) return {};
  return {{issue.school}, ""};
}

Error no_such_filter(const Office& office, std::string_view name) {
  const auto names = saved_filter_names(office);
  return {Exit::nothing_there, "no-such-filter",
          fmt::format("no filter is saved as '{}'{}", name, did_you_mean(name, names)),
          names.empty() ? "None is saved yet: crier issues list --kind KIND --save NAME."
                        : "There are: " + join(names, ", ") + "."};
}

/// What is not asked is as the saved filter says; its school where none is named.
struct Asked {
  IssueQuestion question;
  std::optional<std::int64_t> school;
};
Asked with_saved(const Office& office, IssueQuestion question) {
  std::optional<std::int64_t> school;
  if (!question.saved.empty()) {
    const auto saved = store::find_saved_filter(office.store, question.saved);
    if (!saved) throw no_such_filter(office, question.saved);
    if (question.kind.empty()) question.kind = saved->kind;
    if (question.state.empty()) question.state = saved->state;
    if (question.since.empty()) question.since = saved->since;
    if (office.school.empty() && !saved->school.empty()) {
      auto there = office;
      there.school = saved->school;
      return {std::move(question), school_in_sight(there)};
    }
  }
  return {std::move(question), school_in_sight(office)};
}

/// `invalid-email, spam` as the store wants it. Throws for a kind that nothing raises.
std::string kinds_meant(const Office& office, std::string_view list) {
  if (trim_invisible(list).empty()) return "";
  const auto known = known_issue_kinds(office);
  std::vector<std::string> kinds;
  for (const auto part : split(list, ',')) {
    auto kind = to_lower(trim_invisible(part));
    if (std::ranges::find(known, kind) == known.end()) {
      throw Error(Exit::usage, "unknown-kind",
                  fmt::format("no data issue is of the kind '{}'{}", kind, did_you_mean(kind, known)),
                  "There are: " + join(known, ", ") + ".");
    }
    kinds.push_back(std::move(kind));
  }
  return join(kinds, ",");
}

std::string state_meant(std::string_view word) {
  const auto state = word.empty() ? std::string("open") : to_lower(trim_invisible(word));
  if (std::ranges::find(issue_states, state) != issue_states.end()) return state == "all" ? "" : state;
  const std::vector<std::string> states(issue_states.begin(), issue_states.end());
  throw Error(Exit::usage, "unknown-state",
              fmt::format("--state: nothing is called '{}'{}", word, did_you_mean(state, states)),
              "There are: " + join(states, ", ") + ".");
}

std::optional<Instant> since_meant(const Office& office, std::string_view text, const Zone& zone) {
  if (text.empty()) return std::nullopt;
  if (const auto span = parse_span(text)) return office.clock.now() - *span;
  if (const auto at = parse_rfc3339(text)) return at;
  if (const auto local = parse_local(text)) return zone.instant(*local);
  throw Error(Exit::usage, "bad-time", fmt::format("--since: '{}' is no date, time or span", text),
              "Write 2026-11-25, 2026-11-25T16:00, an RFC 3339 time, or a span before now such as 7d.");
}

store::IssueFilter filter_of(const Office& office, const IssueQuestion& question, const Zone& zone) {
  const auto asked = with_saved(office, question);
  store::IssueFilter filter;
  filter.school = asked.school;
  filter.kind = kinds_meant(office, asked.question.kind);
  filter.state = state_meant(asked.question.state);
  filter.person = asked.question.person;
  filter.since = since_meant(office, asked.question.since, zone);
  return filter;
}

}  // namespace

std::vector<std::string> known_issue_kinds(const Office& office) {
  auto kinds = store::issue_kinds(office.store);
  for (const auto kind : standing_issue_kinds) {
    if (std::ranges::find(kinds, kind) == kinds.end()) kinds.emplace_back(kind);
  }
  return kinds;
}

std::vector<store::IssueRow> find_issues(const Office& office, const IssueQuestion& question,
                                         const Zone& zone) {
  require(office, Act::look);
  return store::issue_rows(office.store, filter_of(office, question, zone));
}

Table issue_table(const Office& office, std::string_view kind, std::string_view state) {
  const IssueQuestion question{std::string(kind), std::string(state)};
  return issue_table(office, find_issues(office, question, Zone::utc()));
}

Table issue_table(const Office& office, const std::vector<store::IssueRow>& issues) {
  const auto sight = address_sight(office);
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
  for (const auto& row : issues) {
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
  return std::move(resolve_issues(office, std::span(&id, 1)).front());
}

std::vector<store::IssueRow> resolve_issues(const Office& office, std::span<const std::int64_t> ids) {
  store::Transaction transaction(office.store);
  std::vector<store::IssueRow> resolved;
  std::set<std::int64_t> seen;
  for (const auto id : ids) {
    if (!seen.insert(id).second) continue;
    const auto issue = find_issue(office, id);
    require(office, Act::resolve_issue, concern_of(issue));
    if (!store::resolve_issue(office.store, id, office.actor, office.clock.now())) {
      throw Error(Exit::refused_by_rule, "not-open",
                  fmt::format("data issue {} is not open: it is {}", id, issue.state),
                  "Only open issues are resolved; an import opens it again if it comes back.");
    }
    record(office, "resolve", fmt::format("issue {}", id), issue.kind);
    resolved.push_back(find_issue(office, id));
  }
  transaction.commit();
  return resolved;
}

void save_filter(const Office& office, std::string_view name, const IssueQuestion& question, const Zone& zone,
                 SaveFilter how) {
  require(office, Act::resolve_issue);
  const auto called = trim_invisible(name);
  if (called.empty()) {
    throw Error(Exit::usage, "no-name", "--save: a filter without a name cannot be found again",
                "Give it a name, such as \"year 7\".");
  }
  if (!question.person.empty()) {
    throw Error(Exit::usage, "person-in-filter", "--save: a filter that is kept names no person",
                "Leave --person out, and add it when you use the filter.");
  }
  (void)filter_of(office, question, zone);
  const auto asked = with_saved(office, question).question;
  store::SavedFilter filter{std::string(called), asked.kind,         asked.state, office.school,
                            asked.since,         office.clock.now(), office.actor};
  if (!question.saved.empty() && filter.school.empty()) {
    if (const auto from = store::find_saved_filter(office.store, question.saved))
      filter.school = from->school;
  }
  store::Transaction transaction(office.store);
  const auto there = store::find_saved_filter(office.store, called);
  if (there && how == SaveFilter::anew) {
    throw Error(Exit::refused_by_rule, "filter-exists",
                fmt::format("a filter is saved as '{}' already", there->name),
                "Name it otherwise, or add --force to replace it.");
  }
  store::save_filter(office.store, filter);
  record(office, "save-filter", std::string(called),
         fmt::format("kind={} state={} school={} since={}", filter.kind, filter.state, filter.school,
                     filter.since));
  transaction.commit();
}

void forget_filter(const Office& office, std::string_view name) {
  require(office, Act::resolve_issue);
  store::Transaction transaction(office.store);
  if (!store::forget_filter(office.store, name)) throw no_such_filter(office, name);
  record(office, "forget-filter", std::string(name), "");
  transaction.commit();
}

Table saved_filter_table(const Office& office) {
  require(office, Act::look);
  Table table;
  table.name = "filters";
  table.columns = {{"name", "Name"},     {"kind", "Kind"},   {"state", "State"},
                   {"school", "School"}, {"since", "Since"}, {"saved", "Saved", ColumnKind::instant},
                   {"saved_by", "By"}};
  const auto cell = [](const std::string& text) { return text.empty() ? Cell() : Cell(text); };
  for (const auto& one : store::saved_filters(office.store)) {
    table.rows.push_back({one.name, cell(one.kind), one.state.empty() ? std::string("open") : one.state,
                          cell(one.school), cell(one.since), one.saved, one.saved_by});
  }
  return table;
}

std::vector<std::string> saved_filter_names(const Office& office) {
  std::vector<std::string> names;
  for (auto& one : store::saved_filters(office.store)) names.push_back(std::move(one.name));
  return names;
}

}  // namespace crier::office
