#include "web/site.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/os.hpp"
#include "net/failure.hpp"
#include "report/health.hpp"
#include "web/metrics.hpp"

namespace crier::web {
namespace {

/// A loop that has not turned for so long hangs: it turns every 20 s at least, and waits for the store's lock
/// for 30 s at most.
constexpr std::chrono::seconds longest_turn{60};

net::HttpResponse plain(int status, std::string text) {
  net::HttpResponse response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

}  // namespace

Pages::Pages(SiteSetting setting)
    : setting_(std::move(setting)),
      desk_(setting_.settings, setting_.clock, setting_.store.string(), "", office::StoreAccess::read),
      gateways_(setting_.settings, setting_.clock, setting_.store) {}

net::HttpPlace Pages::place_of(std::string_view path) {
  return GatewayDoor::is_at(path) ? net::HttpPlace::door : net::HttpPlace::page;
}

net::HttpResponse Pages::answer(const net::HttpRequest& request) {
  // A page of somebody else's, whose name was made to point here, asks under that name (DNS rebinding).
  const bool is_door = GatewayDoor::is_at(request.path);
  if (!knows_host(request.host) && !(is_door && gateways_.knows_host(request.host)))
    return plain(421, "this daemon is not called so; see hosts in crier-daemon(1)\n");
  if (is_door) return gateways_.answer(request);
  if (request.path == "/healthz") return healthz();
  if (request.path == "/readyz") return readyz();
  if (request.path == "/metrics") return metrics();
  return plain(404, "there is no such page\n");
}

bool Pages::knows_host(const std::string& host) const {
  if (host == "localhost" || host == setting_.listen.host) return true;
  if (os::address_kind(host) == os::AddressKind::loopback) return true;
  const auto& hosts = setting_.settings.daemon.hosts;
  return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

net::HttpResponse Pages::healthz() const {
  if (std::chrono::steady_clock::now() - setting_.pulse.last().at < longest_turn) return plain(200, "ok\n");
  return plain(503, "the daemon's loop does not turn\n");
}

/// Reasons name channels and codes, nobody's address and no server.
net::HttpResponse Pages::readyz() {
  const auto beat = setting_.pulse.last();
  std::vector<std::string> reasons;
  if (beat.stopping) reasons.emplace_back("daemon: stopping");
  if (!beat.trouble.empty()) reasons.push_back(fmt::format("store: {}", beat.trouble));
  try {
    const auto health = report::health(desk_.office().store);
    if (health.fence != beat.fence) reasons.emplace_back("lease: not held by this daemon");
    for (const auto& stop : health.stopped)
      reasons.push_back(fmt::format("channel {}: stopped, {}", to_text(stop.channel), stop.cause));
  } catch (const Error& error) {
    reasons.push_back(fmt::format("store: {}", error.code()));
  }
  if (reasons.empty()) return plain(200, "ready\n");
  std::string text;
  for (const auto& reason : reasons) text += reason + "\n";
  return plain(503, text);
}

net::HttpResponse Pages::metrics() {
  const auto health = report::health(desk_.office().store);
  auto page = plain(200, metrics_text(health, setting_.pulse.last(), gateways_.counts(), setting_.clock.now(),
                                      setting_.version));
  page.content_type = metrics_content_type;
  return page;
}

Site::Site(const SiteSetting& setting) : pages_(setting), host_(setting.listen.host) {
  try {
    server_ = std::make_unique<net::HttpServer>(
        host_, setting.listen.port, net::HttpLimits{},
        [this](const net::HttpRequest& request) { return pages_.answer(request); }, &Pages::place_of);
  } catch (const net::Failure& failure) {
    throw Error(Exit::usage, "cannot-listen", failure.text(),
                "Another program may have that port: choose another with --listen or listen under [daemon].");
  }
}

std::string Site::address() const {
  return host_.find(':') == std::string::npos ? fmt::format("{}:{}", host_, server_->port())
                                              : fmt::format("[{}]:{}", host_, server_->port());
}

}  // namespace crier::web
