// Any bytes as one side of a whole conversation over a real socket: whatever a mail server says and wherever
// it stops, each parcel comes to one outcome, with a cause and a clean text, and nothing is taken for
// delivered that the server did not take (D4, D5).
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"
#include "transport/list_work.hpp"
#include "transport/smtp.hpp"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto as_pair = asio::as_tuple(asio::use_awaitable);

void require(bool truth) {
  if (!truth) std::abort();
}

/// The input cut at each NUL: a piece is said at the start, or in answer to what came.
std::vector<std::string> pieces_of(std::string_view input) {
  std::vector<std::string> pieces;
  for (const auto piece : crier::split(input, '\0')) pieces.emplace_back(piece);
  return pieces;
}

constexpr std::string_view password = "swordfish";
constexpr std::string_view token = "bearer-of-the-sword";

/// What one connection has heard.
struct Ears {
  std::shared_ptr<tcp::socket> socket;
  bool told_secrets = false;
};

/// Who has not been told the secrets cannot say them, though the input may hold them: a letter of both is
/// missing.
std::string as_far_as_known(std::string piece, const Ears& ears) {
  if (!ears.told_secrets) std::replace(piece.begin(), piece.end(), 'w', '?');
  return piece;
}

/// Reads what comes; a side that waits for the other is not waited for.
asio::awaitable<bool> listen_a_little(Ears& ears) {
  const auto socket = ears.socket;
  asio::steady_timer patience(socket->get_executor(), std::chrono::microseconds(500));
  patience.async_wait([socket](const boost::system::error_code& cancelled) {
    boost::system::error_code ignored;
    if (!cancelled) socket->cancel(ignored);
  });
  static std::string heard(64 * 1024, '\0');
  const auto [failed, count] = co_await socket->async_read_some(asio::buffer(heard), as_pair);
  const std::string_view words(heard.data(), count);
  for (const std::string_view sign : {"AUTH PLAIN ", "AUTH XOAUTH2 ", "c3dvcmRmaXNo"}) {
    if (words.find(sign) != std::string_view::npos) ears.told_secrets = true;
  }
  co_return !failed || failed == asio::error::operation_aborted;
}

asio::awaitable<void> speak(Ears ears, std::vector<std::string>& pieces, std::size_t& next) {
  while (next < pieces.size()) {
    const auto piece = as_far_as_known(pieces[next++], ears);
    const auto [failed, sent] = co_await asio::async_write(*ears.socket, asio::buffer(piece), as_pair);
    if (failed) co_return;
    if (!co_await listen_a_little(ears)) co_return;
  }
}

asio::awaitable<void> serve(tcp::acceptor& acceptor, std::vector<std::string>& pieces) {
  std::size_t next = 0;
  for (;;) {
    auto [failed, socket] = co_await acceptor.async_accept(as_pair);
    if (failed) co_return;
    co_await speak({.socket = std::make_shared<tcp::socket>(std::move(socket))}, pieces, next);
  }
}

asio::awaitable<void> carry(crier::transport::Smtp& smtp, crier::test::ListWork& work,
                            tcp::acceptor& acceptor) {
  co_await smtp.run(work);
  boost::system::error_code ignored;
  acceptor.close(ignored);
}

crier::config::ChannelSettings settings_for(std::uint8_t how, int port) {
  crier::config::ChannelSettings settings;
  // Another address each time: the ports of one would not last for long.
  static std::uint32_t round = 0;
  ++round;
  settings.host = "127." + std::to_string(1 + round % 250) + "." + std::to_string(round / 250 % 250) + ".1";
  settings.port = port;
  settings.security = crier::config::Security::none;
  settings.connections = 1;
  settings.timeout = std::chrono::seconds(1);
  settings.messages_per_connection = (how & 2) != 0 ? 2 : 0;
  if ((how & 4) != 0) {
    settings.user = "crier";
    settings.password = crier::Secret(std::string(password));
    if ((how & 8) != 0) settings.token = crier::Secret(std::string(token));
  }
  if ((how & 16) != 0) settings.further_relays = {settings};
  if ((how & 32) != 0) settings.connections = 3;
  return settings;
}

void check(const crier::test::ListWork& work, std::size_t parcels) {
  require(work.outcomes().size() == parcels);
  for (const auto& [delivery, outcomes] : work.outcomes()) {
    require(outcomes.size() == 1);
    const auto& outcome = outcomes.front();
    require(outcome.text.size() <= 1000);
    require(crier::is_utf8(outcome.text));
    require(outcome.text.find(password) == std::string::npos);
    require(outcome.text.find(token) == std::string::npos);
    if (outcome.verdict == crier::Outcome::Verdict::delivered) {
      require(outcome.code >= 200 && outcome.code < 300);
    } else {
      require(!outcome.cause.empty());
    }
    if (outcome.fault == crier::Outcome::Fault::ours) {
      require(outcome.verdict == crier::Outcome::Verdict::deferred);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  crier::log::set_level(crier::log::Level::error);  // that a server fails is no news here
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  asio::io_context io(1);
  tcp::acceptor acceptor(io, tcp::endpoint(tcp::v4(), 0));
  auto pieces = pieces_of({reinterpret_cast<const char*>(bytes) + 1, size - 1});
  using std::chrono::milliseconds;
  crier::transport::Smtp smtp(settings_for(bytes[0], acceptor.local_endpoint().port()), io.get_executor(),
                              {.idle = milliseconds(5),
                               .back_off = milliseconds(1),
                               .longest_rest = milliseconds(1),
                               .crowded = milliseconds(1),
                               .connect = milliseconds(500),
                               .quit = milliseconds(3)});
  crier::test::ListWork work(io.get_executor());
  constexpr std::size_t parcels = 3;
  for (std::size_t i = 1; i <= parcels; ++i) {
    work.add(crier::test::mail_parcel(static_cast<std::int64_t>(i),
                                      i == 2 ? "zo\xc3\xab@example.org" : "ann@example.org"));
  }
  crier::test::start(io, serve(acceptor, pieces));
  crier::test::start(io, carry(smtp, work, acceptor));
  io.run();
  check(work, parcels);
  return 0;
}
