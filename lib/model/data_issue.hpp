// The kinds of data issues that crier raises by itself (S5), whether or not the store has one at the moment;
// those of rows are called by the reasons of the rows.
#pragma once

#include <array>
#include <string_view>

namespace crier {

inline constexpr std::array<std::string_view, 12> standing_issue_kinds{
    "permanent-bounce",      "spam",
    "text-delivery-failure", "invalid-email",
    "invalid-mobile",        "invalid-phone",
    "possible-duplicate",    "source-clash",
    "shared-with-barred",    "no-contactable-prime-parent",
    "stale-pre-admission",   "dangling-reference"};

}  // namespace crier
