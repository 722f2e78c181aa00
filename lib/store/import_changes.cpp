#include "store/import_changes.hpp"

#include <fmt/format.h>

#include <span>

#include "model/person.hpp"

namespace crier::store {
namespace {

struct Value {
  const char* name;
  const char* column;
};

/// A table of the roster as a reader sees it. `r` is the row that is told, in the live table or among
/// *_before.
struct Told {
  const char* table;
  const char* kind;
  const char* code;
  const char* family;
  const char* given;
  const char* about;
  const char* joins;
  /// What stands for a whole row.
  const char* summary;
  std::span<const Value> values;
};

constexpr Value person_values[] = {{"kind", "kind"},
                                   {"code", "code"},
                                   {"title", "title"},
                                   {"family", "family"},
                                   {"given", "given"},
                                   {"preferred", "preferred"},
                                   {"language", "language"},
                                   {"birth_date", "birth_date"},
                                   {"relation", "contact_relation"},
                                   {"priority", "contact_priority"},
                                   {"responsibility", "contact_responsibility"},
                                   {"lives_with", "contact_lives_with"},
                                   {"court_order", "contact_court_order"}};
constexpr Value place_values[] = {{"status", "status"}, {"year", "year"},         {"form", "form"},
                                  {"house", "house"},   {"boarding", "boarding"}, {"admission", "admission"}};
constexpr Value relationship_values[] = {
    {"relation", "relation"},     {"priority", "priority"},       {"responsibility", "responsibility"},
    {"lives_with", "lives_with"}, {"court_order", "court_order"}, {"prime", "prime"}};
constexpr Value address_values[] = {
    {"given", "given"}, {"normal", "normal"}, {"line", "line"}, {"for_sms", "for_sms"}};
constexpr Value group_values[] = {{"kind", "kind"}, {"name", "name"}, {"code", "code"}, {"active", "active"}};
constexpr Value membership_values[] = {{"role", "role"}, {"begins", "begins"}, {"ends", "ends"}};
constexpr Value assignment_values[] = {
    {"title", "title"}, {"due", "due"}, {"points", "points"}, {"live", "live"}};
constexpr Value mark_values[] = {{"status", "status"}, {"score", "score"}, {"missing", "missing"}};

constexpr const char* by_person = "LEFT JOIN person w ON w.id = r.person";

const Told told[] = {
    {"person", "r.kind", "coalesce(w.code, r.code)", "coalesce(w.family, r.family)",
     "coalesce(w.given, r.given)", "''", "LEFT JOIN person w ON w.id = r.id", "''", person_values},
    {"place", "r.kind", "w.code", "w.family", "w.given", "s.code",
     "LEFT JOIN person w ON w.id = r.person LEFT JOIN school s ON s.id = r.school", "r.status", place_values},
    {"relationship", "'relationship'", "w.code", "w.family", "w.given", "o.code",
     "LEFT JOIN person w ON w.id = r.contact LEFT JOIN person o ON o.id = r.pupil", "r.relation",
     relationship_values},
    {"address", "'address'", "w.code", "w.family", "w.given", "r.kind || ' ' || r.use", by_person,
     "coalesce(r.normal, r.given)", address_values},
    {"roster_group", "'group'", "r.code", "''", "r.name", "''", "", "''", group_values},
    {"membership", "'membership'", "w.code", "w.family", "w.given", "o.name",
     "LEFT JOIN person w ON w.id = r.person LEFT JOIN roster_group o ON o.id = r.roster_group", "r.role",
     membership_values},
    {"assignment", "'assignment'", "''", "''", "r.title", "o.name",
     "LEFT JOIN roster_group o ON o.id = r.roster_group", "r.due", assignment_values},
    {"mark", "'mark'", "w.code", "w.family", "w.given", "o.title",
     "LEFT JOIN person w ON w.id = r.pupil LEFT JOIN assignment o ON o.id = r.assignment", "r.status",
     mark_values},
};

/// Collects one page and knows when it is full.
class Page {
 public:
  explicit Page(ChangePage page) : page_(page) {}
  bool full() const { return static_cast<std::int64_t>(changes_.size()) >= page_.limit; }
  void add(ImportChange change) {
    if (passed_++ >= page_.skip && !full()) changes_.push_back(std::move(change));
  }
  std::vector<ImportChange> take() { return std::move(changes_); }

 private:
  ChangePage page_;
  std::int64_t passed_ = 0;
  std::vector<ImportChange> changes_;
};

/// The first six columns are op, kind, code, family, given, about.
ImportChange begun(const Query& row) {
  ImportChange change{row.text(0), row.text(1), row.text(2), "", row.text(5), "", "", ""};
  change.name = row.view(3).empty() ? row.text(4) : list_name(row.view(3), row.view(4));
  return change;
}

// What an import added stands there still, or a later one kept it when it took it away. A place that came
// with its person says nothing more.
std::string added_sql(const Told& one) {
  const auto row = [&](const std::string& from, const std::string& where) {
    return fmt::format(
        "SELECT 'added', {}, coalesce({}, ''), coalesce({}, ''), coalesce({}, ''), coalesce({}, ''), {}, "
        "r.id AS turn FROM {} r {} WHERE {}",
        one.kind, one.code, one.family, one.given, one.about, one.summary, from, one.joins, where);
  };
  const bool place = std::string_view(one.table) == "place";
  const std::string with_person = place ? " AND w.added_in IS NOT r.added_in" : "";
  return row(one.table, "r.added_in = ?1" + with_person) + " UNION ALL " +
         row(fmt::format("{}_before", one.table),
             "r.added_in = ?1 AND r.import > ?1 AND r.op = 'removed'" + with_person) +
         " ORDER BY turn";
}

std::string changed_sql(const Told& one) {
  std::string old_values;
  std::string new_values;
  for (const auto& value : one.values) {
    old_values += fmt::format(", r.{}", value.column);
    new_values += fmt::format(", CASE WHEN n.id IS NULL THEN x.{0} ELSE n.{0} END", value.column);
  }
  // The row as it was left: as the next import that touched it found it, else as it is.
  return fmt::format(
      "SELECT r.op, {}, coalesce({}, ''), coalesce({}, ''), coalesce({}, ''), coalesce({}, ''), {}{}{} "
      "FROM {}_before r LEFT JOIN {} x ON x.id = r.id "
      "LEFT JOIN (SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY import) AS turn FROM "
      "{}_before "
      "WHERE import > ?1) later WHERE turn = 1) n ON n.id = r.id {} WHERE r.import = ?1 ORDER BY r.id",
      one.kind, one.code, one.family, one.given, one.about, one.summary, old_values, new_values, one.table,
      one.table, one.table, one.joins);
}

void read_added(Connection& connection, std::int64_t import, const Told& one, Page& page) {
  auto rows = connection.query(added_sql(one));
  rows.with(import);
  while (!page.full() && rows.step()) {
    auto change = begun(rows);
    change.new_value = rows.text(6);
    page.add(std::move(change));
  }
}

void read_changed(Connection& connection, std::int64_t import, const Told& one, Page& page) {
  auto rows = connection.query(changed_sql(one));
  rows.with(import);
  const auto count = static_cast<int>(one.values.size());
  while (!page.full() && rows.step()) {
    if (rows.view(0) == "removed") {
      auto change = begun(rows);
      change.old_value = rows.text(6);
      page.add(std::move(change));
      continue;
    }
    for (int i = 0; i < count; ++i) {
      const int before = 7 + i;
      const int after = 7 + count + i;
      if (rows.is_null(before) == rows.is_null(after) && rows.view(before) == rows.view(after)) continue;
      auto change = begun(rows);
      change.column = one.values[static_cast<std::size_t>(i)].name;
      change.old_value = rows.text(before);
      change.new_value = rows.text(after);
      // A leaver's place is a person gone, a group or assignment out of use one gone.
      const bool left = change.column == "status" && change.new_value == "leaver";
      const bool ended = (change.column == "active" || change.column == "live") && change.new_value == "0";
      if (left || ended) change.op = "removed";
      page.add(std::move(change));
    }
  }
}

/// Facts of the day: rows as JSON lists, in the order of their table's columns. A lesson is of nobody, and is
/// about its group.
struct Daily {
  const char* table;
  /// The column, and where it stands in the list.
  const char* person;
  const char* person_at;
  const char* about;
  const char* about_at;
  const char* cells;
};
constexpr Daily daily[] = {
    {"attendance", "pupil", "$[1]", "day", "$[2]",
     "json_array(x.id, x.pupil, x.day, x.session, x.code, x.absent, x.explained, x.source, x.source_id, "
     "x.added_in)"},
    {"payment", "pupil", "$[1]", "item", "$[2]",
     "json_array(x.id, x.pupil, x.item, x.amount, x.currency, x.due, x.paid, x.source, x.source_id, "
     "x.added_in, x.contract)"},
    {"behaviour", "pupil", "$[1]", "day", "$[2]",
     "json_array(x.id, x.pupil, x.day, x.kind, x.points, x.note, x.source, x.source_id, x.added_in)"},
    {"respondent", "person", "$[3]", "survey", "$[1]",
     "json_array(x.id, x.survey, x.survey_folded, x.person, x.completed, x.source, x.source_id, x.added_in)"},
    {"timetable_slot", "", "", "roster_group", "$[1]",
     "json_array(x.id, x.roster_group, x.weekday, x.week, x.begins, x.ends, x.period, x.source, x.source_id, "
     "x.added_in)"},
};

void read_daily(Connection& connection, std::int64_t import, const Daily& one, Page& page) {
  const bool of_group = std::string_view(one.person).empty();
  const auto person = of_group ? std::string("NULL") : fmt::format("x.{}", one.person);
  const auto person_before =
      of_group ? person : fmt::format("coalesce({}, json_extract(b.cells, '{}'))", person, one.person_at);
  const std::string_view about =
      of_group ? "coalesce((SELECT g.name FROM roster_group g WHERE g.id = about), '')" : "about";
  auto rows = connection.query(fmt::format(
      "SELECT op, '{0}', coalesce(w.code, ''), coalesce(w.family, ''), coalesce(w.given, ''), {6}, "
      "old_cells, new_cells FROM (SELECT 'added' AS op, {1} AS person, x.{2} AS about, '' AS old_cells, {3} "
      "AS "
      "new_cells, x.id AS turn FROM {0} x WHERE x.added_in = ?1 "
      "UNION ALL SELECT b.op, {4}, coalesce(x.{2}, json_extract(b.cells, '{5}')), b.cells, "
      "CASE WHEN x.id IS NULL THEN '' ELSE {3} END, b.id FROM daily_before b "
      "LEFT JOIN {0} x ON x.id = b.id AND b.op = 'changed' "
      "WHERE b.import = ?1 AND b.fact = '{0}') LEFT JOIN person w ON w.id = person ORDER BY turn",
      one.table, person, one.about, one.cells, person_before, one.about_at, about));
  rows.with(import);
  while (!page.full() && rows.step()) {
    auto change = begun(rows);
    if (change.op == "changed") change.column = "row";
    change.old_value = rows.text(6);
    change.new_value = rows.text(7);
    page.add(std::move(change));
  }
}

}  // namespace

std::vector<ImportChange> import_changes(Connection& connection, std::int64_t import, ChangePage asked) {
  Page page(asked);
  for (const auto& one : told) {
    if (!page.full()) read_added(connection, import, one, page);
    if (!page.full()) read_changed(connection, import, one, page);
  }
  for (const auto& one : daily) {
    if (!page.full()) read_daily(connection, import, one, page);
  }
  return page.take();
}

}  // namespace crier::store
