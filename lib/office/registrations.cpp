#include "office/registrations.hpp"

#include <fmt/format.h>

#include <map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "delivery/kept_tokens.hpp"
#include "office/permission.hpp"
#include "report/cause_words.hpp"
#include "store/contact_store.hpp"
#include "store/gateway_store.hpp"
#include "transport/gateway_probe.hpp"

namespace crier::office {
namespace {

constexpr const char* reason = "not-registered";

config::ChannelSettings wechat_of(const Office& office) {
  auto settings = office.settings.channel(Channel::wechat);
  const bool parents = settings.kind == config::ChannelKind::wecom &&
                       settings.gateway.audience == config::Gateway::Audience::parents;
  if (parents) return settings;
  throw Error(
      Exit::usage, "no-wechat", "the settings have no WeChat Work that knows parents",
      "Set up [channel.wechat] with kind = \"wecom\" and audience = \"parents\"; see crier-gateways(5).");
}

[[noreturn]] void refuse(const Outcome& fault) {
  const auto words = report::meaning_of(fault.cause, Channel::wechat);
  throw Error(Exit::gateway, "wechat-unreachable",
              fmt::format("{}:{}: {}: {}", fault.host, fault.port, fault.cause, fault.text),
              words ? words->remedy : "Try again later. Nothing was changed.");
}

}  // namespace

Registrations refresh_registrations(const Office& office, Doubtful doubtful) {
  require(office, Act::change_contact);
  const auto settings = wechat_of(office);
  delivery::KeptTokens tokens(store::gateway_tokens(office.store));
  const auto found = transport::wecom_parents(settings, &tokens);
  Registrations told;
  std::map<std::string, bool> registered;
  for (const auto& parent : found.parents) {
    registered[to_lower(parent.id)] = parent.registered;
    ++told.parents;
    told.registered += parent.registered;
  }
  {
    // Kept whatever comes of it: asking for tokens too often is what WeChat Work blocks.
    store::Transaction transaction(office.store);
    for (const auto& token : tokens.take_fresh()) store::keep_gateway_token(office.store, token);
    transaction.commit();
  }
  if (found.fault) refuse(*found.fault);
  store::Transaction transaction(office.store);
  const auto now = office.clock.now();
  const auto addresses = store::addresses_of_kind(office.store, "wechat");
  std::vector<std::string> open, close;
  std::int64_t reached = 0;
  for (const auto& address : addresses) {
    const auto known = registered.find(address.compare_key);
    const bool reachable = known != registered.end() && known->second;
    reached += address.block.empty();
    if (reachable && address.block == reason) open.push_back(address.compare_key);
    if (!reachable && address.block.empty()) close.push_back(address.compare_key);
  }
  const auto going = static_cast<std::int64_t>(close.size());
  if (doubtful == Doubtful::refused && going > 5 && going * 2 > reached) {
    throw Error(
        Exit::refused_by_rule, "registrations-guard",
        fmt::format("{} of {} who are reached by WeChat now would be reached no more", going, reached),
        "If that is right, say so with --accept; else look at WeChat Work's address book and at departments "
        "under [channel.wechat].");
  }
  for (const auto& key : open) told.opened += store::unblock(office.store, "wechat", key, office.actor, now);
  for (const auto& key : close)
    told.closed += store::block(office.store, "wechat", key, reason, "WeChat Work's list of parents", now);
  told.addresses = static_cast<std::int64_t>(addresses.size());
  record(office, "registrations", "channel wechat",
         fmt::format("{} of {} parents follow the school: {} addresses opened, {} closed", told.registered,
                     told.parents, told.opened, told.closed));
  transaction.commit();
  return told;
}

}  // namespace crier::office
