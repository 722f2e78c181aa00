// Who may do what (M7), in one table. Every act asks `require` before it does anything. Whoever can open the
// store file can do all, so an account that is no operator is not bound: cron, the service's own account and
// schedules go on; an account that is one is bound by its roles, at the command line as in the dashboard.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/operator.hpp"
#include "office/office.hpp"
#include "store/message_store.hpp"

namespace crier::office {

enum class Act {
  look,
  see_addresses,
  send,
  /// Cancel, rerun, decide what is in doubt.
  change_message,
  /// Approve or reject: never one's own.
  decide_message,
  run_schedule,
  change_schedule,
  change_calendar,
  change_contact,
  /// Add, edit, delete and merge people and groups by hand.
  change_people,
  resolve_issue,
  /// Top up and correct the wallet.
  change_wallet,
  delete_leavers,
  import,
  change_operators,
  change_store,
  /// Let go what was kept long enough.
  run_retention,
  /// All that is kept of one person, for them to take along.
  export_person,
  /// One person, for good and at once.
  erase_person,
};

/// What an act touches, as far as it matters for who may.
struct Concern {
  /// Codes: one of them must be a school of the operator's. Empty: none in particular.
  std::vector<std::string> schools = {};
  /// Whose message it is; empty: nobody's.
  std::string sender = {};
};

/// A message: its school, its sender.
Concern concern_of(const Office& office, const store::MessageRow& message);

/// Throws Error(refused_by_rule, "role") with the role that is missing and who can give it. Acts on the whole
/// store (imports, the store) need the role for all of its schools.
void require(const Office& office, Act act, const Concern& concern = {});
/// The same for an act on what is of all schools at once.
void require_everywhere(const Office& office, Act act);
bool may(const Office& office, Act act, const Concern& concern = {});

/// The school whose rows are shown to whoever looks: the one that `--school` names, else the operator's only
/// one; none: all of them. Throws Error(refused_by_rule, "role") for a school of others, and Error(usage)
/// where an operator of several has not said which.
std::optional<std::int64_t> school_in_sight(const Office& office);

/// What an operator's roles let them do, in words, for whoever looks at one.
std::vector<std::string> acts_of(const Operator& one);

/// Whether the roles are for every school of the store.
bool is_everywhere(const Office& office, const Operator& one);

/// How addresses are shown to whoever acts: a viewer sees `m…@example.org` and `+44…23`.
enum class AddressSight { clear, masked };
AddressSight address_sight(const Office& office);
std::string shown_address(AddressSight sight, std::string_view address);
/// The same for addresses and numbers within a text, such as a gateway's answer.
std::string shown_text(AddressSight sight, std::string_view text);

}  // namespace crier::office
