// A mailbox in one file (RFC 4155): many mails, each behind a line `From sender date`. Between a file's bytes
// and format/feedback.
#pragma once

#include <functional>
#include <string_view>

namespace crier::format {

/// It begins as a mailbox does.
bool is_mbox(std::string_view bytes);

/// Hands over each mail without its `From` line. Such a line parts mails only behind a blank line, with a
/// time and a year in it, and before a header field: texts quote other mails too. Bytes that are no mailbox
/// are one mail.
void for_each_mail(std::string_view bytes, const std::function<void(std::string_view)>& take);

}  // namespace crier::format
