#include "transport/wecom_api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "transport/gateway_dialect.hpp"
#include "transport/http_gateway.hpp"

namespace crier::transport {
namespace asio = boost::asio;
using Verdict = Outcome::Verdict;
using Fault = Outcome::Fault;

namespace {

/// A token is renewed so long before its end, in seconds.
constexpr std::int64_t token_margin = 60;

struct CodeMeaning {
  std::int64_t errcode;
  Verdict verdict;
  Fault fault;
  const char* cause;
};
constexpr std::array meanings{CodeMeaning{-1, Verdict::deferred, Fault::passing, "try-later"},
                              CodeMeaning{6000, Verdict::deferred, Fault::passing, "try-later"},
                              CodeMeaning{45009, Verdict::deferred, Fault::passing, "too-many-requests"},
                              CodeMeaning{45033, Verdict::deferred, Fault::passing, "too-many-requests"},
                              CodeMeaning{40001, Verdict::deferred, Fault::ours, "authentication"},
                              CodeMeaning{40013, Verdict::deferred, Fault::ours, "authentication"},
                              CodeMeaning{40014, Verdict::deferred, Fault::ours, "authentication"},
                              CodeMeaning{42001, Verdict::deferred, Fault::ours, "authentication"},
                              CodeMeaning{40056, Verdict::deferred, Fault::ours, "authentication"},
                              CodeMeaning{301002, Verdict::deferred, Fault::ours, "authentication"},
                              CodeMeaning{60020, Verdict::deferred, Fault::ours, "session-refused"},
                              CodeMeaning{40003, Verdict::rejected, Fault::recipient, "refused-recipient"},
                              CodeMeaning{60111, Verdict::rejected, Fault::recipient, "refused-recipient"},
                              CodeMeaning{81013, Verdict::rejected, Fault::recipient, "refused-recipient"},
                              CodeMeaning{82001, Verdict::rejected, Fault::content, "refused-message"},
                              CodeMeaning{40058, Verdict::rejected, Fault::content, "refused-message"},
                              CodeMeaning{44004, Verdict::rejected, Fault::content, "refused-message"},
                              CodeMeaning{45002, Verdict::rejected, Fault::content, "too-long"}};

net::HttpCall token_call(const config::Gateway& gateway) {
  return {"GET",
          net::with_parameters(gateway.url + "/cgi-bin/gettoken",
                               {{"corpid", gateway.corp_id}, {"corpsecret", gateway.secret.reveal()}}),
          {},
          ""};
}

net::HttpCall api_call(const std::string& address, net::Parameters parameters, const Secret& token,
                       const std::optional<std::string>& body) {
  parameters.insert(parameters.begin(), {"access_token", token.reveal()});
  net::HttpCall call{body ? "POST" : "GET", net::with_parameters(address, parameters), {}, body.value_or("")};
  if (body) call.fields.emplace_back("Content-Type", "application/json");
  return call;
}

bool token_has_ended(std::int64_t errcode) {
  return errcode == 40014 || errcode == 42001;
}

}  // namespace

Outcome outcome_of_errcode(const net::HttpReply& reply, std::int64_t errcode, std::string_view errmsg) {
  const auto said = fmt::format("errcode {}: {}", errcode, errmsg);
  const auto found = std::find_if(meanings.begin(), meanings.end(),
                                  [&](const CodeMeaning& one) { return one.errcode == errcode; });
  if (found != meanings.end()) return outcome_of(reply, found->verdict, found->fault, found->cause, said);
  // One that nobody has described: nobody is failed for it, and staff hear.
  return outcome_of(reply, Verdict::deferred, Fault::ours, "gateway-refused", said);
}

WecomApi::WecomApi(const config::Gateway& gateway, std::chrono::seconds timeout, GatewayTokens* tokens)
    : gateway_(gateway),
      tokens_(tokens),
      trust_(trust_of(gateway, trust_fault_)),
      client_(trust_.get(), {std::chrono::seconds(15), timeout, 64U << 10, 8U << 20}),
      name_(fmt::format("wecom {} {} {}", gateway.url, gateway.corp_id, gateway.agent_id)) {}

WecomApi::~WecomApi() = default;

/// One request, whose answer is an object with an errcode.
asio::awaitable<WecomAnswer> WecomApi::ask(net::HttpCall call) {
  WecomAnswer answer;
  const auto url = net::parse_url(call.url).value_or(net::Url{});
  std::optional<Outcome> failed;
  try {
    answer.reply = co_await client_.ask(std::move(call));
  } catch (const net::HttpFailure& failure) {
    failed = outcome_of_failure(failure, url);
  }
  if (failed) {
    answer.fault = *failed;
    co_return answer;
  }
  if (answer.reply.status != 200) {
    answer.fault = outcome_of_status(answer.reply, answer.reply.body);
    co_return answer;
  }
  auto document = object_in(answer.reply.body);
  const auto* errcode = document ? document->if_contains("errcode") : nullptr;
  if (errcode != nullptr && errcode->is_int64()) {
    answer.errcode = errcode->get_int64();
    if (answer.errcode == 0) {
      answer.document = std::move(document);
    } else {
      answer.fault = outcome_of_errcode(answer.reply, answer.errcode, text_in(*document, "errmsg"));
    }
    co_return answer;
  }
  answer.fault = outcome_of(answer.reply, Verdict::in_doubt, Fault::passing, "nonsense", answer.reply.body);
  co_return answer;
}

/// A token that holds; else why there is none.
asio::awaitable<std::optional<Outcome>> WecomApi::sign_in() {
  if (!gateway_.secret_fault.empty())
    co_return our_fault(gateway_, "password-unreadable", gateway_.secret_fault);
  if (!trust_fault_.empty()) co_return our_fault(gateway_, "tls-certificate", trust_fault_);
  if (!token_ && tokens_ != nullptr) token_ = tokens_->token(name_);
  if (token_ && seconds_now() < token_->ends) co_return std::nullopt;
  auto answer = co_await ask(token_call(gateway_));
  if (!answer.document) {
    // Nothing was sent yet, whatever became of this.
    if (answer.fault.verdict == Verdict::in_doubt) answer.fault.verdict = Verdict::deferred;
    if (answer.fault.verdict == Verdict::rejected) {
      answer.fault.verdict = Verdict::deferred;
      answer.fault.fault = Fault::ours;
    }
    co_return answer.fault;
  }
  auto value = text_in(*answer.document, "access_token");
  const auto* lives = answer.document->if_contains("expires_in");
  if (value.empty()) co_return our_fault(gateway_, "authentication", "the answer holds no access_token");
  const auto seconds = lives != nullptr && lives->is_int64() ? lives->get_int64() : 7200;
  token_ =
      GatewayToken{Secret(std::move(value)), seconds_now() + seconds - std::min(token_margin, seconds / 4)};
  if (tokens_ != nullptr) tokens_->keep(name_, *token_);
  co_return std::nullopt;
}

asio::awaitable<WecomAnswer> WecomApi::call(std::string path, net::Parameters parameters,
                                            std::optional<std::string> body) {
  WecomAnswer answer;
  for (int round = 0; round < 2; ++round) {
    if (auto fault = co_await sign_in()) {
      answer.fault = std::move(*fault);
      co_return answer;
    }
    answer = co_await ask(api_call(gateway_.url + path, parameters, token_->value, body));
    if (!token_has_ended(answer.errcode)) break;
    token_->ends = 0;
  }
  co_return answer;
}

}  // namespace crier::transport
