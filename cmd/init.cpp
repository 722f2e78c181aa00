#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/os.hpp"
#include "command.hpp"
#include "office/setup.hpp"

namespace crier::cmd {

void add_init(CLI::App& app, Session& session) {
  auto& command =
      subcommand(app, "init", "write crier.toml and make the store",
                 "Examples:\n"
                 "  crier init --school CAM --name 'Cambridge School' --timezone Europe/London --country GB\n"
                 "  crier --config /etc/crier/crier.toml init --school HK1 --name 'Harbour School' \\\n"
                 "        --timezone Asia/Hong_Kong --country HK");
  auto school = std::make_shared<config::School>();
  command.add_option("--school", school->code, "the school's code, such as CAM")
      ->required()
      ->type_name("CODE");
  command.add_option("--name", school->name, "the school's name")->required();
  command.add_option("--timezone", school->timezone, "its time zone, such as Europe/London")
      ->required()
      ->type_name("ZONE");
  command.add_option("--country", school->country, "its country, two letters, such as GB")
      ->required()
      ->type_name("CC");
  command.callback([&session, school] {
    session.run = [&session, school] {
      const std::string file = session.globals.config.empty() ? "crier.toml" : session.globals.config;
      const auto made = office::init(*school, file, session.globals.store, session.clock(), os::user_name());
      if (session.json()) {
        boost::json::object document;
        document["settings"] = made.settings_file.string();
        document["store"] = made.store.string();
        session.print(document);
      } else {
        session.print(fmt::format("Wrote {}\nMade {}\n", made.settings_file.string(), made.store.string()));
        session.remark("Next: crier import oneroster PATH");
      }
      return Exit::done;
    };
  });
}

}  // namespace crier::cmd
