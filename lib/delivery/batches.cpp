#include "delivery/batches.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "store/gateway_store.hpp"

namespace crier::delivery {

void arrange_batches(store::Connection& connection, const BatchRule& rule,
                     std::vector<store::Claimed>& claimed, std::int64_t fence, Instant now) {
  std::set<std::int64_t> standing;
  for (const auto& one : claimed) {
    if (one.batch != 0) standing.insert(one.batch);
  }
  for (const auto batch : standing) {
    auto mates = store::claim_batch(connection, rule.channel, batch, fence, now);
    std::move(mates.begin(), mates.end(), std::back_inserter(claimed));
  }
  std::set<std::int64_t> forgotten;
  for (const auto& one : claimed) {
    if (one.batch != 0 && is_forgotten(rule.doubt, one.first_try, now)) forgotten.insert(one.batch);
  }
  std::vector<std::int64_t> doubtful;
  std::erase_if(claimed, [&](const store::Claimed& one) {
    if (!forgotten.contains(one.batch)) return false;
    doubtful.push_back(one.id);
    return true;
  });
  store::leave_in_doubt(connection, doubtful, fence, now);
  // Words are the same where everything is that makes them.
  using Words = std::tuple<std::int64_t, int, std::string, std::string, std::string>;
  std::map<Words, std::vector<store::Claimed*>> alike;
  for (auto& one : claimed) {
    if (one.batch != 0) continue;
    alike[{one.message, one.urgency, one.body.value_or(""), one.fields.value_or(""), one.language}].push_back(
        &one);
  }
  auto next = alike.empty() ? 0 : store::next_batch(connection);
  for (auto& [words, group] : alike) {
    for (std::size_t from = 0; from < group.size(); from += rule.most) {
      std::vector<std::int64_t> ids;
      for (auto at = from; at < std::min(group.size(), from + rule.most); ++at) {
        group[at]->batch = next;
        ids.push_back(group[at]->id);
      }
      store::set_batch(connection, ids, next++);
    }
  }
  std::stable_sort(claimed.begin(), claimed.end(), [](const store::Claimed& a, const store::Claimed& b) {
    return std::tie(a.urgency, a.batch, a.id) < std::tie(b.urgency, b.batch, b.id);
  });
}

}  // namespace crier::delivery
