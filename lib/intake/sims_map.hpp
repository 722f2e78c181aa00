// What the reports of a SIMS school tell (I3): each becomes one or more entries of a map, over the same rows,
// told apart by its captions or by the map that the school wrote. From there csv_reader goes on as with any
// export.
#pragma once

#include <string>
#include <vector>

#include "config/map_file.hpp"
#include "config/settings.hpp"
#include "intake/issues.hpp"
#include "intake/sims_report.hpp"

namespace crier::intake {

/// The entries of a map with the report that each is read from. Columns are numbers.
struct SimsPlan {
  config::ExportMap map;
  std::vector<const SimsReport*> reports;
  /// Areas of which no report tells (I8), in words.
  std::vector<std::string> untold;
};

/// Whether one report was named, or a folder of all of them.
enum class ReportPlace { single, folder };

/// `given` is the school's map; its files may be none. Throws Error(refused_input) where a report has no ids,
/// which SIMS leaves out without a word (I3), where nothing in it is known, or where one that the map
/// describes is missing.
SimsPlan plan_reports(const std::vector<SimsReport>& reports, ReportPlace place,
                      const config::ExportMap& given, const config::ImportSource& source, IssueList& issues);

}  // namespace crier::intake
