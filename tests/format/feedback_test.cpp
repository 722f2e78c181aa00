// Own mails, each with one difficulty, as tests/data/bounces has them.
#include <doctest/doctest.h>

#include "feedback_fixture.hpp"
#include "format/bounce_words.hpp"
#include "format/mail_parts.hpp"

using namespace crier;
using namespace crier::format;
namespace fs = std::filesystem;

namespace {

const fs::path own = CRIER_SOURCE_DIR "/tests/data/bounces";

Feedback read_own(const std::string& name) {
  return read_feedback(os::read_file(own / name));
}

BounceClass fault_of(std::string_view status, std::string_view text) {
  return read_failure({status, text}).fault;
}

bool holds(const std::vector<std::string>& list, std::string_view wanted) {
  return std::ranges::find(list, wanted) != list.end();
}

}  // namespace

TEST_CASE("I11: every own mail is what it is and names whom it names, nobody else") {
  std::map<std::string, std::string> kinds;
  std::map<std::string, std::map<std::string, std::string>> wanted;
  for (const auto& row : test::tsv_rows(own / "expected.tsv")) {
    kinds[row[0]] = row[1];
    if (!row[2].empty()) wanted[row[0]][row[2]] = row[3];
  }
  CHECK(kinds.size() >= 37);
  for (const auto& [file, kind] : kinds) {
    CAPTURE(file);
    const auto feedback = read_own(file);
    CHECK(test::kind_word(feedback.kind) == kind);
    CHECK(test::recipients_of(feedback) == wanted[file]);
  }
}

TEST_CASE("I11: what identifies the delivery is found in header and returned mail") {
  for (const auto* file : {"dsn-unknown-user.eml", "dsn-headers-only.eml", "dsn-crlf.eml", "dsn-cr.eml",
                           "qmail.eml", "exim.eml", "sendmail-transcript.eml", "complaint.eml"}) {
    CAPTURE(file);
    const auto feedback = read_own(file);
    CHECK(holds(feedback.return_paths, "bounces+41-k3v9zq@school.example"));
    REQUIRE(!feedback.message_ids.empty());
    CHECK(feedback.message_ids.front() == "<7.41.0a1b2c3d4e5f6a7b@school.example>");
  }
  CHECK(read_own("dsn-no-original.eml").message_ids.empty());
}

TEST_CASE("I11: status, code, words, host and time of a bounce are kept") {
  const auto feedback = read_own("dsn-unknown-user.eml");
  REQUIRE(feedback.recipients.size() == 1);
  const auto& one = feedback.recipients.front();
  CHECK(one.status == "5.1.1");
  CHECK(one.code == 550);
  CHECK(one.diagnostic == "550 5.1.1 <r.dyer@example.org>... User unknown");
  CHECK(one.host == "mx.example.org");
  REQUIRE(feedback.at);
  CHECK(to_rfc3339(*feedback.at) == "2026-11-25T10:00:05Z");
}

TEST_CASE("I11: of a report that quotes a report only the outer one counts") {
  const auto feedback = read_own("dsn-quotes-dsn.eml");
  REQUIRE(feedback.recipients.size() == 1);
  CHECK(feedback.recipients.front().address == "r.dyer@example.org");
}

TEST_CASE("M8: the token of an unsubscribe mail is read from its subject or its address") {
  CHECK(read_own("unsubscribe.eml").token == "u17.12.AbCdEfGhIjKlMnOpQrStUv");
  const auto by_address =
      read_feedback("From: a@example.org\nTo: <unsubscribe+u17.12.Ab-_Cd@school.example>\n\n\n");
  CHECK(by_address.kind == FeedbackKind::unsubscribe);
  CHECK(by_address.token == "u17.12.Ab-_Cd");
  CHECK(read_feedback("From: a@example.org\nSubject: unsubscribe me please\n\n").kind == FeedbackKind::other);
}

TEST_CASE("D9: unknown user and dead domain are the address, mailbox and network and policy are not") {
  for (const auto& [status, text] : std::vector<std::pair<std::string, std::string>>{
           {"5.1.1", ""},
           {"5.1.2", ""},
           {"5.1.10", ""},
           {"5.2.1", "mailbox disabled"},
           {"5.0.0", "550 5.1.1 no"},
           {"5.0.0", "550 No such user here"},
           {"", "Host unknown"},
           {"5.4.4", "Host not found"},
           {"", "556 5.1.10 null MX"},
           {"4.1.1", "450 4.1.1 User unknown in virtual alias table"}}) {
    CAPTURE(status);
    CAPTURE(text);
    CHECK(fault_of(status, text) == BounceClass::hard);
  }
  for (const auto& [status, text] :
       std::vector<std::pair<std::string, std::string>>{{"5.2.2", "552 full"},
                                                        {"4.2.2", ""},
                                                        {"5.4.1", ""},
                                                        {"4.4.7", ""},
                                                        {"5.7.1", "550 policy"},
                                                        {"5.7.26", ""},
                                                        {"5.3.4", ""},
                                                        {"5.6.0", ""},
                                                        {"", "552 Mailbox full"},
                                                        {"5.1.8", ""},
                                                        {"5.1.7", ""},
                                                        {"5.1.1", "550 5.1.1 mailbox full"},
                                                        {"", "550 blocked using spamhaus"},
                                                        {"", ""},
                                                        {"5.0.0", "554 Relaying denied"},
                                                        {"4.0.0", "421 try again later"}}) {
    CAPTURE(status);
    CAPTURE(text);
    CHECK(fault_of(status, text) == BounceClass::soft);
  }
}

TEST_CASE("I11: a status is none within an IP address, a version or a date") {
  CHECK(find_status("host mx[5.1.1.2] said: 550 5.2.1 no") == "5.2.1");
  CHECK(find_status("version 15.1.1").empty());
  CHECK(find_status("(#5.4.4)") == "5.4.4");
  CHECK(find_reply_code("mx.example.org[192.0.2.1]:25 said: 550-5.1.1 gone") == 550);
  CHECK(find_reply_code("message 4501 of 2026") == 0);
  CHECK(find_reply_code("at 12:45:50 id 1P1c550x") == 0);
}

TEST_CASE("I11: dates of mails with and without day, seconds and zone") {
  const auto read = [](std::string_view text) {
    const auto at = read_mail_date(text);
    return at ? to_rfc3339(*at) : "none";
  };
  CHECK(read("Wed, 25 Nov 2026 08:00:00 +0000") == "2026-11-25T08:00:00Z");
  CHECK(read("25 Nov 2026 08:00 -0500 (EST)") == "2026-11-25T13:00:00Z");
  CHECK(read("Wed, 25 Nov 98 08:00:00") == "1998-11-25T08:00:00Z");
  CHECK(read("Wed, 31 Feb 2026 08:00:00 +0000") == "none");
  CHECK(read("yesterday") == "none");
  CHECK(read("") == "none");
}

TEST_CASE("I11: encoded words and parts are read") {
  CHECK(decode_words("=?utf-8?Q?Zur=C3=BCck?= =?utf-8?B?OiBBZGE=?= x") == "Zurück: Ada x");
  CHECK(decode_words("=?iso-8859-1?q?Zur=FCck_da?=") == "Zurück da");
  CHECK(decode_words("a =? b =?utf-8?X?y?=") == "a =? b =?utf-8?X?y?=");
  const auto parts = read_parts(
      "Content-Type: multipart/mixed; boundary=x\n\npre\n--x\n\none\n--x\nContent-Type: "
      "multipart/alternative; boundary=\"y z\"\n\n--y z\n\ntwo\n--y z--\n--x--\nafter");
  REQUIRE(parts.size() == 4);
  CHECK(parts[1].body == "one");
  CHECK(parts[2].depth == 1);
  CHECK(parts[3].body == "two");
  CHECK(parts[3].depth == 2);
}

TEST_CASE("I11: bad input is bounded: depth, parts, long lines, endless words") {
  std::string deep;
  for (int i = 0; i < 2000; ++i) {
    deep += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" + std::to_string(i) +
            "\n";
  }
  CHECK(read_parts(deep).size() < 100);
  std::string wide = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 20000; ++i) wide += "--b\n\nx\n";
  CHECK(read_parts(wide).size() <= 100);
  for (const auto& sign :
       {"@", "<", "=?", "=", "From ", "a@b ", "\n", ":", "\"@", "Final-Recipient:a@b.c\n", "5.1."}) {
    std::string many = "From: mailer-daemon@x\nSubject: undelivered\n\n";
    while (many.size() < 300'000) many += sign;
    CAPTURE(sign);
    CHECK(read_feedback(many).recipients.size() <= 500);
    CHECK_NOTHROW(read_feedback(std::string("Subject: ") + many));
  }
}
