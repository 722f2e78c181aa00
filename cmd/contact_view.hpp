// A person with addresses, decisions and family, as the commands that look at one or change one print them.
#pragma once

#include <string_view>

#include "command.hpp"
#include "office/contacts.hpp"

namespace crier::cmd {

/// `key`: what the document calls the person.
void print_person(Session& session, const office::ContactView& view, std::string_view key);

}  // namespace crier::cmd
