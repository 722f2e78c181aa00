// Values that must not be read over somebody's shoulder. They print themselves hidden, so that a log line or
// an error can hold them without harm (house rule 10).
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace crier {

/// A password or token: `reveal()` is the only way to its value.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

/// An address of a person: shown as `a…@example.org` or `+44…23`.
class Masked {
 public:
  explicit Masked(std::string_view address) : shown_(mask(address)) {}
  const std::string& shown() const { return shown_; }

 private:
  static std::string mask(std::string_view address);
  std::string shown_;
};

}  // namespace crier

template <>
struct fmt::formatter<crier::Secret> : fmt::formatter<std::string_view> {
  auto format(const crier::Secret&, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format("(hidden)", context);
  }
};

template <>
struct fmt::formatter<crier::Masked> : fmt::formatter<std::string_view> {
  auto format(const crier::Masked& masked, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(masked.shown(), context);
  }
};
