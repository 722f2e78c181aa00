#include "store/person_store.hpp"

#include <fmt/format.h>

#include <array>

#include "model/person.hpp"

namespace crier::store {
namespace {

/// How a column's value is read.
enum class Read { text, whole, real, yes_no, time };

struct Field {
  const char* name;
  const char* title;
  Read read = Read::text;
};

struct Part {
  const char* name;
  const char* title;
  std::vector<Field> fields;
  /// ?1 the person, ?2 the contact who asks, or NULL
  const char* sql;
};

// Pieces of the statements below.
// To a contact who asks: an address that another contact has too may be where that one is reached.
constexpr std::string_view address_may_be_shown =
    "(?2 IS NULL OR NOT EXISTS (SELECT 1 FROM address AS o WHERE o.compare_key = a.compare_key AND o.person "
    "NOT IN (?1, ?2)))";
// R3: a court order of any source bars.
constexpr std::string_view not_barred =
    "NOT EXISTS (SELECT 1 FROM relationship AS b WHERE b.pupil = r.pupil AND b.contact = r.contact AND "
    "b.court_order = 1)";

std::string joined(std::string_view sql) {
  return fmt::format(fmt::runtime(sql), fmt::arg("address_may_be_shown", address_may_be_shown),
                     fmt::arg("not_barred", not_barred));
}

const std::array parts{
    Part{"person",
         "Person",
         {{"code", "Code"},
          {"kind", "Kind"},
          {"title", "Title"},
          {"family", "Family name"},
          {"given", "Given name"},
          {"preferred", "Preferred name"},
          {"language", "Language"},
          {"birth_date", "Born"},
          {"source", "From"},
          {"source_id", "Its id there"}},
         "SELECT p.code, p.kind, p.title, p.family, p.given, p.preferred, p.language, p.birth_date, "
         "source.name, "
         "p.source_id FROM person AS p JOIN source ON source.id = p.source WHERE p.id = ?1 AND ?2 IS ?2"},
    Part{"places",
         "Places",
         {{"school", "School"},
          {"kind", "As"},
          {"status", "Status"},
          {"since", "Since", Read::time},
          {"year", "Year"},
          {"form", "Form"},
          {"house", "House"},
          {"boarding", "Boarding house"},
          {"admission", "Admission"},
          {"source", "From"}},
         "SELECT school.name, x.kind, x.status, x.status_since, x.year, x.form, x.house, x.boarding, "
         "x.admission, "
         "source.name FROM place AS x JOIN school ON school.id = x.school JOIN source ON source.id = "
         "x.source WHERE "
         "x.person = ?1 AND ?2 IS ?2 ORDER BY x.id"},
    Part{"addresses",
         "Addresses",
         {{"kind", "Kind"},
          {"use", "Use"},
          {"given", "As given"},
          {"address", "Address"},
          {"line", "Line"},
          {"for_sms", "For SMS", Read::yes_no},
          {"state", "State"},
          {"since", "Since", Read::time},
          {"source", "From"}},
         "SELECT a.kind, a.use, a.given, a.normal, a.line, a.for_sms, CASE WHEN a.normal IS NULL THEN "
         "'invalid' ELSE "
         "coalesce(k.reason, 'usable') END, k.since, source.name FROM address AS a JOIN source ON source.id "
         "= a.source "
         "LEFT JOIN address_block AS k ON k.kind = a.kind AND k.compare_key = a.compare_key WHERE a.person = "
         "?1 AND "
         "{address_may_be_shown} ORDER BY a.kind, a.position, a.id"},
    Part{"relationships",
         "Relationships",
         {{"kind", "Kind"},
          {"family", "Family name"},
          {"given", "Given name"},
          {"relation", "Relation"},
          {"priority", "Priority", Read::whole},
          {"prime", "Prime", Read::yes_no},
          {"parental_responsibility", "Parental responsibility", Read::yes_no},
          {"lives_with", "Lives with", Read::yes_no},
          {"source", "From"}},
         "SELECT o.kind, o.family, o.given, r.relation, r.priority, r.prime, r.responsibility, r.lives_with, "
         "source.name "
         "FROM relationship AS r JOIN person AS o ON o.id = CASE WHEN r.pupil = ?1 THEN r.contact ELSE "
         "r.pupil END JOIN "
         "source ON source.id = r.source WHERE (r.pupil = ?1 AND (?2 IS NULL OR r.contact = ?2) OR r.contact "
         "= ?1 AND "
         "{not_barred}) ORDER BY r.priority, r.id"},
    Part{"opt_outs",
         "Opt-outs",
         {{"channel", "Channel"}, {"category", "Category"}, {"since", "Since", Read::time}},
         "SELECT channel, category, since FROM opt_out WHERE person = ?1 AND ?2 IS ?2 ORDER BY since, id"},
    Part{"consents",
         "Consents",
         {{"purpose", "Purpose"}, {"given", "Given", Read::yes_no}, {"since", "Since", Read::time}},
         "SELECT purpose, given, since FROM consent WHERE person = ?1 AND ?2 IS ?2 ORDER BY purpose"},
    Part{"merged_with",
         "One person with",
         {{"code", "Code"},
          {"family", "Family name"},
          {"given", "Given name"},
          {"since", "Since", Read::time},
          {"source", "From"}},
         "SELECT o.code, o.family, o.given, x.since, source.name FROM merged_person AS m JOIN merged_person "
         "AS x ON "
         "x.merge = m.merge AND x.person <> m.person JOIN person AS o ON o.id = x.person JOIN source ON "
         "source.id = "
         "o.source WHERE m.person = ?1 AND ?2 IS ?2 ORDER BY o.id"},
    Part{
        "groups",
        "Groups",
        {{"school", "School"},
         {"kind", "Kind"},
         {"name", "Name"},
         {"role", "As"},
         {"begins", "Begins"},
         {"ends", "Until before"},
         {"source", "From"}},
        "SELECT school.name, g.kind, g.name, m.role, m.begins, m.ends, source.name FROM membership AS m JOIN "
        "roster_group AS g ON "
        "g.id = m.roster_group JOIN school ON school.id = g.school JOIN source ON source.id = m.source WHERE "
        "m.person = ?1 AND ?2 IS ?2 ORDER "
        "BY g.name, m.id"},
    Part{"results",
         "Results",
         {{"class", "Class"},
          {"assignment", "Assignment"},
          {"due", "Due"},
          {"status", "Status"},
          {"score", "Score", Read::real},
          {"points", "Of", Read::real},
          {"missing", "Missing", Read::yes_no}},
         "SELECT g.name, w.title, w.due, m.status, m.score, w.points, m.missing FROM mark AS m JOIN "
         "assignment AS w ON "
         "w.id = m.assignment JOIN roster_group AS g ON g.id = w.roster_group WHERE m.pupil = ?1 AND ?2 IS "
         "?2 ORDER BY "
         "w.due, m.id"},
    Part{"attendance",
         "Attendance",
         {{"day", "Day"},
          {"session", "Session"},
          {"code", "Code"},
          {"absent", "Absent", Read::yes_no},
          {"explained", "Explained", Read::yes_no}},
         "SELECT day, session, code, absent, explained FROM attendance WHERE pupil = ?1 AND ?2 IS ?2 ORDER "
         "BY day, "
         "session, id"},
    Part{"payments",
         "Payments",
         {{"item", "For"},
          {"contract", "Contract"},
          {"amount", "Hundredths", Read::whole},
          {"currency", "Currency"},
          {"due", "Due"},
          {"paid", "Paid", Read::yes_no}},
         "SELECT item, contract, amount, currency, due, paid FROM payment WHERE pupil = ?1 AND ?2 IS ?2 "
         "ORDER BY due, id"},
    Part{"behaviour",
         "Behaviour",
         {{"day", "Day"}, {"kind", "Kind"}, {"points", "Points", Read::whole}, {"note", "Note"}},
         "SELECT day, kind, points, note FROM behaviour WHERE pupil = ?1 AND ?2 IS ?2 ORDER BY day, id"},
    Part{"surveys",
         "Surveys",
         {{"survey", "Survey"}, {"completed", "Completed", Read::yes_no}},
         "SELECT survey, completed FROM respondent WHERE person = ?1 AND ?2 IS ?2 ORDER BY survey, id"},
    Part{"confirmations",
         "Messages confirmed",
         {{"message", "Message", Read::whole}, {"at", "At", Read::time}},
         "SELECT message, at FROM acknowledgement WHERE person = ?1 AND ?2 IS ?2 ORDER BY at, message"},
    // Of a pupil: what was told of them, whomever. Of a contact: what they were told, of theirs.
    Part{"told",
         "What was told",
         {{"notice", "Notice"},
          {"about", "About"},
          {"family", "Of: family name"},
          {"given", "Of: given name"},
          {"at", "At", Read::time}},
         "SELECT DISTINCT t.notice, coalesce(w.title, ''), o.family, o.given, m.created FROM told AS t JOIN "
         "message AS m "
         "ON m.id = t.message JOIN person AS o ON o.id = t.pupil LEFT JOIN assignment AS w ON w.id = "
         "t.finding AND "
         "t.notice LIKE '%-assignments' WHERE ?2 IS ?2 AND (t.pupil = ?1 OR t.contact = ?1 AND EXISTS "
         "(SELECT 1 FROM "
         "relationship AS r WHERE r.pupil = t.pupil AND r.contact = ?1 AND {not_barred})) ORDER BY "
         "m.created, t.notice"},
    // What came from a number that somebody else has too may be theirs.
    Part{"replies",
         "Replies by text message",
         {{"received", "Received", Read::time}, {"from", "From"}, {"text", "Text"}},
         "SELECT DISTINCT r.received, r.sender, r.text FROM address AS a JOIN reply AS r ON r.sender = "
         "a.compare_key WHERE a.person = ?1 AND a.kind = 'phone' AND {address_may_be_shown} ORDER BY "
         "r.received, r.id"},
    // The detail of one may name somebody else.
    Part{"issues",
         "Data issues",
         {{"kind", "Kind"},
          {"state", "State"},
          {"raised", "Raised", Read::time},
          {"ended", "Ended", Read::time}},
         "SELECT kind, state, raised, ended FROM data_issue WHERE person = ?1 AND ?2 IS ?2 ORDER BY raised, "
         "id"},
    Part{"audit",
         "What was done",
         {{"at", "At", Read::time}, {"act", "Act"}, {"detail", "Detail"}},
         "SELECT at, act, detail FROM audit WHERE subject = 'person ' || ?1 AND ?2 IS ?2 ORDER BY id"},
};

ColumnKind kind_of(Read read) {
  switch (read) {
    case Read::whole:
      return ColumnKind::count;
    case Read::time:
      return ColumnKind::instant;
    default:
      return ColumnKind::text;
  }
}

Cell cell_of(const Query& rows, int column, Read read) {
  if (rows.is_null(column)) return {};
  switch (read) {
    case Read::whole:
      return rows.integer(column);
    case Read::real:
      return rows.real(column);
    case Read::yes_no:
      return rows.integer(column) == 1;
    case Read::time:
      return from_millis(rows.integer(column));
    case Read::text:
      break;
  }
  auto text = rows.text(column);
  if (text.empty()) return {};
  return text;
}

}  // namespace

std::vector<Table> person_tables(Connection& connection, std::int64_t person, const DataReader& reader) {
  std::vector<Table> tables;
  for (const auto& part : parts) {
    Table table;
    table.name = part.name;
    table.title = part.title;
    for (const auto& field : part.fields)
      table.columns.push_back({field.name, field.title, kind_of(field.read)});
    auto rows = connection.query(joined(part.sql));
    rows.with(person, reader.asker);
    while (rows.step()) {
      std::vector<Cell> row;
      for (int i = 0; i < static_cast<int>(part.fields.size()); ++i) {
        row.push_back(cell_of(rows, i, part.fields[static_cast<std::size_t>(i)].read));
      }
      table.rows.push_back(std::move(row));
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

std::int64_t count_withheld(Connection& connection, std::int64_t person, const DataReader& reader) {
  auto count =
      connection.query(joined("SELECT (SELECT count(*) FROM relationship AS r WHERE r.pupil = ?1 AND ?2 IS "
                              "NOT NULL AND r.contact <> ?2 OR "
                              "r.contact = ?1 AND NOT ({not_barred})) + (SELECT count(*) FROM address AS a "
                              "WHERE a.person = ?1 AND NOT "
                              "{address_may_be_shown})"));
  count.with(person, reader.asker);
  return count.step() ? count.integer(0) : 0;
}

Standing standing_of(Connection& connection, std::int64_t pupil, std::int64_t contact) {
  auto found =
      connection.query("SELECT max(court_order) FROM relationship WHERE pupil = ?1 AND contact = ?2");
  if (!found.with(pupil, contact).step() || found.is_null(0)) return Standing::none;
  return found.integer(0) == 1 ? Standing::barred : Standing::related;
}

std::vector<std::int64_t> pupils_not_theirs(Connection& connection, std::int64_t contact) {
  auto rows = connection.query(R"sql(
SELECT pupil FROM (
  SELECT pupil FROM relationship WHERE contact = ?1 UNION SELECT pupil FROM relationship_before WHERE contact = ?1
  UNION SELECT pupil FROM told WHERE contact = ?1) AS was
WHERE NOT EXISTS (SELECT 1 FROM relationship AS r WHERE r.pupil = was.pupil AND r.contact = ?1)
   OR EXISTS (SELECT 1 FROM relationship AS r WHERE r.pupil = was.pupil AND r.contact = ?1 AND r.court_order = 1)
ORDER BY pupil)sql");
  rows.with(contact);
  std::vector<std::int64_t> pupils;
  while (rows.step()) pupils.push_back(rows.integer(0));
  return pupils;
}

std::vector<PersonMessage> person_messages(Connection& connection, std::int64_t person,
                                           const DataReader& reader) {
  auto rows = connection.query(R"sql(
SELECT d.id, job.message, job.created, d.channel,
  CASE WHEN ?2 IS NULL OR NOT EXISTS (SELECT 1 FROM address AS o WHERE o.compare_key = lower(d.address)
                                      AND o.person NOT IN (?1, ?2)) THEN d.address ELSE '' END,
  d.state, d.reason, d.updated, coalesce(c.related, ''), coalesce(c.body, ''), coalesce(c.fields, ''), p.language
FROM delivery AS d JOIN job ON job.id = d.job JOIN person AS p ON p.id = d.person
JOIN message ON message.id = job.message AND message.test = 0
LEFT JOIN delivery_content AS c ON c.delivery = d.id
WHERE d.person = ?1 ORDER BY job.created, d.id)sql");
  rows.with(person, reader.asker);
  std::vector<PersonMessage> all;
  while (rows.step()) {
    all.push_back({rows.integer(0), rows.integer(1), from_millis(rows.integer(2)), rows.text(3), rows.text(4),
                   rows.text(5), rows.text(6), from_millis(rows.integer(7)), rows.text(8), rows.text(9),
                   rows.text(10), rows.text(11)});
  }
  return all;
}

std::vector<std::string> codes_beginning(Connection& connection, std::string_view folded,
                                         std::int64_t limit) {
  auto rows = connection.query(R"sql(
SELECT DISTINCT code FROM person WHERE code_folded >= ?1 AND code_folded < ?2
  AND NOT EXISTS (SELECT 1 FROM deletion WHERE deletion.person = person.id) ORDER BY code_folded LIMIT ?3)sql");
  const auto behind = std::string(folded) + "\xF4\x8F\xBF\xBF";
  rows.with(folded, behind, limit);
  std::vector<std::string> codes;
  while (rows.step()) codes.push_back(rows.text(0));
  return codes;
}

}  // namespace crier::store
