#include "intake/rest_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "format/json.hpp"
#include "format/mail_parts.hpp"
#include "format/retry_after.hpp"
#include "net/sign_in.hpp"

namespace crier::intake {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A page is tried so often; between tries twice as long each time, or as long as the server says.
constexpr int most_tries = 6;
constexpr milliseconds first_wait{1000};
/// A server that asks for more patience is asked another day.
constexpr seconds longest_wait{300};
/// A token is renewed so long before its end, or a quarter of its life.
constexpr std::int64_t token_margin = 30;
constexpr std::uint64_t largest_page = 256ULL << 20;

std::unique_ptr<net::TlsContext> trust_for(const config::RestSource& source) {
  const bool plain = source.base_url.starts_with("http://") &&
                     (source.token_url.empty() || source.token_url.starts_with("http://"));
  if (plain) return nullptr;
  try {
    return std::make_unique<net::TlsContext>(source.ca_file);
  } catch (const net::Failure& failure) {
    throw Error(Exit::usage, "ca-file", failure.text(), "Check ca_file in the settings.");
  }
}

/// What a server sends instead of an answer, for people.
std::string readable(std::string_view text) {
  return format::one_line(format::text_of_html(text), 160);
}

std::optional<boost::json::object> object_of(std::string_view body) {
  try {
    auto document = format::parse_json(body, "the answer");
    if (document.is_object()) return std::move(document.get_object());
  } catch (const Error&) {
    // Whoever wants it to be JSON asks again.
  }
  return std::nullopt;
}

/// What a server says in words of its own: OneRoster's status information, OAuth's error, or plain text.
std::string words_of(std::string_view body) {
  const auto object = object_of(body);
  if (!object) return readable(body);
  const std::function<std::string(const boost::json::object&)> find = [&](const boost::json::object& in) {
    for (const auto* key : {"imsx_description", "error_description", "message", "error", "detail", "title"}) {
      const auto* said = in.if_contains(key);
      if (said != nullptr && said->is_string()) return readable(std::string_view(said->get_string()));
    }
    for (const auto& [key, value] : in) {
      if (!value.is_object()) continue;
      if (auto inner = find(value.get_object()); !inner.empty()) return inner;
    }
    return std::string();
  };
  return find(*object);
}

std::string with_words(std::string text, std::string_view words) {
  return words.empty() ? text : fmt::format("{}: '{}'", text, words);
}

bool passes(int status) {
  return status == 429 || status == 408 || status / 100 == 5;
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || fault != std::errc() || end != text.data() + text.size() || number < 0)
    return std::nullopt;
  return number;
}

/// The address without its query: what people look for in a log.
std::string_view place_of(std::string_view url) {
  return url.substr(0, url.find('?'));
}

void require_json(const net::HttpReply& reply, std::string_view url) {
  const auto start = reply.body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (start == std::string::npos || reply.body[start] != '<') return;
  throw Error(
      Exit::refused_input, "not-oneroster",
      with_words(
          fmt::format("{} answers with a web page, a sign-in page perhaps, and not with JSON", place_of(url)),
          readable(reply.body)),
      "Check base_url: it is the address of the OneRoster service, not of the site. Nothing was changed.");
}

RestAnswer page_of(const net::HttpReply& reply, std::string_view url) {
  require_json(reply, url);
  auto document = format::parse_json(reply.body, fmt::format("the answer of {}", place_of(url)));
  if (!document.is_object()) {
    throw Error(Exit::refused_input, "not-oneroster",
                fmt::format("the answer of {} is no JSON object", place_of(url)),
                "Check base_url in the settings. Nothing was changed.");
  }
  RestAnswer answer;
  answer.page = std::move(document.get_object());
  answer.total = number_in(reply.field("X-Total-Count"));
  if (!answer.total) answer.total = number_in(reply.field("x-count"));
  const auto links = reply.field("Link");
  answer.has_links = !links.empty();
  answer.says_next = links.find("rel=\"next\"") != std::string_view::npos ||
                     links.find("rel=next") != std::string_view::npos;
  answer.revision = std::string(reply.field("x-perm-rev"));
  return answer;
}

}  // namespace

RestWorld rest_world(std::function<void()> go_on) {
  RestWorld world;
  world.now = [] {
    return std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  };
  world.wait = [go_on](milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::min<milliseconds>(time, milliseconds(100)));
      if (go_on) go_on();
    }
  };
  world.meanwhile = std::move(go_on);
  return world;
}

RestServer::RestServer(const config::RestSource& source, RestWorld world)
    : source_(source),
      world_(std::move(world)),
      trust_(trust_for(source)),
      client_(trust_.get(), {seconds(15), source.timeout, 64U << 10, largest_page}) {
  if (!source_.secret_fault.empty()) {
    throw Error(Exit::usage, "no-secret", source_.secret_fault,
                "Give this account the right to read it, or set it.");
  }
}

RestServer::~RestServer() = default;

void RestServer::wait(milliseconds time) {
  world_.wait(time);
}

/// The first answer that is no passing fault.
net::HttpReply RestServer::ask_patiently(const std::function<net::HttpCall()>& call, std::string_view what) {
  auto pause = first_wait;
  for (int n = 1;; ++n) {
    std::string fault;
    std::optional<seconds> told;
    try {
      auto reply = client_.ask(call(), world_.meanwhile);
      if (!passes(reply.status)) return reply;
      fault = with_words(fmt::format("{} answers {}", what, reply.status), words_of(reply.body));
      told = format::retry_after(reply.field("Retry-After"), world_.now());
    } catch (const net::HttpFailure& failure) {
      // A server that is not to be trusted will not be so in a second.
      if (failure.kind() == net::Failure::Kind::tls_certificate) {
        throw Error(Exit::gateway, "rest-certificate", failure.text(),
                    "Check base_url, or name the authority's file: ca_file = \"…\".");
      }
      fault = failure.text();
    }
    if (n == most_tries || (told && *told > longest_wait)) {
      throw Error(Exit::gateway, "rest-unreachable",
                  told && *told > longest_wait
                      ? fmt::format("{}, and asks to be left alone for {} s", fault, told->count())
                      : fmt::format("{} (tried {} times)", fault, n),
                  "Nothing was changed. Try again later, or ask whoever runs that server.");
    }
    wait(told ? std::max<milliseconds>(*told, milliseconds(100)) : pause);
    pause *= 2;
  }
}

void RestServer::renew_token() {
  const auto reply = ask_patiently(
      [&] {
        net::HttpCall call{"POST", source_.token_url, {}, ""};
        call.fields = {{"Authorization", net::basic_authorization(source_.client_id, source_.client_secret)},
                       {"Content-Type", "application/x-www-form-urlencoded"},
                       {"Accept", "application/json"}};
        net::Parameters form{{"grant_type", "client_credentials"}};
        if (!source_.scopes.empty()) form.emplace_back("scope", join(source_.scopes, " "));
        call.body = net::query_text(form);
        return call;
      },
      place_of(source_.token_url));
  if (reply.status / 100 != 2) {
    throw Error(Exit::gateway, "rest-turned-away",
                with_words(fmt::format("{} gives no token: {}", place_of(source_.token_url), reply.status),
                           words_of(reply.body)),
                "Check client_id, the client secret and scopes in the settings. Nothing was changed.");
  }
  require_json(reply, source_.token_url);
  const auto object = object_of(reply.body);
  const auto* token = object ? object->if_contains("access_token") : nullptr;
  const auto value =
      token != nullptr && token->is_string() ? std::string(token->get_string()) : std::string();
  if (value.empty() || value.find_first_of("\r\n ") != std::string::npos) {
    throw Error(Exit::gateway, "rest-turned-away",
                with_words(fmt::format("{} answers without a token", place_of(source_.token_url)),
                           words_of(reply.body)),
                "Check token_url in the settings. Nothing was changed.");
  }
  token_ = Secret(value);
  std::int64_t lives = 3600;
  if (const auto* told = object->if_contains("expires_in")) {
    if (told->is_int64()) lives = told->get_int64();
    if (told->is_string()) lives = number_in(std::string_view(told->get_string())).value_or(lives);
  }
  token_ends_ = world_.now() + lives - std::min(token_margin, lives / 4);
}

std::string RestServer::authorization(const std::string& url) {
  using config::RestSignIn;
  if (source_.sign_in == RestSignIn::oauth1) {
    return net::oauth1_authorization({source_.client_id, source_.client_secret, source_.sha256}, "GET", url,
                                     world_.now(), os::random_hex(16));
  }
  if (source_.sign_in == RestSignIn::oauth2) {
    if (token_.empty() || world_.now() >= token_ends_) renew_token();
    return net::bearer_authorization(token_);
  }
  if (source_.token_file.empty()) return net::bearer_authorization(source_.token);
  if (token_.empty()) {
    auto text = os::read_file(source_.token_file, 64 << 10);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    token_ = Secret(std::move(text));
  }
  return net::bearer_authorization(token_);
}

RestAnswer RestServer::get(const std::string& url) {
  const auto ask = [&] {
    return ask_patiently(
        [&] {
          return net::HttpCall{
              "GET", url, {{"Authorization", authorization(url)}, {"Accept", "application/json"}}, ""};
        },
        place_of(url));
  };
  auto reply = ask();
  if (reply.status == 401 && source_.sign_in == config::RestSignIn::oauth2) {
    // It ended before its time, or was taken back: a new one, once.
    renew_token();
    reply = ask();
  }
  if (reply.status == 200) return page_of(reply, url);
  RestAnswer answer;
  answer.said = with_words(fmt::format("{}", reply.status), words_of(reply.body));
  if (reply.status == 403) answer.kind = RestAnswer::Kind::no_permission;
  if (reply.status == 404 || reply.status == 501) answer.kind = RestAnswer::Kind::not_there;
  if (reply.status == 400 || reply.status == 422) answer.kind = RestAnswer::Kind::bad_request;
  if (answer.kind != RestAnswer::Kind::page) return answer;
  if (reply.status / 100 == 3) {
    throw Error(
        Exit::gateway, "rest-redirect",
        fmt::format("{} sends us on to '{}'", place_of(url), readable(place_of(reply.field("Location")))),
        "crier follows nobody with a secret in hand: write that address into the settings if it is the "
        "right one. Nothing was changed.");
  }
  throw Error(
      Exit::gateway, "rest-turned-away", fmt::format("{} turns us away: {}", place_of(url), answer.said),
      "Check base_url and how it lets us in (auth, client_id and its secret, or the token). Nothing was "
      "changed.");
}

}  // namespace crier::intake
