// A cell of an export as an e-mail address that a school can write to, or the reason why it is none (R4, C2).
// Stricter than RFC 5322: what is legal in a header and useless as an address is refused. Called by intake
// for each value and by whatever takes an address from a person.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace crier::format {

struct EmailAddress {
  /// The local part as given, `@`, the domain in lower case and as A-label (`xn--…`).
  std::string normalised;
  /// Two addresses are the same to crier if their keys are equal: the whole in lower case.
  std::string compare_key;
};

struct EmailReading {
  std::optional<EmailAddress> address;
  /// Why it is none, one sentence for people that does not repeat the address; empty where it is one.
  std::string problem;
};

/// Blanks and invisible characters go from the ends; nothing else is changed. Accepted: a dot-atom, also with
/// letters beyond ASCII (SMTPUTF8), or quotes around a local part that needs them (`"john
/// smith"@example.org`); a host name with at least one dot. Refused: comments, folding, address literals,
/// bare top-level domains, local parts of more than 64 bytes, and whatever RFC 5321 calls an error.
EmailReading read_email(std::string_view as_given);

/// `name@bücher.example` with its domain as A-label, `name@xn--bcher-kva.example`; the local part as it is.
/// Unchanged where the domain is ASCII, or breaks the rules of UTS 46.
std::string with_a_labels(std::string_view address);

/// The same without the reason.
std::optional<EmailAddress> parse_email(std::string_view as_given);

}  // namespace crier::format
