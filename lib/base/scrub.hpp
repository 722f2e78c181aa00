// Takes somebody's names and addresses out of texts (P1): whole words only, however they are written in case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crier {

class Scrubber {
 public:
  /// Forms that are empty or a single byte are left out: they would stand in every text.
  explicit Scrubber(const std::vector<std::string>& forms);

  bool empty() const { return forms_.empty(); }
  bool mentions(std::string_view text) const;
  /// The text with XXXX in their places.
  std::string scrub(std::string_view text) const;

 private:
  /// The next place at or behind `from` where one of them stands; npos: nowhere. `length` becomes its own.
  std::size_t find(std::string_view text, std::size_t from, std::size_t& length) const;
  /// Longest first.
  std::vector<std::string> forms_;
};

}  // namespace crier
