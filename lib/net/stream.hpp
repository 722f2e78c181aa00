// A connection to a server: plain TCP or TLS behind one type, every step with a deadline. Where the protocols
// of lib/transport and the HTTP client stand on; knows none of them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/failure.hpp"

namespace crier::net {

class TlsContext;

class Stream {
 public:
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  /// From now until `limit` has passed the operations that follow must be done; then they fail with `timeout`
  /// and the connection is closed. Each call replaces the one before. Cheap: meant for every step of a
  /// dialogue.
  void set_deadline(std::chrono::milliseconds limit);

  /// Encrypts what follows. `host` is the name that the certificate must bear (RFC 6125) and is told to the
  /// server (SNI). `unread` is what the caller has received and not looked at: bytes that came before TLS
  /// began were put in by somebody on the way, and fail as `injected`.
  boost::asio::awaitable<void> start_tls(const TlsContext& context, std::string host,
                                         std::string_view unread);

  /// At least one byte; Failure(closed) at the end of the stream.
  boost::asio::awaitable<std::size_t> read_some(std::span<char> into);
  /// All of it. After a failure `handed_over()` says how much of it may have reached the other side.
  boost::asio::awaitable<void> write(std::string_view bytes);
  /// How many bytes of the last `write` the system has taken.
  std::size_t handed_over() const;

  /// `none`, `TLSv1.2`, `TLSv1.3`.
  std::string tls_version() const;
  /// Nothing has come that nobody has read, and the other side has not closed: another request may go out.
  bool is_quiet() const;
  /// Whether the other side is on this very machine, so that nobody can listen on the way.
  bool peer_is_loopback() const;
  void close();

 private:
  friend boost::asio::awaitable<Stream> connect(boost::asio::any_io_executor executor, std::string host,
                                                int port, std::chrono::milliseconds limit);
  struct Rep;
  explicit Stream(std::shared_ptr<Rep> rep);
  std::shared_ptr<Rep> rep_;
};

/// Connects to the first address of `host` that answers, trying all of them within `limit`; each has its
/// share of the time that is left. Throws Failure: host_not_found, refused, unreachable, timeout.
boost::asio::awaitable<Stream> connect(boost::asio::any_io_executor executor, std::string host, int port,
                                       std::chrono::milliseconds limit);

}  // namespace crier::net
