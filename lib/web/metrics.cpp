#include "web/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace crier::web {
namespace {

/// A label's value: backslash, quote and line end are escaped.
std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text;
}

double seconds(Millis span) {
  return static_cast<double>(std::max<std::int64_t>(span.count(), 0)) / 1000;
}

class Page {
 public:
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  template <typename Number>
  void line(std::string_view name_and_labels, Number value) {
    text_ += fmt::format("{} {}\n", name_and_labels, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_deliveries(Page& page, const std::vector<store::ChannelCounts>& channels) {
  page.begin("crier_deliveries", "gauge",
             "Deliveries of all jobs by channel and state, in the words of crier status.");
  for (const auto& [channel, counts] : channels) {
    const std::array<std::pair<std::string_view, std::int64_t>, 7> states{
        {{"not_started", counts.not_started},
         {"processing", counts.processing},
         {"complete", counts.complete},
         {"failed", counts.failed},
         {"held", counts.held},
         {"in_doubt", counts.in_doubt},
         {"cancelled", counts.cancelled}}};
    for (const auto& [state, count] : states) {
      page.line(fmt::format("crier_deliveries{{channel=\"{}\",state=\"{}\"}}", to_text(channel), state),
                count);
    }
  }
}

void add_stops(Page& page, const std::vector<report::StoppedChannel>& stopped) {
  page.begin("crier_channel_stopped", "gauge", "1 where the gateway is down or turns us away, else 0.");
  for (const auto channel : all_channels) {
    const bool stops = std::any_of(stopped.begin(), stopped.end(),
                                   [&](const auto& stop) { return stop.channel == channel; });
    page.line(fmt::format("crier_channel_stopped{{channel=\"{}\"}}", to_text(channel)), stops ? 1 : 0);
  }
}

}  // namespace

std::string metrics_text(const report::Health& health, const Beat& beat, const GatewayCounts& gateways,
                         Instant now, std::string_view version) {
  Page page;
  page.begin("crier_build_info", "gauge", "Always 1; the label says which version runs.");
  page.line(fmt::format("crier_build_info{{version=\"{}\"}}", escaped(version)), 1);
  page.begin("crier_heartbeat_age_seconds", "gauge", "Since the daemon's loop last turned.");
  page.line("crier_heartbeat_age_seconds",
            seconds(std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - beat.at)));
  page.begin("crier_lease_fence", "gauge",
             "The number of the lease that is held on the store, 0 where none is.");
  page.line("crier_lease_fence", health.fence.value_or(0));
  page.begin("crier_store_writable", "gauge", "0 while the store cannot be written, else 1.");
  page.line("crier_store_writable", beat.trouble.empty() ? 1 : 0);
  add_deliveries(page, health.channels);
  page.begin("crier_gateway_calls_total", "counter",
             "What gateways brought to this process, by what became of it.");
  for (std::size_t i = 0; i < gateways.size(); ++i) {
    page.line(
        fmt::format("crier_gateway_calls_total{{answer=\"{}\"}}", to_text(static_cast<office::Heard>(i))),
        gateways[i]);
  }
  page.begin("crier_sent_total", "counter", "Deliveries that this process has completed.");
  page.line("crier_sent_total", beat.complete);
  page.begin("crier_failed_total", "counter", "Deliveries that have failed under this process.");
  page.line("crier_failed_total", beat.failed);
  page.begin("crier_queue_oldest_seconds", "gauge",
             "Since when the oldest delivery that could go has not gone; 0 for an empty queue.");
  page.line("crier_queue_oldest_seconds", health.queue ? seconds(now - health.queue->oldest) : 0.0);
  add_stops(page, health.stopped);
  page.begin("crier_import_age_seconds", "gauge",
             "Since the last import of a source that was applied or found nothing new.");
  for (const auto& source : health.sources) {
    page.line(fmt::format("crier_import_age_seconds{{source=\"{}\"}}", escaped(source.name)),
              seconds(now - source.imported));
  }
  return page.take();
}

}  // namespace crier::web
