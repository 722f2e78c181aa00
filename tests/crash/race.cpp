// One of several processes that write, read and fold one store at the same time (tests/crash/machine, race).
// What a commit writes follows from its number alone, so that whoever reads knows what has to be there: a
// commit that is lost, half there or older than one seen before shows.
//
//   race STORE make            a store with the tables of the race
//   race STORE run SEED NUMBER SECONDS LEDGER [plain|torn]
//   race STORE verify SEED     all of it once more; prints the last commit's number
//
// The ledger gets the number of each commit that was confirmed. `plain` is SQLite as it comes: checkpoints by
// themselves and at random, and no lock file; `torn` also commits in the midst of each write, so that a
// reader has something to find.
#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "store/connection.hpp"

namespace {

using crier::store::Connection;

constexpr std::uint64_t slots = 300;

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  a = (a + 0x9e3779b97f4a7c15 + (b << 17) + b) * 0xbf58476d1ce4e5b9;
  a = (a ^ (a >> 27)) * 0x94d049bb133111eb;
  return a ^ (a >> 31);
}

/// Which slots a commit writes.
std::vector<std::int64_t> slots_of(std::uint64_t seed, std::int64_t commit) {
  const auto base = mixed(seed, static_cast<std::uint64_t>(commit));
  std::vector<std::int64_t> chosen;
  for (std::uint64_t i = 0; i < 1 + base % 12; ++i)
    chosen.push_back(static_cast<std::int64_t>(mixed(base, i) % slots));
  return chosen;
}

std::string content_of(std::uint64_t seed, std::int64_t commit, std::int64_t slot) {
  auto at = mixed(mixed(seed, static_cast<std::uint64_t>(commit)), static_cast<std::uint64_t>(slot) + 1000);
  const auto length = 200 + at % 6000;
  std::string text;
  for (; text.size() < length; at = mixed(at, 1)) text += fmt::format("{:016x}", at);
  return text;
}

/// Every statement of the race, over crier's connection or over SQLite as it comes.
class Store {
 public:
  virtual ~Store() = default;
  /// One commit; its number.
  virtual std::int64_t write(std::uint64_t seed) = 0;
  virtual void fold(std::uint64_t chance) = 0;
  /// The last commit's number, how many there are, and (slot, commit, content) of each slot, all of one
  /// moment.
  struct Seen {
    std::int64_t last = 0;
    std::int64_t count = 0;
    struct Slot {
      std::int64_t slot;
      std::int64_t commit;
      std::string content;
    };
    std::vector<Slot> slots;
  };
  virtual Seen read() = 0;
};

constexpr const char* next_commit =
    "INSERT INTO race_commit (id) SELECT coalesce(max(id), 0) + 1 FROM race_commit RETURNING id";
constexpr const char* put_slot =
    "INSERT INTO race_slot (slot, written, content) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (slot) DO UPDATE SET written = excluded.written, content = excluded.content";
constexpr const char* last_commit = "SELECT coalesce(max(id), 0), count(*) FROM race_commit";
constexpr const char* all_slots = "SELECT slot, written, content FROM race_slot ORDER BY slot";

class CrierStore final : public Store {
 public:
  CrierStore(const std::string& path, Connection::Access access) : store_(Connection::open(path, access)) {}

  std::int64_t write(std::uint64_t seed) override {
    crier::store::Transaction transaction(*store_);
    std::int64_t commit = 0;
    {
      auto next = store_->query(next_commit);
      next.step();
      commit = next.integer(0);
      while (next.step()) {
      }
    }
    auto put = store_->query(put_slot);
    for (const auto slot : slots_of(seed, commit)) {
      const auto content = content_of(seed, commit, slot);
      put.with(slot, commit, std::string_view(content)).run();
    }
    put.reset();
    if (commit % 16 == 0) {
      transaction.commit_to_fold(50).run();  // as an import does
    } else {
      transaction.commit();
    }
    return commit;
  }

  void fold(std::uint64_t chance) override {
    if (chance % 4 == 0) {
      store_->shrink_log();
    } else {
      store_->checkpoint();
    }
  }

  Seen read() override {
    const crier::store::Snapshot snapshot(*store_);
    Seen seen;
    auto last = store_->query(last_commit);
    last.step();
    seen.last = last.integer(0);
    seen.count = last.integer(1);
    auto rows = store_->query(all_slots);
    while (rows.step()) seen.slots.push_back({rows.integer(0), rows.integer(1), rows.text(2)});
    return seen;
  }

 private:
  std::unique_ptr<Connection> store_;
};

class PlainStore final : public Store {
 public:
  enum class Writes { whole, torn };
  PlainStore(const std::string& path, Writes writes) : writes_(writes) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) throw std::runtime_error("cannot open " + path);
    sqlite3_busy_timeout(db_, 30000);
    execute("PRAGMA synchronous = FULL");
    execute("PRAGMA wal_autocheckpoint = 20");
    next_ = prepare(next_commit);
    put_ = prepare(put_slot);
    last_ = prepare(last_commit);
    all_ = prepare(all_slots);
  }
  ~PlainStore() override {
    for (auto* one : {next_, put_, last_, all_}) sqlite3_finalize(one);
    sqlite3_close(db_);
  }
  PlainStore(const PlainStore&) = delete;
  PlainStore& operator=(const PlainStore&) = delete;

  std::int64_t write(std::uint64_t seed) override {
    execute("BEGIN IMMEDIATE");
    step(next_);
    const auto commit = sqlite3_column_int64(next_, 0);
    sqlite3_reset(next_);
    for (const auto slot : slots_of(seed, commit)) {
      const auto content = content_of(seed, commit, slot);
      sqlite3_bind_int64(put_, 1, slot);
      sqlite3_bind_int64(put_, 2, commit);
      sqlite3_bind_text(put_, 3, content.data(), static_cast<int>(content.size()), SQLITE_STATIC);
      step(put_);
      sqlite3_reset(put_);
      if (writes_ == Writes::torn) execute("COMMIT; BEGIN IMMEDIATE");
    }
    execute("COMMIT");
    return commit;
  }

  void fold(std::uint64_t chance) override {
    static constexpr int modes[] = {SQLITE_CHECKPOINT_PASSIVE, SQLITE_CHECKPOINT_FULL,
                                    SQLITE_CHECKPOINT_RESTART, SQLITE_CHECKPOINT_TRUNCATE};
    sqlite3_wal_checkpoint_v2(db_, nullptr, modes[chance % 4], nullptr, nullptr);
  }

  Seen read() override {
    execute("BEGIN");
    Seen seen;
    step(last_);
    seen.last = sqlite3_column_int64(last_, 0);
    seen.count = sqlite3_column_int64(last_, 1);
    sqlite3_reset(last_);
    while (step(all_)) {
      seen.slots.push_back({sqlite3_column_int64(all_, 0), sqlite3_column_int64(all_, 1),
                            reinterpret_cast<const char*>(sqlite3_column_text(all_, 2))});
    }
    sqlite3_reset(all_);
    execute("COMMIT");
    return seen;
  }

 private:
  [[noreturn]] void fail() { throw std::runtime_error(fmt::format("SQLite: {}", sqlite3_errmsg(db_))); }
  void execute(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v2(db_, sql, -1, &made, nullptr) != SQLITE_OK) fail();
    return made;
  }
  bool step(sqlite3_stmt* statement) {
    const int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) fail();
    return code == SQLITE_ROW;
  }

  Writes writes_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* next_ = nullptr;
  sqlite3_stmt* put_ = nullptr;
  sqlite3_stmt* last_ = nullptr;
  sqlite3_stmt* all_ = nullptr;
};

/// What all commits so far have left in each slot.
class Expected {
 public:
  explicit Expected(std::uint64_t seed) : seed_(seed), newest_(slots, 0) {}

  void compare(const Store::Seen& seen) {
    if (seen.last < last_) {
      throw std::runtime_error(fmt::format("commit {} was there, now the last is {}", last_, seen.last));
    }
    for (; last_ < seen.last;) {
      ++last_;
      for (const auto slot : slots_of(seed_, last_)) newest_[static_cast<std::size_t>(slot)] = last_;
    }
    if (seen.count != seen.last)
      throw std::runtime_error(fmt::format("{} commits of {} are there", seen.count, seen.last));
    std::vector<std::int64_t> found(slots, 0);
    for (const auto& one : seen.slots) {
      found[static_cast<std::size_t>(one.slot)] = one.commit;
      if (one.content != content_of(seed_, one.commit, one.slot)) {
        throw std::runtime_error(
            fmt::format("slot {} does not hold what commit {} wrote", one.slot, one.commit));
      }
    }
    for (std::size_t slot = 0; slot < slots; ++slot) {
      if (found[slot] == newest_[slot]) continue;
      throw std::runtime_error(fmt::format("at commit {} slot {} is of commit {}, not of {}", last_, slot,
                                           found[slot], newest_[slot]));
    }
  }
  std::int64_t last() const { return last_; }

 private:
  std::uint64_t seed_;
  std::vector<std::int64_t> newest_;
  std::int64_t last_ = 0;
};

void make(const std::string& path) {
  const auto store = Connection::open(path, Connection::Access::write);
  crier::store::Transaction transaction(*store);
  store->execute(
      "CREATE TABLE race_commit (id INTEGER PRIMARY KEY) STRICT;"
      "CREATE TABLE race_slot (slot INTEGER PRIMARY KEY, written INTEGER NOT NULL, content TEXT NOT NULL) "
      "STRICT");
  transaction.commit();
}

void run(Store& store, std::uint64_t seed, std::uint64_t number, double seconds, const std::string& ledger) {
  using Steady = std::chrono::steady_clock;
  std::ofstream confirmed(ledger, std::ios::app);
  std::mt19937_64 random(mixed(seed, number));
  Expected expected(seed);
  std::int64_t writes = 0;
  std::int64_t reads = 0;
  std::int64_t folds = 0;
  for (const auto end = Steady::now() + std::chrono::duration<double>(seconds); Steady::now() < end;) {
    const auto chance = random() % 100;
    if (chance < 60) {
      confirmed << store.write(seed) << std::endl;
      ++writes;
    } else if (chance < 75) {
      expected.compare(store.read());
      ++reads;
    } else {
      store.fold(chance);
      ++folds;
    }
  }
  fmt::print("{} {} {}\n", writes, reads, folds);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() == 2 && words[1] == "make") {
      make(words[0]);
    } else if (words.size() == 3 && words[1] == "verify") {
      CrierStore store(words[0], Connection::Access::read);
      Expected expected(std::stoull(words[2]));
      expected.compare(store.read());
      fmt::print("{}\n", expected.last());
    } else if (words.size() >= 6 && words[1] == "run") {
      std::unique_ptr<Store> store;
      if (words.size() == 7) {
        store = std::make_unique<PlainStore>(
            words[0], words[6] == "torn" ? PlainStore::Writes::torn : PlainStore::Writes::whole);
      } else {
        store = std::make_unique<CrierStore>(words[0], Connection::Access::write);
      }
      run(*store, std::stoull(words[2]), std::stoull(words[3]), std::stod(words[4]), words[5]);
    } else {
      fmt::print(stderr,
                 "usage: race STORE make | run SEED NUMBER SECONDS LEDGER [plain|torn] | verify SEED\n");
      return 2;
    }
  } catch (const crier::Error& error) {
    fmt::print(stderr, "{} {}\n", error.message(), error.hint());
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
