#include "net/stream.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <vector>

#include "net/tls.hpp"

namespace crier::net {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using SteadyTime = std::chrono::steady_clock::time_point;

namespace {

constexpr auto as_pair = asio::as_tuple(asio::use_awaitable);

Failure::Kind kind_of(const error_code& error) {
  namespace code = asio::error;
  if (error == code::eof || error == code::connection_reset || error == code::broken_pipe ||
      error == code::connection_aborted || error == asio::ssl::error::stream_truncated ||
      error == code::not_connected) {
    return Failure::Kind::closed;
  }
  if (error == code::connection_refused) return Failure::Kind::refused;
  if (error == code::timed_out) return Failure::Kind::timeout;
  if (error == code::host_unreachable || error == code::network_unreachable || error == code::network_down ||
      error == boost::system::errc::address_not_available) {
    return Failure::Kind::unreachable;
  }
  if (error.category() == asio::error::get_netdb_category() ||
      error.category() == asio::error::get_addrinfo_category()) {
    return Failure::Kind::host_not_found;
  }
  if (error.category() == asio::error::get_ssl_category()) return Failure::Kind::tls_other;
  return Failure::Kind::other;
}

}  // namespace

struct TlsContext::Rep {
  asio::ssl::context context{asio::ssl::context::tls_client};
};

TlsContext::TlsContext(const std::filesystem::path& ca_file) : rep_(std::make_unique<Rep>()) {
  auto& context = rep_->context;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(asio::ssl::verify_peer);
  error_code error;
  if (ca_file.empty()) {
    context.set_default_verify_paths(error);
  } else {
    context.load_verify_file(ca_file.string(), error);
  }
  if (error) {
    throw Failure(Failure::Kind::tls_certificate, fmt::format("the authorities in '{}' cannot be read: {}",
                                                              ca_file.string(), error.message()));
  }
}

TlsContext::~TlsContext() = default;

struct Stream::Rep : std::enable_shared_from_this<Stream::Rep> {
  explicit Rep(const asio::any_io_executor& executor) : socket(executor), timer(executor) {}

  void set_deadline(SteadyTime time);
  void watch();
  /// The failure of a step: where the deadline closed the socket, that is the cause.
  [[noreturn]] void fail(const error_code& error, std::string_view doing) const;

  tcp::socket socket;
  std::optional<asio::ssl::stream<tcp::socket&>> tls;
  asio::steady_timer timer;
  SteadyTime deadline = SteadyTime::max();
  SteadyTime armed_for = SteadyTime::max();
  bool armed = false;
  bool timed_out = false;
  std::size_t handed_over = 0;
  std::string peer;
};

// A step's deadline is only noted: the timer that is under way looks at it when it goes off, so that a quick
// dialogue costs no timer operation at all.
void Stream::Rep::set_deadline(SteadyTime time) {
  deadline = time;
  if (!armed || armed_for > deadline) watch();
}

void Stream::Rep::watch() {
  armed = true;
  armed_for = deadline;
  timer.expires_at(deadline);
  timer.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->armed = false;
    if (self->deadline > std::chrono::steady_clock::now()) return self->watch();
    self->timed_out = true;
    error_code ignored;
    self->socket.close(ignored);
  });
}

void Stream::Rep::fail(const error_code& error, std::string_view doing) const {
  if (timed_out) {
    throw Failure(Failure::Kind::timeout, fmt::format("no answer in time from {} ({})", peer, doing));
  }
  const auto kind = kind_of(error);
  const auto what = kind == Failure::Kind::closed ? "the connection was lost" : error.message();
  throw Failure(kind, fmt::format("{}: {} ({})", peer, what, doing));
}

Stream::Stream(std::shared_ptr<Rep> rep) : rep_(std::move(rep)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

void Stream::set_deadline(std::chrono::milliseconds limit) {
  rep_->set_deadline(std::chrono::steady_clock::now() + limit);
}

void Stream::close() {
  error_code ignored;
  rep_->timer.cancel();
  rep_->socket.close(ignored);
}

std::size_t Stream::handed_over() const {
  return rep_->handed_over;
}

std::string Stream::tls_version() const {
  return rep_->tls ? SSL_get_version(rep_->tls->native_handle()) : "none";
}

bool Stream::is_quiet() const {
  char byte = 0;
  error_code error;
  // Of TLS too: what has come without being asked for is its end, more often than not.
  rep_->socket.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
  return error == asio::error::would_block || error == asio::error::try_again;
}

bool Stream::peer_is_loopback() const {
  error_code error;
  const auto endpoint = rep_->socket.remote_endpoint(error);
  return !error && endpoint.address().is_loopback();
}

asio::awaitable<std::size_t> Stream::read_some(std::span<char> into) {
  const auto buffer = asio::buffer(into.data(), into.size());
  error_code error;
  std::size_t count = 0;
  if (rep_->tls) {
    std::tie(error, count) = co_await rep_->tls->async_read_some(buffer, as_pair);
  } else {
    std::tie(error, count) = co_await rep_->socket.async_read_some(buffer, as_pair);
  }
  if (error) rep_->fail(error, "reading");
  co_return count;
}

asio::awaitable<void> Stream::write(std::string_view bytes) {
  rep_->handed_over = 0;
  error_code error;
  if (!rep_->tls) {
    // Mostly the system takes all at once: then there is nothing to wait for, and no turn of the event loop.
    rep_->handed_over = rep_->socket.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    if (error == asio::error::would_block) error = {};
  }
  while (!error && rep_->handed_over < bytes.size()) {
    const auto rest = asio::buffer(bytes.data() + rep_->handed_over, bytes.size() - rep_->handed_over);
    std::size_t count = 0;
    if (rep_->tls) {
      std::tie(error, count) = co_await rep_->tls->async_write_some(rest, as_pair);
    } else {
      std::tie(error, count) = co_await rep_->socket.async_write_some(rest, as_pair);
    }
    rep_->handed_over += count;
  }
  if (error) rep_->fail(error, "writing");
}

asio::awaitable<void> Stream::start_tls(const TlsContext& context, std::string host,
                                        std::string_view unread) {
  error_code error;
  if (!unread.empty() || rep_->socket.available(error) > 0) {
    throw Failure(
        Failure::Kind::injected,
        fmt::format("{} sent text before TLS began: somebody on the way may have put it in", rep_->peer));
  }
  auto& tls = rep_->tls.emplace(rep_->socket, context.rep_->context);
  asio::ip::make_address(host, error);
  if (error)
    SSL_set_tlsext_host_name(tls.native_handle(), host.c_str());  // RFC 6066: names only, no addresses
  const auto reason = std::make_shared<std::string>();
  tls.set_verify_callback([reason, host, name_matches = asio::ssl::host_name_verification(host)](
                              bool trusted, asio::ssl::verify_context& chain) {
    if (!trusted) *reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain.native_handle()));
    const bool accepted = name_matches(trusted, chain);
    if (trusted && !accepted) *reason = fmt::format("it is not made out to '{}'", host);
    return accepted;
  });
  std::tie(error) = co_await tls.async_handshake(asio::ssl::stream_base::client, as_pair);
  if (!error) co_return;
  if (!reason->empty() && !rep_->timed_out) {
    throw Failure(Failure::Kind::tls_certificate,
                  fmt::format("the certificate of {} is not to be trusted: {}", host, *reason));
  }
  if (!rep_->timed_out && kind_of(error) == Failure::Kind::tls_other) {
    throw Failure(Failure::Kind::tls_other, fmt::format("{}: TLS failed: {}", rep_->peer, error.message()));
  }
  rep_->fail(error, "starting TLS");
}

namespace {

/// The system's resolver cannot be interrupted; its answer finds a place to go to even when nobody waits any
/// more.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  asio::steady_timer done;
  error_code error = asio::error::timed_out;
  std::vector<tcp::endpoint> found;
};

asio::awaitable<std::vector<tcp::endpoint>> look_up(asio::any_io_executor executor, std::string host,
                                                    int port, SteadyTime until) {
  error_code not_numeric;
  const auto address = asio::ip::make_address(host, not_numeric);
  if (!not_numeric) {
    co_return std::vector<tcp::endpoint>{tcp::endpoint(address, static_cast<std::uint16_t>(port))};
  }
  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->done.expires_at(until);
  lookup->resolver.async_resolve(
      host, std::to_string(port), tcp::resolver::numeric_service,
      [lookup](const error_code& error, const tcp::resolver::results_type& results) {
        lookup->error = error;
        for (const auto& entry : results) lookup->found.push_back(entry.endpoint());
        lookup->done.cancel();
      });
  co_await lookup->done.async_wait(as_pair);
  if (lookup->error == asio::error::timed_out) {
    throw Failure(Failure::Kind::timeout, fmt::format("looking up the name '{}' took too long", host));
  }
  if (lookup->error || lookup->found.empty()) {
    throw Failure(Failure::Kind::host_not_found,
                  fmt::format("no address for the name '{}': {}", host, lookup->error.message()));
  }
  co_return lookup->found;
}

}  // namespace

asio::awaitable<Stream> connect(asio::any_io_executor executor, std::string host, int port,
                                std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  const auto endpoints = co_await look_up(executor, host, port, until);
  std::optional<Failure> failure;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto rep = std::make_shared<Stream::Rep>(executor);
    rep->peer = fmt::format("{}:{}", host, port);
    const auto now = std::chrono::steady_clock::now();
    rep->set_deadline(now + (until - now) / (endpoints.size() - i));
    const auto [error] = co_await rep->socket.async_connect(endpoints[i], as_pair);
    if (!error && !rep->timed_out) {
      error_code ignored;
      rep->socket.set_option(tcp::no_delay(true), ignored);
      rep->socket.non_blocking(true, ignored);
      co_return Stream(rep);
    }
    try {
      rep->fail(error, "connecting");
    } catch (const Failure& caught) {
      // Of several failures the one that says most: an address that cannot be reached is often just IPv6.
      if (!failure || failure->kind() == Failure::Kind::unreachable) failure = caught;
    }
  }
  throw *failure;
}

}  // namespace crier::net
