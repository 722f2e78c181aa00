// A scripted SMTP server on loopback, the twin of lib/transport's other side (house rule 11): it records what
// it was told and what it took charge of, and does on demand what broken and hostile servers do.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace crier::test {

/// Certificates made when a test asks for them, in a temporary folder that ends with the process.
enum class CertificateKind { good, expired, wrong_host, self_signed };
struct Certificate {
  std::filesystem::path chain;
  std::filesystem::path key;
};
/// For `localhost` and 127.0.0.1 but for `wrong_host`; all but `self_signed` are issued by
/// `authority_file()`.
const Certificate& certificate(CertificateKind kind);
const std::filesystem::path& authority_file();

enum class SmtpPoint { connect, banner, ehlo, starttls, auth, mail, rcpt, data, body, dot, rset, quit };
enum class SmtpTrick {
  reply_4xx,
  reply_5xx,
  reply_421,
  close,
  reset,
  hang,
  drip,
  garbage,
  nul,
  long_line,
  endless_reply,
  extra_reply,
  /// Does as it was told and says nothing.
  missing_reply,
  /// Only at `body`: leaves the rest unread until `SmtpServer::read_on`.
  read_late
};

/// What goes wrong, where, from the how-manieth time on (0: the first), and how often.
struct SmtpFault {
  SmtpPoint point;
  SmtpTrick trick;
  int from = 0;
  int times = 1;
};

struct TakenMail {
  std::string from;
  std::vector<std::string> to;
  /// What stood behind the address in MAIL FROM.
  std::string parameters;
  /// The same of the last RCPT TO.
  std::string rcpt_parameters;
  /// As it was before dot-stuffing.
  std::string content;
  bool encrypted = false;
  std::string user;
};

enum class ServerTls { none, starttls, implicit };
/// DATA where every RCPT was refused: refused too, or taken (RFC 2920 allows both).
enum class DataWithoutRecipient { refused, taken };

struct SmtpScript {
  bool pipelining = true;
  bool eight_bit = true;
  bool smtputf8 = true;
  bool dsn = false;
  /// false: EHLO is an unknown command.
  bool ehlo = true;
  std::size_t size_limit = 0;
  ServerTls tls = ServerTls::none;
  CertificateKind certificate = CertificateKind::good;
  /// Mechanisms offered: `PLAIN LOGIN XOAUTH2`; none: no AUTH.
  std::string auth = {};
  std::string user = "crier";
  std::string password = "pass word";
  std::string token = "bearer-token";
  /// Replies to RCPT by address; others are taken.
  std::map<std::string, std::string> rcpt_replies = {};
  DataWithoutRecipient data_without_recipient = DataWithoutRecipient::refused;
  /// 0: no limit. Over it, the banner or MAIL is answered with 421.
  int most_connections = 0;
  int messages_per_connection = 0;
  std::optional<SmtpFault> fault = {};
};

class SmtpServer {
 public:
  /// Listens on a free port of 127.0.0.1 when it returns.
  explicit SmtpServer(SmtpScript script);
  /// Ends all conversations.
  ~SmtpServer();
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  int port() const;
  std::vector<TakenMail> taken() const;
  /// Every command line of every connection, in the order of arrival; bodies are not among them.
  std::vector<std::string> commands() const;
  int connections() const;
  int most_at_once() const;
  /// The most bytes that came over one connection that has ended.
  std::size_t most_bytes() const;
  /// Lets late readers read what there is, and returns when all conversations have ended.
  void read_on();

  struct Rep;

 private:
  std::unique_ptr<Rep> rep_;
};

}  // namespace crier::test
