#include "transport/smtp_reply.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/text.hpp"

namespace crier::transport {
namespace {

using Progress = ReplyParser::Progress;

/// Feeds the parser as a network would, `step` bytes at a time; the replies, and what it said last.
struct Heard {
  std::vector<Reply> replies;
  Progress last = Progress::more;
  std::string complaint;
};

Heard hear(std::string_view bytes, std::size_t step) {
  ReplyParser parser;
  Heard heard;
  Reply reply;
  while (heard.last != Progress::nonsense) {
    heard.last = parser.next(reply);
    if (heard.last == Progress::complete) heard.replies.push_back(reply);
    if (heard.last != Progress::more) continue;
    if (bytes.empty()) break;
    const auto room = parser.room();
    REQUIRE(!room.empty());
    const auto count = std::min({step, room.size(), bytes.size()});
    std::copy_n(bytes.begin(), count, room.begin());
    parser.added(count);
    bytes.remove_prefix(count);
  }
  heard.complaint = parser.complaint();
  return heard;
}

TEST_CASE("D2: replies are the same however the network cuts them") {
  const std::string bytes =
      "220 hello\r\n250-first\r\n250-second line\n250 last\r\n354\r\n550 5.1.1 no user\r\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const auto heard = hear(bytes, step);
    REQUIRE(heard.replies.size() == 4);
    CHECK(heard.replies[0].code == 220);
    CHECK(heard.replies[1].lines == "first\nsecond line\nlast");
    CHECK(heard.replies[2].code == 354);
    CHECK(heard.replies[2].lines.empty());
    CHECK(heard.replies[3].enhanced() == "5.1.1");
    CHECK(heard.replies[3].one_line() == "no user");
  }
}

TEST_CASE("D2: what is no reply is nonsense, and is told") {
  for (const std::string bytes : {"hello\r\n", "\r\n", "25\r\n", "2500 ok\r\n", "250_ok\r\n", "150 no\r\n",
                                  "999 no\r\n", "250-a\r\n251 b\r\n", "-50 a\r\n", "\xff\xfe\r\n"}) {
    CAPTURE(bytes);
    const auto heard = hear(bytes, 3);
    CHECK(heard.last == Progress::nonsense);
    CHECK_FALSE(heard.complaint.empty());
  }
  CHECK(hear(std::string("250 a\0b\r\n", 9), 2).complaint == "a NUL in a reply");
}

TEST_CASE("D2: a line without end and a reply without end are given up") {
  CHECK(hear("250 " + std::string(ReplyParser::line_limit - 5, 'x') + "\r\n", 500).replies.size() == 1);
  CHECK(hear("250 " + std::string(1 << 20, 'x'), 4096).last == Progress::nonsense);
  std::string lines;
  for (int i = 1; i < ReplyParser::lines_limit; ++i) lines += "250-x\r\n";
  CHECK(hear(lines + "250 x\r\n", 1000).replies.size() == 1);
  CHECK(hear(lines + "250-x\r\n250 x\r\n", 1000).last == Progress::nonsense);
}

TEST_CASE("D2: a reply's text is one clean line of at most 1,000 bytes") {
  Reply reply;
  reply.lines = "5.7.1 first\t\x01line\n5.7.1 second\n\nZo\xc3\xab \xff";
  CHECK(reply.one_line() == "first  line / second / Zo\xc3\xab \xef\xbf\xbd");
  reply.lines.assign(999, 'x');
  reply.lines += "\xc3\xab";
  CHECK(reply.one_line() == std::string(999, 'x'));
  CHECK(printable("a\xc2\x85"
                  "b\xe2\x80\xa8"
                  "c") == "a b c");
}

TEST_CASE("D2: an enhanced status is one, or none is taken") {
  const auto enhanced = [](std::string lines) {
    Reply reply;
    reply.lines = std::move(lines);
    return std::string(reply.enhanced());
  };
  CHECK(enhanced("5.1.1 x") == "5.1.1");
  CHECK(enhanced("4.7.25") == "4.7.25");
  CHECK(enhanced("2.0.0\n2.0.0 x") == "2.0.0");
  for (const auto* none :
       {"", "5", "5.1", "5.1.", "5.1.1x", "3.1.1 x", "5.1234.1 x", "5..1 x", "10.0.0.1 x"}) {
    CHECK(enhanced(none).empty());
  }
}

TEST_CASE("D2: random bytes never break the parser, and their text is always clean") {
  std::mt19937 random(20261125);
  const std::string alphabet("0123456789- .\r\n\n\0ab\xc3\xab\xff", 22);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = round % 2 == 0 ? "250-" : "";
    const auto length = random() % 300;
    for (std::size_t i = 0; i < length; ++i) bytes += alphabet[random() % alphabet.size()];
    CAPTURE(round);
    for (const auto& reply : hear(bytes, 1 + random() % 40).replies) {
      const auto text = reply.one_line();
      CHECK(is_utf8(text));
      const bool clean = std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < 0x20; });
      CHECK(clean);
      CHECK(reply.code >= 200);
    }
  }
}

}  // namespace
}  // namespace crier::transport
