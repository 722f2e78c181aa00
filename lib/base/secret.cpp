#include "base/secret.hpp"

namespace crier {
namespace {

/// The first character, whole even where it takes several bytes.
std::string_view first_character(std::string_view utf8) {
  std::size_t end = 1;
  while (end < utf8.size() && (static_cast<unsigned char>(utf8[end]) & 0xC0) == 0x80) ++end;
  return utf8.substr(0, end);
}

}  // namespace

std::string Masked::mask(std::string_view address) {
  if (address.empty()) return "";
  const auto at = address.rfind('@');
  if (at != std::string_view::npos && at > 0) {
    return std::string(first_character(address)) + "…" + std::string(address.substr(at));
  }
  if (address.front() == '+' && address.size() > 6) {
    return std::string(address.substr(0, 3)) + "…" + std::string(address.substr(address.size() - 2));
  }
  return std::string(first_character(address)) + "…";
}

}  // namespace crier
