#include "store/daily_stage.hpp"

#include "base/text.hpp"

namespace crier::store {
namespace {

constexpr const char* create_tables = R"sql(
CREATE TEMP TABLE staged_attendance (source_id TEXT PRIMARY KEY, pupil INTEGER NOT NULL, day TEXT NOT NULL,
  session TEXT NOT NULL, code TEXT NOT NULL, absent INTEGER NOT NULL, explained INTEGER NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE staged_payment (source_id TEXT PRIMARY KEY, pupil INTEGER NOT NULL, item TEXT NOT NULL,
  amount INTEGER NOT NULL, currency TEXT NOT NULL, due TEXT NOT NULL, paid INTEGER NOT NULL,
  contract TEXT NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE staged_behaviour (source_id TEXT PRIMARY KEY, pupil INTEGER NOT NULL, day TEXT NOT NULL,
  kind TEXT NOT NULL, points INTEGER, note TEXT NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE staged_respondent (source_id TEXT PRIMARY KEY, survey TEXT NOT NULL,
  survey_folded TEXT NOT NULL, person INTEGER NOT NULL, completed INTEGER NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE staged_timetable_slot (source_id TEXT PRIMARY KEY, roster_group INTEGER NOT NULL,
  weekday INTEGER NOT NULL, week TEXT NOT NULL, begins TEXT NOT NULL, ends TEXT NOT NULL, period TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TEMP TABLE staged_tie (pupil INTEGER NOT NULL, contact INTEGER NOT NULL, relation TEXT, priority INTEGER,
  responsibility INTEGER, lives_with INTEGER, court_order INTEGER, PRIMARY KEY (pupil, contact)) WITHOUT ROWID;
CREATE TEMP TABLE tie (pupil INTEGER NOT NULL, contact INTEGER NOT NULL, relation TEXT NOT NULL,
  priority INTEGER NOT NULL, responsibility INTEGER, lives_with INTEGER, court_order INTEGER NOT NULL,
  PRIMARY KEY (pupil, contact)) WITHOUT ROWID;
CREATE TEMP TABLE tie_changed (id INTEGER PRIMARY KEY);
CREATE TEMP TABLE tie_gone (id INTEGER PRIMARY KEY);
CREATE TEMP TABLE daily_school (school INTEGER PRIMARY KEY);
CREATE TEMP TABLE daily_changed (id INTEGER PRIMARY KEY);
CREATE TEMP TABLE daily_gone (id INTEGER PRIMARY KEY);
)sql";

enum Insert { attendance, payment, behaviour, respondent, slot, tie };

constexpr std::array insert_texts{
    "INSERT INTO staged_attendance (source_id, pupil, day, session, code, absent, explained) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    "INSERT INTO staged_payment (source_id, pupil, item, amount, currency, due, paid, contract) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    "INSERT INTO staged_behaviour (source_id, pupil, day, kind, points, note) VALUES (?1, ?2, ?3, ?4, ?5, "
    "?6)",
    "INSERT INTO staged_respondent (source_id, survey, survey_folded, person, completed) "
    "VALUES (?1, ?2, ?3, ?4, ?5)",
    "INSERT INTO staged_timetable_slot (source_id, roster_group, weekday, week, begins, ends, period) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    "INSERT INTO staged_tie (pupil, contact, relation, priority, responsibility, lives_with, court_order) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (pupil, contact) DO UPDATE SET "
    "court_order = max(coalesce(court_order, 0), coalesce(excluded.court_order, 0))",
};

std::int64_t truth(bool value) {
  return value ? 1 : 0;
}

std::optional<std::int64_t> truth(const std::optional<bool>& value) {
  return value ? std::optional(truth(*value)) : std::nullopt;
}

}  // namespace

void drop_daily_tables(Connection& connection) {
  for (const char* table : {"staged_attendance", "staged_payment", "staged_behaviour", "staged_respondent",
                            "staged_timetable_slot", "staged_tie", "tie", "tie_changed", "tie_gone",
                            "tie_school", "daily_school", "daily_changed", "daily_gone"}) {
    connection.execute(std::string("DROP TABLE IF EXISTS temp.") + table);
  }
}

DailyStage::DailyStage(Connection& connection) : connection_(connection) {
  connection_.execute(create_tables);
  for (const char* text : insert_texts) insert_.push_back(connection_.query(text));
}

void DailyStage::add(const AttendanceFact& fact) {
  insert_[Insert::attendance]
      .with(fact.source_id, fact.pupil, fact.day, fact.session, fact.code, truth(fact.absent),
            truth(fact.explained))
      .run();
}

void DailyStage::add(const PaymentFact& fact) {
  insert_[Insert::payment]
      .with(fact.source_id, fact.pupil, fact.item, fact.amount, fact.currency, fact.due, truth(fact.paid),
            fact.contract)
      .run();
}

void DailyStage::add(const BehaviourFact& fact) {
  insert_[Insert::behaviour]
      .with(fact.source_id, fact.pupil, fact.day, fact.kind, fact.points, fact.note)
      .run();
}

void DailyStage::add(const RespondentFact& fact) {
  const auto folded = fold(fact.survey);
  insert_[Insert::respondent]
      .with(fact.source_id, fact.survey, folded, fact.person, truth(fact.completed))
      .run();
}

void DailyStage::add(const SlotFact& fact) {
  insert_[Insert::slot]
      .with(fact.source_id, fact.group, static_cast<std::int64_t>(fact.weekday), fact.week, fact.begins,
            fact.ends, fact.period)
      .run();
}

void DailyStage::add(const TieFact& fact) {
  insert_[Insert::tie]
      .with(fact.pupil, fact.contact, fact.relation, fact.priority, truth(fact.responsibility),
            truth(fact.lives_with), truth(fact.court_order))
      .run();
}

std::vector<Ref> DailyStage::people_by_code(std::string_view code_folded, std::string_view kind) {
  auto rows = connection_.query(
      "SELECT DISTINCT p.id FROM person p JOIN place ON place.person = p.id WHERE p.code_folded = ?1 "
      "AND (?2 = '' OR place.kind = ?2) AND place.status <> 'leaver' ORDER BY p.id");
  rows.with(code_folded, kind);
  std::vector<Ref> found;
  while (rows.step()) found.push_back(rows.integer(0));
  return found;
}

void DailyStage::close() {
  insert_.clear();
}

}  // namespace crier::store
