// A person's own decisions as acts (R7): look, opt out, opt in, consent; open or close an address.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/channel.hpp"
#include "model/message.hpp"
#include "office/office.hpp"
#include "store/contact_store.hpp"

namespace crier::office {

/// One person by code or source id, ignoring case; of the named school, if any. Throws Error(nothing_there),
/// and Error(usage) where several people are meant.
store::KnownPerson find_person(const Office& office, std::string_view code);

struct ContactView {
  store::KnownPerson person;
  std::vector<store::HeldAddress> addresses;
  std::vector<store::OptOut> opt_outs;
  std::vector<store::Consent> consents;
  std::vector<store::Relative> relatives;
};
/// Addresses are masked for whoever may not see them (M7).
ContactView show_contact(const Office& office, std::string_view code);
/// The same of somebody who was found already; asks for no permission.
ContactView show_person(const Office& office, store::KnownPerson person);

/// What is opted out of; none: every channel, every category.
struct OptOutScope {
  std::optional<Channel> channel;
  std::optional<Category> category;
};

/// Returns the contact as it is then; an opt-out that stands already changes nothing.
ContactView opt_out(const Office& office, std::string_view code, const OptOutScope& scope);

/// Takes an opt-out back: all of them without a scope, else the one with just this scope. Throws
/// Error(refused_by_rule) where another, wider one would still hold, and Error(nothing_there) where there is
/// none.
ContactView opt_in(const Office& office, std::string_view code, const OptOutScope& scope);

/// Uses an address no more until it is enabled: all of a person's, or the one that is named. How many were
/// closed. Throws Error(nothing_there) where there is none that is open, or nobody has it.
std::int64_t disable_addresses(const Office& office, std::string_view code_or_address);

/// What a person says of a purpose, a contract for instance; missing consent blocks (R7).
enum class ConsentWord { given, missing };
ContactView set_consent(const Office& office, std::string_view code, const std::string& purpose,
                        ConsentWord word);

/// The blocked addresses that `enable` would open: of a person, or the one that is named; of one channel, or
/// all.
std::vector<store::HeldAddress> blocked_addresses(const Office& office, std::string_view code_or_address,
                                                  std::optional<Channel> channel = std::nullopt);
/// Opens them. Throws Error(nothing_there) where there are none.
void enable_addresses(const Office& office, std::span<const store::HeldAddress> blocked);

}  // namespace crier::office
