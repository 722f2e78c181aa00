// `[[district.term]]` and `[[school.term]]`, by which `report --term` goes.
#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"
#include "config/settings.hpp"

using namespace crier;
using namespace crier::config;

namespace {

Settings parse(const std::string& toml) {
  return parse_settings(toml, "/srv/crier/crier.toml");
}

Error refusal(const std::string& toml) {
  try {
    parse(toml);
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::usage);
    return error;
  }
  FAIL("accepted: " << toml);
  return Error(Exit::defect, "", "", "");
}

std::string school(const std::string& rest) {
  return "[[school]]\ncode = \"CAM\"\ntimezone = \"Europe/London\"\n" + rest;
}

}  // namespace

TEST_CASE("S3: terms are read in order, a school's and the district's, and each day belongs to one") {
  const auto settings =
      parse("[[district.term]]\nname = \"All\"\nfrom = 2026-09-01\nto = 2027-07-21\n" +
            school("[[school.term]]\nname = \"Spring\"\nfrom = 2027-01-04\nto = 2027-03-26\n"
                   "[[school.term]]\nname = \"Autumn\"\nfrom = 2026-09-01\nto = 2026-12-18\n"));
  REQUIRE(settings.district.terms.size() == 1);
  REQUIRE(settings.schools.front().terms.size() == 2);
  CHECK(settings.schools.front().terms.front().name == "Autumn");
  CHECK(to_iso(settings.schools.front().terms.front().last) == "2026-12-18");
  const auto term = [](const char* rest) { return school(std::string("[[school.term]]\n") + rest); };
  CHECK(refusal(term("name = \"A\"\nfrom = 2026-12-18\nto = 2026-09-01\n")).message().find("crier.toml:7") !=
        std::string::npos);
  CHECK(refusal(term("name = \"A\"\nfrom = 2026-09-01\n")).code() == "missing-key");
  CHECK(refusal(term("name = \"A\"\nfrom = \"2026-09-01\"\nto = 2026-12-18\n")).code() == "bad-value");
  CHECK(refusal(term("name = \"A\"\nfrom = 2026-09-01\nto = 2026-12-18\nthru = 1\n")).code() ==
        "unknown-key");
  CHECK(refusal(term("name = \"A\"\nfrom = 2026-09-01\nto = 2026-12-18\n[[school.term]]\nname = \"B\"\n"
                     "from = 2026-12-18\nto = 2027-03-01\n"))
            .message()
            .find("overlap the term A") != std::string::npos);
}
