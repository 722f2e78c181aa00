#include "store/migration.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "store/connection.hpp"
#include "support/temporary_folder.hpp"

using namespace crier;

namespace {

/// The objects of a store, as their own text.
std::string shape(store::Connection& connection) {
  auto rows = connection.query("SELECT type, name, tbl_name FROM sqlite_master ORDER BY type, name");
  std::string text;
  while (rows.step()) text += rows.text(0) + " " + rows.text(1) + " on " + rows.text(2) + "\n";
  return text;
}

}  // namespace

TEST_CASE("X2: a store walks forward from every old schema with its rows, and ends as a new one is") {
  const test::TemporaryFolder fresh_folder;
  const auto fresh = store::Connection::create(fresh_folder / "crier.db");
  for (std::int64_t old = 1; old < store::newest_schema(); ++old) {
    CAPTURE(old);
    const test::TemporaryFolder folder;
    {
      const auto connection = store::Connection::create_at(folder / "crier.db", old);
      connection->execute(
          "INSERT INTO source (id, name, kind, created) VALUES (1, 'oneroster', 'oneroster', 0);"
          "INSERT INTO school (id, code, code_folded, name, created) VALUES (1, 'CAM', 'cam', 'Cambridge', "
          "0);"
          "INSERT INTO person (id, source, source_id, kind, code, code_folded, title, family, given, "
          "preferred, "
          "language, name_folded, sort_key, contact_relation, fingerprint) VALUES (1, 1, 'p-1', 'pupil', "
          "'P1', 'p1', "
          "'', 'Dyer', 'Ada', '', '', 'ada dyer', x'00', '', 0);"
          "INSERT INTO place (person, school, kind, status, year, year_folded, form, form_folded, house, "
          "house_folded, boarding, boarding_folded, source) VALUES (1, 1, 'pupil', 'active', '9', '9', '', "
          "'', '', "
          "'', '', '', 1)");
    }
    CHECK_THROWS_AS(store::Connection::open(folder / "crier.db", store::Connection::Access::read), Error);
    const auto connection = store::Connection::open(folder / "crier.db", store::Connection::Access::write);
    CHECK(connection->integer("PRAGMA user_version") == store::newest_schema());
    CHECK(connection->text("SELECT family FROM person WHERE id = 1") == "Dyer");
    CHECK(connection->text("SELECT status FROM place WHERE person = 1") == "active");
    CHECK(connection->integrity().empty());
    CHECK(shape(*connection) == shape(*fresh));
  }
}
