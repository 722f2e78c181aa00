#include "base/instant.hpp"

#include <doctest/doctest.h>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/zone.hpp"

using namespace crier;

TEST_CASE("S7: an RFC 3339 time is read with its offset and written in UTC") {
  CHECK(to_rfc3339(*parse_rfc3339("2026-11-25T08:00:00+01:00")) == "2026-11-25T07:00:00Z");
  CHECK(to_rfc3339(*parse_rfc3339("2026-11-25T08:00:00.25Z")) == "2026-11-25T08:00:00.250Z");
  CHECK_FALSE(parse_rfc3339("2026-11-25T08:00:00"));
  CHECK_FALSE(parse_rfc3339("2026-02-29T08:00:00Z"));
  CHECK_FALSE(parse_rfc3339("2026-11-25T24:00:00Z"));
}

TEST_CASE("M8: a mail's date is written with its offset") {
  CHECK(to_rfc5322(*parse_rfc3339("2026-07-01T12:00:00Z"), std::chrono::hours(-4)) ==
        "Wed, 01 Jul 2026 08:00:00 -0400");
}

TEST_CASE("T6: a wall time in the gap happens at the gap's end, a repeated one first") {
  const Zone london("Europe/London");
  const auto gap = london.map(*parse_local("2026-03-29T01:30"));
  CHECK(gap.kind == Zone::Mapping::Kind::gap);
  CHECK(to_rfc3339(gap.first) == "2026-03-29T01:00:00Z");
  const auto twice = london.map(*parse_local("2026-10-25T01:30"));
  CHECK(twice.kind == Zone::Mapping::Kind::overlap);
  CHECK(to_rfc3339(twice.first) == "2026-10-25T00:30:00Z");
  CHECK(to_rfc3339(twice.last) == "2026-10-25T01:30:00Z");
  CHECK(to_iso(london.local(*parse_rfc3339("2090-07-01T12:00:00Z"))) == "2090-07-01T13:00:00");
  CHECK_THROWS_AS(Zone("Europe/Londn"), Error);
}

TEST_CASE("CRIER_CLOCK takes a time or an offset and nothing else") {
  CHECK(clock_from_setting("+36h").offset() == std::chrono::hours(36));
  CHECK(clock_from_setting("-86400s").offset() == std::chrono::hours(-24));
  const auto started = clock_from_setting("2026-11-25T08:00:00Z");
  CHECK(started.now() - *parse_rfc3339("2026-11-25T08:00:00Z") < std::chrono::seconds(5));
  for (const char* bad :
       {"", "36h", "+h", "+36", "tomorrow", "+99999999999999999999s", "+9999999999999999d"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(clock_from_setting(bad), Error);
  }
}
