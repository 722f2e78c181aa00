// The part of a session before its first message: connect, greet, encrypt, sign in.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "transport/smtp_session.hpp"

namespace crier::transport {
namespace asio = boost::asio;
using config::Security;

namespace {

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace

SmtpSession::SmtpSession(SmtpServer& server, asio::any_io_executor executor)
    : server_(server), executor_(std::move(executor)) {}

asio::awaitable<std::optional<Outcome>> SmtpSession::open() {
  std::optional<Outcome> failed;
  try {
    co_await greet();
  } catch (const Broken& broken) {
    failed = broken.outcome;
  } catch (const net::Failure& failure) {
    failed = of_failure(failure);
  }
  usable_ = !failed;
  if (failed && stream_) stream_->close();
  co_return failed;
}

/// It stops the channel and fails nobody (D4).
SmtpSession::Broken SmtpSession::ours(std::string_view cause, std::string text) const {
  return {outcome(Outcome::Verdict::deferred, Outcome::Fault::ours, cause, printable(text))};
}

asio::awaitable<void> SmtpSession::greet() {
  const auto& settings = server_.settings;
  if (!settings.user.empty() && !settings.password_fault.empty()) {
    throw ours("password-unreadable", settings.password_fault);
  }
  stream_.emplace(co_await net::connect(executor_, settings.host, settings.port, server_.timeout));
  if (settings.security == Security::tls) co_await encrypt();
  if (!heard()) co_await hear();
  check_reply(SmtpStage::session);
  if (reply_.refusal()) throw Broken{of_reply(SmtpStage::session)};
  expect_silence();
  co_await say_hello();
  if (settings.security == Security::starttls) {
    if (!extensions_.starttls) {
      throw ours("tls-not-offered", "the server does not offer STARTTLS, which the settings ask for");
    }
    co_await ask("STARTTLS\r\n", SmtpStage::session);
    if (reply_.refusal()) throw Broken{of_reply(SmtpStage::session)};
    co_await encrypt();
    co_await say_hello();  // RFC 3207 4.2: what the server said before counts no more
  }
  if (!settings.user.empty()) co_await sign_in();
}

asio::awaitable<void> SmtpSession::encrypt() {
  if (!server_.tls) server_.tls = std::make_unique<net::TlsContext>(server_.settings.ca_file);
  stream_->set_deadline(server_.timeout);
  co_await stream_->start_tls(*server_.tls, server_.settings.host, parser_.unread());
  tls_version_ = stream_->tls_version();
}

asio::awaitable<void> SmtpSession::say_hello() {
  extensions_ = {};
  co_await ask(fmt::format("EHLO {}\r\n", server_.own_name), SmtpStage::session);
  expect_silence();
  if (reply_.positive()) {
    extensions_ = parse_extensions(reply_.lines);
    co_return;
  }
  if (reply_.code != 500 && reply_.code != 502) throw Broken{of_reply(SmtpStage::session)};
  co_await ask(fmt::format("HELO {}\r\n", server_.own_name), SmtpStage::session);
  if (reply_.refusal()) throw Broken{of_reply(SmtpStage::session)};
  expect_silence();
}

asio::awaitable<void> SmtpSession::sign_in() {
  if (tls_version_ == "none" && !stream_->peer_is_loopback()) {
    throw ours("auth-needs-tls", "a password is never sent over a connection without TLS");
  }
  const auto& user = server_.settings.user;
  const auto& password = server_.settings.password.reveal();
  if (extensions_.auth_plain) {
    const auto credentials = std::string(1, '\0') + user + std::string(1, '\0') + password;
    co_await auth_step("AUTH PLAIN " + base64(credentials), 235);
  } else if (extensions_.auth_login) {
    co_await auth_step("AUTH LOGIN", 334);
    co_await auth_step(base64(user), 334);
    co_await auth_step(base64(password), 235);
  } else {
    throw ours("authentication", "the server offers neither AUTH PLAIN nor AUTH LOGIN");
  }
}

asio::awaitable<void> SmtpSession::auth_step(std::string line, int expected_code) {
  out_ = line;
  out_ += "\r\n";
  co_await flush();
  if (!heard()) co_await hear();
  if (reply_.code == expected_code) {
    expect_silence();
    co_return;
  }
  if (!reply_.refusal()) throw nonsense(fmt::format("the reply {} to AUTH", reply_.code));
  Broken refused{of_reply(SmtpStage::auth), reply_.code == 421};
  // A server that says back what it was given would put the password into the reports.
  const auto secret = line.substr(line.rfind(' ') + 1);
  for (const auto& hidden : {secret, server_.settings.password.reveal()}) {
    if (refused.outcome.text.find(hidden) != std::string::npos) refused.outcome.text = "(hidden)";
  }
  throw refused;
}

}  // namespace crier::transport
