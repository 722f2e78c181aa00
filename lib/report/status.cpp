#include "report/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.hpp"
#include "model/person.hpp"
#include "store/limit_store.hpp"
#include "store/queue_store.hpp"

namespace crier::report {
namespace {

struct CauseWords {
  std::string_view cause;
  std::string_view meaning;
  std::string_view remedy;
};

/// What the causes of transports say to an office.
constexpr std::array cause_words{
    CauseWords{"refused-recipient", "The mail server knows no such address.",
               "Ask for the right address, correct it in the school's information system, import, then rerun "
               "the job."},
    CauseWords{"bounced", "It came back: there is no such address any more.",
               "Ask for the right address, correct it in the school's information system, import, then rerun "
               "the job."},
    CauseWords{"bounced-soft", "It came back, for a reason that is not the address.",
               "Read the server's answer below; when the cause is gone, rerun the job."},
    CauseWords{"invalid-address", "The mail server calls this no address.",
               "Correct it in the school's information system, import, then rerun the job."},
    CauseWords{"mailbox-full", "The mailbox is full.", "Tell them by another way; rerun the job later."},
    CauseWords{"no-smtputf8", "The mail server cannot carry an address of these letters.",
               "Ask for another address, or send through a server with SMTPUTF8."},
    CauseWords{"too-large", "The message is larger than the mail server takes.",
               "Shorten it, then send it anew."},
    CauseWords{"refused-content", "The mail server did not like what it says.", "Read its answer below."},
    CauseWords{"policy", "The mail server does not let this sender in, or takes it for spam.",
               "Show its answer to whoever runs the mail server."},
    CauseWords{"sender-refused", "The mail server does not accept this sender.",
               "Check sender under [[school]] in crier.toml."},
    CauseWords{"invalid-sender", "The sender's address is none.",
               "Check sender under [[school]] in crier.toml."},
    CauseWords{"session-refused", "The mail server turned crier away before any message.",
               "Show its answer to whoever runs the mail server."},
    CauseWords{"protocol", "The mail server did not accept how crier spoke to it.",
               "Show its answer to whoever runs the mail server, and report it."},
    CauseWords{"injected-text", "Somebody put text into the connection before it was encrypted.",
               "Nothing was sent. Tell whoever runs the network: it may be an attack."},
    CauseWords{"try-later", "The mail server asked to try again later.", "It is tried again by itself."},
    CauseWords{"service-closing", "The mail server was closing down.", "It is tried again by itself."},
    CauseWords{"no-route", "The mail server finds no way to that domain.",
               "Compare the domain with the school's information system; rerun the job later."},
    CauseWords{"refused-by-system", "The mail system of that address does not take it.",
               "Read its answer below; rerun the job later."},
    CauseWords{"mailing-list", "The address is a mailing list that did not expand.",
               "Ask for a personal address."},
    CauseWords{"password-unreadable", "The password or token could not be read.",
               "Check password_file, password_env or token_file under [channel.email] in crier.toml."},
    CauseWords{"auth-needs-tls", "crier does not send a password over a connection without TLS.",
               "Set security to starttls or tls under [channel.email] in crier.toml."},
    CauseWords{"host-unreachable", "There is no way to the mail server.",
               "Check the network and host under [channel.email]."},
    CauseWords{"connection-lost", "The mail server hung up.", "It is tried again by itself."},
    CauseWords{"nonsense", "What answered speaks no SMTP.",
               "Check host and port under [channel.email] in crier.toml."},
    CauseWords{"tls-failed", "No encrypted connection came about.",
               "Check port and security under [channel.email] in crier.toml."},
    CauseWords{"host-not-found", "The mail server's name is not known.",
               "Check host under [channel.email] in crier.toml."},
    CauseWords{"connection-refused", "Nothing listens there.",
               "Check host and port under [channel.email], and that the mail server runs."},
    CauseWords{"timeout", "The mail server did not answer in time.",
               "Check the network and the mail server."},
    CauseWords{"tls-certificate", "The mail server's certificate is not to be trusted.",
               "Check host, or name the authority with ca_file under [channel.email]."},
    CauseWords{"tls-not-offered", "The mail server offers no STARTTLS.",
               "Check port and security under [channel.email] in crier.toml."},
    CauseWords{"authentication", "The mail server did not accept the user and password.",
               "Check user and password_file under [channel.email] in crier.toml."},
    CauseWords{"undelivered", "The network took it, and it did not reach the phone.",
               "Rerun the job later; ask for another number where it goes on."},
    CauseWords{"refused-by-network", "The network turned it down.",
               "Read its answer below; rerun the job later."},
    CauseWords{"phone-unreachable", "The phone could not be reached for too long.",
               "It may be off or out of reach: rerun the job later."},
    CauseWords{"interrupted", "crier was stopped while this was under way.", "It is tried again by itself."},
    CauseWords{"too-late", "It could not leave while it was of use, and was cancelled.",
               "Send another message if it still matters."},
    CauseWords{"cancelled", "Somebody has cancelled it.", "'crier report audit' tells who."},
    CauseWords{"rejected", "Whoever approves has rejected the message.",
               "'crier report audit' tells who and why."},
    CauseWords{"not-meant", "The audience no longer meant them when it was let go.",
               "'crier resolve EXPR --explain CODE' tells why."},
    CauseWords{"audience-lost", "What the audience names was not there any more when it was let go.",
               "Check the groups and forms that the message names, then send it anew."},
    CauseWords{"missing-field", "A field of its words was empty for them.",
               "Fill it in the school's information system, import, then rerun the job."},
    CauseWords{"limit", "With their own words in it, it is longer than the channel takes.",
               "Shorten it, then send it anew."},
    CauseWords{"not-gsm7", "The text message would need letters that the school does not pay for.",
               "Write it without them, or set policy under [school.sms] in crier.toml to automatic."},
    CauseWords{"outbox-unwritable", "The outbox folder cannot be written.",
               "Check the disk and the rights of the folder."},
};

std::string_view class_of(const FailedDelivery& failed) {
  if (!failed.reason.empty()) return "permanent";
  if (failed.outcome.fault == Outcome::Fault::ours) return "configuration";
  return failed.outcome.verdict == Outcome::Verdict::rejected ? "permanent" : "transient";
}

ErrorGroup group_of(const FailedDelivery& failed) {
  ErrorGroup group;
  group.error_class = class_of(failed);
  if (const auto reason = parse_reason(failed.reason)) {
    group.cause = failed.reason;
    if (!should_hear(*reason)) {
      group.meaning = "They may not hear, or hear by another's copy: it was cancelled when it was let go.";
      group.remedy = remedy(*reason);
      return group;
    }
    group.meaning = "They could not be reached when the message was written.";
    group.remedy = std::string(remedy(*reason)) + " Then rerun the job.";
    return group;
  }
  group.cause = !failed.reason.empty()         ? failed.reason
                : failed.outcome.cause.empty() ? "unknown"
                                               : failed.outcome.cause;
  const auto words = std::find_if(cause_words.begin(), cause_words.end(),
                                  [&](const CauseWords& one) { return one.cause == group.cause; });
  if (words != cause_words.end()) {
    group.meaning = words->meaning;
    group.remedy = words->remedy;
  } else if (group.error_class == "transient") {
    group.meaning = "The gateway could not take it for the moment.";
    group.remedy = "It is tried again by itself; after the deadline, rerun the job.";
  } else {
    group.meaning = "The gateway turned it down.";
    group.remedy = "Read its answer below; when the cause is gone, rerun the job.";
  }
  return group;
}

void require_job(store::Connection& connection, std::int64_t job) {
  store::JobFilter filter;
  filter.job = job;
  if (store::count_jobs(connection, filter) > 0) return;
  throw Error(Exit::nothing_there, "no-such-job", fmt::format("there is no job {}", job),
              "See 'crier status' for the jobs there are.");
}

}  // namespace

namespace {

/// The rate is that of so long, and of so many tries at most; fewer than `fewest` tell nothing.
constexpr std::chrono::minutes rate_window{5};
constexpr std::int64_t rate_tries = 2000;
constexpr std::int64_t fewest_tries = 10;
/// Where nothing has ended for so long, nothing says when it will go on.
constexpr std::chrono::minutes silence{1};

std::optional<Instant> expected_end(store::Connection& connection, const JobRow& job, Instant now) {
  if (job.counts.not_started == 0 || job.counts.held > 0) return std::nullopt;
  if (store::channel_stop(connection, job.type) || store::channel_limit(connection, job.type)) {
    return std::nullopt;
  }
  const auto tries = store::recent_tries(connection, job.id, now - rate_window, rate_tries);
  if (tries.ended < fewest_tries || tries.last + silence < now) return std::nullopt;
  const auto span = std::max<Millis>(now - tries.first, Millis(1));
  const auto left = job.counts.not_started + job.counts.processing;
  const auto takes =
      static_cast<double>(span.count()) * static_cast<double>(left) / static_cast<double>(tries.ended);
  return now + Millis(static_cast<std::int64_t>(takes));
}

}  // namespace

void require_page(std::int64_t page, std::int64_t pages, std::int64_t total, std::string_view things) {
  if (page <= pages) return;
  throw Error(Exit::nothing_there, "no-such-page",
              fmt::format("there is no page {}: {} {} are on {} {}", page, total, things, pages,
                          pages == 1 ? "page" : "pages"),
              fmt::format("The last is --page {}.", pages));
}

std::vector<std::string> known_causes() {
  std::vector<std::string> causes;
  for (const auto& one : cause_words) causes.emplace_back(one.cause);
  return causes;
}

std::vector<StoppedChannel> stopped_channels(store::Connection& connection) {
  std::vector<StoppedChannel> stopped;
  for (const auto channel : all_channels) {
    if (auto stop = store::channel_stop(connection, channel)) {
      stopped.push_back(
          {channel, std::move(stop->cause), std::move(stop->text), stop->since, stop->retry_at});
    }
  }
  return stopped;
}

std::vector<RestingChannel> resting_channels(store::Connection& connection) {
  std::vector<RestingChannel> resting;
  for (const auto channel : all_channels) {
    if (auto limit = store::channel_limit(connection, channel)) {
      resting.push_back({channel, std::move(limit->cause), limit->until});
    }
  }
  return resting;
}

CauseText words_for(std::string_view cause) {
  const auto words = std::find_if(cause_words.begin(), cause_words.end(),
                                  [&](const CauseWords& one) { return one.cause == cause; });
  if (words == cause_words.end())
    return {"The gateway turned it down.", "'crier status JOB --errors' has its answer."};
  return {words->meaning, words->remedy};
}

StatusPage status_page(store::Connection& connection, const StatusRequest& filter, std::int64_t page,
                       std::int64_t per_page, Instant now) {
  if (filter.job) require_job(connection, *filter.job);
  StatusPage answer;
  answer.total = store::count_jobs(connection, filter);
  answer.pages = std::max<std::int64_t>(1, (answer.total + per_page - 1) / per_page);
  answer.page = page;
  answer.jobs = store::job_rows(connection, filter, (page - 1) * per_page, per_page);
  for (const auto& job : answer.jobs) {
    if (const auto end = expected_end(connection, job, now)) answer.expected_ends[job.id] = *end;
  }
  return answer;
}

double progress_of(const JobCounts& counts) {
  if (counts.messages == 0) return 100;
  const auto ended = counts.complete + counts.failed + counts.in_doubt + counts.cancelled;
  // Rounded down: all is all.
  return std::floor(1000.0 * static_cast<double>(ended) / static_cast<double>(counts.messages)) / 10;
}

Table status_table(const StatusPage& page) {
  Table table;
  table.name = "jobs";
  table.columns = {
      {"id", "Job", ColumnKind::count},
      {"school", "School"},
      {"subject", "Subject"},
      {"type", "Type"},
      {"messages", "Messages", ColumnKind::count},
      {"not_started", "Not started", ColumnKind::count},
      {"processing", "Processing", ColumnKind::count},
      {"complete", "Complete", ColumnKind::count, "", Tone::good},
      {"failed", "Failed", ColumnKind::count, "", Tone::bad},
      {"held", "Held", ColumnKind::count, "", Tone::warning},
      {"in_doubt", "In doubt", ColumnKind::count, "", Tone::warning},
      {"cancelled", "Cancelled", ColumnKind::count},
      {"created", "Created", ColumnKind::instant},
      {"updated", "Last update", ColumnKind::instant},
      {"sender", "Sender"},
  };
  const bool under_way = std::any_of(page.jobs.begin(), page.jobs.end(), [](const JobRow& job) {
    return job.counts.not_started > 0 || job.counts.processing > 0;
  });
  if (under_way) {
    table.columns.push_back({"progress", "Progress", ColumnKind::percent});
    table.columns.push_back({"expected_end", "Expected end", ColumnKind::instant});
  }
  const bool told = std::any_of(page.jobs.begin(), page.jobs.end(),
                                [](const JobRow& job) { return job.delivered.has_value(); });
  if (told) table.columns.push_back({"delivered", "Delivered", ColumnKind::count, "", Tone::good});
  for (const auto& job : page.jobs) {
    const auto& c = job.counts;
    auto& row = table.rows.emplace_back(
        std::vector<Cell>{job.id, job.school, job.subject, std::string(to_text(job.type)), c.messages,
                          c.not_started, c.processing, c.complete, c.failed, c.held, c.in_doubt, c.cancelled,
                          job.created, job.updated, job.sender});
    if (under_way) {
      row.emplace_back(progress_of(c));
      const auto end = page.expected_ends.find(job.id);
      row.push_back(end == page.expected_ends.end() ? Cell() : Cell(end->second));
    }
    if (told) row.push_back(job.delivered ? Cell(*job.delivered) : Cell());
  }
  if (page.pages > 1)
    table.notes.push_back(fmt::format("Page {} of {}, {} jobs in all.", page.page, page.pages, page.total));
  return table;
}

std::vector<ErrorGroup> job_errors(store::Connection& connection, std::int64_t job) {
  require_job(connection, job);
  std::vector<ErrorGroup> groups;
  for (auto& failed : store::failed_deliveries(connection, job)) {
    auto made = group_of(failed);
    auto found = std::find_if(groups.begin(), groups.end(), [&](const ErrorGroup& group) {
      return group.cause == made.cause && group.error_class == made.error_class;
    });
    if (found == groups.end()) found = groups.insert(groups.end(), std::move(made));
    found->recipients.push_back(std::move(failed));
  }
  std::stable_sort(groups.begin(), groups.end(), [](const ErrorGroup& a, const ErrorGroup& b) {
    return a.recipients.size() > b.recipients.size();
  });
  return groups;
}

}  // namespace crier::report
