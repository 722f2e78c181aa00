#include "office/issues.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/text.hpp"
#include "command.hpp"
#include "model/person.hpp"
#include "output/table.hpp"
#include "output_file.hpp"

namespace crier::cmd {
namespace {

struct Options {
  office::IssueQuestion question;
  std::string format;
  OutputFile file;
  /// Of a saved filter.
  bool force = false;
  bool yes = false;
  std::string name;
  std::vector<std::int64_t> issues;

  bool asks() const {
    const auto& q = question;
    return !q.kind.empty() || !q.state.empty() || !q.person.empty() || !q.since.empty() || !q.saved.empty();
  }
};

void add_filters(CLI::App& command, Options& options) {
  auto& question = options.question;
  command.add_option("--kind", question.kind, "only this kind, or these with commas between them")
      ->type_name("KIND");
  command.add_option("--state", question.state, "open (default), gone, resolved or all");
  command.add_option("--person", question.person, "only of this code, or whose name has this in it")
      ->type_name("TEXT");
  command.add_option("--since", question.since, "raised since this date, time, or span before now (7d)")
      ->type_name("TIME");
  command.add_option("--saved", question.saved, "as the saved filter says, where nothing else is asked")
      ->type_name("NAME");
}

boost::json::object json_of(const store::IssueRow& issue) {
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
  return document;
}

void print_issue(Session& session, const store::IssueRow& issue) {
  if (session.json()) {
    session.print(boost::json::object{{"issue", json_of(issue)}});
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

Exit list(Session& session, const Options& options) {
  const auto& office =
      session.office(options.name.empty() ? office::StoreAccess::read : office::StoreAccess::write);
  const auto zone = session.zone();
  const auto table = office::issue_table(office, office::find_issues(office, options.question, zone));
  if (!options.name.empty()) {
    office::save_filter(office, options.name, options.question, zone,
                        options.force ? office::SaveFilter::replace : office::SaveFilter::anew);
    session.remark(fmt::format("Saved: crier issues list --saved \"{}\".", options.name));
  }
  session.print(table);
  return Exit::done;
}

void print_resolved(Session& session, const std::vector<store::IssueRow>& resolved) {
  if (session.json()) {
    boost::json::array all;
    for (const auto& issue : resolved) all.push_back(json_of(issue));
    session.print(boost::json::object{{"resolved", std::move(all)}});
    return;
  }
  session.print(fmt::format("{} data issues are resolved.\n", resolved.size()));
}

Exit resolve(Session& session, const Options& options) {
  if (options.issues.empty() == !options.asks()) {
    throw Error(Exit::usage, "which-issues",
                options.issues.empty() ? "it is not said which issues are dealt with"
                                       : "numbers and a filter name two sets of issues",
                "Name issues by their numbers, or by --kind, --person, --since or --saved.");
  }
  if (!options.question.state.empty() && to_lower(options.question.state) != "open") {
    throw Error(Exit::usage, "not-open", "only open issues can be resolved", "Leave --state out.");
  }
  const auto& office = session.office(office::StoreAccess::write);
  if (options.issues.size() == 1) {
    print_issue(session, office::resolve_issue(office, options.issues.front()));
    return Exit::done;
  }
  auto issues = options.issues;
  if (issues.empty()) {
    auto question = options.question;
    question.state = "open";
    const auto found = office::find_issues(office, question, session.zone());
    for (const auto& issue : found) issues.push_back(issue.id);
    if (issues.empty()) {
      throw Error(Exit::nothing_there, "no-issues", "no open data issue is like that",
                  "See 'crier issues list' with the same filter.");
    }
    if (session.can_ask() && !options.yes) session.show(session.drawn(office::issue_table(office, found)));
  }
  if (!session.confirmed(fmt::format("Resolve these {} data issues?", issues.size()), options.yes)) {
    session.remark("Nothing was changed.");
    return Exit::done;
  }
  print_resolved(session, office::resolve_issues(office, issues));
  return Exit::done;
}

Exit write_out(Session& session, const Options& options) {
  require_free(options.file);
  const auto& office = session.office(office::StoreAccess::read);
  const auto table =
      office::issue_table(office, office::find_issues(office, options.question, session.zone()));
  const bool named_json = to_lower(options.file.name).ends_with(".json");
  const bool json = options.format.empty() ? named_json || (session.json() && options.file.name.empty())
                                           : options.format == "json";
  const auto text = json || (session.json() && options.file.name.empty())
                        ? output::document_text(output::json_table(table))
                        : output::csv_table(table);
  if (options.file.name.empty()) {
    session.print(text);
    return Exit::done;
  }
  if (!os::write_private_file(options.file.name, text, options.file.existing())) {
    refuse_existing(options.file);
  }
  if (session.json()) {
    session.print(boost::json::object{{"exported", options.file.name},
                                      {"format", json ? "json" : "csv"},
                                      {"issues", table.rows.size()},
                                      {"bytes", text.size()}});
  } else {
    session.remark(fmt::format("Wrote {} data issues to {}; only you can read it.", table.rows.size(),
                               options.file.name));
  }
  return Exit::done;
}

void add_issue_list(CLI::App& command, Session& session) {
  auto options = std::make_shared<Options>();
  auto& one = subcommand(command, "list", "the issues, by kind and name",
                         "Examples:\n"
                         "  crier issues list --kind invalid-email,invalid-mobile --since 7d\n"
                         "  crier --school CAM issues list --kind possible-duplicate --save doubles\n"
                         "  crier issues list --saved doubles --state all");
  add_filters(one, *options);
  auto* save = one.add_option("--save", options->name, "keep this filter under a name, for everybody")
                   ->type_name("NAME");
  one.add_flag("--force", options->force, "in the place of one that is saved so")->needs(save);
  one.callback(
      [&session, options] { session.run = [&session, options] { return list(session, *options); }; });
}

void add_issue_resolve(CLI::App& command, Session& session) {
  auto options = std::make_shared<Options>();
  auto& one = subcommand(command, "resolve", "say that issues are dealt with",
                         "Examples:\n  crier issues resolve 12 13\n"
                         "  crier issues resolve --kind possible-duplicate --person dyer --yes");
  one.add_option("issue", options->issues, "their numbers")->type_name("N");
  add_filters(one, *options);
  one.add_flag("--yes", options->yes, "do not ask");
  one.callback(
      [&session, options] { session.run = [&session, options] { return resolve(session, *options); }; });
}

void add_issue_export(CLI::App& command, Session& session) {
  auto options = std::make_shared<Options>();
  auto& one = subcommand(command, "export", "the issues as CSV or JSON",
                         "Examples:\n  crier issues export > issues.csv\n"
                         "  crier issues export --saved doubles -o doubles.json");
  add_filters(one, *options);
  one.add_option("--format", options->format, "csv or json; default as the file is called, else csv")
      ->check(CLI::IsMember({"csv", "json"}));
  add_output_file(one, options->file, "the file to write, for you alone to read");
  one.callback(
      [&session, options] { session.run = [&session, options] { return write_out(session, *options); }; });
}

void add_issue_saved(CLI::App& command, Session& session) {
  auto& all =
      subcommand(command, "saved", "the filters that are saved", "Example:\n  crier issues saved --json");
  all.callback([&session] {
    session.run = [&session] {
      session.print(office::saved_filter_table(session.office(office::StoreAccess::read)));
      return Exit::done;
    };
  });
  auto options = std::make_shared<Options>();
  auto& gone = subcommand(command, "forget", "a saved filter is not needed any more",
                          "Example:\n  crier issues forget doubles");
  gone.add_option("name", options->name, "its name")->required()->type_name("NAME");
  gone.callback([&session, options] {
    session.run = [&session, options] {
      office::forget_filter(session.office(office::StoreAccess::write), options->name);
      if (session.json()) {
        session.print(boost::json::object{{"forgotten", options->name}});
      } else {
        session.print(fmt::format("The filter '{}' is forgotten.\n", options->name));
      }
      return Exit::done;
    };
  });
}

}  // namespace

void add_issues(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "issues", "what is wrong with the data, and who has dealt with it",
                             "Examples:\n"
                             "  crier issues list --kind invalid-email\n"
                             "  crier issues show 12\n"
                             "  crier issues resolve 12 13\n"
                             "  crier issues export -o issues.csv");
  command.require_subcommand(1);
  add_issue_list(command, session);
  auto& show = subcommand(command, "show", "one issue", "Example:\n  crier issues show 12");
  auto number = std::make_shared<std::int64_t>(0);
  show.add_option("issue", *number, "the issue's number")->required()->type_name("N");
  show.callback([&session, number] {
    session.run = [&session, number] {
      print_issue(session, office::find_issue(session.office(office::StoreAccess::read), *number));
      return Exit::done;
    };
  });
  add_issue_resolve(command, session);
  add_issue_export(command, session);
  add_issue_saved(command, session);
}

}  // namespace crier::cmd
