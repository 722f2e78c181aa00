#include "office/backup.hpp"

#include <fmt/format.h>

#include <array>
#include <system_error>

#include "base/error.hpp"
#include "base/os.hpp"
#include "office/permission.hpp"
#include "store/connection.hpp"
#include "store/identity_store.hpp"
#include "store/lease_store.hpp"

namespace crier::office {
namespace {

namespace fs = std::filesystem;

/// What belongs to a store's file.
constexpr std::array companions{"", "-wal", "-shm"};

/// Beside the target, so that a rename gives it its name.
fs::path beside(const fs::path& target) {
  return target.string() + ".part-" + os::random_hex(4);
}

/// A file that goes away with the object, unless it got its name.
class Unfinished {
 public:
  explicit Unfinished(fs::path path) : path_(std::move(path)) {}
  ~Unfinished() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void require_sound(const fs::path& file) {
  std::string damage;
  try {
    damage = store::Connection::open(file, store::Connection::Access::inspect)->integrity();
  } catch (const Error& error) {
    throw Error(Exit::refused_input, error.code(), error.message(),
                "Name a file that 'crier store backup' has written. Nothing was changed.");
  }
  if (damage.empty()) return;
  throw Error(Exit::refused_input, "damaged-backup", fmt::format("{} is damaged: {}", file.string(), damage),
              "Take an earlier backup. Nothing was changed.");
}

void require_nobody_works(const fs::path& store) {
  try {
    const auto connection = store::Connection::open(store, store::Connection::Access::inspect);
    const auto holder = store::lease_holder(*connection);
    if (!holder) return;
    throw Error(Exit::store, "lease-held",
                fmt::format("this store is worked by '{}' on {} (process {})", holder->holder, holder->host,
                            holder->pid),
                "Stop that one first. Nothing was changed.");
  } catch (const Error& error) {
    if (error.code() == "lease-held") throw;
    // What cannot even be opened is what a backup is for.
  }
}

/// The store that stands there keeps its rows under another name.
fs::path put_aside(const fs::path& store, const Clock& clock) {
  if (!fs::exists(store)) return {};
  std::string stamp = to_rfc3339(clock.now()).substr(0, 19) + "Z";
  std::erase(stamp, '-');
  std::erase(stamp, ':');
  const fs::path aside = fmt::format("{}.replaced-{}", store.string(), stamp);
  for (const auto* companion : companions) {
    std::error_code fault;
    fs::rename(store.string() + companion, aside.string() + companion, fault);
    if (fault && fault != std::errc::no_such_file_or_directory) {
      throw Error(Exit::store, "unwritable",
                  fmt::format("{} cannot be put aside: {}", store.string(), fault.message()),
                  "Check the rights of its folder.");
    }
  }
  return aside;
}

}  // namespace

BackupAnswer backup_store(const Office& office, const fs::path& file, Existing existing) {
  require(office, Act::change_store);
  const auto target = fs::absolute(file);
  if (fs::is_directory(target)) {
    throw Error(Exit::usage, "is-a-folder", fmt::format("{} is a folder", target.string()),
                "Name the file that the backup is to be.");
  }
  if (fs::exists(target) && existing == Existing::refuse) {
    throw Error(Exit::refused_by_rule, "file-exists", fmt::format("{} is there already", target.string()),
                "Name another file, or add --force to replace it.");
  }
  const Unfinished part(beside(target));
  office.store.copy_to(part.path());
  require_sound(part.path());
  os::settle_file(part.path(), target);
  {
    store::Transaction transaction(office.store);
    record(office, "backup", "store", target.string());
    transaction.commit();
  }
  return {target, static_cast<std::int64_t>(fs::file_size(target))};
}

RestoreAnswer restore_store(const config::Settings& settings, const Clock& clock, const fs::path& store,
                            const fs::path& file, const std::string& actor) {
  const auto source = fs::absolute(file);
  if (!fs::exists(source)) {
    throw Error(Exit::refused_input, "no-such-file", fmt::format("there is no {}", source.string()),
                "Name a file that 'crier store backup' has written.");
  }
  if (fs::exists(store) && fs::equivalent(source, store)) {
    throw Error(Exit::usage, "same-file", fmt::format("{} is the store itself", source.string()),
                "Name the backup, and with --store the store.");
  }
  require_sound(source);
  if (fs::exists(store)) require_nobody_works(store);
  const Unfinished part(beside(store));
  // By SQLite, so that a backup with a log of its own comes whole.
  store::Connection::open(source, store::Connection::Access::inspect)->copy_to(part.path());
  RestoreAnswer answer{store, put_aside(store, clock)};
  os::settle_file(part.path(), store);
  const auto connection = store::Connection::open(store, store::Connection::Access::write);
  const Office office{*connection, settings, clock, actor, ""};
  store::Transaction transaction(*connection);
  // Whatever the backup says of its place, and one of an old schema says nothing: it is another's (D6).
  store::note_place(*connection, {"", "restored", source.string()}, clock.now());
  record(office, "restore", "store", source.string());
  transaction.commit();
  return answer;
}

}  // namespace crier::office
