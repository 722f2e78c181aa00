// A small school for tests of the audience: two years, three forms, a few families, a leaver, a
// pre-admission.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audience_case.hpp"

namespace crier::test {

struct School {
  RosterBuilder roster;
  PersonBuilder ada, ben, cleo, dora, eve, tom, kim, mary, john, gran, omar;

  School()
      : ada(roster.pupil("ADA", "Ada", "Dyer").year("9").form("9B").house("Fir")),
        ben(roster.pupil("BEN", "Ben", "Dyer").year("7").form("7A").house("Elm")),
        cleo(roster.pupil("CLEO", "Cléo", "Đặng").year("9").form("9C").house("Elm").boarding("North")),
        dora(roster.pupil("DORA", "Dora", "Stone").year("10").form("10A").status(PersonStatus::leaver)),
        eve(roster.pupil("EVE", "Eve", "Future").year("9").form("9B").status(PersonStatus::pre_admission)),
        tom(roster.staff("TOM", "Tom", "Teach").email("tom@school.example")),
        kim(roster.staff("KIM", "Kim", "Clerk").email("kim@school.example")),
        mary(roster.contact("MARY", "Mary", "Dyer")
                 .title("Mrs")
                 .email("mary@example.org")
                 .mobile("+447400100001")),
        john(roster.contact("JOHN", "John", "Dyer").email("john@example.org")),
        gran(roster.contact("GRAN", "Rose", "Ableson").email("rose@example.org")),
        omar(roster.contact("OMAR", "Omar", "Đặng").email("omar@example.org")) {
    roster.relate(ada, mary, "mother");
    roster.relate(ben, mary, "mother");
    roster.relate(ada, john, "father").priority(2);
    roster.relate(ada, gran, "grandmother").priority(3);
    roster.relate(cleo, omar, "guardian");
    roster.group("Ski Trip 2018").member(ada).teacher(kim);
    roster.group("9X Maths", "class", "9X/Ma1").member(ada).member(cleo).teacher(tom);
    roster.group("Old Choir").member(ben).inactive();
  }

  std::string meant(std::string_view expression) { return codes(ask(roster, expression)); }
  std::string heard(std::string_view expression, std::vector<std::string> to) {
    return codes(ask(roster, expression, std::move(to)));
  }
};

}  // namespace crier::test
