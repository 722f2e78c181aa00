// A small HTTP/1.1 server on a thread of its own: it reads a request within limits of size and time, refuses
// what is none, asks a handler and writes the answer. Knows no page; those are lib/web's. Whoever sends it
// garbage, or nothing, or too much costs a bounded amount of memory and time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace crier::net {

struct HttpRequest {
  /// GET or HEAD; the answer to HEAD is that to GET, sent without its body. At a door: GET or POST.
  std::string method;
  /// As sent, from the first slash to the question mark.
  std::string path;
  /// What stands behind the question mark.
  std::string query;
  /// The Host field in lower case, without port and brackets; empty where HTTP/1.0 sent none.
  std::string host;
  /// At a door: the other fields, their names in lower case, the first of each name.
  std::map<std::string, std::string, std::less<>> fields = {};
  /// Of a POST: what it brings, and of which media type, in lower case and without parameters.
  std::string body = {};
  std::string media_type = {};
};

/// What stands at a path.
enum class HttpPlace {
  /// Looked at with GET and HEAD, which change nothing; answered on the server's thread.
  page,
  /// Where something is brought, with POST or in a GET's query, and may have to wait until it is kept:
  /// answered on a second thread, so that pages go on meanwhile. Bodies are forms or JSON.
  door,
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
};

struct HttpLimits {
  /// Request line and fields together; more is answered with 431.
  std::uint32_t header_bytes = 8192;
  /// More is answered with 413.
  std::uint64_t body_bytes = 16384;
  /// From a connection's start, or a request's first byte, until all of it is there; then it is closed.
  std::chrono::milliseconds request_time{10000};
  /// Between two requests of one connection.
  std::chrono::milliseconds idle_time{60000};
  std::chrono::milliseconds answer_time{10000};
  /// One more is answered with 503.
  std::size_t connections = 64;
};

class HttpServer {
 public:
  /// Called for pages on the server's thread, one request at a time, and for doors on a thread of their own,
  /// one at a time too. What it throws is answered with 500.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  /// What stands at a path, without its query; asked before a body is read.
  using Plan = std::function<HttpPlace(std::string_view path)>;

  /// Listens when it returns. `host` is an address; port 0 takes any that is free. Without a plan all is
  /// pages. Throws Failure where it cannot listen there.
  HttpServer(const std::string& host, int port, const HttpLimits& limits, Handler handler, Plan plan = {});
  /// Ends at once what is under way, but for a door's handler that has begun.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace crier::net
