#include "store/report_store.hpp"

#include "base/text.hpp"
#include "model/person.hpp"

namespace crier::store {

std::string_view to_text(JobState state) {
  switch (state) {
    case JobState::open:
      return "open";
    case JobState::done:
      return "done";
    case JobState::not_started:
      return "not-started";
    case JobState::processing:
      return "processing";
    case JobState::complete:
      return "complete";
    case JobState::failed:
      return "failed";
    case JobState::held:
      return "held";
    case JobState::in_doubt:
      return "in-doubt";
    case JobState::cancelled:
      return "cancelled";
    case JobState::awaiting_approval:
      return "awaiting-approval";
  }
  return "";
}

namespace {

// One text for every filter: a parameter that is NULL asks nothing.
constexpr const char* job_where = R"sql(
FROM job j JOIN message m ON m.id = j.message JOIN school s ON s.id = m.school
WHERE (?1 IS NULL OR j.id = ?1) AND (?2 IS NULL OR j.message = ?2) AND (?3 IS NULL OR m.school = ?3)
  AND (?4 IS NULL OR j.channel = ?4) AND (?5 IS NULL OR j.created >= ?5) AND (?6 IS NULL OR j.created < ?6)
  AND (?7 IS NULL OR j.updated >= ?7) AND (?8 IS NULL OR j.updated < ?8) AND (?9 = 0 OR j.failed > 0)
  AND (?10 = '' OR instr(lower(m.sender), ?10) > 0)
  AND (?11 = 0 OR j.not_started > 0 OR j.held > 0 OR j.processing > 0)
  AND CASE ?12 WHEN '' THEN 1 WHEN 'open' THEN j.not_started > 0 OR j.held > 0 OR j.processing > 0
    WHEN 'done' THEN j.not_started = 0 AND j.held = 0 AND j.processing = 0 WHEN 'not-started' THEN j.not_started > 0
    WHEN 'processing' THEN j.processing > 0 WHEN 'complete' THEN j.complete = j.messages
    WHEN 'failed' THEN j.failed > 0 WHEN 'held' THEN j.held > 0 WHEN 'in-doubt' THEN j.in_doubt > 0
    WHEN 'cancelled' THEN j.cancelled > 0 WHEN 'awaiting-approval' THEN m.state = 'awaiting-approval' END
)sql";

void bind_filter(Query& query, const JobFilter& filter, const std::string& sender, const std::string& type) {
  const auto millis = [](std::optional<Instant> at) -> std::optional<std::int64_t> {
    if (!at) return std::nullopt;
    return to_millis(*at);
  };
  query.bind(1, filter.job).bind(2, filter.message).bind(3, filter.school);
  if (filter.type) {
    query.bind(4, type);
  } else {
    query.bind_null(4);
  }
  query.bind(5, millis(filter.created_from)).bind(6, millis(filter.created_to));
  query.bind(7, millis(filter.updated_from)).bind(8, millis(filter.updated_to));
  query.bind(9, filter.has_error ? 1 : 0).bind(10, sender).bind(11, filter.open ? 1 : 0);
  query.bind(12, filter.state ? to_text(*filter.state) : std::string_view());
}

}  // namespace

std::vector<JobRow> job_rows(Connection& connection, const JobFilter& filter, std::int64_t offset,
                             std::int64_t limit) {
  static const std::string text = std::string(R"sql(
SELECT j.id, j.message, s.code, m.subject, j.channel, j.messages, j.not_started, j.processing, j.complete, j.failed,
  j.held, j.in_doubt, j.cancelled, j.created, j.updated, m.sender,
  (SELECT sum(CASE WHEN d.receipt = 'delivered' AND d.state = 'complete' THEN 1 ELSE 0 END)
   FROM delivery AS d WHERE d.job = j.id AND d.receipt <> ''),
  CASE WHEN j.held > 0 THEN (SELECT min(d.due) FROM delivery d WHERE d.job = j.id AND d.state = 'held') END, m.state)sql") +
                                  job_where + " ORDER BY j.id DESC LIMIT ?13 OFFSET ?14";
  auto rows = connection.query(text);
  const auto sender = to_lower(filter.sender);
  const std::string type(filter.type ? to_text(*filter.type) : "");
  bind_filter(rows, filter, sender, type);
  rows.bind(13, limit).bind(14, offset);
  std::vector<JobRow> jobs;
  while (rows.step()) {
    JobRow job;
    job.id = rows.integer(0);
    job.message = rows.integer(1);
    job.school = rows.text(2);
    job.subject = rows.text(3);
    job.type = parse_channel(rows.view(4)).value_or(Channel::email);
    job.counts = {rows.integer(5), rows.integer(6),  rows.integer(7),  rows.integer(8),
                  rows.integer(9), rows.integer(10), rows.integer(11), rows.integer(12)};
    job.created = from_millis(rows.integer(13));
    job.updated = from_millis(rows.integer(14));
    job.sender = rows.text(15);
    job.state = parse_message_state(rows.view(18));
    job.delivered = rows.maybe_integer(16);
    // What waits for a person has no time of its own, and what is due by any clock has none any more.
    if (!rows.is_null(17) && rows.integer(17) > 0 && job.state == MessageState::released)
      job.held_until = from_millis(rows.integer(17));
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::int64_t count_jobs(Connection& connection, const JobFilter& filter) {
  static const std::string text = std::string("SELECT count(*)") + job_where;
  auto rows = connection.query(text);
  const auto sender = to_lower(filter.sender);
  const std::string type(filter.type ? to_text(*filter.type) : "");
  bind_filter(rows, filter, sender, type);
  return rows.step() ? rows.integer(0) : 0;
}

void read_sent_texts(Connection& connection, std::optional<std::int64_t> school, Instant from, Instant to,
                     const std::function<void(const SentText&)>& take) {
  auto rows = connection.query(R"sql(
SELECT job, address, segments, charged FROM (
  SELECT d.id, d.job, d.address, CASE WHEN d.state IN ('complete', 'in-doubt') THEN d.segments ELSE 0 END AS segments,
    CASE WHEN d.wallet IS NULL THEN (SELECT -sum(e.paid) FROM wallet_entry AS e WHERE e.delivery = d.id)
      ELSE coalesce((SELECT -sum(e.paid) FROM wallet_entry AS e WHERE e.delivery = d.id), 0) END AS charged
  FROM job j JOIN message m ON m.id = j.message JOIN delivery d ON d.job = j.id
  WHERE j.channel = 'sms' AND j.created >= ?1 AND j.created < ?2 AND (?3 IS NULL OR m.school = ?3)
    AND d.segments > 0) AS d
WHERE d.segments > 0 OR d.charged > 0
ORDER BY d.job, d.id)sql");
  rows.bind(1, to_millis(from)).bind(2, to_millis(to)).bind(3, school);
  while (rows.step()) take({rows.integer(0), rows.view(1), rows.integer(2), rows.maybe_integer(3)});
}

namespace {

/// verdict, fault, cause, host, port, tls, code, enhanced, text: nine columns from `first` on.
Outcome read_outcome(Query& rows, int first) {
  Outcome outcome;
  outcome.verdict = parse_verdict(rows.view(first));
  outcome.fault = parse_fault(rows.view(first + 1));
  outcome.cause = rows.text(first + 2);
  outcome.host = rows.text(first + 3);
  outcome.port = static_cast<int>(rows.integer(first + 4));
  outcome.tls = rows.text(first + 5);
  outcome.code = static_cast<int>(rows.integer(first + 6));
  outcome.enhanced = rows.text(first + 7);
  outcome.text = rows.text(first + 8);
  return outcome;
}

}  // namespace

std::vector<FailedDelivery> failed_deliveries(Connection& connection, std::int64_t job) {
  auto rows = connection.query(R"sql(
SELECT d.id, p.code, p.family, p.given, d.address, d.attempts, d.updated, d.reason,
  coalesce(a.verdict, 'rejected'), coalesce(a.fault, 'none'), coalesce(a.cause, ''), coalesce(a.host, ''),
  coalesce(a.port, 0), coalesce(a.tls, 'none'), coalesce(a.code, 0), coalesce(a.enhanced, ''), coalesce(a.text, ''),
  d.channel, d.state = 'in-doubt'
FROM delivery d JOIN person p ON p.id = d.person
LEFT JOIN attempt a ON a.id = (SELECT x.id FROM attempt x WHERE x.delivery = d.id ORDER BY x.n DESC, x.id DESC LIMIT 1)
WHERE d.job = ?1 AND (d.state IN ('failed', 'in-doubt') OR (d.state = 'cancelled' AND d.reason NOT IN ('', 'reached', 'fallback')) OR (d.state = 'waiting' AND a.verdict <> 'delivered'))
ORDER BY 8, 11, p.sort_key, p.code)sql");
  rows.with(job);
  std::vector<FailedDelivery> failed;
  while (rows.step()) {
    FailedDelivery one;
    one.delivery = rows.integer(0);
    one.code = rows.text(1);
    one.name = list_name(rows.view(2), rows.view(3));
    one.address = rows.text(4);
    one.attempts = static_cast<int>(rows.integer(5));
    one.at = from_millis(rows.integer(6));
    one.reason = rows.text(7);
    one.outcome = read_outcome(rows, 8);
    one.channel = parse_channel(rows.text(17)).value_or(Channel::email);
    one.in_doubt = rows.integer(18) == 1;
    failed.push_back(std::move(one));
  }
  return failed;
}

namespace {

constexpr const char* line_select = R"sql(
SELECT d.id, d.job, s.code, m.subject, d.channel, p.code, p.family, p.given, d.address, d.state, d.reason,
  coalesce(a.cause, ''), coalesce(a.code, 0), coalesce(a.enhanced, ''), coalesce(a.text, ''), coalesce(a.host, ''),
  d.attempts, j.created, d.updated, m.id, d.person, d.due, d.segments,
  CASE WHEN d.state IN ('complete', 'failed') THEN d.receipt ELSE '' END
FROM job j JOIN message m ON m.id = j.message JOIN delivery d ON d.job = j.id JOIN school s ON s.id = d.school
JOIN person p ON p.id = d.person
LEFT JOIN attempt a ON a.id = (SELECT x.id FROM attempt x WHERE x.delivery = d.id ORDER BY x.n DESC, x.id DESC LIMIT 1)
)sql";

DeliveryLine read_line(Query& rows) {
  DeliveryLine line;
  line.delivery = rows.integer(0);
  line.job = rows.integer(1);
  line.school = rows.text(2);
  line.subject = rows.text(3);
  line.type = rows.text(4);
  line.code = rows.text(5);
  line.name = list_name(rows.view(6), rows.view(7));
  line.address = rows.text(8);
  line.state = parse_delivery_state(rows.view(9));
  line.reason = rows.text(10);
  line.cause = rows.text(11);
  const auto code = rows.integer(12);
  for (const auto& part : {code == 0 ? std::string() : std::to_string(code), rows.text(13), rows.text(14)}) {
    if (part.empty()) continue;
    if (!line.response.empty()) line.response += ' ';
    line.response += part;
  }
  line.remote = rows.text(15);
  line.attempts = rows.integer(16);
  line.created = from_millis(rows.integer(17));
  line.updated = from_millis(rows.integer(18));
  line.receipt = rows.text(23);
  return line;
}

}  // namespace

bool read_job_deliveries(Connection& connection, std::int64_t job,
                         const std::function<bool(DeliveryLine&&)>& take) {
  static const auto text = std::string(line_select) + " WHERE j.id = ?1 ORDER BY p.sort_key, p.code, d.id";
  auto rows = connection.query(text);
  rows.with(job);
  while (rows.step()) {
    if (!take(read_line(rows))) return false;
  }
  return true;
}

namespace {

constexpr const char* recipient_where = R"sql(
WHERE d.job = ?1 AND (?2 = '' OR d.state = ?2)
  AND (?3 = '' OR CASE WHEN d.reason <> '' THEN d.reason ELSE coalesce(a.cause, '') END = ?3)
  AND (?4 = '' OR instr(p.name_folded, ?4) > 0 OR instr(lower(p.code), ?4) > 0))sql";

}  // namespace

std::vector<DeliveryLine> job_deliveries(Connection& connection, std::int64_t job,
                                         const RecipientFilter& filter, std::int64_t offset,
                                         std::int64_t limit) {
  static const auto text =
      std::string(line_select) + recipient_where + " ORDER BY p.sort_key, p.code, d.id LIMIT ?5 OFFSET ?6";
  auto rows = connection.query(text);
  const auto name = fold(filter.name);
  rows.with(job, filter.state ? to_text(*filter.state) : std::string_view(), filter.reason, name, limit,
            offset);
  std::vector<DeliveryLine> lines;
  while (rows.step()) lines.push_back(read_line(rows));
  return lines;
}

std::int64_t count_job_deliveries(Connection& connection, std::int64_t job, const RecipientFilter& filter) {
  static const auto text = std::string(R"sql(
SELECT count(*) FROM delivery d JOIN person p ON p.id = d.person
LEFT JOIN attempt a ON ?3 <> '' AND a.id = (
  SELECT x.id FROM attempt x WHERE x.delivery = d.id ORDER BY x.n DESC, x.id DESC LIMIT 1))sql") +
                           recipient_where;
  auto found = connection.query(text);
  const auto name = fold(filter.name);
  found.with(job, filter.state ? to_text(*filter.state) : std::string_view(), filter.reason, name);
  return found.step() ? found.integer(0) : 0;
}

std::vector<std::string> reasons_of_job(Connection& connection, std::int64_t job) {
  auto rows = connection.query(R"sql(
SELECT DISTINCT CASE WHEN d.reason <> '' THEN d.reason ELSE coalesce(a.cause, '') END AS reason
FROM delivery d
LEFT JOIN attempt a ON a.id = (SELECT x.id FROM attempt x WHERE x.delivery = d.id ORDER BY x.n DESC, x.id DESC LIMIT 1)
WHERE d.job = ?1 ORDER BY reason)sql");
  rows.with(job);
  std::vector<std::string> reasons;
  while (rows.step()) {
    if (!rows.view(0).empty()) reasons.push_back(rows.text(0));
  }
  return reasons;
}

RecentTries recent_tries(Connection& connection, std::int64_t job, Instant since, std::int64_t most) {
  auto found = connection.query(R"sql(
SELECT count(*), min(ended), max(ended)
FROM (SELECT delivery, ended, verdict FROM attempt ORDER BY id DESC LIMIT ?3) AS last
CROSS JOIN delivery d ON d.id = last.delivery
WHERE d.job = ?1 AND last.ended >= ?2 AND last.verdict IN ('delivered', 'rejected'))sql");
  found.with(job, to_millis(since), most);
  if (!found.step() || found.is_null(1)) return {};
  return {found.integer(0), from_millis(found.integer(1)), from_millis(found.integer(2))};
}

std::optional<DeliveryStory> delivery_story(Connection& connection, std::int64_t delivery) {
  static const auto text = std::string(line_select) + " WHERE d.id = ?1";
  auto found = connection.query(text);
  found.with(delivery);
  if (!found.step()) return std::nullopt;
  DeliveryStory story;
  story.line = read_line(found);
  story.message = found.integer(19);
  story.person = found.integer(20);
  story.segments = found.integer(22);
  const bool waits = story.line.state == DeliveryState::held || story.line.state == DeliveryState::waiting;
  // What waits for a person has no time of its own.
  if (waits && found.integer(21) > 0 &&
      found.integer(21) < to_millis(story.line.updated) + 3'153'600'000'000) {
    story.due = from_millis(found.integer(21));
  }
  auto rows = connection.query(
      "SELECT n, started, ended, verdict, fault, cause, host, port, tls, code, enhanced, text FROM attempt "
      "WHERE delivery = ?1 ORDER BY n, id");
  rows.with(delivery);
  while (rows.step()) {
    AttemptLine one;
    one.n = rows.integer(0);
    one.started = from_millis(rows.integer(1));
    one.ended = from_millis(rows.integer(2));
    one.outcome = read_outcome(rows, 3);
    story.attempts.push_back(std::move(one));
  }
  story.receipts = receipts_of(connection, delivery);
  auto mails =
      connection.query("SELECT kind, read FROM feedback_mail WHERE delivery = ?1 ORDER BY read, digest");
  mails.with(delivery);
  while (mails.step()) story.came_back.push_back({mails.text(0), from_millis(mails.integer(1))});
  return story;
}

std::vector<std::int64_t> jobs_that_do_not_add_up(Connection& connection) {
  auto rows = connection.query(R"sql(
SELECT j.id FROM job j LEFT JOIN (
  SELECT job, count(*) AS messages, sum(state = 'queued') AS not_started,
    sum(state IN ('claimed', 'waiting')) AS processing, sum(state = 'complete') AS complete,
    sum(state = 'failed') AS failed, sum(state = 'held') AS held, sum(state = 'in-doubt') AS in_doubt,
    sum(state = 'cancelled') AS cancelled
  FROM delivery GROUP BY job) d ON d.job = j.id
WHERE (j.messages, j.not_started, j.processing, j.complete, j.failed, j.held, j.in_doubt, j.cancelled)
  IS NOT (coalesce(d.messages, 0), coalesce(d.not_started, 0), coalesce(d.processing, 0), coalesce(d.complete, 0),
  coalesce(d.failed, 0), coalesce(d.held, 0), coalesce(d.in_doubt, 0), coalesce(d.cancelled, 0))
ORDER BY j.id)sql");
  std::vector<std::int64_t> jobs;
  while (rows.step()) jobs.push_back(rows.integer(0));
  return jobs;
}

}  // namespace crier::store
