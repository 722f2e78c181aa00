#include "transport/smtp_envelope.hpp"

#include <doctest/doctest.h>

#include <string>

namespace crier::transport {
namespace {

/// What a receiver makes of a stuffed body (RFC 5321 4.5.2).
std::string unstuffed(std::string_view sent) {
  std::string body;
  while (!sent.empty()) {
    const auto end = sent.find('\n') + 1;
    auto line = sent.substr(0, end);
    sent.remove_prefix(end);
    if (line == ".\r\n") {
      CHECK(sent.empty());
      return body;
    }
    if (line.starts_with('.')) line.remove_prefix(1);
    body += line;
  }
  FAIL("no lone dot at the end");
  return body;
}

TEST_CASE("D2: stuffing is undone by every receiver, whatever the block size") {
  const std::string contents[] = {"",
                                  ".\r\n",
                                  "..\r\n.\r\n",
                                  "a.b\r\n.c\r\n...\r\n",
                                  "\r\n.\r\n\r\n",
                                  "no dots here\r\nnor here\r\n",
                                  "x\n.\ny\r\n"};
  for (const auto& content : contents) {
    for (std::size_t block = 1; block < 20; ++block) {
      std::string sent;
      std::size_t at = 0;
      while (at < content.size()) at = append_body(sent, content, at, block);
      append_dot(sent, content);
      CHECK(unstuffed(sent) == content);
    }
  }
}

TEST_CASE("D2: a body without a last line end gets one, so that its dot stands alone") {
  std::string sent;
  append_body(sent, "abc", 0, 100);
  append_dot(sent, "abc");
  CHECK(sent == "abc\r\n.\r\n");
}

TEST_CASE("D2: what EHLO offers is read in any case and order, old forms too") {
  const auto all =
      parse_extensions("twin\npipelining\nSize 35882577\nAUTH=LOGIN\nAUTH PLAIN XOAUTH2\n8BITMIME");
  CHECK(all.pipelining);
  CHECK(all.size);
  CHECK(all.size_limit == 35882577);
  CHECK(all.auth_login);
  CHECK(all.auth_plain);
  CHECK(all.eight_bit);
  CHECK_FALSE(all.smtputf8);
  CHECK_FALSE(all.starttls);
  const auto greeting_only = parse_extensions("PIPELINING is my name");
  CHECK_FALSE(greeting_only.pipelining);
  CHECK(parse_extensions("x\nSIZE").size);
  CHECK(parse_extensions("x\nSIZE nonsense").size_limit == 0);
}

TEST_CASE("D4: an address can say no more than an address") {
  for (const std::string to :
       {"", "a b@example.org", "a@example.org\r\nDATA", "<a@example.org>", "a\x01@example.org"}) {
    Parcel parcel;
    parcel.to = to;
    parcel.from = "office@school.example";
    const auto objected = objection(parcel, {});
    REQUIRE(objected);
    CHECK(objected->verdict == Outcome::Verdict::rejected);
    CHECK(objected->fault == Outcome::Fault::recipient);
    CHECK(objected->text.find("example") == std::string::npos);
  }
  Parcel parcel;
  parcel.to = "ann@example.org";
  CHECK_FALSE(objection(parcel, {}));  // an empty sender is the null sender
  parcel.from = "x\r\n@school.example";
  REQUIRE(objection(parcel, {}));
  CHECK(objection(parcel, {})->fault == Outcome::Fault::ours);
}

}  // namespace
}  // namespace crier::transport
