// Secrets of the settings: where they stand, never what they are (P1). A file beside the settings, one of the
// service manager's credentials, or a variable of the environment.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "config/toml_reader.hpp"

namespace crier::config {

struct FoundSecret {
  Secret value;
  /// Where it was read from; empty: not from a file.
  std::filesystem::path file;
  /// Why it could not be read although the settings name a place for it, with that place; else empty. Not an
  /// error on loading: whoever looks at a status need not be allowed to read it. Who needs it throws it.
  std::string fault;
};

/// Whether the table names a place for it: `<what>_file` or `<what>_env`.
bool names_secret(const TomlTable& table, std::string_view what);

/// The first of the places where `name` may lie that is there: beside the settings, then among the service
/// manager's credentials; the first where none is.
std::filesystem::path credential_path(const std::string& name, const std::filesystem::path& folder);

/// Reads `<what>_file` or `<what>_env`; nothing found and no fault where neither is named. Throws
/// Error(usage) where both are.
FoundSecret read_secret(const TomlTable& table, std::string_view what, const std::filesystem::path& folder);

/// Throws Error(usage) where one of these stands in the settings themselves.
void refuse_secrets(const TomlTable& table, std::initializer_list<std::string_view> whats);

/// Whether what is sent to this host does not leave the machine.
bool is_this_machine(std::string_view host);

}  // namespace crier::config
