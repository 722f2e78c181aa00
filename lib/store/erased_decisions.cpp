#include <fmt/format.h>

#include "base/seal.hpp"
#include "store/erasure_store.hpp"
#include "store/json_list.hpp"
#include "store/secret_store.hpp"

namespace crier::store {
namespace {

/// An opt-out is of somebody by that name at that address (R7), so that who shares the address is not
/// silenced.
std::string seal_of_person(std::string_view key, std::string_view kind, std::string_view address,
                           std::string_view person_kind, std::string_view name_folded) {
  return crier::seal(key, fmt::format("erased {} {} {} {}", kind, address, person_kind, name_folded));
}

/// A block is of the address.
std::string seal_of_address(std::string_view key, std::string_view kind, std::string_view address) {
  return crier::seal(key, fmt::format("erased {} {}", kind, address));
}

}  // namespace

void seal_decisions(Connection& connection, std::span<const std::int64_t> people) {
  const auto ids = json_list(people);
  auto insert = connection.query(
      "INSERT INTO erased_decision (seal, channel, category, reason, since) VALUES (?1, ?2, ?3, ?4, ?5) ON "
      "CONFLICT DO "
      "NOTHING");
  std::optional<std::string> key;
  const auto the_key = [&]() -> const std::string& {
    if (!key) key = make_link_key(connection);
    return *key;
  };
  // What stands with the address, and what was said of a person whose address came later.
  auto opt_outs = connection.query(R"sql(
SELECT a.kind, a.compare_key, p.kind, p.name_folded, coalesce(o.channel, ''), coalesce(o.category, ''), o.since
FROM opt_out AS o JOIN person AS p ON p.id = o.person JOIN address AS a ON a.person = p.id
WHERE o.person IN (SELECT value FROM json_each(?1)) AND a.compare_key IS NOT NULL
UNION
SELECT x.kind, x.compare_key, x.person_kind, x.name_folded, x.channel, x.category, x.since
FROM address_opt_out AS x WHERE x.person IN (SELECT value FROM json_each(?1)) OR EXISTS (
  SELECT 1 FROM person AS p JOIN address AS a ON a.person = p.id
  WHERE p.id IN (SELECT value FROM json_each(?1)) AND x.person IS NULL AND x.compare_key = a.compare_key
    AND x.kind = a.kind AND x.person_kind = p.kind AND x.name_folded = p.name_folded))sql");
  opt_outs.with(ids);
  while (opt_outs.step()) {
    const auto seal =
        seal_of_person(the_key(), opt_outs.view(0), opt_outs.view(1), opt_outs.view(2), opt_outs.view(3));
    insert.with(seal, opt_outs.view(4), opt_outs.view(5), "", opt_outs.integer(6)).run();
  }
  opt_outs.reset();
  connection
      .query(R"sql(
DELETE FROM address_opt_out WHERE person IN (SELECT value FROM json_each(?1)) OR person IS NULL AND EXISTS (
  SELECT 1 FROM person AS p JOIN address AS a ON a.person = p.id
  WHERE p.id IN (SELECT value FROM json_each(?1)) AND address_opt_out.compare_key = a.compare_key
    AND address_opt_out.kind = a.kind AND address_opt_out.person_kind = p.kind
    AND address_opt_out.name_folded = p.name_folded))sql")
      .with(ids)
      .run();
  // A block that others live under too stays as it is.
  constexpr std::string_view own_blocks = R"sql(
FROM address_block WHERE EXISTS (
  SELECT 1 FROM address AS a WHERE a.kind = address_block.kind AND a.compare_key = address_block.compare_key
    AND a.person IN (SELECT value FROM json_each(?1)))
  AND NOT EXISTS (
  SELECT 1 FROM address AS o WHERE o.kind = address_block.kind AND o.compare_key = address_block.compare_key
    AND o.person NOT IN (SELECT value FROM json_each(?1))))sql";
  auto blocks = connection.query(fmt::format("SELECT kind, compare_key, reason, since {}", own_blocks));
  blocks.with(ids);
  while (blocks.step()) {
    const auto seal = seal_of_address(the_key(), blocks.view(0), blocks.view(1));
    insert.with(seal, "", "", blocks.view(2), blocks.integer(3)).run();
  }
  blocks.reset();
  connection.query(fmt::format("DELETE {}", own_blocks)).with(ids).run();
}

namespace {

/// For whom an import brought, or for one person.
void unseal(Connection& connection, std::optional<std::int64_t> import, std::optional<std::int64_t> person) {
  if (connection.integer("SELECT EXISTS (SELECT 1 FROM erased_decision)") == 0) return;
  const auto key = link_key(connection);
  if (!key) return;
  struct Newcomer {
    std::int64_t person;
    std::string kind, address, person_kind, name;
  };
  std::vector<Newcomer> all;
  {
    auto rows = connection.query(R"sql(
SELECT p.id, a.kind, a.compare_key, p.kind, p.name_folded FROM address AS a JOIN person AS p ON p.id = a.person
WHERE a.compare_key IS NOT NULL AND (p.id = ?2 OR a.added_in = ?1 OR p.added_in = ?1 OR EXISTS (
  SELECT 1 FROM address_before AS b WHERE b.import = ?1 AND b.id = a.id)) ORDER BY a.id)sql");
    rows.with(import, person);
    while (rows.step()) {
      all.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4)});
    }
  }
  auto opt_out = connection.query(R"sql(
INSERT INTO opt_out (person, channel, category, since, said_by)
SELECT ?2, nullif(e.channel, ''), nullif(e.category, ''), e.since, 'kept after an erasure' FROM erased_decision AS e
WHERE e.seal = ?1 AND e.reason = '' AND NOT EXISTS (
  SELECT 1 FROM opt_out AS o WHERE o.person = ?2 AND coalesce(o.channel, '') = e.channel
    AND coalesce(o.category, '') = e.category))sql");
  auto block = connection.query(R"sql(
INSERT INTO address_block (kind, compare_key, reason, since, evidence)
SELECT ?2, ?3, e.reason, e.since, 'kept after an erasure' FROM erased_decision AS e
WHERE e.seal = ?1 AND e.reason <> '' ON CONFLICT DO NOTHING)sql");
  // Who comes has an address of their own to decide by again: an opt-in later is not undone by the next
  // import.
  auto used = connection.query("DELETE FROM erased_decision WHERE seal = ?1");
  for (const auto& one : all) {
    const auto of_person = seal_of_person(*key, one.kind, one.address, one.person_kind, one.name);
    const auto of_address = seal_of_address(*key, one.kind, one.address);
    opt_out.with(of_person, one.person).run();
    block.with(of_address, one.kind, one.address).run();
    used.with(of_person).run();
    used.with(of_address).run();
  }
}

}  // namespace

void unseal_decisions(Connection& connection, std::int64_t import) {
  unseal(connection, import, std::nullopt);
}

void unseal_decisions_of(Connection& connection, std::int64_t person) {
  unseal(connection, std::nullopt, person);
}

}  // namespace crier::store
