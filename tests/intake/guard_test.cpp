#include "intake/guard.hpp"

#include <fmt/format.h>

#include "fixture.hpp"

using namespace crier;
using test::ImportFixture;

namespace {

/// A school with `pupils` more pupils in a form, each with a guardian who has an address.
void add_families(test::OneRosterFiles& set, int pupils) {
  set["users"].add_column("metadata.form").add_column("metadata.order").add_column("metadata.relation");
  for (int i = 0; i < pupils; ++i) {
    set["users"].add({fmt::format("x-{}", i),
                      "",
                      "",
                      "true",
                      "org-1",
                      "student",
                      "",
                      "",
                      fmt::format("Given{}", i),
                      fmt::format("Family{}", i),
                      "",
                      fmt::format("X{}", i),
                      "",
                      "",
                      "",
                      "",
                      "10",
                      "",
                      "10A",
                      "",
                      ""});
    set["users"].add({fmt::format("g-{}", i),
                      "",
                      "",
                      "true",
                      "org-1",
                      "guardian",
                      "",
                      "",
                      fmt::format("Parent{}", i),
                      fmt::format("Family{}", i),
                      "",
                      fmt::format("G{}", i),
                      fmt::format("g{}@example.org", i),
                      fmt::format("07400 900{:03}", i),
                      "",
                      fmt::format("x-{}", i),
                      "",
                      "",
                      "",
                      i < 3 ? "true" : "",
                      i % 2 == 0 ? "mother" : "father"});
  }
}

struct Families : ImportFixture {
  Families() {
    add_families(set, 40);
    settings.imports["oneroster"].columns = {
        {"form", "metadata.form"}, {"court_order", "metadata.order"}, {"relation", "metadata.relation"}};
    REQUIRE_FALSE(import().error);
  }

  /// Imports, which must be held; the message.
  std::string held() {
    const auto before = count("SELECT count(*) FROM person_before");
    const auto answer = import();
    REQUIRE(answer.error);
    CHECK(answer.error->exit() == Exit::refused_by_rule);
    CHECK(answer.error->code() == "removal-guard");
    CHECK(answer.report.outcome == ImportOutcome::held);
    CHECK(count("SELECT count(*) FROM person_before") == before);
    return answer.error->message();
  }
  void set_all(const char* column, const char* value, const char* prefix) {
    for (int i = 0; i < 40; ++i) set["users"].set(fmt::format("{}-{}", prefix, i), column, value);
  }
};

std::vector<intake::Finding> judged(std::int64_t before, std::int64_t gone, std::int64_t changed) {
  store::Judgement judgement;
  judgement.effects.push_back({"pupil", "CAM", before, gone, changed});
  return intake::judge(judgement, 0.10);
}

bool says(const std::string& message, std::string_view words) {
  CAPTURE(message);
  CAPTURE(words);
  CHECK(message.find(words) != std::string::npos);
  return message.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("I7: five may always go or change, beyond that the share counts") {
  CHECK(judged(6, 5, 0).empty());
  CHECK(judged(60, 6, 0).empty());
  REQUIRE(judged(59, 6, 0).size() == 1);
  CHECK(judged(59, 6, 0).front().sentence == "remove 6 of 59 pupils of CAM");
  CHECK(judged(5, 0, 5).empty());
  CHECK(judged(8, 0, 6).empty());
  REQUIRE(judged(7, 0, 6).size() == 1);
  CHECK(judged(7, 0, 6).front().check == "changes");
  CHECK(judged(7, 0, 6).front().sentence == "change 6 of 7 pupils of CAM");
}

TEST_CASE("I7: a column is empty where nine of ten of its values are lost") {
  store::Judgement judgement;
  judgement.emptied.push_back({"pupil", "CAM", "form", 89, 11});
  CHECK(intake::judge(judgement, 0.10).empty());
  judgement.emptied.back() = {"pupil", "CAM", "form", 90, 10};
  REQUIRE(intake::judge(judgement, 0.10).size() == 1);
  CHECK(intake::judge(judgement, 0.10).front().sentence ==
        "empty the form of 90 of the 100 pupils of CAM that have one");
}

TEST_CASE("I7: ids are new where most of the gone are back by name") {
  store::Judgement judgement;
  judgement.rekeyed.push_back({"pupil", "CAM", 12, 6});
  CHECK(intake::judge(judgement, 0.10).empty());
  judgement.rekeyed.back() = {"pupil", "CAM", 11, 6};
  REQUIRE(intake::judge(judgement, 0.10).size() == 1);
  const auto text = intake::findings_text(intake::judge(judgement, 0.10));
  REQUIRE(intake::parse_findings(text).size() == 1);
  CHECK(intake::parse_findings(text).front().check == "new-ids");
  CHECK(intake::parse_findings(text).front().count == 6);
}

TEST_CASE_FIXTURE(Families, "I7: a form column that became empty holds the import and is named") {
  set_all("metadata.form", "", "x");
  says(held(), "empty the form of 40 of the 40 pupils of HAR");
  CHECK(count("SELECT count(*) FROM place WHERE form = '10A'") == 40);
}

TEST_CASE_FIXTURE(Families, "I7: e-mail addresses that became empty are told apart from telephone numbers") {
  set_all("email", "", "g");
  const auto message = held();
  says(message, "remove 40 of 83 addresses of HAR");
  says(message, "empty the e-mail address of 40 of the 41 contacts of HAR");
  CHECK(message.find("number") == std::string::npos);
}

TEST_CASE_FIXTURE(Families, "I7: numbers that a spreadsheet has spoilt are numbers lost") {
  set_all("sms", "7.40E+09", "g");
  says(held(), "empty the mobile number of 40 of the 41 contacts of HAR");
}

TEST_CASE_FIXTURE(Families,
                  "I7: relations that became empty hold the import, though the role stands in for them") {
  set_all("metadata.relation", "", "g");
  says(held(), "empty the relation of 40 of the 40 contacts of HAR");
}

TEST_CASE_FIXTURE(Families, "R3: court orders that all vanish hold the import, few as they are") {
  set_all("metadata.order", "", "g");
  says(held(), "empty the court order of 3 of the 3 contacts of HAR");
  // One that was lifted is daily life.
  for (int i = 1; i < 3; ++i) set["users"].set(fmt::format("g-{}", i), "metadata.order", "true");
  CHECK_FALSE(import().error);
}

TEST_CASE_FIXTURE(Families, "I7: relationships that are gone hold the import, counted by school") {
  for (int i = 0; i < 6; ++i) set["users"].set(fmt::format("g-{}", i), "agentSourcedIds", "");
  says(held(), "remove 6 of 42 relationships of HAR");
}

TEST_CASE_FIXTURE(Families, "I7: changes of more than three quarters of the pupils hold the import") {
  set_all("familyName", "Same", "x");
  const auto message = held();
  says(message, "change 40 of 42 pupils of HAR");
  CHECK(message.find("contacts") == std::string::npos);
  // Half of them is a busy night.
  for (int i = 0; i < 20; ++i)
    set["users"].set(fmt::format("x-{}", i), "familyName", fmt::format("Family{}", i));
  const auto half = import();
  CHECK_FALSE(half.error);
  CHECK(half.report.changed[FactKind::pupil] == 20);
}

TEST_CASE_FIXTURE(Families, "I7: ids that changed while names stayed are recognised") {
  for (int i = 0; i < 10; ++i) {
    set["users"].remove(fmt::format("x-{}", i));
    set["users"].add({fmt::format("new-{}", i),
                      "",
                      "",
                      "true",
                      "org-1",
                      "student",
                      "",
                      "",
                      fmt::format("Given{}", i),
                      fmt::format("Family{}", i),
                      "",
                      fmt::format("X{}", i),
                      "",
                      "",
                      "",
                      "",
                      "10",
                      "",
                      "10A",
                      "",
                      ""});
    set["users"].set(fmt::format("g-{}", i), "agentSourcedIds", fmt::format("new-{}", i));
  }
  says(held(), "bring back 10 of 10 gone pupils of HAR under other ids and the same names");
  // Few enough for the removal limit: the ids alone hold it.
  settings.imports["oneroster"].removal_limit = 1.0;
  const auto message = held();
  says(message, "under other ids");
  CHECK(message.find("remove") == std::string::npos);
}

TEST_CASE_FIXTURE(Families, "I7: the due dates of a gradebook that became empty hold the import") {
  for (int i = 0; i < 20; ++i) {
    set["lineItems"].add(
        {fmt::format("k-{}", i), "", "", "Work", "", "2026-11-02", "2026-11-13", "c-1", "", "", "0", "20"});
  }
  REQUIRE_FALSE(import().error);
  for (int i = 0; i < 20; ++i) set["lineItems"].set(fmt::format("k-{}", i), "dueDate", "");
  says(held(), "empty the due date of 20 of the 22 assignments of HAR");
}

TEST_CASE_FIXTURE(Families, "I7: two schools are judged apart") {
  set["orgs"].add({"org-2", "", "", "Small School", "school", "SMA", ""});
  for (int i = 0; i < 8; ++i) {
    set["users"].add({fmt::format("s-{}", i),
                      "",
                      "",
                      "true",
                      "org-2",
                      "student",
                      "",
                      "",
                      "Small",
                      fmt::format("One{}", i),
                      "",
                      fmt::format("S{}", i),
                      "",
                      "",
                      "",
                      "",
                      "10",
                      "",
                      "10A",
                      "",
                      ""});
  }
  REQUIRE_FALSE(import().error);
  for (int i = 0; i < 6; ++i) set["users"].remove(fmt::format("s-{}", i));
  settings.imports["oneroster"].removal_limit = 0.5;
  const auto message = held();
  says(message, "remove 6 of 8 pupils of SMA");
  CHECK(message.find("HAR") == std::string::npos);
}

TEST_CASE_FIXTURE(Families, "I7: the first import of a source is not judged, nor one said to be") {
  set_all("metadata.form", "", "x");
  request.round = intake::Round::first;
  CHECK_FALSE(import().error);
}
