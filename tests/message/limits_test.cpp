#include "message/limits.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/error.hpp"

using namespace crier;

namespace {

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string refusal(std::string_view subject, std::string_view body,
                    std::vector<Channel> channels = {Channel::email}) {
  try {
    message::require_limits(subject, body, channels);
  } catch (const Error& error) {
    return error.code() + ": " + error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("M1: a subject has at most 100 characters as a reader counts them") {
  CHECK(refusal(repeat("e\u0301", 100), "Body").empty());
  CHECK(refusal(repeat("👨‍👩‍👧‍👦", 100), "Body").empty());
  CHECK(refusal(repeat("x", 101), "Body") == "limit: the subject has 101 characters; 100 are allowed");
  CHECK(refusal("Two\r\nBcc: all@example.org", "Body").starts_with("bad-subject"));
  CHECK(refusal(" \u00a0", "Body").starts_with("no-subject"));
  CHECK(refusal("Subject", "").starts_with("no-body"));
  CHECK(refusal("Subject", std::string("a\0b", 3)).starts_with("bad-text"));
  CHECK(refusal("Subject", "\xff").starts_with("not-utf8"));
}

TEST_CASE("M1: a WeChat body has at most 600 characters and 2048 bytes, whichever is less") {
  CHECK(refusal("S", repeat("x", 600), {Channel::wechat}).empty());
  CHECK(refusal("S", repeat("x", 601), {Channel::wechat}).find("601 characters") != std::string::npos);
  CHECK(refusal("S", repeat("校", 600), {Channel::wechat}).empty());  // 1800 bytes
  CHECK(refusal("S", repeat("😀", 600), {Channel::wechat}).find("2400 bytes") != std::string::npos);
  CHECK(refusal("S", repeat("x", 601), {Channel::email}).empty());
}
