#include "report/cause_words.hpp"

#include <algorithm>
#include <array>

namespace crier::report {
namespace {

/// In braces stands what differs by channel: who carries it, what it is addressed to.
struct CauseWords {
  std::string_view cause;
  std::string_view meaning;
  std::string_view remedy;
};

constexpr std::array cause_words{
    CauseWords{"refused-recipient", "{Server} knows no such {address}.",
               "Ask for the right address, correct it in the school's information system, import, then rerun "
               "the job."},
    CauseWords{"bounced", "It came back: there is no such address any more.",
               "Ask for the right address, correct it in the school's information system, import, then rerun "
               "the job."},
    CauseWords{"bounced-soft", "It came back, for a reason that is not the address.",
               "Read the server's answer below; when the cause is gone, rerun the job."},
    CauseWords{"invalid-address", "{Server} calls this no address.",
               "Correct it in the school's information system, import, then rerun the job."},
    CauseWords{"mailbox-full", "The mailbox is full.", "Tell them by another way; rerun the job later."},
    CauseWords{"no-smtputf8", "{Server} cannot carry an address of these letters.",
               "Ask for another address, or send through a server with SMTPUTF8."},
    CauseWords{"too-large", "The message is larger than {server} takes.", "Shorten it, then send it anew."},
    CauseWords{"refused-content", "{Server} did not like what it says.", "Read its answer below."},
    CauseWords{"policy", "{Server} does not let this sender in, or takes it for spam.",
               "Show its answer to whoever runs {server}."},
    CauseWords{"sender-refused", "{Server} does not accept this sender.",
               "Check sender under [[school]] in crier.toml."},
    CauseWords{"invalid-sender", "The sender's address is none.",
               "Check sender under [[school]] in crier.toml."},
    CauseWords{"session-refused", "{Server} turned crier away before any message.",
               "Show its answer to whoever runs {server}."},
    CauseWords{"protocol", "{Server} did not accept how crier spoke to it.",
               "Show its answer to whoever runs {server}, and report it."},
    CauseWords{"injected-text", "Somebody put text into the connection before it was encrypted.",
               "Nothing was sent. Tell whoever runs the network: it may be an attack."},
    CauseWords{"try-later", "{Server} asked to try again later.", "It is tried again by itself."},
    CauseWords{"service-closing", "{Server} was closing down.", "It is tried again by itself."},
    CauseWords{"no-route", "{Server} finds no way to that domain.",
               "Compare the domain with the school's information system; rerun the job later."},
    CauseWords{"refused-by-system", "The mail system of that address does not take it.",
               "Read its answer below; rerun the job later."},
    CauseWords{"mailing-list", "The address is a mailing list that did not expand.",
               "Ask for a personal address."},
    CauseWords{"password-unreadable", "The password or token could not be read.",
               "Check password_file, password_env or token_file under [channel.{channel}] in crier.toml."},
    CauseWords{"auth-needs-tls", "crier does not send a password over a connection without TLS.",
               "Set security to starttls or tls under [channel.{channel}] in crier.toml."},
    CauseWords{"host-unreachable", "There is no way to {server}.",
               "Check the network and host under [channel.{channel}]."},
    CauseWords{"connection-lost", "{Server} hung up.", "It is tried again by itself."},
    CauseWords{"nonsense", "What answered speaks another language, or nothing that makes sense.",
               "Check host and port under [channel.{channel}] in crier.toml."},
    CauseWords{"tls-failed", "No encrypted connection came about.",
               "Check port and security under [channel.{channel}] in crier.toml."},
    CauseWords{"host-not-found", "{Server}'s name is not known.",
               "Check host under [channel.{channel}] in crier.toml."},
    CauseWords{"connection-refused", "Nothing listens there.",
               "Check host and port under [channel.{channel}], and that {server} runs."},
    CauseWords{"timeout", "{Server} did not answer in time.", "Check the network and {server}."},
    CauseWords{"tls-certificate", "{Server}'s certificate is not to be trusted.",
               "Check host, or name the authority with ca_file under [channel.{channel}]."},
    CauseWords{"tls-not-offered", "{Server} offers no STARTTLS.",
               "Check port and security under [channel.{channel}] in crier.toml."},
    CauseWords{"authentication", "{Server} did not accept the user and password.",
               "Check user and password_file under [channel.{channel}] in crier.toml."},
    CauseWords{"undelivered", "The network took it, and it did not reach the phone.",
               "Rerun the job later; ask for another number where it goes on."},
    CauseWords{"refused-by-network", "The network turned it down.",
               "Read its answer below; rerun the job later."},
    CauseWords{"phone-unreachable", "The phone could not be reached for too long.",
               "It may be off or out of reach: rerun the job later."},
    CauseWords{"interrupted", "crier was stopped while this was under way.", "It is tried again by itself."},
    CauseWords{"too-late", "It could not leave while it was of use, and was cancelled.",
               "Send another message if it still matters."},
    CauseWords{"cancelled", "Somebody has cancelled it.", "'crier report audit' tells who."},
    CauseWords{"rejected", "Whoever approves has rejected the message.",
               "'crier report audit' tells who and why."},
    CauseWords{"not-meant", "The audience no longer meant them when it was let go.",
               "'crier resolve EXPR --explain CODE' tells why."},
    CauseWords{"audience-lost", "What the audience names was not there any more when it was let go.",
               "Check the groups and forms that the message names, then send it anew."},
    CauseWords{"missing-field", "A field of its words was empty for them.",
               "Fill it in the school's information system, import, then rerun the job."},
    CauseWords{"limit", "With their own words in it, it is longer than the channel takes.",
               "Shorten it, then send it anew."},
    CauseWords{"wallet", "The wallet did not cover their text message.",
               "Top it up with 'crier wallet top-up POINTS', then rerun the job."},
    CauseWords{"not-gsm7", "The text message would need letters that the school does not pay for.",
               "Write it without them, or set policy under [school.sms] in crier.toml to automatic."},
    CauseWords{"outbox-unwritable", "The outbox folder cannot be written.",
               "Check the disk and the rights of the folder."},
    CauseWords{"in-doubt", "It may have arrived: the answer never came, and nobody can tell.",
               "Ask one of them; then 'crier deliveries decide ID --sent', or --send-again."},
    CauseWords{"reached", "Another channel had reached them before.", "Nothing needs to be done."},
    CauseWords{"fallback", "It had not reached them in time, and the next channel took over.",
               "Nothing needs to be done."},
    CauseWords{"unanswered", "Nobody took the call.",
               "It calls again by itself, at their next number where there is one."},
    CauseWords{"not-mobile", "The number takes no text messages.",
               "Ask for a mobile number, correct it in the school's information system, import, then rerun "
               "the job."},
    CauseWords{"opted-out", "They have told the gateway to be left alone.",
               "Tell them by another way; they can write START to the number."},
    CauseWords{"too-many-requests", "{Server} asks for fewer messages at a time.",
               "It is tried again by itself; lower per_second or per_hour under [channel.{channel}] if it "
               "comes often."},
    CauseWords{"no-credit", "{Server} wants to be paid first.",
               "Top up the account there; it goes on by itself."},
    CauseWords{"no-such-gateway", "There is no gateway at that address.",
               "Check base_url or url under [channel.{channel}] in crier.toml."},
    CauseWords{"redirect", "{Server} sends crier elsewhere, which it does not follow with a message in hand.",
               "Write the right address under [channel.{channel}] in crier.toml."},
    CauseWords{"gateway-broken", "{Server} broke while it had the message in hand.",
               "It may have gone out: see 'crier deliveries show ID'."},
    CauseWords{"gateway-refused", "{Server} answers with an error that crier does not know.",
               "Read its answer below; it is tried again by itself."},
    CauseWords{"refused-message", "{Server} did not take this message.", "Read its answer below."},
    CauseWords{"filtered", "The telephone network took it for spam.",
               "Write it otherwise, without links; register the sender with the provider."},
    CauseWords{"too-long", "It is longer than the channel carries.", "Shorten it, then send it anew."},
    CauseWords{"unlicensed", "This member has no licence in WeChat Work.",
               "Give them one there, then rerun the job."},
};

std::string filled(std::string_view words, Channel channel) {
  const bool mail = channel == Channel::email;
  std::string text;
  while (!words.empty()) {
    const auto open = words.find('{');
    text += words.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = words.find('}', open);
    const auto name = words.substr(open + 1, close - open - 1);
    if (name == "Server") text += mail ? "The mail server" : "The gateway";
    if (name == "server") text += mail ? "the mail server" : "the gateway";
    if (name == "address")
      text += channel == Channel::sms || channel == Channel::voice ? "number" : "address";
    if (name == "channel") text += to_text(channel);
    words.remove_prefix(close + 1);
  }
  return text;
}

}  // namespace

std::optional<CauseMeaning> meaning_of(std::string_view cause, Channel channel) {
  const auto found = std::find_if(cause_words.begin(), cause_words.end(),
                                  [&](const CauseWords& one) { return one.cause == cause; });
  if (found == cause_words.end()) return std::nullopt;
  return CauseMeaning{filled(found->meaning, channel), filled(found->remedy, channel)};
}

std::vector<std::string> described_causes() {
  std::vector<std::string> causes;
  for (const auto& one : cause_words) causes.emplace_back(one.cause);
  return causes;
}

}  // namespace crier::report
