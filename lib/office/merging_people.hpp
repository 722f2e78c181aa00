// Which records of contacts are one person (R9), as acts. Those that agree in name and an address count as
// one by themselves; a merge says it of others. It is a link: no record is changed, no import undoes it, and
// what forbids one record to hear forbids all (`audience/same_people`).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/table.hpp"
#include "office/office.hpp"
#include "store/contact_store.hpp"

namespace crier::office {

/// What a merge would mean, for whoever decides.
struct MergeView {
  std::vector<store::KnownPerson> records;
  /// Pupils of whom nobody of them hears any more, although one does now: another is barred by a court order.
  struct Silence {
    std::string pupil;
    std::string name;
    /// Codes, with commas.
    std::string barred;
    std::string heard;
  };
  std::vector<Silence> silences;
  /// One of them opted out, or refused consent: that holds for all.
  bool decisions = false;
  /// How many records are newly linked; 0: they are one already.
  std::int64_t linked = 0;
};

/// Throws Error(usage) for fewer than two records, Error(refused_by_rule, "not-a-contact") for anybody else.
MergeView look_at_merge(const Office& office, std::span<const std::string> codes);
MergeView merge_people(const Office& office, std::span<const std::string> codes);
/// Takes one record out; the others stay one. Throws Error(nothing_there) where it is in no merge.
MergeView unmerge_person(const Office& office, std::string_view code);

/// The merges that stand, a row a record.
Table merge_table(const Office& office);

}  // namespace crier::office
