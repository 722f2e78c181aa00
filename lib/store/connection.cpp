#include "store/connection.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/os.hpp"
#include "store/migration.hpp"

namespace crier::store {
namespace {

constexpr std::int64_t application_id = 0x43524945;  // "CRIE"

[[noreturn]] void fail(const SQLite::Exception& error, const std::filesystem::path& path) {
  const auto what = fmt::format("{}: {}", path.string(), error.what());
  // What the readers and writers share in memory is a file too: where it cannot grow, the disk is full.
  const bool no_room = error.getExtendedErrorCode() == SQLITE_IOERR_SHMSIZE;
  switch (no_room ? SQLITE_FULL : error.getErrorCode() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(Exit::store, "store-locked", fmt::format("the store is in use: {}", what),
                  "Wait until the other command has ended, then try again.");
    case SQLITE_FULL:
      throw Error(Exit::store, "disk-full", fmt::format("the disk is full: {}", what),
                  "Make room on that disk, then run the command again; nothing was half done.");
    case SQLITE_CORRUPT:
      throw Error(Exit::store, "damaged-store", fmt::format("the store is damaged: {}", what),
                  "Run 'crier store check', and restore the last backup.");
    case SQLITE_NOTADB:
      throw Error(Exit::store, "not-a-store", fmt::format("this file is not a crier store: {}", what),
                  "Check --store and CRIER_STORE; 'crier init' makes a new store.");
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_IOERR:
      throw Error(Exit::store, "store-unusable", fmt::format("cannot use the store: {}", what),
                  "Check that this account may read and write the file and its folder.");
    default:
      throw Error(Exit::defect, "store-defect", fmt::format("the store refused a statement: {}", what),
                  "This is a defect in crier: please report it with this line.");
  }
}

}  // namespace

namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
/// The C library's statement: SQLiteCpp's own binds texts only by C string or by copy, and hides this one.
using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

}  // namespace

struct Connection::Rep {
  std::filesystem::path path;
  std::unique_ptr<SQLite::Database> database;
  std::unique_ptr<os::LockFile> lock;
  std::unordered_map<std::string, std::vector<Prepared>> idle;

  bool log_exceeds(std::int64_t pages) const;
  /// The checkpoint itself.
  void fold();

  /// Under the lock, which it gives back: folds all of the log and cuts it off; false where somebody reads
  /// from it.
  bool truncate_log();

  /// Throws for any code but success.
  void check(int code) {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
      fail(SQLite::Exception(database->getHandle(), code), path);
    }
  }
};

struct Query::Rep {
  Connection::Rep* connection = nullptr;
  std::vector<Prepared>* home = nullptr;
  Prepared prepared;
  sqlite3_stmt* get() const { return prepared.get(); }
};

namespace {

/// Runs library calls and turns their exceptions into crier's.
template <typename Call>
auto guarded(const std::filesystem::path& path, Call&& call) {
  try {
    return call();
  } catch (const SQLite::Exception& error) {
    fail(error, path);
  }
}

}  // namespace

Query::Query(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Query::Query(Query&&) noexcept = default;

Query::~Query() {
  if (!rep_) return;
  sqlite3_reset(rep_->get());
  sqlite3_clear_bindings(rep_->get());
  rep_->home->push_back(std::move(rep_->prepared));
}

Query& Query::bind(int parameter, std::int64_t value) {
  rep_->connection->check(sqlite3_bind_int64(rep_->get(), parameter, value));
  return *this;
}

Query& Query::bind(int parameter, double value) {
  rep_->connection->check(sqlite3_bind_double(rep_->get(), parameter, value));
  return *this;
}

Query& Query::bind(int parameter, std::string_view value) {
  rep_->connection->check(sqlite3_bind_text64(rep_->get(), parameter,
                                              value.data() == nullptr ? "" : value.data(), value.size(),
                                              SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Query& Query::bind_bytes(int parameter, std::string_view value) {
  rep_->connection->check(sqlite3_bind_blob64(
      rep_->get(), parameter, value.data() == nullptr ? "" : value.data(), value.size(), SQLITE_STATIC));
  return *this;
}

Query& Query::bind_null(int parameter) {
  rep_->connection->check(sqlite3_bind_null(rep_->get(), parameter));
  return *this;
}

bool Query::step() {
  const int code = sqlite3_step(rep_->get());
  if (code == SQLITE_ROW) return true;
  rep_->connection->check(code);
  return false;
}

std::int64_t Query::run() {
  while (step()) {
  }
  const auto changed = sqlite3_changes64(rep_->connection->database->getHandle());
  sqlite3_reset(rep_->get());
  return changed;
}

void Query::reset() {
  sqlite3_reset(rep_->get());
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(rep_->get(), column) == SQLITE_NULL;
}
std::int64_t Query::integer(int column) const {
  return sqlite3_column_int64(rep_->get(), column);
}
double Query::real(int column) const {
  return sqlite3_column_double(rep_->get(), column);
}
std::string Query::text(int column) const {
  return std::string(view(column));
}

std::string_view Query::view(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(rep_->get(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(rep_->get(), column))};
}

std::optional<std::int64_t> Query::maybe_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<double> Query::maybe_real(int column) const {
  if (is_null(column)) return std::nullopt;
  return real(column);
}

Connection::Connection(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}

Connection::~Connection() {
  rep_->idle.clear();  // statements go before their database
}

namespace {

std::unique_ptr<SQLite::Database> open_file(const std::filesystem::path& path, int flags) {
  // Nobody asks the library how much memory it has in use, and counting takes a lock at every allocation.
  [[maybe_unused]] static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  auto database = std::make_unique<SQLite::Database>(path.string(), flags | SQLite::OPEN_NOMUTEX);
  // The WAL-reset bug of SQLite before 3.51.3: no checkpoint may run but under the lock file, the one at the
  // last close included.
  sqlite3_db_config(database->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  database->setBusyTimeout(static_cast<int>(std::chrono::milliseconds(lock_patience).count()));
  return database;
}

void prepare_session(SQLite::Database& database, Connection::Access access) {
  database.exec("PRAGMA wal_autocheckpoint = 0");
  database.exec("PRAGMA synchronous = FULL");
  database.exec("PRAGMA foreign_keys = ON");
  // P1: what is deleted is overwritten, not only forgotten.
  database.exec("PRAGMA secure_delete = ON");
  database.exec("PRAGMA cache_size = -16384");
  database.exec("PRAGMA temp_store = FILE");
  database.exec("PRAGMA mmap_size = 268435456");
  if (access != Connection::Access::write) database.exec("PRAGMA query_only = ON");
}

}  // namespace

std::unique_ptr<Connection> Connection::open(const std::filesystem::path& path, Access access) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) {
    if (unknown) {
      throw Error(Exit::store, "store-unusable",
                  fmt::format("cannot look at {}: {}", path.string(), unknown.message()),
                  "Check that this account may read and write the file and its folder.");
    }
    throw Error(Exit::store, "no-store", fmt::format("there is no store at {}", path.string()),
                "Make one with 'crier init', or name another with --store.");
  }
  auto rep = std::make_unique<Rep>();
  rep->path = path;
  rep->lock = std::make_unique<os::LockFile>(path.string() + ".lock");
  guarded(path, [&] {
    rep->database = open_file(path, SQLite::OPEN_READWRITE);
    prepare_session(*rep->database, access);
    if (rep->database->execAndGet("PRAGMA application_id").getInt64() != application_id) {
      throw Error(Exit::store, "not-a-store", fmt::format("{} is not a crier store", path.string()),
                  "Check --store and CRIER_STORE; 'crier init' makes a new store.");
    }
  });
  auto connection = std::unique_ptr<Connection>(new Connection(std::move(rep)));
  const auto version = connection->integer("PRAGMA user_version");
  if (version > newest_schema()) {
    throw Error(Exit::store, "newer-store",
                fmt::format("{} was written by a newer crier (schema {}, this program knows {})",
                            path.string(), version, newest_schema()),
                "Use the newer program, or restore a backup made before the upgrade.");
  }
  // A file that was restored has no log yet.
  if (access == Access::write) {
    guarded(path, [&] { connection->rep_->database->exec("PRAGMA journal_mode = WAL"); });
  }
  if (version < newest_schema() && access != Access::inspect) {
    if (access == Access::read) {
      throw Error(Exit::store, "older-store",
                  fmt::format("{} has schema {}, this program works with {}", path.string(), version,
                              newest_schema()),
                  "Run 'crier store migrate' once.");
    }
    Transaction transaction(*connection);
    migrate(*connection, newest_schema());
    transaction.commit();
  }
  return connection;
}

std::unique_ptr<Connection> Connection::create(const std::filesystem::path& path) {
  return create_at(path, newest_schema());
}

std::unique_ptr<Connection> Connection::create_at(const std::filesystem::path& path, std::int64_t schema) {
  if (std::filesystem::exists(path)) {
    throw Error(Exit::store, "store-exists", fmt::format("{} is there already", path.string()),
                "Name another file with --store; crier never overwrites a store.");
  }
  if (path.has_parent_path()) os::make_folder(path.parent_path());
  // P1: SQLite alone would let every account of the machine read it; the log takes the store's rights.
  os::create_file(path, "");
  auto rep = std::make_unique<Rep>();
  rep->path = path;
  rep->lock = std::make_unique<os::LockFile>(path.string() + ".lock");
  guarded(path, [&] {
    rep->database = open_file(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    rep->database->exec("PRAGMA journal_mode = WAL");
    prepare_session(*rep->database, Access::write);
  });
  auto connection = std::unique_ptr<Connection>(new Connection(std::move(rep)));
  Transaction transaction(*connection);
  connection->execute(fmt::format("PRAGMA application_id = {}", application_id));
  migrate(*connection, schema);
  transaction.commit();
  return connection;
}

const std::filesystem::path& Connection::path() const {
  return rep_->path;
}

Query Connection::query(std::string_view sql) {
  auto query = std::make_unique<Query::Rep>();
  query->connection = rep_.get();
  auto& home = rep_->idle[std::string(sql)];
  query->home = &home;
  if (home.empty()) {
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(rep_->database->getHandle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    query->prepared.reset(prepared);
    rep_->check(code);
  } else {
    query->prepared = std::move(home.back());
    home.pop_back();
  }
  return Query(std::move(query));
}

void Connection::execute(std::string_view sql) {
  guarded(rep_->path, [&] { rep_->database->exec(std::string(sql)); });
}

std::int64_t Connection::integer(std::string_view sql) {
  auto one = query(sql);
  if (!one.step()) {
    throw Error(Exit::defect, "store-defect", fmt::format("a query gave no row: {}", sql),
                "This is a defect in crier: please report it with this line.");
  }
  return one.integer(0);
}

std::string Connection::text(std::string_view sql) {
  auto one = query(sql);
  return one.step() ? one.text(0) : std::string();
}

std::int64_t Connection::last_id() const {
  return rep_->database->getLastInsertRowid();
}

bool Connection::Rep::log_exceeds(std::int64_t pages) const {
  std::error_code unknown;
  const auto size = std::filesystem::file_size(path.string() + "-wal", unknown);
  return !unknown && static_cast<std::int64_t>(size) >= pages * 4096;
}

void Connection::Rep::fold() {
  const int code =
      sqlite3_wal_checkpoint_v2(database->getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && code != SQLITE_BUSY) {
    fail(SQLite::Exception(database->getErrorMsg(), code), path);
  }
}

void Connection::checkpoint(std::int64_t pages) {
  if (!rep_->log_exceeds(pages) || !rep_->lock->try_lock()) return;
  try {
    rep_->fold();
  } catch (...) {
    rep_->lock->unlock();
    throw;
  }
  rep_->lock->unlock();
}

bool Connection::Rep::truncate_log() {
  // Whoever reads from the log, an import's folding too, keeps it: that is not waited for.
  sqlite3_busy_timeout(database->getHandle(), 0);
  const int code =
      sqlite3_wal_checkpoint_v2(database->getHandle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(database->getHandle(),
                       static_cast<int>(std::chrono::milliseconds(lock_patience).count()));
  lock->unlock();
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY && (code & 0xff) != SQLITE_LOCKED) check(code);
  return code == SQLITE_OK;
}

void Connection::shrink_log() {
  if (rep_->lock->try_lock()) (void)rep_->truncate_log();
}

bool Connection::empty_log() {
  return rep_->lock->lock_within(lock_patience) && rep_->truncate_log();
}

void Connection::compact() {
  rep_->idle.clear();  // a statement that is open stands in its way
  if (!rep_->lock->lock_within(lock_patience)) {
    throw Error(Exit::store, "store-locked",
                fmt::format("the store is in use: {} has been locked for {} seconds", rep_->path.string(),
                            lock_patience.count()),
                "Another crier command holds it: wait until it has ended, then try again.");
  }
  try {
    guarded(rep_->path, [&] { rep_->database->exec("VACUUM"); });
  } catch (...) {
    rep_->lock->unlock();
    throw;
  }
  rep_->lock->unlock();
  empty_log();
}

void Connection::copy_to(const std::filesystem::path& path) {
  // A connection of its own: one that may only read the store may not write another file either.
  const auto file = open_file(rep_->path, SQLite::OPEN_READWRITE);
  guarded(rep_->path, [&] {
    SQLite::Statement copy(*file, "VACUUM INTO ?1");
    copy.bind(1, path.string());
    copy.exec();
  });
}

void Connection::forgo_syncs() {
  execute("PRAGMA synchronous = OFF");
}

std::string Connection::integrity() {
  std::string wrong;
  try {
    for (const char* check : {"PRAGMA integrity_check(20)", "PRAGMA foreign_key_check"}) {
      SQLite::Statement statement(*rep_->database, check);
      while (statement.executeStep()) {
        const std::string line = statement.getColumn(0).getText();
        if (line == "ok") continue;
        if (!wrong.empty()) wrong += "; ";
        wrong +=
            statement.getColumnCount() > 1 ? "a row of " + line + " refers to one that is not there" : line;
      }
    }
  } catch (const SQLite::Exception& error) {
    wrong += error.what();
  }
  return wrong;
}

std::string Connection::library_version() {
  return sqlite3_libversion();
}

Transaction::Transaction(Connection& connection) : connection_(connection) {
  auto& rep = *connection_.rep_;
  if (!rep.lock->lock_within(lock_patience)) {
    throw Error(Exit::store, "store-locked",
                fmt::format("the store is in use: {} has been locked for {} seconds", rep.path.string(),
                            lock_patience.count()),
                "Another crier command holds it: wait until it has ended, then try again.");
  }
  try {
    guarded(rep.path, [&] { rep.database->exec("BEGIN IMMEDIATE"); });
  } catch (...) {
    rep.lock->unlock();
    throw;
  }
  open_ = true;
}

Transaction::~Transaction() {
  if (!open_) return;
  auto& rep = *connection_.rep_;
  // A failed statement may have ended the transaction already.
  if (sqlite3_get_autocommit(rep.database->getHandle()) == 0) rep.database->tryExec("ROLLBACK");
  rep.lock->unlock();
}

void Transaction::commit() {
  auto& rep = *connection_.rep_;
  guarded(rep.path, [&] { rep.database->exec("COMMIT"); });
  open_ = false;
  rep.lock->unlock();
}

struct Folding::Rep {
  Connection::Rep* connection = nullptr;
  /// Reads from the log as it stands at the commit.
  std::unique_ptr<SQLite::Database> reader;
};

Folding::Folding(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Folding::Folding(Folding&&) noexcept = default;
Folding::~Folding() = default;

void Folding::run() {
  if (rep_->reader) rep_->connection->fold();
  rep_->reader.reset();
}

Folding Transaction::commit_to_fold(std::int64_t pages) {
  auto& rep = *connection_.rep_;
  guarded(rep.path, [&] { rep.database->exec("COMMIT"); });
  open_ = false;
  auto folding = std::make_unique<Folding::Rep>();
  folding->connection = &rep;
  try {
    if (rep.log_exceeds(pages)) {
      // Under the lock still: nobody can have folded this commit, so that it is the log that is read from.
      folding->reader = open_file(rep.path, SQLite::OPEN_READWRITE);
      folding->reader->exec("BEGIN DEFERRED");
      folding->reader->execAndGet("SELECT count(*) FROM sqlite_schema");
    }
  } catch (const SQLite::Exception&) {
    folding->reader.reset();  // the next one folds
  }
  rep.lock->unlock();
  return Folding(std::move(folding));
}

Snapshot::Snapshot(Connection& connection) : connection_(connection) {
  // A transaction that is open already is one.
  if (sqlite3_get_autocommit(connection.rep_->database->getHandle()) == 0) return;
  begun_ = true;
  guarded(connection_.rep_->path, [&] { connection_.rep_->database->exec("BEGIN DEFERRED"); });
}

Snapshot::~Snapshot() {
  if (begun_) connection_.rep_->database->tryExec("ROLLBACK");
}

UncheckedReferences::UncheckedReferences(Connection& connection) : connection_(connection) {
  connection_.execute("PRAGMA foreign_keys = OFF");
}

UncheckedReferences::~UncheckedReferences() {
  connection_.rep_->database->tryExec("PRAGMA foreign_keys = ON");
}

}  // namespace crier::store
