// The kind of line that a number belongs to, from the library's word to the roster's.
#pragma once

#include "format/phone.hpp"
#include "model/facts.hpp"

namespace crier::intake {

constexpr PhoneLine phone_line(format::LineType line) {
  switch (line) {
    case format::LineType::mobile:
      return PhoneLine::mobile;
    case format::LineType::landline:
      return PhoneLine::landline;
    case format::LineType::mobile_or_landline:
      return PhoneLine::mobile_or_landline;
    case format::LineType::other:
      break;
  }
  return PhoneLine::other;
}

}  // namespace crier::intake
