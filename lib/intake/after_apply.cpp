#include "intake/after_apply.hpp"

#include <vector>

#include "intake/choice.hpp"
#include "intake/data_issues.hpp"
#include "store/contact_store.hpp"
#include "store/erasure_store.hpp"
#include "store/leaver_store.hpp"
#include "store/merged_people.hpp"
#include "store/prime_store.hpp"
#include "store/reply_store.hpp"

namespace crier::intake {
namespace {

template <typename Act>
auto with_prime_rule(const config::ImportSource& source, Act&& act) {
  const auto& rule = source.choice.prime;
  const std::vector<std::int64_t> priorities(rule.priorities.begin(), rule.priorities.end());
  return act(store::PrimeRule{rule.all ? store::Prime::everybody : store::Prime::chosen, priorities,
                              rule.relations});
}

/// R7: whoever is on the exceptions list and was stored before that goes now, whole and at once.
void erase_exceptions(store::Connection& connection, const Applied& applied) {
  const Choice choice(applied.source);
  if (choice.exceptions().empty()) return;
  std::vector<std::int64_t> gone;
  for (const auto& person : store::people_of_source(connection, applied.stage.source())) {
    if (choice.excepted(person.code, person.source_id)) gone.push_back(person.id);
  }
  store::erase_people(connection, gone, store::Anonymise::at_once, applied.now);
}

}  // namespace

bool prime_stands(store::Connection& connection, const config::ImportSource& source, std::int64_t row) {
  return with_prime_rule(
      source, [&](const store::PrimeRule& rule) { return store::prime_stands(connection, row, rule); });
}

void after_apply(store::Connection& connection, const Applied& applied) {
  if (!applied.prime_stood || !applied.difference.empty()) {
    with_prime_rule(applied.source, [&](const store::PrimeRule& rule) {
      store::choose_prime(connection, applied.stage.source(), rule);
    });
  }
  erase_exceptions(connection, applied);
  store::unseal_decisions(connection, applied.import);
  store::inherit_decisions(connection, applied.import);
  store::inherit_stops(connection, applied.import, applied.now);
  store::inherit_merges(connection, applied.import);
  refresh_data_issues(connection, applied.stage, applied.issues, applied.difference, applied.now);
}

}  // namespace crier::intake
