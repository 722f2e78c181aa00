// What the fields of a message are for a recipient, from the roster, payments and the gradebook (M2).
#include "message/merge_values.hpp"

#include <doctest/doctest.h>

#include <array>

#include "audience/resolve.hpp"
#include "support/gradebook_builder.hpp"
#include "support/roster_builder.hpp"

using namespace crier;
using namespace crier::message;

namespace {

/// Friday 27 November 2026.
const Instant friday = parse_rfc3339("2026-11-27T09:00:00Z").value();

struct Family {
  test::RosterBuilder roster;
  test::PersonBuilder ada =
      roster.pupil("ADA001", "Ada", "Dyer").year("9").form("9B").email("ada@example.org");
  test::PersonBuilder ben = roster.pupil("BEN001", "Ben", "Dyer").year("7").form("7A");
  test::PersonBuilder carl = roster.pupil("CAR001", "Carl", "Olsen").year("9");
  test::PersonBuilder mary =
      roster.contact("C-1", "Mary", "Dyer").title("Mrs").language("pl").email("mary@example.org");
  test::PersonBuilder pat = roster.contact("C-2", "Pat", "Olsen").email("pat@example.org");
  test::GroupBuilder maths = roster.group("9X/Ma1", "class").member(ada).member(ben);
  test::GroupBuilder art = roster.group("9X/Ar1", "class").member(ada);
  std::vector<roster::SchoolProfile> schools;

  Family() {
    roster.relate(ada, mary, "mother");
    roster.relate(ben, mary, "mother");
    roster.relate(carl, pat, "father");
    schools = roster.profiles();
    schools.front().country = "GB";
    schools.front().portal_url = "https://portal.example";
  }

  void owes(const test::PersonBuilder& pupil, std::string_view item, int amount, std::string_view due,
            std::string_view currency = "GBP", int paid = 0) {
    roster.store()
        .query(
            "INSERT INTO payment (pupil, item, amount, currency, due, paid, source, source_id, contract) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, 'Fees')")
        .with(pupil.id(), item, amount, currency, due, paid, std::string(item) + std::string(due))
        .run();
  }

  /// The values for one of those whom `expression` means.
  boost::json::object values(std::string body, const std::string& to, std::string_view code,
                             std::string language = "") {
    std::vector<store::MessageText> texts;
    if (!language.empty()) texts.push_back({language, true, "x", body, "", ""});
    const Words words("x", body, texts, "t");
    audience::ResolveRequest request;
    request.expression = "pupil:all or staff:all";
    request.to = {to};
    request.via = {Channel::email};
    request.now = friday;
    const auto resolution = audience::resolve(roster.store(), schools, request);
    const MergeValues merge(roster.store(), words, schools.front(), resolution.recipients, friday, {});
    for (const auto& one : resolution.recipients) {
      if (one.code == code) return merge.of(one);
    }
    FAIL("not a recipient: " << code);
    return {};
  }
};

using Object = boost::json::object;

}  // namespace

TEST_CASE("M2: exactly the fields that the words ask for are kept of a recipient") {
  Family family;
  CHECK(family.values("{{title}} {{family}} {{code}} {{school_code}} {{portal_url}} {{today}}", "parent",
                      "C-1") == Object{{"title", "Mrs"},
                                       {"family", "Dyer"},
                                       {"code", "C-1"},
                                       {"school_code", "CAM"},
                                       {"portal_url", "https://portal.example"},
                                       {"today", "27 November 2026"}});
  CHECK(family.values("{{title}} {{name}}", "parent", "C-2") == Object{{"name", "Pat Olsen"}});
  CHECK(family.values("hello", "parent", "C-2").empty());
}

TEST_CASE("M2: pupils are listed and joined, form is there where there is one pupil alone") {
  Family family;
  const std::string body =
      "{{pupil}}{{form}}{{#several_pupils}}{{/several_pupils}}{{#pupils}}{{given}}{{year}}{{/pupils}}";
  const auto mary = family.values(body, "parent", "C-1");
  CHECK(mary.at("pupil") == "Ada Dyer and Ben Dyer");
  CHECK(mary.at("several_pupils") == true);
  CHECK_FALSE(mary.contains("form"));
  CHECK(mary.at("pupils").at(0) == Object{{"name", "Ada Dyer"},
                                          {"given", "Ada"},
                                          {"family", "Dyer"},
                                          {"form", "9B"},
                                          {"year", "9"},
                                          {"relation", "mother"}});
  CHECK(mary.at("pupils").at(1).at("year") == "7");
  const auto pat = family.values(body, "parent", "C-2");
  CHECK_FALSE(pat.contains("several_pupils"));
  CHECK_FALSE(pat.contains("form"));
  CHECK_FALSE(pat.at("pupils").at(0).as_object().contains("form"));
}

TEST_CASE("M2: a pupil reads as themselves: no relation, and a condition to ask for") {
  Family family;
  const std::string body =
      "{{#to_self}}You{{/to_self}}{{^to_self}}{{pupil}}{{/to_self}}{{#pupils}}{{relation}}{{/pupils}}";
  const auto ada = family.values(body, "self", "ADA001");
  CHECK(ada.at("to_self") == true);
  CHECK(ada.at("pupil") == "Ada Dyer");
  CHECK_FALSE(ada.at("pupils").at(0).as_object().contains("relation"));
  CHECK_FALSE(family.values(body, "parent", "C-2").contains("to_self"));
}

TEST_CASE("M2: who likes to be called otherwise is, everybody else by the given name") {
  Family family;
  family.roster.store().query("UPDATE person SET preferred = 'Molly' WHERE code = 'C-1'").run();
  CHECK(family.values("{{preferred}}", "parent", "C-1") == Object{{"preferred", "Molly"}});
  CHECK(family.values("{{preferred}}", "parent", "C-2") == Object{{"preferred", "Pat"}});
}

TEST_CASE("M2: one payment has amount, due and contract, several have a sum, what is paid is none") {
  Family family;
  family.owes(family.ada, "Ski trip", 12050, "2026-12-04");
  family.owes(family.ada, "Lunch", 500, "2026-10-01", "GBP", 1);
  const std::string body = "{{amount}}{{due}}{{contract}}{{total_due}}{{#payments}}{{item}}{{/payments}}";
  const auto one = family.values(body, "parent", "C-1");
  CHECK(one.at("amount") == "£120.50");
  CHECK(one.at("due") == "4 December 2026");
  CHECK(one.at("contract") == "Fees");
  CHECK(one.at("total_due") == "£120.50");
  CHECK(one.at("payments") == boost::json::array{Object{{"pupil", "Ada Dyer"},
                                                        {"item", "Ski trip"},
                                                        {"amount", "£120.50"},
                                                        {"due", "4 December 2026"},
                                                        {"contract", "Fees"}}});
  CHECK(family.values(body, "parent", "C-2").empty());

  family.owes(family.ben, "Choir", 950, "");
  const auto two = family.values(body, "parent", "C-1");
  CHECK_FALSE(two.contains("amount"));
  CHECK_FALSE(two.contains("due"));
  CHECK(two.at("total_due") == "£130.00");
  CHECK_FALSE(two.at("payments").at(1).as_object().contains("due"));

  family.owes(family.ben, "Exchange", 1000, "2026-12-05", "EUR");
  const auto mixed = family.values(body, "parent", "C-1");
  CHECK_FALSE(mixed.contains("total_due"));
  CHECK(mixed.at("payments").as_array().size() == 3);
}

TEST_CASE("M2: dates and money are in the language of the words that are read, not of another") {
  Family family;
  family.owes(family.ada, "Ski trip", 12050, "2026-12-04");
  const auto polish = family.values("{{amount}}{{due}}{{pupil}}", "parent", "C-1", "pl");
  CHECK(polish.at("due") == "4 grudnia 2026");
  CHECK(polish.at("pupil") == "Ada Dyer i Ben Dyer");
  CHECK(std::string(polish.at("amount").as_string()).starts_with("120,50"));
  // There are no Polish words: she reads the English ones.
  CHECK(family.values("{{due}}", "parent", "C-1", "en").at("due") == "4 December 2026");
}

TEST_CASE("M2: missing work is listed by pupil and class, and is nobody else's") {
  Family family;
  test::GradebookBuilder book(family.roster.store());
  const auto miss = [&](const test::PersonBuilder& pupil, std::int64_t group, std::string_view title,
                        std::string_view due, std::string_view status = "not-submitted") {
    book.mark(book.assignment(group, title, due, 20.0), pupil.id(), status);
  };
  miss(family.ada, family.maths.id(), "Fractions", "2026-11-20");
  miss(family.ada, family.maths.id(), "Angles", "2026-11-25");
  miss(family.ada, family.art.id(), "Collage", "2026-11-24");
  miss(family.ben, family.maths.id(), "Sums", "2026-11-18");
  miss(family.ben, family.maths.id(), "Long ago", "2026-09-18");
  miss(family.ben, family.maths.id(), "Done", "2026-11-18", "submitted");
  const std::string body =
      "{{#assignments}}{{pupil}}{{class}}{{#work}}{{title}}{{due}}{{/work}}{{/assignments}}";
  const auto mary = family.values(body, "parent", "C-1");
  std::string seen;
  for (const auto& of_class : mary.at("assignments").as_array()) {
    seen +=
        std::string(of_class.at("pupil").as_string()) + " " + std::string(of_class.at("class").as_string());
    for (const auto& work : of_class.at("work").as_array()) {
      seen +=
          ", " + std::string(work.at("title").as_string()) + " " + std::string(work.at("due").as_string());
    }
    seen += "\n";
  }
  CHECK(seen ==
        "Ada Dyer 9X/Ar1, Collage 24 November 2026\n"
        "Ada Dyer 9X/Ma1, Fractions 20 November 2026, Angles 25 November 2026\n"
        "Ben Dyer 9X/Ma1, Sums 18 November 2026\n");
  CHECK_FALSE(family.values(body, "parent", "C-2").contains("assignments"));
}
