// A mail server on loopback that takes everything, and writes down when: the far side of B15 and B19.
//   stamps WORD MILLISECONDS
// Prints its port, then a line for each message whose subject begins with WORD: the moment of its final dot
// (seconds of the monotonic clock) and its subject. Other messages are answered after so many milliseconds,
// as by a server that writes them down first. At the end of its standard input: how many messages, how many
// different Message-IDs, and the moment of the last final dot.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>

namespace {

using Steady = std::chrono::steady_clock;

double seconds(Steady::time_point at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

struct Session {
  std::string in;
  bool in_body = false;
  /// The final dot's answer is due; nothing is read before.
  bool waits = false;
};

struct Server {
  std::string word;
  std::chrono::milliseconds pause{};
  int epoll = epoll_create1(0);
  std::map<int, Session> sessions;
  std::deque<std::pair<Steady::time_point, int>> answers;
  std::unordered_set<std::string> idents;
  long messages = 0;
  Steady::time_point last{};

  void say(int socket, std::string_view text) {
    if (write(socket, text.data(), text.size()) != static_cast<ssize_t>(text.size())) end(socket);
  }
  void end(int socket) {
    close(socket);
    sessions.erase(socket);
  }

  /// The text of a header's line, or empty.
  static std::string_view header(std::string_view mail, std::string_view name) {
    const auto at = mail.find(name);
    if (at == std::string_view::npos) return {};
    const auto from = at + name.size();
    return mail.substr(from, mail.find("\r\n", from) - from);
  }

  void take(int socket, Session& session, std::string_view mail) {
    last = Steady::now();
    ++messages;
    idents.emplace(header(mail, "\nMessage-ID: "));
    if (const auto subject = header(mail, "\nSubject: "); subject.starts_with(word)) {
      std::printf("%.6f %s\n", seconds(last), std::string(subject).c_str());
      std::fflush(stdout);
      say(socket, "250 2.0.0 taken\r\n");
    } else if (pause.count() == 0) {
      say(socket, "250 2.0.0 taken\r\n");
    } else {
      session.waits = true;
      answers.emplace_back(last + pause, socket);
    }
  }

  void command(int socket, Session& session, std::string_view line) {
    const auto verb = line.substr(0, 4);
    if (verb == "EHLO") {
      say(socket,
          "250-stamps\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n");
    } else if (verb == "DATA") {
      session.in_body = true;
      say(socket, "354 go on\r\n");
    } else if (verb == "QUIT") {
      say(socket, "221 2.0.0 bye\r\n");
    } else {
      say(socket, "250 2.0.0 ok\r\n");
    }
  }

  void read_from(int socket) {
    auto& session = sessions[socket];
    char bytes[65536];
    const auto got = read(socket, bytes, sizeof bytes);
    if (got <= 0) return end(socket);
    session.in.append(bytes, static_cast<std::size_t>(got));
    go_on(socket);
  }

  void go_on(int socket) {
    for (;;) {
      const auto found = sessions.find(socket);
      if (found == sessions.end() || found->second.waits) return;
      auto& session = found->second;
      const std::string_view end = session.in_body ? "\r\n.\r\n" : "\r\n";
      const auto at = session.in.find(end);
      if (at == std::string::npos) return;
      const auto piece = session.in.substr(0, at);
      session.in.erase(0, at + end.size());
      if (session.in_body) {
        session.in_body = false;
        take(socket, session, "\n" + piece);
      } else {
        command(socket, session, piece);
      }
    }
  }

  void answer_due() {
    while (!answers.empty() && answers.front().first <= Steady::now()) {
      const auto socket = answers.front().second;
      answers.pop_front();
      const auto found = sessions.find(socket);
      if (found == sessions.end() || !found->second.waits) continue;
      found->second.waits = false;
      say(socket, "250 2.0.0 taken\r\n");
      go_on(socket);
    }
  }

  void watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
  }

  void run() {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 128) != 0)
      std::exit(1);
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    watch(listener);
    watch(STDIN_FILENO);
    for (epoll_event events[64];;) {
      const int count = epoll_wait(epoll, events, 64, answers.empty() ? -1 : 1);
      answer_due();
      for (int i = 0; i < count; ++i) {
        const int descriptor = events[i].data.fd;
        if (descriptor == STDIN_FILENO) return;
        if (descriptor == listener) {
          const int accepted = accept(listener, nullptr, nullptr);
          const int on = 1;
          setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          sessions[accepted];
          watch(accepted);
          say(accepted, "220 stamps ESMTP\r\n");
        } else {
          read_from(descriptor);
        }
      }
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: stamps WORD MILLISECONDS\n");
    return 2;
  }
  Server server;
  server.word = argv[1];
  server.pause = std::chrono::milliseconds(std::atoi(argv[2]));
  server.run();
  std::printf("%ld %zu %.6f\n", server.messages, server.idents.size(), seconds(server.last));
  return 0;
}
