// The words of one message for each of its recipients: what its fields are, what a text message comes to, and
// for whom something is missing. Made from what somebody is about to send or from what the store holds (A5);
// delivery/plan asks it for each delivery.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/template_file.hpp"
#include "delivery/plan.hpp"
#include "message/words.hpp"
#include "model/recipient.hpp"
#include "office/office.hpp"
#include "roster/schools.hpp"
#include "store/message_store.hpp"

namespace crier::office {

class Wording {
 public:
  /// `message` need not be in the store yet: its number is 0 then, and its links are examples.
  Wording(const Office& office, const store::MessageRow& message, std::vector<store::MessageText> texts,
          const roster::SchoolProfile& school);
  ~Wording();
  Wording(const Wording&) = delete;
  Wording& operator=(const Wording&) = delete;

  /// For `PlanRequest::own`: must not outlive this, nor the resolution. Looks up what the words need. Empty
  /// where nothing differs from one to the other.
  std::function<delivery::OwnWords(const Recipient&, Channel)> for_people(const Resolution& resolution);

  /// Throws Error(refused_by_rule): "missing-field" with the people and the field (C14), or what a
  /// recipient's text message was refused for; after the plan has been made.
  void require_complete() const;

  /// Translations that are missing, a sentence each.
  std::vector<std::string> warnings(const Resolution& resolution) const;

  /// As a recipient reads it on a channel; of an e-mail the plain text.
  message::WrittenText write(const Recipient& recipient, Channel channel);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

/// A template's words as the store keeps them.
std::vector<store::MessageText> texts_of(const config::Template& one);

/// The words of a template in `templates/`, as the store keeps them. Throws Error(nothing_there) with the
/// nearest name, Error(usage) where its file is broken.
std::vector<store::MessageText> template_texts(const Office& office, const std::string& name);

}  // namespace crier::office
