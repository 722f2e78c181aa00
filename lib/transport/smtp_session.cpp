#include "transport/smtp_session.hpp"

#include <fmt/format.h>

#include <array>

namespace crier::transport {
namespace asio = boost::asio;

namespace {

/// A body goes out in blocks of this size, each with its own deadline.
constexpr std::size_t block_bytes = 64 * 1024;

}  // namespace

asio::awaitable<std::optional<Parcel>> SmtpSession::carry(Parcel first, ParcelSource& source) {
  if (auto objected = objection(first, extensions_)) {
    settle_objection(first, std::move(*objected), source);
    current_ = take(source);
  } else {
    current_ = begin(std::move(first));
  }
  std::optional<Broken> broken;
  try {
    co_await converse(source);
  } catch (const Broken& caught) {
    broken = caught;
  } catch (const net::Failure& failure) {
    broken = broken_by(failure);
  }
  if (!broken) co_return std::nullopt;
  if (in_body_ && broken->ended && current_ && !current_->dot_said) {
    if (auto said = co_await last_words()) broken->outcome = std::move(*said);
  }
  co_return break_off(*broken, source);
}

asio::awaitable<void> SmtpSession::converse(ParcelSource& source) {
  while (current_) {
    const auto passage =
        extensions_.pipelining ? co_await pass_envelope() : co_await pass_envelope_in_steps();
    if (passage == Passage::none) {
      settle_current(std::move(*current_->refusal), source);
    } else {
      co_await say_body(passage, source);
      co_await hear_dot(passage, source);
    }
    if (!current_) current_ = take(source);
  }
}

void SmtpSession::settle_objection(const Parcel& parcel, Outcome objected, ParcelSource& source) const {
  source.settle(parcel, outcome(objected.verdict, objected.fault, objected.cause, std::move(objected.text)));
}

/// The next parcel that can be put to this server; what it cannot take is settled on the way.
std::optional<SmtpSession::Flight> SmtpSession::take(ParcelSource& source) {
  while (!full()) {
    auto parcel = source.next();
    if (!parcel) break;
    auto objected = objection(*parcel, extensions_);
    if (!objected) return begin(std::move(*parcel));
    settle_objection(*parcel, std::move(*objected), source);
  }
  return std::nullopt;
}

SmtpSession::Flight SmtpSession::begin(Parcel parcel) {
  ++carried_;
  return {.parcel = std::move(parcel)};
}

void SmtpSession::append_envelope(const Flight& flight) {
  append_mail(out_, flight.parcel, extensions_);
  append_rcpt(out_, flight.parcel, extensions_, server_.dsn);
  out_ += "DATA\r\n";
}

asio::awaitable<SmtpSession::Passage> SmtpSession::pass_envelope() {
  if (!current_->envelope_said) {
    const bool reset = std::exchange(needs_reset_, false);
    if (reset) out_ += "RSET\r\n";
    append_envelope(*current_);
    current_->envelope_said = true;
    co_await flush();
    if (reset) {
      if (!heard()) co_await hear();
      check_reply(SmtpStage::mail);
      if (reply_.refusal()) throw nonsense("RSET was refused");
    }
  }
  if (!heard()) co_await hear();
  note_reply(SmtpStage::mail);
  const bool transaction_open = !current_->refusal;
  if (!heard()) co_await hear();
  note_reply(SmtpStage::rcpt);
  if (!heard()) co_await hear();
  co_return note_data_reply(transaction_open);
}

asio::awaitable<SmtpSession::Passage> SmtpSession::pass_envelope_in_steps() {
  if (std::exchange(needs_reset_, false)) {
    co_await ask("RSET\r\n", SmtpStage::mail);
    if (reply_.refusal()) throw nonsense("RSET was refused");
    expect_silence();
  }
  current_->envelope_said = true;
  append_mail(out_, current_->parcel, extensions_);
  co_await flush();
  if (!heard()) co_await hear();
  note_reply(SmtpStage::mail);
  expect_silence();
  if (current_->refusal) co_return Passage::none;
  append_rcpt(out_, current_->parcel, extensions_, server_.dsn);
  co_await flush();
  if (!heard()) co_await hear();
  note_reply(SmtpStage::rcpt);
  expect_silence();
  if (current_->refusal) {
    needs_reset_ = true;
    co_return Passage::none;
  }
  out_ += "DATA\r\n";
  co_await flush();
  if (!heard()) co_await hear();
  co_return note_data_reply(true);
}

void SmtpSession::note_reply(SmtpStage stage) {
  check_reply(stage);
  if (reply_.positive()) {
    current_->answered = true;
  } else if (!current_->refusal) {
    current_->refusal = of_reply(stage);
  }
}

// RFC 2920 3.1: where RCPT was refused and DATA, said in the same breath, was not, the message is ended by a
// lone dot: it has no recipient and goes nowhere.
SmtpSession::Passage SmtpSession::note_data_reply(bool transaction_open) {
  if (reply_.code == 354) {
    expect_silence();
    return current_->refusal ? Passage::lone_dot : Passage::body;
  }
  if (!reply_.refusal()) throw nonsense(fmt::format("the reply {} to DATA", reply_.code));
  note_reply(SmtpStage::data);
  expect_silence();
  needs_reset_ = transaction_open;
  return Passage::none;
}

asio::awaitable<void> SmtpSession::say_body(Passage passage, ParcelSource& source) {
  in_body_ = true;
  const std::string_view content =
      passage == Passage::body ? std::string_view(current_->parcel.content) : std::string_view();
  std::size_t at = append_body(out_, content, 0, block_bytes);
  while (at < content.size()) {
    co_await flush();
    at = append_body(out_, content, at, block_bytes);
  }
  append_dot(out_, content);
  const auto dot_end = out_.size();
  if (extensions_.pipelining) {
    // The next envelope travels behind this body: one round trip a message.
    following_ = take(source);
    if (following_) append_envelope(*following_);
  }
  co_await flush_with_dot(dot_end);
  in_body_ = false;
}

asio::awaitable<void> SmtpSession::flush_with_dot(std::size_t dot_end) {
  std::optional<net::Failure> failure;
  stream_->set_deadline(server_.timeout);
  try {
    co_await stream_->write(out_);
  } catch (const net::Failure& caught) {
    failure = caught;
  }
  current_->dot_said = stream_->handed_over() >= dot_end;
  if (following_) following_->envelope_said = stream_->handed_over() > dot_end;
  out_.clear();
  if (failure) throw *failure;
}

asio::awaitable<void> SmtpSession::hear_dot(Passage passage, ParcelSource& source) {
  if (!heard()) co_await hear();
  if (!reply_.positive() && !reply_.refusal()) {
    throw nonsense(fmt::format("the reply {} to a whole message", reply_.code));
  }
  settle_current(passage == Passage::body ? of_reply(SmtpStage::dot) : std::move(*current_->refusal), source);
  current_ = std::exchange(following_, std::nullopt);
  if (reply_.code == 421) throw Broken{of_reply(SmtpStage::dot), true};
  if (!current_) expect_silence();
}

void SmtpSession::settle_current(Outcome outcome, ParcelSource& source) {
  proven_ = true;
  const auto flight = std::exchange(current_, std::nullopt);
  source.settle(flight->parcel, std::move(outcome));
}

/// A server that is fed up in the middle of a body says why and hangs up: then the write fails, and the
/// reason still lies here to be read.
asio::awaitable<std::optional<Outcome>> SmtpSession::last_words() {
  try {
    if (!heard()) co_await hear();
    if (reply_.refusal()) co_return of_reply(SmtpStage::dot);
  } catch (const Broken&) {
  } catch (const net::Failure&) {
  }
  co_return std::nullopt;
}

/// What became of the parcels under way when the conversation broke off (D5).
std::optional<Parcel> SmtpSession::break_off(const Broken& broken, ParcelSource& source) {
  usable_ = false;
  stream_->close();
  std::optional<Parcel> wants_fresh;
  for (auto* place : {&current_, &following_}) {
    if (!*place) continue;
    auto flight = std::move(**place);
    place->reset();
    if (flight.refusal) {
      source.settle(flight.parcel, std::move(*flight.refusal));
    } else if (flight.dot_said) {
      auto doubtful = broken.outcome;
      doubtful.verdict = Outcome::Verdict::in_doubt;
      doubtful.fault = Outcome::Fault::passing;
      source.settle(flight.parcel, std::move(doubtful));
    } else if (!flight.envelope_said) {
      source.give_back(std::move(flight.parcel));
    } else if (proven_ && broken.ended && !flight.answered && !wants_fresh) {
      wants_fresh = std::move(flight.parcel);
    } else {
      source.settle(flight.parcel, broken.outcome);
    }
  }
  return wants_fresh;
}

asio::awaitable<std::optional<Outcome>> SmtpSession::try_envelope(std::string sender, std::string recipient) {
  std::optional<Outcome> objected;
  try {
    co_await ask(fmt::format("MAIL FROM:<{}>\r\n", sender), SmtpStage::mail);
    if (reply_.refusal()) {
      objected = of_reply(SmtpStage::mail);
    } else {
      co_await ask(fmt::format("RCPT TO:<{}>\r\n", recipient), SmtpStage::rcpt);
      if (reply_.refusal()) objected = of_reply(SmtpStage::rcpt);
      co_await ask("RSET\r\n", SmtpStage::mail);
    }
  } catch (const Broken& broken) {
    objected = broken.outcome;
    usable_ = false;
  } catch (const net::Failure& failure) {
    objected = of_failure(failure);
    usable_ = false;
  }
  co_return objected;
}

asio::awaitable<void> SmtpSession::quit() {
  if (!usable_) co_return;
  usable_ = false;
  try {
    stream_->set_deadline(server_.quit_limit);
    co_await stream_->write("QUIT\r\n");
    std::array<char, 512> ignored{};
    co_await stream_->read_some(ignored);
  } catch (const net::Failure&) {
    // Nothing is under way any more: how the goodbye went concerns nobody.
  }
  stream_->close();
}

asio::awaitable<void> SmtpSession::flush() {
  stream_->set_deadline(server_.timeout);
  co_await stream_->write(out_);
  out_.clear();
}

asio::awaitable<void> SmtpSession::ask(std::string line, SmtpStage stage) {
  out_ = std::move(line);
  co_await flush();
  if (!heard()) co_await hear();
  check_reply(stage);
}

bool SmtpSession::heard() {
  const auto progress = parser_.next(reply_);
  if (progress == ReplyParser::Progress::nonsense) {
    // Once a secret was told nothing is quoted: what comes may be a part of it.
    const bool quotable = secrets_.empty() && !parser_.offending().empty();
    throw nonsense(quotable ? fmt::format("{}: '{}'", parser_.complaint(), parser_.offending())
                            : parser_.complaint());
  }
  return progress == ReplyParser::Progress::complete;
}

// One deadline for a whole reply: a server that drips it byte by byte gains no time.
asio::awaitable<void> SmtpSession::hear() {
  stream_->set_deadline(server_.timeout);
  do {
    parser_.added(co_await stream_->read_some(parser_.room()));
  } while (!heard());
}

void SmtpSession::check_reply(SmtpStage stage) const {
  if (reply_.code == 421) throw Broken{of_reply(stage), true};
  if (!reply_.positive() && !reply_.refusal()) {
    throw nonsense(fmt::format("the reply {} where consent or refusal was due", reply_.code));
  }
}

void SmtpSession::expect_silence() const {
  if (!parser_.unread().empty()) throw nonsense("more replies than commands");
}

Outcome SmtpSession::outcome(Outcome::Verdict verdict, Outcome::Fault fault, std::string_view cause,
                             std::string text) const {
  Outcome result;
  result.verdict = verdict;
  result.fault = fault;
  result.cause = cause;
  result.host = server_.relay.host;
  result.port = server_.relay.port;
  result.tls = tls_version_;
  result.text = std::move(text);
  return result;
}

Outcome SmtpSession::of_reply(SmtpStage stage) const {
  const auto kind = reply_.refusal() ? classify_reply(stage, reply_.code, reply_.enhanced())
                                     : ReplyClass{Outcome::Verdict::delivered, Outcome::Fault::none, ""};
  auto text = shows_secret(reply_.lines, stage) ? std::string("(hidden)") : reply_.one_line();
  auto result = outcome(kind.verdict, kind.fault, kind.cause, std::move(text));
  result.code = reply_.code;
  result.enhanced = reply_.enhanced();
  return result;
}

Outcome SmtpSession::of_failure(const net::Failure& failure) const {
  const auto fault =
      failure.kind() == net::Failure::Kind::tls_certificate ? Outcome::Fault::ours : Outcome::Fault::passing;
  return outcome(Outcome::Verdict::deferred, fault, net::to_text(failure.kind()), printable(failure.text()));
}

SmtpSession::Broken SmtpSession::broken_by(const net::Failure& failure) const {
  return {of_failure(failure), failure.kind() == net::Failure::Kind::closed};
}

SmtpSession::Broken SmtpSession::nonsense(std::string_view complaint) const {
  return {outcome(Outcome::Verdict::deferred, Outcome::Fault::passing, "nonsense",
                  fmt::format("the server does not keep to SMTP: {}", complaint)),
          false};
}

}  // namespace crier::transport
