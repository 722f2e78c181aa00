#include "office/naming.hpp"

#include <algorithm>
#include <set>

#include "audience/expression.hpp"
#include "audience/receivers.hpp"
#include "base/text.hpp"
#include "config/schedule_file.hpp"
#include "config/template_file.hpp"
#include "store/audience_store.hpp"
#include "store/person_store.hpp"
#include "store/report_store.hpp"
#include "store/school_store.hpp"

namespace crier::office {
namespace {

/// More than so many are of no use at a terminal.
constexpr std::int64_t most_numbers = 50;

template <typename Values>
std::vector<std::string> words_of(const Values& values) {
  std::vector<std::string> words;
  for (const auto value : values) words.emplace_back(to_text(value));
  return words;
}

std::vector<JobRow> latest_jobs(const Office& office) {
  return store::job_rows(office.store, {}, 0, most_numbers);
}

store::Ids all_schools(const Office& office) {
  store::Ids ids;
  for (const auto& school : store::schools(office.store)) ids.push_back(school.id);
  return ids;
}

std::string quoted_where_needed(const std::string& word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || static_cast<unsigned char>(c) >= 0x80;
  });
  if (plain && !word.empty()) return word;
  std::string quoted = "\"";
  for (const char c : word) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::vector<std::string> names_of_kind(const Office& office, std::string_view kind) {
  const auto schools = all_schools(office);
  const auto place = [&](store::PlaceWord word) {
    return store::place_words(office.store, word, PersonKind::pupil, schools);
  };
  if (kind == "form") {
    // A form is a word of a pupil's place, or a group that the source calls one.
    auto forms = place(store::PlaceWord::form);
    for (auto& name : store::group_names(office.store, schools, "form")) forms.push_back(std::move(name));
    std::sort(forms.begin(), forms.end());
    forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
    return forms;
  }
  if (kind == "year") return place(store::PlaceWord::year);
  if (kind == "house") return place(store::PlaceWord::house);
  if (kind == "boarding") return place(store::PlaceWord::boarding);
  if (kind == "group" || kind == "class") return store::group_names(office.store, schools);
  if (kind == "school") return school_codes(office);
  if (kind == "status") return {"active", "leaver", "pre-admission"};
  return {};
}

}  // namespace

std::vector<std::string> channel_words() {
  return words_of(all_channels);
}

std::vector<std::string> job_state_words() {
  return words_of(store::all_job_states);
}

std::vector<std::string> delivery_state_words() {
  return words_of(store::all_delivery_states);
}

std::vector<std::string> receiver_words() {
  const auto words = audience::fixed_receiver_words();
  return {words.begin(), words.end()};
}

std::vector<std::string> source_names(const config::Settings& settings) {
  std::vector<std::string> names;
  for (const auto& [name, source] : settings.imports) names.push_back(name);
  return names;
}

std::vector<std::string> school_codes(const Office& office) {
  std::vector<std::string> codes;
  for (const auto& school : store::schools(office.store)) codes.push_back(school.code);
  return codes;
}

std::vector<std::string> job_numbers(const Office& office) {
  std::vector<std::string> numbers;
  for (const auto& job : latest_jobs(office)) numbers.push_back(std::to_string(job.id));
  return numbers;
}

std::vector<std::string> message_numbers(const Office& office) {
  std::set<std::int64_t, std::greater<>> messages;
  for (const auto& job : latest_jobs(office)) messages.insert(job.message);
  std::vector<std::string> numbers;
  for (const auto message : messages) numbers.push_back(std::to_string(message));
  return numbers;
}

std::vector<std::string> person_codes(const Office& office, std::string_view written) {
  return store::codes_beginning(office.store, fold(written), most_numbers);
}

std::vector<std::string> schedule_names(const Office& office) {
  std::vector<std::string> names;
  for (const auto& one : config::load_schedules(office.settings.folder / "schedules").schedules)
    names.push_back(one.name);
  return names;
}

std::vector<std::string> template_names(const Office& office) {
  std::vector<std::string> names;
  for (const auto& one : config::load_templates(office.settings.folder / "templates").templates)
    names.push_back(one.name);
  return names;
}

std::vector<std::string> expression_words(const Office& office, std::string_view written) {
  // Only the last term is being written: what stands before it stays.
  const auto begin = written.find_last_of(" ,(") + 1;
  const auto before = written.substr(0, begin);
  const auto term = written.substr(begin);
  std::vector<std::string> words;
  const auto colon = term.rfind(':');
  if (colon == std::string_view::npos) {
    for (const auto& kind : audience::known_kinds()) words.push_back(std::string(before) + kind + ":");
    words.push_back(std::string(before) + "all");
    return words;
  }
  const auto head = term.substr(0, colon);
  const auto kind = to_lower(head.substr(head.rfind(':') + 1));
  for (const auto& name : names_of_kind(office, kind)) {
    words.push_back(std::string(before) + std::string(head) + ":" + quoted_where_needed(name));
  }
  return words;
}

}  // namespace crier::office
