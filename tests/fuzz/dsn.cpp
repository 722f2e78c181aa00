// Any bytes as a mail that came back, and as what is left of one when its first line is cut off (I11): a
// crash, a leak, an exception, or a time that grows faster than the mail is a find.
#include <cstdint>
#include <string_view>

#include "format/feedback.hpp"
#include "format/mbox.hpp"

using namespace crier;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view mail(reinterpret_cast<const char*>(bytes), size);
  const auto feedback = format::read_feedback(mail);
  for (const auto& one : feedback.recipients) {
    if (one.address.empty() || one.diagnostic.size() > 1000) __builtin_trap();
  }
  std::size_t parted = 0;
  format::for_each_mail(mail, [&](std::string_view one) {
    parted += one.size();
    (void)format::read_feedback(one);
  });
  if (parted > size) __builtin_trap();
  const auto line = mail.find('\n');
  if (line != std::string_view::npos) (void)format::read_feedback(mail.substr(line + 1));
  return 0;
}
