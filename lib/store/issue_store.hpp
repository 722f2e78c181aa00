// What is wrong with the data (S5), as rows that stay: raised once, open as long as they are found, gone by
// themselves when they are not, open again when they come back. Imports find them at the end of their
// transaction; the office lists and resolves them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// Something that a source's rows say of a person and that is not good.
struct FoundIssue {
  std::string kind;
  /// The source's id of the person.
  std::string person;
  /// Tells one from another of the same kind and person.
  std::string mark;
  std::string detail;
};

/// Whether all rows of the source were looked at: only then is what was not found gone.
enum class IssueScope { some_rows, all_rows };

/// Rows of people of this source; the caller holds the import's transaction.
void refresh_row_issues(Connection& connection, std::int64_t source, std::span<const FoundIssue> found,
                        IssueScope scope, Instant now);

/// What the roster itself shows, whoever brought it: addresses that are none, blocked addresses, contacts
/// that may be one person, what two sources say differently (R6), pupils without a prime contact who can be
/// reached. The caller holds the transaction.
void refresh_roster_issues(Connection& connection, Instant now);

/// An address has just been blocked, or opened: its issues, for whoever has it. The caller holds the
/// transaction.
void raise_block_issues(Connection& connection, std::string_view kind, std::string_view compare_key,
                        Instant now);
/// Taken back: it was no block after all.
void end_block_issues(Connection& connection, std::string_view kind, std::string_view compare_key,
                      Instant now);

struct IssueRow {
  std::int64_t id = 0;
  std::string kind;
  /// The school's code; empty where the issue belongs to none.
  std::string school;
  std::string person_kind;
  std::string code;
  std::string family;
  std::string given;
  std::string detail;
  std::string source;
  Instant raised{};
  Instant last_seen{};
  /// `open`, `gone`, `resolved`
  std::string state;
  std::optional<Instant> ended;
  std::string ended_by;
};

struct IssueFilter {
  std::optional<std::int64_t> id;
  std::optional<std::int64_t> school;
  /// One kind, or several with commas between them.
  std::string kind;
  /// Somebody's code, or a part of their name, in any case.
  std::string person = {};
  /// Raised since.
  std::optional<Instant> since = {};
  /// Empty: all.
  std::string state;
};

/// By kind, then by name.
std::vector<IssueRow> issue_rows(Connection& connection, const IssueFilter& filter);

/// The kinds that have ever been raised.
std::vector<std::string> issue_kinds(Connection& connection);

/// False where it is not open.
bool resolve_issue(Connection& connection, std::int64_t id, std::string_view by, Instant now);

}  // namespace crier::store
