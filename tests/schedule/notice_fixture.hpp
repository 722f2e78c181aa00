// A school with a class, two families and a gradebook, and what its notices are asked for in tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schedule/notice.hpp"
#include "support/gradebook_builder.hpp"
#include "support/roster_builder.hpp"

namespace crier::test {

using schedule::Notice;
using schedule::NoticeRecipient;

inline config::Schedule weekly(config::NoticeKind kind = config::NoticeKind::missing_assignments) {
  config::Schedule schedule;
  schedule.file = "schedules/weekly.toml";
  schedule.name = "weekly";
  schedule.kind = kind;
  return schedule;
}

/// A school with a class, two pupils of one family in it, and a third in another family. Runs are on Friday
/// 27 November 2026 at 16:00; the window is 13–26 November.
struct SchoolFixture {
  SchoolFixture() {
    maths.member(ada).member(ben).member(carl);
    roster.relate(ada, mary, "mother");
    roster.relate(ben, mary, "mother");
    roster.relate(carl, pat, "father");
    roster.store();
  }

  Notice run(const config::Schedule& schedule = weekly()) {
    return schedule::make_notice(roster.store(), settings, roster.profiles(settings), schedule, friday);
  }
  /// Work that the pupil has not handed in.
  std::int64_t missing(const test::PersonBuilder& pupil, std::string_view title = "Fractions",
                       std::string_view due = "2026-11-20") {
    const auto work = book.assignment(maths.id(), title, due, 20.0);
    mark = book.mark(work, pupil.id(), "not-submitted");
    return work;
  }
  /// What the caller does with a notice: a message, deliveries in this state, the ledger's rows.
  std::vector<std::int64_t> store_notice(const Notice& notice, DeliveryState state) {
    auto& store = roster.store();
    const auto message = book.message(notice.school);
    std::vector<std::int64_t> deliveries;
    for (const auto& one : notice.recipients) {
      const auto& address = one.recipient.channels.at(Channel::email).address;
      deliveries.push_back(
          book.delivery(message, notice.school, one.recipient.person, Channel::email, state, address));
      store::insert_told(store, notice.kind, message, one.told);
    }
    return deliveries;
  }

  RosterBuilder roster;
  test::PersonBuilder ada = roster.pupil("ADA001", "Ada", "Dyer").year("9").form("9B");
  test::PersonBuilder ben = roster.pupil("BEN001", "Ben", "Dyer").year("7").form("7A");
  test::PersonBuilder carl = roster.pupil("CAR001", "Carl", "Olsen").year("9").form("9C");
  test::PersonBuilder mary = roster.contact("C-1", "Mary", "Dyer").title("Mrs").email("mary@example.org");
  test::PersonBuilder pat = roster.contact("C-2", "Pat", "Olsen").email("pat@example.org");
  test::GroupBuilder maths = roster.group("9X/Ma1", "class");
  config::Settings settings;
  GradebookBuilder book{roster.store()};
  std::int64_t mark = 0;
  LocalTime friday = *parse_local("2026-11-27T16:00:00");
};

using Names = std::vector<std::string>;

inline Names codes(const Notice& notice) {
  Names found;
  for (const auto& one : notice.recipients) found.push_back(one.recipient.code);
  return found;
}

inline Names pupils(const NoticeRecipient& one) {
  Names found;
  for (const auto& pupil : one.recipient.related) found.push_back(pupil.code);
  return found;
}

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace crier::test
