// Whom WeChat Work can reach (R4): asked there, and noted here, so that who is not registered is told before
// anything is sent.
#pragma once

#include <cstdint>

#include "office/office.hpp"

namespace crier::office {

struct Registrations {
  /// Parents whom WeChat Work knows, and those of them who follow the school.
  std::int64_t parents = 0;
  std::int64_t registered = 0;
  /// Addresses here; how many of them are reached from now on, and how many no more.
  std::int64_t addresses = 0;
  std::int64_t opened = 0;
  std::int64_t closed = 0;
};

enum class Doubtful { refused, accepted };

/// Throws Error(usage) where the settings have no WeChat Work for parents; Error(gateway) where it does not
/// answer; Error(refused_by_rule) where more than half of those who are reached now, and more than five,
/// would be reached no more: that is rather an answer cut short.
Registrations refresh_registrations(const Office& office, Doubtful doubtful);

}  // namespace crier::office
