#include "audience/people_meant.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace crier::audience {
namespace {

/// Of several places the one that speaks: a pupil's before a member of staff's before a contact's, one that
/// still stands before one that was left.
auto preference(const store::MatchedPlace& place) {
  const int kind = place.kind == PersonKind::pupil ? 0 : place.kind == PersonKind::staff ? 1 : 2;
  return std::tuple(place.person.person, kind, place.status == PersonStatus::leaver, place.school);
}

}  // namespace

NameOrder::NameOrder(const store::PersonRow& of, std::uint32_t at) : row(&of), index(at) {
  for (std::size_t i = 0; i < sizeof beginning; ++i) {
    beginning = beginning << 8 | (i < of.sort_key.size() ? static_cast<unsigned char>(of.sort_key[i]) : 0U);
  }
}

bool operator<(const NameOrder& a, const NameOrder& b) {
  if (a.beginning != b.beginning) return a.beginning < b.beginning;
  return std::tie(a.row->sort_key, a.row->code, a.row->person) <
         std::tie(b.row->sort_key, b.row->code, b.row->person);
}

PeopleMeant::PeopleMeant(store::Connection& connection, const SetPlan& plan) {
  auto places = store::matched_places(connection, plan);
  // A member of staff who was named as such does not hear as a parent because of it.
  std::erase_if(places, [&](const store::MatchedPlace& place) {
    return std::find(plan.kinds.begin(), plan.kinds.end(), place.kind) == plan.kinds.end();
  });
  std::vector<std::uint32_t> order(places.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto before = [&](auto a, auto b) { return preference(places[a]) < preference(places[b]); };
  // Mostly so already, as the index by year and form has them.
  if (!std::is_sorted(order.begin(), order.end(), before)) std::sort(order.begin(), order.end(), before);
  all_.reserve(places.size());
  for (const auto at : order) {
    auto& place = places[at];
    if (!all_.empty() && all_.back().row.person == place.person.person) continue;
    const bool as_pupil = place.kind == PersonKind::pupil;
    all_.push_back({std::move(place.person), place.school, place.kind, std::move(place.form), as_pupil, 0});
  }
  std::vector<NameOrder> by_name;
  by_name.reserve(all_.size());
  for (std::uint32_t i = 0; i < all_.size(); ++i) by_name.emplace_back(all_[i].row, i);
  std::sort(by_name.begin(), by_name.end());
  for (std::uint32_t i = 0; i < by_name.size(); ++i) all_[by_name[i].index].by_name = i;
  index_.reserve(all_.size());
  for (std::uint32_t i = 0; i < all_.size(); ++i) index_.emplace(all_[i].row.person, i);
}

store::Ids PeopleMeant::pupils() const {
  store::Ids ids;
  ids.reserve(all_.size());
  for (const auto& person : all_) {
    if (person.as_pupil) ids.push_back(person.row.person);
  }
  return ids;
}

}  // namespace crier::audience
