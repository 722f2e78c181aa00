#include "base/error.hpp"

#include <utility>

namespace crier {

Error::Error(Exit exit, std::string code, std::string message, std::string hint)
    : exit_(exit), code_(std::move(code)), message_(std::move(message)), hint_(std::move(hint)) {}

std::string in_one_line(const Error& error) {
  const bool ended = error.message().ends_with('?') || error.message().ends_with('.');
  return error.message() + (ended ? " " : ". ") + error.hint();
}

}  // namespace crier
