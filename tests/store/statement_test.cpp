#include <doctest/doctest.h>

#include <regex>

#include "store/connection.hpp"
#include "store/intake_stage.hpp"
#include "support/temporary_folder.hpp"

using namespace crier;

namespace {

/// The SQL texts of a source file: raw literals, and plain literals put together by standing side by side.
std::vector<std::string> statements_of(const std::string& source) {
  std::vector<std::string> found;
  static const std::regex raw("R\"sql\\(([\\s\\S]*?)\\)sql\"");
  for (std::sregex_iterator it(source.begin(), source.end(), raw), end; it != end; ++it) found.push_back((*it)[1]);
  static const std::regex plain("(?:\"(?:[^\"\\\\\\n]|\\\\.)*\"\\s*)+");
  static const std::regex piece("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");
  for (std::sregex_iterator it(source.begin(), source.end(), plain), end; it != end; ++it) {
    const std::string whole = it->str();
    std::string text;
    for (std::sregex_iterator p(whole.begin(), whole.end(), piece); p != end; ++p) text += (*p)[1];
    found.push_back(text);
  }
  std::erase_if(found, [](std::string& text) {
    text.erase(0, text.find_first_not_of(" \n"));
    for (const char* verb : {"SELECT ", "INSERT ", "UPDATE ", "DELETE "}) {
      if (text.starts_with(verb)) return false;
    }
    return true;
  });
  return found;
}

}  // namespace

TEST_CASE("X2: every statement of the store is good SQL on a fresh schema") {
  const test::TemporaryFolder folder;
  const auto connection = store::Connection::create(folder / "crier.db");
  store::IntakeStage stage(*connection, 1);
  (void)stage.daily();
  stage.close();
  for (const char* made : {"touched_person (id INTEGER)", "place_gone (id INTEGER, person INTEGER)",
                           "place_changed (id INTEGER, person INTEGER)",
                           "related (pupil INTEGER, contact INTEGER, said_by INTEGER)", "related_gone (id INTEGER)",
                           "related_changed (id INTEGER, counts INTEGER)", "address_changed (id INTEGER)",
                           "address_gone (id INTEGER)", "group_changed (id INTEGER)",
                           "membership_changed (id INTEGER)", "assignment_changed (id INTEGER)",
                           "mark_changed (id INTEGER)",
                           "same_person (id INTEGER)", "erased (id INTEGER, name TEXT, stays INTEGER)",
                           "erased_family (pupil INTEGER, contact INTEGER)",
                           "found_issue (kind TEXT, about TEXT, school INTEGER, person INTEGER, detail TEXT, source "
                           "INTEGER, PRIMARY KEY (kind, about))"}) {
    connection->execute(std::string("CREATE TEMP TABLE ") + made);
  }
  int prepared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CRIER_SOURCE_DIR "/lib/store")) {
    if (entry.path().extension() != ".cpp") continue;
    // The audience's and the gradebook's queries are joined from pieces; their own tests run them.
    const auto name = entry.path().stem().string();
    if (name.starts_with("audience") || name.starts_with("gradebook")) continue;
    for (const auto& sql : statements_of(os::read_file(entry.path()))) {
      if (sql.find("FROM job j JOIN") == std::string::npos && sql.ends_with("held') END")) continue;  // a piece
      if (sql == "SELECT count(*)") continue;
      CAPTURE(entry.path().filename().string());
      CAPTURE(sql);
      CHECK_NOTHROW(connection->query(sql));
      ++prepared;
    }
  }
  CHECK(prepared > 120);
}
