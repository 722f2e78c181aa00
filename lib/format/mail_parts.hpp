// Reading e-mails: bytes that anybody may have sent → fields and parts. Between the mailbox, which knows
// where a mail begins and ends, and format/feedback, which reads what it reports. Nothing here throws for
// what a mail holds: what is broken is read as far as it goes. All of it is bounded, by depth, by parts and
// by bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"

namespace crier::format {

/// So much of a mail is looked at: what a report says stands in front of what it returns.
inline constexpr std::size_t longest_mail = 4U << 20;

/// A part's header fields, unfolded, in their order.
class MailFields {
 public:
  void add(std::string_view name, std::string value);
  /// The first of that name, ignoring case, as it stands there without folding; empty where there is none.
  std::string_view first(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  bool has(std::string_view name) const;
  /// In several, where the field stands more than once: each begins with it, the first with what is before
  /// it.
  std::vector<MailFields> parted_at(std::string_view name) const;
  bool empty() const { return fields_.empty(); }
  std::size_t size() const { return fields_.size(); }

 private:
  struct Field {
    std::string name;  // in lower case
    std::string value;
  };
  std::vector<Field> fields_;
};

/// Fields up to the first blank line, and what stands behind it. `text` has LF alone at its line ends. A
/// first line `From …` of a mailbox is passed over; the first line that is neither field nor folded ends the
/// header.
struct FieldsAndBody {
  MailFields fields;
  std::string_view body;
};
FieldsAndBody read_fields(std::string_view text);

/// `text/plain; charset=utf-8` → the type in lower case, and its parameters.
struct ContentType {
  std::string type;
  std::string parameter(std::string_view name) const;
  std::vector<std::pair<std::string, std::string>> parameters;
};
ContentType read_content_type(std::string_view value);

struct MailPart {
  MailFields fields;
  ContentType content;
  /// Its transfer encoding (base64, quoted-printable) undone; of a part that holds others, what stands before
  /// the first of them.
  std::string body;
  /// How many parts it stands in; 0: the mail itself.
  int depth = 0;
};

/// The mail and its parts, each before those that stand in it. A mail that is enclosed (message/rfc822) is
/// one part and is not opened: what a report quotes is not what it says. Never empty.
std::vector<MailPart> read_parts(std::string_view mail);

/// The bytes with LF at their line ends, cut to `longest_mail`; CRLF, LF and bare CR are understood.
std::string with_plain_line_ends(std::string_view bytes);

/// Encoded words (RFC 2047) undone where they are UTF-8, ASCII or Latin-1; others stay as they are.
std::string decode_words(std::string_view value);

/// Every `local@domain` in a field's value, in order, without what encloses it.
std::vector<std::string> addresses_in(std::string_view value);

/// `Wed, 25 Nov 2026 08:00:00 +0000`, with or without the day's name, the seconds or a zone (then UTC).
std::optional<Instant> read_mail_date(std::string_view value);

/// HTML as the text that is seen, roughly: tags are gone, those that end a line end one.
std::string text_of_html(std::string_view html);

/// One line of UTF-8 without control characters: blanks run together, at most `most_bytes`.
std::string one_line(std::string_view text, std::size_t most_bytes);

}  // namespace crier::format
