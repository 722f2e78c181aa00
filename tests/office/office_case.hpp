// A store with people in it, and whoever acts on it.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "office/office.hpp"
#include "office/operators.hpp"
#include "support/roster_builder.hpp"

namespace crier::test {

struct OfficeCase {
  RosterBuilder roster;
  config::Settings settings;
  FixedClock clock{*parse_rfc3339("2026-11-25T10:00:00Z")};

  /// What `account` holds in hands; an account that is no operator is not bound.
  office::Office as(std::string account = "root") {
    return {roster.store(), settings, clock, std::move(account), ""};
  }
  /// Entered by somebody who is not bound.
  Operator enter(const std::string& account, std::vector<std::string> roles,
                 std::vector<std::string> schools = {}) {
    return office::add_operator(as(), account, {account, std::move(roles), std::move(schools)});
  }
};

/// The error that a call ends with; its code is empty where it does not.
template <typename Call>
Error error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return {Exit::done, "", "", ""};
}

}  // namespace crier::test
