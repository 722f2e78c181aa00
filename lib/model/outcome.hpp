// What a gateway made of one parcel, as fields (design decision 2): retry rules never parse English.
// Made by a transport, read by delivery/settle.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crier {

struct Outcome {
  /// delivered: the gateway has taken charge. deferred: try again later. rejected: trying again is of no use.
  /// in_doubt: it may have been delivered; the answer never came.
  enum class Verdict { delivered, deferred, rejected, in_doubt };
  /// Whose fault it is (D4, D9). recipient: that address. passing: the network, a busy server. ours: the
  /// sender's own fault (authentication, relay denied, policy, certificate): it stops the channel and fails
  /// nobody. content: this message was turned down.
  enum class Fault { none, recipient, passing, ours, content };

  Verdict verdict = Verdict::deferred;
  Fault fault = Fault::none;
  /// A stable word for the kind of failure, for grouping and for scripts: `refused-recipient`,
  /// `connection-refused`, `timeout`, `host-not-found`, `tls-certificate`, `authentication`, `nonsense`, …
  /// Empty when delivered.
  std::string cause;
  std::string host;
  int port = 0;
  /// `none`, or what was agreed on (`TLSv1.3`).
  std::string tls = "none";
  /// The reply's code (SMTP or HTTP), 0 where there was none.
  int code = 0;
  /// The gateway's own id of the message, by which its receipts name it; or empty.
  std::string gateway_id;
  /// The gateway asks to be left alone for so long.
  std::optional<std::chrono::seconds> retry_after;
  /// in_doubt: the number under which it goes again with the same others (`Parcel::batch`); 0: alone.
  std::int64_t batch = 0;
  /// The recipient has told the gateway to be left alone (D12).
  bool opted_out = false;
  /// RFC 3463 `5.1.1`, or empty.
  std::string enhanced;
  /// The reply's text in one line (a multi-line reply joined by ` / `), or what happened in words. UTF-8, at
  /// most 1,000 bytes, no control characters, no secrets.
  std::string text;
};

std::string_view to_text(Outcome::Verdict verdict);
std::string_view to_text(Outcome::Fault fault);
/// Back from the store's words; throws Error(store) for a word that no version wrote.
Outcome::Verdict parse_verdict(std::string_view word);
Outcome::Fault parse_fault(std::string_view word);

}  // namespace crier
