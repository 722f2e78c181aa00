#include "net/failure.hpp"

namespace crier::net {

std::string_view to_text(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::host_not_found:
      return "host-not-found";
    case Failure::Kind::refused:
      return "connection-refused";
    case Failure::Kind::unreachable:
      return "host-unreachable";
    case Failure::Kind::timeout:
      return "timeout";
    case Failure::Kind::closed:
      return "connection-lost";
    case Failure::Kind::injected:
      return "injected-text";
    case Failure::Kind::tls_certificate:
      return "tls-certificate";
    case Failure::Kind::tls_other:
      return "tls-failed";
    case Failure::Kind::other:
      return "network-error";
  }
  return "network-error";
}

}  // namespace crier::net
