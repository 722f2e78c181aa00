#include "store/json_list.hpp"

#include <fmt/format.h>

#include <iterator>

namespace crier::store {

std::string json_list(std::span<const std::int64_t> numbers) {
  std::string list = "[";
  for (const auto number : numbers) {
    if (list.size() > 1) list += ',';
    fmt::format_to(std::back_inserter(list), "{}", number);
  }
  return list + ']';
}

std::string json_list(std::span<const std::string> texts) {
  std::string list = "[";
  for (const auto& text : texts) {
    if (list.size() > 1) list += ',';
    list += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) {
        fmt::format_to(std::back_inserter(list), "\\u{:04x}", static_cast<unsigned char>(c));
      } else {
        list += c;
      }
    }
    list += '"';
  }
  return list + ']';
}

}  // namespace crier::store
