#include "web/gateway_door.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "office/replies.hpp"

namespace crier::web {
namespace {

using office::Heard;

constexpr std::string_view front = "/gateway/";
/// So often at most the log tells of calls that are nobody's: whoever makes them up must not fill it.
constexpr std::chrono::minutes told_pause{1};

net::HttpResponse plain(int status, std::string text) {
  net::HttpResponse response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

net::HttpResponse answer_of(Heard heard) {
  switch (heard) {
    case Heard::taken:
    case Heard::again:
      return plain(200, "ok\n");
    case Heard::unknown:
      return plain(410, "there is no such delivery any more\n");
    case Heard::forged:
      return plain(403, "this is not from the gateway\n");
    case Heard::not_understood:
      return plain(400, "what is needed is not in it\n");
    case Heard::no_gateway:
      return plain(404, "no gateway of this channel brings anything\n");
  }
  return plain(500, "");
}

/// What Twilio reads: a message back, or none.
std::string twiml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else {
      escaped += c;
    }
  }
  const auto message = escaped.empty() ? std::string() : "<Message>" + escaped + "</Message>";
  return R"(<?xml version="1.0" encoding="UTF-8"?><Response>)" + message + "</Response>";
}

/// `sms` and `receipt` of `/gateway/sms/receipt`.
std::pair<std::string_view, std::string_view> parts_of(std::string_view path) {
  path.remove_prefix(front.size());
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return {path, {}};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

GatewayDoor::GatewayDoor(const config::Settings& settings, const Clock& clock, std::filesystem::path store)
    : settings_(settings), clock_(clock), store_(std::move(store)) {}

bool GatewayDoor::is_at(std::string_view path) {
  return path.starts_with(front);
}

bool GatewayDoor::knows_host(std::string_view host) const {
  return std::ranges::any_of(all_channels, [&](Channel channel) {
    const auto url = net::parse_url(settings_.channel(channel).gateway.receipts);
    return url && to_lower(url->host) == host;
  });
}

const office::Office& GatewayDoor::office() {
  if (!desk_) desk_.emplace(settings_, clock_, store_.string(), "", office::StoreAccess::write);
  return desk_->office();
}

net::HttpResponse GatewayDoor::answer(const net::HttpRequest& request) {
  const auto [word, what] = parts_of(request.path);
  const auto channel = parse_channel(word);
  if (!channel || (what != "receipt" && what != "reply")) return plain(404, "there is no such page\n");
  const auto signature = request.fields.find("x-twilio-signature");
  const office::GatewayCall call{
      *channel,      request.path,
      request.query, request.media_type,
      request.body,  signature == request.fields.end() ? std::string() : signature->second};
  try {
    return what == "receipt" ? take_receipt(call) : take_reply(call);
  } catch (const Error& error) {
    // Nothing of it was kept; the gateway is to tell it again.
    tell_of(error, *channel);
    desk_.reset();
    return plain(503, "it cannot be kept now: come again\n");
  }
}

net::HttpResponse GatewayDoor::take_reply(const office::GatewayCall& call) {
  const auto taken = office::take_reply(office(), call);
  count(taken.heard);
  if (taken.heard == Heard::forged) tell_of_forged();
  const bool kept = taken.heard == Heard::taken || taken.heard == Heard::again;
  if (!kept) return answer_of(taken.heard);
  auto answer = plain(200, taken.answer);
  if (settings_.channel(call.channel).kind == config::ChannelKind::twilio) {
    answer.content_type = "text/xml; charset=utf-8";
    answer.body = twiml(taken.answer);
  }
  return answer;
}

net::HttpResponse GatewayDoor::take_receipt(const office::GatewayCall& call) {
  const auto heard = office::take_receipt(office(), call);
  count(heard);
  if (heard == Heard::forged) tell_of_forged();
  if (heard == Heard::not_understood)
    log::warning("the gateway of {} brought a receipt without a state that the settings know",
                 to_text(call.channel));
  return answer_of(heard);
}

void GatewayDoor::count(Heard heard) {
  ++counts_[static_cast<std::size_t>(heard)];
}

void GatewayDoor::tell_of(const Error& trouble, Channel channel) {
  const auto now = std::chrono::steady_clock::now();
  if (trouble_ == trouble.code() && now < trouble_told_at_ + told_pause) return;
  log::error("what the gateway of {} brought is not taken: {}", to_text(channel), in_one_line(trouble));
  trouble_ = trouble.code();
  trouble_told_at_ = now;
}

void GatewayDoor::tell_of_forged() {
  const auto now = std::chrono::steady_clock::now();
  const auto forged = counts_[static_cast<std::size_t>(Heard::forged)].load();
  if (forged_told_ > 0 && now < forged_told_at_ + told_pause) return;
  log::warning("refused, for they are not from a gateway of ours: {} calls since the last such line",
               forged - forged_told_);
  forged_told_ = forged;
  forged_told_at_ = now;
}

GatewayCounts GatewayDoor::counts() const {
  GatewayCounts counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = counts_[i].load();
  return counts;
}

}  // namespace crier::web
