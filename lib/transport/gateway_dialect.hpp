// How one kind of gateway is spoken to: a parcel → a request, its answer → an Outcome. Pure, so that every
// answer can be tried in a table; the wire is transport/http_gateway's.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "model/outcome.hpp"
#include "model/parcel.hpp"
#include "net/http_client.hpp"

namespace crier::transport {

/// What a parcel that is no e-mail says.
struct GatewayMessage {
  std::string text;
  int segments = 0;
  /// `gsm-7`, `ucs-2`; empty where the channel has none.
  std::string encoding;
};
/// From `Parcel::content`.
GatewayMessage read_message(const Parcel& parcel);

class GatewayDialect {
 public:
  virtual ~GatewayDialect() = default;
  virtual net::HttpCall request(const Parcel& parcel) const = 0;
  /// Of an answer with any status.
  virtual Outcome read(const Parcel& parcel, const net::HttpReply& reply) const = 0;

  /// Where the gateway can be asked what became of a request without an answer that was begun at that time
  /// (seconds since 1970); none: it cannot.
  virtual std::optional<net::HttpCall> question(const Parcel&, std::int64_t) const { return std::nullopt; }
  /// The answer to it, with that time: whether it has the message; nothing where that is not certain.
  virtual std::optional<Outcome> read_answer(const Parcel&, const net::HttpReply&, std::int64_t) const {
    return std::nullopt;
  }
};

/// Kannel's sendsms (its user's guide).
std::unique_ptr<GatewayDialect> kannel_dialect(const config::Gateway& gateway);
/// The Messages resource of Twilio's API, and of those who speak like it.
std::unique_ptr<GatewayDialect> twilio_dialect(const config::Gateway& gateway);
/// What one of Twilio's error codes means, as a number in text, for receipts too; nothing where it is none
/// that is known.
std::optional<Outcome> twilio_meaning(std::string_view code);
/// As the settings describe it.
std::unique_ptr<GatewayDialect> described_dialect(const config::Gateway& gateway);

/// An outcome with where it came from; `text` in one line, without what must not be shown.
Outcome outcome_of(const net::HttpReply& reply, Outcome::Verdict verdict, Outcome::Fault fault,
                   std::string cause, std::string_view text);
Outcome delivered_by(const net::HttpReply& reply, std::string gateway_id);
/// What a status alone says: turned away, not found, too many, a server's trouble, or nonsense.
Outcome outcome_of_status(const net::HttpReply& reply, std::string_view text);
/// A call that had no answer: in doubt where the gateway may have acted on it (D5).
Outcome outcome_of_failure(const net::HttpFailure& failure, const net::Url& url);
/// What a gateway said, as an Outcome holds it: one line, at most 1,000 bytes.
std::string one_line(std::string_view text);
/// Ours, before anything was asked: a secret that cannot be read, an authority that is not there.
Outcome our_fault(const config::Gateway& gateway, std::string cause, std::string_view text);

/// Seconds since 1970.
std::int64_t seconds_now();
/// A body that is one JSON object; nothing where it is none.
std::optional<boost::json::object> object_in(std::string_view body);
/// The text under this key; empty where there is none.
std::string text_in(const boost::json::object& document, std::string_view key);

}  // namespace crier::transport
