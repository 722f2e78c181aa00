#include "office/entered.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/instant.hpp"
#include "base/text.hpp"
#include "format/email_address.hpp"
#include "format/phone.hpp"
#include "intake/phone_line.hpp"

namespace crier::office {
namespace {

constexpr std::size_t longest = 200;

// An address by hand is tried after those that a school's system has; in its own order.
constexpr int behind_others = 10;

constexpr std::array<std::string_view, 2> email_uses{"home", "work"};
constexpr std::array<std::string_view, 3> phone_uses{"mobile", "home", "work"};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

Error unknown_use(std::string_view word, std::string_view what, std::string_view known) {
  return {Exit::usage, "unknown-use", fmt::format("'{}' is no use of {}", word, what),
          fmt::format("There are: {}.", known)};
}

/// Sets use and position; the rest of the text is the address. What stands before a colon is a use only where
/// it is a plain word.
template <std::size_t Count>
std::string_view take_use(std::string_view text, AddressFact& address,
                          const std::array<std::string_view, Count>& uses, std::string_view without,
                          std::string_view what) {
  const auto colon = text.find(':');
  auto use = std::find(uses.begin(), uses.end(), without);
  if (colon != std::string_view::npos) {
    const auto word = to_lower(trim_invisible(text.substr(0, colon)));
    use = std::find(uses.begin(), uses.end(), word);
    if (use == uses.end()) {
      std::string known;
      for (const auto one : uses) known += (known.empty() ? "" : ", ") + std::string(one);
      throw unknown_use(word, what, known);
    }
    text = text.substr(colon + 1);
  }
  address.use = *use;
  address.position = behind_others + 1 + static_cast<int>(use - uses.begin());
  return text;
}

}  // namespace

std::string entered_line(std::string_view option, std::string_view text) {
  const auto trimmed = trim_invisible(text);
  if (!is_utf8(trimmed) || std::ranges::any_of(trimmed, is_control) || count_graphemes(trimmed) > longest) {
    throw Error(Exit::usage, "bad-text",
                fmt::format("{} is no line of text of at most {} characters", option, longest),
                "Write it in UTF-8, on one line.");
  }
  return std::string(trimmed);
}

std::string entered_text(std::string_view option, std::string_view text) {
  auto line = entered_line(option, text);
  if (line.empty()) {
    throw Error(Exit::usage, "missing-value", fmt::format("{} is empty", option),
                "Give it a value, or leave the option out where nothing is to change.");
  }
  return line;
}

std::string entered_language(std::string_view text) {
  const auto word = to_lower(entered_line("--language", text));
  if (word.empty()) return word;
  bool first = true;
  for (const auto part : split(word, '-')) {
    const bool letters = std::ranges::all_of(
        part, [&](char c) { return (c >= 'a' && c <= 'z') || (!first && c >= '0' && c <= '9'); });
    const std::size_t most = first ? 3 : 8;
    if (!letters || part.size() < 2 - (first ? 0 : 1) || part.size() > most) {
      throw Error(Exit::usage, "bad-language", fmt::format("'{}' is no language's tag", text),
                  "Write its short code as in BCP 47: en, zh-Hans, pl.");
    }
    first = false;
  }
  return word;
}

std::string entered_date(std::string_view option, std::string_view text) {
  const auto line = entered_line(option, text);
  if (line.empty()) return line;
  const auto date = parse_date(line);
  if (!date) {
    throw Error(Exit::usage, "bad-date", fmt::format("{}: '{}' is no date", option, line),
                "Write it as 2026-11-25.");
  }
  return to_iso(*date);
}

AddressFact entered_email(std::string_view text, PersonKind of) {
  AddressFact address;
  address.kind = AddressKind::email;
  // A colon within quotes or behind the @ belongs to the address.
  const bool says_use = text.substr(0, text.find_first_of("@\"")).find(':') != std::string_view::npos;
  const auto usual = of == PersonKind::staff ? "work" : "home";
  const auto named =
      take_use(says_use ? text : std::string_view(), address, email_uses, usual, "an e-mail address");
  address.given = std::string(trim_invisible(says_use ? named : text));
  const auto reading = format::read_email(address.given);
  if (!reading.address) {
    throw Error(Exit::usage, "invalid-email",
                fmt::format("'{}' is no e-mail address: {}", address.given, reading.problem),
                "Write it as name@example.org, with home: or work: before it where that matters.");
  }
  address.normal = reading.address->normalised;
  address.compare_key = reading.address->compare_key;
  return address;
}

AddressFact entered_phone(std::string_view text, std::string_view country) {
  AddressFact address;
  address.kind = AddressKind::phone;
  address.given = std::string(trim_invisible(take_use(text, address, phone_uses, "mobile", "a telephone")));
  const auto reading = format::read_phone(address.given, country);
  if (reading.problem) {
    throw Error(Exit::usage, std::string(reading.problem->code),
                fmt::format("'{}' is no telephone number: {}", address.given, reading.problem->sentence),
                country.empty() ? "Write it with its country: +44 7400 123456; the school has none."
                                : "Write it as it is dialled, or with its country: +44 7400 123456.");
  }
  address.normal = reading.e164;
  address.compare_key = reading.e164;
  address.line = intake::phone_line(reading.line);
  return address;
}

AddressFact entered_wechat(std::string_view text) {
  AddressFact address;
  address.kind = AddressKind::wechat;
  address.use = "work";
  address.position = behind_others + 1;
  address.given = entered_text("--wechat", text);
  const bool plain = address.given.size() <= 64 && std::ranges::all_of(address.given, [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              std::string_view("_-@.").find(c) != std::string_view::npos;
                     });
  if (!plain) {
    throw Error(
        Exit::usage, "invalid-wechat", fmt::format("'{}' is no user id of WeChat Work", address.given),
        "It is letters, digits and _-@. alone, at most 64 of them; the WeChat Work console shows it.");
  }
  address.normal = address.given;
  address.compare_key = to_lower(address.given);  // the gateway answers in lower case
  return address;
}

Slot entered_slot(std::string_view text) {
  const auto word = to_lower(trim_invisible(text));
  if (word == "wechat" || word == "wechat:work") return {AddressKind::wechat, "work"};
  const auto colon = word.find(':');
  const auto kind = word.substr(0, colon);
  const auto use = colon == std::string::npos ? std::string() : word.substr(colon + 1);
  if (kind == "email" && std::ranges::find(email_uses, use) != email_uses.end()) {
    return {AddressKind::email, use};
  }
  if (kind == "phone" && std::ranges::find(phone_uses, use) != phone_uses.end()) {
    return {AddressKind::phone, use};
  }
  throw unknown_use(word, "an address",
                    "email:home, email:work, phone:mobile, phone:home, phone:work, wechat");
}

}  // namespace crier::office
