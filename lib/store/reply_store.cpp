#include "store/reply_store.hpp"

#include <string>

#include "model/person.hpp"
#include "store/contact_store.hpp"
#include "store/release_store.hpp"

namespace crier::store {
namespace {

constexpr const char* reply_columns = R"sql(
SELECT r.id, r.channel, r.gateway_id, r.sender, r.recipient, r.text, r.word, r.received, r.answered, r.done, r.done_by
FROM reply AS r)sql";

ReplyRow read_reply(const Query& row) {
  ReplyRow one;
  one.id = row.integer(0);
  one.channel = row.text(1);
  one.gateway_id = row.text(2);
  one.sender = row.text(3);
  one.recipient = row.text(4);
  one.text = row.text(5);
  one.word = parse_reply_word(row.view(6));
  one.received = from_millis(row.integer(7));
  one.answered = row.integer(8) == 1;
  if (!row.is_null(9)) one.done = from_millis(row.integer(9));
  one.done_by = row.text(10);
  return one;
}

void add_people(Connection& connection, std::vector<ReplyRow>& rows) {
  auto people = connection.query(R"sql(
SELECT DISTINCT p.id, p.code, p.family, p.given, coalesce((
  SELECT min(school.code) FROM place CROSS JOIN school WHERE place.person = p.id AND school.id = place.school), '')
FROM address AS a CROSS JOIN person AS p
WHERE a.compare_key = ?1 AND a.kind = 'phone' AND p.id = a.person ORDER BY p.id)sql");
  for (auto& one : rows) {
    people.with(one.sender);
    while (people.step()) {
      one.people.push_back(
          {people.integer(0), people.text(1), list_name(people.view(2), people.view(3)), people.text(4)});
    }
    people.reset();
  }
}

}  // namespace

bool is_reply_known(Connection& connection, const Reply& reply, Instant since) {
  auto found = connection.query(R"sql(
SELECT 1 FROM reply WHERE channel = ?1 AND gateway_id = ?2 AND ?2 <> ''
UNION ALL SELECT 1 FROM reply WHERE sender = ?3 AND received >= ?5 AND channel = ?1 AND text = ?4 LIMIT 1)sql");
  found.with(reply.channel, reply.gateway_id, reply.sender, reply.text, to_millis(since));
  return found.step();
}

bool was_answered(Connection& connection, std::string_view sender, Instant since) {
  auto found =
      connection.query("SELECT 1 FROM reply WHERE sender = ?1 AND received > ?2 AND answered = 1 LIMIT 1");
  return found.with(sender, to_millis(since)).step();
}

std::int64_t insert_reply(Connection& connection, const Reply& reply) {
  connection
      .query(R"sql(
INSERT INTO reply (channel, gateway_id, sender, recipient, text, word, received, answered, done, done_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))sql")
      .with(reply.channel, reply.gateway_id, reply.sender, reply.recipient, reply.text, to_text(reply.word),
            to_millis(reply.received), reply.answered ? 1 : 0,
            reply.done ? std::optional(to_millis(*reply.done)) : std::nullopt, reply.done_by)
      .run();
  return connection.last_id();
}

std::vector<std::int64_t> holders_of_number(Connection& connection, std::string_view number) {
  auto rows = connection.query(
      "SELECT DISTINCT person FROM address WHERE compare_key = ?1 AND kind = 'phone' ORDER BY person");
  rows.with(number);
  std::vector<std::int64_t> people;
  while (rows.step()) people.push_back(rows.integer(0));
  return people;
}

std::string language_of(Connection& connection, std::int64_t person) {
  auto found = connection.query("SELECT language FROM person WHERE id = ?1");
  found.with(person);
  return found.step() ? found.text(0) : std::string();
}

std::string school_of_number(Connection& connection, std::string_view number) {
  auto found = connection.query(R"sql(
SELECT school.name FROM address AS a CROSS JOIN place CROSS JOIN school
WHERE a.compare_key = ?1 AND a.kind = 'phone' AND place.person = a.person AND school.id = place.school
ORDER BY CASE place.status WHEN 'active' THEN 0 ELSE 1 END, school.code LIMIT 1)sql");
  found.with(number);
  return found.step() ? found.text(0) : std::string();
}

std::int64_t cancel_to_number(Connection& connection, std::string_view number, Instant now) {
  return cancel_at_address(connection, Channel::sms, number, "opted-out", now);
}

std::int64_t take_back_replied(Connection& connection, std::int64_t person, std::string_view channel) {
  for (const auto& one : opt_outs_held(connection, person)) {
    const bool replied = one.said_by == said_by_reply || one.said_by == "gateway";
    if (replied && one.channel == channel && one.category.empty())
      return remove_opt_outs(connection, person, channel, "");
  }
  return 0;
}

void inherit_stops(Connection& connection, std::int64_t import, Instant now) {
  auto rows = connection.query(R"sql(
SELECT DISTINCT a.person FROM reply AS r CROSS JOIN address AS a
WHERE r.word = 'stop' AND a.compare_key = r.sender AND a.kind = 'phone' AND a.added_in = ?1
  AND NOT EXISTS (SELECT 1 FROM reply AS later WHERE later.sender = r.sender AND later.word = 'start'
                    AND later.id > r.id)
  AND NOT EXISTS (SELECT 1 FROM opt_out AS o WHERE o.person = a.person AND coalesce(o.channel, 'sms') = 'sms'
                    AND o.category IS NULL)
ORDER BY a.person)sql");
  rows.with(import);
  std::vector<std::int64_t> people;
  while (rows.step()) people.push_back(rows.integer(0));
  rows.reset();
  for (const auto person : people)
    add_opt_out(connection, person, {"sms", "", now, std::string(said_by_reply)});
}

std::vector<ReplyRow> replies(Connection& connection, ReplyScope scope, std::optional<std::int64_t> school,
                              Instant since) {
  static const auto text = std::string(reply_columns) + R"sql(
WHERE (?1 = 1 OR r.done IS NULL) AND r.received >= ?3
  AND (?2 IS NULL OR EXISTS (SELECT 1 FROM address AS a CROSS JOIN place
         WHERE a.compare_key = r.sender AND a.kind = 'phone' AND place.person = a.person AND place.school = ?2))
ORDER BY r.received DESC, r.id DESC)sql";
  auto rows = connection.query(text);
  rows.with(scope == ReplyScope::all ? 1 : 0, school, to_millis(since));
  std::vector<ReplyRow> found;
  while (rows.step()) found.push_back(read_reply(rows));
  rows.reset();
  add_people(connection, found);
  return found;
}

std::optional<ReplyRow> reply(Connection& connection, std::int64_t id) {
  static const auto text = std::string(reply_columns) + " WHERE r.id = ?1";
  auto row = connection.query(text);
  row.with(id);
  if (!row.step()) return std::nullopt;
  std::vector<ReplyRow> one{read_reply(row)};
  row.reset();
  add_people(connection, one);
  return std::move(one.front());
}

bool set_reply_done(Connection& connection, std::int64_t id, std::string_view by, Instant now) {
  return connection.query("UPDATE reply SET done = ?2, done_by = ?3 WHERE id = ?1 AND done IS NULL")
             .with(id, to_millis(now), by)
             .run() > 0;
}

}  // namespace crier::store
