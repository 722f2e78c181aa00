#include "message/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace crier::message {
namespace {

void require_text(std::string_view what, std::string_view text) {
  if (!is_utf8(text)) {
    throw Error(Exit::usage, "not-utf8", fmt::format("the {} is not UTF-8", what),
                "Save the text as UTF-8, or check the terminal's encoding.");
  }
  if (text.find('\0') != std::string_view::npos) {
    throw Error(Exit::usage, "bad-text", fmt::format("the {} holds a NUL byte", what),
                "Give it as plain text.");
  }
}

void require_at_most(std::string_view what, std::size_t count, std::size_t limit, std::string_view unit) {
  if (count <= limit) return;
  throw Error(Exit::refused_by_rule, "limit",
              fmt::format("the {} has {} {}; {} are allowed", what, count, unit, limit),
              fmt::format("Shorten it by {}. Nothing was queued.", count - limit));
}

}  // namespace

void require_limits(std::string_view subject, std::string_view body, std::span<const Channel> channels) {
  require_text("subject", subject);
  require_text("body", body);
  if (subject.find_first_of("\r\n") != std::string_view::npos) {
    throw Error(Exit::usage, "bad-subject", "the subject has a line break", "Write it in one line.");
  }
  if (trim_invisible(subject).empty()) {
    throw Error(Exit::usage, "no-subject", "the message has no subject", "Give one with -s.");
  }
  if (trim_invisible(body).empty()) {
    throw Error(Exit::usage, "no-body", "the message has no body", "Give one with -m or --body-file.");
  }
  require_at_most("subject", count_graphemes(subject), most_subject_graphemes, "characters");
  require_at_most("body", body.size(), most_body_bytes, "bytes");
  if (std::find(channels.begin(), channels.end(), Channel::wechat) != channels.end()) {
    require_at_most("body for WeChat", count_graphemes(body), most_wechat_graphemes, "characters");
    require_at_most("body for WeChat", body.size(), most_wechat_bytes, "bytes");
  }
}

}  // namespace crier::message
