#include "intake/sims_columns.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace crier::intake {
namespace {

using Facts = SimsColumns::Facts;

bool all_of_samples(const SimsReport& report, std::size_t column, bool (*fits)(std::string_view)) {
  const auto& samples = report.samples(column);
  return !samples.empty() && std::all_of(samples.begin(), samples.end(), fits);
}

bool looks_like_address(std::string_view value) {
  return value.find('@') != std::string_view::npos ||
         std::count_if(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; }) >= 5;
}

std::optional<std::size_t> find(const Facts& facts, std::string_view fact) {
  const auto found = facts.find(fact);
  return found == facts.end() ? std::nullopt : std::optional(found->second.at);
}

void put(Facts& facts, const std::string& fact, SimsColumns::Column column) {
  const auto [at, fresh] = facts.try_emplace(fact, column);
  if (!fresh && column.rank < at->second.rank) at->second = column;
}

template <std::size_t Size>
bool is_one_of(std::string_view fact, const std::array<std::string_view, Size>& facts) {
  return std::find(facts.begin(), facts.end(), fact) != facts.end();
}

constexpr std::array<std::string_view, 9> facts_of_others{
    "relation", "priority", "responsibility", "lives_with", "court_order", "group", "day", "session", "mark"};
constexpr std::array<std::string_view, 9> facts_of_addresses{"email",      "mobile",     "phone",
                                                             "email_work", "phone_work", "phone_use",
                                                             "phone_main", "email_use",  "email_main"};

}  // namespace

SimsColumns::SimsColumns(const SimsReport& report, const config::ImportSource& source, IssueList& issues)
    : report_(&report) {
  find_named(source);
  for (std::size_t at = 0; at < report.captions().size(); ++at) {
    if (named_.contains(at)) continue;
    if (auto meaning = meaning_of_caption(report.captions()[at])) sort_in(std::move(*meaning), at);
  }
  settle_focus();
  give_unnamed(issues);
}

std::optional<std::size_t> SimsColumns::person(PersonKind kind, std::string_view fact) const {
  return find(facts(kind), fact);
}

std::optional<std::size_t> SimsColumns::other(std::string_view fact) const {
  return find(others_, fact);
}

bool SimsColumns::has_filled(PersonKind kind, std::string_view fact) const {
  const auto at = person(kind, fact);
  return at && !report_->samples(*at).empty();
}

void SimsColumns::tell_unread(IssueList& issues) const {
  std::set<std::size_t> read;
  for (const auto kind : all_person_kinds) {
    for (const auto& [fact, column] : facts(kind)) read.insert(column.at);
  }
  for (const auto& [fact, column] : others_) read.insert(column.at);
  std::vector<std::string> unread;
  for (std::size_t at = 0; at < report_->captions().size(); ++at) {
    if (!read.contains(at) && !report_->captions()[at].empty()) unread.push_back(report_->captions()[at]);
  }
  if (unread.empty()) return;
  issues.warning(report_->name(), 0, "", "", "unread-columns",
                 fmt::format("Not read: {}.", join(unread, ", ")));
}

/// Columns that the settings name for a fact ([import.NAME] columns).
void SimsColumns::find_named(const config::ImportSource& source) {
  for (const auto& [setting, caption] : source.columns) {
    const auto at = report_->column(caption);
    if (!at) continue;
    named_.insert(*at);
    CaptionMeaning meaning;
    meaning.fact = setting == "admission_status" ? "status"
                   : setting == "admission_date" ? "admission"
                                                 : setting;
    meaning.whose = owner_in_caption(report_->captions()[*at]);
    meaning.rank = -1;
    sort_in(std::move(meaning), *at);
  }
}

void SimsColumns::sort_in(CaptionMeaning meaning, std::size_t at) {
  if (meaning.fact == "main_phone" || meaning.fact == "main_email") {
    const bool address = all_of_samples(*report_, at, looks_like_address);
    meaning.fact = (meaning.fact == "main_phone" ? "phone" : "email") + std::string(address ? "" : "_main");
    meaning.rank += 20;
  }
  if (meaning.marks) marks_[static_cast<std::size_t>(*meaning.marks)] = true;
  if (meaning.fact.empty()) return;
  if (is_one_of(meaning.fact, facts_of_others)) {
    return put(others_, meaning.fact, {at, meaning.rank});
  }
  if (meaning.whose)
    return put(people_[static_cast<std::size_t>(*meaning.whose)], meaning.fact, {at, meaning.rank});
  unnamed_.push_back({std::move(meaning), at});
}

/// A pupil's admission number beside a relationship, and a surname of nobody: taken for the wrong one,
/// parents would be pupils, or pupils parents.
void SimsColumns::refuse_unclear() const {
  std::vector<std::string> captions;
  for (const auto& [meaning, at] : unnamed_) {
    if (!meaning.marks) captions.push_back(report_->captions()[at]);
  }
  if (captions.empty()) return;
  throw Error(
      Exit::refused_input, "unclear-columns",
      fmt::format("{}: it tells of pupils and of relationships, and whether these are the pupil's or the "
                  "contact's is not clear: {}",
                  report_->name(), join(captions, ", ")),
      fmt::format("Give them captions that say it, such as 'Contact {}' or 'Student {}'.",
                  to_lower(captions.front()), to_lower(captions.front())));
}

void SimsColumns::settle_focus() {
  const auto marked = [&](PersonKind kind) { return marks_[static_cast<std::size_t>(kind)]; };
  const bool tie = other("relation") || other("priority") || other("responsibility") || other("court_order");
  if (tie && marked(PersonKind::pupil) && !has(PersonKind::contact)) refuse_unclear();
  if (marked(PersonKind::pupil)) {
    focus_ = PersonKind::pupil;
  } else if (marked(PersonKind::staff)) {
    focus_ = PersonKind::staff;
  } else if (has(PersonKind::pupil) && !has(PersonKind::contact)) {
    // `Student id` beside an id of somebody else: of their contacts.
    const bool other_id = std::any_of(unnamed_.begin(), unnamed_.end(), [](const auto& one) {
      return one.first.fact == "guid" || one.first.fact == "number";
    });
    focus_ = other_id || tie ? PersonKind::contact : PersonKind::pupil;
  } else if (has(PersonKind::pupil) || has(PersonKind::contact)) {
    focus_ = PersonKind::pupil;
  } else if (has(PersonKind::staff)) {
    focus_ = PersonKind::staff;
  } else if (is_of_days() || other("group")) {
    focus_ = PersonKind::pupil;
  } else if (tie) {
    focus_ = PersonKind::contact;
  }
}

void SimsColumns::give_unnamed(IssueList& issues) {
  if (!focus_) return;
  const auto focus = static_cast<std::size_t>(*focus_);
  auto& contacts = people_[static_cast<std::size_t>(PersonKind::contact)];
  // A list's fields stand behind each other: what has no name of its own behind a contact's name is the
  // contact's.
  std::optional<std::size_t> contacts_from;
  for (const auto& [fact, column] : contacts) {
    if (fact != "phone_use" && fact != "phone_main")
      contacts_from = std::min(contacts_from.value_or(column.at), column.at);
  }
  std::vector<std::string> taken;
  for (const auto& [meaning, at] : unnamed_) {
    const bool address = is_one_of(meaning.fact, facts_of_addresses);
    const bool behind = *focus_ == PersonKind::pupil && contacts_from && at > *contacts_from;
    if (address && behind && !contacts.contains(meaning.fact)) {
      put(contacts, meaning.fact, {at, meaning.rank});
      taken.push_back(report_->captions()[at]);
      continue;
    }
    put(people_[meaning.marks ? static_cast<std::size_t>(*meaning.marks) : focus], meaning.fact,
        {at, meaning.rank});
  }
  if (taken.empty()) return;
  issues.warning(
      report_->name(), 0, "", "", "taken-as-contacts",
      fmt::format("Behind the contacts' columns, and so taken for theirs: {}. Captions such as 'Contact {}' "
                  "or 'Student {}' say it for certain.",
                  join(taken, ", "), to_lower(taken.front()), to_lower(taken.front())));
}

}  // namespace crier::intake
