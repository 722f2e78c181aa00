#include "format/bounce_words.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace crier::format {
namespace {

using Words = std::string_view;

struct StatusRow {
  /// `5.1.1`, or a whole subject: `5.7.`.
  std::string_view status;
  /// None: it says too little, the words decide.
  std::optional<BounceClass> fault;
};

// RFC 3463 and the IANA list of enhanced status codes. The first row that fits counts. The same rules as for
// answers in the dialogue (transport/smtp_reply_class), as far as a report can be trusted like one.
constexpr std::array status_rows{
    StatusRow{"4.", BounceClass::soft},
    // The sender, or addresses in the plural.
    StatusRow{"5.1.7", BounceClass::soft},
    StatusRow{"5.1.8", BounceClass::soft},
    StatusRow{"5.1.9", BounceClass::soft},
    StatusRow{"5.1.0", std::nullopt},
    StatusRow{"5.1.", BounceClass::hard},
    StatusRow{"5.2.1", BounceClass::hard},
    StatusRow{"5.2.2", BounceClass::soft},
    StatusRow{"5.2.3", BounceClass::soft},
    StatusRow{"5.2.", std::nullopt},
    StatusRow{"5.3.0", std::nullopt},
    StatusRow{"5.3.", BounceClass::soft},
    // No route, or no such host: servers do not tell them apart.
    StatusRow{"5.4.", std::nullopt},
    StatusRow{"5.6.", BounceClass::soft},
    // A mailbox or domain that has another owner now (RFC 7293).
    StatusRow{"5.7.17", BounceClass::hard},
    StatusRow{"5.7.18", BounceClass::hard},
    // The domain takes no mail (RFC 7505).
    StatusRow{"5.7.27", std::nullopt},
    StatusRow{"5.7.1", std::nullopt},
    StatusRow{"5.7.", BounceClass::soft},
};

// Words that say it is not the address, whatever the code. They are asked before all others: "user unknown or
// over quota" counts nothing.
constexpr std::array soft_words{
    // A mailbox that is full is alive.
    Words{"mailbox full"},
    Words{"mailbox is full"},
    Words{"mailbox has exceeded"},
    Words{"mail box full"},
    Words{"over quota"},
    Words{"overquota"},
    Words{"over disk quota"},
    Words{"exceeding their quota"},
    Words{"quota exceeded"},
    Words{"exceeded storage"},
    Words{"exceeded quota"},
    Words{"exceed mailbox quota"},
    Words{"would exceed"},
    Words{"insufficient disk"},
    Words{"storage allocation"},
    Words{"out of storage"},
    Words{"full mailbox"},
    Words{"not enough storage"},
    Words{"disk full"},
    // About us: reputation, policy, rate, form.
    Words{"spamhaus"},
    Words{"blacklisted by"},
    Words{"has been blacklisted"},
    Words{"in a blacklist"},
    Words{"on a blacklist"},
    Words{"blacklisted url"},
    Words{"black list"},
    Words{"blocklist"},
    Words{"block list"},
    Words{"blocked using"},
    Words{"spamcop"},
    Words{"junk mail"},
    Words{"considered spam"},
    Words{"as spam"},
    Words{"spam message"},
    Words{"spam content"},
    Words{"spam filter"},
    Words{"virus"},
    Words{"relaying denied"},
    Words{"relay denied"},
    Words{"relay access denied"},
    Words{"relaying not permitted"},
    Words{"unable to relay"},
    Words{"not permitted to relay"},
    Words{"too many recipients"},
    Words{"too many connections"},
    Words{"too many messages"},
    Words{"receiving mail at a rate"},
    Words{"rate limit"},
    Words{"greylist"},
    Words{"graylist"},
    Words{"try again later"},
    Words{"temporarily deferred"},
    Words{"temporary failure"},
    Words{"temporarily unavailable"},
    Words{"message too large"},
    Words{"message size exceeds"},
    Words{"exceeds size limit"},
    Words{"too big"},
    Words{"dmarc"},
    Words{"spf check"},
    Words{"dkim"},
    Words{"reverse dns"},
    Words{"ptr record"},
    Words{"recipient preferences"},
    Words{"sender rejected"},
    Words{"sender address rejected"},
    Words{"domain of sender"},
    Words{"sender domain"},
    Words{"sender denied"},
    Words{"use the smtp server of your isp"},
    Words{"mail loop"},
    Words{"too many hops"},
    Words{"hop count exceeded"},
    Words{"procmail"},
    Words{"loops back to myself"},
    Words{"connection refused"},
    Words{"connection timed out"},
    Words{"in the queue too long"},
    Words{"retry timeout exceeded"},
    Words{"retry time not reached"},
};

// Words that say that the address is lost.
constexpr std::array hard_words{
    // Nobody of that name.
    Words{"user unknown"},
    Words{"unknown user"},
    Words{"user not found"},
    Words{"user is unknown"},
    Words{"unknown recipient"},
    Words{"recipient unknown"},
    Words{"unknown local"},
    Words{"unknown mailbox"},
    Words{"unknown address"},
    Words{"address unknown"},
    Words{"no such user"},
    Words{"no such mailbox"},
    Words{"no such recipient"},
    Words{"no such person"},
    Words{"no such address"},
    Words{"no such account"},
    Words{"no mailbox here"},
    Words{"no mailbox by that name"},
    Words{"no mailbox found"},
    Words{"no user by that name"},
    Words{"not a valid mailbox"},
    Words{"not a valid recipient"},
    Words{"not a valid user"},
    Words{"invalid recipient"},
    Words{"invalid mailbox"},
    Words{"invalid user"},
    Words{"invalid address"},
    Words{"invalid final delivery userid"},
    Words{"destinataire invalide"},
    Words{"bad destination mailbox"},
    Words{"bad recipient"},
    Words{"bad address"},
    Words{"does not exist"},
    Words{"doesn't exist"},
    Words{"do not exist"},
    Words{"mailbox not found"},
    Words{"mailbox unavailable"},
    Words{"mailbox is unavailable"},
    Words{"recipient not found"},
    Words{"address not found"},
    Words{"name is not recognized"},
    Words{"not recognized"},
    Words{"not listed in"},
    Words{"not our customer"},
    Words{"not our user"},
    Words{"user doesn't have a"},
    Words{"user doesn't have an"},
    Words{"user does not have a"},
    Words{"is not known"},
    Words{"isn't known"},
    Words{"recipient address rejected"},
    Words{"recipient rejected"},
    Words{"address rejected"},
    Words{"couldn't be found"},
    Words{"could not be found"},
    Words{"can't be found"},
    Words{"wasn't found at"},
    Words{"unrouteable address"},
    Words{"unroutable address"},
    Words{"no account by that name"},
    Words{"undeliverable address"},
    Words{"is not a known user"},
    Words{"mailbox does not"},
    Words{"unable to find recipient"},
    Words{"local user not found"},
    Words{"not a known user"},
    Words{"this address no longer accepts mail"},
    Words{"no longer accepts mail"},
    Words{"no matches to nameserver query"},
    Words{"utilisateur inconnu"},
    Words{"benutzer unbekannt"},
    Words{"usuario desconocido"},
    Words{"utente sconosciuto"},
    // Closed or moved.
    Words{"no longer on server"},
    Words{"no longer valid"},
    Words{"no longer in use"},
    Words{"has moved"},
    Words{"account disabled"},
    Words{"account is disabled"},
    Words{"account has been disabled"},
    Words{"account that you tried to reach is disabled"},
    Words{"account that you tried to reach is inactive"},
    Words{"mailbox disabled"},
    Words{"account closed"},
    Words{"account inactive"},
    Words{"user is disabled"},
    Words{"account that you tried to reach does not"},
    // No such domain, or one that takes no mail.
    Words{"host unknown"},
    Words{"unknown host"},
    Words{"no such domain"},
    Words{"no such host"},
    Words{"host not found"},
    Words{"domain not found"},
    Words{"domain name not found"},
    Words{"host or domain name not found"},
    Words{"invalid domain"},
    Words{"illegal host/domain"},
    Words{"couldn't find any host"},
    Words{"could not find any host"},
    Words{"find any mail exchanger"},
    Words{"name service error for name"},
    Words{"domain does not exist"},
    Words{"does not accept mail"},
    Words{"doesn't accept mail"},
    Words{"doesn't receive email"},
    Words{"domain is not reachable"},
    Words{"bad destination system"},
    Words{"name or service not known"},
    Words{"non-existent host"},
    Words{"nonexistent domain"},
    Words{"unknown domain"},
    Words{"domain unknown"},
    Words{"nullmx"},
    Words{"null mx"},
    Words{"all relevant mx records point to non-existent hosts"},
    Words{"couldn't find a mail exchanger"},
    Words{"address is administratively disabled"},
    Words{"check if address is correct"},
    Words{"no valid recipient"},
    Words{"may not exist"},
    Words{"no smtp service"},
    Words{"no mx record"},
    Words{"lookup failure: host"},
    Words{"ist unbekannt"},
};

constexpr std::array marks{
    Words{"below this line is a copy"},
    Words{"below this line is the original"},
    Words{"below the next line is a copy"},
    Words{"--- original message"},
    Words{"-- original message"},
    Words{"original message follows"},
    Words{"original message as received"},
    Words{"original message attached"},
    Words{"this is a copy of the message"},
    Words{"this is a copy of your message"},
    Words{"message header follows"},
    Words{"headers follow"},
    Words{"lines of your original message follow"},
    Words{"unsent message"},
    Words{"undelivered message"},
    Words{"returned message"},
    Words{"received message"},
    Words{"message text follows"},
    Words{"the header of the original message"},
    Words{"header of the original message is following"},
    Words{"original message headers"},
    Words{"original message header"},
    Words{"content-type: message/rfc822"},
    Words{"content-type: text/rfc822-headers"},
    Words{"body of message generated response"},
    Words{"copy of the original message"},
    Words{"the following is a copy of"},
    Words{"message follows"},
    Words{"original mail header"},
    Words{"message contents follow"},
    Words{"your original message"},
    Words{"original mail as follows"},
    Words{"included is a copy of"},
    Words{"message truncated"},
};

constexpr std::array bounce_subjects{
    Words{"undeliver"},
    Words{"delivery status"},
    Words{"delivery failure"},
    Words{"delivery has failed"},
    Words{"delivery failed"},
    Words{"failure notice"},
    Words{"failure delivery"},
    Words{"failed delivery"},
    Words{"mail delivery fail"},
    Words{"mail delivery problem"},
    Words{"mail delivery system"},
    Words{"returned mail"},
    Words{"returned to sender"},
    Words{"return to sender"},
    Words{"delivery notification"},
    Words{"delivery report"},
    Words{"delivery error"},
    Words{"delivery problem"},
    Words{"mail system error"},
    Words{"message status"},
    Words{"nondeliver"},
    Words{"non-deliver"},
    Words{"not delivered"},
    Words{"mail could not be delivered"},
    Words{"could not send"},
    Words{"delivery unsuccessful"},
    Words{"warning: could not send"},
    Words{"user unknown"},
    Words{"undelivered"},
    Words{"delivery delayed"},
    Words{"mail delivery"},
    Words{"mail failure"},
    Words{"mail error"},
    Words{"message delivery"},
    Words{"message delayed"},
    Words{"delayed mail"},
    Words{"unable to deliver"},
    Words{"cannot be delivered"},
    Words{"no entregado"},
    Words{"unzustellbar"},
    Words{"non remis"},
    Words{"mancata consegna"},
    Words{"returned email"},
    Words{"mail failed"},
    Words{"error sending your mail"},
    Words{"returning to sender"},
};

constexpr std::array bounce_senders{
    Words{"mailer-daemon"},
    Words{"mailer_daemon"},
    Words{"mailerdaemon"},
    Words{"postmaster"},
    Words{"mail delivery"},
    Words{"mailsystem"},
    Words{"mail-daemon"},
    Words{"maildaemon"},
    Words{"mail-deliver"},
    Words{"mail deliver"},
    Words{"system administrator"},
    Words{"mdaemon"},
    Words{"delivery subsystem"},
    Words{"bounce"},
    Words{"mailadm"},
    Words{"post_master"},
};

constexpr std::array bounce_words{
    Words{"could not be delivered"},
    Words{"couldn't be delivered"},
    Words{"not able to deliver"},
    Words{"wasn't able to deliver"},
    Words{"unable to deliver"},
    Words{"was not delivered"},
    Words{"not delivered to the following"},
    Words{"undeliverable"},
    Words{"delivery failed"},
    Words{"had permanent fatal errors"},
    Words{"had delivery errors"},
    Words{"delivery errors"},
    Words{"had delivery problems"},
    Words{"did not reach the following"},
    Words{"failed permanently"},
    Words{"has been delayed"},
    Words{"has not yet been delivered"},
    Words{"delivery to the following"},
    Words{"unable to be delivered"},
    Words{"not been delivered"},
    Words{"returned to sender"},
    Words{"message was not"},
    Words{"permanent error"},
    Words{"user unknown"},
    Words{"unknown user"},
    Words{"smtp error"},
    Words{"cannot be delivered"},
    Words{"can't be delivered"},
    Words{"has been postponed"},
    Words{"invalid final delivery userid"},
    Words{"did not exactly match"},
    Words{"not accepting mail"},
    Words{"did not receive"},
    Words{"failed to deliver"},
    Words{"delivery has failed"},
    Words{"undelivered"},
    Words{"not deliver"},
    Words{"was rejected"},
    Words{"has failed"},
    Words{"was undeliverable"},
    Words{"delivery status"},
    Words{"rejected your message"},
    Words{"no such user"},
    Words{"no valid recipient"},
    Words{"trouble delivering"},
    Words{"unknown host"},
    Words{"has been returned because"},
    Words{"not our user"},
};

constexpr std::array delay_words{
    Words{"not yet been delivered"}, Words{"will continue to"},        Words{"warning message only"},
    Words{"has been delayed"},       Words{"message will be retried"}, Words{"will be retried"},
    Words{"has been postponed"},     Words{"will keep trying"},        Words{"do not need to resend"},
    Words{"still being attempted"},  Words{"transient non-fatal"},     Words{"temporarily delayed"},
};

constexpr std::array delivered_words{
    Words{"successfully delivered"},   Words{"was delivered successfully"}, Words{"were successfully"},
    Words{"successful mail delivery"}, Words{"your message was read"},      Words{"was displayed on"},
    Words{"delivered to the mailbox"}, Words{"has been successfully"},
};

constexpr std::array absence_subjects{
    Words{"out of office"},
    Words{"out of the office"},
    Words{"out-of-office"},
    Words{"automatic reply"},
    Words{"auto reply"},
    Words{"auto-reply"},
    Words{"autoreply"},
    Words{"auto:"},
    Words{"autoresponder"},
    Words{"automated reply"},
    Words{"auto response"},
    Words{"auto-response"},
    Words{"vacation"},
    Words{"on holiday"},
    Words{"on leave"},
    Words{"away from"},
    Words{"abwesen"},
    Words{"automatische antwort"},
    Words{"réponse automatique"},
    Words{"absence du bureau"},
    Words{"respuesta automática"},
    Words{"fuera de la oficina"},
    Words{"risposta automatica"},
    Words{"fuori ufficio"},
    Words{"automatisch antwoord"},
    Words{"自动回复"},
    Words{"自動回覆"},
};

// Codes without an enhanced status that say it by themselves: RFC 7504, and a gateway's own.
constexpr std::array hard_codes{542, 556};

bool has_any(std::string_view lower, std::span<const Words> words) {
  return std::ranges::any_of(words, [&](Words one) { return lower.find(one) != Words::npos; });
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string lower_line(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, 4000)) {
    const bool blank = c == ' ' || c == '\t' || c == '\n';
    if (blank && (line.empty() || line.back() == ' ')) continue;
    line += blank ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return line;
}

const StatusRow* row_of(std::string_view status) {
  for (const auto& row : status_rows) {
    const bool fits = row.status.ends_with('.') ? status.starts_with(row.status) : status == row.status;
    if (fits) return &row;
  }
  return nullptr;
}

/// What a status says by itself; none where it says too little (5.0.0, 5.5.0).
std::optional<BounceClass> fault_of(std::string_view status) {
  const auto* row = row_of(status);
  return row == nullptr ? std::nullopt : row->fault;
}

}  // namespace

std::string_view find_status(std::string_view text) {
  for (std::size_t i = 0; i + 4 < text.size(); ++i) {
    if ((text[i] != '2' && text[i] != '4' && text[i] != '5') || text[i + 1] != '.' || !is_digit(text[i + 2]))
      continue;
    if (i > 0 && (is_digit(text[i - 1]) || text[i - 1] == '.')) continue;  // within a number or an address
    auto end = i + 2;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end - i - 2 > 3 || end >= text.size() || text[end] != '.') continue;
    const auto detail = ++end;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end == detail || end - detail > 3) continue;
    if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) continue;  // an IP address
    return text.substr(i, end - i);
  }
  return {};
}

int find_reply_code(std::string_view text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if ((text[i] != '4' && text[i] != '5') || !is_digit(text[i + 1]) || !is_digit(text[i + 2])) continue;
    if (text[i + 1] > '7') continue;
    const auto stands_alone = [&](std::size_t at) {
      const char c = text[at];
      return !is_digit(c) && c != '.' && c != '/' && c != ':' && c != '@' && !(c >= 'a' && c <= 'z') &&
             !(c >= 'A' && c <= 'Z');
    };
    if (i > 0 && (!stands_alone(i - 1) || text[i - 1] == '-') && text[i - 1] != ':') continue;
    if (i + 3 < text.size() && !stands_alone(i + 3) && text[i + 3] != ':') continue;
    return (text[i] - '0') * 100 + (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
  }
  return 0;
}

FailureReading read_failure(const FailureSigns& signs) {
  FailureReading reading;
  const auto lower = lower_line(signs.text);
  const auto said = find_status(lower);
  reading.code = find_reply_code(lower);
  // What the server said itself is closer than what the report makes of it.
  reading.status = said.empty() || !row_of(said) ? std::string(signs.status) : std::string(said);
  if (reading.status.empty()) reading.status = said;
  if (has_any(lower, soft_words)) return reading;
  for (const auto status : {said, signs.status}) {
    if (const auto fault = fault_of(status)) {
      reading.fault = *fault;
      // `450 4.1.1 User unknown`, and the queue's time is up: still what the words say.
      if (!status.starts_with("4.1.") || !has_any(lower, hard_words)) return reading;
      break;
    }
  }
  const bool by_code = std::ranges::find(hard_codes, reading.code) != hard_codes.end();
  if (by_code || has_any(lower, hard_words)) reading.fault = BounceClass::hard;
  return reading;
}

std::span<const std::string_view> original_marks() {
  return marks;
}

bool is_bounce_subject(std::string_view lower) {
  return has_any(lower, bounce_subjects);
}
bool is_bounce_sender(std::string_view lower) {
  return has_any(lower, bounce_senders);
}
bool has_bounce_words(std::string_view lower) {
  return has_any(lower, bounce_words);
}
bool has_delay_words(std::string_view lower) {
  return has_any(lower, delay_words);
}
bool has_delivered_words(std::string_view lower) {
  return has_any(lower, delivered_words);
}
bool is_absence_subject(std::string_view lower) {
  return has_any(lower, absence_subjects);
}

}  // namespace crier::format
