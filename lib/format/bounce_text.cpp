#include "format/bounce_text.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "format/bounce_words.hpp"
#include "format/mail_parts.hpp"

namespace crier::format {
namespace {

constexpr std::size_t longest_notice = 32U << 10;
constexpr std::size_t most_recipients = 100;
constexpr std::size_t longest_diagnostic = 1000;

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\n";
  const auto from = text.find_first_not_of(blanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

/// A line of a mail that somebody forwarded, as it was.
std::string_view without_quotes(std::string_view line) {
  while (line.starts_with('>') || line.starts_with(' ')) line.remove_prefix(1);
  return trimmed(line);
}

/// `----- Unsent message follows -----`, `The header of the original message is following:`
bool is_mark(std::string_view line) {
  const auto plain = trimmed(line);
  if (plain.size() < 8 || plain.size() > 160) return false;
  const auto lower = ascii_lower(plain);
  const auto found =
      std::ranges::any_of(original_marks(), [&](auto mark) { return lower.find(mark) != std::string::npos; });
  if (!found) return false;
  constexpr std::string_view rules = "-=*_#+<";
  return rules.find(plain.front()) != std::string_view::npos || lower.ends_with(':') ||
         lower.ends_with('-') || lower.ends_with('=') || lower.ends_with("follows.") ||
         lower.ends_with("follows") || lower.ends_with("(max 5k)") || lower == "message truncated" ||
         lower.starts_with("content-type:") || lower.starts_with("original message");
}

/// A header field that a returned mail has and a notice does not.
bool begins_mail(std::string_view line) {
  static constexpr std::array<std::string_view, 6> names{
      "received:", "return-path:", "message-id:", "delivered-to:", "dkim-signature:", "mime-version:"};
  if (line.starts_with('>')) line.remove_prefix(1);
  const auto lower = ascii_lower(line.substr(0, 20));
  return std::ranges::any_of(names, [&](auto name) { return lower.starts_with(name); });
}

/// What stands in front of an address that a notice lists by itself: brackets, bullets, quotes.
std::string_view without_bullets(std::string_view line) {
  constexpr std::string_view bullets = " \t<>*-\"'([=";
  const auto from = line.find_first_not_of(bullets);
  return from == std::string_view::npos ? std::string_view() : line.substr(from);
}

/// Who is named for another reason than having failed.
bool is_label_of_others(std::string_view before) {
  static constexpr std::array<std::string_view, 14> labels{
      "from:",   "sender:",    "reply-to:", "contact",   "cc:",           "mail from", "return-path",
      "sent by", "message-id", "by:",       "to report", "please e-mail", "questions", "helo"};
  return std::ranges::any_of(labels, [&](auto one) { return before.find(one) != std::string_view::npos; });
}

/// How clearly a line names an address as failed; the clearest that a notice has counts.
enum Clarity : int { listed, told, named, unclear };

Clarity clarity_of(std::string_view line, std::string_view address, bool failing_line) {
  const auto lower = ascii_lower(line);
  const auto at = lower.find(ascii_lower(address));
  const auto before = lower.substr(0, at);
  if (is_label_of_others(before)) return unclear;
  if (at == line.size() - without_bullets(line).size() && addresses_in(line).size() == 1) return listed;
  const auto rest = trimmed(std::string_view(lower).substr(at + address.size()));
  const bool ends_line = rest.find_first_not_of(">.)]:;,\"'") == std::string_view::npos;
  const auto label = trimmed(before);
  // `To: ann@example.org`: whom the mail was to is not yet who failed.
  if (label == "to:" || label == "to: <") return named;
  const bool labelled =
      ends_line && (label.ends_with(':') || label.ends_with(": <") || label.ends_with(":<"));
  return labelled || failing_line ? told : named;
}

struct Found {
  std::string address;
  Clarity clarity = unclear;
};

void keep_clearest(std::vector<Found>& found, std::string address, Clarity clarity) {
  const auto lower = ascii_lower(address);
  const auto known =
      std::ranges::find_if(found, [&](const Found& one) { return ascii_lower(one.address) == lower; });
  if (known != found.end()) {
    known->clarity = std::min(known->clarity, clarity);
  } else if (found.size() < most_recipients) {
    found.push_back({std::move(address), clarity});
  }
}

bool says_failure(std::string_view line) {
  const auto lower = ascii_lower(line);
  return find_reply_code(line) != 0 || has_bounce_words(lower) ||
         read_failure({"", line}).fault == BounceClass::hard;
}

bool looks_like_message_id(std::string_view line, std::string_view address) {
  const auto at = line.find(address);
  const auto lower = ascii_lower(line.substr(0, at));
  return lower.find("message-id") != std::string::npos || lower.find("id <") != std::string::npos ||
         address.substr(0, address.find('@')).size() > 64;
}

}  // namespace

NoticeAndOriginal part_notice(std::string_view text) {
  bool after_blank = false;
  bool said_something = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    if (said_something && (is_mark(line) || (after_blank && begins_mail(line)))) {
      return {text.substr(0, std::min(at, longest_notice)), text.substr(at)};
    }
    after_blank = trimmed(line).empty() || line.starts_with("--") || line.starts_with("==");
    if (!after_blank) said_something = true;
    at = end + 1;
  }
  return {text.substr(0, longest_notice), {}};
}

ReportedRecipient read_failure_of(std::string_view address, std::string_view notice) {
  notice = notice.substr(0, longest_notice);
  const auto lower = ascii_lower(address);
  // The lines that name it; and those behind each up to a blank one or to the next address of a list.
  std::string naming;
  std::string said;
  bool taking = false;
  for (const auto line : split(notice, '\n')) {
    const bool names_it = ascii_lower(line).find(lower) != std::string::npos;
    const auto plain = without_quotes(line);
    if (names_it) {
      naming.append(line).append(" ");
      taking = true;
    } else if (plain.empty()) {
      taking = taking && trimmed(said).size() <= address.size() + 4;  // nothing said yet: it comes below
    } else if (taking && plain.find('@') != std::string_view::npos &&
               without_bullets(line).substr(0, plain.find('@')).find(' ') == std::string_view::npos) {
      taking = false;
    }
    if (taking) said.append(line).append(" ");
  }
  ReportedRecipient one;
  one.address = address;
  auto reading = read_failure({"", naming});
  if (reading.fault == BounceClass::soft) reading = read_failure({"", said});
  if (reading.fault == BounceClass::soft && reading.code == 0 && reading.status.empty()) {
    if (const auto whole = read_failure({"", notice}); whole.fault == BounceClass::hard || whole.code != 0)
      reading = whole;
  }
  one.fault = reading.fault;
  one.status = reading.status;
  one.code = reading.code;
  one.diagnostic = one_line(said.empty() ? notice : std::string_view(said), longest_diagnostic);
  return one;
}

std::vector<ReportedRecipient> read_notice(std::string_view notice, std::span<const std::string> own) {
  notice = notice.substr(0, longest_notice);
  std::vector<Found> found;
  for (const auto line : split(notice, '\n')) {
    if (line.find('@') == std::string_view::npos) continue;
    const bool failing = says_failure(line);
    for (auto& address : addresses_in(line)) {
      const auto lower = ascii_lower(address);
      const bool is_own =
          std::ranges::any_of(own, [&](const std::string& one) { return ascii_lower(one) == lower; });
      if (is_own || is_bounce_sender(lower) || lower.find('.', lower.find('@')) == std::string::npos ||
          looks_like_message_id(line, address)) {
        continue;
      }
      const auto clarity = clarity_of(line, address, failing);
      if (clarity != unclear) keep_clearest(found, std::move(address), clarity);
    }
  }
  Clarity clearest = unclear;
  for (const auto& one : found) clearest = std::min(clearest, one.clarity);
  std::vector<ReportedRecipient> recipients;
  for (const auto& one : found) {
    if (one.clarity == clearest) recipients.push_back(read_failure_of(one.address, notice));
  }
  // An address that is merely named: only where there is no other.
  if (clearest >= named && recipients.size() > 1) recipients.clear();
  return recipients;
}

}  // namespace crier::format
