#include "office/deliveries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/os.hpp"
#include "office/permission.hpp"
#include "office/rerunning.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"

namespace crier::office {
namespace {

store::DeliveryStory find_delivery(const Office& office, std::int64_t delivery) {
  if (auto story = store::delivery_story(office.store, delivery)) return std::move(*story);
  throw Error(Exit::nothing_there, "no-such-delivery", fmt::format("there is no delivery {}", delivery),
              "'crier status JOB --recipients' lists those of a job.");
}

[[noreturn]] void refuse_not_doubtful(std::int64_t delivery, std::string_view state) {
  throw Error(Exit::refused_by_rule, "not-in-doubt",
              fmt::format("delivery {} is not in doubt: it is {}", delivery, state),
              "'crier status JOB --recipients --state in-doubt' lists those that are.");
}

void mask(AddressSight sight, store::DeliveryLine& line) {
  line.address = shown_address(sight, line.address);
  line.response = shown_text(sight, line.response);
}

}  // namespace

store::DeliveryStory show_delivery(const Office& office, std::int64_t delivery) {
  auto story = find_delivery(office, delivery);
  require(office, Act::look, {{story.line.school}, ""});
  const auto sight = address_sight(office);
  mask(sight, story.line);
  for (auto& attempt : story.attempts) attempt.outcome.text = shown_text(sight, attempt.outcome.text);
  return story;
}

JobRecipients job_recipients(const Office& office, std::int64_t job, std::optional<DeliveryState> state,
                             std::int64_t page, std::int64_t per_page) {
  store::JobFilter filter;
  filter.job = job;
  const auto jobs = store::job_rows(office.store, filter, 0, 1);
  if (jobs.empty()) {
    throw Error(Exit::nothing_there, "no-such-job", fmt::format("there is no job {}", job),
                "See 'crier status' for the jobs there are.");
  }
  require(office, Act::look, {{jobs.front().school}, ""});
  JobRecipients answer;
  answer.page = page;
  answer.total = store::count_job_deliveries(office.store, job, state);
  answer.pages = std::max<std::int64_t>(1, (answer.total + per_page - 1) / per_page);
  answer.lines = store::job_deliveries(office.store, job, state, (page - 1) * per_page, per_page);
  const auto sight = address_sight(office);
  for (auto& line : answer.lines) mask(sight, line);
  return answer;
}

DoubtDecided decide_doubtful(const Office& office, std::int64_t delivery, DoubtDecision decision) {
  const auto story = find_delivery(office, delivery);
  const auto message = store::message(office.store, story.message);
  require(office, Act::change_message, concern_of(office, message));
  if (story.line.state != DeliveryState::in_doubt) refuse_not_doubtful(delivery, to_text(story.line.state));
  DoubtDecided decided{delivery, story.line.job, DeliveryState::complete, {}};
  store::Transaction transaction(office.store);
  const auto now = office.clock.now();
  if (decision == DoubtDecision::sent) {
    const auto said = fmt::format("{} says that it has arrived", office.actor);
    if (!store::confirm_doubtful(office.store, delivery, said, now)) refuse_not_doubtful(delivery, "decided");
  } else {
    const store::Rerunnable one{delivery, story.person, message.school, story.line.address,
                                DeliveryState::in_doubt};
    const auto again = send_one_again(office, message, story.line.job, one);
    decided.state = again.state;
    if (again.state == DeliveryState::held) decided.held_until = again.due;
  }
  record(office, "decide", fmt::format("delivery {}", delivery),
         decision == DoubtDecision::sent ? "it has arrived" : "to be sent again");
  transaction.commit();
  os::ring(bell_path(office.store.path()));
  return decided;
}

}  // namespace crier::office
