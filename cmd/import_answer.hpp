// What an import found and did, as every import command prints it.
#pragma once

#include <cstdint>
#include <optional>

#include "command.hpp"
#include "office/importing.hpp"
#include "output/progress.hpp"

namespace crier::cmd {

boost::json::array issues_document(const std::vector<RowIssue>& issues);
/// `users.csv:17 email 'x@': invalid-email: …`
std::string issue_line(const RowIssue& issue);
/// A row per kind: added, changed, removed.
Table counts_table(const ImportReport& report);
/// What print_import would say.
Exit exit_of(const intake::ImportAnswer& answer);

boost::json::object import_document(const intake::ImportAnswer& answer);

/// Prints the answer and says the exit code; throws the answer's error where it was refused or held, unless
/// the JSON document has told it.
Exit print_import(Session& session, const intake::ImportAnswer& answer);

/// A bar for as long as it lives: over the bytes of an export, or counting the rows that a server gives.
class ImportBar {
 public:
  intake::Progress told();

 private:
  std::optional<output::Progress> progress_;
  std::uint64_t total_ = 0;
};

}  // namespace crier::cmd
