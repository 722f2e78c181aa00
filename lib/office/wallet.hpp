// The wallet of text messages (D8): whether it covers what is about to be queued, and the acts of people on
// it. Amounts are hundredths of points. What is booked when a delivery changes stands in the store (schema
// 13).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/table.hpp"
#include "delivery/plan.hpp"
#include "office/office.hpp"
#include "office/setup.hpp"
#include "store/wallet_store.hpp"

namespace crier::office {

/// The wallet of whoever is about to queue, with what may be spent at this moment. Where the settings have
/// none, it covers everything and books nothing.
class Purse {
 public:
  enum class Opening { looked_at, made };
  /// That of the school a message is of. `made`: within a transaction, so that it can be booked in.
  Purse(const Office& office, std::int64_t school, Priority priority, Opening opening);

  bool there() const { return rules_.has_value(); }
  /// To book in; none where there is no wallet.
  std::optional<std::int64_t> id() const { return id_; }
  std::int64_t free() const { return free_; }
  bool covers(std::int64_t cost) const { return !there() || cost <= 0 || cost <= may_spend(); }
  /// Counts it as spent, where it is covered.
  bool take(std::int64_t cost);
  /// Throws Error(refused_by_rule, "wallet") with the figures where it is not covered. `held` is reserved for
  /// it already.
  void require(std::int64_t cost, std::int64_t held = 0) const;

 private:
  std::int64_t may_spend() const;

  std::optional<config::WalletRules> rules_;
  std::optional<std::int64_t> id_;
  bool emergency_ = false;
  std::string school_;
  std::int64_t balance_ = 0;
  std::int64_t reserved_ = 0;
  std::int64_t free_ = 0;
};

/// Why a text was failed that a wallet does not cover: a delivery's reason.
inline constexpr std::string_view unpaid = "wallet";

/// What the texts of a plan cost.
std::int64_t cost_of(const delivery::Plan& plan);
/// A schedule asks nobody: where the wallet does not cover its texts, all of them are failed from the start
/// with the reason `wallet`, staff hear of it, and the other channels go (D8). How many were failed.
std::int64_t fail_unpaid(const Office& office, std::int64_t school, delivery::Plan& plan);

struct WalletView {
  /// Empty: of all schools.
  std::string school;
  std::int64_t balance = 0;
  std::int64_t reserved = 0;
  std::int64_t free = 0;
  std::int64_t emergency_reserve = 0;
  std::int64_t warn_below = 0;
  bool low = false;
};
/// Those whoever acts may see. Throws Error(nothing_there, "no-wallet") where the settings have none; so do
/// the others.
std::vector<WalletView> show_wallets(const Office& office);
/// Adds points. Throws Error(usage) for an amount that is none, or not above zero.
WalletView top_up(const Office& office, std::string_view amount, const std::string& note);
/// Adds or takes points without a payment: what was mistyped, what the provider gave back.
WalletView correct(const Office& office, std::string_view amount, const std::string& reason);

struct WalletList {
  Table table;
  std::int64_t total = 0;
  std::int64_t page = 1;
  std::int64_t pages = 1;
};
WalletList wallet_list(const Office& office, store::WalletEntryFilter filter, std::int64_t page,
                       std::int64_t per_page);
/// Whether everything adds up, a line each where it does not. It needs no settings.
std::vector<std::string> check_wallets(const Office& office);

/// What doctor says of it (S6); nothing where there is no wallet and nothing is priced.
std::vector<Finding> examine_wallets(const Office& office);

/// D8: staff are told once by e-mail that little is left, and again after it was topped up. How many mails
/// were queued.
int tell_low_wallets(const Office& office);

}  // namespace crier::office
