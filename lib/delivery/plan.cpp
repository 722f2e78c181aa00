#include "delivery/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>

#include "base/error.hpp"
#include "base/text.hpp"
#include "delivery/quiet_hours.hpp"
#include "message/sms.hpp"

namespace crier::delivery {

std::string related_lines(const Recipient& recipient) {
  std::string lines;
  for (const auto& pupil : recipient.related) {
    if (pupil.person == recipient.person) continue;
    if (!lines.empty()) lines += '\n';
    lines += spoken_name(pupil.family, pupil.given);
    if (!pupil.form.empty()) lines += fmt::format(" ({})", pupil.form);
  }
  return lines;
}

namespace {

/// The window as hours of every day. Holidays do not concern it: quiet hours do.
config::QuietHours hours_of(const config::Window& window) {
  config::QuietHours hours;
  for (auto& day : hours.allow) day = {window};
  hours.send_on_holidays = true;
  return hours;
}

[[noreturn]] void refuse_never(const roster::SchoolProfile& school, Channel channel,
                               const std::optional<config::Window>& window) {
  if (window) {
    throw Error(
        Exit::refused_by_rule, "never-opens",
        fmt::format("the window {} and the quiet hours of {} for {} are never open together within 60 days",
                    window_text(*window), school.code, to_text(channel)),
        "Choose another --window, or correct allow under quiet_hours in crier.toml.");
  }
  throw Error(
      Exit::refused_by_rule, "never-opens",
      fmt::format("the quiet hours of {} for {} do not open within 60 days", school.code, to_text(channel)),
      "Correct allow under quiet_hours in crier.toml.");
}

}  // namespace

Instant opening(const config::Settings& settings, const roster::SchoolProfile& school, Channel channel,
                Priority priority, Instant now, std::optional<config::Window> window,
                std::span<const roster::SchoolProfile* const> others) {
  // The inbox makes no noise: it is there when somebody looks.
  if (priority == Priority::emergency || channel == Channel::inbox) return now;
  const auto own = settings.channel(channel).quiet_hours;
  const auto& quiet = own ? *own : school.quiet_hours;
  std::optional<config::QuietHours> within;
  std::vector<OpeningRule> rules{{&quiet, &school.zone, school.holidays}};
  for (const auto* other : others) {
    rules.push_back({own ? &*own : &other->quiet_hours, &other->zone, other->holidays});
  }
  if (window) {
    within = hours_of(*window);
    rules.push_back({&*within, &school.zone, {}});
  }
  const auto next = next_common_opening(rules, now);
  if (!next) refuse_never(school, channel, window);
  return *next;
}

bool same_hours(const roster::SchoolProfile& a, const roster::SchoolProfile& b) {
  return a.quiet_hours.allow == b.quiet_hours.allow &&
         a.quiet_hours.send_on_holidays == b.quiet_hours.send_on_holidays && a.zone.name() == b.zone.name() &&
         a.holidays == b.holidays;
}

Instant no_time() {
  return from_millis(253'402'300'799'000);  // 9999-12-31
}

std::string window_text(const config::Window& window) {
  return fmt::format("{:02}:{:02}-{:02}:{:02}", window.from / 60, window.from % 60, window.to / 60,
                     window.to % 60);
}

std::optional<config::Window> parse_window(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto minutes = [&](std::string_view part) -> int {
    const bool shaped = part.size() == 5 && part[2] == ':' && std::isdigit(part[0]) &&
                        std::isdigit(part[1]) && std::isdigit(part[3]) && std::isdigit(part[4]);
    const int value =
        shaped ? (part[0] - '0') * 600 + (part[1] - '0') * 60 + (part[3] - '0') * 10 + part[4] - '0' : -1;
    if (!shaped || value > 1440 || part[3] > '5') {
      throw Error(Exit::usage, "bad-window", fmt::format("'{}' is no window of time", text),
                  "Write it as 16:00-20:00; 22:00-06:00 goes over midnight.");
    }
    return value;
  };
  const auto dash = text.find('-');
  const config::Window window{minutes(text.substr(0, dash)),
                              minutes(dash == std::string_view::npos ? "" : text.substr(dash + 1))};
  if (window.from == window.to || window.from == 1440) {
    throw Error(Exit::usage, "bad-window", fmt::format("'{}' is a window without length", text),
                "Write it as 16:00-20:00; 22:00-06:00 goes over midnight.");
  }
  return window;
}

namespace {

/// Iterative, so that no pattern takes more than length times length.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

bool sandbox_lets(const config::Settings& settings, std::string_view address) {
  const auto& sandbox = settings.sending.sandbox;
  if (!sandbox) return true;
  const auto sought = to_lower(address);
  return std::any_of(sandbox->begin(), sandbox->end(),
                     [&](const std::string& pattern) { return matches(to_lower(pattern), sought); });
}

namespace {

/// What becomes of one recipient on one channel.
class ChannelPlan {
 public:
  ChannelPlan(const PlanRequest& request, Plan& plan, Channel channel, std::chrono::seconds wait)
      : request_(request),
        plan_(plan),
        channel_(channel),
        kept_here_(request.settings.channel(channel).kind == config::ChannelKind::inbox),
        job_{channel, {}} {
    if (channel == Channel::sms) price_ = request.settings.channel(channel).price;
    earliest_ = std::max(request.now, request.departure.not_before.value_or(request.now)) + wait;
    ordinary_ = times({});
  }

  void add(const Recipient& recipient, const Reach& reach) {
    if (reach.reason) {
      plan_.unreachable.push_back(
          {recipient.code, list_name(recipient.family, recipient.given), channel_, *reach.reason});
      if (!should_hear(*reach.reason) || request_.unreached == Unreached::left_out) return;
    } else if (!kept_here_ && !sandbox_lets(request_.settings, reach.address)) {
      ++plan_.sandboxed;
      return;
    }
    store::NewDelivery delivery;
    delivery.person = recipient.person;
    delivery.school = request_.school.id;
    delivery.address = reach.address;
    if (request_.own) {
      auto own = request_.own(recipient, channel_);
      delivery.body = std::move(own.body);
      delivery.fields = std::move(own.fields);
      delivery.segments = own.segments;
      delivery.reason = std::move(own.fault);
    }
    if (!delivery.body) delivery.related = related_lines(recipient);
    delivery.due = request_.now;
    if (reach.reason) {
      delivery.state = DeliveryState::failed;
      delivery.reason = to_text(*reach.reason);
    } else if (!delivery.reason.empty()) {
      delivery.state = DeliveryState::failed;
    } else {
      let_go(delivery);
    }
    // D8: the one figure of preview, reservation and charge.
    if (price_ && delivery.state != DeliveryState::failed)
      delivery.cost = delivery.segments * message::price_of_segment(*price_, delivery.address);
    job_.deliveries.push_back(std::move(delivery));
  }

  PlannedJob finish() && { return std::move(job_); }

 private:
  struct Times {
    Instant leaves{};
    /// For whoever has had enough today.
    Instant capped{};
  };

  Times times(std::span<const roster::SchoolProfile* const> others) const {
    const auto from = [&](Instant at) {
      return opening(request_.settings, request_.school, channel_, request_.priority, at,
                     request_.departure.window, others);
    };
    Times made;
    made.leaves = request_.quiet == QuietHandling::ignore || kept_here_ ? earliest_ : from(earliest_);
    made.capped = request_.priority == Priority::emergency || request_.cap.reached.empty()
                      ? made.leaves
                      : std::max(made.leaves, from(std::max(earliest_, request_.cap.next_day)));
    return made;
  }

  /// D3: a guardian with children in several schools hears by the strictest.
  const Times& times_for(std::int64_t person) {
    const auto found = request_.others.of_person.find(person);
    if (found == request_.others.of_person.end()) return ordinary_;
    const auto known = with_others_.find(found->second);
    if (known != with_others_.end()) return known->second;
    std::vector<const roster::SchoolProfile*> others;
    for (const auto index : found->second) others.push_back(&(*request_.others.schools)[index]);
    return with_others_.emplace(found->second, times(others)).first->second;
  }

  void let_go(store::NewDelivery& delivery) {
    const auto& own = times_for(delivery.person);
    const bool over_cap =
        !kept_here_ && own.capped > own.leaves && request_.cap.reached.contains(delivery.person);
    if (over_cap) ++plan_.over_cap;
    const auto leaves = over_cap ? own.capped : own.leaves;
    if (request_.departure.approval == Approval::awaited) {
      delivery.state = DeliveryState::held;
      delivery.due = no_time();
    } else if (leaves > request_.now) {
      delivery.state = DeliveryState::held;
      delivery.due = leaves;
      if (!plan_.held_until || leaves < *plan_.held_until) plan_.held_until = leaves;
    } else if (kept_here_) {
      delivery.state = DeliveryState::complete;  // D5: the inbox is the store itself, exactly once
    }
  }

  const PlanRequest& request_;
  Plan& plan_;
  Channel channel_;
  bool kept_here_;
  /// Of a part of a text, by country; none on other channels.
  std::optional<std::map<std::string, std::int64_t>> price_;
  Instant earliest_{};
  Times ordinary_;
  std::map<std::vector<std::size_t>, Times> with_others_;
  PlannedJob job_;
};

}  // namespace

namespace {

/// Whether one of the channels before this one can reach the recipient.
bool reached_before(const Recipient& recipient, std::span<const Channel> before) {
  return std::any_of(before.begin(), before.end(), [&](Channel channel) {
    const auto found = recipient.channels.find(channel);
    return found != recipient.channels.end() && !found->second.reason;
  });
}

}  // namespace

std::int64_t PlannedJob::segments() const {
  return std::accumulate(deliveries.begin(), deliveries.end(), std::int64_t{0},
                         [](std::int64_t sum, const store::NewDelivery& one) {
                           return sum + (one.state == DeliveryState::failed ? 0 : one.segments);
                         });
}

std::int64_t PlannedJob::cost() const {
  return std::accumulate(deliveries.begin(), deliveries.end(), std::int64_t{0},
                         [](std::int64_t sum, const store::NewDelivery& one) { return sum + one.cost; });
}

Plan make_plan(const PlanRequest& request) {
  Plan plan;
  const std::span<const Channel> via = request.resolution.via;
  for (std::size_t way = 0; way < via.size(); ++way) {
    const auto channel = via[way];
    const auto wait = request.fallback_after.value_or(std::chrono::seconds(0)) * static_cast<int>(way);
    ChannelPlan at_once(request, plan, channel, std::chrono::seconds(0));
    // D10: only whom another channel may reach first waits for it.
    ChannelPlan behind(request, plan, channel, wait);
    for (const auto& recipient : request.resolution.recipients) {
      const auto found = recipient.channels.find(channel);
      if (found == recipient.channels.end()) continue;
      auto& of_channel = wait.count() > 0 && reached_before(recipient, via.first(way)) ? behind : at_once;
      if (found->second.withheld.empty()) {
        of_channel.add(recipient, found->second);
      } else {
        of_channel.add(named_on(recipient, channel), found->second);  // R9
      }
    }
    auto job = std::move(at_once).finish();
    auto later = std::move(behind).finish();
    std::move(later.deliveries.begin(), later.deliveries.end(), std::back_inserter(job.deliveries));
    plan.jobs.push_back(std::move(job));
  }
  return plan;
}

}  // namespace crier::delivery
