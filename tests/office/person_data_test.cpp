#include "office/person_data.hpp"

#include <fmt/format.h>

#include "office/retention.hpp"
#include "office_case.hpp"
#include "store/ledger_store.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"

using namespace crier;
using namespace crier::office;

namespace {

/// Ada and Ben Dyer; their mother; their father, whom a court order keeps from Ada; an aunt at the mother's
/// mailbox.
struct Divided : test::OfficeCase {
  Divided() {
    auto one = roster.pupil("A1", "Ada", "Dyer").email("ada@example.org").form("10A");
    one.email("home@example.org");
    auto two = roster.pupil("B1", "Ben", "Dyer");
    auto mother = roster.contact("M1", "Mary", "Moon").email("home@example.org");
    auto father = roster.contact("F1", "Fred", "Fell").email("fred@example.org");
    auto aunt = roster.contact("T1", "Tilda", "Tew").email("home@example.org");
    roster.relate(one, mother, "mother");
    roster.relate(two, mother, "mother");
    roster.relate(one, father, "father");
    roster.relate(one, father, "father", "other").court_order();
    roster.relate(two, father, "father");
    ada = one.id();
    ben = two.id();
    mary = mother.id();
    fred = father.id();
    (void)aunt;
    store();
  }
  store::Connection& store() { return roster.store(); }

  std::int64_t write_to(std::int64_t person, const std::string& subject, const std::string& words,
                        const std::string& related, std::string fields = "") {
    store::Transaction transaction(store());
    store::MessageRow row;
    row.school = roster.school_id("CAM");
    row.subject = subject;
    row.body = words;
    row.sender = "ann";
    row.created = clock.now();
    const auto message = store::insert_message(store(), row);
    const auto job = store::insert_job(store(), message, Channel::email, clock.now());
    store::NewDelivery one;
    one.person = person;
    one.school = row.school;
    one.address = "home@example.org";
    one.state = DeliveryState::complete;
    one.due = clock.now();
    one.related = related;
    store::insert_deliveries(store(), job, Channel::email, Priority::general, {&one, 1}, clock.now());
    if (!fields.empty()) {
      const std::vector<store::MessageText> texts{{"en", true, subject, words, "", ""}};
      store::insert_texts(store(), message, texts);
      store().execute(fmt::format("UPDATE message SET template = 'hello' WHERE id = {}", message));
      store()
          .query(
              "UPDATE delivery_content SET fields = ?1 WHERE delivery = (SELECT id FROM delivery WHERE job = "
              "?2)")
          .with(fields, job)
          .run();
    }
    transaction.commit();
    return message;
  }
  PersonData data(const std::string& code, const std::string& asker = "") {
    return look_at_person(as(), code, asker);
  }
  static const Table& table(const PersonData& data, std::string_view name) {
    for (const auto& one : data.tables) {
      if (one.name == name) return one;
    }
    FAIL("no table " << name);
    return data.tables.front();
  }
  static std::string text(const PersonData& data) {
    std::string all;
    for (const auto& one : data.tables) {
      for (const auto& row : one.rows) {
        for (const auto& cell : row) {
          if (const auto* words = std::get_if<std::string>(&cell)) all += *words + "|";
        }
        all += "\n";
      }
    }
    return all;
  }
  static bool holds(const PersonData& data, std::string_view words) {
    return text(data).find(words) != std::string::npos;
  }

  std::int64_t ada = 0;
  std::int64_t ben = 0;
  std::int64_t mary = 0;
  std::int64_t fred = 0;
};

}  // namespace

TEST_CASE(
    "P1, R3: a barred parent's data hold nothing of the pupil, although another source does not bar them") {
  Divided at;
  const auto message =
      at.write_to(at.fred, "About Ada", "Ada Dyer and Ben were late. Dear Ada!", "Ada Dyer\nBen Dyer");
  const std::vector<store::ToldEntry> told{{1, at.ada, at.fred}, {1, at.ben, at.fred}};
  store::insert_told(at.store(), "attendance", message, told);
  const auto data = at.data("F1");
  CHECK(!Divided::holds(data, "Ada"));
  CHECK(Divided::holds(data, "XXXX and Ben were late. Dear XXXX!"));
  CHECK(Divided::table(data, "relationships").rows.size() == 1);
  CHECK(Divided::table(data, "told").rows.size() == 1);
  CHECK(data.withheld == 2);
  CHECK(!Divided::holds(data, "Mary"));
  CHECK(Divided::holds(at.data("M1"), "Ada"));
}

TEST_CASE("P1: a pupil who is no longer theirs is not named in what a contact was sent") {
  Divided at;
  const auto message = at.write_to(at.mary, "Hello", "Ada Dyer was late", "Ada Dyer");
  const std::vector<store::ToldEntry> told{{1, at.ada, at.mary}};
  store::insert_told(at.store(), "attendance", message, told);
  CHECK(Divided::holds(at.data("M1"), "Ada Dyer was late"));
  at.store().execute(
      fmt::format("DELETE FROM relationship WHERE pupil = {} AND contact = {}", at.ada, at.mary));
  const auto data = at.data("M1");
  CHECK(!Divided::holds(data, "Ada"));
  CHECK(Divided::table(data, "told").rows.empty());
}

TEST_CASE("P1: a pupil's data name the contacts, for one who asks, no other, nor an address of another") {
  Divided at;
  at.write_to(at.ada, "Trip", "Bring a coat", "");
  const auto own = at.data("A1");
  CHECK(Divided::holds(own, "Fred"));
  CHECK(Divided::holds(own, "Mary"));
  CHECK(!Divided::holds(own, "fred@example.org"));
  CHECK(own.withheld == 0);
  at.store().execute("DELETE FROM relationship WHERE court_order = 1");
  const auto for_father = at.data("A1", "F1");
  CHECK(Divided::holds(for_father, "Fred"));
  CHECK(!Divided::holds(for_father, "Mary"));
  CHECK(!Divided::holds(for_father, "home@example.org"));
  CHECK(Divided::holds(for_father, "Bring a coat"));
  CHECK(Divided::holds(for_father, "ada@example.org"));
  CHECK(for_father.withheld == 2);
  CHECK(for_father.asker->code == "F1");
}

TEST_CASE("P1, R3: whoever is barred, or is no contact, gets nothing of a pupil") {
  Divided at;
  for (const auto* asker : {"F1", "T1", "B1"}) {
    CAPTURE(asker);
    CHECK(test::error_of([&] { at.data("A1", asker); }).code() == "not-theirs");
  }
  CHECK(test::error_of([&] { at.data("M1", "A1"); }).code() == "not-theirs");
  CHECK(test::error_of([&] { at.data("A1", "nobody"); }).code() == "no-such-person");
  CHECK_NOTHROW(at.data("A1", "A1"));
  CHECK_NOTHROW(at.data("B1", "F1"));
}

TEST_CASE("P1, M2: messages stand with the words that their reader saw, and without once those were let go") {
  Divided at;
  at.write_to(at.mary, "Hello {{name}}", "Dear {{name}}, hello", "Ada Dyer", R"({"name":"Mary Moon"})");
  const auto words = [&] {
    const auto data = at.data("M1");
    const auto& row = Divided::table(data, "messages").rows.at(0);
    const auto* subject = std::get_if<std::string>(&row.at(5));
    const auto* body = std::get_if<std::string>(&row.at(6));
    return (subject != nullptr ? *subject : "-") + "/" + (body != nullptr ? *body : "-");
  };
  CHECK(words() == "Hello Mary Moon/Dear Mary Moon, hello\n");
  CHECK(!at.data("M1").whole_from);
  at.clock = FixedClock(at.clock.now() + std::chrono::days(500));
  run_retention(at.as());
  CHECK(words() == "Hello {{name}}/-");
  CHECK(at.data("M1").whole_from.has_value());
}

TEST_CASE("P1, M7: giving data out takes a role at each school of theirs, and is audited without a name") {
  Divided at;
  at.enter("it", {"manager"});
  at.enter("ann", {"office"});
  at.enter("vic", {"viewer", "sender", "approver"});
  CHECK_NOTHROW(look_at_person(at.as("ann"), "A1", ""));
  CHECK(test::error_of([&] { look_at_person(at.as("vic"), "A1", ""); }).code() == "role");
  note_export(at.as("ann"), at.data("B1", "F1"), "html");
  CHECK(at.store().text("SELECT actor || ' ' || act || ' ' || subject || ' ' || detail FROM audit ORDER BY "
                        "id DESC LIMIT 1") ==
        fmt::format("ann export person {} html, for person {}", at.ben, at.fred));
}
