// An HTTP/1.1 client on lib/net's streams: deadlines, TLS and whom we trust are the same as for mail. One
// request at a time over a connection that is kept while the server keeps it. Follows no redirect: an address
// stands in the settings, and what is secret goes nowhere else. Gateways and REST sources speak through it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/failure.hpp"
#include "net/stream.hpp"
#include "net/url.hpp"

namespace crier::net {

class TlsContext;

struct HttpCall {
  std::string method = "GET";
  /// http:// or https://
  std::string url;
  /// Host, User-Agent, Content-Length and Connection are the client's own.
  std::vector<std::pair<std::string, std::string>> fields;
  /// Sent, with its length, where the method is neither GET nor HEAD.
  std::string body;
};

struct HttpReply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  /// Where it came from, for who looks for a fault: `none`, `TLSv1.3`.
  std::string host;
  int port = 0;
  std::string tls = "none";

  /// The first field of this name, whatever its case; empty where there is none.
  std::string_view field(std::string_view name) const;
};

struct HttpClientLimits {
  std::chrono::milliseconds connect{15000};
  /// From the request until all of the answer is there.
  std::chrono::milliseconds answer{60000};
  std::uint32_t header_bytes = 64U << 10;
  std::uint64_t body_bytes = 1ULL << 20;
  /// A connection that was idle for longer is not used again: a server that closes it just then would leave
  /// a request in doubt.
  std::chrono::milliseconds idle{3000};
};

/// No answer, or none that is HTTP.
class HttpFailure : public Failure {
 public:
  /// no: the server cannot have acted on the request, not all of it had left. perhaps: it may have.
  enum class Arrived { no, perhaps };
  HttpFailure(const Failure& failure, Arrived arrived, std::string tls)
      : Failure(failure), arrived_(arrived), tls_(std::move(tls)) {}
  Arrived arrived() const noexcept { return arrived_; }
  const std::string& tls() const noexcept { return tls_; }

 private:
  Arrived arrived_;
  std::string tls_;
};

class HttpClient {
 public:
  /// `trust` is needed for https alone and outlives the client.
  HttpClient(const TlsContext* trust, HttpClientLimits limits) : trust_(trust), limits_(limits) {}

  /// Throws HttpFailure. A status of any kind is an answer, redirects and errors too.
  boost::asio::awaitable<HttpReply> ask(HttpCall call);

 private:
  struct Connection {
    Stream stream;
    std::string host;
    int port;
    bool tls;
    std::chrono::steady_clock::time_point used;
  };
  boost::asio::awaitable<void> reach(const Url& url);

  const TlsContext* trust_;
  HttpClientLimits limits_;
  std::optional<Connection> connection_;
};

/// The same for whoever has no event loop: each call waits for its answer.
class WaitingHttpClient {
 public:
  WaitingHttpClient(const TlsContext* trust, HttpClientLimits limits);
  ~WaitingHttpClient();
  WaitingHttpClient(const WaitingHttpClient&) = delete;
  WaitingHttpClient& operator=(const WaitingHttpClient&) = delete;

  /// `meanwhile` is called a few times a second; what it throws ends the call and comes out here.
  HttpReply ask(HttpCall call, const std::function<void()>& meanwhile);

 private:
  struct Rep;
  const TlsContext* trust_;
  HttpClientLimits limits_;
  std::unique_ptr<Rep> rep_;
};

}  // namespace crier::net
