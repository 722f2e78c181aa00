// The school's time, handed to everything that asks for it (design decision 6), so that a rehearsal or a test
// runs weeks in milliseconds. Leases and network deadlines never ask a Clock: they use the real one.
#pragma once

#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace crier {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  Instant now() const override;
};

/// The machine's clock, moved by a fixed offset: it runs on at the usual speed.
class ShiftedClock final : public Clock {
 public:
  explicit ShiftedClock(Millis offset) : offset_(offset) {}
  Instant now() const override;
  Millis offset() const { return offset_; }

 private:
  Millis offset_;
};

/// A clock that stands: previews and tests put it where they want it.
class FixedClock final : public Clock {
 public:
  explicit FixedClock(Instant at) : at_(at) {}
  Instant now() const override { return at_; }
  void set(Instant at) { at_ = at; }

 private:
  Instant at_;
};

/// Reads `CRIER_CLOCK`: an RFC 3339 time (the process acts as if it had started then) or a signed offset such
/// as `+36h`, `-86400s`, `+90m`, `+3d`. Throws Error(usage) for anything else.
ShiftedClock clock_from_setting(std::string_view setting);

/// ` [CRIER_CLOCK=…]` in a rehearsal, else empty: stands behind what the audit log says (interface.md).
std::string rehearsal_mark();

}  // namespace crier
