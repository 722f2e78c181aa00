// Where readers put what is not good in an export (I8): a value, not an exception; the import goes on.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/import.hpp"

namespace crier::intake {

class IssueList {
 public:
  void error(std::string_view file, std::int64_t line, std::string_view column, std::string_view value,
             std::string_view reason, std::string message) {
    add(Severity::error, file, line, column, value, reason, std::move(message));
    ++errors_;
  }
  void warning(std::string_view file, std::int64_t line, std::string_view column, std::string_view value,
               std::string_view reason, std::string message) {
    add(Severity::warning, file, line, column, value, reason, std::move(message));
  }
  /// What is added from here on concerns this person (the source's id), until somebody else is named.
  void about(std::string_view person) { person_ = person; }
  std::int64_t errors() const { return errors_; }
  const std::vector<RowIssue>& all() const { return issues_; }
  std::vector<RowIssue> take() { return std::move(issues_); }

 private:
  void add(Severity severity, std::string_view file, std::int64_t line, std::string_view column,
           std::string_view value, std::string_view reason, std::string message);

  std::vector<RowIssue> issues_;
  std::string person_;
  std::int64_t errors_ = 0;
};

}  // namespace crier::intake
