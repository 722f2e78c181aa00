// Whom we trust when a server shows its certificate, and which versions of TLS we speak. Made once per
// transport: reading the system's authorities takes milliseconds.
#pragma once

#include <filesystem>
#include <memory>

namespace crier::net {

class TlsContext {
 public:
  /// The authorities of a PEM file, or the system's where `ca_file` is empty. TLS 1.2 and later. Throws
  /// Failure (tls_certificate) where the file cannot be read.
  explicit TlsContext(const std::filesystem::path& ca_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class Stream;
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace crier::net
