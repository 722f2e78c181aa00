// What people decided, and what became of their addresses (R7): opt-outs and consents of a person, blocks of
// an address. None of it is touched by an import; a person who comes again under another id of the source
// brings it along.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

struct KnownPerson {
  std::int64_t id = 0;
  std::string kind;
  std::string code;
  std::string title;
  std::string family;
  std::string given;
  std::string source;
  /// What the source calls them.
  std::string source_id;
  /// The school's code, `active`, `pre-admission` or `leaver`: of the best place.
  std::string school;
  std::string status;
};

/// Everybody with this code (folded) or source id; contacts first, who is still there before who has left.
std::vector<KnownPerson> people_called(Connection& connection, std::string_view code_folded,
                                       std::string_view source_id);

/// The same by id; none where there is nobody, or somebody who was deleted.
std::optional<KnownPerson> known_person(Connection& connection, std::int64_t id);
/// The codes of the schools that a person has a place in, whatever their status there.
std::vector<std::string> schools_of_person(Connection& connection, std::int64_t person);

/// The other side of a relationship: of a contact a pupil, of a pupil a contact.
struct Relative {
  std::string code;
  std::string kind;
  std::string family;
  std::string given;
  std::string relation;
  std::int64_t priority = 0;
  /// Parental responsibility, where it is known.
  std::optional<bool> responsibility;
  bool prime = false;
  bool court_order = false;
  std::string source;
};
/// By priority, then name; a row for each source that tells of it.
std::vector<Relative> relatives_of(Connection& connection, std::int64_t person);
/// What each source says of one pupil and one contact, the contact's name beside it.
std::vector<Relative> said_of(Connection& connection, std::int64_t pupil, std::int64_t contact);

struct HeldAddress {
  std::string kind;
  std::string use;
  std::string given;
  /// Empty where the value as given is no address.
  std::string normal;
  std::string compare_key;
  std::string line;
  std::optional<bool> for_sms;
  /// `blocked-bounce`, …; empty where it is not blocked.
  std::string block;
  std::optional<Instant> blocked_since;
  std::string evidence;
  std::string source = {};
};
std::vector<HeldAddress> addresses_held(Connection& connection, std::int64_t person);
/// Every address of a kind that is one, once, with its block.
std::vector<HeldAddress> addresses_of_kind(Connection& connection, std::string_view kind);
/// Whether anybody has this address.
bool is_held(Connection& connection, std::string_view kind, std::string_view compare_key);

/// Empty channel or category: all of them.
struct OptOut {
  std::string channel;
  std::string category;
  Instant since{};
  std::string said_by;
};
std::vector<OptOut> opt_outs_held(Connection& connection, std::int64_t person);

struct Consent {
  std::string purpose;
  bool given = false;
  Instant since{};
  std::string said_by;
};
std::vector<Consent> consents_held(Connection& connection, std::int64_t person);

/// The person, and whoever of the same kind and name has one of the same addresses: one guardian, stored once
/// for each child (R9). The caller holds the transaction. Returns how many opt-outs are new.
std::int64_t add_opt_out(Connection& connection, std::int64_t person, const OptOut& opt_out);

/// Takes opt-outs back, of the same people: all of them where channel and category are empty, else those of
/// just this channel and category. Returns how many.
std::int64_t remove_opt_outs(Connection& connection, std::int64_t person, std::string_view channel,
                             std::string_view category);

struct Block {
  std::string reason;
  Instant since{};
};
std::optional<Block> block_of(Connection& connection, std::string_view kind, std::string_view compare_key);

/// Blocks an address, unless it is blocked already; false where it was.
bool block(Connection& connection, std::string_view kind, std::string_view compare_key,
           std::string_view reason, std::string_view evidence, Instant now);

/// A complaint closes an address whatever had closed it before (D9). False where one had already.
bool block_for_complaint(Connection& connection, std::string_view kind, std::string_view compare_key,
                         std::string_view evidence, Instant now);

/// What a person says of a purpose; the newest word counts. False where it is what they said before.
bool set_consent(Connection& connection, std::int64_t person, const Consent& consent);

/// False where this person had confirmed that message already (M10).
bool acknowledge(Connection& connection, std::int64_t message, std::int64_t person, std::string_view said_by,
                 Instant now);

/// Who of those who hear a message, or one that repeats it, has confirmed it (M10).
struct Confirmations {
  std::int64_t confirmed = 0;
  /// Who has not yet; a person once, whatever the channels.
  std::vector<std::int64_t> missing;
};
Confirmations confirmed_of(Connection& connection, std::int64_t message);

/// Opens a blocked address; its data issues are resolved. False where it was not blocked.
bool unblock(Connection& connection, std::string_view kind, std::string_view compare_key, std::string_view by,
             Instant now);

/// After an import was applied, in its transaction: whoever it brought anew at an address where somebody of
/// that kind and name had decided something has decided it too.
void inherit_decisions(Connection& connection, std::int64_t import);
/// The same of one person whose name or address the office has just entered.
void inherit_decisions_of(Connection& connection, std::int64_t person);

}  // namespace crier::store
