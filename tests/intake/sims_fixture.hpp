// A store, reports as SIMS's report runner writes them, and imports of the one into the other.
#pragma once

#include "csv_fixture.hpp"
#include "intake/sims_import.hpp"

namespace crier::test {

/// A record: captions and values; empty values are left out of the XML, as SIMS does.
using SimsRecord = std::vector<std::pair<std::string, std::string>>;

/// `Legal Surname` as an element's name.
inline std::string element_of(std::string_view caption) {
  std::string name;
  for (const char c : caption) {
    if (c == ' ') {
      name += "_x0020_";
    } else if (c == '/') {
      name += "_x002F_";
    } else {
      name += c;
    }
  }
  return name;
}

/// A line for the root, then one for each record: record n is on line n + 1.
inline std::string sims_xml(const std::vector<SimsRecord>& records) {
  std::string xml = "<SuperStarReport>\n";
  for (const auto& record : records) {
    xml += "<Record>";
    for (const auto& [caption, value] : record) {
      const auto name = element_of(caption);
      if (!value.empty()) xml += "<" + name + ">" + value + "</" + name + ">";
    }
    xml += "</Record>\n";
  }
  return xml + "</SuperStarReport>\n";
}

/// The same with a header: record n is on line n + 1 here too.
inline std::string sims_csv(const std::vector<SimsRecord>& records) {
  std::string csv;
  for (const auto& [caption, value] : records.front()) csv += (csv.empty() ? "" : ",") + caption;
  csv += "\r\n";
  for (const auto& record : records) {
    std::string row;
    for (const auto& [caption, value] : record) row += (row.empty() ? "\"" : ",\"") + value + "\"";
    csv += row + "\r\n";
  }
  return csv;
}

struct SimsFixture : CsvFixture {
  SimsFixture() {
    settings.schools.push_back({});
    settings.schools.back().code = "HAR";
    request.source = "sims";
    request.kind = "sims";
  }
  intake::ImportAnswer import() { return intake::import_sims(*connection, settings, clock, request, {}); }
  intake::ImportAnswer run(std::string_view name, std::string_view content) {
    place.write(name, content);
    return import();
  }
  /// The message of the refusal; empty where it was none.
  std::string refusal(std::string_view name, std::string_view content) {
    const auto answer = run(name, content);
    if (!answer.error || answer.error->exit() != Exit::refused_input) return "";
    CHECK_FALSE(answer.error->hint().empty());
    CHECK(answer.report.outcome == ImportOutcome::refused);
    return answer.error->message();
  }
};

}  // namespace crier::test
