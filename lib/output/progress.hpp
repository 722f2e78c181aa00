// A line that says how far a long act is, on standard error and only where that is a terminal. It redraws
// itself at most ten times a second and is gone without a trace when the object ends. Used from one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace crier::output {

class Progress {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Where the line goes; a test gives its own.
  struct Screen {
    /// Empty: nothing is drawn.
    std::function<void(std::string_view)> write;
    std::size_t columns = 80;
    std::function<Time()> now;
  };
  static Screen standard_error();

  /// `total` 0: unknown, the line only counts.
  Progress(std::string label, std::int64_t total, Screen screen = standard_error());
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void set(std::int64_t done);
  void set_label(std::string label);
  /// Takes the line off the screen, so that something else can be written; the next set() draws it again.
  void clear();

 private:
  std::string line(Time now) const;

  std::string label_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  Screen screen_;
  Time begun_{};
  Time drawn_{};
  bool on_screen_ = false;
};

}  // namespace crier::output
