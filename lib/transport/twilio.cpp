// Twilio's Messages resource, and gateways that speak like it. There is no key that makes a request safe to
// repeat: where an answer is missing, the list of messages is asked, and what it does not have stays in doubt
// (D5).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "base/instant.hpp"
#include "format/mail_parts.hpp"
#include "net/sign_in.hpp"
#include "transport/gateway_dialect.hpp"

namespace crier::transport {
namespace {

namespace json = boost::json;
using Verdict = Outcome::Verdict;
using Fault = Outcome::Fault;

/// Error codes, and whose fault they are; a code that is not here is judged by its status.
struct CodeMeaning {
  int code;
  Verdict verdict;
  Fault fault;
  const char* cause;
};
constexpr std::array meanings{CodeMeaning{20003, Verdict::deferred, Fault::ours, "authentication"},
                              CodeMeaning{20404, Verdict::deferred, Fault::ours, "no-such-gateway"},
                              CodeMeaning{20429, Verdict::deferred, Fault::passing, "too-many-requests"},
                              CodeMeaning{14107, Verdict::deferred, Fault::passing, "too-many-requests"},
                              CodeMeaning{21211, Verdict::rejected, Fault::recipient, "refused-recipient"},
                              CodeMeaning{21614, Verdict::rejected, Fault::recipient, "not-mobile"},
                              CodeMeaning{21635, Verdict::rejected, Fault::recipient, "not-mobile"},
                              CodeMeaning{30005, Verdict::rejected, Fault::recipient, "refused-recipient"},
                              CodeMeaning{30006, Verdict::rejected, Fault::recipient, "not-mobile"},
                              CodeMeaning{21610, Verdict::rejected, Fault::none, "opted-out"},
                              CodeMeaning{21612, Verdict::rejected, Fault::content, "no-route"},
                              CodeMeaning{21606, Verdict::deferred, Fault::ours, "sender-refused"},
                              CodeMeaning{21603, Verdict::deferred, Fault::ours, "sender-refused"},
                              CodeMeaning{21617, Verdict::rejected, Fault::content, "refused-message"},
                              CodeMeaning{30007, Verdict::rejected, Fault::content, "filtered"},
                              CodeMeaning{30003, Verdict::deferred, Fault::passing, "phone-unreachable"}};

/// A number, or a number as text.
int code_in(const json::object& document, std::string_view key) {
  const auto* value = document.if_contains(key);
  if (value == nullptr) return 0;
  if (value->is_int64()) return static_cast<int>(std::clamp<std::int64_t>(value->get_int64(), 0, 1'000'000));
  if (!value->is_string() || value->get_string().size() > 6) return 0;
  int code = 0;
  for (const char c : value->get_string()) {
    if (c < '0' || c > '9') return 0;
    code = code * 10 + (c - '0');
  }
  return code;
}

/// The gateway's clock may stand so far behind ours.
constexpr std::chrono::seconds clocks_differ{5};

/// SM or MM and 32 characters of 0-9 and a-f.
bool is_sid(std::string_view text) {
  return text.size() == 34 && (text.starts_with("SM") || text.starts_with("MM")) &&
         text.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
}

class Twilio final : public GatewayDialect {
 public:
  explicit Twilio(const config::Gateway& gateway) : gateway_(gateway) {}

  net::HttpCall request(const Parcel& parcel) const override {
    const auto message = read_message(parcel);
    net::Parameters form{{"To", parcel.to}};
    if (gateway_.service.empty()) {
      form.emplace_back("From", parcel.from);
    } else {
      form.emplace_back("MessagingServiceSid", gateway_.service);
    }
    form.emplace_back("Body", message.text);
    if (!parcel.receipt_url.empty()) form.emplace_back("StatusCallback", parcel.receipt_url);
    // What was counted is what is sent: letters are not replaced behind our back.
    form.emplace_back("SmartEncoded", "false");
    return {"POST",
            address(),
            {{"Authorization", net::basic_authorization(gateway_.user, gateway_.secret)},
             {"Content-Type", "application/x-www-form-urlencoded"},
             {"Accept", "application/json"}},
            net::query_text(form)};
  }

  Outcome read(const Parcel&, const net::HttpReply& reply) const override {
    const auto document = object_in(reply.body);
    if (reply.status == 200 || reply.status == 201) {
      if (!document) return outcome_of(reply, Verdict::in_doubt, Fault::passing, "nonsense", reply.body);
      return read_message_resource(reply, *document);
    }
    const auto code = document ? code_in(*document, "code") : 0;
    const auto words = document ? text_in(*document, "message") : reply.body;
    if (auto known = meaning(reply, code, words)) return *known;
    return outcome_of_status(reply, code == 0 ? words : fmt::format("{}: {}", code, words));
  }

  std::optional<net::HttpCall> question(const Parcel& parcel, std::int64_t begun) const override {
    // The day is GMT's; yesterday's is asked for too, for what was sent as it ended.
    const auto day =
        Date(std::chrono::floor<std::chrono::days>(from_millis(begun * 1000) - std::chrono::hours(1)));
    return net::HttpCall{
        "GET",
        net::with_parameters(address(), {{"To", parcel.to}, {"DateSent>", to_iso(day)}, {"PageSize", "100"}}),
        {{"Authorization", net::basic_authorization(gateway_.user, gateway_.secret)},
         {"Accept", "application/json"}},
        ""};
  }

  /// The same words to the same number may have been another message's: ours was made since then, and is
  /// the only such one.
  std::optional<Outcome> read_answer(const Parcel& parcel, const net::HttpReply& reply,
                                     std::int64_t begun) const override {
    const auto document = reply.status == 200 ? object_in(reply.body) : std::nullopt;
    const auto* list = document ? document->if_contains("messages") : nullptr;
    if (list == nullptr || !list->is_array()) return std::nullopt;
    const auto text = read_message(parcel).text;
    const json::object* ours = nullptr;
    for (const auto& value : list->get_array()) {
      const auto* one = value.if_object();
      if (one == nullptr || text_in(*one, "to") != parcel.to || text_in(*one, "body") != text) continue;
      const auto made = format::read_mail_date(text_in(*one, "date_created"));
      if (!made || *made + clocks_differ < from_millis(begun * 1000)) continue;
      if (ours != nullptr) return std::nullopt;
      ours = one;
    }
    return ours == nullptr ? std::nullopt : std::optional(read_message_resource(reply, *ours));
  }

 private:
  std::string address() const {
    return fmt::format("{}/2010-04-01/Accounts/{}/Messages.json", gateway_.url, gateway_.user);
  }

  static std::optional<Outcome> meaning(const net::HttpReply& reply, int code, std::string_view words) {
    const auto found = std::find_if(meanings.begin(), meanings.end(),
                                    [&](const CodeMeaning& one) { return one.code == code; });
    if (found == meanings.end()) return std::nullopt;
    auto outcome =
        outcome_of(reply, found->verdict, found->fault, found->cause, fmt::format("{}: {}", code, words));
    outcome.opted_out = code == 21610;
    return outcome;
  }

  /// 201 with a message that has failed at once is a failure.
  static Outcome read_message_resource(const net::HttpReply& reply, const json::object& document) {
    const auto sid = text_in(document, "sid");
    if (!is_sid(sid)) {
      return outcome_of(reply, Verdict::in_doubt, Fault::passing, "nonsense", "the answer names no message");
    }
    const auto status = text_in(document, "status");
    if (status == "failed" || status == "undelivered" || status == "canceled") {
      const auto code = code_in(document, "error_code");
      const auto words = text_in(document, "error_message");
      auto outcome = meaning(reply, code, words)
                         .value_or(outcome_of(reply, Verdict::rejected, Fault::content, "refused-message",
                                              fmt::format("{} {}: {}", status, code, words)));
      outcome.gateway_id = sid;
      return outcome;
    }
    return delivered_by(reply, sid);
  }

  const config::Gateway& gateway_;
};

}  // namespace

std::optional<Outcome> twilio_meaning(std::string_view code) {
  const auto found = std::find_if(meanings.begin(), meanings.end(),
                                  [&](const CodeMeaning& one) { return std::to_string(one.code) == code; });
  if (found == meanings.end()) return std::nullopt;
  Outcome outcome;
  outcome.verdict = found->verdict;
  outcome.fault = found->fault;
  outcome.cause = found->cause;
  outcome.opted_out = found->code == 21610;
  return outcome;
}

std::unique_ptr<GatewayDialect> twilio_dialect(const config::Gateway& gateway) {
  return std::make_unique<Twilio>(gateway);
}

}  // namespace crier::transport
