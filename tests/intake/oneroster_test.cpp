#include "fixture.hpp"

using namespace crier;
using test::ImportFixture;
using test::issue;

TEST_CASE_FIXTURE(ImportFixture, "I1: a bulk set becomes people, places, relationships, groups and marks") {
  const auto answer = import();
  CHECK_FALSE(answer.error);
  CHECK(answer.report.outcome == ImportOutcome::applied);
  CHECK(answer.report.issues.empty());
  CHECK(answer.report.added[FactKind::pupil] == 2);
  CHECK(answer.report.added[FactKind::contact] == 1);
  CHECK(answer.report.added[FactKind::staff] == 1);
  CHECK(answer.report.added[FactKind::group] == 2);
  CHECK(answer.report.added[FactKind::membership] == 4);
  CHECK(answer.report.added[FactKind::relationship] == 2);
  CHECK(answer.report.added[FactKind::address] == 3);
  CHECK(answer.report.added[FactKind::assignment] == 2);
  CHECK(answer.report.added[FactKind::mark] == 4);
  CHECK(text("SELECT normal FROM address WHERE kind = 'phone'") == "+447400900123");
  CHECK(text("SELECT code FROM person WHERE source_id = 'u-3'") == "C1");
  CHECK(text("SELECT year FROM place JOIN person ON person.id = place.person WHERE source_id = 'u-2'") ==
        "9");
  CHECK(text("SELECT kind FROM roster_group WHERE source_id = 'c-2'") == "form");
  CHECK(count("SELECT count(*) FROM relationship WHERE priority = 1 AND prime = 1 AND court_order = 0") == 2);
}

TEST_CASE_FIXTURE(ImportFixture, "I6: the same set again is unchanged, and is recorded") {
  import();
  const auto answer = import();
  CHECK(answer.report.outcome == ImportOutcome::unchanged);
  CHECK(answer.report.rows == 17);
  CHECK(count("SELECT count(*) FROM import") == 2);
}

TEST_CASE_FIXTURE(ImportFixture, "I6: a dry run counts the same and changes nothing") {
  request.rehearsal = intake::Rehearsal::dry_run;
  const auto rehearsed = import();
  CHECK(rehearsed.report.outcome == ImportOutcome::dry_run);
  CHECK(count("SELECT count(*) FROM person") == 0);
  CHECK(count("SELECT count(*) FROM import") == 0);
  CHECK(count("SELECT count(*) FROM school") == 0);
  request.rehearsal = intake::Rehearsal::no;
  CHECK(import().report.added.by_kind == rehearsed.report.added.by_kind);
}

TEST_CASE_FIXTURE(ImportFixture, "I6: whoever has a fault that stays is changed by whatever else changes") {
  set["users"].set("u-3", "phone", "none").set("u-2", "agentSourcedIds", "u-99");
  import();
  REQUIRE(import().report.outcome == ImportOutcome::unchanged);
  set["users"].set("u-2", "grades", "11");
  CHECK(import().report.changed[FactKind::pupil] == 1);
  CHECK(text("SELECT year FROM place JOIN person ON person.id = place.person WHERE source_id = 'u-2'") ==
        "11");
  set["users"].set("u-3", "email", "new@example.org");
  CHECK(import().report.changed[FactKind::address] == 1);
  set["users"].set("u-3", "agentSourcedIds", "u-1");
  CHECK(import().report.removed[FactKind::relationship] == 1);
  set["users"].set("u-3", "familyName", "Dyer-Smith");
  CHECK(import().report.changed[FactKind::contact] == 1);
  set["users"].set("u-3", "email", "");
  CHECK(import().report.removed[FactKind::address] == 1);
  CHECK(import().report.outcome == ImportOutcome::unchanged);
}

TEST_CASE_FIXTURE(ImportFixture, "I6: a changed cell changes that row alone and keeps the old value") {
  import();
  set["users"].set("u-3", "familyName", "Dyer-Smith").set("u-3", "email", "new@example.org");
  const auto answer = import();
  CHECK(answer.report.changed[FactKind::contact] == 1);
  CHECK(answer.report.changed[FactKind::address] == 1);
  CHECK(answer.report.changed[FactKind::pupil] == 0);
  CHECK(answer.report.added.empty());
  CHECK(answer.report.removed.empty());
  CHECK(text("SELECT family FROM person_before WHERE import = 2") == "Dyer");
  CHECK(text("SELECT given FROM address_before WHERE import = 2") == "r.dyer@example.org");
  CHECK(text("SELECT normal FROM address WHERE kind = 'email' AND use = 'home'") == "new@example.org");
}

TEST_CASE_FIXTURE(ImportFixture,
                  "I10: who is gone becomes a leaver with a date, and comes back as the same person") {
  import();
  const auto id = count("SELECT id FROM person WHERE source_id = 'u-2'");
  set["users"].remove("u-2").set("u-3", "agentSourcedIds", "u-1");
  set["enrollments"].remove("e-2");
  set["results"].remove("r-2").remove("r-4");
  const auto gone = import();
  CHECK(gone.report.removed[FactKind::pupil] == 1);
  CHECK(gone.report.removed[FactKind::membership] == 1);
  CHECK(gone.report.removed[FactKind::mark] == 2);
  CHECK(gone.report.removed[FactKind::relationship] == 1);
  CHECK(text("SELECT status FROM place JOIN person ON person.id = place.person WHERE source_id = 'u-2'") ==
        "leaver");
  CHECK(count("SELECT status_since FROM place WHERE status = 'leaver'") == to_millis(clock.now()));
  set = test::small_school();
  import();
  CHECK(count("SELECT id FROM person WHERE source_id = 'u-2'") == id);
  CHECK(count("SELECT count(*) FROM place WHERE status = 'active'") == 4);
  CHECK(count("SELECT count(*) FROM relationship") == 2);
}

TEST_CASE_FIXTURE(ImportFixture,
                  "I1: agents stand on either side, and each side takes back only what it said") {
  set["users"].set("u-1", "agentSourcedIds", "u-3").set("u-3", "agentSourcedIds", "u-1,u-2");
  CHECK(import().report.added[FactKind::relationship] == 2);
  CHECK(count("SELECT said_by FROM relationship JOIN person ON person.id = pupil WHERE source_id = 'u-1'") ==
        3);
  // The guardian's row no longer names u-1; the pupil's still does.
  set["users"].set("u-3", "agentSourcedIds", "u-2");
  CHECK(import().report.removed[FactKind::relationship] == 0);
  CHECK(count("SELECT said_by FROM relationship JOIN person ON person.id = pupil WHERE source_id = 'u-1'") ==
        1);
  set["users"].set("u-1", "agentSourcedIds", "");
  CHECK(import().report.removed[FactKind::relationship] == 1);
}

TEST_CASE_FIXTURE(ImportFixture,
                  "I1: OneRoster 1.2 takes roles from roles.csv, several a person, ended ones not") {
  set.version = "1.2";
  set["users"] = {
      {"sourcedId", "status", "dateLastModified", "enabledUser", "givenName", "familyName", "identifier",
       "email", "sms", "phone", "agentSourcedIds", "grades", "primaryOrgSourcedId"},
      {{"u-1", "", "", "true", "Ada", "Dyer", "P1", "", "", "", "u-3", "10", "org-1"},
       {"u-2", "", "", "true", "Ben", "Dyer", "P2", "", "", "", "", "9", "org-1"},
       {"u-3", "", "", "true", "Grace", "Hopper", "T1", "gh@example.org", "", "", "", "", "org-1"},
       {"u-4", "", "", "true", "Old", "Timer", "T2", "", "", "", "", "", "org-1"}}};
  set.tables["roles"] = {
      {"sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role", "beginDate", "endDate",
       "orgSourcedId", "userProfileSourcedId"},
      {{"ro-1", "", "", "u-1", "primary", "student", "", "", "org-1", ""},
       {"ro-2", "", "", "u-2", "primary", "student", "2026-09-01", "2026-11-26", "org-1", ""},
       {"ro-3", "", "", "u-3", "secondary", "parent", "", "", "org-1", ""},
       {"ro-4", "", "", "u-3", "primary", "teacher", "", "", "org-1", ""},
       {"ro-5", "", "", "u-4", "primary", "teacher", "", "2026-11-25", "org-1", ""}}};
  set["enrollments"].remove("e-3");
  const auto answer = import();
  CHECK(answer.report.added[FactKind::pupil] == 2);
  CHECK(answer.report.added[FactKind::staff] == 1);
  CHECK(answer.report.added[FactKind::contact] == 0);  // she is staff first, and a contact too
  CHECK(answer.report.added[FactKind::relationship] == 1);
  CHECK(count("SELECT count(*) FROM place JOIN person ON person.id = place.person WHERE source_id = 'u-3'") ==
        2);
  REQUIRE(issue(answer, "no-role") != nullptr);  // endDate is the first day after: over today
  CHECK(issue(answer, "no-role")->value == "u-4");
}

TEST_CASE_FIXTURE(ImportFixture, "I1: a file marked absent is unchanged, whatever lies there") {
  import();
  set["results"].clear();
  set.modes["results"] = "absent";
  CHECK(import().report.outcome == ImportOutcome::unchanged);
  set.modes["results"] = "bulk";
  const auto none_left = import();
  CHECK(none_left.report.removed[FactKind::mark] == 4);
}

TEST_CASE_FIXTURE(ImportFixture, "I1: a delta changes what it names and removes only what it says") {
  import();
  set.modes = {{"users", "delta"},       {"orgs", "delta"},      {"classes", "delta"},
               {"enrollments", "delta"}, {"lineItems", "delta"}, {"results", "delta"}};
  set["orgs"].clear();
  set["users"].clear().add({"u-2", "tobedeleted", "2026-11-24T00:00:00Z", "true", "org-1", "student", "", "",
                            "Ben", "Dyer", "", "P2", "", "", "", "", "09", ""});
  set["classes"].clear();
  set["enrollments"].clear();
  set["lineItems"].clear();
  set["results"].clear().add(
      {"r-2", "active", "2026-11-24T00:00:00Z", "l-1", "u-1", "fully graded", "9", "", ""});
  const auto answer = import();
  CHECK_FALSE(answer.error);
  CHECK(answer.report.removed[FactKind::pupil] == 1);
  CHECK(answer.report.changed[FactKind::mark] == 1);
  CHECK(count("SELECT count(*) FROM place WHERE status = 'active'") == 3);
  CHECK(count("SELECT count(*) FROM mark") == 4);
}

TEST_CASE_FIXTURE(ImportFixture, "I1: headers in any order and case, a byte order mark, quoted lists") {
  const test::TemporaryFolder place;
  set.write(place);
  place.write("users.csv",
              "\xEF\xBB\xBF"
              "ROLE,givenname,FamilyName,sourcedid,orgsourcedids,identifier,email,agentSourcedIds\n"
              "student,Ada,Dyer,u-1,org-1,P1,,\n"
              "student,Ben,Dyer,u-2,\"org-1\",P2,,\n"
              "teacher,Grace,Hopper,u-4,org-1,T1,,\n"
              "parent,Robert,Dyer,u-3,org-1,C1,r.dyer@example.org,\"u-1, u-2\"\n");
  const auto answer = import(place.path());
  CHECK(answer.report.added[FactKind::pupil] == 2);
  CHECK(answer.report.added[FactKind::relationship] == 2);
  CHECK(answer.report.issues.empty());
}

TEST_CASE_FIXTURE(ImportFixture,
                  "R1: the one school of the settings and the one of the set are the same, with a remark") {
  settings.schools.push_back({"CAM", "Cambridge School", "Europe/London", "GB", "", {}, {}, {}, {}});
  const auto answer = import();
  CHECK(issue(answer, "taken-for-the-same") != nullptr);
  CHECK(text("SELECT code FROM school") == "CAM");
  CHECK(count("SELECT count(*) FROM school") == 1);
}

TEST_CASE_FIXTURE(ImportFixture, "R1: a school without any time zone is refused before anything is written") {
  settings.district.timezone.clear();
  const auto answer = import();
  REQUIRE(answer.error);
  CHECK(answer.error->exit() == Exit::usage);
  CHECK(count("SELECT count(*) FROM person") == 0);
}

TEST_CASE_FIXTURE(ImportFixture, "R3: what cannot be read of a court order bars, and never lets hear") {
  settings.imports["oneroster"].columns = {{"court_order", "metadata.order"}};
  set["users"].add_column("metadata.order").set("u-3", "metadata.order", "see file");
  const auto answer = import();
  CHECK(issue(answer, "invalid-truth-value") != nullptr);
  CHECK(count("SELECT count(*) FROM relationship WHERE court_order = 1") == 2);
}

TEST_CASE_FIXTURE(ImportFixture,
                  "C1: a column that the settings map and the file lacks is an error that names it") {
  settings.imports["oneroster"].columns = {{"form", "metadata.form"}};
  const auto answer = import();
  REQUIRE(answer.error);
  CHECK(answer.error->exit() == Exit::refused_input);
  CHECK(answer.error->message().find("metadata.form") != std::string::npos);
}
