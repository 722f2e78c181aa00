#include "delivery/engine.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <limits>
#include <set>

#include "base/error.hpp"
#include "base/os.hpp"
#include "delivery/channel_work.hpp"
#include "delivery/plan.hpp"
#include "delivery/room.hpp"
#include "store/identity_store.hpp"
#include "store/limit_store.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "store/report_store.hpp"
#include "support/roster_builder.hpp"
#include "support/smtp_server.hpp"

using namespace crier;
using namespace std::chrono_literals;

namespace {

/// A store with a message to some people, and an engine over an outbox or a scripted server.
struct EngineFixture {
  test::RosterBuilder roster;
  config::Settings settings;
  FixedClock clock{*parse_rfc3339("2026-11-25T12:00:00Z")};
  std::vector<std::int64_t> people;
  std::int64_t job = 0;
  std::int64_t message = 0;

  EngineFixture() {
    settings.folder = roster.folder();
    store::Transaction transaction(roster.store());
    store::insert_store_identity(roster.store(), "0123456789abcdef0123456789abcdef", clock.now());
    transaction.commit();
  }

  store::Connection& store() { return roster.store(); }

  void to_server(const test::SmtpServer& server) {
    config::ChannelSettings channel;
    channel.kind = config::ChannelKind::smtp;
    channel.host = "127.0.0.1";
    channel.port = server.port();
    channel.security = config::Security::none;
    channel.connections = 3;
    channel.timeout = 2s;
    settings.channels[Channel::email] = channel;
  }

  void queue(int count, Priority priority = Priority::general) {
    while (static_cast<int>(people.size()) < count) {
      people.push_back(
          roster.contact(fmt::format("C{}", people.size()), "Given", fmt::format("F{}", people.size())).id());
    }
    const auto school = roster.school_id("CAM");
    store::Transaction transaction(store());
    store::MessageRow row;
    row.school = school;
    row.subject = "Subject";
    row.body = "Body";
    row.sender = "test";
    row.priority = priority;
    row.created = clock.now();
    message = store::insert_message(store(), row);
    job = store::insert_job(store(), message, Channel::email, clock.now());
    std::vector<store::NewDelivery> deliveries;
    for (int i = 0; i < count; ++i) {
      store::NewDelivery one;
      one.person = people[static_cast<std::size_t>(i)];
      one.school = school;
      one.address = fmt::format("p{}@example.org", i);
      one.due = clock.now();
      deliveries.push_back(one);
    }
    store::insert_deliveries(store(), job, Channel::email, priority, deliveries, clock.now());
    transaction.commit();
  }

  store::Lease lease() {
    const auto pid = os::process_id();
    return store::Lease::take(store(), {"test", os::host_name(), pid, os::process_start_mark(pid)}, 30s)
        .value();
  }

  /// Works until nothing more can go now.
  void work() {
    auto held = lease();
    {
      delivery::Engine engine(store(), settings, clock, held);
      do {
        engine.turn();
        if (engine.idle()) break;
        engine.wait(std::chrono::steady_clock::now() + 5s);
      } while (true);
      engine.stop(5s);
    }
    held.release(store());
  }

  JobCounts counts() {
    CHECK(store::jobs_that_do_not_add_up(store()).empty());
    store::JobFilter filter;
    filter.job = job;
    return store::job_rows(store(), filter, 0, 1).front().counts;
  }

  std::size_t outbox_files() {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(roster.folder() / "outbox/email")) {
      files += entry.path().extension() == ".eml";
    }
    return files;
  }
};

}  // namespace

TEST_CASE_FIXTURE(EngineFixture, "D2: the outbox gets a whole file per message, and the job is complete") {
  queue(700);
  work();
  CHECK(counts().complete == 700);
  CHECK(outbox_files() == 700);
  CHECK(store().integer("SELECT count(*) FROM attempt WHERE verdict = 'delivered'") == 700);
}

TEST_CASE_FIXTURE(EngineFixture,
                  "D5: what a dead holder had in hand is sent again under the same Message-ID") {
  queue(5);
  {
    auto dead = lease();
    store::Transaction transaction(store());
    CHECK(store::claim(store(), Channel::email, 3, dead.fence(), clock.now()).size() == 3);
    transaction.commit();
    store().execute("UPDATE lease SET start_mark = 'gone'");
  }
  const test::SmtpServer server({});
  to_server(server);
  work();
  CHECK(counts().complete == 5);
  CHECK(store().integer("SELECT count(*) FROM attempt WHERE verdict = 'in-doubt'") == 3);
  std::set<std::string> ids;
  for (const auto& mail : server.taken()) {
    const auto at = mail.content.find("Message-ID: ");
    REQUIRE(at != std::string::npos);
    ids.insert(mail.content.substr(at, mail.content.find("\r\n", at) - at));
  }
  CHECK(ids.size() == 5);
  CHECK(server.taken().size() == 5);
}

TEST_CASE_FIXTURE(EngineFixture,
                  "D4: a lasting refusal fails that delivery, a passing one waits for its next try") {
  test::SmtpScript script;
  script.rcpt_replies = {{"p1@example.org", "550 5.1.1 no such user"}, {"p2@example.org", "451 4.3.0 later"}};
  const test::SmtpServer server(script);
  to_server(server);
  queue(4);
  work();
  const auto c = counts();
  CHECK(c.complete == 2);
  CHECK(c.failed == 1);
  CHECK(c.processing == 1);
  CHECK(store().integer("SELECT due FROM delivery WHERE state = 'waiting'") > to_millis(clock.now()));
  // Nothing goes before its time, and the clock decides.
  work();
  CHECK(counts().processing == 1);
  clock.set(clock.now() + 2min);
  work();
  CHECK(store().integer("SELECT attempts FROM delivery WHERE state = 'waiting'") == 2);
  clock.set(clock.now() + 72h);
  work();
  CHECK(counts().failed == 2);
}

TEST_CASE_FIXTURE(
    EngineFixture,
    "D4: the sender's own fault stops the channel and fails nobody, it starts again by itself") {
  {
    test::SmtpScript script;
    script.fault = test::SmtpFault{test::SmtpPoint::mail, test::SmtpTrick::reply_5xx, 0, 1000};
    script.rcpt_replies = {};
    const test::SmtpServer server(script);
    to_server(server);
    settings.channels[Channel::email].user = "crier";
    settings.channels[Channel::email].password = Secret("wrong");
    queue(6);
    work();
  }
  CHECK(counts().failed == 0);
  CHECK(counts().complete == 0);
  REQUIRE(store::channel_stop(store(), Channel::email));
  const test::SmtpServer good({});
  to_server(good);
  work();
  CHECK(good.taken().empty());  // still stopped
  clock.set(clock.now() + 10min);
  work();
  CHECK(counts().complete == 6);
  CHECK_FALSE(store::channel_stop(store(), Channel::email));
}

TEST_CASE_FIXTURE(EngineFixture, "D4: a gateway that is not there fails nobody and is not hammered") {
  {
    const test::SmtpServer gone({});
    to_server(gone);
  }
  queue(20);
  work();
  CHECK(counts().processing + counts().not_started == 20);
  CHECK(counts().failed == 0);
}

TEST_CASE_FIXTURE(EngineFixture,
                  "D3: what is queued when quiet hours begin is held until they end, an emergency is not") {
  queue(3);
  const auto general = job;
  queue(2, Priority::emergency);
  clock.set(*parse_rfc3339("2026-11-25T20:30:00Z"));
  work();
  CHECK(counts().complete == 2);
  job = general;
  CHECK(counts().held == 3);
  CHECK(store().integer("SELECT min(due) FROM delivery WHERE state = 'held'") ==
        to_millis(*parse_rfc3339("2026-11-26T08:00:00Z")));
  // Its time has come, and it is not the engine that lets it go: it is worked out again first (A5,
  // office/release).
  clock.set(*parse_rfc3339("2026-11-26T08:00:00Z"));
  work();
  CHECK(counts().held == 3);
  CHECK(counts().complete == 0);
}

TEST_CASE_FIXTURE(
    EngineFixture,
    "D5: outcomes that could not be written are written at the next turn, and nothing goes twice") {
  const test::SmtpServer server({});
  to_server(server);
  queue(4);
  auto held = lease();
  delivery::Engine engine(store(), settings, clock, held);
  engine.turn();
  store().execute("CREATE TRIGGER refuse BEFORE INSERT ON attempt BEGIN SELECT RAISE(ABORT, 'no room'); END");
  bool refused = false;
  while (!refused) {
    engine.wait(std::chrono::steady_clock::now() + 5s);
    try {
      engine.turn();
    } catch (const Error&) {
      refused = true;
    }
  }
  CHECK(counts().complete == 0);
  CHECK(counts().processing == 4);
  store().execute("DROP TRIGGER refuse");
  do {
    engine.turn();
    if (engine.idle()) break;
    engine.wait(std::chrono::steady_clock::now() + 5s);
  } while (true);
  engine.stop(5s);
  CHECK(counts().complete == 4);
  CHECK(server.taken().size() == 4);
}

TEST_CASE_FIXTURE(EngineFixture, "D4: one recipient's policy refusal among many that went stops nobody") {
  test::SmtpScript script;
  script.rcpt_replies = {{"p1@example.org", "550 5.7.1 not from you"}};
  const test::SmtpServer server(script);
  to_server(server);
  settings.channels[Channel::email].connections = 1;
  queue(5);
  work();
  clock.set(clock.now() + 3min);
  work();
  CHECK(counts().complete == 4);
  clock.set(clock.now() + 72h);
  queue(1);
  CHECK_NOTHROW(work());
}

TEST_CASE_FIXTURE(EngineFixture, "D6: past its lease a process hands nothing more to the wire") {
  delivery::TrustedUntil trust;
  CHECK_FALSE(trust.holds());
  trust.set(os::since_boot() + 10s);
  CHECK(trust.holds());
  trust.set(os::since_boot() - 1ms);
  CHECK_FALSE(trust.holds());
}

TEST_CASE_FIXTURE(
    EngineFixture,
    "D6: an engine whose lease was taken over stops at once and changes nothing, though it trusts it yet") {
  const test::SmtpServer server({});
  to_server(server);
  queue(3);
  store().execute("UPDATE delivery SET state = 'waiting', due = 1");
  store().execute("UPDATE job SET not_started = 0, processing = 3");
  auto held = lease();
  delivery::Engine engine(store(), settings, clock, held);
  store().execute("UPDATE lease SET fence = fence + 1");
  REQUIRE(held.trusted());
  CHECK_THROWS_WITH_AS(engine.require_lease(), "another daemon has taken over this store", Error);
  CHECK_THROWS_WITH_AS(engine.turn(), "another daemon has taken over this store", Error);
  CHECK(store().integer("SELECT count(*) FROM delivery WHERE state = 'waiting'") == 3);
  engine.stop(0s);
  CHECK(server.taken().empty());
}

TEST_CASE_FIXTURE(EngineFixture, "D5: below the floor of the disk only emergencies are begun") {
  const test::SmtpServer server({});
  to_server(server);
  queue(3);
  const auto general = job;
  queue(2, Priority::emergency);
  settings.sending.keep_free = std::numeric_limits<std::uint64_t>::max();
  work();
  CHECK(counts().complete == 2);
  CHECK(server.taken().size() == 2);
  job = general;
  CHECK(counts().not_started == 3);
  CHECK_THROWS_WITH_AS(delivery::require_room(store(), settings),
                       doctest::Contains("the disk is nearly full"), Error);
  settings.sending.keep_free = 0;
  work();
  CHECK(counts().complete == 3);
  CHECK_FALSE(delivery::lack_of_room(store(), settings));
}

TEST_CASE_FIXTURE(
    EngineFixture,
    "D4: a gateway that is down is left alone for a while, and the rest does not try it in vain") {
  queue(300);
  {
    const test::SmtpServer gone({});
    to_server(gone);
  }
  work();
  const auto tried = store().integer("SELECT count(*) FROM attempt");
  CHECK(tried >= 5);
  CHECK(tried <= 40);
  CHECK(counts().failed == 0);
  CHECK(counts().not_started >= 260);
  const auto stop = store::channel_stop(store(), Channel::email);
  REQUIRE(stop);
  CHECK(stop->cause == "connection-refused");
  // One goes ahead to see, and it is still down: the rest is not tried.
  clock.set(stop->retry_at);
  work();
  CHECK(store().integer("SELECT count(*) FROM attempt WHERE n = 1") == tried + 1);
  // It is there again.
  const test::SmtpServer server({});
  to_server(server);
  clock.set(clock.now() + 1h);
  work();
  CHECK(counts().complete == 300);
  CHECK_FALSE(store::channel_stop(store(), Channel::email));
}

TEST_CASE_FIXTURE(EngineFixture,
                  "D4: no more than the hour's and the day's limit leaves, over restarts too") {
  settings.channels[Channel::email].path = roster.folder() / "outbox/email";
  settings.channels[Channel::email].limits.per_hour = 100;
  settings.channels[Channel::email].limits.per_day = 250;
  queue(700);
  work();
  CHECK(counts().complete == 100);
  const auto limit = store::channel_limit(store(), Channel::email);
  REQUIRE(limit);
  CHECK(limit->cause == "per_hour");
  CHECK(limit->until == *parse_rfc3339("2026-11-25T13:01:00Z"));
  clock.set(limit->until - 1s);
  work();
  CHECK(counts().complete == 100);
  clock.set(limit->until);
  work();
  CHECK(counts().complete == 200);
  clock.set(clock.now() + 1h + 1min);
  work();
  CHECK(counts().complete == 250);
  CHECK(store::channel_limit(store(), Channel::email)->cause == "per_day");
  clock.set(clock.now() + 22h);
  work();
  CHECK(counts().complete == 350);
  settings.channels[Channel::email].limits = {};
  work();
  CHECK(counts().complete == 700);
  CHECK_FALSE(store::channel_limit(store(), Channel::email));
}

TEST_CASE_FIXTURE(
    EngineFixture,
    "D4: one domain gets no more than its share an hour, the others are not held up, an emergency passes") {
  settings.channels[Channel::email].path = roster.folder() / "outbox/email";
  settings.channels[Channel::email].limits.per_domain = 20;
  queue(90);
  store().execute("UPDATE delivery SET address = 'x' || id || '@Other.example' WHERE id > 50");
  work();
  CHECK(counts().complete == 40);
  CHECK(counts().processing == 50);
  CHECK(store().integer("SELECT count(*) FROM attempt") == 40);
  CHECK(store().integer("SELECT max(attempts) FROM delivery WHERE state = 'waiting'") == 0);
  // Each hour as many as may go, by times that are spread.
  CHECK(store().integer("SELECT count(DISTINCT due) FROM delivery WHERE state = 'waiting' AND id <= 50") ==
        2);
  const auto general = job;
  queue(90, Priority::emergency);
  work();
  CHECK(counts().complete == 90);
  job = general;
  clock.set(*parse_rfc3339("2026-11-25T13:01:00Z"));
  work();
  CHECK(counts().complete == 80);
  clock.set(*parse_rfc3339("2026-11-25T14:02:00Z"));
  work();
  CHECK(counts().complete == 90);
}

TEST_CASE_FIXTURE(EngineFixture, "D4: one address gets no more than its share an hour") {
  settings.channels[Channel::email].path = roster.folder() / "outbox/email";
  settings.channels[Channel::email].limits.per_recipient = 2;
  queue(3);
  store().execute("UPDATE delivery SET address = 'Same@example.org'");
  work();
  CHECK(counts().complete == 2);
  CHECK(counts().processing == 1);
  clock.set(*parse_rfc3339("2026-11-25T13:01:00Z"));
  work();
  CHECK(counts().complete == 3);
}
