#include "net/http_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <exception>
#include <memory>

#include "net/tls.hpp"

namespace crier::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::response_parser<http::string_body>;

/// Every so long somebody who waits is asked whether to go on.
constexpr std::chrono::milliseconds tick{200};

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

/// A line end in a field would begin another field, or a request of somebody else's.
void require_one_line(std::string_view text) {
  if (text.find_first_of("\r\n") == std::string_view::npos && text.find('\0') == std::string_view::npos)
    return;
  throw HttpFailure({Failure::Kind::other, "a field of the request has a line end in it"},
                    HttpFailure::Arrived::no, "none");
}

std::string text_of(const HttpCall& call, const Url& url) {
  const bool has_body = call.method != "GET" && call.method != "HEAD";
  auto text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: crier\r\n", call.method, url.target,
                          url.authority());
  for (const auto& [name, value] : call.fields) {
    require_one_line(name);
    require_one_line(value);
    text += fmt::format("{}: {}\r\n", name, value);
  }
  if (has_body) text += fmt::format("Content-Length: {}\r\n", call.body.size());
  text += "\r\n";
  if (has_body) text += call.body;
  return text;
}

/// What stands at the beginning of bytes that are no answer, so that somebody can see what they are.
std::string glimpse(std::string_view bytes) {
  std::string shown;
  for (const char c : bytes.substr(0, 60)) shown += c >= ' ' && c <= '~' ? c : '.';
  return shown;
}

Failure no_http(const Url& url, const error_code& error, std::string_view bytes) {
  if (error == http::error::body_limit || error == http::error::header_limit ||
      error == http::error::buffer_overflow) {
    return {Failure::Kind::other,
            fmt::format("the answer of {} is larger than crier takes", url.authority())};
  }
  return {Failure::Kind::other,
          fmt::format("the answer of {} is no HTTP: it begins '{}'", url.authority(), glimpse(bytes))};
}

/// Reads one answer; with it, whether another request may follow on this connection.
asio::awaitable<std::pair<HttpReply, bool>> read_answer(Stream& stream, const Url& url, const HttpCall& call,
                                                        const HttpClientLimits& limits) {
  std::string unread;
  std::string first_bytes;
  for (;;) {
    Parser parser;
    parser.header_limit(limits.header_bytes);
    parser.body_limit(limits.body_bytes);
    parser.eager(true);
    parser.skip(call.method == "HEAD");
    std::array<char, 16384> bytes{};
    while (!parser.is_done()) {
      error_code error;
      if (!unread.empty()) {
        const auto used = parser.put(asio::buffer(unread), error);
        unread.erase(0, used);
        if (error == http::error::need_more) error = {};
        if (error) throw no_http(url, error, first_bytes);
        if (parser.is_done()) break;
        if (unread.size() > limits.header_bytes && !parser.is_header_done())
          throw no_http(url, http::error::header_limit, first_bytes);
      }
      std::size_t count = 0;
      bool ended = false;
      try {
        count = co_await stream.read_some(bytes);
      } catch (const Failure& failure) {
        // Where no length is told, the end of the connection is the end of the answer.
        if (failure.kind() != Failure::Kind::closed || !parser.got_some()) throw;
        ended = true;
      }
      if (ended) {
        parser.put_eof(error);
        if (error) {
          throw Failure(Failure::Kind::closed,
                        fmt::format("the answer of {} ended in the middle", url.authority()));
        }
        continue;
      }
      unread.append(bytes.data(), count);
      if (first_bytes.size() < 60) first_bytes.append(bytes.data(), std::min<std::size_t>(count, 60));
    }
    const auto& message = parser.get();
    if (message.result_int() / 100 == 1) continue;  // 100 Continue and its like go before the answer
    HttpReply reply;
    reply.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      reply.fields.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    reply.body = message.body();
    co_return std::pair(std::move(reply), parser.keep_alive() && unread.empty());
  }
}

}  // namespace

std::string_view HttpReply::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (same_name(key, name)) return value;
  }
  return {};
}

/// A connection to where the URL leads: the one that stands, if it does.
asio::awaitable<void> HttpClient::reach(const Url& url) {
  if (connection_ && connection_->host == url.host && connection_->port == url.port &&
      connection_->tls == url.tls && std::chrono::steady_clock::now() - connection_->used < limits_.idle &&
      connection_->stream.is_quiet()) {
    co_return;
  }
  connection_.reset();
  auto stream = co_await connect(co_await asio::this_coro::executor, url.host, url.port, limits_.connect);
  if (url.tls) {
    stream.set_deadline(limits_.connect);
    co_await stream.start_tls(*trust_, url.host, "");
  }
  connection_.emplace(Connection{std::move(stream), url.host, url.port, url.tls, {}});
}

asio::awaitable<HttpReply> HttpClient::ask(HttpCall call) {
  const auto url = parse_url(call.url);
  if (!url || (url->tls && trust_ == nullptr)) {
    throw HttpFailure({Failure::Kind::other, "the address is none that can be asked"},
                      HttpFailure::Arrived::no, "none");
  }
  const auto request = text_of(call, *url);
  auto arrived = HttpFailure::Arrived::no;
  std::string tls = "none";
  try {
    co_await reach(*url);
    auto& stream = connection_->stream;
    tls = stream.tls_version();
    stream.set_deadline(limits_.answer);
    try {
      co_await stream.write(request);
    } catch (const Failure&) {
      // All of it may have gone with the last bytes that the system took.
      if (stream.handed_over() == request.size()) arrived = HttpFailure::Arrived::perhaps;
      throw;
    }
    arrived = HttpFailure::Arrived::perhaps;
    auto [reply, may_follow] = co_await read_answer(stream, *url, call, limits_);
    reply.host = url->host;
    reply.port = url->port;
    reply.tls = tls;
    if (may_follow) {
      connection_->used = std::chrono::steady_clock::now();
    } else {
      connection_.reset();
    }
    const auto coding = reply.field("Content-Encoding");
    if (!coding.empty() && !same_name(coding, "identity")) {
      throw Failure(Failure::Kind::other, fmt::format("{} answers in the coding '{}', which nobody asked for",
                                                      url->authority(), glimpse(coding)));
    }
    co_return std::move(reply);
  } catch (const Failure& failure) {
    connection_.reset();
    throw HttpFailure(failure, arrived, tls);
  }
}

struct WaitingHttpClient::Rep {
  Rep(const TlsContext* trust, HttpClientLimits limits) : client(trust, limits) {}
  // What the loop still holds knows of the client's connection: that is closed first.
  asio::io_context io{1};
  HttpClient client;
};

WaitingHttpClient::WaitingHttpClient(const TlsContext* trust, HttpClientLimits limits)
    : trust_(trust), limits_(limits), rep_(std::make_unique<Rep>(trust, limits)) {}
WaitingHttpClient::~WaitingHttpClient() = default;

HttpReply WaitingHttpClient::ask(HttpCall call, const std::function<void()>& meanwhile) {
  struct Answer {
    std::optional<HttpReply> reply;
    std::exception_ptr failure;
    bool ended = false;
  };
  const auto answer = std::make_shared<Answer>();
  asio::co_spawn(rep_->io, rep_->client.ask(std::move(call)),
                 [answer, &io = rep_->io](const std::exception_ptr& error, HttpReply reply) {
                   answer->failure = error;
                   answer->reply = std::move(reply);
                   answer->ended = true;
                   // The connection's deadline is still under way: nobody waits for that.
                   io.stop();
                 });
  rep_->io.restart();
  while (!answer->ended) {
    rep_->io.run_for(tick);
    if (answer->ended) break;
    try {
      if (meanwhile) meanwhile();
    } catch (...) {
      rep_ = std::make_unique<Rep>(trust_, limits_);
      throw;
    }
  }
  if (answer->failure) std::rethrow_exception(answer->failure);
  return std::move(*answer->reply);
}

}  // namespace crier::net
