// What people write around a telephone number, taken off before the number is read. Part of format/phone.
#pragma once

#include <cstdint>
#include <string_view>

namespace crier::format {

/// A number without its labels and its extension.
struct PhoneText {
  std::string_view number;
  std::string_view extension;
};
PhoneText take_off_labels(std::string_view text);

/// `4.477E+11`, `7,91e9`: a spreadsheet's scientific form.
bool is_scientific(std::string_view text);

/// Two telephone numbers in one cell, or one and the varying end of another (`… 123/4`).
bool holds_two_numbers(std::string_view text);

/// The first character that belongs in no telephone number, as UTF-8, or empty.
std::string_view foreign_character(std::string_view number);

/// A number whose spelling leaves no doubt which digits are meant; whether anybody has it is another
/// question.
struct PlainNumber {
  int country_code = 0;
  /// 0: not one of the spellings below, however valid.
  std::uint64_t national = 0;
};

/// British mobiles (`07400 123456`, `+44 (0)7400-123456`, `447400123456`, `7400123456`; without `+` only in
/// GB) and North American numbers (`(202) 555-0104`, `1-202-555-0104`, `+1 202.555.0104`; without `+` only in
/// US and CA).
PlainNumber plain_number(std::string_view text, std::string_view country);

}  // namespace crier::format
