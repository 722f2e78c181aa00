// Kannel's smsbox: one GET a message, the answer a line of text. The password stands in the query, as Kannel
// has it: nothing of a request's address is ever logged.
#include <fmt/format.h>

#include "transport/gateway_dialect.hpp"

namespace crier::transport {
namespace {

class Kannel final : public GatewayDialect {
 public:
  explicit Kannel(const config::Gateway& gateway) : gateway_(gateway) {}

  net::HttpCall request(const Parcel& parcel) const override {
    const auto message = read_message(parcel);
    net::Parameters query{{"username", gateway_.user},
                          {"password", gateway_.secret.reveal()},
                          {"to", parcel.to},
                          {"from", parcel.from},
                          {"text", message.text},
                          // Kannel makes of it what the coding asks for.
                          {"charset", "UTF-8"},
                          {"coding", message.encoding == "ucs-2" ? "2" : "0"}};
    if (!gateway_.smsc.empty()) query.emplace_back("smsc", gateway_.smsc);
    if (!parcel.receipt_url.empty()) {
      // 31: delivered, not delivered, buffered, accepted by the SMSC, refused by it.
      query.emplace_back("dlr-mask", "31");
      // Kannel fills in its escapes; our own address has none.
      query.emplace_back("dlr-url", parcel.receipt_url + "&status=%d&text=%A&smsc=%F");
    }
    return {"GET", net::with_parameters(gateway_.url, query), {}, ""};
  }

  Outcome read(const Parcel&, const net::HttpReply& reply) const override {
    using Verdict = Outcome::Verdict;
    using Fault = Outcome::Fault;
    const std::string_view body = reply.body;
    const auto begins = [&](std::string_view start) { return body.substr(0, start.size()) == start; };
    if (reply.status == 202 || reply.status == 200) {
      // `0: Accepted for delivery`, `3: Queued for later delivery`, `Sent.`
      if (begins("0:") || begins("3:") || begins("Sent")) return delivered_by(reply, "");
      return outcome_of(reply, Verdict::in_doubt, Fault::passing, "nonsense", body);
    }
    if (reply.status == 503) return outcome_of(reply, Verdict::deferred, Fault::passing, "try-later", body);
    // Kannel says 403 and other 4xx with words for a wrong user or password.
    if (body.find("uthorization failed") != std::string_view::npos ||
        body.find("uthentication failed") != std::string_view::npos) {
      return outcome_of(reply, Verdict::deferred, Fault::ours, "authentication", body);
    }
    return outcome_of_status(reply, body);
  }

 private:
  const config::Gateway& gateway_;
};

}  // namespace

std::unique_ptr<GatewayDialect> kannel_dialect(const config::Gateway& gateway) {
  return std::make_unique<Kannel>(gateway);
}

}  // namespace crier::transport
