// An export in another order than the last one: rows are told again by walking beside the store, which must
// find them wherever they stand.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "fixture.hpp"

namespace crier::test {
namespace {

constexpr int pupils = 600;

/// A school of many pupils, in this order.
OneRosterFiles many_pupils(const std::vector<int>& order) {
  auto set = small_school();
  for (const int i : order) {
    const auto id = std::to_string(i);
    set["users"].add({"x-" + id, "", "", "true", "org-1", "student", "", "", "Ada", "Dyer", "", "X" + id, "",
                      "", "", "", "10", ""});
  }
  return set;
}

std::vector<int> counted() {
  std::vector<int> order(pupils);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

/// Every 7th, from the start again and again: no row follows the one it followed before.
std::vector<int> shuffled() {
  std::vector<int> order(pupils);
  for (int i = 0; i < pupils; ++i) order[static_cast<std::size_t>(i)] = i * 7 % pupils;
  return order;
}

}  // namespace

TEST_CASE_FIXTURE(ImportFixture, "I6: the same set in another order is unchanged") {
  set = many_pupils(counted());
  REQUIRE(import().report.outcome == ImportOutcome::applied);
  SUBCASE("backwards") {
    auto order = counted();
    std::reverse(order.begin(), order.end());
    set = many_pupils(order);
  }
  SUBCASE("shuffled") {
    set = many_pupils(shuffled());
  }
  SUBCASE("half and half") {
    auto order = counted();
    std::rotate(order.begin(), order.begin() + pupils / 2, order.end());
    set = many_pupils(order);
  }
  CHECK(import().report.outcome == ImportOutcome::unchanged);
  CHECK(count("SELECT count(*) FROM person") == pupils + 4);
}

TEST_CASE_FIXTURE(ImportFixture,
                  "I6: new, changed and missing rows are told apart in whatever order they come") {
  set = many_pupils(counted());
  REQUIRE(import().report.outcome == ImportOutcome::applied);
  SUBCASE("in the old order") {
    set = many_pupils(counted());
  }
  SUBCASE("shuffled") {
    set = many_pupils(shuffled());
  }
  set["users"].set("x-300", "familyName", "Hopper").remove("x-301");
  set["users"].add({"x-new", "", "", "true", "org-1", "student", "", "", "Eve", "New", "", "XN", "", "", "",
                    "", "10", ""});
  const auto answer = import();
  CHECK(answer.report.added[FactKind::pupil] == 1);
  CHECK(answer.report.changed[FactKind::pupil] == 1);
  CHECK(answer.report.removed[FactKind::pupil] == 1);
  CHECK(text("SELECT family FROM person WHERE source_id = 'x-300'") == "Hopper");
}

}  // namespace crier::test
