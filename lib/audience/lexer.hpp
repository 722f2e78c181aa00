// Cuts an expression into tokens and keeps their places, so that an error can point at one. First step of
// `parse` (audience/expression).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace crier::audience {

struct Token {
  enum class Kind { word, quoted, file, colon, comma, open, close, end };
  /// Whether white space stands before it.
  enum class Before { joined, spaced };
  Kind kind = Kind::end;
  /// Without quotes; of a file the path.
  std::string value;
  std::size_t at = 0;
  std::size_t length = 0;
  Before before = Before::spaced;
};

/// The last token is `end`. Throws Error(usage, "bad-expression").
std::vector<Token> tokens_of(std::string_view text);

/// Throws Error(usage, "bad-expression"): what is wrong, then the expression's line with carets under the
/// place.
[[noreturn]] void refuse_at(std::string_view text, std::size_t at, std::size_t length, std::string_view what,
                            std::string_view hint = "");

}  // namespace crier::audience
