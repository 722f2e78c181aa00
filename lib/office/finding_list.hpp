// Findings as doctor's parts make them (S6): a check, what was seen, what to do.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "office/setup.hpp"

namespace crier::office {

class FindingList {
 public:
  void ok(std::string check, std::string message) {
    findings_.push_back({std::move(check), "ok", std::move(message), ""});
  }
  void warn(std::string check, std::string message, std::string remedy) {
    findings_.push_back({std::move(check), "warning", std::move(message), std::move(remedy)});
  }
  void wrong(std::string check, std::string message, std::string remedy) {
    findings_.push_back({std::move(check), "error", std::move(message), std::move(remedy)});
  }
  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  std::vector<Finding> take() { return std::move(findings_); }

 private:
  std::vector<Finding> findings_;
};

}  // namespace crier::office
