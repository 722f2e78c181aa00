#include "office/sending.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "audience/expression.hpp"
#include "audience/plan.hpp"
#include "audience/resolve.hpp"
#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "format/email_address.hpp"
#include "message/attachments.hpp"
#include "message/limits.hpp"
#include "message/words.hpp"
#include "office/freshness.hpp"
#include "office/permission.hpp"
#include "office/rerunning.hpp"
#include "office/wallet.hpp"
#include "roster/schools.hpp"
#include "store/audit_store.hpp"
#include "store/merge_store.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "store/release_store.hpp"
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

namespace {

/// M7: the audience may be of any school that `--school` does not rule out.
void require_look(const Office& office) {
  require(office, Act::look,
          {office.school.empty() ? std::vector<std::string>{} : std::vector{office.school}, ""});
}

}  // namespace

Resolution shown_audience(const Office& office, const AudienceRequest& request, Category category) {
  require_look(office);
  auto resolution = resolve_audience(office, request, category);
  const auto sight = address_sight(office);
  if (sight == AddressSight::clear) return resolution;
  for (auto& recipient : resolution.recipients) {
    for (auto& [channel, reach] : recipient.channels) reach.address = shown_address(sight, reach.address);
  }
  return resolution;
}

Resolution audience_of_message(const Office& office, const store::MessageRow& message, Channel channel) {
  const auto schools = roster::school_profiles(office.store, office.settings);
  AudienceRequest request{message.expression, {}, {channel}, message.priority};
  for (const auto word : split(message.recipients, ',')) request.to.emplace_back(word);
  return audience::resolve(office.store, schools,
                           resolve_request(office, schools, request, message.category));
}

Resolution audience_of_person(const Office& office, const store::KnownPerson& person,
                              const std::vector<Channel>& via) {
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto pupils = store::codes_of_pupils_of(office.store, person.id);
  std::string expression;
  for (const auto& pupil : pupils) {
    if (!expression.empty()) expression += " or ";
    expression += audience::named("pupil", pupil);
  }
  if (pupils.empty()) expression = audience::named(person.kind, person.code);
  AudienceRequest request{expression, {pupils.empty() ? "self" : "associates"}, via};
  auto resolution = audience::resolve(office.store, schools,
                                      resolve_request(office, schools, request, Category::informational));
  std::erase_if(resolution.recipients, [&](const Recipient& one) { return one.person != person.id; });
  if (!resolution.recipients.empty()) return resolution;
  throw Error(Exit::nothing_there, "not-a-recipient",
              fmt::format("nothing can be written to {}", person.code),
              "They have no active place in a school.");
}

std::vector<std::string> explain(const Office& office, const AudienceRequest& request,
                                 std::string_view code) {
  require_look(office);
  const auto schools = roster::school_profiles(office.store, office.settings);
  const store::Snapshot snapshot(office.store);
  auto lines = audience::explain(office.store, schools,
                                 resolve_request(office, schools, request, Category::informational), code);
  const auto sight = address_sight(office);
  for (auto& line : lines) line = shown_text(sight, line);
  return lines;
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

/// A span from `from` on (`90m`, `3d`), or a time.
Instant read_end(std::string_view text, const roster::SchoolProfile& school, Instant from) {
  if (const auto span = parse_span(text); span && *span > std::chrono::seconds(0)) return from + *span;
  return read_time("--expires", text, school);
}

}  // namespace

Instant read_time(std::string_view option, std::string_view text, const roster::SchoolProfile& school) {
  if (const auto at = parse_rfc3339(text)) return *at;
  const auto local = parse_local(text);
  if (!local) {
    throw Error(Exit::usage, "bad-time", fmt::format("{}: '{}' is no time", option, text),
                "Write 2026-11-25T16:00 (the school's time) or an RFC 3339 time.");
  }
  const auto mapped = school.zone.map(*local);
  if (mapped.kind == Zone::Mapping::Kind::gap) {
    throw Error(Exit::usage, "time-in-gap",
                fmt::format("{}: the clocks of {} never show {}: they are put forward over it", option,
                            school.zone.name(), to_iso(*local)),
                fmt::format("The next time there is {}.", to_iso(school.zone.local(mapped.first))));
  }
  return mapped.first;
}

namespace {

/// What is sent again is what was sent: words, audience, ways.
SendRequest with_message_again(const Office& office, SendRequest request) {
  if (!request.again) return request;
  const auto message = store::message(office.store, *request.again);
  require_words(message);
  if (message.occurrence || message.test) {
    throw Error(
        Exit::refused_by_rule, "not-repeatable",
        fmt::format("message {} {}", message.id, message.test ? "is a test" : "is a notice of a schedule"),
        message.test ? "Send the message itself."
                     : "Use 'crier schedule run'; a notice tells each person once.");
  }
  request.audience.expression = message.expression;
  request.audience.to.clear();
  for (const auto word : split(message.recipients, ',')) request.audience.to.emplace_back(word);
  request.audience.via = store::message_channels(office.store, message.id);
  if (!message.template_name.empty() && !request.body.empty()) {
    throw Error(Exit::usage, "template-words",
                fmt::format("message {} has the words of the template {}", message.id, message.template_name),
                "Leave -m and --body-file out; -s may give it another subject.");
  }
  if (request.subject.empty() && message.template_name.empty()) request.subject = message.subject;
  if (request.body.empty()) request.body = message.body;
  request.template_name = message.template_name;
  request.category = message.category;
  request.priority = message.priority;
  request.audience.priority = message.priority;
  return request;
}

std::vector<Channel> channels_of(const SendRequest& request) {
  return request.audience.via.empty() ? std::vector<Channel>{Channel::email} : request.audience.via;
}

/// Everything that can be refused by the request alone.
SendRequest checked(const Office& office, SendRequest request) {
  request = with_message_again(office, std::move(request));
  const auto via = channels_of(request);
  if (request.template_name.empty()) {
    message::require_limits(request.subject, request.body, via);
    (void)message::Words(request.subject, request.body, {}, "");
  } else if (!request.subject.empty()) {
    message::require_limits(request.subject, "-", {});
  }
  if (!request.attachments.empty() && std::find(via.begin(), via.end(), Channel::email) == via.end()) {
    throw Error(Exit::usage, "attachment-without-email", "--attach: only e-mail carries attachments",
                "Add email to --via, or put a link to the file into the text.");
  }
  if (request.confirmation == SendRequest::Confirmation::asked &&
      office.settings.sending.public_url.empty()) {
    throw Error(
        Exit::usage, "no-public-url", "--ack: there is no page at which a reader could confirm",
        "Set public_url under [sending] in crier.toml to the address at which the daemon is reached.");
  }
  (void)delivery::parse_window(request.window);
  if (!request.test_to.empty() && !format::parse_email(request.test_to)) {
    throw Error(Exit::usage, "bad-address",
                fmt::format("--test-to: '{}' is no e-mail address", request.test_to),
                "Give the address alone, such as me@school.example.");
  }
  if (!request.confirm_to.empty() && !format::parse_email(request.confirm_to)) {
    throw Error(Exit::usage, "bad-address",
                fmt::format("--confirm-to: '{}' is no e-mail address", request.confirm_to),
                "Give the address alone, such as me@school.example.");
  }
  if (request.sync == SendRequest::Sync::after_sync) require_fresh_data(office);
  return request;
}

}  // namespace

Sending::Sending(const Office& office, SendRequest request)
    : office_(office),
      request_(checked(office, std::move(request))),
      attachments_(message::read_attachments(request_.attachments)),
      digest_(content_digest()),
      duplicate_(find_duplicate(office, request_.idempotency_key, digest_)),
      resolution_(resolve_unless_duplicate(office, request_, duplicate_)),
      school_(pick_sender(roster::school_profiles(office.store, office.settings))) {
  require(office, Act::send, {{school_.code}, ""});
  if (duplicate_) return;
  leave_out_earlier_recipients();
  const auto count = static_cast<std::int64_t>(resolution_.recipients.size());
  if (request_.expect && *request_.expect != count) {
    throw Error(Exit::refused_by_rule, "expect",
                fmt::format("{} people would receive this, not {}", count, *request_.expect),
                "Check the expression with 'crier resolve'. Nothing was queued.");
  }
  set_times();
  take_words();
  make_plan();
  wording_->require_complete();
  require_use();
  require_points();
}

/// What is sent again has the words that it had.
void Sending::take_words() {
  if (request_.again) {
    texts_ = store::message_texts(office_.store, *request_.again);
    if (attachments_.empty()) attachments_ = store::message_attachments(office_.store, *request_.again);
  } else if (!request_.template_name.empty()) {
    texts_ = template_texts(office_, request_.template_name);
  }
  if (!texts_.empty()) {
    // A subject that was given is everybody's.
    if (!request_.subject.empty()) {
      for (auto& text : texts_) text.subject = request_.subject;
    }
    const auto fallback =
        std::find_if(texts_.begin(), texts_.end(), [](const auto& one) { return one.fallback; });
    // What lists show of a message that reads differently to each.
    request_.subject = fallback->subject;
    request_.body = fallback->body;
  }
  wording_ = std::make_unique<Wording>(office_, row(), texts_, school_);
}

void Sending::leave_out_earlier_recipients() {
  if (!request_.again) return;
  const auto earlier = store::message(office_.store, *request_.again);
  again_of_ = earlier.again_of.value_or(earlier.id);
  const auto had = request_.again_to == AgainTo::unconfirmed
                       ? store::people_who_confirmed(office_.store, *again_of_)
                       : store::people_who_had(office_.store, *again_of_);
  std::erase_if(resolution_.recipients,
                [&](const Recipient& one) { return std::binary_search(had.begin(), had.end(), one.person); });
  if (!resolution_.recipients.empty()) return;
  throw Error(Exit::nothing_there, "empty-audience",
              fmt::format("everybody who matches now has {} message {}",
                          request_.again_to == AgainTo::unconfirmed ? "confirmed" : "had", *again_of_),
              "Nothing was queued.");
}

void Sending::set_times() {
  const auto now = office_.clock.now();
  if (!request_.at.empty()) {
    send_at_ = read_time("--at", request_.at, school_);
    if (*send_at_ < now) {
      throw Error(Exit::usage, "time-past",
                  fmt::format("--at: {} lies behind", to_iso(school_.zone.local(*send_at_))),
                  "Give a time to come, or leave it out to send at once.");
    }
    departure_.not_before = send_at_;
  } else if (request_.priority != Priority::emergency && office_.settings.sending.undo_delay.count() > 0) {
    departure_.not_before = now + office_.settings.sending.undo_delay;
  }
  departure_.window = delivery::parse_window(request_.window);
  departure_.approval = approval_for(office_, request_.category);
  const auto from = departure_.not_before.value_or(now);
  if (!request_.expires.empty()) {
    expires_ = read_end(request_.expires, school_, from);
    if (*expires_ <= from) {
      throw Error(Exit::usage, "time-past",
                  fmt::format("--expires: {} is not after the time at which it is sent",
                              to_iso(school_.zone.local(*expires_))),
                  "Give a later time.");
    }
  }
}

void Sending::make_plan() {
  delivery::PlanRequest request{resolution_, school_, office_.settings, request_.priority,
                                request_.unreached};
  request.now = office_.clock.now();
  request.departure = departure_;
  request.cap = daily_cap(office_, school_, resolution_, request.now);
  const auto schools = roster::school_profiles(office_.store, office_.settings);
  request.others = other_schools(office_, schools, school_, resolution_);
  request.own = wording_->for_people(resolution_);
  request.fallback_after = request_.fallback_after;
  plan_ = delivery::make_plan(request);
}

/// D8: what the wallet does not cover is refused before anybody is asked; once more when it is queued.
void Sending::require_points() {
  if (!request_.test_to.empty()) return;
  const Purse purse(office_, school_.id, request_.priority, Purse::Opening::looked_at);
  purse.require(cost_of(plan_));
  if (purse.there()) free_points_ = purse.free();
}

/// M5: what could leave only when it is of no use any more is refused now. A message with a time of its own
/// is not simply sent late: without --expires it has to begin soon after.
void Sending::require_use() {
  const auto now = office_.clock.now();
  const auto leaves = plan_.held_until.value_or(departure_.not_before.value_or(now));
  if (!expires_) {
    auto useful = useful_for(office_.settings, request_.category);
    if (send_at_) useful = std::min(useful, office_.settings.sending.late_after);
    expires_ = leaves + useful;
  }
  if (leaves < *expires_) return;
  throw Error(Exit::refused_by_rule, "never-before-expiry",
              fmt::format("it could leave at {} at the earliest, and is of no use after {}",
                          to_iso(school_.zone.local(leaves)), to_iso(school_.zone.local(*expires_))),
              "Give a later --expires, another --window or --at. Nothing was queued.");
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

std::string Sending::content_digest() const {
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
  for (const auto* option :
       {&request_.template_name, &request_.at, &request_.expires, &request_.window, &request_.test_to}) {
    add(*option);
  }
  for (const auto& one : attachments_) {
    add(one.file_name);
    add(store::sha256_hex(one.bytes));
  }
  add(request_.confirmation == SendRequest::Confirmation::asked ? "ack" : "");
  if (request_.fallback_after) add(fmt::format("fallback {}", request_.fallback_after->count()));
  add(request_.again ? fmt::format("{} {}", *request_.again, to_text(request_.again_to)) : "");
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

SendAnswer Sending::preview() const {
  SendAnswer answer;
  answer.state = "dry-run";
  answer.recipients = static_cast<std::int64_t>(resolution_.recipients.size());
  answer.unreachable = plan_.unreachable;
  answer.held_until = plan_.held_until;
  answer.expires = expires_;
  answer.over_cap = plan_.over_cap;
  answer.sandboxed = plan_.sandboxed;
  answer.warnings = wording_->warnings(resolution_);
  for (const auto& job : plan_.jobs) {
    if (job.channel == Channel::sms) {
      answer.segments = job.segments();
      answer.cost = job.cost();
      if (free_points_) answer.wallet = WalletAfter{*free_points_, *free_points_ - job.cost()};
    }
    answer.jobs.push_back({0, job.channel, static_cast<std::int64_t>(job.deliveries.size())});
  }
  return answer;
}

store::MessageRow Sending::row() const {
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
  message.created = office_.clock.now();
  message.idempotency_key = request_.idempotency_key;
  message.content_digest = digest_;
  message.state = departure_.approval == delivery::Approval::awaited ? MessageState::awaiting_approval
                                                                     : MessageState::released;
  message.send_at = send_at_;
  message.expires = expires_;
  message.leaves_within = request_.window;
  message.template_name = request_.template_name;
  message.skip_unreachable = request_.unreached == delivery::Unreached::left_out;
  message.ack = request_.confirmation == SendRequest::Confirmation::asked;
  message.again_of = again_of_;
  message.again_to = request_.again_to;
  message.confirm_to = request_.confirm_to;
  message.fallback_after = request_.fallback_after;
  return message;
}

SendAnswer Sending::queue() {
  if (duplicate_) return duplicate_answer();
  if (request_.mode == SendRequest::Mode::dry_run) return preview();
  if (!request_.test_to.empty()) return queue_samples();
  auto answer = preview();
  bool goes_now = false;
  {
    store::Transaction transaction(office_.store);
    // Two calls with one key at once: whoever came second under the lock is the duplicate.
    duplicate_ = find_duplicate(office_, request_.idempotency_key, digest_);
    if (duplicate_) return duplicate_answer();
    const auto message = row();
    auto queued = queue_message(office_, message, texts_, attachments_, plan_, request_.priority);
    answer.message = queued.id;
    answer.jobs = std::move(queued.jobs);
    answer.waits_for_daemon = queued.waits_for_daemon;
    goes_now = queued.goes_now;
    record(office_, "send", fmt::format("message {}", answer.message),
           fmt::format("'{}' to {} of {}: {} recipients", request_.audience.expression, message.recipients,
                       school_.code, answer.recipients));
    transaction.commit();
  }
  if (departure_.approval == delivery::Approval::awaited) {
    answer.state = "awaiting-approval";
  } else {
    answer.state = answer.held_until && !goes_now ? "scheduled" : "queued";
  }
  os::ring(bell_path(office_.store.path()));
  return answer;
}

namespace {

/// So many people's copies go to whoever tests (M9).
constexpr std::size_t most_samples = 3;

}  // namespace

std::vector<Sample> Sending::samples(std::size_t recipients) const {
  std::vector<Sample> all;
  for (const auto channel : resolution_.via) {
    std::size_t taken = 0;
    for (const auto& recipient : resolution_.recipients) {
      if (taken == recipients) break;
      if (recipient.channels.at(channel).reason) continue;
      ++taken;
      const auto written = wording_->write(recipient, channel);
      all.push_back({recipient.code, list_name(recipient.family, recipient.given), channel, written.subject,
                     written.text});
    }
  }
  return all;
}

/// M9: the copies of the first who can be reached by e-mail, at the tester's address and at once: never by
/// the rules that send to people, so that nobody's own address is looked up again.
SendAnswer Sending::queue_samples() {
  Resolution few;
  few.expression = resolution_.expression;
  few.via = {Channel::email};
  for (const auto& recipient : resolution_.recipients) {
    const auto reached = std::any_of(recipient.channels.begin(), recipient.channels.end(),
                                     [](const auto& channel) { return !channel.second.reason; });
    if (!reached) continue;
    few.recipients.push_back(recipient);
    few.recipients.back().channels = {{Channel::email, {request_.test_to, std::nullopt}}};
    if (few.recipients.size() == most_samples) break;
  }
  if (few.recipients.empty()) {
    throw Error(Exit::nothing_there, "no-sample",
                "nobody of this audience can be reached, so there is no sample",
                "'crier resolve' tells why. Nothing was queued.");
  }
  delivery::PlanRequest samples{few,
                                school_,
                                office_.settings,
                                Priority::emergency,
                                delivery::Unreached::left_out,
                                delivery::QuietHandling::ignore};
  samples.now = office_.clock.now();
  samples.own = wording_->for_people(few);
  const auto plan = delivery::make_plan(samples);
  auto message = row();
  message.subject = "[Test] " + message.subject;
  message.idempotency_key.clear();
  message.state = MessageState::released;
  message.send_at.reset();
  message.again_of.reset();
  message.test = true;
  message.confirm_to.clear();
  SendAnswer answer;
  answer.state = "queued";
  answer.recipients = static_cast<std::int64_t>(few.recipients.size());
  answer.sandboxed = plan.sandboxed;
  {
    store::Transaction transaction(office_.store);
    auto queued = queue_message(office_, message, texts_, attachments_, plan, Priority::emergency);
    answer.message = queued.id;
    answer.jobs = std::move(queued.jobs);
    answer.waits_for_daemon = queued.waits_for_daemon;
    record(office_, "send-test", fmt::format("message {}", answer.message),
           fmt::format("{} samples to {}", few.recipients.size(), request_.test_to));
    transaction.commit();
  }
  os::ring(bell_path(office_.store.path()));
  return answer;
}

}  // namespace crier::office
