// WeChat Work's server API: the access token and how it ends, one call and its errcode. Told by number, never
// by errmsg. Used by the transport and by whoever asks who is registered.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>

#include "config/gateway.hpp"
#include "model/outcome.hpp"
#include "net/http_client.hpp"
#include "net/tls.hpp"
#include "transport/gateway_tokens.hpp"

namespace crier::transport {

/// What came of a call: an object with errcode 0, or why there is none.
struct WecomAnswer {
  std::optional<boost::json::object> document;
  /// Where there is none; of a call that sends, whether it may have been sent all the same.
  Outcome fault;
  std::int64_t errcode = 0;
  net::HttpReply reply;
};

class WecomApi {
 public:
  WecomApi(const config::Gateway& gateway, std::chrono::seconds timeout, GatewayTokens* tokens);
  ~WecomApi();

  /// `path` begins with `/cgi-bin/`; `body` none: a GET with these parameters. A token that has ended, or was
  /// taken back, is renewed once.
  boost::asio::awaitable<WecomAnswer> call(std::string path, net::Parameters parameters,
                                           std::optional<std::string> body);

 private:
  boost::asio::awaitable<std::optional<Outcome>> sign_in();
  boost::asio::awaitable<WecomAnswer> ask(net::HttpCall call);

  const config::Gateway& gateway_;
  GatewayTokens* tokens_;
  std::string trust_fault_;
  std::unique_ptr<net::TlsContext> trust_;
  net::HttpClient client_;
  std::string name_;
  std::optional<GatewayToken> token_;
};

/// What an errcode means for the message that was sent (facts of the API's pages).
Outcome outcome_of_errcode(const net::HttpReply& reply, std::int64_t errcode, std::string_view errmsg);

}  // namespace crier::transport
