#include "office/erasing.hpp"

#include <fmt/format.h>

#include "office_case.hpp"
#include "store/ledger_store.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "store/report_store.hpp"

using namespace crier;
using namespace crier::office;

namespace {

/// Will Quill and Ben Dyer with their mother Mary, who has had a notice of both.
struct Family : test::OfficeCase {
  Family() {
    auto one = roster.pupil("W1", "Will", "Quill").email("will@example.org");
    auto two = roster.pupil("B1", "Ben", "Dyer");
    auto mother = roster.contact("M1", "Mary", "Quill").email("home@example.org").mobile("+447400900123");
    auto other = roster.contact("O1", "Olga", "Other").email("home@example.org");
    roster.relate(one, mother, "mother");
    roster.relate(two, mother, "mother");
    will = one.id();
    mary = mother.id();
    olga = other.id();
    store();
  }
  store::Connection& store() { return roster.store(); }

  std::int64_t tell(std::int64_t person, const std::string& body, DeliveryState state,
                    const std::string& related = "") {
    store::Transaction transaction(store());
    store::MessageRow row;
    row.school = roster.school_id("CAM");
    row.subject = "Missing work";
    row.body = "Missing work";
    row.sender = "schedule x";
    row.created = clock.now();
    const auto message = store::insert_message(store(), row);
    const auto job = store::insert_job(store(), message, Channel::sms, clock.now());
    store::NewDelivery one;
    one.person = person;
    one.school = row.school;
    one.address = "+447400900123";
    one.state = state;
    one.due = clock.now();
    one.related = related;
    one.body = body;
    store::insert_deliveries(store(), job, Channel::sms, Priority::general, {&one, 1}, clock.now());
    transaction.commit();
    return message;
  }
  std::string body_of(std::int64_t message) {
    return store().text(
        fmt::format("SELECT body FROM delivery_content JOIN delivery ON delivery.id = delivery JOIN job ON "
                    "job.id = job WHERE message = {}",
                    message));
  }
  std::string state_of(std::int64_t message) {
    return store().text(
        fmt::format("SELECT state FROM delivery JOIN job ON job.id = job WHERE message = {}", message));
  }

  std::int64_t will = 0;
  std::int64_t mary = 0;
  std::int64_t olga = 0;
};

}  // namespace

TEST_CASE("P1: the given name alone goes out of what the family was sent, and stays a word elsewhere") {
  Family at;
  const auto sent =
      at.tell(at.mary, "Will 2, Ben 1. Details follow.", DeliveryState::complete, "Will Quill\nBen Dyer");
  const auto elsewhere = at.tell(at.olga, "Will you come? Will Quill does.", DeliveryState::complete);
  erase_person(at.as(), "W1");
  CHECK(at.body_of(sent) == "XXXX 2, Ben 1. Details follow.");
  CHECK(at.body_of(elsewhere) == "Will you come? XXXX does.");
  CHECK(at.store().text("SELECT group_concat(related, '|') FROM delivery_content WHERE related <> ''") ==
        "XXXX\nBen Dyer");
}

TEST_CASE("P1: what names them to their family and has not left is cancelled, what does not leaves") {
  Family at;
  const auto named = at.tell(at.mary, "Will 2", DeliveryState::queued);
  const auto waiting = at.tell(at.mary, "Ben 1, Will 2", DeliveryState::waiting);
  const auto other = at.tell(at.mary, "Ben 1", DeliveryState::queued);
  CHECK(erase_person(at.as(), "W1").cancelled == 2);
  CHECK(at.state_of(named) == "cancelled");
  CHECK(at.state_of(waiting) == "cancelled");
  CHECK(at.state_of(other) == "queued");
  CHECK(store::jobs_that_do_not_add_up(at.store()).empty());
}

TEST_CASE("P1, D5: what is just being handed over stops the erasure, and nothing is changed") {
  Family at;
  at.tell(at.mary, "Will 2", DeliveryState::claimed);
  CHECK(test::error_of([&] { erase_person(at.as(), "W1"); }).code() == "under-way");
  CHECK(test::error_of([&] { erase_person(at.as(), "M1"); }).code() == "under-way");
  CHECK(at.store().integer("SELECT count(*) FROM person WHERE code IN ('W1', 'M1')") == 2);
  CHECK_NOTHROW(erase_person(at.as(), "O1"));
}

TEST_CASE("P1, M7: a redacted entry proves itself, and nobody else can redact one") {
  Family at;
  {
    store::Transaction transaction(at.store());
    record(at.as(), "send", "message 1", "'pupil:W1' to self: Will Quill");
    record(at.as(), "send", "message 2", "'all' to self");
    transaction.commit();
  }
  CHECK(erase_person(at.as(), "W1").audit == 1);
  CHECK(at.store().text("SELECT detail FROM audit WHERE id = 1") == "'pupil:XXXX' to self: XXXX");
  CHECK(check_audit(at.as()).fault == "");
  const auto fault_after = [&](const char* sql) {
    store::Transaction transaction(at.store());
    at.store().execute(sql);
    return store::check_audit(at.store()).fault;
  };
  CHECK(fault_after("UPDATE audit SET detail = 'other' WHERE id = 1") == "audit entry 1 was changed");
  CHECK(fault_after("DELETE FROM audit_redaction") == "audit entry 1 was changed");
  CHECK(fault_after(
            "UPDATE audit SET detail = 'other' WHERE id = 2; INSERT INTO audit_redaction SELECT 2, seal FROM "
            "audit_redaction") == "audit entry 2 was changed");
  // Twice over: another name out of the same entry.
  {
    store::Transaction transaction(at.store());
    CHECK(store::redact_audit(at.store(), Scrubber({"message 1"})) == 1);
    transaction.commit();
  }
  CHECK(check_audit(at.as()).fault == "");
}

TEST_CASE("P1, R7: the block of a mailbox that is somebody else's too stays, an opt-out is theirs alone") {
  Family at;
  at.roster.block(AddressKind::email, "home@example.org", "blocked-bounce");
  at.store();
  erase_person(at.as(), "M1");
  CHECK(at.store().integer("SELECT count(*) FROM address_block WHERE compare_key = 'home@example.org'") == 1);
  CHECK(at.store().integer("SELECT count(*) FROM address WHERE compare_key = 'home@example.org'") == 1);
  erase_person(at.as(), "O1");
  CHECK(at.store().integer("SELECT count(*) FROM address_block") == 0);
  CHECK(at.store().integer("SELECT count(*) FROM erased_decision WHERE reason = 'blocked-bounce'") == 1);
}

TEST_CASE("P1: crier's own row for a member of staff's mailbox goes with them") {
  Family at;
  at.roster.staff("S1", "Tess", "Teacher").email("tess@example.org");
  at.store().execute(R"sql(
INSERT INTO source (id, name, kind, created) VALUES (77, 'crier', 'crier', 0);
INSERT INTO person (id, source, source_id, kind, code, code_folded, title, family, given, preferred, language, name_folded,
  sort_key, contact_relation, fingerprint)
VALUES (701, 77, 'tess@example.org', 'staff', 'tess@example.org', 'tess@example.org', '', '', '', '', '', '', x'00', '', 0),
       (702, 77, 'home@example.org', 'staff', 'home@example.org', 'home@example.org', '', '', '', '', '', '', x'00', '', 0);)sql");
  erase_person(at.as(), "S1");
  CHECK(at.store().integer("SELECT count(*) FROM person WHERE code = 'tess@example.org'") == 0);
  erase_person(at.as(), "M1");
  CHECK(at.store().integer("SELECT count(*) FROM person WHERE code = 'home@example.org'") == 1);
}

TEST_CASE(
    "P1: a code that is a number, an address that is none and a name of one word leave others' words alone") {
  Family at;
  const auto thirty = at.roster.contact("30", "Nina", "Numeral").id();
  const auto trip = at.roster.contact("T1", "", "Trip").id();
  at.store()
      .query(
          "INSERT INTO address (person, kind, use, position, given, normal, compare_key, line, source) "
          "SELECT id, 'email', 'work', 1, 'none', NULL, NULL, '', source FROM person WHERE id = ?1")
      .with(thirty)
      .run();
  const std::string words = "Trip at 08:30. Bring none of your money; contact:30 decides.";
  const auto sent = at.tell(at.olga, words, DeliveryState::complete);
  REQUIRE(trip > 0);
  erase_person(at.as(), "30");
  CHECK(at.body_of(sent) == "Trip at 08:30. Bring none of your money; contact:XXXX decides.");
  erase_person(at.as(), "T1");
  CHECK(at.body_of(sent) == "Trip at 08:30. Bring none of your money; contact:XXXX decides.");
}

TEST_CASE("P1: a name goes out of notes on other pupils too, and out of what is kept for undoing them") {
  Family at;
  const auto ben = at.store().integer("SELECT id FROM person WHERE code = 'B1'");
  at.store()
      .query(
          "INSERT INTO behaviour (pupil, day, kind, points, note, source, source_id) "
          "VALUES (?1, '2026-11-20', 'quarrel', 1, 'Hit Will Quill', 1, 'b-1')")
      .with(ben)
      .run();
  erase_person(at.as(), "W1");
  CHECK(at.store().text("SELECT note FROM behaviour WHERE source_id = 'b-1'") == "Hit XXXX");
}
