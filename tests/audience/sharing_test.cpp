// A4: what a shared address may be told, and how many copies go there.
#include "audience/resolve.hpp"
#include "school.hpp"

using namespace crier;
using namespace crier::audience;
using namespace crier::test;

TEST_CASE("A4: parents of the same children get one copy, though only one of them was asked for each child") {
  RosterBuilder roster;
  auto ada = roster.pupil("ADA", "Ada", "Dyer");
  auto ben = roster.pupil("BEN", "Ben", "Dyer");
  auto mary = roster.contact("C1", "Mary", "Dyer").email("home@example.org");
  auto john = roster.contact("C2", "John", "Dyer").email("home@example.org");
  roster.relate(ada, mary, "mother");
  roster.relate(ben, mary, "mother");
  roster.relate(ada, john, "father");
  auto second = roster.relate(ben, john, "father").priority(2);
  // John is asked for Ada alone, but may know of Ben: the copy that names both is for both.
  auto answer = ask(roster, "all", {"rank1"});
  CHECK(related(recipient(answer, "C1")) == "ADA BEN");
  CHECK(way(answer, "C2", Channel::email) == "[duplicate]");
  // Not where he may not know of Ben: then the copy that names Ben is not for this mailbox at all.
  second.court_order();
  answer = ask(roster, "all", {"rank1"});
  CHECK(way(answer, "C1", Channel::email) == "[court-order]");
  CHECK(way(answer, "C2", Channel::email) == "home@example.org");
  CHECK(related(recipient(answer, "C2")) == "ADA");
}

TEST_CASE("A4: a step-family at one mailbox gets copies of their own") {
  RosterBuilder roster;
  auto ada = roster.pupil("ADA", "Ada", "Dyer");
  auto ben = roster.pupil("BEN", "Ben", "Dyer");
  auto mary = roster.contact("C1", "Mary", "Dyer").email("home@example.org");
  auto pete = roster.contact("C2", "Pete", "Stone").email("home@example.org");
  roster.relate(ada, mary, "mother");
  roster.relate(ben, mary, "mother");
  roster.relate(ben, pete, "father");
  auto answer = ask(roster, "all", {"parent"});
  CHECK(related(recipient(answer, "C1")) == "ADA BEN");
  CHECK(way(answer, "C1", Channel::email) == "home@example.org");
  CHECK(related(recipient(answer, "C2")) == "BEN");
  CHECK(way(answer, "C2", Channel::email) == "home@example.org");
  // Each to their own address where they have another.
  mary.email("mary@example.org");
  answer = ask(roster, "all", {"parent"});
  CHECK(way(answer, "C1", Channel::email) == "mary@example.org");
  CHECK(way(answer, "C2", Channel::email) == "home@example.org");
}

TEST_CASE("A4: a mailbox that another family reads is taken only where there is no other") {
  RosterBuilder roster;
  auto ada = roster.pupil("ADA", "Ada", "Dyer").form("9B");
  auto mary = roster.contact("C1", "Mary", "Dyer").email("shared@example.org").email("mary@example.org");
  auto paul = roster.contact("C2", "Paul", "Dyer").email("shared@example.org");
  roster.relate(ada, mary, "mother");
  // Nobody of these is asked: a stranger, a stranger who has left, one of the family.
  CHECK(way(ask(roster, "form:9B", {"mother"}), "C1", Channel::email) == "mary@example.org");
  paul.status(PersonStatus::leaver);
  CHECK(way(ask(roster, "form:9B", {"mother"}), "C1", Channel::email) == "mary@example.org");
  roster.relate(ada, paul, "father");
  CHECK(way(ask(roster, "form:9B", {"mother"}), "C1", Channel::email) == "shared@example.org");
  // The other one is blocked: better a copy of her own, addressed by name, than none.
  RosterBuilder other;
  auto ben = other.pupil("BEN", "Ben", "Dyer");
  auto ann = other.contact("C1", "Ann", "Dyer").email("shared@example.org").email("ann@example.org");
  other.contact("C2", "Olga", "Stone").email("shared@example.org");
  other.relate(ben, ann, "mother");
  other.block(AddressKind::email, "ann@example.org", "blocked-bounce");
  CHECK(way(ask(other, "all", {"mother"}), "C1", Channel::email) == "shared@example.org");
}

TEST_CASE("A4: a pupil who hears at the own address, not at one that a stranger reads") {
  RosterBuilder roster;
  auto ada = roster.pupil("ADA", "Ada", "Dyer").email("shared@example.org").email("ada@example.org");
  auto mary = roster.contact("C1", "Mary", "Dyer").email("shared@example.org");
  CHECK(way(ask(roster, "all"), "ADA", Channel::email) == "ada@example.org");
  roster.relate(ada, mary, "mother");
  CHECK(way(ask(roster, "all"), "ADA", Channel::email) == "shared@example.org");
  // A number flagged for SMS that a stranger reads is not better than one that is not.
  auto ben = roster.pupil("BEN", "Ben", "Stone")
                 .address(AddressKind::phone, "+447400100001", PhoneLine::mobile, true)
                 .mobile("+447400100002");
  CHECK(way(ask(roster, "all", {}, {Channel::sms}), "BEN", Channel::sms) == "+447400100001");
  roster.contact("C2", "Olga", "Stone").mobile("+447400100001");
  CHECK(way(ask(roster, "all", {}, {Channel::sms}), "BEN", Channel::sms) == "+447400100002");
}

TEST_CASE("A4: parents at one mailbox who are named themselves get one copy, other contacts their own") {
  RosterBuilder roster;
  auto ada = roster.pupil("ADA", "Ada", "Dyer");
  auto ben = roster.pupil("BEN", "Ben", "Dyer");
  auto mary = roster.contact("C1", "Mary", "Dyer").email("home@example.org");
  auto john = roster.contact("C2", "John", "Dyer").email("home@example.org");
  auto olga = roster.contact("C3", "Olga", "Stone").email("home@example.org");
  roster.relate(ada, mary, "mother");
  auto father = roster.relate(ada, john, "father");
  roster.relate(ben, olga, "mother");
  auto answer = ask(roster, "contact:all");
  CHECK(way(answer, "C1", Channel::email) == "home@example.org");
  CHECK(way(answer, "C2", Channel::email) == "[duplicate]");
  CHECK(way(answer, "C3", Channel::email) == "home@example.org");
  father.court_order();
  answer = ask(roster, "contact:all");
  CHECK(way(answer, "C2", Channel::email) == "home@example.org");
}

TEST_CASE("A4, D1: duplicates are told over two schools") {
  RosterBuilder roster;
  roster.school("OAK");
  auto ada = roster.pupil("ADA", "Ada", "Dyer").place(PersonKind::pupil, "OAK");
  auto mary = roster.contact("K2", "Mary", "Dyer").email("home@example.org");
  auto john = roster.contact("K1", "John", "Dyer", "OAK").email("HOME@example.org");
  roster.relate(ada, mary, "mother");
  roster.relate(ada, john, "father");
  const auto answer = ask(roster, "all", {"parent"});
  CHECK(way(answer, "K1", Channel::email) == "HOME@example.org");
  CHECK(way(answer, "K2", Channel::email) == "[duplicate]");
}
