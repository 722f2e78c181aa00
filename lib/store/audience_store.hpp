// The roster as the audience asks for it: sets of people, their relationships and addresses, each by one
// query for all of them, never one a person. Nothing here changes the store. The way of the data, step 3.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/channel.hpp"
#include "model/person.hpp"
#include "model/set_plan.hpp"
#include "store/connection.hpp"

namespace crier::store {

using Ids = std::vector<std::int64_t>;

struct PersonRow {
  std::int64_t person = 0;
  std::string code;
  std::string title;
  std::string family;
  std::string given;
  std::string language;
  /// Bytes whose order is the list's order.
  std::string sort_key;
  /// Equal where the folded names are.
  std::size_t name_hash = 0;
};

/// Somebody whom an expression names, with one of their places in scope; who has several is there several
/// times.
struct MatchedPlace {
  PersonRow person;
  std::int64_t school = 0;
  PersonKind kind = PersonKind::pupil;
  PersonStatus status = PersonStatus::active;
  std::string form;
};

/// In no particular order, and the same place may be there twice: the caller sorts.
std::vector<MatchedPlace> matched_places(Connection& connection, const SetPlan& plan);
/// Whether the plan names this person.
bool matches(Connection& connection, const SetPlan& plan, std::int64_t person);

/// What one source says of two people.
struct RelationshipRow {
  std::int64_t pupil = 0;
  std::int64_t contact = 0;
  std::string relation;
  std::string relation_folded;
  int priority = 1;
  bool court_order = false;
  bool prime = false;
  /// The office's own word: where a school's system tells of the same two, it counts for a court order alone
  /// (R6).
  bool by_hand = false;
};
/// All relationships of these pupils, in no particular order.
std::vector<RelationshipRow> relationships_of_pupils(Connection& connection, const Ids& pupils);
/// Those with a court order only.
std::vector<RelationshipRow> court_orders_of_pupils(Connection& connection, const Ids& pupils);
std::vector<RelationshipRow> relationships_of_contact(Connection& connection, std::int64_t contact);
/// Of all these contacts, in no particular order.
std::vector<RelationshipRow> relationships_of_contacts(Connection& connection, const Ids& contacts);

std::vector<PersonRow> people_by_id(Connection& connection, const Ids& people);

struct AddressRow {
  std::int64_t person = 0;
  AddressKind kind = AddressKind::email;
  int position = 1;
  /// As given, where that is no address; else empty.
  std::string given;
  /// Empty where the value as given is no address.
  std::string normal;
  /// By which addresses compare, where it is not the normalised one itself; see `key`.
  std::string other_key;
  /// `mobile`, `landline`, `mobile-or-landline`, `other` or empty.
  std::string line;
  std::optional<bool> for_sms;
  /// The reason's code, or empty.
  std::string block;

  /// Equal where two addresses are one mailbox; empty where it is no address.
  const std::string& key() const { return other_key.empty() ? normal : other_key; }
};
/// An address of any kind, told apart from others by its hash alone.
struct HeldKey {
  std::int64_t person = 0;
  std::size_t hash = 0;
};
struct Addresses {
  /// Those of the kinds asked for, by person, kind, position.
  std::vector<AddressRow> rows;
  /// Of every kind, by person.
  std::vector<HeldKey> keys;
};
Addresses addresses_of(Connection& connection, const Ids& people, std::span<const AddressKind> kinds);

/// Two records of one person (R9).
struct SamePerson {
  std::int64_t one = 0;
  std::int64_t other = 0;
  /// The number under which the office merged them; 0: they agree in name and an address.
  std::int64_t merge = 0;
};
/// Contacts that agree in folded name and an address of any kind, as the data issue 'possible duplicate'
/// finds them, leavers too: all that `people`, whoever opted out or refused consent and whoever was merged
/// are one with, in however many steps; and those that were merged. Each pair is there both ways.
std::vector<SamePerson> same_people(Connection& connection, const Ids& people);

/// Who reads an address, pupils aside: theirs is the family's.
struct AddressOwner {
  /// Which of `compare_keys`.
  std::size_t key = 0;
  std::int64_t person = 0;
  std::size_t name_hash = 0;
};
/// In the order of the keys.
std::vector<AddressOwner> owners_of(Connection& connection, AddressKind kind,
                                    const std::vector<std::string>& compare_keys);

/// Those of `people` with a leaver's place, an opt-out or a refused consent: few, so that the rest need not
/// be asked about one thing after the other.
Ids restricted_among(Connection& connection, const Ids& people);

struct OptOutRow {
  std::int64_t person = 0;
  /// Empty: every channel, every category.
  std::string channel;
  std::string category;
};
std::vector<OptOutRow> opt_outs_of(Connection& connection, const Ids& people);

/// Those of `people` who refused to have their data processed, for whatever purpose (R7); sorted.
Ids without_consent(Connection& connection, const Ids& people);

/// Those of `people` who have left: no place in these schools that is not a leaver's, or, without any place
/// in them, none anywhere.
Ids leavers_among(Connection& connection, const Ids& people, const Ids& schools);

// Words of an expression
// ---------------------------------------------------------------------------------------

struct FoundGroup {
  std::int64_t id = 0;
  std::string kind;
  std::string name_folded;
  std::string code_folded;
};
/// Active groups of these schools whose name or code is one of `folded`.
std::vector<FoundGroup> groups_called(Connection& connection, const std::vector<std::string>& folded,
                                      const Ids& schools);

enum class PlaceWord { year, form, house, boarding };
/// Those of `folded` that a place in these schools has. Years and forms of active places are found by an
/// index; with any status all places are read.
std::vector<std::string> places_called(Connection& connection, PlaceWord word, PersonKind people,
                                       SetTerm::Whose whose, const std::vector<std::string>& folded,
                                       const Ids& schools);

struct FoundCode {
  std::int64_t person = 0;
  PersonKind kind = PersonKind::pupil;
  /// The one that was asked for, folded: a code or a source id.
  std::string folded;
};
/// Places in these schools, of any kind and status, of people with one of these codes.
std::vector<FoundCode> people_by_code(Connection& connection, const std::vector<std::string>& folded,
                                      const Ids& schools);
/// The same by the source's own id. Reads all people: for codes that `people_by_code` did not find.
std::vector<FoundCode> people_by_source_id(Connection& connection, const std::vector<std::string>& folded,
                                           const Ids& schools);

// As written in the store, for suggestions.
/// `kind`: `form`, `class`, `custom`; empty: all of them.
std::vector<std::string> group_names(Connection& connection, const Ids& schools, std::string_view kind = "");
std::vector<std::string> place_words(Connection& connection, PlaceWord word, PersonKind people,
                                     const Ids& schools);
std::vector<std::string> relation_words(Connection& connection);

/// A person by id with every place, for explanations; `status` and school of each.
struct PlaceRow {
  std::int64_t school = 0;
  PersonKind kind = PersonKind::pupil;
  PersonStatus status = PersonStatus::active;
};
std::vector<PlaceRow> places_of(Connection& connection, std::int64_t person);

}  // namespace crier::store
