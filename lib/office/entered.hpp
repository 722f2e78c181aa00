// What somebody in the office types, checked as an import's cells are (R4, I8): a value that cannot be is an
// error with what to write instead, and nothing is stored as given.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/facts.hpp"
#include "office/office.hpp"

namespace crier::office {

/// One line of text without blanks at its ends, or nothing at all. Throws Error(usage, "bad-text").
std::string entered_line(std::string_view option, std::string_view text);
/// The same, and there must be something. Throws Error(usage, "missing-value") too.
std::string entered_text(std::string_view option, std::string_view text);
/// A language's tag in lower case. Throws Error(usage, "bad-language").
std::string entered_language(std::string_view text);
/// An ISO date, or nothing. Throws Error(usage, "bad-date").
std::string entered_date(std::string_view option, std::string_view text);

/// `home:x@example.org`, or the address alone: work of staff, home of others. Throws Error(usage,
/// "invalid-email") or Error(usage, "unknown-use").
AddressFact entered_email(std::string_view text, PersonKind of);
/// `mobile:07400 123456`, or the number alone: mobile. Throws Error(usage) by the reader's own words.
AddressFact entered_phone(std::string_view text, std::string_view country);
AddressFact entered_wechat(std::string_view text);

/// `email:home`, `phone:mobile`, `wechat`: where an address stands.
struct Slot {
  AddressKind kind = AddressKind::email;
  std::string use;
};
/// Throws Error(usage, "unknown-use").
Slot entered_slot(std::string_view text);

}  // namespace crier::office
