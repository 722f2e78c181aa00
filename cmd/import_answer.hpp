// What an import found and did, as every import command prints it.
#pragma once

#include "command.hpp"
#include "office/importing.hpp"

namespace crier::cmd {

boost::json::object import_document(const intake::ImportAnswer& answer);

/// Prints the answer and says the exit code; throws the answer's error where it was refused or held, unless the JSON
/// document has told it.
Exit print_import(Session& session, const intake::ImportAnswer& answer);

}  // namespace crier::cmd
