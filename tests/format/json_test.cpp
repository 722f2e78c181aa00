#include "format/json.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "base/error.hpp"

using namespace crier;
using namespace crier::format;
namespace json = boost::json;

namespace {

std::string refusal(std::string_view text) {
  try {
    parse_json(text, "answer.json");
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::refused_input);
    return error.message();
  }
  return "none";
}

}  // namespace

TEST_CASE("S7: documents keep the order of their keys, text stays readable") {
  const json::value document{{"zebra", 1},
                             {"apple", json::array{"Zoë 王", nullptr, true}},
                             {"seconds", 1.2},
                             {"whole", 3.0},
                             {"none", json::object()},
                             {"rows", json::array{json::object{{"a", -1}}}}};
  CHECK(write_json(document, Layout::compact) ==
        R"({"zebra":1,"apple":["Zoë 王",null,true],"seconds":1.2,"whole":3.0,"none":{},"rows":[{"a":-1}]})");
  CHECK(write_json(document, Layout::indented) == R"({
  "zebra": 1,
  "apple": ["Zoë 王", null, true],
  "seconds": 1.2,
  "whole": 3.0,
  "none": {},
  "rows": [
    {
      "a": -1
    }
  ]
}
)");
}

TEST_CASE("S7: what would break a document is escaped") {
  CHECK(write_json("a\"b\\c\n\x01\t", Layout::compact) == R"("a\"b\\c\n\u0001\t")");
  CHECK(write_json(std::nan(""), Layout::compact) == "null");
  CHECK(write_json(std::numeric_limits<double>::infinity(), Layout::compact) == "null");
}

TEST_CASE("S7: what is written reads back the same") {
  json::array values{0.1,
                     1e300,
                     -2.5e-7,
                     json::value(std::numeric_limits<std::uint64_t>::max()),
                     std::numeric_limits<std::int64_t>::min(),
                     "x",
                     false,
                     nullptr};
  json::array many;
  for (int i = 0; i < 100; ++i) many.push_back(i);
  values.push_back(many);
  CHECK(parse_json(write_json(values, Layout::compact), "x") == json::value(values));
  CHECK(parse_json(write_json(values, Layout::indented), "x") == json::value(values));
}

TEST_CASE("I8: what is no JSON is refused with its place") {
  CHECK(refusal("{\n  \"a\": nope\n}") == "answer.json is not JSON: line 2, column 8: syntax error");
  CHECK(refusal("") != "none");
  CHECK(refusal("{\"a\":1") != "none");
  CHECK(refusal("{} {}") != "none");
  CHECK(refusal("\"\xff\"") != "none");
  CHECK(refusal(std::string(1000, '[') + std::string(1000, ']')) != "none");
  CHECK(refusal(" [1] \n") == "none");
}
