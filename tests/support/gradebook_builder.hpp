// Assignments, marks and the deliveries of notices for tests, put into a store by SQL or by the store's own
// functions: what an import and the daemon would have left there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "model/channel.hpp"
#include "model/message.hpp"
#include "store/connection.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "store/school_store.hpp"

namespace crier::test {

class GradebookBuilder {
 public:
  explicit GradebookBuilder(store::Connection& connection) : connection_(connection) {
    connection_.execute("PRAGMA synchronous = OFF");
  }

  std::int64_t assignment(std::int64_t group, std::string_view title, std::string_view due,
                          std::optional<double> points = std::nullopt,
                          std::string_view source = "oneroster") {
    const auto id = "work-" + std::to_string(++serial_);
    connection_
        .query(
            "INSERT INTO assignment (roster_group, title, due, points, live, source, source_id, fingerprint) "
            "VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, 0)")
        .with(group, title, due, points, source_row(source), id)
        .run();
    return connection_.last_id();
  }
  /// Gone from the gradebook: deleted, dropped or hidden there.
  void withdraw(std::int64_t assignment) {
    connection_.query("UPDATE assignment SET live = 0 WHERE id = ?1").with(assignment).run();
  }

  std::int64_t mark(std::int64_t assignment, std::int64_t pupil, std::string_view status,
                    std::optional<double> score = std::nullopt) {
    const auto id = "mark-" + std::to_string(++serial_);
    connection_
        .query(
            "INSERT INTO mark (assignment, pupil, status, score, missing, source, source_id, fingerprint) "
            "VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, 0)")
        .with(assignment, pupil, status, score, source_row("oneroster"), id)
        .run();
    return connection_.last_id();
  }
  void change_mark(std::int64_t mark, std::string_view status) {
    connection_.query("UPDATE mark SET status = ?2 WHERE id = ?1").with(mark, status).run();
  }
  void flag_missing(std::int64_t mark) {
    connection_.query("UPDATE mark SET missing = 1 WHERE id = ?1").with(mark).run();
  }

  /// A message of a school, as a run of a schedule leaves it.
  std::int64_t message(std::int64_t school) {
    store::MessageRow row;
    row.school = school;
    row.subject = "Missing assignments";
    row.sender = "schedule";
    row.created = now;
    return store::insert_message(connection_, row);
  }
  /// A delivery of that message; one job a channel.
  std::int64_t delivery(std::int64_t message, std::int64_t school, std::int64_t person, Channel channel,
                        DeliveryState state, std::string_view address = "somebody@example.org") {
    store::NewDelivery one;
    one.person = person;
    one.school = school;
    one.address = address;
    one.state = state;
    one.due = now;
    store::insert_deliveries(connection_, job(message, channel), channel, Priority::general, {&one, 1}, now);
    return connection_.integer("SELECT max(id) FROM delivery");
  }
  void set_state(std::int64_t delivery, DeliveryState state) {
    connection_.query("UPDATE delivery SET state = ?2 WHERE id = ?1").with(delivery, to_text(state)).run();
  }

  static constexpr Instant now = Instant(Millis(1'795'000'000'000));

 private:
  std::int64_t source_row(std::string_view name) {
    return store::source_row(connection_, name, "oneroster", now);
  }
  std::int64_t job(std::int64_t message, Channel channel) {
    auto found = connection_.query("SELECT id FROM job WHERE message = ?1 AND channel = ?2");
    found.with(message, to_text(channel));
    return found.step() ? found.integer(0) : store::insert_job(connection_, message, channel, now);
  }

  store::Connection& connection_;
  int serial_ = 0;
};

}  // namespace crier::test
