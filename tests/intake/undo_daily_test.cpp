// Undo, additions only and the telling of changes for facts of the day and lists of relationships (R8, I6,
// I7).
#include "csv_fixture.hpp"
#include "intake/undo.hpp"
#include "roster_dump.hpp"
#include "store/import_changes.hpp"

using namespace crier;

namespace {

struct Days : test::CsvFixture {
  Days() {
    map(R"toml(
school = "HAR"
[[file]]
name = "people.csv"
kind = "people"
[file.columns]
code = "code"
kind = "kind"
family = "name"
[[file]]
name = "payments.csv"
kind = "payments"
[file.columns]
pupil = "pupil"
item = "item"
amount = "amount"
due = "due"
paid = "paid"
)toml");
    place.write("people.csv", "code,kind,name\nP1,pupil,Ash\nP2,pupil,Bee\nC1,parent,Ash\n");
    place.write(
        "payments.csv",
        "pupil,item,amount,due,paid\nP1,Ski trip,1250.50,2026-12-01,no\nP2,Lunch,12.50,2026-12-02,no\n");
  }
  std::string payments() {
    return text(
        "SELECT coalesce(group_concat(id || '|' || pupil || '|' || item || '|' || amount || '|' || due || "
        "'|' || "
        "paid || '|' || source_id || '|' || added_in, ';'), '') FROM (SELECT * FROM payment ORDER BY id)");
  }
};

}  // namespace

TEST_CASE_FIXTURE(Days, "I6: undo brings changed and removed facts of the day back") {
  const auto first = import();
  REQUIRE(first.report.outcome == ImportOutcome::applied);
  REQUIRE(first.report.added[FactKind::payment] == 2);
  const auto before = payments();
  place.write("payments.csv",
              "pupil,item,amount,due,paid\nP1,Ski trip,1250.50,2026-12-01,yes\nP1,Bus,3,2026-12-03,no\n");
  const auto second = import();
  REQUIRE(second.report.changed[FactKind::payment] == 1);
  REQUIRE(second.report.removed[FactKind::payment] == 1);
  REQUIRE(second.report.added[FactKind::payment] == 1);
  int told = 0;
  for (const auto& one : store::import_changes(*connection, 2, {100, 0}))
    told += one.kind == "payment" ? 1 : 0;
  CHECK(told == 3);
  const auto undone = intake::undo_last(*connection, clock, "test");
  CHECK(payments() == before);
  CHECK(undone.report.added[FactKind::payment] == 1);
  CHECK(undone.report.tells(FactKind::payment));
  CHECK(import().report.removed[FactKind::payment] == 1);
}

TEST_CASE_FIXTURE(Days, "I7: additions only leaves facts of the day that the export no longer has") {
  REQUIRE(import().report.outcome == ImportOutcome::applied);
  place.write("payments.csv", "pupil,item,amount,due,paid\nP1,Bus,3,2026-12-03,no\n");
  request.gone = store::GoneRows::stay;
  const auto answer = import();
  CHECK(answer.report.added[FactKind::payment] == 1);
  CHECK(answer.report.removed.empty());
  CHECK(count("SELECT count(*) FROM payment") == 3);
  request.gone = store::GoneRows::leave;
  CHECK(import().report.removed[FactKind::payment] == 2);
}
