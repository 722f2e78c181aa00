// Parcels at so many a second, evenly, with at most a tenth of a second's worth at once (D4).
#pragma once

#include <algorithm>
#include <chrono>

namespace crier::transport {

class Rate {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// 0: no limit.
  explicit Rate(double per_second)
      : per_second_(per_second),
        most_(std::max(1.0, per_second / 10)),
        tokens_(1),
        counted_(std::chrono::steady_clock::now()) {}

  bool ready() {
    if (per_second_ <= 0) return true;
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> passed = now - counted_;
    tokens_ = std::min(most_, tokens_ + passed.count() * per_second_);
    counted_ = now;
    return tokens_ >= 1;
  }
  void take() { tokens_ -= 1; }
  /// When it will be ready, asked after `ready` said no.
  Time ready_at() const {
    const std::chrono::duration<double> missing((1 - tokens_) / per_second_);
    return counted_ + std::chrono::ceil<std::chrono::steady_clock::duration>(missing) +
           std::chrono::microseconds(1);
  }

 private:
  double per_second_;
  double most_;
  double tokens_;
  Time counted_;
};

}  // namespace crier::transport
