// What a notice finds of a pupil, whatever its kind: read by the stores of the gradebook and of the daily
// facts, written into a digest by schedule/, kept in the ledger by its number (T2–T5).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/instant.hpp"

namespace crier::store {

/// `id`, the ledger's number, is of an assignment its own; of a payment or an incident one made from its
/// source and the source's id, for those rows come and go with every export.
struct Finding {
  std::int64_t pupil = 0;
  /// The ledger's number: of the assignment, the payment or the incident; of an absence the day, as days
  /// since 1970; of a birthday the year.
  std::int64_t id = 0;
  std::string title;
  /// Empty where it belongs to no class.
  std::string class_name;
  /// When it is or was due, or when it happened.
  Date day{};
  /// What was had of what could be had; none where the gradebook does not say.
  std::optional<double> score;
  std::optional<double> points;
  /// Payments: hundredths of the currency.
  std::int64_t amount = 0;
  std::string currency = {};
};

/// Whose, and of which days.
struct FindingRequest {
  std::int64_t school = 0;
  std::span<const std::int64_t> pupils;
  /// The first and the last day that counts.
  Date begin{};
  Date end{};
  /// The school's date on which the question is asked.
  Date today{};
};

}  // namespace crier::store
