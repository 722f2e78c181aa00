#include "store/operator_store.hpp"

#include "base/text.hpp"

namespace crier::store {
namespace {

/// Columns id, account, name, roles, schools, active, created.
Operator read(Query& rows) {
  Operator one;
  one.id = rows.integer(0);
  one.account = rows.text(1);
  one.name = rows.text(2);
  for (const auto word : split(rows.view(3), ',')) {
    // A word that this program does not know gives nothing.
    if (const auto role = parse_role(word)) one.roles.push_back(*role);
  }
  for (const auto code : split(rows.view(4), ',')) {
    if (!code.empty()) one.schools.emplace_back(code);
  }
  one.active = rows.integer(5) == 1;
  one.created = from_millis(rows.integer(6));
  return one;
}

}  // namespace

std::vector<Operator> operators(Connection& connection) {
  auto rows = connection.query(
      "SELECT id, account, name, roles, schools, active, created FROM operator ORDER BY account_folded");
  std::vector<Operator> all;
  while (rows.step()) all.push_back(read(rows));
  return all;
}

std::optional<Operator> find_operator(Connection& connection, std::string_view account) {
  auto row = connection.query(
      "SELECT id, account, name, roles, schools, active, created FROM operator WHERE account_folded = ?1");
  const auto folded = fold(account);
  if (!row.with(folded).step()) return std::nullopt;
  return read(row);
}

std::int64_t insert_operator(Connection& connection, const Operator& one) {
  connection
      .query(
          "INSERT INTO operator (account, account_folded, name, roles, schools, active, created) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .with(one.account, fold(one.account), one.name, role_list(one.roles), join(one.schools, ","),
            one.active ? 1 : 0, to_millis(one.created))
      .run();
  return connection.last_id();
}

void update_operator(Connection& connection, const Operator& one) {
  connection.query("UPDATE operator SET name = ?2, roles = ?3, schools = ?4, active = ?5 WHERE id = ?1")
      .with(one.id, one.name, role_list(one.roles), join(one.schools, ","), one.active ? 1 : 0)
      .run();
}

}  // namespace crier::store
