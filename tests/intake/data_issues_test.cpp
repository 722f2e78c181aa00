#include <doctest/doctest.h>

#include "fixture.hpp"
#include "store/issue_store.hpp"

using namespace crier;

namespace {

struct Issues : test::ImportFixture {
  std::vector<store::IssueRow> of(std::string_view kind, std::string_view state = "open") {
    store::IssueFilter filter;
    filter.kind = kind;
    filter.state = state;
    return store::issue_rows(*connection, filter);
  }
  void a_day_later() { clock.set(clock.now() + std::chrono::hours(24)); }
};

}  // namespace

TEST_CASE("S5: an invalid e-mail address is raised once, still there next time, and gone once it is mended") {
  Issues school;
  school.set["users"].set("u-3", "email", "r.dyer@");
  school.import();
  auto issues = school.of("invalid-email");
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].code == "C1");
  CHECK(issues[0].school == "HAR");
  CHECK(issues[0].detail == "r.dyer@");
  const auto raised = issues[0].raised;

  school.a_day_later();
  CHECK(school.import().report.outcome == ImportOutcome::unchanged);
  issues = school.of("invalid-email");
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].raised == raised);
  CHECK(issues[0].last_seen == school.clock.now());

  school.a_day_later();
  school.set["users"].set("u-3", "email", "r.dyer@example.org");
  school.import();
  CHECK(school.of("invalid-email").empty());
  REQUIRE(school.of("invalid-email", "gone").size() == 1);
  CHECK(school.of("invalid-email", "gone")[0].ended == school.clock.now());

  school.a_day_later();
  school.set["users"].set("u-3", "email", "r.dyer@");
  school.import();
  issues = school.of("invalid-email");
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].raised == raised);
  CHECK_FALSE(issues[0].ended.has_value());
}

TEST_CASE(
    "S5: what somebody resolved stays resolved while it is found, and is open again when it comes back") {
  Issues school;
  school.set["users"].set("u-3", "sms", "0");
  school.import();
  REQUIRE(school.of("invalid-mobile").size() == 1);
  REQUIRE(
      store::resolve_issue(*school.connection, school.of("invalid-mobile")[0].id, "ann", school.clock.now()));
  CHECK_FALSE(store::resolve_issue(*school.connection, 1, "ann", school.clock.now()));
  school.set["users"].set("u-1", "givenName", "Adah");
  school.import();
  REQUIRE(school.of("invalid-mobile", "resolved").size() == 1);
  CHECK(school.of("invalid-mobile", "resolved")[0].ended_by == "ann");
  school.set["users"].set("u-3", "sms", "07400 900123");
  school.import();
  CHECK(school.of("invalid-mobile", "gone").size() == 1);
  school.set["users"].set("u-3", "sms", "0");
  school.import();
  CHECK(school.of("invalid-mobile").size() == 1);
}

TEST_CASE("R9: contacts that agree in name and an address are one issue for each pair") {
  Issues school;
  school.set["users"].add({"u-9", "", "", "true", "org-1", "parent", "rob2", "", "robert", "DYER", "", "C9",
                           "R.Dyer@example.org", "", "", "u-2", "", ""});
  school.set["users"].add({"u-8", "", "", "true", "org-1", "parent", "meg", "", "Meg", "Dyer", "", "C8",
                           "r.dyer@example.org", "", "", "u-2", "", ""});
  school.import();
  const auto issues = school.of("possible-duplicate");
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].code == "C1");
  CHECK(issues[0].detail.starts_with("C9 "));
  school.set["users"].remove("u-9");
  school.import();
  CHECK(school.of("possible-duplicate").empty());
}

TEST_CASE("S4: a pupil without a prime contact who can be reached is an issue until there is one") {
  Issues school;
  school.set["users"].set("u-3", "agentSourcedIds", "u-1");
  school.import();
  auto issues = school.of("no-contactable-prime-parent");
  REQUIRE(issues.size() == 1);
  CHECK(issues[0].code == "P2");

  // A landline and a blocked address reach nobody.
  school.set["users"].set("u-3", "sms", "020 7946 0958");
  school.connection->execute(
      "INSERT INTO address_block (kind, compare_key, reason, since, evidence) "
      "SELECT kind, compare_key, 'blocked-bounce', 0, '' FROM address WHERE given = 'r.dyer@example.org'");
  school.import();
  CHECK(school.of("no-contactable-prime-parent").size() == 2);
  REQUIRE(school.of("permanent-bounce").size() == 1);
  CHECK(school.of("permanent-bounce")[0].code == "C1");

  school.connection->execute("DELETE FROM address_block");
  school.set["users"].set("u-3", "agentSourcedIds", "u-1,u-2");
  school.import();
  CHECK(school.of("no-contactable-prime-parent").empty());
  CHECK(school.of("permanent-bounce").empty());
}

TEST_CASE("S5: a row that is not good and concerns a person is an issue, a delta takes none away") {
  Issues school;
  school.set["users"].set("u-3", "agentSourcedIds", "u-1,u-77");
  school.import();
  REQUIRE(school.of("dangling-reference").size() == 1);
  CHECK(school.of("dangling-reference")[0].code == "C1");

  auto delta = school.set;
  delta.modes["users"] = "delta";
  delta["users"].remove("u-3");
  std::swap(delta, school.set);
  school.import();
  CHECK(school.of("dangling-reference").size() == 1);

  std::swap(delta, school.set);
  school.set["users"].set("u-3", "agentSourcedIds", "u-1");
  school.import();
  CHECK(school.of("dangling-reference").empty());
}

TEST_CASE("I6: a dry run raises no issue, and neither does what the guard holds") {
  Issues school;
  school.set["users"].set("u-3", "email", "r.dyer@");
  school.request.rehearsal = intake::Rehearsal::dry_run;
  school.import();
  CHECK(school.count("SELECT count(*) FROM data_issue") == 0);
}

TEST_CASE("B8: the same set twice writes nothing of its issues") {
  Issues school;
  school.set["users"].set("u-3", "email", "r.dyer@").set("u-1", "agentSourcedIds", "u-99");
  school.import();
  const auto all =
      "SELECT group_concat(id || kind || about || detail || last_seen || state, ';') FROM data_issue";
  const auto before = school.text(all);
  REQUIRE(school.count("SELECT count(*) FROM data_issue") >= 2);
  school.a_day_later();
  school.import();
  CHECK(school.text(all) == before);
}
