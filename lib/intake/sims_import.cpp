#include "intake/sims_import.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "intake/csv_reader.hpp"
#include "intake/sims_map.hpp"

namespace crier::intake {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> report_files(const fs::path& path) {
  std::error_code fault;
  if (!fs::exists(path, fault)) {
    throw Error(Exit::refused_input, "no-such-file", fmt::format("{} is not there", path.string()),
                "Name a report, or the folder that holds all of them.");
  }
  if (!fs::is_directory(path, fault)) return {path};
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(path)) {
    const auto extension = to_lower(file.path().extension().string());
    const bool hidden = file.path().filename().string().starts_with(".");
    if (file.is_regular_file() && !hidden && (extension == ".xml" || extension == ".csv"))
      files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    throw Error(Exit::refused_input, "missing-file",
                fmt::format("{} holds no report (.xml, .csv)", path.string()),
                "Let CommandReporter write its reports there: /OUTPUT:FILE.");
  }
  return files;
}

/// Reads the reports to know what they are, then lets the reader of mapped exports read them by that.
class SimsReader final : public SourceReader {
 public:
  SimsReader(const config::ExportMap& given, const fs::path& path, store::IntakeStage& stage,
             ReaderContext context, IssueList& issues, Progress progress) {
    for (const auto& file : report_files(path)) reports_.emplace_back(file, issues);
    const auto place = fs::is_directory(path) ? ReportPlace::folder : ReportPlace::single;
    plan_ = plan_reports(reports_, place, given, context.source, issues);
    std::vector<RowTable> tables;
    for (const auto* report : plan_.reports) {
      tables.push_back(
          {report->path(), report->bytes(), report->captions(), [report] { return report->open(); }});
    }
    reader_ = std::make_unique<CsvReader>(plan_.map, std::move(tables), stage, std::move(context), issues,
                                          std::move(progress));
  }

  void read() override { reader_->read(); }
  std::int64_t rows() const override {
    std::int64_t rows = 0;
    for (const auto& report : reports_) rows += report.records();
    return rows;
  }
  const std::vector<store::SchoolRow>& new_schools() const override { return reader_->new_schools(); }
  const std::map<std::string, std::int64_t, std::less<>>& school_ids() const override {
    return reader_->school_ids();
  }
  std::vector<std::string> untold() const override { return plan_.untold; }

 private:
  std::vector<SimsReport> reports_;
  SimsPlan plan_;
  std::unique_ptr<CsvReader> reader_;
};

}  // namespace

ImportAnswer import_sims(store::Connection& connection, const config::Settings& settings, const Clock& clock,
                         const ImportRequest& request, const Progress& progress) {
  const auto map =
      request.map.empty() ? config::ExportMap() : config::load_map(request.map, config::Files::optional);
  const OpenSource open = [&](store::IntakeStage& stage, ReaderContext context, IssueList& issues,
                              Progress told) -> std::unique_ptr<SourceReader> {
    return std::make_unique<SimsReader>(map, request.path, stage, std::move(context), issues,
                                        std::move(told));
  };
  return import_source(connection, settings, clock, request, open, progress);
}

}  // namespace crier::intake
