#include "office/rerunning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "delivery/plan.hpp"
#include "message/sms.hpp"
#include "office/outgoing.hpp"
#include "office/permission.hpp"
#include "office/sending.hpp"
#include "office/wallet.hpp"
#include "office/wording.hpp"
#include "roster/schools.hpp"
#include "store/ledger_store.hpp"
#include "store/message_store.hpp"
#include "store/release_store.hpp"
#include "store/report_store.hpp"

namespace crier::office {
namespace {

JobRow find_job(const Office& office, std::int64_t id) {
  store::JobFilter filter;
  filter.job = id;
  auto rows = store::job_rows(office.store, filter, 0, 1);
  if (!rows.empty()) return rows.front();
  throw Error(Exit::nothing_there, "no-such-job", fmt::format("there is no job {}", id),
              "See 'crier status' for the jobs there are.");
}

}  // namespace

void require_words(const store::MessageRow& message) {
  if (!message.words_gone) return;
  throw Error(Exit::refused_by_rule, "words-gone",
              fmt::format("the words of message {} were let go on {}", message.id,
                          to_rfc3339(*message.words_gone).substr(0, 10)),
              "Write it anew if it still matters; 'crier retention show' tells how long words are kept.");
}

namespace {

/// D7: what was rejected, cancelled or has lost its use is not sent by a back door (M4, M5).
void require_rerunnable(const Office& office, const store::MessageRow& message, std::int64_t job) {
  if (message.test) {
    throw Error(Exit::refused_by_rule, "test-message",
                fmt::format("job {} is of a test, whose copies were for its tester alone", job),
                "Send the message itself, or another test.");
  }
  require_words(message);
  if (message.state != MessageState::released) {
    throw Error(Exit::refused_by_rule, "not-released",
                fmt::format("job {} is of message {}, which is {}", job, message.id, to_text(message.state)),
                message.state == MessageState::awaiting_approval
                    ? fmt::format("It goes when somebody approves it: crier approve {}.", message.id)
                    : "Send another message if it still matters.");
  }
  if (message.expires && *message.expires <= office.clock.now()) {
    throw Error(
        Exit::refused_by_rule, "too-late",
        fmt::format("job {} is of message {}, which is of no use since {}", job, message.id,
                    to_rfc3339(*message.expires)),
        fmt::format("'crier send --again {} --to-new' sends it anew to those who had none.", message.id));
  }
}

/// A digest tells of certain pupils: whoever may no longer hear of one of them does not get it again (R3).
bool may_still_hear(const Office& office, const store::MessageRow& message, const Recipient& recipient) {
  if (!message.occurrence) return true;
  const auto pupils = store::pupils_told(office.store, message.id, recipient.person);
  return std::all_of(pupils.begin(), pupils.end(), [&](std::int64_t pupil) {
    return std::any_of(recipient.related.begin(), recipient.related.end(),
                       [&](const RelatedPupil& related) { return related.person == pupil; });
  });
}

/// People who have had it by another message meanwhile, repeated by hand or told by a later notice: nobody
/// hears twice (M10, T4).
std::unordered_set<std::int64_t> served_otherwise(const Office& office, const store::MessageRow& message) {
  std::unordered_set<std::int64_t> served;
  if (!message.occurrence) {
    const auto had =
        store::people_who_had_besides(office.store, message.again_of.value_or(message.id), message.id);
    served.insert(had.begin(), had.end());
    return served;
  }
  const auto entries = store::told_by(office.store, message.id);
  std::vector<std::int64_t> findings;
  for (const auto& one : entries) findings.push_back(one.finding);
  std::set<store::ToldEntry> elsewhere;
  for (const auto& telling :
       store::tellings(office.store, store::notice_of(office.store, message.id), findings, message.id)) {
    elsewhere.insert(telling.entry);
  }
  std::unordered_set<std::int64_t> has_news;
  for (const auto& one : entries) {
    if (elsewhere.contains(one)) {
      served.insert(one.contact);
    } else {
      has_news.insert(one.contact);
    }
  }
  std::erase_if(served, [&](std::int64_t contact) { return has_news.contains(contact); });
  return served;
}

/// A digest's words are its own, and have the parts that they had, at the price of today's number (D8).
void keep_segments(const Office& office, std::span<const store::Rerunnable> wanted,
                   store::NewDelivery& next) {
  for (const auto& one : wanted) {
    if (one.person == next.person) next.segments = one.segments;
  }
  next.cost =
      next.segments * message::price_of_segment(office.settings.channel(Channel::sms).price, next.address);
}

std::int64_t cost_of(const std::unordered_map<std::int64_t, store::NewDelivery>& planned) {
  return std::accumulate(planned.begin(), planned.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& one) { return sum + one.second.cost; });
}

store::Booking booking(const Purse& purse, Channel channel, const store::NewDelivery& next) {
  if (channel != Channel::sms || !purse.there()) return {};
  return {purse.id(), next.cost};
}

/// What each of those would be sent now, by person: the second working out counts (A5), of people, addresses,
/// words and hours alike. Whoever may not hear, cannot be reached or lacks a field is not in it.
std::unordered_map<std::int64_t, store::NewDelivery> planned_now(
    const Office& office, const store::MessageRow& message, const roster::SchoolProfile& school,
    Channel channel, std::span<const store::Rerunnable> wanted,
    const std::unordered_set<std::int64_t>& served) {
  const auto schools = roster::school_profiles(office.store, office.settings);
  const Office of_school{office.store, office.settings, office.clock, office.actor, school.code};
  auto audience = audience_of_message(of_school, message, channel);
  std::unordered_set<std::int64_t> people;
  for (const auto& one : wanted) people.insert(one.person);
  std::erase_if(audience.recipients, [&](const Recipient& one) {
    return !people.contains(one.person) || served.contains(one.person) ||
           !may_still_hear(office, message, one);
  });
  auto request = plan_request(office, schools, school, message, audience);
  Wording wording(office, message, store::message_texts(office.store, message.id), school);
  // A digest's words are its own, and stay.
  if (!message.occurrence) request.own = wording.for_people(audience);
  auto plan = delivery::make_plan(request);
  std::unordered_map<std::int64_t, store::NewDelivery> planned;
  for (auto& job : plan.jobs) {
    for (auto& one : job.deliveries) {
      if (message.occurrence && channel == Channel::sms) keep_segments(office, wanted, one);
      if (one.state != DeliveryState::failed) planned.emplace(one.person, std::move(one));
    }
  }
  return planned;
}

}  // namespace

RerunAnswer rerun(const Office& office, std::int64_t id, store::RerunScope scope) {
  const auto job = find_job(office, id);
  const auto message = store::message(office.store, job.message);
  require(office, Act::change_message, concern_of(office, message));
  require_rerunnable(office, message, id);
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto& school = roster::pick_school(schools, job.school);
  RerunAnswer answer;
  answer.job = id;
  const auto now = office.clock.now();
  {
    store::Transaction transaction(office.store);
    const auto wanted = store::rerunnable(office.store, id, scope);
    if (wanted.empty()) {
      throw Error(Exit::refused_by_rule, "nothing-to-rerun",
                  scope == store::RerunScope::failed ? fmt::format("nothing of job {} has failed", id)
                                                     : fmt::format("nothing of job {} has ended", id),
                  scope == store::RerunScope::failed
                      ? "See 'crier status' for the jobs with failures; --all sends all again."
                      : "Wait until it has been worked.");
    }
    const auto planned = planned_now(office, message, school, job.type, wanted,
                                     scope == store::RerunScope::failed ? served_otherwise(office, message)
                                                                        : std::unordered_set<std::int64_t>{});
    const Purse purse(office, message.school, message.priority, Purse::Opening::made);
    purse.require(cost_of(planned));
    for (const auto& delivery : wanted) {
      const auto found = planned.find(delivery.person);
      if (found == planned.end()) {
        ++answer.still_unreachable;
        continue;
      }
      const auto& next = found->second;
      if (!store::requeue(office.store, delivery, next.address, next.state, next.due, now,
                          booking(purse, job.type, next))) {
        continue;
      }
      if (!message.occurrence) store::replace_words(office.store, delivery.delivery, next);
      if (next.state == DeliveryState::held) {
        answer.held_until = std::min(answer.held_until.value_or(next.due), next.due);
      }
      ++answer.requeued;
      if (next.address != delivery.address) ++answer.corrected_addresses;
    }
    if (answer.requeued > 0) {
      record(office, "rerun", fmt::format("job {}", id),
             fmt::format("{} again, {} with another address", answer.requeued, answer.corrected_addresses));
      transaction.commit();
    }
  }
  if (answer.requeued == 0) {
    throw Error(
        Exit::refused_by_rule, "nothing-to-rerun",
        fmt::format("none of the {} deliveries of job {} can be reached now", answer.still_unreachable, id),
        fmt::format("'crier status {} --errors' tells what to mend first.", id));
  }
  os::ring(bell_path(office.store.path()));
  return answer;
}

store::NewDelivery send_one_again(const Office& office, const store::MessageRow& message, std::int64_t job,
                                  const store::Rerunnable& delivery) {
  require_rerunnable(office, message, job);
  const auto row = find_job(office, job);
  const auto schools = roster::school_profiles(office.store, office.settings);
  auto planned =
      planned_now(office, message, roster::pick_school(schools, row.school), row.type, {&delivery, 1}, {});
  const auto found = planned.find(delivery.person);
  const auto now = office.clock.now();
  const Purse purse(office, message.school, message.priority, Purse::Opening::made);
  if (found != planned.end()) purse.require(found->second.cost);
  if (found == planned.end() ||
      !store::requeue(office.store, delivery, found->second.address, found->second.state, found->second.due,
                      now, booking(purse, row.type, found->second))) {
    throw Error(
        Exit::refused_by_rule, "cannot-be-sent",
        fmt::format("delivery {} cannot be sent now: its recipient may not hear, or cannot be reached",
                    delivery.delivery),
        "'crier resolve EXPR --explain CODE' tells why.");
  }
  if (!message.occurrence) store::replace_words(office.store, delivery.delivery, found->second);
  return std::move(found->second);
}

}  // namespace crier::office
