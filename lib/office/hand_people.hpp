// People, addresses and relationships by hand as acts (R6): what no school's system brings is entered, edited
// and deleted here; what one brings is not touched, and an address or a relationship by hand stands beside
// it. Each act is one transaction with its audit entry; after it, in it, data issues are looked at anew and
// what people decided at an address holds for whoever is entered there (R7).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/table.hpp"
#include "model/person.hpp"
#include "office/contacts.hpp"
#include "office/office.hpp"

namespace crier::office {

/// All that was entered by hand, a row a fact; addresses are masked for whoever may not see them (M7).
Table hand_table(const Office& office);

/// What is given of a person; none: it stays as it is. An empty text takes a value away.
struct PersonEntry {
  std::optional<std::string> code;
  std::optional<std::string> title;
  std::optional<std::string> family;
  std::optional<std::string> given;
  std::optional<std::string> preferred;
  std::optional<std::string> language;
  std::optional<std::string> birth_date;
  // Of pupils.
  std::optional<std::string> year;
  std::optional<std::string> form;
  std::optional<std::string> house;
  std::optional<std::string> boarding;
  /// `active`, `pre-admission` or `leaver`; a date of admission makes a pre-admission by itself.
  std::optional<std::string> status;
  std::optional<std::string> admission;

  bool empty() const;
};

/// Addresses to enter: each in its slot, where it takes the place of one by hand.
struct AddressEntry {
  /// `home:x@example.org`, or the address alone.
  std::vector<std::string> emails;
  std::vector<std::string> phones;
  std::string wechat;
  /// Of the phones that are given: whether text messages go there; none: the number's kind tells.
  std::optional<bool> for_sms;
  /// Tried before those of a school's system, and not after them.
  bool first = false;

  bool empty() const { return emails.empty() && phones.empty() && wechat.empty(); }
};

/// Of the named or only school. Throws Error(usage) for values that cannot be, Error(refused_by_rule) where
/// the code is taken or on a list of exceptions (R7).
ContactView add_person(const Office& office, PersonKind kind, const PersonEntry& entry,
                       const AddressEntry& addresses);
/// Throws Error(refused_by_rule, "not-by-hand") for whoever a school's system brings.
ContactView edit_person(const Office& office, std::string_view code, const PersonEntry& entry);

/// Whom `delete_person` would let go.
store::KnownPerson person_to_delete(const Office& office, std::string_view code);
/// A person by hand becomes a leaver, as whoever goes from a school's system does (I10).
ContactView delete_person(const Office& office, std::string_view code);

ContactView add_addresses(const Office& office, std::string_view code, const AddressEntry& addresses);
/// `email:home`, `phone:mobile`, `wechat`. Throws Error(refused_by_rule, "not-by-hand") for one of a school's
/// system, Error(nothing_there) where there is none.
ContactView remove_addresses(const Office& office, std::string_view code,
                             const std::vector<std::string>& slots);

/// What is said of a pupil and a contact; none: it stays, or is as usual where it is new.
struct TieEntry {
  std::optional<std::string> relation;
  std::optional<std::int64_t> priority;
  std::optional<bool> prime;
  std::optional<bool> court_order;
  std::optional<bool> responsibility;
  std::optional<bool> lives_with;
};
struct TieView {
  store::KnownPerson pupil;
  store::KnownPerson contact;
  /// What every source says of the two, as the pupil's side has it.
  std::vector<store::Relative> said;
};
TieView relate_people(const Office& office, std::string_view pupil, std::string_view contact,
                      const TieEntry& entry);
/// The two, and what is said of them now; for whoever asks before it goes.
TieView look_at_tie(const Office& office, std::string_view pupil, std::string_view contact);
/// Takes back what was said by hand. Throws as `remove_addresses`.
TieView unrelate_people(const Office& office, std::string_view pupil, std::string_view contact);

/// One person of this kind by code or source id. Throws as find_person.
store::KnownPerson find_of_kind(const Office& office, std::string_view code, PersonKind kind);
/// What follows a change by hand: inherited decisions and data issues. The caller holds the transaction.
void after_entry(const Office& office, std::optional<std::int64_t> person);

}  // namespace crier::office
