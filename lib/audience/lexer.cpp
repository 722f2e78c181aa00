#include "audience/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "audience/expression.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace crier::audience {
namespace {

/// How much of a long expression is shown on either side of the place.
constexpr std::size_t shown_bytes = 60;

constexpr std::array<std::string_view, 4> opening_quotes{"\"", "\u201C", "\u201D", "\u201E"};
constexpr std::array<std::string_view, 3> closing_quotes{"\"", "\u201C", "\u201D"};

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    check_text();
    for (;;) {
      const auto before = skip_blanks();
      auto token = next();
      token.before = before;
      tokens_.push_back(std::move(token));
      if (tokens_.back().kind == Token::Kind::end) return std::move(tokens_);
    }
  }

 private:
  void check_text() {
    if (text_.size() > most_bytes) {
      throw Error(Exit::usage, "bad-expression",
                  fmt::format("the expression has {} bytes; {} is the most", text_.size(), most_bytes),
                  "Put codes into a file and name it: @codes.txt.");
    }
    if (!is_utf8(text_)) {
      throw Error(Exit::usage, "bad-expression", "the expression is not UTF-8",
                  "Set the terminal, or the file that holds it, to UTF-8.");
    }
    const auto odd = std::find_if(text_.begin(), text_.end(), [](char c) {
      return !is_blank(c) && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F);
    });
    if (odd != text_.end()) {
      refuse_at(text_, static_cast<std::size_t>(odd - text_.begin()), 1, "a control character");
    }
  }

  Token::Before skip_blanks() {
    auto before = at_ == 0 ? Token::Before::spaced : Token::Before::joined;
    while (at_ < text_.size()) {
      // No-break spaces come along from web pages and word processors.
      const std::size_t width = is_blank(text_[at_]) ? 1 : text_.substr(at_).starts_with("\u00A0") ? 2 : 0;
      if (width == 0) break;
      at_ += width;
      before = Token::Before::spaced;
    }
    return before;
  }

  Token next() {
    if (at_ == text_.size()) return {Token::Kind::end, "", at_, 0};
    switch (text_[at_]) {
      case '(':
        return sign(Token::Kind::open);
      case ')':
        return sign(Token::Kind::close);
      case ',':
        return sign(Token::Kind::comma);
      case ':':
        return sign(Token::Kind::colon);
      case '@':
        return file();
      default:
        break;
    }
    if (opening_quote()) return quoted();
    const auto from = at_;
    while (at_ < text_.size() && !ends_word() && text_[at_] != ':') ++at_;
    return {Token::Kind::word, std::string(text_.substr(from, at_ - from)), from, at_ - from};
  }

  Token sign(Token::Kind kind) {
    ++at_;
    return {kind, std::string(text_.substr(at_ - 1, 1)), at_ - 1, 1};
  }

  bool ends_word() const {
    const char c = text_[at_];
    return is_blank(c) || c == '(' || c == ')' || c == ',' || opening_quote() ||
           text_.substr(at_).starts_with("\u00A0");
  }

  /// A phone's keyboard writes “ and ” for ".
  std::optional<std::string_view> quote_among(std::span<const std::string_view> quotes) const {
    for (const auto quote : quotes) {
      if (text_.substr(at_).starts_with(quote)) return quote;
    }
    return std::nullopt;
  }
  std::optional<std::string_view> opening_quote() const { return quote_among(opening_quotes); }

  Token quoted() {
    const auto from = at_;
    const auto opening = *opening_quote();
    at_ += opening.size();
    Token token{Token::Kind::quoted, "", from, 0};
    while (at_ < text_.size()) {
      // A straight quote is closed by a straight one only.
      const auto closing =
          opening == "\"" ? quote_among(std::array<std::string_view, 1>{"\""}) : quote_among(closing_quotes);
      if (!closing) {
        token.value += text_[at_++];
        continue;
      }
      at_ += closing->size();
      if (*closing == "\"" && at_ < text_.size() && text_[at_] == '"') {
        token.value += '"';
        ++at_;
        continue;
      }
      token.length = at_ - from;
      return token;
    }
    refuse_at(text_, from, opening.size(), "this quotation mark is never closed",
              "Close it with \"; a quotation mark inside is written twice.");
  }

  Token file() {
    const auto from = at_++;
    Token token{Token::Kind::file, "", from, 1};
    if (at_ < text_.size() && opening_quote()) {
      auto path = quoted();
      token.value = std::move(path.value);
    } else {
      while (at_ < text_.size() && !ends_word()) token.value += text_[at_++];
    }
    token.length = at_ - from;
    if (token.value.empty()) {
      refuse_at(text_, from, 1, "no file is named behind the @", "Write @codes.txt, or @\"my codes.txt\".");
    }
    return token;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

/// `at` moved back to where a character begins.
std::size_t character_start(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  return at;
}

std::string on_one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return line;
}

}  // namespace

std::vector<Token> tokens_of(std::string_view text) {
  return Lexer(text).run();
}

void refuse_at(std::string_view text, std::size_t at, std::size_t length, std::string_view what,
               std::string_view hint) {
  const auto from = character_start(text, at > shown_bytes ? at - shown_bytes : 0);
  const auto upto = character_start(text, std::min(text.size(), at + std::max(length, shown_bytes)));
  const std::string cut_before = from > 0 ? "…" : "";
  const std::string cut_after = upto < text.size() ? "…" : "";
  const auto before = cut_before + on_one_line(text.substr(from, at - from));
  const auto under = std::min(upto, at + length);
  const auto marked = under > at ? display_columns(on_one_line(text.substr(at, under - at))) : 0;
  throw Error(Exit::usage, "bad-expression",
              fmt::format("{}\n  {}{}{}\n  {}{}", what, before, on_one_line(text.substr(at, upto - at)),
                          cut_after, std::string(display_columns(before), ' '),
                          std::string(std::max<std::size_t>(marked, 1), '^')),
              hint.empty() ? "An expression reads like: form:10A or year:9 and not group:\"Ski Trip 2018\"."
                           : std::string(hint));
}

}  // namespace crier::audience
