#include "office/deciding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "delivery/plan.hpp"
#include "message/limits.hpp"
#include "message/words.hpp"
#include "office/contacts.hpp"
#include "office/outgoing.hpp"
#include "office/permission.hpp"
#include "office/sending.hpp"
#include "office/wallet.hpp"
#include "office/wording.hpp"
#include "roster/schools.hpp"
#include "store/message_store.hpp"
#include "store/release_store.hpp"

namespace crier::office {
namespace {

void require_awaiting(const store::MessageRow& message) {
  if (message.state == MessageState::awaiting_approval) return;
  throw Error(
      Exit::refused_by_rule, "not-awaiting",
      fmt::format("message {} does not wait for approval: it is {}", message.id, to_text(message.state)),
      "'crier status --awaiting' lists those that do.");
}

/// The other one who decided was first.
[[noreturn]] void refuse_decided(std::int64_t message) {
  throw Error(Exit::refused_by_rule, "not-awaiting",
              fmt::format("message {} has been decided by somebody else just now", message),
              "See 'crier report audit'.");
}

/// D8: other words may cost more than is reserved for those that they replace.
void require_points(const Office& office, std::int64_t id, const std::vector<Channel>& channels) {
  if (!office.settings.wallet || std::find(channels.begin(), channels.end(), Channel::sms) == channels.end())
    return;
  const auto message = store::message(office.store, id);
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto school =
      std::find_if(schools.begin(), schools.end(), [&](const auto& one) { return one.id == message.school; });
  if (school == schools.end()) return;
  const Office of_school{office.store, office.settings, office.clock, office.actor, school->code};
  const auto audience = audience_of_message(of_school, message, Channel::sms);
  auto request = plan_request(office, schools, *school, message, audience);
  Wording wording(office, message, {}, *school);
  request.own = wording.for_people(audience);
  const auto cost = cost_of(delivery::make_plan(request));
  const Purse purse(office, message.school, message.priority, Purse::Opening::looked_at);
  purse.require(cost, purse.id() ? store::reserved_for_message(office.store, *purse.id(), id) : 0);
}

void apply(const Office& office, const store::MessageRow& message, const Edit& edit) {
  if (edit.subject.empty() && edit.body.empty()) return;
  if (!message.template_name.empty() || message.occurrence) {
    throw Error(Exit::refused_by_rule, "not-editable",
                fmt::format("the words of message {} come from {}", message.id,
                            message.occurrence ? "a schedule" : "the template " + message.template_name),
                "Reject it, and change them there.");
  }
  const auto& subject = edit.subject.empty() ? message.subject : edit.subject;
  const auto& body = edit.body.empty() ? message.body : edit.body;
  const auto channels = store::message_channels(office.store, message.id);
  message::require_limits(subject, body, channels);
  (void)message::Words(subject, body, {}, "");
  store::rewrite_message(office.store, message.id, subject, body);
  require_points(office, message.id, channels);
  record(office, "edit", fmt::format("message {}", message.id), fmt::format("'{}'", subject));
}

Decided cancelled(const Office& office, const store::CancelScope& scope, std::string subject,
                  const std::string& nothing) {
  Decided decided;
  decided.message = scope.message.value_or(0);
  {
    store::Transaction transaction(office.store);
    decided.under_way = store::count_under_way(office.store, scope);
    decided.deliveries = store::cancel_deliveries(office.store, scope, "cancelled", office.clock.now());
    if (decided.deliveries > 0) {
      if (scope.message && !scope.person) {
        const store::Decision decision{office.actor, office.clock.now(), ""};
        for (const auto from : {MessageState::awaiting_approval, MessageState::released}) {
          store::decide_message(office.store, *scope.message, from, MessageState::cancelled, decision);
        }
      }
      record(office, "cancel", std::move(subject),
             fmt::format("{} deliveries, {} were under way", decided.deliveries, decided.under_way));
      transaction.commit();
    }
  }
  if (decided.deliveries > 0) return decided;
  throw Error(Exit::refused_by_rule, "nothing-to-cancel", nothing,
              decided.under_way > 0
                  ? fmt::format("{} are under way at this moment and cannot be held back.", decided.under_way)
                  : "What has gone cannot be taken back.");
}

}  // namespace

Decided approve(const Office& office, std::int64_t id, const Edit& edit) {
  Decided decided;
  decided.message = id;
  {
    store::Transaction transaction(office.store);
    const auto message = store::message(office.store, id);
    require(office, Act::decide_message, concern_of(office, message));
    require_awaiting(message);
    const auto now = office.clock.now();
    if (message.expires && *message.expires <= now) {
      throw Error(Exit::refused_by_rule, "too-late",
                  fmt::format("message {} is of no use since {}", id, to_rfc3339(*message.expires)),
                  "Reject it, and send another.");
    }
    apply(office, message, edit);
    decided.subject = edit.subject.empty() ? message.subject : edit.subject;
    if (!store::decide_message(office.store, id, MessageState::awaiting_approval, MessageState::released,
                               {office.actor, now, ""})) {
      refuse_decided(id);
    }
    // It is released at once, or at its time: quiet hours are looked at then.
    decided.leaves = std::max(now, message.send_at.value_or(now));
    const bool at_once = !message.send_at || *message.send_at <= now;
    // At once is by any clock: one that stands a little behind must not hold it up.
    decided.deliveries =
        store::set_release_time(office.store, id, at_once ? Instant{} : *decided.leaves, now);
    if (message.fallback_after)
      store::wait_for_earlier_channels(office.store, id, *message.fallback_after, now);
    record(office, "approve", fmt::format("message {}", id),
           fmt::format("'{}' of {}: {} deliveries", decided.subject, message.sender, decided.deliveries));
    transaction.commit();
  }
  os::ring(bell_path(office.store.path()));
  return decided;
}

Decided reject(const Office& office, std::int64_t id, const std::string& reason) {
  if (trim_invisible(reason).empty()) {
    throw Error(Exit::usage, "no-reason", "a rejection needs a reason", "Give one with --reason.");
  }
  Decided decided;
  decided.message = id;
  store::Transaction transaction(office.store);
  const auto message = store::message(office.store, id);
  require(office, Act::decide_message, concern_of(office, message));
  require_awaiting(message);
  decided.subject = message.subject;
  if (!store::decide_message(office.store, id, MessageState::awaiting_approval, MessageState::rejected,
                             {office.actor, office.clock.now(), reason})) {
    refuse_decided(id);
  }
  decided.deliveries =
      store::cancel_deliveries(office.store, {id, std::nullopt}, "rejected", office.clock.now());
  record(office, "reject", fmt::format("message {}", id),
         fmt::format("'{}' of {}: {}", message.subject, message.sender, reason));
  transaction.commit();
  return decided;
}

Decided cancel(const Office& office, std::int64_t id) {
  const auto message = store::message(office.store, id);
  require(office, Act::change_message, concern_of(office, message));
  auto decided = cancelled(office, {id, std::nullopt}, fmt::format("message {}", id),
                           fmt::format("nothing of message {} is left to cancel", id));
  decided.subject = message.subject;
  return decided;
}

Decided cancel_for(const Office& office, std::optional<std::int64_t> id, const std::string& code) {
  const auto person = find_person(office, code);
  require(office, Act::change_message,
          id ? concern_of(office, store::message(office.store, *id)) : Concern{{person.school}, ""});
  const auto of = id ? fmt::format("message {}", *id) : std::string("all messages");
  return cancelled(office, {id, person.id}, fmt::format("{} to {}", of, person.code),
                   fmt::format("nothing of {} is left to cancel for {}", of, person.code));
}

Decided cancel_all(const Office& office) {
  require_everywhere(office, Act::change_message);
  return cancelled(office, {}, "all messages", "nothing is left to cancel");
}

std::vector<Awaiting> awaiting_approval(const Office& office) {
  std::vector<Awaiting> all;
  const auto school = school_in_sight(office);
  for (auto& row : store::messages_awaiting(office.store, school)) {
    all.push_back({row.message, std::move(row.school), std::move(row.subject), std::move(row.sender),
                   row.created, row.deliveries});
  }
  return all;
}

}  // namespace crier::office
