#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "smtp_fixture.hpp"

extern char** environ;

namespace crier::test {
namespace {

using Verdict = Outcome::Verdict;
using Fault = Outcome::Fault;
using Clock = std::chrono::steady_clock;

int count_commands(const SmtpServer& server, std::string_view head) {
  const auto commands = server.commands();
  return static_cast<int>(std::count_if(commands.begin(), commands.end(), [head](const std::string& command) {
    return command.starts_with(head);
  }));
}

void check_all_delivered_once(const SmtpRig& rig, int count) {
  CHECK(rig.work.outcomes().size() == static_cast<std::size_t>(count));
  for (const auto& [delivery, outcomes] : rig.work.outcomes()) {
    CAPTURE(delivery);
    CAPTURE(outcomes.front().text);
    CHECK(outcomes.size() == 1);
    CHECK(outcomes.front().verdict == Verdict::delivered);
  }
  CHECK(rig.server().taken().size() == static_cast<std::size_t>(count));
}

TEST_CASE("D2: what arrives is what was sent, dots and all, one message a transaction") {
  for (const bool pipelining : {true, false}) {
    SmtpRig rig({.pipelining = pipelining});
    rig.add(mail_parcel(1, "ann@example.org", ".\r\n..\r\n.hidden\r\nend.\r\n.\r\n"));
    rig.add(mail_parcel(2, "bob@example.org", "a\n.\r\nMAIL FROM:<evil@example.org>\r\n"));
    rig.run();
    check_all_delivered_once(rig, 2);
    const auto taken = rig.server().taken();
    CHECK(taken[0].from == "office@school.example");
    CHECK(taken[0].to == std::vector<std::string>{"ann@example.org"});
    CHECK(taken[0].content == mail_parcel(1, "", ".\r\n..\r\n.hidden\r\nend.\r\n.\r\n").content);
    CHECK(taken[1].content.find("evil@example.org") != std::string::npos);
    CHECK(rig.outcome(1).code == 250);
    CHECK(rig.outcome(1).enhanced == "2.0.0");
    CHECK(rig.outcome(1).text == "queued as 1");
    CHECK(rig.outcome(1).host == "127.0.0.1");
    CHECK(rig.outcome(1).port == rig.server().port());
    CHECK(rig.outcome(1).tls == "none");
    CHECK(rig.server().connections() == 1);
    CHECK(count_commands(rig.server(), "QUIT") == 1);
  }
}

TEST_CASE("D2: many messages share the connections that are set, and no more") {
  SmtpRig rig(SmtpScript{});
  rig.settings.connections = 4;
  rig.add_many(500);
  rig.run();
  check_all_delivered_once(rig, 500);
  CHECK(rig.server().most_at_once() <= 4);
  CHECK(rig.server().connections() <= 4);
}

TEST_CASE("D2: one message opens one connection, whatever number is set") {
  SmtpRig rig(SmtpScript{});
  rig.settings.connections = 20;
  rig.add_many(1);
  rig.run();
  CHECK(rig.server().connections() == 1);
}

TEST_CASE("D2: a large message arrives whole") {
  SmtpRig rig(SmtpScript{});
  std::string body;
  while (body.size() < 3'000'000) body += ".a line that begins with a dot\r\nand one that does not.\r\n";
  rig.add(mail_parcel(1, "ann@example.org", body));
  rig.add_many(2);
  rig.run();
  REQUIRE(rig.server().taken().size() == 3);
  CHECK(rig.server().taken()[0].content == mail_parcel(1, "", body).content);
}

TEST_CASE("D2: STARTTLS and TLS from the start, with a trusted certificate") {
  for (const auto tls : {ServerTls::starttls, ServerTls::implicit}) {
    for (const auto* host : {"127.0.0.1", "localhost"}) {
      SmtpRig rig({.tls = tls});
      rig.settings.host = host;
      rig.settings.security = tls == ServerTls::starttls ? config::Security::starttls : config::Security::tls;
      rig.settings.ca_file = authority_file();
      rig.add_many(30);
      rig.run();
      check_all_delivered_once(rig, 30);
      CHECK(rig.server().taken()[0].encrypted);
      CHECK(rig.outcome(1).tls == "TLSv1.3");
    }
  }
}

TEST_CASE("D4: a certificate that is not to be trusted is our fault and nothing is sent") {
  for (const auto kind :
       {CertificateKind::expired, CertificateKind::wrong_host, CertificateKind::self_signed}) {
    for (const auto tls : {ServerTls::starttls, ServerTls::implicit}) {
      SmtpRig rig({.tls = tls, .certificate = kind});
      rig.settings.security = tls == ServerTls::starttls ? config::Security::starttls : config::Security::tls;
      rig.settings.ca_file = authority_file();
      rig.add_many(2);
      rig.run();
      CHECK(rig.outcome(1).verdict == Verdict::deferred);
      CHECK(rig.outcome(1).fault == Fault::ours);
      CHECK(rig.outcome(1).cause == "tls-certificate");
      CHECK(rig.server().taken().empty());
      CHECK(count_commands(rig.server(), "MAIL") == 0);
    }
  }
}

TEST_CASE("D4: the system's authorities do not vouch for an unknown one") {
  SmtpRig rig({.tls = ServerTls::starttls});
  rig.settings.security = config::Security::starttls;
  rig.add_many(1);
  rig.run();
  CHECK(rig.outcome(1).cause == "tls-certificate");
}

TEST_CASE("D4: a server without STARTTLS gets nothing where the settings ask for it") {
  SmtpRig rig(SmtpScript{});
  rig.settings.security = config::Security::starttls;
  rig.add_many(1);
  rig.run();
  CHECK(rig.outcome(1).fault == Fault::ours);
  CHECK(rig.outcome(1).cause == "tls-not-offered");
  CHECK(rig.server().taken().empty());
}

TEST_CASE("D2: text put in before TLS is never taken for the server's word") {
  SmtpRig rig({.tls = ServerTls::starttls, .fault = SmtpFault{SmtpPoint::starttls, SmtpTrick::extra_reply}});
  rig.settings.security = config::Security::starttls;
  rig.settings.ca_file = authority_file();
  rig.add_many(1);
  rig.run();
  CHECK(rig.outcome(1).verdict == Verdict::deferred);
  CHECK(rig.outcome(1).cause == "injected-text");
  CHECK(rig.server().taken().empty());
}

TEST_CASE("D2: AUTH PLAIN and LOGIN") {
  for (const auto* mechanism : {"PLAIN LOGIN", "LOGIN"}) {
    SmtpRig rig({.auth = mechanism});
    rig.settings.user = "crier";
    rig.settings.password = Secret("pass word");
    rig.add_many(2);
    rig.run();
    check_all_delivered_once(rig, 2);
    CHECK(rig.server().taken()[0].user == "crier");
  }
}

TEST_CASE("D4: a wrong password is our fault, and is never shown even where the server says it") {
  for (const auto* mechanism : {"PLAIN", "LOGIN"}) {
    SmtpRig rig({.auth = mechanism});
    rig.settings.user = "crier";
    rig.settings.password = Secret("swordfish");
    rig.add_many(1);
    rig.run();
    CHECK(rig.outcome(1).verdict == Verdict::deferred);
    CHECK(rig.outcome(1).fault == Fault::ours);
    CHECK(rig.outcome(1).cause == "authentication");
    CHECK(rig.outcome(1).code == 535);
    CHECK(rig.outcome(1).text.find("swordfish") == std::string::npos);
  }
}

TEST_CASE("D4: a password that could not be read is told, and the server is not troubled") {
  SmtpRig rig({.auth = "PLAIN"});
  rig.settings.user = "crier";
  rig.settings.password_fault = "cannot read /etc/crier/password: no such file";
  rig.add_many(3);
  rig.run();
  CHECK(rig.outcome(3).fault == Fault::ours);
  CHECK(rig.outcome(3).cause == "password-unreadable");
  CHECK(rig.outcome(3).text == rig.settings.password_fault);
  CHECK(rig.server().connections() == 0);
}

TEST_CASE("D5: a hard stop in the middle of conversations leaves nothing behind") {
  for (const auto point : {SmtpPoint::banner, SmtpPoint::dot}) {
    const SmtpServer server({.fault = SmtpFault{point, SmtpTrick::hang, 1, 100}});
    boost::asio::io_context io(1);
    {
      ListWork work(io.get_executor());
      auto settings = smtp_settings(server.port());
      settings.connections = 3;
      transport::Smtp smtp(settings, io.get_executor(), short_times());
      for (int i = 1; i <= 10; ++i) work.add(mail_parcel(i, "ann@example.org"));
      start(io, smtp.run(work));
      io.run_for(std::chrono::milliseconds(100));
      CHECK(work.outcomes().size() < 10);
    }
    // The loop goes after the transport, as in the engine, with the conversations still in it.
  }
}

TEST_CASE("D2: a server that knows no EHLO is greeted with HELO") {
  SmtpRig rig({.ehlo = false});
  rig.add_many(3);
  rig.run();
  check_all_delivered_once(rig, 3);
  CHECK(count_commands(rig.server(), "HELO") == 1);
}

TEST_CASE("D4: a refused recipient fails alone and the rest go on, however the server takes DATA") {
  for (const bool pipelining : {true, false}) {
    for (const auto data : {DataWithoutRecipient::refused, DataWithoutRecipient::taken}) {
      SmtpRig rig({.pipelining = pipelining,
                   .rcpt_replies = {{"ann2@example.org", "550 5.1.1 no such user"},
                                    {"ann3@example.org", "452 4.2.2 mailbox full"},
                                    {"ann4@example.org", "550 5.7.1 relaying denied"}},
                   .data_without_recipient = data});
      rig.add_many(5);
      rig.run();
      CHECK(rig.outcome(1).verdict == Verdict::delivered);
      CHECK(rig.outcome(2).verdict == Verdict::rejected);
      CHECK(rig.outcome(2).fault == Fault::recipient);
      CHECK(rig.outcome(2).cause == "refused-recipient");
      CHECK(rig.outcome(2).text == "no such user");
      CHECK(rig.outcome(2).enhanced == "5.1.1");
      CHECK(rig.outcome(3).verdict == Verdict::deferred);
      CHECK(rig.outcome(3).fault == Fault::passing);
      CHECK(rig.outcome(4).verdict == Verdict::deferred);
      CHECK(rig.outcome(4).fault == Fault::ours);
      CHECK(rig.outcome(5).verdict == Verdict::delivered);
      CHECK(rig.server().taken().size() == 2);
      CHECK(rig.server().connections() == 1);
    }
  }
}

TEST_CASE("D2: SIZE, 8BITMIME and SMTPUTF8 are said where they are due") {
  SmtpRig rig({.size_limit = 1000});
  rig.add(mail_parcel(1, "ann@example.org"));
  rig.add(mail_parcel(2, "ann@example.org", "Zoë\r\n"));
  rig.add(mail_parcel(3, "zoë@example.org"));
  rig.add(mail_parcel(4, "ann@example.org", std::string(2000, 'x')));
  rig.run();
  const auto taken = rig.server().taken();
  REQUIRE(taken.size() == 3);
  CHECK(taken[0].parameters == fmt::format("SIZE={}", mail_parcel(1, "").content.size()));
  CHECK(taken[1].parameters.ends_with(" BODY=8BITMIME"));
  CHECK(taken[2].parameters.ends_with(" SMTPUTF8"));
  CHECK(rig.outcome(4).verdict == Verdict::rejected);
  CHECK(rig.outcome(4).fault == Fault::content);
  CHECK(rig.outcome(4).cause == "too-large");
}

TEST_CASE("D4: an address that this server cannot take, or that is none, is the recipient's fault") {
  SmtpRig rig({.smtputf8 = false});
  rig.add(mail_parcel(1, "zoë@example.org"));
  rig.add(mail_parcel(2, "ann@example.org>\r\nRSET\r\n"));
  rig.add(mail_parcel(3, "ann@example.org"));
  rig.run();
  CHECK(rig.outcome(1).cause == "no-smtputf8");
  CHECK(rig.outcome(1).fault == Fault::recipient);
  CHECK(rig.outcome(2).cause == "invalid-address");
  CHECK(rig.outcome(2).verdict == Verdict::rejected);
  CHECK(rig.outcome(3).verdict == Verdict::delivered);
  CHECK(count_commands(rig.server(), "RSET") == 0);
}

TEST_CASE("D4: a gateway that is down is asked once, and all that waits is deferred alike") {
  const int dead_port = SmtpServer(SmtpScript{}).port();
  SmtpRig rig(SmtpScript{});
  rig.settings.port = dead_port;
  rig.times.back_off = std::chrono::seconds(60);
  rig.settings.connections = 8;
  rig.add_many(1000);
  rig.run();
  CHECK(rig.work.outcomes().size() == 1000);
  for (const auto id : {1, 500, 1000}) {
    CHECK(rig.outcome(id).verdict == Verdict::deferred);
    CHECK(rig.outcome(id).fault == Fault::passing);
    CHECK(rig.outcome(id).cause == "connection-refused");
  }
}

TEST_CASE("D4: a server that turns everybody away sees one connection for all that waits") {
  SmtpRig rig({.fault = SmtpFault{SmtpPoint::banner, SmtpTrick::reply_5xx, 0, 1000}});
  rig.settings.connections = 8;
  rig.times.back_off = std::chrono::seconds(60);
  rig.add_many(100);
  rig.run();
  CHECK(rig.server().connections() == 1);
  CHECK(rig.work.outcomes().size() == 100);
  CHECK(rig.outcome(100).cause == "session-refused");
}

TEST_CASE("D4: after the back-off a gateway that is up again is used again") {
  SmtpRig rig({.fault = SmtpFault{SmtpPoint::banner, SmtpTrick::reply_421}});
  rig.work.keep_open();
  rig.add_many(1);
  start(rig.io, [](SmtpRig& r) -> boost::asio::awaitable<void> {
    co_await r.work.settled(1);
    net::Signal pause(r.io.get_executor());
    co_await pause.wait_until(Clock::now() + r.times.back_off + std::chrono::milliseconds(10));
    r.add(mail_parcel(2, "bob@example.org"));
    co_await r.work.settled(2);
    r.work.close();
  }(rig));
  rig.run();
  CHECK(rig.outcome(1).verdict == Verdict::deferred);
  CHECK(rig.outcome(2).verdict == Verdict::delivered);
}

TEST_CASE("D4: a name that nobody knows") {
  SmtpRig rig(SmtpScript{});
  rig.settings.host = "gateway.invalid";
  rig.settings.timeout = std::chrono::seconds(2);
  rig.add_many(2);
  rig.run();
  CHECK(rig.outcome(1).verdict == Verdict::deferred);
  const bool known = rig.outcome(1).cause == "host-not-found" || rig.outcome(1).cause == "timeout";
  CHECK(known);
}

TEST_CASE("D4: a server that wants fewer connections than are set still gets everything") {
  SmtpRig rig({.most_connections = 2});
  rig.settings.connections = 6;
  rig.add_many(300);
  rig.run();
  check_all_delivered_once(rig, 300);
}

TEST_CASE("D4: a server that takes so many messages a connection still gets everything, each once") {
  for (const bool pipelining : {true, false}) {
    SmtpRig rig({.pipelining = pipelining, .messages_per_connection = 7});
    rig.settings.connections = 2;
    rig.add_many(50);
    rig.run();
    check_all_delivered_once(rig, 50);
  }
}

TEST_CASE("D4: a server that closes idle connections does not cost a message an attempt") {
  // The second MAIL meets a connection that the server has just closed.
  SmtpRig rig({.fault = SmtpFault{SmtpPoint::mail, SmtpTrick::close, 1}});
  rig.work.keep_open();
  rig.add_many(1);
  start(rig.io, [](SmtpRig& r) -> boost::asio::awaitable<void> {
    co_await r.work.settled(1);
    r.add(mail_parcel(2, "bob@example.org"));
    co_await r.work.settled(2);
    r.work.close();
  }(rig));
  rig.run();
  check_all_delivered_once(rig, 2);
  CHECK(rig.server().connections() == 2);
}

TEST_CASE("D2: an idle connection is used again, and after a while left with QUIT") {
  SmtpRig rig(SmtpScript{});
  rig.times.idle = std::chrono::milliseconds(100);
  rig.work.keep_open();
  rig.add_many(1);
  start(rig.io, [](SmtpRig& r) -> boost::asio::awaitable<void> {
    co_await r.work.settled(1);
    r.add(mail_parcel(2, "bob@example.org"));
    co_await r.work.settled(2);
    net::Signal pause(r.io.get_executor());
    const auto limit = Clock::now() + std::chrono::seconds(5);
    while (count_commands(r.server(), "QUIT") == 0 && Clock::now() < limit) {
      co_await pause.wait_until(Clock::now() + std::chrono::milliseconds(20));
    }
    CHECK(r.server().connections() == 1);
    CHECK(count_commands(r.server(), "QUIT") == 1);
    r.add(mail_parcel(3, "cid@example.org"));
    co_await r.work.settled(3);
    r.work.close();
  }(rig));
  rig.run();
  check_all_delivered_once(rig, 3);
  CHECK(rig.server().connections() == 2);
}

TEST_CASE("D4: no more messages a second than are set, over all connections") {
  SmtpRig rig(SmtpScript{});
  rig.settings.connections = 4;
  rig.settings.per_second = 50;
  rig.add_many(26);
  const auto begin = Clock::now();
  rig.run();
  const auto took = Clock::now() - begin;
  check_all_delivered_once(rig, 26);
  // One at once, then 25 at 50 a second, of which a twentieth of a second may be made up for.
  CHECK(took >= std::chrono::milliseconds(390));
  CHECK(took < std::chrono::seconds(3));
}

TEST_CASE("D4: a server that hangs up in the middle of a large body is heard to the end") {
  SmtpRig rig({.fault = SmtpFault{SmtpPoint::body, SmtpTrick::reply_5xx}});
  rig.add(mail_parcel(1, "ann@example.org", std::string(30'000'000, 'x') + "\r\n"));
  rig.add(mail_parcel(2, "bob@example.org"));
  rig.run();
  CHECK(rig.outcome(1).verdict == Verdict::rejected);
  CHECK(rig.outcome(1).code == 554);
  CHECK(rig.outcome(2).verdict == Verdict::delivered);
}

Parcel mail_of_size(std::size_t bytes) {
  auto parcel = mail_parcel(1, "ann@example.org", "");
  parcel.content.append(bytes - parcel.content.size() - 2, 'x');
  parcel.content += "\r\n";
  return parcel;
}

TEST_CASE("D5: in doubt is what may have arrived whole, and nothing else") {
  const SmtpFault unread{SmtpPoint::body, SmtpTrick::read_late};
  // How much this machine takes for a server that does not read.
  SmtpRig probe({.fault = unread});
  probe.add(mail_of_size(32 << 20));
  probe.run();
  probe.server().read_on();
  CHECK(probe.outcome(1).verdict == Verdict::deferred);
  const auto taken_in = probe.server().most_bytes();

  // Sizes around that: the dot goes out whole, in part, or not at all. The server then looks at what it has
  // got.
  boost::asio::io_context io(1);
  std::vector<std::unique_ptr<SmtpServer>> servers;
  std::vector<std::unique_ptr<ListWork>> works;
  std::vector<std::unique_ptr<transport::Smtp>> transports;
  std::vector<std::size_t> sizes{taken_in - 400'000, taken_in + 400'000};
  for (std::size_t size = taken_in - 40'000; size < taken_in + 120'000; size += 8'000) sizes.push_back(size);
  for (const auto size : sizes) {
    servers.push_back(std::make_unique<SmtpServer>(SmtpScript{.fault = unread}));
    works.push_back(std::make_unique<ListWork>(io.get_executor()));
    works.back()->add(mail_of_size(size));
    works.back()->add(mail_parcel(2, "bob@example.org"));
    transports.push_back(std::make_unique<transport::Smtp>(smtp_settings(servers.back()->port()),
                                                           io.get_executor(), short_times()));
    start(io, transports.back()->run(*works.back()));
  }
  io.run();
  int in_doubt = 0;
  int given_back = 0;
  for (std::size_t i = 0; i < works.size(); ++i) {
    servers[i]->read_on();
    int whole = 0;
    for (const auto& mail : servers[i]->taken()) whole += mail.to.at(0) == "ann@example.org" ? 1 : 0;
    CAPTURE(i);
    CHECK(works[i]->outcome(1).cause == "timeout");
    CHECK((works[i]->outcome(1).verdict == Verdict::in_doubt) == (whole == 1));
    CHECK(works[i]->outcomes().size() == 2);
    in_doubt += whole;
    given_back += works[i]->given_back();
  }
  CHECK(in_doubt > 0);
  CHECK(in_doubt < static_cast<int>(works.size()));
  // At least one was cut in its last block, and what was to follow it had not begun.
  CHECK(given_back > 0);
}

/// smtp-sink on a free port, ended with the object.
class SmtpSink {
 public:
  SmtpSink() {
    for (const auto* place : {"/usr/sbin/smtp-sink", "/usr/local/sbin/smtp-sink", "/usr/bin/smtp-sink"}) {
      if (std::filesystem::exists(place)) program_ = place;
    }
    if (program_.empty()) return;
    port_ = SmtpServer(SmtpScript{}).port();
    const auto where = fmt::format("127.0.0.1:{}", port_);
    std::vector<std::string> words{program_, "-u", "nobody", where, "256"};
    if (::geteuid() != 0) words.erase(words.begin() + 1, words.begin() + 3);
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (::posix_spawn(&pid_, program_.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) pid_ = 0;
  }
  ~SmtpSink() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  SmtpSink(const SmtpSink&) = delete;
  SmtpSink& operator=(const SmtpSink&) = delete;
  bool runs() const { return pid_ > 0; }
  int port() const { return port_; }

 private:
  std::string program_;
  pid_t pid_ = 0;
  int port_ = 0;
};

TEST_CASE("B1: the real smtp-sink takes 5,000 messages over 20 sessions") {
  const SmtpSink sink;
  if (!sink.runs()) {
    MESSAGE("skipped: smtp-sink (package postfix) is not installed");
    return;
  }
  SmtpRig rig(SmtpScript{});
  rig.settings.port = sink.port();
  rig.settings.connections = 20;
  rig.settings.timeout = std::chrono::seconds(20);
  // The sink needs a moment until it listens: until then it is a gateway that is down.
  for (int attempt = 0; attempt < 200; ++attempt) {
    SmtpRig probe(SmtpScript{});
    probe.settings.port = sink.port();
    probe.add_many(1);
    probe.run();
    if (probe.outcome(1).verdict == Verdict::delivered) break;
  }
  rig.add_many(5000);
  rig.run();
  CHECK(rig.work.outcomes().size() == 5000);
  const auto delivered =
      std::count_if(rig.work.outcomes().begin(), rig.work.outcomes().end(), [](const auto& entry) {
        return entry.second.size() == 1 && entry.second.front().verdict == Verdict::delivered;
      });
  CHECK(delivered == 5000);
}

}  // namespace
}  // namespace crier::test
