// Chores of schedules (T5, I13): what happens to them while others use the store.
#include "office/chores.hpp"

#include <doctest/doctest.h>

#include "base/os.hpp"
#include "office/due_runs.hpp"
#include "office_case.hpp"
#include "store/schedule_store.hpp"

using namespace crier;
using namespace crier::office;

namespace {

/// A school whose export lies in a folder, and a schedule that imports it at nine.
struct Importing : test::OfficeCase {
  Importing() {
    store();
    settings.imports["oneroster"].name = "oneroster";
    settings.imports["oneroster"].kind = "oneroster";
    settings.imports["oneroster"].path = CRIER_SOURCE_DIR "/examples/school";
    schedule.name = "sync";
    schedule.kind = config::NoticeKind::import_source;
    schedule.source = "oneroster";
    schedule.cron = format::Cron::parse("0 9 * * *");
    store::Transaction transaction(store());
    store::see_schedule(store(), schedule.name, clock.now() - std::chrono::hours(48));
    transaction.commit();
  }
  store::Connection& store() { return roster.store(); }
  DueRuns work(const Between& between) {
    return work_due_chore(store().path(), settings, clock, schedule, between);
  }
  std::size_t runs() { return store::occurrences(store(), schedule.name, 10).size(); }

  config::Schedule schedule;
};

}  // namespace

TEST_CASE("I13, D6: while an import reads, whoever runs it can write, as the lease is renewed") {
  Importing at;
  int asked = 0;
  const auto done = at.work([&] {
    store::Transaction transaction(at.store());
    at.store().execute("UPDATE schedule_seen SET first_seen = first_seen");
    transaction.commit();
    ++asked;
    return true;
  });
  CHECK(asked > 0);
  CHECK(done.ran == 1);
  CHECK(at.runs() == 1);
}

TEST_CASE("I13, T5: an import that is told not to go on has changed nothing, and is done the next time") {
  Importing at;
  const auto before = at.store().integer("SELECT count(*) FROM person");
  const auto done = at.work([] { return false; });
  CHECK(done.ran + done.failed == 0);
  CHECK(at.runs() == 0);
  CHECK(at.store().integer("SELECT count(*) FROM person") == before);
  CHECK(at.work({}).ran == 1);
  CHECK(at.store().integer("SELECT count(*) FROM person") > before);
  CHECK(at.work({}).ran == 0);
}

TEST_CASE("T5, P1: retention that is told not to go on stays due") {
  Importing at;
  at.schedule.name = "old";
  at.schedule.kind = config::NoticeKind::retention;
  {
    store::Transaction transaction(at.store());
    store::see_schedule(at.store(), at.schedule.name, at.clock.now() - std::chrono::hours(48));
    transaction.commit();
  }
  CHECK(at.work({}).ran == 1);
  CHECK(at.runs() == 1);
}
