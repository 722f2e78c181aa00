// D2: signing in with a token, and what is said in envelopes by what the server offers.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "smtp_fixture.hpp"
#include "support/temporary_folder.hpp"

namespace crier::test {
namespace {

using Verdict = Outcome::Verdict;
using Fault = Outcome::Fault;

int count_commands(const SmtpServer& server, std::string_view head) {
  const auto commands = server.commands();
  return static_cast<int>(std::count_if(commands.begin(), commands.end(), [head](const std::string& command) {
    return command.starts_with(head);
  }));
}

void write(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file) << text;
}

TEST_CASE("D2: a token signs in by XOAUTH2 where it is offered, before any password") {
  SmtpRig rig({.auth = "PLAIN LOGIN XOAUTH2"});
  rig.settings.user = "crier";
  rig.settings.password = Secret("not this one");
  rig.settings.token = Secret("bearer-token");
  rig.add_many(3);
  rig.run();
  CHECK(rig.server().taken().size() == 3);
  CHECK(rig.server().taken().at(0).user == "crier");
  CHECK(count_commands(rig.server(), "AUTH XOAUTH2 ") == 1);
  CHECK(count_commands(rig.server(), "AUTH") == 1);
}

TEST_CASE("D2: a server without XOAUTH2 gets the password, by PLAIN before LOGIN") {
  SmtpRig rig({.auth = "LOGIN PLAIN"});
  rig.settings.user = "crier";
  rig.settings.password = Secret("pass word");
  rig.settings.token = Secret("bearer-token");
  rig.add_many(1);
  rig.run();
  CHECK(rig.server().taken().size() == 1);
  CHECK(count_commands(rig.server(), "AUTH PLAIN") == 1);
}

TEST_CASE("D2: the token's file is read at every sign-in, so that a renewed one counts") {
  const TemporaryFolder folder;
  write(folder.path() / "token", "stale\n");
  SmtpRig rig({.auth = "XOAUTH2"});
  rig.settings.user = "crier";
  rig.settings.token_file = folder.path() / "token";
  rig.work.keep_open();
  rig.add_many(1);
  start(rig.io, [](SmtpRig& r, std::filesystem::path file) -> boost::asio::awaitable<void> {
    co_await r.work.settled(1);
    write(file, "bearer-token\n");
    net::Signal pause(r.io.get_executor());
    co_await pause.wait_until(std::chrono::steady_clock::now() + 2 * r.times.back_off);
    r.add(mail_parcel(2, "bob@example.org"));
    co_await r.work.settled(2);
    r.work.close();
  }(rig, folder.path() / "token"));
  rig.run();
  CHECK(rig.outcome(1).fault == Fault::ours);
  CHECK(rig.outcome(1).cause == "authentication");
  CHECK(rig.outcome(1).code == 535);
  CHECK(rig.outcome(2).verdict == Verdict::delivered);
}

TEST_CASE("D4: a refused token is our fault, and is never shown even where the server says it") {
  for (const auto& token : {std::string("swordfish"), std::string(3000, 's') + "wordfish"}) {
    SmtpRig rig({.auth = "XOAUTH2"});
    rig.settings.user = "crier";
    rig.settings.token = Secret(token);
    rig.add_many(1);
    rig.run();
    CHECK(rig.outcome(1).verdict == Verdict::deferred);
    CHECK(rig.outcome(1).fault == Fault::ours);
    CHECK(rig.outcome(1).cause == "authentication");
    CHECK(rig.outcome(1).text == "(hidden)");
  }
}

TEST_CASE("D4: a secret that comes back in what is no reply at all is not shown either") {
  SmtpRig rig({.auth = "PLAIN", .fault = SmtpFault{SmtpPoint::auth, SmtpTrick::garbage}});
  rig.settings.user = "crier";
  rig.settings.password = Secret("pass word");
  rig.add_many(1);
  rig.run();
  CHECK(rig.outcome(1).cause == "nonsense");
  CHECK(rig.outcome(1).text.find("what is this") == std::string::npos);

  SmtpRig before({.auth = "PLAIN", .fault = SmtpFault{SmtpPoint::banner, SmtpTrick::garbage}});
  before.settings.user = "crier";
  before.settings.password = Secret("pass word");
  before.add_many(1);
  before.run();
  CHECK(before.outcome(1).text.find("what is this") != std::string::npos);
}

TEST_CASE("D4: a token that cannot be read, or that the server has no use for, is told as ours") {
  const TemporaryFolder folder;
  write(folder.path() / "empty", "\n");
  for (const auto* name : {"nowhere", "empty"}) {
    SmtpRig rig({.auth = "XOAUTH2"});
    rig.settings.user = "crier";
    rig.settings.token_file = folder.path() / name;
    rig.add_many(1);
    rig.run();
    CHECK(rig.outcome(1).fault == Fault::ours);
    CHECK(rig.outcome(1).cause == "password-unreadable");
    CHECK(rig.outcome(1).text.find(name) != std::string::npos);
  }
  SmtpRig rig({.auth = "PLAIN"});
  rig.settings.user = "crier";
  rig.settings.token = Secret("bearer-token");
  rig.add_many(1);
  rig.run();
  CHECK(rig.outcome(1).cause == "authentication");
  CHECK(rig.outcome(1).text.find("XOAUTH2") != std::string::npos);
  CHECK(count_commands(rig.server(), "AUTH") == 0);
}

TEST_CASE(
    "D2: DSN is asked for where it is offered, with the Message-ID as ENVID and the recipient as ORCPT") {
  SmtpRig rig({.dsn = true});
  rig.settings.dsn = {.success = true, .failure = true, .delay = false};
  rig.add(mail_parcel(1, "ann+news@example.org"));
  rig.run();
  const auto mail = rig.server().taken().at(0);
  CHECK(mail.parameters == "RET=HDRS ENVID=1@school.example");
  CHECK(mail.rcpt_parameters == "NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;ann+2Bnews@example.org");

  SmtpRig never({.dsn = true});
  never.settings.dsn = {.success = false, .failure = false, .delay = false};
  never.add_many(1);
  never.run();
  CHECK(never.server().taken().at(0).rcpt_parameters.starts_with("NOTIFY=NEVER "));

  SmtpRig without(SmtpScript{});
  without.add_many(1);
  without.run();
  CHECK(without.server().taken().at(0).parameters.empty());
  CHECK(without.server().taken().at(0).rcpt_parameters.empty());
}

TEST_CASE("D2: the envelope sender is the parcel's own, whatever the mail's head says") {
  SmtpRig rig(SmtpScript{});
  auto parcel = mail_parcel(1, "ann@example.org");
  parcel.from = "bounce-1-7f3a@school.example";
  rig.add(parcel);
  parcel = mail_parcel(2, "bob@example.org");
  parcel.from = "";
  rig.add(parcel);
  rig.run();
  CHECK(rig.server().taken().at(0).from == "bounce-1-7f3a@school.example");
  CHECK(rig.server().taken().at(1).from.empty());
}

TEST_CASE("D2: a domain beyond ASCII goes as its A-label, to servers with and without SMTPUTF8") {
  for (const bool smtputf8 : {true, false}) {
    SmtpRig rig({.smtputf8 = smtputf8});
    auto parcel = mail_parcel(1,
                              "ann@b\xc3\xbc"
                              "cher.example");
    parcel.from = "office@schule-\xc3\xb6st.example";
    rig.add(parcel);
    rig.run();
    CHECK(rig.outcome(1).verdict == Verdict::delivered);
    const auto mail = rig.server().taken().at(0);
    CHECK(mail.to.at(0) == "ann@xn--bcher-kva.example");
    CHECK(mail.from == "office@xn--schule-st-67a.example");
    CHECK(mail.parameters.find("SMTPUTF8") == std::string::npos);
  }
}

TEST_CASE("D2: a name beyond ASCII before the @ needs SMTPUTF8, and its domain is still an A-label") {
  SmtpRig rig(SmtpScript{});
  rig.add(mail_parcel(1,
                      "zo\xc3\xab@b\xc3\xbc"
                      "cher.example"));
  rig.run();
  CHECK(rig.server().taken().at(0).to.at(0) == "zo\xc3\xab@xn--bcher-kva.example");
  CHECK(rig.server().taken().at(0).parameters.find("SMTPUTF8") != std::string::npos);

  SmtpRig without({.smtputf8 = false});
  without.add(mail_parcel(1, "zo\xc3\xab@example.org"));
  auto parcel = mail_parcel(2, "ann@example.org");
  parcel.content = "Reply-To: zo\xc3\xab@school.example\r\n" + parcel.content;
  without.add(parcel);
  without.run();
  CHECK(without.outcome(1).verdict == Verdict::rejected);
  CHECK(without.outcome(1).fault == Fault::recipient);
  CHECK(without.outcome(1).text.find("SMTPUTF8") != std::string::npos);
  CHECK(without.outcome(2).fault == Fault::ours);
  CHECK(without.outcome(2).cause == "no-smtputf8");
  CHECK(without.server().taken().empty());
}

TEST_CASE("D2: a connection carries as many messages as are set, then another is opened") {
  for (const bool pipelining : {true, false}) {
    SmtpRig rig({.pipelining = pipelining});
    rig.settings.messages_per_connection = 7;
    rig.add_many(50);
    rig.run();
    CHECK(rig.server().taken().size() == 50);
    CHECK(rig.server().connections() == 8);
    CHECK(count_commands(rig.server(), "QUIT") == 8);
    CHECK(rig.work.given_back() == 0);
  }
}

TEST_CASE("D2: after a refusal RSET makes the connection ready for the next message") {
  SmtpRig rig({.rcpt_replies = {{"ann2@example.org", "550 5.1.1 no such user"}}});
  rig.add_many(3);
  rig.run();
  CHECK(rig.server().taken().size() == 2);
  CHECK(count_commands(rig.server(), "RSET") == 1);
  CHECK(rig.server().connections() == 1);
}

}  // namespace
}  // namespace crier::test
