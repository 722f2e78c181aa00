#include "office/retention.hpp"

#include <fmt/format.h>

#include <random>

#include "base/text.hpp"
#include "office/rerunning.hpp"
#include "office/sending.hpp"
#include "office_case.hpp"
#include "store/fault_store.hpp"
#include "store/ledger_store.hpp"
#include "store/report_store.hpp"
#include "store/retention_store.hpp"
#include "store/secret_store.hpp"
#include "support/gradebook_builder.hpp"

using namespace crier;
using namespace crier::office;

namespace {

/// A school that has sent, with one pupil and twenty contacts.
struct Kept : test::OfficeCase {
  Kept() {
    for (int i = 0; i < 20; ++i) {
      contacts.push_back(roster.contact(fmt::format("C{}", i), "Mary", fmt::format("Dyer{}", i))
                             .email(fmt::format("p{}@example.org", i))
                             .id());
    }
    pupil = roster.pupil("P1", "Ada", "Dyer").id();
    store();
  }

  store::Connection& store() { return roster.store(); }
  Instant ago(int days) { return clock.now() - std::chrono::days(days); }

  /// A message to the first `states.size()` contacts, whose last change was so long ago.
  std::int64_t send(int days, const std::vector<DeliveryState>& states, std::string key = "",
                    std::optional<std::int64_t> again_of = {}) {
    store::Transaction transaction(store());
    const auto at = ago(days);
    store::MessageRow row;
    row.school = roster.school_id("CAM");
    row.subject = "Subject";
    row.body = "Dear Mary";
    row.expression = "all";
    row.recipients = "self";
    row.sender = "ann";
    row.created = at;
    row.idempotency_key = std::move(key);
    row.content_digest = "digest";
    row.again_of = again_of;
    const auto message = store::insert_message(store(), row);
    const auto job = store::insert_job(store(), message, Channel::email, at);
    std::vector<store::NewDelivery> deliveries;
    for (std::size_t i = 0; i < states.size(); ++i) {
      store::NewDelivery one;
      one.person = contacts[i];
      one.school = row.school;
      one.address = fmt::format("p{}@example.org", i);
      one.state = states[i];
      one.due = at;
      one.related = "Ada Dyer";
      deliveries.push_back(one);
    }
    store::insert_deliveries(store(), job, Channel::email, Priority::general, deliveries, at);
    store()
        .query(
            "UPDATE delivery SET attempts = 1, first_try = ?2 WHERE job = ?1 AND state IN ('complete', "
            "'failed')")
        .with(job, to_millis(at))
        .run();
    store()
        .query(
            "INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, "
            "enhanced, text, fence) SELECT id, 1, ?2, ?2, CASE state WHEN 'complete' THEN 'delivered' ELSE "
            "'rejected' "
            "END, '', '', '', 0, '', 0, '', 'p@example.org', 0 FROM delivery WHERE job = ?1 AND attempts = 1")
        .with(job, to_millis(at))
        .run();
    transaction.commit();
    return message;
  }
  void fault(std::int64_t message, std::int64_t person, const std::string& key, int days) {
    store()
        .query(
            "INSERT INTO recipient_fault (delivery, kind, compare_key, message, job, cause, sent) SELECT "
            "d.id, "
            "'email', ?3, ?1, job.id, 'unknown-user', ?4 FROM job JOIN delivery AS d ON d.job = job.id WHERE "
            "job.message = ?1 AND d.person = ?2")
        .with(message, person, key, to_millis(ago(days)))
        .run();
  }
  RetentionReport run(GoOn between = {}) { return run_retention(as(), between); }
  std::int64_t count(const std::string& of) { return store().integer("SELECT count(*) FROM " + of); }
  std::int64_t let_go(const RetentionReport& report, DataKind kind, std::string_view what) {
    for (const auto& one : report.kinds[position(kind)].let_go) {
      if (one.what == what) return one.count;
    }
    return -1;
  }

  std::vector<std::int64_t> contacts;
  std::int64_t pupil = 0;
};

constexpr auto complete = DeliveryState::complete;
constexpr auto failed = DeliveryState::failed;
constexpr auto in_doubt = DeliveryState::in_doubt;

}  // namespace

TEST_CASE("P1: words and addresses go first, then the rest, what is younger stays whole") {
  Kept at;
  const auto old = at.send(1200, {complete, failed});
  const auto last_year = at.send(500, {complete, failed});
  const auto fresh = at.send(10, {complete});
  const auto preview = preview_retention(at.as()).total();
  CHECK(preview == 6);
  CHECK(at.run().total() == preview);
  CHECK(at.count(fmt::format("message WHERE id = {}", old)) == 0);
  CHECK(at.count("delivery") == 3);
  CHECK(at.count("delivery WHERE address = 'XXXX'") == 2);
  CHECK(at.count("delivery_content") == 1);
  CHECK(at.count("attempt WHERE text = 'XXXX'") == 2);
  CHECK(at.store()
            .text(fmt::format("SELECT body || expression FROM message WHERE id = {}", last_year))
            .empty());
  CHECK(at.store().text(fmt::format("SELECT body FROM message WHERE id = {}", fresh)) == "Dear Mary");
  CHECK(store::jobs_that_do_not_add_up(at.store()).empty());
  CHECK(whole_from(at.as(), DataKind::deliveries) == at.ago(1100));
  CHECK(at.run().total() == 0);
  CHECK(at.store().integrity().empty());
}

TEST_CASE("P1: what has not left, is in doubt, waits to be weighed or to be told stays, however old") {
  Kept at;
  at.send(2000, {complete, in_doubt});
  at.send(2000, {complete, DeliveryState::queued});
  at.send(2000, {complete, DeliveryState::waiting});
  at.send(2000, {complete, DeliveryState::held});
  const auto weighed = at.send(2000, {failed});
  at.store().execute(fmt::format("INSERT INTO job_to_weigh SELECT id FROM job WHERE message = {}", weighed));
  const auto told = at.send(2000, {complete});
  at.store().execute(fmt::format("UPDATE message SET confirm_to = 'a@example.org' WHERE id = {}", told));
  const auto changed = at.send(2000, {complete});
  at.store()
      .query("UPDATE job SET updated = ?2 WHERE message = ?1")
      .with(changed, to_millis(at.ago(20)))
      .run();
  const auto report = at.run();
  CHECK(report.total() == 0);
  CHECK(report.kinds[position(DataKind::deliveries)].stays == 4);
  CHECK(at.count("delivery_content") == 11);
  CHECK(at.count("message WHERE body <> ''") == 7);
}

TEST_CASE("P1: counts add up after every batch, and a run that is stopped goes on the next time") {
  Kept at;
  at.settings.retention.limits[position(DataKind::words)].reset();
  for (int i = 0; i < 300; ++i) at.send(1200, std::vector<DeliveryState>(20, complete));
  int batches = 0;
  const auto stopped = at.run([&] {
    CHECK(store::jobs_that_do_not_add_up(at.store()).empty());
    CHECK(at.count("delivery") == at.store().integer("SELECT sum(messages) FROM job"));
    return ++batches < 2;
  });
  CHECK(stopped.stopped);
  CHECK(stopped.in_part());
  const auto left = at.count("delivery");
  CHECK(left > 0);
  CHECK(left < 6000);
  CHECK(whole_from(at.as(), DataKind::deliveries).has_value());
  const auto rest = at.run();
  CHECK(at.let_go(rest, DataKind::deliveries, "deliveries") == left);
  CHECK(at.count("delivery") + at.count("message") + at.count("job") + at.count("attempt") == 0);
  CHECK(check_audit(at.as()).fault.empty());
}

TEST_CASE(
    "P1, T4: what was told stays told, and at which mailbox, when its delivery is gone, what failed is due") {
  for (const int days : {500, 1200}) {
    CAPTURE(days);
    Kept at;
    const auto message = at.send(days, {complete, failed, complete, failed});
    std::vector<store::ToldEntry> entries;
    for (std::size_t i = 0; i < 4; ++i) entries.push_back({77, at.pupil, at.contacts[i]});
    store::insert_told(at.store(), "missing-assignments", message, entries);
    // The fourth was accepted once, and failed when it was rerun: heard.
    at.store().execute(
        fmt::format("UPDATE delivery SET attempts = 2 WHERE person = {0}; UPDATE attempt SET verdict = "
                    "'delivered' WHERE delivery "
                    "= (SELECT id FROM delivery WHERE person = {0})",
                    at.contacts[3]));
    const std::vector<std::int64_t> findings{77};
    const auto heard = [&] {
      std::vector<std::int64_t> contacts;
      for (const auto& one : store::tellings(at.store(), "missing-assignments", findings)) {
        CHECK(one.state == store::ToldState::told);
        CHECK(one.message == message);
        if (contacts.empty() || contacts.back() != one.entry.contact) contacts.push_back(one.entry.contact);
      }
      return contacts;
    };
    const std::vector<std::int64_t> expected{at.contacts[0], at.contacts[2], at.contacts[3]};
    REQUIRE(heard() == expected);
    at.run();
    CHECK(heard() == expected);
    CHECK(at.count("delivery WHERE address LIKE '%example.org'") == 0);
    CHECK(at.count("delivery") == (days == 500 ? 4 : 0));
    const auto key = store::link_key(at.store()).value();
    CHECK(at.store().text(
              fmt::format("SELECT mailbox FROM told_kept JOIN told ON told.id = told WHERE contact = {}",
                          at.contacts[0])) == store::mailbox_seal(key, "email", "P0@Example.org"));
    at.run();
    CHECK(heard() == expected);
  }
}

TEST_CASE("P1, D9: faults in a row are the same after old deliveries went, whatever came in which order") {
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    CAPTURE(round);
    Kept at;
    for (int days = 1900; days > 40; days -= 150) {
      std::vector<DeliveryState> states;
      for (int i = 0; i < 6; ++i) states.push_back(random() % 3 == 0 ? complete : failed);
      const auto message = at.send(days, states);
      for (std::size_t i = 0; i < states.size(); ++i) {
        if (states[i] == failed) at.fault(message, at.contacts[i], fmt::format("p{}@example.org", i), days);
      }
    }
    // In a row is asked when a fault has come.
    const auto last = at.send(5, std::vector<DeliveryState>(6, failed));
    for (std::size_t i = 0; i < 6; ++i) at.fault(last, at.contacts[i], fmt::format("p{}@example.org", i), 5);
    const auto rows = [&] {
      std::vector<std::int64_t> all;
      for (int i = 0; i < 6; ++i) {
        all.push_back(store::faults_in_a_row(at.store(), "email", fmt::format("p{}@example.org", i), 1));
      }
      return all;
    };
    const auto before = rows();
    const auto preview = preview_retention(at.as());
    const auto report = at.run();
    CHECK(rows() == before);
    CHECK(preview.total() > 0);
    CHECK(report.total() > 0);
    CHECK(store::jobs_that_do_not_add_up(at.store()).empty());
    // What a success has settled meanwhile goes the next time.
    at.run();
    CHECK(rows() == before);
    CHECK(at.run().total() == 0);
    // Of what stays for its fault alone the words and addresses have gone.
    CHECK(at.store().integer(
              fmt::format("SELECT count(*) FROM delivery WHERE updated < {} AND address <> 'XXXX'",
                          to_millis(at.ago(400)))) == 0);
  }
}

TEST_CASE(
    "P1, M6, M10: a key is used up for good, what is sent again is refused once anything of it is gone") {
  Kept at;
  const auto keyed = at.send(1200, {complete}, "key-1");
  const auto root = at.send(1200, {complete, failed});
  const auto repeat = at.send(1150, {failed, complete}, "", root);
  const auto young = at.send(1300, {complete});
  const auto young_repeat = at.send(50, {failed, complete}, "", young);
  at.run();
  CHECK(store::message_of_key(at.store(), "key-1")->message == keyed);
  CHECK(at.count(fmt::format("job WHERE message = {}", keyed)) == 0);
  CHECK(at.count(fmt::format("message WHERE id IN ({}, {})", root, repeat)) == 0);
  // Who had it is asked of both together: the younger keeps the older.
  CHECK(at.count(fmt::format("delivery JOIN job ON job.id = job WHERE message = {}", young)) == 1);
  SendRequest again;
  again.again = young;
  CHECK(test::error_of([&] { Sending(at.as(), again); }).code() == "words-gone");
  CHECK(test::error_of([&] { require_words(store::message(at.store(), young)); }).code() == "words-gone");
  CHECK_NOTHROW(require_words(store::message(at.store(), young_repeat)));
  const auto job = at.store().integer(fmt::format("SELECT id FROM job WHERE message = {}", young));
  CHECK(test::error_of([&] { rerun(at.as(), job, RerunScope::all); }).code() == "words-gone");
}

TEST_CASE("P1: staff mails go by their own limit, messages of the school do not") {
  Kept at;
  const auto staff = at.send(100, {complete});
  at.store().execute(fmt::format("UPDATE message SET sender = 'crier' WHERE id = {}", staff));
  at.send(100, {complete});
  at.run();
  CHECK(at.count("message") == 1);
  CHECK(at.count("message WHERE sender = 'crier'") == 0);
}

TEST_CASE("P1: facts of the day go by their day, what is owed, and work that is in use, stays") {
  Kept at;
  test::GradebookBuilder book(at.store());
  const auto live = at.roster.group("9X/Ma1", "class").member(at.roster.pupil("P2", "Ben", "Dyer"));
  at.store();
  const auto ben = at.store().integer("SELECT id FROM person WHERE code = 'P2'");
  const auto used = book.assignment(live.id(), "Used", "2025-01-10");
  const auto dropped = book.assignment(live.id(), "Dropped", "2025-01-10");
  const auto recent = book.assignment(live.id(), "Recent", "2026-11-01");
  book.withdraw(dropped);
  book.withdraw(recent);
  for (const auto work : {used, dropped, recent}) {
    book.mark(work, ben, "not-submitted");
    book.mark(work, at.pupil, "graded");  // no member of the class
  }
  at.store().execute(fmt::format(R"sql(
INSERT INTO import (id, source, path, started, seconds, outcome, file_rows, added, changed, removed, refusal, actor)
  VALUES (1, 1, 'x', {1}, 0, 'applied', 0, '', '', '', '', ''), (2, 1, 'x', {2}, 0, 'applied', 0, '', '', '', '', '');
INSERT INTO attendance (pupil, day, session, code, absent, explained, source, source_id)
  VALUES ({0}, '2025-10-20', '', 'N', 1, 0, 1, 'a1'), ({0}, '2025-10-22', '', 'N', 1, 0, 1, 'a2');
INSERT INTO behaviour (pupil, day, kind, note, source, source_id)
  VALUES ({0}, '2025-10-20', 'late', '', 1, 'b1'), ({0}, '2025-10-22', 'late', '', 1, 'b2');
INSERT INTO payment (pupil, item, amount, currency, due, paid, source, source_id)
  VALUES ({0}, 'Trip', 1, 'GBP', '2025-01-01', 1, 1, 'y1'), ({0}, 'Trip', 1, 'GBP', '2025-01-01', 0, 1, 'y2'),
         ({0}, 'Trip', 1, 'GBP', '2026-01-01', 1, 1, 'y3'), ({0}, 'Trip', 1, 'GBP', '', 1, 1, 'y4');
INSERT INTO respondent (survey, survey_folded, person, completed, source, source_id, added_in)
  VALUES ('S', 's', {0}, 1, 1, 'r1', 1), ('S', 's', {0}, 0, 1, 'r2', 2), ('S', 's', {0}, 0, 1, 'r3', NULL);)sql",
                                 at.pupil, to_millis(at.ago(401)), to_millis(at.ago(5))));
  const auto ids = [&](const std::string& table) {
    return at.store().text("SELECT group_concat(source_id) FROM (SELECT source_id FROM " + table +
                           " ORDER BY source_id)");
  };
  const auto preview = preview_retention(at.as());
  const auto report = at.run();
  CHECK(preview.total() == report.total());
  CHECK(ids("attendance") == "a2");
  CHECK(ids("behaviour") == "b2");
  CHECK(ids("payment") == "y2,y3,y4");
  CHECK(ids("respondent") == "r2,r3");
  CHECK(at.let_go(report, DataKind::marks, "results") == 3);
  CHECK(at.count(fmt::format("mark WHERE assignment = {} AND pupil = {}", used, ben)) == 1);
  CHECK(at.count(fmt::format("mark WHERE assignment = {}", dropped)) == 0);
  CHECK(at.count(fmt::format("mark WHERE assignment = {}", recent)) == 2);
}

TEST_CASE("P1, I6: of imports stays what tells the age of the data, and what can be undone") {
  Kept at;
  const auto old = to_millis(at.ago(500));
  at.store().execute(fmt::format(R"sql(
INSERT INTO source (id, name, kind, created) VALUES (91, 'a', 'csv', 0), (92, 'b', 'csv', 0);
INSERT INTO import (id, source, path, started, seconds, outcome, file_rows, added, changed, removed, refusal, actor)
  VALUES (1, 91, 'x', {0}, 0, 'applied', 0, '', '', '', '', ''), (2, 91, 'x', {0}, 0, 'held', 0, '', '', '', '', ''),
         (3, 92, 'x', {0}, 0, 'applied', 0, '', '', '', '', ''), (4, 91, 'x', {0}, 0, 'unchanged', 0, '', '', '', '', ''),
         (5, 91, 'x', {0}, 0, 'refused', 0, '', '', '', '', '');
INSERT INTO held_import (import, folder, reasons, decision, decided_by) VALUES (2, '', '', 'discarded', '');
INSERT INTO import_issue (import, file, line, file_column, value, reason, severity, message)
  VALUES (1, 'f', 1, 'c', 'v', 'r', 'error', 'm'), (3, 'f', 1, 'c', 'v', 'r', 'error', 'm');
INSERT INTO address_before (import, op, id, person, kind, use, position, given, line)
  VALUES (1, 'removed', 9, 9, 'email', '', 1, 'x@example.org', ''), (3, 'removed', 9, 9, 'email', '', 1, 'x@example.org', '');)sql",
                                 old));
  at.run();
  CHECK(at.store().text("SELECT group_concat(id) FROM (SELECT id FROM import ORDER BY id)") == "3,4,5");
  CHECK(at.store().text("SELECT group_concat(import) FROM address_before") == "3");
  CHECK(at.store().text("SELECT group_concat(import) FROM import_issue") == "3");
  CHECK(at.count("held_import") == 0);
}

TEST_CASE("P1, S5: a data issue goes when it has ended and nothing finds it any more") {
  Kept at;
  at.store().execute(fmt::format(R"sql(
INSERT INTO data_issue (kind, about, detail, raised, last_seen, state, ended, ended_by)
  VALUES ('k', 'open', '', 0, 0, 'open', NULL, ''), ('k', 'gone', '', 0, 0, 'gone', 0, ''),
         ('k', 'resolved', '', 0, 0, 'resolved', 0, 'ann'), ('k', 'still found', '', 0, {0}, 'resolved', 0, 'ann'),
         ('k', 'gone of late', '', 0, 0, 'gone', {0}, '');)sql",
                                 to_millis(at.ago(3))));
  at.run();
  CHECK(at.store().text("SELECT group_concat(about) FROM (SELECT about FROM data_issue ORDER BY about)") ==
        "gone of late,open,still found");
}

TEST_CASE(
    "P1, M7: the audit log is kept whole unless the settings say otherwise, and then still proves itself") {
  Kept at;
  const auto entry = [&](int days, const char* act) {
    store::Transaction transaction(at.store());
    store::append_audit(at.store(), {at.ago(days), "ann", act, "subject", "detail"});
    transaction.commit();
  };
  for (int i = 0; i < 30; ++i) entry(900 - i, "send");
  for (int i = 0; i < 5; ++i) entry(100 - i, "send");
  at.run();
  CHECK(at.count("audit") == 35);
  at.settings.retention.limits[position(DataKind::audit)] = std::chrono::days(400);
  CHECK(at.let_go(preview_retention(at.as()), DataKind::audit, "entries") == 30);
  CHECK(at.let_go(at.run(), DataKind::audit, "entries") == 30);
  CHECK(at.store().integer("SELECT min(id) FROM audit") == 31);
  const auto check = check_audit(at.as());
  CHECK(check.fault == "");
  CHECK(check.entries == at.count("audit"));
  // Taking more than the seal says shows, and so does another seal.
  const auto fault_after = [&](const char* sql) {
    store::Transaction transaction(at.store());
    at.store().execute(sql);
    return store::check_audit(at.store()).fault;
  };
  CHECK(fault_after("DELETE FROM audit WHERE id = 31") == "audit entry 31 is missing");
  CHECK(fault_after("DELETE FROM store_secret WHERE name = 'audit-begin'") == "audit entry 1 is missing");
  CHECK(fault_after("UPDATE store_secret SET value = x'3332' WHERE name = 'audit-begin'") ==
        "the seal before the audit log's first entry was changed");
  CHECK(fault_after("DELETE FROM audit") != "");
  // Entries go on being chained to what is left.
  entry(0, "send");
  CHECK(check_audit(at.as()).fault == "");
}

TEST_CASE("P1, M7: a log that was tampered with is not shortened") {
  Kept at;
  {
    store::Transaction transaction(at.store());
    for (int i = 0; i < 5; ++i)
      store::append_audit(at.store(), {at.ago(900), "ann", "send", "subject", "detail"});
    transaction.commit();
  }
  at.store().execute("UPDATE audit SET detail = 'other' WHERE id = 2");
  at.settings.retention.limits[position(DataKind::audit)] = std::chrono::days(400);
  const auto report = at.run();
  CHECK(report.in_part());
  CHECK(report.kinds[position(DataKind::audit)].fault.find("audit entry 2 was changed") != std::string::npos);
  CHECK(at.count("audit") == 5);
}

TEST_CASE("P1, R7: leavers go where the settings say so, what they decided stays with their address") {
  Kept at;
  auto gone = at.roster.contact("C99", "Tom", "Gone").email("tom@example.org").status(PersonStatus::leaver);
  gone.opt_out();
  at.store().execute(fmt::format(
      "UPDATE place SET status_since = {} WHERE person = {}; INSERT INTO address_opt_out (kind, compare_key, "
      "person_kind, name_folded, channel, category, since, said_by, person) VALUES ('email', "
      "'tom@example.org', "
      "'contact', 'tom gone', '', '', 0, '', {})",
      to_millis(at.ago(1000)), gone.id(), gone.id()));
  at.run();
  CHECK(at.count("person WHERE code = 'C99'") == 1);
  at.settings.retention.limits[position(DataKind::leavers)] = std::chrono::days(900);
  CHECK(at.let_go(at.run(), DataKind::leavers, "people") == 1);
  CHECK(at.count("person WHERE code = 'C99'") == 0);
  CHECK(at.count("address_opt_out WHERE compare_key = 'tom@example.org' AND person IS NULL") == 1);
}

TEST_CASE("P1, M7: letting go takes a manager of all schools, everybody may look how long things are kept") {
  Kept at;
  at.roster.school("HAR");
  at.enter("it", {"manager"});
  at.enter("head", {"manager"}, {"CAM"});
  at.enter("ann", {"office"});
  CHECK(test::error_of([&] { run_retention(at.as("ann")); }).code() == "role");
  CHECK(test::error_of([&] { run_retention(at.as("head")); }).code() == "role");
  CHECK(test::error_of([&] { preview_retention(at.as("ann")); }).code() == "role");
  CHECK_NOTHROW(run_retention(at.as("it")));
  CHECK(retention_table(at.as("ann")).rows.size() == all_data_kinds.size());
}

TEST_CASE("P1, D5: numbers of messages, jobs and deliveries never come again, whatever was let go") {
  Kept at;
  at.send(1200, {complete, complete});
  const auto second = at.send(1190, {complete, complete, complete});
  const auto job = at.store().integer("SELECT max(id) FROM job");
  const auto delivery = at.store().integer("SELECT max(id) FROM delivery");
  at.run();
  REQUIRE(at.count("message") + at.count("job") + at.count("delivery") == 0);
  CHECK(at.send(1, {complete, complete}) == second + 1);
  CHECK(at.store().integer("SELECT max(id) FROM job") == job + 1);
  CHECK(at.store().integer("SELECT min(id) FROM delivery") == delivery + 1);
  CHECK(at.store().integer("SELECT max(id) FROM delivery") == delivery + 2);
  CHECK(at.send(1, {complete}) == second + 2);
}
