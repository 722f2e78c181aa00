#include "transport/smtp_envelope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>

#include "base/text.hpp"
#include "format/email_address.hpp"

namespace crier::transport {

namespace {

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return result;
}

/// RFC 5321 4.5.3.1: 64 + 1 + 255, with room for what registries of long names do.
constexpr std::size_t address_limit = 512;

bool fits_in_brackets(std::string_view address) {
  return address.size() <= address_limit && std::none_of(address.begin(), address.end(), [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '<' || c == '>';
         });
}

std::string_view head_of(std::string_view content) {
  return content.substr(0, content.find("\r\n\r\n"));
}

/// RFC 3461 4.4, before it is encoded.
constexpr std::size_t envid_limit = 100;

/// The Message-ID in the head of a mail without its brackets; empty where there is none.
std::string_view message_id_of(std::string_view content) {
  const auto head = head_of(content);
  constexpr std::string_view field = "Message-ID: <";
  auto at = head.starts_with(field) ? 0 : head.find("\r\nMessage-ID: <");
  if (at == std::string_view::npos) return {};
  at = head.find('<', at) + 1;
  const auto id = head.substr(at, head.find('>', at) - at);
  return is_ascii(id) && id.find('\r') == std::string_view::npos ? id : std::string_view();
}

/// RFC 3461 4: `+` and `=` and what is not printable as `+2B`.
void append_xtext(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c >= 0x21 && c <= 0x7E && c != '+' && c != '=') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "+{:02X}", static_cast<unsigned char>(c));
    }
  }
}

void append_notify(std::string& out, const config::DsnNotify& notify) {
  out += " NOTIFY=";
  const auto start = out.size();
  const auto add = [&](bool wanted, std::string_view word) {
    if (!wanted) return;
    if (out.size() > start) out += ',';
    out += word;
  };
  add(notify.success, "SUCCESS");
  add(notify.failure, "FAILURE");
  add(notify.delay, "DELAY");
  if (out.size() == start) out += "NEVER";
}

Outcome refused(Outcome::Verdict verdict, Outcome::Fault fault, std::string_view cause, std::string text) {
  Outcome outcome;
  outcome.verdict = verdict;
  outcome.fault = fault;
  outcome.cause = cause;
  outcome.text = std::move(text);
  return outcome;
}

void read_extension(std::string_view line, SmtpExtensions& extensions) {
  const auto words = upper(line);
  const auto split_at = words.find_first_of(" =");
  const auto keyword = std::string_view(words).substr(0, split_at);
  const auto rest =
      split_at == std::string::npos ? std::string_view() : std::string_view(words).substr(split_at + 1);
  if (keyword == "PIPELINING") extensions.pipelining = true;
  if (keyword == "8BITMIME") extensions.eight_bit = true;
  if (keyword == "SMTPUTF8") extensions.smtputf8 = true;
  if (keyword == "STARTTLS") extensions.starttls = true;
  if (keyword == "DSN") extensions.dsn = true;
  if (keyword == "SIZE") {
    extensions.size = true;
    std::from_chars(rest.data(), rest.data() + rest.size(), extensions.size_limit);
  }
  // `AUTH=PLAIN LOGIN` is how servers wrote it before the standard.
  if (keyword == "AUTH") {
    for (const auto mechanism : split(rest, ' ')) {
      if (mechanism == "PLAIN") extensions.auth_plain = true;
      if (mechanism == "LOGIN") extensions.auth_login = true;
      if (mechanism == "XOAUTH2") extensions.auth_xoauth2 = true;
    }
  }
}

}  // namespace

SmtpExtensions parse_extensions(std::string_view lines) {
  SmtpExtensions extensions;
  bool greeting = true;
  for (const auto line : split(lines, '\n')) {
    if (!greeting) read_extension(line, extensions);
    greeting = false;
  }
  return extensions;
}

std::optional<Outcome> objection(const Parcel& parcel, const SmtpExtensions& extensions) {
  using enum Outcome::Verdict;
  using enum Outcome::Fault;
  if (parcel.to.empty() || !fits_in_brackets(parcel.to)) {
    return refused(rejected, recipient, "invalid-address",
                   "the recipient's address is empty, too long or holds characters that no address may hold");
  }
  if (!fits_in_brackets(parcel.from)) {
    return refused(deferred, ours, "invalid-sender",
                   "the sender's address is too long or holds characters that no address may hold");
  }
  if (!extensions.smtputf8) {
    if (!is_ascii(envelope_address(parcel.to))) {
      return refused(rejected, recipient, "no-smtputf8",
                     "the address is not ASCII, and the server does not take such addresses (SMTPUTF8)");
    }
    if (!is_ascii(envelope_address(parcel.from)) || !is_ascii(head_of(parcel.content))) {
      return refused(deferred, ours, "no-smtputf8",
                     "the sender's or the reply address is not ASCII, and the server does not take such "
                     "addresses (SMTPUTF8)");
    }
  }
  if (extensions.size_limit > 0 && parcel.content.size() > extensions.size_limit) {
    return refused(rejected, content, "too-large",
                   fmt::format("the message has {} bytes, and the server takes at most {}",
                               parcel.content.size(), extensions.size_limit));
  }
  return std::nullopt;
}

namespace {

/// The envelope and the mail's head: what RFC 6531 is about.
bool goes_as_ascii(const Parcel& parcel) {
  return is_ascii(head_of(parcel.content)) && is_ascii(envelope_address(parcel.to)) &&
         is_ascii(envelope_address(parcel.from));
}

}  // namespace

std::string envelope_address(std::string_view address) {
  return is_ascii(address) ? std::string(address) : format::with_a_labels(address);
}

void append_mail(std::string& out, const Parcel& parcel, const SmtpExtensions& extensions) {
  out += "MAIL FROM:<";
  out += envelope_address(parcel.from);
  out += '>';
  if (extensions.size) fmt::format_to(std::back_inserter(out), " SIZE={}", parcel.content.size());
  if (extensions.eight_bit && !is_ascii(parcel.content)) out += " BODY=8BITMIME";
  if (extensions.smtputf8 && !goes_as_ascii(parcel)) out += " SMTPUTF8";
  if (extensions.dsn) {
    out += " RET=HDRS";  // what a family was told need not travel back
    if (const auto id = message_id_of(parcel.content); !id.empty() && id.size() <= envid_limit) {
      out += " ENVID=";
      append_xtext(out, id);
    }
  }
  out += "\r\n";
}

void append_rcpt(std::string& out, const Parcel& parcel, const SmtpExtensions& extensions,
                 const config::DsnNotify& notify) {
  const auto address = envelope_address(parcel.to);
  out += "RCPT TO:<";
  out += address;
  out += '>';
  if (extensions.dsn) {
    append_notify(out, notify);
    // RFC 6533 has a form for an address beyond ASCII, which servers with SMTPUTF8 do not all know.
    if (is_ascii(address)) {
      out += " ORCPT=rfc822;";
      append_xtext(out, address);
    }
  }
  out += "\r\n";
}

// A dot is stuffed after every line feed, also a bare one: a server that takes that for a line end must not
// find a lone dot there and take what follows for commands.
std::size_t append_body(std::string& out, std::string_view content, std::size_t from, std::size_t limit) {
  const auto end = std::min(content.size(), from + limit);
  auto copied = from;
  auto at = from;
  while (at < end) {
    const auto* found = static_cast<const char*>(std::memchr(content.data() + at, '.', end - at));
    if (found == nullptr) break;
    at = static_cast<std::size_t>(found - content.data());
    if (at == 0 || content[at - 1] == '\n') {
      out.append(content, copied, at - copied);
      out += '.';
      copied = at;
    }
    ++at;
  }
  out.append(content, copied, end - copied);
  return end;
}

void append_dot(std::string& out, std::string_view content) {
  if (!content.empty() && !content.ends_with("\r\n")) out += "\r\n";
  out += ".\r\n";
}

}  // namespace crier::transport
