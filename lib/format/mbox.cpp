#include "format/mbox.hpp"

#include <algorithm>

namespace crier::format {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view line_at(std::string_view bytes, std::size_t at) {
  auto line = bytes.substr(at, bytes.find('\n', at) - at);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// `From ann@example.org Wed Nov 25 10:00:00 2026`
bool parts_mails(std::string_view line) {
  if (!line.starts_with("From ") || line.size() > 300) return false;
  bool time = false, year = false;
  for (std::size_t i = 5; i + 4 < line.size() + 1; ++i) {
    const auto at = [&](std::size_t k) { return i + k < line.size() ? line[i + k] : ' '; };
    time = time || (is_digit(at(0)) && at(1) == ':' && is_digit(at(2)) && is_digit(at(3)));
    year = year || ((at(0) == '1' || at(0) == '2') && is_digit(at(1)) && is_digit(at(2)) && is_digit(at(3)) &&
                    !is_digit(at(4)) && line[i - 1] == ' ');
  }
  return time && year;
}

/// `Received: …`, or the mark of a line that is quoted.
bool begins_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 70) return line.starts_with(">From ");
  return std::ranges::all_of(line.substr(0, colon), [](char c) { return c > ' ' && c < 0x7F; });
}

std::size_t next_line(std::string_view bytes, std::size_t at) {
  const auto end = bytes.find('\n', at);
  return end == std::string_view::npos ? bytes.size() : end + 1;
}

}  // namespace

bool is_mbox(std::string_view bytes) {
  return bytes.starts_with("From ");
}

void for_each_mail(std::string_view bytes, const std::function<void(std::string_view)>& take) {
  if (!is_mbox(bytes)) {
    take(bytes);
    return;
  }
  auto begins = next_line(bytes, 0);
  bool after_blank = false;
  for (auto at = begins; at < bytes.size();) {
    const auto line = line_at(bytes, at);
    const auto next = next_line(bytes, at);
    if (after_blank && parts_mails(line) && next < bytes.size() && begins_header(line_at(bytes, next))) {
      take(bytes.substr(begins, at - begins));
      begins = next;
    }
    after_blank = line.empty();
    at = next;
  }
  take(bytes.substr(begins));
}

}  // namespace crier::format
