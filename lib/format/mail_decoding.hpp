// The transfer encodings of a mail's parts and words, undone (RFC 2045, RFC 2047): the way back of
// format/mail_body. What is broken is read as far as it goes; nothing throws.
#pragma once

#include <string>
#include <string_view>

namespace crier::format {

/// Signs that are none of base64 are passed over; what stands behind the padding too.
std::string decode_base64(std::string_view text);

/// Lines end with LF, as they are given.
std::string decode_quoted_printable(std::string_view text);

/// The `Q` of an encoded word: as above, and `_` is a blank.
std::string decode_q_word(std::string_view text);

std::string utf8_of_latin1(std::string_view bytes);

}  // namespace crier::format
