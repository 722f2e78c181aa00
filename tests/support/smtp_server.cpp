#include "support/smtp_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <list>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace crier::test {

struct SmtpServer::Rep {
  SmtpScript script;
  int listener = -1;
  int port = 0;
  std::thread acceptor;
  mutable std::mutex mutex;
  std::list<std::thread> talkers;
  std::set<int> open;
  std::vector<TakenMail> taken;
  std::vector<std::string> commands;
  int connections = 0;
  int most_at_once = 0;
  int point_reached = 0;
  std::size_t most_bytes = 0;
  std::condition_variable released_changed;
  bool released = false;
  std::atomic<bool> stopping = false;
};

namespace {

/// Thrown where a conversation is over.
struct Over {};

std::string decode64(std::string_view text) {
  std::string bytes(text.size(), '\0');
  const auto length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return {};
  bytes.resize(static_cast<std::size_t>(length));
  const auto padding = text.ends_with("==") ? 2U : text.ends_with("=") ? 1U : 0U;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

std::string in_brackets(std::string_view line) {
  const auto begin = line.find('<');
  const auto end = line.find('>');
  return std::string(line.substr(begin + 1, end - begin - 1));
}

/// A connection's bytes, plain or encrypted.
class Line {
 public:
  explicit Line(int descriptor) : descriptor_(descriptor) {}
  ~Line() {
    if (tls_ != nullptr) SSL_free(tls_);
    if (context_ != nullptr) SSL_CTX_free(context_);
    ::close(descriptor_);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void encrypt(CertificateKind kind) {
    const auto& files = certificate(kind);
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate_file(context_, files.chain.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_, files.key.c_str(), SSL_FILETYPE_PEM);
    tls_ = SSL_new(context_);
    SSL_set_fd(tls_, descriptor_);
    if (SSL_accept(tls_) != 1) throw Over();
  }
  bool encrypted() const { return tls_ != nullptr; }
  std::size_t received() const { return received_; }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count =
          tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                          : static_cast<int>(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
      if (count <= 0) throw Over();
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  /// One line without its end.
  std::string receive_line() {
    for (;;) {
      const auto end = buffer_.find("\r\n", at_);
      if (end != std::string::npos) {
        auto line = buffer_.substr(at_, end - at_);
        at_ = end + 2;
        return line;
      }
      receive_more();
    }
  }
  /// A mail's lines up to the lone dot, unstuffed; `arrived` is told when the first bytes are there.
  template <typename Arrived>
  std::string receive_body(Arrived arrived) {
    if (at_ == buffer_.size()) receive_more();
    arrived();
    std::string body;
    for (;;) {
      auto line = receive_line();
      if (line == ".") return body;
      body.append(line, line.starts_with('.') ? 1 : 0);
      body += "\r\n";
    }
  }
  void close_now() { throw Over(); }
  void reset_now() {
    const linger hard{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    throw Over();
  }
  void wait_until_closed() {
    for (;;) receive_more();
  }
  /// Byte by byte until the other side has enough of it.
  void drip() {
    pollfd closed{descriptor_, POLLRDHUP, 0};
    for (;;) {
      send("2");
      if (::poll(&closed, 1, 20) != 0) throw Over();
    }
  }

 private:
  void receive_more() {
    if (at_ > 0) buffer_.erase(0, std::exchange(at_, 0U));
    std::array<char, 16384> chunk{};
    const auto count = tls_ != nullptr ? SSL_read(tls_, chunk.data(), static_cast<int>(chunk.size()))
                                       : static_cast<int>(::recv(descriptor_, chunk.data(), chunk.size(), 0));
    if (count <= 0) throw Over();
    received_ += static_cast<std::size_t>(count);
    buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  }

  int descriptor_;
  SSL_CTX* context_ = nullptr;
  SSL* tls_ = nullptr;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t received_ = 0;
};

}  // namespace

/// One conversation.
class SmtpTalk {
 public:
  SmtpTalk(SmtpServer::Rep& server, Line& line, int at_once)
      : server_(server), script_(server.script), line_(line), at_once_(at_once) {}

  void run() {
    if (script_.tls == ServerTls::implicit) line_.encrypt(script_.certificate);
    if (strikes(SmtpPoint::connect)) play(SmtpPoint::connect, "");
    if (script_.most_connections > 0 && at_once_ > script_.most_connections) {
      line_.send("421 4.7.0 too many connections\r\n");
      return;
    }
    answer(SmtpPoint::banner, "220 twin ESMTP");
    for (;;) obey(line_.receive_line());
  }

 private:
  /// Whether the script's fault happens here and now.
  bool strikes(SmtpPoint point) {
    const auto& fault = script_.fault;
    if (!fault || fault->point != point) return false;
    const std::lock_guard lock(server_.mutex);
    const int nth = server_.point_reached++;
    return nth >= fault->from && nth < fault->from + fault->times;
  }

  /// The reply that is due at this point, or the fault. Whether the command was taken.
  bool answer(SmtpPoint point, const std::string& reply) {
    if (strikes(point)) return play(point, reply);
    line_.send(reply + "\r\n");
    return reply[0] < '4';
  }

  bool play(SmtpPoint point, const std::string& reply) {
    switch (script_.fault->trick) {
      case SmtpTrick::reply_4xx:
        line_.send("451 4.3.0 not now\r\n");
        return false;
      case SmtpTrick::reply_5xx:
        line_.send(refusal(point) + "\r\n");
        return false;
      case SmtpTrick::reply_421:
        line_.send("421 4.3.2 closing down\r\n");
        throw Over();
      case SmtpTrick::close:
        line_.close_now();
        break;
      case SmtpTrick::reset:
        line_.reset_now();
        break;
      case SmtpTrick::hang:
        line_.wait_until_closed();
        break;
      case SmtpTrick::drip:
        line_.drip();
        break;
      case SmtpTrick::garbage:
        line_.send("\x81\x9f\xff what is this\r\n");
        break;
      case SmtpTrick::nul:
        line_.send(std::string_view("250 o\0k\r\n", 9));
        break;
      case SmtpTrick::long_line:
        line_.send("250 " + std::string(1 << 20, 'x'));
        break;
      case SmtpTrick::endless_reply:
        for (;;) line_.send("250-and on\r\n");
      case SmtpTrick::extra_reply:
        line_.send(reply + "\r\n250 2.0.0 nobody asked\r\n");
        return reply[0] < '4';
      case SmtpTrick::missing_reply:
        return true;
      case SmtpTrick::read_late:
        break;
    }
    line_.wait_until_closed();
    return false;
  }

  static std::string refusal(SmtpPoint point) {
    switch (point) {
      case SmtpPoint::auth:
        return "535 5.7.8 bad credentials";
      case SmtpPoint::rcpt:
        return "550 5.1.1 no such user";
      case SmtpPoint::data:
      case SmtpPoint::body:
      case SmtpPoint::dot:
        return "554 5.6.0 not such a message";
      default:
        return "550 go away";
    }
  }

  void obey(const std::string& command) {
    {
      const std::lock_guard lock(server_.mutex);
      server_.commands.push_back(command);
    }
    if (command.starts_with("EHLO ")) return hello();
    if (command.starts_with("HELO ")) return line_.send("250 twin\r\n");
    if (command == "STARTTLS") return start_tls();
    if (command.starts_with("AUTH ")) return sign_in(command.substr(5));
    if (command.starts_with("MAIL FROM:")) return begin_mail(command);
    if (command.starts_with("RCPT TO:")) return add_recipient(command);
    if (command == "DATA") return receive();
    if (command == "RSET") {
      open_ = false;
      answer(SmtpPoint::rset, "250 2.0.0 forgotten");
      return;
    }
    if (command == "QUIT") {
      answer(SmtpPoint::quit, "221 2.0.0 bye");
      throw Over();
    }
    line_.send("500 5.5.1 unknown command\r\n");
  }

  void hello() {
    if (!script_.ehlo) return line_.send("502 5.5.1 only HELO here\r\n");
    std::string reply = "250-twin greets you\r\n";
    if (script_.pipelining) reply += "250-PIPELINING\r\n";
    if (script_.eight_bit) reply += "250-8BITMIME\r\n";
    if (script_.smtputf8) reply += "250-SMTPUTF8\r\n";
    if (script_.dsn) reply += "250-DSN\r\n";
    if (script_.size_limit > 0) reply += fmt::format("250-SIZE {}\r\n", script_.size_limit);
    if (script_.tls == ServerTls::starttls && !line_.encrypted()) reply += "250-STARTTLS\r\n";
    if (!script_.auth.empty()) reply += fmt::format("250-AUTH {}\r\n", script_.auth);
    answer(SmtpPoint::ehlo, reply + "250 ENHANCEDSTATUSCODES");
  }

  void start_tls() {
    if (answer(SmtpPoint::starttls, "220 2.0.0 go on")) line_.encrypt(script_.certificate);
  }

  void sign_in(const std::string& what) {
    if (what.starts_with("XOAUTH2 ")) return sign_in_with_token(decode64(what.substr(8)));
    std::string given;
    if (what.starts_with("PLAIN ")) {
      given = decode64(what.substr(6));
    } else {
      line_.send("334 VXNlcm5hbWU6\r\n");
      const auto user = decode64(line_.receive_line());
      line_.send("334 UGFzc3dvcmQ6\r\n");
      given = std::string(1, '\0') + user + std::string(1, '\0') + decode64(line_.receive_line());
    }
    const bool right = given == std::string(1, '\0') + script_.user + std::string(1, '\0') + script_.password;
    if (!right) return line_.send("535 5.7.8 wrong: " + given.substr(given.rfind('\0') + 1) + "\r\n");
    if (answer(SmtpPoint::auth, "235 2.7.0 welcome")) user_ = script_.user;
  }

  void sign_in_with_token(const std::string& given) {
    if (given != fmt::format("user={}\x01"
                             "auth=Bearer {}\x01\x01",
                             script_.user, script_.token)) {
      line_.send("334 eyJzdGF0dXMiOiI0MDEifQ==\r\n");
      if (!line_.receive_line().empty()) return line_.send("501 5.5.2 an empty line was due\r\n");
      return line_.send("535 5.7.8 wrong: " + given.substr(given.find("Bearer ") + 7) + "\r\n");
    }
    if (answer(SmtpPoint::auth, "235 2.7.0 welcome")) user_ = script_.user;
  }

  /// What stands behind the address.
  static std::string parameters_of(const std::string& command) {
    const auto end = command.find('>') + 1;
    return command.substr(std::min(end + 1, command.size()));
  }

  void begin_mail(const std::string& command) {
    if (!script_.auth.empty() && user_.empty()) return line_.send("530 5.7.0 sign in first\r\n");
    if (script_.messages_per_connection > 0 && messages_ == script_.messages_per_connection) {
      line_.send("421 4.7.0 enough for one connection\r\n");
      throw Over();
    }
    if (open_) return line_.send("503 5.5.1 nested MAIL\r\n");
    mail_ = {};
    mail_.from = in_brackets(command);
    mail_.parameters = parameters_of(command);
    mail_.encrypted = line_.encrypted();
    mail_.user = user_;
    open_ = answer(SmtpPoint::mail, "250 2.1.0 sender ok");
  }

  void add_recipient(const std::string& command) {
    if (!open_) return line_.send("503 5.5.1 MAIL first\r\n");
    const auto address = in_brackets(command);
    mail_.rcpt_parameters = parameters_of(command);
    const auto scripted = script_.rcpt_replies.find(address);
    const auto reply = scripted == script_.rcpt_replies.end() ? "250 2.1.5 recipient ok" : scripted->second;
    if (answer(SmtpPoint::rcpt, reply)) mail_.to.push_back(address);
  }

  void receive() {
    if (!open_) return line_.send("503 5.5.1 MAIL first\r\n");
    const bool nobody = mail_.to.empty();
    if (nobody && script_.data_without_recipient == DataWithoutRecipient::refused) {
      return line_.send("554 5.5.1 no valid recipients\r\n");
    }
    if (!answer(SmtpPoint::data, "354 go ahead")) return;
    mail_.content = line_.receive_body([this] { interrupt(); });
    open_ = false;
    ++messages_;
    if (nobody) return line_.send("554 5.5.1 no valid recipients\r\n");
    const bool struck = strikes(SmtpPoint::dot);
    const bool refused = struck && script_.fault->trick <= SmtpTrick::reply_421;
    if (!refused) {
      // What the server has taken charge of, whether or not its word comes through.
      const std::lock_guard lock(server_.mutex);
      server_.taken.push_back(mail_);
    }
    const auto reply = fmt::format("250 2.0.0 queued as {}", messages_);
    if (struck) {
      play(SmtpPoint::dot, reply);
    } else {
      line_.send(reply + "\r\n");
    }
  }

  /// The fault in the middle of a body. A server that refuses there hangs up.
  void interrupt() {
    if (!strikes(SmtpPoint::body)) return;
    if (script_.fault->trick == SmtpTrick::missing_reply) return;
    if (script_.fault->trick == SmtpTrick::extra_reply) return line_.send("250 2.0.0 nobody asked\r\n");
    if (script_.fault->trick == SmtpTrick::read_late) {
      std::unique_lock lock(server_.mutex);
      return server_.released_changed.wait(lock, [this] { return server_.released; });
    }
    play(SmtpPoint::body, "");
    throw Over();
  }

  SmtpServer::Rep& server_;
  const SmtpScript& script_;
  Line& line_;
  int at_once_;
  std::string user_;
  bool open_ = false;
  int messages_ = 0;
  TakenMail mail_;
};

namespace {

void talk(SmtpServer::Rep& server, int descriptor, int at_once) {
  {
    Line line(descriptor);
    try {
      SmtpTalk(server, line, at_once).run();
    } catch (const Over&) {
    }
    const std::lock_guard lock(server.mutex);
    server.open.erase(descriptor);
    server.most_bytes = std::max(server.most_bytes, line.received());
  }
}

void accept_all(SmtpServer::Rep& server) {
  for (;;) {
    const int descriptor = ::accept4(server.listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0 || server.stopping) {
      if (descriptor >= 0) ::close(descriptor);
      return;
    }
    const int yes = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const std::lock_guard lock(server.mutex);
    server.open.insert(descriptor);
    ++server.connections;
    const int at_once = static_cast<int>(server.open.size());
    server.most_at_once = std::max(server.most_at_once, at_once);
    server.talkers.emplace_back(talk, std::ref(server), descriptor, at_once);
  }
}

}  // namespace

SmtpServer::SmtpServer(SmtpScript script) : rep_(std::make_unique<Rep>()) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  if (script.tls != ServerTls::none) certificate(script.certificate);
  rep_->script = std::move(script);
  rep_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(rep_->listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(rep_->listener, 64) != 0 ||
      ::getsockname(rep_->listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the test server cannot listen");
  }
  rep_->port = ntohs(address.sin_port);
  rep_->acceptor = std::thread([this] { accept_all(*rep_); });
}

SmtpServer::~SmtpServer() {
  rep_->stopping = true;
  ::shutdown(rep_->listener, SHUT_RDWR);
  rep_->acceptor.join();
  ::close(rep_->listener);
  {
    const std::lock_guard lock(rep_->mutex);
    for (const int descriptor : rep_->open) ::shutdown(descriptor, SHUT_RDWR);
    rep_->released = true;
  }
  rep_->released_changed.notify_all();
  for (auto& talker : rep_->talkers) talker.join();
}

int SmtpServer::port() const {
  return rep_->port;
}

std::vector<TakenMail> SmtpServer::taken() const {
  const std::lock_guard lock(rep_->mutex);
  return rep_->taken;
}

std::vector<std::string> SmtpServer::commands() const {
  const std::lock_guard lock(rep_->mutex);
  return rep_->commands;
}

std::size_t SmtpServer::most_bytes() const {
  const std::lock_guard lock(rep_->mutex);
  return rep_->most_bytes;
}

void SmtpServer::read_on() {
  std::list<std::thread> talkers;
  {
    const std::lock_guard lock(rep_->mutex);
    rep_->released = true;
    talkers.swap(rep_->talkers);
  }
  rep_->released_changed.notify_all();
  for (auto& talker : talkers) talker.join();
}

int SmtpServer::connections() const {
  const std::lock_guard lock(rep_->mutex);
  return rep_->connections;
}

int SmtpServer::most_at_once() const {
  const std::lock_guard lock(rep_->mutex);
  return rep_->most_at_once;
}

}  // namespace crier::test
