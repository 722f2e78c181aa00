#include "store/audit_store.hpp"

#include <doctest/doctest.h>

#include "store/connection.hpp"
#include "support/temporary_folder.hpp"

using namespace crier;
using namespace crier::store;

namespace {

struct AuditCase {
  test::TemporaryFolder folder;
  std::unique_ptr<Connection> connection = Connection::create(folder / "crier.db");

  AuditCase() {
    for (const char* act : {"init", "import", "send", "rerun"}) write(act);
  }
  void write(const char* act) {
    Transaction transaction(*connection);
    append_audit(*connection, {from_millis(1000), "ann", act, "subject", "detail"});
    transaction.commit();
  }
  AuditCheck check() { return check_audit(*connection); }
  std::int64_t broken() {
    return connection->integer("SELECT count(*) FROM audit WHERE act = 'audit-broken'");
  }
};

}  // namespace

TEST_CASE("M7: a whole log is whole, and says how long it is") {
  AuditCase at;
  CHECK(at.check().fault.empty());
  CHECK(at.check().entries == 4);
  CHECK_FALSE(at.check().first_bad);
}

TEST_CASE("M7: parts that run into each other are told apart") {
  AuditCase at;
  at.connection->execute("UPDATE audit SET subject = 'subjectd', detail = 'etail' WHERE id = 3");
  CHECK(at.check().first_bad == 3);
}

TEST_CASE("M7: a cut-off end shows, and writing on does not cover it up") {
  AuditCase at;
  at.connection->execute("DELETE FROM audit WHERE id > 2");
  CHECK(at.check().first_bad == 3);
  CHECK(at.check().fault == "audit entries 3 to 4 are missing: the log was cut off");
  at.write("send");
  at.write("send");
  CHECK(at.broken() == 1);
  CHECK(at.check().first_bad == 3);
  CHECK(at.check().fault.find("entries 3 to 4 are missing") != std::string::npos);
}

TEST_CASE("M7: an end whose seal is gone or forged shows, and writing on does not cover it up") {
  AuditCase at;
  SUBCASE("gone") {
    at.connection->execute("DELETE FROM store_secret WHERE name = 'audit-head'");
  }
  SUBCASE("forged") {
    at.connection->execute(
        "UPDATE store_secret SET value = CAST('4 x AAAAAAAAAAAAAAAAAAAAAA' AS BLOB) "
        "WHERE name = 'audit-head'");
  }
  CHECK_FALSE(at.check().fault.empty());
  at.write("send");
  CHECK(at.broken() == 1);
  CHECK(at.check().first_bad == 5);
}

TEST_CASE("M7: a chained entry that the program did not write shows by the sealed end") {
  AuditCase at;
  // What is right but for its place: the hash is made as the program makes it, the end is not sealed.
  const auto previous = at.connection->text("SELECT hash FROM audit WHERE id = 4");
  const auto hash = sha256_hex(previous + ":5:1000:3:eve4:send7:subject6:detail");
  at.connection
      ->query(
          "INSERT INTO audit (id, at, actor, act, subject, detail, previous, hash) "
          "VALUES (5, 1000, 'eve', 'send', 'subject', 'detail', ?1, ?2)")
      .with(previous, hash)
      .run();
  CHECK(at.check().first_bad == 5);
  CHECK(at.check().fault == "audit entry 5 was put in behind the sealed end");
}

TEST_CASE("M7: the end of a log from before ends were sealed is sealed when its store is brought forward") {
  const test::TemporaryFolder folder;
  {
    AuditCase source;
    const auto old = Connection::create_at(folder / "crier.db", 2);
    auto rows = source.connection->query(
        "SELECT id, at, actor, act, subject, detail, previous, hash FROM audit ORDER BY id");
    while (rows.step()) {
      old->query(
             "INSERT INTO audit (id, at, actor, act, subject, detail, previous, hash) "
             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
          .with(rows.integer(0), rows.integer(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5),
                rows.text(6), rows.text(7))
          .run();
    }
  }
  const auto connection = Connection::open(folder / "crier.db", Connection::Access::write);
  CHECK(check_audit(*connection).fault.empty());
  CHECK(check_audit(*connection).entries == 4);
  connection->execute("DELETE FROM audit WHERE id = 4");
  CHECK(check_audit(*connection).first_bad == 4);
}

TEST_CASE("M7: a log that was begun anew is not the store's") {
  AuditCase at;
  at.connection->execute("INSERT INTO store_identity (id, uuid, created) VALUES (1, 'x', 0)");
  CHECK(at.check().fault.empty());
  at.connection->execute("DELETE FROM audit; DELETE FROM store_secret WHERE name = 'audit-head'");
  CHECK(at.check().first_bad == 1);
  at.write("send");
  CHECK(at.check().first_bad == 1);
  CHECK(at.check().fault.find("begun anew") != std::string::npos);
}

TEST_CASE("S3: entries are read latest first, of a time, an actor and an act, and no further than wanted") {
  AuditCase at;
  const AuditFilter all{from_millis(0), from_millis(2000), "", ""};
  std::vector<std::int64_t> ids;
  const auto take = [&](AuditLine&& line) {
    ids.push_back(line.id);
    return ids.size() < 3;
  };
  read_audit(*at.connection, all, take);
  CHECK(ids == std::vector<std::int64_t>{4, 3, 2});
  ids.clear();
  read_audit(*at.connection, {from_millis(0), from_millis(2000), "ANN", "Send"}, take);
  CHECK(ids == std::vector<std::int64_t>{3});
  ids.clear();
  read_audit(*at.connection, {from_millis(0), from_millis(1000), "", ""}, take);
  CHECK(ids.empty());
}
