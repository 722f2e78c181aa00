// Kinds `kannel`, `twilio`, `http` and `wecom` of [channel.X]: gateways that are asked over HTTP.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/secret_table.hpp"
#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

/// What stands in braces in a request's texts.
constexpr std::array placeholders{"to",       "text",        "from", "id",      "encoding",
                                  "segments", "receipt_url", "user", "password"};

std::string without_slashes(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::string host_of(std::string_view url) {
  auto rest = url.substr(url.find("://") + 3);
  rest = rest.substr(0, rest.find_first_of("/?"));
  if (rest.starts_with('[')) return std::string(rest.substr(1, rest.find(']') - 1));
  return std::string(rest.substr(0, rest.find(':')));
}

/// The gateway's address. What lets us in, and what families are told, goes over https alone, but where the
/// settings say that they know.
std::string read_gateway_address(const TomlTable& table, std::string_view key, std::string_view otherwise) {
  const bool named = table.has(key);
  if (!named && otherwise.empty()) (void)table.required_text(key);
  auto url = named ? read_web_address(table, key) : std::string(otherwise);
  const bool plain = table.choice("security", {"tls", "none"}).value_or(0) == 1;
  if (url.starts_with("http://") && !plain && !is_this_machine(host_of(url))) {
    table.bad_value(key, "begins with http://: messages and password would cross the network readable",
                    "Write it with https://, or, in a network of your own, security = \"none\" beside it.");
  }
  return url;
}

void read_password(Gateway& gateway, const TomlTable& table, std::string_view what, const fs::path& folder) {
  if (!names_secret(table, what)) {
    table.refuse(fmt::format("{}_file", what), "missing-key",
                 fmt::format("{} names no place for the {}", table.title(), what),
                 fmt::format("Add {0}_file = \"…\" or {0}_env = \"…\".", what));
  }
  auto secret = read_secret(table, what, folder);
  gateway.secret = std::move(secret.value);
  gateway.secret_fault = std::move(secret.fault);
}

void read_kannel(Gateway& gateway, const TomlTable& table, const fs::path& folder) {
  gateway.url = without_slashes(read_gateway_address(table, "base_url", ""));
  gateway.user = table.required_text("user");
  read_password(gateway, table, "password", folder);
  gateway.smsc = table.text("smsc").value_or("");
}

void read_twilio(Gateway& gateway, const TomlTable& table, const fs::path& folder) {
  gateway.url = without_slashes(read_gateway_address(table, "base_url", "https://api.twilio.com"));
  gateway.user = table.required_text("user");
  const bool shaped = gateway.user.size() == 34 && gateway.user.starts_with("AC") &&
                      gateway.user.find_first_not_of("0123456789abcdef", 2) == std::string::npos;
  if (!shaped) {
    table.bad_value("user", fmt::format("is '{}', which is no account SID", gateway.user),
                    "It is AC and 32 characters of 0-9 and a-f.");
  }
  read_password(gateway, table, "password", folder);
  gateway.service = table.text("service").value_or("");
}

void read_wecom(Gateway& gateway, const TomlTable& table, const fs::path& folder) {
  gateway.url = without_slashes(read_gateway_address(table, "base_url", "https://qyapi.weixin.qq.com"));
  gateway.corp_id = table.required_text("corp_id");
  const auto agent = table.integer("agent_id", 1, 1'000'000'000'000);
  if (!agent) (void)table.required_text("agent_id");
  gateway.agent_id = *agent;
  read_password(gateway, table, "secret", folder);
  gateway.audience = table.choice("audience", {"parents", "app"}).value_or(0) == 1
                         ? Gateway::Audience::app
                         : Gateway::Audience::parents;
  if (const auto listed = table.words_or_numbers("departments")) {
    gateway.departments.clear();
    for (const auto& one : *listed) {
      const auto* number = std::get_if<std::int64_t>(&one);
      if (number == nullptr || *number < 1) {
        table.bad_value("departments", "has something else than a department's number in it",
                        "Write departments = [1].");
      }
      gateway.departments.push_back(*number);
    }
  }
  gateway.duplicate_check = table.duration("duplicate_check", seconds(60)).value_or(gateway.duplicate_check);
  if (gateway.duplicate_check > seconds(4 * 3600)) {
    table.bad_value("duplicate_check", "is longer than WeChat Work remembers", "Four hours at most: \"4h\".");
  }
}

void check_placeholders(const TomlTable& table, const std::string& key, std::string_view text) {
  const std::vector<std::string> known(placeholders.begin(), placeholders.end());
  for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const auto end = text.find('}', at);
    const auto name = std::string(text.substr(at + 1, end == std::string_view::npos ? end : end - at - 1));
    if (end != std::string_view::npos && std::find(known.begin(), known.end(), name) != known.end()) continue;
    table.bad_value(
        key, fmt::format("holds '{{{}}}', which stands for nothing{}", name, did_you_mean(name, known)),
        fmt::format("There are: {{{}}}.", join(known, "}, {")));
  }
}

std::vector<std::pair<std::string, std::string>> read_texts(const TomlTable& owner, std::string_view key) {
  std::vector<std::pair<std::string, std::string>> texts;
  const auto table = owner.table(key);
  if (!table) return texts;
  for (const auto& name : table->keys()) {
    auto text = table->raw_text(name).value_or("");
    check_placeholders(*table, name, text);
    texts.emplace_back(name, std::move(text));
  }
  return texts;
}

std::string read_pointer(const TomlTable& table, std::string_view key) {
  auto pointer = table.text(key).value_or("");
  if (!pointer.empty() && !pointer.starts_with('/')) {
    table.bad_value(key, fmt::format("is '{}', which is no place in a JSON document", pointer),
                    "Write it as a JSON pointer: \"/message/0/id\".");
  }
  return pointer;
}

AnswerShape read_answer(const TomlTable& owner) {
  AnswerShape shape;
  if (const auto table = owner.table("answer")) {
    table->allow({"status", "ok", "ok_is", "begins", "id", "error", "text"});
    if (const auto statuses = table->words_or_numbers("status")) {
      shape.statuses.clear();
      for (const auto& one : *statuses) {
        const auto* number = std::get_if<std::int64_t>(&one);
        if (number == nullptr || *number < 200 || *number > 299) {
          table->bad_value("status", "has something else than a status of success in it",
                           "Statuses are numbers from 200 to 299.");
        }
        shape.statuses.push_back(static_cast<int>(*number));
      }
    }
    shape.ok = read_pointer(*table, "ok");
    shape.ok_words = table->texts("ok_is").value_or(std::vector<std::string>{});
    if (shape.ok.empty() != shape.ok_words.empty()) {
      table->bad_value(
          shape.ok.empty() ? "ok_is" : "ok", "stands alone",
          "Write where the word stands, ok = \"/status\", and what means yes, ok_is = [\"queued\"].");
    }
    shape.begins = table->texts("begins").value_or(std::vector<std::string>{});
    shape.id = read_pointer(*table, "id");
    shape.error = read_pointer(*table, "error");
    shape.text = read_pointer(*table, "text");
  }
  if (const auto table = owner.table("errors")) {
    static constexpr std::array words{"recipient", "opted_out", "passing", "ours", "content", "unanswered"};
    static constexpr std::array faults{GatewayFault::recipient, GatewayFault::opted_out,
                                       GatewayFault::passing,   GatewayFault::ours,
                                       GatewayFault::content,   GatewayFault::unanswered};
    table->allow({"recipient", "opted_out", "passing", "ours", "content", "unanswered"});
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto listed = table->words_or_numbers(words[i]);
      if (!listed) continue;
      for (const auto& one : *listed) {
        const auto* number = std::get_if<std::int64_t>(&one);
        shape.errors[number != nullptr ? std::to_string(*number) : std::get<std::string>(one)] = faults[i];
      }
    }
  }
  return shape;
}

/// A parameter's name, or a JSON pointer.
std::string read_name(const TomlTable& table, std::string_view key) {
  return table.text(key).value_or("");
}

ReceiptShape read_receipt_shape(const TomlTable& owner) {
  ReceiptShape shape;
  const auto table = owner.table("receipt");
  if (!table) return shape;
  table->allow({"status", "accepted", "buffered", "delivered", "expired", "undelivered", "failed", "error",
                "text", "part"});
  shape.status = table->required_text("status");
  shape.error = read_name(*table, "error");
  shape.text = read_name(*table, "text");
  shape.part = read_name(*table, "part");
  for (const auto state : all_receipt_states) {
    if (state == ReceiptState::unknown) continue;
    const auto key = to_text(state);
    const auto listed = table->words_or_numbers(key);
    if (!listed) continue;
    for (const auto& one : *listed) {
      const auto* number = std::get_if<std::int64_t>(&one);
      auto word = number != nullptr ? std::to_string(*number) : to_lower(std::get<std::string>(one));
      const auto [at, is_new] = shape.words.emplace(word, state);
      if (is_new || at->second == state) continue;
      table->bad_value(key, fmt::format("has '{}', which stands under {} too", word, to_text(at->second)),
                       "A word means one state.");
    }
  }
  const bool tells = std::any_of(shape.words.begin(), shape.words.end(),
                                 [](const auto& one) { return one.second == ReceiptState::delivered; });
  if (!tells) {
    table->refuse("delivered", "missing-key",
                  fmt::format("{} has no word that means delivered", table->title()),
                  "Write delivered = [\"…\"], with the gateway's own word.");
  }
  return shape;
}

/// Replies of phones (D12), for whichever kind of gateway brings them.
void read_replies(Gateway& gateway, const TomlTable& table, ChannelKind kind, const fs::path& folder) {
  gateway.has_reply_secret = names_secret(table, "reply_secret");
  if (gateway.has_reply_secret) {
    auto secret = read_secret(table, "reply_secret", folder);
    gateway.reply_secret = std::move(secret.value);
    gateway.reply_secret_fault = std::move(secret.fault);
  }
  if (const auto shape = table.table("reply")) {
    shape->allow({"from", "text", "to", "id"});
    gateway.reply.from = shape->text("from").value_or(gateway.reply.from);
    gateway.reply.text = shape->text("text").value_or(gateway.reply.text);
    gateway.reply.to = shape->text("to").value_or(gateway.reply.to);
    gateway.reply.id = shape->text("id").value_or(gateway.reply.id);
  }
  // A gateway of one's own need not send on what it is answered.
  gateway.answers = table.flag("answers").value_or(kind != ChannelKind::http);
  const auto words = table.table("reply_words");
  if (!words) return;
  words->allow({"stop", "start", "help"});
  for (const auto word : {ReplyWord::stop, ReplyWord::start, ReplyWord::help}) {
    for (const auto& one : words->texts(to_text(word)).value_or(std::vector<std::string>{})) {
      const auto [at, is_new] = gateway.reply_words.emplace(fold(one), word);
      if (is_new || at->second == word) continue;
      words->bad_value(to_text(word),
                       fmt::format("has '{}', which stands under {} too", one, to_text(at->second)),
                       "A word asks for one thing.");
    }
  }
}

void read_described(Gateway& gateway, const TomlTable& table, const fs::path& folder) {
  gateway.url = read_gateway_address(table, "url", "");
  gateway.user = table.text("user").value_or("");
  if (names_secret(table, "password")) read_password(gateway, table, "password", folder);
  auto& request = gateway.request;
  request.method = table.choice("method", {"POST", "GET", "PUT"}).value_or(0) == 0 ? "POST"
                   : table.text("method") == "GET"                                 ? "GET"
                                                                                   : "PUT";
  constexpr std::array bodies{RequestShape::Body::form, RequestShape::Body::json, RequestShape::Body::query};
  request.body =
      bodies[table.choice("body", {"form", "json", "query"}).value_or(request.method == "GET" ? 2 : 0)];
  if (request.method == "GET" && request.body != RequestShape::Body::query) {
    table.bad_value("body", "cannot go with method = \"GET\"", "A GET has its fields in the query.");
  }
  request.fields = read_texts(table, "fields");
  request.headers = read_texts(table, "headers");
  const auto holds = [&](std::string_view what) {
    return std::any_of(request.fields.begin(), request.fields.end(),
                       [&](const auto& field) { return field.second.find(what) != std::string::npos; });
  };
  for (const auto* needed : {"{to}", "{text}"}) {
    if (holds(needed)) continue;
    table.refuse(
        "fields", "missing-key", fmt::format("no field of {} holds {}", table.title(), needed),
        "Write fields = { to = \"{to}\", text = \"{text}\" }, with the names that the gateway wants.");
  }
  gateway.answer = read_answer(table);
  gateway.receipt = read_receipt_shape(table);
}

}  // namespace

bool is_http_gateway(ChannelKind kind) {
  return kind == ChannelKind::kannel || kind == ChannelKind::twilio || kind == ChannelKind::http ||
         kind == ChannelKind::wecom;
}

void read_gateway(ChannelSettings& settings, const TomlTable& table, Channel channel,
                  const fs::path& folder) {
  auto& gateway = settings.gateway;
  switch (settings.kind) {
    case ChannelKind::kannel:
      table.allow({"kind",
                   "base_url",
                   "security",
                   "user",
                   "password_file",
                   "password_env",
                   "smsc",
                   "ca_file",
                   "receipts",
                   "rather_twice",
                   "connections",
                   "timeout",
                   "per_second",
                   "per_hour",
                   "per_day",
                   "per_recipient",
                   "retry",
                   "quiet_hours",
                   "price",
                   "reply_secret_file",
                   "reply_secret_env",
                   "answers",
                   "reply_words"});
      read_kannel(gateway, table, folder);
      break;
    case ChannelKind::twilio:
      table.allow({"kind",       "base_url", "security",   "user",          "password_file", "password_env",
                   "service",    "ca_file",  "receipts",   "rather_twice",  "connections",   "timeout",
                   "per_second", "per_hour", "per_day",    "per_recipient", "retry",         "quiet_hours",
                   "price",      "answers",  "reply_words"});
      read_twilio(gateway, table, folder);
      break;
    case ChannelKind::http:
      table.allow({"kind",
                   "url",
                   "security",
                   "method",
                   "body",
                   "fields",
                   "headers",
                   "answer",
                   "errors",
                   "user",
                   "password_file",
                   "password_env",
                   "ca_file",
                   "receipts",
                   "receipt",
                   "rather_twice",
                   "connections",
                   "timeout",
                   "per_second",
                   "per_hour",
                   "per_day",
                   "per_recipient",
                   "retry",
                   "quiet_hours",
                   "price",
                   "reply",
                   "reply_secret_file",
                   "reply_secret_env",
                   "answers",
                   "reply_words"});
      read_described(gateway, table, folder);
      break;
    default:
      table.allow({"kind", "base_url", "security", "corp_id", "agent_id", "secret_file", "secret_env",
                   "audience", "departments", "duplicate_check", "ca_file", "connections", "timeout",
                   "per_second", "per_hour", "per_day", "per_recipient", "retry", "quiet_hours"});
      read_wecom(gateway, table, folder);
      break;
  }
  if (const auto file = table.text("ca_file")) gateway.ca_file = (folder / *file).lexically_normal();
  gateway.receipts = without_slashes(read_web_address(table, "receipts"));
  read_replies(gateway, table, settings.kind, folder);
  gateway.rather_twice = table.flag("rather_twice").value_or(false);
  // What is in doubt after a crash is what was in hand: few conversations at once.
  settings.connections = static_cast<int>(table.integer("connections", 1, 32).value_or(4));
  settings.timeout = table.duration("timeout", seconds(1)).value_or(settings.timeout);
  if (channel == Channel::sms) settings.price = read_prices(table);
}

}  // namespace crier::config
