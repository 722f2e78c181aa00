#include "office/wallet.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"
#include "model/points.hpp"
#include "output/table.hpp"
#include "report/status.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string amount;
  std::string note;
  std::string reason;
  std::string kind;
  std::int64_t page = 1;
  std::int64_t per_page = 50;
};

boost::json::object json_of(const office::WalletView& wallet) {
  boost::json::object document;
  document["school"] = output::text_or_null(wallet.school);
  document["balance"] = output::points_or_null(wallet.balance);
  document["reserved"] = output::points_or_null(wallet.reserved);
  document["free"] = output::points_or_null(wallet.free);
  document["emergency_reserve"] = output::points_or_null(wallet.emergency_reserve);
  document["warn_below"] = output::points_or_null(wallet.warn_below);
  document["low"] = wallet.low;
  return document;
}

std::string text_of(const office::WalletView& wallet) {
  return fmt::format(
      "{}\n  balance   {:>12}\n  reserved  {:>12}  for texts that have not gone\n"
      "  free      {:>12}{}\n",
      wallet.school.empty() ? std::string("The wallet of all schools") : "The wallet of " + wallet.school,
      points_text(wallet.balance), points_text(wallet.reserved), points_text(wallet.free),
      wallet.emergency_reserve > 0
          ? fmt::format("  of which {} for emergencies alone", points_text(wallet.emergency_reserve))
          : "");
}

void remark_low(Session& session, const office::WalletView& wallet) {
  if (!wallet.low) return;
  session.remark(fmt::format("Less than {} points are free: crier wallet top-up POINTS{}.",
                             points_text(wallet.warn_below),
                             wallet.school.empty() ? "" : " --school " + wallet.school));
}

Exit show(Session& session) {
  const auto all = office::show_wallets(session.office(office::StoreAccess::read));
  if (session.json()) {
    boost::json::array wallets;
    for (const auto& one : all) wallets.push_back(json_of(one));
    session.print(boost::json::object{{"wallets", std::move(wallets)}});
    return Exit::done;
  }
  for (const auto& one : all) {
    session.print(text_of(one));
    remark_low(session, one);
  }
  return Exit::done;
}

Exit list(Session& session, const Options& options) {
  store::WalletEntryFilter filter;
  filter.kind = store::parse_wallet_entry_kind(options.kind);
  auto answer =
      office::wallet_list(session.office(office::StoreAccess::read), filter, options.page, options.per_page);
  if (session.json()) {
    auto document = output::json_table(answer.table);
    document["page"] = answer.page;
    document["pages"] = answer.pages;
    document["total"] = answer.total;
    session.print(document);
    return Exit::done;
  }
  report::require_page(answer.page, answer.pages, answer.total, "entries");
  if (answer.pages > 1) {
    answer.table.notes.push_back(
        fmt::format("Page {} of {}, {} entries in all.", answer.page, answer.pages, answer.total));
  }
  session.print(answer.table);
  if (answer.total == 0) session.remark("Nothing was booked yet: crier wallet top-up POINTS.");
  return Exit::done;
}

Exit print_booked(Session& session, const office::WalletView& wallet) {
  if (session.json()) {
    session.print(boost::json::object{{"wallet", json_of(wallet)}});
    return Exit::done;
  }
  session.print(text_of(wallet));
  remark_low(session, wallet);
  return Exit::done;
}

Exit check(Session& session) {
  const auto faults = office::check_wallets(session.office(office::StoreAccess::read));
  if (session.json()) {
    boost::json::array lines;
    for (const auto& one : faults) lines.emplace_back(one);
    session.print(boost::json::object{{"sound", faults.empty()}, {"faults", std::move(lines)}});
  } else {
    for (const auto& one : faults) session.print(one + "\n");
    if (faults.empty()) session.print("Every wallet is the sum of its entries.\n");
  }
  return faults.empty() ? Exit::done : Exit::in_part;
}

}  // namespace

void add_wallet(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "wallet", "points for text messages: what is left, reserved and charged",
                             "Examples:\n"
                             "  crier wallet show\n"
                             "  crier wallet top-up 1500 --note \"Order 4711\"");
  command.require_subcommand(1);
  auto options = std::make_shared<Options>();
  const auto add_act = [&](const char* name, const char* about, const char* examples, auto run) -> CLI::App& {
    auto& act = subcommand(command, name, about, examples);
    act.callback([&session, run] { session.run = [&session, run] { return run(session); }; });
    return act;
  };
  add_act("show", "balance, what is reserved, what is free", "Example:\n  crier wallet show --json",
          [](Session& at) { return show(at); });
  auto& entries = add_act("list", "every entry, the latest first",
                          "Examples:\n"
                          "  crier wallet list --kind top-up\n"
                          "  crier wallet list --page 2 --json",
                          [options](Session& at) { return list(at, *options); });
  entries.add_option("--kind", options->kind, "top-up, correction, reserve, charge or release")
      ->type_name("KIND")
      ->check(CLI::IsMember({"top-up", "correction", "reserve", "charge", "release"}));
  entries.add_option("--page", options->page, "the page, from 1")->check(CLI::Range(1, 1'000'000'000));
  entries.add_option("--per-page", options->per_page, "rows a page")->check(CLI::Range(1, 1000));
  auto& add = add_act("top-up", "add points that were paid for",
                      "Examples:\n"
                      "  crier wallet top-up 1500\n"
                      "  crier wallet top-up 12.50 --note \"Order 4711\" --school CAM",
                      [options](Session& at) {
                        return print_booked(at, office::top_up(at.office(office::StoreAccess::write),
                                                               options->amount, options->note));
                      });
  add.add_option("points", options->amount, "how many")->required()->type_name("POINTS");
  add.add_option("--note", options->note, "what it was, for the list and the audit log")->type_name("TEXT");
  auto& correct = add_act("correct", "add or take points without a payment",
                          "Examples:\n"
                          "  crier wallet correct 3 --reason \"Given back by the provider\"\n"
                          "  crier wallet correct -150 --reason \"Mistyped on Monday\"",
                          [options](Session& at) {
                            return print_booked(at, office::correct(at.office(office::StoreAccess::write),
                                                                    options->amount, options->reason));
                          });
  correct.add_option("points", options->amount, "how many; below zero takes them out")
      ->required()
      ->type_name("POINTS");
  correct.add_option("--reason", options->reason, "why, for the list and the audit log")
      ->required()
      ->type_name("TEXT");
  add_act("check", "whether balance and reservations are the sums of their entries",
          "Exit 1 where something does not add up; it is told.\nExample:\n  crier wallet check",
          [](Session& at) { return check(at); });
}

}  // namespace crier::cmd
