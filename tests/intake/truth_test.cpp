#include <boost/json/object.hpp>
#include <cstdlib>

#include "base/os.hpp"
#include "fixture.hpp"
#include "format/json.hpp"

using namespace crier;
using test::ImportFixture;

namespace {

const std::filesystem::path shared = std::filesystem::path(CRIER_SOURCE_DIR) / "../shared";

std::int64_t count_issues(const intake::ImportAnswer& answer, std::string_view reason) {
  std::int64_t found = 0;
  for (const auto& issue : answer.report.issues) found += issue.reason == reason;
  return found;
}

/// A generated set with its truth.
boost::json::object generate(const test::TemporaryFolder& place, const std::string& options) {
  const auto command = "python3 '" CRIER_SOURCE_DIR "/tests/bench/gen_oneroster.py' '" +
                       place.path().string() + "' " + options + " > /dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
  return format::parse_json(os::read_file(place / "truth.json"), "truth.json").as_object();
}

struct TruthFixture : ImportFixture {
  test::TemporaryFolder place;
  boost::json::object truth;

  std::int64_t said(std::string_view key) const { return truth.at(key).as_int64(); }
  std::int64_t said(std::string_view key, std::string_view kind, std::string_view fault = "") const {
    const auto* by_kind = truth.if_contains(key);
    if (by_kind == nullptr) return 0;
    const auto* one = by_kind->as_object().if_contains(kind);
    if (one == nullptr) return 0;
    if (fault.empty()) return one->as_int64();
    const auto* count = one->as_object().if_contains(fault);
    return count == nullptr ? 0 : count->as_int64();
  }
};

}  // namespace

TEST_CASE_FIXTURE(TruthFixture, "I1: a generated district comes out as its truth says") {
  truth = generate(place, "--pupils 2000 --enrollments 6000 --results 20000");
  const auto answer = import(place.path());
  CHECK_FALSE(answer.error);
  const auto& added = answer.report.added;
  CHECK(added[FactKind::pupil] == said("pupils"));
  CHECK(added[FactKind::contact] == said("guardians"));
  CHECK(added[FactKind::staff] == said("staff"));
  CHECK(added[FactKind::group] == said("classes"));
  CHECK(added[FactKind::membership] == said("enrollments"));
  CHECK(added[FactKind::assignment] == said("lineItems"));
  CHECK(added[FactKind::mark] == said("results"));
  CHECK(count_issues(answer, "invalid-email") == said("email_invalid"));
  CHECK(count_issues(answer, "invalid-phone") == said("phone_invalid"));
  CHECK(static_cast<std::int64_t>(answer.report.issues.size()) ==
        said("email_invalid") + said("phone_invalid"));
  CHECK(count("SELECT count(*) FROM mark WHERE status = 'not-submitted'") == said("results_missing"));
  CHECK(import(place.path()).report.outcome == ImportOutcome::unchanged);
}

TEST_CASE_FIXTURE(TruthFixture,
                  "I8: of a dirty set exactly the planted rows are lost and every fault is told") {
  truth = generate(place, "--pupils 1500 --enrollments 4500 --results 8000 --dirty 0.02");
  const auto answer = import(place.path());
  CHECK_FALSE(answer.error);
  const auto& added = answer.report.added;
  const auto pupils_lost = said("lost", "pupil");
  const auto contacts_lost = said("lost", "contact");
  CHECK(pupils_lost + contacts_lost > 0);
  CHECK(added[FactKind::pupil] == said("pupils") - pupils_lost);
  CHECK(added[FactKind::contact] == said("guardians") - contacts_lost);
  std::int64_t short_rows = 0, no_ids = 0, bad_dates = 0, bad_statuses = 0;
  for (const auto* kind : {"pupil", "contact", "enrollment", "result"}) {
    short_rows += said("dirty", kind, "short");
    no_ids += said("dirty", kind, "no-id");
    bad_dates += said("dirty", kind, "bad-date");
    bad_statuses += said("dirty", kind, "bad-status");
  }
  CHECK(count_issues(answer, "short-row") == short_rows);
  CHECK(count_issues(answer, "missing-id") == no_ids);
  CHECK(count_issues(answer, "invalid-date") == bad_dates);
  CHECK(count_issues(answer, "invalid-status") == bad_statuses);
}

TEST_CASE_FIXTURE(TruthFixture, "I7: a generated set cut at 60 % leaves the roster whole") {
  truth = generate(place, "--pupils 800 --enrollments 2400 --results 0");
  import(place.path());
  generate(place, "--pupils 800 --enrollments 2400 --results 0 --truncate-users 0.6");
  const auto cut = import(place.path());
  REQUIRE(cut.error);
  CHECK(cut.error->code() == "removal-guard");
  CHECK(count("SELECT count(*) FROM place WHERE kind = 'pupil' AND status = 'active'") == said("pupils"));
}

TEST_CASE_FIXTURE(ImportFixture,
                  "I1, I8: real sets come in with the counts of their rows, or are refused with the reason") {
  const auto corpus = shared / "corpus/oneroster";
  if (!std::filesystem::exists(corpus)) {
    MESSAGE("skipped: the corpus is not here");
    return;
  }
  struct Expected {
    const char* set;
    std::int64_t pupils, contacts, staff, groups, memberships;
    /// Empty: it comes in.
    const char* refusal;
  };
  const Expected table[] = {
      {"mockroster-v1p1", 140, 0, 40, 72, 305, ""},
      {"mockroster-v1p1-original.zip", 140, 0, 40, 72, 305, ""},
      {"mockroster-v1p1-broken", 0, 0, 0, 0, 0, "'role' more than once"},
      // One class of two is to be deleted, with three of six enrollments.
      {"moodle-v1p1-full", 3, 1, 2, 1, 3, ""},
      {"moodle-v1p1-full.zip", 3, 1, 2, 1, 3, ""},
      {"moodle-v1p1-minimal", 3, 1, 2, 2, 6, ""},
      {"moodle-v1p1-minimal.zip", 3, 1, 2, 2, 6, ""},
      {"moodle-v1p2-delta", 1, 0, 0, 1, 1, ""},
      {"moodle-v1p2-delta.zip", 1, 0, 0, 1, 1, ""},
      // Every role of this set ended in 2025: nobody in it has a place today.
      {"moodle-v1p2-full", 0, 0, 0, 0, 0, ""},
      {"moodle-v1p2-full.zip", 0, 0, 0, 0, 0, ""},
      {"oat-v1p1-base", 2, 0, 0, 3, 3, ""},
      {"rest-v1p1", 0, 0, 0, 0, 0, "no manifest.csv"},
  };
  for (const auto& expected : table) {
    CAPTURE(expected.set);
    ImportFixture fresh;
    const auto answer = fresh.import(corpus / expected.set);
    CHECK(answer.report.added[FactKind::pupil] == expected.pupils);
    CHECK(answer.report.added[FactKind::contact] == expected.contacts);
    CHECK(answer.report.added[FactKind::staff] == expected.staff);
    CHECK(answer.report.added[FactKind::group] == expected.groups);
    CHECK(answer.report.added[FactKind::membership] == expected.memberships);
    if (*expected.refusal == '\0') {
      CHECK_FALSE(answer.error);
      CHECK(fresh.import(corpus / expected.set).report.outcome == ImportOutcome::unchanged);
    } else {
      REQUIRE(answer.error);
      CHECK(answer.error->message().find(expected.refusal) != std::string::npos);
    }
  }
}

TEST_CASE_FIXTURE(ImportFixture, "I1: roles that have ended leave a set without people, and each is told") {
  const auto corpus = shared / "corpus/oneroster/moodle-v1p2-full";
  if (!std::filesystem::exists(corpus)) {
    MESSAGE("skipped: the corpus is not here");
    return;
  }
  clock.set(*parse_rfc3339("2025-06-02T08:00:00Z"));  // while they lasted
  const auto answer = import(corpus);
  CHECK(answer.report.added[FactKind::pupil] == 3);
  CHECK(answer.report.added[FactKind::staff] == 3);
}
