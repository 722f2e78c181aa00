// What the office enters by hand (R6): people, addresses and relationships of the source `hand`, which
// belongs to no import. Hand-made people are that source's own; hand-made addresses and relationships may
// hang on anybody. The caller holds the transaction and has checked what it writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "model/facts.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// The source's name. No import may bear it.
inline constexpr std::string_view hand_name = "hand";

/// The row of the source; made where it is not there yet.
std::int64_t hand_source(Connection& connection, Instant now);
std::optional<std::int64_t> find_hand_source(Connection& connection);

/// A new person with the place that the fact names; the row's id, after which the source's id is called.
std::int64_t insert_hand_person(Connection& connection, std::int64_t source, const PersonFact& person,
                                const PlaceFact& place);

/// A person whom the office made, with the place; none where somebody else's source brought them.
struct HandPerson {
  PersonFact person;
  PlaceFact place;
};
std::optional<HandPerson> hand_person(Connection& connection, std::int64_t person);
/// Writes the person and the place as the facts say; who changes their status does so `now`.
void update_hand_person(Connection& connection, const PersonFact& person, const PlaceFact& place,
                        Instant now);

/// Who of a kind has this code in a school already, but for `besides`: their name and source.
struct CodeHolder {
  std::string family;
  std::string given;
  std::string source;
};
std::optional<CodeHolder> code_holder(Connection& connection, std::string_view code_folded, PersonKind kind,
                                      std::int64_t school, std::int64_t besides);

/// The address in its slot (person, kind, use), instead of one by hand that was there. True where something
/// changed.
bool set_hand_address(Connection& connection, std::int64_t source, const AddressFact& address);
/// Where an address by hand stands among a person's of its kind; none where there is none in the slot.
std::optional<std::int64_t> hand_address(Connection& connection, std::int64_t person, std::string_view kind,
                                         std::string_view use);
/// False where none by hand is there.
bool remove_hand_address(Connection& connection, std::int64_t person, std::string_view kind,
                         std::string_view use);

/// What the office says of a pupil and a contact.
struct HandTie {
  std::string relation;
  std::int64_t priority = 1;
  std::optional<bool> responsibility;
  std::optional<bool> lives_with;
  bool court_order = false;
  bool prime = false;
};
std::optional<HandTie> hand_tie(Connection& connection, std::int64_t pupil, std::int64_t contact);
/// `folded`: the relation, folded.
void set_hand_tie(Connection& connection, std::int64_t source, std::int64_t pupil, std::int64_t contact,
                  const HandTie& tie, std::string_view folded);
bool remove_hand_tie(Connection& connection, std::int64_t pupil, std::int64_t contact);

/// All that stands by hand: people, and addresses and relationships, whoever's they are.
struct HandFact {
  /// `person`, `address` or `relationship`
  std::string fact;
  std::string kind;
  std::string code;
  std::string family;
  std::string given;
  std::string school;
  std::string status;
  /// An address with its use before it; of a relationship, of a pupil: the relation and the contact's code.
  std::string use;
  std::string value;
  bool court_order = false;
};
/// By name, people first; of one school, or all.
std::vector<HandFact> hand_facts(Connection& connection, std::optional<std::int64_t> school);

/// Whether a source other than the office says that this is somebody's contact, and which.
std::optional<std::string> tie_of_source(Connection& connection, std::int64_t pupil, std::int64_t contact);

}  // namespace crier::store
