#include "store/ledger_store.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "base/os.hpp"
#include "store/schedule_store.hpp"
#include "support/gradebook_builder.hpp"

using namespace crier;
using store::ToldState;
using test::GradebookBuilder;

namespace {

constexpr auto now = GradebookBuilder::now;
constexpr std::int64_t fence = 7;

/// A store with one school, one class with one assignment, a pupil (1) and two contacts (2, 3).
struct Fixture {
  Fixture()
      : folder(fresh_folder()),
        connection(store::Connection::create(folder / "crier.db")),
        book(*connection) {
    connection->execute(R"sql(
INSERT INTO school (id, code, code_folded, name, created) VALUES (1, 'CAM', 'cam', 'School CAM', 0);
INSERT INTO source (id, name, kind, created) VALUES (1, 'oneroster', 'oneroster', 0);
INSERT INTO person (id, source, source_id, kind, code, code_folded, title, family, given, preferred, language,
  name_folded, sort_key, contact_relation, fingerprint)
VALUES (1, 1, 'p1', 'pupil', 'ADA001', 'ada001', '', 'Dyer', 'Ada', '', '', 'ada dyer', x'00', '', 0),
       (2, 1, 'c2', 'contact', 'C-2', 'c-2', '', 'Dyer', 'Mary', '', '', 'mary dyer', x'01', '', 0),
       (3, 1, 'c3', 'contact', 'C-3', 'c-3', '', 'Dyer', 'Robert', '', '', 'robert dyer', x'02', '', 0);
INSERT INTO roster_group (id, school, kind, name, name_folded, code, code_folded, active, source, source_id,
  fingerprint)
VALUES (1, 1, 'class', '9X/Ma1', '9x/ma1', '', '', 1, 1, 'g1', 0);
INSERT INTO lease (name, fence, holder, host, pid, start_mark, taken, expires)
VALUES ('daemon', 7, 'test', 'test', 1, '', 0, 0);)sql");
    work = book.assignment(1, "Fractions", "2026-11-20");
    message = book.message(1);
  }
  ~Fixture() {
    connection.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  static std::filesystem::path fresh_folder() {
    static int serial = 0;
    const auto path = std::filesystem::temp_directory_path() /
                      ("crier-ledger-" + std::to_string(os::process_id()) + "-" + std::to_string(++serial));
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
    return path;
  }

  void tell(std::int64_t of_message, std::int64_t contact, std::string_view notice = "missing-assignments") {
    const store::ToldEntry entry{work, 1, contact};
    store::insert_told(*connection, notice, of_message, {&entry, 1});
  }
  /// What stands for this contact.
  std::optional<ToldState> standing(std::int64_t contact, std::string_view notice = "missing-assignments") {
    for (const auto& telling : store::tellings(*connection, notice, {&work, 1})) {
      if (telling.entry == store::ToldEntry{work, 1, contact}) return telling.state;
    }
    return std::nullopt;
  }
  /// One try of whatever is queued for e-mail.
  void attempt(DeliveryState state, Outcome::Verdict verdict) {
    const auto claimed = store::claim(*connection, Channel::email, 10, fence, now);
    REQUIRE(claimed.size() == 1);
    store::Settlement settlement;
    settlement.delivery = claimed.front().id;
    settlement.attempt = claimed.front().attempts;
    settlement.state = state;
    settlement.due = now;
    settlement.outcome.verdict = verdict;
    REQUIRE(store::settle(*connection, {&settlement, 1}, fence, now) == 1);
  }
  void rerun() {
    const auto job = connection->integer("SELECT max(id) FROM job");
    const auto again = store::rerunnable(*connection, job, store::RerunScope::all);
    REQUIRE(again.size() == 1);
    REQUIRE(store::requeue(*connection, again.front(), "new@example.org", DeliveryState::queued, now, now));
  }

  std::filesystem::path folder;
  std::unique_ptr<store::Connection> connection;
  GradebookBuilder book;
  std::int64_t work = 0;
  std::int64_t message = 0;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "T4: nothing is told before a notice is written") {
  CHECK(!standing(2));
}

TEST_CASE_FIXTURE(Fixture, "T4: told where a delivery was accepted or is in doubt") {
  tell(message, 2);
  const auto delivery = book.delivery(message, 1, 2, Channel::email, DeliveryState::queued);
  for (const auto state : {DeliveryState::complete, DeliveryState::in_doubt}) {
    book.set_state(delivery, state);
    CHECK(standing(2) == ToldState::told);
  }
}

TEST_CASE_FIXTURE(Fixture, "T4: reserved while the notice is queued or under way") {
  tell(message, 2);
  const auto delivery = book.delivery(message, 1, 2, Channel::email, DeliveryState::queued);
  for (const auto state :
       {DeliveryState::queued, DeliveryState::claimed, DeliveryState::waiting, DeliveryState::held}) {
    book.set_state(delivery, state);
    CHECK(standing(2) == ToldState::reserved);
  }
}

TEST_CASE_FIXTURE(Fixture, "T4: due again where all deliveries failed or were cancelled") {
  tell(message, 2);
  const auto mail = book.delivery(message, 1, 2, Channel::email, DeliveryState::failed);
  const auto text = book.delivery(message, 1, 2, Channel::sms, DeliveryState::cancelled);
  CHECK(!standing(2));
  book.set_state(text, DeliveryState::complete);
  CHECK(standing(2) == ToldState::told);
  book.set_state(text, DeliveryState::held);
  CHECK(standing(2) == ToldState::reserved);
  book.set_state(mail, DeliveryState::complete);
  CHECK(standing(2) == ToldState::told);
}

TEST_CASE_FIXTURE(Fixture, "T4: each contact, each kind of notice is told by itself") {
  tell(message, 2);
  book.delivery(message, 1, 2, Channel::email, DeliveryState::complete);
  // Somebody else's delivery of the same message says nothing about this one.
  tell(message, 3);
  book.delivery(message, 1, 3, Channel::email, DeliveryState::failed);
  CHECK(standing(2) == ToldState::told);
  CHECK(!standing(3));
  CHECK(!standing(2, "failing-assignments"));
}

TEST_CASE_FIXTURE(Fixture, "T4: told again in a second message, the better standing counts") {
  tell(message, 2);
  book.delivery(message, 1, 2, Channel::email, DeliveryState::failed);
  const auto second = book.message(1);
  tell(second, 2);
  const auto delivery = book.delivery(second, 1, 2, Channel::email, DeliveryState::queued);
  CHECK(standing(2) == ToldState::reserved);
  book.set_state(delivery, DeliveryState::complete);
  CHECK(standing(2) == ToldState::told);
}

TEST_CASE_FIXTURE(Fixture, "T4, D7: a failed notice that is rerun is reserved, then told") {
  tell(message, 2);
  book.delivery(message, 1, 2, Channel::email, DeliveryState::queued);
  attempt(DeliveryState::failed, Outcome::Verdict::rejected);
  CHECK(!standing(2));
  rerun();
  CHECK(standing(2) == ToldState::reserved);
  attempt(DeliveryState::complete, Outcome::Verdict::delivered);
  CHECK(standing(2) == ToldState::told);
}

TEST_CASE_FIXTURE(Fixture, "T4, D7: what was accepted stays told though a rerun of it fails") {
  tell(message, 2);
  book.delivery(message, 1, 2, Channel::email, DeliveryState::queued);
  attempt(DeliveryState::complete, Outcome::Verdict::delivered);
  rerun();
  CHECK(standing(2) == ToldState::told);
  attempt(DeliveryState::failed, Outcome::Verdict::rejected);
  CHECK(standing(2) == ToldState::told);
}

TEST_CASE_FIXTURE(Fixture, "T4, D1: a bounce takes an acceptance back") {
  tell(message, 2);
  const auto delivery = book.delivery(message, 1, 2, Channel::email, DeliveryState::queued);
  attempt(DeliveryState::complete, Outcome::Verdict::delivered);
  book.set_state(delivery, DeliveryState::failed);
  CHECK(!standing(2));
  // Also where the bounce stands beside the attempt that it is about, and the rerun fails too.
  connection->execute(
      "INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, "
      "enhanced, text, "
      "fence) SELECT delivery, n, started, ended, 'rejected', 'recipient', 'bounce', host, port, tls, code, "
      "enhanced, "
      "text, fence FROM attempt");
  rerun();
  CHECK(standing(2) == ToldState::reserved);
  attempt(DeliveryState::failed, Outcome::Verdict::rejected);
  CHECK(!standing(2));
}

TEST_CASE_FIXTURE(Fixture, "T4, D5: an interrupted try alone is no telling") {
  tell(message, 2);
  book.delivery(message, 1, 2, Channel::email, DeliveryState::queued);
  store::claim(*connection, Channel::email, 1, fence, now);
  connection->execute("UPDATE lease SET fence = 8");
  store::take_over(*connection, Channel::email, 8, {DeliveryState::in_doubt, DeliveryState::in_doubt}, now);
  CHECK(standing(2) == ToldState::told);
  connection->execute("UPDATE delivery SET state = 'failed'");
  CHECK(!standing(2));
}

TEST_CASE_FIXTURE(Fixture, "T6: an occurrence is produced once") {
  store::OccurrenceRow row;
  row.schedule = "missing-weekly";
  row.local = *parse_local("2026-11-27T16:00:00");
  row.zone = "Europe/London";
  row.at = now;
  row.ran = now;
  const auto first = store::insert_occurrence(*connection, row);
  REQUIRE(first);
  CHECK(!store::insert_occurrence(*connection, row));
  row.outcome = store::OccurrenceOutcome::late;
  row.ran = now + std::chrono::hours(1);
  CHECK(!store::insert_occurrence(*connection, row));
  row.schedule = "failing-weekly";
  CHECK(store::insert_occurrence(*connection, row));
  row.local += std::chrono::hours(168);
  row.ran += std::chrono::hours(168);
  row.missed = 3;
  const auto latest = store::insert_occurrence(*connection, row);
  CHECK(latest);
  store::link_message(*connection, *latest, message);
  store::set_outcome(*connection, *first, store::OccurrenceOutcome::empty);

  const auto last = store::last_occurrences(*connection);
  REQUIRE(last.size() == 2);
  CHECK(last[0].schedule == "failing-weekly");
  CHECK(last[0].id == *latest);
  CHECK(last[0].local == row.local);
  CHECK(last[0].missed == 3);
  CHECK(last[0].message == message);
  CHECK(last[1].outcome == store::OccurrenceOutcome::empty);
  CHECK(!last[1].message);
  CHECK(store::occurrences(*connection, "failing-weekly", 1).size() == 1);
  CHECK(store::occurrences(*connection, "failing-weekly", 10).size() == 2);
  CHECK(connection->integer("SELECT occurrence FROM message") == *latest);
}

TEST_CASE_FIXTURE(Fixture,
                  "T6: what lay before a schedule was first seen is settled, time only goes forward") {
  CHECK(!store::schedule_seen(*connection, "missing-weekly"));
  const auto seen = store::see_schedule(*connection, "missing-weekly", now);
  CHECK(seen.first_seen == now);
  CHECK(seen.settled_until == now);
  const auto later = now + std::chrono::hours(42);
  store::settle_schedule(*connection, "missing-weekly", later);
  store::settle_schedule(*connection, "missing-weekly", now);
  const auto again = store::see_schedule(*connection, "missing-weekly", later + std::chrono::hours(1));
  CHECK(again.first_seen == now);
  CHECK(again.settled_until == later);
}
