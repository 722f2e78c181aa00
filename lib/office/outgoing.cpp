#include "office/outgoing.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "delivery/room.hpp"
#include "message/sms.hpp"
#include "office/wallet.hpp"
#include "store/queue_store.hpp"
#include "store/release_store.hpp"

namespace crier::office {

QueuedMessage queue_message(const Office& office, const store::MessageRow& message,
                            std::span<const store::MessageText> texts,
                            std::span<const store::MessageAttachment> attachments, const delivery::Plan& plan,
                            Priority urgency) {
  if (urgency != Priority::emergency) delivery::require_room(office.store, office.settings);
  const Purse purse(office, message.school, message.priority, Purse::Opening::made);
  purse.require(cost_of(plan));  // D8
  QueuedMessage queued;
  queued.id = store::insert_message(office.store, message);
  store::insert_texts(office.store, queued.id, texts);
  store::insert_attachments(office.store, queued.id, attachments);
  for (const auto& planned : plan.jobs) {
    const auto job = store::insert_job(office.store, queued.id, planned.channel, message.created);
    store::insert_deliveries(office.store, job, planned.channel, urgency, planned.deliveries, message.created,
                             planned.channel == Channel::sms ? purse.id() : std::nullopt);
    queued.jobs.push_back({job, planned.channel, static_cast<std::int64_t>(planned.deliveries.size())});
    for (const auto& one : planned.deliveries) {
      queued.goes_now |= one.state == DeliveryState::queued;
      queued.waits_for_daemon |= one.state == DeliveryState::queued || one.state == DeliveryState::held;
    }
  }
  return queued;
}

delivery::Approval approval_for(const Office& office, Category category) {
  const auto& approval = office.settings.approval;
  const bool required = (category == Category::informational && approval.informational) ||
                        (category == Category::periodic && approval.periodic);
  const auto actor = fold(office.actor);
  const bool exempt = std::any_of(approval.exempt.begin(), approval.exempt.end(),
                                  [&](const std::string& account) { return fold(account) == actor; });
  return required && !exempt ? delivery::Approval::awaited : delivery::Approval::given;
}

std::chrono::seconds useful_for(const config::Settings& settings, Category category) {
  return settings.sending.expires[static_cast<std::size_t>(category)];
}

delivery::OtherSchools other_schools(const Office& office, const std::vector<roster::SchoolProfile>& schools,
                                     const roster::SchoolProfile& school, const Resolution& resolution) {
  delivery::OtherSchools others;
  others.schools = &schools;
  const bool differ = std::any_of(schools.begin(), schools.end(),
                                  [&](const auto& one) { return !delivery::same_hours(one, school); });
  if (!differ) return others;
  std::vector<std::int64_t> people;
  people.reserve(resolution.recipients.size());
  for (const auto& recipient : resolution.recipients) people.push_back(recipient.person);
  for (const auto& [person, other] : store::other_schools_of(office.store, people, school.id)) {
    const auto found =
        std::find_if(schools.begin(), schools.end(), [&](const auto& one) { return one.id == other; });
    if (found == schools.end() || delivery::same_hours(*found, school)) continue;
    others.of_person[person].push_back(static_cast<std::size_t>(found - schools.begin()));
  }
  return others;
}

delivery::DailyCap daily_cap(const Office& office, const roster::SchoolProfile& school,
                             const Resolution& resolution, Instant now, std::optional<std::int64_t> besides) {
  delivery::DailyCap cap;
  const auto limit = office.settings.sending.daily_cap;
  if (limit == 0) return cap;
  const auto day = std::chrono::floor<std::chrono::days>(school.zone.local(now));
  std::vector<std::int64_t> people;
  people.reserve(resolution.recipients.size());
  for (const auto& recipient : resolution.recipients) people.push_back(recipient.person);
  const auto reached =
      store::people_with_messages(office.store, people, school.zone.instant(day), limit, besides);
  cap.reached.insert(reached.begin(), reached.end());
  cap.next_day = school.zone.instant(day + std::chrono::days(1));
  return cap;
}

delivery::OwnWords notice_words(const Office& office, const roster::SchoolProfile& school, std::string body,
                                Channel channel) {
  delivery::OwnWords own{std::move(body)};
  if (channel == Channel::sms) {
    const auto sms = message::sms_as_it_goes(*own.body, office.settings.sms_rules(school.code));
    own.segments = static_cast<std::int64_t>(sms.count.segments);
  }
  return own;
}

delivery::PlanRequest plan_request(const Office& office, const std::vector<roster::SchoolProfile>& schools,
                                   const roster::SchoolProfile& school, const store::MessageRow& message,
                                   const Resolution& resolution) {
  delivery::PlanRequest request{resolution, school, office.settings, message.priority};
  request.unreached =
      message.skip_unreachable ? delivery::Unreached::left_out : delivery::Unreached::failed_from_start;
  request.quiet = message.passes_quiet ? delivery::QuietHandling::ignore : delivery::QuietHandling::hold;
  request.now = office.clock.now();
  request.departure.window = delivery::parse_window(message.leaves_within);
  request.cap = daily_cap(office, school, resolution, request.now, message.id);
  request.others = other_schools(office, schools, school, resolution);
  return request;
}

}  // namespace crier::office
