// What is wrong with the set-up, or soon will be (S6): each check with what was seen and what to do. Reads
// only, safe while the daemon works; the online part speaks to the gateways and sends nothing.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "office/office.hpp"
#include "office/permission.hpp"
#include "office/setup.hpp"

namespace crier::office {

/// Why a part of the set-up cannot be looked at all: settings that cannot be read, a store that cannot be
/// opened. It is a finding like any other, and what does not need that part is looked at nevertheless.
Finding finding_of(std::string check, const Error& error);

/// What the settings alone tell: where things go, who is told, how secrets are kept.
std::vector<Finding> examine_settings(const config::Settings& settings, AddressSight sight);

/// The store, who works it, what waits in it, the data, schedules and templates: nothing leaves this machine.
std::vector<Finding> examine_store(const Office& office);

/// What the gateways are asked for beyond letting us in: whether they would carry a mail of this sender to
/// somebody elsewhere. Without a recipient they are not asked.
struct RelayQuestion {
  std::string sender;
  std::string recipient;
};
/// The postmaster at the domain that most of the store's addresses have: every domain has one, and nobody's
/// address is told to a server for a mere check.
RelayQuestion relay_question(const Office& office);

/// The gateways of the channels that the settings name, and the web addresses that messages point to.
std::vector<Finding> examine_gateways(const config::Settings& settings, const RelayQuestion& question);

}  // namespace crier::office
