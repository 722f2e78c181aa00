// The measuring stick of B1 and B20: an SMTP client without state. Nothing is stored, nothing looked up,
// every message is the same but for its number. One round trip a message: the end of a body and the next
// message's envelope travel in one write; with `lock-step` it waits after each command, four round trips a
// message. usage: pipe PORT SESSIONS MESSAGES [lock-step]
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t body_bytes = 1850;

enum class Pace { ahead, lock_step };
enum class Awaits { greeting, hello, mail, rcpt, data, dot, goodbye };

struct Session {
  int socket = -1;
  Awaits awaits = Awaits::greeting;
  int message = -1;
  int following = -1;
  std::string out;
  std::string line;
};

class Client {
 public:
  Client(int port, int sessions, int messages, Pace pace) : messages_(messages), pace_(pace) {
    while (body_.size() < body_bytes) {
      body_ += "Dear parent, the following work by your child is missing and due.\r\n";
    }
    poll_ = epoll_create1(0);
    for (int i = 0; i < sessions; ++i) sessions_.push_back(connected(port));
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      epoll_ctl(poll_, EPOLL_CTL_ADD, sessions_[i].socket, &event);
    }
  }

  /// How many messages were accepted.
  int run() {
    std::size_t live = sessions_.size();
    epoll_event events[64];
    while (live > 0) {
      const int count = epoll_wait(poll_, events, 64, 5000);
      if (count <= 0) break;
      for (int i = 0; i < count; ++i) {
        auto& session = sessions_[events[i].data.u64];
        if (!read_from(session)) {
          close(session.socket);
          --live;
        }
      }
    }
    return accepted_;
  }

 private:
  static Session connected(int port) {
    Session session;
    session.socket = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(session.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      std::perror("pipe: connect");
      std::exit(1);
    }
    const int on = 1;
    setsockopt(session.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(session.socket, F_SETFL, O_NONBLOCK);
    return session;
  }

  bool read_from(Session& session) {
    char bytes[65536];
    const auto count = read(session.socket, bytes, sizeof bytes);
    if (count <= 0) return false;
    for (ssize_t i = 0; i < count; ++i) {
      if (bytes[i] != '\n') {
        session.line += bytes[i];
        continue;
      }
      const bool last_line = session.line.size() <= 3 || session.line[3] != '-';
      if (last_line) hear(session, std::atoi(session.line.c_str()));
      session.line.clear();
    }
    flush(session);
    return true;
  }

  void hear(Session& session, int code) {
    const int expected = session.awaits == Awaits::greeting ? 220
                         : session.awaits == Awaits::data   ? 354
                                                            : 250;
    if (session.awaits != Awaits::goodbye && code != expected) {
      std::fprintf(stderr, "pipe: the server said %s\n", session.line.c_str());
      std::exit(1);
    }
    switch (session.awaits) {
      case Awaits::greeting:
        session.out += "EHLO bench.example\r\n";
        session.awaits = Awaits::hello;
        break;
      case Awaits::hello:
        begin(session);
        break;
      case Awaits::mail:
        if (pace_ == Pace::lock_step) say_recipient(session, session.message);
        session.awaits = Awaits::rcpt;
        break;
      case Awaits::rcpt:
        if (pace_ == Pace::lock_step) session.out += "DATA\r\n";
        session.awaits = Awaits::data;
        break;
      case Awaits::data:
        say_body(session);
        break;
      case Awaits::dot:
        ++accepted_;
        session.message = std::exchange(session.following, -1);
        if (session.message < 0) {
          begin(session);
        } else {
          session.awaits = Awaits::mail;
        }
        break;
      case Awaits::goodbye:
        break;
    }
  }

  void begin(Session& session) {
    if (next_ >= messages_) {
      session.out += "QUIT\r\n";
      session.awaits = Awaits::goodbye;
      return;
    }
    session.message = next_++;
    say_envelope(session, session.message);
    session.awaits = Awaits::mail;
  }

  void say_envelope(Session& session, int message) const {
    session.out += "MAIL FROM:<office@school.example>\r\n";
    if (pace_ == Pace::lock_step) return;
    say_recipient(session, message);
    session.out += "DATA\r\n";
  }

  static void say_recipient(Session& session, int message) {
    char text[64];
    const int size = std::snprintf(text, sizeof text, "RCPT TO:<u%d@example.org>\r\n", message);
    session.out.append(text, static_cast<std::size_t>(size));
  }

  void say_body(Session& session) {
    char head[512];
    const int size =
        std::snprintf(head, sizeof head,
                      "From: <office@school.example>\r\nTo: <u%d@example.org>\r\nSubject: message %d\r\n"
                      "Message-ID: <%d@bench.example>\r\nDate: Wed, 25 Nov 2026 01:00:00 +0000\r\n\r\n",
                      session.message, session.message, session.message);
    session.out.append(head, static_cast<std::size_t>(size));
    session.out += body_;
    session.out += ".\r\n";
    if (pace_ == Pace::ahead && next_ < messages_) {
      session.following = next_++;
      say_envelope(session, session.following);
    }
    session.awaits = Awaits::dot;
  }

  static void flush(Session& session) {
    std::size_t at = 0;
    while (at < session.out.size()) {
      const auto count = write(session.socket, session.out.data() + at, session.out.size() - at);
      if (count < 0) {
        usleep(50);
        continue;
      }
      at += static_cast<std::size_t>(count);
    }
    session.out.clear();
  }

  int messages_;
  Pace pace_;
  int next_ = 0;
  int accepted_ = 0;
  int poll_ = -1;
  std::string body_;
  std::vector<Session> sessions_;
};

}  // namespace

int main(int count, char** words) {
  const bool lock_step = count == 5 && std::string(words[4]) == "lock-step";
  if (count != 4 && !lock_step) {
    std::fprintf(stderr, "usage: pipe PORT SESSIONS MESSAGES [lock-step]\n");
    return 2;
  }
  const int messages = std::atoi(words[3]);
  const int accepted =
      Client(std::atoi(words[1]), std::atoi(words[2]), messages, lock_step ? Pace::lock_step : Pace::ahead)
          .run();
  if (accepted == messages) return 0;
  std::fprintf(stderr, "pipe: %d of %d messages were accepted\n", accepted, messages);
  return 1;
}
