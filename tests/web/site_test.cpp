#include "web/site.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>

#include "base/clock.hpp"
#include "store/connection.hpp"
#include "support/temporary_folder.hpp"
#include "web/metrics.hpp"

using namespace crier;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  test::TemporaryFolder folder;
  std::unique_ptr<store::Connection> connection = store::Connection::create(folder / "crier.db");
  config::Settings settings;
  FixedClock clock{*parse_rfc3339("2026-11-25T10:00:00Z")};
  web::Pulse pulse;

  net::HttpResponse ask(const std::string& path, const std::string& host = "localhost") {
    settings.daemon.hosts = {"crier.school.example"};
    web::Pages pages({settings, clock, folder / "crier.db", {"127.0.0.1", 0, true}, "1.2", pulse});
    return pages.answer({"GET", path, "", host});
  }
};

}  // namespace

TEST_CASE("T7: healthz is well as long as the loop turns, and not when it has not for a minute") {
  Fixture fixture;
  CHECK(fixture.ask("/healthz").status == 503);
  web::Beat beat;
  beat.at = std::chrono::steady_clock::now() - 50s;
  fixture.pulse.beat(beat);
  CHECK(fixture.ask("/healthz").status == 200);
  CHECK(fixture.ask("/healthz").body == "ok\n");
  beat.at = std::chrono::steady_clock::now() - 61s;
  fixture.pulse.beat(beat);
  CHECK(fixture.ask("/healthz").status == 503);
}

TEST_CASE("T7: readyz says each reason, one a line: the lease, the disk, the end") {
  Fixture fixture;
  web::Beat beat;
  beat.fence = 3;
  beat.trouble = "disk-full";
  beat.stopping = true;
  fixture.pulse.beat(beat);
  const auto answer = fixture.ask("/readyz");
  CHECK(answer.status == 503);
  CHECK(answer.body == "daemon: stopping\nstore: disk-full\nlease: not held by this daemon\n");
}

TEST_CASE("W2: only this machine's names, and those that the settings know, are answered") {
  Fixture fixture;
  for (const auto* host : {"localhost", "127.0.0.1", "127.8.9.10", "::1", "crier.school.example"})
    CHECK_MESSAGE(fixture.ask("/metrics", host).status == 200, host);
  for (const auto* host : {"", "evil.example", "localhost.evil.example", "10.0.0.1", "0.0.0.0"})
    CHECK_MESSAGE(fixture.ask("/metrics", host).status == 421, host);
  CHECK(fixture.ask("/").status == 404);
}

TEST_CASE("T7: a label's value is escaped as the text format asks") {
  report::Health health;
  health.sources.push_back({"a\"b\\c\nd", *parse_rfc3339("2026-11-25T09:59:00Z")});
  const auto text = web::metrics_text(health, web::Beat(), web::GatewayCounts(),
                                      *parse_rfc3339("2026-11-25T10:00:00Z"), "1.2");
  CHECK(text.find("crier_import_age_seconds{source=\"a\\\"b\\\\c\\nd\"} 60") != std::string::npos);
  CHECK(text.find("crier_build_info{version=\"1.2\"} 1\n") != std::string::npos);
}
