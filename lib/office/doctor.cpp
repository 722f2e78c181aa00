#include "office/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "office/adopting.hpp"
#include "office/deciding.hpp"
#include "office/finding_list.hpp"
#include "office/scheduling.hpp"
#include "office/templates.hpp"
#include "office/wallet.hpp"
#include "report/status.hpp"
#include "roster/schools.hpp"
#include "store/calendar_store.hpp"
#include "store/health_store.hpp"
#include "store/import_store.hpp"
#include "store/lease_store.hpp"
#include "store/schedule_store.hpp"

namespace crier::office {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

/// Nothing can go wrong so soon that a daemon would not have taken it up.
constexpr minutes usual_wait{15};
/// What has waited so long is not of a night's quiet hours.
constexpr hours far_too_long{24};
constexpr days looks_ahead{180};
/// A message that nobody has approved until then was forgotten.
constexpr hours approved_within{24};
/// A retention run is due each night; after so long nothing runs it.
constexpr days retention_within{30};
constexpr std::uint64_t little_room = 512ULL << 20;

std::string span_text(Millis span) {
  const auto whole = std::chrono::duration_cast<hours>(span).count();
  if (whole < 1) return fmt::format("{} minutes", std::chrono::duration_cast<minutes>(span).count());
  return whole < 48 ? fmt::format("{} hours", whole) : fmt::format("{} days", whole / 24);
}

class StoreExamination {
 public:
  explicit StoreExamination(const Office& office) : office_(office) {}

  std::vector<Finding> run() {
    look("schools", [this] { schools(); });
    look("store", [this] { store_file(); });
    look("disk", [this] { disk(); });
    look("daemon", [this] { worker(); });
    look("queue", [this] { queue(); });
    look("import", [this] { imports(); });
    look("source", [this] { sources(); });
    look("data-issues", [this] { data(); });
    look("holidays", [this] { calendar(); });
    look("retention", [this] { retention(); });
    look("wallet", [this] { wallet(); });
    if (!profiles_.empty()) {
      look("schedule", [this] { schedules(); });
      look("template", [this] { templates(); });
    }
    return list_.take();
  }

 private:
  /// A check that cannot be made is a finding, and the others are made nevertheless.
  template <typename Check>
  void look(std::string name, const Check& check) {
    try {
      check();
    } catch (const Error& error) {
      list_.add(finding_of(std::move(name), error));
    }
  }
  Instant now() const { return office_.clock.now(); }

  void schools() {
    try {
      profiles_ = roster::school_profiles(office_.store, office_.settings);
    } catch (const Error& error) {
      list_.add(finding_of(error.code() == "no-time-zone" ? "time-zone" : "schools", error));
      return;
    }
    if (profiles_.empty()) {
      list_.wrong("schools", "there is no school yet", "Run 'crier init' or import.");
      return;
    }
    std::vector<std::string> codes, zones;
    for (const auto& one : profiles_) {
      codes.push_back(one.code);
      if (std::find(zones.begin(), zones.end(), one.zone.name()) == zones.end())
        zones.push_back(one.zone.name());
    }
    list_.ok("schools", listed(codes));
    list_.ok("time-zone", listed(zones));
    std::vector<std::string> without_sender, without_portal;
    for (const auto& one : profiles_) {
      const auto* school = office_.settings.school(one.code);
      const bool named = !office_.settings.district.sender.email.empty() ||
                         (school != nullptr && !school->sender.email.empty());
      if (!named) without_sender.push_back(one.code);
      if (one.portal_url.empty()) without_portal.push_back(one.code);
    }
    if (without_sender.empty()) {
      list_.ok("sender", "every school has an address of its own");
    } else {
      list_.warn(
          "sender",
          fmt::format("e-mails of {} come from no-reply@{}", listed(without_sender), os::full_host_name()),
          "Set sender = { email = \"…\" } under [[school]] or [district].");
    }
    if (without_portal.empty()) {
      list_.ok("portal", "every school has a portal_url");
    } else {
      list_.warn("portal",
                 fmt::format("{} have no portal_url: short notices cannot say where to look",
                             listed(without_portal)),
                 "Set portal_url under [[school]] or [district].");
    }
  }

  void store_file() {
    for (auto& finding : check_store(office_)) {
      finding.check = "store-" + finding.check;
      list_.add(std::move(finding));
    }
    if (const auto original = copied_from(office_)) {
      list_.wrong("store-place", fmt::format("this store is a copy of {}, and sends nothing", *original),
                  "'crier store adopt --dry-run' shows what it would send.");
    }
    const auto file = office_.store.path();
    if (os::anybody_can_read(file)) {
      list_.warn("store-rights", fmt::format("anybody on this machine can read {}", file.string()),
                 fmt::format("chmod 640 {}; its folder should be closed to others, too.", file.string()));
    } else {
      list_.ok("store-rights", "others on this machine cannot read the store");
    }
  }

  void disk() {
    const auto free = os::free_bytes(office_.store.path().parent_path());
    const auto text = fmt::format("{} MiB are free beside the store", free >> 20);
    if (free < office_.settings.sending.keep_free) {
      list_.wrong("disk", text, "Make room: nothing but emergencies is queued or sent until there is more.");
    } else if (free < little_room) {
      list_.warn("disk", text, "Make room before it is full.");
    } else {
      list_.ok("disk", text);
    }
  }

  void worker() {
    const auto holder = store::lease_holder(office_.store);
    if (holder) {
      list_.ok("daemon", fmt::format("'{}' on {} (process {}) works this store", holder->holder, holder->host,
                                     holder->pid));
    } else {
      list_.warn("daemon", "nobody works this store at this moment",
                 "Start 'crier daemon', or let cron run 'crier daemon --once'.");
    }
    for (const auto& stop : report::stopped_channels(office_.store)) {
      const auto words = report::words_for(stop.cause, stop.channel);
      list_.wrong(
          "channel-" + std::string(to_text(stop.channel)),
          fmt::format("stopped for {}: {}. {}", span_text(now() - stop.since), stop.cause, words.meaning),
          std::string(words.remedy));
    }
    for (const auto& rest : report::resting_channels(office_.store)) {
      list_.warn("channel-" + std::string(to_text(rest.channel)),
                 fmt::format("has carried as much as {} allows, and rests until {}", rest.limit,
                             to_rfc3339(rest.until)),
                 "Wait, or raise the limit if the provider allows more.");
    }
  }

  void queue() {
    const auto age = store::queue_age(office_.store);
    const auto waits = age ? now() - age->oldest : Millis{};
    const auto text =
        age ? fmt::format("{} messages wait, the oldest for {}", age->deliveries, span_text(waits)) : "";
    if (waits > far_too_long) {
      list_.wrong("queue", text,
                  "See 'crier status'; let 'crier daemon' run, and mend what stops the channel.");
    } else if (waits > usual_wait) {
      list_.warn("queue", text, "See 'crier status'; is a daemon running, is a channel stopped?");
    } else {
      list_.ok("queue", age ? fmt::format("{} messages are on their way", age->deliveries) : "nothing waits");
    }
    const auto doubtful = store::count_in_doubt(office_.store);
    if (doubtful > 0) {
      list_.warn(
          "in-doubt", fmt::format("{} messages may have been delivered", doubtful),
          "'crier status JOB --recipients --state in-doubt' lists them, 'crier deliveries decide' ends it.");
    }
    const auto awaiting = awaiting_approval(office_);
    const auto forgotten = std::count_if(awaiting.begin(), awaiting.end(), [&](const auto& one) {
      return now() - one.created > approved_within;
    });
    if (forgotten > 0) {
      list_.warn("approval",
                 fmt::format("{} messages have waited for approval for more than a day", forgotten),
                 "See 'crier status --awaiting', then 'crier approve' or 'crier reject'.");
    }
  }

  void imports() {
    const auto ages = store::source_ages(office_.store);
    if (ages.empty()) {
      list_.warn("import", "nothing was ever imported", "Run 'crier import', see crier-import(1).");
      return;
    }
    for (const auto& age : ages) {
      const auto old = now() - age.started;
      const auto text = fmt::format("the data of '{}' are {} old", age.source, span_text(old));
      if (old > office_.settings.sending.stale_after) {
        list_.warn("import", text, fmt::format("Run the import of '{}', and let cron run it.", age.source));
      } else {
        list_.ok("import", text);
      }
    }
    for (const auto& [name, source] : office_.settings.imports) {
      const bool known =
          std::any_of(ages.begin(), ages.end(), [&](const auto& age) { return age.source == name; });
      if (!known) {
        list_.warn(
            "import", fmt::format("'{}' stands in the settings and was never imported", name),
            fmt::format("Run 'crier import --now {}', or take [import.{}] out of crier.toml.", name, name));
      }
    }
    if (const auto held = store::count_held_imports(office_.store); held > 0) {
      list_.warn("held-import", fmt::format("{} imports are held and wait for a decision", held),
                 "See 'crier import review'.");
    }
  }

  /// I1: what a source cannot tell is said, a court order above all.
  void sources() {
    for (const auto& one : store::sources_of_relationships(office_.store)) {
      if (one.court_orders > 0) {
        list_.ok("court-orders", fmt::format("'{}' tells of {}", one.source, one.court_orders));
      } else {
        list_.warn("court-orders",
                   fmt::format("none of the {} relationships of '{}' has a court order", one.relationships,
                               one.source),
                   "Make sure that its export tells them; crier-import(1) says how to map the column.");
      }
      if (one.relations == 0) {
        list_.warn(
            "relations",
            fmt::format("'{}' does not tell who is mother, father or guardian: '--to parent' finds nobody",
                        one.source),
            "Map the relation's column, or send with '--to associates'; crier-import(1) says how.");
      }
      if (one.priorities == 0) {
        list_.warn(
            "priorities",
            fmt::format("'{}' does not tell who is first contact: ranks and prime contacts mean nobody",
                        one.source),
            "Map the priority's column, or set prime under [import]; crier-import(1) says how.");
      }
    }
  }

  void data() {
    const auto open = store::count_open_issues(office_.store);
    if (open > 0) {
      list_.warn("data-issues", fmt::format("{} are open", open), "See 'crier issues list'.");
    } else {
      list_.ok("data-issues", "none is open");
    }
  }

  void calendar() {
    for (const auto& school : profiles_) {
      const auto today = Date(std::chrono::floor<days>(school.zone.local(now())).time_since_epoch() +
                              std::chrono::sys_days{});
      const auto until = Date(std::chrono::sys_days(today) + looks_ahead);
      const bool any = std::any_of(school.holidays.begin(), school.holidays.end(),
                                   [&](const Date& day) { return day >= today && day <= until; });
      if (any || school.quiet_hours.send_on_holidays) continue;
      list_.warn("holidays",
                 fmt::format("{} has no holiday in the next {} days", school.code, looks_ahead.count()),
                 fmt::format("crier --school {} calendar add FIRST LAST --reason …", school.code));
    }
  }

  /// P1: nothing is let go by itself where nothing runs it.
  void retention() {
    const auto last = store::last_retention(office_.store);
    const auto oldest = store::oldest_message(office_.store);
    const auto since = last ? last : oldest;
    if (!since || now() - *since < retention_within) {
      list_.ok("retention",
               last ? fmt::format("ran {} ago", span_text(now() - *last)) : "nothing is old yet");
      return;
    }
    list_.warn("retention",
               last ? fmt::format("old data were last let go {} ago", span_text(now() - *last))
                    : fmt::format("old data were never let go; the oldest message is {} old",
                                  span_text(now() - *since)),
               "Let cron run 'crier retention run', or make a schedule of kind retention.");
  }

  void wallet() {
    for (auto& finding : examine_wallets(office_)) list_.add(std::move(finding));
  }

  void schedules() {
    for (const auto& finding : check_schedules(office_)) {
      if (finding.message.empty()) {
        list_.ok("schedule", finding.schedule);
      } else {
        list_.wrong("schedule", finding.message, finding.hint);
      }
    }
    for (const auto& line : list_schedules(office_)) {
      if (!line.schedule.enabled || line.last_outcome != store::to_text(store::OccurrenceOutcome::failed))
        continue;
      list_.warn("schedule-run",
                 fmt::format("the last run of '{}' failed, {} ago", line.schedule.name,
                             span_text(now() - *line.last)),
                 fmt::format("'crier schedule show {}' tells its runs, 'crier report audit' why.",
                             line.schedule.name));
    }
  }

  void templates() {
    for (const auto& finding : check_templates(office_, "")) {
      if (finding.level.empty()) {
        list_.ok("template", finding.name);
      } else if (finding.level == "error") {
        list_.wrong("template", finding.message, finding.hint);
      } else {
        list_.warn("template", fmt::format("{}: {}", finding.name, finding.message), finding.hint);
      }
    }
  }

  static std::string listed(std::vector<std::string> codes) {
    constexpr std::size_t most = 5;
    const auto count = codes.size();
    if (count > most) codes.resize(most);
    return join(codes, ", ") + (count > most ? fmt::format(" and {} more", count - most) : "");
  }

  const Office& office_;
  std::vector<roster::SchoolProfile> profiles_;
  FindingList list_;
};

}  // namespace

Finding finding_of(std::string check, const Error& error) {
  return {std::move(check), "error", error.message(), error.hint()};
}

std::vector<Finding> examine_store(const Office& office) {
  require(office, Act::look);
  return StoreExamination(office).run();
}

}  // namespace crier::office
