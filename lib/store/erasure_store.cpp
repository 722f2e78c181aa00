#include "store/erasure_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "model/person.hpp"
#include "store/audit_store.hpp"
#include "store/job_counts.hpp"
#include "store/json_list.hpp"

namespace crier::store {
namespace {

enum class Fate { scrubbed, deleted };

/// A column list of texts in which somebody may be named; `rowid` numbers the rows.
struct TextPlace {
  const char* table;
  std::vector<const char*> columns;
  Fate fate = Fate::scrubbed;
};

const std::array places{
    TextPlace{"message", {"subject", "body", "expression", "decision_reason", "confirm_to"}},
    TextPlace{"message_text", {"subject", "body", "short_body", "wechat_body"}},
    TextPlace{"delivery_content", {"related", "body", "fields"}},
    TextPlace{"delivery", {"address"}},
    TextPlace{"attempt", {"text"}},
    TextPlace{"receipt", {"text"}},
    TextPlace{"import", {"refusal"}},
    TextPlace{"held_import", {"reasons"}},
    TextPlace{"channel_stop", {"text"}},
    TextPlace{"address_block", {"evidence"}},
    TextPlace{"opt_out", {"said_by"}},
    TextPlace{"address_opt_out", {"said_by"}},
    TextPlace{"consent", {"said_by"}},
    TextPlace{"acknowledgement", {"said_by"}},
    // What a source says of others may name them too: a note, a lesson of their own.
    TextPlace{"behaviour", {"note"}},
    TextPlace{"assignment", {"title"}},
    TextPlace{"payment", {"item"}},
    TextPlace{"assignment_before", {"title"}},
    TextPlace{"daily_before", {"cells"}},
    // The next import raises again what it finds; of an ended import only the row is lost.
    TextPlace{"data_issue", {"about", "detail"}, Fate::deleted},
    TextPlace{"import_issue", {"value", "message"}, Fate::deleted},
    // What somebody wrote is theirs; of others' it may name them.
    TextPlace{"reply", {"sender", "text"}, Fate::deleted},
    TextPlace{"gateway_use", {"about"}, Fate::deleted},
};

std::string columns_of(const TextPlace& place) {
  std::string list;
  for (const auto* column : place.columns) list += fmt::format("{}{}", list.empty() ? "" : ", ", column);
  return list;
}

/// Rows from behind `after` in which a text names somebody.
std::vector<std::int64_t> rows_naming(Connection& connection, const TextPlace& place, const Scrubber& names,
                                      const std::vector<std::string>& ids, std::int64_t after,
                                      std::int64_t& seen) {
  auto rows = connection.query(fmt::format("SELECT rowid, {} FROM {} WHERE rowid > ?1 ORDER BY rowid",
                                           columns_of(place), place.table));
  rows.with(after);
  std::vector<std::int64_t> found;
  while (rows.step()) {
    seen = rows.integer(0);
    for (int i = 1; i <= static_cast<int>(place.columns.size()); ++i) {
      const auto text = rows.view(i);
      if (text.empty()) continue;
      const bool is_id = place.fate == Fate::deleted && std::ranges::find(ids, text) != ids.end();
      if (!is_id && !names.mentions(text)) continue;
      found.push_back(seen);
      break;
    }
  }
  return found;
}

void rewrite_row(Connection& connection, const TextPlace& place, const Scrubber& names, std::int64_t row) {
  if (place.fate == Fate::deleted) {
    connection.query(fmt::format("DELETE FROM {} WHERE rowid = ?1", place.table)).with(row).run();
    return;
  }
  for (const auto* column : place.columns) {
    auto found = connection.query(fmt::format("SELECT {} FROM {} WHERE rowid = ?1", column, place.table));
    if (!found.with(row).step() || found.is_null(0) || !names.mentions(found.view(0))) continue;
    const auto clean = names.scrub(found.view(0));
    found.reset();
    connection.query(fmt::format("UPDATE {} SET {} = ?2 WHERE rowid = ?1", place.table, column))
        .with(row, clean)
        .run();
  }
}

/// Deliveries to whoever belongs to the person's family, as it is or was.
std::vector<std::int64_t> family_deliveries(Connection& connection, std::int64_t person) {
  auto rows = connection.query(R"sql(
SELECT delivery.id FROM (
  SELECT contact AS person FROM relationship WHERE pupil = ?1 UNION SELECT pupil FROM relationship WHERE contact = ?1
  UNION SELECT contact FROM relationship_before WHERE pupil = ?1
  UNION SELECT pupil FROM relationship_before WHERE contact = ?1
  UNION SELECT contact FROM told WHERE pupil = ?1) AS family CROSS JOIN delivery
WHERE delivery.person = family.person ORDER BY delivery.id)sql");
  rows.with(person);
  std::vector<std::int64_t> ids;
  while (rows.step()) ids.push_back(rows.integer(0));
  return ids;
}

std::vector<std::string> both(const Naming& naming) {
  auto all = naming.anywhere;
  all.insert(all.end(), naming.in_family.begin(), naming.in_family.end());
  return all;
}

void add_names(Naming& naming, const std::string& given, const std::string& family,
               const std::string& preferred) {
  for (const auto& first : {given, preferred}) {
    if (first.empty()) continue;
    naming.in_family.push_back(first);
    if (family.empty()) continue;
    for (auto& form : {spoken_name(family, first), list_name(family, first), family + ", " + first,
                       family + " " + first, first + " " + family}) {
      naming.anywhere.push_back(form);
    }
    const bool runs_on = static_cast<unsigned char>(family.back()) >= 0x80;
    if (runs_on) naming.anywhere.push_back(family + first);
  }
  // A name of one word is a word of others' messages too.
  if (given.empty() && preferred.empty()) naming.in_family.push_back(family);
}

const TextPlace& content_place() {
  return *std::ranges::find_if(
      places, [](const TextPlace& one) { return std::string_view(one.table) == "delivery_content"; });
}

}  // namespace

Naming naming_of(Connection& connection, std::int64_t person) {
  Naming naming;
  naming.person = person;
  std::vector<std::string> codes;
  std::set<std::string> names;
  // As they are called, and as an import found them before it changed them.
  auto rows = connection.query(R"sql(
SELECT given, family, preferred, code, source_id FROM person WHERE id = ?1
UNION SELECT given, family, preferred, code, code FROM person_before WHERE id = ?1)sql");
  rows.with(person);
  while (rows.step()) {
    names.insert(fold(rows.text(0) + " " + rows.text(1)));
    add_names(naming, rows.text(0), rows.text(1), rows.text(2));
    for (const auto& id : {rows.text(3), rows.text(4)}) {
      if (id.empty()) continue;
      naming.ids.push_back(id);
      // As an audience names them; `:30` alone would be a time of day.
      for (const auto* kind : {"pupil:", "contact:", "staff:"}) {
        codes.push_back(kind + id);
        codes.push_back(kind + ("\"" + id + "\""));
      }
    }
  }
  rows.reset();
  auto same = connection.query(
      "SELECT EXISTS (SELECT 1 FROM person AS o JOIN person AS p ON p.name_folded = o.name_folded WHERE p.id "
      "= ?1 AND "
      "o.id <> ?1)");
  naming.shares_name = same.with(person).step() && same.integer(0) == 1;
  if (naming.shares_name) {
    naming.in_family.insert(naming.in_family.end(), naming.anywhere.begin(), naming.anywhere.end());
    naming.anywhere.clear();
  }
  // `name:smith` in an audience means them where nobody else is called so.
  for (const auto* column : {"given", "family"}) {
    auto alone =
        connection.query(fmt::format("SELECT p.{0} FROM person AS p WHERE p.id = ?1 AND p.{0} <> '' AND NOT "
                                     "EXISTS (SELECT 1 FROM person AS o WHERE "
                                     "o.id <> ?1 AND lower(o.{0}) = lower(p.{0}))",
                                     column));
    if (!alone.with(person).step()) continue;
    codes.push_back("name:" + alone.text(0));
    codes.push_back("name:\"" + alone.text(0) + "\"");
  }
  naming.anywhere.insert(naming.anywhere.end(), codes.begin(), codes.end());
  auto addresses = connection.query(R"sql(
SELECT given, coalesce(normal, ''), coalesce(compare_key, ''),
  EXISTS (SELECT 1 FROM address AS o WHERE o.compare_key = address.compare_key AND o.person <> ?1)
FROM address WHERE person = ?1
UNION SELECT given, coalesce(normal, ''), coalesce(compare_key, ''),
  EXISTS (SELECT 1 FROM address AS o WHERE o.compare_key = b.compare_key AND o.person <> ?1)
FROM address_before AS b WHERE person = ?1
UNION SELECT address, '', '', EXISTS (SELECT 1 FROM address AS o WHERE o.compare_key = lower(address) AND o.person <> ?1)
FROM delivery WHERE person = ?1 AND address NOT IN ('', 'XXXX'))sql");
  addresses.with(person);
  while (addresses.step()) {
    if (addresses.integer(3) == 1) {
      ++naming.shared_addresses;
      continue;
    }
    const auto normal = addresses.text(1);
    // What is no address, 'none' say, is a word of others' messages; a delivery's own is one.
    const bool is_address = !normal.empty() || addresses.text(0).find('@') != std::string::npos ||
                            addresses.text(0).starts_with('+');
    for (int i = is_address ? 0 : 1; i < 3; ++i) naming.anywhere.push_back(addresses.text(i));
    if (normal.starts_with('+')) naming.anywhere.push_back(normal.substr(1));
  }
  return naming;
}

std::vector<std::int64_t> staff_addressees(Connection& connection, std::int64_t person) {
  auto rows = connection.query(R"sql(
SELECT p.id FROM person AS p JOIN source ON source.id = p.source AND source.name = 'crier'
WHERE p.source_id IN (SELECT compare_key FROM address WHERE person = ?1) AND NOT EXISTS (
  SELECT 1 FROM address AS o WHERE o.compare_key = p.source_id AND o.person <> ?1) ORDER BY p.id)sql");
  rows.with(person);
  std::vector<std::int64_t> found;
  while (rows.step()) found.push_back(rows.integer(0));
  return found;
}

std::vector<KnownPerson> also_stored_as(Connection& connection, std::int64_t person) {
  auto rows = connection.query(R"sql(
SELECT other.person FROM merged_person AS m JOIN merged_person AS other ON other.merge = m.merge
WHERE m.person = ?1 AND other.person <> ?1 UNION
SELECT DISTINCT o.id FROM person AS p CROSS JOIN address AS a CROSS JOIN address AS b CROSS JOIN person AS o
WHERE p.id = ?1 AND a.person = p.id AND b.compare_key = a.compare_key AND b.kind = a.kind AND o.id = b.person
  AND o.id <> p.id AND o.name_folded = p.name_folded ORDER BY 1)sql");
  rows.with(person);
  std::vector<KnownPerson> found;
  std::vector<std::int64_t> ids;
  while (rows.step()) ids.push_back(rows.integer(0));
  for (const auto id : ids) {
    if (auto known = known_person(connection, id)) found.push_back(std::move(*known));
  }
  return found;
}

std::vector<std::pair<std::string, std::int64_t>> count_of_person(Connection& connection,
                                                                  std::int64_t person) {
  constexpr std::array<std::pair<const char*, const char*>, 12> kinds{{
      {"places", "SELECT count(*) FROM place WHERE person = ?1"},
      {"addresses", "SELECT count(*) FROM address WHERE person = ?1"},
      {"relationships", "SELECT count(*) FROM relationship WHERE pupil = ?1 OR contact = ?1"},
      {"memberships", "SELECT count(*) FROM membership WHERE person = ?1"},
      {"results", "SELECT count(*) FROM mark WHERE pupil = ?1"},
      {"attendance marks", "SELECT count(*) FROM attendance WHERE pupil = ?1"},
      {"payments", "SELECT count(*) FROM payment WHERE pupil = ?1"},
      {"behaviour notes", "SELECT count(*) FROM behaviour WHERE pupil = ?1"},
      {"survey answers", "SELECT count(*) FROM respondent WHERE person = ?1"},
      {"opt-outs and consents",
       "SELECT (SELECT count(*) FROM opt_out WHERE person = ?1) + (SELECT count(*) FROM consent WHERE person "
       "= ?1)"},
      {"messages", "SELECT count(*) FROM delivery WHERE person = ?1"},
      {"messages not sent yet",
       "SELECT count(*) FROM delivery WHERE person = ?1 AND state IN ('queued', 'waiting', 'held')"},
  }};
  std::vector<std::pair<std::string, std::int64_t>> counts;
  for (const auto& [what, sql] : kinds) {
    auto count = connection.query(sql);
    if (count.with(person).step()) counts.emplace_back(what, count.integer(0));
  }
  return counts;
}

Mentions find_mentions(Connection& connection, const Naming& naming) {
  Mentions mentions;
  const Scrubber anywhere(naming.anywhere);
  for (const auto& place : places) {
    auto& seen = mentions.seen[place.table];
    mentions.rows[place.table] = rows_naming(connection, place, anywhere, naming.ids, 0, seen);
  }
  const Scrubber in_family(both(naming));
  auto& contents = mentions.rows["family"];
  auto content = connection.query("SELECT related, body, fields FROM delivery_content WHERE delivery = ?1");
  for (const auto delivery : family_deliveries(connection, naming.person)) {
    if (!content.with(delivery).step()) {
      content.reset();
      continue;
    }
    const bool named = in_family.mentions(content.view(0)) || in_family.mentions(content.view(1)) ||
                       in_family.mentions(content.view(2));
    if (named) contents.push_back(delivery);
    content.reset();
  }
  return mentions;
}

namespace {

/// Deliveries whose own words name the person.
std::vector<std::int64_t> naming_deliveries(const Mentions& mentions) {
  auto all = mentions.rows.at("delivery_content");
  const auto& family = mentions.rows.at("family");
  all.insert(all.end(), family.begin(), family.end());
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace

InTheWay in_the_way(Connection& connection, const Naming& naming, const Mentions& mentions) {
  InTheWay found;
  auto unsent = connection.query(
      "SELECT EXISTS (SELECT 1 FROM job WHERE message = ?1 AND not_started + processing + held > 0)");
  const auto look = [&](std::int64_t message) {
    if (std::ranges::find(found.messages, message) != found.messages.end()) return;
    if (unsent.with(message).step() && unsent.integer(0) == 1) found.messages.push_back(message);
    unsent.reset();
  };
  const Scrubber anywhere(naming.anywhere);
  auto words = connection.query("SELECT subject, body, expression FROM message WHERE id = ?1");
  // At its time the audience is worked out again, and a code that nobody has would take it from the others
  // too.
  auto held_for_others = connection.query(R"sql(
SELECT EXISTS (SELECT 1 FROM job JOIN delivery AS d ON d.job = job.id
               WHERE job.message = ?1 AND d.state = 'held' AND d.person <> ?2
                 AND d.id NOT IN (SELECT value FROM json_each(?3))))sql");
  const auto naming_them = json_list(naming_deliveries(mentions));
  for (const auto message : mentions.rows.at("message")) {
    if (!words.with(message).step()) {
      words.reset();
      continue;
    }
    const bool in_words = anywhere.mentions(words.view(0)) || anywhere.mentions(words.view(1));
    const bool in_audience = anywhere.mentions(words.view(2));
    words.reset();
    if (in_words) look(message);
    if (in_audience && held_for_others.with(message, naming.person, naming_them).step() &&
        held_for_others.integer(0) == 1 &&
        std::ranges::find(found.messages, message) == found.messages.end()) {
      found.messages.push_back(message);
    }
    held_for_others.reset();
  }
  auto of_text = connection.query("SELECT message FROM message_text WHERE rowid = ?1");
  for (const auto row : mentions.rows.at("message_text")) {
    const auto message = of_text.with(row).step() ? of_text.integer(0) : 0;
    of_text.reset();
    look(message);
  }
  auto claimed = connection.query("SELECT count(*) FROM delivery WHERE person = ?1 AND state = 'claimed'");
  if (claimed.with(naming.person).step()) found.claimed = claimed.integer(0);
  auto one = connection.query("SELECT 1 FROM delivery WHERE id = ?1 AND state = 'claimed'");
  for (const auto delivery : naming_deliveries(mentions)) {
    found.claimed += one.with(delivery).step() ? 1 : 0;
    one.reset();
  }
  return found;
}

std::int64_t cancel_naming(Connection& connection, const Naming& naming, const Mentions& mentions,
                           Instant now) {
  auto update = connection.query(
      "UPDATE delivery SET state = 'cancelled', updated = ?3 WHERE id = ?1 AND state = ?2 AND person <> ?4 "
      "RETURNING "
      "job");
  JobCountChanges changes;
  std::int64_t cancelled = 0;
  for (const auto delivery : naming_deliveries(mentions)) {
    for (const auto state : {DeliveryState::queued, DeliveryState::waiting, DeliveryState::held}) {
      if (update.with(delivery, to_text(state), to_millis(now), naming.person).step()) {
        changes.move(update.integer(0), state, DeliveryState::cancelled);
        ++cancelled;
      }
      update.reset();
    }
  }
  changes.write(connection, now);
  return cancelled;
}

Scrubbed scrub_mentions(Connection& connection, const Naming& naming, const Mentions& mentions) {
  Scrubbed done;
  const Scrubber anywhere(naming.anywhere);
  for (const auto& place : places) {
    auto rows = mentions.rows.at(place.table);
    std::int64_t seen = 0;
    for (const auto row :
         rows_naming(connection, place, anywhere, naming.ids, mentions.seen.at(place.table), seen)) {
      rows.push_back(row);
    }
    for (const auto row : rows) rewrite_row(connection, place, anywhere, row);
    (place.fate == Fate::deleted ? done.issues : done.texts) += static_cast<std::int64_t>(rows.size());
  }
  const Scrubber in_family(both(naming));
  for (const auto delivery : mentions.rows.at("family")) {
    rewrite_row(connection, content_place(), in_family, delivery);
    ++done.texts;
  }
  done.audit = redact_audit(connection, anywhere);
  return done;
}

}  // namespace crier::store
