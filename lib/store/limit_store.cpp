#include "store/limit_store.hpp"

namespace crier::store {
namespace {

constexpr std::int64_t minute_millis = 60'000;

std::int64_t minute_of(Instant at) {
  return to_millis(at) / minute_millis;
}

}  // namespace

void add_use(Connection& connection, Channel channel, std::string_view about, std::int64_t count,
             Instant now) {
  connection
      .query(
          "INSERT INTO gateway_use (channel, about, minute, used) VALUES (?1, ?2, ?3, ?4) "
          "ON CONFLICT (channel, about, minute) DO UPDATE SET used = used + excluded.used")
      .with(to_text(channel), about, minute_of(now), count)
      .run();
}

Use use_within(Connection& connection, Channel channel, std::string_view about, std::chrono::seconds window,
               Instant now) {
  auto found = connection.query(
      "SELECT coalesce(sum(used), 0), min(minute) FROM gateway_use "
      "WHERE channel = ?1 AND about = ?2 AND minute >= ?3");
  found.with(to_text(channel), about, minute_of(now - window));
  Use use{0, now};
  if (!found.step()) return use;
  use.count = found.integer(0);
  if (!found.is_null(1)) {
    use.eases = from_millis((found.integer(1) + 1) * minute_millis) + window;
  }
  return use;
}

void forget_use(Connection& connection, Instant before) {
  connection.query("DELETE FROM gateway_use WHERE minute < ?1").with(minute_of(before)).run();
}

std::optional<ChannelLimit> channel_limit(Connection& connection, Channel channel) {
  auto found = connection.query("SELECT cause, until FROM channel_limit WHERE channel = ?1");
  found.with(to_text(channel));
  if (!found.step()) return std::nullopt;
  return ChannelLimit{found.text(0), from_millis(found.integer(1))};
}

void set_channel_limit(Connection& connection, Channel channel, const ChannelLimit& limit) {
  connection
      .query(
          "INSERT INTO channel_limit (channel, cause, until) VALUES (?1, ?2, ?3) "
          "ON CONFLICT (channel) DO UPDATE SET cause = excluded.cause, until = excluded.until")
      .with(to_text(channel), limit.cause, to_millis(limit.until))
      .run();
}

void clear_channel_limit(Connection& connection, Channel channel) {
  connection.query("DELETE FROM channel_limit WHERE channel = ?1").with(to_text(channel)).run();
}

}  // namespace crier::store
