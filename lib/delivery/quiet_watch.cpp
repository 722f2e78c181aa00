#include "delivery/quiet_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "delivery/plan.hpp"
#include "delivery/quiet_hours.hpp"
#include "store/queue_store.hpp"
#include "store/release_store.hpp"

namespace crier::delivery {

void QuietWatch::hold(std::span<const Channel> channels, Instant now) {
  if (!look_ && changes_ && now < *changes_) return;
  if (look_) schools_ = roster::school_profiles(connection_, settings_);
  look_ = false;
  changes_ = now + std::chrono::hours(24);
  const bool differ = std::any_of(schools_.begin(), schools_.end(),
                                  [&](const auto& one) { return !same_hours(one, schools_.front()); });
  for (const auto channel : channels) {
    const auto with_queued = store::schools_with_queued(connection_, channel);
    if (with_queued.empty()) continue;
    for (const auto& profile : schools_) {
      const bool writes = std::find(with_queued.begin(), with_queued.end(), profile.id) != with_queued.end();
      if (writes || differ) hold_school(channel, profile, differ ? Families::differ : Families::alike, now);
    }
  }
}

const roster::SchoolProfile& QuietWatch::school(std::int64_t id) {
  for (int round = 0; round < 2; ++round) {
    for (const auto& one : schools_) {
      if (one.id == id) return one;
    }
    schools_ = roster::school_profiles(connection_, settings_);  // an import may have brought it since
  }
  throw Error(Exit::store, "damaged-store", fmt::format("a delivery names school {}, which is not there", id),
              "Run 'crier store check'.");
}

/// Of one school: its own messages and, where schools' hours differ, those of other schools to its families.
void QuietWatch::hold_school(Channel channel, const roster::SchoolProfile& profile, Families families,
                             Instant now) {
  const auto own = settings_.channel(channel).quiet_hours;
  const auto& hours = own ? *own : profile.quiet_hours;
  if (open_at(hours, profile.zone, now, profile.holidays)) {
    if (const auto closes = closes_at(hours, profile.zone, profile.holidays, now)) {
      changes_ = std::min(*changes_, *closes);
    }
    return;
  }
  // Never opening again was refused when it was queued; should the hours have changed since, look daily.
  const auto next =
      next_opening(hours, profile.zone, profile.holidays, now).value_or(now + std::chrono::hours(24));
  auto held = store::hold(connection_, channel, profile.id, next, now);
  if (families == Families::differ)
    held += store::hold_for_families_of(connection_, channel, profile.id, next, now);
  if (held > 0) log::info("{}: {} {} held until {}", profile.code, held, to_text(channel), to_rfc3339(next));
}

}  // namespace crier::delivery
