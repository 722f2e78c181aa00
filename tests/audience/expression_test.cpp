#include "audience/expression.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/error.hpp"

using namespace crier;
using namespace crier::audience;

namespace {

std::string word(TermKind kind) {
  switch (kind) {
    case TermKind::all:
      return "all";
    case TermKind::name:
      return "name";
    case TermKind::year:
      return "year";
    case TermKind::form:
      return "form";
    case TermKind::house:
      return "house";
    case TermKind::boarding:
      return "boarding";
    case TermKind::group:
      return "group";
    case TermKind::class_group:
      return "class";
    case TermKind::school:
      return "school";
    case TermKind::status:
      return "status";
    case TermKind::code:
      return "code";
    case TermKind::file:
      return "file";
    case TermKind::teachers_of:
      return "teachers-of";
    case TermKind::todays_teachers_of:
      return "todays-teachers-of";
    case TermKind::absent:
      return "absent";
    case TermKind::owing:
      return "owing";
    case TermKind::birthday:
      return "birthday";
    case TermKind::survey:
      return "survey";
    case TermKind::contract:
      return "contract";
    case TermKind::issue:
      return "issue";
    case TermKind::messaged:
      return "messaged";
    case TermKind::contactable:
      return "contactable";
    case TermKind::uncontactable:
      return "uncontactable";
    case TermKind::registered:
      return "registered";
  }
  return "";
}

std::string shown(const Term& term) {
  const auto value = term.inner.empty() ? term.value : shown(term.inner.front());
  return std::string(to_text(term.people)) + "." + word(term.kind) + "=" + value;
}

/// The tree with every parenthesis: `(a & !(b) | c)`.
std::string shown(const Node& node) {
  if (node.kind == Node::Kind::term) return shown(node.term);
  if (node.kind == Node::Kind::complement) return "!" + shown(node.parts.front());
  std::string text = "(";
  for (const auto& part : node.parts) {
    if (text.size() > 1) text += node.kind == Node::Kind::all_of ? " & " : " | ";
    text += shown(part);
  }
  return text + ")";
}

std::string tree(std::string_view text) {
  return shown(parse(text).root);
}

Error refusal(std::string_view text) {
  try {
    parse(text);
  } catch (const Error& error) {
    return error;
  }
  return Error(Exit::done, "accepted", std::string(text), "");
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("A1: the grammar, by example") {
  struct Row {
    const char* text;
    const char* tree;
  };
  const Row rows[] = {
      {"form:10A", "pupil.form=10A"},
      {"all", "pupil.all="},
      {"ALL", "pupil.all="},
      {"staff:all", "staff.all="},
      {"Staff:All", "staff.all="},
      {"pupil:ADA001", "pupil.code=ADA001"},
      {"pupil:\"a:b c\"", "pupil.code=a:b c"},
      {"contact:name:smith", "contact.name=smith"},
      {"pupil:form:10A", "pupil.form=10A"},
      {"year:9,year:10", "(pupil.year=9 | pupil.year=10)"},
      {"year:9 , year:10 or year:11", "(pupil.year=9 | pupil.year=10 | pupil.year=11)"},
      {"year:9 and house:Fir or form:7B", "((pupil.year=9 & pupil.house=Fir) | pupil.form=7B)"},
      {"form:7B or year:9 and house:Fir", "(pupil.form=7B | (pupil.year=9 & pupil.house=Fir))"},
      {"year:9 and (house:Fir, house:Elm)", "(pupil.year=9 & (pupil.house=Fir | pupil.house=Elm))"},
      {"form:10A or year:9 and not group:\"Ski Trip 2018\"",
       "(pupil.form=10A | (pupil.year=9 & !pupil.group=Ski Trip 2018))"},
      {"group:\"Ski Trip 2018\" and not form:10A", "(pupil.group=Ski Trip 2018 & !pupil.form=10A)"},
      {"(house:Fir or boarding:Elm) and status:active",
       "((pupil.house=Fir | pupil.boarding=Elm) & pupil.status=active)"},
      {"not form:10A", "!pupil.form=10A"},
      {"NOT form:10A AND year:9", "(!pupil.form=10A & pupil.year=9)"},
      {"not not all", "!!pupil.all="},
      {"not (year:9 or year:10)", "!(pupil.year=9 | pupil.year=10)"},
      {"((year:9))", "pupil.year=9"},
      {"group:\"The \"\"A\"\" team\"", "pupil.group=The \"A\" team"},
      {"group:“Ski Trip”", "pupil.group=Ski Trip"},
      {"class:9X/Ma1", "pupil.class=9X/Ma1"},
      {"group:9X:Ma1", "pupil.group=9X:Ma1"},
      {"form: 10A", "pupil.form=10A"},
      {"name:or", "pupil.name=or"},
      {"name:O'Brien-Łoś", "pupil.name=O'Brien-Łoś"},
      {"teachers-of:group:9X/Ma1", "staff.teachers-of=pupil.group=9X/Ma1"},
      {"teachers-of:9X/Ma1", "staff.teachers-of=pupil.group=9X/Ma1"},
      {"staff:teachers-of:form:10A", "staff.teachers-of=pupil.form=10A"},
      {"teachers-of:pupil:ADA001", "staff.teachers-of=pupil.code=ADA001"},
      {"todays-teachers-of:form:10A", "staff.todays-teachers-of=pupil.form=10A"},
      {"staff:todays-teachers-of:9X/Ma1", "staff.todays-teachers-of=pupil.group=9X/Ma1"},
      {"absent", "pupil.absent="},
      {"pupil:absent and owing", "(pupil.absent= & pupil.owing=)"},
      {"absent:Today/unexplained", "pupil.absent=Today/unexplained"},
      {"staff:\"absent\"", "staff.code=absent"},
      {"owing:contract:\"Music lessons\"", "pupil.owing=contract:Music lessons"},
      {"contact:survey:\"Parents 2026\"/open or all", "(contact.survey=Parents 2026/open | pupil.all=)"},
      {"uncontactable:any, contact:registered:WeChat",
       "(pupil.uncontactable=any | contact.registered=WeChat)"},
      {"todays-teachers-of:absent", "staff.todays-teachers-of=pupil.absent="},
      {"teachers-of:\"all\"", "staff.teachers-of=pupil.group=all"},
      {"@./-", "pupil.file=./-"},
      {"school:CAM and all", "(pupil.school=CAM & pupil.all=)"},
      {"@codes.txt", "pupil.file=codes.txt"},
      {"contact:@\"my codes.txt\" or year:9", "(contact.file=my codes.txt | pupil.year=9)"},
      {" year:9\n and\tform:9B ", "(pupil.year=9 & pupil.form=9B)"},
      {"year:9\u00A0and form:9B", "(pupil.year=9 & pupil.form=9B)"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(tree(row.text) == row.tree);
  }
}

TEST_CASE("A1: an error shows the place with a caret, and what is near") {
  struct Row {
    const char* text;
    const char* message;
  };
  const Row rows[] = {
      {"grup:x", "unknown kind 'grup'; did you mean 'group'?\n  grup:x\n  ^^^^"},
      {"year:9 and frm:9B",
       "unknown kind 'frm'; did you mean 'form'?\n  year:9 and frm:9B\n             ^^^"},
      {"contact:nam:x", "unknown kind 'nam'; did you mean 'name'?\n  contact:nam:x\n          ^^^"},
      {"year:9 year:10", "'and', 'or' or a comma is missing before this\n  year:9 year:10\n         ^^^^"},
      {"group:Ski Trip", "'and', 'or' or a comma is missing before this\n  group:Ski Trip\n            ^^^^"},
      {"year:9 and", "a term is missing here, for example form:10A\n  year:9 and\n            ^"},
      {"year:9 and or year:10",
       "a term is missing here, for example form:10A\n  year:9 and or year:10\n             ^^"},
      {"year:9,", "a term is missing here, for example form:10A\n  year:9,\n         ^"},
      {"(year:9", "this parenthesis is never closed\n  (year:9\n  ^"},
      {"year:9)", "this parenthesis was never opened\n  year:9)\n        ^"},
      {"()", "nothing stands between these parentheses\n  ()\n  ^"},
      {"form:", "a value is missing behind 'form:'\n  form:\n  ^^^^"},
      {"form: and year:9", "a value is missing behind 'form:'\n  form: and year:9\n  ^^^^"},
      {"form:\"\"", "the value behind 'form:' is empty\n  form:\"\"\n       ^^"},
      {"group:\"Ski", "this quotation mark is never closed\n  group:\"Ski\n        ^"},
      {"form", "'form' needs a colon and a value\n  form\n  ^^^^"},
      {"staff", "'staff' needs a colon and a value\n  staff\n  ^^^^^"},
      {"smith", "'smith' has no kind\n  smith\n  ^^^^^"},
      {"\"Ski Trip\"", "this text has no kind\n  \"Ski Trip\"\n  ^^^^^^^^^^"},
      {"status:lever", "unknown status 'lever'; did you mean 'leaver'?\n  status:lever\n         ^^^^^"},
      {"contact:year:9", "contacts have no year\n  contact:year:9\n          ^^^^"},
      {"pupil:teachers-of:9X",
       "teachers are staff, and nothing else\n  pupil:teachers-of:9X\n        ^^^^^^^^^^^"},
      {"@", "no file is named behind the @\n  @\n  ^"},
      {"name:@x", "'name:' takes no file\n  name:@x\n       ^^"},
      {"year:9 or @-",
       "the codes cannot come from standard input, which is read once only\n  year:9 or @-\n            ^^"},
      {"staff:absent:today", "'absent' is of pupils alone\n  staff:absent:today\n        ^^^^^^"},
      {"contact:owing", "'owing' is of pupils alone\n  contact:owing\n          ^^^^^"},
      {"survey:\"Parents\" /open",
       "'and', 'or' or a comma is missing before this\n  survey:\"Parents\" /open\n                   ^^^^^"},
      {"pupil:todays-teachers-of:9X",
       "teachers are staff, and nothing else\n  pupil:todays-teachers-of:9X\n        ^^^^^^^^^^^^^^^^^^"},
      {"absnt:today", "unknown kind 'absnt'; did you mean 'absent'?\n  absnt:today\n  ^^^^^"},
      {"todays-teachers-of:",
       "a value is missing behind 'todays-teachers-of:'\n  todays-teachers-of:\n  ^^^^^^^^^^^^^^^^^^"},
      {"year:9 :", "'and', 'or' or a comma is missing before this\n  year:9 :\n         ^"},
      {"name:Đặng or grup:x",
       "unknown kind 'grup'; did you mean 'group'?\n  name:Đặng or grup:x\n               ^^^^"},
      {"name:李雷 or grup:x",
       "unknown kind 'grup'; did you mean 'group'?\n  name:李雷 or grup:x\n               ^^^^"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto error = refusal(row.text);
    CHECK(error.message() == row.message);
    CHECK(error.code() == "bad-expression");
    CHECK(error.exit() == Exit::usage);
    CHECK_FALSE(error.hint().empty());
  }
}

TEST_CASE("A1: a bare value behind a comma is told how a list is written") {
  CHECK(refusal("year:9,10").hint() == "Each part names its kind: year:9,year:10.");
  CHECK(refusal("group:Ski Trip").hint().find("quotation marks") != std::string::npos);
}

TEST_CASE("A1: of a long expression only what stands around the place is shown") {
  const auto error =
      refusal(repeated("year:9 or ", 500) + "grup:x or " + repeated("year:9 or ", 500) + "all");
  CHECK(error.message().size() < 400);
  CHECK(error.message().find("grup:x") != std::string::npos);
  const auto first = error.message().find('\n');
  const auto second = error.message().find('\n', first + 1);
  // The caret stands under the g; `…` is three bytes and one column.
  const auto line = error.message().substr(first + 1, second - first - 1);
  CHECK(error.message().substr(second + 1).find('^') == line.find("grup:x") - 2);
}

TEST_CASE("A1: days, spans and ways are checked where they stand") {
  for (const auto* text :
       {"absent:2026-02-30", "absent:soon", "birthday:0d", "birthday:400d", "birthday:x", "messaged:today",
        "messaged:", "contactable:fax", "uncontactable:fax", "registered:fax", "staff:absent:today",
        "contact:owing:x", "contact:contactable:any", "survey", "birthday", "issue", "registered",
        "todays-teachers-of"}) {
    CAPTURE(text);
    const auto error = refusal(text);
    CHECK(error.code() == "bad-expression");
    CHECK(error.message().find('^') != std::string::npos);
  }
  CHECK(refusal("absent:2026-02-30").message().find("'2026-02-30' is no day") != std::string::npos);
}

TEST_CASE("A1: an empty, overlong, too deep or broken text is refused") {
  CHECK(refusal("").message() == "the expression is empty");
  CHECK(refusal(" \t").message() == "the expression is empty");
  CHECK(refusal("name:\xff").message() == "the expression is not UTF-8");
  CHECK(refusal(std::string_view("name:a\0b", 8)).message().find("a control character") == 0);
  CHECK(refusal("name:" + std::string(70'000, 'a')).message().find("65536 is the most") != std::string::npos);
  const auto deep = [](int levels) { return repeated("(", levels) + "all" + repeated(")", levels); };
  CHECK(refusal(deep(199)).code() == "accepted");
  CHECK(refusal(deep(200)).code() == "bad-expression");
  CHECK(refusal(repeated("(", 60'000)).code() == "bad-expression");
  CHECK(refusal(repeated("not ", 199) + "all").code() == "accepted");
  CHECK(refusal(repeated("not ", 15'000) + "all").code() == "bad-expression");
}

TEST_CASE("A1: no text whatever makes the parser do anything but read or refuse") {
  const std::string pieces[] = {
      "(",    ")", ",",      ":",      "\"",           "@", " ", "and", "or ",      "not ",
      "year", "9", "staff:", "pupil:", "teachers-of:", "“", "”", "é",   "form:10A", "all",
      "\n"};
  unsigned state = 12345;
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) {
      state = state * 1664525U + 1013904223U;
      if ((state >> 28) == 0) break;
      text += pieces[(state >> 16) % std::size(pieces)];
    }
    const auto error = refusal(text);
    if (error.code() == "accepted") {
      ++accepted;
    } else {
      CHECK(error.exit() == Exit::usage);
    }
  }
  CHECK(accepted > 0);
}
