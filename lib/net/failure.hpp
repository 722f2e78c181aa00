// What went wrong on the wire, as a value that a transport turns into an Outcome. Thrown by net, caught by
// the folder that speaks the protocol; it never leaves lib/transport or lib/web.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace crier::net {

class Failure : public std::exception {
 public:
  /// closed: the other side ended or reset the connection. injected: bytes came in the clear where TLS was
  /// about to begin. tls_certificate: the certificate is not to be trusted, or not for this host.
  enum class Kind {
    host_not_found,
    refused,
    unreachable,
    timeout,
    closed,
    injected,
    tls_certificate,
    tls_other,
    other
  };

  /// `text` says what happened in words, for people.
  Failure(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}
  Kind kind() const noexcept { return kind_; }
  const std::string& text() const noexcept { return text_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  Kind kind_;
  std::string text_;
};

/// A stable word for scripts and for grouping: `host-not-found`, `connection-refused`, `timeout`, …
std::string_view to_text(Failure::Kind kind);

}  // namespace crier::net
