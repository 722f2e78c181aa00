#include "intake/rest_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <vector>

#include "base/error.hpp"
#include "support/http_script.hpp"

namespace crier::intake {
namespace {

using namespace std::chrono_literals;
using test::http_answer;
using test::HttpSaying;
using test::HttpScript;

struct Fixture {
  std::vector<std::chrono::milliseconds> waits;
  std::int64_t now = 1'000'000;
  config::RestSource source;

  RestWorld world() {
    return {[this] { return now; }, [this](std::chrono::milliseconds time) { waits.push_back(time); }, [] {}};
  }
  /// A server that lets in whoever bears the token.
  explicit Fixture(const HttpScript& server) {
    source.base_url = server.url("/v1p1");
    source.version = "1.1";
    source.sign_in = config::RestSignIn::bearer;
    source.token = Secret("s3cret");
    source.timeout = 1s;
  }
};

TEST_CASE("I4: what fails in passing is asked again after 1, 2, 4, 8 and 16 seconds, then the import ends") {
  const HttpScript server([](const auto&) { return http_answer(502, "<h1>Bad Gateway</h1>"); });
  Fixture fixture(server);
  RestServer rest(fixture.source, fixture.world());
  try {
    rest.get(fixture.source.base_url + "/orgs");
    FAIL("an answer");
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::gateway);
    CHECK(error.code() == "rest-unreachable");
    CHECK(error.message().find("502: 'Bad Gateway' (tried 6 times)") != std::string::npos);
  }
  CHECK(fixture.waits == std::vector<std::chrono::milliseconds>{1s, 2s, 4s, 8s, 16s});
}

TEST_CASE("I4: Retry-After is obeyed, as seconds and as a date") {
  const HttpScript server([n = 0](const auto&) mutable {
    ++n;
    if (n == 1) return http_answer(429, "", {{"Retry-After", "7"}});
    // 1,000,000 s after 1970 is 13:46:40 on the 12th.
    if (n == 2) return http_answer(503, "", {{"Retry-After", "Mon, 12 Jan 1970 13:46:52 GMT"}});
    if (n == 3) return http_answer(503, "", {{"Retry-After", "soon"}});
    return http_answer(200, "{\"orgs\": []}", {{"X-Total-Count", "0"}});
  });
  Fixture fixture(server);
  RestServer rest(fixture.source, fixture.world());
  const auto answer = rest.get(fixture.source.base_url + "/orgs");
  CHECK(answer.total == 0);
  CHECK(fixture.waits == std::vector<std::chrono::milliseconds>{7s, 12s, 4s});
  CHECK(server.heard().at(0).fields.at("authorization") == "Bearer s3cret");
}

TEST_CASE("I13: whoever stops the import is heard while the server is waited for") {
  const HttpScript server([](const auto&) { return http_answer(503, ""); });
  Fixture fixture(server);
  auto world = fixture.world();
  world.wait = [](std::chrono::milliseconds) { throw std::runtime_error("stopped"); };
  RestServer rest(fixture.source, std::move(world));
  CHECK_THROWS_AS(rest.get(fixture.source.base_url + "/orgs"), std::runtime_error);
  CHECK(server.heard().size() == 1);
}

TEST_CASE("I4: a certificate that nobody vouches for ends it at once, and the secret is not sent") {
  const HttpScript server([](const auto&) { return http_answer(200, "{}"); }, HttpScript::Tls::tls);
  Fixture fixture(server);
  RestServer rest(fixture.source, fixture.world());
  try {
    rest.get(fixture.source.base_url + "/orgs");
    FAIL("an answer");
  } catch (const Error& error) {
    CHECK(error.code() == "rest-certificate");
    CHECK(error.hint().find("ca_file") != std::string::npos);
  }
  CHECK(fixture.waits.empty());
  CHECK(server.heard().empty());
}

}  // namespace
}  // namespace crier::intake
