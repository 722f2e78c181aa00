// The import from a OneRoster server (I4): pulled whole, then imported as the set that it has become.
#include <fmt/format.h>

#include <memory>

#include "base/error.hpp"
#include "intake/oneroster_reader.hpp"
#include "intake/rest_pull.hpp"
#include "intake/run.hpp"

namespace crier::intake {
namespace {

namespace fs = std::filesystem;

/// Personal data: nobody but the owner, and no longer than the import lasts. One import at a time works a
/// store, so what an import left that was killed is known to be nobody's.
class PullFolder {
 public:
  explicit PullFolder(const fs::path& store) : path_(store.string() + ".pull") {
    try {
      fs::remove_all(path_);
      fs::create_directory(path_);
      fs::permissions(path_, fs::perms::owner_all);
    } catch (const fs::filesystem_error& error) {
      throw Error(Exit::store, "pull-folder",
                  fmt::format("{} cannot be made: {}", path_.string(), error.code().message()),
                  "Give this account the right to write beside the store.");
    }
  }
  ~PullFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  PullFolder(const PullFolder&) = delete;
  PullFolder& operator=(const PullFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void require_empty(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error && fs::is_empty(folder, error) && !error) return;
  throw Error(Exit::usage, "folder-not-empty",
              error ? fmt::format("{} cannot be used: {}", folder.string(), error.message())
                    : fmt::format("{} is not empty", folder.string()),
              "Name a folder that is empty or is not there yet.");
}

std::string zone_of(const config::Settings& settings, const ReaderContext& context) {
  if (!settings.district.timezone.empty()) return settings.district.timezone;
  for (const auto& school : settings.schools) {
    if (!school.timezone.empty()) return school.timezone;
  }
  for (const auto& school : context.schools) {
    if (!school.timezone.empty()) return school.timezone;
  }
  return "";
}

}  // namespace

ImportAnswer import_rest(store::Connection& connection, const config::Settings& settings, const Clock& clock,
                         const ImportRequest& request, const Progress& progress) {
  const auto found = settings.imports.find(request.source);
  if (found == settings.imports.end() || found->second.rest.base_url.empty()) {
    throw Error(
        Exit::usage, "no-server", fmt::format("the settings know no server of the name '{}'", request.source),
        fmt::format("Write [import.{}] with kind = \"rest\" and base_url into crier.toml.", request.source));
  }
  const auto& source = found->second;
  auto pulled = request;
  // Before anything else: the folder beside the store is another import's as long as that runs.
  const auto one_at_a_time = lock_imports(connection);
  std::optional<PullFolder> own;
  if (pulled.path.empty()) {
    own.emplace(connection.path());
    pulled.path = own->path();
  } else {
    require_empty(pulled.path);
  }
  pulled.kind = "rest";
  pulled.recorded_as = source.rest.base_url;
  const OpenSource open = [&](store::IntakeStage& stage, ReaderContext context, IssueList& issues,
                              Progress told) -> std::unique_ptr<SourceReader> {
    std::int64_t rows = 0;
    const auto go_on = [&] {
      if (told) told("from the server", static_cast<std::uint64_t>(rows), 0);
    };
    pull_oneroster({source.rest, source.columns, zone_of(settings, context), pulled.path,
                    [&](std::string_view what, std::int64_t count) {
                      rows = count;
                      if (told) told(what, static_cast<std::uint64_t>(count), 0);
                    }},
                   rest_world(go_on), issues);
    auto set = std::make_unique<OneRosterSet>(pulled.path, issues);
    return std::make_unique<OneRosterReader>(std::move(set), stage, std::move(context), issues,
                                             std::move(told));
  };
  return import_locked(connection, settings, clock, pulled, open, progress);
}

}  // namespace crier::intake
