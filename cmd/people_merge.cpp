#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "model/person.hpp"
#include "office/merging_people.hpp"
#include "people_by_hand.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::vector<std::string> codes;
  std::string code;
  bool yes = false;
  bool dry_run = false;
};

std::string names_of(const office::MergeView& view) {
  std::string names;
  for (const auto& one : view.records) {
    names += fmt::format("{}{} {} (from {})", names.empty() ? "" : ", ", one.code,
                         list_name(one.family, one.given), one.source);
  }
  return names;
}

std::string preview_of(const office::MergeView& view) {
  auto text = fmt::format("One person from then on: {}.\n", names_of(view));
  for (const auto& one : view.silences) {
    text += fmt::format("None of them hears of {} {} any more: a court order bars {}; {} hears now.\n",
                        one.pupil, one.name, one.barred, one.heard);
  }
  if (view.decisions) text += "What one of them opted out of, or refused, holds for all.\n";
  return text;
}

boost::json::object json_of(const office::MergeView& view) {
  boost::json::array records;
  for (const auto& one : view.records) {
    records.push_back({{"code", one.code},
                       {"name", list_name(one.family, one.given)},
                       {"source", one.source},
                       {"status", one.status}});
  }
  boost::json::array silences;
  for (const auto& one : view.silences) {
    silences.push_back(
        {{"pupil", one.pupil}, {"name", one.name}, {"barred", one.barred}, {"hears_now", one.heard}});
  }
  return {{"records", std::move(records)},
          {"silences", std::move(silences)},
          {"decisions_shared", view.decisions}};
}

Exit merge(Session& session, const Options& options) {
  const auto& office =
      session.office(options.dry_run ? office::StoreAccess::read : office::StoreAccess::write);
  const auto view = office::look_at_merge(office, options.codes);
  if (options.dry_run) {
    if (session.json()) {
      session.print(boost::json::object{{"dry_run", true}, {"merge", json_of(view)}});
    } else {
      session.print(preview_of(view) + "Nothing was changed.\n");
    }
    return Exit::done;
  }
  if (view.linked > 0) {
    if (!options.yes && !session.can_ask()) {
      throw Error(
          Exit::refused_by_rule, "not-confirmed",
          fmt::format("{} records would be one person, and there is nobody to ask", view.records.size()),
          "Look at it with --dry-run; add --yes where that is what you want.");
    }
    if (!session.confirmed(preview_of(view) + "Merge?", options.yes)) {
      session.remark("Nothing was changed.");
      return Exit::done;
    }
  }
  const auto merged = office::merge_people(office, options.codes);
  if (session.json()) {
    session.print(boost::json::object{{"dry_run", false}, {"merge", json_of(merged)}});
    return Exit::done;
  }
  session.print(merged.linked == 0 ? "They are merged already.\n" : preview_of(merged));
  return Exit::done;
}

Exit unmerge(Session& session, const Options& options) {
  const auto view = office::unmerge_person(session.office(office::StoreAccess::write), options.code);
  if (session.json()) {
    session.print(boost::json::object{{"unmerged", json_of(view)}});
    return Exit::done;
  }
  session.print(fmt::format("{} is a person apart again, as far as name and addresses tell.\n",
                            view.records.front().code));
  return Exit::done;
}

}  // namespace

void add_people_merging(CLI::App& people, Session& session) {
  const auto options = std::make_shared<Options>();
  auto& join = subcommand(people, "merge", "say that records of contacts are one person",
                          "Examples:\n"
                          "  crier issues list --kind possible-duplicate\n"
                          "  crier people merge C-17 C-88 --dry-run\n"
                          "  crier people merge C-17 C-88 --yes");
  join.add_option("codes", options->codes, "their codes or ids")->required()->type_name("CODE");
  join.add_flag("--dry-run", options->dry_run, "show what it means, and change nothing");
  join.add_flag("--yes", options->yes, "do not ask");
  join.callback(
      [&session, options] { session.run = [&session, options] { return merge(session, *options); }; });
  auto& part = subcommand(people, "unmerge", "take one record out of a merge",
                          "Example:\n  crier people unmerge C-88");
  part.add_option("code", options->code, "the record's code or id")->required()->type_name("CODE");
  part.callback(
      [&session, options] { session.run = [&session, options] { return unmerge(session, *options); }; });
  auto& all = subcommand(people, "merges", "the merges that stand", "Example:\n  crier people merges --json");
  all.callback([&session, options] {
    session.run = [&session] {
      session.print(office::merge_table(session.office(office::StoreAccess::read)));
      return Exit::done;
    };
  });
}

}  // namespace crier::cmd
