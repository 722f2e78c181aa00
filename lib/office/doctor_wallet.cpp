#include <fmt/format.h>

#include <map>

#include "base/text.hpp"
#include "format/phone.hpp"
#include "model/points.hpp"
#include "office/finding_list.hpp"
#include "office/permission.hpp"
#include "office/wallet.hpp"

namespace crier::office {
namespace {

/// What was sent of late is what will be: a wallet should last so long.
constexpr std::chrono::hours lasts{7 * 24};

/// D8: texts to a country without a price are sent, and nobody notices that they cost nothing here.
void examine_prices(const Office& office, FindingList& list) {
  const auto price = office.settings.channel(Channel::sms).price;
  if (price.empty()) {
    if (office.settings.wallet) {
      list.wrong("wallet", "texts have no price, so that nothing is ever charged to the wallet",
                 "Set price under [channel.sms], such as price = { default = 1.5 }.");
    }
    return;
  }
  if (price.contains("default")) return;
  std::map<std::string, std::int64_t> without;
  for (const auto& number : store::text_numbers(office.store)) {
    const auto country = format::country_of(number);
    if (!price.contains(country)) ++without[country.empty() ? "no known country" : country];
  }
  if (without.empty()) return;
  std::vector<std::string> countries;
  for (const auto& [country, count] : without) countries.push_back(fmt::format("{} ({})", country, count));
  list.warn("price", fmt::format("there are numbers of countries without a price: {}", join(countries, ", ")),
            "Give each a price under [channel.sms], or set default.");
}

void examine_wallet(const Office& office, const WalletView& wallet, FindingList& list) {
  const auto name = wallet.school.empty() ? std::string("the wallet") : "the wallet of " + wallet.school;
  const auto remedy =
      fmt::format("crier wallet top-up POINTS{}", wallet.school.empty() ? "" : " --school " + wallet.school);
  std::int64_t lately = 0;
  for (const auto& kept : store::wallets(office.store)) {
    if (kept.school_code == wallet.school)
      lately = store::charged_since(office.store, kept.id, office.clock.now() - lasts);
  }
  const auto spendable = wallet.free - wallet.emergency_reserve;
  if (wallet.free < wallet.emergency_reserve || wallet.free <= 0) {
    list.wrong("wallet",
               fmt::format("{} has {} points free, and {} are kept for emergencies: no text is queued", name,
                           points_text(wallet.free), points_text(wallet.emergency_reserve)),
               remedy);
  } else if (wallet.low) {
    list.warn("wallet",
              fmt::format("{} has {} points free, less than {}", name, points_text(wallet.free),
                          points_text(wallet.warn_below)),
              remedy);
  } else if (spendable < lately) {
    list.warn("wallet",
              fmt::format("{} has {} points to spend, less than the {} of the last week", name,
                          points_text(spendable), points_text(lately)),
              remedy);
  } else {
    list.ok("wallet", fmt::format("{} has {} points free, {} are reserved for what has not gone", name,
                                  points_text(wallet.free), points_text(wallet.reserved)));
  }
}

}  // namespace

std::vector<Finding> examine_wallets(const Office& office) {
  FindingList list;
  examine_prices(office, list);
  if (!office.settings.wallet) return list.take();
  for (const auto& wallet : show_wallets(office)) examine_wallet(office, wallet, list);
  if (office.settings.wallet->emergency_reserve == 0) {
    list.warn("wallet", "no points are kept for emergencies: any text may use up the last of them",
              "Set emergency_reserve under [wallet] to what one text to everybody costs.");
  }
  return list.take();
}

}  // namespace crier::office
