#include "audience/plan.hpp"
#include "audience/resolve.hpp"
#include "school.hpp"

using namespace crier;
using namespace crier::audience;
using namespace crier::test;

TEST_CASE("R3, D1: whoever a court order bars is listed without the pupil, and no address is told") {
  School school;
  school.roster.relate(school.cleo, school.john, "father").court_order();
  auto answer = ask(school.roster, "form:9C", {"parent"}, {Channel::email, Channel::inbox});
  CHECK(codes(answer) == "OMAR JOHN");
  CHECK(recipient(answer, "JOHN").related.empty());
  CHECK(recipient(answer, "JOHN").channels.at(Channel::email).address.empty());
  CHECK(way(answer, "JOHN", Channel::email) == "[court-order]");
  CHECK(way(answer, "JOHN", Channel::inbox) == "[court-order]");
  // Of another pupil he hears, and of that one only.
  answer = ask(school.roster, "year:9", {"parent"});
  CHECK(way(answer, "JOHN", Channel::email) == "john@example.org");
  CHECK(related(recipient(answer, "JOHN")) == "ADA");
  // Whom --to does not take is not listed either.
  CHECK(codes(ask(school.roster, "form:9C", {"mother"})) == "");
}

TEST_CASE("R3: a court order that one source knows of counts against what another says") {
  School school;
  school.roster.relate(school.ada, school.gran, "guardian", "csv").priority(1);
  school.roster.relate(school.cleo, school.gran, "guardian", "csv");
  school.roster.relate(school.cleo, school.gran, "aunt").court_order();
  auto answer = ask(school.roster, "year:9", {"parent"});
  CHECK(related(recipient(answer, "GRAN")) == "ADA");
  CHECK(recipient(answer, "GRAN").related[0].relation == "guardian");
  answer = ask(school.roster, "form:9C", {"parent"});
  CHECK(way(answer, "GRAN", Channel::email) == "[court-order]");
}

TEST_CASE("R6, R3: a school's system says who two people are to each other, the hand where it says nothing") {
  School school;
  school.roster.relate(school.ada, school.gran, "guardian", "hand").priority(1);
  school.roster.relate(school.cleo, school.gran, "guardian", "hand").priority(1);
  // The system has her as Ada's grandmother, and of Cleo it says nothing.
  auto answer = ask(school.roster, "year:9", {"guardian"});
  CHECK(related(recipient(answer, "GRAN")) == "CLEO");
  answer = ask(school.roster, "form:9B", {"grandmother"});
  CHECK(recipient(answer, "GRAN").related[0].priority == 3);
  CHECK(codes(ask(school.roster, "form:9B", {"prime"})) == "MARY");
  CHECK(codes(ask(school.roster, "form:9C", {"prime"})) == "GRAN OMAR");
  school.roster.relate(school.ben, school.gran, "grandmother").priority(2);
  school.roster.relate(school.ben, school.gran, "guardian", "hand").prime();
  CHECK(codes(ask(school.roster, "form:7A", {"prime"})) == "MARY");
  // A court order counts whoever says it.
  school.roster.relate(school.ada, school.john, "father", "hand").court_order();
  answer = ask(school.roster, "form:9B", {"father"}, {Channel::email, Channel::inbox});
  CHECK(way(answer, "JOHN", Channel::email) == "[court-order]");
  CHECK(way(answer, "JOHN", Channel::inbox) == "[court-order]");
}

TEST_CASE("R3, A4: what is told of a pupil goes to no address that somebody barred from the pupil reads") {
  RosterBuilder roster;
  auto ada = roster.pupil("ADA", "Ada", "Dyer").form("9B").email("family@example.org");
  auto ben = roster.pupil("BEN", "Ben", "Dyer").form("7A");
  auto mary = roster.contact("MARY", "Mary", "Dyer").email("family@example.org");
  auto john = roster.contact("JOHN", "John", "Dyer").email("Family@example.org");
  roster.relate(ada, mary, "mother");
  roster.relate(ben, mary, "mother");
  roster.relate(ada, john, "father").court_order();
  roster.relate(ben, john, "father");
  // Not even where --to does not name him.
  CHECK(way(ask(roster, "form:9B", {"mother"}), "MARY", Channel::email) == "[court-order]");
  CHECK(way(ask(roster, "form:9B"), "ADA", Channel::email) == "[court-order]");
  CHECK(way(ask(roster, "form:7A", {"mother"}), "MARY", Channel::email) == "family@example.org");
  mary.email("mary@work.example");
  CHECK(way(ask(roster, "form:9B", {"mother"}), "MARY", Channel::email) == "mary@work.example");
  // He himself hears of the other child there.
  const auto answer = ask(roster, "all", {"parent"});
  CHECK(way(answer, "JOHN", Channel::email) == "Family@example.org");
  CHECK(related(recipient(answer, "JOHN")) == "BEN");
  CHECK(way(answer, "MARY", Channel::email) == "mary@work.example");
}

TEST_CASE("D1: a contact who has left hears nothing more") {
  RosterBuilder roster;
  roster.school("OAK");
  auto ada = roster.pupil("ADA", "Ada", "Dyer").form("9B");
  auto gone = roster.contact("GONE", "Gus", "Dyer").email("gus@example.org").status(PersonStatus::leaver);
  auto moved = roster.contact("OAKY", "Olga", "Dyer", "OAK").email("olga@example.org");
  roster.relate(ada, gone, "father");
  roster.relate(ada, moved, "mother");
  auto answer = ask(roster, "form:9B", {"parent"});
  CHECK(way(answer, "GONE", Channel::email) == "[leaver]");
  CHECK(related(recipient(answer, "GONE")) == "ADA");
  CHECK(way(answer, "OAKY", Channel::email) == "olga@example.org");
  gone.place(PersonKind::staff, "CAM");
  CHECK(way(ask(roster, "form:9B", {"parent"}), "GONE", Channel::email) == "gus@example.org");
}

TEST_CASE("R4, D9: every reason that an address can give") {
  RosterBuilder roster;
  auto ada = roster.pupil("ADA", "Ada", "Dyer").form("9B");
  const auto contact = [&](const char* code) {
    auto made = roster.contact(code, code, "Dyer");
    roster.relate(ada, made, "parent");
    return made;
  };
  contact("NONE");
  contact("BAD").invalid(AddressKind::email, "mum@").invalid(AddressKind::phone, "7.91E+09");
  contact("BAD2").invalid(AddressKind::email, "x@").email("second@example.org");
  contact("BLOCK1").email("gone@example.org").mobile("+447400100011").wechat("wx1");
  contact("BLOCK2").email("gone@example.org").email("spare@example.org");
  contact("SPAM").email("angry@example.org");
  contact("LAND").landline("+441223100001");
  contact("US").address(AddressKind::phone, "+12025550101", PhoneLine::mobile_or_landline);
  contact("NOSMS").address(AddressKind::phone, "+447400100012", PhoneLine::mobile, false);
  contact("FLAG")
      .mobile("+447400100013")
      .address(AddressKind::phone, "+447400100014", PhoneLine::mobile, true);
  contact("OTHER").address(AddressKind::phone, "+447000100015", PhoneLine::other, true);
  contact("FLAGLAND").address(AddressKind::phone, "+441223100002", PhoneLine::landline, true);
  contact("ODD").email("odd@example.org");
  roster.block(AddressKind::email, "gone@example.org", "blocked-bounce");
  roster.block(AddressKind::email, "angry@example.org", "blocked-spam");
  roster.block(AddressKind::email, "odd@example.org", "something-newer");
  roster.block(AddressKind::phone, "+447400100011", "blocked-text-failure");
  const auto answer = ask(roster, "form:9B", {"parent"},
                          {Channel::email, Channel::sms, Channel::voice, Channel::wechat, Channel::alert});
  CHECK(way(answer, "NONE", Channel::email) == "[no-address]");
  CHECK(way(answer, "NONE", Channel::sms) == "[no-address]");
  CHECK(way(answer, "NONE", Channel::voice) == "[no-address]");
  CHECK(way(answer, "NONE", Channel::wechat) == "[not-registered]");
  CHECK(way(answer, "NONE", Channel::alert) == "[no-address]");
  CHECK(way(answer, "BAD", Channel::email) == "[invalid-address]");
  CHECK(recipient(answer, "BAD").channels.at(Channel::email).address == "mum@");
  CHECK(way(answer, "BAD", Channel::sms) == "[invalid-address]");
  CHECK(way(answer, "BAD2", Channel::email) == "second@example.org");
  CHECK(way(answer, "BLOCK1", Channel::email) == "[blocked-bounce]");
  CHECK(way(answer, "BLOCK1", Channel::sms) == "[blocked-text-failure]");
  CHECK(way(answer, "BLOCK1", Channel::voice) == "+447400100011");
  CHECK(way(answer, "BLOCK1", Channel::wechat) == "wx1");
  CHECK(way(answer, "BLOCK2", Channel::email) == "spare@example.org");
  CHECK(way(answer, "SPAM", Channel::email) == "[blocked-spam]");
  CHECK(way(answer, "ODD", Channel::email) == "[disabled]");
  CHECK(way(answer, "LAND", Channel::sms) == "[not-for-sms]");
  CHECK(way(answer, "LAND", Channel::voice) == "+441223100001");
  CHECK(way(answer, "US", Channel::sms) == "+12025550101");
  CHECK(way(answer, "NOSMS", Channel::sms) == "[not-for-sms]");
  CHECK(way(answer, "FLAG", Channel::sms) == "+447400100014");
  CHECK(way(answer, "FLAG", Channel::voice) == "+447400100013");
  CHECK(way(answer, "OTHER", Channel::sms) == "+447000100015");
  CHECK(way(answer, "FLAGLAND", Channel::sms) == "[not-for-sms]");
}

TEST_CASE("R7, M3: opt-outs of everything, a channel, a category") {
  RosterBuilder roster;
  const auto staff = [&](const char* code) {
    return roster.staff(code, code, "Staff")
        .email(std::string(code) + "@school.example")
        .mobile("+447400100001");
  };
  staff("ALL").opt_out();
  staff("SMS").opt_out("sms");
  staff("INFO").opt_out("", "informational");
  staff("PERIODIC").opt_out("email", "periodic");
  staff("EMPTY").opt_out("voice");
  auto nobody = roster.staff("NOADDR", "No", "Staff").opt_out();
  ResolveRequest request;
  request.expression = "staff:all";
  request.via = {Channel::email, Channel::sms, Channel::alert};
  const auto profiles = roster.profiles();
  const auto answer = resolve(roster.store(), profiles, request);
  CHECK(way(answer, "ALL", Channel::email) == "[opted-out]");
  CHECK(way(answer, "ALL", Channel::alert) == "[opted-out]");
  CHECK(way(answer, "NOADDR", Channel::email) == "[opted-out]");
  CHECK(way(answer, "SMS", Channel::sms) == "[opted-out]");
  CHECK(way(answer, "SMS", Channel::email) == "SMS@school.example");
  CHECK(way(answer, "INFO", Channel::email) == "[opted-out]");
  CHECK(way(answer, "PERIODIC", Channel::email) == "PERIODIC@school.example");
  CHECK(way(answer, "EMPTY", Channel::alert) == "EMPTY");
  request.category = Category::periodic;
  const auto periodic = resolve(roster.store(), profiles, request);
  CHECK(way(periodic, "INFO", Channel::email) == "INFO@school.example");
  CHECK(way(periodic, "PERIODIC", Channel::email) == "[opted-out]");
  CHECK(way(periodic, "PERIODIC", Channel::sms) == "+447400100001");
  request.priority = Priority::emergency;
  const auto emergency = resolve(roster.store(), profiles, request);
  CHECK(way(emergency, "PERIODIC", Channel::email) == "PERIODIC@school.example");
  CHECK(way(emergency, "ALL", Channel::email) == "[opted-out]");
  CHECK(way(emergency, "SMS", Channel::sms) == "[opted-out]");
}
