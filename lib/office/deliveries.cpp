#include "office/deliveries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "model/person.hpp"
#include "office/permission.hpp"
#include "office/rerunning.hpp"
#include "report/status.hpp"
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

/// A delivery's row has the time alone; for what it waits is read from its message.
std::optional<Hold> hold_of(const store::DeliveryStory& story, const store::MessageRow& message) {
  if (story.line.state == DeliveryState::waiting) return Hold::retry;
  if (story.line.state != DeliveryState::held) return std::nullopt;
  if (message.state == MessageState::awaiting_approval) return Hold::approval;
  if (message.send_at && story.due == message.send_at) return Hold::own_time;
  return message.leaves_within.empty() ? Hold::hours : Hold::window;
}

/// Words that neither a delivery of this job nor crier itself knows are slips of the pen.
void require_known_reason(const Office& office, std::int64_t job, const std::string& reason) {
  if (reason.empty()) return;
  auto known = store::reasons_of_job(office.store, job);
  if (std::find(known.begin(), known.end(), reason) != known.end()) return;
  const auto here = known;
  for (auto& cause : report::described_causes()) known.push_back(std::move(cause));
  if (parse_reason(reason) || std::find(known.begin(), known.end(), reason) != known.end()) return;
  throw Error(Exit::usage, "unknown-reason",
              fmt::format("--reason: nothing is called '{}'{}", reason, did_you_mean(reason, known)),
              here.empty() ? "Nothing of this job has a reason." : "This job has: " + join(here, ", ") + ".");
}

void mask(AddressSight sight, store::DeliveryLine& line) {
  line.address = shown_address(sight, line.address);
  line.response = shown_text(sight, line.response);
}

}  // namespace

std::string_view to_text(Hold hold) {
  switch (hold) {
    case Hold::approval:
      return "approval";
    case Hold::own_time:
      return "own-time";
    case Hold::window:
      return "window";
    case Hold::hours:
      return "hours";
    case Hold::retry:
      return "retry";
  }
  return "";
}

ShownDelivery show_delivery(const Office& office, std::int64_t delivery) {
  ShownDelivery story{find_delivery(office, delivery), {}};
  story.hold = hold_of(story, store::message(office.store, story.message));
  require(office, Act::look, {{story.line.school}, ""});
  const auto sight = address_sight(office);
  mask(sight, story.line);
  for (auto& attempt : story.attempts) attempt.outcome.text = shown_text(sight, attempt.outcome.text);
  for (auto& receipt : story.receipts) receipt.text = shown_text(sight, receipt.text);
  return story;
}

JobRecipients job_recipients(const Office& office, std::int64_t job, const store::RecipientFilter& filter,
                             std::int64_t page, std::int64_t per_page) {
  store::JobFilter one;
  one.job = job;
  const auto jobs = store::job_rows(office.store, one, 0, 1);
  if (jobs.empty()) {
    throw Error(Exit::nothing_there, "no-such-job", fmt::format("there is no job {}", job),
                "See 'crier status' for the jobs there are.");
  }
  require(office, Act::look, {{jobs.front().school}, ""});
  require_known_reason(office, job, filter.reason);
  JobRecipients answer;
  answer.page = page;
  answer.total = store::count_job_deliveries(office.store, job, filter);
  answer.pages = std::max<std::int64_t>(1, (answer.total + per_page - 1) / per_page);
  answer.lines = store::job_deliveries(office.store, job, filter, (page - 1) * per_page, per_page);
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
    const store::Rerunnable one{
        delivery, story.person, message.school, story.line.address, DeliveryState::in_doubt, story.segments};
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
