#include "schedule/digest.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "message/limits.hpp"
#include "schedule/notice_fixture.hpp"

using namespace crier;
using test::codes;
using test::has;
using test::Names;
using test::SchoolFixture;
using test::weekly;

TEST_CASE_FIXTURE(SchoolFixture, "T3: work marked below the percentage is told with the mark") {
  const auto work = book.assignment(maths.id(), "Fractions", "2026-11-20", 20.0);
  const auto row = book.mark(work, ada.id(), "graded", 11.9);
  auto schedule = weekly(config::NoticeKind::failing_assignments);
  const auto notice = run(schedule);
  REQUIRE(codes(notice) == Names{"C-1"});
  CHECK(notice.subject == "Failing assignments: School CAM");
  const auto& body = notice.recipients[0].bodies.at(Channel::email);
  CHECK(has(body, "the following work was marked below 60 %."));
  CHECK(has(body, "    - Fractions, due Fri 20 Nov 2026: 59.5 % (11.9 of 20)\n"));
  schedule.failing_percent = 59.5;
  CHECK(run(schedule).recipients.empty());
  schedule.failing_percent = 60;
  for (const auto* status : {"exempt", "submitted", "partial", "not-submitted"}) {
    CAPTURE(status);
    book.change_mark(row, status);
    CHECK(run(schedule).recipients.empty());
  }
}

TEST_CASE_FIXTURE(SchoolFixture, "T2: the schedule's own words stand before the list") {
  missing(ada);
  auto schedule = weekly();
  schedule.subject = "Homework";
  schedule.body = "Dear parents,\nplease look at this list.\n";
  const auto notice = run(schedule);
  CHECK(notice.subject == "Homework");
  CHECK(notice.body == "Dear parents,\nplease look at this list.");
  const auto& body = notice.recipients.at(0).bodies.at(Channel::email);
  CHECK(body.starts_with("Dear parents,\nplease look at this list.\n\nAda Dyer, 9B\n"));
  CHECK(!has(body, "gradebook"));
}

TEST_CASE_FIXTURE(SchoolFixture, "T2, M1: each channel carries the digest in its own form") {
  mary.mobile("+447400123456");
  roster.store();
  settings.district.portal_url = "https://portal.example.org";
  missing(ada, "Fractions");
  missing(ada, "Angles");
  missing(ben, "Circles");
  auto schedule = weekly();
  schedule.via = {Channel::email, Channel::sms, Channel::wechat, Channel::inbox, Channel::voice};
  const auto notice = run(schedule);
  REQUIRE(notice.recipients.size() == 1);
  const auto& bodies = notice.recipients[0].bodies;
  REQUIRE(bodies.size() == 5);
  CHECK(bodies.at(Channel::sms) ==
        "School CAM. Missing assignments: Ada 2, Ben 1. Details: https://portal.example.org");
  CHECK(bodies.at(Channel::voice) ==
        "School CAM. Missing assignments: Ada 2, Ben 1. Details are in your e-mail.");
  CHECK(bodies.at(Channel::wechat) ==
        "School CAM\n"
        "Missing assignments: Ada 2, Ben 1\n"
        "Ada Dyer, 9B\n"
        "- 9X/Ma1: Angles, due Fri 20 Nov 2026\n"
        "- 9X/Ma1: Fractions, due Fri 20 Nov 2026\n"
        "Ben Dyer, 7A\n"
        "- 9X/Ma1: Circles, due Fri 20 Nov 2026\n"
        "Details: https://portal.example.org");
  CHECK(has(bodies.at(Channel::inbox), "More in the portal: https://portal.example.org\n"));
  CHECK(!has(bodies.at(Channel::inbox), "This address"));
}

TEST_CASE_FIXTURE(SchoolFixture,
                  "M1: a WeChat digest never outgrows its limits, in characters and in bytes") {
  auto schedule = weekly();
  schedule.via = {Channel::wechat};
  std::string_view title;
  SUBCASE("Latin") {
    title = "Fractions and their decimal expansion, sheet";
  }
  SUBCASE("three bytes a character") {
    title = "分数和小数的换算练习第二十七页所有题目";
  }
  SUBCASE("very long") {
    title =
        "Write about what you did in the holidays and what you would have liked to do, in full sentences, "
        "with "
        "a beginning, a middle and an end, and no fewer than three adjectives in each of them, please, sheet";
  }
  for (int i = 0; i < 40; ++i) missing(i % 2 == 0 ? ada : ben, fmt::format("{} {}", title, i));
  const auto check = [&] {
    const auto notice = run(schedule);
    const auto& body = notice.recipients.at(0).bodies.at(Channel::wechat);
    CHECK(count_graphemes(body) <= message::most_wechat_graphemes);
    CHECK(body.size() <= message::most_wechat_bytes);
    CHECK(has(body, "Missing assignments: Ada 20, Ben 20"));
    CHECK(has(body, "more\n"));
    CHECK(notice.recipients[0].told.size() == 40);
  };
  check();
  schedule.subject = "Homework";
  schedule.body = std::string(300, 'x');
  check();
  schedule.body.clear();
  for (int i = 0; i < 590; ++i) schedule.body += "ä";
  CHECK_THROWS_AS(run(schedule), Error);
  schedule.via = {Channel::email};
  CHECK_NOTHROW(run(schedule));
}

TEST_CASE_FIXTURE(SchoolFixture, "T2: what a source wrote over several lines makes no line of its own") {
  missing(ada, "Fractions\r\n\r\nBen Dyer, 7A\n    - Forged");
  missing(ada, "");
  const auto notice = run();
  const auto& body = notice.recipients.at(0).bodies.at(Channel::email);
  CHECK(has(body, "    - Fractions Ben Dyer, 7A - Forged, due Fri 20 Nov 2026\n"));
  CHECK(has(body, "    - Assignment without a title, due Fri 20 Nov 2026\n"));
}

TEST_CASE_FIXTURE(
    SchoolFixture,
    "T3, M2: a notice is in the guardian's language where there are words in it, else in English") {
  settings.district.portal_url = "https://portal.example.org";
  missing(ada, "Fractions");
  auto schedule = weekly();
  schedule.via = {Channel::email, Channel::sms, Channel::wechat};
  const auto body = [&](std::string_view language, Channel channel) {
    mary.language(language);
    roster.store();
    return run(schedule).recipients.at(0).bodies.at(channel);
  };
  CHECK(has(body("es", Channel::email),
            "Según nuestro registro, los siguientes trabajos no se han entregado."));
  CHECK(has(body("es-MX", Channel::email), "- Fractions, para el vie 20 nov 2026\n"));
  CHECK(has(body("es", Channel::email), "Un cordial saludo\nSchool CAM\n"));
  CHECK(has(body("zh_CN", Channel::email), "- Fractions，截止2026年11月20日（周五）\n"));
  CHECK(has(body("zh-Hant-TW", Channel::wechat), "未交作业: Ada 1\n"));
  CHECK(body("zh", Channel::sms) == "School CAM. 未交作业: Ada 1. 详情：https://portal.example.org");
  for (const auto* language : {"", "en-GB", "fr", "x", "esperanto"}) {
    CAPTURE(language);
    CHECK(has(body(language, Channel::email), "- Fractions, due Fri 20 Nov 2026\n"));
  }
  const auto notice = run(schedule);
  REQUIRE(notice.texts.size() == 3);
  CHECK(notice.texts[0].fallback);
  CHECK(notice.texts[1].subject == "Tareas no entregadas: School CAM");
  CHECK(notice.subject == notice.texts[0].subject);
}

TEST_CASE("T3, M1: every kind of notice has words in every language, within the limits of a subject") {
  for (const auto kind : {config::NoticeKind::missing_assignments, config::NoticeKind::failing_assignments,
                          config::NoticeKind::attendance, config::NoticeKind::attendance_correction,
                          config::NoticeKind::behaviour, config::NoticeKind::payment_due,
                          config::NoticeKind::payment_overdue, config::NoticeKind::birthday}) {
    CAPTURE(config::to_text(kind));
    const auto& row = schedule::notice_kind(kind);
    REQUIRE(row.kind == kind);
    std::vector<std::string> said;
    store::Finding finding;
    finding.day = Date(std::chrono::year(2026), std::chrono::November, std::chrono::day(20));
    finding.amount = 1250;
    finding.currency = "GBP";
    finding.score = 5;
    finding.points = 10;
    for (const auto& words : row.words) {
      CHECK(!words.subject.empty());
      CHECK(count_graphemes(words.subject) <= 40);
      const auto opening = words.opening(weekly(kind), "School CAM");
      CHECK(has(opening, "School CAM"));
      CHECK(!words.closing.empty());
      const auto line = words.line(finding, "Title", "THE-DAY");
      CHECK(has(line, "THE-DAY"));
      said.push_back(opening + line + std::string(words.closing));
    }
    std::sort(said.begin(), said.end());
    CHECK(std::unique(said.begin(), said.end()) == said.end());
  }
}

TEST_CASE_FIXTURE(
    SchoolFixture,
    "T3: a schedule's own words serve everybody, and nothing of another language stands beside them") {
  missing(ada, "Fractions");
  auto schedule = weekly();
  schedule.subject = "Homework";
  schedule.body = "Dear parents,";
  mary.language("es");
  roster.store();
  const auto notice = run(schedule);
  CHECK(notice.texts.empty());
  CHECK(notice.subject == "Homework");
  const auto& text = notice.recipients.at(0).bodies.at(Channel::email);
  CHECK(text.starts_with("Dear parents,\n\nAda Dyer, 9B\n"));
  CHECK(has(text, "- Fractions, due Fri 20 Nov 2026\n"));
}
