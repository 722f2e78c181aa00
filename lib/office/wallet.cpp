#include "office/wallet.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/points.hpp"
#include "office/permission.hpp"
#include "office/staff_mail.hpp"
#include "roster/schools.hpp"
#include "store/school_store.hpp"

namespace crier::office {
namespace {

using Per = config::WalletRules::Per;

constexpr std::int64_t most_note_graphemes = 200;

const config::WalletRules& require_wallet(const Office& office) {
  if (office.settings.wallet) return *office.settings.wallet;
  throw Error(Exit::nothing_there, "no-wallet", "the settings have no wallet: texts are not paid in points",
              "Write a table [wallet] into crier.toml, and price under [channel.sms]; see crier-wallet(1).");
}

/// The school whose wallet a message of this school is paid from; none: the one of all schools.
std::optional<std::int64_t> owner(const config::WalletRules& rules, std::int64_t school) {
  return rules.per == Per::school ? std::optional(school) : std::nullopt;
}

/// ` --school CAM`, for whoever is told what to type.
std::string school_option(const std::string& school) {
  return school.empty() ? "" : " --school " + school;
}

std::string code_of(const Office& office, std::int64_t id) {
  for (const auto& school : store::schools(office.store)) {
    if (school.id == id) return school.code;
  }
  return "";
}

WalletView view_of(const config::WalletRules& rules, const store::Wallet& wallet) {
  return {wallet.school_code,
          wallet.balance,
          wallet.reserved,
          wallet.free(),
          rules.emergency_reserve,
          rules.warn_below,
          wallet.free() < rules.warn_below};
}

std::string name_of(const WalletView& wallet) {
  return wallet.school.empty() ? "the wallet" : "the wallet of " + wallet.school;
}

/// The wallets of the settings, made or not, and what is left in others since the settings changed.
std::vector<store::Wallet> all_wallets(const Office& office, const config::WalletRules& rules,
                                       std::optional<std::int64_t> seen) {
  std::vector<store::Wallet> all;
  if (rules.per == Per::district) all.push_back({});
  for (const auto& school : store::schools(office.store)) {
    if (rules.per == Per::school && (!seen || *seen == school.id)) all.push_back({0, school.id, school.code});
  }
  for (auto& kept : store::wallets(office.store, seen)) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.school == kept.school; });
    if (found != all.end()) {
      *found = std::move(kept);
    } else if (kept.balance != 0 || kept.reserved != 0) {
      all.push_back(std::move(kept));
    }
  }
  return all;
}

}  // namespace

Purse::Purse(const Office& office, std::int64_t school, Priority priority, Opening opening)
    : rules_(office.settings.wallet), emergency_(priority == Priority::emergency) {
  if (!rules_) return;
  const auto of = owner(*rules_, school);
  if (of) school_ = code_of(office, *of);
  auto wallet = store::find_wallet(office.store, of);
  if (!wallet && opening == Opening::made) wallet = store::open_wallet(office.store, of);
  if (!wallet) return;
  id_ = wallet->id;
  balance_ = wallet->balance;
  reserved_ = wallet->reserved;
  free_ = wallet->free();
}

std::int64_t Purse::may_spend() const {
  return emergency_ ? free_ : free_ - rules_->emergency_reserve;
}

bool Purse::take(std::int64_t cost) {
  if (!covers(cost)) return false;
  free_ -= cost;
  return true;
}

void Purse::require(std::int64_t cost, std::int64_t held) const {
  if (covers(cost - held)) return;
  const auto lacking = points_text(cost - held - may_spend());
  const auto kept =
      !emergency_ && rules_->emergency_reserve > 0
          ? fmt::format(", of which {} are kept for emergencies", points_text(rules_->emergency_reserve))
          : std::string();
  throw Error(
      Exit::refused_by_rule, "wallet",
      fmt::format(
          "the texts cost {} points{}, and {} are free in the wallet{} ({} less {} reserved){}",
          points_text(cost),
          held > 0 ? fmt::format(", {} more than is reserved for them", points_text(cost - held)) : "",
          points_text(free_), school_.empty() ? "" : " of " + school_, points_text(balance_),
          points_text(reserved_), kept),
      fmt::format("Top it up by {} at least: crier wallet top-up {}{}. Nothing was queued.", lacking, lacking,
                  school_option(school_)));
}

std::int64_t cost_of(const delivery::Plan& plan) {
  std::int64_t cost = 0;
  for (const auto& job : plan.jobs) cost += job.cost();
  return cost;
}

std::int64_t fail_unpaid(const Office& office, std::int64_t school, delivery::Plan& plan) {
  const auto cost = cost_of(plan);
  const Purse purse(office, school, Priority::general, Purse::Opening::looked_at);
  if (purse.covers(cost)) return 0;
  std::int64_t failed = 0;
  for (auto& job : plan.jobs) {
    if (job.channel != Channel::sms) continue;
    for (auto& one : job.deliveries) {
      if (one.state == DeliveryState::failed) continue;
      one.state = DeliveryState::failed;
      one.reason = unpaid;
      one.cost = 0;
      ++failed;
    }
  }
  log::error(
      "{} text messages of a schedule are not sent: they cost {} points, and {} are free in the wallet",
      failed, points_text(cost), points_text(purse.free()));
  return failed;
}

std::vector<WalletView> show_wallets(const Office& office) {
  const auto seen = school_in_sight(office);
  const auto& rules = require_wallet(office);
  std::vector<WalletView> all;
  for (const auto& wallet : all_wallets(office, rules, seen)) all.push_back(view_of(rules, wallet));
  return all;
}

namespace {

std::int64_t read_amount(std::string_view text) {
  if (const auto points = parse_points(trim_invisible(text))) return *points;
  throw Error(Exit::usage, "bad-amount", fmt::format("'{}' is no number of points", text),
              fmt::format("Write 1500 or 12.50: two digits behind the point, and {} at most.",
                          points_text(most_points)));
}

std::string read_note(std::string_view option, const std::string& text) {
  auto note = std::string(trim_invisible(text));
  if (count_graphemes(note) > static_cast<std::size_t>(most_note_graphemes)) {
    throw Error(Exit::usage, "limit",
                fmt::format("{} has {} characters; {} are allowed", option, count_graphemes(note),
                            most_note_graphemes),
                "Shorten it. Nothing was booked.");
  }
  return note;
}

WalletView book(const Office& office, store::WalletEntryKind kind, std::int64_t points,
                const std::string& note) {
  const auto& rules = require_wallet(office);
  store::Transaction transaction(office.store);
  std::optional<std::int64_t> of;
  if (rules.per == Per::school) {
    const auto schools = roster::school_profiles(office.store, office.settings);
    const auto& school = roster::pick_school(schools, office.school);
    require(office, Act::change_wallet, {{school.code}, ""});
    of = school.id;
  } else {
    require_everywhere(office, Act::change_wallet);
  }
  const auto before = store::open_wallet(office.store, of);
  constexpr auto most_balance = most_points * 100;
  if (std::abs(before.balance + points) > most_balance) {
    throw Error(Exit::refused_by_rule, "limit",
                fmt::format("the wallet would have {} points; {} are allowed",
                            points_text(before.balance + points), points_text(most_balance)),
                "Check the amount. Nothing was booked.");
  }
  store::book_by_hand(office.store, before.id, kind, points, office.actor, note, office.clock.now());
  auto after = view_of(rules, store::find_wallet(office.store, of).value());
  record(office, fmt::format("wallet-{}", store::to_text(kind)), name_of(after),
         fmt::format("{} points, the balance is {}{}", points_text(points), points_text(after.balance),
                     note.empty() ? "" : ": " + note));
  transaction.commit();
  return after;
}

}  // namespace

WalletView top_up(const Office& office, std::string_view amount, const std::string& note) {
  const auto points = read_amount(amount);
  if (points <= 0) {
    throw Error(Exit::usage, "bad-amount",
                fmt::format("a top-up adds points, and {} adds none", points_text(points)),
                "'crier wallet correct -- -POINTS --reason …' takes what was booked by mistake out again.");
  }
  return book(office, store::WalletEntryKind::top_up, points, read_note("--note", note));
}

WalletView correct(const Office& office, std::string_view amount, const std::string& reason) {
  const auto points = read_amount(amount);
  if (points == 0)
    throw Error(Exit::usage, "bad-amount", "a correction of 0 points changes nothing",
                "Give what is to be added or taken.");
  auto why = read_note("--reason", reason);
  if (why.empty())
    throw Error(Exit::usage, "no-reason", "a correction needs a reason", "Give one with --reason.");
  return book(office, store::WalletEntryKind::correction, points, why);
}

WalletList wallet_list(const Office& office, store::WalletEntryFilter filter, std::int64_t page,
                       std::int64_t per_page) {
  filter.school = school_in_sight(office);
  if (!office.settings.wallet && store::count_wallet_entries(office.store, {}) == 0)
    (void)require_wallet(office);
  WalletList list;
  list.page = page;
  list.total = store::count_wallet_entries(office.store, filter);
  list.pages = std::max<std::int64_t>(1, (list.total + per_page - 1) / per_page);
  list.table.name = "entries";
  list.table.columns = {{"id", "Number", ColumnKind::count},
                        {"at", "When", ColumnKind::instant},
                        {"school", "School"},
                        {"kind", "Kind"},
                        {"points", "Points", ColumnKind::money, "points"},
                        {"reserved", "Reserved", ColumnKind::money, "points"},
                        {"message", "Message", ColumnKind::count},
                        {"delivery", "Delivery", ColumnKind::count},
                        {"by", "By"},
                        {"note", "Note"}};
  const auto number = [](std::optional<std::int64_t> value) { return value ? Cell(*value) : Cell(); };
  const auto text = [](const std::string& value) { return value.empty() ? Cell() : Cell(value); };
  for (const auto& one : store::wallet_entries(office.store, filter, (page - 1) * per_page, per_page)) {
    list.table.rows.push_back({one.id, one.at, text(one.school_code), std::string(store::to_text(one.kind)),
                               one.paid, one.held, number(one.message), number(one.delivery),
                               text(one.said_by), text(one.note)});
  }
  return list;
}

std::vector<std::string> check_wallets(const Office& office) {
  require(office, Act::look);
  return store::wallet_faults(office.store);
}

int tell_low_wallets(const Office& office) {
  const auto& rules = office.settings.wallet;
  if (!rules || rules->warn_below == 0) return 0;
  const auto addresses = error_report_addresses(office.settings);
  if (addresses.empty()) return 0;
  int told = 0;
  for (const auto& wallet : store::wallets(office.store)) {
    const auto view = view_of(*rules, wallet);
    const bool in_use = wallet.school.has_value() == (rules->per == Per::school);
    if (!view.low || wallet.told_low || !in_use) continue;
    const auto schools = roster::school_profiles(office.store, office.settings);
    const auto own = std::find_if(schools.begin(), schools.end(), [&](const auto& one) {
      return !wallet.school || one.id == *wallet.school;
    });
    if (own == schools.end()) continue;
    store::Transaction transaction(office.store);
    if (!store::note_told_low(office.store, wallet.id, office.clock.now())) continue;
    queue_staff_mail(
        office, *own,
        {fmt::format("crier: {} points are left for text messages", points_text(view.free)),
         fmt::format(
             "Of {} are {} points free: it has {}, of which {} are reserved for texts that have not gone.\n\n"
             "You hear of it below {} points; {} are kept for emergencies. What the wallet does not cover is "
             "not "
             "sent.\n\nTop it up: crier wallet top-up POINTS{}\n",
             name_of(view), points_text(view.free), points_text(view.balance), points_text(view.reserved),
             points_text(view.warn_below), points_text(view.emergency_reserve), school_option(view.school)),
         addresses});
    transaction.commit();
    log::warning("{} points are left in {}: staff are told", points_text(view.free), name_of(view));
    ++told;
  }
  return told;
}

}  // namespace crier::office
