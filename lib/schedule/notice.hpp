// What a schedule's run has to tell, and to whom: the audience, the facts and the ledger put together (T2–T4,
// C12). Reads only; office stores occurrence, message, jobs and what was told in one transaction, and asks
// again when the message is released (A5).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audience/resolve.hpp"
#include "base/instant.hpp"
#include "config/schedule_file.hpp"
#include "config/settings.hpp"
#include "model/message.hpp"
#include "model/recipient.hpp"
#include "store/connection.hpp"
#include "store/ledger_store.hpp"
#include "store/message_store.hpp"

namespace crier::schedule {

/// One recipient's part of a notice.
struct NoticeRecipient {
  /// `related`: only the pupils of whom there is something to tell. `channels`: as the audience has them, the
  /// unreachable too; whether one of those is a failed delivery from the start is `should_hear`'s (D1).
  Recipient recipient;
  /// The digest as each channel of the schedule carries it.
  std::map<Channel, std::string> bodies;
  /// What the ledger has to hold of it, whatever becomes of the deliveries: rows whose deliveries have all
  /// failed, from the start too, count as nothing until a rerun mends one (D7).
  std::vector<store::ToldEntry> told;
};

struct Notice {
  std::int64_t school = 0;
  /// Under which the ledger keeps it: the kind's word.
  std::string kind;
  std::string subject;
  /// What all digests begin with: the message's own text.
  std::string body;
  /// Both in each language that notices are written in; none where the schedule has words of its own.
  std::vector<store::MessageText> texts;
  Category category = Category::periodic;
  std::string expression;
  /// `parent,prime`
  std::string to;
  std::vector<Channel> via;
  /// Nobody without anything to tell; each reachable, or a failed delivery from the start, on one channel at
  /// least. Sorted as the audience sorts.
  std::vector<NoticeRecipient> recipients;
  /// Who has something to be told but may not hear, or whose copy another owner of the address gets: listed,
  /// no delivery on any channel (D1).
  std::vector<NoticeRecipient> not_to_hear;
};

/// The notice of a schedule for a run at that time on the school's wall clock. Due dates, 'not yet due' and
/// class membership go by the day of `run`. The caller holds a Snapshot or a Transaction, so that audience,
/// facts and ledger are of one moment. Throws what the audience throws for an expression that is wrong, and
/// Error(usage) where the school is not clear, Error(refused_by_rule, "limit") where the schedule's own words
/// are too long for a channel. `besides`: a message that is worked out again, whose own entries in the ledger
/// do not count (A5).
Notice make_notice(store::Connection& connection, const config::Settings& settings,
                   const std::vector<roster::SchoolProfile>& schools, const config::Schedule& schedule,
                   LocalTime run, std::optional<std::int64_t> besides = {});

/// The day that a bound means in a run on `today`.
Date day_of(const config::DueBound& bound, Date today);

/// The schedule that corrects what an attendance schedule has told (T5): at once, by the same channels.
config::Schedule correction_of(config::Schedule schedule);

/// The same for an audience that is known.
Notice make_notice_for(store::Connection& connection, const config::Settings& settings,
                       const roster::SchoolProfile& school, const config::Schedule& schedule, LocalTime run,
                       Resolution audience, std::optional<std::int64_t> besides = {});

}  // namespace crier::schedule
