// The transfer encodings of an e-mail's parts (RFC 2045): text as 7bit, quoted-printable or base64, whichever
// is possible and shortest; attachments as base64. Part of format/mail, and hot: a body per recipient passes
// here.
#pragma once

#include <string>
#include <string_view>

namespace crier::format {

/// Without line breaks.
void append_base64(std::string& out, std::string_view bytes);
/// In lines of 76 characters ended by CRLF.
void append_base64_lines(std::string& out, std::string_view bytes);

/// The text with CRLF at the end of every line, the last one too; LF, CRLF and CR are understood.
void append_crlf_lines(std::string& out, std::string_view text);

void append_quoted_printable(std::string& out, std::string_view crlf_text);

/// ASCII without NUL in lines of at most 998 characters: nothing to encode.
bool goes_as_7bit(std::string_view text);

/// How a text goes.
enum class TextEncoding { as_7bit, quoted_printable, base64 };
/// The shortest that is possible. Throws Error(usage) for a NUL.
TextEncoding encoding_for(std::string_view text);
/// Whether a text may be written behind one that goes so, without encoding that one anew.
bool may_follow(std::string_view text, TextEncoding encoding);
/// `Content-Type: text/SUBTYPE; charset=utf-8`, `Content-Transfer-Encoding` and a blank line.
void append_text_fields(std::string& out, std::string_view subtype, TextEncoding encoding);
void append_encoded(std::string& out, std::string_view text, TextEncoding encoding);

/// All of them. Throws Error(usage) for a NUL.
void append_text_part(std::string& out, std::string_view subtype, std::string_view text);

}  // namespace crier::format
