#include "net/http_server.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <ctime>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "net/failure.hpp"

namespace crier::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

constexpr auto as_pair = asio::as_tuple(asio::use_awaitable);

/// What whoever was refused may still have to say is read for so long, and so much of it: a connection that
/// is closed with bytes unread takes the answer with it.
constexpr std::chrono::seconds last_words{1};
constexpr std::size_t most_last_words = 1 << 20;
/// The system has no room for another connection: it is asked again after this.
constexpr std::chrono::milliseconds accept_pause{100};

enum class Then { keep, close };

std::string text_of(const HttpResponse& response, std::string_view method, Then then,
                    HttpPlace place = HttpPlace::page) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  auto text = fmt::format(
      "HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
      "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n",
      response.status, std::string_view(reason.data(), reason.size()), fmt::gmtime(std::time(nullptr)),
      response.content_type, response.body.size());
  if (response.status == 405)
    text += place == HttpPlace::door ? "Allow: GET, POST\r\n" : "Allow: GET, HEAD\r\n";
  if (then == Then::close) text += "Connection: close\r\n";
  text += "\r\n";
  if (method != "HEAD") text += response.body;
  return text;
}

HttpResponse refusal(int status, std::string_view why) {
  HttpResponse response;
  response.status = status;
  response.body = fmt::format("{}\n", why);
  return response;
}

/// What to answer to bytes that are no request; nothing where nobody is there to hear it.
std::optional<HttpResponse> refusal_of(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return refusal(431, "the head of this request is too long");
  if (error == http::error::body_limit) return refusal(413, "this request is too large");
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() == make_error_code(http::error::bad_method).category())
    return refusal(400, "this is no HTTP request");
  return std::nullopt;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

/// `Example.org:8480` → `example.org`, `[::1]:8480` → `::1`.
std::string host_of(std::string_view field) {
  std::string host(field);
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  return lower(host);
}

/// `Application/JSON; charset=utf-8` → `application/json`.
std::string media_type_of(std::string_view field) {
  field = field.substr(0, field.find(';'));
  while (field.ends_with(' ') || field.ends_with('\t')) field.remove_suffix(1);
  return lower(field);
}

HttpPlace place_of(const HttpServer::Plan& plan, const Parser::value_type& message) {
  const std::string_view target(message.target().data(), message.target().size());
  return plan ? plan(target.substr(0, target.find('?'))) : HttpPlace::page;
}

/// Why this method is not known there; nothing where it is.
std::optional<HttpResponse> refused_method(HttpPlace place, http::verb method) {
  if (method == http::verb::get) return std::nullopt;
  if (place == HttpPlace::door) {
    if (method == http::verb::post) return std::nullopt;
    return refusal(405, "only GET and POST are known here");
  }
  if (method == http::verb::head) return std::nullopt;
  return refusal(405, "only GET and HEAD are known here");
}

/// What a door is told besides: fields and body; or why that is refused.
std::optional<HttpResponse> read_brought(HttpRequest& request, const Parser::value_type& message) {
  for (const auto& field : message) {
    request.fields.emplace(lower(std::string_view(field.name_string().data(), field.name_string().size())),
                           std::string(field.value().data(), field.value().size()));
  }
  if (request.method != "POST") return std::nullopt;
  const auto type = request.fields.find("content-type");
  request.media_type = type == request.fields.end() ? "" : media_type_of(type->second);
  request.body = message.body();
  const bool known =
      request.media_type == "application/x-www-form-urlencoded" || request.media_type == "application/json";
  if (known || (request.body.empty() && request.media_type.empty())) return std::nullopt;
  return refusal(415, "forms (application/x-www-form-urlencoded) and JSON are read here");
}

/// The request as a handler sees it, or why it is refused.
std::pair<HttpRequest, std::optional<HttpResponse>> read_request(const Parser::value_type& message,
                                                                 HttpPlace place) {
  HttpRequest request;
  const auto method = message.method_string();
  request.method = std::string(method.data(), method.size());
  if (auto refused = refused_method(place, message.method())) return {request, refused};
  const auto count = message.count(http::field::host);
  if (count > 1 || (count == 0 && message.version() >= 11))
    return {request, refusal(400, "one Host is needed")};
  const auto host = message[http::field::host];
  request.host = host_of(std::string_view(host.data(), host.size()));
  const std::string_view target(message.target().data(), message.target().size());
  // RFC 9112 3.2.2: a whole URL would outweigh the Host field; only a proxy is asked so.
  if (!target.starts_with('/')) return {request, refusal(400, "the target must begin with a slash")};
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
  if (place == HttpPlace::door) {
    if (auto refused = read_brought(request, message)) return {request, refused};
  }
  return {request, std::nullopt};
}

}  // namespace

struct HttpServer::Rep {
  Rep(const HttpLimits& l, Handler h, Plan p) : limits(l), handler(std::move(h)), plan(std::move(p)) {}

  void listen(const std::string& host, int port);
  asio::awaitable<void> accept();
  asio::awaitable<void> converse(tcp::socket socket);
  asio::awaitable<bool> answer(beast::tcp_stream& stream, beast::flat_buffer& buffer);
  asio::awaitable<bool> refuse(beast::tcp_stream& stream, const HttpResponse& response,
                               std::string_view method, HttpPlace place = HttpPlace::page);
  HttpResponse ask(const HttpRequest& request);

  HttpLimits limits;
  Handler handler;
  Plan plan;
  int port = 0;
  std::size_t connections = 0;
  // Conversations that it still holds know what stands above.
  asio::io_context io{1};
  std::optional<tcp::acceptor> acceptor;
  /// Doors are answered here.
  asio::thread_pool doors{1};
  std::thread thread;
};

void HttpServer::Rep::listen(const std::string& host, int wanted) {
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  auto& door = acceptor.emplace(io);
  const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(wanted));
  if (!error) door.open(endpoint.protocol(), error);
  if (!error) door.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) door.bind(endpoint, error);
  if (!error) door.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port = door.local_endpoint(error).port();
  if (error) {
    throw Failure(Failure::Kind::other,
                  fmt::format("cannot listen at {} port {}: {}", host, wanted, error.message()));
  }
}

asio::awaitable<void> HttpServer::Rep::accept() {
  for (;;) {
    tcp::socket socket(io);
    error_code error;
    std::tie(error) = co_await acceptor->async_accept(socket, as_pair);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      asio::steady_timer pause(io, accept_pause);
      co_await pause.async_wait(as_pair);
      continue;
    }
    if (connections >= limits.connections) {
      socket.non_blocking(true, error);
      const auto text = text_of(refusal(503, "too many connections"), "GET", Then::close);
      socket.write_some(asio::buffer(text), error);
      continue;
    }
    ++connections;
    asio::co_spawn(io, converse(std::move(socket)), [this](const std::exception_ptr&) { --connections; });
  }
}

asio::awaitable<void> HttpServer::Rep::converse(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer(limits.header_bytes + limits.body_bytes + 1024);
  stream.expires_after(limits.request_time);
  for (;;) {
    const bool goes_on = co_await answer(stream, buffer);
    if (!goes_on) break;
    if (buffer.size() == 0) {
      stream.expires_after(limits.idle_time);
      error_code error;
      std::size_t count = 0;
      std::tie(error, count) = co_await stream.async_read_some(buffer.prepare(1024), as_pair);
      if (error) break;
      buffer.commit(count);
    }
    stream.expires_after(limits.request_time);
  }
  error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

/// One request; whether another may follow on this connection.
asio::awaitable<bool> HttpServer::Rep::answer(beast::tcp_stream& stream, beast::flat_buffer& buffer) {
  Parser parser;
  parser.header_limit(limits.header_bytes);
  parser.body_limit(limits.body_bytes);
  error_code error;
  std::size_t count = 0;
  std::tie(error, count) = co_await http::async_read_header(stream, buffer, parser, as_pair);
  if (!error) {
    const auto at = place_of(plan, parser.get());
    if (const auto refused = refused_method(at, parser.get().method()))
      co_return co_await refuse(stream, *refused, "", at);
    std::tie(error, count) = co_await http::async_read(stream, buffer, parser, as_pair);
  }
  if (error) {
    const auto refused = refusal_of(error);
    if (!refused) co_return false;
    co_return co_await refuse(stream, *refused, "");
  }
  const auto place = place_of(plan, parser.get());
  const auto [request, refused] = read_request(parser.get(), place);
  if (refused) co_return co_await refuse(stream, *refused, request.method, place);
  HttpResponse response;
  if (place == HttpPlace::door) {
    stream.expires_never();
    response = co_await asio::co_spawn(
        doors, [this, &brought = request]() -> asio::awaitable<HttpResponse> { co_return ask(brought); },
        asio::use_awaitable);
  } else {
    response = ask(request);
  }
  const bool may_follow = parser.get().keep_alive() && parser.get().version() >= 11;
  const auto then = may_follow && response.status != 500 ? Then::keep : Then::close;
  const auto text = text_of(response, request.method, then);
  stream.expires_after(limits.answer_time);
  std::tie(error, count) = co_await asio::async_write(stream, asio::buffer(text), as_pair);
  co_return !error && then == Then::keep;
}

/// The answer, and then no more: what comes after bytes that are no request cannot be told apart.
asio::awaitable<bool> HttpServer::Rep::refuse(beast::tcp_stream& stream, const HttpResponse& response,
                                              std::string_view method, HttpPlace place) {
  const auto text = text_of(response, method, Then::close, place);
  stream.expires_after(limits.answer_time);
  error_code error;
  std::size_t count = 0;
  std::tie(error, count) = co_await asio::async_write(stream, asio::buffer(text), as_pair);
  stream.socket().shutdown(tcp::socket::shutdown_send, error);
  stream.expires_after(last_words);
  std::array<char, 4096> unread{};
  for (std::size_t heard = 0; !error && heard < most_last_words; heard += count) {
    std::tie(error, count) = co_await stream.async_read_some(asio::buffer(unread), as_pair);
  }
  co_return false;
}

HttpResponse HttpServer::Rep::ask(const HttpRequest& request) {
  try {
    return handler(request);
  } catch (const std::exception& error) {
    // The path stays out of the log: a personal link is one.
    log::error("a page could not be made: {}", error.what());
    return refusal(500, "this page could not be made; the log says why");
  }
}

HttpServer::HttpServer(const std::string& host, int port, const HttpLimits& limits, Handler handler,
                       Plan plan)
    : rep_(std::make_unique<Rep>(limits, std::move(handler), std::move(plan))) {
  rep_->listen(host, port);
  asio::co_spawn(rep_->io, rep_->accept(), asio::detached);
  rep_->thread = std::thread([rep = rep_.get()] { rep->io.run(); });
}

HttpServer::~HttpServer() {
  rep_->io.stop();
  rep_->thread.join();
  // What waits at a door is let go; what has begun there ends, and nobody hears the answer.
  rep_->doors.stop();
  rep_->doors.join();
}

int HttpServer::port() const {
  return rep_->port;
}

}  // namespace crier::net
