#include "web/gateway_door.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <string>

#include "base/clock.hpp"
#include "delivery/receipt_address.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "store/report_store.hpp"
#include "store/secret_store.hpp"
#include "support/roster_builder.hpp"

using namespace crier;

namespace {

/// As long as it lives no file can grow: to the store a disk that takes nothing.
class NoRoom {
 public:
  NoRoom() : before_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit none{1, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~NoRoom() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }
  NoRoom(const NoRoom&) = delete;
  NoRoom& operator=(const NoRoom&) = delete;

 private:
  void (*before_)(int);
  rlimit limit_{};
};

/// A store with one text message that a Kannel has taken.
struct DoorFixture {
  test::RosterBuilder roster;
  FixedClock clock{*parse_rfc3339("2026-11-25T10:00:00Z")};
  config::Settings settings;
  std::string key;
  std::int64_t delivery = 0;
  std::unique_ptr<web::GatewayDoor> door;

  DoorFixture() {
    auto& sms = settings.channels[Channel::sms];
    sms.kind = config::ChannelKind::kannel;
    sms.gateway.receipts = "https://crier.school.example/office";
    const auto person = roster.contact("C1", "Given", "Family").id();
    const auto school = roster.school_id("CAM");
    auto& store = roster.store();
    store::Transaction transaction(store);
    store::MessageRow message;
    message.school = school;
    message.created = clock.now();
    const auto job =
        store::insert_job(store, store::insert_message(store, message), Channel::sms, clock.now());
    store::NewDelivery one;
    one.person = person;
    one.school = school;
    one.address = "+447400900123";
    one.due = clock.now();
    store::insert_deliveries(store, job, Channel::sms, Priority::general, std::array{one}, clock.now());
    store.execute(
        "UPDATE delivery SET state = 'complete', attempts = 1, round = 1, first_try = due; "
        "UPDATE job SET not_started = 0, complete = 1");
    key = store::make_link_key(store);
    transaction.commit();
    delivery = store.integer("SELECT id FROM delivery");
    door = std::make_unique<web::GatewayDoor>(settings, clock, store.path());
  }

  int bring(const std::string& more, const std::string& path = "/gateway/sms/receipt") {
    const auto url = delivery::receipt_url("", Channel::sms, {delivery, 1}, key);
    const auto full = delivery::receipt_url("x", Channel::sms, {delivery, 1}, key);
    CHECK(url.empty());
    net::HttpRequest request{"GET", path, full.substr(full.find('?') + 1) + more, "crier.school.example"};
    return door->answer(request).status;
  }
  std::string state() { return roster.store().text("SELECT state || ' ' || receipt FROM delivery"); }
};

}  // namespace

TEST_CASE("D5: a receipt that cannot be kept is answered with 503, and taken when it comes again") {
  DoorFixture at;
  CHECK(at.bring("&status=8&text=") == 200);
  {
    const NoRoom room;
    CHECK(at.bring("&status=2&text=err:001") == 503);
  }
  CHECK(at.state() == "complete accepted");
  CHECK(at.bring("&status=2&text=err:001") == 200);
  CHECK(at.state() == "failed undelivered");
}

TEST_CASE("W3: each kind of call has its answer and is counted") {
  DoorFixture at;
  CHECK(at.bring("&status=1") == 200);
  CHECK(at.bring("&status=1") == 200);
  CHECK(at.bring("") == 400);
  CHECK(at.bring("&status=1", "/gateway/voice/receipt") == 404);
  at.key = std::string(32, 'x');
  CHECK(at.bring("&status=2") == 403);
  CHECK(at.door->counts() == web::GatewayCounts{1, 1, 0, 1, 1, 1});
  CHECK(at.state() == "complete delivered");
  CHECK(at.door->knows_host("crier.school.example"));
  CHECK_FALSE(at.door->knows_host("evil.example"));
}
