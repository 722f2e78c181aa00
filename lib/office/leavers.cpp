#include "office/leavers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "model/person.hpp"
#include "office/permission.hpp"
#include "store/contact_store.hpp"

namespace crier::office {

Table leaver_table(const Office& office, std::optional<Instant> since) {
  Table table;
  table.name = "leavers";
  table.title = "Leavers";
  table.columns = {{"code", "Code"},
                   {"kind", "Kind"},
                   {"name", "Name"},
                   {"school", "School"},
                   {"since", "Left", ColumnKind::instant}};
  for (const auto& row : store::leavers(office.store, school_in_sight(office), since, std::nullopt)) {
    table.rows.push_back({row.code, row.kind, list_name(row.family, row.given), row.schools,
                          row.since ? Cell(*row.since) : Cell()});
  }
  return table;
}

std::vector<std::int64_t> leavers_called(const Office& office, std::span<const std::string> codes) {
  std::vector<std::int64_t> people;
  for (const auto& code : codes) {
    const auto found = store::people_called(office.store, fold(code), code);
    if (found.empty()) {
      throw Error(Exit::nothing_there, "no-such-person", fmt::format("nobody has the code or id '{}'", code),
                  "See 'crier leavers list'.");
    }
    const auto before = people.size();
    for (const auto& person : found) {
      if (person.status == "leaver") people.push_back(person.id);
    }
    if (people.size() > before) continue;
    throw Error(
        Exit::refused_by_rule, "no-leaver", fmt::format("{} has not left {}", code, found.front().school),
        "Only leavers are deleted; who must never be stored goes on the exceptions list of the source.");
  }
  std::ranges::sort(people);
  people.erase(std::unique(people.begin(), people.end()), people.end());
  return people;
}

std::vector<std::int64_t> leavers_before(const Office& office, Instant before) {
  std::vector<std::int64_t> people;
  for (const auto& row : store::leavers(office.store, named_school(office), std::nullopt, before)) {
    people.push_back(row.id);
  }
  if (people.empty()) {
    throw Error(Exit::nothing_there, "no-leavers", "nobody left before that time",
                "See 'crier leavers list'.");
  }
  return people;
}

store::Erased delete_leavers(const Office& office, std::span<const std::int64_t> people) {
  for (const auto person : people) {
    require(office, Act::delete_leavers, {store::schools_of_person(office.store, person), ""});
  }
  store::Transaction transaction(office.store);
  if (!store::still_here(office.store, people).empty()) {
    throw Error(Exit::refused_by_rule, "no-leaver", "somebody of them has come back meanwhile",
                "Look at 'crier leavers list' again.");
  }
  const auto erased =
      store::erase_people(office.store, people, store::Anonymise::after_keeping, office.clock.now());
  record(office, "delete", fmt::format("{} leavers", erased.people),
         fmt::format("{} kept for reports until they are anonymised, {} messages cancelled", erased.kept,
                     erased.cancelled));
  transaction.commit();
  return erased;
}

std::int64_t anonymise_deleted(const Office& office) {
  const auto now = office.clock.now();
  if (!store::anonymising_due(office.store, now)) return 0;
  store::Transaction transaction(office.store);
  const auto people = store::anonymise_deleted(office.store, now);
  record(office, "anonymise", fmt::format("{} deleted people", people), "");
  transaction.commit();
  return people;
}

}  // namespace crier::office
