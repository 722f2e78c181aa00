// Deliveries that have not gone yet: released when their time has come, or cancelled (A5, M5). As in
// queue_store every change names the state that it expects, and a job's counts change with it; the caller
// holds the transaction in functions that change something.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "model/message.hpp"
#include "store/connection.hpp"
#include "store/job_counts.hpp"
#include "store/queue_store.hpp"

namespace crier::store {

struct JobKey {
  std::int64_t job = 0;
  std::int64_t message = 0;
  Channel channel = Channel::email;
};

/// Jobs with held deliveries whose time has come, by id.
std::vector<JobKey> jobs_to_release(Connection& connection, Instant now);
/// The earliest time at which something held may go.
std::optional<Instant> next_release(Connection& connection);
/// Messages that are of no use any more and have not all gone, by id.
std::vector<std::int64_t> expired_messages(Connection& connection, Instant now);

/// A job's delivery as it stands before a release.
struct KnownDelivery {
  std::int64_t id = 0;
  std::int64_t person = 0;
  DeliveryState state = DeliveryState::held;
  Instant due{};
  int attempts = 0;
  std::string address = {};
  std::int64_t segments = 0;
  Booking booked = {};
};
/// By person.
std::vector<KnownDelivery> known_deliveries(Connection& connection, std::int64_t job);

/// Gives a delivery the state, address, time and words that it has now; `wallet` holds what it costs. False
/// where its state is another.
bool renew_delivery(Connection& connection, std::int64_t job, const KnownDelivery& known,
                    const NewDelivery& now_planned, JobCountChanges& changes, Instant now,
                    std::optional<std::int64_t> wallet = {});
/// A held delivery that nobody is to have any more, with the reason's word: it is cancelled, unless its last
/// try may have delivered it (in doubt) or did. False where it is not held.
bool drop_delivery(Connection& connection, std::int64_t job, const KnownDelivery& known,
                   std::string_view reason, JobCountChanges& changes, Instant now);

/// Held no longer, its words as they are: state, reason, address, time and cost are what is planned. True
/// where it was held, and is queued.
bool release_as_it_is(Connection& connection, std::int64_t job, const KnownDelivery& known,
                      const NewDelivery& now_planned, JobCountChanges& changes, Instant now,
                      std::optional<std::int64_t> wallet = {});
/// A job's held deliveries that are due wait until then.
void put_off_release(Connection& connection, std::int64_t job, Instant now, Instant until);

/// The codes of people, in the order of their ids.
std::vector<std::string> codes_of(Connection& connection, std::span<const std::int64_t> people);

/// What is to be cancelled: of a message, of a person, or of both; nothing named: everything.
struct CancelScope {
  std::optional<std::int64_t> message;
  std::optional<std::int64_t> person;
};
/// Calls off what could go now: what was under way or waits for a retry, what is queued, and what is held
/// until a time that is past. Of notices it stays in doubt (T4: the store that this one was copied from has
/// most likely told it). How many.
std::int64_t call_off_due(Connection& connection, std::string_view reason, Instant now);

/// Cancels what has not gone: queued, held or waiting. What the last try may have delivered stays in doubt,
/// what it did deliver stays complete (D5, T4). How many are called off.
std::int64_t cancel_deliveries(Connection& connection, const CancelScope& scope, std::string_view reason,
                               Instant now);
/// The same of all that would go to this address on this channel (D12).
std::int64_t cancel_at_address(Connection& connection, Channel channel, std::string_view address,
                               std::string_view reason, Instant now);
/// Whom the channels before this job have reached with the same message (D10): accepted, and not failed
/// since. By person.
std::vector<std::int64_t> people_reached_before(Connection& connection, const JobKey& job);
/// This job takes over: what the channels before it still have for a person is cancelled (D10).
std::int64_t cancel_before(Connection& connection, const JobKey& job, std::int64_t person,
                           std::string_view reason, Instant now);
/// What is held of the later channels for whom an earlier one may reach waits so much longer, each channel
/// once more than the one before it.
void wait_for_earlier_channels(Connection& connection, std::int64_t message, std::chrono::seconds after,
                               Instant now);

/// What is under way at this moment and cannot be held back.
std::int64_t count_under_way(Connection& connection, const CancelScope& scope);

/// An approved message's deliveries may go from then on. How many waited.
std::int64_t set_release_time(Connection& connection, std::int64_t message, Instant due, Instant now);

/// What is held for hours that have changed is worked out again at once: all that is due after `later_than`,
/// but for messages that have a time of their own to come and such as wait for a person.
std::int64_t look_at_held_again(Connection& connection, Instant later_than, Instant now);

/// Of these people, who has had so many messages since then that are no emergencies (M11), or has them under
/// way.
std::vector<std::int64_t> people_with_messages(Connection& connection, std::span<const std::int64_t> people,
                                               Instant since, std::int64_t at_least,
                                               std::optional<std::int64_t> besides_message);

/// The other schools in which these people have active pupils, by person and school.
std::vector<std::pair<std::int64_t, std::int64_t>> other_schools_of(Connection& connection,
                                                                    std::span<const std::int64_t> people,
                                                                    std::int64_t besides_school);
/// Queued, not urgent deliveries to people with active pupils in that school wait until then, whichever
/// school writes: its quiet hours have begun.
std::int64_t hold_for_families_of(Connection& connection, Channel channel, std::int64_t school, Instant until,
                                  Instant now);

/// Who has had a message or is to have it, also under a message that repeated it (M10), by id.
std::vector<std::int64_t> people_who_had(Connection& connection, std::int64_t message);
/// The same, but for what one of the repetitions itself has.
std::vector<std::int64_t> people_who_had_besides(Connection& connection, std::int64_t message,
                                                 std::int64_t besides);

}  // namespace crier::store
