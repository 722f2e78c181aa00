#include "store/intake_stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/os.hpp"
#include "base/text.hpp"

namespace crier::store {
namespace {

constexpr const char* create_tables = R"sql(
CREATE TEMP TABLE staged_person (
  id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL, code_folded TEXT NOT NULL,
  title TEXT NOT NULL, family TEXT NOT NULL, given TEXT NOT NULL, preferred TEXT NOT NULL, language TEXT NOT NULL,
  name_folded TEXT NOT NULL, sort_key BLOB NOT NULL, contact_relation TEXT NOT NULL, contact_priority INTEGER,
  contact_responsibility INTEGER, contact_lives_with INTEGER, contact_court_order INTEGER,
  birth_date TEXT NOT NULL, fingerprint INTEGER NOT NULL);
CREATE TEMP TABLE staged_place (
  person INTEGER NOT NULL, school INTEGER NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, year TEXT NOT NULL,
  year_folded TEXT NOT NULL, form TEXT NOT NULL, form_folded TEXT NOT NULL, house TEXT NOT NULL,
  house_folded TEXT NOT NULL, boarding TEXT NOT NULL, boarding_folded TEXT NOT NULL, admission TEXT NOT NULL,
  PRIMARY KEY (person, school, kind)) WITHOUT ROWID;
CREATE TEMP TABLE staged_address (
  person INTEGER NOT NULL, kind TEXT NOT NULL, use TEXT NOT NULL, position INTEGER NOT NULL, given TEXT NOT NULL,
  normal TEXT, compare_key TEXT, line TEXT NOT NULL, for_sms INTEGER,
  PRIMARY KEY (person, kind, use)) WITHOUT ROWID;
CREATE TEMP TABLE staged_relationship (pupil INTEGER NOT NULL, contact INTEGER NOT NULL, side INTEGER NOT NULL);
CREATE TEMP TABLE staged_group (
  id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, school INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
  name_folded TEXT NOT NULL, code TEXT NOT NULL, code_folded TEXT NOT NULL, fingerprint INTEGER NOT NULL);
CREATE TEMP TABLE staged_membership (
  id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, roster_group INTEGER NOT NULL, person INTEGER NOT NULL,
  role TEXT NOT NULL, begins TEXT NOT NULL, ends TEXT NOT NULL, fingerprint INTEGER NOT NULL);
CREATE TEMP TABLE staged_assignment (
  id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, roster_group INTEGER NOT NULL, title TEXT NOT NULL,
  due TEXT NOT NULL, points REAL, fingerprint INTEGER NOT NULL);
CREATE TEMP TABLE staged_mark (
  id INTEGER PRIMARY KEY, source_id TEXT NOT NULL, assignment INTEGER NOT NULL, pupil INTEGER NOT NULL,
  status TEXT NOT NULL, score REAL, missing INTEGER NOT NULL, fingerprint INTEGER NOT NULL);
CREATE TEMP TABLE covered_school (school INTEGER PRIMARY KEY);
CREATE TEMP TABLE gone (roster_table TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (roster_table, id)) WITHOUT ROWID;
)sql";

/// Of the stage and of the apply; a connection may carry one import after another.
constexpr std::array temporary_tables{"staged_person",      "staged_place",
                                      "staged_address",     "staged_relationship",
                                      "staged_group",       "staged_membership",
                                      "staged_assignment",  "staged_mark",
                                      "covered_school",     "gone",
                                      "touched_person",     "place_gone",
                                      "place_changed",      "related",
                                      "related_gone",       "related_changed",
                                      "address_changed",    "address_gone",
                                      "group_changed",      "membership_changed",
                                      "assignment_changed", "mark_changed",
                                      "same_person",        "said"};

void drop_temporary_tables(Connection& connection) {
  for (const char* table : temporary_tables) {
    connection.execute(std::string("DROP TABLE IF EXISTS temp.") + table);
  }
  drop_daily_tables(connection);
}

constexpr std::array find_texts{
    "SELECT id, fingerprint, 0, 0 FROM person WHERE source = ?1 AND source_id = ?2",
    "SELECT id, fingerprint, 0, 0 FROM roster_group WHERE source = ?1 AND source_id = ?2",
    "SELECT id, fingerprint, roster_group, person FROM membership WHERE source = ?1 AND source_id = ?2",
    "SELECT id, fingerprint, roster_group, 0 FROM assignment WHERE source = ?1 AND source_id = ?2",
    "SELECT id, fingerprint, assignment, pupil FROM mark WHERE source = ?1 AND source_id = ?2",
};

// The plus keeps the planner from sorting what it finds by `source`: the rows are wanted as they lie.
constexpr std::array walk_texts{
    "SELECT id, fingerprint, 0, 0, source_id FROM person WHERE +source = ?1 AND id > ?2 ORDER BY id",
    "SELECT id, fingerprint, 0, 0, source_id FROM roster_group WHERE +source = ?1 AND id > ?2 ORDER BY id",
    "SELECT id, fingerprint, roster_group, person, source_id FROM membership WHERE +source = ?1 AND id > ?2 "
    "ORDER BY id",
    "SELECT id, fingerprint, roster_group, 0, source_id FROM assignment WHERE +source = ?1 AND id > ?2 ORDER "
    "BY id",
    "SELECT id, fingerprint, assignment, pupil, source_id FROM mark WHERE +source = ?1 AND id > ?2 ORDER BY "
    "id",
};
/// A file in another order than the last one: after so many strays the walk is tried only at every so many
/// rows.
constexpr std::int64_t patience_with_strays = 16;
constexpr std::int64_t rows_between_walks = 256;

constexpr std::array each_texts{
    "SELECT source_id, id FROM person p WHERE source = ?1 AND EXISTS (SELECT 1 FROM place WHERE place.person "
    "= p.id "
    "AND place.status <> 'leaver') ORDER BY id",
    "SELECT source_id, id FROM roster_group WHERE source = ?1 AND active = 1 ORDER BY id",
    "SELECT source_id, id FROM membership WHERE source = ?1 ORDER BY id",
    "SELECT source_id, id FROM assignment WHERE source = ?1 AND live = 1 ORDER BY id",
    "SELECT source_id, id FROM mark WHERE source = ?1 ORDER BY id",
};

constexpr std::array top_texts{
    "SELECT coalesce(max(id), 0) FROM person",     "SELECT coalesce(max(id), 0) FROM roster_group",
    "SELECT coalesce(max(id), 0) FROM membership", "SELECT coalesce(max(id), 0) FROM assignment",
    "SELECT coalesce(max(id), 0) FROM mark",
};

constexpr std::array of_source_texts{
    "SELECT count(*) FROM person WHERE source = ?1",
    "SELECT count(*) FROM roster_group WHERE source = ?1",
    "SELECT count(*) FROM membership WHERE source = ?1",
    "SELECT count(*) FROM assignment WHERE source = ?1",
    "SELECT count(*) FROM mark WHERE source = ?1",
};

constexpr std::array any_texts{
    "SELECT EXISTS (SELECT 1 FROM person WHERE source = ?1)",
    "SELECT EXISTS (SELECT 1 FROM roster_group WHERE source = ?1)",
    "SELECT EXISTS (SELECT 1 FROM membership WHERE source = ?1)",
    "SELECT EXISTS (SELECT 1 FROM assignment WHERE source = ?1)",
    "SELECT EXISTS (SELECT 1 FROM mark WHERE source = ?1)",
};

/// Nothing refers to memberships and marks.
constexpr std::array count_texts{"SELECT count(*) FROM person", "SELECT count(*) FROM roster_group", "",
                                 "SELECT count(*) FROM assignment", ""};

enum Insert { person, place, address, relationship, group, membership, assignment, mark, school, gone_row };

constexpr std::array insert_texts{
    "INSERT INTO staged_person (id, source_id, kind, code, code_folded, title, family, given, preferred, "
    "language, "
    "name_folded, sort_key, contact_relation, contact_priority, contact_responsibility, contact_lives_with, "
    "contact_court_order, fingerprint, birth_date) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
    "?12, ?13, ?14, "
    "?15, "
    "?16, ?17, ?18, ?19)",
    "INSERT INTO staged_place (person, school, kind, status, year, year_folded, form, form_folded, house, "
    "house_folded, boarding, boarding_folded, admission) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
    "?11, "
    "?12, ?13) "
    "ON CONFLICT DO NOTHING",
    "INSERT INTO staged_address (person, kind, use, position, given, normal, compare_key, line, for_sms) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
    "INSERT INTO staged_relationship (pupil, contact, side) VALUES (?1, ?2, ?3)",
    "INSERT INTO staged_group (id, source_id, school, kind, name, name_folded, code, code_folded, "
    "fingerprint) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    "INSERT INTO staged_membership (id, source_id, roster_group, person, role, begins, ends, fingerprint) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    "INSERT INTO staged_assignment (id, source_id, roster_group, title, due, points, fingerprint) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    "INSERT INTO staged_mark (id, source_id, assignment, pupil, status, score, missing, fingerprint) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    "INSERT INTO covered_school (school) VALUES (?1) ON CONFLICT DO NOTHING",
    "INSERT INTO gone (roster_table, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
};

constexpr std::array table_names{"person", "roster_group", "membership", "assignment", "mark"};

constexpr std::size_t index_of(RosterTable table) {
  return static_cast<std::size_t>(table);
}

Standing standing_of(const Query& row) {
  return {row.integer(0), row.integer(1), row.integer(2), row.integer(3)};
}

template <typename Value>
void bind_to(Query& query, int parameter, const Value& value) {
  query.bind(parameter, value);
}
void bind_to(Query& query, int parameter, const Blob& value) {
  query.bind_bytes(parameter, value.bytes);
}

std::optional<std::int64_t> as_integer(std::optional<bool> value) {
  if (!value) return std::nullopt;
  return *value ? 1 : 0;
}

}  // namespace

IntakeStage::IntakeStage(Connection& connection, std::int64_t source)
    : connection_(connection), source_(source) {
  drop_temporary_tables(connection_);
  connection_.execute(create_tables);
  // The temporary file has no name and goes at the end: nothing in it need be overwritten before.
  connection_.execute("PRAGMA temp.secure_delete = OFF");
  // The whole store is read once: through a mapping all of it would count as memory in use (B17).
  mapped_bytes_ = connection_.integer("PRAGMA mmap_size");
  connection_.execute("PRAGMA mmap_size = 0");
  for (std::size_t i = 0; i < table_count; ++i) {
    stood_[i] = *count_texts[i] == 0 ? 0 : connection_.integer(count_texts[i]);
    base_[i] = next_[i] = connection_.integer(top_texts[i]);
    auto any = connection_.query(any_texts[i]);
    empty_[i] = !(any.with(source_).step() && any.integer(0) == 1);
    seen_[i].resize(static_cast<std::size_t>(base_[i]) + 1);
  }
  people_stood_ = base_[index_of(RosterTable::person)];
  for (const char* text : find_texts) find_.push_back(connection_.query(text));
  for (const char* text : insert_texts) insert_.push_back(connection_.query(text));
  // One transaction over all staging: a temporary table's row must not be a commit of its own. It takes no
  // lock that a writer would wait for.
  connection_.execute("BEGIN DEFERRED");
  open_ = true;
  const bool all_new = std::ranges::all_of(empty_, [](bool empty) { return empty; });
  if (all_new && os::processors() > 1) writer_ = std::make_unique<IntakeWriter>(insert_);
}

IntakeStage::~IntakeStage() {
  writer_.reset();
  try {
    give_back_statements();
    daily_.reset();
    if (open_) connection_.execute("COMMIT");
    drop_temporary_tables(connection_);
    connection_.execute(fmt::format("PRAGMA mmap_size = {}", mapped_bytes_));
  } catch (const std::exception&) {
    // They go with the connection, or before the next import.
  }
}

template <typename... Values>
void IntakeStage::put(std::size_t statement, const Values&... values) {
  if (writer_) return writer_->put(statement, values...);
  auto& insert = insert_[statement];
  int parameter = 0;
  (bind_to(insert, ++parameter, values), ...);
  insert.run();
}

/// From here on the connection is this thread's again.
void IntakeStage::write_here() {
  if (const auto writer = std::move(writer_)) writer->finish();
}

std::optional<Standing> IntakeStage::standing(RosterTable table, std::string_view source_id) {
  if (empty_[index_of(table)]) return std::nullopt;
  if (auto next = next_of_walk(table, source_id)) return next;
  auto& find = find_[index_of(table)];
  find.reset();
  find.bind(1, source_).bind(2, source_id);
  if (!find.step()) return std::nullopt;
  const Standing found = standing_of(find);
  walk_on_from(table, found.id);
  return found;
}

/// Exports come in the order in which they came last time, and were given ids in it: nearly always the row
/// that is asked for is the next one of the table, and walking costs a fraction of looking it up.
std::optional<Standing> IntakeStage::next_of_walk(RosterTable table, std::string_view source_id) {
  auto& walk = walks_[index_of(table)];
  if (!walk.at_row || walk.rows->view(4) != source_id) return std::nullopt;
  const Standing found = standing_of(*walk.rows);
  walk.at_row = walk.rows->step();
  walk.strays = 0;
  return found;
}

void IntakeStage::walk_on_from(RosterTable table, Ref id) {
  auto& walk = walks_[index_of(table)];
  if (++walk.strays > patience_with_strays && walk.strays % rows_between_walks != 0) return;
  if (!walk.rows) walk.rows.emplace(connection_.query(walk_texts[index_of(table)]));
  walk.rows->reset();
  walk.rows->bind(1, source_).bind(2, id);
  walk.at_row = walk.rows->step();
}

void IntakeStage::each_standing(RosterTable table, const std::function<void(std::string_view, Ref)>& visit) {
  if (empty_[index_of(table)]) return;
  auto rows = connection_.query(each_texts[index_of(table)]);
  rows.with(source_);
  while (rows.step()) visit(rows.view(0), rows.integer(1));
}

void IntakeStage::each_standing_person(const std::function<void(std::string_view, Ref, PersonKind)>& visit) {
  if (empty_[index_of(RosterTable::person)]) return;
  auto rows = connection_.query(
      "SELECT DISTINCT p.source_id, p.id, place.kind FROM person p JOIN place ON place.person = p.id "
      "WHERE p.source = ?1 AND place.status <> 'leaver' ORDER BY p.id, place.kind");
  rows.with(source_);
  while (rows.step()) visit(rows.view(0), rows.integer(1), *parse_person_kind(rows.view(2)));
}

Ref IntakeStage::new_id(RosterTable table) {
  return ++next_[index_of(table)];
}

void IntakeStage::seen(RosterTable table, Ref id) {
  auto& bits = seen_[index_of(table)];
  const auto at = static_cast<std::size_t>(id);
  if (at >= bits.size() || bits[at]) return;
  bits[at] = true;
  ++seen_count_[index_of(table)];
}

void IntakeStage::gone(RosterTable table, Ref id) {
  put(Insert::gone_row, std::string_view(table_names[index_of(table)]), id);
}

void IntakeStage::covers(std::int64_t school) {
  put(Insert::school, school);
}

void IntakeStage::add(const PersonFact& fact) {
  const auto name =
      fold(fact.given + " " + fact.family + (fact.preferred.empty() ? "" : " " + fact.preferred));
  const auto key = sort_key(fact.family + "\t" + fact.given);
  const auto code = fold(fact.code);
  put(Insert::person, fact.id, fact.source_id, to_text(fact.kind), fact.code, code, fact.title, fact.family,
      fact.given, fact.preferred, fact.language, name, Blob{key}, fact.contact_relation,
      fact.contact_priority, as_integer(fact.contact_responsibility), as_integer(fact.contact_lives_with),
      as_integer(fact.contact_court_order), fact.fingerprint, fact.birth_date);
}

void IntakeStage::add(const PlaceFact& fact) {
  const auto year = fold(fact.year);
  const auto form = fold(fact.form);
  const auto house = fold(fact.house);
  const auto boarding = fold(fact.boarding);
  put(Insert::place, fact.person, fact.school, to_text(fact.kind), to_text(fact.status), fact.year, year,
      fact.form, form, fact.house, house, fact.boarding, boarding, fact.admission);
}

void IntakeStage::add(const AddressFact& fact) {
  const bool readable = !fact.normal.empty();
  put(Insert::address, fact.person, to_text(fact.kind), fact.use, fact.position, fact.given,
      readable ? std::optional<std::string_view>(fact.normal) : std::nullopt,
      readable ? std::optional<std::string_view>(fact.compare_key) : std::nullopt, to_text(fact.line),
      as_integer(fact.for_sms));
}

void IntakeStage::add_relationship(Ref pupil, Ref contact, SaidBy side) {
  put(Insert::relationship, pupil, contact, static_cast<std::int64_t>(side));
}

void IntakeStage::add(const GroupFact& fact) {
  const auto name = fold(fact.name);
  const auto code = fold(fact.code);
  put(Insert::group, fact.id, fact.source_id, fact.school, fact.kind, fact.name, name, fact.code, code,
      fact.fingerprint);
}

void IntakeStage::add(const MembershipFact& fact) {
  put(Insert::membership, fact.id, fact.source_id, fact.group, fact.person, fact.role, fact.begins, fact.ends,
      fact.fingerprint);
}

void IntakeStage::add(const AssignmentFact& fact) {
  put(Insert::assignment, fact.id, fact.source_id, fact.group, fact.title, fact.due, fact.points,
      fact.fingerprint);
}

void IntakeStage::add(const MarkFact& fact) {
  put(Insert::mark, fact.id, fact.source_id, fact.assignment, fact.pupil, fact.status, fact.score,
      fact.missing ? 1 : 0, fact.fingerprint);
}

void IntakeStage::leave_alone(PersonKind kind) {
  if (empty_[index_of(RosterTable::person)]) return;
  auto rows = connection_.query("SELECT id FROM person WHERE source = ?1 AND kind = ?2 ORDER BY id");
  rows.with(source_, to_text(kind));
  while (rows.step()) seen(RosterTable::person, rows.integer(0));
}

DailyStage& IntakeStage::daily() {
  write_here();
  if (!daily_) daily_ = std::make_unique<DailyStage>(connection_);
  return *daily_;
}

void IntakeStage::give_back_statements() {
  for (auto& walk : walks_) walk.rows.reset();
  find_.clear();
  insert_.clear();
}

void IntakeStage::close() {
  write_here();
  if (daily_) daily_->close();
  if (!empty_[index_of(RosterTable::person)]) let_go_unchanged_people();
  for (std::size_t i = 0; i < table_count; ++i) {
    if (!complete_[i]) continue;
    auto count = connection_.query(of_source_texts[i]);
    count.with(source_).step();
    of_source_[i] = count.integer(0);
  }
  give_back_statements();
  connection_.execute("COMMIT");
  open_ = false;
}

}  // namespace crier::store
