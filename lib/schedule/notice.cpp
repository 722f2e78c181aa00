#include "schedule/notice.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "audience/resolve.hpp"
#include "base/text.hpp"
#include "schedule/digest.hpp"
#include "schedule/notice_kind.hpp"
#include "store/merged_people.hpp"
#include "store/secret_store.hpp"

namespace crier::schedule {

Date day_of(const config::DueBound& bound, Date today) {
  if (const auto* date = std::get_if<Date>(&bound)) return *date;
  return Date(std::chrono::sys_days(today) + std::get<std::chrono::days>(bound));
}

namespace {

std::vector<std::int64_t> pupils_of(const Resolution& audience) {
  std::vector<std::int64_t> pupils;
  for (const auto& recipient : audience.recipients) {
    for (const auto& pupil : recipient.related) pupils.push_back(pupil.person);
  }
  std::sort(pupils.begin(), pupils.end());
  pupils.erase(std::unique(pupils.begin(), pupils.end()), pupils.end());
  return pupils;
}

/// The findings of a run and what of them was told before.
class Findings {
 public:
  Findings(store::Connection& connection, const NoticeKind& kind, std::vector<store::Finding> found,
           std::optional<std::int64_t> besides)
      : found_(std::move(found)), corrects_(!kind.corrects.empty()) {
    for (const auto& one : found_) by_pupil_[one.pupil].push_back(&one);
    std::vector<std::int64_t> ids;
    for (const auto& one : found_) ids.push_back(one.id);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    // An absence that was corrected and stands again is news, and the other way round: the later word counts.
    std::map<store::ToldEntry, std::int64_t> opposite;
    const auto other = kind.corrects.empty() ? kind.corrected_by : kind.corrects;
    if (!other.empty()) {
      for (const auto& telling : store::tellings(connection, other, ids)) {
        if (telling.state != store::ToldState::told) continue;
        auto& last = opposite[telling.entry];
        last = std::max(last, telling.message);
      }
    }
    for (const auto& telling : store::tellings(connection, config::to_text(kind.kind), ids, besides)) {
      const auto later = opposite.find(telling.entry);
      if (later != opposite.end() && later->second > telling.message) continue;
      told_.push_back(telling.entry);
      mailboxes_.emplace(telling.entry.finding, telling.entry.pupil, telling.channel,
                         telling.mailbox.empty() ? to_lower(telling.address) : sealed(telling.mailbox));
      if (!telling.mailbox.empty() && key_.empty()) key_ = store::link_key(connection).value_or("");
    }
    const auto merges = store::merges(connection);
    share_with_merged(told_, merges);
    if (!corrects_) return;
    for (const auto& [entry, message] : opposite) corrected_.push_back(entry);
    share_with_merged(corrected_, merges);
  }

  std::vector<const store::Finding*> of(std::int64_t pupil) const {
    const auto found = by_pupil_.find(pupil);
    return found == by_pupil_.end() ? std::vector<const store::Finding*>() : found->second;
  }
  /// Told, or reserved by a notice that is under way (T4).
  bool is_told(const store::ToldEntry& entry) const {
    return std::binary_search(told_.begin(), told_.end(), entry);
  }
  /// Of a correction: it was told wrongly. Of anything else: always.
  bool concerns(const store::ToldEntry& entry) const {
    return !corrects_ || std::binary_search(corrected_.begin(), corrected_.end(), entry);
  }
  /// The same, whoever it was addressed to (A4).
  bool is_told_at(Channel channel, const std::string& address, const store::ToldEntry& entry) const {
    if (mailboxes_.contains({entry.finding, entry.pupil, channel, address})) return true;
    if (key_.empty()) return false;
    const auto seal = store::mailbox_seal(key_, to_text(channel), address);
    return mailboxes_.contains({entry.finding, entry.pupil, channel, sealed(seal)});
  }

 private:
  /// R9, T4: what one record was told, the person knows under all that are merged with it.
  static void share_with_merged(std::vector<store::ToldEntry>& entries,
                                const std::vector<std::vector<std::int64_t>>& merges) {
    std::unordered_map<std::int64_t, const std::vector<std::int64_t>*> merge_of;
    for (const auto& merge : merges) {
      for (const auto person : merge) merge_of.emplace(person, &merge);
    }
    for (std::size_t i = 0, count = entries.size(); i < count; ++i) {
      const auto entry = entries[i];
      const auto merge = merge_of.find(entry.contact);
      if (merge == merge_of.end()) continue;
      for (const auto person : *merge->second) entries.push_back({entry.finding, entry.pupil, person});
    }
    std::sort(entries.begin(), entries.end());
  }

  /// No address begins so.
  static std::string sealed(const std::string& seal) { return "\n" + seal; }

  std::vector<store::Finding> found_;
  bool corrects_ = false;
  std::unordered_map<std::int64_t, std::vector<const store::Finding*>> by_pupil_;
  std::vector<store::ToldEntry> told_;  // sorted, as the ledger gives them
  std::vector<store::ToldEntry> corrected_;
  /// Finding, pupil, channel, address in lower case, or the seal of one whose delivery was let go (P1).
  std::set<std::tuple<std::int64_t, std::int64_t, Channel, std::string>> mailboxes_;
  /// The store's; empty where no seal stands.
  std::string key_;
};

/// What is left to tell this recipient, by pupil in the audience's order; `told` becomes the entries for it.
std::vector<PupilFindings> findings_to_tell(const Recipient& recipient, const Findings& findings,
                                            const config::Schedule& schedule,
                                            std::vector<store::ToldEntry>& told) {
  std::vector<PupilFindings> pupils;
  for (const auto& pupil : recipient.related) {
    PupilFindings of_pupil{&pupil, {}};
    for (const auto* finding : findings.of(pupil.person)) {
      const store::ToldEntry entry{finding->id, finding->pupil, recipient.person};
      if (!findings.concerns(entry)) continue;
      if (!schedule.include_previously_reported && findings.is_told(entry)) continue;
      of_pupil.findings.push_back(finding);
      told.push_back(entry);
    }
    if (!of_pupil.findings.empty()) pupils.push_back(std::move(of_pupil));
  }
  return pupils;
}

/// A recipient's part in the making.
struct Draft {
  NoticeRecipient part;
  /// All pupils on whose account the recipient is in the audience.
  std::vector<std::int64_t> may_know;
};

/// R9: where a channel withholds pupils, another record of the person hears of them there.
std::vector<PupilFindings> told_on(const Recipient& recipient, Channel channel,
                                   std::vector<PupilFindings> pupils) {
  const auto found = recipient.channels.find(channel);
  if (found == recipient.channels.end()) return pupils;
  std::erase_if(pupils, [&](const PupilFindings& one) {
    const auto& withheld = found->second.withheld;
    return std::find(withheld.begin(), withheld.end(), one.pupil->person) != withheld.end();
  });
  return pupils;
}

Draft draft(const Digest& digest, const config::Schedule& schedule, const Findings& findings,
            Recipient recipient) {
  Draft made;
  const auto pupils = findings_to_tell(recipient, findings, schedule, made.part.told);
  if (pupils.empty()) return made;
  for (const auto channel : schedule.via) {
    made.part.bodies[channel] = digest.write(channel, recipient, told_on(recipient, channel, pupils));
  }
  for (auto& [channel, reach] : recipient.channels) {
    const bool nothing_left = !reach.withheld.empty() && told_on(recipient, channel, pupils).empty();
    if (nothing_left && !reach.reason) reach.reason = Reason::duplicate;
  }
  // Whom nothing was found of is not named (C12).
  std::vector<RelatedPupil> related;
  for (const auto& pupil : pupils) related.push_back(*pupil.pupil);
  for (const auto& pupil : recipient.related) made.may_know.push_back(pupil.person);
  made.part.recipient = std::move(recipient);
  made.part.recipient.related = std::move(related);
  return made;
}

int best_priority(const Recipient& recipient) {
  int best = std::numeric_limits<int>::max();
  for (const auto& pupil : recipient.related) best = std::min(best, pupil.priority.value_or(0));
  return best;
}

bool tells(const Draft& copy, const store::ToldEntry& entry) {
  return std::any_of(copy.part.told.begin(), copy.part.told.end(), [&](const store::ToldEntry& told) {
    return told.finding == entry.finding && told.pupil == entry.pupil;
  });
}

/// Whether this copy may be read by somebody who is in the audience on account of these pupils.
bool names_only(const Draft& copy, const std::vector<std::int64_t>& pupils) {
  return std::all_of(copy.part.told.begin(), copy.part.told.end(), [&](const store::ToldEntry& told) {
    return std::find(pupils.begin(), pupils.end(), told.pupil) != pupils.end();
  });
}

/// A4: owners of one address hear once. The audience has compared whole families; here, where only the pupils
/// with findings are named, more copies are the same. One is left out where all of it was told at this
/// address before, or is in copies of other owners that name nobody else's child.
void mark_duplicates(std::vector<Draft>& drafts, Channel channel, const Findings& findings,
                     const config::Schedule& schedule) {
  std::map<std::string, std::vector<Draft*>> owners;
  for (auto& one : drafts) {
    const auto& reach = one.part.recipient.channels[channel];
    if (!reach.reason && !reach.address.empty()) owners[to_lower(reach.address)].push_back(&one);
  }
  for (auto& [address, sharing] : owners) {
    // The better priority, then the lower code, receives.
    std::sort(sharing.begin(), sharing.end(), [](const Draft* a, const Draft* b) {
      const auto x = best_priority(a->part.recipient);
      const auto y = best_priority(b->part.recipient);
      return x != y ? x < y : a->part.recipient.code < b->part.recipient.code;
    });
    std::vector<const Draft*> copies;
    for (auto* one : sharing) {
      const bool has_it = std::all_of(one->part.told.begin(), one->part.told.end(), [&](const auto& entry) {
        if (!schedule.include_previously_reported && findings.is_told_at(channel, address, entry))
          return true;
        return std::any_of(copies.begin(), copies.end(), [&](const Draft* copy) {
          return tells(*copy, entry) && names_only(*copy, one->may_know);
        });
      });
      if (has_it) {
        one->part.recipient.channels[channel].reason = Reason::duplicate;
      } else {
        copies.push_back(one);
      }
    }
  }
}

/// Whether a delivery comes of it, be it one that has failed from the start (D1).
bool makes_deliveries(const Recipient& recipient) {
  return std::any_of(recipient.channels.begin(), recipient.channels.end(), [](const auto& channel) {
    const auto& reason = channel.second.reason;
    return !reason || should_hear(*reason);
  });
}

}  // namespace

Notice make_notice_for(store::Connection& connection, const config::Settings& settings,
                       const roster::SchoolProfile& school, const config::Schedule& schedule, LocalTime run,
                       Resolution audience, std::optional<std::int64_t> besides) {
  const auto& kind = notice_kind(schedule.kind);
  const Digest digest(kind, schedule, school);
  const Date today(std::chrono::sys_days(std::chrono::floor<std::chrono::days>(run).time_since_epoch()));
  const auto pupils = pupils_of(audience);
  const store::FindingRequest request{school.id, pupils, day_of(schedule.begin_due, today),
                                      day_of(schedule.end_due, today), today};
  Notice notice;
  notice.school = school.id;
  notice.kind = to_text(kind.kind);
  notice.subject = digest.subject();
  notice.body = digest.opening();
  notice.texts = digest.texts();
  notice.expression = schedule.expression;
  notice.to = join(schedule.to, ",");
  notice.via = schedule.via;
  const Findings findings(connection, kind, kind.find(connection, settings, schedule, request), besides);
  std::vector<Draft> drafts;
  for (auto& recipient : audience.recipients) {
    auto made = draft(digest, schedule, findings, std::move(recipient));
    if (!made.part.told.empty()) drafts.push_back(std::move(made));
  }
  for (const auto channel : schedule.via) mark_duplicates(drafts, channel, findings, schedule);
  for (auto& one : drafts) {
    auto& list = makes_deliveries(one.part.recipient) ? notice.recipients : notice.not_to_hear;
    list.push_back(std::move(one.part));
  }
  return notice;
}

Notice make_notice(store::Connection& connection, const config::Settings& settings,
                   const std::vector<roster::SchoolProfile>& schools, const config::Schedule& schedule,
                   LocalTime run, std::optional<std::int64_t> besides) {
  const auto& school = roster::pick_school(schools, schedule.school);
  audience::ResolveRequest request;
  request.expression = schedule.expression;
  request.to = schedule.to;
  request.via = schedule.via;
  request.schools = {school.id};
  request.category = Category::periodic;
  request.now = school.zone.instant(run);
  request.folder = settings.folder;
  return make_notice_for(connection, settings, school, schedule, run,
                         audience::resolve(connection, schools, request), besides);
}

namespace {

/// So far back a correction looks for marks that have changed.
constexpr std::chrono::days corrected_for{-7};

}  // namespace

config::Schedule correction_of(config::Schedule schedule) {
  schedule.kind = config::NoticeKind::attendance_correction;
  schedule.grace = std::chrono::seconds(0);
  // Told once more is once too often, whatever the notice itself does.
  schedule.include_previously_reported = false;
  // A mark is mended in the afternoon, or on Monday: the next run has to see it.
  if (const auto* begin = std::get_if<std::chrono::days>(&schedule.begin_due)) {
    schedule.begin_due = std::min(*begin, corrected_for);
  }
  // Its own words are about the absence.
  schedule.subject.clear();
  schedule.body.clear();
  return schedule;
}

}  // namespace crier::schedule
