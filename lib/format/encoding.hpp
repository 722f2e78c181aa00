// Which bytes a file is made of, before anything reads it as text: encodings are told apart and named (I2),
// and files that are something else by nature (a workbook, an archive) are called by their name (I8). First
// step of every text import. Nothing is guessed from letter frequencies: byte order mark, then strict UTF-8,
// then the caller's own knowledge.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace crier::format {

enum class Encoding { utf8, utf8_with_mark, utf16le, utf16be, windows1252 };

/// `UTF-8`, `UTF-8 with byte order mark`, `UTF-16LE`, `UTF-16BE`, `Windows-1252`.
std::string_view to_text(Encoding encoding);

/// By its byte order mark, else UTF-16 where every second byte is NUL, else UTF-8 where every byte is (plain
/// ASCII too), else Windows-1252: what an office program on Windows writes when it does not write UTF-8.
Encoding sniff_encoding(std::string_view bytes);

/// The text as UTF-8 without a mark. Throws Error(refused_input) where the bytes are not of that encoding: a
/// cut or lone half of a UTF-16 character, bytes that are not UTF-8. A Windows-1252 byte without a character
/// becomes U+FFFD.
std::string decode(std::string_view bytes, Encoding encoding);

/// What the file is if it is no text at all, in words that fit `this is …`: `an Excel workbook (.xlsx) or
/// another zip archive`, `a gzip file`, …; none for what may be text.
std::optional<std::string_view> name_foreign_format(std::string_view bytes);

}  // namespace crier::format
