// Dates, money and lists of names as a reader of a language expects them (M2), by ICU's data. A locale is a
// language with a region, `en-GB`; what ICU does not know reads as its root.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace crier {

/// `language` (BCP 47) with the region of `country` where it names none; without a language English.
std::string locale_of(std::string_view language, std::string_view country);

/// `27 November 2026`.
std::string local_date(Date date, std::string_view locale);

/// `£12.50`; `hundredths` of the currency (ISO 4217), a bare number where it names none.
std::string local_money(std::int64_t hundredths, std::string_view currency, std::string_view locale);

/// `Ann, Ben and Cem`.
std::string local_list(std::span<const std::string> names, std::string_view locale);

}  // namespace crier
