// Any bytes as what a mail server says, cut anywhere by the network: read as replies within bounds, or given
// up with a complaint; their text is clean whatever stands in it, and each has a class (D2, D4).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "transport/smtp_envelope.hpp"
#include "transport/smtp_reply.hpp"
#include "transport/smtp_reply_class.hpp"

namespace {

using namespace crier::transport;

void require(bool truth) {
  if (!truth) std::abort();
}

void require_clean(std::string_view text) {
  require(text.size() <= 1000);
  require(crier::is_utf8(text));
  require(std::none_of(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) < 0x20) || c == 0x7F; }));
}

void look_at(const Reply& reply) {
  require(reply.code >= 200 && reply.code <= 599);
  require_clean(reply.one_line());
  require(reply.enhanced().size() <= 9);
  if (reply.code == 250) (void)parse_extensions(reply.lines);
  if (!reply.refusal()) return;
  for (int stage = 0; stage <= static_cast<int>(SmtpStage::dot); ++stage) {
    const auto kind = classify_reply(static_cast<SmtpStage>(stage), reply.code, reply.enhanced());
    require(!kind.cause.empty());
    // D9: nothing said before RCPT can count against an address; D4: what is ours fails nobody.
    if (kind.fault == crier::Outcome::Fault::recipient) require(stage >= static_cast<int>(SmtpStage::rcpt));
    if (kind.fault == crier::Outcome::Fault::ours) require(kind.verdict == crier::Outcome::Verdict::deferred);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  // The first byte says how the network cuts the rest.
  const std::size_t step = 1 + bytes[0];
  std::string_view coming(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  ReplyParser parser;
  Reply reply;
  for (;;) {
    const auto progress = parser.next(reply);
    if (progress == ReplyParser::Progress::complete) {
      look_at(reply);
      continue;
    }
    if (progress == ReplyParser::Progress::nonsense) {
      require(!parser.complaint().empty());
      require_clean(parser.complaint());
      return 0;
    }
    if (coming.empty()) return 0;
    const auto room = parser.room();
    require(!room.empty());
    const auto count = std::min({step, room.size(), coming.size()});
    std::copy_n(coming.begin(), count, room.begin());
    parser.added(count);
    coming.remove_prefix(count);
  }
}
