#include "audience/resolve.hpp"

#include <fstream>

#include "audience/plan.hpp"
#include "school.hpp"

using namespace crier;
using namespace crier::audience;
using namespace crier::test;

TEST_CASE("A1: who an expression means") {
  School school;
  struct Row {
    const char* expression;
    const char* codes;
  };
  const Row rows[] = {
      {"all", "CLEO ADA BEN"},
      {"form:9B", "ADA"},
      {"form:9b", "ADA"},
      {"year:9", "CLEO ADA"},
      {"year:09", "CLEO ADA"},
      {"year:9,year:7", "CLEO ADA BEN"},
      {"house:elm", "CLEO BEN"},
      {"boarding:north", "CLEO"},
      {"name:dang", "CLEO"},
      {"name:CLEO", "CLEO"},
      {"name:%", ""},
      {"name:_", ""},
      {"contact:name:dyer", "JOHN MARY"},
      {"contact:all and not contact:name:dyer", "GRAN OMAR"},
      {"staff:all", "KIM TOM"},
      {"pupil:ada", "ADA"},
      {"pupil:ADA,pupil:BEN", "ADA BEN"},
      {"contact:MARY or pupil:BEN", "BEN MARY"},
      {"group:\"ski trip 2018\"", "ADA"},
      {"staff:group:\"Ski Trip 2018\"", "KIM"},
      {"class:9x/ma1", "CLEO ADA"},
      {"group:\"9X Maths\"", "CLEO ADA"},
      {"teachers-of:group:9X/Ma1", "TOM"},
      {"teachers-of:form:9C", "TOM"},
      {"teachers-of:name:dyer", "TOM"},
      {"teachers-of:form:7A", ""},
      {"year:9 and not group:\"Ski Trip 2018\"", "CLEO"},
      {"not form:9B", "CLEO BEN"},
      {"not (year:9 or year:10)", "BEN"},
      {"not not year:9", "CLEO ADA"},
      {"form:7A or year:9 and not house:elm", "ADA BEN"},
      {"(form:7A or year:9) and not house:elm", "ADA"},
      {"not house:elm and not form:7A", "ADA"},
      {"school:cam and all", "CLEO ADA BEN"},
      {"status:leaver", "DORA"},
      {"status:active", "CLEO ADA BEN"},
      {"status:pre-admission", "EVE"},
      {"year:9 and status:pre-admission", "EVE"},
      {"year:10 or status:pre-admission", "EVE"},
      {"year:10", ""},
      {"status:leaver and year:10", "DORA"},
      {"(year:10 or year:9) and (status:leaver or status:active)", "CLEO ADA DORA"},
      {"status:leaver and not year:10", ""},
      {"year:9 and not status:active", ""},
      {"year:9 and (status:pre-admission or house:fir)", "ADA EVE"},
      {"pupil:DORA", ""},
      {"pupil:DORA and status:leaver", "DORA"},
      {"year:9 and staff:all", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.expression);
    CHECK(school.meant(row.expression) == row.codes);
  }
}

TEST_CASE("R1: only the schools in scope are looked at, whichever term names people") {
  School school;
  auto& roster = school.roster;
  roster.school("OAK");
  roster.school("ELM");
  auto zed = roster.pupil("ADA", "Zed", "Dyer", "OAK").year("9").form("9B").house("Fir").boarding("North");
  auto tim = roster.staff("TIM", "Tim", "Teach", "OAK");
  roster.group("Ski Trip 2018", "custom", "", "OAK").member(zed).teacher(tim);
  roster.pupil("NED", "Ned", "Dyer", "ELM").year("9").form("9B").status(PersonStatus::leaver);
  const auto ask_in = [&](std::string_view expression, std::vector<std::string> in) {
    ResolveRequest request;
    request.expression = expression;
    for (const auto& code : in) request.schools.push_back(roster.school_id(code));
    const auto answer = resolve(roster.store(), roster.profiles(), request);
    std::string names;
    for (const auto& one : answer.recipients) names += (names.empty() ? "" : " ") + one.given;
    return names;
  };
  for (const auto* expression : {"form:9B", "year:9 and house:fir", "house:Fir", "pupil:ADA",
                                 "group:\"Ski Trip 2018\"", "name:dyer and year:9", "all and house:fir",
                                 "status:active and form:9B", "form:9B and not name:ben"}) {
    CAPTURE(expression);
    CHECK(ask_in(expression, {"CAM"}) == "Ada");
    CHECK(ask_in(expression, {"OAK"}) == "Zed");
    CHECK(ask_in(expression, {"OAK", "CAM"}) == "Ada Zed");
    CHECK(ask_in(expression, {}) == "Ada Zed");
  }
  CHECK(ask_in("teachers-of:form:9B", {"CAM"}) == "Tom");
  CHECK(ask_in("teachers-of:group:\"Ski Trip 2018\"", {"OAK"}) == "Tim");
  CHECK(ask_in("teachers-of:group:\"Ski Trip 2018\"", {"CAM", "OAK"}) == "Kim Tim");
  CHECK(ask_in("boarding:north", {"OAK"}) == "Zed");
  CHECK(ask_in("status:leaver", {"ELM"}) == "Ned");
  CHECK(ask_in("status:leaver and form:9B", {"CAM", "ELM"}) == "Ned");
  CHECK(ask_in("form:9B", {"ELM"}) == "");
}

TEST_CASE("A1: what nobody is called suggests the nearest, as it is written") {
  School school;
  struct Row {
    const char* expression;
    const char* code;
    const char* message;
  };
  const Row rows[] = {
      {"group:\"ski trip 2019\"", "no-such-group",
       "no group is called 'ski trip 2019'; did you mean 'Ski Trip 2018'?"},
      {"class:9X/Ma2", "no-such-class", "no class is called '9X/Ma2'; did you mean '9X/Ma1'?"},
      {"class:\"Ski Trip 2018\"", "no-such-class",
       "no class is called 'Ski Trip 2018'; did you mean 'Ski Trip 2018'?"},
      {"group:\"Old Choir\"", "no-such-group", "no group is called 'Old Choir'"},
      {"form:9D", "no-such-form", "no form is called '9D'; did you mean '9B'?"},
      {"year:19", "no-such-year", "no year is called '19'; did you mean '10'?"},
      {"house:Firr", "no-such-house", "no house is called 'Firr'; did you mean 'Fir'?"},
      {"boarding:Nort", "no-such-boarding", "no boarding house is called 'Nort'; did you mean 'North'?"},
      {"school:CAN", "no-such-school", "no school is called 'CAN'; did you mean 'CAM'?"},
      {"pupil:MARY", "no-such-person", "no pupil has the code 'MARY'"},
      {"teachers-of:group:xyz", "no-such-group", "no group is called 'xyz'"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.expression);
    const auto error = refusal_of([&] { school.meant(row.expression); });
    CHECK(error.exit() == Exit::nothing_there);
    CHECK(error.code() == row.code);
    CHECK(error.message() == row.message);
    CHECK_FALSE(error.hint().empty());
  }
  CHECK(refusal_of([&] { school.meant("pupil:MARY"); }).hint() ==
        "It is the code of a contact: write contact:MARY.");
}

TEST_CASE("A1: a homeroom is a form, whether the place or the group says so") {
  RosterBuilder roster;
  auto ada = roster.pupil("ADA", "Ada", "Dyer");
  auto ben = roster.pupil("BEN", "Ben", "Dyer").form("9B");
  roster.group("9B", "form").member(ada);
  CHECK(codes(ask(roster, "form:9b")) == "ADA BEN");
  CHECK(codes(ask(roster, "all and not form:9B")) == "");
}

TEST_CASE("A1: memberships count on the day") {
  RosterBuilder roster;
  auto ada = roster.pupil("ADA", "Ada", "Dyer");
  auto ben = roster.pupil("BEN", "Ben", "Dyer");
  auto cleo = roster.pupil("CLEO", "Cleo", "Dyer");
  roster.group("Choir")
      .member_between(ada, "2026-09-01", "2026-11-25")
      .member_between(ben, "2026-11-25", "")
      .member_between(cleo, "2026-11-26", "2027-07-01");
  ResolveRequest request;
  request.expression = "group:choir";
  // Half past midnight in London's winter is the same date in UTC; in summer it is not.
  request.now = parse_rfc3339("2026-11-25T00:30:00Z");
  CHECK(codes(resolve(roster.store(), roster.profiles(), request)) == "BEN");
  request.now = parse_rfc3339("2026-11-24T12:00:00Z");
  CHECK(codes(resolve(roster.store(), roster.profiles(), request)) == "ADA");
  request.now = std::nullopt;
  CHECK(codes(resolve(roster.store(), roster.profiles(), request)) == "ADA BEN CLEO");
}

TEST_CASE("A1: @file names people by code or source id") {
  School school;
  school.ben.source_id("Guid-77");
  const auto file = school.roster.folder() / "my codes.txt";
  std::ofstream(file) << "\xEF\xBB\xBF# people for the trip\r\nada\r\n\nguid-77   # Ben\n ada \n";
  ResolveRequest request;
  request.expression = "@\"my codes.txt\" and not year:10";
  request.folder = school.roster.folder();
  CHECK(codes(resolve(school.roster.store(), school.roster.profiles(), request)) == "ADA BEN");

  // Kept for later, from another working folder.
  request.expression = with_absolute_files(request.expression, request.folder);
  request.folder.clear();
  CHECK(codes(resolve(school.roster.store(), school.roster.profiles(), request)) == "ADA BEN");

  request.files = FileTerms::refused;
  CHECK(refusal_of([&] { resolve(school.roster.store(), school.roster.profiles(), request); }).code() ==
        "files-refused");
}

TEST_CASE("A1: a code in a file that nobody has is an error that lists the first few") {
  School school;
  std::ofstream(school.roster.folder() / "codes.txt") << [] {
    std::string lines = "ADA\n";
    for (int i = 1; i <= 22; ++i) lines += "X" + std::to_string(i) + "\n";
    return lines;
  }();
  ResolveRequest request;
  request.expression = "@codes.txt";
  request.folder = school.roster.folder();
  const auto error = refusal_of([&] { resolve(school.roster.store(), school.roster.profiles(), request); });
  CHECK(error.exit() == Exit::usage);
  CHECK(error.code() == "unknown-codes");
  CHECK(error.message() ==
        "codes.txt names 22 codes that no pupil has: X1, X2, X3, X4, X5, X6, X7, X8, X9, X10, X11, X12, X13, "
        "X14, X15, X16, X17, X18, X19, X20 and 2 more");
  std::ofstream(school.roster.folder() / "codes.txt") << "MARY\n";
  CHECK(refusal_of([&] { resolve(school.roster.store(), school.roster.profiles(), request); }).hint() ==
        "'MARY' is the code of a contact: write contact:@codes.txt for a file of those.");
  request.expression = "contact:@codes.txt";
  CHECK(codes(resolve(school.roster.store(), school.roster.profiles(), request)) == "MARY");
}

TEST_CASE("A1: values are values, whatever stands in them") {
  School school;
  school.roster.group("x'); DROP TABLE person; --").member(school.ben);
  school.roster.group("a\"b\\c").member(school.ada);
  CHECK(school.meant("group:\"x'); DROP TABLE person; --\"") == "BEN");
  CHECK(school.meant("group:\"a\"\"b\\c\"") == "ADA");
  CHECK(school.meant("all") == "CLEO ADA BEN");
}

TEST_CASE("A1: the widest and the deepest expressions are one query still") {
  School school;
  std::string codes_of_all = "pupil:ADA";
  for (int i = 0; i < 3000; ++i) codes_of_all += ",pupil:BEN,year:9";
  CHECK(school.meant(codes_of_all) == "CLEO ADA BEN");
  std::string deep = "year:9";
  for (int i = 0; i < 95; ++i) deep = "(" + deep + " and not year:7) or form:7A";
  CHECK(school.meant(deep) == "CLEO ADA BEN");
  std::string wide = "year:9 and house:fir";
  for (int i = 0; i < 120; ++i) wide += ",year:9 and house:fir";
  CHECK(school.meant(wide) == "ADA");
  for (int i = 0; i < 400; ++i) wide += ",year:9 and house:fir";
  CHECK(refusal_of([&] { school.meant(wide); }).code() == "too-many-terms");
}

TEST_CASE("A2: who of them receives") {
  School school;
  CHECK(school.heard("form:9B", {}) == "ADA");
  CHECK(school.heard("form:9B", {"self"}) == "ADA");
  CHECK(school.heard("form:9B", {"associates"}) == "GRAN JOHN MARY");
  CHECK(school.heard("form:9B", {"parent"}) == "JOHN MARY");
  CHECK(school.heard("form:9B", {"rank1"}) == "MARY");
  CHECK(school.heard("form:9B", {"rank2"}) == "JOHN");
  CHECK(school.heard("form:9B", {"Rank3"}) == "GRAN");
  CHECK(school.heard("form:9B", {"rank1", "rank3"}) == "GRAN MARY");
  CHECK(school.heard("form:9B", {"prime"}) == "MARY");
  CHECK(school.heard("form:9B", {"mother"}) == "MARY");
  CHECK(school.heard("form:9B", {"grandmother,father"}) == "GRAN JOHN");
  CHECK(school.heard("form:9B", {"self+parent"}) == "ADA JOHN MARY");
  CHECK(school.heard("form:9B", {"uncle"}) == "");
  CHECK(school.heard("staff:all or form:9B", {"parent"}) == "JOHN MARY");
  CHECK(school.heard("staff:all", {"associates"}) == "");
  CHECK(school.heard("contact:GRAN or form:9B", {"self+rank1"}) == "GRAN ADA MARY");
  CHECK(ask(school.roster, "form:9B", {"self+parent", "Parent"}).to ==
        std::vector<std::string>{"self", "parent"});
}

TEST_CASE("A2: an unknown word for --to suggests the nearest, the store's own relations included") {
  School school;
  school.roster.relate(school.ben, school.gran, "Godmother");
  CHECK(school.heard("form:7A", {"godmother"}) == "GRAN");
  const auto error = refusal_of([&] { school.heard("form:7A", {"parnet"}); });
  CHECK(error.exit() == Exit::usage);
  CHECK(error.message() == "--to knows no 'parnet'; did you mean 'parent'?");
  CHECK(refusal_of([&] { school.heard("form:7A", {"godmothr"}); }).message() ==
        "--to knows no 'godmothr'; did you mean 'godmother'?");
  CHECK(refusal_of([&] { school.heard("form:7A", {"self+"}); }).code() == "unknown-receiver");
}

TEST_CASE("R3: a school says which relations and priorities make a rank") {
  School school;
  config::Settings settings;
  settings.district.timezone = "Europe/London";
  config::School own;
  own.code = "CAM";
  own.ranks = config::Ranks::standard();
  own.ranks->parent = {{"grandmother"}, {}};
  own.ranks->rank1 = {{"father"}, {}};
  own.ranks->rank2 = {{}, {1, 2}};
  settings.schools.push_back(own);
  ResolveRequest request;
  request.expression = "form:9B";
  request.to = {"associates"};
  const auto profiles = school.roster.profiles(settings);
  const auto answer = resolve(school.roster.store(), profiles, request);
  CHECK(recipient(answer, "GRAN").related.front().rank == "Parent");
  CHECK(recipient(answer, "JOHN").related.front().rank == "Rank 1");
  CHECK(recipient(answer, "MARY").related.front().rank == "Rank 2");
  request.to = {"parent"};
  CHECK(codes(resolve(school.roster.store(), profiles, request)) == "GRAN");
  request.to = {"rank2"};
  CHECK(codes(resolve(school.roster.store(), profiles, request)) == "JOHN MARY");
}

TEST_CASE("A3: a recipient with everything that is known") {
  School school;
  const auto answer =
      ask(school.roster, "form:9B", {"parent"}, {Channel::email, Channel::sms, Channel::inbox});
  CHECK(answer.matched == 1);
  CHECK(answer.expression == "form:9B");
  const auto& mary = recipient(answer, "MARY");
  CHECK(mary.kind == PersonKind::contact);
  CHECK(mary.title == "Mrs");
  CHECK(mary.family == "Dyer");
  CHECK(mary.given == "Mary");
  CHECK(mary.school == school.roster.school_id("CAM"));
  REQUIRE(mary.related.size() == 1);
  CHECK(mary.related[0].code == "ADA");
  CHECK(mary.related[0].form == "9B");
  CHECK(mary.related[0].relation == "mother");
  CHECK(mary.related[0].rank == "Parent");
  CHECK(mary.related[0].priority == 1);
  CHECK(way(answer, "MARY", Channel::email) == "mary@example.org");
  CHECK(way(answer, "MARY", Channel::sms) == "+447400100001");
  CHECK(way(answer, "MARY", Channel::inbox) == "MARY");
  CHECK(way(answer, "JOHN", Channel::sms) == "[no-address]");
  const auto self = ask(school.roster, "form:9B");
  CHECK(recipient(self, "ADA").related.at(0).relation == "self");
  CHECK_FALSE(recipient(self, "ADA").related.at(0).priority.has_value());
  CHECK(recipient(ask(school.roster, "staff:TOM"), "TOM").related.empty());
}

TEST_CASE("A4, C12: one message to a mother of three, naming the two whom it concerns") {
  RosterBuilder roster;
  roster.school("OAK");
  auto a = roster.pupil("A", "Ann", "Dyer").year("7").form("7A");
  auto b = roster.pupil("B", "Bea", "Dyer").year("9").form("9B");
  auto c = roster.pupil("C", "Cal", "Dyer").year("9").form("9C");
  auto d = roster.pupil("D", "Dan", "Dyer", "OAK").year("9").form("9Z");
  auto mother =
      roster.contact("M", "Mary", "Dyer").email("mary@example.org").place(PersonKind::contact, "OAK");
  for (auto* pupil : {&c, &a, &d, &b}) roster.relate(*pupil, mother, "mother");
  ResolveRequest request;
  request.expression = "year:9";
  request.to = {"parent"};
  request.schools = {roster.school_id("CAM")};
  auto answer = resolve(roster.store(), roster.profiles(), request);
  REQUIRE(answer.recipients.size() == 1);
  CHECK(related(answer.recipients[0]) == "B C");
  request.schools = {};
  answer = resolve(roster.store(), roster.profiles(), request);
  REQUIRE(answer.recipients.size() == 1);
  CHECK(related(answer.recipients[0]) == "B C D");
  request.expression = "year:9 and school:OAK";
  CHECK(related(resolve(roster.store(), roster.profiles(), request).recipients.at(0)) == "D");
  request.schools = {roster.school_id("CAM")};
  CHECK(refusal_of([&] { resolve(roster.store(), roster.profiles(), request); }).message() ==
        "no school is called 'OAK' in CAM");
  request.expression = "form:9Z";
  CHECK(refusal_of([&] { resolve(roster.store(), roster.profiles(), request); }).code() == "no-such-form");
}

TEST_CASE("A4: two of a family at one address get one copy, the better priority, then the lower code") {
  RosterBuilder roster;
  auto ada = roster.pupil("ADA", "Ada", "Dyer").form("9B");
  auto ben = roster.pupil("BEN", "Ben", "Dyer").form("9B");
  auto mary = roster.contact("C2", "Mary", "Dyer").email("Home@example.org").mobile("+447400100001");
  auto john = roster.contact("C1", "John", "Dyer").email("home@example.org").mobile("+447400100002");
  auto rose = roster.contact("C3", "Rose", "Dyer").email("home@example.org");
  roster.relate(ada, mary, "mother");
  auto father = roster.relate(ada, john, "father");
  roster.relate(ben, rose, "mother");
  auto answer = ask(roster, "form:9B", {"parent"}, {Channel::email, Channel::sms});
  CHECK(way(answer, "C1", Channel::email) == "home@example.org");
  CHECK(way(answer, "C2", Channel::email) == "[duplicate]");
  // Another pupil: a copy of its own. Another address: too.
  CHECK(way(answer, "C3", Channel::email) == "home@example.org");
  CHECK(way(answer, "C2", Channel::sms) == "+447400100001");
  father.priority(2);
  answer = ask(roster, "form:9B", {"parent"});
  CHECK(way(answer, "C1", Channel::email) == "[duplicate]");
  CHECK(way(answer, "C2", Channel::email) == "Home@example.org");
  // Whoever is opted out takes nobody's copy away.
  mary.opt_out();
  answer = ask(roster, "form:9B", {"parent"});
  CHECK(way(answer, "C1", Channel::email) == "home@example.org");
  CHECK(way(answer, "C2", Channel::email) == "[opted-out]");
}

TEST_CASE("A4: staff who share a mailbox are not one family") {
  RosterBuilder roster;
  roster.staff("S1", "Ann", "One").email("office@school.example");
  roster.staff("S2", "Ben", "Two").email("office@school.example");
  const auto answer = ask(roster, "staff:all");
  CHECK(way(answer, "S1", Channel::email) == "office@school.example");
  CHECK(way(answer, "S2", Channel::email) == "office@school.example");
}

TEST_CASE("A3: a parent who teaches is asked as what the expression names") {
  RosterBuilder roster;
  auto ada = roster.pupil("ADA", "Ada", "Dyer").form("9B");
  auto both = roster.staff("BOTH", "Bo", "Dyer").email("bo@example.org").place(PersonKind::contact, "CAM");
  roster.relate(ada, both, "mother");
  CHECK(recipient(ask(roster, "staff:all"), "BOTH").kind == PersonKind::staff);
  CHECK(recipient(ask(roster, "contact:all"), "BOTH").kind == PersonKind::contact);
  CHECK(codes(ask(roster, "staff:all and contact:all")) == "BOTH");
  const auto answer = ask(roster, "staff:all or form:9B", {"self+parent"}, {Channel::alert});
  CHECK(codes(answer) == "ADA BOTH");
  CHECK(related(recipient(answer, "BOTH")) == "ADA");
  CHECK(way(answer, "BOTH", Channel::alert) == "BOTH");
}

TEST_CASE("A1: an empty audience is told by require_somebody") {
  School school;
  CHECK(refusal_of([&] { require_somebody(ask(school.roster, "year:10")); }).message() ==
        "'year:10' names nobody");
  const auto error = refusal_of([&] { require_somebody(ask(school.roster, "form:7A", {"father"})); });
  CHECK(error.exit() == Exit::nothing_there);
  CHECK(error.message() == "'form:7A' names 1 person, and --to father finds nobody for them");
  require_somebody(ask(school.roster, "form:7A", {"mother"}));
}
