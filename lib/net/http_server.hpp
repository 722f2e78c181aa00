// A small HTTP/1.1 server on a thread of its own: it reads a request within limits of size and time, refuses
// what is none, asks a handler and writes the answer. Knows no page; those are lib/web's. Whoever sends it
// garbage, or nothing, or too much costs a bounded amount of memory and time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace crier::net {

struct HttpRequest {
  /// GET or HEAD; the answer to HEAD is that to GET, sent without its body.
  std::string method;
  /// As sent, from the first slash to the question mark.
  std::string path;
  /// What stands behind the question mark.
  std::string query;
  /// The Host field in lower case, without port and brackets; empty where HTTP/1.0 sent none.
  std::string host;
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
  /// Called on the server's thread, one request at a time. What it throws is answered with 500.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  /// Listens when it returns. `host` is an address; port 0 takes any that is free. Throws Failure where it
  /// cannot listen there.
  HttpServer(const std::string& host, int port, const HttpLimits& limits, Handler handler);
  /// Ends at once what is under way.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace crier::net
