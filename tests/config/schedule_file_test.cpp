#include "config/schedule_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/os.hpp"

using namespace crier;
using namespace crier::config;

namespace {

namespace fs = std::filesystem;
using std::chrono::days;

constexpr std::string_view least = "name = \"a\"\nkind = \"missing-assignments\"\n";

Schedule parse(std::string_view rest) {
  return parse_schedule(std::string(least) + std::string(rest), "schedules/a.toml");
}

Error refusal_of(std::string_view toml) {
  try {
    parse_schedule(toml, "schedules/a.toml");
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::usage);
    return error;
  }
  FAIL("accepted: " << toml);
  return Error(Exit::defect, "", "", "");
}

/// With all that is needed before it: the faulty line is the fourth.
Error refusal(std::string_view line) {
  return refusal_of(std::string(least) + "start = 2026-09-07T16:00:00\n" + std::string(line));
}

}  // namespace

TEST_CASE("T1: a schedule file is read whole") {
  const auto schedule = parse_schedule(R"(
name = "missing-weekly"
kind = "missing-assignments"             # failing-assignments …
enabled = false
school = "CAM"
start = 2026-09-07T16:00:00              # local to the school
frequency = "weekly"
missed = "skip"
for = "year:9 or year:10"
to = "parent"
via = ["email", "inbox"]
begin_due = "-7d"
end_due = "0d"
failing_percent = 60                     # failing-assignments
include_previously_reported = true
confirmation_email = true
template = "missing-assignments"         # or subject = "…" and body = "…"
quiet_hours = "skip"
)",
                                       "schedules/missing-weekly.toml");
  CHECK(schedule.file == "schedules/missing-weekly.toml");
  CHECK(schedule.name == "missing-weekly");
  CHECK(schedule.kind == NoticeKind::missing_assignments);
  CHECK_FALSE(schedule.enabled);
  CHECK(schedule.school == "CAM");
  CHECK(to_iso(schedule.start) == "2026-09-07T16:00:00");
  CHECK(schedule.frequency == Frequency::weekly);
  CHECK_FALSE(schedule.cron);
  CHECK(schedule.missed == MissedRule::skip);
  CHECK(schedule.expression == "year:9 or year:10");
  CHECK(schedule.to == std::vector<std::string>{"parent"});
  CHECK(schedule.via == std::vector<Channel>{Channel::email, Channel::inbox});
  CHECK(schedule.begin_due == DueBound(days(-7)));
  CHECK(schedule.end_due == DueBound(days(0)));
  CHECK(schedule.include_previously_reported);
  CHECK(schedule.confirmation_email);
  CHECK(schedule.quiet_hours == QuietRule::skip);
}

TEST_CASE("T1: what a schedule does not say has its default") {
  const auto schedule = parse("cron = \"0 16 * * fri\"\n");
  CHECK(schedule.enabled);
  CHECK(schedule.school.empty());
  CHECK(schedule.cron->text() == "0 16 * * fri");
  CHECK(schedule.missed == MissedRule::run_late);
  CHECK(schedule.expression == "all");
  CHECK(schedule.to == std::vector<std::string>{"parent"});
  CHECK(schedule.via == std::vector<Channel>{Channel::email});
  CHECK(schedule.begin_due == DueBound(days(-14)));
  CHECK(schedule.end_due == DueBound(days(-1)));
  CHECK(schedule.failing_percent == 60);
  CHECK_FALSE(schedule.include_previously_reported);
  CHECK(schedule.quiet_hours == QuietRule::hold);
  CHECK(schedule.subject.empty());
}

TEST_CASE("T1: start without frequency runs once, lists may have commas, dates may be fixed") {
  const auto schedule = parse(R"(start = 2026-09-07
to = "parent, rank1"
via = "email,inbox,email"
begin_due = 2026-09-01
end_due = "2026-09-30"
subject = "Work"
body = """
Dear {{name}},
"""
)");
  CHECK(schedule.frequency == Frequency::once);
  CHECK(to_iso(schedule.start) == "2026-09-07T00:00:00");
  CHECK(schedule.to == std::vector<std::string>{"parent", "rank1"});
  CHECK(schedule.via == std::vector<Channel>{Channel::email, Channel::inbox});
  CHECK(schedule.begin_due == DueBound(parse_date("2026-09-01").value()));
  CHECK(schedule.end_due == DueBound(parse_date("2026-09-30").value()));
  CHECK(schedule.body == "Dear {{name}},\n");
}

TEST_CASE("T1: a fault names file, line, key and the nearest known one") {
  const auto error = refusal("frequancy = \"weekly\"");
  CHECK(error.code() == "unknown-key");
  CHECK(error.message() == "schedules/a.toml:4: unknown key 'frequancy'; did you mean 'frequency'?");
  CHECK(refusal("frequency = \"weakly\"").message() ==
        "schedules/a.toml:4: 'frequency' is 'weakly'; did you mean 'weekly'?");
  for (const auto* bad :
       {"begin_due = \"-14\"", "begin_due = -14", "begin_due = \"0d\"", "end_due = \"-15d\"",
        "begin_due = 2026-10-02\nend_due = 2026-10-01", "begin_due = \"2026-02-30\"", "failing_percent = 101",
        "failing_percent = \"60\"", "failing_percent = nan", "enabled = \"yes\"", "via = \"emial\"",
        "via = []", "to = \"parent,,rank1\"", "missed = \"late\"", "quiet_hours = true",
        "frequency = \"daily\"\ncron = \"@daily\"", "for = \"\"",
        "template = \"missing-assignments\"\nsubject = \"a\"\nbody = \"b\"",
        "subject = "
        "\"12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
        "901\"\nbody = \"b\""}) {
    CAPTURE(bad);
    const auto fault = refusal(bad);
    CHECK(fault.code() == "bad-value");
    CHECK(fault.message().starts_with("schedules/a.toml:"));
    CHECK_FALSE(fault.hint().empty());
  }
  CHECK(refusal("subject = \"alone\"").code() == "missing-key");
  CHECK(refusal("template = \"my-own\"").code() == "not-supported-yet");
}

TEST_CASE("T1: name, kind and start are checked") {
  CHECK(refusal_of("kind = \"missing-assignments\"\nstart = 2026-09-07T16:00:00").code() == "missing-key");
  CHECK(refusal_of("name = \"Missing Weekly\"\nkind = \"missing-assignments\"").code() == "bad-value");
  CHECK(refusal_of("name = \"a\"\nstart = 2026-09-07T16:00:00").code() == "missing-key");
  CHECK(refusal_of(least).message() == "schedules/a.toml:1: 'start' is missing");
  CHECK(refusal_of(std::string(least) + "frequency = \"daily\"").code() == "missing-key");
  CHECK(refusal_of(std::string(least) + "start = 2026-09-07T16:00:00+01:00").message() ==
        "schedules/a.toml:3: 'start' has an offset");
  CHECK(refusal_of(std::string(least) + "start = \"soon\"").code() == "bad-value");
  CHECK(refusal_of(std::string(least) + "cron = \"0 25 * * *\"").message() ==
        "schedules/a.toml:3: cron: '25' as hour is not within 0-23");
}

TEST_CASE("T1: an unknown kind names the nearest, and all there are") {
  const auto typo = refusal_of("name = \"a\"\nkind = \"mising-assignments\"\nstart = 2026-09-07");
  CHECK(typo.message() ==
        "schedules/a.toml:2: 'kind' is 'mising-assignments'; did you mean 'missing-assignments'?");
  CHECK(typo.hint() ==
        "Kinds that work: missing-assignments, failing-assignments, attendance, behaviour, payment-due, "
        "payment-overdue, birthday, survey, message, import, report, retention.");
}

namespace {

Schedule of_kind(std::string_view kind, std::string_view rest = "") {
  return parse_schedule(
      "name = \"a\"\nkind = \"" + std::string(kind) + "\"\nstart = 2026-09-07\n" + std::string(rest),
      "schedules/a.toml");
}

Error refusal_of_kind(std::string_view kind, std::string_view rest) {
  return refusal_of("name = \"a\"\nkind = \"" + std::string(kind) + "\"\nstart = 2026-09-07\n" +
                    std::string(rest));
}

}  // namespace

TEST_CASE("T1, T5: each kind has the days that it looks at") {
  const auto span = [](std::string_view kind) {
    const auto schedule = of_kind(kind);
    return std::pair(std::get<days>(schedule.begin_due).count(), std::get<days>(schedule.end_due).count());
  };
  CHECK(span("attendance") == std::pair<std::int64_t, std::int64_t>(0, 0));
  CHECK(span("behaviour") == std::pair<std::int64_t, std::int64_t>(-6, 0));
  CHECK(span("payment-due") == std::pair<std::int64_t, std::int64_t>(0, 7));
  CHECK(span("payment-overdue") == std::pair<std::int64_t, std::int64_t>(-365, -1));
  CHECK(span("birthday") == std::pair<std::int64_t, std::int64_t>(0, 0));
}

TEST_CASE("T1, T5: keys of one kind") {
  const auto absence = of_kind("attendance", "absences = \"all\"\ngrace = \"20m\"\ncorrection = false");
  CHECK(absence.absences == Absences::all);
  CHECK(absence.grace == std::chrono::minutes(20));
  CHECK_FALSE(absence.correction);
  CHECK(of_kind("attendance").absences == Absences::unexplained);
  CHECK(of_kind("behaviour", "incidents = [\"Detention\", \"Merit\"]").incidents ==
        std::vector<std::string>{"detention", "merit"});
  const auto survey = of_kind("survey", "survey = \"Parents 2026\"");
  CHECK(survey.to == std::vector<std::string>{"self"});
  CHECK(survey.expression ==
        "survey:\"Parents 2026\"/open or contact:survey:\"Parents 2026\"/open or staff:survey:\"Parents "
        "2026\"/open");
  CHECK(of_kind("survey", "survey = \"X\"\nfor = \"year:9\"\nrespondents = \"all\"").expression ==
        "(year:9) and (survey:\"X\" or contact:survey:\"X\" or staff:survey:\"X\")");
  CHECK(of_kind("message", "template = \"term-dates\"").template_name == "term-dates");
  CHECK(of_kind("message", "subject = \"S\"\nbody = \"B\"").subject == "S");
  CHECK(refusal_of_kind("survey", "").code() == "missing-key");
  CHECK(refusal_of_kind("message", "").code() == "missing-key");
  CHECK(refusal_of_kind("message", "template = \"t\"\nsubject = \"S\"\nbody = \"B\"").code() == "bad-value");
  CHECK(refusal_of_kind("attendance", "grace = \"2d\"").code() == "bad-value");
  CHECK(refusal_of_kind("birthday", "grace = \"20m\"").message() ==
        "schedules/a.toml:4: 'grace' belongs to schedules of kind attendance, not birthday");
  CHECK(refusal_of_kind("attendance", "survey = \"X\"").code() == "unknown-key");
}

TEST_CASE("T1: a folder is loaded by name, its broken files and twins set aside") {
  const auto folder = fs::temp_directory_path() / ("crier-schedules-" + os::random_hex(8));
  CHECK(load_schedules(folder).schedules.empty());
  fs::create_directories(folder);
  const auto write = [&](const char* file, const char* name, const char* rest) {
    os::write_file_whole(
        folder / file,
        "name = \"" + std::string(name) + "\"\nkind = \"failing-assignments\"\nstart = 2026-09-07\n" + rest);
  };
  write("1.toml", "zeta", "");
  write("2.toml", "alpha", "");
  write("3.toml", "twin", "");
  write("4.toml", "twin", "");
  write("5.toml", "broken", "wrong = 1");
  write("6.toml.bak", "unseen", "");
  write(".7.toml", "hidden", "");
  const auto loaded = load_schedules(folder);
  fs::remove_all(folder);
  REQUIRE(loaded.schedules.size() == 2);
  CHECK(loaded.schedules[0].name == "alpha");
  CHECK(loaded.schedules[1].name == "zeta");
  REQUIRE(loaded.broken.size() == 3);
  CHECK(loaded.broken[0].message.find("the name 'twin' is also that of 4.toml") != std::string::npos);
  CHECK(loaded.broken[1].message.find("the name 'twin' is also that of 3.toml") != std::string::npos);
  CHECK(loaded.broken[2].message.find("5.toml:4: unknown key 'wrong'") != std::string::npos);
}

TEST_CASE("T1: the schedules that crier ships with are sound") {
  const auto shipped = load_schedules(CRIER_SOURCE_DIR "/schedules");
  for (const auto& broken : shipped.broken) FAIL_CHECK(broken.message);
  REQUIRE(shipped.schedules.size() == 5);
  CHECK(shipped.schedules[0].name == "absence-morning");
  CHECK(shipped.schedules[0].kind == NoticeKind::attendance);
  CHECK(shipped.schedules[1].name == "failing-weekly");
  CHECK(shipped.schedules[1].kind == NoticeKind::failing_assignments);
  CHECK(shipped.schedules[2].name == "missing-weekly");
  CHECK(shipped.schedules[2].kind == NoticeKind::missing_assignments);
  CHECK(shipped.schedules[3].name == "payments-overdue");
  CHECK(shipped.schedules[3].kind == NoticeKind::payment_overdue);
  CHECK(shipped.schedules[4].kind == NoticeKind::report);
}

TEST_CASE("T5: an import names its source, a report what it is and who gets it") {
  const auto sync = of_kind("import", "source = \"mis\"\nconfirmation_email = true\n");
  CHECK(sync.kind == NoticeKind::import_source);
  CHECK(sync.source == "mis");
  CHECK(sync.confirmation_email);
  const auto report =
      of_kind("report", "report = \"issues\"\nmail_to = \"head@Example.ORG, it@example.org\"\n");
  CHECK(report.report == ReportName::issues);
  CHECK(report.format == ReportForm::csv);
  CHECK(report.report_days == days(7));
  CHECK(report.mail_to == std::vector<std::string>{"head@example.org", "it@example.org"});
  CHECK(of_kind("report", "report = \"delivery\"\nformat = \"html\"\ndays = 30\nmail_to = \"a@b.example\"\n")
            .format == ReportForm::html);
}

TEST_CASE("T5: what belongs to notices is refused in an import or a report, and the other way round") {
  for (const auto* line : {"for = \"all\"", "to = \"parent\"", "via = \"sms\"", "begin_due = \"-1d\"",
                           "subject = \"S\"", "template = \"x\"", "quiet_hours = \"hold\"",
                           "failing_percent = 50", "include_previously_reported = true"}) {
    CAPTURE(line);
    CHECK(refusal_of_kind("import", "source = \"mis\"\n" + std::string(line)).code() == "unknown-key");
    CHECK(refusal_of_kind("report", "report = \"issues\"\nmail_to = \"a@b.example\"\n" + std::string(line))
              .code() == "unknown-key");
  }
  CHECK(refusal_of_kind("message", "subject = \"S\"\nbody = \"B\"\nsource = \"mis\"").code() ==
        "unknown-key");
  CHECK(refusal_of_kind("import", "source = \"mis\"\ndays = 3").code() == "unknown-key");
  CHECK(refusal_of_kind("import", "").code() == "missing-key");
  CHECK(of_kind("retention").kind == NoticeKind::retention);
  CHECK(refusal_of_kind("retention", "to = \"parent\"").code() == "unknown-key");
  CHECK(refusal_of_kind("report", "report = \"issues\"").code() == "missing-key");
}
