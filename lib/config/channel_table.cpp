#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "config/secret_table.hpp"
#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr std::array named_kinds{ChannelKind::outbox, ChannelKind::smtp,   ChannelKind::inbox,
                                 ChannelKind::kannel, ChannelKind::twilio, ChannelKind::http,
                                 ChannelKind::wecom};

std::vector<std::string> kinds_for(Channel channel) {
  switch (channel) {
    case Channel::email:
      return {"outbox", "smtp"};
    case Channel::sms:
      return {"outbox", "kannel", "twilio", "http"};
    case Channel::wechat:
      return {"outbox", "wecom"};
    case Channel::voice:
      return {"outbox", "http"};
    case Channel::inbox:
    case Channel::alert:
      break;
  }
  return {"outbox", "inbox"};
}

ChannelKind default_kind(Channel channel) {
  return channel == Channel::inbox ? ChannelKind::inbox : ChannelKind::outbox;
}

ChannelKind read_kind(const TomlTable& table, Channel channel) {
  const auto word = table.text("kind");
  if (!word) return default_kind(channel);
  const auto kinds = kinds_for(channel);
  const auto works = fmt::format("Kinds that work for {}: {}.", to_text(channel), join(kinds, ", "));
  const auto known = std::find_if(named_kinds.begin(), named_kinds.end(),
                                  [&](ChannelKind kind) { return to_text(kind) == *word; });
  if (known == named_kinds.end())
    table.bad_value("kind", fmt::format("is '{}'{}", *word, did_you_mean(*word, kinds)), works);
  if (std::find(kinds.begin(), kinds.end(), *word) == kinds.end())
    table.bad_value("kind", fmt::format("is '{}', which cannot carry {}", *word, to_text(channel)), works);
  return *known;
}

/// An unknown key of an outbox that smtp would know: the kind was left out, most likely.
void hint_at_smtp(const TomlTable& table) {
  for (const auto& key : table.keys()) {
    if (!is_smtp_key(key)) continue;
    table.refuse(key, "unknown-key",
                 fmt::format("'{}' in {} belongs to kind 'smtp' only", key, table.title()),
                 "Write kind = \"smtp\" into the table, or take the line out.");
  }
}

Retry read_retry(const TomlTable& owner) {
  Retry retry;
  const auto table = owner.table("retry");
  if (!table) return retry;
  table->allow({"first", "factor", "limit", "deadline"});
  retry.first = table->duration("first", seconds(1)).value_or(retry.first);
  retry.factor = table->number("factor", 1, 100).value_or(retry.factor);
  retry.limit = table->duration("limit", seconds(1)).value_or(std::max(retry.limit, retry.first));
  retry.deadline = table->duration("deadline", seconds(0)).value_or(retry.deadline);
  if (retry.limit < retry.first) {
    table->bad_value("limit", "is shorter than the first wait", "Make limit at least as long as first.");
  }
  return retry;
}

GatewayLimits read_limits(const TomlTable& table) {
  constexpr std::int64_t most = 1'000'000'000;
  const auto limit = [&](const char* key) { return table.integer(key, 1, most).value_or(0); };
  return {limit("per_hour"), limit("per_day"), limit("per_domain"), limit("per_recipient")};
}

}  // namespace

std::string_view to_text(ChannelKind kind) {
  switch (kind) {
    case ChannelKind::outbox:
      return "outbox";
    case ChannelKind::smtp:
      return "smtp";
    case ChannelKind::inbox:
      return "inbox";
    case ChannelKind::kannel:
      return "kannel";
    case ChannelKind::twilio:
      return "twilio";
    case ChannelKind::http:
      return "http";
    case ChannelKind::wecom:
      return "wecom";
  }
  return "";
}

ChannelSettings read_channel(const TomlTable& table, Channel channel, const fs::path& folder) {
  refuse_secrets(table, {"password", "token", "secret", "reply_secret"});
  ChannelSettings settings;
  settings.kind = read_kind(table, channel);
  if (settings.kind == ChannelKind::smtp) {
    read_smtp(settings, table, folder);
  } else if (is_http_gateway(settings.kind)) {
    read_gateway(settings, table, channel, folder);
  } else if (settings.kind == ChannelKind::outbox) {
    hint_at_smtp(table);
    if (channel == Channel::sms) {
      table.allow({"kind", "path", "per_second", "per_hour", "per_day", "per_recipient", "retry",
                   "quiet_hours", "price"});
      settings.price = read_prices(table);
    } else {
      table.allow(
          {"kind", "path", "per_second", "per_hour", "per_day", "per_recipient", "retry", "quiet_hours"});
    }
    settings.path = (folder / table.text("path").value_or(fmt::format("outbox/{}", to_text(channel))));
    settings.path = settings.path.lexically_normal();
  } else {
    table.allow({"kind", "quiet_hours"});
  }
  settings.per_second = table.number("per_second", 0, 1'000'000).value_or(0);
  settings.limits = read_limits(table);
  // WeChat drops without a word what is over 30 a minute to one member: one is stricter than that.
  if (settings.kind == ChannelKind::wecom && settings.limits.per_recipient == 0)
    settings.limits.per_recipient = 30;
  settings.retry = read_retry(table);
  settings.quiet_hours = read_quiet_hours(table);
  return settings;
}

}  // namespace crier::config
