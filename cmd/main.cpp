// The program: global options, the table of commands, and the one place where errors are printed.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "base/log.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "command.hpp"

namespace crier::cmd {
namespace {

/// The table of commands, in the order of a school's day; each says in its file what it needs of the store.
constexpr std::array commands{
    add_init,     add_import, add_resolve,   add_send,    add_approve,   add_reject,     add_cancel,
    add_template, add_status, add_rerun,     add_report,  add_schedule,  add_calendar,   add_daemon,
    add_store,    add_issues, add_contacts,  add_leavers, add_operators, add_deliveries, add_completion,
    add_doctor,   add_people, add_retention, add_groups,  add_wallet,    add_replies};

void add_globals(CLI::App& app, Globals& globals) {
  app.add_option("--config", globals.config,
                 "settings (default: crier.toml here, else the user's, else the system's)")
      ->envname("CRIER_CONFIG")
      ->type_name("FILE");
  app.add_option("--store", globals.store, "the store (default: as the settings say)")
      ->envname("CRIER_STORE")
      ->type_name("PATH");
  app.add_option("--school", globals.school, "the school that the command is about")
      ->envname("CRIER_SCHOOL")
      ->type_name("CODE");
  app.add_flag("--json", globals.json, "one JSON document on standard output, nothing else there");
  app.add_flag("-q,--quiet", globals.quiet, "fewer remarks");
  app.add_flag("-v,--verbose", globals.verbose, "more remarks");
  app.add_option("--color", globals.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("--no-pager", globals.no_pager, "long tables go straight to the terminal");
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

/// Every option that may stand at this command, its parents' too.
std::vector<std::string> option_names(const CLI::App* app) {
  std::vector<std::string> names;
  for (; app != nullptr; app = app->get_parent()) {
    for (const auto* option : app->get_options([](const CLI::Option*) { return true; })) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

const CLI::App* deepest(const CLI::App& app) {
  const auto* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
  return at;
}

Error usage(std::string message, std::string hint) {
  return {Exit::usage, "usage", std::move(message), std::move(hint)};
}

/// What CLI11 says of a value, without its habits of speech.
std::string plain_complaint(std::string_view complaint) {
  constexpr std::string_view convert = "Could not convert: ";
  const auto equals = complaint.find(" = ");
  if (complaint.starts_with(convert) && equals != std::string_view::npos) {
    return fmt::format("'{}' is no value for {}", complaint.substr(equals + 3),
                       complaint.substr(convert.size(), equals - convert.size()));
  }
  return std::string(complaint);
}

/// CLI11's complaint in crier's words: what is wrong, the nearest name, where help is.
Error explain_parse_error(const CLI::App& app, const CLI::ParseError& error) {
  const auto* at = deepest(app);
  std::string path;
  for (const auto* step = &app; !step->get_subcommands().empty();) {
    step = step->get_subcommands().back();
    path += step->get_name() + " ";
  }
  const auto help = fmt::format("See 'crier {}--help'.", path);
  if (!path.empty()) path.replace(path.size() - 1, 1, ": ");
  const auto extras = app.remaining(true);
  const auto commands_here = command_names(*at);
  for (const auto& extra : extras) {
    if (extra.starts_with("-")) {
      const auto name = extra.substr(0, extra.find('='));
      return usage(fmt::format("{}unknown option {}{}", path, name, did_you_mean(name, option_names(at))),
                   help);
    }
    if (!commands_here.empty()) {
      return usage(fmt::format("{}unknown command '{}'{}", path, extra, did_you_mean(extra, commands_here)),
                   help);
    }
  }
  if (!extras.empty()) return usage(fmt::format("{}'{}' is one word too many", path, extras.front()), help);
  if (!commands_here.empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    return usage(fmt::format("{}a command is missing", path),
                 fmt::format("There are: {}. {}", join(commands_here, ", "), help));
  }
  return usage(path + plain_complaint(error.what()), help);
}

int print_error(const Error& error, bool json, const output::Paint& paint) {
  if (json) {
    const auto text = output::document_text(output::error_document(error));
    std::fwrite(text.data(), 1, text.size(), stdout);
  } else if (log::chosen_form() == log::Form::json) {
    log::error("{}", in_one_line(error));  // a daemon whose log a program reads
  } else {
    const auto text = fmt::format("crier: {}\n{}{}", paint(output::Meaning::bad, error.message()),
                                  error.hint(), error.hint().empty() ? "" : "\n");
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
  return static_cast<int>(error.exit());
}

/// The first word that is no option nor an option's value: the command, as it was meant.
void require_known_command(const CLI::App& app, int argc, char** argv) {
  const auto names = command_names(app);
  const auto options = option_names(&app);
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--config" || word == "--store" || word == "--school" || word == "--color") {
      ++i;
      continue;
    }
    if (word.starts_with("--")) {
      const std::string name(word.substr(0, word.find('=')));
      if (std::find(options.begin(), options.end(), name) == options.end()) {
        throw usage(fmt::format("unknown option {}{}", name, did_you_mean(name, options)),
                    "See 'crier --help'.");
      }
    }
    if (word.starts_with("-")) continue;
    if (std::find(names.begin(), names.end(), word) != names.end()) return;
    throw usage(fmt::format("unknown command '{}'{}", word, did_you_mean(word, names)),
                "See 'crier --help'.");
  }
}

/// Scripts ask for the version before anything else, and often: no command is set up for that (B14).
bool asks_for_version_alone(int argc, char** argv) {
  return argc == 2 && std::strcmp(argv[1], "--version") == 0;
}

int run(int argc, char** argv) {
  if (asks_for_version_alone(argc, argv)) {
    std::puts("crier " CRIER_VERSION);
    return static_cast<int>(Exit::done);
  }
  Session session;
  CLI::App app{"The messaging office of a school or a district.", "crier"};
  app.set_version_flag("--version", fmt::format("crier {}", CRIER_VERSION));
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 in part, 2 usage or settings, 3 input refused, 4 nothing there, 5 refused by a "
      "rule,\n"
      "6 store, 7 gateway, 70 defect. Every command has --help with examples, and a page in man(1).");
  add_globals(app, session.globals);
  for (const auto add : commands) add(app, session);
  const bool json =
      std::any_of(argv + 1, argv + argc, [](const char* word) { return std::strcmp(word, "--json") == 0; });
  const auto paint = output::Paint::for_stream(output::ColorChoice::automatic, os::Stream::err);
  try {
    if (asks_for_words(argc, argv)) return static_cast<int>(print_words(session, app, argc, argv));
    require_known_command(app, argc, argv);
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& asked) {
      return app.exit(asked);
    } catch (const CLI::ParseError& error) {
      throw explain_parse_error(app, error);
    }
    if (session.globals.verbose > 0) log::set_level(log::Level::debug);
    if (session.globals.quiet > 0) log::set_level(log::Level::warning);
    return static_cast<int>(session.run());
  } catch (const ReaderGone&) {
    return static_cast<int>(Exit::done);
  } catch (const Error& error) {
    return print_error(error, json, paint);
  } catch (const std::exception& error) {
    return print_error(Error(Exit::defect, "defect", fmt::format("a defect in crier: {}", error.what()),
                             "Nothing is half done. Please report this with the command and this line."),
                       json, paint);
  }
}

}  // namespace
}  // namespace crier::cmd

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error to report, not a death
  return crier::cmd::run(argc, argv);
}
