// The part of a session before its first message: connect, greet, encrypt, sign in.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/os.hpp"
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
  const auto& settings = server_.relay;
  if (!settings.user.empty() && !settings.password_fault.empty()) {
    throw ours("password-unreadable", settings.password_fault);
  }
  stream_.emplace(co_await net::connect(executor_, settings.host, settings.port, server_.connect_limit));
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
  if (!server_.tls) server_.tls = std::make_unique<net::TlsContext>(server_.relay.ca_file);
  stream_->set_deadline(server_.timeout);
  co_await stream_->start_tls(*server_.tls, server_.relay.host, parser_.unread());
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
  // The best that both sides know: a token first, for a server that takes tokens often refuses passwords.
  if (extensions_.auth_xoauth2) {
    if (const auto token = read_token()) co_return co_await sign_in_with_token(*token);
  }
  co_await sign_in_with_password();
}

/// The file is read anew each time: a token lives an hour, and somebody renews it while crier runs.
std::optional<std::string> SmtpSession::read_token() const {
  const auto& relay = server_.relay;
  if (relay.token_file.empty()) {
    if (relay.token.empty()) return std::nullopt;
    return relay.token.reveal();
  }
  try {
    auto token = os::read_file(relay.token_file, 64 << 10);
    while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
    if (!token.empty()) return token;
    throw ours("password-unreadable", fmt::format("the token in '{}' is empty", relay.token_file.string()));
  } catch (const Error& error) {
    throw ours("password-unreadable", fmt::format("the token cannot be read: {}", error.message()));
  }
}

/// XOAUTH2, as Google and Microsoft have it. A refusal comes in two steps: 334 with the reason as JSON in
/// base64, to be answered by an empty line, then the reply that counts.
asio::awaitable<void> SmtpSession::sign_in_with_token(const std::string& token) {
  const auto said = base64(fmt::format("user={}\1auth=Bearer {}\1\1", server_.relay.user, token));
  tell_secret(token, said);
  out_ = fmt::format("AUTH XOAUTH2 {}\r\n", said);
  co_await flush();
  if (!heard()) co_await hear();
  if (reply_.code == 334) {
    expect_silence();
    out_ = "\r\n";
    co_await flush();
    if (!heard()) co_await hear();
  }
  if (reply_.code != 235) throw auth_refused();
  expect_silence();
}

asio::awaitable<void> SmtpSession::sign_in_with_password() {
  const auto& user = server_.relay.user;
  const auto& password = server_.relay.password.reveal();
  if (password.empty()) {
    throw ours("authentication", "the server does not offer AUTH XOAUTH2, which a token needs");
  }
  if (extensions_.auth_plain) {
    const auto said = base64(std::string(1, '\0') + user + std::string(1, '\0') + password);
    tell_secret(password, said);
    co_await auth_step("AUTH PLAIN " + said, 235);
  } else if (extensions_.auth_login) {
    co_await auth_step("AUTH LOGIN", 334);
    co_await auth_step(base64(user), 334);
    const auto said = base64(password);
    tell_secret(password, said);
    co_await auth_step(said, 235);
  } else {
    throw ours("authentication", "the server offers neither AUTH PLAIN nor AUTH LOGIN");
  }
}

asio::awaitable<void> SmtpSession::auth_step(std::string line, int expected_code) {
  out_ = line;
  out_ += "\r\n";
  co_await flush();
  if (!heard()) co_await hear();
  if (reply_.code != expected_code) throw auth_refused();
  expect_silence();
}

SmtpSession::Broken SmtpSession::auth_refused() const {
  if (!reply_.refusal()) return nonsense(fmt::format("the reply {} to AUTH", reply_.code));
  return {of_reply(SmtpStage::auth), reply_.code == 421};
}

void SmtpSession::tell_secret(const std::string& secret, const std::string& as_said) {
  secrets_ = {secret, as_said};
}

bool SmtpSession::shows_secret(std::string_view text, SmtpStage stage) const {
  const std::size_t shortest = stage == SmtpStage::auth ? 1 : 6;
  return std::any_of(secrets_.begin(), secrets_.end(), [&](const std::string& secret) {
    return secret.size() >= shortest &&
           text.find(std::string_view(secret).substr(0, 16)) != std::string::npos;
  });
}

}  // namespace crier::transport
