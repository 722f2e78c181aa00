// Facts that the words of a message may ask for (M2), of many pupils at once. Who may read them is the
// audience's; what they read like is message/merge_values'.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "store/connection.hpp"

namespace crier::store {

struct UnpaidPayment {
  std::int64_t pupil = 0;
  std::string item;
  /// Hundredths of the currency.
  std::int64_t amount = 0;
  std::string currency;
  /// ISO date, or empty.
  std::string due;
  std::string contract;
};

/// By pupil, due date and item.
std::vector<UnpaidPayment> unpaid_payments(Connection& connection, std::span<const std::int64_t> pupils);

/// What people like to be called, of those who have said so; by person.
std::vector<std::pair<std::int64_t, std::string>> preferred_names(Connection& connection,
                                                                  std::span<const std::int64_t> people);

/// The year groups of pupils, those of this school before any other's; by pupil, each once.
std::vector<std::pair<std::int64_t, std::string>> years_of_pupils(Connection& connection,
                                                                  std::span<const std::int64_t> pupils,
                                                                  std::int64_t school);

/// The languages of people with an active place, and how many read each; unknown ones aside.
std::vector<std::pair<std::string, std::int64_t>> languages_spoken(Connection& connection);

/// The active pupils of somebody, whoever it is: their own, or themselves.
std::vector<std::string> codes_of_pupils_of(Connection& connection, std::int64_t person);

}  // namespace crier::store
