// Any bytes as an XML report: read to the end, or refused with a crier::Error (I3, I8). What is read is text
// within its limits, whatever the bytes were.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/xml.hpp"

using namespace crier;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  try {
    format::XmlRecords records("any.xml", text);
    while (records.next()) {
      const auto& record = records.record();
      require(record.line > 0);
      for (const auto& field : record.fields) {
        require(is_utf8(field.value) && is_utf8(format::unescape_xml_name(field.name)));
        require(field.line >= record.line);
      }
    }
    require(records.offset() <= size);
  } catch (const Error& error) {
    // Refused, with a reason: as it should be.
    require(error.exit() == Exit::refused_input && !error.message().empty() && is_utf8(error.message()));
  }
  return 0;
}
