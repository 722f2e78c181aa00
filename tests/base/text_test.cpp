#include "base/text.hpp"

#include <doctest/doctest.h>

#include "base/secret.hpp"

using namespace crier;

TEST_CASE("A1: names compare without case and accents") {
  CHECK(fold("Đặng") == "dang");
  CHECK(fold("Łukaszewski") == fold("LUKASZEWSKI"));
  CHECK(fold("Nin\u0303o") == fold("niño"));
  CHECK(fold("  Ski   Trip\t2018 ") == "ski trip 2018");
  CHECK(fold("O’Brien") == "o'brien");
  CHECK(fold("Zoë\u00a0Ann") == "zoe ann");
}

TEST_CASE("M1: characters are what a reader sees") {
  CHECK(count_graphemes("Zoë") == 3);
  CHECK(count_graphemes("e\u0301") == 1);
  CHECK(count_graphemes("👨‍👩‍👧‍👦🇬🇧") == 2);
  CHECK(count_utf16_units("a👍") == 3);
  CHECK(display_columns("王a") == 3);
}

TEST_CASE("I8: bytes that are not UTF-8 are told apart") {
  CHECK(is_utf8("Zoë 王 👍"));
  CHECK_FALSE(is_utf8("Zo\xeb"));
  CHECK_FALSE(is_utf8("\xed\xa0\x80"));  // a surrogate
  CHECK_FALSE(is_utf8("\xc0\xaf"));      // overlong
  CHECK_FALSE(is_utf8("abc\xe2\x82"));   // cut
}

TEST_CASE("C2: what nobody sees goes from the ends and stays inside") {
  CHECK(trim_invisible("\u200bbob@example.org\u00a0") == "bob@example.org");
  CHECK(trim_invisible("\ufeff07700 900123") == "07700 900123");
  CHECK(trim_invisible(" \t ") == "");
}

TEST_CASE("A1: a slip of the pen finds the nearest word") {
  const std::vector<std::string> words{"send", "status", "schedule"};
  CHECK(nearest("sned", words) == "send");
  CHECK(nearest("stat", words) == "status");
  CHECK(nearest("zebra", words).empty());
}

TEST_CASE("P1: secrets and addresses print themselves hidden") {
  CHECK(fmt::format("{}", Secret("hunter2")) == "(hidden)");
  CHECK(fmt::format("{}", Masked("ann.dyer@example.org")) == "a…@example.org");
  CHECK(fmt::format("{}", Masked("+447400900123")) == "+44…23");
}

TEST_CASE("M2: a reader's language is found as BCP 47, as ISO 639-2 and in words") {
  const std::vector<std::string> languages{"en", "es", "zh-Hans"};
  for (const auto& [wanted, place] :
       std::vector<std::pair<const char*, std::size_t>>{{"es", 1},
                                                        {"es-MX", 1},
                                                        {"ES_mx", 1},
                                                        {"spa", 1},
                                                        {"Spanish", 1},
                                                        {" espa\u00f1ol ", 1},
                                                        {"zh", 2},
                                                        {"zh-CN", 2},
                                                        {"zh-Hant-TW", 2},
                                                        {"chi", 2},
                                                        {"Mandarin (simplified)", 2},
                                                        {"\u4e2d\u6587", 2},
                                                        {"eng", 0}}) {
    CAPTURE(wanted);
    REQUIRE(best_language(languages, wanted));
    CHECK(*best_language(languages, wanted) == place);
  }
  for (const auto* none : {"", "fr", "French", "x", "esperanto", "spanglish"}) {
    CAPTURE(none);
    CHECK(!best_language(languages, none));
  }
}
