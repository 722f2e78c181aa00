// `/metrics`: figures for Prometheus, in its text format 0.0.4. The names are a promise to whoever draws
// graphs of them: crier-daemon(1) lists them.
#pragma once

#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "report/health.hpp"
#include "web/gateway_door.hpp"
#include "web/pulse.hpp"

namespace crier::web {

inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// `now` is the school's time, by which queue and imports are dated.
std::string metrics_text(const report::Health& health, const Beat& beat, const GatewayCounts& gateways,
                         Instant now, std::string_view version);

}  // namespace crier::web
