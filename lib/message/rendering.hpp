// A message as one channel carries it: what all recipients share is made once, what is one recipient's own is
// spliced in (design decision 11). Used by delivery/dispatch between claim and transport, and by whoever
// shows how a message will read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "message/personal_link.hpp"
#include "model/channel.hpp"
#include "model/message.hpp"
#include "roster/schools.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"

namespace crier::message {

/// What belongs to a message besides its row.
struct RenderingParts {
  /// Of a template, a row a language; none: the words are the message's own.
  std::vector<store::MessageText> texts = {};
  std::vector<store::MessageAttachment> attachments = {};
  config::SmsRules sms = {};
  LinkPlaces links = {};
  /// E-mail: `[bounces] address`, or empty: what comes back comes to the sender.
  std::string bounce_address = {};
};

class Rendering {
 public:
  /// Throws Error(usage) where the message cannot be written as this channel needs it.
  Rendering(const store::MessageRow& message, const roster::SchoolProfile& school, Channel channel,
            std::string_view store_uuid, RenderingParts parts = {});
  ~Rendering();
  Rendering(const Rendering&) = delete;
  Rendering& operator=(const Rendering&) = delete;

  /// The whole content for one recipient: an RFC 5322 message, or a JSON document for other channels.
  std::string render(const store::Claimed& delivery) const;
  /// Under whom it leaves: of an e-mail the return path of this delivery where there is an address for
  /// bounces (I11), else as `from`.
  std::string envelope_sender(const store::Claimed& delivery) const;
  /// E-mail: the sender's address; else the school's sender name or number.
  const std::string& from() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

/// `<job.delivery.store@host>`: the same however often a delivery is tried (D5).
std::string message_id(std::string_view store_uuid, std::int64_t job, std::int64_t delivery,
                       std::string_view sender_address);

}  // namespace crier::message
