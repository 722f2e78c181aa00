#include "intake/issues.hpp"

#include "base/text.hpp"

namespace crier::intake {
namespace {

/// A cell as a report can show it: short, and UTF-8 whatever came.
std::string shown(std::string_view value) {
  constexpr std::size_t most_bytes = 200;
  if (!is_utf8(value)) {
    std::string readable;
    for (const char c : value.substr(0, most_bytes)) {
      readable += static_cast<unsigned char>(c) < 0x80 && c != '\0' ? std::string(1, c) : "\xEF\xBF\xBD";
    }
    return readable;
  }
  if (value.size() <= most_bytes) return std::string(value);
  std::size_t end = most_bytes;
  while ((static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
  return std::string(value.substr(0, end)) + "…";
}

}  // namespace

void IssueList::add(Severity severity, std::string_view file, std::int64_t line, std::string_view column,
                    std::string_view value, std::string_view reason, std::string message) {
  issues_.push_back({std::string(file), line, std::string(column), shown(value), std::string(reason),
                     severity, std::move(message), person_});
}

}  // namespace crier::intake
