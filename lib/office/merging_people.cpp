#include "office/merging_people.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "model/person.hpp"
#include "office/contacts.hpp"
#include "office/hand_people.hpp"
#include "office/permission.hpp"
#include "store/merged_people.hpp"
#include "store/school_store.hpp"

namespace crier::office {
namespace {

/// One person of several: the operator must look after a school of each record.
void require_all(const Office& office, const std::vector<store::KnownPerson>& records) {
  for (const auto& one : records) {
    require(office, Act::change_people, {store::schools_of_person(office.store, one.id), ""});
  }
}

std::vector<std::int64_t> ids_of(const std::vector<store::KnownPerson>& records) {
  std::vector<std::int64_t> ids;
  for (const auto& one : records) ids.push_back(one.id);
  return ids;
}

std::vector<store::KnownPerson> known(const Office& office, std::span<const std::int64_t> ids) {
  std::vector<store::KnownPerson> all;
  for (const auto id : ids) {
    if (auto one = store::known_person(office.store, id)) all.push_back(std::move(*one));
  }
  return all;
}

void add_word(std::string& words, const std::string& word) {
  words += (words.empty() ? "" : ", ") + word;
}

/// R3: whom a court order keeps from a pupil is not told by way of another record.
std::vector<MergeView::Silence> silences_of(const Office& office,
                                            const std::vector<store::KnownPerson>& records) {
  std::map<std::int64_t, std::string> code_of;
  for (const auto& one : records) code_of[one.id] = one.code;
  std::map<std::int64_t, MergeView::Silence> by_pupil;
  for (const auto& one : store::pupils_of_contacts(office.store, ids_of(records))) {
    auto& silence = by_pupil[one.pupil];
    silence.pupil = one.code;
    silence.name = list_name(one.family, one.given);
    add_word(one.barred ? silence.barred : silence.heard, code_of[one.contact]);
  }
  std::vector<MergeView::Silence> all;
  for (auto& [pupil, silence] : by_pupil) {
    if (!silence.barred.empty() && !silence.heard.empty()) all.push_back(std::move(silence));
  }
  return all;
}

MergeView view_of(const Office& office, std::span<const std::string> codes) {
  MergeView view;
  std::vector<std::int64_t> ids;
  for (const auto& code : codes) {
    const auto person = find_person(office, code);
    if (person.kind != "contact") {
      throw Error(Exit::refused_by_rule, "not-a-contact",
                  fmt::format("{} {} is {}: only contacts are merged", person.code,
                              list_name(person.family, person.given),
                              person.kind == "staff" ? "staff" : "a " + person.kind),
                  "A school's system stores a guardian once for each child; others it stores once.");
    }
    if (std::ranges::find(ids, person.id) == ids.end()) ids.push_back(person.id);
  }
  if (ids.size() < 2) {
    throw Error(Exit::usage, "one-record", "a merge takes two records or more", "Name them by code or id.");
  }
  view.records = known(office, ids);
  require_all(office, view.records);
  // Whoever is merged with one of them already becomes one with all.
  const auto named = ids;
  for (const auto id : named) {
    for (const auto other : store::merged_with(office.store, id)) {
      if (std::ranges::find(ids, other) == ids.end()) ids.push_back(other);
    }
  }
  const auto first = store::merged_with(office.store, named.front());
  const bool stands = std::ranges::all_of(
      named, [&](std::int64_t id) { return std::ranges::find(first, id) != first.end(); });
  view.linked = stands ? 0 : static_cast<std::int64_t>(ids.size());
  view.records = known(office, ids);
  view.silences = silences_of(office, view.records);
  view.decisions = std::ranges::any_of(ids, [&](std::int64_t id) {
    const auto consents = store::consents_held(office.store, id);
    return !store::opt_outs_held(office.store, id).empty() ||
           std::ranges::any_of(consents, [](const store::Consent& one) { return !one.given; });
  });
  return view;
}

std::string codes_of(const std::vector<store::KnownPerson>& records) {
  std::string codes;
  for (const auto& one : records) add_word(codes, fmt::format("{}", one.id));
  return codes;
}

}  // namespace

MergeView look_at_merge(const Office& office, std::span<const std::string> codes) {
  return view_of(office, codes);
}

MergeView merge_people(const Office& office, std::span<const std::string> codes) {
  store::Transaction transaction(office.store);
  auto view = view_of(office, codes);
  if (view.linked == 0) return view;
  store::merge_people(office.store, ids_of(view.records), office.actor, office.clock.now());
  after_entry(office, std::nullopt);
  record(office, "merge", "people " + codes_of(view.records), "one person from now on");
  transaction.commit();
  return view;
}

MergeView unmerge_person(const Office& office, std::string_view code) {
  store::Transaction transaction(office.store);
  const auto person = find_person(office, code);
  MergeView view;
  view.records = known(office, store::merged_with(office.store, person.id));
  if (view.records.empty()) {
    throw Error(Exit::nothing_there, "not-merged", fmt::format("{} is merged with nobody", person.code),
                "'crier people merges' lists who is; records that agree in name and an address count as one "
                "without it.");
  }
  require_all(office, {person});
  store::unmerge_person(office.store, person.id);
  after_entry(office, std::nullopt);
  record(office, "unmerge", fmt::format("person {}", person.id), "a person apart again");
  transaction.commit();
  std::erase_if(view.records, [&](const store::KnownPerson& one) { return one.id == person.id; });
  view.records.insert(view.records.begin(), person);
  return view;
}

Table merge_table(const Office& office) {
  Table table;
  table.name = "merges";
  table.title = "Merged records";
  table.columns = {{"merge", "Merge", ColumnKind::count},
                   {"code", "Code"},
                   {"name", "Name"},
                   {"school", "School"},
                   {"status", "Status"},
                   {"source", "From"}};
  const auto school = school_in_sight(office);
  std::int64_t number = 0;
  for (const auto& ids : store::merges(office.store)) {
    const auto records = known(office, ids);
    const bool seen = !school || std::ranges::any_of(records, [&](const store::KnownPerson& one) {
      for (const auto& row : store::schools(office.store)) {
        if (row.id == *school && row.code == one.school) return true;
      }
      return false;
    });
    if (!seen) continue;
    ++number;
    for (const auto& one : records) {
      table.rows.push_back(
          {number, one.code, list_name(one.family, one.given), one.school, one.status, one.source});
    }
  }
  return table;
}

}  // namespace crier::office
