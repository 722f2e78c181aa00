// A school as the rest of crier sees it: settings first, then what an import brought, then the district's
// defaults (R1). Everything that needs a zone, a country, ranks or a sender asks here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/zone.hpp"
#include "config/settings.hpp"
#include "store/connection.hpp"
#include "store/school_store.hpp"

namespace crier::roster {

struct SchoolProfile {
  std::int64_t id = 0;
  std::string code;
  std::string name;
  Zone zone;
  std::string country;
  std::string portal_url;
  config::SenderIdentity sender;
  config::QuietHours quiet_hours;
  config::Ranks ranks;
  /// Its days off, in order, each once (D3).
  std::vector<Date> holidays = {};
};

/// All schools of the store, by code. Throws Error(usage) where one has no time zone from anywhere.
std::vector<SchoolProfile> school_profiles(store::Connection& connection, const config::Settings& settings);

/// One school's profile, from its row.
SchoolProfile profile_of(const store::SchoolRow& row, const config::Settings& settings);

/// The school that a command is about: by code, ignoring case; without a code the only one there is.
/// Throws Error(nothing_there) with the nearest code, or Error(usage) where there are several and none is
/// named.
const SchoolProfile& pick_school(const std::vector<SchoolProfile>& schools, std::string_view code);

/// Puts the settings' schools into the store, new ones and new names; the caller holds the transaction.
void sync_schools(store::Connection& connection, const config::Settings& settings, Instant now);

/// `no-reply@` this host's full name, where neither school nor district names a sender.
std::string default_sender();

}  // namespace crier::roster
