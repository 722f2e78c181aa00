// Mails that came back, as files with what is true of them (`expected.tsv`), and how well the reader does.
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/os.hpp"
#include "base/text.hpp"
#include "format/feedback.hpp"

namespace crier::test {

/// The rows of a table with tabs, its first line left out.
inline std::vector<std::vector<std::string>> tsv_rows(const std::filesystem::path& file) {
  std::vector<std::vector<std::string>> rows;
  const auto text = os::read_file(file);
  bool head = true;
  for (const auto line : split(text, '\n')) {
    if (!head && !line.empty()) {
      rows.emplace_back();
      for (const auto cell : split(line, '\t')) rows.back().emplace_back(cell);
    }
    head = false;
  }
  return rows;
}

inline std::string kind_word(format::FeedbackKind kind) {
  switch (kind) {
    case format::FeedbackKind::bounce:
      return "bounce";
    case format::FeedbackKind::complaint:
      return "complaint";
    case format::FeedbackKind::auto_reply:
      return "auto_reply";
    case format::FeedbackKind::unsubscribe:
      return "unsubscribe";
    case format::FeedbackKind::other:
      return "other";
  }
  return "";
}

inline std::string class_word(const format::Feedback& feedback, const format::ReportedRecipient& one) {
  if (feedback.kind == format::FeedbackKind::complaint) return "complaint";
  if (one.action == format::ReportedRecipient::Action::delayed) return "delayed";
  return one.fault == format::BounceClass::hard ? "hard" : "soft";
}

/// Addresses in lower case to their class.
inline std::map<std::string, std::string> recipients_of(const format::Feedback& feedback) {
  std::map<std::string, std::string> found;
  for (const auto& one : feedback.recipients) found[to_lower(one.address)] = class_word(feedback, one);
  return found;
}

}  // namespace crier::test
