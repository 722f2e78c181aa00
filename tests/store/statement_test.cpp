#include <doctest/doctest.h>

#include <regex>

#include "base/error.hpp"
#include "store/connection.hpp"
#include "store/intake_stage.hpp"
#include "support/temporary_folder.hpp"

using namespace crier;

namespace {

/// The SQL texts of a source file: raw literals, and plain literals put together by standing side by side.
std::vector<std::string> statements_of(const std::string& source, std::vector<std::string> verbs) {
  std::vector<std::string> found;
  static const std::regex raw("R\"sql\\(([\\s\\S]*?)\\)sql\"");
  for (std::sregex_iterator it(source.begin(), source.end(), raw), end; it != end; ++it)
    found.push_back((*it)[1]);
  static const std::regex plain("(?:\"(?:[^\"\\\\\\n]|\\\\.)*\"\\s*)+");
  static const std::regex piece("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");
  for (std::sregex_iterator it(source.begin(), source.end(), plain), end; it != end; ++it) {
    const std::string whole = it->str();
    std::string text;
    for (std::sregex_iterator p(whole.begin(), whole.end(), piece); p != end; ++p) text += (*p)[1];
    found.push_back(text);
  }
  std::erase_if(found, [&](std::string& text) {
    text.erase(0, text.find_first_not_of(" \n"));
    for (const auto& verb : verbs) {
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
  // The temporary tables that an act makes for itself, as its own source makes them.
  for (const auto& entry : std::filesystem::directory_iterator(CRIER_SOURCE_DIR "/lib/store")) {
    if (entry.path().extension() != ".cpp") continue;
    for (const auto& sql : statements_of(os::read_file(entry.path()), {"CREATE TEMP "})) {
      try {
        connection->execute(sql);
      } catch (const Error&) {
        // It is there already.
      }
    }
  }
  int prepared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CRIER_SOURCE_DIR "/lib/store")) {
    if (entry.path().extension() != ".cpp") continue;
    // The audience's and the gradebook's queries are joined from pieces; their own tests run them.
    const auto name = entry.path().stem().string();
    if (name.starts_with("audience") || name.starts_with("gradebook")) continue;
    for (const auto& sql :
         statements_of(os::read_file(entry.path()), {"SELECT ", "INSERT ", "UPDATE ", "DELETE "})) {
      if (sql.find("FROM job j JOIN") == std::string::npos && sql.ends_with("END, m.state"))
        continue;  // a piece
      // Joined from fixed pieces by the program: the tests of those acts run them.
      if (sql == "SELECT count(*)" || sql.find('{') != std::string::npos) continue;
      CAPTURE(entry.path().filename().string());
      CAPTURE(sql);
      CHECK_NOTHROW(connection->query(sql));
      ++prepared;
    }
  }
  CHECK(prepared > 120);
}
