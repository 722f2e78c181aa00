#include "base/zone.hpp"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>
#include <fmt/format.h>

#include "base/error.hpp"

namespace crier {
namespace {

cctz::civil_second to_civil(LocalTime at) {
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const Date date(std::chrono::local_days(midnight.time_since_epoch()));
  const std::chrono::hh_mm_ss clock(at - midnight);
  return cctz::civil_second(static_cast<int>(date.year()),
                            static_cast<int>(static_cast<unsigned>(date.month())),
                            static_cast<int>(static_cast<unsigned>(date.day())), clock.hours().count(),
                            clock.minutes().count(), clock.seconds().count());
}

LocalTime from_civil(const cctz::civil_second& at) {
  const Date date{std::chrono::year(static_cast<int>(at.year())),
                  std::chrono::month(static_cast<unsigned>(at.month())),
                  std::chrono::day(static_cast<unsigned>(at.day()))};
  return LocalTime(std::chrono::local_days(date)) + std::chrono::hours(at.hour()) +
         std::chrono::minutes(at.minute()) + std::chrono::seconds(at.second());
}

}  // namespace

struct Zone::Rep {
  cctz::time_zone zone;
};

Zone::Zone(std::string_view name) : name_(name) {
  auto rep = std::make_shared<Rep>();
  if (name_.empty() || !cctz::load_time_zone(name_, &rep->zone)) {
    throw Error(Exit::usage, "unknown-time-zone", fmt::format("no time zone is called '{}'", name),
                "Use a name of the IANA database such as Europe/London or Asia/Shanghai.");
  }
  rep_ = std::move(rep);
}

bool Zone::exists(std::string_view name) {
  cctz::time_zone zone;
  return !name.empty() && cctz::load_time_zone(std::string(name), &zone);
}

Zone Zone::utc() {
  return Zone("UTC");
}

LocalTime Zone::local(Instant at) const {
  return from_civil(cctz::convert(std::chrono::floor<std::chrono::seconds>(at), rep_->zone));
}

std::chrono::seconds Zone::offset(Instant at) const {
  return std::chrono::seconds(rep_->zone.lookup(std::chrono::floor<std::chrono::seconds>(at)).offset);
}

Zone::Mapping Zone::map(LocalTime at) const {
  const auto found = rep_->zone.lookup(to_civil(at));
  const auto instant = [](auto point) { return std::chrono::time_point_cast<Millis>(point); };
  switch (found.kind) {
    case cctz::time_zone::civil_lookup::SKIPPED:
      return {Mapping::Kind::gap, instant(found.trans), instant(found.trans)};
    case cctz::time_zone::civil_lookup::REPEATED:
      return {Mapping::Kind::overlap, instant(found.pre), instant(found.post)};
    default:
      return {Mapping::Kind::unique, instant(found.pre), instant(found.pre)};
  }
}

}  // namespace crier
