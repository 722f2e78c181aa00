// R9: records that a school's system keeps of one guardian, and people who merely look alike.
#include "audience/resolve.hpp"
#include "school.hpp"
#include "store/merged_people.hpp"

using namespace crier;
using namespace crier::audience;
using namespace crier::test;

namespace {

/// A guardian stored once for each of two pupils.
struct Twice {
  RosterBuilder roster;
  PersonBuilder ann, ben, first, second;

  Twice()
      : ann(roster.pupil("ANN", "Ann", "Dyer").form("7A")),
        ben(roster.pupil("BEN", "Ben", "Dyer").form("9B")),
        first(roster.contact("C1", "Mary", "Dyer").email("mary@example.org")),
        second(roster.contact("C2", "MARY", "Dyér").email("Mary@example.org")) {
    roster.relate(ann, first, "mother");
    roster.relate(ben, second, "mother");
  }
};

std::vector<std::int64_t> withheld(const Resolution& answer, std::string_view code, Channel channel) {
  return recipient(answer, code).channels.at(channel).withheld;
}

}  // namespace

TEST_CASE("R9: a guardian stored once per child gets one copy that names all") {
  Twice school;
  auto answer = ask(school.roster, "all", {"parent"});
  CHECK(way(answer, "C1", Channel::email) == "mary@example.org");
  CHECK(related(recipient(answer, "C1")) == "ANN BEN");
  CHECK(way(answer, "C2", Channel::email) == "[duplicate]");
  CHECK(related(recipient(answer, "C2")) == "BEN");
  // Where one record is meant, it hears itself.
  answer = ask(school.roster, "form:9B", {"parent"});
  CHECK(way(answer, "C2", Channel::email) == "Mary@example.org");
  CHECK(related(recipient(answer, "C2")) == "BEN");
  // Contacts who are named themselves, on nobody's account.
  answer = ask(school.roster, "contact:all");
  CHECK(way(answer, "C1", Channel::email) == "mary@example.org");
  CHECK(way(answer, "C2", Channel::email) == "[duplicate]");
}

TEST_CASE("R9: the better priority, then the lower code, stands for them") {
  RosterBuilder roster;
  auto ann = roster.pupil("ANN", "Ann", "Dyer");
  auto ben = roster.pupil("BEN", "Ben", "Dyer");
  auto first = roster.contact("C1", "Mary", "Dyer").email("mary@example.org");
  auto second = roster.contact("C2", "Mary", "Dyer").email("mary@example.org");
  roster.relate(ann, first, "mother").priority(2);
  roster.relate(ben, second, "mother");
  const auto answer = ask(roster, "all", {"parent"});
  CHECK(way(answer, "C1", Channel::email) == "[duplicate]");
  CHECK(related(recipient(answer, "C2")) == "ANN BEN");
  CHECK(recipient(answer, "C2").related[0].priority == 2);
  CHECK(recipient(answer, "C2").related[1].priority == 1);
}

TEST_CASE("R9: no address shared, or another name, is not one") {
  RosterBuilder roster;
  auto ann = roster.pupil("ANN", "Ann", "Dyer");
  auto ben = roster.pupil("BEN", "Ben", "Dyer");
  roster.relate(ann, roster.contact("C1", "Mary", "Dyer").email("mary@example.org"), "mother");
  roster.relate(ben, roster.contact("C2", "Mary", "Dyer").email("m.dyer@example.org"), "mother");
  roster.relate(ben, roster.contact("C3", "Maria", "Dyer").email("mary@example.org"), "aunt");
  const auto answer = ask(roster, "all", {"associates"});
  CHECK(related(recipient(answer, "C1")) == "ANN");
  CHECK(way(answer, "C2", Channel::email) == "m.dyer@example.org");
  CHECK(way(answer, "C3", Channel::email) == "mary@example.org");
  CHECK(related(recipient(answer, "C3")) == "BEN");
}

TEST_CASE("R9, R3: a court order against one record holds for the person, on every path") {
  for (const bool barred_one_is_meant : {true, false}) {
    CAPTURE(barred_one_is_meant);
    Twice school;
    // Under the first record she may not hear of Ben, whose mother she is under the second.
    school.roster.relate(school.ben, school.first, barred_one_is_meant ? "mother" : "other").court_order();
    school.second.mobile("+447400100001").email("other@example.org");
    const std::vector<std::string> to{barred_one_is_meant ? "parent" : "mother"};
    auto answer = ask(school.roster, "form:9B", to, {Channel::email, Channel::sms, Channel::inbox});
    for (const auto channel : {Channel::email, Channel::sms, Channel::inbox}) {
      CHECK(way(answer, "C2", channel) == "[court-order]");
    }
    CHECK(recipient(answer, "C2").related.empty());
    answer = ask(school.roster, "all", to, {Channel::email, Channel::sms, Channel::inbox});
    CHECK(related(recipient(answer, "C1")) == "ANN");
    CHECK(way(answer, "C1", Channel::email) == "mary@example.org");
    CHECK(way(answer, "C2", Channel::sms) == "[court-order]");
    // Nor does anybody else hear of Ben where she reads, under whichever record.
    auto gran = school.roster.contact("GRAN", "Rose", "Dyer").email("OTHER@example.org");
    school.roster.relate(school.ben, gran, "grandmother");
    answer = ask(school.roster, "form:9B", {"grandmother"});
    CHECK(way(answer, "GRAN", Channel::email) == "[court-order]");
    // An emergency included.
    ResolveRequest request;
    request.expression = "all";
    request.to = {"associates"};
    request.priority = Priority::emergency;
    answer = resolve(school.roster.store(), school.roster.profiles(), request);
    CHECK(way(answer, "C2", Channel::email) == "[court-order]");
    CHECK(way(answer, "GRAN", Channel::email) == "[court-order]");
  }
}

TEST_CASE("R9, R3: a court order on a record that has left holds too") {
  Twice school;
  school.first.status(PersonStatus::leaver);
  school.roster.relate(school.ben, school.first, "mother").court_order();
  const auto answer = ask(school.roster, "form:9B", {"parent"});
  CHECK(way(answer, "C2", Channel::email) == "[court-order]");
}

TEST_CASE("R9, R7: an opt-out or refused consent of one record is the person's") {
  Twice school;
  school.second.opt_out("email");
  school.first.mobile("+447400100001");
  auto answer = ask(school.roster, "all", {"parent"}, {Channel::email, Channel::sms});
  CHECK(way(answer, "C1", Channel::email) == "[opted-out]");
  CHECK(way(answer, "C2", Channel::email) == "[opted-out]");
  CHECK(way(answer, "C1", Channel::sms) == "+447400100001");
  // The other record is not in the audience.
  answer = ask(school.roster, "form:7A", {"parent"}, {Channel::email, Channel::sms});
  CHECK(way(answer, "C1", Channel::email) == "[opted-out]");
  school.second.refuse_consent("contract");
  answer = ask(school.roster, "form:7A", {"parent"}, {Channel::email, Channel::sms});
  CHECK(way(answer, "C1", Channel::email) == "[no-consent]");
  CHECK(way(answer, "C1", Channel::sms) == "[no-consent]");
}

TEST_CASE("R9, R7: one category that one record opted out of") {
  Twice school;
  school.second.opt_out("", "periodic");
  ResolveRequest request;
  request.expression = "form:7A";
  request.to = {"parent"};
  const auto profiles = school.roster.profiles();
  CHECK(way(resolve(school.roster.store(), profiles, request), "C1", Channel::email) == "mary@example.org");
  request.category = Category::periodic;
  CHECK(way(resolve(school.roster.store(), profiles, request), "C1", Channel::email) == "[opted-out]");
}

TEST_CASE("R9: a blocked address is no way to any record, the other address is one for all") {
  Twice school;
  school.roster.block(AddressKind::email, "mary@example.org", "blocked-bounce");
  auto answer = ask(school.roster, "all", {"parent"});
  CHECK(way(answer, "C1", Channel::email) == "[blocked-bounce]");
  CHECK(way(answer, "C2", Channel::email) == "[blocked-bounce]");
  school.second.email("new@example.org");
  answer = ask(school.roster, "all", {"parent"});
  CHECK(way(answer, "C1", Channel::email) == "[duplicate]");
  CHECK(way(answer, "C2", Channel::email) == "new@example.org");
  CHECK(related(recipient(answer, "C2")) == "ANN BEN");
}

TEST_CASE("R9: one copy at the address that all records have, though one has another before it") {
  RosterBuilder roster;
  auto ann = roster.pupil("ANN", "Ann", "Dyer");
  auto ben = roster.pupil("BEN", "Ben", "Dyer");
  auto first = roster.contact("C1", "Mary", "Dyer").email("work@example.org").email("mary@example.org");
  auto second = roster.contact("C2", "Mary", "Dyer").email("mary@example.org");
  roster.relate(ann, first, "mother");
  roster.relate(ben, second, "mother");
  const auto answer = ask(roster, "all", {"parent"});
  CHECK(way(answer, "C1", Channel::email) == "mary@example.org");
  CHECK(related(recipient(answer, "C1")) == "ANN BEN");
  CHECK(way(answer, "C2", Channel::email) == "[duplicate]");
}

TEST_CASE("R9, A4: father and son of one name are one at the household's mailbox, and two elsewhere") {
  RosterBuilder roster;
  auto pat = roster.pupil("PAT", "Pat", "Smith");
  auto quin = roster.pupil("QUIN", "Quin", "Smith");
  auto father = roster.contact("C1", "John", "Smith").email("home@example.org").mobile("+447400100001");
  auto son = roster.contact("C2", "John", "Smith").email("home@example.org").mobile("+447400100002");
  roster.relate(pat, father, "father");
  roster.relate(quin, son, "father");
  const auto answer = ask(roster, "all", {"parent"}, {Channel::email, Channel::sms, Channel::inbox});
  CHECK(way(answer, "C1", Channel::email) == "home@example.org");
  CHECK(related(recipient(answer, "C1")) == "PAT QUIN");
  CHECK(way(answer, "C2", Channel::email) == "[duplicate]");
  CHECK(withheld(answer, "C1", Channel::email).empty());
  // Each is told on the own telephone of the own child alone.
  CHECK(way(answer, "C1", Channel::sms) == "+447400100001");
  CHECK(withheld(answer, "C1", Channel::sms) == std::vector<std::int64_t>{quin.id()});
  CHECK(related(named_on(recipient(answer, "C1"), Channel::sms)) == "PAT");
  CHECK(way(answer, "C2", Channel::sms) == "+447400100002");
  CHECK(related(recipient(answer, "C2")) == "QUIN");
  CHECK(withheld(answer, "C1", Channel::inbox) == std::vector<std::int64_t>{quin.id()});
  CHECK(way(answer, "C2", Channel::inbox) == "C2");
  // Asked about alone, the telephone says the same.
  const auto by_sms = ask(roster, "all", {"parent"}, {Channel::sms});
  CHECK(related(recipient(by_sms, "C1")) == "PAT");
  CHECK(related(recipient(by_sms, "C2")) == "QUIN");
}

TEST_CASE("R9: a record without an address is heard for at the other's") {
  RosterBuilder roster;
  auto ann = roster.pupil("ANN", "Ann", "Dyer");
  auto ben = roster.pupil("BEN", "Ben", "Dyer");
  auto first = roster.contact("C1", "Mary", "Dyer").email("mary@example.org");
  auto second = roster.contact("C2", "Mary", "Dyer").email("mary@example.org").mobile("+447400100001");
  roster.relate(ann, first, "mother");
  roster.relate(ben, second, "mother");
  const auto answer = ask(roster, "all", {"parent"}, {Channel::email, Channel::sms});
  CHECK(way(answer, "C1", Channel::sms) == "[duplicate]");
  CHECK(way(answer, "C2", Channel::sms) == "+447400100001");
  CHECK(related(named_on(recipient(answer, "C2"), Channel::sms)) == "ANN BEN");
  CHECK(related(named_on(recipient(answer, "C1"), Channel::email)) == "ANN BEN");
}

TEST_CASE("R9: three records in a chain are one person") {
  RosterBuilder roster;
  auto ann = roster.pupil("ANN", "Ann", "Dyer").form("7A");
  auto ben = roster.pupil("BEN", "Ben", "Dyer").form("8A");
  auto cal = roster.pupil("CAL", "Cal", "Dyer").form("9A");
  auto one = roster.contact("C1", "Mary", "Dyer").email("mary@example.org");
  auto two = roster.contact("C2", "Mary", "Dyer").email("mary@example.org").mobile("+447400100001");
  auto three = roster.contact("C3", "Mary", "Dyer").mobile("+447400100001");
  roster.relate(ann, one, "mother");
  roster.relate(ben, two, "mother");
  roster.relate(cal, three, "mother");
  auto answer = ask(roster, "all", {"parent"});
  CHECK(related(recipient(answer, "C1")) == "ANN BEN CAL");
  CHECK(way(answer, "C2", Channel::email) == "[duplicate]");
  CHECK(way(answer, "C3", Channel::email) == "[duplicate]");
  // What forbids one forbids all, though the one between is not in the audience.
  roster.relate(cal, one, "mother").court_order();
  answer = ask(roster, "form:9A", {"parent"}, {Channel::sms});
  CHECK(way(answer, "C3", Channel::sms) == "[court-order]");
  answer = ask(roster, "form:7A or form:9A", {"parent"}, {Channel::email});
  CHECK(related(recipient(answer, "C1")) == "ANN");
  CHECK(way(answer, "C3", Channel::email) == "[court-order]");
  one.opt_out();
  answer = ask(roster, "form:8A", {"parent"}, {Channel::sms});
  CHECK(way(answer, "C2", Channel::sms) == "[opted-out]");
}

TEST_CASE("R9: records in two schools are one person") {
  RosterBuilder roster;
  roster.school("OAK");
  auto ann = roster.pupil("ANN", "Ann", "Dyer");
  auto ben = roster.pupil("BEN", "Ben", "Dyer", "OAK");
  auto here = roster.contact("C1", "Mary", "Dyer").email("mary@example.org");
  auto there = roster.contact("K1", "Mary", "Dyer", "OAK").email("mary@example.org");
  roster.relate(ann, here, "mother");
  roster.relate(ben, there, "mother");
  auto answer = ask(roster, "all", {"parent"});
  CHECK(related(recipient(answer, "C1")) == "ANN BEN");
  CHECK(way(answer, "K1", Channel::email) == "[duplicate]");
  // C12: a school's own message names its own children alone; the opt-out at the other holds.
  ResolveRequest request;
  request.expression = "all";
  request.to = {"parent"};
  request.schools = {roster.school_id("OAK")};
  const auto profiles = roster.profiles();
  answer = resolve(roster.store(), profiles, request);
  CHECK(codes(answer) == "K1");
  CHECK(related(recipient(answer, "K1")) == "BEN");
  here.opt_out();
  answer = resolve(roster.store(), profiles, request);
  CHECK(way(answer, "K1", Channel::email) == "[opted-out]");
}

TEST_CASE("R9: nobody barred is told through a record without an address") {
  Twice school;
  auto gone = school.roster.contact("DAD", "Dan", "Dyer").email("mary@example.org");
  school.roster.relate(school.ben, gone, "father").court_order();
  // Ben's father reads Mary's mailbox: there she hears of Ann only, under either record.
  auto answer = ask(school.roster, "all", {"mother"});
  CHECK(related(recipient(answer, "C1")) == "ANN");
  CHECK(way(answer, "C1", Channel::email) == "mary@example.org");
  CHECK(way(answer, "C2", Channel::email) == "[court-order]");
  school.second.email("own@example.org");
  answer = ask(school.roster, "all", {"mother"});
  CHECK(way(answer, "C2", Channel::email) == "own@example.org");
  CHECK(related(recipient(answer, "C2")) == "BEN");
  CHECK(related(recipient(answer, "C1")) == "ANN");
}

namespace {

/// Two records of other names and addresses that the office has merged.
void merge(RosterBuilder& roster, const PersonBuilder& one, const PersonBuilder& other) {
  const std::vector<std::int64_t> people{one.id(), other.id()};
  store::Transaction transaction(roster.store());
  store::merge_people(roster.store(), people, "test", Instant{});
  transaction.commit();
}

}  // namespace

TEST_CASE("R9, A4: merged records of other names and addresses get one copy that names all") {
  RosterBuilder roster;
  auto ann = roster.pupil("ANN", "Ann", "Dyer").form("7A");
  auto ben = roster.pupil("BEN", "Ben", "Dyer").form("9B");
  auto first = roster.contact("C1", "Mary", "Dyer").email("mary@example.org");
  auto second = roster.contact("C2", "Molly", "Roy").email("molly@example.org").mobile("+447400100001");
  roster.relate(ann, first, "mother");
  roster.relate(ben, second, "mother");
  CHECK(way(ask(roster, "all", {"parent"}), "C2", Channel::email) == "molly@example.org");
  merge(roster, first, second);
  const auto answer = ask(roster, "all", {"parent"}, {Channel::email, Channel::sms});
  CHECK(way(answer, "C1", Channel::email) == "mary@example.org");
  CHECK(related(recipient(answer, "C1")) == "ANN BEN");
  CHECK(way(answer, "C2", Channel::email) == "[duplicate]");
  // Only one of the records has a number: it speaks there for both.
  CHECK(way(answer, "C2", Channel::sms) == "+447400100001");
}

TEST_CASE("R9, R3: what forbids one merged record forbids those that agree with it, in however many steps") {
  RosterBuilder roster;
  auto ann = roster.pupil("ANN", "Ann", "Dyer").form("7A");
  auto first = roster.contact("C1", "Mary", "Dyer").email("mary@example.org");
  auto second = roster.contact("C2", "Molly", "Roy").email("molly@example.org");
  auto third = roster.contact("C3", "Molly", "Roy").email("molly@example.org");
  roster.relate(ann, first, "mother");
  roster.relate(ann, third, "mother").court_order();
  CHECK(way(ask(roster, "all", {"parent"}), "C1", Channel::email) == "mary@example.org");
  merge(roster, first, second);
  const auto answer = ask(roster, "all", {"parent"}, {Channel::email, Channel::inbox});
  CHECK(way(answer, "C1", Channel::email) == "[court-order]");
  CHECK(way(answer, "C1", Channel::inbox) == "[court-order]");
  // An opt-out of a record that is nobody's contact here.
  RosterBuilder other;
  auto ben = other.pupil("BEN", "Ben", "Dyer");
  auto mary = other.contact("C1", "Mary", "Dyer").email("mary@example.org");
  auto molly = other.contact("C2", "Molly", "Roy");
  other.relate(ben, mary, "mother");
  molly.opt_out();
  CHECK(way(ask(other, "all", {"parent"}), "C1", Channel::email) == "mary@example.org");
  merge(other, mary, molly);
  CHECK(way(ask(other, "all", {"parent"}), "C1", Channel::email) == "[opted-out]");
}

TEST_CASE("R9, R3: a merged copy does not go to a mailbox that is closed for one of the pupils") {
  RosterBuilder roster;
  auto ann = roster.pupil("ANN", "Ann", "Dyer");
  auto ben = roster.pupil("BEN", "Ben", "Dyer");
  auto first = roster.contact("C1", "Mary", "Dyer").email("family@example.org");
  auto second = roster.contact("C2", "Molly", "Roy").email("molly@example.org");
  auto barred = roster.contact("C3", "Fred", "Fell").email("family@example.org");
  roster.relate(ann, first, "mother");
  roster.relate(ben, second, "mother");
  roster.relate(ben, barred, "father").court_order();
  merge(roster, first, second);
  const auto answer = ask(roster, "all", {"mother"});
  CHECK(related(recipient(answer, "C1")) == "ANN");
  CHECK(way(answer, "C2", Channel::email) == "molly@example.org");
  CHECK(related(recipient(answer, "C2")) == "BEN");
}
