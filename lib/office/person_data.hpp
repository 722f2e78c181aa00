// A person's own data, put together for them to take along (P1): what is kept, what they were sent and with
// which words, what was told and done. Nothing in it is of people who are not theirs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/table.hpp"
#include "office/office.hpp"
#include "store/contact_store.hpp"

namespace crier::office {

struct PersonData {
  store::KnownPerson person;
  /// Who asks for a pupil's; none: they themselves.
  std::optional<store::KnownPerson> asker;
  /// A table a kind, empty ones too; `messages` among them.
  std::vector<Table> tables;
  /// So many relationships and addresses are not in it, being other people's.
  std::int64_t withheld = 0;
  /// Since when the messages are whole: older ones may have been let go.
  std::optional<Instant> whole_from;
};

/// Of whoever the code names, for themselves or, `asker` being a code, for the contact of a pupil who asks.
/// Throws as `one_person` does, and Error(refused_by_rule, "not-theirs") where the asker may not know of
/// them: no contact of theirs, or barred (R3).
PersonData look_at_person(const Office& office, std::string_view code, std::string_view asker);

/// Notes in the audit log that somebody's data were given out, and as what (`json`, `html`).
void note_export(const Office& office, const PersonData& data, std::string_view format);

}  // namespace crier::office
