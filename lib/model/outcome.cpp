#include "model/outcome.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace crier {

std::string_view to_text(Outcome::Verdict verdict) {
  switch (verdict) {
    case Outcome::Verdict::delivered:
      return "delivered";
    case Outcome::Verdict::deferred:
      return "deferred";
    case Outcome::Verdict::rejected:
      return "rejected";
    case Outcome::Verdict::in_doubt:
      return "in-doubt";
  }
  return "";
}

std::string_view to_text(Outcome::Fault fault) {
  switch (fault) {
    case Outcome::Fault::none:
      return "none";
    case Outcome::Fault::recipient:
      return "recipient";
    case Outcome::Fault::passing:
      return "passing";
    case Outcome::Fault::ours:
      return "ours";
    case Outcome::Fault::content:
      return "content";
  }
  return "";
}

Outcome::Verdict parse_verdict(std::string_view word) {
  using enum Outcome::Verdict;
  for (const auto verdict : {delivered, deferred, rejected, in_doubt}) {
    if (to_text(verdict) == word) return verdict;
  }
  throw Error(Exit::store, "damaged-store", fmt::format("the store holds an unknown verdict '{}'", word),
              "Run 'crier store check'.");
}

Outcome::Fault parse_fault(std::string_view word) {
  using enum Outcome::Fault;
  for (const auto fault : {none, recipient, passing, ours, content}) {
    if (to_text(fault) == word) return fault;
  }
  throw Error(Exit::store, "damaged-store", fmt::format("the store holds an unknown fault '{}'", word),
              "Run 'crier store check'.");
}

}  // namespace crier
