// Which e-mail addresses an import has brought or changed, of people who may be told so (I9).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/connection.hpp"

namespace crier::store {

struct NewAddress {
  std::int64_t person = 0;
  std::int64_t school = 0;
  std::string code;
  std::string family;
  std::string given;
  std::string address;
};

/// Of active contacts, one a person, by school and name; none that is blocked or whose owner opted out.
std::vector<NewAddress> new_addresses(Connection& connection, std::int64_t import);

}  // namespace crier::store
