#include "base/error.hpp"

#include <utility>

namespace crier {

Error::Error(Exit exit, std::string code, std::string message, std::string hint)
    : exit_(exit), code_(std::move(code)), message_(std::move(message)), hint_(std::move(hint)) {}

}  // namespace crier
