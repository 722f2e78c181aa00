#include "base/scrub.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace crier {
namespace {

constexpr std::string_view gone = "XXXX";

bool is_word(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
}

/// The lead byte of scripts that write words without blanks between them.
bool runs_on(unsigned char lead) {
  return lead >= 0xe2;
}

unsigned char last_lead(std::string_view form) {
  auto at = form.size() - 1;
  while (at > 0 && (static_cast<unsigned char>(form[at]) & 0xc0) == 0x80) --at;
  return static_cast<unsigned char>(form[at]);
}

bool stands_alone(std::string_view text, std::size_t at, std::string_view form) {
  const auto front = static_cast<unsigned char>(form.front());
  if (at > 0 && is_word(front) && !runs_on(front) && is_word(static_cast<unsigned char>(text[at - 1])))
    return false;
  const auto end = at + form.size();
  const auto back = static_cast<unsigned char>(form.back());
  return end == text.size() || !is_word(back) || runs_on(last_lead(form)) ||
         !is_word(static_cast<unsigned char>(text[end]));
}

}  // namespace

Scrubber::Scrubber(const std::vector<std::string>& forms) {
  for (const auto& form : forms) {
    if (form.size() < 2) continue;
    for (auto& variant : {form, to_lower(form), to_upper(form), fold(form)}) forms_.push_back(variant);
  }
  std::ranges::sort(forms_, [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  forms_.erase(std::unique(forms_.begin(), forms_.end()), forms_.end());
}

std::size_t Scrubber::find(std::string_view text, std::size_t from, std::size_t& length) const {
  auto first = std::string_view::npos;
  for (const auto& form : forms_) {
    for (auto at = text.find(form, from); at < first; at = text.find(form, at + 1)) {
      if (!stands_alone(text, at, form)) continue;
      first = at;
      length = form.size();
      break;
    }
  }
  return first;
}

bool Scrubber::mentions(std::string_view text) const {
  std::size_t length = 0;
  return find(text, 0, length) != std::string_view::npos;
}

std::string Scrubber::scrub(std::string_view text) const {
  std::string clean;
  std::size_t from = 0;
  std::size_t length = 0;
  for (auto at = find(text, 0, length); at != std::string_view::npos; at = find(text, from, length)) {
    clean += text.substr(from, at - from);
    // A code keeps the kind in front of it: `pupil:XXXX`.
    const auto found = text.substr(at, length);
    for (const std::string_view kind : {":", "pupil:", "contact:", "staff:", "name:"}) {
      if (found.starts_with(kind)) clean += kind;
    }
    clean += gone;
    from = at + length;
  }
  return clean + std::string(text.substr(from));
}

}  // namespace crier
