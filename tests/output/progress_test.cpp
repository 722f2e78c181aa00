#include "output/progress.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace crier::output;
using namespace std::chrono_literals;

namespace {

/// A screen that keeps what was written, with a clock in hand.
struct RecordingScreen {
  std::vector<std::string> written;
  Progress::Time time{};
  Progress::Screen screen(std::size_t columns = 80) {
    return {[this](std::string_view text) { written.emplace_back(text); }, columns, [this] { return time; }};
  }
};

}  // namespace

TEST_CASE("I6: progress is drawn at most ten times a second and takes itself off") {
  RecordingScreen record;
  {
    Progress progress("users.csv", 200, record.screen());
    for (int i = 1; i <= 100; ++i) {
      progress.set(i);
      record.time += 10ms;
    }
  }
  REQUIRE(record.written.size() == 11);
  CHECK(record.written[0] == "\r\x1b[Kusers.csv  [........................]   0 %  1 of 200");
  CHECK(record.written[9] == "\r\x1b[Kusers.csv  [##########..............]  46 %  91 of 200");
  CHECK(record.written[10] == "\r\x1b[K");
}

TEST_CASE("I6: it says how long it will take once that can be known") {
  RecordingScreen record;
  Progress progress("send", 100, record.screen());
  record.time += 30s;
  progress.set(25);
  CHECK(record.written.back().ends_with("25 of 100  1:30 left"));
}

TEST_CASE("I6: it keeps to the width of the terminal, and without one it is silent") {
  RecordingScreen record;
  Progress narrow("a long label", 10, record.screen(20));
  narrow.set(5);
  CHECK(record.written.back() == "\r\x1b[Ka long label  [###…");
  Progress silent("x", 10, {});
  silent.set(5);
  silent.clear();
}

TEST_CASE("I6: where the whole is unknown it counts") {
  RecordingScreen record;
  Progress progress("read", 0, record.screen());
  progress.set(12);
  CHECK(record.written.back() == "\r\x1b[Kread  12");
}
