// One report as SIMS's report runner (CommandReporter) wrote it, XML or CSV: rows under the captions that the
// school gave its fields (I3). Read once to know what it is and whether it is whole, then opened for each
// kind of fact that sims_map finds in it; what is broken is reported the first time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "intake/csv_rows.hpp"
#include "intake/issues.hpp"

namespace crier::intake {

class SimsReport {
 public:
  /// Reads the report to its end. Throws Error(refused_input) where it is none: cut off, a web page, the
  /// runner's error in place of a report, a caption that stands twice.
  SimsReport(std::filesystem::path path, IssueList& issues);

  const std::filesystem::path& path() const { return path_; }
  std::string name() const { return path_.filename().string(); }
  std::uint64_t bytes() const { return bytes_; }
  /// SIMS leaves a field out of XML where a record has nothing in it.
  bool leaves_out_empty_fields() const { return xml_; }
  /// In the order in which they first stand there, unescaped.
  const std::vector<std::string>& captions() const { return captions_; }
  std::optional<std::size_t> column(std::string_view caption) const;
  /// Records, broken ones too.
  std::int64_t records() const { return records_; }
  /// The first values of a column that are not empty.
  const std::vector<std::string>& samples(std::size_t column) const { return samples_[column]; }
  /// The first words of the file, for a message.
  const std::string& beginning() const { return beginning_; }

  std::unique_ptr<RowSource> open() const;

 private:
  void scan_xml(IssueList& issues);
  void scan_csv(IssueList& issues);
  std::size_t caption_of(std::string_view written);
  void sample(std::size_t column, std::string_view value);

  std::filesystem::path path_;
  std::uint64_t bytes_ = 0;
  bool xml_ = false;
  /// Of XML: which elements are the records.
  std::string record_name_;
  config::MapEntry csv_form_;
  std::vector<std::string> captions_;
  std::map<std::string, std::size_t, std::less<>> column_of_;
  std::vector<std::vector<std::string>> samples_;
  std::string beginning_;
  std::int64_t records_ = 0;
};

}  // namespace crier::intake
