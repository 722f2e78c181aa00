#include "net/http_client.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

#include "net/sign_in.hpp"
#include "net/tls.hpp"
#include "support/http_script.hpp"
#include "support/smtp_server.hpp"

namespace crier::net {
namespace {

using namespace std::chrono_literals;
using test::http_answer;
using test::HttpSaying;
using test::HttpScript;
using Then = HttpSaying::Then;

constexpr HttpClientLimits quick{2000ms, 400ms, 4096, 4096};

HttpReply ask(WaitingHttpClient& client, const std::string& url) {
  return client.ask({"GET", url, {}, ""}, {});
}

/// How a request to a server that says this fails, if it does.
std::optional<HttpFailure> failure_of(const HttpSaying& saying, const std::string& method = "GET") {
  const HttpScript server([&](const auto&) { return saying; });
  WaitingHttpClient client(nullptr, quick);
  try {
    client.ask({method, server.url("/"), {}, "body"}, {});
  } catch (const HttpFailure& failure) {
    return failure;
  }
  return std::nullopt;
}

TEST_CASE("D2: a request goes out as it was meant, and the answer comes back with its fields") {
  const HttpScript server([](const auto&) {
    return http_answer(201, "made", {{"X-Total-Count", "17"}, {"Content-Type", "application/json"}});
  });
  WaitingHttpClient client(nullptr, quick);
  const auto reply =
      client.ask({"POST", server.url("/a/b?c=d%20e"), {{"Accept", "application/json"}}, "x=y"}, {});
  CHECK(reply.status == 201);
  CHECK(reply.body == "made");
  CHECK(reply.field("x-total-count") == "17");
  CHECK(reply.field("missing").empty());
  CHECK(reply.port == server.port());
  CHECK(reply.tls == "none");
  const auto heard = server.heard().at(0);
  CHECK(heard.method == "POST");
  CHECK(heard.target == "/a/b?c=d%20e");
  CHECK(heard.body == "x=y");
  CHECK(heard.fields.at("accept") == "application/json");
  CHECK(heard.fields.at("host") == "127.0.0.1:" + std::to_string(server.port()));
}

TEST_CASE("D2: one connection serves many requests, and a new one is made where the server ended it") {
  const HttpScript server([n = 0](const auto&) mutable {
    ++n;
    if (n != 2) return http_answer(200, std::to_string(n));
    auto last = http_answer(200, "2", {{"Connection", "close"}});
    last.then = Then::close;
    return last;
  });
  WaitingHttpClient client(nullptr, quick);
  for (const std::string expected : {"1", "2", "3", "4"})
    CHECK(ask(client, server.url("/")).body == expected);
  const auto heard = server.heard();
  CHECK(heard.at(1).connection == 0);
  CHECK(heard.at(2).connection == 1);
  CHECK(heard.at(3).connection == 1);
}

TEST_CASE("D2: bodies in pieces, up to the end of the connection, behind 100 Continue, of HEAD and 204") {
  const std::pair<std::string, std::string> cases[] = {
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n",
       "abcdefg"},
      {"HTTP/1.0 200 OK\r\n\r\nall of it", "all of it"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"},
      {"HTTP/1.1 204 None\r\n\r\n", ""}};
  for (const auto& [bytes, body] : cases) {
    CAPTURE(bytes);
    const HttpScript server([&](const auto&) {
      return HttpSaying{bytes, bytes.starts_with("HTTP/1.0") ? Then::close : Then::keep};
    });
    WaitingHttpClient client(nullptr, quick);
    CHECK(ask(client, server.url("/")).body == body);
  }
  const HttpScript server(
      [](const auto&) { return HttpSaying{"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"}; });
  WaitingHttpClient client(nullptr, quick);
  CHECK(client.ask({"HEAD", server.url("/"), {}, ""}, {}).status == 200);
}

TEST_CASE("I4: a redirect is an answer like another: nothing secret is carried on") {
  const HttpScript server([](const auto&) {
    return http_answer(302, "", {{"Location", "http://elsewhere.example/"}});
  });
  WaitingHttpClient client(nullptr, quick);
  CHECK(ask(client, server.url("/")).status == 302);
  CHECK(server.heard().size() == 1);
}

TEST_CASE("D5: what is no answer says what it is, and that the request may have arrived") {
  struct Case {
    HttpSaying saying;
    Failure::Kind kind;
    std::string words;
  };
  const Case cases[] = {
      {{"220 mail.example ESMTP\r\n", Then::close}, Failure::Kind::other, "is no HTTP: it begins '220 mail"},
      {{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Then::close},
       Failure::Kind::closed,
       "ended in the middle"},
      {{"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", Then::close},
       Failure::Kind::other,
       "larger than"},
      {{"HTTP/1.1 200 OK\r\nX: " + std::string(9000, 'a') + "\r\n\r\n", Then::close},
       Failure::Kind::other,
       "larger than"},
      {{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Then::close}, Failure::Kind::other, "is no HTTP"},
      {http_answer(200, "\x1f\x8b", {{"Content-Encoding", "gzip"}}), Failure::Kind::other, "coding 'gzip'"},
      {{"", Then::close}, Failure::Kind::closed, "lost"},
      {{"", Then::hang}, Failure::Kind::timeout, "in time"},
      {{"", Then::reset}, Failure::Kind::closed, "lost"},
      {{"HTTP/1.1 200", Then::hang}, Failure::Kind::timeout, "in time"}};
  for (const auto& one : cases) {
    CAPTURE(one.saying.bytes.substr(0, 60));
    const auto failure = failure_of(one.saying, "POST");
    REQUIRE(failure);
    CHECK(failure->kind() == one.kind);
    CHECK(failure->text().find(one.words) != std::string::npos);
    CHECK(failure->arrived() == HttpFailure::Arrived::perhaps);
  }
}

TEST_CASE("D5: where nobody listens, or the address is none, nothing can have arrived") {
  WaitingHttpClient client(nullptr, quick);
  for (const std::string url : {"http://127.0.0.1:1/", "ftp://127.0.0.1/", "http://", "nonsense",
                                "https://localhost/", "http://user:secret@127.0.0.1/"}) {
    CAPTURE(url);
    try {
      ask(client, url);
      FAIL("an answer");
    } catch (const HttpFailure& failure) {
      CHECK(failure.arrived() == HttpFailure::Arrived::no);
      CHECK(failure.text().find("secret") == std::string::npos);
    }
  }
}

TEST_CASE("D5: a line end in a field never leaves the machine") {
  const HttpScript server([](const auto&) { return http_answer(200, ""); });
  WaitingHttpClient client(nullptr, quick);
  CHECK_THROWS_AS(client.ask({"GET", server.url("/"), {{"A", "b\r\nX: y"}}, ""}, {}), HttpFailure);
  CHECK(server.heard().empty());
}

TEST_CASE("D2: https is encrypted, and a server that nobody vouches for hears nothing") {
  const HttpScript server([](const auto&) { return http_answer(200, "sealed"); }, HttpScript::Tls::tls);
  const TlsContext trust(test::authority_file());
  WaitingHttpClient client(&trust, quick);
  const auto reply = ask(client, server.url("/"));
  CHECK(reply.body == "sealed");
  CHECK(reply.tls == "TLSv1.3");
  CHECK(ask(client, server.url("/")).body == "sealed");
  const TlsContext system("");
  WaitingHttpClient stranger(&system, quick);
  try {
    ask(stranger, server.url("/"));
    FAIL("trusted");
  } catch (const HttpFailure& failure) {
    CHECK(failure.kind() == Failure::Kind::tls_certificate);
    CHECK(failure.arrived() == HttpFailure::Arrived::no);
  }
  CHECK(server.heard().size() == 2);
}

TEST_CASE("I13: whoever waits can stop waiting, and ask again afterwards") {
  const HttpScript server([n = 0](const auto&) mutable {
    return ++n == 1 ? HttpSaying{"", Then::hang} : http_answer(200, "now");
  });
  WaitingHttpClient client(nullptr, {2000ms, 60000ms, 4096, 4096});
  CHECK_THROWS_AS(client.ask({"GET", server.url("/"), {}, ""}, [] { throw std::runtime_error("enough"); }),
                  std::runtime_error);
  CHECK(ask(client, server.url("/")).body == "now");
}

TEST_CASE("I4: URLs are taken apart as they are written") {
  const auto url = parse_url("https://Example.org:8443/ims/v1p1?a=b").value();
  CHECK(url.tls);
  CHECK(url.host == "Example.org");
  CHECK(url.port == 8443);
  CHECK(url.target == "/ims/v1p1?a=b");
  CHECK(url.authority() == "Example.org:8443");
  CHECK(parse_url("http://[::1]/").value().authority() == "[::1]");
  CHECK(parse_url("http://[::1]/").value().host == "::1");
  CHECK(parse_url("https://a.example").value().target == "/");
  CHECK(parse_url("http://a.example?x=1").value().target == "/?x=1");
  for (const std::string bad :
       {"", "a.example", "//a.example/", "mailto:a@b", "http://a b/", "http://a.example:0/",
        "http://a.example:99999/", "https://a.example/#part", "https://u@a.example/"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_url(bad));
  }
  CHECK(percent_encoded("a b/ü~") == "a%20b%2F%C3%BC~");
  const Parameters expected{{"a", "b c"}, {"d", ""}, {"e", "=&"}, {"f", "%zz"}};
  CHECK(query_parameters("a=b+c&d&e=%3D%26&f=%zz") == expected);
  CHECK(with_parameters("http://a/?x=1", {{"y", "2 3"}}) == "http://a/?x=1&y=2%203");
}

TEST_CASE("I4: OAuth 1.0a signs every parameter of the query (RFC 5849)") {
  // The same request signed by another program, with this nonce and time.
  const Oauth1Key key{"dpf43f3p2l4k3l03", Secret("kd94hf93k423kf44"), false};
  const auto field =
      oauth1_authorization(key, "GET", "http://photos.example.net/photos?file=vacation.jpg&size=original",
                           1191242096, "kllo9940pd9333jh");
  CHECK(field.starts_with("OAuth oauth_consumer_key=\"dpf43f3p2l4k3l03\", oauth_nonce=\"kllo9940pd9333jh\""));
  CHECK(field.find("oauth_signature=\"Jg5MXVnexhzMDTv7IBUy3goIGqc%3D\"") != std::string::npos);
  const auto other =
      oauth1_authorization(key, "GET", "http://photos.example.net/photos?file=vacation.jpg&size=large",
                           1191242096, "kllo9940pd9333jh");
  CHECK(other.substr(other.find("oauth_signature=")) != field.substr(field.find("oauth_signature=")));
  CHECK(basic_authorization("Aladdin", Secret("open sesame")) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  CHECK(hmac_sha1_base64("key", "The quick brown fox jumps over the lazy dog") ==
        "3nybhbi3iqa8ino29wqQcBydtNk=");
}

}  // namespace
}  // namespace crier::net
