// The kinds of notice, one row and one file each: what is looked for, how a finding reads in each language,
// which words stand around it. schedule/notice asks the row of a schedule's kind; schedule/digest writes with
// its words.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "config/schedule_file.hpp"
#include "config/settings.hpp"
#include "schedule/letter_words.hpp"
#include "store/gradebook_store.hpp"

namespace crier::schedule {

/// What a kind of notice says, in one language.
struct KindWords {
  /// Of the mail, where the schedule names none; also what the short forms count.
  std::string_view subject;
  /// Between the greeting and the list.
  std::string (*opening)(const config::Schedule& schedule, std::string_view school);
  /// One finding in a line, without a mark before it. `title` is the finding's, made fit for a line; `day`
  /// its day as the language writes it.
  std::string (*line)(const store::Finding& finding, std::string_view title, std::string_view day);
  /// After the list.
  std::string_view closing;
  /// What a finding without a title is called.
  std::string_view untitled = {};
};

struct NoticeKind {
  config::NoticeKind kind;
  /// By the places of `notice_languages`.
  std::array<KindWords, notice_languages.size()> words;
  std::vector<store::Finding> (*find)(store::Connection& connection, const config::Settings& settings,
                                      const config::Schedule& schedule, const store::FindingRequest& request);
  /// Only who was told of a finding by this notice is told of it again by this one: a correction.
  std::string_view corrects = {};
  /// And the notice that corrects this one.
  std::string_view corrected_by = {};
};

/// Whether schedules of a kind tell findings; the others write a message to an audience.
bool tells_findings(config::NoticeKind kind);

/// The kind's name in the ledger is `config::to_text` of it: two kinds are different notices (T4).
const NoticeKind& notice_kind(config::NoticeKind kind);

// The rows; each in the file of its name.
extern const NoticeKind missing_work;
extern const NoticeKind failing_work;
extern const NoticeKind attendance;
extern const NoticeKind attendance_correction;
extern const NoticeKind behaviour;
extern const NoticeKind payment_due;
extern const NoticeKind payment_overdue;
extern const NoticeKind birthday;

}  // namespace crier::schedule
