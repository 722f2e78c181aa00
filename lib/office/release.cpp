#include "office/release.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "delivery/plan.hpp"
#include "message/sms.hpp"
#include "office/outgoing.hpp"
#include "office/scheduling.hpp"
#include "office/sending.hpp"
#include "office/wallet.hpp"
#include "office/wording.hpp"
#include "roster/schools.hpp"
#include "schedule/notice.hpp"
#include "schedule/notice_kind.hpp"
#include "store/ledger_store.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "store/release_store.hpp"
#include "store/schedule_store.hpp"

namespace crier::office {
namespace {

using Schools = std::vector<roster::SchoolProfile>;

/// What could not be worked out, for a file that is not there at this moment, say, is tried again after so
/// long.
constexpr std::chrono::minutes try_again{15};

/// What a message is for each of its recipients now.
struct WorkedOut {
  Resolution resolution;
  /// Of a notice: its recipients, by person.
  std::unordered_map<std::int64_t, schedule::NoticeRecipient> notice;
  std::string notice_kind;
  bool is_notice = false;
};

class JobRelease {
 public:
  JobRelease(const Office& office, const Schools& schools, const store::JobKey& key)
      : office_(office), schools_(schools), key_(key), message_(store::message(office.store, key.message)) {
    if (key.channel == Channel::sms)
      purse_.emplace(office, message_.school, message_.priority, Purse::Opening::made);
  }

  /// The caller holds the transaction.
  Released run(Instant upto) {
    upto_ = upto;
    auto worked_out = message_.occurrence ? notice_now() : audience_now();
    if (!worked_out) return keep_who_may_hear();
    leave_out_reached(*worked_out);
    const auto plan = make_plan(*worked_out);
    merge(plan.jobs.empty() ? delivery::PlannedJob{} : plan.jobs.front(), *worked_out);
    changes_.write(office_.store, now());
    write_down();
    return done_;
  }

 private:
  Instant now() const { return office_.clock.now(); }

  const roster::SchoolProfile& school() const {
    const auto found = std::find_if(schools_.begin(), schools_.end(),
                                    [&](const auto& one) { return one.id == message_.school; });
    if (found != schools_.end()) return *found;
    throw Error(Exit::store, "damaged-store", fmt::format("message {} is of no school", message_.id),
                "Run 'crier store check'.");
  }

  std::optional<WorkedOut> audience_now() {
    WorkedOut made;
    const Office of_school{office_.store, office_.settings, office_.clock, office_.actor, school().code};
    made.resolution = audience_of_message(of_school, message_, key_.channel);
    if (message_.again_of) {
      // Who has had it under another message meanwhile, or has confirmed it, does not get it here.
      const auto had = message_.again_to == AgainTo::unconfirmed
                           ? store::people_who_confirmed(office_.store, *message_.again_of)
                           : store::people_who_had_besides(office_.store, *message_.again_of, message_.id);
      std::erase_if(made.resolution.recipients, [&](const Recipient& one) {
        return std::binary_search(had.begin(), had.end(), one.person);
      });
    }
    return made;
  }

  /// D10: whom a channel before this one has reached does not hear again.
  void leave_out_reached(WorkedOut& worked_out) {
    if (!message_.fallback_after) return;
    reached_ = store::people_reached_before(office_.store, key_);
    std::erase_if(worked_out.resolution.recipients,
                  [&](const Recipient& one) { return was_reached(one.person); });
  }
  bool was_reached(std::int64_t person) const {
    return std::binary_search(reached_.begin(), reached_.end(), person);
  }

  /// The notice as the schedule would write it now, its own entries in the ledger aside. Nothing where the
  /// schedule is there no more.
  std::optional<WorkedOut> notice_now() {
    const auto run = store::occurrence(office_.store, *message_.occurrence);
    if (!run) return std::nullopt;
    const auto folder = schedules(office_);
    const auto found = std::find_if(folder.schedules.begin(), folder.schedules.end(),
                                    [&](const auto& one) { return one.name == run->schedule; });
    if (found == folder.schedules.end()) return std::nullopt;
    if (!schedule::tells_findings(found->kind)) return audience_now();
    // What a schedule has sent besides its notice is known by what was told in it.
    const bool correction = store::notice_of(office_.store, message_.id) ==
                            config::to_text(config::NoticeKind::attendance_correction);
    const auto schedule = correction ? schedule::correction_of(*found) : *found;
    const bool by_plan = run->outcome == store::OccurrenceOutcome::on_time;
    const auto local = by_plan ? run->local : school().zone.local(run->ran);
    auto notice =
        schedule::make_notice(office_.store, office_.settings, schools_, schedule, local, message_.id);
    WorkedOut made;
    made.notice_kind = notice.kind;
    made.is_notice = true;
    made.resolution.via = {key_.channel};
    for (auto* part : {&notice.recipients, &notice.not_to_hear}) {
      for (auto& one : *part) {
        if (!one.bodies.contains(key_.channel)) continue;
        made.resolution.recipients.push_back(one.recipient);
        made.notice.emplace(one.recipient.person, std::move(one));
      }
    }
    return made;
  }

  delivery::Plan make_plan(const WorkedOut& worked_out) {
    auto request = plan_request(office_, schools_, school(), message_, worked_out.resolution);
    if (worked_out.is_notice) {
      request.own = [&](const Recipient& recipient, Channel channel) -> delivery::OwnWords {
        return notice_words(office_, school(), worked_out.notice.at(recipient.person).bodies.at(channel),
                            channel);
      };
    } else {
      wording_.emplace(office_, message_, store::message_texts(office_.store, message_.id), school());
      request.own = wording_->for_people(worked_out.resolution);
    }
    return delivery::make_plan(request);
  }

  /// Puts what is planned now over what stood: deliveries that are held and due, or that failed from the
  /// start, take what is planned; who is not planned any more is cancelled; who is new is added.
  void merge(const delivery::PlannedJob& planned, const WorkedOut& worked_out) {
    std::unordered_map<std::int64_t, const store::NewDelivery*> by_person;
    for (const auto& one : planned.deliveries) by_person.emplace(one.person, &one);
    for (const auto& known : store::known_deliveries(office_.store, key_.job)) {
      const auto found = by_person.find(known.person);
      const auto* next = found == by_person.end() ? nullptr : found->second;
      if (next != nullptr) by_person.erase(found);
      if (known.state == DeliveryState::held && known.due <= upto_) {
        if (next == nullptr) {
          drop(known, was_reached(known.person) ? "reached" : why_not(worked_out.resolution, known.person));
        } else {
          let_go(known, *next, worked_out);
        }
      } else if (known.state == DeliveryState::failed && known.attempts == 0 && next != nullptr &&
                 next->state != DeliveryState::failed) {
        let_go(known, *next, worked_out);  // can be reached by now
      }
    }
    add_new(planned, by_person, worked_out);
  }

  void let_go(const store::KnownDelivery& known, const store::NewDelivery& next,
              const WorkedOut& worked_out) {
    const auto paid = as_far_as_paid(next, held_for(known));
    if (!store::renew_delivery(office_.store, key_.job, known, paid, changes_, now(), wallet())) return;
    tell(known.person, worked_out);
    if (message_.fallback_after) store::cancel_before(office_.store, key_, known.person, "fallback", now());
    done_.let_go += paid.state == DeliveryState::queued || paid.state == DeliveryState::complete;
  }

  void drop(const store::KnownDelivery& known, std::string_view reason) {
    if (!store::drop_delivery(office_.store, key_.job, known, reason, changes_, now())) return;
    ++done_.cancelled;
    gone_.push_back(known.person);
  }

  void add_new(const delivery::PlannedJob& planned,
               const std::unordered_map<std::int64_t, const store::NewDelivery*>& missing,
               const WorkedOut& worked_out) {
    std::vector<store::NewDelivery> added;
    for (const auto& one : planned.deliveries) {
      if (!missing.contains(one.person)) continue;
      added.push_back(as_far_as_paid(one, 0));
      tell(one.person, worked_out);
      came_.push_back(one.person);
    }
    const auto urgency = message_.passes_quiet ? Priority::emergency : message_.priority;
    store::insert_deliveries(office_.store, key_.job, key_.channel, urgency, added, now(), wallet());
    done_.added += static_cast<std::int64_t>(added.size());
  }

  /// T4: the ledger holds what the notice tells now.
  void tell(std::int64_t person, const WorkedOut& worked_out) {
    const auto found = worked_out.notice.find(person);
    if (found == worked_out.notice.end()) return;
    store::replace_told(office_.store, worked_out.notice_kind, message_.id, person, found->second.told);
  }

  static std::string_view why_not(const Resolution& resolution, std::int64_t person) {
    for (const auto& one : resolution.recipients) {
      if (one.person != person) continue;
      for (const auto& [channel, reach] : one.channels) {
        if (reach.reason) return to_text(*reach.reason);
      }
    }
    return "not-meant";
  }

  /// A notice whose schedule is gone tells what it told, to whoever may still hear all of it (R3).
  Released keep_who_may_hear() {
    const Office of_school{office_.store, office_.settings, office_.clock, office_.actor, school().code};
    const auto audience = audience_of_message(of_school, message_, key_.channel);
    for (const auto& known : store::known_deliveries(office_.store, key_.job)) {
      if (known.state != DeliveryState::held || known.due > upto_) continue;
      const auto found = std::find_if(audience.recipients.begin(), audience.recipients.end(),
                                      [&](const Recipient& one) { return one.person == known.person; });
      const auto* reach = found == audience.recipients.end() ? nullptr : &found->channels.at(key_.channel);
      if (reach == nullptr || (reach->reason && !should_hear(*reach->reason)) || !may_hear(*found)) {
        drop(known, reach != nullptr && reach->reason ? to_text(*reach->reason) : "not-meant");
        continue;
      }
      release_as_it_is(known, reach->address);
    }
    changes_.write(office_.store, now());
    write_down();
    return done_;
  }

  std::optional<std::int64_t> wallet() const { return purse_ ? purse_->id() : std::nullopt; }

  std::int64_t held_for(const store::KnownDelivery& known) const {
    return known.state == DeliveryState::held && known.booked.wallet == wallet() ? known.booked.cost : 0;
  }

  /// D8: what is renewed may cost more than it holds. What the wallet does not cover is failed, and staff
  /// hear.
  store::NewDelivery as_far_as_paid(store::NewDelivery next, std::int64_t held) {
    if (!purse_ || next.state == DeliveryState::failed || purse_->take(next.cost - held)) return next;
    next.state = DeliveryState::failed;
    next.reason = unpaid;
    next.cost = 0;
    return next;
  }

  /// Its number may be of another country by now.
  void release_as_it_is(const store::KnownDelivery& known, const std::string& address) {
    store::NewDelivery next;
    next.state = DeliveryState::queued;
    next.address = address.empty() ? known.address : address;
    next.due = now();
    if (purse_ && purse_->there()) {
      next.cost = known.segments *
                  message::price_of_segment(office_.settings.channel(Channel::sms).price, next.address);
    }
    next = as_far_as_paid(std::move(next), held_for(known));
    done_.let_go += store::release_as_it_is(office_.store, key_.job, known, next, changes_, now(), wallet());
  }

  bool may_hear(const Recipient& recipient) const {
    const auto pupils = store::pupils_told(office_.store, message_.id, recipient.person);
    return std::all_of(pupils.begin(), pupils.end(), [&](std::int64_t pupil) {
      return std::any_of(recipient.related.begin(), recipient.related.end(),
                         [&](const RelatedPupil& related) { return related.person == pupil; });
    });
  }

  /// A5: who came and who went is in the audit log, by code.
  void write_down() const {
    if (gone_.empty() && came_.empty()) return;
    const auto codes = [&](std::vector<std::int64_t> people) {
      return join(store::codes_of(office_.store, people), " ");
    };
    record(office_, "release", fmt::format("message {}", message_.id),
           fmt::format("{}: {} came [{}], {} went [{}]", to_text(key_.channel), came_.size(), codes(came_),
                       gone_.size(), codes(gone_)));
  }

  const Office& office_;
  const Schools& schools_;
  store::JobKey key_;
  store::MessageRow message_;
  Instant upto_{};
  std::optional<Wording> wording_;
  /// By the channels before this one; in order.
  std::vector<std::int64_t> reached_;
  /// Of text messages.
  std::optional<Purse> purse_;
  store::JobCountChanges changes_;
  std::vector<std::int64_t> gone_;
  std::vector<std::int64_t> came_;
  Released done_;
};

void cancel_expired(const Office& office, Instant upto, Released& done) {
  const auto expired = store::expired_messages(office.store, upto);
  if (expired.empty()) return;
  store::Transaction transaction(office.store);
  for (const auto message : expired) {
    const auto cancelled =
        store::cancel_deliveries(office.store, {message, std::nullopt}, "too-late", office.clock.now());
    if (cancelled == 0) continue;
    // What nobody has approved in time is decided by that.
    store::decide_message(office.store, message, MessageState::awaiting_approval, MessageState::cancelled,
                          {office.actor, office.clock.now(), "too-late"});
    done.too_late += cancelled;
    record(office, "too-late", fmt::format("message {}", message),
           fmt::format("{} deliveries cancelled: they could not leave while they were of use", cancelled));
    log::warning("message {}: {} deliveries are cancelled as too late", message, cancelled);
  }
  transaction.commit();
}

/// What cannot be worked out now: a group that is gone for good, or a fault that may pass.
void put_off(const Office& office, const store::JobKey& key, const Error& error, Released& done) {
  store::Transaction transaction(office.store);
  const auto now = office.clock.now();
  if (error.exit() == Exit::nothing_there) {
    const auto cancelled =
        store::cancel_deliveries(office.store, {key.message, std::nullopt}, "audience-lost", now);
    done.cancelled += cancelled;
    record(office, "release", fmt::format("message {}", key.message),
           fmt::format("{} deliveries cancelled: {}", cancelled, error.message()));
    log::error("message {}: its audience is not there any more, {} deliveries are cancelled: {}", key.message,
               cancelled, error.message());
  } else {
    store::put_off_release(office.store, key.job, now, now + try_again);
    log::error("message {} could not be released, next try in 15 minutes: {}. {}", key.message,
               error.message(), error.hint());
  }
  transaction.commit();
}

}  // namespace

Released release_due(const Office& office, Instant upto, const std::function<void()>& between) {
  Released done;
  cancel_expired(office, upto, done);
  const auto jobs = store::jobs_to_release(office.store, upto);
  if (jobs.empty()) return done;
  const auto schools = roster::school_profiles(office.store, office.settings);
  for (const auto& key : jobs) {
    if (between) between();
    try {
      store::Transaction transaction(office.store);
      const auto released = JobRelease(office, schools, key).run(upto);
      transaction.commit();
      done.let_go += released.let_go;
      done.added += released.added;
      done.cancelled += released.cancelled;
    } catch (const Error& error) {
      if (error.exit() == Exit::store || error.exit() == Exit::defect) throw;
      put_off(office, key, error, done);
    }
  }
  return done;
}

std::optional<Instant> next_release(const Office& office) {
  return store::next_release(office.store);
}

}  // namespace crier::office
