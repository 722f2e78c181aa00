// The operators (M7): accounts, their roles and schools. Written by office/operators, asked by
// office/permission before every act.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/operator.hpp"
#include "store/connection.hpp"

namespace crier::store {

/// By account, the disabled ones too.
std::vector<Operator> operators(Connection& connection);
/// Ignoring case and accents.
std::optional<Operator> find_operator(Connection& connection, std::string_view account);

/// Returns the id; the caller holds the transaction, and has seen that the account is new.
std::int64_t insert_operator(Connection& connection, const Operator& one);
/// Name, roles, schools and standing of the operator with this id.
void update_operator(Connection& connection, const Operator& one);

}  // namespace crier::store
