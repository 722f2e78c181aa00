#include "format/mbox.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace crier::format;

namespace {

std::vector<std::string> mails_of(std::string_view bytes) {
  std::vector<std::string> mails;
  for_each_mail(bytes, [&](std::string_view mail) { mails.emplace_back(mail); });
  return mails;
}

}  // namespace

TEST_CASE("I11: a mailbox in one file parts at its From lines and not at words that look like them") {
  const std::string box =
      "From a@b Wed Nov 25 10:00:00 2026\nSubject: one\n\nFrom here on it is 10:00 in 2026.\n\n"
      "From c@d Wed Nov 25 10:00:01 2026 quoted\nno field behind it\n\n"
      "From c@d Wed Nov 25 10:00:01 2026\nSubject: two\n\ntext\n";
  const auto mails = mails_of(box);
  REQUIRE(mails.size() == 2);
  CHECK(mails[0].starts_with("Subject: one\n"));
  CHECK(mails[1] == "Subject: two\n\ntext\n");
}

TEST_CASE("I11: CRLF, an empty mailbox, a single mail") {
  CHECK(mails_of("From a Wed Nov 25 10:00:00 2026\r\nA: 1\r\n\r\nx\r\n\r\nFrom b Wed Nov 25 10:00:00 "
                 "2026\r\nB: 2\r\n")
            .size() == 2);
  CHECK(mails_of("Subject: x\n\nFrom c@d Wed Nov 25 10:00:01 2026\nA: b\n").size() == 1);
  CHECK(mails_of("").size() == 1);
  CHECK(mails_of("From ").size() == 1);
}
