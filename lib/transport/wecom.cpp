#include "transport/wecom.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "base/text.hpp"
#include "transport/gateway_dialect.hpp"

namespace crier::transport {
namespace asio = boost::asio;
namespace json = boost::json;
using Verdict = Outcome::Verdict;
using Fault = Outcome::Fault;

namespace {

/// Longer texts are cut by WeChat without a word.
constexpr std::size_t most_bytes = 2048;

/// Those whom the answer calls invalid, in lower case: WeChat writes them so.
std::set<std::string> named_in(const json::object& document, std::string_view key) {
  std::set<std::string> named;
  const auto* value = document.if_contains(key);
  if (value == nullptr) return named;
  if (value->is_string()) {
    for (const auto one : split(std::string_view(value->get_string()), '|')) {
      if (!one.empty()) named.insert(to_lower(one));
    }
  }
  if (value->is_array()) {
    for (const auto& one : value->get_array()) {
      if (one.is_string()) named.insert(to_lower(std::string_view(one.get_string())));
    }
  }
  return named;
}

}  // namespace

Wecom::Wecom(const config::ChannelSettings& settings, asio::any_io_executor executor, GatewayTokens* tokens)
    : settings_(settings),
      api_(settings_.gateway, settings.timeout, tokens),
      rate_(settings.per_second),
      room_(std::move(executor)) {}

Wecom::~Wecom() = default;

/// The next parcel, and those that go with it: they stand behind it.
Wecom::Batch Wecom::take(Work& work) {
  Batch batch;
  do {
    auto parcel = work.next();
    if (!parcel) break;
    batch.push_back(std::move(*parcel));
  } while (batch.back().more_of_batch > 0);
  if (!batch.empty() && batch.back().more_of_batch > 0) {
    // The rest is not to be had now: what goes goes under a number of its own.
    for (auto& parcel : batch) parcel.batch = -batch.front().delivery;
  }
  return batch;
}

asio::awaitable<void> Wecom::run(Work& work) {
  for (;;) {
    if (!rate_.ready()) {
      co_await room_.wait_until(rate_.ready_at());
      continue;
    }
    const auto batch = take(work);
    if (batch.empty()) {
      if (work.closed()) co_return;
      co_await work.wait();
      continue;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) rate_.take();
    co_await carry(batch, work);
  }
}

asio::awaitable<WecomAnswer> Wecom::send(const Batch& batch, const std::string& text) {
  const auto& gateway = settings_.gateway;
  json::object document;
  const bool app = gateway.audience == config::Gateway::Audience::app;
  if (app) {
    std::string to;
    for (const auto& parcel : batch) to += (to.empty() ? "" : "|") + parcel.to;
    document["touser"] = to;
  } else {
    json::array to;
    for (const auto& parcel : batch) to.emplace_back(parcel.to);
    document["recv_scope"] = 0;
    document["to_parent_userid"] = std::move(to);
    document["toall"] = 0;
  }
  document["msgtype"] = "text";
  document["agentid"] = gateway.agent_id;
  document["text"] = json::object{{"content", text}};
  if (app) document["safe"] = 0;
  document["enable_duplicate_check"] = 1;
  document["duplicate_check_interval"] = gateway.duplicate_check.count();
  co_return co_await api_.call(app ? "/cgi-bin/message/send" : "/cgi-bin/externalcontact/message/send", {},
                               json::serialize(document));
}

asio::awaitable<void> Wecom::carry(const Batch& batch, Work& work) {
  const auto text = read_message(batch.front()).text;
  if (text.size() > most_bytes) {
    Outcome outcome;
    outcome.verdict = Verdict::rejected;
    outcome.fault = Fault::content;
    outcome.cause = "too-long";
    outcome.text = "WeChat would cut this text without a word: it has more than 2,048 bytes";
    for (const auto& parcel : batch) work.settle(parcel, outcome);
    co_return;
  }
  const auto answer = co_await send(batch, text);
  if (answer.document) {
    auto invalid = named_in(*answer.document, "invaliduser");
    invalid.merge(named_in(*answer.document, "invalid_parent_userid"));
    const auto unlicensed = named_in(*answer.document, "unlicenseduser");
    const auto id = text_in(*answer.document, "msgid");
    for (const auto& parcel : batch) {
      const auto name = to_lower(parcel.to);
      if (invalid.contains(name)) {
        work.settle(parcel, outcome_of(answer.reply, Verdict::rejected, Fault::recipient, "refused-recipient",
                                       "WeChat Work knows nobody by this id, or the app may not see them"));
      } else if (unlicensed.contains(name)) {
        work.settle(parcel, outcome_of(answer.reply, Verdict::rejected, Fault::content, "unlicensed",
                                       "this member has no licence in WeChat Work"));
      } else {
        work.settle(parcel, delivered_by(answer.reply, id));
      }
    }
    co_return;
  }
  const bool one_spoils_all =
      answer.fault.fault == Fault::recipient && batch.size() > 1 && answer.errcode != 81013;
  if (!one_spoils_all) {
    for (const auto& parcel : batch) {
      auto outcome = answer.fault;
      outcome.batch = parcel.batch;
      work.settle(parcel, std::move(outcome));
    }
    co_return;
  }
  // Which of them it is, it does not say.
  for (const auto& parcel : batch) {
    Batch single;
    single.push_back(parcel);
    const auto alone = co_await send(single, text);
    if (alone.document && named_in(*alone.document, "invaliduser").empty() &&
        named_in(*alone.document, "invalid_parent_userid").empty()) {
      work.settle(parcel, delivered_by(alone.reply, text_in(*alone.document, "msgid")));
    } else if (alone.document) {
      work.settle(parcel,
                  outcome_of(alone.reply, Verdict::rejected, Fault::recipient, "refused-recipient", ""));
    } else {
      auto outcome = alone.fault;
      outcome.batch = -parcel.delivery;
      work.settle(parcel, std::move(outcome));
    }
  }
}

}  // namespace crier::transport
