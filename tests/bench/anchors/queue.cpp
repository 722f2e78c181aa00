// The measuring stick of B11: a bare queue in SQLite, claimed and completed in batches with a commit each,
// and none of crier's other work (no counts of jobs, no people, no fence but a number).
//   queue DB init N            N deliveries, queued
//   queue DB run SYNC BATCH    SYNC as in PRAGMA synchronous; prints deliveries, transactions, seconds
#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

void execute(sqlite3* db, const std::string& sql) {
  char* error = nullptr;
  if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error) == SQLITE_OK) return;
  std::fprintf(stderr, "%s: %s\n", sql.c_str(), error);
  std::exit(1);
}

sqlite3_stmt* prepare(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) == SQLITE_OK) return statement;
  std::fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
  std::exit(1);
}

void init(sqlite3* db, const std::string& count) {
  execute(db, "PRAGMA synchronous = OFF");
  execute(
      db,
      "CREATE TABLE delivery (id INTEGER PRIMARY KEY, job INTEGER, person INTEGER, addr TEXT, state INTEGER, "
      "due INTEGER, attempts INTEGER, fence INTEGER, msgid TEXT, response TEXT);"
      "CREATE INDEX dq ON delivery (due, id) WHERE state = 0;"
      "CREATE INDEX dj ON delivery (job, state);"
      "CREATE TABLE attempt (id INTEGER PRIMARY KEY, delivery INTEGER, n INTEGER, at INTEGER, code INTEGER, "
      "response TEXT, host TEXT);"
      "CREATE INDEX ad ON attempt (delivery)");
  execute(
      db,
      "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < " + count +
          ") INSERT INTO delivery SELECT i, i / 5000, i, 'u' || i || '@example.org', 0, 1000 + i % 7, 0, 0, "
          "NULL, NULL FROM s");
  execute(db, "PRAGMA wal_checkpoint (TRUNCATE)");
}

void run(sqlite3* db, const std::string& sync, int batch) {
  execute(db, "PRAGMA synchronous = " + sync);
  execute(db, "PRAGMA cache_size = -65536");
  auto* claim =
      prepare(db,
              "UPDATE delivery SET state = 1, attempts = attempts + 1, fence = 7, msgid = '<' || id || "
              "'@crier>' WHERE id IN (SELECT id FROM delivery WHERE state = 0 AND due <= 2000 ORDER BY due, "
              "id LIMIT ?) RETURNING id, addr");
  auto* complete = prepare(db,
                           "UPDATE delivery SET state = 2, response = '250 2.0.0 Ok: queued' WHERE id = ? "
                           "AND state = 1 AND fence = 7");
  auto* attempt =
      prepare(db,
              "INSERT INTO attempt (delivery, n, at, code, response, host) VALUES (?, 1, 1790000000, 250, "
              "'250 2.0.0 Ok: queued', '127.0.0.1:2525')");
  long done = 0;
  long transactions = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (std::vector<sqlite3_int64> ids;;) {
    ids.clear();
    execute(db, "BEGIN IMMEDIATE");
    sqlite3_bind_int(claim, 1, batch);
    while (sqlite3_step(claim) == SQLITE_ROW) ids.push_back(sqlite3_column_int64(claim, 0));
    if (sqlite3_reset(claim) != SQLITE_OK) std::exit(2);
    execute(db, "COMMIT");
    ++transactions;
    if (ids.empty()) break;
    execute(db, "BEGIN IMMEDIATE");
    for (const auto id : ids) {
      sqlite3_bind_int64(complete, 1, id);
      sqlite3_step(complete);
      if (sqlite3_changes(db) != 1) std::exit(3);
      sqlite3_reset(complete);
      sqlite3_bind_int64(attempt, 1, id);
      sqlite3_step(attempt);
      sqlite3_reset(attempt);
    }
    execute(db, "COMMIT");
    ++transactions;
    done += static_cast<long>(ids.size());
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  std::printf("%ld %ld %.4f\n", done, transactions, seconds.count());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: queue DB init N | queue DB run SYNC BATCH\n");
    return 2;
  }
  sqlite3* db = nullptr;
  if (sqlite3_open(argv[1], &db) != SQLITE_OK) return 1;
  sqlite3_busy_timeout(db, 20000);
  execute(db, "PRAGMA journal_mode = WAL");
  if (std::string(argv[2]) == "init") {
    init(db, argv[3]);
  } else if (argc == 5) {
    run(db, argv[3], std::atoi(argv[4]));
  }
  sqlite3_close(db);
  return 0;
}
