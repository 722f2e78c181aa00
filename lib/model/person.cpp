#include "model/person.hpp"

#include <array>

#include "base/text.hpp"
#include "model/facts.hpp"

namespace crier {
namespace {

template <typename Enum, std::size_t Count>
std::optional<Enum> find_by_text(const std::array<Enum, Count>& all, std::string_view word) {
  for (const auto one : all) {
    if (to_text(one) == word) return one;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_text(PersonKind kind) {
  switch (kind) {
    case PersonKind::pupil:
      return "pupil";
    case PersonKind::contact:
      return "contact";
    case PersonKind::staff:
      return "staff";
  }
  return "";
}

std::optional<PersonKind> parse_person_kind(std::string_view word) {
  return find_by_text(std::array{PersonKind::pupil, PersonKind::contact, PersonKind::staff}, word);
}

std::string_view to_text(PersonStatus status) {
  switch (status) {
    case PersonStatus::active:
      return "active";
    case PersonStatus::pre_admission:
      return "pre-admission";
    case PersonStatus::leaver:
      return "leaver";
  }
  return "";
}

std::optional<PersonStatus> parse_person_status(std::string_view word) {
  return find_by_text(std::array{PersonStatus::active, PersonStatus::pre_admission, PersonStatus::leaver},
                      word);
}

std::string year_word(std::string_view text) {
  const auto lower = to_lower(text);
  for (const std::string_view word : {"year", "yr", "grade"}) {
    if (!lower.starts_with(word)) continue;
    const auto behind = trim_invisible(text.substr(word.size()));
    if (!behind.empty() && behind.front() >= '0' && behind.front() <= '9') text = behind;
    break;
  }
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  return std::string(text);
}

std::string_view to_text(PhoneLine line) {
  switch (line) {
    case PhoneLine::none:
      return "";
    case PhoneLine::mobile:
      return "mobile";
    case PhoneLine::landline:
      return "landline";
    case PhoneLine::mobile_or_landline:
      return "mobile-or-landline";
    case PhoneLine::other:
      return "other";
  }
  return "";
}

std::string_view to_text(Reason reason) {
  switch (reason) {
    case Reason::no_address:
      return "no-address";
    case Reason::invalid_address:
      return "invalid-address";
    case Reason::blocked_bounce:
      return "blocked-bounce";
    case Reason::blocked_spam:
      return "blocked-spam";
    case Reason::blocked_text_failure:
      return "blocked-text-failure";
    case Reason::opted_out:
      return "opted-out";
    case Reason::no_consent:
      return "no-consent";
    case Reason::not_registered:
      return "not-registered";
    case Reason::not_for_sms:
      return "not-for-sms";
    case Reason::disabled:
      return "disabled";
    case Reason::court_order:
      return "court-order";
    case Reason::leaver:
      return "leaver";
    case Reason::duplicate:
      return "duplicate";
  }
  return "";
}

std::optional<Reason> parse_reason(std::string_view word) {
  return find_by_text(std::array{Reason::no_address, Reason::invalid_address, Reason::blocked_bounce,
                                 Reason::blocked_spam, Reason::blocked_text_failure, Reason::opted_out,
                                 Reason::no_consent, Reason::not_registered, Reason::not_for_sms,
                                 Reason::disabled, Reason::court_order, Reason::leaver, Reason::duplicate},
                      word);
}

std::string_view remedy(Reason reason) {
  switch (reason) {
    case Reason::no_address:
      return "Ask for an address and enter it in the school's information system.";
    case Reason::invalid_address:
      return "Correct the address in the school's information system and import again.";
    case Reason::blocked_bounce:
      return "Three messages came back: ask for the right address, or open it again.";
    case Reason::blocked_spam:
      return "The owner complained of spam: speak to them before opening it again.";
    case Reason::blocked_text_failure:
      return "Three texts failed: ask for the right number, or open it again.";
    case Reason::opted_out:
      return "They chose not to hear; only they can change that.";
    case Reason::no_consent:
      return "Ask for their consent first.";
    case Reason::not_registered:
      return "Ask them to register on that channel.";
    case Reason::not_for_sms:
      return "Enter a mobile number, or mark one as 'for SMS'.";
    case Reason::disabled:
      return "The address is switched off here; open it again if that is over.";
    case Reason::court_order:
      return "They may not hear of this pupil; nothing overrides that.";
    case Reason::leaver:
      return "They have left; nothing is sent to leavers.";
    case Reason::duplicate:
      return "Somebody of the same family gets the one copy at this address.";
  }
  return "";
}

bool should_hear(Reason reason) {
  switch (reason) {
    case Reason::no_address:
    case Reason::invalid_address:
    case Reason::blocked_bounce:
    case Reason::blocked_spam:
    case Reason::blocked_text_failure:
    case Reason::not_registered:
    case Reason::not_for_sms:
    case Reason::disabled:
      return true;
    case Reason::opted_out:
    case Reason::no_consent:
    case Reason::court_order:
    case Reason::leaver:
    case Reason::duplicate:
      return false;
  }
  return false;
}

std::string list_name(std::string_view family, std::string_view given) {
  auto upper = to_upper(family);
  if (given.empty()) return upper;
  if (upper.empty()) return std::string(given);
  return upper + ", " + std::string(given);
}

std::string spoken_name(std::string_view family, std::string_view given) {
  if (given.empty()) return std::string(family);
  if (family.empty()) return std::string(given);
  return std::string(given) + " " + std::string(family);
}

}  // namespace crier
