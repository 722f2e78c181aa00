#include "transport/smtp_envelope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>

#include "base/text.hpp"

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
  if (keyword == "SIZE") {
    extensions.size = true;
    std::from_chars(rest.data(), rest.data() + rest.size(), extensions.size_limit);
  }
  // `AUTH=PLAIN LOGIN` is how servers wrote it before the standard.
  if (keyword == "AUTH") {
    for (const auto mechanism : split(rest, ' ')) {
      if (mechanism == "PLAIN") extensions.auth_plain = true;
      if (mechanism == "LOGIN") extensions.auth_login = true;
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
  if (!extensions.smtputf8 && !is_ascii(parcel.to)) {
    return refused(rejected, recipient, "no-smtputf8",
                   "the address is not ASCII, and the server does not take such addresses (SMTPUTF8)");
  }
  if (!extensions.smtputf8 && !is_ascii(parcel.from)) {
    return refused(
        deferred, ours, "no-smtputf8",
        "the sender's address is not ASCII, and the server does not take such addresses (SMTPUTF8)");
  }
  if (extensions.size_limit > 0 && parcel.content.size() > extensions.size_limit) {
    return refused(rejected, content, "too-large",
                   fmt::format("the message has {} bytes, and the server takes at most {}",
                               parcel.content.size(), extensions.size_limit));
  }
  return std::nullopt;
}

void append_mail(std::string& out, const Parcel& parcel, const SmtpExtensions& extensions) {
  out += "MAIL FROM:<";
  out += parcel.from;
  out += '>';
  if (extensions.size) fmt::format_to(std::back_inserter(out), " SIZE={}", parcel.content.size());
  if (extensions.eight_bit && !is_ascii(parcel.content)) out += " BODY=8BITMIME";
  if (extensions.smtputf8 && (!is_ascii(parcel.to) || !is_ascii(parcel.from))) out += " SMTPUTF8";
  out += "\r\n";
}

void append_rcpt(std::string& out, const Parcel& parcel) {
  out += "RCPT TO:<";
  out += parcel.to;
  out += ">\r\n";
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
