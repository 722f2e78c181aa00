#include <doctest/doctest.h>

#include "base/error.hpp"
#include "config/settings.hpp"

using namespace crier;
using namespace crier::config;

namespace {

Settings parse(std::string_view toml) {
  return parse_settings(toml, "/tmp/crier.toml");
}

Exit refusal(std::string_view toml) {
  try {
    (void)parse(toml);
  } catch (const Error& error) {
    CHECK(error.message().find("crier.toml:") != std::string::npos);
    return error.exit();
  }
  return Exit::done;
}

}  // namespace

TEST_CASE("D8: a wallet is there where its table is, with the limits of a school") {
  CHECK_FALSE(parse("").wallet);
  const auto plain = parse("[wallet]\n").wallet;
  REQUIRE(plain);
  CHECK(plain->per == WalletRules::Per::district);
  CHECK(plain->emergency_reserve == 0);
  CHECK(plain->warn_below == 10'000);
  const auto own = parse("[wallet]\nper = \"school\"\nemergency_reserve = 12.5\nwarn_below = 0\n").wallet;
  CHECK(own->per == WalletRules::Per::school);
  CHECK(own->emergency_reserve == 1250);
  CHECK(own->warn_below == 0);
  for (const auto* bad : {"[wallet]\nper = \"form\"", "[wallet]\nreserve = 5", "[wallet]\nwarn_below = 0.001",
                          "[wallet]\nemergency_reserve = -1", "wallet = true"}) {
    CAPTURE(bad);
    CHECK(refusal(bad) == Exit::usage);
  }
}
