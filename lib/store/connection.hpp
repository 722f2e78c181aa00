// One connection to the store: statements, transactions, the rules of design decision 5. A thin interface
// over SQLiteCpp, behind which PostgreSQL will stand too; nothing outside lib/store names a database library.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace crier::store {

/// A prepared statement in use: bind, step, read. Gives itself back, reset, when it goes.
/// Parameters count from 1, columns from 0, as in SQL.
class Query {
 public:
  Query(Query&&) noexcept;
  ~Query();

  Query& bind(int parameter, std::int64_t value);
  Query& bind(int parameter, int value) { return bind(parameter, static_cast<std::int64_t>(value)); }
  Query& bind(int parameter, double value);
  /// The text must live until the query is stepped for the last time.
  Query& bind(int parameter, std::string_view value);
  Query& bind(int parameter, const std::string& value) { return bind(parameter, std::string_view(value)); }
  Query& bind(int parameter, const char* value) { return bind(parameter, std::string_view(value)); }
  Query& bind_bytes(int parameter, std::string_view value);
  Query& bind_null(int parameter);
  template <typename T>
  Query& bind(int parameter, const std::optional<T>& value) {
    return value ? bind(parameter, *value) : bind_null(parameter);
  }
  /// All parameters at once, from 1.
  template <typename... Values>
  Query& with(const Values&... values) {
    int parameter = 0;
    (bind(++parameter, values), ...);
    return *this;
  }

  /// To the next row; false after the last.
  bool step();
  /// Runs a statement that changes rows; how many it changed.
  std::int64_t run();
  /// Ready to be bound and run again.
  void reset();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  /// Valid until the next step.
  std::string_view view(int column) const;
  std::optional<std::int64_t> maybe_integer(int column) const;
  std::optional<double> maybe_real(int column) const;

 private:
  friend class Connection;
  struct Rep;
  explicit Query(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

/// Whoever writes for long folds the log when it has grown so far: 16 MB.
inline constexpr std::int64_t usual_log_pages = 4000;

/// Used by one thread at a time (design decision 5): it takes no locks of its own in memory.
class Connection {
 public:
  /// inspect: reads whatever schema there is, for whoever looks whether a file is a sound store.
  enum class Access { read, write, inspect };

  /// Opens an existing store. Throws Error(store): missing, not a crier store, damaged, newer than this
  /// program. With write access an older schema is migrated forward.
  static std::unique_ptr<Connection> open(const std::filesystem::path& path, Access access);
  /// Makes a new store with the newest schema; throws Error(store) where the file exists.
  static std::unique_ptr<Connection> create(const std::filesystem::path& path);
  /// The same with an older schema: for the test of migrations.
  static std::unique_ptr<Connection> create_at(const std::filesystem::path& path, std::int64_t schema);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::filesystem::path& path() const;
  Query query(std::string_view sql);
  /// Several statements without parameters.
  void execute(std::string_view sql);
  /// The first column of the first row; throws where there is none.
  std::int64_t integer(std::string_view sql);
  std::string text(std::string_view sql);
  std::int64_t last_id() const;

  /// Folds the write-ahead log into the store, under the lock, where it has grown past `pages` (design
  /// decision 5: automatic checkpoints are off). Does nothing where the lock is busy.
  void checkpoint(std::int64_t pages = 0);

  /// Folds all of the log and cuts it off, so that what it held of old pages is gone. False where somebody
  /// reads from it, or the lock stays busy: the log stays until the next time.
  bool empty_log();

  /// Writes the store anew without the room that deleted rows left, and gives that back; nobody else can
  /// write meanwhile, and as much room as the store takes is needed beside it. Outside transactions.
  void compact();

  /// Folds all of the log and gives its room back to the disk; does nothing where the lock is busy or
  /// somebody reads from the log just then.
  void shrink_log();

  /// A copy of the whole store in a new file, as it stands at one moment; others go on meanwhile.
  void copy_to(const std::filesystem::path& path);

  /// For a copy that is thrown away: a power cut may spoil it from now on.
  void forgo_syncs();

  /// The library's own check of the file's structure: empty when sound, else what is wrong.
  std::string integrity();
  static std::string library_version();

 private:
  friend class Query;
  friend class Transaction;
  friend class Snapshot;
  friend class Folding;
  friend class UncheckedReferences;
  struct Rep;
  explicit Connection(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

/// Folds the log into the store as far as a commit reached, while others write on: not under the lock, for a
/// large commit takes long to fold. SQLite before 3.51.3 can lose commits where a writer begins the log anew
/// during a checkpoint (design decision 5); no writer can as long as somebody reads from the log, and from
/// before the lock was given back until the checkpoint has ended, somebody does: this.
class Folding {
 public:
  Folding(Folding&&) noexcept;
  ~Folding();
  /// Does nothing where another connection folds.
  void run();

 private:
  friend class Transaction;
  struct Rep;
  explicit Folding(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

/// A write transaction (IMMEDIATE, under the store's lock file; waits at most 30 s for it, then
/// Error(store)). Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();
  /// Commits something, and gives the lock back with its folding ready to run; that runs nothing where the
  /// log has not grown past `pages`.
  Folding commit_to_fold(std::int64_t pages);

 private:
  Connection& connection_;
  bool open_ = false;
};

/// A read transaction: everything read in it is of one moment.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Connection& connection_;
  bool begun_ = false;
};

/// While it lives the store does not follow each row's references: for whoever makes sure of all of them at
/// once, because asking row by row is most of the cost of a large change. Begins and ends outside
/// transactions.
class UncheckedReferences {
 public:
  explicit UncheckedReferences(Connection& connection);
  ~UncheckedReferences();
  UncheckedReferences(const UncheckedReferences&) = delete;
  UncheckedReferences& operator=(const UncheckedReferences&) = delete;

 private:
  Connection& connection_;
};

/// How long a writer waits for the store's lock.
inline constexpr std::chrono::seconds lock_patience{30};

}  // namespace crier::store
