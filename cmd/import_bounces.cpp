#include "import_bounces.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/json.hpp>
#include <iostream>
#include <iterator>

#include "office/feedback.hpp"

namespace crier::cmd {
namespace {

boost::json::object document_of(const office::FeedbackReport& report) {
  boost::json::object document{{"read", report.read},
                               {"hard", report.hard},
                               {"soft", report.soft},
                               {"complaint", report.complaint},
                               {"auto_reply", report.auto_reply},
                               {"ignored", report.ignored},
                               {"unmatched", report.unmatched}};
  boost::json::array recipients;
  for (const auto& one : report.recipients) {
    boost::json::object recipient{{"file", one.file},
                                  {"recipient", one.recipient},
                                  {"class", one.fault},
                                  {"delivery", nullptr},
                                  {"matched_by", output::text_or_null(one.matched_by)}};
    if (one.delivery) recipient["delivery"] = *one.delivery;
    recipients.push_back(std::move(recipient));
  }
  document["recipients"] = std::move(recipients);
  document["unsubscribe"] = report.unsubscribe;
  document["again"] = report.again;
  document["failed"] = report.failed;
  document["blocked"] = report.blocked;
  boost::json::array left;
  for (const auto& one : report.left) {
    left.push_back({{"file", one.file}, {"reason", one.reason}, {"message", one.remark}});
  }
  document["left"] = std::move(left);
  return document;
}

void print_report(Session& session, const office::FeedbackReport& report) {
  std::string text = fmt::format("{} mails read\n", report.read);
  const auto add = [&](std::int64_t count, std::string_view what) {
    if (count > 0) text += fmt::format("  {:>6}  {}\n", count, what);
  };
  add(report.hard, "addresses that are lost (hard bounces)");
  add(report.soft, "that failed for another reason, or are late (soft)");
  add(report.complaint, "complaints");
  add(report.unsubscribe, "wishes to hear no more");
  add(report.auto_reply, "auto-replies");
  add(report.again, "read before");
  add(report.ignored - report.again, "others, left alone");
  add(report.unmatched, "about no delivery that is known");
  add(report.failed, "deliveries are failed by this");
  add(report.blocked, "addresses are blocked by this; see 'crier issues list'");
  session.print(text);
  for (const auto& one : report.left) {
    if (one.reason == "not-feedback" && session.globals.verbose == 0) continue;
    session.print(fmt::format("{}: {}: {}\n", one.file, one.reason, one.remark));
  }
}

Exit run(Session& session, const std::string& path) {
  if (path.empty()) {
    throw Error(Exit::usage, "no-path", "the path of the mailbox is empty",
                "Name a Maildir, a folder of mails, a mailbox in one file, or - for standard input.");
  }
  const auto& office = session.office(office::StoreAccess::write);
  office::FeedbackReport report;
  if (path == "-") {
    const std::string bytes{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
    report = bytes.empty() ? office::FeedbackReport() : office::import_bounces(office, "-", bytes);
  } else {
    report = office::import_bounces(office, std::filesystem::path(path));
  }
  if (session.json()) {
    session.print(document_of(report));
  } else {
    print_report(session, report);
  }
  return report.unreadable > 0 ? Exit::in_part : Exit::done;
}

}  // namespace

void add_import_bounces(CLI::App& import, Session& session) {
  auto& bounces = subcommand(import, "bounces", "read what came back: bounces, complaints, unsubscribe mails",
                             "Mails stay where they are, and count once however often they are read.\n"
                             "Examples:\n"
                             "  crier import bounces /var/mail/bounces/Maildir\n"
                             "  crier import bounces bounces.mbox --json\n"
                             "  crier import bounces - < mail.eml");
  auto path = std::make_shared<std::string>();
  bounces.add_option("path", *path, "a Maildir, a folder of mails, a mailbox in one file, a mail, or -")
      ->required();
  bounces.callback([&session, path] { session.run = [&session, path] { return run(session, *path); }; });
}

}  // namespace crier::cmd
