#include "delivery/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/os.hpp"
#include "delivery/batches.hpp"
#include "delivery/blocking.hpp"
#include "delivery/channel_work.hpp"
#include "delivery/gateway_limits.hpp"
#include "delivery/kept_tokens.hpp"
#include "delivery/quiet_watch.hpp"
#include "delivery/receipt_address.hpp"
#include "delivery/redial.hpp"
#include "delivery/room.hpp"
#include "delivery/verdict.hpp"
#include "message/rendering.hpp"
#include "roster/schools.hpp"
#include "store/gateway_store.hpp"
#include "store/identity_store.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "store/release_store.hpp"
#include "store/secret_store.hpp"
#include "transport/wecom.hpp"

namespace crier::delivery {
namespace {

namespace asio = boost::asio;
using Steady = std::chrono::steady_clock;

/// As many outcomes as make a commit worth while at once; fewer wait a moment for company, unless a session
/// waits.
constexpr std::size_t group_size = 64;
constexpr std::chrono::milliseconds group_patience{20};
/// So often it is looked whether there is room again on a full disk.
constexpr std::chrono::milliseconds room_patience{1000};
/// Never more deliveries of a channel in hand than this: they are what a crash leaves in doubt.
constexpr std::int64_t most_in_hand = 512;

/// One channel under this engine.
struct Lane {
  Lane(Channel of, config::ChannelSettings chosen)
      : channel(of), settings(std::move(chosen)), limits(of, settings.limits) {}

  Channel channel;
  config::ChannelSettings settings;
  std::unique_ptr<ChannelWork> work;
  std::unique_ptr<transport::Transport> transport;
  GatewayLimits limits;
  /// How many may be in hand: grows while the transport is faster than we claim, shrinks where it is slow.
  std::int64_t window = 0;
  std::int64_t least_window = 0;
  std::int64_t most_window = most_in_hand;
  DoubtRule doubt;
  std::int64_t in_hand = 0;
  /// Outcomes one after the other that say the gateway is not there.
  int absences = 0;
  std::int64_t settled_since = 0;
  Steady::time_point window_set = Steady::now();
};

struct InHand {
  Tried tried;
  Instant started{};
};

}  // namespace

struct Engine::Rep {
  store::Connection& connection;
  const config::Settings& settings;
  const Clock& clock;
  store::Lease& lease;
  /// The account that runs this process, for the audit log.
  std::string actor = os::user_name();

  asio::io_context network;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> keep_running;
  ResultBox results;
  /// Until when the lease may be trusted, for the network's thread.
  TrustedUntil trust;
  std::vector<Lane> lanes;
  /// Their channels.
  std::vector<Channel> carried;
  std::thread network_thread;
  std::mutex defect_mutex;
  std::exception_ptr defect;

  std::unordered_map<std::int64_t, InHand> in_hand;
  std::map<std::pair<std::int64_t, Channel>, std::shared_ptr<const message::Rendering>> renderings;
  std::minstd_rand random{std::random_device()()};
  Counts counts;
  std::size_t last_claimed = 0;
  bool short_of_room = false;
  QuietWatch quiet;
  KeptTokens tokens;
  /// Seals links and receipts' addresses.
  std::string link_key;
  std::optional<Instant> wakes_up_to;
  /// The school's time of the last turn: what was due by then has been looked at.
  Instant turned_at{};
  bool stopped = false;

  Rep(store::Connection& c, const config::Settings& s, const Clock& k, store::Lease& l)
      : connection(c), settings(s), clock(k), lease(l), quiet(c, s), tokens(store::gateway_tokens(c)) {}

  /// What a turn changes in memory, once it is on disk.
  struct Turned {
    Counts counts;
    std::vector<std::pair<Lane*, std::vector<store::Claimed>>> claimed;
    /// Taken from the queue and put off: more may be behind them.
    std::size_t put_off = 0;
  };

  Lane& lane(Channel channel);
  void open_lanes();
  void take_over();
  Turned write_turn(const std::vector<Result>& came_back, Instant now);
  Counts settle(const std::vector<Result>& came_back, Instant now);
  void settle_rest();
  void note_stop(const Lane& lane, const Outcome& outcome, Instant now,
                 std::vector<store::Settlement>& settlements);
  std::vector<store::Claimed> claim(Lane& lane, std::int64_t coming_back, Instant now, std::size_t& put_off);
  void forget(const std::vector<Result>& came_back);
  void add(const Counts& done);
  void hand_over(Lane& lane, const std::vector<store::Claimed>& claimed, Instant now);
  void adapt(Lane& lane, std::size_t claimed, std::int64_t asked);
  void keep_lease();
  void throw_defect();
  Steady::time_point next_turn(Steady::time_point latest);
  Parcel make_parcel(const Lane& lane, const store::Claimed& claimed);
  double jitter() { return std::uniform_real_distribution<double>(0, 1)(random); }
};

Lane& Engine::Rep::lane(Channel channel) {
  for (auto& one : lanes) {
    if (one.channel == channel) return one;
  }
  throw Error(Exit::defect, "no-lane", fmt::format("nothing carries {}", to_text(channel)),
              "Please report this.");
}

void Engine::Rep::open_lanes() {
  for (const auto channel : all_channels) {
    auto channel_settings = settings.channel(channel);
    if (channel_settings.kind == config::ChannelKind::inbox) continue;
    Lane lane(channel, std::move(channel_settings));
    lane.work = std::make_unique<ChannelWork>(network.get_executor(), results, trust);
    lane.transport = transport::make_transport(lane.settings, channel, network.get_executor(), &tokens);
    lane.doubt = doubt_rule(lane.settings);
    lane.least_window = std::max(2, 2 * lane.settings.connections);
    if (lane.settings.kind == config::ChannelKind::wecom)
      lane.least_window = transport::most_wecom_recipients;
    // What a crash leaves in doubt and nobody can mend by sending it again is little.
    lane.most_window = lane.doubt.kind == DoubtRule::Kind::again ? most_in_hand : lane.least_window;
    lane.window = lane.least_window;
    carried.push_back(channel);
    lanes.push_back(std::move(lane));
  }
  for (auto& lane : lanes) {
    asio::co_spawn(network, lane.transport->run(*lane.work), [this](std::exception_ptr error) {
      // A transport does not throw for a gateway: this is a defect, and what it has in hand must not wait for
      // ever.
      if (!error) return;
      const std::lock_guard lock(defect_mutex);
      defect = error;
      results.knock();
    });
  }
  keep_running.emplace(network.get_executor());
  network_thread = std::thread([this] { network.run(); });
}

/// D5: by each channel's rule.
void Engine::Rep::take_over() {
  store::Transaction transaction(connection);
  store::TakenOverCounts taken;
  const auto now = clock.now();
  for (const auto channel : all_channels) {
    const auto rule = taken_over(doubt_rule(settings.channel(channel)));
    const auto found = store::take_over(connection, channel, lease.fence(), rule, now);
    taken.again += found.again;
    taken.in_doubt += found.in_doubt;
  }
  transaction.commit();
  if (taken.again > 0)
    log::warning("{} deliveries were under way when crier last stopped: they are sent again", taken.again);
  if (taken.in_doubt > 0)
    log::warning(
        "{} deliveries were under way when crier last stopped and may have arrived: a person decides",
        taken.in_doubt);
}

void Engine::Rep::note_stop(const Lane& lane, const Outcome& outcome, Instant now,
                            std::vector<store::Settlement>& settlements) {
  const auto before = store::channel_stop(connection, lane.channel);
  store::ChannelStop stop{outcome.cause, outcome.text, before ? before->since : now, now};
  stop.retry_at = now + stop_for(stop.since, now);
  store::stop_channel(connection, lane.channel, stop);
  if (!before) {
    // The server's own words stay in the store: they often hold an address.
    log::error("{} is stopped: {} at {}:{}; nobody is failed for it, next try {}", to_text(lane.channel),
               outcome.cause, outcome.host, outcome.port, to_rfc3339(stop.retry_at));
  }
  for (auto& settlement : settlements) {
    if (settlement.state == DeliveryState::waiting && settlement.outcome.fault == Outcome::Fault::ours) {
      settlement.due = stop.retry_at;
    }
  }
}

/// Writes what came back. Nothing changes in memory: the transaction may yet fail.
Engine::Counts Engine::Rep::settle(const std::vector<Result>& came_back, Instant now) {
  std::set<Channel> working;
  for (const auto& result : came_back) {
    if (result.outcome && result.outcome->verdict == Outcome::Verdict::delivered)
      working.insert(result.channel);
  }
  std::map<Channel, std::vector<store::Settlement>> settlements;
  std::vector<std::int64_t> returned;
  std::vector<std::int64_t> opted_out;
  Counts done;
  for (const auto& result : came_back) {
    if (!result.outcome) {
      returned.push_back(result.delivery);
      continue;
    }
    const auto found = in_hand.find(result.delivery);
    const auto hand = found == in_hand.end() ? InHand{{result.attempt, now}, now} : found->second;
    auto outcome = *result.outcome;
    if (outcome.fault == Outcome::Fault::ours && working.contains(result.channel) &&
        !stops_for_sure(outcome)) {
      outcome.fault = Outcome::Fault::passing;
    }
    auto& absences = lane(result.channel).absences;
    absences = is_absent(outcome) ? absences + 1 : 0;
    auto tried = hand.tried;
    // Only a try that might be the last one has to know, and one whose repetitions are known for a while
    // only.
    const auto& carrier = lane(result.channel);
    if (outcome.verdict == Outcome::Verdict::deferred && tried.attempt > 1 &&
        (carrier.doubt.kind == DoubtRule::Kind::again_within ||
         now - tried.first_try >= carrier.settings.retry.deadline)) {
      tried.doubtful = store::may_have_arrived(connection, result.delivery, tried.attempt);
    }
    const auto decision = decide(outcome, tried, carrier.settings.retry, carrier.doubt, now, jitter());
    if (outcome.opted_out) opted_out.push_back(result.delivery);
    if (outcome.cause == "unanswered" && decision.state == DeliveryState::waiting)
      call_next_number(connection, settings, result.delivery);
    done.complete += decision.state == DeliveryState::complete;
    done.failed += decision.state == DeliveryState::failed;
    done.deferred += decision.state == DeliveryState::waiting;
    settlements[result.channel].push_back(
        {result.delivery, result.attempt, hand.started, decision.state, decision.due, std::move(outcome)});
  }
  store::give_back(connection, returned, lease.fence(), now);
  for (auto& [channel, of_channel] : settlements) {
    const auto stop = std::find_if(of_channel.begin(), of_channel.end(), [](const store::Settlement& one) {
      return one.outcome.fault == Outcome::Fault::ours;
    });
    if (stop != of_channel.end()) {
      const Outcome cause = stop->outcome;
      note_stop(lane(channel), cause, now, of_channel);
    } else if (lane(channel).absences >= most_absences(lane(channel).settings) ||
               (lane(channel).absences > 0 && store::channel_stop(connection, channel))) {
      const Outcome cause = of_channel.back().outcome;
      note_stop(lane(channel), cause, now, of_channel);
    } else if (working.contains(channel) && store::channel_stop(connection, channel)) {
      store::clear_stop(connection, channel);
      log::info("{} works again", to_text(channel));
    }
    store::settle(connection, of_channel, lease.fence(), now);
  }
  for (const auto delivery : opted_out) {
    // D12: at once true for what is queued.
    if (const auto known = store::gateway_delivery(connection, delivery))
      store::opt_out_at_gateway(connection, *known, "gateway", now);
  }
  const auto blocked = weigh_faults(connection, settings.bounces, actor, now);
  if (!blocked.empty())
    log::warning("blocked, for too many messages failed there in a row: {} addresses", blocked.size());
  return done;
}

/// What has come back since the last turn, and nothing new.
void Engine::Rep::settle_rest() {
  auto came_back = results.take();
  if (came_back.empty()) return;
  try {
    store::Transaction transaction(connection);
    if (!lease.current(connection)) return;  // they are the new holder's
    const auto done = settle(came_back, clock.now());
    transaction.commit();
    add(done);
  } catch (...) {
    results.put_back(std::move(came_back));
    throw;
  }
  forget(came_back);
}

void Engine::Rep::add(const Counts& done) {
  counts.complete += done.complete;
  counts.failed += done.failed;
  counts.deferred += done.deferred;
}

void Engine::Rep::forget(const std::vector<Result>& came_back) {
  for (const auto& result : came_back) {
    auto& carrier = lane(result.channel);
    --carrier.in_hand;
    ++carrier.settled_since;
    in_hand.erase(result.delivery);
  }
}

Parcel Engine::Rep::make_parcel(const Lane& lane, const store::Claimed& claimed) {
  const auto& receipts = lane.settings.gateway.receipts;
  const std::pair key{claimed.message, lane.channel};
  auto found = renderings.find(key);
  if (found == renderings.end()) {
    if (renderings.size() > 200) renderings.clear();
    const auto& profile = quiet.school(claimed.school);
    message::RenderingParts parts;
    parts.texts = store::message_texts(connection, claimed.message);
    if (lane.channel == Channel::email)
      parts.attachments = store::message_attachments(connection, claimed.message);
    parts.sms = settings.sms_rules(profile.code);
    parts.bounce_address = settings.bounces.address;
    parts.links = {link_key, settings.sending.public_url,
                   settings.bounces.address.empty() ? profile.sender.reply_to : settings.bounces.address};
    found = renderings
                .emplace(key, std::make_shared<const message::Rendering>(
                                  store::message(connection, claimed.message), profile, lane.channel,
                                  store::store_uuid(connection, claimed.message), std::move(parts)))
                .first;
  }
  return {
      claimed.id,
      claimed.job,
      claimed.attempts,
      lane.channel,
      claimed.urgency == 0 ? Priority::emergency : Priority::general,
      claimed.address,
      found->second->envelope_sender(claimed),
      found->second->render(claimed),
      receipts.empty() ? "" : receipt_url(receipts, lane.channel, {claimed.id, claimed.attempts}, link_key),
      claimed.batch};
}

/// Takes what the lane has room for; `coming_back` of what it has in hand is being settled in the same turn.
std::vector<store::Claimed> Engine::Rep::claim(Lane& lane, std::int64_t coming_back, Instant now,
                                               std::size_t& put_off) {
  const auto under_way = lane.in_hand - coming_back;
  auto room = lane.window - under_way;
  if (room <= 0) return {};
  if (const auto stop = store::channel_stop(connection, lane.channel)) {
    if (now < stop->retry_at || under_way > 0) return {};
    room = 1;  // one goes ahead to see
  }
  room = lane.limits.room(connection, room, now);
  if (room <= 0) return {};
  auto claimed = store::claim(connection, lane.channel, room, lease.fence(), now,
                              short_of_room ? store::ClaimScope::emergencies : store::ClaimScope::all);
  put_off += lane.limits.count(connection, claimed, lease.fence(), now);
  if (lane.settings.kind == config::ChannelKind::wecom) {
    arrange_batches(connection, {lane.channel, lane.doubt, transport::most_wecom_recipients}, claimed,
                    lease.fence(), now);
  }
  return claimed;
}

Engine::Rep::Turned Engine::Rep::write_turn(const std::vector<Result>& came_back, Instant now) {
  std::map<Channel, std::int64_t> coming_back;
  for (const auto& result : came_back) ++coming_back[result.channel];
  Turned turned;
  store::Transaction transaction(connection);
  // D6: whoever stood still may trust its lease yet when another has it.
  if (!lease.current(connection)) throw store::lease_taken();
  turned.counts = settle(came_back, now);
  if (store::wake(connection, std::min(now, wakes_up_to.value_or(now))) > 0) quiet.look_again();
  quiet.hold(carried, now);
  for (const auto& token : tokens.take_fresh()) store::keep_gateway_token(connection, token);
  short_of_room = !has_room(connection, settings);
  for (auto& lane : lanes) {
    auto claimed = claim(lane, coming_back[lane.channel], now, turned.put_off);
    if (!claimed.empty()) turned.claimed.emplace_back(&lane, std::move(claimed));
  }
  transaction.commit();
  return turned;
}

/// What was claimed is on disk: now the wire may be touched.
void Engine::Rep::hand_over(Lane& lane, const std::vector<store::Claimed>& claimed, Instant now) {
  const auto room = lane.window - lane.in_hand;
  std::vector<Parcel> parcels;
  parcels.reserve(claimed.size());
  for (const auto& one : claimed) {
    in_hand[one.id] = {{one.round, one.first_try, false, one.urgency == 0}, now};
    try {
      parcels.push_back(make_parcel(lane, one));
    } catch (const Error& error) {
      // It cannot be written for this recipient: that is this delivery's failure, not the daemon's.
      Outcome outcome;
      outcome.verdict = Outcome::Verdict::rejected;
      outcome.fault = Outcome::Fault::content;
      outcome.cause = error.code();
      outcome.text = error.message();
      results.put({one.id, one.attempts, lane.channel, std::move(outcome)});
    }
  }
  for (auto i = parcels.size(); i-- > 1;) {
    if (parcels[i].batch != 0 && parcels[i].batch == parcels[i - 1].batch)
      parcels[i - 1].more_of_batch = parcels[i].more_of_batch + 1;
  }
  lane.in_hand += static_cast<std::int64_t>(claimed.size());
  adapt(lane, claimed.size(), room);
  if (!parcels.empty()) lane.work->offer(std::move(parcels));
}

/// A holder stops before its lease ends, so that two never send at once (D6).
void Engine::Rep::keep_lease() {
  if (Steady::now() >= lease.renew_at() && !lease.renew(connection)) {
    throw store::lease_taken();
  }
  if (!lease.trusted()) {
    throw Error(Exit::store, "lease-lost", "the lease on this store has run out",
                "This process stood still, or could not write to the store, for too long. Start it again.");
  }
  trust.set(lease.trusted_until());
}

void Engine::Rep::throw_defect() {
  std::exception_ptr thrown;
  {
    const std::lock_guard lock(defect_mutex);
    thrown = defect;
  }
  if (!thrown) return;
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    throw Error(Exit::defect, "transport-ended", fmt::format("a transport has ended: {}", error.what()),
                "What it had in hand is taken over at the next start. Please report this with this line.");
  }
}

Steady::time_point Engine::Rep::next_turn(Steady::time_point latest) {
  auto next = std::min(latest, lease.renew_at());
  const auto now = clock.now();
  // What was due at the last turn has been looked at: only what is still to come is a reason to turn.
  const auto consider = [&](Instant at) {
    if (at <= turned_at) return;
    const auto wait = std::clamp(at - now, Millis(0), Millis(std::chrono::hours(24)));
    next = std::min(next, Steady::now() + wait);
  };
  if (!wakes_up_to) {
    if (const auto due = store::next_due(connection)) consider(*due);
  }
  if (const auto changes = quiet.changes()) consider(*changes);
  if (short_of_room) next = std::min(next, Steady::now() + room_patience);
  for (const auto& lane : lanes) {
    if (const auto stop = store::channel_stop(connection, lane.channel)) consider(stop->retry_at);
    if (const auto rests = lane.limits.rests_until()) consider(*rests);
  }
  return next;
}

void Engine::Rep::adapt(Lane& lane, std::size_t claimed, std::int64_t asked) {
  const auto now = Steady::now();
  if (static_cast<std::int64_t>(claimed) == asked && lane.work->waiting() == 0) {
    lane.window = std::min(lane.window * 2, lane.most_window);
  } else if (now - lane.window_set > std::chrono::seconds(1)) {
    // Not more in hand than about a second's work.
    lane.window = std::clamp(lane.settled_since, lane.least_window, lane.window);
    lane.settled_since = 0;
    lane.window_set = now;
  }
}

Engine::Engine(store::Connection& connection, const config::Settings& settings, const Clock& clock,
               store::Lease& lease)
    : rep_(std::make_unique<Rep>(connection, settings, clock, lease)) {
  rep_->link_key = store::require_link_key(connection);
  rep_->take_over();
  rep_->open_lanes();
}

Engine::~Engine() {
  try {
    stop(std::chrono::milliseconds(0));
  } catch (const std::exception& error) {
    log::error("the engine did not stop cleanly: {}", error.what());
  }
}

void Engine::turn() {
  auto& rep = *rep_;
  rep.keep_lease();
  const auto now = rep.clock.now();
  auto came_back = rep.results.take();
  Rep::Turned turned;
  try {
    turned = rep.write_turn(came_back, now);
  } catch (...) {
    rep.results.put_back(std::move(came_back));  // not on disk: they are written at the next turn
    throw;
  }
  rep.turned_at = now;
  rep.add(turned.counts);
  rep.forget(came_back);
  rep.last_claimed = turned.put_off;
  if (turned.put_off > 0) rep.results.knock();  // what stands behind them may go
  for (const auto& [lane, claimed] : turned.claimed) {
    rep.last_claimed += claimed.size();
    rep.hand_over(*lane, claimed, now);
  }
  rep.throw_defect();
}

void Engine::require_lease() {
  rep_->keep_lease();
  if (!rep_->lease.current(rep_->connection)) throw store::lease_taken();
}

bool Engine::short_of_room() const {
  return rep_->short_of_room;
}

void Engine::wake_up_to(Instant latest) {
  rep_->wakes_up_to = latest;
}

void Engine::wait(std::chrono::steady_clock::time_point latest) {
  const auto until = rep_->next_turn(latest);
  const auto woken = rep_->results.wait_until(until, group_size, group_patience);
  if (woken == ResultBox::Woken::knock) rep_->quiet.look_again();
}

void Engine::knock() {
  rep_->results.knock();
}

std::size_t Engine::under_way() const {
  return rep_->in_hand.size();
}

bool Engine::idle() {
  return rep_->in_hand.empty() && rep_->last_claimed == 0;
}

const Engine::Counts& Engine::counts() const {
  return rep_->counts;
}

void Engine::stop(std::chrono::milliseconds patience) {
  auto& rep = *rep_;
  if (rep.stopped) return;
  rep.stopped = true;
  for (auto& lane : rep.lanes) lane.work->close();
  rep.keep_running.reset();
  const auto end = Steady::now() + patience;
  try {
    while (!rep.in_hand.empty() && Steady::now() < end) {
      rep.results.wait_until(end, rep.in_hand.size(), group_patience);
      rep.keep_lease();
      rep.settle_rest();
    }
  } catch (const std::exception& error) {
    log::error("not all outcomes could be written: {}", error.what());
  }
  rep.network.stop();
  if (rep.network_thread.joinable()) rep.network_thread.join();
  // Whatever did not finish in time stays claimed: the next holder takes it for in doubt.
  rep.settle_rest();
}

}  // namespace crier::delivery
