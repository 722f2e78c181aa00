#include "support/http_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cctype>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "support/smtp_server.hpp"

namespace crier::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

HttpSaying http_answer(int status, const std::string& body,
                       const std::map<std::string, std::string>& fields) {
  auto bytes = fmt::format("HTTP/1.1 {} Said\r\nContent-Length: {}\r\n", status, body.size());
  for (const auto& [name, value] : fields) bytes += fmt::format("{}: {}\r\n", name, value);
  return {bytes + "\r\n" + body};
}

struct HttpScript::Rep {
  Handler handler;
  Tls tls;
  asio::io_context io;
  tcp::acceptor acceptor{io, {asio::ip::make_address("127.0.0.1"), 0}};
  asio::ssl::context context{asio::ssl::context::tls_server};
  mutable std::mutex mutex;
  std::vector<HeardRequest> heard;
  struct Conversation {
    explicit Conversation(asio::io_context& i) : socket(i) {}
    tcp::socket socket;
    std::thread thread;
  };
  std::list<Conversation> conversations;
  bool over = false;
  std::thread door;

  void serve();
  template <typename Stream>
  void converse(Stream& stream, tcp::socket& socket, int number);
};

namespace {

/// One request, if a whole one comes. `unread` keeps what came behind it.
template <typename Stream>
std::optional<HeardRequest> hear(Stream& stream, std::string& unread) {
  const auto more = [&] {
    std::array<char, 8192> bytes{};
    error_code error;
    const auto count = stream.read_some(asio::buffer(bytes), error);
    unread.append(bytes.data(), count);
    return !error;
  };
  while (unread.find("\r\n\r\n") == std::string::npos) {
    if (!more()) return std::nullopt;
  }
  const auto head = unread.substr(0, unread.find("\r\n\r\n"));
  HeardRequest request;
  std::size_t at = 0;
  for (bool first = true; at <= head.size(); first = false) {
    const auto end = std::min(head.find("\r\n", at), head.size());
    const auto line = head.substr(at, end - at);
    at = end + 2;
    if (first) {
      const auto blank = line.find(' ');
      request.method = line.substr(0, blank);
      request.target = line.substr(blank + 1, line.rfind(' ') - blank - 1);
      continue;
    }
    auto name = line.substr(0, line.find(':'));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    request.fields[name] = line.substr(std::min(line.size(), line.find(':') + 2));
  }
  const auto length =
      request.fields.contains("content-length") ? std::stoul(request.fields.at("content-length")) : 0UL;
  while (unread.size() < head.size() + 4 + length) {
    if (!more()) return std::nullopt;
  }
  request.body = unread.substr(head.size() + 4, length);
  unread.erase(0, head.size() + 4 + length);
  return request;
}

}  // namespace

template <typename Stream>
void HttpScript::Rep::converse(Stream& stream, tcp::socket& socket, int number) {
  std::string unread;
  for (;;) {
    auto request = hear(stream, unread);
    if (!request) return;
    request->connection = number;
    HttpSaying saying;
    {
      const std::lock_guard lock(mutex);
      heard.push_back(*request);
      saying = handler(*request);
    }
    error_code error;
    asio::write(stream, asio::buffer(saying.bytes), error);
    if (error) return;
    if (saying.then == HttpSaying::Then::keep) continue;
    if (saying.then == HttpSaying::Then::hang) {
      std::array<char, 1> byte{};
      while (!error) socket.read_some(asio::buffer(byte), error);
      return;
    }
    if (saying.then == HttpSaying::Then::reset) {
      socket.set_option(asio::socket_base::linger(true, 0), error);
      socket.close(error);
      return;
    }
    socket.shutdown(tcp::socket::shutdown_both, error);
    return;
  }
}

void HttpScript::Rep::serve() {
  for (int number = 0;; ++number) {
    tcp::socket socket(io);
    error_code error;
    acceptor.accept(socket, error);
    const std::lock_guard lock(mutex);
    if (error || over) return;
    auto& one = conversations.emplace_back(io);
    one.socket = std::move(socket);
    one.thread = std::thread([this, &one, number] {
      error_code ignored;
      if (tls == Tls::none) {
        converse(one.socket, one.socket, number);
      } else {
        asio::ssl::stream<tcp::socket&> stream(one.socket, context);
        stream.handshake(asio::ssl::stream_base::server, ignored);
        if (!ignored) converse(stream, one.socket, number);
      }
      one.socket.shutdown(tcp::socket::shutdown_both, ignored);
    });
  }
}

HttpScript::HttpScript(Handler handler, Tls tls) : rep_(std::make_unique<Rep>()) {
  rep_->handler = std::move(handler);
  rep_->tls = tls;
  if (tls == Tls::tls) {
    const auto& good = certificate(CertificateKind::good);
    rep_->context.use_certificate_chain_file(good.chain.string());
    rep_->context.use_private_key_file(good.key.string(), asio::ssl::context::pem);
  }
  rep_->door = std::thread([rep = rep_.get()] { rep->serve(); });
}

HttpScript::~HttpScript() {
  error_code ignored;
  {
    const std::lock_guard lock(rep_->mutex);
    rep_->over = true;
    for (auto& one : rep_->conversations) one.socket.shutdown(tcp::socket::shutdown_both, ignored);
  }
  // A knock wakes the door, which then sees that it is over.
  tcp::socket knock(rep_->io);
  knock.connect(rep_->acceptor.local_endpoint(), ignored);
  rep_->door.join();
  for (auto& one : rep_->conversations) one.thread.join();
}

int HttpScript::port() const {
  return rep_->acceptor.local_endpoint().port();
}

std::string HttpScript::url(const std::string& path) const {
  return fmt::format("{}:{}{}", rep_->tls == Tls::tls ? "https://localhost" : "http://127.0.0.1", port(),
                     path);
}

std::vector<HeardRequest> HttpScript::heard() const {
  const std::lock_guard lock(rep_->mutex);
  return rep_->heard;
}

}  // namespace crier::test
