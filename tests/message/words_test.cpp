#include "message/words.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/local_text.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "message/markdown.hpp"
#include "message/merge_fields.hpp"
#include "message/personal_link.hpp"

using namespace crier;
using namespace crier::message;

namespace {

std::string refusal(std::string text) {
  try {
    const TemplateText read(std::move(text), "trip.toml, [en] body");
    (void)read.write({{"name", "Ann"}}, Escape::none);
  } catch (const Error& error) {
    return error.code() + ": " + error.message() + " | " + error.hint();
  }
  return "";
}

std::string written(std::string text, const boost::json::object& values) {
  return TemplateText(std::move(text), "x").write(values, Escape::none);
}

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("M2: fields, conditions and loops are written, what is empty is no gap") {
  const boost::json::object two{
      {"name", "Robert Dyer"},
      {"several_pupils", true},
      {"pupils", {{{"name", "Ann"}, {"form", "9B"}}, {{"name", "Ben"}}}},
  };
  CHECK(written("Dear {{name}},", two) == "Dear Robert Dyer,");
  CHECK(written("{{#title}}{{title}}{{/title}}{{^title}}Parent{{/title}}", two) == "Parent");
  CHECK(written("{{#pupils}}{{name}}{{#form}} ({{form}}){{/form}}; {{/pupils}}", two) == "Ann (9B); Ben; ");
  CHECK(written("{{#several_pupils}}They{{/several_pupils}}{{^several_pupils}}It{{/several_pupils}}", two) ==
        "They");
  CHECK(written("{{#pupils}}{{school}}{{/pupils}}", {{"school", "CAM"}, {"pupils", {{{"name", "A"}}}}}) ==
        "CAM");
  CHECK(written("a {{! a note }}b", two) == "a b");
  CHECK(written("{{#payments}}x{{/payments}}none", two) == "none");
}

TEST_CASE(
    "M2: a field that there is not is refused with template, line, the nearest and those there are (C14)") {
  const auto unknown = refusal("Dear\n{{nam}}");
  CHECK(unknown.starts_with("unknown-field: trip.toml, [en] body, line 2: there is no field 'nam'"));
  CHECK(mentions(unknown, "did you mean 'name'?"));
  CHECK(mentions(unknown, "several_pupils"));
  CHECK(mentions(refusal("{{#pupils}}{{frm}}{{/pupils}}"), "did you mean 'form'?"));
  CHECK(mentions(refusal("{{#pupils}}x"), "does not end"));
  CHECK(mentions(refusal("{{/pupils}}"), "ends no section"));
  CHECK(mentions(refusal("{{#pupils}}{{#form}}{{/pupils}}{{/form}}"), "'form' is open"));
  CHECK(mentions(refusal("Dear {{name"), "not closed"));
  CHECK(mentions(refusal("{{{name}}}"), "without escaping"));
  CHECK(mentions(refusal("{{&name}}"), "without escaping"));
  CHECK(mentions(refusal("{{>other}}"), "not supported"));
  CHECK(mentions(refusal("{{=<% %>=}}"), "not supported"));
  CHECK(mentions(refusal("{{pupils}}"), "is a list"));
  CHECK(mentions(refusal("{{several_pupils}}"), "is a condition"));
  CHECK(mentions(refusal("{{}}"), "no field ''"));
  CHECK(refusal("no field at all { { }").empty());
  CHECK(mentions(refusal("Dear {{name,\n\nhello {{name}}"), "line 1: '{{' is not closed"));
  CHECK(mentions(refusal("{{" + std::string(200, 'x') + "}}"), "is not closed"));
  CHECK(mentions(refusal("{{! a note\nof two lines}}\n{{nam}}"), "line 3"));
  CHECK(mentions(refusal("{{^payments}}{{item}}{{/payments}}"), "no field 'item'"));
}

TEST_CASE("M2: a field that is empty within an entry of a list is not the reader's own") {
  const boost::json::object values{{"name", "Robert Dyer"},
                                   {"family", "Dyer"},
                                   {"form", "9B"},
                                   {"pupils", {{{"name", "Cher"}, {"given", "Cher"}}}}};
  CHECK(written("{{#pupils}}{{given}}{{#family}} {{family}}{{/family}}{{/pupils}}", values) == "Cher");
  CHECK(written("{{#pupils}}{{^form}}no form{{/form}}{{/pupils}} {{form}}", values) == "no form 9B");
  CHECK(TemplateText("{{#pupils}}{{family}}{{/pupils}}", "x").gaps(values) ==
        std::set<std::string>{"pupils.family"});
}

TEST_CASE("M2: spaces in a field that do not show do no harm") {
  CHECK(written("Dear {{\u00a0name }}", {{"name", "Ann"}}) == "Dear Ann");
}

TEST_CASE("M2: a template that nests or grows without end is stopped") {
  std::string deep;
  for (int i = 0; i < 12; ++i) deep += "{{#title}}";
  for (int i = 0; i < 12; ++i) deep += "{{/title}}";
  CHECK(mentions(refusal(deep), "deep"));
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "{{name}}";
  CHECK(mentions(refusal(many), "more than 2000"));
  boost::json::array pupils;
  for (int i = 0; i < 2000; ++i) pupils.push_back(boost::json::object{{"name", std::string(1000, 'x')}});
  CHECK_THROWS_AS(written("{{#pupils}}{{name}}{{/pupils}}", {{"pupils", pupils}}), Error);
  CHECK(mentions(refusal("{{#pupils}}{{#pupils}}{{name}}{{/pupils}}{{/pupils}}"), "within itself"));
  CHECK(
      mentions(refusal("{{#assignments}}{{#work}}{{#assignments}}x{{/assignments}}{{/work}}{{/assignments}}"),
               "within itself"));
}

TEST_CASE("M2: values are as they are in subject, plain text and HTML, whatever signs they have (C14)") {
  const Words words("About {{pupil}}", "Dear {{name}},\n\n*hello*", {}, "");
  const boost::json::object values{{"name", "O'Hara <b> & *Co* {{x}} [a](http://e)"},
                                   {"pupil", "Ann\r\nBcc: x"}};
  const auto mail = words.write(Channel::email, "", values);
  CHECK(mail.subject == "About Ann  Bcc: x");
  CHECK(mail.text == "Dear O'Hara <b> & *Co* {{x}} [a](http://e),\n\n*hello*");
  CHECK(mentions(markdown_to_html(mail.markdown), "Dear O'Hara &lt;b&gt; &amp; *Co* {{x}} [a]("));
  CHECK(words.write(Channel::sms, "", values).text ==
        "Dear O'Hara <b> & *Co* {{x}} [a](http://e),\n\n*hello*");
}

TEST_CASE("M2: each reader gets the words of their language, else its base's, else the fallback") {
  const Words words("", "",
                    {{"en", true, "Trip", "Hello", "", ""},
                     {"pl", false, "Wycieczka", "**Cześć**", "SMS", ""},
                     {"zh-CN", false, "旅行", "你好", "", "微信"}},
                    "trip");
  CHECK(words.language_for("pl") == "pl");
  CHECK(words.language_for("PL-pl") == "pl");
  CHECK(words.language_for("zh") == "zh-CN");
  CHECK(words.language_for("fr") == "en");
  CHECK(words.language_for("") == "en");
  CHECK(words.write(Channel::email, "pl", {}).subject == "Wycieczka");
  CHECK(words.write(Channel::email, "pl", {}).text == "Cześć\n");
  CHECK(words.write(Channel::sms, "pl", {}).text == "SMS");
  CHECK(words.write(Channel::wechat, "zh-CN", {}).text == "微信");
  CHECK(words.write(Channel::wechat, "pl", {}).text == "Cześć");
  std::vector<Recipient> people(3);
  people[0].language = "fr";
  people[1].language = "pl";
  CHECK(words.missing_languages(people) == std::vector<std::pair<std::string, int>>{{"fr", 1}});
}

TEST_CASE("M2: of several regions and scripts of a language the nearest is read") {
  const Words words("", "",
                    {{"en", true, "a", "a", "", ""},
                     {"pt-BR", false, "a", "a", "", ""},
                     {"zh-Hans", false, "a", "a", "", ""},
                     {"zh-Hant", false, "a", "a", "", ""}},
                    "trip");
  CHECK(words.language_for("zh-Hant-TW") == "zh-Hant");
  CHECK(words.language_for("zh_hant") == "zh-Hant");
  CHECK(words.language_for("zh") == "zh-Hans");
  CHECK(words.language_for("pt-PT") == "pt-BR");
  CHECK(words.language_for("p") == "en");
}

TEST_CASE("M2: a field in a branch that is not taken may be empty, in the one that is, it is told") {
  const TemplateText text(
      "{{#several_pupils}}{{pupil}}{{/several_pupils}}{{^several_pupils}}{{pupil}} "
      "({{form}}){{/several_pupils}}",
      "x");
  CHECK(text.gaps({{"pupil", "Ann and Ben"}, {"several_pupils", true}}).empty());
  CHECK(text.gaps({{"pupil", "Ann"}}) == std::set<std::string>{"form"});
  CHECK(text.gaps({{"pupil", "Ann"}, {"form", "9B"}}).empty());
  const TemplateText bill(
      "{{#payments}}{{item}}{{#due}} by {{due}}{{/due}}{{/payments}}{{^payments}}{{amount}}{{/payments}}",
      "x");
  CHECK(bill.gaps({{"payments", {{{"item", "Trip"}}}}}).empty());
  CHECK(bill.gaps({}) == std::set<std::string>{"amount"});
}

TEST_CASE("M1 M2: money in a text message has spaces of the GSM alphabet") {
  const Words words("x", "", {{"fr", true, "x", "x", "{{amount}}", ""}}, "bill");
  const boost::json::object values{{"amount", "1\u202f234,50\u00a0€"}};
  CHECK(words.write(Channel::sms, "fr", values).text == "1 234,50 €");
}

TEST_CASE("M2: what must not be empty and is, is told, what is asked for first may be") {
  const Words words("{{title}}", "{{#form}}{{form}}{{/form}} {{#pupils}}{{form}}{{/pupils}} {{name}}", {},
                    "");
  const std::array channels{Channel::email};
  const auto missing = words.missing_fields("", channels, {{"name", "A"}, {"pupils", {{{"name", "x"}}}}});
  CHECK(missing == std::vector<std::string>{"pupils.form", "title"});
  CHECK(words.missing_fields("", channels, {{"name", "A"}, {"title", "Mr"}, {"pupils", {{{"form", "x"}}}}})
            .empty());
}

TEST_CASE("M2: dates, money and lists read as their language has them") {
  const Date day{std::chrono::year(2026), std::chrono::November, std::chrono::day(27)};
  CHECK(local_date(day, "en-GB") == "27 November 2026");
  CHECK(local_date(day, "pl-GB") == "27 listopada 2026");
  CHECK(local_money(12050, "GBP", "en-GB") == "£120.50");
  CHECK(local_money(12050, "", "en-GB") == "120.50");
  const std::vector<std::string> names{"Ann", "Ben", "Cem"};
  CHECK(local_list(names, "en-GB") == "Ann, Ben and Cem");
  CHECK(local_list(names, "de-DE") == "Ann, Ben und Cem");
  CHECK(locale_of("", "GB") == "en-GB");
  CHECK(locale_of("zh-CN", "GB") == "zh-CN");
  CHECK_FALSE(local_date(day, "xx-nonsense-locale").empty());
}

namespace {

/// The manual's list of fields, as it must stand there.
std::string manual_list(std::span<const MergeField> fields) {
  std::string list = ".Bl -tag -width Ds\n";
  for (const auto& field : fields) {
    std::string meaning(field.meaning);
    meaning.front() = static_cast<char>(std::toupper(meaning.front()));
    if (field.kind == FieldKind::list) meaning += " (a list)";
    if (field.kind == FieldKind::condition) meaning += " (a condition)";
    list += ".It Ic " + std::string(field.name) + "\n" + meaning + ".\n";
  }
  return list + ".El\n";
}

void check_lists_of_entries(const std::string& page, std::span<const MergeField> fields) {
  for (const auto& field : fields) {
    if (field.kind != FieldKind::list) continue;
    CAPTURE(field.name);
    CHECK(
        mentions(page, ".Ss Of each entry of " + std::string(field.name) + "\n" + manual_list(field.fields)));
    check_lists_of_entries(page, field.fields);
  }
}

}  // namespace

TEST_CASE("M2: crier-template(5) lists the fields that there are, and no others") {
  const auto page = os::read_file(CRIER_SOURCE_DIR "/man/crier-template.5");
  CHECK(mentions(page, manual_list(merge_fields())));
  check_lists_of_entries(page, merge_fields());
}

TEST_CASE("M8 M10: a personal link opens for its person and message alone, and nobody forges one") {
  using Purpose = LinkTarget::Purpose;
  const LinkPlaces places{"key", "https://crier.school.example", "office@school.example"};
  const auto token = write_token("key", {Purpose::confirm, 17, 12});
  const auto read = read_token("key", token);
  REQUIRE(read);
  CHECK(read->purpose == Purpose::confirm);
  CHECK(read->person == 17);
  CHECK(read->message == 12);
  CHECK_FALSE(read_token("other", token));
  CHECK_FALSE(read_token("key", "c18" + token.substr(3)));
  CHECK_FALSE(read_token("key", "u" + token.substr(1)));
  CHECK_FALSE(read_token("key", token + "x"));
  for (const auto* bad : {"", "c", "c17", "c17.12", "c17.12.", "cx.12.aaaa", "c-1.2.a", "c17.12.a.b"}) {
    CHECK_FALSE(read_token("key", bad));
  }
  const auto headers = unsubscribe_headers(places, {Purpose::unsubscribe, 17, 12});
  REQUIRE(headers.size() == 2);
  CHECK(headers[0].name == "List-Unsubscribe");
  CHECK(headers[0].value.starts_with("<https://crier.school.example/u/u17.12."));
  CHECK(mentions(headers[0].value, "<mailto:office@school.example?subject=unsubscribe%20u17.12."));
  CHECK(headers[1].value == "List-Unsubscribe=One-Click");
  CHECK(unsubscribe_headers({"key", "http://plain.example", ""}, {Purpose::unsubscribe, 1, 1}).size() == 1);
  CHECK(unsubscribe_headers({"key", "", ""}, {Purpose::unsubscribe, 1, 1}).empty());
}
