#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/os.hpp"
#include "command.hpp"
#include "office/deciding.hpp"

namespace crier::cmd {
namespace {

boost::json::object document(const office::Decided& decided) {
  boost::json::object one;
  if (decided.message == 0) {
    one["message"] = nullptr;
  } else {
    one["message"] = decided.message;
  }
  one["subject"] = output::text_or_null(decided.subject);
  one["deliveries"] = decided.deliveries;
  one["under_way"] = decided.under_way;
  one["leaves"] = output::time_or_null(decided.leaves);
  return one;
}

/// `said` is what to print for each; the document holds all of them under `key`.
Exit answer(Session& session, const char* key, const std::vector<office::Decided>& all,
            const std::function<std::string(const office::Decided&)>& said) {
  if (session.json()) {
    boost::json::array list;
    for (const auto& one : all) list.push_back(document(one));
    boost::json::object whole;
    whole[key] = std::move(list);
    session.print(whole);
    return Exit::done;
  }
  for (const auto& one : all) {
    session.print(said(one));
    if (one.under_way > 0) {
      session.remark(
          fmt::format("{} were under way at that moment and could not be held back.", one.under_way));
    }
  }
  return Exit::done;
}

CLI::Option* add_messages(CLI::App& command, std::vector<std::int64_t>& messages) {
  return command
      .add_option("message", messages, "the message's number, as 'crier send' and 'crier status' tell it")
      ->type_name("ID")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000}));
}

struct ApproveOptions {
  std::vector<std::int64_t> messages;
  std::string subject;
  std::string body;
  std::string body_file;
};

Exit run_approve(Session& session, const ApproveOptions& options) {
  office::Edit edit{options.subject, options.body};
  if (!options.body_file.empty()) edit.body = os::read_file(options.body_file, 2 << 20);
  if (options.messages.size() > 1 && !(edit.subject.empty() && edit.body.empty())) {
    throw Error(Exit::usage, "one-message", "new words are for one message alone",
                "Approve the others by a call of their own.");
  }
  const auto& office = session.office(office::StoreAccess::write);
  std::vector<office::Decided> all;
  for (const auto message : options.messages) all.push_back(office::approve(office, message, edit));
  return answer(session, "approved", all, [&](const office::Decided& one) {
    return fmt::format("Message {} '{}' is approved: {} deliveries leave from {} ({}) on.\n", one.message,
                       one.subject, one.deliveries, to_iso(session.zone().local(*one.leaves)),
                       session.zone().name());
  });
}

struct CancelOptions {
  std::vector<std::int64_t> messages;
  std::string recipient;
  bool all = false;
  bool yes = false;
};

Exit run_cancel(Session& session, const CancelOptions& options) {
  if (options.messages.empty() && options.recipient.empty() && !options.all) {
    throw Error(Exit::usage, "which-message", "what is to be cancelled is missing",
                "Name messages, --recipient CODE, or --all.");
  }
  const auto& office = session.office(office::StoreAccess::write);
  if (options.all &&
      !session.confirmed("Everything that has not gone yet is cancelled. Cancel?", options.yes)) {
    throw Error(Exit::refused_by_rule, "not-confirmed", "not cancelled", "Nothing was changed.");
  }
  std::vector<office::Decided> all;
  if (options.all) {
    all.push_back(office::cancel_all(office));
  } else if (options.recipient.empty()) {
    for (const auto message : options.messages) all.push_back(office::cancel(office, message));
  } else if (options.messages.empty()) {
    all.push_back(office::cancel_for(office, std::nullopt, options.recipient));
  } else {
    for (const auto message : options.messages) {
      all.push_back(office::cancel_for(office, message, options.recipient));
    }
  }
  return answer(session, "cancelled", all, [](const office::Decided& one) {
    return one.message == 0
               ? fmt::format("{} deliveries are cancelled.\n", one.deliveries)
               : fmt::format("Message {}: {} deliveries are cancelled.\n", one.message, one.deliveries);
  });
}

}  // namespace

void add_approve(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "approve", "let messages go that wait for approval",
                             "Examples:\n"
                             "  crier status --awaiting\n"
                             "  crier approve 12 13\n"
                             "  crier approve 12 -s 'School trip' --body-file better.txt");
  auto options = std::make_shared<ApproveOptions>();
  add_messages(command, options->messages)->required();
  command.add_option("-s,--subject", options->subject, "another subject");
  auto* body = command.add_option("-m,--message", options->body, "another body");
  command.add_option("--body-file", options->body_file, "another body, from a file")
      ->excludes(body)
      ->type_name("FILE");
  command.callback(
      [&session, options] { session.run = [&session, options] { return run_approve(session, *options); }; });
}

void add_reject(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "reject", "turn a message down that waits for approval",
                             "Examples:\n  crier reject 12 --reason 'The date is wrong.'");
  struct Options {
    std::vector<std::int64_t> messages;
    std::string reason;
  };
  auto options = std::make_shared<Options>();
  add_messages(command, options->messages)->required();
  command.add_option("--reason", options->reason, "why, for its sender")->required();
  command.callback([&session, options] {
    session.run = [&session, options] {
      const auto& office = session.office(office::StoreAccess::write);
      std::vector<office::Decided> all;
      for (const auto message : options->messages) {
        all.push_back(office::reject(office, message, options->reason));
      }
      return answer(session, "rejected", all, [](const office::Decided& one) {
        return fmt::format("Message {} '{}' is rejected: {} deliveries are cancelled.\n", one.message,
                           one.subject, one.deliveries);
      });
    };
  });
}

void add_cancel(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "cancel", "take back what has not gone yet",
                             "Examples:\n"
                             "  crier cancel 12\n"
                             "  crier cancel 12 --recipient C-17\n"
                             "  crier cancel --recipient C-17\n"
                             "  crier cancel --all");
  auto options = std::make_shared<CancelOptions>();
  add_messages(command, options->messages);
  command.add_option("--recipient", options->recipient, "what has not gone to this person alone")
      ->type_name("CODE");
  command.add_flag("--all", options->all, "everything that has not gone yet");
  command.add_flag("--yes", options->yes, "do not ask");
  command.callback(
      [&session, options] { session.run = [&session, options] { return run_cancel(session, *options); }; });
}

}  // namespace crier::cmd
