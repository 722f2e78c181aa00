#include "base/scrub.hpp"

#include <doctest/doctest.h>

using namespace crier;

TEST_CASE("P1: a name goes out of a text as a whole word, however it is written") {
  const Scrubber names({"Ada Dyer", "DYER, Ada", "a.dyer@example.org", ":P1"});
  CHECK(names.scrub("Dear Ada Dyer, ADA DYER and ada dyer.") == "Dear XXXX, XXXX and XXXX.");
  CHECK(names.scrub("DYER, Ada; <a.dyer@example.org>") == "XXXX; <XXXX>");
  CHECK(names.scrub("Ada Dyers, Wada Dyer, xa.dyer@example.org") ==
        "Ada Dyers, Wada Dyer, xa.dyer@example.org");
  CHECK(names.scrub("pupil:P1 and pupil:P12, P1") == "pupil:XXXX and pupil:P12, P1");
  CHECK(names.scrub("Ada DyerAda Dyer") == "Ada DyerAda Dyer");
  CHECK(names.scrub("Ada Dyer") == "XXXX");
  CHECK(names.scrub("") == "");
  CHECK(!names.mentions("nobody"));
}

TEST_CASE("P1: letters beyond ASCII bound words, and scripts without blanks need none") {
  CHECK(Scrubber({"Zoë"}).scrub("Zoë, ZOË, Zoëlle") == "XXXX, XXXX, Zoëlle");
  CHECK(Scrubber({"\xE7\x8E\x8B\xE5\xB0\x8F\xE6\x98\x8E"})
            .scrub("\xE8\xAF\xB7\xE7\x8E\x8B\xE5\xB0\x8F\xE6\x98\x8E\xE6\x9D\xA5") ==
        "\xE8\xAF\xB7XXXX\xE6\x9D\xA5");
}

TEST_CASE("P1: what would stand in every text is no form, and the longest form wins") {
  CHECK(Scrubber({"", "a", "I"}).empty());
  CHECK(Scrubber({"Ada", "Ada Dyer"}).scrub("Ada Dyer and Ada") == "XXXX and XXXX");
}
