#include "transport/gateway_probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <exception>
#include <map>

#include "net/http_client.hpp"
#include "net/sign_in.hpp"
#include "transport/gateway_dialect.hpp"
#include "transport/http_gateway.hpp"
#include "transport/probe.hpp"
#include "transport/wecom_api.hpp"

namespace crier::transport {
namespace asio = boost::asio;

namespace {

/// Nobody waits longer for a check.
constexpr std::chrono::seconds patience{10};

/// A question whose answer tells whether the password is right.
net::HttpCall question_of(const config::ChannelSettings& settings) {
  const auto& gateway = settings.gateway;
  if (settings.kind == config::ChannelKind::twilio) {
    return {"GET",
            fmt::format("{}/2010-04-01/Accounts/{}.json", gateway.url, gateway.user),
            {{"Authorization", net::basic_authorization(gateway.user, gateway.secret)}},
            ""};
  }
  // A message to nobody: Kannel looks at the password first.
  return {
      "GET",
      net::with_parameters(gateway.url, {{"username", gateway.user}, {"password", gateway.secret.reveal()}}),
      {},
      ""};
}

std::optional<Outcome> outcome_of_answer(const config::ChannelSettings& settings,
                                         const net::HttpReply& reply) {
  if (reply.status / 100 == 2) return std::nullopt;
  const bool kannel = settings.kind == config::ChannelKind::kannel;
  if (kannel && reply.status == 400) return std::nullopt;  // no receiver: what was meant
  return outcome_of_status(reply, reply.body);
}

/// Runs one conversation with WeChat Work.
WecomAnswer ask_wecom(const config::ChannelSettings& settings, GatewayTokens* tokens, const std::string& path,
                      const net::Parameters& parameters) {
  asio::io_context io(1);
  WecomApi api(settings.gateway, patience, tokens);
  WecomAnswer answer;
  std::exception_ptr defect;
  asio::co_spawn(io, api.call(path, parameters, std::nullopt),
                 [&](const std::exception_ptr& error, WecomAnswer given) {
                   defect = error;
                   answer = std::move(given);
                   io.stop();
                 });
  io.run();
  if (defect) std::rethrow_exception(defect);
  return answer;
}

}  // namespace

std::optional<Outcome> probe_gateway(const config::ChannelSettings& settings, GatewayTokens* tokens) {
  const auto& gateway = settings.gateway;
  if (!gateway.secret_fault.empty()) return our_fault(gateway, "password-unreadable", gateway.secret_fault);
  if (settings.kind == config::ChannelKind::http) {
    const auto fault = probe_web(gateway.url);
    return fault ? std::optional(our_fault(gateway, "host-unreachable", *fault)) : std::nullopt;
  }
  if (settings.kind == config::ChannelKind::wecom) {
    const auto answer = ask_wecom(settings, tokens, "/cgi-bin/school/agent/get_allow_scope",
                                  {{"agentid", std::to_string(gateway.agent_id)}});
    // An app that may not ask this is let in all the same.
    const bool signed_in =
        answer.document || (answer.errcode != 0 && answer.fault.cause == "gateway-refused");
    return signed_in ? std::nullopt : std::optional(answer.fault);
  }
  std::string trust_fault;
  const auto trust = trust_of(gateway, trust_fault);
  if (!trust_fault.empty()) return our_fault(gateway, "tls-certificate", trust_fault);
  net::WaitingHttpClient client(trust.get(), {patience, patience, 64U << 10, 1U << 20});
  const auto call = question_of(settings);
  try {
    return outcome_of_answer(settings, client.ask(call, {}));
  } catch (const net::HttpFailure& failure) {
    auto outcome = outcome_of_failure(failure, net::parse_url(call.url).value_or(net::Url{}));
    outcome.verdict = Outcome::Verdict::deferred;
    return outcome;
  }
}

WecomParents wecom_parents(const config::ChannelSettings& settings, GatewayTokens* tokens) {
  WecomParents found;
  std::map<std::string, bool> registered;
  for (const auto department : settings.gateway.departments) {
    const auto answer = ask_wecom(settings, tokens, "/cgi-bin/school/user/list_parent",
                                  {{"department_id", std::to_string(department)}});
    const auto* list = answer.document ? answer.document->if_contains("parents") : nullptr;
    if (list == nullptr || !list->is_array()) {
      found.fault = answer.document
                        ? our_fault(settings.gateway, "nonsense", "the answer has no list of parents")
                        : answer.fault;
      return found;
    }
    for (const auto& value : list->get_array()) {
      const auto* one = value.if_object();
      const auto* id = one == nullptr ? nullptr : one->if_contains("parent_userid");
      const auto* follows = one == nullptr ? nullptr : one->if_contains("is_subscribe");
      if (id == nullptr || !id->is_string()) continue;
      // Who is in two departments and follows in one of them can be reached.
      registered[std::string(id->get_string())] |=
          follows != nullptr && follows->is_int64() && follows->get_int64() == 1;
    }
  }
  for (const auto& [id, follows] : registered) found.parents.push_back({id, follows});
  return found;
}

}  // namespace crier::transport
