#include "intake/csv_import.hpp"

#include "config/map_file.hpp"
#include "intake/csv_reader.hpp"

namespace crier::intake {

ImportAnswer import_csv(store::Connection& connection, const config::Settings& settings, const Clock& clock,
                        const ImportRequest& request, const Progress& progress) {
  const auto map = config::load_map(request.map);
  const OpenSource open = [&](store::IntakeStage& stage, ReaderContext context, IssueList& issues,
                              Progress told) -> std::unique_ptr<SourceReader> {
    return std::make_unique<CsvReader>(map, request.path, stage, std::move(context), issues, std::move(told));
  };
  return import_source(connection, settings, clock, request, open, progress);
}

}  // namespace crier::intake
