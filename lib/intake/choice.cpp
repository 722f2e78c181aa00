#include "intake/choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"

namespace crier::intake {
namespace {

template <typename List, typename Value>
bool has(const List& list, const Value& value) {
  return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

std::string read_exceptions_file(const config::ImportSource& source) {
  try {
    return os::read_file(source.choice.exceptions_file);
  } catch (const Error& error) {
    throw Error(Exit::usage, "no-exceptions-file",
                fmt::format("the exceptions of [import.{}] cannot be read: {}", source.name, error.message()),
                "Nobody on that list may be stored, so nothing was imported: put the file there.");
  }
}

}  // namespace

std::optional<bool> truth_of(std::string_view cell) {
  const auto word = to_lower(cell);
  if (word == "true" || word == "1" || word == "yes" || word == "y") return true;
  if (word == "false" || word == "0" || word == "no" || word == "n") return false;
  return std::nullopt;
}

Choice::Choice(const config::ImportSource& source) : source_(source) {
  exceptions_.insert(source.choice.exceptions.begin(), source.choice.exceptions.end());
  if (source.choice.exceptions_file.empty()) return;
  const auto text = read_exceptions_file(source);
  for (const auto line : split(text, '\n')) {
    const auto code = trim_invisible(line);
    if (!code.empty() && !code.starts_with("#")) exceptions_.insert(fold(code));
  }
}

bool Choice::excepted(std::string_view code, std::string_view source_id) const {
  if (exceptions_.empty()) return false;
  return exceptions_.contains(fold(source_id)) || (!code.empty() && exceptions_.contains(fold(code)));
}

bool Choice::chooses_contacts() const {
  const auto& choice = source_.choice;
  return !choice.priorities.empty() || !choice.relations.empty() || choice.parental_responsibility;
}

bool Choice::takes_contact(std::string_view relation, std::optional<int> priority,
                           std::optional<bool> responsibility) const {
  const auto& choice = source_.choice;
  if (!choice.priorities.empty() && !has(choice.priorities, priority.value_or(1))) return false;
  if (!choice.relations.empty() && !has(choice.relations, relation)) return false;
  return !choice.parental_responsibility || responsibility.value_or(false);
}

Application Choice::application(std::string_view status, std::string_view date, Date today) const {
  constexpr std::array open{"applied", "offered", "accepted", "reserved", "admitted"};
  constexpr std::array closed{"rejected", "withdrawn"};
  if (status.empty() && date.empty()) return Application::none;
  auto word = fold(status);
  const auto meant = source_.choice.pre_admission_status.find(word);
  if (meant != source_.choice.pre_admission_status.end()) word = meant->second;
  const auto day = parse_date(date.substr(0, 10));
  // A date alone tells too: whoever begins later is no pupil yet.
  if (word.empty()) word = day && *day > today ? "admitted" : "active";
  if (word == "active") return Application::none;
  if (has(closed, word)) return Application::left_out;
  if (!has(open, word)) return Application::unknown_word;
  if (!source_.choice.pre_admissions) return Application::left_out;
  if (!day) return Application::no_date;
  return *day > today ? Application::ahead : Application::stale;
}

bool Choice::takes(std::string_view kind) const {
  const auto& kinds = source_.choice.addresses;
  return kinds.empty() || has(kinds, kind);
}

bool Choice::located(std::string_view use) const {
  const auto& locations = source_.choice.locations;
  return locations.empty() || has(locations, use);
}

}  // namespace crier::intake
