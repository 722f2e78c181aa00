#include "format/email_address.hpp"

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <filesystem>

#include "base/os.hpp"
#include "base/text.hpp"
#include "format/csv.hpp"

using namespace crier;
using namespace crier::format;
namespace fs = std::filesystem;

namespace {

std::string normalised(std::string_view text) {
  const auto address = parse_email(text);
  return address ? address->normalised : "refused: " + read_email(text).problem;
}

bool is_refused(std::string_view text) {
  const auto reading = read_email(text);
  CHECK(reading.problem.empty() == reading.address.has_value());
  return !reading.address;
}

/// The text of `<tag>…</tag>` from `at` on, entities resolved; isemail writes control characters as U+2400 +
/// code.
std::string element(const std::string& xml, std::size_t at, const std::string& tag) {
  const auto start = xml.find("<" + tag + ">", at);
  if (start == std::string::npos) return "";
  const auto from = start + tag.size() + 2;
  auto text = xml.substr(from, xml.find("</" + tag + ">", from) - from);
  const auto replace = [&text](const std::string& what, const std::string& by) {
    for (auto found = text.find(what); found != std::string::npos;
         found = text.find(what, found + by.size())) {
      text.replace(found, what.size(), by);
    }
  };
  replace("&lt;", "<");
  replace("&gt;", ">");
  replace("&quot;", "\"");
  replace("&apos;", "'");
  for (int code = 0; code < 128; ++code) {
    char entity[16];
    std::snprintf(entity, sizeof entity, "&#x24%02X;", static_cast<unsigned>(code));
    replace(entity, std::string(1, static_cast<char>(code)));
    const std::string picture{'\xE2', static_cast<char>(0x90 + code / 64),
                              static_cast<char>(0x80 + code % 64)};
    replace(picture, std::string(1, static_cast<char>(code)));
  }
  replace("&amp;", "&");
  return text;
}

}  // namespace

TEST_CASE("R4: an address keeps its local part, its domain goes to lower case") {
  CHECK(normalised("Ann.O'Hara+school@Example.ORG") == "Ann.O'Hara+school@example.org");
  CHECK(parse_email("Ann@Example.ORG")->compare_key == "ann@example.org");
  CHECK(normalised("\"john smith\"@example.org") == "\"john smith\"@example.org");
}

TEST_CASE("R4: international domains become A-labels") {
  CHECK(normalised("info@bücher.example") == "info@xn--bcher-kva.example");
  CHECK(normalised("info@школа.example") == "info@xn--80atdl2c.example");
  CHECK(parse_email("info@BÜCHER.example")->compare_key ==
        parse_email("info@xn--bcher-kva.example")->compare_key);
  CHECK(normalised("zoë@example.org") == "zoë@example.org");
  CHECK(is_refused("info@xn---something.com"));
}

TEST_CASE("C2: what nobody sees goes from the ends, a typographic apostrophe is refused and named") {
  CHECK(normalised("ann@example.org\u00a0") == "ann@example.org");
  CHECK(normalised("\u200bbob@example.org") == "bob@example.org");
  CHECK(is_refused("o’hara@example.org"));
  CHECK(read_email("o’hara@example.org").problem ==
        "a typographic apostrophe stands where a plain ' belongs");
}

TEST_CASE("I8: what is no address is refused with a reason") {
  for (const char* text : {"",
                           "x@",
                           "@example.org",
                           "plain",
                           "a@b",
                           "a b@example.org",
                           "a@exa mple.org",
                           "Ann <ann@example.org>",
                           "ann@example.org; bob@example.org",
                           "a..b@example.org",
                           ".a@example.org",
                           "a.@example.org",
                           "a@-example.org",
                           "a@example-.org",
                           "a@example..org",
                           "a@example.org.",
                           "a@exa_mple.org",
                           "a@[127.0.0.1]",
                           "a@127.0.0.1",
                           "\"\"@example.org",
                           "\"ann\"@example.org",
                           "a@\r\nexample.org",
                           "a\x01@example.org",
                           "a@b@example.org"}) {
    CHECK_MESSAGE(is_refused(text), text);
  }
  CHECK(read_email("ann@example.org; bob@example.org").problem == "there are two addresses in one cell");
  CHECK(is_refused(std::string("a\0b@example.org", 15)));
}

TEST_CASE("I8: the limits are 64 bytes before the @, 63 a label, 254 the whole") {
  const std::string label(63, 'b');
  CHECK_FALSE(is_refused(std::string(64, 'a') + "@example.org"));
  CHECK(is_refused(std::string(65, 'a') + "@example.org"));
  CHECK_FALSE(is_refused("a@" + label + ".org"));
  CHECK(is_refused("a@b" + label + ".org"));
  CHECK_FALSE(is_refused("a@" + label + "." + label + "." + label + "." + std::string(60, 'c')));
  CHECK(is_refused("a@" + label + "." + label + "." + label + "." + std::string(61, 'c')));
}

TEST_CASE("R4: Notify's addresses") {
  const fs::path file = CRIER_SOURCE_DIR "/../shared/corpus/email-addresses/notify.tsv";
  if (!fs::exists(file)) {
    MESSAGE("skipped: no corpus here");
    return;
  }
  const auto list = os::read_file(file);
  CsvReader rows(list, {'\t', '\0'});
  REQUIRE(read_header(rows));
  int count = 0;
  while (rows.next()) {
    const auto text = boost::json::value_to<std::string>(boost::json::parse(rows.fields()[1]));
    CHECK_MESSAGE(is_refused(text) == (rows.fields()[0] == "invalid"), text);
    ++count;
  }
  CHECK(count == 51);
}

TEST_CASE("R4: isemail's addresses by category") {
  const fs::path file = CRIER_SOURCE_DIR "/../shared/corpus/email-addresses/isemail-tests.xml";
  if (!fs::exists(file)) {
    MESSAGE("skipped: no corpus here");
    return;
  }
  const auto xml = os::read_file(file);
  int judged = 0;
  for (auto at = xml.find("<test id="); at != std::string::npos; at = xml.find("<test id=", at + 1)) {
    const auto next = xml.find("</test>", at);
    const auto body = xml.substr(at, next - at);
    const auto address = element(body, 0, "address");
    const auto category = element(body, 0, "category");
    if (category == "ISEMAIL_RFC5321") continue;                     // quotes, literals: our own table says
    if (trim_invisible(address).size() != address.size()) continue;  // we take the ends off first
    if (address == "test@io") continue;  // a top-level domain alone: refused, as Notify does
    const bool good = category == "ISEMAIL_VALID_CATEGORY" || category == "ISEMAIL_DNSWARN";
    CHECK_MESSAGE(is_refused(address) == !good, category << " " << address);
    ++judged;
  }
  CHECK(judged > 120);
}
