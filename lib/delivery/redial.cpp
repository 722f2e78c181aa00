#include "delivery/redial.hpp"

#include <algorithm>

#include "delivery/plan.hpp"
#include "store/gateway_store.hpp"

namespace crier::delivery {

void call_next_number(store::Connection& connection, const config::Settings& settings,
                      std::int64_t delivery) {
  const auto numbers = store::other_numbers(connection, delivery);
  const auto next = std::find_if(numbers.begin(), numbers.end(),
                                 [&](const std::string& number) { return sandbox_lets(settings, number); });
  if (next != numbers.end()) store::readdress(connection, delivery, *next);
}

}  // namespace crier::delivery
