#include "net/stream.hpp"

#include <doctest/doctest.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "net/signal.hpp"
#include "net/tls.hpp"
#include "support/smtp_server.hpp"

namespace crier::net {
namespace {

using test::SmtpScript;
using test::SmtpServer;
using namespace std::chrono_literals;
namespace asio = boost::asio;

/// Runs one coroutine; the failure that ended it, if any.
template <typename Task>
std::optional<Failure> run(Task task) {
  asio::io_context io(1);
  std::optional<Failure> failure;
  asio::co_spawn(io, task(io.get_executor()), [&failure](std::exception_ptr caught) {
    if (!caught) return;
    try {
      std::rethrow_exception(caught);
    } catch (const Failure& known) {
      failure = known;
    }
  });
  io.run();
  return failure;
}

asio::awaitable<std::string> read_line(Stream& stream) {
  std::string line;
  while (!line.ends_with('\n')) {
    std::array<char, 1> byte{};
    co_await stream.read_some(byte);
    line += byte[0];
  }
  co_return line;
}

TEST_CASE("D2: a stream speaks plainly, and after STARTTLS encrypted") {
  const SmtpServer server(SmtpScript{.tls = test::ServerTls::starttls});
  const auto failure = run([&](asio::any_io_executor executor) -> asio::awaitable<void> {
    auto stream = co_await connect(executor, "localhost", server.port(), 5s);
    stream.set_deadline(5s);
    CHECK(co_await read_line(stream) == "220 twin ESMTP\r\n");
    CHECK(stream.tls_version() == "none");
    CHECK(stream.peer_is_loopback());
    co_await stream.write("STARTTLS\r\n");
    CHECK(stream.handed_over() == 10);
    co_await read_line(stream);
    const TlsContext context(test::authority_file());
    co_await stream.start_tls(context, "localhost", "");
    CHECK(stream.tls_version() == "TLSv1.3");
    co_await stream.write("HELO me\r\n");
    CHECK(co_await read_line(stream) == "250 twin\r\n");
  });
  CHECK_FALSE(failure);
}

TEST_CASE("D2: bytes that came before TLS are never thrown away in silence") {
  const SmtpServer server(SmtpScript{.tls = test::ServerTls::starttls});
  const auto failure = run([&](asio::any_io_executor executor) -> asio::awaitable<void> {
    auto stream = co_await connect(executor, "127.0.0.1", server.port(), 5s);
    stream.set_deadline(5s);
    co_await read_line(stream);
    const TlsContext context(test::authority_file());
    co_await stream.start_tls(context, "127.0.0.1", "250 injected\r\n");
  });
  REQUIRE(failure);
  CHECK(failure->kind() == Failure::Kind::injected);
}

TEST_CASE("D4: a certificate's fault is told apart and in words") {
  const std::pair<test::CertificateKind, const char*> cases[] = {
      {test::CertificateKind::expired, "expired"},
      {test::CertificateKind::wrong_host, "it is not made out to '127.0.0.1'"},
      {test::CertificateKind::self_signed, "self"}};
  for (const auto& [kind, words] : cases) {
    const SmtpServer server(SmtpScript{.tls = test::ServerTls::implicit, .certificate = kind});
    const auto failure = run([&](asio::any_io_executor executor) -> asio::awaitable<void> {
      auto stream = co_await connect(executor, "127.0.0.1", server.port(), 5s);
      stream.set_deadline(5s);
      const TlsContext context(test::authority_file());
      co_await stream.start_tls(context, "127.0.0.1", "");
    });
    REQUIRE(failure);
    CHECK(failure->kind() == Failure::Kind::tls_certificate);
    CAPTURE(failure->text());
    CHECK(failure->text().find(words) != std::string::npos);
  }
}

TEST_CASE("D4: TLS with a server that speaks plainly fails as TLS") {
  const SmtpServer server(SmtpScript{});
  const auto failure = run([&](asio::any_io_executor executor) -> asio::awaitable<void> {
    auto stream = co_await connect(executor, "127.0.0.1", server.port(), 5s);
    stream.set_deadline(2s);
    const TlsContext context(test::authority_file());
    co_await stream.start_tls(context, "127.0.0.1", "");
  });
  REQUIRE(failure);
  const bool told = failure->kind() == Failure::Kind::tls_other || failure->kind() == Failure::Kind::injected;
  CHECK(told);
}

TEST_CASE("D4: authorities that cannot be read are told with their file") {
  try {
    const TlsContext context("/nonexistent/authorities.pem");
    FAIL("no failure");
  } catch (const Failure& failure) {
    CHECK(failure.kind() == Failure::Kind::tls_certificate);
    CHECK(failure.text().find("/nonexistent/authorities.pem") != std::string::npos);
  }
}

TEST_CASE("D4: nobody listens: refused") {
  const int port = SmtpServer(SmtpScript{}).port();
  const auto failure = run([port](asio::any_io_executor executor) -> asio::awaitable<void> {
    co_await connect(executor, "127.0.0.1", port, 5s);
  });
  REQUIRE(failure);
  CHECK(failure->kind() == Failure::Kind::refused);
}

TEST_CASE("D4: a server that says nothing costs the deadline and no more, and a later deadline counts anew") {
  const SmtpServer server(
      SmtpScript{.fault = test::SmtpFault{test::SmtpPoint::banner, test::SmtpTrick::hang}});
  const auto begin = std::chrono::steady_clock::now();
  const auto failure = run([&](asio::any_io_executor executor) -> asio::awaitable<void> {
    auto stream = co_await connect(executor, "127.0.0.1", server.port(), 50ms);
    stream.set_deadline(60s);
    stream.set_deadline(50ms);
    stream.set_deadline(150ms);
    co_await read_line(stream);
  });
  const auto took = std::chrono::steady_clock::now() - begin;
  REQUIRE(failure);
  CHECK(failure->kind() == Failure::Kind::timeout);
  CHECK(took >= 150ms);
  CHECK(took < 2s);
}

TEST_CASE("D4: the other side hangs up: closed, and what was handed over is known") {
  const SmtpServer server(
      SmtpScript{.fault = test::SmtpFault{test::SmtpPoint::banner, test::SmtpTrick::reset}});
  const auto failure = run([&](asio::any_io_executor executor) -> asio::awaitable<void> {
    auto stream = co_await connect(executor, "127.0.0.1", server.port(), 5s);
    stream.set_deadline(5s);
    co_await read_line(stream);
  });
  REQUIRE(failure);
  CHECK(failure->kind() == Failure::Kind::closed);
}

TEST_CASE("D4: a write that the other side never reads meets its deadline, and tells how far it came") {
  const SmtpServer server(
      SmtpScript{.fault = test::SmtpFault{test::SmtpPoint::banner, test::SmtpTrick::drip}});
  const std::string much(64 << 20, 'x');
  const auto failure = run([&](asio::any_io_executor executor) -> asio::awaitable<void> {
    auto stream = co_await connect(executor, "127.0.0.1", server.port(), 5s);
    stream.set_deadline(200ms);
    std::optional<Failure> late;
    try {
      co_await stream.write(much);
    } catch (const Failure& caught) {
      late = caught;
    }
    CHECK(stream.handed_over() > 0);
    CHECK(stream.handed_over() < much.size());
    if (late) throw *late;
  });
  REQUIRE(failure);
  CHECK(failure->kind() == Failure::Kind::timeout);
}

TEST_CASE("D4: a signal wakes who waits, and a time limit ends the waiting") {
  asio::io_context io(1);
  Signal signal(io.get_executor());
  int woken = 0;
  const auto waits = [&]() -> asio::awaitable<void> {
    co_await signal.wait();
    ++woken;
  };
  asio::co_spawn(io, waits(), asio::detached_t());
  asio::co_spawn(io, waits(), asio::detached_t());
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        co_await signal.wait_until(std::chrono::steady_clock::now() + 20ms);
        CHECK(woken == 0);
        signal.notify();
      },
      asio::detached_t());
  io.run();
  CHECK(woken == 2);
}

}  // namespace
}  // namespace crier::net
