// What the daemon answers over HTTP (T7, W2): for monitors `/healthz`, `/readyz` and `/metrics`. It looks at
// the store through a connection of its own, on the server's thread, and changes nothing.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "net/http_server.hpp"
#include "office/desk.hpp"
#include "web/gateway_door.hpp"
#include "web/pulse.hpp"

namespace crier::web {

struct SiteSetting {
  const config::Settings& settings;
  const Clock& clock;
  std::filesystem::path store;
  config::ListenAddress listen;
  std::string version;
  const Pulse& pulse;
};

/// The pages, whoever asks for them.
class Pages {
 public:
  /// Throws Error(store) where the store cannot be read.
  explicit Pages(SiteSetting setting);
  /// Throws where the store cannot be read any more. Called for pages on one thread, for doors on another.
  net::HttpResponse answer(const net::HttpRequest& request);
  static net::HttpPlace place_of(std::string_view path);

 private:
  bool knows_host(const std::string& host) const;
  net::HttpResponse healthz() const;
  net::HttpResponse readyz();
  net::HttpResponse metrics();

  SiteSetting setting_;
  office::Desk desk_;
  GatewayDoor gateways_;
};

/// The pages on the network.
class Site {
 public:
  /// Listens when it returns. Throws Error(usage) where it cannot at that address, Error(store).
  explicit Site(const SiteSetting& setting);
  /// `127.0.0.1:8480`, with the port that was taken.
  std::string address() const;

 private:
  Pages pages_;
  std::string host_;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace crier::web
