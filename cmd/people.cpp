#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/text.hpp"
#include "command.hpp"
#include "model/person.hpp"
#include "office/erasing.hpp"
#include "office/person_data.hpp"
#include "output/html.hpp"
#include "output/table.hpp"
#include "output_file.hpp"
#include "people_by_hand.hpp"

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

struct ExportOptions {
  std::string code;
  std::string format;
  OutputFile file;
  std::string asker;
};

boost::json::object document_of(Session& session, const office::PersonData& data) {
  boost::json::object document;
  document["code"] = data.person.code;
  document["asker"] = data.asker ? boost::json::value(data.asker->code) : boost::json::value();
  document["made"] = to_rfc3339(session.clock().now());
  document["withheld"] = data.withheld;
  document["words_whole_from"] = output::time_or_null(data.whole_from);
  for (const auto& table : data.tables) {
    auto rows = output::json_table(table)[table.name];
    if (table.name == "person") {
      document[table.name] = rows.as_array().empty() ? boost::json::value() : rows.as_array().front();
    } else {
      document[table.name] = std::move(rows);
    }
  }
  return {{"person_data", std::move(document)}};
}

/// What there is none of is left out of what people read.
std::vector<Table> tables_to_read(Session& session, const office::PersonData& data) {
  std::vector<Table> tables;
  for (const auto& table : data.tables) {
    if (!table.rows.empty()) tables.push_back(table);
  }
  if (tables.empty()) return tables;
  auto& notes = tables.front().notes;
  if (data.withheld > 0) {
    notes.push_back(
        fmt::format("{} relationships or addresses are not shown: they are other people's.", data.withheld));
  }
  if (data.whole_from) {
    notes.push_back(fmt::format("Words of messages from before {} may have been let go.",
                                to_iso(session.zone().local(*data.whole_from)).substr(0, 10)));
  }
  return tables;
}

std::string page_of(Session& session, const office::PersonData& data) {
  const auto zone = session.zone();
  const auto now = session.clock().now();
  const auto name = spoken_name(data.person.family, data.person.given);
  return output::html_page({fmt::format("What is kept of {}", name.empty() ? data.person.code : name),
                            fmt::format("{} ({})", to_iso(zone.local(now)), zone.name()), "en", now},
                           tables_to_read(session, data), zone);
}

/// `--format`, else what the file's name says, else JSON.
std::string format_of(const ExportOptions& options) {
  if (!options.format.empty()) return options.format;
  const auto name = to_lower(options.file.name);
  return name.ends_with(".html") || name.ends_with(".htm") ? "html" : "json";
}

Exit export_person(Session& session, const ExportOptions& options) {
  const auto format = format_of(options);
  if (session.json() && options.file.name.empty() && format == "html") {
    throw Error(Exit::usage, "which-format", "--json and --format html ask for two things on standard output",
                "Write the page to a file with -o, or leave one of them out.");
  }
  require_free(options.file);
  const auto& office = session.office(office::StoreAccess::write);
  const auto data = office::look_at_person(office, options.code, options.asker);
  const auto text =
      format == "html" ? page_of(session, data) : output::document_text(document_of(session, data));
  if (options.file.name.empty()) {
    office::note_export(office, data, format);
    session.print(text);
    return Exit::done;
  }
  if (!os::write_private_file(options.file.name, text, options.file.existing())) {
    refuse_existing(options.file);
  }
  office::note_export(office, data, format);
  if (session.json()) {
    session.print(boost::json::object{{"exported", options.file.name},
                                      {"format", format},
                                      {"bytes", text.size()},
                                      {"withheld", data.withheld}});
  } else {
    session.print(fmt::format("{} holds what is kept of {}; only you can read it.\n", options.file.name,
                              data.person.code));
  }
  return Exit::done;
}

Exit show(Session& session, const ExportOptions& options) {
  const auto data =
      office::look_at_person(session.office(office::StoreAccess::read), options.code, options.asker);
  if (session.json()) {
    session.print(document_of(session, data));
    return Exit::done;
  }
  bool first = true;
  for (const auto& table : tables_to_read(session, data)) {
    if (!first) session.print("\n");
    session.print(session.drawn(table));
    first = false;
  }
  return Exit::done;
}

void add_whom(CLI::App& act, ExportOptions& options) {
  act.add_option("code", options.code, "the person's code or id")->required()->type_name("CODE");
  act.add_option("--asker", options.asker,
                 "the contact of a pupil who asks for it: nothing of other contacts")
      ->type_name("CODE");
}

}  // namespace

void add_people(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "people", "people by hand, and all that is kept of one person",
                             "Examples:\n"
                             "  crier people add --kind contact --code V-1 --family Lee --given Ann\n"
                             "  crier people show C-17\n"
                             "  crier people export C-17 -o c-17.html\n"
                             "  crier people erase C-17 --dry-run");
  command.require_subcommand(1);
  add_people_by_hand(command, session);
  add_people_merging(command, session);
  auto wanted = std::make_shared<ExportOptions>();
  auto& look = subcommand(command, "show", "all that is kept of one person, as tables",
                          "Example:\n  crier people show C-17");
  add_whom(look, *wanted);
  look.callback([&session, wanted] { session.run = [&session, wanted] { return show(session, *wanted); }; });
  auto& give = subcommand(command, "export", "a person's own data, for them to take along",
                          "Examples:\n"
                          "  crier people export C-17 -o c-17.html\n"
                          "  crier people export P1 --asker C-17 --format json");
  add_whom(give, *wanted);
  give.add_option("--format", wanted->format, "json or html (default: as the file's name says, else json)")
      ->check(CLI::IsMember({"json", "html"}));
  add_output_file(give, wanted->file, "write to a file that only you can read");
  give.callback(
      [&session, wanted] { session.run = [&session, wanted] { return export_person(session, *wanted); }; });
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
