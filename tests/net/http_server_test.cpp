#include "net/http_server.hpp"

#include <doctest/doctest.h>

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <future>
#include <random>
#include <stdexcept>
#include <string>

#include "net/failure.hpp"

namespace crier::net {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

/// Somebody who says what he likes, and listens.
class Client {
 public:
  explicit Client(int port) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(port)});
  }
  void say(const std::string& bytes) {
    boost::system::error_code ignored;  // who was refused may find the door shut
    asio::write(socket_, asio::buffer(bytes), ignored);
  }
  void hush() {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
  /// One answer with its body, whose length it tells.
  std::string hear() {
    while (text_.find("\r\n\r\n") == std::string::npos && more()) {
    }
    const auto head = text_.find("\r\n\r\n");
    if (head == std::string::npos) return take(text_.size());
    const auto field = text_.find("Content-Length: ");
    const auto length = std::stoul(text_.substr(field + 16));
    while (text_.size() < head + 4 + length && more()) {
    }
    return take(head + 4 + length);
  }
  /// Until the other side closes.
  std::string hear_all() {
    while (more()) {
    }
    return take(text_.size());
  }

 private:
  bool more() {
    std::array<char, 4096> bytes{};
    boost::system::error_code error;
    const auto count = socket_.read_some(asio::buffer(bytes), error);
    text_.append(bytes.data(), count);
    return !error;
  }
  std::string take(std::size_t count) {
    const auto taken = text_.substr(0, count);
    text_.erase(0, count);
    return taken;
  }

  asio::io_context io_;
  tcp::socket socket_{io_};
  std::string text_;
};

HttpResponse echo(const HttpRequest& request) {
  if (request.path == "/break") throw std::runtime_error("broken");
  HttpResponse response;
  response.body = request.method + " " + request.path + " " + request.query + " " + request.host;
  return response;
}

struct Fixture {
  explicit Fixture(const HttpLimits& limits = {}) : server("127.0.0.1", 0, limits, echo) {}
  HttpServer server;
  std::string ask(const std::string& bytes) {
    Client client(server.port());
    client.say(bytes);
    client.hush();
    return client.hear_all();
  }
};

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: LocalHost:80\r\n\r\n";
}

bool begins(const std::string& text, int status) {
  return text.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

TEST_CASE("T7: a request is answered, HEAD without the body, and nothing is kept by caches") {
  Fixture fixture;
  const auto answer = fixture.ask(get("/a/b?c=d?e"));
  CHECK(begins(answer, 200));
  CHECK(answer.ends_with("\r\n\r\nGET /a/b c=d?e localhost"));
  CHECK(answer.find("\r\nCache-Control: no-store\r\n") != std::string::npos);
  CHECK(answer.find("\r\nDate: ") != std::string::npos);
  const auto head = fixture.ask("HEAD /a HTTP/1.1\r\nHost: [::1]:8480\r\n\r\n");
  CHECK(begins(head, 200));
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(head.find("Content-Length: 12\r\n") != std::string::npos);
}

TEST_CASE("T7: several requests go over one connection, one after the other or all at once") {
  Fixture fixture;
  Client client(fixture.server.port());
  for (const std::string path : {"/1", "/2", "/3"}) {
    client.say(get(path));
    CHECK(client.hear().ends_with("GET " + path + "  localhost"));
  }
  client.say(get("/4") + get("/5") + "GET /6 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(client.hear().ends_with("GET /4  localhost"));
  CHECK(client.hear().ends_with("GET /5  localhost"));
  const auto last = client.hear_all();
  CHECK(last.ends_with("GET /6  x"));
  CHECK(last.find("Connection: close") != std::string::npos);
  CHECK(fixture.ask("GET /old HTTP/1.0\r\n\r\n").ends_with("GET /old  "));
}

TEST_CASE("T7: what is no request, or none that is known here, is refused and the connection closed") {
  Fixture fixture;
  const std::pair<std::string, int> cases[] = {
      {"hello\r\n\r\n", 400},
      {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), 400},
      {"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
      {"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nno colon here\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", 405},
      {"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413},
      {"GET /" + std::string(20000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(200000, 'a') + "\r\n\r\n", 431}};
  for (const auto& [bytes, status] : cases) {
    CAPTURE(bytes.substr(0, 60));
    const auto answer = fixture.ask(bytes);
    CAPTURE(answer);
    CHECK(begins(answer, status));
    CHECK(answer.find("Connection: close") != std::string::npos);
  }
  CHECK(fixture.ask("POST / HTTP/1.1\r\nHost: x\r\n\r\n").find("Allow: GET, HEAD\r\n") != std::string::npos);
  CHECK(begins(fixture.ask(get("/")), 200));
}

TEST_CASE("T7: garbage of any kind breaks nothing") {
  Fixture fixture;
  std::minstd_rand random(20261125);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = round % 2 == 0 ? get("/x") : std::string();
    const auto length = random() % 600;
    for (std::size_t i = 0; i < length; ++i) {
      const auto byte = static_cast<char>(random() % 256);
      if (bytes.empty() || round % 4 == 1) {
        bytes += byte;
      } else {
        bytes[random() % bytes.size()] = byte;
        if (i > 3) break;
      }
    }
    fixture.ask(bytes);
  }
  CHECK(begins(fixture.ask(get("/")), 200));
}

TEST_CASE("T7: a page that cannot be made is 500 and says nothing of why") {
  Fixture fixture;
  const auto answer = fixture.ask(get("/break"));
  CHECK(begins(answer, 500));
  CHECK(answer.find("broken") == std::string::npos);
}

TEST_CASE("T7: who is slow, or says nothing, is put out after a time, and keeps nobody waiting") {
  HttpLimits limits;
  limits.request_time = 150ms;
  limits.idle_time = 300ms;
  Fixture fixture(limits);
  Client silent(fixture.server.port());
  Client slow(fixture.server.port());
  slow.say("GET / HTTP/1.1\r\nHo");
  Client idle(fixture.server.port());
  idle.say(get("/idle"));
  CHECK(begins(idle.hear(), 200));
  CHECK(begins(fixture.ask(get("/")), 200));
  CHECK(silent.hear_all().empty());
  CHECK(slow.hear_all().empty());
  CHECK(idle.hear_all().empty());
}

TEST_CASE("T7: one connection too many is told so, and may come again when another has gone") {
  HttpLimits limits;
  limits.connections = 2;
  Fixture fixture(limits);
  {
    Client first(fixture.server.port()), second(fixture.server.port());
    first.say(get("/1"));
    second.say(get("/2"));
    CHECK(begins(first.hear(), 200));
    CHECK(begins(second.hear(), 200));
    Client third(fixture.server.port());
    CHECK(begins(third.hear_all(), 503));
  }
  const auto end = std::chrono::steady_clock::now() + 5s;
  while (!begins(fixture.ask(get("/")), 200)) REQUIRE(std::chrono::steady_clock::now() < end);
}

TEST_CASE("T7: a port that is taken, and an address that is not ours, are told") {
  Fixture fixture;
  CHECK_THROWS_AS(HttpServer("127.0.0.1", fixture.server.port(), {}, echo), Failure);
  CHECK_THROWS_AS(HttpServer("192.0.2.1", 0, {}, echo), Failure);
}

/// Doors stand under /door; one of them is opened by the test alone.
struct DoorFixture {
  explicit DoorFixture(const HttpLimits& limits = {})
      : server(
            "127.0.0.1", 0, limits, [this](const HttpRequest& request) { return answer(request); },
            [](std::string_view path) {
              return path.starts_with("/door") ? HttpPlace::door : HttpPlace::page;
            }) {}
  HttpResponse answer(const HttpRequest& request) {
    if (request.path == "/door/slow") opened.get_future().wait();
    auto response = echo(request);
    const auto signature = request.fields.find("x-signature");
    if (signature != request.fields.end()) response.body += " " + signature->second;
    response.body += "|" + request.media_type + "|" + request.body;
    return response;
  }
  std::string ask(const std::string& bytes) {
    Client client(server.port());
    client.say(bytes);
    client.hush();
    return client.hear_all();
  }
  std::promise<void> opened;
  HttpServer server;
};

std::string post(const std::string& path, const std::string& body,
                 const std::string& type = "application/x-www-form-urlencoded") {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_CASE("W3: a door takes forms and JSON by POST, with its query and fields, and GET too, HEAD not") {
  DoorFixture fixture;
  CHECK(fixture.ask(post("/door?d=1", "a=b&c=d"))
            .ends_with("POST /door d=1 x|application/x-www-form-urlencoded|a=b&c=d"));
  CHECK(
      fixture.ask(post("/door", "{}", "Application/JSON; charset=utf-8")).ends_with("|application/json|{}"));
  CHECK(fixture
            .ask("POST /door HTTP/1.1\r\nHost: x\r\nX-Signature: abc=\r\nContent-Type: "
                 "application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3\r\na=b\r\n2\r\n&c\r\n0\r\n\r\n")
            .ends_with("POST /door  x abc=|application/x-www-form-urlencoded|a=b&c"));
  CHECK(begins(fixture.ask(get("/door?x=y")), 200));
  CHECK(begins(fixture.ask("POST /door HTTP/1.1\r\nHost: x\r\n\r\n"), 200));
  const auto head = fixture.ask("HEAD /door HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(begins(head, 405));
  CHECK(head.find("Allow: GET, POST\r\n") != std::string::npos);
  CHECK(begins(fixture.ask("PUT /door HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"), 405));
  CHECK(begins(fixture.ask(post("/page", "a=b")), 405));
}

TEST_CASE("W3: a door refuses other media, bodies that are too large, and hosts that are missing or many") {
  DoorFixture fixture;
  CHECK(begins(fixture.ask(post("/door", "a", "text/plain")), 415));
  CHECK(begins(fixture.ask(post("/door", "a", "multipart/form-data; boundary=x")), 415));
  CHECK(begins(fixture.ask("POST /door HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"), 415));
  CHECK(begins(fixture.ask(post("/door", std::string(16385, 'a'))), 413));
  CHECK(begins(fixture.ask("POST /door HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8000\r\n" +
                           std::string(0x8000, 'a') + "\r\n0\r\n\r\n"),
               413));
  CHECK(begins(fixture.ask("POST /door HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), 400));
  // Two lengths would let one request hide another.
  CHECK(begins(fixture.ask("POST /door HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2"
                           "\r\n\r\nab"),
               400));
  CHECK(begins(fixture.ask("POST /door HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: "
                           "chunked\r\n\r\n0\r\n\r\n"),
               400));
  CHECK(begins(fixture.ask(post("/door", "a=b")), 200));
}

TEST_CASE("W3: what waits at a door keeps no page waiting") {
  DoorFixture fixture;
  Client waiting(fixture.server.port());
  waiting.say(post("/door/slow", "a=b") + get("/behind"));
  CHECK(begins(fixture.ask(get("/page")), 200));
  fixture.opened.set_value();
  CHECK(waiting.hear().ends_with("|a=b"));
  CHECK(begins(waiting.hear(), 200));
}

TEST_CASE("W3: garbage at a door breaks nothing") {
  DoorFixture fixture;
  std::minstd_rand random(20261128);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = post("/door?d=1&a=2", "MessageStatus=delivered&x=%zz");
    for (std::size_t i = 0; i <= random() % 6; ++i)
      bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    if (round % 3 == 0) bytes.resize(random() % bytes.size());
    fixture.ask(bytes);
  }
  CHECK(begins(fixture.ask(post("/door", "a=b")), 200));
}

}  // namespace
}  // namespace crier::net
