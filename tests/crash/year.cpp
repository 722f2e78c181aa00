// Works a store from one time to another on a clock that leaps (daemon/clockwork), and keeps in a file how
// far it has come, so that whoever kills it can let it go on. tests/crash/year drives it.
//
//   crash_year SETTINGS STORE CLOCK UPTO      CLOCK: a file with an RFC 3339 time; UPTO: a time
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "config/settings.hpp"
#include "daemon/clockwork.hpp"

using namespace crier;

namespace {

Instant require_time(std::string_view text) {
  const auto at = parse_rfc3339(trim_invisible(text));
  if (!at) throw Error(Exit::usage, "bad-time", "no time: " + std::string(text), "Write RFC 3339.");
  return *at;
}

void keep(const std::filesystem::path& file, Instant at) {
  const auto beside = file.string() + ".new";
  std::ofstream(beside) << to_rfc3339(at) << "\n";
  std::filesystem::rename(beside, file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  try {
    if (std::getenv("CRIER_YEAR_LOG") == nullptr) log::set_level(log::Level::error);
    const auto settings =
        config::load_settings(std::filesystem::path(argv[1]), std::filesystem::current_path());
    const auto store = store::Connection::open(argv[2], store::Connection::Access::write);
    const std::filesystem::path clock_file(argv[3]);
    std::string from;
    std::getline(std::ifstream(clock_file) >> std::ws, from);
    FixedClock clock(require_time(from));
    const auto upto = require_time(argv[4]);
    daemon::Clockwork clockwork(*store, settings, clock, "the year");
    clockwork.work_until(upto, [&](Instant at) { keep(clock_file, at); });
    keep(clock_file, upto);
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", in_one_line(error).c_str());
    return static_cast<int>(error.exit());
  }
}
