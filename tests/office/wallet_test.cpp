#include "office/wallet.hpp"

#include "office/office_case.hpp"

using namespace crier;
using namespace crier::office;

namespace {

struct WalletCase : test::OfficeCase {
  std::int64_t school = 0;

  WalletCase() {
    settings.wallet.emplace();
    settings.wallet->emergency_reserve = 10'000;
    settings.channels[Channel::sms].price = {{"default", 150}};
    school = roster.school_id("CAM");
  }
  Purse purse(Priority priority = Priority::general) {
    return {as(), school, priority, Purse::Opening::looked_at};
  }
  static delivery::Plan plan_of(std::int64_t texts) {
    delivery::Plan plan;
    plan.jobs.push_back({Channel::email, std::vector<store::NewDelivery>(2)});
    plan.jobs.push_back({Channel::sms, {}});
    for (std::int64_t i = 0; i < texts; ++i) {
      store::NewDelivery one;
      one.cost = 150;
      plan.jobs.back().deliveries.push_back(one);
    }
    return plan;
  }
};

}  // namespace

TEST_CASE_FIXTURE(WalletCase,
                  "D8: the reserve is for emergencies, and what costs nothing is always covered") {
  top_up(as(), "150", "");
  CHECK(purse().covers(5000));
  CHECK_FALSE(purse().covers(5001));
  CHECK(purse(Priority::emergency).covers(15'000));
  CHECK_FALSE(purse(Priority::emergency).covers(15'001));
  correct(as(), "-200", "spent elsewhere");
  CHECK(purse().free() == -5000);
  CHECK(purse().covers(0));
  CHECK_FALSE(purse(Priority::emergency).covers(1));
  const auto error = test::error_of([&] { purse().require(150); });
  CHECK(error.exit() == Exit::refused_by_rule);
  CHECK(error.code() == "wallet");
  CHECK(error.message().find("-50.00 are free") != std::string::npos);
  CHECK(error.hint().find("151.50") != std::string::npos);
}

TEST_CASE_FIXTURE(WalletCase, "D8: a purse counts what is taken, and what is given back") {
  top_up(as(), "103", "");
  auto mine = purse();
  CHECK(mine.take(150));
  CHECK(mine.take(150));
  CHECK_FALSE(mine.take(150));
  CHECK(mine.take(-150));
  CHECK(mine.take(150));
}

TEST_CASE_FIXTURE(WalletCase, "D8: without a wallet everything is covered and nothing is booked") {
  settings.wallet.reset();
  CHECK(purse().covers(1'000'000));
  CHECK_FALSE(purse().id());
  auto plan = plan_of(3);
  CHECK(fail_unpaid(as(), school, plan) == 0);
  CHECK(test::error_of([&] { show_wallets(as()); }).code() == "no-wallet");
  CHECK(test::error_of([&] { top_up(as(), "5", ""); }).code() == "no-wallet");
}

TEST_CASE_FIXTURE(WalletCase,
                  "D8: a schedule's texts fail whole where they are not covered, its e-mails stay") {
  top_up(as(), "104.49", "");
  auto plan = plan_of(3);
  CHECK(fail_unpaid(as(), school, plan) == 3);
  CHECK(cost_of(plan) == 0);
  for (const auto& one : plan.jobs[0].deliveries) CHECK(one.state == DeliveryState::queued);
  for (const auto& one : plan.jobs[1].deliveries) {
    CHECK(one.state == DeliveryState::failed);
    CHECK(one.reason == unpaid);
  }
  top_up(as(), "0.01", "");
  plan = plan_of(3);
  CHECK(fail_unpaid(as(), school, plan) == 0);
  CHECK(cost_of(plan) == 450);
}

TEST_CASE_FIXTURE(WalletCase, "D8: a balance has an end, and what would pass it is refused") {
  for (int i = 0; i < 100; ++i) top_up(as(), "10000000", "");
  const auto error = test::error_of([&] { top_up(as(), "0.01", ""); });
  CHECK(error.code() == "limit");
  CHECK(show_wallets(as()).front().balance == 100'000'000'000);
}

TEST_CASE_FIXTURE(WalletCase, "M7: only a manager of all schools tops up the wallet of all schools") {
  roster.contact("C1", "Mary", "Dyer");
  enter("it", {"manager"});
  enter("cam", {"manager"}, {"CAM"});
  enter("ann", {"sender", "office", "approver"});
  CHECK_NOTHROW(top_up(as("it"), "5", ""));
  CHECK(test::error_of([&] { top_up(as("ann"), "5", ""); }).code() == "role");
  CHECK(test::error_of([&] { correct(as("ann"), "5", "why"); }).code() == "role");
  CHECK(show_wallets(as("ann")).front().balance == 500);
}
