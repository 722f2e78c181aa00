#include "store/connection.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "base/error.hpp"
#include "store/migration.hpp"
#include "support/temporary_folder.hpp"

using namespace crier;
using store::Connection;
using store::Transaction;

namespace {

Error error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return {Exit::done, "", "", ""};
}

}  // namespace

TEST_CASE("X2: a new store has the newest schema, WAL, full sync and no checkpoints of its own") {
  const test::TemporaryFolder folder;
  const auto connection = Connection::create(folder / "crier.db");
  CHECK(connection->integer("PRAGMA user_version") == store::newest_schema());
  CHECK(connection->text("PRAGMA journal_mode") == "wal");
  CHECK(connection->integer("PRAGMA synchronous") == 2);
  CHECK(connection->integer("PRAGMA wal_autocheckpoint") == 0);
  CHECK(connection->integer("PRAGMA foreign_keys") == 1);
  CHECK(connection->integrity().empty());
  CHECK(error_of([&] { Connection::create(folder / "crier.db"); }).code() == "store-exists");
}

TEST_CASE("D5: the log's room goes back to the disk, but not while somebody reads from it") {
  const test::TemporaryFolder folder;
  const auto path = folder / "crier.db";
  const auto connection = Connection::create(path);
  const auto log_bytes = [&] { return std::filesystem::file_size(path.string() + "-wal"); };
  const auto write = [&] {
    Transaction transaction(*connection);
    connection->execute("UPDATE lease SET fence = fence");
    connection->execute("CREATE TABLE IF NOT EXISTS t (x)");
    connection->execute("INSERT INTO t (x) VALUES (1)");
    transaction.commit();
  };
  write();
  CHECK(log_bytes() > 0);
  const auto reader = Connection::open(path, Connection::Access::read);
  {
    const store::Snapshot snapshot(*reader);
    CHECK(reader->integer("SELECT count(*) FROM t") == 1);
    write();
    connection->shrink_log();
    CHECK(log_bytes() > 0);
    CHECK(reader->integer("SELECT count(*) FROM t") == 1);
  }
  connection->shrink_log();
  CHECK(log_bytes() == 0);
  CHECK(reader->integer("SELECT count(*) FROM t") == 2);
}

TEST_CASE(
    "X2: the log of writes stays when the last connection closes: no checkpoint runs without the lock") {
  const test::TemporaryFolder folder;
  {
    const auto connection = Connection::create(folder / "crier.db");
    Transaction transaction(*connection);
    connection->execute("INSERT INTO source (name, kind, created) VALUES ('x', 'x', 0)");
    transaction.commit();
  }
  CHECK(std::filesystem::file_size(folder / "crier.db-wal") > 0);
  const auto again = Connection::open(folder / "crier.db", Connection::Access::write);
  CHECK(again->integer("SELECT count(*) FROM source") == 1);
  os::LockFile other((folder / "crier.db").string() + ".lock");
  REQUIRE(other.try_lock());
  const auto before = std::filesystem::last_write_time(folder / "crier.db");
  again->checkpoint();
  CHECK(std::filesystem::last_write_time(folder / "crier.db") == before);
}

TEST_CASE("B9: a commit is folded while somebody else holds the lock") {
  const test::TemporaryFolder folder;
  const auto connection = Connection::create(folder / "crier.db");
  connection->checkpoint();
  Transaction transaction(*connection);
  connection->execute("INSERT INTO source (name, kind, created) VALUES ('heron', 'x', 0)");
  auto folding = transaction.commit_to_fold(0);
  os::LockFile other((folder / "crier.db").string() + ".lock");
  REQUIRE(other.try_lock());
  CHECK(os::read_file(folder / "crier.db").find("heron") == std::string::npos);
  folding.run();
  CHECK(os::read_file(folder / "crier.db").find("heron") != std::string::npos);
}

TEST_CASE("X2: no writer begins the log anew while a commit waits to be folded") {
  const test::TemporaryFolder folder;
  const auto connection = Connection::create(folder / "crier.db");
  const auto second = Connection::open(folder / "crier.db", Connection::Access::write);
  const auto insert = [](Connection& into, std::string_view name) {
    into.query("INSERT INTO source (name, kind, created) VALUES (?1, 'x', 0)").with(name).run();
  };
  // The log's salt: another one each time that it begins.
  const auto salt = [&] { return os::read_file(folder / "crier.db-wal").substr(16, 8); };
  const auto write_and_fold = [&](std::string_view name) {
    second->checkpoint();
    Transaction transaction(*second);
    insert(*second, name);
    transaction.commit();
  };
  write_and_fold("a");
  const auto first = salt();
  {
    Transaction transaction(*connection);
    insert(*connection, "b");
    const auto folding = transaction.commit_to_fold(0);
    write_and_fold("c");
    write_and_fold("d");
    CHECK(salt() == first);
  }
  write_and_fold("e");
  write_and_fold("f");
  CHECK(salt() != first);
  CHECK(connection->integer("SELECT count(*) FROM source") == 6);
}

TEST_CASE("X2: what is no store of ours, damaged, newer or missing is said, with exit 6") {
  const test::TemporaryFolder folder;
  const auto open = [&](const char* name) {
    return error_of([&] { Connection::open(folder / name, Connection::Access::write); });
  };
  CHECK(open("missing.db").code() == "no-store");
  folder.write("text.db", std::string(8192, 'x'));
  CHECK(open("text.db").code() == "not-a-store");
  folder.write("empty.db", "");
  CHECK(open("empty.db").code() == "not-a-store");
  Connection::create(folder / "newer.db")->execute("PRAGMA user_version = 999");
  CHECK(open("newer.db").code() == "newer-store");
  for (const char* name : {"missing.db", "text.db", "empty.db", "newer.db"}) {
    CHECK(open(name).exit() == Exit::store);
    CHECK_FALSE(open(name).hint().empty());
  }
}

TEST_CASE("X2: a read-only connection writes nothing") {
  const test::TemporaryFolder folder;
  Connection::create(folder / "crier.db");
  const auto reader = Connection::open(folder / "crier.db", Connection::Access::read);
  CHECK_THROWS_AS(reader->execute("INSERT INTO source (name, kind, created) VALUES ('x', 'x', 0)"), Error);
}

TEST_CASE("X2: a transaction that is not committed leaves nothing, and lets the next one in") {
  const test::TemporaryFolder folder;
  const auto connection = Connection::create(folder / "crier.db");
  {
    Transaction transaction(*connection);
    connection->execute("INSERT INTO source (name, kind, created) VALUES ('x', 'x', 0)");
  }
  CHECK(connection->integer("SELECT count(*) FROM source") == 0);
  const auto second = Connection::open(folder / "crier.db", Connection::Access::write);
  Transaction transaction(*second);
  second->execute("INSERT INTO source (name, kind, created) VALUES ('y', 'y', 0)");
  transaction.commit();
  CHECK(connection->integer("SELECT count(*) FROM source") == 1);
}

TEST_CASE("X2: writers on threads of their own take turns and lose nothing") {
  const test::TemporaryFolder folder;
  Connection::create(folder / "crier.db");
  constexpr int writers = 4, rows = 25;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&folder, writer] {
      const auto connection = Connection::open(folder / "crier.db", Connection::Access::write);
      for (int row = 0; row < rows; ++row) {
        Transaction transaction(*connection);
        const auto name = std::to_string(writer) + "-" + std::to_string(row);
        connection->query("INSERT INTO source (name, kind, created) VALUES (?1, 'x', 0)").with(name).run();
        if (writer % 2 == 0) {
          transaction.commit();
          connection->checkpoint();
        } else {
          transaction.commit_to_fold(0).run();
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto connection = Connection::open(folder / "crier.db", Connection::Access::read);
  CHECK(connection->integer("SELECT count(*) FROM source") == writers * rows);
  CHECK(connection->integrity().empty());
}
