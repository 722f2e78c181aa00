#include "office/looking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/error.hpp"
#include "message/sms.hpp"
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

report::Utilization utilization(const Office& office, Instant from, Instant to) {
  report::UtilizationRequest request{school_in_sight(office), from, to};
  for (const auto& school : roster::school_profiles(office.store, office.settings)) {
    request.zones.emplace_back(school.code, school.zone);
  }
  request.wallet = office.settings.wallet.has_value();
  if (auto price = office.settings.channel(Channel::sms).price; !price.empty()) {
    request.price_of_segment = [price = std::move(price)](std::string_view e164) {
      return message::price_of_segment(price, e164);
    };
  }
  return report::utilization(office.store, request);
}

config::Term current_term(const Office& office) {
  const auto schools = roster::school_profiles(office.store, office.settings);
  const auto seen = school_in_sight(office);
  const roster::SchoolProfile* school = schools.size() == 1 ? &schools.front() : nullptr;
  for (const auto& one : schools) {
    if (one.id == seen) school = &one;
  }
  const auto* set = school != nullptr ? office.settings.school(school->code) : nullptr;
  const auto& terms = set != nullptr && !set->terms.empty() ? set->terms : office.settings.district.terms;
  const auto of = school != nullptr ? school->code : std::string("the district");
  if (terms.empty()) {
    const bool which = school == nullptr && std::ranges::any_of(office.settings.schools, [](const auto& one) {
                         return !one.terms.empty();
                       });
    throw Error(Exit::usage, "no-term", fmt::format("--term: the settings name no terms of {}", of),
                which ? "Name a school with --school, or add [[district.term]] to crier.toml."
                      : "Add [[school.term]] with name, from and to to crier.toml, or give --from and --to.");
  }
  const auto today = std::chrono::floor<std::chrono::days>((school != nullptr ? school->zone
                                                            : office.settings.district.timezone.empty()
                                                                ? Zone::utc()
                                                                : Zone(office.settings.district.timezone))
                                                               .local(office.clock.now()));
  const config::Term* found = nullptr;
  for (const auto& term : terms) {
    if (std::chrono::local_days(term.first) <= today) found = &term;
  }
  if (found != nullptr) return *found;
  throw Error(
      Exit::usage, "no-term", fmt::format("--term: no term of {} has begun by {}", of, to_iso(Date(today))),
      fmt::format("The first in crier.toml, {}, begins on {}: add earlier ones, or give --from and --to.",
                  terms.front().name, to_iso(terms.front().first)));
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

ManagementReport management(const Office& office,
                            const std::function<void(std::int64_t, std::int64_t)>& between) {
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
    if (between) between(static_cast<std::int64_t>(report.figures.rows.size()), figures.size());
  }
  report.figures.charts.push_back(
      {"Who can be reached", "How many people each figure counts.", {"title"}, {"count"}});
  report.issues = issue_kinds_table(issue_table(office, "", "open"));
  report.issues.name = "issues";
  return report;
}

namespace {

/// M7: addresses as whoever looks may see them.
void mask(Table& table, AddressSight sight) {
  if (sight == AddressSight::clear) return;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const bool address = table.columns[i].name == "address";
    if (!address && table.columns[i].name != "response") continue;
    for (auto& row : table.rows) {
      if (auto* text = std::get_if<std::string>(&row[i])) {
        *text = address ? shown_address(sight, *text) : shown_text(sight, *text);
      }
    }
  }
}

}  // namespace

report::DeliveryReport delivery_report(const Office& office, Instant from, Instant to) {
  const auto school = school_in_sight(office);
  const store::Snapshot moment(office.store);
  auto report = report::delivery_report(office.store, school, from, to);
  report::add_latest_deliveries(office.store, report);
  mask(report.deliveries, address_sight(office));
  return report;
}

void delivery_pages(const Office& office, Instant from, Instant to,
                    const std::function<void(const report::DeliveryReport&)>& begin,
                    const std::function<void(const Table&)>& take) {
  const auto school = school_in_sight(office);
  const auto sight = address_sight(office);
  const store::Snapshot moment(office.store);
  const auto report = report::delivery_report(office.store, school, from, to);
  begin(report);
  report::delivery_pages(office.store, report, [&](Table& page) {
    mask(page, sight);
    take(page);
  });
}

}  // namespace crier::office
