#include "office/replies.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/seal.hpp"
#include "base/text.hpp"
#include "format/encoding.hpp"
#include "format/phone.hpp"
#include "message/reply_words.hpp"
#include "office/permission.hpp"
#include "roster/schools.hpp"
#include "store/contact_store.hpp"
#include "store/reply_store.hpp"
#include "transport/receipt_words.hpp"

namespace crier::office {
namespace {

using config::ChannelKind;

/// A gateway that had no answer brings the same again within this.
constexpr std::chrono::minutes same_again{10};
/// One automatic answer in this time to one number: two machines that answer each other end there.
constexpr std::chrono::hours answer_pause{24};
/// More than any chain of text messages holds.
constexpr std::size_t longest_reply = 4000;

/// A gateway of this channel may bring replies.
bool brings_replies(const config::ChannelSettings& channel) {
  if (channel.kind == ChannelKind::twilio) return !channel.gateway.receipts.empty();
  const bool has_key = channel.kind == ChannelKind::kannel || channel.kind == ChannelKind::http;
  return has_key && channel.gateway.has_reply_secret;
}

bool is_from_gateway(const Office& office, const config::ChannelSettings& channel, const GatewayCall& call,
                     const CallParameters& parameters) {
  if (channel.kind == ChannelKind::twilio) return is_signed_by_twilio(office, call, parameters.body);
  if (!channel.gateway.reply_secret_fault.empty()) {
    throw Error(Exit::usage, "no-password", channel.gateway.reply_secret_fault,
                "Whoever runs the daemon must be able to read it.");
  }
  const auto& secret = channel.gateway.reply_secret.reveal();
  const auto key = transport::value_of(parameters.query, "key").value_or("");
  return !secret.empty() && same_seal(key, secret);
}

/// Whole characters, no controls but line ends, of bounded length.
std::string clean_text(std::string_view as_sent) {
  auto text =
      is_utf8(as_sent) ? std::string(as_sent) : format::decode(as_sent, format::Encoding::windows1252);
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\n') || c == '\x7f'; }, ' ');
  if (text.size() > longest_reply) {
    auto end = longest_reply;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
  }
  return std::string(trim_invisible(text));
}

/// Of a number without a country the first school's own is meant.
std::string number_of(const Office& office, std::string_view as_sent) {
  const auto text = clean_text(as_sent);
  const auto profiles = roster::school_profiles(office.store, office.settings);
  const auto country = profiles.empty() ? std::string() : profiles.front().country;
  // A plus is a blank in a query that was not encoded.
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (digits && text.size() > 9 && text.front() != '0') {
    if (auto whole = format::read_phone("+" + text, country); !whole.problem) return whole.e164;
  }
  auto reading = format::read_phone(text, country);
  return reading.problem ? text.substr(0, 64) : reading.e164;
}

/// Nothing where the call does not hold one.
std::optional<Reply> read_reply(const Office& office, const config::ChannelSettings& channel,
                                const GatewayCall& call, const CallParameters& parameters) {
  const bool twilio = channel.kind == ChannelKind::twilio;
  const bool described = channel.kind == ChannelKind::http;
  const config::ReplyShape standard =
      twilio ? config::ReplyShape{"From", "Body", "To", "MessageSid"} : config::ReplyShape();
  const auto& shape = described ? channel.gateway.reply : standard;
  const auto all = parameters.all();
  const auto said = [&](const std::string& name) { return transport::value_of(all, name); };
  const auto from = said(shape.from);
  const auto text = said(shape.text);
  if (!parameters.understood || !from || from->empty() || !text) return std::nullopt;
  Reply reply;
  reply.channel = to_text(call.channel);
  reply.gateway_id = clean_text(said(shape.id).value_or("")).substr(0, 100);
  reply.sender = number_of(office, *from);
  reply.recipient = clean_text(said(shape.to).value_or("")).substr(0, 64);
  reply.text = clean_text(*text);
  reply.received = office.clock.now();
  return reply;
}

bool take_back(const Office& office, std::int64_t person) {
  if (store::take_back_replied(office.store, person, "sms") == 0) return false;
  record(office, "opt-in", fmt::format("person {}", person), "text messages, by a reply from their number");
  return true;
}

void opt_out(const Office& office, std::int64_t person, Instant now) {
  const store::OptOut all{"sms", "", now, std::string(store::said_by_reply)};
  if (store::add_opt_out(office.store, person, all) == 0) return;
  record(office, "opt-out", fmt::format("person {}", person), "text messages, by a reply from their number");
}

/// Does what the word asks for; false where there was nothing to take back.
bool act_on(const Office& office, const Reply& reply) {
  const auto holders = store::holders_of_number(office.store, reply.sender);
  switch (reply.word) {
    case ReplyWord::stop:
      for (const auto person : holders) opt_out(office, person, reply.received);
      store::cancel_to_number(office.store, reply.sender, reply.received);
      return true;
    case ReplyWord::start: {
      bool any = false;
      for (const auto person : holders) any = take_back(office, person) || any;
      return any;
    }
    default:
      return true;
  }
}

std::string school_name(const Office& office, std::string_view number) {
  if (auto name = store::school_of_number(office.store, number); !name.empty()) return name;
  if (!office.settings.district.name.empty()) return office.settings.district.name;
  const auto profiles = roster::school_profiles(office.store, office.settings);
  return profiles.empty() ? std::string("School") : profiles.front().name;
}

/// Whether what the gateway is answered goes back to the phone, and nobody else has answered it.
bool may_answer(const Office& office, const config::ChannelSettings& channel, const Reply& reply) {
  if (!channel.gateway.answers || !reply.sender.starts_with('+')) return false;
  if (channel.kind == ChannelKind::twilio && message::is_answered_by_twilio(reply.text)) return false;
  return !store::was_answered(office.store, reply.sender, reply.received - answer_pause);
}

std::string answer_of(const Office& office, const Reply& reply, std::string_view word_language) {
  const auto holders = store::holders_of_number(office.store, reply.sender);
  auto language = holders.empty() ? std::string() : store::language_of(office.store, holders.front());
  if (language.empty()) language = word_language;
  return message::answer_to(reply.word, language, school_name(office, reply.sender));
}

/// May see what came from this number.
void require_sight(const Office& office, Act act, const ReplyRow& reply) {
  Concern concern;
  for (const auto& person : reply.people) {
    if (!person.school.empty()) concern.schools.push_back(person.school);
  }
  if (concern.schools.empty()) {
    require_everywhere(office, act);
  } else {
    require(office, act, concern);
  }
}

ReplyRow reply_there(const Office& office, std::int64_t id) {
  if (auto found = store::reply(office.store, id)) return std::move(*found);
  throw Error(Exit::nothing_there, "no-such-reply", fmt::format("there is no reply {}", id),
              "'crier replies list --all' lists those there are.");
}

void mask(AddressSight sight, ReplyRow& reply) {
  reply.sender = shown_address(sight, reply.sender);
  reply.recipient = shown_address(sight, reply.recipient);
  reply.text = shown_text(sight, reply.text);
}

/// A date, a time, or a span before now.
Instant since_of(const Office& office, std::string_view text, const Zone& zone) {
  if (text.empty()) return Instant{};
  if (const auto span = parse_span(text)) return office.clock.now() - *span;
  if (const auto at = parse_rfc3339(text)) return *at;
  if (const auto local = parse_local(text)) return zone.instant(*local);
  throw Error(Exit::usage, "bad-time", fmt::format("--since: '{}' is no date, time or span", text),
              "Write 2026-11-25, 2026-11-25T16:00, an RFC 3339 time, or a span before now such as 7d.");
}

}  // namespace

ReplyTaken take_reply(const Office& office, const GatewayCall& call) {
  const auto channel = office.settings.channel(call.channel);
  if (!brings_replies(channel)) return {Heard::no_gateway};
  const auto parameters = parameters_of(call);
  if (!is_from_gateway(office, channel, call, parameters)) return {Heard::forged};
  auto reply = read_reply(office, channel, call, parameters);
  if (!reply) return {Heard::not_understood};
  const auto known = message::known_word(reply->text, channel.gateway.reply_words);
  reply->word = known.word;
  store::Transaction transaction(office.store);
  if (store::is_reply_known(office.store, *reply, reply->received - same_again)) return {Heard::again};
  const bool acted = act_on(office, *reply);
  // A 'yes' where nothing is to be taken back answers what we asked: somebody reads it.
  if (known.is_common && !acted) reply->word = ReplyWord::none;
  std::string answer;
  if (reply->word != ReplyWord::none) {
    reply->done = reply->received;
    reply->done_by = "crier";
    if (may_answer(office, channel, *reply)) answer = answer_of(office, *reply, known.language);
  }
  reply->answered = !answer.empty();
  store::insert_reply(office.store, *reply);
  transaction.commit();
  return {Heard::taken, std::move(answer)};
}

std::vector<ReplyRow> list_replies(const Office& office, ReplyList which, std::string_view since,
                                   const Zone& zone) {
  require(office, Act::look);
  auto found =
      store::replies(office.store, which == ReplyList::all ? store::ReplyScope::all : store::ReplyScope::open,
                     school_in_sight(office), since_of(office, since, zone));
  const auto sight = address_sight(office);
  for (auto& one : found) mask(sight, one);
  return found;
}

Table reply_table(const std::vector<ReplyRow>& replies) {
  Table table;
  table.name = "replies";
  table.columns = {{"id", "Reply", ColumnKind::count},
                   {"received", "Received", ColumnKind::instant},
                   {"from", "From", ColumnKind::address},
                   {"code", "Code"},
                   {"name", "Name"},
                   {"text", "Text"},
                   {"word", "Word"},
                   {"done", "Done", ColumnKind::instant},
                   {"done_by", "By"}};
  for (const auto& one : replies) {
    std::vector<std::string> codes, names;
    for (const auto& person : one.people) {
      codes.push_back(person.code);
      names.push_back(person.name);
    }
    table.rows.push_back({one.id, one.received, one.sender, join(codes, ", "), join(names, "; "), one.text,
                          std::string(to_text(one.word)), one.done ? Cell(*one.done) : Cell(), one.done_by});
  }
  return table;
}

ReplyRow find_reply(const Office& office, std::int64_t id) {
  auto found = reply_there(office, id);
  require_sight(office, Act::look, found);
  mask(address_sight(office), found);
  return found;
}

std::vector<ReplyRow> finish_replies(const Office& office, std::span<const std::int64_t> ids) {
  store::Transaction transaction(office.store);
  const auto now = office.clock.now();
  for (const auto id : ids) {
    require_sight(office, Act::resolve_issue, reply_there(office, id));
    if (!store::set_reply_done(office.store, id, office.actor, now)) {
      throw Error(Exit::refused_by_rule, "reply-done", fmt::format("reply {} was dealt with before", id),
                  fmt::format("'crier replies show {}' tells when, and by whom.", id));
    }
    record(office, "reply-done", fmt::format("reply {}", id), "dealt with");
  }
  std::vector<ReplyRow> finished;
  for (const auto id : ids) finished.push_back(find_reply(office, id));
  transaction.commit();
  return finished;
}

}  // namespace crier::office
