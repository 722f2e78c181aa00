#include "delivery/plan.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "delivery/quiet_hours.hpp"

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

Instant opening(const config::Settings& settings, const roster::SchoolProfile& school, Channel channel,
                Priority priority, Instant now) {
  // The inbox makes no noise: it is there when somebody looks.
  if (priority == Priority::emergency || channel == Channel::inbox) return now;
  const auto own = settings.channel(channel).quiet_hours;
  const auto next = next_opening(own ? *own : school.quiet_hours, school.zone, {}, now);
  if (next) return *next;
  throw Error(
      Exit::refused_by_rule, "never-opens",
      fmt::format("the quiet hours of {} for {} do not open within 60 days", school.code, to_text(channel)),
      "Correct allow under quiet_hours in crier.toml.");
}

Plan make_plan(const PlanRequest& request) {
  Plan plan;
  for (const auto channel : request.resolution.via) {
    PlannedJob job{channel, {}};
    const bool kept_here = request.settings.channel(channel).kind == config::ChannelKind::inbox;
    const auto leaves =
        request.quiet == QuietHandling::ignore || kept_here
            ? request.now
            : opening(request.settings, request.school, channel, request.priority, request.now);
    for (const auto& recipient : request.resolution.recipients) {
      const auto found = recipient.channels.find(channel);
      if (found == recipient.channels.end()) continue;
      const auto& reach = found->second;
      if (reach.reason) {
        plan.unreachable.push_back(
            {recipient.code, list_name(recipient.family, recipient.given), channel, *reach.reason});
        if (!should_hear(*reach.reason) || request.unreached == Unreached::left_out) continue;
      }
      store::NewDelivery delivery;
      delivery.person = recipient.person;
      delivery.school = request.school.id;
      delivery.address = reach.address;
      if (request.body) delivery.body = request.body(recipient, channel);
      if (!delivery.body) delivery.related = related_lines(recipient);
      delivery.due = request.now;
      if (reach.reason) {
        delivery.state = DeliveryState::failed;
        delivery.reason = to_text(*reach.reason);
      } else if (kept_here) {
        delivery.state = DeliveryState::complete;  // D5: the inbox is the store itself, exactly once
      } else if (leaves > request.now) {
        delivery.state = DeliveryState::held;
        delivery.due = leaves;
        if (!plan.held_until || leaves < *plan.held_until) plan.held_until = leaves;
      }
      job.deliveries.push_back(std::move(delivery));
    }
    plan.jobs.push_back(std::move(job));
  }
  return plan;
}

}  // namespace crier::delivery
