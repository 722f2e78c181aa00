// What is typed is read as an import's cells are (R4), or refused with what to write instead.
#include "office/entered.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"
#include "office_case.hpp"

using namespace crier;
using namespace crier::office;

namespace {

std::string read(const AddressFact& address) {
  return std::string(to_text(address.kind)) + " " + std::string(address.use) + " " + address.normal;
}

template <typename Call>
std::string code_of(Call&& call) {
  return test::error_of(call).code();
}

}  // namespace

TEST_CASE("R4: an e-mail address with its use, or by itself: work of staff, home of others") {
  CHECK(read(entered_email("ann@Example.org", PersonKind::contact)) == "email home ann@example.org");
  CHECK(read(entered_email("ann@example.org", PersonKind::staff)) == "email work ann@example.org");
  CHECK(read(entered_email(" Work: ann@example.org ", PersonKind::contact)) == "email work ann@example.org");
  CHECK(read(entered_email("home:\"a:b\"@example.org", PersonKind::contact)) ==
        "email home \"a:b\"@example.org");
  CHECK(read(entered_email("\"a:b\"@example.org", PersonKind::contact)) == "email home \"a:b\"@example.org");
  CHECK(code_of([] { entered_email("mobile:ann@example.org", PersonKind::contact); }) == "unknown-use");
  CHECK(code_of([] { entered_email("home:", PersonKind::contact); }) == "invalid-email");
  CHECK(code_of([] { entered_email("", PersonKind::contact); }) == "invalid-email");
}

TEST_CASE("R4: a number by the school's country, with the kind of its line, and nothing guessed") {
  CHECK(read(entered_phone("07400 123456", "GB")) == "phone mobile +447400123456");
  CHECK(entered_phone("home: 020 7946 0123", "GB").line == PhoneLine::landline);
  CHECK(read(entered_phone("work:+33 6 12 34 56 78", "")) == "phone work +33612345678");
  CHECK(code_of([] { entered_phone("4.477E+11", "GB"); }) == "invalid-phone");
  CHECK(code_of([] { entered_phone("07400 123456", ""); }) == "invalid-phone");
  CHECK(code_of([] { entered_phone("fax:07400 123456", "GB"); }) == "unknown-use");
}

TEST_CASE("R2, R6: languages, dates and lines of text are what they say to be") {
  CHECK(entered_language(" ZH-Hant-TW ") == "zh-hant-tw");
  CHECK(entered_language("").empty());
  for (const char* bad : {"polish", "e", "en-", "en_GB", "12"}) {
    CAPTURE(bad);
    CHECK(code_of([&] { entered_language(bad); }) == "bad-language");
  }
  CHECK(entered_date("--born", "2010-02-28") == "2010-02-28");
  CHECK(code_of([] { entered_date("--born", "2010-02-30"); }) == "bad-date");
  CHECK(entered_line("--family", "\u00a0O’Hara\u200b") == "O’Hara");
  CHECK(code_of([] { entered_line("--family", "two\nlines"); }) == "bad-text");
  CHECK(code_of([] { entered_line("--family", "\xFF"); }) == "bad-text");
  CHECK(code_of([] { entered_line("--family", std::string(201, 'x')); }) == "bad-text");
  CHECK(code_of([] { entered_text("--code", " "); }) == "missing-value");
}
