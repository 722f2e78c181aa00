#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "store/json_list.hpp"
#include "store/retention_store.hpp"

namespace crier::store {
namespace {

// The last import that changed something can be taken back: its rows as they were stay (I6).
constexpr std::string_view rows_of_old_imports =
    "import IN (SELECT id FROM import WHERE started < ?1 AND id <> coalesce((SELECT max(id) FROM import "
    "WHERE "
    "outcome IN ('applied', 'undo')), 0))";

constexpr FactRule rows_before(std::string_view table) {
  return {DataKind::import_rows, "rows as they were", table, rows_of_old_imports};
}

// In this order: what refers to an import goes before it.
constexpr std::array rules{
    FactRule{DataKind::attendance, "attendance marks", "attendance", "day < ?2"},
    FactRule{DataKind::behaviour, "behaviour notes", "behaviour", "day < ?2"},
    // What is owed is not over.
    FactRule{DataKind::payments, "payments", "payment", "paid = 1 AND due <> '' AND due < ?2"},
    // Nothing tells when somebody was asked but the import that brought them.
    FactRule{DataKind::surveys, "survey respondents", "respondent",
             "added_in <= (SELECT max(id) FROM import WHERE started < ?1)"},
    // No result may be as good as missing: only what no notice looks at any more goes (T2).
    FactRule{DataKind::marks, "results", "mark", R"sql(
EXISTS (SELECT 1 FROM assignment AS a JOIN roster_group AS g ON g.id = a.roster_group
        WHERE a.id = mark.assignment AND a.due <> '' AND a.due < ?2
          AND (a.live = 0 OR g.active = 0
               OR NOT EXISTS (SELECT 1 FROM membership AS m
                              WHERE m.person = mark.pupil AND m.roster_group = a.roster_group AND m.role = 'pupil'
                                AND (m.ends = '' OR m.ends > ?3)))))sql"},
    FactRule{DataKind::import_rows, "row issues", "import_issue", rows_of_old_imports},
    rows_before("person_before"),
    rows_before("place_before"),
    rows_before("relationship_before"),
    rows_before("address_before"),
    rows_before("roster_group_before"),
    rows_before("membership_before"),
    rows_before("assignment_before"),
    rows_before("mark_before"),
    rows_before("daily_before"),
    // How old the data are, whether a source has brought anything, what can be undone: read from these.
    FactRule{DataKind::imports, "imports", "import", R"sql(
started < ?1 AND id <> (SELECT max(id) FROM import)
  AND id NOT IN (SELECT max(id) FROM import WHERE outcome IN ('applied', 'unchanged') GROUP BY source)
  AND id <> coalesce((SELECT max(id) FROM import WHERE outcome IN ('applied', 'undo')), 0)
  AND NOT EXISTS (SELECT 1 FROM held_import AS h WHERE h.import = import.id AND h.decision = '')
  AND NOT EXISTS (SELECT 1 FROM import_issue AS x WHERE x.import = import.id)
  AND NOT EXISTS (SELECT 1 FROM import AS later WHERE later.concerns = import.id))sql",
             "DELETE FROM held_import WHERE decision <> '' AND import IN (SELECT value FROM json_each(?1))"},
    // One that imports still find would be raised anew, although somebody has resolved it.
    FactRule{DataKind::issues, "data issues", "data_issue",
             "state <> 'open' AND last_seen < ?1 AND coalesce(ended, last_seen) < ?1"},
    FactRule{DataKind::bounces, "digests of mails", "feedback_mail", "read < ?1"},
    FactRule{DataKind::replies, "replies", "reply", "received < ?1"},
    FactRule{DataKind::staff_mails, "notes of error reports", "error_report",
             "sent < ?1 AND id <> (SELECT max(id) FROM error_report)"},
};

/// Every rule may use any of the three.
std::string condition(const FactRule& rule) {
  return fmt::format("({}) AND ?1 IS NOT NULL AND ?2 IS NOT NULL AND ?3 IS NOT NULL", rule.where);
}

}  // namespace

Cutoff make_cutoff(Instant before, Instant now) {
  return {before, to_rfc3339(before).substr(0, 10), to_rfc3339(now).substr(0, 10)};
}

std::span<const FactRule> fact_rules() {
  return rules;
}

std::vector<std::int64_t> rows_to_let_go(Connection& connection, const FactRule& rule, const Cutoff& cutoff,
                                         std::int64_t after, std::int64_t limit) {
  auto rows = connection.query(
      fmt::format("SELECT {0}.rowid FROM {0} WHERE {1} AND {0}.rowid > ?4 ORDER BY {0}.rowid LIMIT ?5",
                  rule.table, condition(rule)));
  rows.with(to_millis(cutoff.before), cutoff.day, cutoff.today, after, limit);
  std::vector<std::int64_t> found;
  while (rows.step()) found.push_back(rows.integer(0));
  return found;
}

std::int64_t let_rows_go(Connection& connection, const FactRule& rule, const Cutoff& cutoff,
                         std::span<const std::int64_t> rows) {
  const auto list = json_list(rows);
  if (!rule.first.empty()) connection.query(rule.first).with(list).run();
  return connection
      .query(fmt::format("DELETE FROM {0} WHERE rowid IN (SELECT value FROM json_each(?4)) AND {1}",
                         rule.table, condition(rule)))
      .with(to_millis(cutoff.before), cutoff.day, cutoff.today, list)
      .run();
}

std::int64_t count_rows_to_let_go(Connection& connection, const FactRule& rule, const Cutoff& cutoff) {
  auto count = connection.query(fmt::format("SELECT count(*) FROM {} WHERE {}", rule.table, condition(rule)));
  count.with(to_millis(cutoff.before), cutoff.day, cutoff.today);
  return count.step() ? count.integer(0) : 0;
}

std::vector<RetentionLine> retention_lines(Connection& connection) {
  auto rows = connection.query("SELECT kind, whole_from, ran FROM retention ORDER BY kind");
  std::vector<RetentionLine> lines;
  while (rows.step()) {
    RetentionLine line{rows.text(0), std::nullopt, from_millis(rows.integer(2))};
    if (!rows.is_null(1)) line.whole_from = from_millis(rows.integer(1));
    lines.push_back(std::move(line));
  }
  return lines;
}

std::optional<Instant> whole_from(Connection& connection, DataKind kind) {
  auto found = connection.query("SELECT whole_from FROM retention WHERE kind = ?1");
  found.with(to_text(kind));
  if (!found.step() || found.is_null(0)) return std::nullopt;
  return from_millis(found.integer(0));
}

void note_retention(Connection& connection, DataKind kind, std::optional<Instant> let_go_before,
                    Instant now) {
  std::optional<std::int64_t> before;
  if (let_go_before) before = to_millis(*let_go_before);
  connection
      .query(R"sql(
INSERT INTO retention (kind, whole_from, ran) VALUES (?1, ?2, ?3)
ON CONFLICT (kind) DO UPDATE SET ran = excluded.ran,
  whole_from = CASE WHEN excluded.whole_from IS NULL THEN retention.whole_from
                    ELSE max(excluded.whole_from, coalesce(retention.whole_from, excluded.whole_from)) END)sql")
      .with(to_text(kind), before, to_millis(now))
      .run();
}

std::int64_t free_bytes(Connection& connection) {
  return connection.integer("PRAGMA freelist_count") * connection.integer("PRAGMA page_size");
}

}  // namespace crier::store
