#include "format/email_address.hpp"

#include <fmt/format.h>
#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>

#include "base/text.hpp"

namespace crier::format {
namespace {

constexpr std::size_t longest_address = 254;    // RFC 5321 4.5.3.1.3, without the angle brackets
constexpr std::size_t longest_local_part = 64;  // RFC 5321 4.5.3.1.1
constexpr std::size_t longest_host = 253;
constexpr std::size_t longest_label = 63;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// RFC 5322 atext.
bool is_atom_sign(char c) {
  return is_alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

std::string show(UChar32 c) {
  if (c < 0x20 || c == 0x7F) return fmt::format("U+{:04X}", static_cast<std::uint32_t>(c));
  std::string text;
  icu::UnicodeString(c).toUTF8String(text);
  return "'" + text + "'";
}

/// The first character that may not stand in a local part without quotes, as a sentence, or empty.
std::string fault_of_characters(std::string_view local) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(local.data());
  const auto size = static_cast<std::int32_t>(local.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 c;
    U8_NEXT(bytes, at, size, c);
    if (c < 0x80) {
      const auto sign = static_cast<char>(c);
      if (is_atom_sign(sign) || sign == '.') continue;
      if (sign == ' ' || sign == '\t') return "there is a blank inside the address";
      return fmt::format("the character {} may not stand before the @", show(c));
    }
    // Letters of all scripts (RFC 6531); signs that only look like ASCII ones are slips (C2).
    if (c == 0x2018 || c == 0x2019 || c == 0x02BC)
      return "a typographic apostrophe stands where a plain ' belongs";
    const auto mask = U_GET_GC_MASK(c);
    if ((mask & (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK)) == 0) {
      return fmt::format("the character {} may not stand before the @", show(c));
    }
  }
  return "";
}

std::string fault_of_quoted(std::string_view inside) {
  if (inside.empty()) return "there is nothing between the quotation marks";
  const auto bad = std::find_if(inside.begin(), inside.end(), [](char c) {
    return c < 0x20 || c == 0x7F || c == '"' || c == '\\' || c == '@';
  });
  if (bad != inside.end()) return "the quotation marks hold a character that no mail program writes";
  if (fault_of_characters(inside).empty())
    return "the quotation marks are not needed: write the address without them";
  return "";
}

std::string fault_of_local_part(std::string_view local) {
  if (local.empty()) return "there is nothing before the @";
  if (local.size() > longest_local_part) return "what stands before the @ is longer than 64 bytes";
  if (local.size() >= 2 && local.front() == '"' && local.back() == '"') {
    return fault_of_quoted(local.substr(1, local.size() - 2));
  }
  if (auto fault = fault_of_characters(local); !fault.empty()) return fault;
  if (local.front() == '.' || local.back() == '.') return "a full stop stands at the edge of the name";
  if (local.find("..") != std::string_view::npos) return "there are two full stops in a row";
  return "";
}

const icu::IDNA* international_names() {
  static const std::unique_ptr<icu::IDNA> names = [] {
    UErrorCode status = U_ZERO_ERROR;
    constexpr std::uint32_t rules = UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                                    UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE;
    return std::unique_ptr<icu::IDNA>(icu::IDNA::createUTS46Instance(rules, status));
  }();
  return names.get();
}

/// A-labels by UTS 46; none where the name breaks its rules.
std::optional<std::string> to_a_labels(std::string_view host) {
  UErrorCode status = U_ZERO_ERROR;
  icu::IDNAInfo info;
  std::string ascii;
  icu::StringByteSink<std::string> sink(&ascii);
  const auto* names = international_names();
  if (names == nullptr) return std::nullopt;
  names->nameToASCII_UTF8(icu::StringPiece(host.data(), static_cast<std::int32_t>(host.size())), sink, info,
                          status);
  if (U_FAILURE(status) || info.hasErrors()) return std::nullopt;
  return ascii;
}

std::string fault_of_host(std::string_view host) {
  if (host.size() > longest_host) return "the domain is longer than 253 characters";
  const auto labels = split(host, '.');
  for (const auto label : labels) {
    if (label.empty()) return "the domain has a full stop too many";
    if (label.size() > longest_label) return "a part of the domain is longer than 63 characters";
    if (label.front() == '-' || label.back() == '-')
      return "a part of the domain begins or ends with a hyphen";
    const auto bad =
        std::find_if_not(label.begin(), label.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
    if (bad != label.end()) return fmt::format("the character {} may not stand in a domain", show(*bad));
  }
  if (labels.size() < 2) return "the domain has no full stop";
  if (std::all_of(labels.back().begin(), labels.back().end(), is_digit)) return "the domain ends in a number";
  return "";
}

EmailReading refused(std::string problem) {
  return {std::nullopt, std::move(problem)};
}

/// What somebody meant who wrote more than one @ or a whole header.
std::string fault_of_shape(std::string_view text) {
  if (text.empty()) return "the cell is empty";
  if (!is_utf8(text)) return "it is not UTF-8";
  if (text.find('<') != std::string_view::npos || text.find('>') != std::string_view::npos) {
    return "there is a name beside the address: write the address alone";
  }
  const auto signs = std::count(text.begin(), text.end(), '@');
  if (signs == 0) return "there is no @ in it";
  if (signs > 1) {
    return text.find_first_of(";, /\n") == std::string_view::npos ? "there is more than one @ in it"
                                                                  : "there are two addresses in one cell";
  }
  return "";
}

}  // namespace

EmailReading read_email(std::string_view as_given) {
  const auto text = trim_invisible(as_given);
  if (auto fault = fault_of_shape(text); !fault.empty()) return refused(std::move(fault));
  const auto at = text.rfind('@');
  const auto local = text.substr(0, at);
  if (auto fault = fault_of_local_part(local); !fault.empty()) return refused(std::move(fault));
  const auto given_host = text.substr(at + 1);
  if (given_host.empty()) return refused("there is nothing behind the @");
  if (given_host.front() == '[') return refused("a numeric address in brackets is not written to");
  std::string host = to_lower(given_host);
  const bool international =
      !is_ascii(host) || host.starts_with("xn--") || host.find(".xn--") != std::string::npos;
  if (international) {
    const auto labels = to_a_labels(host);
    if (!labels) return refused("the domain is not a valid international domain name");
    host = *labels;
  }
  if (auto fault = fault_of_host(host); !fault.empty()) return refused(std::move(fault));
  EmailAddress address;
  address.normalised = fmt::format("{}@{}", local, host);
  if (address.normalised.size() > longest_address) return refused("the address is longer than 254 bytes");
  address.compare_key = to_lower(address.normalised);
  return {std::move(address), ""};
}

std::string with_a_labels(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || is_ascii(address.substr(at + 1))) return std::string(address);
  const auto host = to_a_labels(address.substr(at + 1));
  if (!host) return std::string(address);
  return fmt::format("{}@{}", address.substr(0, at), *host);
}

std::optional<EmailAddress> parse_email(std::string_view as_given) {
  return read_email(as_given).address;
}

}  // namespace crier::format
