#include "model/message.hpp"

#include <fmt/format.h>

#include <array>

#include "base/error.hpp"

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

std::string_view to_text(Category category) {
  switch (category) {
    case Category::system:
      return "system";
    case Category::informational:
      return "informational";
    case Category::periodic:
      return "periodic";
  }
  return "";
}

std::optional<Category> parse_category(std::string_view word) {
  return find_by_text(std::array{Category::system, Category::informational, Category::periodic}, word);
}

std::string_view to_text(Priority priority) {
  return priority == Priority::emergency ? "emergency" : "general";
}

std::optional<Priority> parse_priority(std::string_view word) {
  return find_by_text(std::array{Priority::general, Priority::emergency}, word);
}

std::string_view to_text(MessageState state) {
  switch (state) {
    case MessageState::awaiting_approval:
      return "awaiting-approval";
    case MessageState::released:
      return "released";
    case MessageState::rejected:
      return "rejected";
    case MessageState::cancelled:
      return "cancelled";
  }
  return "";
}

MessageState parse_message_state(std::string_view word) {
  using enum MessageState;
  const auto found = find_by_text(std::array{awaiting_approval, released, rejected, cancelled}, word);
  if (found) return *found;
  throw Error(Exit::store, "damaged-store",
              fmt::format("the store holds an unknown message state '{}'", word), "Run 'crier store check'.");
}

std::string_view to_text(AgainTo to) {
  return to == AgainTo::unconfirmed ? "unconfirmed" : "new";
}

AgainTo parse_again_to(std::string_view word) {
  return word == to_text(AgainTo::unconfirmed) ? AgainTo::unconfirmed : AgainTo::new_people;
}

std::string_view to_text(DeliveryState state) {
  switch (state) {
    case DeliveryState::queued:
      return "queued";
    case DeliveryState::claimed:
      return "claimed";
    case DeliveryState::waiting:
      return "waiting";
    case DeliveryState::complete:
      return "complete";
    case DeliveryState::failed:
      return "failed";
    case DeliveryState::held:
      return "held";
    case DeliveryState::in_doubt:
      return "in-doubt";
    case DeliveryState::cancelled:
      return "cancelled";
  }
  return "";
}

DeliveryState parse_delivery_state(std::string_view word) {
  using enum DeliveryState;
  const auto found =
      find_by_text(std::array{queued, claimed, waiting, complete, failed, held, in_doubt, cancelled}, word);
  if (found) return *found;
  throw Error(Exit::store, "damaged-store",
              fmt::format("the store holds an unknown delivery state '{}'", word),
              "Run 'crier store check'.");
}

JobCounts& JobCounts::operator+=(const JobCounts& other) {
  messages += other.messages;
  not_started += other.not_started;
  processing += other.processing;
  complete += other.complete;
  failed += other.failed;
  held += other.held;
  in_doubt += other.in_doubt;
  cancelled += other.cancelled;
  return *this;
}

}  // namespace crier
