// Bounces that others collected: how well the reader does, as a score. The files lie beside the sources where
// there are any; else this is skipped.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <set>

#include "feedback_fixture.hpp"

using namespace crier;
using namespace crier::format;
namespace fs = std::filesystem;

namespace {

const fs::path corpus = CRIER_SOURCE_DIR "/../shared/corpus/bounces";

bool skipped() {
  if (fs::exists(corpus)) return false;
  MESSAGE("skipped: no corpus beside the sources");
  return true;
}

/// Of one file: address in lower case to the class that is true of it.
using Truth = std::map<std::string, std::map<std::string, std::string>>;

Truth truth_of(const fs::path& table, std::size_t recipient, std::size_t fault) {
  Truth truth;
  for (const auto& row : test::tsv_rows(table)) truth[row[0]][to_lower(row[recipient])] = row[fault];
  return truth;
}

struct Score {
  int hard = 0;
  int hard_found = 0;
  int hard_as_hard = 0;
  int soft = 0;
  int soft_as_soft = 0;
  int kinds = 0;
  int kinds_right = 0;
  /// Named by the reader and by no row.
  std::set<std::string> invented;
  std::string missed;
};

void score_file(Score& score, const std::string& file, const std::map<std::string, std::string>& truth) {
  const auto feedback = read_feedback(os::read_file(corpus / file));
  const auto found = test::recipients_of(feedback);
  static const std::map<std::string, std::string> kinds{{"complaint", "complaint"},
                                                        {"auto-reply", "auto_reply"},
                                                        {"auth-report", "other"},
                                                        {"delivered", "other"},
                                                        {"not-a-bounce", ""}};
  for (const auto& [address, fault] : truth) {
    const auto named = found.find(address);
    if (fault == "hard") {
      ++score.hard;
      score.hard_found += named != found.end();
      const bool right = named != found.end() && named->second == "hard";
      score.hard_as_hard += right;
      if (!right) score.missed += " " + file;
    } else if (fault == "soft") {
      ++score.soft;
      score.soft_as_soft += named != found.end() && named->second != "hard";
    } else if (const auto kind = kinds.find(fault); kind != kinds.end()) {
      ++score.kinds;
      const auto word = test::kind_word(feedback.kind);
      // An ordinary mail: no bounce and no complaint is all that is asked.
      score.kinds_right += kind->second.empty() ? found.empty() : word == kind->second;
    }
  }
  for (const auto& [address, fault] : found) {
    if (fault == "hard" && !truth.contains(address)) score.invented.insert(file + " " + address);
  }
}

}  // namespace

TEST_CASE(
    "I11: the bounces that sisimai collected: hard ones are attributed, at most 3 % missed, ordinary mail is "
    "none") {
  if (skipped()) return;
  Score score;
  std::map<std::string, std::map<std::string, std::string>> files;
  for (const auto& [file, truth] : truth_of(corpus / "sisimai" / "expected.tsv", 2, 3)) {
    const bool once = file.starts_with("lf/") || file.starts_with("not-bounce/");
    if (once) score_file(score, "sisimai/" + file, truth);
  }
  MESSAGE(fmt::format(
      "hard: {} of {} recipients found, {} as hard; soft: {} of {} as soft; other kinds: {} of {}; "
      "named by no row: {}; missed:{}",
      score.hard_found, score.hard, score.hard_as_hard, score.soft_as_soft, score.soft, score.kinds_right,
      score.kinds, score.invented.size(), score.missed));
  CHECK(score.hard >= 190);
  CHECK(score.hard_as_hard * 100 >= score.hard * 97);
  CHECK(score.hard_found * 100 >= score.hard * 99);
  CHECK(score.soft_as_soft * 100 >= score.soft * 80);
  // One that the list's own program takes for an opt-out and that says it is an auto-reply.
  CHECK(score.kinds_right + 1 >= score.kinds);
  // Two mails name one more than the list does, one is spelt otherwise there.
  CHECK(score.invented.size() <= 3);
}

TEST_CASE("I11: line ends are no matter: CRLF and bare CR read as LF does") {
  if (skipped()) return;
  int compared = 0;
  for (const auto* ends : {"crlf", "cr"}) {
    for (const auto& entry : fs::directory_iterator(corpus / "sisimai" / ends)) {
      const auto name = entry.path().filename();
      if (!fs::exists(corpus / "sisimai" / "lf" / name)) continue;
      CAPTURE(name.string());
      const auto other = read_feedback(os::read_file(entry.path()));
      const auto plain = read_feedback(os::read_file(corpus / "sisimai" / "lf" / name));
      CHECK(test::recipients_of(other) == test::recipients_of(plain));
      CHECK(other.kind == plain.kind);
      ++compared;
    }
  }
  CHECK(compared >= 90);
}

TEST_CASE(
    "I11: the free texts of flufl.bounce: far more than a third are found, hardly anybody is invented") {
  if (skipped()) return;
  int named = 0, found_all = 0, invented = 0;
  for (const auto& [file, truth] : truth_of(corpus / "flufl" / "expected.tsv", 1, 2)) {
    const auto found = test::recipients_of(read_feedback(os::read_file(corpus / "flufl" / file)));
    for (const auto& [address, fault] : truth) {
      if (fault == "none") continue;
      ++named;
      found_all += found.contains(address);
    }
    for (const auto& [address, fault] : found) invented += fault == "hard" && !truth.contains(address);
  }
  MESSAGE(fmt::format("{} of {} recipients found, {} hard ones named by no row", found_all, named, invented));
  CHECK(named >= 120);
  CHECK(found_all * 100 >= named * 85);
  CHECK(invented <= 1);
}
