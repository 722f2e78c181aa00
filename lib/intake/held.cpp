#include "intake/held.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/error.hpp"
#include "base/os.hpp"

namespace crier::intake {
namespace {

namespace fs = std::filesystem;

constexpr const char* note_name = "request.json";

/// Exports lie flat in their folder; what is in folders below belongs to somebody else.
void copy_given(const fs::path& from, const fs::path& to) {
  if (!fs::is_directory(from)) {
    fs::copy_file(from, to);
    return;
  }
  fs::create_directory(to);
  for (const auto& entry : fs::directory_iterator(from)) {
    if (entry.is_regular_file()) fs::copy_file(entry.path(), to / entry.path().filename());
  }
}

/// The last name of a path, `export/` and `.` too.
fs::path name_of(const fs::path& path) {
  auto name = fs::weakly_canonical(path).filename();
  return name.empty() ? fs::path("export") : name;
}

}  // namespace

fs::path held_folder(const fs::path& store, std::int64_t import) {
  return fs::path(store.string() + ".held") / std::to_string(import);
}

void keep_files(const fs::path& store, std::int64_t import, const ImportRequest& request) {
  const auto folder = held_folder(store, import);
  try {
    // Personal data: nobody but the owner, before the first file is there.
    fs::create_directories(folder.parent_path());
    fs::permissions(folder.parent_path(), fs::perms::owner_all);
    fs::remove_all(folder);
    fs::create_directory(folder);
    fs::permissions(folder, fs::perms::owner_all);
    fs::create_directory(folder / "given");
    boost::json::object note{
        {"kind", request.kind},
        {"source", request.source},
        {"path", request.recorded_as.empty() ? fs::absolute(request.path).string() : request.recorded_as},
        {"given", name_of(request.path).string()}};
    copy_given(request.path, folder / "given" / name_of(request.path));
    if (!request.map.empty()) {
      fs::create_directory(folder / "map");
      fs::copy_file(request.map, folder / "map" / request.map.filename());
      note["map"] = request.map.filename().string();
    }
    os::write_file_whole(folder / note_name, boost::json::serialize(note));
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    throw Error(
        Exit::store, "held-files",
        fmt::format("the guard holds this import, but its files cannot be kept in {}: {}", folder.string(),
                    error.code().message()),
        "Nothing was changed. Make room beside the store, or give this account the right to write there.");
  }
}

ImportRequest kept_request(const fs::path& store, std::int64_t import) {
  const auto folder = held_folder(store, import);
  if (!fs::exists(folder / note_name)) {
    throw Error(Exit::nothing_there, "held-files-gone",
                fmt::format("the files of import {} are no longer in {}", import, folder.string()),
                fmt::format("Import the export again; 'crier import discard {}' closes this one.", import));
  }
  boost::system::error_code error;
  const auto note = boost::json::parse(os::read_file(folder / note_name), error);
  if (error || !note.is_object()) {
    throw Error(Exit::store, "held-files", fmt::format("{} is damaged", (folder / note_name).string()),
                fmt::format("Import the export again; 'crier import discard {}' closes this one.", import));
  }
  const auto word = [&](const char* key) {
    const auto* value = note.get_object().if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  ImportRequest request;
  request.kind = word("kind");
  request.source = word("source");
  request.path = folder / "given" / word("given");
  request.recorded_as = word("path");
  if (const auto map = word("map"); !map.empty()) request.map = folder / "map" / map;
  return request;
}

void forget_files(const fs::path& store, std::int64_t import) {
  std::error_code ignored;
  const auto folder = held_folder(store, import);
  fs::remove_all(folder, ignored);
  // Only where it is empty.
  fs::remove(folder.parent_path(), ignored);
}

}  // namespace crier::intake
