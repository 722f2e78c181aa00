// Attendance, payments, behaviour and surveys of a mapped export (R8), and its timetable (R5).
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "intake/csv_walk.hpp"

namespace crier::intake {
namespace {

using config::MapKind;
using store::DailyTable;

/// What a school of that country pays in, where the map does not say.
std::string_view currency_of(std::string_view country) {
  struct Entry {
    std::string_view country;
    std::string_view currency;
  };
  static constexpr std::array entries{
      Entry{"GB", "GBP"}, Entry{"US", "USD"}, Entry{"CA", "CAD"}, Entry{"AU", "AUD"}, Entry{"NZ", "NZD"},
      Entry{"CN", "CNY"}, Entry{"HK", "HKD"}, Entry{"CH", "CHF"}, Entry{"IE", "EUR"}, Entry{"DE", "EUR"},
      Entry{"FR", "EUR"}, Entry{"ES", "EUR"}, Entry{"IT", "EUR"}, Entry{"NL", "EUR"}, Entry{"BE", "EUR"},
      Entry{"AT", "EUR"}, Entry{"PT", "EUR"}, Entry{"FI", "EUR"}};
  for (const auto& entry : entries) {
    if (entry.country == country) return entry.currency;
  }
  return "";
}

/// ISO: 1 Monday; 0 where it is no day of the week.
int weekday_of(std::string_view text) {
  static constexpr std::array<std::string_view, 7> days{"monday", "tuesday",  "wednesday", "thursday",
                                                        "friday", "saturday", "sunday"};
  const auto word = fold(text);
  if (word.size() == 1 && word.front() >= '1' && word.front() <= '7') return word.front() - '0';
  if (word.size() < 2) return 0;
  for (std::size_t i = 0; i < days.size(); ++i) {
    // Mon, Tue, Tues, Wed, Weds, Thur, …: two letters tell all days apart.
    if (days[i].starts_with(word) || (word == "weds" && i == 2)) return static_cast<int>(i) + 1;
  }
  return 0;
}

std::optional<int> number_of(std::string_view digits) {
  int value = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = fault == std::errc() && end == digits.data() + digits.size() && digits.size() <= 2;
  return whole ? std::optional(value) : std::nullopt;
}

/// `9:05`, `09.05`, `09:05:00`, `0905`, `9:05 am` as `09:05`; empty where it is no time of the day.
std::string clock_of_text(std::string_view text) {
  auto word = to_lower(trim_invisible(text));
  const bool morning = word.ends_with("am");
  const bool evening = word.ends_with("pm");
  if (morning || evening) word = trim_invisible(std::string(word, 0, word.size() - 2));
  std::replace(word.begin(), word.end(), '.', ':');
  if (word.find(':') == std::string::npos && word.size() >= 3) word.insert(word.size() - 2, ":");
  const auto parts = split(word, ':');
  if (parts.size() < 2 || parts.size() > 3 || parts[1].size() != 2) return "";
  auto hour = number_of(parts[0]);
  const auto minute = number_of(parts[1]);
  const auto second = parts.size() == 3 ? number_of(parts[2]) : 0;
  if (!hour || !minute || !second || *hour < 0 || *minute < 0 || *minute > 59 || *second < 0 ||
      *second > 59) {
    return "";
  }
  if (morning || evening) {
    if (*hour < 1 || *hour > 12) return "";
    hour = *hour % 12 + (evening ? 12 : 0);
  }
  return *hour > 23 ? "" : fmt::format("{:02}:{:02}", *hour, *minute);
}

}  // namespace

void CsvReader::read_daily() {
  struct Step {
    MapKind kind;
    DailyTable table;
    void (CsvReader::*read)(CsvRows&);
  };
  static constexpr std::array steps{
      Step{MapKind::attendance, DailyTable::attendance, &CsvReader::read_attendance},
      Step{MapKind::payments, DailyTable::payment, &CsvReader::read_payment},
      Step{MapKind::behaviour, DailyTable::behaviour, &CsvReader::read_behaviour},
      Step{MapKind::survey, DailyTable::respondent, &CsvReader::read_respondent},
      Step{MapKind::timetable, DailyTable::timetable_slot, &CsvReader::read_slot}};
  for (const auto& step : steps) {
    const auto parts = parts_of(step.kind);
    if (parts.empty()) continue;
    stage_.daily().brings(step.table);
    for (const auto part : parts) {
      walk(part, [&](CsvRows& rows) {
        while (rows.next()) (this->*step.read)(rows);
        rows_ += rows.rows();
      });
    }
    if (is_complete(step.kind)) stage_.daily().complete(step.table);
  }
}

/// The source's id of the row, else what makes it one.
std::string CsvReader::daily_id(CsvRows& rows, std::string natural) {
  auto id = rows.text(rows.fact("id"));
  return id.empty() ? natural : id;
}

bool CsvReader::is_repeated(CsvRows& rows, DailyTable table, const std::string& id) {
  const auto [at, fresh] = daily_ids_[static_cast<std::size_t>(table)].try_emplace(id, rows.line());
  if (fresh) return false;
  rows.error(rows.fact("id"), id, "duplicate-id",
             fmt::format("The row is left out: line {} is the same one.", at->second));
  return true;
}

void CsvReader::read_attendance(CsvRows& rows) {
  const auto pupil = person_of(rows, rows.fact("pupil"), Wanted::pupil);
  if (!pupil) return;
  AttendanceFact fact;
  fact.pupil = *pupil;
  fact.day = rows.date(rows.fact("day"));
  if (fact.day.empty()) {
    if (!rows.flawed())
      rows.error(rows.fact("day"), "", "missing-date", "The row is left out: it has no day.");
    return;
  }
  fact.session = rows.text(rows.fact("session"));
  fact.code = rows.text(rows.fact("code"));
  const auto absent = rows.truth(rows.fact("absent"));
  // Whether somebody is missing must not be guessed.
  if (!absent) {
    if (!rows.flawed()) {
      rows.error(rows.fact("absent"), "", "no-mark",
                 "The row is left out: it says neither present nor absent.");
    }
    return;
  }
  fact.absent = *absent;
  fact.explained = rows.truth(rows.fact("explained")).value_or(false);
  const auto id =
      daily_id(rows, fmt::format("{}|{}|{}", rows.text(rows.fact("pupil")), fact.day, fold(fact.session)));
  if (is_repeated(rows, DailyTable::attendance, id)) return;
  fact.source_id = id;
  stage_.daily().add(fact);
}

void CsvReader::read_payment(CsvRows& rows) {
  const auto pupil = person_of(rows, rows.fact("pupil"), Wanted::pupil);
  if (!pupil) return;
  PaymentFact fact;
  fact.pupil = *pupil;
  fact.item = rows.text(rows.fact("item"));
  fact.due = rows.date(rows.fact("due"));
  const auto amount = rows.hundredths(rows.fact("amount"));
  if (fact.item.empty() || fact.due.empty() || !amount) {
    if (!rows.flawed()) {
      const auto* fault = rows.fact(fact.item.empty() ? "item" : fact.due.empty() ? "due" : "amount");
      rows.error(fault, "", "missing-value", "The row is left out: item, amount or due date is empty.");
    }
    return;
  }
  fact.amount = *amount;
  fact.paid = rows.truth(rows.fact("paid")).value_or(false);
  fact.currency = to_upper(rows.text(rows.fact("currency")));
  if (fact.currency.empty()) {
    fact.currency = currency_of(country_of(context_.schools.empty() ? 0 : context_.schools.front().id));
  }
  fact.contract = rows.text(rows.fact("contract"));
  const auto id =
      daily_id(rows, fmt::format("{}|{}|{}", rows.text(rows.fact("pupil")), fold(fact.item), fact.due));
  if (is_repeated(rows, DailyTable::payment, id)) return;
  fact.source_id = id;
  stage_.daily().add(fact);
}

void CsvReader::read_behaviour(CsvRows& rows) {
  const auto pupil = person_of(rows, rows.fact("pupil"), Wanted::pupil);
  if (!pupil) return;
  BehaviourFact fact;
  fact.pupil = *pupil;
  fact.day = rows.date(rows.fact("day"));
  fact.kind = rows.text(rows.fact("kind"));
  if (fact.day.empty() || fact.kind.empty()) {
    if (!rows.flawed()) {
      rows.error(rows.fact(fact.day.empty() ? "day" : "kind"), "", "missing-value",
                 "The row is left out: its day or its kind is empty.");
    }
    return;
  }
  fact.points = rows.integer(rows.fact("points"), -100'000, 100'000);
  fact.note = rows.text(rows.fact("note"));
  auto id = rows.text(rows.fact("id"));
  if (id.empty()) {
    // The same may happen twice on a day: the second one is a row of its own.
    id = fmt::format("{}|{}|{}|{}", rows.text(rows.fact("pupil")), fact.day, fold(fact.kind), fact.note);
    const auto n = ++daily_ids_[static_cast<std::size_t>(DailyTable::behaviour)][id];
    if (n > 1) id += fmt::format("|{}", n);
  } else if (is_repeated(rows, DailyTable::behaviour, id)) {
    return;
  }
  fact.source_id = id;
  stage_.daily().add(fact);
}

void CsvReader::read_respondent(CsvRows& rows) {
  const auto person = person_of(rows, rows.fact("person"), Wanted::anybody);
  if (!person) return;
  RespondentFact fact;
  fact.person = *person;
  fact.survey = rows.text(rows.fact("survey"));
  if (fact.survey.empty()) {
    rows.error(rows.fact("survey"), "", "missing-value", "The row is left out: it names no survey.");
    return;
  }
  fact.completed = rows.truth(rows.fact("completed")).value_or(false);
  const auto id = daily_id(rows, fmt::format("{}|{}", fold(fact.survey), rows.text(rows.fact("person"))));
  if (is_repeated(rows, DailyTable::respondent, id)) return;
  fact.source_id = id;
  stage_.daily().add(fact);
}

std::string CsvReader::clock_of(CsvRows& rows, const CsvFact* fact) {
  const auto word = rows.text(fact);
  if (word.empty()) return "";
  auto time = clock_of_text(word);
  if (time.empty()) {
    rows.error(fact, word, "invalid-time", "Not a time of the day such as 09:05; the value was left out.");
  }
  return time;
}

void CsvReader::read_slot(CsvRows& rows) {
  const auto group = group_of(rows, rows.fact("group"));
  if (!group) return;
  SlotFact fact;
  fact.group = *group;
  const auto* day_fact = rows.fact("weekday");
  const auto day = rows.text(day_fact);
  fact.weekday = weekday_of(day);
  if (fact.weekday == 0) {
    if (rows.flawed()) return;
    rows.error(day_fact, day, day.empty() ? "missing-value" : "invalid-weekday",
               day.empty()
                   ? "The row is left out: it names no day of the week."
                   : "The row is left out: a weekday is Monday to Sunday or 1 to 7, 1 being Monday; the "
                     "map can say what other words mean.");
    return;
  }
  fact.week = rows.text(rows.fact("week"));
  fact.period = rows.text(rows.fact("period"));
  fact.begins = clock_of(rows, rows.fact("begins"));
  fact.ends = clock_of(rows, rows.fact("ends"));
  if (!fact.begins.empty() && !fact.ends.empty() && fact.ends <= fact.begins) {
    rows.error(rows.fact("ends"), fact.ends, "invalid-time",
               "It ends before it has begun; the value was left out.");
    fact.ends.clear();
  }
  const auto id = daily_id(rows, fmt::format("{}|{}|{}|{}|{}", rows.text(rows.fact("group")), fact.weekday,
                                             fold(fact.week), fold(fact.period), fact.begins));
  if (is_repeated(rows, DailyTable::timetable_slot, id)) return;
  fact.source_id = id;
  stage_.daily().add(fact);
}

}  // namespace crier::intake
