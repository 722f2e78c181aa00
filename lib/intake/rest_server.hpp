// A OneRoster server as an import asks it: signs in, asks again what failed in passing, waits as long as it
// is told to, and says in words what it was turned away for (I4). What stands on a page is rest_pull's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/secret.hpp"
#include "config/settings.hpp"
#include "net/http_client.hpp"
#include "net/tls.hpp"

namespace crier::intake {

/// What a pull needs of the world.
struct RestWorld {
  /// Seconds since 1970.
  std::function<std::int64_t()> now;
  /// Waits; what it throws ends the pull.
  std::function<void(std::chrono::milliseconds)> wait;
  /// Called a few times a second while an answer is awaited; what it throws ends the pull.
  std::function<void()> meanwhile;
};
/// The real one: `go_on` is called meanwhile.
RestWorld rest_world(std::function<void()> go_on);

struct RestAnswer {
  /// no_permission: 401 or 403 for this address alone. bad_request: it does not understand the query.
  enum class Kind { page, no_permission, not_there, bad_request } kind = Kind::page;
  boost::json::object page;
  /// `X-Total-Count` or `x-count`, where it is told.
  std::optional<std::int64_t> total;
  /// Where the next page lies, by the Link field: whether it is named, not where.
  bool says_next = false;
  bool has_links = false;
  /// ClassLink: changes when what we may see changes.
  std::string revision;
  /// What the server said, for people.
  std::string said;
};

class RestServer {
 public:
  RestServer(const config::RestSource& source, RestWorld world);
  ~RestServer();

  /// One GET. Throws Error(gateway): not reached, turned away, redirected, still failing after several tries;
  /// Error(refused_input): an answer that is no JSON object, a login page above all.
  RestAnswer get(const std::string& url);

 private:
  net::HttpReply ask_patiently(const std::function<net::HttpCall()>& call, std::string_view what);
  std::string authorization(const std::string& url);
  void renew_token();
  void wait(std::chrono::milliseconds time);

  const config::RestSource& source_;
  RestWorld world_;
  std::unique_ptr<net::TlsContext> trust_;
  net::WaitingHttpClient client_;
  Secret token_;
  std::int64_t token_ends_ = 0;
};

}  // namespace crier::intake
