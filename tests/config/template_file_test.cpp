#include "config/template_file.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/os.hpp"
#include "support/temporary_folder.hpp"

using namespace crier;
using namespace crier::config;

namespace {

Error refusal_of(std::string_view toml) {
  try {
    parse_template(toml, "templates/trip.toml");
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::usage);
    return error;
  }
  FAIL("accepted: " << toml);
  return Error(Exit::defect, "", "", "");
}

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("M2: a template's file is read whole, its languages in order") {
  const auto one = parse_template(R"(
fallback = "pl"
[zh-CN]
subject = "旅行"
body = "你好"
wechat = "微信"
[pl]
subject = "Wycieczka"
body = """
Dzień dobry,

{{pupil}}
"""
sms = "SMS"
)",
                                  "templates/trip.toml");
  CHECK(one.name == "trip");
  CHECK(one.fallback == "pl");
  REQUIRE(one.texts.size() == 2);
  CHECK(one.texts[0].language == "pl");
  CHECK(one.texts[0].body == "Dzień dobry,\n\n{{pupil}}\n");
  CHECK(one.texts[0].sms == "SMS");
  CHECK(one.texts[0].wechat.empty());
  CHECK(one.texts[1].language == "zh-CN");
  CHECK(one.texts[1].wechat == "微信");
}

TEST_CASE("M2: the only language is the fallback, of several it is English, or must be named") {
  CHECK(parse_template("[pl]\nsubject = \"a\"\nbody = \"b\"", "t.toml").fallback == "pl");
  CHECK(parse_template("[en]\nsubject = \"a\"\nbody = \"b\"\n[pl]\nsubject = \"a\"\nbody = \"b\"", "t.toml")
            .fallback == "en");
  const auto error = refusal_of("[de]\nsubject = \"a\"\nbody = \"b\"\n[pl]\nsubject = \"a\"\nbody = \"b\"\n");
  CHECK(mentions(error.message(), "falls back to 'en'"));
}

TEST_CASE("M2: a broken template names file, line and key") {
  struct Row {
    const char* toml;
    const char* where;
    const char* what;
  };
  const Row rows[] = {
      {"[en]\nsubject = \"a\"\nbdy = \"b\"\n", "templates/trip.toml:3", "bdy"},
      {"[en]\nsubject = 3\nbody = \"b\"\n", "templates/trip.toml:2", "subject"},
      {"[en]\nbody = \"b\"\n", "templates/trip.toml", "subject"},
      {"[en]\nsubject = \"a\"\nbody = \" \\n\"\n", "templates/trip.toml:3", "body"},
      {"[en]\nsubject = \"a\"\n", "templates/trip.toml", "body"},
      {"fallbak = \"en\"\n[en]\nsubject = \"a\"\nbody = \"b\"\n", "templates/trip.toml:1", "fallbak"},
      {"[english language]\nsubject = \"a\"\n", "templates/trip.toml:1", ""},
      {"[e_n]\nsubject = \"a\"\nbody = \"b\"\n", "templates/trip.toml:1", "e_n"},
      {"en = \"hello\"\n", "templates/trip.toml:1", "en"},
      {"fallback = \"fr\"\n[en]\nsubject = \"a\"\nbody = \"b\"\n", "templates/trip.toml:1", "fr"},
      {"name = \"other\"\n[en]\nsubject = \"a\"\nbody = \"b\"\n", "templates/trip.toml:1", "other"},
      {"[en]\nsubject = \"a\nbody = \"b\"\n", "templates/trip.toml:2", ""},
      {"", "templates/trip.toml", "no words"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.toml);
    const auto error = refusal_of(row.toml);
    CAPTURE(error.message());
    CHECK(mentions(error.message(), row.where));
    CHECK(mentions(error.message(), row.what));
    CHECK_FALSE(mentions(error.message(), "\n"));
    CHECK_FALSE(error.hint().empty());
  }
}

TEST_CASE("M2: a folder's broken file does not hide the others, what is no template is left alone") {
  const test::TemporaryFolder folder;
  folder.write("b.toml", "[en]\nsubject = \"a\"\nbody = \"b\"\n");
  folder.write("a.toml", "[en]\nsubject = \"a\"\nbody = \"b\"\n");
  folder.write("broken.toml", "[en\n");
  folder.write("notes.txt", "x");
  folder.write(".b.toml", "x");
  const auto loaded = load_templates(folder.path());
  REQUIRE(loaded.templates.size() == 2);
  CHECK(loaded.templates[0].name == "a");
  CHECK(loaded.templates[1].name == "b");
  REQUIRE(loaded.broken.size() == 1);
  CHECK(loaded.broken[0].file.filename() == "broken.toml");
  CHECK(load_templates(folder / "nowhere").templates.empty());
}
