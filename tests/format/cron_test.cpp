#include "format/cron.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.hpp"
#include "base/text.hpp"

using namespace crier;
using format::Cron;

namespace {

LocalTime local(std::string_view text) {
  return parse_local(text).value();
}

std::string next(std::string_view expression, std::string_view from) {
  const auto found = Cron::parse(expression).next(local(from));
  return found ? to_iso(*found) : "never";
}

std::string refusal(std::string_view expression) {
  try {
    Cron::parse(expression);
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::usage);
    return error.message();
  }
  return "";
}

const std::filesystem::path corpus = CRIER_SOURCE_DIR "/../shared/corpus/cron";

std::vector<std::vector<std::string>> rows(const char* file) {
  std::vector<std::vector<std::string>> all;
  std::ifstream in(corpus / file);
  if (!in) MESSAGE("skipped: no corpus");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    auto& row = all.emplace_back();
    for (const auto cell : split(line, '\t')) row.emplace_back(cell);
  }
  return all;
}

/// `Mon Jul 9 14:59:59 2012`: the corpus's times; nothing for those with an offset.
std::optional<LocalTime> corpus_time(const std::string& text) {
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::istringstream in(text);
  std::string weekday, month, clock;
  int day = 0, year = 0;
  if (!(in >> weekday >> month >> day >> clock >> year)) return std::nullopt;
  const auto number = std::find(months.begin(), months.end(), month) - months.begin() + 1;
  const Date date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(number)),
                  std::chrono::day(static_cast<unsigned>(day)));
  return parse_local(to_iso(date) + "T" + clock);
}

}  // namespace

TEST_CASE("T1: a cron expression fires where crontab(5) says") {
  const auto friday = Cron::parse("0 16 * * fri");
  CHECK(friday.matches(local("2026-11-27T16:00")));
  CHECK_FALSE(friday.matches(local("2026-11-27T16:01")));
  CHECK_FALSE(friday.matches(local("2026-11-26T16:00")));
  CHECK(next("0 16 * * fri", "2026-11-27T16:00") == "2026-11-27T16:00:00");
  CHECK(next("0 16 * * fri", "2026-11-27T16:00:01") == "2026-12-04T16:00:00");
  CHECK(next("*/20 8-9 * * *", "2026-11-27T08:41") == "2026-11-27T09:00:00");
  CHECK(next("5 4 * SEP-oct *", "2026-11-27") == "2027-09-01T04:05:00");
  CHECK(next("0 0 29 2 *", "2026-01-01") == "2028-02-29T00:00:00");
  CHECK(next("0,30 7 1,15 * *", "2026-11-01T07:30:30") == "2026-11-15T07:00:00");
}

TEST_CASE("T1: either day field will do where both are restricted, both where one begins with a star") {
  CHECK(next("0 8 13 * fri", "2026-11-10") == "2026-11-13T08:00:00");
  CHECK(next("0 8 14 * fri", "2026-11-13T09:00") == "2026-11-14T08:00:00");
  CHECK(next("0 8 14 * fri", "2026-11-14T09:00") == "2026-11-20T08:00:00");
  CHECK(next("0 8 */2 * fri", "2026-11-14") == "2026-11-27T08:00:00");  // the 20th is no odd day
  CHECK(next("0 8 1 * *", "2026-11-14") == "2026-12-01T08:00:00");
}

TEST_CASE("T1: Sunday is 0, 7 and sun, also as the end of a range") {
  for (const char* sunday : {"0", "7", "sun", "SUN", "7/2"}) {
    CAPTURE(sunday);
    CHECK(next(std::string("0 0 * * ") + sunday, "2026-11-23") == "2026-11-29T00:00:00");
  }
  CHECK(next("0 0 * * sat-sun", "2026-11-29") == "2026-11-29T00:00:00");
  CHECK(next("0 0 * * 5-7", "2026-11-28T01:00") == "2026-11-29T00:00:00");
  CHECK(next("0 0 * * mon/2", "2026-11-28") == "2026-11-30T00:00:00");
}

TEST_CASE("T1: nicknames stand for their expressions") {
  CHECK(next("@hourly", "2026-11-23T10:01") == "2026-11-23T11:00:00");
  CHECK(next("@Daily", "2026-11-23T10:01") == "2026-11-24T00:00:00");
  CHECK(next("@weekly", "2026-11-23T10:01") == "2026-11-29T00:00:00");
  CHECK(next("@monthly", "2026-11-23T10:01") == "2026-12-01T00:00:00");
  CHECK(next("@yearly", "2026-11-23T10:01") == "2027-01-01T00:00:00");
}

TEST_CASE("T1: a fault in a cron expression names the field and the value") {
  CHECK(refusal("60 0 * * *") == "cron: '60' as minute is not within 0-59");
  CHECK(refusal("0 24 * * *") == "cron: '24' as hour is not within 0-23");
  CHECK(refusal("0 0 0 * *") == "cron: '0' as day of the month is not within 1-31");
  CHECK(refusal("0 0 * 13 *") == "cron: '13' as month is not within 1-12");
  CHECK(refusal("0 0 * * XYZ") == "cron: 'XYZ' as day of the week is neither a number nor a name");
  CHECK(refusal("5-3 * * * *") == "cron: '5-3' as minute is a range that runs backwards");
  CHECK(refusal("*/0 * * * *") == "cron: '*/0' as minute has a step below 1");
  CHECK(refusal("1,,2 * * * *") == "cron: '1,,2' as minute lacks a value");
  CHECK(refusal("0 16 * *") == "cron: '0 16 * *' has 4 fields, not five");
  CHECK(refusal("@hourl") == "cron: '@hourl' is not known; did you mean '@hourly'?");
  CHECK(refusal("") == "cron: '' has 0 fields, not five");
  CHECK(refusal("99999999999 * * * *").find("minute") != std::string::npos);
}

TEST_CASE("T1: an expression that never fires is refused") {
  CHECK(refusal("0 0 31 2 *").find("never fires") != std::string::npos);
  CHECK(refusal("0 0 31 4,6,9,11 *").find("never fires") != std::string::npos);
  CHECK(refusal("0 0 31 2 mon").empty());
  CHECK(refusal("0 0 29 2 *").empty());
}

TEST_CASE("T1: the expressions of the corpus fire when they should") {
  for (const auto& row : rows("activation.tsv")) {
    CAPTURE(row[0]);
    CAPTURE(row[1]);
    // The other reading of cron: there `*/10` counts as restricted.
    if (row[1] == "* * */10 * Sun") continue;
    CHECK(Cron::parse(row[1]).matches(corpus_time(row[0]).value()) == (row[2] == "true"));
  }
}

TEST_CASE("T1: the next times of the corpus are found") {
  int compared = 0;
  for (const auto& row : rows("next.tsv")) {
    const auto from = corpus_time(row[0]);
    if (!from || !row[1].starts_with("0 ")) continue;  // zones are occurrence's business, seconds nobody's
    const auto expression = row[1].substr(2);
    CAPTURE(row[0]);
    CAPTURE(expression);
    // The two readings of `*/n` again, and `Feb Mon/2` is the same in both.
    if (expression.find("*/5") != std::string::npos) continue;
    if (row[2].empty()) {
      CHECK(refusal(expression).find("never fires") != std::string::npos);
    } else {
      CHECK(to_iso(Cron::parse(expression).next(*from + std::chrono::seconds(1)).value()) ==
            to_iso(corpus_time(row[2]).value()));
    }
    ++compared;
  }
  if (std::filesystem::exists(corpus)) CHECK(compared >= 12);
}

TEST_CASE("T1: the invalid expressions of the corpus are refused") {
  std::ifstream in(corpus / "invalid.txt");
  if (!in) MESSAGE("skipped: no corpus");
  std::string line;
  while (std::getline(in, line)) {
    CAPTURE(line);
    CHECK_FALSE(refusal(line).empty());
  }
}
