// From an audience to jobs: one job per channel, one delivery per recipient (D1). Who should hear but cannot
// be reached is a failed delivery from the start; who may not hear is listed and is none.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "model/message.hpp"
#include "model/recipient.hpp"
#include "roster/schools.hpp"
#include "store/connection.hpp"
#include "store/queue_store.hpp"

namespace crier::delivery {

struct Unreachable {
  std::string code;
  std::string name;
  Channel type = Channel::email;
  Reason reason = Reason::no_address;
};

struct PlannedJob {
  Channel channel = Channel::email;
  std::vector<store::NewDelivery> deliveries;

  /// Parts of texts that are to go, and hundredths of points for them (D8).
  std::int64_t segments() const;
  std::int64_t cost() const;
};

struct Plan {
  std::vector<PlannedJob> jobs;
  std::vector<Unreachable> unreachable;
  /// The earliest time at which anything that is held may go.
  std::optional<Instant> held_until;
  /// Deliveries that wait because their people have had enough for one day (M11).
  std::int64_t over_cap = 0;
  /// Deliveries left out because the sandbox does not let their addresses through (M9).
  std::int64_t sandboxed = 0;
};

enum class Unreached { failed_from_start, left_out };
/// Quiet hours: hold until the next opening, pass, or (schedules) leave out what would be held.
enum class QuietHandling { hold, ignore };
/// Whether a message may leave when its time has come, or waits for somebody's approval (M4).
enum class Approval { given, awaited };

/// A recipient's own part of a message.
struct OwnWords {
  /// A digest, whole in itself.
  std::optional<std::string> body = {};
  /// Values of the message's fields.
  std::optional<std::string> fields = {};
  std::int64_t segments = 0;
  /// Why the words cannot be written for this recipient, a code; empty: they can.
  std::string fault = {};
};

/// When deliveries may leave, besides quiet hours.
struct Departure {
  /// Not before this: `--at`, an undo delay. None: at once.
  std::optional<Instant> not_before = {};
  /// Within this window of the school's day alone (M5).
  std::optional<config::Window> window = {};
  Approval approval = Approval::given;
};

/// The people of a plan who have had as many messages today as they may (M11), and when the next day begins.
struct DailyCap {
  std::unordered_set<std::int64_t> reached;
  Instant next_day{};
};

/// People who have children in other schools too: they hear when all of those schools let them (D3). Filled
/// only where the schools' hours differ.
struct OtherSchools {
  /// All profiles, which the lists of indexes point into.
  const std::vector<roster::SchoolProfile>* schools = nullptr;
  std::unordered_map<std::int64_t, std::vector<std::size_t>> of_person;
};

struct PlanRequest {
  const Resolution& resolution;
  const roster::SchoolProfile& school;
  const config::Settings& settings;
  Priority priority = Priority::general;
  Unreached unreached = Unreached::failed_from_start;
  QuietHandling quiet = QuietHandling::hold;
  Instant now{};
  /// A recipient's own words on a channel, where a message has them.
  std::function<OwnWords(const Recipient&, Channel)> own = {};
  Departure departure = {};
  DailyCap cap = {};
  OtherSchools others = {};
  /// Each channel behind the first waits so much longer than the one before it, for whoever those can reach
  /// (D10); none: all go alike.
  std::optional<std::chrono::seconds> fallback_after = {};
};

/// Throws Error(refused_by_rule, "never-opens") where quiet hours do not open within 60 days (D3).
Plan make_plan(const PlanRequest& request);

/// When a delivery that waits for a person may go: at no time that comes by itself.
Instant no_time();

/// `Annabel Dyer (9B)` a line: whom a message concerns; nothing for somebody who is meant in person.
std::string related_lines(const Recipient& recipient);

/// When a message of this school may leave on this channel: `now`, or the next time at which quiet hours,
/// those of the other schools that count (D3) and the window, where there is one, are all open.
Instant opening(const config::Settings& settings, const roster::SchoolProfile& school, Channel channel,
                Priority priority, Instant now, std::optional<config::Window> window = {},
                std::span<const roster::SchoolProfile* const> others = {});

/// Whether two schools' hours for a channel can differ.
bool same_hours(const roster::SchoolProfile& a, const roster::SchoolProfile& b);

/// `16:00-20:00`: how the store keeps a window.
std::string window_text(const config::Window& window);
/// Nothing for an empty text. Throws Error(usage, "bad-window").
std::optional<config::Window> parse_window(std::string_view text);

/// Whether the sandbox, where the settings have one, lets an address through: `*` stands for any characters.
bool sandbox_lets(const config::Settings& settings, std::string_view address);

}  // namespace crier::delivery
