#include <doctest/doctest.h>

#include "base/error.hpp"
#include "config/settings.hpp"

using namespace crier;
using namespace crier::config;

namespace {

DaemonRules rules(const std::string& text) {
  return parse_settings("[daemon]\n" + text, "crier.toml").daemon;
}

template <typename Act>
std::string refused(Act act) {
  try {
    act();
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::usage);
    CHECK_FALSE(error.hint().empty());
    return error.code();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("T7: where the daemon listens: nowhere, as the settings say, or as the command line says") {
  CHECK_FALSE(listen_address(parse_settings("", "crier.toml").daemon, ""));
  const auto written = rules("listen = \"127.0.0.1:8480\"\nhosts = [\"Crier.School.example\"]\n");
  CHECK(written.hosts == std::vector<std::string>{"crier.school.example"});
  auto address = listen_address(written, "");
  REQUIRE(address);
  CHECK(address->host == "127.0.0.1");
  CHECK(address->port == 8480);
  CHECK(address->local);
  address = listen_address(written, "[::1]:0");
  REQUIRE(address);
  CHECK(address->host == "::1");
  CHECK(address->port == 0);
  CHECK(listen_address(written, "LocalHost:1")->host == "127.0.0.1");
  CHECK(listen_address(written, "127.1.2.3:1")->local);
}

TEST_CASE("W2: what other machines can reach has to be allowed") {
  for (const std::string text : {"0.0.0.0:8480", "[::]:8480", "10.1.2.3:8480", "[::ffff:127.0.0.1]:8480"}) {
    CAPTURE(text);
    CHECK(refused([&] { rules("listen = \"" + text + "\"\n"); }) == "not-loopback");
    CHECK(refused([&] { listen_address(DaemonRules(), text); }) == "not-loopback");
    const auto allowed = rules("allow_remote = true\nlisten = \"" + text + "\"\n");
    CHECK_FALSE(allowed.listen->local);
    CHECK_FALSE(listen_address(allowed, text)->local);
  }
}

TEST_CASE("T7: what is no address is refused") {
  for (const std::string text :
       {"8480", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "[127.0.0.1]:80",
        "127.0.0.1:80x", "::1:80", "[::1]", "school.example:80", ":80", "127.1:80"}) {
    CAPTURE(text);
    CHECK(refused([&] { listen_address(DaemonRules(), text); }) == "bad-address");
    CHECK(refused([&] { rules("listen = \"" + text + "\"\n"); }) != "accepted");
  }
  CHECK(refused([] { rules("listne = \"127.0.0.1:1\"\n"); }) == "unknown-key");
}
