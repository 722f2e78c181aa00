// JSON documents on their way out, for commands and pages.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/instant.hpp"

namespace crier::output {

/// Indented, with a line end.
std::string document_text(const boost::json::value& document);
/// On one line, without its end.
std::string line_text(const boost::json::value& document);

/// `{"error":{"exit":5,"code":…,"message":…,"hint":…}}`.
boost::json::object error_document(const Error& error);

/// The text, or null where it is empty: what is not known is null.
boost::json::value text_or_null(std::string_view text);
boost::json::value time_or_null(std::optional<Instant> at);
boost::json::value number_or_null(std::optional<std::int64_t> number);
/// Hundredths of points, as points.
boost::json::value points_or_null(std::optional<std::int64_t> hundredths);

}  // namespace crier::output
