#include "output/document.hpp"

#include "format/json.hpp"

namespace crier::output {

std::string document_text(const boost::json::value& document) {
  return format::write_json(document, format::Layout::indented);
}

std::string line_text(const boost::json::value& document) {
  return format::write_json(document, format::Layout::compact);
}

boost::json::object error_document(const Error& error) {
  boost::json::object inner;
  inner["exit"] = static_cast<int>(error.exit());
  inner["code"] = error.code();
  inner["message"] = error.message();
  inner["hint"] = error.hint();
  boost::json::object document;
  document["error"] = std::move(inner);
  return document;
}

boost::json::value text_or_null(std::string_view text) {
  if (text.empty()) return nullptr;
  return boost::json::value(text);
}

boost::json::value time_or_null(std::optional<Instant> at) {
  if (!at) return nullptr;
  return boost::json::value(to_rfc3339(*at));
}

boost::json::value number_or_null(std::optional<std::int64_t> number) {
  if (!number) return nullptr;
  return boost::json::value(*number);
}

boost::json::value points_or_null(std::optional<std::int64_t> hundredths) {
  if (!hundredths) return nullptr;
  return static_cast<double>(*hundredths) / 100;
}

}  // namespace crier::output
