#include "office/issues.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"
#include "model/person.hpp"
#include "output/table.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string kind;
  std::string state = "open";
  std::string format = "csv";
  std::int64_t issue = 0;
};

void add_filters(CLI::App& command, Options& options) {
  command.add_option("--kind", options.kind, "only this kind")->type_name("KIND");
  command.add_option("--state", options.state, "open, gone, resolved or all")
      ->check(CLI::IsMember({"open", "gone", "resolved", "all"}));
}

void print_issue(Session& session, const store::IssueRow& issue) {
  if (session.json()) {
    boost::json::object document;
    document["id"] = issue.id;
    document["kind"] = issue.kind;
    document["school"] = output::text_or_null(issue.school);
    document["person_kind"] = output::text_or_null(issue.person_kind);
    document["code"] = output::text_or_null(issue.code);
    document["name"] = output::text_or_null(list_name(issue.family, issue.given));
    document["detail"] = output::text_or_null(issue.detail);
    document["source"] = output::text_or_null(issue.source);
    document["state"] = issue.state;
    document["raised"] = to_rfc3339(issue.raised);
    document["last_seen"] = to_rfc3339(issue.last_seen);
    document["ended"] = output::time_or_null(issue.ended);
    document["ended_by"] = output::text_or_null(issue.ended_by);
    session.print(boost::json::object{{"issue", std::move(document)}});
    return;
  }
  const auto zone = session.zone();
  std::string text = fmt::format("Issue {}: {} ({})\n", issue.id, issue.kind, issue.state);
  const auto line = [&](std::string_view title, const std::string& value) {
    if (!value.empty()) text += fmt::format("  {:<10} {}\n", title, value);
  };
  line("Person",
       issue.code.empty() ? "" : fmt::format("{} {}", issue.code, list_name(issue.family, issue.given)));
  line("School", issue.school);
  line("What", issue.detail);
  line("Source", issue.source);
  line("Since", to_iso(zone.local(issue.raised)));
  line("Last seen", to_iso(zone.local(issue.last_seen)));
  if (issue.ended)
    line("Ended", to_iso(zone.local(*issue.ended)) + (issue.ended_by.empty() ? "" : " by " + issue.ended_by));
  session.print(text);
}

}  // namespace

void add_issues(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "issues", "what is wrong with the data, and who has dealt with it",
                             "Examples:\n"
                             "  crier issues list --kind invalid-email\n"
                             "  crier issues show 12\n"
                             "  crier issues resolve 12\n"
                             "  crier issues export > issues.csv");
  command.require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto& list = subcommand(command, "list", "the issues, by kind and name",
                          "Examples:\n"
                          "  crier issues list\n"
                          "  crier --school CAM issues list --kind possible-duplicate --state all");
  add_filters(list, *options);
  list.callback([&session, options] {
    session.run = [&session, options] {
      session.print(
          office::issue_table(session.office(office::StoreAccess::read), options->kind, options->state));
      return Exit::done;
    };
  });
  auto& show = subcommand(command, "show", "one issue", "Example:\n  crier issues show 12");
  show.add_option("issue", options->issue, "the issue's number")->required()->type_name("N");
  show.callback([&session, options] {
    session.run = [&session, options] {
      print_issue(session, office::find_issue(session.office(office::StoreAccess::read), options->issue));
      return Exit::done;
    };
  });
  auto& resolve = subcommand(command, "resolve", "say that an issue is dealt with",
                             "Example:\n  crier issues resolve 12");
  resolve.add_option("issue", options->issue, "the issue's number")->required()->type_name("N");
  resolve.callback([&session, options] {
    session.run = [&session, options] {
      print_issue(session, office::resolve_issue(session.office(office::StoreAccess::write), options->issue));
      return Exit::done;
    };
  });
  auto& out = subcommand(command, "export", "the issues as CSV or JSON",
                         "Example:\n  crier issues export --format csv > issues.csv");
  add_filters(out, *options);
  out.add_option("--format", options->format, "csv or json")->check(CLI::IsMember({"csv", "json"}));
  out.callback([&session, options] {
    session.run = [&session, options] {
      const auto table =
          office::issue_table(session.office(office::StoreAccess::read), options->kind, options->state);
      if (session.json() || options->format == "json") {
        session.print(output::json_table(table));
      } else {
        session.print(output::csv_table(table));
      }
      return Exit::done;
    };
  });
}

}  // namespace crier::cmd
