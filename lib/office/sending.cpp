#include "office/sending.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "audience/plan.hpp"
#include "audience/resolve.hpp"
#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "message/limits.hpp"
#include "roster/schools.hpp"
#include "store/audit_store.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "store/report_store.hpp"

namespace crier::office {
namespace {

audience::ResolveRequest resolve_request(const Office& office,
                                         const std::vector<roster::SchoolProfile>& schools,
                                         const AudienceRequest& request, Category category) {
  audience::ResolveRequest asked;
  asked.expression = request.expression;
  asked.to = request.to.empty() ? std::vector<std::string>{"self"} : request.to;
  asked.via = request.via.empty() ? std::vector<Channel>{Channel::email} : request.via;
  asked.category = category;
  asked.priority = request.priority;
  asked.now = office.clock.now();
  if (!office.school.empty()) {
    asked.schools = {roster::pick_school(schools, office.school).id};
  } else {
    for (const auto& school : schools) asked.schools.push_back(school.id);
  }
  return asked;
}

}  // namespace

Resolution resolve_audience(const Office& office, const AudienceRequest& request, Category category) {
  const auto schools = roster::school_profiles(office.store, office.settings);
  const store::Snapshot snapshot(office.store);
  auto resolution =
      audience::resolve(office.store, schools, resolve_request(office, schools, request, category));
  audience::require_somebody(resolution);
  return resolution;
}

std::vector<std::string> explain(const Office& office, const AudienceRequest& request,
                                 std::string_view code) {
  const auto schools = roster::school_profiles(office.store, office.settings);
  const store::Snapshot snapshot(office.store);
  return audience::explain(office.store, schools,
                           resolve_request(office, schools, request, Category::informational), code);
}

namespace {

Resolution resolve_unless_duplicate(const Office& office, const SendRequest& request,
                                    const std::optional<std::int64_t>& duplicate) {
  if (duplicate) return {};
  return resolve_audience(office, request.audience, request.category);
}

std::optional<std::int64_t> find_duplicate(const Office& office, const std::string& key,
                                           const std::string& digest) {
  if (key.empty()) return std::nullopt;
  const auto known = store::message_of_key(office.store, key);
  if (!known) return std::nullopt;
  if (known->content_digest == digest) return known->message;
  throw Error(Exit::refused_by_rule, "idempotency-key",
              fmt::format("the idempotency key '{}' was used for another message ({})", key, known->message),
              "Use a new key for a new message; the same key repeats the same call.");
}

}  // namespace

void require_no_approval(const config::Settings& settings, Category category) {
  const bool required = (category == Category::informational && settings.approval.informational) ||
                        (category == Category::periodic && settings.approval.periodic);
  if (!required) return;
  throw Error(
      Exit::refused_by_rule, "approval",
      fmt::format("{} messages need approval by the settings, and this version of crier cannot give it",
                  to_text(category)),
      "Set that category to \"none\" under [approval] in crier.toml.");
}

Sending::Sending(const Office& office, SendRequest request)
    : office_(office),
      request_((message::require_limits(request.subject, request.body,
                                        request.audience.via.empty() ? std::vector<Channel>{Channel::email}
                                                                     : request.audience.via),
                std::move(request))),
      duplicate_(find_duplicate(office, request_.idempotency_key, digest())),
      resolution_(resolve_unless_duplicate(office, request_, duplicate_)),
      school_(pick_sender(roster::school_profiles(office.store, office.settings))) {
  require_no_approval(office_.settings, request_.category);
  if (duplicate_) return;
  const auto count = static_cast<std::int64_t>(resolution_.recipients.size());
  if (request_.expect && *request_.expect != count) {
    throw Error(Exit::refused_by_rule, "expect",
                fmt::format("{} people would receive this, not {}", count, *request_.expect),
                "Check the expression with 'crier resolve'. Nothing was queued.");
  }
  plan_ = delivery::make_plan({resolution_,
                               school_,
                               office_.settings,
                               request_.priority,
                               request_.unreached,
                               delivery::QuietHandling::hold,
                               office_.clock.now(),
                               {}});
}

/// A message has one school: it is its sender. Named, or the only one of all who receive.
roster::SchoolProfile Sending::pick_sender(const std::vector<roster::SchoolProfile>& schools) const {
  if (!office_.school.empty() || schools.size() <= 1 || resolution_.recipients.empty()) {
    if (duplicate_ && office_.school.empty() && !schools.empty()) return schools.front();
    return roster::pick_school(schools, office_.school);
  }
  const auto first = resolution_.recipients.front().school;
  const bool one_school = std::all_of(resolution_.recipients.begin(), resolution_.recipients.end(),
                                      [&](const Recipient& recipient) { return recipient.school == first; });
  if (!one_school) return roster::pick_school(schools, "");
  for (const auto& school : schools) {
    if (school.id == first && concerns_only(school)) return school;
  }
  return roster::pick_school(schools, "");
}

/// A guardian may have children in two schools: a school's message names its own children alone (C12). Where
/// the audience would be another with that school named, the caller has to say which one is meant.
bool Sending::concerns_only(const roster::SchoolProfile& school) const {
  const Office of_school{office_.store, office_.settings, office_.clock, office_.actor, school.code};
  const auto alone = resolve_audience(of_school, request_.audience, request_.category).recipients;
  return std::equal(alone.begin(), alone.end(), resolution_.recipients.begin(), resolution_.recipients.end(),
                    [](const Recipient& a, const Recipient& b) {
                      return a.person == b.person && a.related.size() == b.related.size();
                    });
}

std::string Sending::digest() const {
  std::string text;
  const auto add = [&](std::string_view part) { text += fmt::format("{}:{};", part.size(), part); };
  add(office_.school);
  add(request_.audience.expression);
  for (const auto& word : request_.audience.to) add(word);
  for (const auto channel : request_.audience.via) add(to_text(channel));
  add(request_.subject);
  add(request_.body);
  add(to_text(request_.category));
  add(to_text(request_.priority));
  add(request_.unreached == delivery::Unreached::left_out ? "skip-unreachable" : "");
  return store::sha256_hex(text);
}

SendAnswer Sending::duplicate_answer() {
  SendAnswer answer;
  answer.message = *duplicate_;
  answer.state = "duplicate";
  store::JobFilter filter;
  filter.message = *duplicate_;
  for (const auto& job : store::job_rows(office_.store, filter, 0, 100)) {
    answer.jobs.push_back({job.id, job.type, job.counts.messages});
  }
  std::reverse(answer.jobs.begin(), answer.jobs.end());
  return answer;
}

SendAnswer Sending::queue() {
  if (duplicate_) return duplicate_answer();
  SendAnswer answer;
  answer.recipients = static_cast<std::int64_t>(resolution_.recipients.size());
  answer.unreachable = plan_.unreachable;
  answer.held_until = plan_.held_until;
  if (request_.mode == SendRequest::Mode::dry_run) {
    answer.state = "dry-run";
    for (const auto& job : plan_.jobs) {
      answer.jobs.push_back({0, job.channel, static_cast<std::int64_t>(job.deliveries.size())});
    }
    return answer;
  }
  const auto now = office_.clock.now();
  bool goes_now = false;
  {
    store::Transaction transaction(office_.store);
    // Two calls with one key at once: whoever came second under the lock is the duplicate.
    duplicate_ = find_duplicate(office_, request_.idempotency_key, digest());
    if (duplicate_) return duplicate_answer();
    store::MessageRow message;
    message.school = school_.id;
    message.subject = request_.subject;
    message.body = request_.body;
    message.category = request_.category;
    message.priority = request_.priority;
    message.sender = office_.actor;
    // The second working out (A5, D7) must find an @file, wherever it runs.
    message.expression =
        audience::with_absolute_files(request_.audience.expression, std::filesystem::current_path());
    message.recipients = join(resolution_.to, ",");
    message.created = now;
    message.idempotency_key = request_.idempotency_key;
    message.content_digest = digest();
    answer.message = store::insert_message(office_.store, message);
    for (const auto& planned : plan_.jobs) {
      const auto job = store::insert_job(office_.store, answer.message, planned.channel, now);
      store::insert_deliveries(office_.store, job, planned.channel, request_.priority, planned.deliveries,
                               now);
      answer.jobs.push_back({job, planned.channel, static_cast<std::int64_t>(planned.deliveries.size())});
      for (const auto& one : planned.deliveries) {
        answer.waits_for_daemon |= one.state == DeliveryState::queued || one.state == DeliveryState::held;
        goes_now |= one.state == DeliveryState::queued;
      }
    }
    record(office_, "send", fmt::format("message {}", answer.message),
           fmt::format("'{}' to {} of {}: {} recipients", request_.audience.expression, message.recipients,
                       school_.code, answer.recipients));
    transaction.commit();
  }
  answer.state = answer.held_until && !goes_now ? "scheduled" : "queued";
  os::ring(bell_path(office_.store.path()));
  return answer;
}

}  // namespace crier::office
