// Who is meant, who of them receives, by which address, and who cannot and why (A1–A4). Worked out when a
// message is written and again when it is sent; nothing is kept. The way of the data, step 3.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audience/request.hpp"
#include "model/recipient.hpp"
#include "roster/schools.hpp"
#include "store/connection.hpp"

namespace crier::audience {

/// A few statements whatever the size of the answer. The caller holds a Snapshot or a Transaction where all
/// must be of one moment. Whoever may not hear is in the answer with the reason on every channel: with a
/// court order without any pupil. Throws as `parse`, `plan` and `Receivers` do; nobody matched is no error,
/// see `require_somebody`.
Resolution resolve(store::Connection& connection, const std::vector<roster::SchoolProfile>& schools,
                   const ResolveRequest& request);

/// Throws Error(nothing_there, "empty-audience") where the expression names nobody, or nobody of them
/// receives.
void require_somebody(const Resolution& resolution);

/// Why one person is reached or not, rule by rule, a line each: by code or source id, ignoring case. Throws
/// Error(nothing_there, "no-such-person").
std::vector<std::string> explain(store::Connection& connection,
                                 const std::vector<roster::SchoolProfile>& schools,
                                 const ResolveRequest& request, std::string_view code);

}  // namespace crier::audience
