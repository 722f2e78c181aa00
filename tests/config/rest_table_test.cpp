#include "config/settings.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "base/error.hpp"

using namespace crier;
using namespace crier::config;

namespace {

Settings parse(std::string_view toml) {
  return parse_settings(toml, "/srv/crier/crier.toml");
}

/// The Error that a text raises; a test that expects one fails where none comes.
Error refusal(std::string_view toml) {
  try {
    parse(toml);
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::usage);
    return error;
  }
  FAIL("accepted: " << toml);
  return Error(Exit::defect, "", "", "");
}

TEST_CASE("I4: a server of OneRoster, and how it lets us in") {
  const auto rest = [](const std::string& more) {
    return parse("[import.x]\nkind = \"rest\"\n" + more).imports.at("x").rest;
  };
  ::setenv("REST_TEST_SECRET", "s3cret\n", 1);
  const std::string client = "client_id = \"c\"\nclient_secret_env = \"REST_TEST_SECRET\"\n";
  const auto first = rest("base_url = \"https://sis.example/ims/oneroster/v1p1/\"\n" + client +
                          "token_url = \"https://sis.example/token/\"\npage_size = 100");
  CHECK(first.base_url == "https://sis.example/ims/oneroster/v1p1");
  CHECK(first.gradebook_url == first.base_url);
  CHECK(first.version == "1.1");
  CHECK(first.token_url == "https://sis.example/token/");
  CHECK(first.client_secret.reveal() == "s3cret");
  CHECK(first.scopes.size() == 2);
  CHECK(first.scopes.at(1) == "https://purl.imsglobal.org/spec/or/v1p1/scope/gradebook.readonly");
  CHECK(first.page_size == 100);
  const auto second =
      rest("base_url = \"https://sis.example/oneroster/rostering/v1p2\"\nauth = \"oauth1\"\n" + client +
           "signature = \"hmac-sha256\"");
  CHECK(second.gradebook_url == "https://sis.example/oneroster/gradebook/v1p2");
  CHECK(second.sign_in == RestSignIn::oauth1);
  CHECK(second.sha256);
  const auto third = rest(
      "base_url = \"http://127.0.0.1:8080/v1p1\"\nauth = \"bearer\"\ntoken_env = \"NO_SUCH_SECRET\"\n"
      "gradebook = false");
  CHECK(third.gradebook_url.empty());
  CHECK(third.secret_fault.find("NO_SUCH_SECRET is not set") != std::string::npos);
  ::unsetenv("REST_TEST_SECRET");
}

TEST_CASE("I4: settings of a server that would leak or mean nothing are refused") {
  const std::string start = "[import.x]\nkind = \"rest\"\n";
  const std::string url = "base_url = \"https://sis.example/v1p1\"\n";
  const std::string client = "client_id = \"c\"\nclient_secret_env = \"X\"\n";
  const std::pair<std::string, std::string> cases[] = {
      {"", "base_url"},
      {"base_url = \"https://sis.example/\"", "version"},
      {"base_url = \"http://sis.example/v1p1\"", "readable"},
      {"base_url = \"https://sis.example/v1p2\"", "/rostering/"},
      {url + "client_id = \"c\"", "client_secret"},
      {url + client, "token_url"},
      {url + client + "token_url = \"http://sis.example/token\"", "readable"},
      {url + "client_secret = \"s\"", "do not stand in the settings"},
      {url + "auth = \"bearer\"\nclient_id = \"c\"", "no meaning"},
      {url + "auth = \"bearer\"", "no place for the token"},
      {url + "auth = \"oauth1\"\ntoken_url = \"https://sis.example\"\n" + client, "no meaning"},
      {url + "auth = \"basic\"", "basic"},
      {url + "path = \"export\"", "asked over the network"},
      {url + client + "token_url = \"https://a.example\"\npage_size = 0", "page_size"}};
  for (const auto& [more, words] : cases) {
    CAPTURE(more);
    const auto error = refusal(start + more);
    CHECK(error.exit() == Exit::usage);
    CHECK(error.message().find(words) != std::string::npos);
  }
  CHECK(refusal("[import.x]\nkind = \"csv\"\nbase_url = \"https://sis.example/v1p1\"")
            .message()
            .find("kind 'rest' only") != std::string::npos);
}

}  // namespace
