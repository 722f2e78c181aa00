#include "model/points.hpp"

#include <doctest/doctest.h>

using namespace crier;

TEST_CASE("D8: points are hundredths, read and written without a floating-point number") {
  CHECK(parse_points("1500") == 150'000);
  CHECK(parse_points("12.50") == 1250);
  CHECK(parse_points("12.5") == 1250);
  CHECK(parse_points("0.07") == 7);
  CHECK(parse_points("-3.25") == -325);
  CHECK(parse_points("+1") == 100);
  CHECK(parse_points("10000000") == most_points);
  for (const auto* bad : {"", "-", ".", "1.", ".5", "1.505", "1,5", "1 000", "1e3", "0x1", "10000000.01",
                          "99999999999", "--5", "5-", "NaN", "\xd9\xa1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_points(bad));
  }
  CHECK(points_text(150'000) == "1500.00");
  CHECK(points_text(-7) == "-0.07");
  CHECK(points_text(0) == "0.00");
  for (std::int64_t value = -1234; value <= 1234; ++value) CHECK(parse_points(points_text(value)) == value);
}
