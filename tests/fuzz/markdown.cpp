// Any text as Markdown: safe HTML and plain text come of it, or it is refused (M2).
#include "message/markdown.hpp"

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "base/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace crier::message;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  if (!crier::is_utf8(text) || text.find('\0') != std::string::npos) return 0;
  try {
    const auto html = markdown_to_html(text);
    for (const auto* bad : {"<script", "<img", "<iframe", "href=\"javascript:", "href=\"data:"}) {
      if (html.find(bad) != std::string::npos) __builtin_trap();
    }
    if (!crier::is_utf8(html) || !crier::is_utf8(markdown_to_plain(text))) __builtin_trap();
    // What is put in by a value comes out as it is.
    const auto value = text.substr(0, text.find('\n'));
    if (crier::is_utf8(value)) (void)markdown_to_plain("Dear " + markdown_escape(value) + ",");
  } catch (const crier::Error&) {
    // Refused, with a reason: as it should be.
  }
  return 0;
}
