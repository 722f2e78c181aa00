#include "office/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "office/adopting.hpp"
#include "office/permission.hpp"
#include "office/scheduling.hpp"
#include "office/templates.hpp"
#include "report/status.hpp"
#include "roster/schools.hpp"
#include "store/calendar_store.hpp"
#include "store/health_store.hpp"
#include "store/import_store.hpp"
#include "store/lease_store.hpp"
#include "transport/probe.hpp"

namespace crier::office {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

/// Nothing can go wrong so soon that a daemon would not have taken it up.
constexpr minutes usual_wait{15};
constexpr days looks_ahead{180};
constexpr std::uint64_t little_room = 512ULL << 20;

std::string span_text(Millis span) {
  const auto whole = std::chrono::duration_cast<hours>(span).count();
  if (whole < 1) return fmt::format("{} minutes", std::chrono::duration_cast<minutes>(span).count());
  return whole < 48 ? fmt::format("{} hours", whole) : fmt::format("{} days", whole / 24);
}

class Examination {
 public:
  explicit Examination(const Office& office) : office_(office) {}

  std::vector<Finding> run() {
    settings();
    schools();
    store_file();
    disk();
    worker();
    queue();
    imports();
    sources();
    data();
    calendar();
    schedules();
    templates();
    return std::move(findings_);
  }

 private:
  void ok(std::string check, std::string message) {
    findings_.push_back({std::move(check), "ok", std::move(message), ""});
  }
  void warn(std::string check, std::string message, std::string remedy) {
    findings_.push_back({std::move(check), "warning", std::move(message), std::move(remedy)});
  }
  void wrong(std::string check, std::string message, std::string remedy) {
    findings_.push_back({std::move(check), "error", std::move(message), std::move(remedy)});
  }
  Instant now() const { return office_.clock.now(); }

  void settings() {
    const auto& set = office_.settings;
    if (set.file.empty()) {
      warn("settings", "there is no settings file: everything goes to files in a folder",
           "Write one with 'crier init', or name it with --config.");
    } else {
      ok("settings", set.file.string());
    }
    if (const auto clock = os::environment("CRIER_CLOCK")) {
      warn("clock", fmt::format("CRIER_CLOCK is set ({}): crier does not go by the real time", *clock),
           "Take it out of the environment, but for rehearsals.");
    }
    if (set.sending.sandbox) {
      warn("sandbox", "the sandbox lets only some addresses through",
           "Take sandbox out from under [sending] when you are done trying.");
    }
    if (set.sending.public_url.empty()) {
      warn("public-url", "there are no pages for opting out with one click, nor for confirming",
           "Set public_url under [sending] to the address at which the daemon is reached.");
    } else if (!set.sending.public_url.starts_with("https://")) {
      warn("public-url",
           fmt::format("{} is not encrypted: mail programs offer no one-click opt-out",
                       set.sending.public_url),
           "Put the daemon behind a server with https.");
    } else {
      ok("public-url", set.sending.public_url);
    }
    if (set.district.error_reports_to.empty()) {
      warn("error-reports", "nobody is told by e-mail when messages fail",
           "Set error_reports_to under [district].");
    } else {
      ok("error-reports", "go to " + shown_address(address_sight(office_), set.district.error_reports_to));
    }
  }

  void schools() {
    try {
      profiles_ = roster::school_profiles(office_.store, office_.settings);
    } catch (const Error& error) {
      wrong("schools", error.message(), error.hint());
      return;
    }
    if (profiles_.empty()) {
      wrong("schools", "there is no school yet", "Run 'crier init' or import.");
      return;
    }
    ok("schools", fmt::format("{}, each with a time zone", profiles_.size()));
    std::vector<std::string> without_sender, without_portal;
    for (const auto& one : profiles_) {
      const auto* school = office_.settings.school(one.code);
      const bool named = !office_.settings.district.sender.email.empty() ||
                         (school != nullptr && !school->sender.email.empty());
      if (!named) without_sender.push_back(one.code);
      if (one.portal_url.empty()) without_portal.push_back(one.code);
    }
    if (without_sender.empty()) {
      ok("sender", "every school has an address of its own");
    } else {
      warn("sender",
           fmt::format("e-mails of {} come from no-reply@{}", listed(without_sender), os::full_host_name()),
           "Set sender = { email = \"…\" } under [[school]] or [district].");
    }
    if (without_portal.empty()) {
      ok("portal", "every school has a portal_url");
    } else {
      warn("portal",
           fmt::format("{} have no portal_url: short notices cannot say where to look",
                       listed(without_portal)),
           "Set portal_url under [[school]] or [district].");
    }
  }

  void store_file() {
    for (auto& finding : check_store(office_)) {
      finding.check = "store-" + finding.check;
      findings_.push_back(std::move(finding));
    }
    if (const auto original = copied_from(office_)) {
      wrong("store-place", fmt::format("this store is a copy of {}, and sends nothing", *original),
            "'crier store adopt --dry-run' shows what it would send.");
    }
  }

  void disk() {
    const auto free = os::free_bytes(office_.store.path().parent_path());
    const auto text = fmt::format("{} MiB are free beside the store", free >> 20);
    if (free < office_.settings.sending.keep_free) {
      wrong("disk", text, "Make room: nothing but emergencies is queued or sent until there is more.");
    } else if (free < little_room) {
      warn("disk", text, "Make room before it is full.");
    } else {
      ok("disk", text);
    }
  }

  void worker() {
    const auto holder = store::lease_holder(office_.store);
    if (holder) {
      ok("daemon",
         fmt::format("'{}' on {} (process {}) works this store", holder->holder, holder->host, holder->pid));
    } else {
      warn("daemon", "nobody works this store at this moment",
           "Start 'crier daemon', or let cron run 'crier daemon --once'.");
    }
    for (const auto& stop : report::stopped_channels(office_.store)) {
      const auto words = report::words_for(stop.cause);
      wrong("channel-" + std::string(to_text(stop.channel)),
            fmt::format("stopped for {}: {}. {}", span_text(now() - stop.since), stop.cause, words.meaning),
            std::string(words.remedy));
    }
    for (const auto& rest : report::resting_channels(office_.store)) {
      warn("channel-" + std::string(to_text(rest.channel)),
           fmt::format("has carried as much as {} allows, and rests until {}", rest.limit,
                       to_rfc3339(rest.until)),
           "Wait, or raise the limit if the provider allows more.");
    }
  }

  void queue() {
    const auto age = store::queue_age(office_.store);
    if (age && now() - age->oldest > usual_wait) {
      warn(
          "queue",
          fmt::format("{} messages wait, the oldest for {}", age->deliveries, span_text(now() - age->oldest)),
          "See 'crier status'; is a daemon running, is a channel stopped?");
    } else {
      ok("queue", age ? fmt::format("{} messages are on their way", age->deliveries) : "nothing waits");
    }
    const auto doubtful = store::count_in_doubt(office_.store);
    if (doubtful > 0) {
      warn("in-doubt", fmt::format("{} messages may have been delivered", doubtful),
           "'crier status JOB --recipients --state in-doubt' lists them, 'crier deliveries decide' ends it.");
    }
  }

  void imports() {
    const auto ages = store::source_ages(office_.store);
    if (ages.empty()) {
      warn("import", "nothing was ever imported", "Run 'crier import', see crier-import(1).");
      return;
    }
    for (const auto& age : ages) {
      const auto old = now() - age.started;
      const auto text = fmt::format("the data of '{}' are {} old", age.source, span_text(old));
      if (old > office_.settings.sending.stale_after) {
        warn("import", text, fmt::format("Run the import of '{}', and let cron run it.", age.source));
      } else {
        ok("import", text);
      }
    }
    if (const auto held = store::count_held_imports(office_.store); held > 0) {
      warn("held-import", fmt::format("{} imports are held and wait for a decision", held),
           "See 'crier import review'.");
    }
  }

  /// I1: what a source cannot tell is said, a court order above all.
  void sources() {
    for (const auto& one : store::sources_of_relationships(office_.store)) {
      if (one.court_orders > 0) {
        ok("court-orders", fmt::format("'{}' tells of {}", one.source, one.court_orders));
      } else {
        warn("court-orders",
             fmt::format("none of the {} relationships of '{}' has a court order", one.relationships,
                         one.source),
             "Make sure that its export tells them; crier-import(1) says how to map the column.");
      }
    }
  }

  void data() {
    const auto open = store::count_open_issues(office_.store);
    if (open > 0) {
      warn("data-issues", fmt::format("{} are open", open), "See 'crier issues list'.");
    } else {
      ok("data-issues", "none is open");
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
      warn("holidays", fmt::format("{} has no holiday in the next {} days", school.code, looks_ahead.count()),
           fmt::format("crier --school {} calendar add FIRST LAST --reason …", school.code));
    }
  }

  void schedules() {
    for (const auto& finding : check_schedules(office_)) {
      if (finding.message.empty()) {
        ok("schedule", finding.schedule);
      } else {
        wrong("schedule", finding.message, finding.hint);
      }
    }
  }

  void templates() {
    for (const auto& finding : check_templates(office_, "")) {
      if (finding.level.empty()) {
        ok("template", finding.name);
      } else if (finding.level == "error") {
        wrong("template", finding.message, finding.hint);
      } else {
        warn("template", fmt::format("{}: {}", finding.name, finding.message), finding.hint);
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
  std::vector<Finding> findings_;
};

Finding of_relay(const transport::ProbedRelay& relay) {
  const auto where = fmt::format("{}:{}", relay.host, relay.port);
  if (!relay.failure) return {"smtp", "ok", fmt::format("{} lets us in", where), ""};
  const auto words = report::words_for(relay.failure->cause);
  return {"smtp", "error",
          fmt::format("{}: {} {}{}", where, relay.failure->cause, words.meaning,
                      relay.failure->text.empty() ? "" : fmt::format(" ({})", relay.failure->text)),
          std::string(words.remedy)};
}

}  // namespace

std::vector<Finding> examine_offline(const Office& office) {
  require(office, Act::look);
  return Examination(office).run();
}

std::vector<Finding> examine_gateways(const Office& office) {
  require(office, Act::look);
  std::vector<Finding> findings;
  for (const auto& [channel, settings] : office.settings.channels) {
    if (settings.kind != config::ChannelKind::smtp) continue;
    if (!settings.password_fault.empty()) {
      findings.push_back(
          {"smtp", "error", settings.password_fault, "Put the password where the settings say it is."});
      continue;
    }
    for (const auto& relay : transport::probe_smtp(settings)) findings.push_back(of_relay(relay));
  }
  return findings;
}

}  // namespace crier::office
