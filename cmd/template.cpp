#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/text.hpp"
#include "command.hpp"
#include "office/templates.hpp"

namespace crier::cmd {
namespace {

Exit run_list(Session& session) {
  const auto folder = office::list_templates(session.office(office::StoreAccess::read));
  Table table;
  table.name = "templates";
  table.columns = {
      {"name", "Name"}, {"fallback", "Fallback"}, {"languages", "Languages"}, {"subject", "Subject"}};
  for (const auto& one : folder.templates) {
    std::vector<std::string> languages;
    std::string subject;
    for (const auto& text : one.texts) {
      languages.push_back(text.language);
      if (text.language == one.fallback) subject = text.subject;
    }
    table.rows.push_back({one.name, one.fallback, join(languages, ", "), subject});
  }
  session.print(table);
  for (const auto& broken : folder.broken) session.remark(broken.message + " " + broken.hint);
  if (!session.json() && table.rows.empty()) session.remark("There is no template beside the settings file.");
  return Exit::done;
}

Exit run_check(Session& session, const std::string& name) {
  const auto findings = office::check_templates(session.office(office::StoreAccess::read), name);
  bool bad = false;
  boost::json::array array;
  for (const auto& one : findings) {
    bad |= one.level == "error";
    if (!session.json()) {
      session.print(one.message.empty()
                        ? fmt::format("{}: good\n", one.name)
                        : fmt::format("{}: {}: {}\n  {}\n", one.name, one.level, one.message, one.hint));
      continue;
    }
    boost::json::object finding;
    finding["template"] = one.name;
    finding["file"] = one.file;
    finding["level"] = one.level.empty() ? "ok" : one.level;
    finding["message"] = output::text_or_null(one.message);
    finding["hint"] = output::text_or_null(one.hint);
    array.push_back(std::move(finding));
  }
  if (session.json()) {
    boost::json::object document;
    document["templates"] = std::move(array);
    session.print(document);
  } else if (findings.empty()) {
    session.remark("There is no template beside the settings file.");
  }
  return bad ? Exit::in_part : Exit::done;
}

struct PreviewOptions {
  std::string name;
  std::string code;
  std::string via = "email";
};

Exit run_preview(Session& session, const PreviewOptions& options) {
  const auto samples = office::preview_template(session.office(office::StoreAccess::read), options.name,
                                                options.code, parse_via(options.via));
  if (session.json()) {
    boost::json::array array;
    for (const auto& one : samples) {
      boost::json::object sample;
      sample["code"] = one.code;
      sample["type"] = to_text(one.channel);
      sample["subject"] = one.subject;
      sample["body"] = one.body;
      array.push_back(std::move(sample));
    }
    boost::json::object document;
    document["template"] = options.name;
    document["samples"] = std::move(array);
    session.print(document);
    return Exit::done;
  }
  const auto paint = session.paint();
  for (const auto& one : samples) {
    session.print(fmt::format("{}\n{}\n\n{}\n\n",
                              paint(output::Meaning::heading,
                                    fmt::format("{} to {} ({})", to_text(one.channel), one.name, one.code)),
                              one.subject, one.body));
  }
  return Exit::done;
}

}  // namespace

void add_template(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "template", "words in the readers' languages, with merge fields",
                             "Examples:\n"
                             "  crier template list\n"
                             "  crier template check\n"
                             "  crier template preview trip --for C-17");
  command.require_subcommand(1);
  auto& list = subcommand(command, "list", "the templates beside the settings file",
                          "Examples:\n  crier template list");
  list.callback([&session] { session.run = [&session] { return run_list(session); }; });

  auto& check = subcommand(command, "check", "every field, the limits, and translations that are missing",
                           "Examples:\n  crier template check\n  crier template check trip");
  auto name = std::make_shared<std::string>();
  check.add_option("name", *name, "one template alone")->type_name("NAME");
  check.callback([&session, name] { session.run = [&session, name] { return run_check(session, *name); }; });

  auto& preview = subcommand(command, "preview", "how a template reads for somebody",
                             "Examples:\n  crier template preview trip --for C-17\n"
                             "  crier template preview trip --for C-17 --via email,sms");
  auto options = std::make_shared<PreviewOptions>();
  preview.add_option("name", options->name, "the template")->required()->type_name("NAME");
  preview.add_option("--for", options->code, "who reads it")->required()->type_name("CODE");
  preview.add_option("--via", options->via, "channels: email (default), sms, wechat, voice, inbox, alert");
  preview.callback(
      [&session, options] { session.run = [&session, options] { return run_preview(session, *options); }; });
}

}  // namespace crier::cmd
