// A gateway as the settings describe it (`kind = "http"`): what goes into a request, where its answer says
// what became of it, and what its own words for errors mean.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/json.hpp"
#include "transport/gateway_dialect.hpp"

namespace crier::transport {
namespace {

namespace json = boost::json;
using config::GatewayFault;
using config::RequestShape;
using Verdict = Outcome::Verdict;
using Fault = Outcome::Fault;

/// A number or truth value as text too; nothing where there is no such place.
std::optional<std::string> text_at(const json::value& document, const std::string& pointer) {
  if (pointer.empty()) return std::nullopt;
  boost::system::error_code error;
  const auto* value = document.find_pointer(pointer, error);
  if (error || value == nullptr || value->is_null()) return std::nullopt;
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_object() || value->is_array()) return std::nullopt;
  return json::serialize(*value);
}

class Described final : public GatewayDialect {
 public:
  explicit Described(const config::Gateway& gateway) : gateway_(gateway) {}

  net::HttpCall request(const Parcel& parcel) const override {
    const auto message = read_message(parcel);
    const auto& shape = gateway_.request;
    net::HttpCall call{shape.method, gateway_.url, {{"Accept", "application/json"}}, ""};
    net::Parameters filled;
    for (const auto& [name, text] : shape.fields) filled.emplace_back(name, fill(text, parcel, message));
    switch (shape.body) {
      case RequestShape::Body::query:
        call.url = net::with_parameters(call.url, filled);
        break;
      case RequestShape::Body::form:
        call.fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        call.body = net::query_text(filled);
        break;
      case RequestShape::Body::json:
        call.fields.emplace_back("Content-Type", "application/json");
        call.body = json_of(filled);
        break;
    }
    for (const auto& [name, text] : shape.headers) {
      std::erase_if(call.fields, [&](const auto& one) { return to_lower(one.first) == to_lower(name); });
      call.fields.emplace_back(name, fill(text, parcel, message));
    }
    return call;
  }

  Outcome read(const Parcel&, const net::HttpReply& reply) const override {
    const auto& shape = gateway_.answer;
    const bool good_status =
        std::find(shape.statuses.begin(), shape.statuses.end(), reply.status) != shape.statuses.end();
    const bool by_json = !shape.ok.empty() || !shape.id.empty() || !shape.error.empty();
    std::optional<json::value> document;
    if (by_json) {
      try {
        document = format::parse_json(reply.body, "the answer");
      } catch (const Error&) {
        // Below: nonsense where it ought to have been JSON.
      }
    }
    if (document) {
      if (const auto code = text_at(*document, shape.error)) {
        const auto words = text_at(*document, shape.text).value_or("");
        const auto said = words.empty() ? *code : fmt::format("{}: {}", *code, words);
        if (const auto known = shape.errors.find(*code); known != shape.errors.end())
          return of_fault(reply, known->second, said);
        // An unknown error beside a good status, and no word that says yes.
        if (good_status && shape.ok.empty())
          return outcome_of(reply, Verdict::rejected, Fault::content, "refused-message", said);
        if (!good_status) return outcome_of_status(reply, said);
      }
    }
    if (!good_status)
      return outcome_of_status(reply,
                               document ? text_at(*document, shape.text).value_or(reply.body) : reply.body);
    if (by_json && !document)
      return outcome_of(reply, Verdict::in_doubt, Fault::passing, "nonsense", reply.body);
    if (!shape.ok.empty()) {
      const auto word = text_at(*document, shape.ok);
      if (!word) return outcome_of(reply, Verdict::in_doubt, Fault::passing, "nonsense", reply.body);
      if (std::find(shape.ok_words.begin(), shape.ok_words.end(), *word) == shape.ok_words.end()) {
        const auto words = text_at(*document, shape.text).value_or("");
        const auto said = words.empty() ? *word : fmt::format("{}: {}", *word, words);
        if (const auto known = shape.errors.find(*word); known != shape.errors.end())
          return of_fault(reply, known->second, said);
        return outcome_of(reply, Verdict::rejected, Fault::content, "refused-message", said);
      }
    }
    if (!shape.begins.empty() && !begins_well(reply.body)) {
      for (const auto& [word, fault] : shape.errors) {
        if (reply.body.find(word) != std::string::npos) return of_fault(reply, fault, reply.body);
      }
      return outcome_of(reply, Verdict::rejected, Fault::content, "refused-message", reply.body);
    }
    return delivered_by(reply, document ? text_at(*document, shape.id).value_or("") : "");
  }

 private:
  bool begins_well(std::string_view body) const {
    return std::any_of(gateway_.answer.begins.begin(), gateway_.answer.begins.end(),
                       [&](const std::string& start) { return body.starts_with(start); });
  }

  static Outcome of_fault(const net::HttpReply& reply, GatewayFault fault, std::string_view said) {
    switch (fault) {
      case GatewayFault::recipient:
        return outcome_of(reply, Verdict::rejected, Fault::recipient, "refused-recipient", said);
      case GatewayFault::opted_out: {
        auto outcome = outcome_of(reply, Verdict::rejected, Fault::none, "opted-out", said);
        outcome.opted_out = true;
        return outcome;
      }
      case GatewayFault::passing:
        return outcome_of(reply, Verdict::deferred, Fault::passing, "try-later", said);
      case GatewayFault::ours:
        return outcome_of(reply, Verdict::deferred, Fault::ours, "session-refused", said);
      case GatewayFault::unanswered:
        return outcome_of(reply, Verdict::deferred, Fault::passing, "unanswered", said);
      case GatewayFault::content:
        break;
    }
    return outcome_of(reply, Verdict::rejected, Fault::content, "refused-message", said);
  }

  std::string fill(std::string_view text, const Parcel& parcel, const GatewayMessage& message) const {
    std::string out;
    while (!text.empty()) {
      const auto open = text.find('{');
      out += text.substr(0, open);
      if (open == std::string_view::npos) break;
      const auto close = text.find('}', open);
      const auto name = text.substr(open + 1, close - open - 1);
      if (name == "to") out += parcel.to;
      if (name == "text") out += message.text;
      if (name == "from") out += parcel.from;
      // The same for every try, so that a gateway that knows ids again sends it once.
      if (name == "id") out += fmt::format("{}-{}", parcel.job, parcel.delivery);
      if (name == "encoding") out += message.encoding;
      if (name == "segments") out += std::to_string(message.segments);
      if (name == "receipt_url") out += parcel.receipt_url;
      if (name == "user") out += gateway_.user;
      if (name == "password") out += gateway_.secret.reveal();
      text.remove_prefix(close + 1);
    }
    return out;
  }

  /// `message.text = …` is an object within an object.
  static std::string json_of(const net::Parameters& fields) {
    json::object document;
    for (const auto& [name, value] : fields) {
      auto* at = &document;
      std::string_view rest = name;
      for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
        auto& inner = (*at)[rest.substr(0, dot)];
        if (!inner.is_object()) inner.emplace_object();
        at = &inner.get_object();
        rest.remove_prefix(dot + 1);
      }
      (*at)[rest] = value;
    }
    return json::serialize(document);
  }

  const config::Gateway& gateway_;
};

}  // namespace

std::unique_ptr<GatewayDialect> described_dialect(const config::Gateway& gateway) {
  return std::make_unique<Described>(gateway);
}

}  // namespace crier::transport
