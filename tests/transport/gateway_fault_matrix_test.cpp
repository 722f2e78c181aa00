// D4, D5, D12: what gateways answer over HTTP, right and wrong, and the outcome that must come of it: a row
// an answer, a column a kind of gateway. Nothing that may have been sent is called unsent.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "list_work.hpp"
#include "support/http_script.hpp"
#include "transport/http_gateway.hpp"
#include "transport/transport.hpp"

namespace crier::test {
namespace {

using Verdict = Outcome::Verdict;
using Fault = Outcome::Fault;
using Then = HttpSaying::Then;

/// What a cell's word means.
struct Meaning {
  std::string_view word;
  Verdict verdict;
  Fault fault;
  std::string_view cause;
};
constexpr std::array meanings{
    Meaning{"sent", Verdict::delivered, Fault::none, ""},
    Meaning{"later", Verdict::deferred, Fault::passing, "try-later"},
    Meaning{"busy", Verdict::deferred, Fault::passing, "too-many-requests"},
    Meaning{"login", Verdict::deferred, Fault::ours, "authentication"},
    Meaning{"gone", Verdict::deferred, Fault::ours, "no-such-gateway"},
    Meaning{"redirect", Verdict::deferred, Fault::ours, "redirect"},
    Meaning{"credit", Verdict::deferred, Fault::ours, "no-credit"},
    Meaning{"sender", Verdict::deferred, Fault::ours, "sender-refused"},
    Meaning{"ours", Verdict::deferred, Fault::ours, "session-refused"},
    Meaning{"refused", Verdict::deferred, Fault::ours, "gateway-refused"},
    Meaning{"unknown", Verdict::rejected, Fault::recipient, "refused-recipient"},
    Meaning{"content", Verdict::rejected, Fault::content, "refused-message"},
    Meaning{"stop", Verdict::rejected, Fault::none, "opted-out"},
    Meaning{"?nonsense", Verdict::in_doubt, Fault::passing, "nonsense"},
    Meaning{"?lost", Verdict::in_doubt, Fault::passing, "connection-lost"},
    Meaning{"?silent", Verdict::in_doubt, Fault::passing, "timeout"},
    Meaning{"?broken", Verdict::in_doubt, Fault::passing, "gateway-broken"},
};

constexpr std::string_view sid = "SM0123456789abcdef0123456789abcdef";

/// An answer of each kind by name: `good` is what the gateway says when all is well, `bad-to` when nobody has
/// that number, and so on; others are the same bytes for all.
HttpSaying answer_of(std::string_view kind, std::string_view row) {
  const auto of = [&](std::string kannel, std::string twilio, std::string described, std::string wecom) {
    if (kind == "kannel") return kannel;
    if (kind == "twilio") return twilio;
    return kind == "http" ? described : wecom;
  };
  const int taken = kind == "kannel" ? 202 : kind == "twilio" ? 201 : 200;
  const auto twilio_error = [](int code) {
    return fmt::format(R"({{"code":{},"message":"no","status":400}})", code);
  };
  if (row == "good") {
    return http_answer(taken,
                       of("0: Accepted for delivery", fmt::format(R"({{"sid":"{}","status":"queued"}})", sid),
                          R"({"result":"ok","id":77})", R"({"errcode":0,"errmsg":"ok","msgid":"m1"})"));
  }
  if (row == "queued") {
    return http_answer(
        taken, of("3: Queued for later delivery", fmt::format(R"({{"sid":"{}","status":"accepted"}})", sid),
                  R"({"result":"queued","id":"77"})", R"({"errcode":0,"errmsg":"","invaliduser":""})"));
  }
  if (row == "bad-to") {
    return http_answer(kind == "twilio" ? 400 : taken,
                       of("", twilio_error(21211), R"({"result":"no","error":"E17"})",
                          R"({"errcode":81013,"errmsg":"all invalid"})"));
  }
  if (row == "opted-out") {
    return http_answer(kind == "twilio" ? 400 : taken,
                       of("", twilio_error(21610), R"({"result":"no","error":9})", ""));
  }
  if (row == "bad-login") {
    return http_answer(
        kind == "kannel"   ? 403
        : kind == "twilio" ? 401
                           : 200,
        of("Authorization failed for sendsms", twilio_error(20003), R"({"result":"no","error":"AUTH"})",
           R"({"errcode":40056,"errmsg":"invalid agentid"})"));
  }
  if (row == "busy") {
    return http_answer(
        kind == "kannel"   ? 503
        : kind == "twilio" ? 429
                           : 200,
        of("Temporal failure, try again later.", twilio_error(20429), R"({"result":"no","error":"SLOW"})",
           R"({"errcode":45009,"errmsg":"api freq out of limit"})"));
  }
  if (row == "error-in-200") {
    return http_answer(taken,
                       of("Error: the flag was set",
                          fmt::format(R"({{"sid":"{}","status":"failed","error_code":30007}})", sid),
                          R"({"result":"no","error":"strange"})", R"({"errcode":999999,"errmsg":"new"})"));
  }
  if (row == "number-as-text") {
    return http_answer(
        kind == "twilio" ? 400 : taken,
        of("0", R"({"code":"21211","message":"no"})", R"({"result":1})", R"({"errcode":"0","errmsg":"ok"})"));
  }
  if (row == "half-json") return http_answer(taken, R"({"sid":"SM01)");
  if (row == "html") return http_answer(200, "<html><title>Sign in</title></html>");
  if (row == "empty") return http_answer(200, "");
  if (row == "no-http") return {"220 mail.example ESMTP\r\n", Then::close};
  if (row == "redirect") return http_answer(302, "", {{"Location", "https://elsewhere.example/"}});
  if (row == "429") return http_answer(429, "slow down", {{"Retry-After", "60"}});
  if (row == "401") return http_answer(401, "who are you");
  if (row == "402") return http_answer(402, "pay first");
  if (row == "404") return http_answer(404, "not here");
  if (row == "500") return http_answer(500, "oops");
  if (row == "503") return http_answer(503, "later");
  if (row == "204") return http_answer(204, "");
  if (row == "close") return {"", Then::close};
  if (row == "reset") return {"", Then::reset};
  if (row == "hang") return {"", Then::hang};
  if (row == "half-head") return {"HTTP/1.1 2", Then::hang};
  if (row == "half-body") return {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"err", Then::close};
  FAIL("no such row: " << row);
  return {};
}

// A dash: the gateway has no such answer.
constexpr std::string_view matrix = R"(
                 kannel    twilio    http      wecom
 good            sent      sent      sent      sent
 queued          sent      sent      sent      sent
 bad-to          -         unknown   unknown   unknown
 opted-out       -         stop      stop      -
 bad-login       login     login     ours      login
 busy            later     busy      later     busy
 error-in-200    ?nonsense filtered  content   refused
 number-as-text  ?nonsense unknown   content   ?nonsense
 half-json       ?nonsense ?nonsense ?nonsense ?nonsense
 html            ?nonsense ?nonsense ?nonsense ?nonsense
 empty           ?nonsense ?nonsense ?nonsense ?nonsense
 no-http         ?nonsense ?nonsense ?nonsense ?nonsense
 redirect        redirect  redirect  redirect  redirect
 429             busy      busy      busy      busy
 401             login     login     login     login
 402             credit    credit    credit    credit
 404             gone      gone      gone      gone
 500             ?broken   ?broken   ?broken   ?broken
 503             later     later     later     later
 204             ?nonsense ?nonsense ?nonsense ?nonsense
 close           ?lost     ?lost     ?lost     ?lost
 reset           ?lost     ?lost     ?lost     ?lost
 hang            ?silent   ?silent   ?silent   ?silent
 half-head       ?silent   ?silent   ?silent   ?silent
 half-body       ?lost     ?lost     ?lost     ?lost
)";

config::ChannelSettings settings_of(std::string_view kind, const HttpScript& server) {
  config::ChannelSettings settings;
  auto& gateway = settings.gateway;
  gateway.url = server.url(kind == "kannel" ? "/cgi-bin/sendsms" : kind == "http" ? "/send" : "");
  gateway.user = kind == "twilio" ? "AC0123456789abcdef0123456789abcdef" : "crier";
  gateway.secret = Secret("s3cret");
  settings.timeout = std::chrono::seconds(1);
  settings.kind = kind == "kannel"   ? config::ChannelKind::kannel
                  : kind == "twilio" ? config::ChannelKind::twilio
                  : kind == "http"   ? config::ChannelKind::http
                                     : config::ChannelKind::wecom;
  if (kind == "http") {
    gateway.request.fields = {{"to", "{to}"}, {"text", "{text}"}};
    gateway.answer.ok = "/result";
    gateway.answer.ok_words = {"ok", "queued"};
    gateway.answer.id = "/id";
    gateway.answer.error = "/error";
    gateway.answer.errors = {{"E17", config::GatewayFault::recipient},
                             {"9", config::GatewayFault::opted_out},
                             {"SLOW", config::GatewayFault::passing},
                             {"AUTH", config::GatewayFault::ours}};
  }
  if (kind == "wecom") {
    gateway.corp_id = "corp";
    gateway.agent_id = 1000002;
  }
  return settings;
}

Parcel text_parcel(std::int64_t delivery, std::string to) {
  Parcel parcel;
  parcel.delivery = delivery;
  parcel.job = 1;
  parcel.channel = Channel::sms;
  parcel.to = std::move(to);
  parcel.from = "School";
  parcel.content = R"({"body":"School is closed.","segments":1,"encoding":"gsm-7"})";
  return parcel;
}

/// A connection that is kept has a deadline under way: nobody waits for that.
void run_to_end(boost::asio::io_context& io, boost::asio::awaitable<void> task) {
  boost::asio::co_spawn(io, std::move(task), [&io](std::exception_ptr failure) {
    io.stop();
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
}

Outcome carried(std::string_view kind, const HttpSaying& saying) {
  const HttpScript server([&](const HeardRequest& request) {
    if (request.target.starts_with("/cgi-bin/gettoken"))
      return http_answer(200, R"({"errcode":0,"errmsg":"ok","access_token":"tok","expires_in":7200})");
    // Twilio's list, asked after a doubt: it knows of nothing.
    if (request.method == "GET" && request.target.find("Messages.json") != std::string::npos)
      return http_answer(200, R"({"messages":[]})");
    return saying;
  });
  boost::asio::io_context io(1);
  ListWork work(io.get_executor());
  const auto settings = settings_of(kind, server);
  std::unique_ptr<transport::Transport> transport;
  if (kind == "wecom") {
    transport = transport::make_transport(settings, Channel::wechat, io.get_executor());
  } else {
    transport =
        std::make_unique<transport::HttpGateway>(settings, io.get_executor(), std::chrono::milliseconds(1));
  }
  work.add(text_parcel(7, "+447400900123"));
  run_to_end(io, transport->run(work));
  REQUIRE(work.outcomes().contains(7));
  return work.outcome(7);
}

TEST_CASE("D4, D5: every answer of every kind of gateway comes to the outcome that it must") {
  std::istringstream lines{std::string(matrix)};
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  std::istringstream head(line);
  std::vector<std::string> kinds;
  for (std::string word; head >> word;) kinds.push_back(word);
  int cells = 0;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string row;
    if (!(words >> row)) continue;
    for (const auto& kind : kinds) {
      std::string cell;
      words >> cell;
      if (cell == "-") continue;
      ++cells;
      CAPTURE(row);
      CAPTURE(kind);
      const auto outcome = carried(kind, answer_of(kind, row));
      CAPTURE(outcome.text);
      CHECK(outcome.text.find("s3cret") == std::string::npos);
      CHECK(outcome.port != 0);
      if (row == "429") CHECK(outcome.retry_after == std::chrono::seconds(60));
      if (cell == "filtered") {
        CHECK(outcome.cause == "filtered");
        continue;
      }
      bool known = false;
      for (const auto& meaning : meanings) {
        if (meaning.word != cell) continue;
        known = true;
        CHECK(outcome.verdict == meaning.verdict);
        CHECK(outcome.fault == meaning.fault);
        CHECK(outcome.cause == meaning.cause);
      }
      REQUIRE(known);
      CHECK(outcome.opted_out == (cell == "stop"));
    }
  }
  CHECK(cells >= 60);
}

TEST_CASE("D5: where nobody listens nothing was sent, for every kind") {
  for (const std::string kind : {"kannel", "twilio", "http", "wecom"}) {
    CAPTURE(kind);
    std::optional<config::ChannelSettings> settings;
    {
      const HttpScript gone([](const auto&) { return http_answer(200, ""); });
      settings = settings_of(kind, gone);
    }
    boost::asio::io_context io(1);
    ListWork work(io.get_executor());
    const auto transport = transport::make_transport(*settings, Channel::sms, io.get_executor());
    work.add(text_parcel(1, "+447400900123"));
    run_to_end(io, transport->run(work));
    CHECK(work.outcome(1).verdict == Verdict::deferred);
    CHECK(work.outcome(1).cause == "connection-refused");
  }
}

}  // namespace
}  // namespace crier::test
