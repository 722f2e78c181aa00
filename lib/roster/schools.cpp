#include "roster/schools.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "store/calendar_store.hpp"

namespace crier::roster {
namespace {

std::string first_filled(std::initializer_list<std::string_view> values) {
  for (const auto value : values) {
    if (!value.empty()) return std::string(value);
  }
  return "";
}

std::vector<Date> days_off(store::Connection& connection, std::int64_t school) {
  std::vector<Date> days;
  for (const auto& holiday : store::holidays(connection, std::nullopt, school)) {
    for (auto day = std::chrono::sys_days(holiday.first); day <= std::chrono::sys_days(holiday.last);
         day += std::chrono::days(1)) {
      days.emplace_back(day);
    }
  }
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  return days;
}

}  // namespace

std::string default_sender() {
  return "no-reply@" + to_lower(os::full_host_name());
}

SchoolProfile profile_of(const store::SchoolRow& row, const config::Settings& settings) {
  static const config::School none;
  const auto* found = settings.school(row.code);
  const auto& set = found != nullptr ? *found : none;
  const auto& district = settings.district;
  const auto zone = first_filled({set.timezone, row.timezone, district.timezone});
  if (zone.empty()) {
    throw Error(Exit::usage, "no-time-zone",
                fmt::format("the school {} ({}) has no time zone", row.code, row.name),
                "Set timezone under its [[school]] or under [district] in crier.toml.");
  }
  config::SenderIdentity sender;
  sender.email = first_filled({set.sender.email, district.sender.email});
  if (sender.email.empty()) sender.email = default_sender();
  sender.name = first_filled({set.sender.name, district.sender.name, set.name, row.name});
  sender.reply_to = first_filled({set.sender.reply_to, district.sender.reply_to});
  sender.sms = first_filled({set.sender.sms, district.sender.sms});
  return SchoolProfile{
      row.id,
      row.code,
      first_filled({set.name, row.name}),
      Zone(zone),
      first_filled({set.country, row.country, district.country}),
      first_filled({set.portal_url, district.portal_url}),
      sender,
      set.quiet_hours ? *set.quiet_hours : district.quiet_hours.value_or(config::QuietHours::standard()),
      set.ranks.value_or(config::Ranks::standard()),
      {},
  };
}

std::vector<SchoolProfile> school_profiles(store::Connection& connection, const config::Settings& settings) {
  std::vector<SchoolProfile> profiles;
  for (const auto& row : store::schools(connection)) {
    profiles.push_back(profile_of(row, settings));
    profiles.back().holidays = days_off(connection, row.id);
  }
  return profiles;
}

const SchoolProfile& pick_school(const std::vector<SchoolProfile>& schools, std::string_view code) {
  std::vector<std::string> codes;
  for (const auto& school : schools) codes.push_back(school.code);
  if (code.empty()) {
    if (schools.size() == 1) return schools.front();
    if (schools.empty()) {
      throw Error(Exit::nothing_there, "no-school", "the store holds no school yet",
                  "Add a [[school]] to crier.toml, or import one.");
    }
    throw Error(Exit::usage, "which-school",
                fmt::format("the store holds {} schools and none is named", schools.size()),
                "Name one with --school: " + join(codes, ", ") + ".");
  }
  for (const auto& school : schools) {
    if (fold(school.code) == fold(code)) return school;
  }
  throw Error(Exit::nothing_there, "no-such-school",
              fmt::format("no school is called '{}'{}", code, did_you_mean(code, codes)),
              codes.empty() ? "The store holds no school yet." : "There are: " + join(codes, ", ") + ".");
}

void sync_schools(store::Connection& connection, const config::Settings& settings, Instant now) {
  const auto rows = store::schools(connection);
  for (const auto& school : settings.schools) {
    const store::SchoolRow* found = nullptr;
    for (const auto& row : rows) {
      if (fold(row.code) == fold(school.code)) found = &row;
    }
    if (found == nullptr) {
      store::insert_school(connection,
                           {0, school.code, school.name.empty() ? school.code : school.name, "", ""}, now);
    } else if (!school.name.empty() && found->name != school.name) {
      store::rename_school(connection, found->id, school.name);
    }
  }
}

}  // namespace crier::roster
