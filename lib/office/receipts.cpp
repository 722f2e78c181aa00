#include "office/receipts.hpp"

#include <fmt/format.h>

#include <span>

#include "base/log.hpp"
#include "base/os.hpp"
#include "delivery/blocking.hpp"
#include "delivery/receipt_address.hpp"
#include "store/gateway_store.hpp"
#include "store/receipt_store.hpp"
#include "store/secret_store.hpp"
#include "transport/receipt_words.hpp"

namespace crier::office {
namespace {

/// So many to a transaction.
constexpr std::int64_t group_size = 200;

bool tells_receipts(const config::ChannelSettings& channel) {
  if (channel.gateway.receipts.empty()) return false;
  return channel.kind == config::ChannelKind::kannel || channel.kind == config::ChannelKind::twilio ||
         channel.kind == config::ChannelKind::http;
}

/// The try that the address names; nothing where this store has not sealed it.
std::optional<delivery::TryNumber> sealed_try(const Office& office, Channel channel,
                                              const net::Parameters& query) {
  const auto key = store::link_key(office.store);
  if (!key) return std::nullopt;
  const auto said = [&](std::string_view name) { return transport::value_of(query, name).value_or(""); };
  return delivery::read_receipt(*key, channel, said("d"), said("a"), said("s"));
}

/// What failed by the recipient's fault counts (D9); whether anything changed.
bool weigh(const Office& office, std::int64_t delivery) {
  const auto effect = store::weigh_receipts(office.store, delivery, office.clock.now());
  return effect && effect->before != effect->after;
}

void weigh_faults(const Office& office) {
  const auto blocked =
      delivery::weigh_faults(office.store, office.settings.bounces, office.actor, office.clock.now());
  if (!blocked.empty())
    log::warning("blocked, for too many messages failed there in a row: {} addresses", blocked.size());
}

}  // namespace

std::string_view to_text(Heard heard) {
  switch (heard) {
    case Heard::taken:
      return "taken";
    case Heard::again:
      return "again";
    case Heard::unknown:
      return "unknown";
    case Heard::forged:
      return "forged";
    case Heard::not_understood:
      return "not-understood";
    case Heard::no_gateway:
      return "no-gateway";
  }
  return "";
}

Heard take_receipt(const Office& office, const GatewayCall& call) {
  const auto channel = office.settings.channel(call.channel);
  if (!tells_receipts(channel)) return Heard::no_gateway;
  const auto parameters = parameters_of(call);
  const auto number = sealed_try(office, call.channel, parameters.query);
  if (!number) return Heard::forged;
  const bool is_signed =
      channel.kind != config::ChannelKind::twilio || is_signed_by_twilio(office, call, parameters.body);
  if (!is_signed) return Heard::forged;
  // Of one name the body's counts: what stands in the address was written by us.
  auto told = parameters.body;
  told.insert(told.end(), parameters.query.begin(), parameters.query.end());
  const auto receipt =
      parameters.understood ? transport::read_receipt(channel, told) : std::optional<Receipt>();
  if (!receipt) return Heard::not_understood;
  const auto now = office.clock.now();
  store::Transaction transaction(office.store);
  const auto known = store::gateway_delivery(office.store, number->delivery);
  if (!known || known->channel != call.channel) return Heard::unknown;
  switch (store::note_receipt(office.store, number->delivery, number->attempt, *receipt, now)) {
    case store::ReceiptNews::no_delivery:
      return Heard::unknown;
    case store::ReceiptNews::known:
      return Heard::again;
    case store::ReceiptNews::noted:
      break;
  }
  const bool changed = weigh(office, number->delivery);
  // D12: the gateway's word that they want no more is an opt-out.
  if (receipt->opted_out) store::opt_out_at_gateway(office.store, *known, "gateway", now);
  if (changed) weigh_faults(office);
  transaction.commit();
  // Mails about jobs that have ended look at it anew.
  if (changed) os::ring(bell_path(office.store.path()));
  return Heard::taken;
}

std::int64_t weigh_waiting_receipts(const Office& office) {
  std::int64_t weighed = 0;
  for (;;) {
    const auto waiting = store::receipts_to_weigh(office.store, group_size);
    if (waiting.empty()) return weighed;
    store::Transaction transaction(office.store);
    bool changed = false;
    for (const auto delivery : waiting) changed = weigh(office, delivery) || changed;
    if (changed) weigh_faults(office);
    transaction.commit();
    weighed += static_cast<std::int64_t>(waiting.size());
  }
}

}  // namespace crier::office
