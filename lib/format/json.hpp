// JSON documents as crier reads and writes them: keys keep the order in which they were put in, text is UTF-8
// and stays readable. The values are Boost.JSON's; this is the door to the outside. Used by whatever prints
// `--json`, keeps a document in the store or talks to a gateway.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace crier::format {

enum class Layout { compact, indented };

/// Indented: two blanks a level, short arrays of plain values on one line, a line end at the end. Numbers
/// that JSON cannot say (NaN, infinity) come out as null.
std::string write_json(const boost::json::value& document, Layout layout);

/// One whole document. Throws Error(refused_input) that names what it is (`what`: a file, `the answer of …`)
/// with line and column.
boost::json::value parse_json(std::string_view text, std::string_view what);

}  // namespace crier::format
