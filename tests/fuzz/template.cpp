// Any text as a template: read and written with values that are as mean, or refused (M2).
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "base/text.hpp"
#include "message/template_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace crier::message;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  if (!crier::is_utf8(text) || text.find('\0') != std::string::npos) return 0;
  const boost::json::object values{
      {"name", text.substr(0, 40)},
      {"title", "{{name}}"},
      {"several_pupils", true},
      {"pupils", {{{"name", "A"}, {"form", text.substr(0, 10)}}, {{"name", "B"}}}},
      {"payments", {{{"item", "x"}}}},
      {"assignments", {{{"class", "c"}, {"work", {{{"title", "t"}, {"due", "d"}}}}}}},
  };
  try {
    const TemplateText read(text, "any");
    (void)read.write(values, Escape::none);
    (void)read.write(values, Escape::markdown);
  } catch (const crier::Error&) {
    // Refused, with a reason: as it should be.
  }
  return 0;
}
