#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "audience/expression.hpp"
#include "audience/lexer.hpp"
#include "base/error.hpp"
#include "base/instant.hpp"
#include "base/text.hpp"

namespace crier::audience {
namespace {

struct KindWord {
  std::string_view word;
  TermKind kind;
};

constexpr std::array kind_words{
    KindWord{"name", TermKind::name},
    KindWord{"year", TermKind::year},
    KindWord{"form", TermKind::form},
    KindWord{"house", TermKind::house},
    KindWord{"boarding", TermKind::boarding},
    KindWord{"group", TermKind::group},
    KindWord{"class", TermKind::class_group},
    KindWord{"school", TermKind::school},
    KindWord{"status", TermKind::status},
    KindWord{"absent", TermKind::absent},
    KindWord{"owing", TermKind::owing},
    KindWord{"birthday", TermKind::birthday},
    KindWord{"survey", TermKind::survey},
    KindWord{"contract", TermKind::contract},
    KindWord{"issue", TermKind::issue},
    KindWord{"messaged", TermKind::messaged},
    KindWord{"contactable", TermKind::contactable},
    KindWord{"uncontactable", TermKind::uncontactable},
    KindWord{"registered", TermKind::registered},
};

/// Whole days: `7d`, 1 to 366.
std::optional<int> days_of(std::string_view text) {
  int days = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), days);
  const bool whole = fault == std::errc() && std::string_view(end, text.data() + text.size()) == "d";
  return whole && days >= 1 && days <= 366 ? std::optional(days) : std::nullopt;
}

bool is_day(std::string_view text) {
  return text == "today" || text == "yesterday" || text == "tomorrow" || parse_date(text);
}

/// What is wrong with the value of a kind that asks for facts; empty where nothing is. The value is in lower
/// case.
std::string_view fault_of(TermKind kind, std::string_view value) {
  switch (kind) {
    case TermKind::absent: {
      constexpr std::string_view unexplained = "/unexplained";
      if (value.ends_with(unexplained)) value.remove_suffix(unexplained.size());
      return value.empty() || is_day(value) ? "" : "is no day: write today, yesterday or 2026-11-25";
    }
    case TermKind::birthday:
      return is_day(value) || days_of(value) ? "" : "is no day and no span: write today, 2026-11-25 or 7d";
    case TermKind::messaged:
      return days_of(value) ? "" : "is no span: write 7d for the last seven days";
    case TermKind::contactable:
    case TermKind::uncontactable:
      return value == "email" || value == "mobile" || value == "any" ? ""
                                                                     : "is none of email, mobile and any";
    case TermKind::registered:
      return value == "email" || value == "mobile" || value == "wechat" || value == "inbox"
                 ? ""
                 : "is none of email, mobile, wechat and inbox";
    default:
      return "";
  }
}

/// Facts that pupils alone have.
bool is_of_pupils(TermKind kind) {
  return kind == TermKind::absent || kind == TermKind::owing || kind == TermKind::contactable ||
         kind == TermKind::uncontactable;
}

/// Kinds that a word alone means: today's absent, whoever owes anything.
std::optional<TermKind> kind_alone(std::string_view word) {
  if (word == "all") return TermKind::all;
  if (word == "absent") return TermKind::absent;
  if (word == "owing") return TermKind::owing;
  return std::nullopt;
}

constexpr std::array teacher_words{KindWord{"teachers-of", TermKind::teachers_of},
                                   KindWord{"todays-teachers-of", TermKind::todays_teachers_of}};

std::optional<TermKind> teachers_kind(std::string_view word) {
  for (const auto& one : teacher_words) {
    if (one.word == word) return one.kind;
  }
  return std::nullopt;
}

std::optional<TermKind> kind_of(std::string_view word) {
  const auto* const found = std::find_if(kind_words.begin(), kind_words.end(),
                                         [&](const KindWord& one) { return one.word == word; });
  if (found == kind_words.end()) return std::nullopt;
  return found->kind;
}

Term term_of(TermKind kind, PersonKind people, std::string value) {
  Term term;
  term.kind = kind;
  term.people = people;
  term.value = std::move(value);
  return term;
}

bool is_place_word(TermKind kind) {
  return kind == TermKind::year || kind == TermKind::form || kind == TermKind::house ||
         kind == TermKind::boarding;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), tokens_(tokens_of(text)) {}

  Expression run() {
    if (peek().kind == Token::Kind::end) {
      throw Error(Exit::usage, "bad-expression", "the expression is empty",
                  "Say who is meant, for example form:10A, or all.");
    }
    Expression expression{std::string(text_), any_of()};
    if (peek().kind != Token::Kind::end) unexpected();
    return expression;
  }

 private:
  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
  }
  const Token& take() { return tokens_[std::min(next_++, tokens_.size() - 1)]; }

  /// `and`, `or`, `not` as words of their own, in any case.
  bool at_word(std::string_view word) const {
    return peek().kind == Token::Kind::word && to_lower(peek().value) == word &&
           peek(1).kind != Token::Kind::colon;
  }
  bool at_operator() const { return at_word("and") || at_word("or") || at_word("not"); }

  [[noreturn]] void refuse(const Token& token, std::string_view what, std::string_view hint = "") const {
    refuse_at(text_, token.at, token.length, what, hint);
  }

  /// Something stands where `and`, `or`, a comma or the end belong.
  [[noreturn]] void unexpected() const {
    const auto& token = peek();
    if (token.kind == Token::Kind::close) refuse(token, "this parenthesis was never opened");
    const bool text = token.kind == Token::Kind::word || token.kind == Token::Kind::quoted;
    refuse(token, "'and', 'or' or a comma is missing before this",
           text && peek(1).kind != Token::Kind::colon
               ? "A value with blanks in it stands in quotation marks: group:\"Ski Trip 2018\"."
               : "");
  }

  Node any_of() {
    auto node = all_of();
    while (at_word("or") || peek().kind == Token::Kind::comma) {
      take();
      node = joined(Node::Kind::any_of, std::move(node), all_of());
    }
    return node;
  }

  Node all_of() {
    auto node = operand();
    while (at_word("and")) {
      take();
      node = joined(Node::Kind::all_of, std::move(node), operand());
    }
    return node;
  }

  /// `a or b or c` is one node with three parts.
  static Node joined(Node::Kind kind, Node left, Node right) {
    Node node{kind, {}, {}};
    if (left.kind == kind) {
      node = std::move(left);
    } else {
      node.parts.push_back(std::move(left));
    }
    if (right.kind == kind) {
      std::move(right.parts.begin(), right.parts.end(), std::back_inserter(node.parts));
    } else {
      node.parts.push_back(std::move(right));
    }
    return node;
  }

  Node operand() {
    if (depth_ == most_nesting) {
      refuse(peek(), fmt::format("more than {} parentheses or 'not' within each other", most_nesting));
    }
    ++depth_;
    Node node;
    if (at_word("not")) {
      take();
      node.kind = Node::Kind::complement;
      node.parts.push_back(operand());
    } else if (peek().kind == Token::Kind::open) {
      node = parenthesis();
    } else {
      node.term = term();
    }
    --depth_;
    return node;
  }

  Node parenthesis() {
    const auto& open = take();
    if (peek().kind == Token::Kind::close) refuse(open, "nothing stands between these parentheses");
    auto node = any_of();
    if (peek().kind == Token::Kind::end) refuse(open, "this parenthesis is never closed");
    if (peek().kind != Token::Kind::close) unexpected();
    take();
    return node;
  }

  Term term() {
    const auto at = peek().at;
    if (at_operator() || peek().kind == Token::Kind::comma || peek().kind == Token::Kind::end ||
        peek().kind == Token::Kind::close) {
      refuse(peek(), "a term is missing here, for example form:10A");
    }
    auto made = bare_term();
    made.at = at;
    made.length = last().at + last().length - at;
    return made;
  }

  const Token& last() const { return tokens_[next_ - 1]; }

  /// A term without a kind of people before it.
  Term bare_term() {
    const auto& token = peek();
    if (token.kind == Token::Kind::file) return file_term(PersonKind::pupil);
    if (token.kind == Token::Kind::quoted) {
      refuse(token, "this text has no kind", "Write what it is: group:\"…\", name:\"…\", form:\"…\".");
    }
    if (token.kind == Token::Kind::colon) refuse(token, "a kind is missing before the colon");
    const auto word = to_lower(token.value);
    if (peek(1).kind != Token::Kind::colon) return word_alone(token, word);
    take();
    take();
    if (const auto people = parse_person_kind(word)) return people_term(*people, token);
    if (const auto kind = teachers_kind(word)) return teachers_term(token, *kind);
    return simple_term(token, word, PersonKind::pupil);
  }

  Term file_term(PersonKind people) {
    const auto& token = take();
    // A5: the file is read again when the message leaves.
    if (token.value == "-") {
      refuse(token, "the codes cannot come from standard input, which is read once only",
             "Write them into a file: @codes.txt. A file that is called - is @./-.");
    }
    return term_of(TermKind::file, people, token.value);
  }

  Term word_alone(const Token& token, std::string_view word) {
    if (const auto kind = kind_alone(word)) {
      take();
      return term_of(*kind, PersonKind::pupil, "");
    }
    if (parse_person_kind(word)) {
      refuse(token, fmt::format("'{}' needs a colon and a value", token.value),
             fmt::format("All of them are {}:all; one of them is {}:CODE.", word, word));
    }
    const auto words = known_kinds();
    if (std::find(words.begin(), words.end(), word) != words.end()) {
      refuse(token, fmt::format("'{}' needs a colon and a value", token.value));
    }
    const bool after_comma = next_ > 0 && tokens_[next_ - 1].kind == Token::Kind::comma;
    refuse(token, fmt::format("'{}' has no kind{}", token.value, did_you_mean(word, words)),
           after_comma
               ? "Each part names its kind: year:9,year:10."
               : fmt::format("Write what it is: form:{0}, group:{0}, name:{0} or pupil:{0}.", token.value));
  }

  Term people_term(PersonKind people, const Token& prefix) {
    const auto& token = peek();
    if (token.kind == Token::Kind::file) return file_term(people);
    if (token.kind == Token::Kind::quoted) return term_of(TermKind::code, people, filled(take(), prefix));
    require_word(prefix);
    const auto word = to_lower(token.value);
    if (peek(1).kind != Token::Kind::colon || peek(1).before == Token::Before::spaced) {
      const auto kind = kind_alone(word);
      if (kind) require_people(token, *kind, people);
      take();
      return term_of(kind.value_or(TermKind::code), people, kind ? std::string() : token.value);
    }
    take();
    take();
    if (const auto kind = teachers_kind(word)) {
      if (people != PersonKind::staff) refuse(token, "teachers are staff, and nothing else");
      return teachers_term(token, *kind);
    }
    auto made = simple_term(token, word, people);
    if (people == PersonKind::contact && is_place_word(made.kind)) {
      refuse(token, fmt::format("contacts have no {}", word),
             fmt::format("Name the pupils, {}:{}, and reach their contacts by --to.", word, made.value));
    }
    return made;
  }

  Term simple_term(const Token& token, std::string_view word, PersonKind people) {
    const auto kind = kind_of(word);
    if (!kind) {
      refuse(token, fmt::format("unknown kind '{}'{}", token.value, did_you_mean(word, known_kinds())),
             "Kinds: " + join(known_kinds(), ", ") + ".");
    }
    const auto& place = peek();
    require_people(token, *kind, people);
    auto made = term_of(*kind, people, value(token));
    if (*kind == TermKind::survey) made.value += survey_part();
    if (*kind == TermKind::status && !parse_person_status(to_lower(made.value))) {
      const std::vector<std::string> known{"active", "pre-admission", "leaver"};
      refuse(place, fmt::format("unknown status '{}'{}", made.value, did_you_mean(made.value, known)),
             "There are: " + join(known, ", ") + ".");
    }
    const auto lower = to_lower(made.value);
    if (const auto fault = fault_of(*kind, lower); !fault.empty()) {
      refuse(place, fmt::format("'{}' {}", made.value, fault));
    }
    return made;
  }

  void require_people(const Token& token, TermKind kind, PersonKind people) const {
    if (people == PersonKind::pupil || !is_of_pupils(kind)) return;
    refuse(token, fmt::format("'{}' is of pupils alone", token.value),
           people == PersonKind::contact
               ? "Name the pupils, and reach their contacts by --to."
               : fmt::format("Name the pupils; one whose code is {0} is {1}:\"{0}\".", token.value,
                             to_text(people)));
  }

  /// Behind a name in quotation marks: survey:"Parents 2026"/open.
  std::string survey_part() {
    const bool joined = peek().before == Token::Before::joined && peek().kind == Token::Kind::word;
    return joined && peek().value.starts_with('/') ? take().value : std::string();
  }

  Term teachers_term(const Token& prefix, TermKind kind) {
    require_value(prefix);
    const auto at = peek().at;
    Term inner;
    if (peek().kind == Token::Kind::word && peek(1).kind == Token::Kind::colon) {
      const auto& token = take();
      take();
      const auto word = to_lower(token.value);
      if (word == "pupil") {
        inner = people_term(PersonKind::pupil, token);
      } else {
        inner = simple_term(token, word, PersonKind::pupil);
      }
    } else if (peek().kind == Token::Kind::file) {
      inner = file_term(PersonKind::pupil);
    } else if (const auto alone = kind_alone(to_lower(peek().value));
               alone && peek().kind == Token::Kind::word) {
      inner = term_of(*alone, PersonKind::pupil, "");
      take();
    } else {
      inner = term_of(TermKind::group, PersonKind::pupil, value(prefix));
    }
    inner.at = at;
    inner.length = last().at + last().length - at;
    auto made = term_of(kind, PersonKind::staff, "");
    made.inner.push_back(std::move(inner));
    return made;
  }

  void require_value(const Token& kind) const {
    const auto& token = peek();
    const bool keyword = at_operator() && token.before == Token::Before::spaced;
    if ((token.kind == Token::Kind::word && !keyword) || token.kind == Token::Kind::quoted ||
        token.kind == Token::Kind::file) {
      return;
    }
    refuse(kind, fmt::format("a value is missing behind '{}:'", kind.value));
  }

  void require_word(const Token& kind) const {
    require_value(kind);
    if (peek().kind != Token::Kind::word) refuse(peek(), fmt::format("'{}:' takes no file", kind.value));
  }

  std::string filled(const Token& token, const Token& kind) const {
    if (trim_invisible(token.value).empty()) {
      refuse(token, fmt::format("the value behind '{}:' is empty", kind.value));
    }
    return token.value;
  }

  /// A quoted text, or a bare run of letters, digits and signs in which a colon may stand (`9X:Ma1`); behind
  /// a colon the rest may be quoted (`contract:"Music lessons"`).
  std::string value(const Token& kind) {
    require_value(kind);
    if (peek().kind == Token::Kind::quoted) return filled(take(), kind);
    require_word(kind);
    std::string made = take().value;
    while (peek().before == Token::Before::joined &&
           (peek().kind == Token::Kind::word || peek().kind == Token::Kind::colon ||
            (peek().kind == Token::Kind::quoted && last().kind == Token::Kind::colon))) {
      made += take().value;
    }
    return made;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  int depth_ = 0;
};

}  // namespace

std::vector<std::string> known_kinds() {
  std::vector<std::string> words{"pupil", "contact", "staff"};
  for (const auto& one : kind_words) words.emplace_back(one.word);
  words.emplace_back("all");
  for (const auto& one : teacher_words) words.emplace_back(one.word);
  return words;
}

Expression parse(std::string_view text) {
  return Parser(text).run();
}

std::string named(std::string_view kind, std::string_view code) {
  std::string expression(kind);
  expression += ":\"";
  for (const char c : code) expression += c == '"' ? std::string("\"\"") : std::string(1, c);
  return expression + "\"";
}

}  // namespace crier::audience
