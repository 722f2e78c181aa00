#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"
#include "model/person.hpp"
#include "office/erasing.hpp"

namespace crier::cmd {
namespace {

struct EraseOptions {
  std::string code;
  bool yes = false;
  bool dry_run = false;
};

std::string counts_of(const office::ErasureView& view) {
  std::string text;
  for (const auto& [what, count] : view.counts) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  }
  if (view.texts > 0) {
    text += fmt::format("{}their name in {} other texts", text.empty() ? "" : ", ", view.texts);
  }
  return text.empty() ? "nothing but the name" : text;
}

std::string preview_of(const office::ErasureView& view) {
  const auto& person = view.person;
  auto text = fmt::format("{} {} ({}{}{}, from {}) would be erased: {}.\n", person.code,
                          list_name(person.family, person.given), person.kind,
                          person.school.empty() ? "" : " of ", person.school, person.source, counts_of(view));
  for (const auto message : view.in_the_way.messages) {
    text +=
        fmt::format("Message {} names them and has not left: wait, or crier cancel {}.\n", message, message);
  }
  for (const auto& one : view.also) {
    text += fmt::format("Also stored as {} (from {}), by name and address: that stays; erase it too.\n",
                        one.code, one.source);
  }
  if (view.shares_name)
    text += "Somebody else has the same name: where it stands in texts of others, it stays.\n";
  if (view.shared_addresses > 0) text += "An address of theirs is somebody else's too, and stays theirs.\n";
  return text;
}

std::string held_words(const office::HeldMention& held) {
  return fmt::format("Held import {} {}: crier import discard {}, or accept it and erase again.\n",
                     held.import, held.certain ? "names them in its files" : "may name them in its files",
                     held.import);
}

boost::json::array held_document(const office::ErasureView& view) {
  boost::json::array held;
  for (const auto& one : view.held) held.push_back({{"import", one.import}, {"certain", one.certain}});
  return held;
}

boost::json::object json_of(const office::ErasureView& view) {
  boost::json::object counts;
  for (const auto& [what, count] : view.counts) counts[what] = count;
  boost::json::array also;
  for (const auto& one : view.also) also.push_back(boost::json::string(one.code));
  boost::json::array messages;
  for (const auto one : view.in_the_way.messages) messages.push_back(one);
  boost::json::object document;
  document["code"] = view.person.code;
  document["kind"] = view.person.kind;
  document["counts"] = std::move(counts);
  document["texts"] = view.texts;
  document["also_stored_as"] = std::move(also);
  document["shares_name"] = view.shares_name;
  document["shared_addresses"] = view.shared_addresses;
  document["held_imports"] = held_document(view);
  document["under_way"] = std::move(messages);
  return document;
}

/// Nothing but a list of exceptions keeps the source from bringing them again.
void say_how_to_keep_out(Session& session, const office::ErasureView& view) {
  if (view.person.source == "hand") return;
  session.print(
      fmt::format("If {} still brings them, the next import stores them again: put their code on the list of "
                  "exceptions of that source first.\n",
                  view.person.source));
}

Exit erase(Session& session, const EraseOptions& options) {
  const auto& office =
      session.office(options.dry_run ? office::StoreAccess::read : office::StoreAccess::write);
  const auto view = office::look_at_erasure(office, options.code);
  if (options.dry_run) {
    if (session.json()) {
      session.print(boost::json::object{{"dry_run", true}, {"erasure", json_of(view)}});
    } else {
      session.print(preview_of(view));
      for (const auto& one : view.held) session.print(held_words(one));
      session.print("Nothing was changed.\n");
    }
    return Exit::done;
  }
  if (!options.yes && !session.can_ask()) {
    throw Error(Exit::refused_by_rule, "not-confirmed",
                fmt::format("{} would be erased for good ({}), and there is nobody to ask", view.person.code,
                            counts_of(view)),
                "Add --yes where that is what you want; --dry-run shows all of it.");
  }
  if (!session.confirmed(preview_of(view) + "Nothing brings that back. Erase?", options.yes)) {
    session.remark("Nothing was changed.");
    return Exit::done;
  }
  const auto erasure = office::erase_person(office, options.code);
  const auto exit = erasure.view.held.empty() ? Exit::done : Exit::in_part;
  if (session.json()) {
    auto document = json_of(erasure.view);
    document["cancelled"] = erasure.cancelled;
    document["texts"] = erasure.texts;
    document["audit_entries"] = erasure.audit;
    document["row_stays"] = erasure.row_stays;
    document["traces_gone"] = erasure.traces_gone;
    session.print(boost::json::object{{"dry_run", false}, {"erasure", std::move(document)}});
    return exit;
  }
  session.print(fmt::format("{} is erased: {}.\n", erasure.view.person.code, counts_of(erasure.view)));
  if (erasure.cancelled > 0) {
    session.print(fmt::format(
        "  {} messages to them, or naming them to their family, had not left and are cancelled.\n",
        erasure.cancelled));
  }
  if (erasure.row_stays) session.print("  What was sent to them stands in reports as sent to XXXX.\n");
  for (const auto& one : erasure.view.held) session.print(held_words(one));
  if (!erasure.traces_gone) {
    session.print(
        "  Old pages of the store's file may hold traces: crier retention run --compact, at a quiet hour.\n");
  }
  say_how_to_keep_out(session, erasure.view);
  return exit;
}

}  // namespace

void add_people(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "people", "all that is kept of one person: erase it",
                             "Examples:\n"
                             "  crier people erase C-17 --dry-run\n"
                             "  crier people erase C-17 --yes");
  command.require_subcommand(1);
  auto options = std::make_shared<EraseOptions>();
  auto& act = subcommand(command, "erase", "erase one person, for good and at once, after a confirmation",
                         "Exit 1 where a held import still names them.\n"
                         "Examples:\n"
                         "  crier people erase C-17 --dry-run\n"
                         "  crier people erase C-17 --yes");
  act.add_option("code", options->code, "the person's code or id")->required()->type_name("CODE");
  act.add_flag("--dry-run", options->dry_run, "show what would go, and change nothing");
  act.add_flag("--yes", options->yes, "do not ask");
  act.callback(
      [&session, options] { session.run = [&session, options] { return erase(session, *options); }; });
}

}  // namespace crier::cmd
