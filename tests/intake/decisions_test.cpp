#include <doctest/doctest.h>

#include "fixture.hpp"
#include "store/contact_store.hpp"
#include "store/leaver_store.hpp"

using namespace crier;

namespace {

struct Decided : test::ImportFixture {
  Decided() { import(); }
  std::int64_t contact(std::string_view source_id = "u-3") {
    auto rows = connection->query("SELECT id FROM person WHERE source_id = ?1");
    REQUIRE(rows.with(source_id).step());
    return rows.integer(0);
  }
  void opt_out(std::int64_t person, std::string channel = "", std::string category = "") {
    store::Transaction transaction(*connection);
    store::add_opt_out(*connection, person, {std::move(channel), std::move(category), clock.now(), "ann"});
    transaction.commit();
  }
  std::string opt_outs(std::string_view source_id = "u-3") {
    std::string text;
    for (const auto& one : store::opt_outs_held(*connection, contact(source_id))) {
      text += "[" + one.channel + "/" + one.category + "]";
    }
    return text;
  }
  /// The same guardian under another id of the source.
  void change_id(std::string to) {
    set["users"].set("u-3", "identifier", "C1b");
    set["users"].set("u-3", "sourcedId", std::move(to));
  }
};

}  // namespace

TEST_CASE("R7: an opt-out outlasts removal and coming back") {
  Decided school;
  school.opt_out(school.contact(), "sms");
  auto without = school.set;
  without["users"].remove("u-3");
  std::swap(without, school.set);
  school.import();
  CHECK(school.opt_outs() == "[sms/]");
  std::swap(without, school.set);
  school.import();
  CHECK(school.opt_outs() == "[sms/]");
}

TEST_CASE("R7: an opt-out outlasts a changed id of the source, by the address") {
  Decided school;
  school.opt_out(school.contact(), "sms", "periodic");
  school.opt_out(school.contact(), "email");
  school.change_id("u-33");
  school.import();
  CHECK(school.opt_outs("u-33") == "[email/][sms/periodic]");
}

TEST_CASE("R7: an opt-out outlasts a changed id although the old person was deleted for good") {
  Decided school;
  const auto old = school.contact();
  school.opt_out(old);
  auto without = school.set;
  without["users"].remove("u-3");
  std::swap(without, school.set);
  school.import();
  {
    store::Transaction transaction(*school.connection);
    store::erase_people(*school.connection, std::vector{old}, store::Anonymise::after_keeping,
                        school.clock.now());
    transaction.commit();
  }
  CHECK(school.count("SELECT count(*) FROM person WHERE family = 'Dyer' AND kind = 'contact'") == 0);
  std::swap(without, school.set);
  school.import();
  CHECK(school.opt_outs() == "[/]");
}

TEST_CASE("R7: somebody else at the same address, or the same name elsewhere, has decided nothing") {
  Decided school;
  school.opt_out(school.contact());
  school.set["users"].add({"u-8", "", "", "true", "org-1", "parent", "meg", "", "Meg", "Dyer", "", "C8",
                           "r.dyer@example.org", "", "", "u-1", "", ""});
  school.set["users"].add({"u-9", "", "", "true", "org-1", "parent", "rob9", "", "Robert", "Dyer", "", "C9",
                           "other@example.org", "", "", "u-1", "", ""});
  school.import();
  CHECK(school.opt_outs("u-8").empty());
  CHECK(school.opt_outs("u-9").empty());
}

TEST_CASE("R7: whoever opted in again does not come back opted out under a third id") {
  Decided school;
  school.opt_out(school.contact());
  school.change_id("u-33");
  school.import();
  REQUIRE(school.opt_outs("u-33") == "[/]");
  {
    store::Transaction transaction(*school.connection);
    CHECK(store::remove_opt_outs(*school.connection, school.contact("u-33"), "", "") == 2);
    transaction.commit();
  }
  school.set["users"].set("u-33", "sourcedId", "u-333");
  school.import();
  CHECK(school.opt_outs("u-333").empty());
}

TEST_CASE("R7: a block belongs to the address, whoever has it and whatever is imported") {
  Decided school;
  school.connection->execute(
      "INSERT INTO address_block (kind, compare_key, reason, since, evidence) "
      "VALUES ('email', 'r.dyer@example.org', 'blocked-bounce', 0, '')");
  school.change_id("u-33");
  school.import();
  REQUIRE(store::addresses_held(*school.connection, school.contact("u-33")).size() == 2);
  CHECK(store::addresses_held(*school.connection, school.contact("u-33"))[0].block == "blocked-bounce");
  {
    store::Transaction transaction(*school.connection);
    CHECK(store::unblock(*school.connection, "email", "r.dyer@example.org", "ann", school.clock.now()));
    CHECK_FALSE(store::unblock(*school.connection, "email", "r.dyer@example.org", "ann", school.clock.now()));
    transaction.commit();
  }
  CHECK(store::addresses_held(*school.connection, school.contact("u-33"))[0].block.empty());
}

TEST_CASE("R7: a consent outlasts a changed id of the source") {
  Decided school;
  school.connection->execute(
      "INSERT INTO consent (person, purpose, given, since, said_by) SELECT id, 'contract', 1, 5, "
      "'ann' FROM person WHERE source_id = 'u-3'");
  school.change_id("u-33");
  school.import();
  const auto consents = store::consents_held(*school.connection, school.contact("u-33"));
  REQUIRE(consents.size() == 1);
  CHECK(consents[0].given);
}

TEST_CASE("I10: of a deleted leaver to whom something was sent the name goes after 14 days") {
  Decided school;
  const auto id = school.contact();
  const auto text = std::to_string(id);
  school.connection->execute(
      "INSERT INTO message (id, school, subject, body, category, priority, sender, state, expression, "
      "recipients, "
      "created, content_digest) VALUES (1, 1, 's', 'b', 'informational', 'general', 'ann', 'released', "
      "'all', 'self', "
      "0, '');"
      "INSERT INTO job (id, message, channel, messages, complete, created, updated) VALUES (1, 1, 'email', "
      "1, 1, 0, 0);"
      "INSERT INTO delivery (id, job, person, school, channel, urgency, address, state, reason, due, "
      "attempts, updated) "
      "VALUES (1, 1, " +
      text +
      ", 1, 'email', 1, 'r.dyer@example.org', 'complete', '', 0, 1, 0);"
      "INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, "
      "enhanced, text, "
      "fence) VALUES (1, 1, 0, 0, 'delivered', '', '', '', 0, '', 250, '', '250 ok r.dyer@example.org', 1)");
  school.set["users"].remove("u-3");
  school.import();
  const auto name =
      "SELECT family || '/' || address FROM person JOIN delivery ON delivery.person = person.id";
  {
    store::Transaction transaction(*school.connection);
    const auto erased = store::erase_people(*school.connection, std::vector{id},
                                            store::Anonymise::after_keeping, school.clock.now());
    CHECK(erased.kept == 1);
    transaction.commit();
  }
  CHECK(school.text(name) == "Dyer/r.dyer@example.org");
  CHECK(school.count("SELECT count(*) FROM address WHERE person = " + text) == 0);
  school.clock.set(school.clock.now() + std::chrono::days(14) - std::chrono::hours(1));
  CHECK_FALSE(store::anonymising_due(*school.connection, school.clock.now()));
  school.clock.set(school.clock.now() + std::chrono::hours(1));
  REQUIRE(store::anonymising_due(*school.connection, school.clock.now()));
  {
    store::Transaction transaction(*school.connection);
    CHECK(store::anonymise_deleted(*school.connection, school.clock.now()) == 1);
    transaction.commit();
  }
  CHECK(school.text(name) == "XXXX/XXXX");
  CHECK(school.text("SELECT text FROM attempt") == "XXXX");
  CHECK_FALSE(store::anonymising_due(*school.connection, school.clock.now()));
}
