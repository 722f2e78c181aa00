// The header fields of an e-mail (RFC 5322, RFC 2047, RFC 2231): folded, encoded where they are not ASCII,
// and closed to injected lines. Part of format/mail. Every function appends whole lines ended by CRLF and
// throws Error(usage) where a value holds CR, LF or NUL, or an address is none.
#pragma once

#include <string>
#include <string_view>

namespace crier::format {

/// A field of free text: `Subject`, or any that the caller names. ASCII stays as it is and is folded at
/// blanks; anything else becomes encoded words of at most 75 characters, cut between characters.
void append_text_field(std::string& out, std::string_view name, std::string_view text);

/// `From`, `To`, `Reply-To`: one mailbox; the name may be empty. A local part beyond ASCII goes out raw (RFC
/// 6532).
void append_mailbox_field(std::string& out, std::string_view name, std::string_view display_name,
                          std::string_view address);

/// `Message-ID: <…>`; the id with or without its angle brackets.
void append_message_id(std::string& out, std::string_view id);

/// `; filename="plan.pdf"`, or `; filename*=utf-8''…` on a line of its own.
void append_file_name(std::string& out, std::string_view file_name);

}  // namespace crier::format
