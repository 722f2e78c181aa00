#include <doctest/doctest.h>

#include "base/error.hpp"
#include "config/settings.hpp"

using namespace crier;
using namespace crier::config;

namespace {

using std::chrono::days;

Retention retention(const std::string& text) {
  return parse_settings("[retention]\n" + text, "crier.toml").retention;
}

std::string refused(const std::string& text) {
  try {
    retention(text);
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::usage);
    CHECK(!error.hint().empty());
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("P1: without settings each kind is kept as a school would choose") {
  for (const auto& settings : {parse_settings("", "crier.toml"), Settings()}) {
    CHECK(settings.retention.of(DataKind::words) == days(400));
    CHECK(settings.retention.of(DataKind::deliveries) == days(1100));
    CHECK(settings.retention.of(DataKind::import_rows) == days(90));
    for (const auto kind : {DataKind::bounces, DataKind::leavers, DataKind::audit}) {
      CHECK(!settings.retention.of(kind));
    }
  }
}

TEST_CASE("P1: every kind takes a duration or keep, what is not named stays as it is") {
  for (const auto kind : all_data_kinds) {
    const std::string key(to_text(kind));
    CHECK(retention(key + " = \"500d\"").of(kind) == days(500));
    CHECK(!retention(key + " = \"KEEP\"").of(kind));
    CHECK(retention(key + " = 9000000").of(kind) == std::chrono::seconds(9'000'000));
    for (const auto other : all_data_kinds) {
      if (other != kind) CHECK(retention(key + " = \"500d\"").of(other) == Retention().of(other));
    }
  }
}

TEST_CASE("P1: a limit below which a rule would go wrong is refused with its line") {
  CHECK(refused("words = \"13d\"").find("crier.toml:2") != std::string::npos);
  CHECK(refused("words = \"14d\"").empty());
  CHECK(refused("deliveries = \"29d\"").find("below 30 days") != std::string::npos);
  CHECK(refused("audit = \"89d\"").find("below 90 days") != std::string::npos);
  CHECK(refused("import_rows = \"0s\"").find("below 1 days") != std::string::npos);
  CHECK(refused("words = \"long\"").find("not a duration") != std::string::npos);
  CHECK(refused("words = \"\"") != "");
  CHECK(refused("words = false") != "");
  CHECK(refused("wrods = \"400d\"").find("wrods") != std::string::npos);
  for (const auto* key : {"words", "deliveries", "staff_mails"}) {
    CAPTURE(key);
    CHECK(refused(std::string(key) + " = \"40d\"\n[bounces]\nlongest_way = \"41d\"").find("longest_way") !=
          std::string::npos);
  }
}
