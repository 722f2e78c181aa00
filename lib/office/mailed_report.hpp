// A report that goes to staff by e-mail (T5, S3): the same tables that `crier report` shows, as a file beside
// a short text.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"
#include "config/schedule_file.hpp"
#include "office/office.hpp"
#include "office/sending.hpp"
#include "roster/schools.hpp"

namespace crier::office {

struct WrittenReport {
  std::string title;
  /// Which days it covers, for people; of what is so now, the day.
  std::string covers;
  /// `utilization-2026-11-27.csv`
  std::string file_name;
  /// `text/csv`
  std::string type;
  std::string bytes;
  std::int64_t rows = 0;
};

/// Of the school, the days before the day of the run. Throws Error(refused_by_rule, "limit") where it is
/// larger than a mail may be.
WrittenReport write_report(const Office& office, const roster::SchoolProfile& school,
                           const config::Schedule& schedule, LocalTime run);

/// Queues it; the caller holds the transaction, and has written the report before. Nothing where the sandbox
/// lets nobody through.
std::optional<SendAnswer> mail_report(const Office& office, const roster::SchoolProfile& school,
                                      const config::Schedule& schedule, WrittenReport report);

}  // namespace crier::office
