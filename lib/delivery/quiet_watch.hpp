// Quiet hours that begin while messages wait: what has not gone waits for the next opening (D3). Part of the
// engine's turn, in its transaction; looked at when something new is there and when an opening ends.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/instant.hpp"
#include "config/settings.hpp"
#include "model/channel.hpp"
#include "roster/schools.hpp"
#include "store/connection.hpp"

namespace crier::delivery {

class QuietWatch {
 public:
  QuietWatch(store::Connection& connection, const config::Settings& settings)
      : connection_(connection), settings_(settings) {}

  /// Something may have come, or holidays may be new.
  void look_again() { look_ = true; }
  /// Holds what must wait, on these channels.
  void hold(std::span<const Channel> channels, Instant now);
  /// The schools as they were when it last looked; of one, looked up again where it is new.
  const roster::SchoolProfile& school(std::int64_t id);
  /// When an opening ends.
  std::optional<Instant> changes() const { return changes_; }

 private:
  enum class Families { alike, differ };
  void hold_school(Channel channel, const roster::SchoolProfile& profile, Families families, Instant now);

  store::Connection& connection_;
  const config::Settings& settings_;
  std::vector<roster::SchoolProfile> schools_;
  bool look_ = true;
  std::optional<Instant> changes_;
};

}  // namespace crier::delivery
