#include "format/retry_after.hpp"

#include <algorithm>
#include <charconv>

#include "format/mail_parts.hpp"

namespace crier::format {

std::optional<std::chrono::seconds> retry_after(std::string_view field, std::int64_t now) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(field.data(), field.data() + field.size(), number);
  if (!field.empty() && fault == std::errc() && end == field.data() + field.size())
    return std::chrono::seconds(std::max<std::int64_t>(number, 0));
  const auto date = read_mail_date(field);
  if (!date) return std::nullopt;
  const auto at = std::chrono::duration_cast<std::chrono::seconds>(date->time_since_epoch()).count();
  return std::chrono::seconds(std::max<std::int64_t>(at - now, 0));
}

}  // namespace crier::format
