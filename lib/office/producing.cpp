#include "office/producing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <unordered_map>

#include "audience/resolve.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "delivery/plan.hpp"
#include "delivery/quiet_hours.hpp"
#include "message/limits.hpp"
#include "message/words.hpp"
#include "office/chores.hpp"
#include "office/outgoing.hpp"
#include "office/staff_mail.hpp"
#include "office/wallet.hpp"
#include "office/wording.hpp"
#include "schedule/notice.hpp"
#include "schedule/notice_kind.hpp"
#include "schedule/occurrence.hpp"
#include "store/ledger_store.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"

namespace crier::office {

using store::OccurrenceOutcome;
using Schools = std::vector<roster::SchoolProfile>;

const roster::SchoolProfile& school_of(const Schools& schools, const config::Schedule& schedule) {
  // An import or retention is of no school in particular: it goes by the clock of the first.
  if (is_chore(schedule.kind) && schedule.school.empty() && !schools.empty()) return schools.front();
  try {
    return roster::pick_school(schools, schedule.school);
  } catch (const Error& error) {
    throw Error(error.exit(), error.code(), fmt::format("{}: {}", schedule.file.string(), error.message()),
                fmt::format("{} Set school in that file.", error.hint()));
  }
}

std::string office_address(const Office& office, const roster::SchoolProfile& school) {
  if (!school.sender.reply_to.empty()) return school.sender.reply_to;
  auto addresses = error_report_addresses(office.settings);
  return addresses.empty() ? std::string() : std::move(addresses.front());
}

namespace {

/// The audience of a notice in the form that a plan is made from.
Resolution resolution_of(const schedule::Notice& notice) {
  Resolution resolution;
  resolution.expression = notice.expression;
  resolution.via = notice.via;
  for (const auto& one : notice.recipients) resolution.recipients.push_back(one.recipient);
  resolution.matched = static_cast<std::int64_t>(resolution.recipients.size());
  return resolution;
}

/// The words of a schedule that writes a message: a template's, its own, or those of its kind.
struct FreeWords {
  std::string subject;
  std::string body;
  std::vector<store::MessageText> texts;
};

FreeWords words_of(const Office& office, const config::Schedule& schedule) {
  FreeWords words{schedule.subject, schedule.body, {}};
  if (!schedule.template_name.empty()) {
    words.texts = template_texts(office, schedule.template_name);
    const auto fallback =
        std::find_if(words.texts.begin(), words.texts.end(), [](const auto& one) { return one.fallback; });
    words.subject = fallback->subject;
    words.body = fallback->body;
  } else if (words.subject.empty()) {
    words.subject = fmt::format("Survey: {}", schedule.survey);
    if (count_graphemes(words.subject) > message::most_subject_graphemes) words.subject = "Survey";
    words.body =
        fmt::format("Please take part in the survey \u201c{}\u201d, if you have not done so yet. Thank you.",
                    schedule.survey);
  }
  return words;
}

/// Whom a schedule that writes a message writes to now.
Resolution audience_of(const Office& office, const Schools& schools, const roster::SchoolProfile& school,
                       const config::Schedule& schedule) {
  audience::ResolveRequest request;
  request.expression = schedule.expression;
  request.to = schedule.to;
  request.via = schedule.via;
  request.schools = {school.id};
  request.category = Category::periodic;
  request.now = office.clock.now();
  request.folder = office.settings.folder;
  return audience::resolve(office.store, schools, request);
}

/// What every message of a schedule has in common.
store::MessageRow message_of(const Office& office, const roster::SchoolProfile& school,
                             const config::Schedule& schedule, const delivery::Plan& plan,
                             delivery::Approval approval) {
  const auto now = office.clock.now();
  store::MessageRow message;
  message.school = school.id;
  message.category = Category::periodic;
  message.sender = fmt::format("schedule {}", schedule.name);
  message.expression = schedule.expression;
  message.recipients = join(schedule.to, ",");
  message.created = now;
  message.state =
      approval == delivery::Approval::awaited ? MessageState::awaiting_approval : MessageState::released;
  message.expires = plan.held_until.value_or(now) + useful_for(office.settings, Category::periodic);
  message.passes_quiet = schedule.quiet_hours == config::QuietRule::ignore;
  if (schedule.confirmation_email) message.confirm_to = office_address(office, school);
  return message;
}

delivery::PlanRequest run_request(const Office& office, const Schools& schools,
                                  const roster::SchoolProfile& school, const config::Schedule& schedule,
                                  const Resolution& resolution) {
  delivery::PlanRequest request{resolution, school, office.settings};
  request.quiet = schedule.quiet_hours == config::QuietRule::ignore ? delivery::QuietHandling::ignore
                                                                    : delivery::QuietHandling::hold;
  request.now = office.clock.now();
  request.departure.approval = approval_for(office, Category::periodic);
  request.cap = daily_cap(office, school, resolution, request.now);
  request.others = other_schools(office, schools, school, resolution);
  return request;
}

/// `quiet_hours = "skip"`: what would be held is left out.
void leave_out_held(const config::Schedule& schedule, delivery::Plan& plan, Instant may_leave) {
  if (schedule.quiet_hours != config::QuietRule::skip) return;
  for (auto& job : plan.jobs) {
    std::erase_if(job.deliveries, [&](const store::NewDelivery& one) {
      return one.state == DeliveryState::held && one.due > may_leave && one.due < delivery::no_time();
    });
  }
  // What is left waits for its time of grace alone.
  if (plan.held_until && *plan.held_until > may_leave) plan.held_until.reset();
}

SendAnswer queue_run(const Office& office, const config::Schedule& schedule, std::int64_t occurrence,
                     const store::MessageRow& message, std::span<const store::MessageText> texts,
                     const delivery::Plan& plan, std::int64_t recipients) {
  SendAnswer answer;
  answer.recipients = recipients;
  answer.unreachable = plan.unreachable;
  answer.held_until = plan.held_until;
  answer.expires = message.expires;
  answer.over_cap = plan.over_cap;
  answer.sandboxed = plan.sandboxed;
  // What ignores quiet hours must not be held when it is dispatched either: the queue lets the urgent alone
  // pass.
  auto queued = queue_message(office, message, texts, {}, plan,
                              message.passes_quiet ? Priority::emergency : Priority::general);
  answer.message = queued.id;
  answer.jobs = std::move(queued.jobs);
  answer.waits_for_daemon = queued.waits_for_daemon;
  const bool awaited = message.state == MessageState::awaiting_approval;
  answer.state = awaited ? "awaiting-approval" : plan.held_until && !queued.goes_now ? "scheduled" : "queued";
  store::link_message(office.store, occurrence, answer.message);
  record(office, "schedule", fmt::format("message {}", answer.message),
         fmt::format("{}: {} recipients", schedule.name, answer.recipients));
  return answer;
}

/// A notice: what was found of each pupil, to whoever may hear of it and has not (T2–T5).
std::optional<SendAnswer> produce_notice(const Office& office, const Schools& schools,
                                         const roster::SchoolProfile& school,
                                         const config::Schedule& schedule, std::int64_t occurrence,
                                         LocalTime run) {
  const auto notice = schedule::make_notice(office.store, office.settings, schools, schedule, run);
  if (notice.recipients.empty()) return std::nullopt;
  std::unordered_map<std::int64_t, const schedule::NoticeRecipient*> by_person;
  for (const auto& one : notice.recipients) by_person.emplace(one.recipient.person, &one);
  const auto resolution = resolution_of(notice);
  auto request = run_request(office, schools, school, schedule, resolution);
  request.own = [&](const Recipient& recipient, Channel channel) -> delivery::OwnWords {
    return notice_words(office, school, by_person.at(recipient.person)->bodies.at(channel), channel);
  };
  // T5: a mark has so long to change; it is read again when the time has come.
  if (schedule.grace.count() > 0) request.departure.not_before = request.now + schedule.grace;
  auto plan = delivery::make_plan(request);
  leave_out_held(schedule, plan, request.departure.not_before.value_or(request.now));
  fail_unpaid(office, school.id, plan);
  auto message = message_of(office, school, schedule, plan, request.departure.approval);
  message.subject = notice.subject;
  message.body = notice.body;
  message.category = notice.category;
  auto answer = queue_run(office, schedule, occurrence, message, notice.texts, plan, resolution.matched);
  // T4: whether it counts is read from the deliveries; a rerun of one that failed from the start is told too.
  for (const auto& one : notice.recipients) {
    store::insert_told(office.store, notice.kind, answer.message, one.told);
  }
  for (const auto& one : notice.not_to_hear) {
    for (const auto& [channel, reach] : one.recipient.channels) {
      if (!reach.reason) continue;
      answer.unreachable.push_back(
          {one.recipient.code, list_name(one.recipient.family, one.recipient.given), channel, *reach.reason});
    }
  }
  return answer;
}

/// A free message, or a survey's reminder: the same words to an audience, each time.
std::optional<SendAnswer> produce_message(const Office& office, const Schools& schools,
                                          const roster::SchoolProfile& school,
                                          const config::Schedule& schedule, std::int64_t occurrence) {
  const auto words = words_of(office, schedule);
  const auto resolution = audience_of(office, schools, school, schedule);
  if (resolution.recipients.empty()) return std::nullopt;
  auto row = message_of(office, school, schedule, {}, delivery::Approval::given);
  row.subject = words.subject;
  row.body = words.body;
  row.template_name = schedule.template_name;
  Wording wording(office, row, words.texts, school);
  auto request = run_request(office, schools, school, schedule, resolution);
  request.own = wording.for_people(resolution);
  auto plan = delivery::make_plan(request);
  // Whose field is empty is a failed delivery that says so: nobody is there to be asked.
  leave_out_held(schedule, plan, request.now);
  fail_unpaid(office, school.id, plan);
  auto message = message_of(office, school, schedule, plan, request.departure.approval);
  message.subject = row.subject;
  message.body = row.body;
  message.template_name = row.template_name;
  return queue_run(office, schedule, occurrence, message, words.texts, plan,
                   static_cast<std::int64_t>(resolution.recipients.size()));
}

}  // namespace

Produced produce(const Office& office, const Schools& schools, const config::Schedule& schedule,
                 std::int64_t occurrence, LocalTime run, OccurrenceOutcome outcome,
                 std::optional<WrittenReport> report) {
  const auto& school = school_of(schools, schedule);
  const auto now = office.clock.now();
  if (schedule.kind == config::NoticeKind::report) {
    if (!report) report = write_report(office, school, schedule, run);
    auto mailed = mail_report(office, school, schedule, std::move(*report));
    if (!mailed) return {std::nullopt, OccurrenceOutcome::empty};
    store::link_message(office.store, occurrence, mailed->message);
    return {std::move(mailed), outcome};
  }
  if (schedule.quiet_hours == config::QuietRule::skip) {
    const bool any_open = std::any_of(schedule.via.begin(), schedule.via.end(), [&](Channel channel) {
      return delivery::opening(office.settings, school, channel, Priority::general, now) <= now;
    });
    if (!any_open) return {std::nullopt, OccurrenceOutcome::skipped};
  }
  std::optional<SendAnswer> sent;
  if (schedule::tells_findings(schedule.kind)) {
    if (schedule.kind == config::NoticeKind::attendance && schedule.correction) {
      sent = produce_notice(office, schools, school, schedule::correction_of(schedule), occurrence, run);
    }
    // The occurrence names the notice itself where there are both.
    if (auto notice = produce_notice(office, schools, school, schedule, occurrence, run)) {
      if (sent) notice->jobs.insert(notice->jobs.end(), sent->jobs.begin(), sent->jobs.end());
      sent = std::move(notice);
    }
  } else {
    sent = produce_message(office, schools, school, schedule, occurrence);
  }
  if (!sent) return {std::nullopt, OccurrenceOutcome::empty};
  return {std::move(sent), outcome};
}

namespace {

/// D3, T1: a notice that could never leave, or that skips every hour at which it runs, is no notice.
void require_hours(const Office& office, const roster::SchoolProfile& school,
                   const config::Schedule& schedule) {
  if (schedule.quiet_hours == config::QuietRule::ignore) return;
  const auto now = office.clock.now();
  const auto leaves_at = [&](Instant at) {
    Instant first = Instant::max();
    for (const auto channel : schedule.via) {
      first = std::min(first, delivery::opening(office.settings, school, channel, Priority::general, at));
    }
    return first;
  };
  (void)leaves_at(now);  // throws where no hour opens within 60 days
  if (schedule.quiet_hours != config::QuietRule::skip) return;
  constexpr std::size_t most_runs = 500;
  const auto runs =
      schedule::occurrences_between(schedule, school.zone, now, now + delivery::opening_horizon, most_runs);
  const bool any = std::any_of(runs.begin(), runs.end(), [&](const auto& run) {
    return leaves_at(run.at + schedule.grace) <= run.at + schedule.grace;
  });
  if (any || runs.empty()) return;
  throw Error(
      Exit::refused_by_rule, "never-open",
      fmt::format("{}: every run of the next {} days falls into quiet hours, and quiet_hours is \"skip\"",
                  schedule.file.string(), delivery::opening_horizon.count()),
      "Let it run within the school's hours, or write quiet_hours = \"hold\".");
}

/// A span of days that ends before it begins tells nothing, and nobody would notice.
void require_span(const Office& office, const roster::SchoolProfile& school,
                  const config::Schedule& schedule) {
  const auto next = schedule::next_occurrence(schedule, school.zone, office.clock.now());
  if (!next) return;
  const Date day(
      std::chrono::sys_days(std::chrono::floor<std::chrono::days>(next->local).time_since_epoch()));
  const auto begin = schedule::day_of(schedule.begin_due, day);
  const auto end = schedule::day_of(schedule.end_due, day);
  if (begin <= end) return;
  throw Error(
      Exit::refused_by_rule, "empty-span",
      fmt::format("{}: at its next run, {}, the days from begin_due {} to end_due {} are none: it would tell "
                  "nothing",
                  schedule.file.string(), to_iso(day), to_iso(begin), to_iso(end)),
      "Correct the two, or start or disable it to suit.");
}

}  // namespace

void check_production(const Office& office, const Schools& schools, const config::Schedule& schedule) {
  const auto& school = school_of(schools, schedule);
  if (is_chore(schedule.kind)) {
    check_chore(office, schedule);
    return;
  }
  if (schedule.kind == config::NoticeKind::report) {
    (void)write_report(office, school, schedule, school.zone.local(office.clock.now()));
    return;
  }
  require_hours(office, school, schedule);
  if (schedule::tells_findings(schedule.kind)) {
    require_span(office, school, schedule);
    (void)schedule::make_notice(office.store, office.settings, schools, schedule,
                                school.zone.local(office.clock.now()));
  } else {
    const auto words = words_of(office, schedule);
    if (words.texts.empty()) message::require_limits(words.subject, words.body, schedule.via);
    (void)message::Words(words.subject, words.body, words.texts, schedule.template_name);
    (void)audience_of(office, schools, school, schedule);
  }
}

}  // namespace crier::office
