#include "output/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/os.hpp"
#include "base/text.hpp"
#include "output/table.hpp"

namespace crier::output {
namespace {

constexpr auto pause = std::chrono::milliseconds(100);
/// Before so long nobody wonders how long it will take, and no guess is worth anything.
constexpr auto first_guess_after = std::chrono::seconds(2);
constexpr std::size_t bar_columns = 24;
constexpr std::string_view take_off = "\r\x1b[K";

std::string left_over(std::chrono::steady_clock::duration gone, std::int64_t done, std::int64_t total) {
  if (gone < first_guess_after || done <= 0 || done >= total) return "";
  const auto seconds = std::chrono::duration<double>(gone).count();
  const auto left =
      static_cast<std::int64_t>(seconds * static_cast<double>(total - done) / static_cast<double>(done));
  return fmt::format("  {}:{:02} left", left / 60, left % 60);
}

}  // namespace

Progress::Screen Progress::standard_error() {
  Screen screen;
  screen.now = [] { return std::chrono::steady_clock::now(); };
  if (!os::is_terminal(os::Stream::err)) return screen;
  screen.columns = os::terminal_columns();
  screen.write = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
  };
  return screen;
}

Progress::Progress(std::string label, std::int64_t total, Screen screen)
    : label_(std::move(label)), total_(std::max<std::int64_t>(total, 0)), screen_(std::move(screen)) {
  if (screen_.write) begun_ = screen_.now();
}

Progress::~Progress() {
  clear();
}

void Progress::set(std::int64_t done) {
  done_ = done;
  if (!screen_.write) return;
  const auto now = screen_.now();
  if (on_screen_ && now - drawn_ < pause) return;
  drawn_ = now;
  on_screen_ = true;
  screen_.write(std::string(take_off) +
                cut_to_columns(line(now), std::max<std::size_t>(screen_.columns, 2) - 1));
}

void Progress::set_label(std::string label) {
  label_ = std::move(label);
}

void Progress::clear() {
  if (!on_screen_) return;
  screen_.write(take_off);
  on_screen_ = false;
}

std::string Progress::line(Time now) const {
  if (total_ == 0) return fmt::format("{}  {}", label_, done_);
  const auto done = std::clamp<std::int64_t>(done_, 0, total_);
  const auto share = static_cast<double>(done) / static_cast<double>(total_);
  const auto filled = static_cast<std::size_t>(share * bar_columns);
  return fmt::format("{}  [{}{}] {:3.0f} %  {} of {}{}", label_, std::string(filled, '#'),
                     std::string(bar_columns - filled, '.'), share * 100, done_, total_,
                     left_over(now - begun_, done, total_));
}

}  // namespace crier::output
