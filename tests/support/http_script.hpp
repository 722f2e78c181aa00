// A scripted HTTP server on loopback, the twin of the other side of lib/net's client (house rule 11): it
// keeps what it was asked and answers whatever bytes a test wants, or does what broken servers do.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace crier::test {

struct HeardRequest {
  std::string method;
  std::string target;
  /// Names in lower case.
  std::map<std::string, std::string> fields;
  std::string body;
  /// Which connection it came over, from 0.
  int connection = 0;
};

struct HttpSaying {
  std::string bytes;
  /// hang: says nothing more and keeps the connection. reset: ends it with a RST.
  enum class Then { keep, close, hang, reset } then = Then::keep;
};

/// A whole answer with its length.
HttpSaying http_answer(int status, const std::string& body,
                       const std::map<std::string, std::string>& fields = {});

class HttpScript {
 public:
  /// Called on the server's threads, one at a time.
  using Handler = std::function<HttpSaying(const HeardRequest&)>;
  enum class Tls { none, tls };
  explicit HttpScript(Handler handler, Tls tls = Tls::none);
  ~HttpScript();
  HttpScript(const HttpScript&) = delete;
  HttpScript& operator=(const HttpScript&) = delete;

  int port() const;
  /// `http://127.0.0.1:PORT/path`; with TLS `https://localhost:PORT/path`.
  std::string url(const std::string& path) const;
  std::vector<HeardRequest> heard() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace crier::test
