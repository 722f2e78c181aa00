#include "office/looking.hpp"

#include <array>
#include <cmath>
#include <map>

#include "base/error.hpp"
#include "office/issues.hpp"
#include "office/permission.hpp"
#include "office/sending.hpp"
#include "roster/schools.hpp"
#include "store/message_store.hpp"
#include "store/report_store.hpp"

namespace crier::office {
namespace {

/// The address in whose name this job's mails leave, as messages are rendered (M8).
std::string sender_of(const Office& office, const std::vector<JobRow>& jobs) {
  if (jobs.empty() || jobs.front().type != Channel::email) return "";
  const auto schools = roster::school_profiles(office.store, office.settings);
  return roster::pick_school(schools, jobs.front().school).sender.email;
}

}  // namespace

std::vector<report::ErrorGroup> job_errors(const Office& office, std::int64_t job) {
  store::JobFilter filter;
  filter.job = job;
  const auto jobs = store::job_rows(office.store, filter, 0, 1);
  require(office, Act::look,
          {jobs.empty() ? std::vector<std::string>{} : std::vector{jobs.front().school}, ""});
  auto groups = report::job_errors(office.store, job);
  if (groups.empty()) return groups;
  const auto sight = address_sight(office);
  const auto sender = sender_of(office, jobs);
  for (auto& group : groups) {
    for (auto& failed : group.recipients) {
      if (failed.attempts > 0 && failed.from.empty()) failed.from = sender;
      failed.address = shown_address(sight, failed.address);
      failed.outcome.text = shown_text(sight, failed.outcome.text);
    }
  }
  return groups;
}

std::optional<std::int64_t> confirmations(const Office& office, std::int64_t message) {
  if (!store::message(office.store, message).ack) return std::nullopt;
  return static_cast<std::int64_t>(store::people_who_confirmed(office.store, message).size());
}

Table utilization(const Office& office, Instant from, Instant to) {
  std::vector<std::pair<std::string, Zone>> zones;
  for (const auto& school : roster::school_profiles(office.store, office.settings)) {
    zones.emplace_back(school.code, school.zone);
  }
  return report::utilization_table(office.store, school_in_sight(office), from, to, zones);
}

Table activity(const Office& office) {
  return report::activity_table(office.store, school_in_sight(office));
}

namespace {

struct Figure {
  const char* word;
  const char* title;
  /// Whom it counts, and of whom it is a share; the second may be empty.
  const char* expression;
  const char* of;
};

/// S4. Each figure is the number of people whom its expression names, so that its list is that audience.
constexpr std::array figures{
    Figure{"pupils", "Pupils", "pupil:all", ""},
    Figure{"prime-parent-email", "Pupils with a prime parent who has e-mail", "contactable:email",
           "pupil:all"},
    Figure{"prime-parent-mobile", "Pupils with a prime parent who has a mobile", "contactable:mobile",
           "pupil:all"},
    Figure{"prime-parent-any", "Pupils with a prime parent who has either", "contactable:any", "pupil:all"},
    Figure{"prime-parent-none", "Pupils without such a prime parent", "uncontactable:any", "pupil:all"},
    Figure{"contacts", "Contacts", "contact:all", ""},
    Figure{"contacts-email", "Contacts with e-mail", "contact:registered:email", "contact:all"},
    Figure{"contacts-mobile", "Contacts with a mobile", "contact:registered:mobile", "contact:all"},
    Figure{"contacts-wechat", "Contacts with WeChat", "contact:registered:wechat", "contact:all"},
    Figure{"contacts-messaged", "Contacts written to in the last 7 days", "contact:messaged:7d",
           "contact:all"},
    Figure{"staff", "Staff", "staff:all", ""}};

std::int64_t named_by(const Office& office, const char* expression) {
  try {
    return resolve_audience(office, {expression, {"self"}, {Channel::inbox}}, Category::informational)
        .matched;
  } catch (const Error& error) {
    if (error.exit() != Exit::nothing_there) throw;
    return 0;
  }
}

}  // namespace

ManagementReport management(const Office& office) {
  (void)school_in_sight(office);
  ManagementReport report;
  report.figures.name = "figures";
  report.figures.title = "Figures";
  report.figures.columns = {{"figure", "Figure"},
                            {"title", "What"},
                            {"count", "Count", ColumnKind::count},
                            {"of", "Of", ColumnKind::count},
                            {"percent", "Share", ColumnKind::percent},
                            {"audience", "Its list: crier resolve"}};
  std::map<std::string, std::int64_t> known;
  const auto count = [&](const char* expression) {
    const auto [found, fresh] = known.emplace(expression, 0);
    if (fresh) found->second = named_by(office, expression);
    return found->second;
  };
  for (const auto& one : figures) {
    const auto here = count(one.expression);
    Cell of, share;
    if (*one.of != '\0') {
      const auto all = count(one.of);
      of = all;
      if (all > 0) share = std::floor(static_cast<double>(here) * 1000 / static_cast<double>(all)) / 10;
    }
    report.figures.rows.push_back(
        {std::string(one.word), std::string(one.title), here, of, share, std::string(one.expression)});
  }
  report.figures.charts.push_back(
      {"Who can be reached", "How many people each figure counts.", "title", {"count"}});
  auto& issues = report.issues;
  issues.name = "issues";
  issues.title = "Open data issues";
  issues.columns = {
      {"kind", "Kind"}, {"count", "Open", ColumnKind::count, "", Tone::warning}, {"audience", "Its list"}};
  std::map<std::string, std::int64_t> by_kind;
  const auto open = issue_table(office, "", "open");
  for (std::size_t column = 0; column < open.columns.size(); ++column) {
    if (open.columns[column].name != "kind") continue;
    for (const auto& row : open.rows) ++by_kind[std::get<std::string>(row[column])];
  }
  for (const auto& [kind, number] : by_kind) issues.rows.push_back({kind, number, "issue:" + kind});
  return report;
}

report::DeliveryReport delivery_report(const Office& office, Instant from, Instant to) {
  auto report = report::delivery_report(office.store, school_in_sight(office), from, to);
  const auto sight = address_sight(office);
  if (sight == AddressSight::clear) return report;
  auto& table = report.deliveries;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const bool address = table.columns[i].name == "address";
    if (!address && table.columns[i].name != "response") continue;
    for (auto& row : table.rows) {
      if (auto* text = std::get_if<std::string>(&row[i])) {
        *text = address ? shown_address(sight, *text) : shown_text(sight, *text);
      }
    }
  }
  return report;
}

}  // namespace crier::office
