#include "office/setup.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"
#include "office/adopting.hpp"
#include "roster/schools.hpp"
#include "store/identity_store.hpp"
#include "store/migration.hpp"
#include "store/report_store.hpp"
#include "store/wallet_store.hpp"

namespace crier::office {
namespace {

void require_school(const config::School& school) {
  if (trim_invisible(school.code).empty() || trim_invisible(school.name).empty() || !is_utf8(school.code) ||
      !is_utf8(school.name)) {
    throw Error(Exit::usage, "bad-school", "the school needs a code and a name in UTF-8",
                "Give --school and --name.");
  }
  if (school.code.find_first_of("\"\\\r\n") != std::string::npos) {
    throw Error(Exit::usage, "bad-school",
                fmt::format("the school code '{}' has a quote, backslash or line break", school.code),
                "Use letters and digits, such as CAM.");
  }
  (void)Zone(school.timezone);
  const auto letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (school.country.size() != 2 || !letter(school.country[0]) || !letter(school.country[1])) {
    throw Error(Exit::usage, "bad-country", fmt::format("'{}' is no country code", school.country),
                "Give the two capital letters of ISO 3166, such as GB or CN.");
  }
}

}  // namespace

NewStore init(const config::School& school, const std::filesystem::path& settings_file,
              std::string_view store, const Clock& clock, const std::string& actor) {
  require_school(school);
  const auto file = std::filesystem::absolute(settings_file);
  if (std::filesystem::exists(file)) {
    throw Error(Exit::refused_by_rule, "settings-exist", fmt::format("{} is there already", file.string()),
                "crier never overwrites settings: edit that file, or name another with --config.");
  }
  const std::string store_named = store.empty() ? "crier.db" : std::string(store);
  const auto text = config::new_settings_text(school, store_named);
  auto settings = config::parse_settings(text, file);
  // --store is as seen from the working folder, store in the settings from the settings' folder.
  const auto path = store.empty() ? file.parent_path() / "crier.db" : store_path(settings, store);
  if (std::filesystem::exists(path)) {
    throw Error(Exit::refused_by_rule, "store-exists", fmt::format("{} is there already", path.string()),
                "crier never overwrites a store: name another with --store.");
  }
  const auto written = store.empty() ? text : config::new_settings_text(school, path.string());
  if (file.has_parent_path()) os::make_folder(file.parent_path());
  const auto connection = store::Connection::create(path);
  const Office office{*connection, settings, clock, actor, ""};
  store::Transaction transaction(*connection);
  store::insert_store_identity(*connection, os::random_hex(16), clock.now());
  roster::sync_schools(*connection, settings, clock.now());
  note_own_place(office);
  record(office, "init", "store", fmt::format("school {}", school.code));
  transaction.commit();
  connection->checkpoint();
  if (!os::create_file(file, written)) {
    throw Error(Exit::refused_by_rule, "settings-exist", fmt::format("{} is there already", file.string()),
                "crier never overwrites settings: edit that file, or name another with --config.");
  }
  return {file, path};
}

std::vector<Finding> check_store(const Office& office) {
  std::vector<Finding> findings;
  const auto damage = office.store.integrity();
  findings.push_back(damage.empty() ? Finding{"structure", "ok", "the file is sound", ""}
                                    : Finding{"structure", "error", damage,
                                              "Restore the last backup; keep this file to look at."});
  if (!damage.empty()) return findings;
  findings.push_back(
      {"schema", "ok",
       fmt::format("schema {}, SQLite {}", store::newest_schema(), store::Connection::library_version()),
       ""});
  const auto off = store::jobs_that_do_not_add_up(office.store);
  findings.push_back(off.empty()
                         ? Finding{"counts", "ok", "the counts of every job add up", ""}
                         : Finding{"counts", "error",
                                   fmt::format("the counts of {} jobs do not add up, the first is job {}",
                                               off.size(), off.front()),
                                   "Please report this, with what was done before."});
  const auto points = store::wallet_faults(office.store);
  findings.push_back(
      points.empty() ? Finding{"wallet", "ok", "what is reserved and charged for texts adds up", ""}
                     : Finding{"wallet", "error", fmt::format("{} ({} such)", points.front(), points.size()),
                               "'crier wallet check' lists all of it. Please report this."});
  const auto chain = check_audit(office).fault;
  findings.push_back(chain.empty() ? Finding{"audit", "ok", "the audit log is whole", ""}
                                   : Finding{"audit", "error", chain,
                                             "Somebody changed the store by hand: compare with a backup."});
  return findings;
}

}  // namespace crier::office
