// Where gateways bring receipts and replies (D1, D12, W3): `/gateway/<channel>/receipt` and `…/reply`. What
// they bring is on disk before they are answered; where it cannot be written they are asked to come again.
// Answered on the server's second thread, with a connection of its own that can write.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/http_server.hpp"
#include "office/desk.hpp"
#include "office/receipts.hpp"

namespace crier::web {

/// Calls of gateways by what became of them, since the daemon's start.
using GatewayCounts = std::array<std::int64_t, office::kinds_of_hearing>;

class GatewayDoor {
 public:
  GatewayDoor(const config::Settings& settings, const Clock& clock, std::filesystem::path store);

  /// Whether a path is a gateway's.
  static bool is_at(std::string_view path);
  /// Whether a gateway may ask for us under this name: the settings gave it to them.
  bool knows_host(std::string_view host) const;

  /// One at a time.
  net::HttpResponse answer(const net::HttpRequest& request);
  /// From any thread.
  GatewayCounts counts() const;

 private:
  const office::Office& office();
  net::HttpResponse take_receipt(const office::GatewayCall& call);
  net::HttpResponse take_reply(const office::GatewayCall& call);
  void count(office::Heard heard);
  void tell_of_forged();
  void tell_of(const Error& trouble, Channel channel);

  const config::Settings& settings_;
  const Clock& clock_;
  std::filesystem::path store_;
  /// Opened with the first call.
  std::optional<office::Desk> desk_;
  std::array<std::atomic<std::int64_t>, office::kinds_of_hearing> counts_{};
  std::int64_t forged_told_ = 0;
  std::chrono::steady_clock::time_point forged_told_at_{};
  /// The last trouble of our own, and when the log told of it.
  std::string trouble_;
  std::chrono::steady_clock::time_point trouble_told_at_{};
};

}  // namespace crier::web
