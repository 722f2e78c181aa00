// The queue: deliveries and their states. Every change of a state names the state and the fence that it
// expects; where no row changed, somebody else was first (design.md, "The way of the data"). A job's counts
// change in the same transaction. The caller holds the transaction in all functions that change something.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/message.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// A delivery as the plan makes it.
struct NewDelivery {
  std::int64_t person = 0;
  std::int64_t school = 0;
  std::string address;
  /// queued, held, complete (inbox), or failed from the start with a reason (D1).
  DeliveryState state = DeliveryState::queued;
  std::string reason;
  Instant due{};
  /// Names of the pupils it concerns, one a line.
  std::string related;
  /// A digest's own words; none: the message's.
  std::optional<std::string> body = {};
  /// What the message's fields are for this recipient, as a JSON object; none where its words have none.
  std::optional<std::string> fields = {};
  /// SMS: how many parts the text has, and hundredths of points for all of them.
  std::int64_t segments = 0;
  std::int64_t cost = 0;
};

/// `wallet`: holds what each of them costs until it has gone (D8); none: nothing is booked.
void insert_deliveries(Connection& connection, std::int64_t job, Channel channel, Priority priority,
                       std::span<const NewDelivery> deliveries, Instant now,
                       std::optional<std::int64_t> wallet = {});

/// What a delivery holds of a wallet, in hundredths of points (D8).
struct Booking {
  std::optional<std::int64_t> wallet = {};
  std::int64_t cost = 0;
};

/// A delivery in a daemon's hand.
struct Claimed {
  std::int64_t id = 0;
  std::int64_t job = 0;
  std::int64_t message = 0;
  std::int64_t school = 0;
  std::string address;
  int attempts = 0;
  /// Tries of this round: a rerun begins anew.
  int round = 0;
  Instant first_try{};
  /// 0 is an emergency.
  int urgency = 1;
  std::string person_code;
  std::string family;
  std::string given;
  std::string related;
  std::optional<std::string> body = {};
  /// As `NewDelivery::fields`.
  std::optional<std::string> fields = {};
  /// The recipient's, or empty.
  std::string language = {};
  std::int64_t person = 0;
  /// WeChat: those of one number go in one request; 0: none yet.
  std::int64_t batch = 0;
};

/// Takes up to `limit` queued deliveries that are due, emergencies first: each becomes claimed under this
/// fence, its attempt counted before the wire is touched. None where the fence is no longer the lease's.
enum class ClaimScope { all, emergencies };
std::vector<Claimed> claim(Connection& connection, Channel channel, std::int64_t limit, std::int64_t fence,
                           Instant now, ClaimScope scope = ClaimScope::all);

struct Settlement {
  std::int64_t delivery = 0;
  int attempt = 0;
  Instant started{};
  DeliveryState state = DeliveryState::complete;
  /// waiting: when it may be tried again.
  Instant due{};
  Outcome outcome;
};

/// Writes outcomes and their attempts; those whose claim is no longer ours change nothing. How many changed.
std::int64_t settle(Connection& connection, std::span<const Settlement> settlements, std::int64_t fence,
                    Instant now);

/// Never begun: back into the queue, the attempt not counted.
void give_back(Connection& connection, std::span<const std::int64_t> deliveries, std::int64_t fence,
               Instant now);

/// Claimed, and may have arrived at an earlier try that the gateway knows no more (D5): in doubt, this
/// attempt not counted.
void leave_in_doubt(Connection& connection, std::span<const std::int64_t> deliveries, std::int64_t fence,
                    Instant now);

/// Claimed and over a limit of its own (D4): waits until then, the attempt not counted.
void put_off(Connection& connection, std::int64_t delivery, std::int64_t fence, Instant until, Instant now);

/// What becomes of what an earlier holder of the lease had claimed and never settled (D5).
struct TakenOver {
  DeliveryState next = DeliveryState::queued;
  DeliveryState emergencies = DeliveryState::queued;
};
struct TakenOverCounts {
  std::int64_t again = 0;
  std::int64_t in_doubt = 0;
};
/// An attempt 'in doubt' is written for each.
TakenOverCounts take_over(Connection& connection, Channel channel, std::int64_t fence, const TakenOver& rule,
                          Instant now);

/// Waiting deliveries whose time has come are queued; what is held is released (release_store). How many.
std::int64_t wake(Connection& connection, Instant now);

/// Queued, not urgent deliveries of a school and channel wait until then: its quiet hours have begun. Those
/// of a batch may have arrived and could go again only as long as the gateway knows them: they are in doubt.
std::int64_t hold(Connection& connection, Channel channel, std::int64_t school, Instant until, Instant now);

/// Schools whose messages have queued deliveries on a channel.
std::vector<std::int64_t> schools_with_queued(Connection& connection, Channel channel);

/// The earliest time at which something held or waiting may go.
std::optional<Instant> next_due(Connection& connection);

/// A failed delivery of a job, or any finished one, for a rerun.
struct Rerunnable {
  std::int64_t delivery = 0;
  std::int64_t person = 0;
  std::int64_t school = 0;
  std::string address;
  DeliveryState state = DeliveryState::failed;
  std::int64_t segments = 0;
};
enum class RerunScope { failed, all };
std::vector<Rerunnable> rerunnable(Connection& connection, std::int64_t job, RerunScope scope);

/// Whom it concerns, what its fields are and how many parts its text has, as they are now.
void replace_words(Connection& connection, std::int64_t delivery, const NewDelivery& now_planned);

/// Something of this message can go now: it is queued on a channel that works, or under way.
bool can_go_now(Connection& connection, std::int64_t message);

/// How many are queued on channels that are stopped or have carried as much as they may.
std::int64_t queued_behind_stops(Connection& connection);

/// Whether one of the last so many tries of a delivery may have delivered it (D5).
bool may_have_arrived(Connection& connection, std::int64_t delivery, int tries);

/// A person says that what is in doubt has arrived (D5): complete, with an attempt that names who said so.
/// False where it is not in doubt.
bool confirm_doubtful(Connection& connection, std::int64_t delivery, std::string_view said_by, Instant now);

/// Puts a finished delivery back: queued or held, with a perhaps corrected address; old attempts stay (D7).
/// False where its state is no longer `from`.
bool requeue(Connection& connection, const Rerunnable& delivery, std::string_view address, DeliveryState to,
             Instant due, Instant now, const Booking& booking = {});

/// The sender's own fault stops a channel (D4).
struct ChannelStop {
  std::string cause;
  std::string text;
  Instant since{};
  Instant retry_at{};
};
std::optional<ChannelStop> channel_stop(Connection& connection, Channel channel);
void stop_channel(Connection& connection, Channel channel, const ChannelStop& stop);
void clear_stop(Connection& connection, Channel channel);

}  // namespace crier::store
