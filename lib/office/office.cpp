#include "office/office.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/os.hpp"
#include "roster/schools.hpp"

namespace crier::office {

void record(const Office& office, std::string_view act, std::string subject, std::string detail) {
  // A rehearsal's clock must show in the log (interface.md, CRIER_CLOCK).
  detail += rehearsal_mark();
  store::append_audit(office.store, {office.clock.now(), office.actor, std::string(act), std::move(subject),
                                     std::move(detail)});
}

store::AuditCheck check_audit(const Office& office) {
  const store::Snapshot snapshot(office.store);
  return store::check_audit(office.store);
}

std::filesystem::path store_path(const config::Settings& settings, std::string_view from_command_line) {
  std::filesystem::path path;
  std::string named(from_command_line);
  if (!named.empty()) {
    path = named;
  } else if (!settings.store.empty()) {
    named = settings.store;
    path = settings.folder / settings.store;
  } else if (!settings.file.empty()) {
    path = settings.folder / "crier.db";
  } else {
    path = os::user_state_folder() / "crier.db";
  }
  if (named.find("://") != std::string::npos) {
    throw Error(Exit::usage, "unsupported-store",
                fmt::format("this crier keeps its store in a file, not at {}",
                            named.substr(0, named.find("://") + 3)),
                "Name a file with --store or store in crier.toml.");
  }
  return std::filesystem::absolute(path);
}

std::optional<std::int64_t> named_school(const Office& office) {
  if (office.school.empty()) return std::nullopt;
  return roster::pick_school(roster::school_profiles(office.store, office.settings), office.school).id;
}

std::filesystem::path bell_path(const std::filesystem::path& store) {
  return store.string() + ".bell";
}

}  // namespace crier::office
