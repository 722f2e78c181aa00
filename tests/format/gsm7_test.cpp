#include "format/gsm7.hpp"

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <fstream>
#include <numeric>

#include "base/os.hpp"
#include "base/text.hpp"
#include "format/phone.hpp"

using namespace crier;
using namespace crier::format;

namespace {

std::string times(std::size_t count, std::string_view text) {
  std::string all;
  while (count-- > 0) all += text;
  return all;
}

std::string joined(const std::vector<std::string>& parts) {
  return std::accumulate(parts.begin(), parts.end(), std::string());
}

const std::filesystem::path corpus = CRIER_SOURCE_DIR "/../shared/corpus/sms";

}  // namespace

TEST_CASE("M1: parts of a text message are packed exactly, and no pair is parted (C5)") {
  struct Row {
    std::string text;
    SmsEncoding encoding;
    std::size_t units;
    std::size_t segments;
  };
  using enum SmsEncoding;
  const Row rows[] = {
      {"", gsm7, 0, 0},
      {"a\nb", gsm7, 3, 1},
      {times(160, "a"), gsm7, 160, 1},
      {times(161, "a"), gsm7, 161, 2},
      {times(306, "a"), gsm7, 306, 2},
      {times(307, "a"), gsm7, 307, 3},
      {times(80, "€"), gsm7, 160, 1},
      {times(153, "]"), gsm7, 306, 3},
      {times(152, "a") + "€" + times(153, "a"), gsm7, 307, 3},
      {times(80, "\f"), gsm7, 160, 1},
      {"ç", ucs2, 1, 1},
      {"Ç", gsm7, 1, 1},
      {times(70, "☃"), ucs2, 70, 1},
      {times(71, "☃"), ucs2, 71, 2},
      {times(70, "😎"), ucs2, 140, 3},
      {times(66, "☃") + "😎" + times(10, "☃"), ucs2, 78, 2},
      {"this is a " + times(75, "]") + "😘", ucs2, 87, 2},
      {"Ends 15:30\u00a0today", ucs2, 16, 1},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto count = count_sms(row.text);
    CHECK(count.encoding == row.encoding);
    CHECK(count.units == row.units);
    CHECK(count.segments == row.segments);
    const auto parts = split_sms(row.text);
    CHECK(parts.size() == row.segments);
    CHECK(joined(parts) == row.text);
    for (const auto& part : parts) CHECK(is_utf8(part));
  }
}

TEST_CASE("M1: the alphabet has its 127 characters and ten more by an escape") {
  int single = 0, escaped = 0;
  for (char32_t c = 1; c < 0x3000; ++c) {
    const auto cost = gsm7_cost(c);
    single += cost == 1;
    escaped += cost == 2;
  }
  CHECK(single == 127);
  CHECK(escaped == 10);
}

TEST_CASE("M1: transliteration writes what the alphabet has, and says what has no equal") {
  CHECK(transliterate_to_gsm7("“Łódź” – it’s…\u00a0ok\u200b\ttoday").text == "\"Lodz\" - it's... ok today");
  CHECK(transliterate_to_gsm7("Crème brûlée à Ibiza, naïve façade").text ==
        "Crème brulée à Ibiza, naive facade");
  CHECK(transliterate_to_gsm7("Đặng Ŵyth").text == "Dang Wyth");
  CHECK(transliterate_to_gsm7("don’t").without_equal.empty());
  const auto kept = transliterate_to_gsm7("学 😎 学");
  CHECK(kept.text == "学 😎 学");
  CHECK(kept.without_equal == std::vector<std::string>{"学", "😎"});
}

TEST_CASE("D8: a number's country is told from its digits, also where countries share a code") {
  CHECK(country_of("+447400123456") == "GB");
  CHECK(country_of("+447624123456") == "IM");
  CHECK(country_of("+18765551234") == "JM");
  CHECK(country_of("+14155550123") == "US");
  CHECK(country_of("+8613800138000") == "CN");
  CHECK(country_of("nonsense").empty());
}

TEST_CASE("M1: the corpus of text messages is counted as its truth says") {
  if (!std::filesystem::exists(corpus / "segments.tsv")) {
    MESSAGE("skipped: the corpus is not there");
    return;
  }
  std::ifstream file(corpus / "segments.tsv");
  std::string line;
  std::getline(file, line);
  int rows = 0;
  while (std::getline(file, line)) {
    const auto cells = split(line, '\t');
    REQUIRE(cells.size() == 5);
    const auto text = boost::json::value_to<std::string>(boost::json::parse(std::string(cells[1])));
    const auto count = count_sms(text);
    CAPTURE(cells[0]);
    CHECK((count.encoding == SmsEncoding::gsm7 ? "GSM-7" : "UCS-2") == cells[2]);
    CHECK(std::to_string(count.units) == cells[3]);
    CHECK(std::to_string(count.segments) == cells[4]);
    ++rows;
  }
  CHECK(rows == 28);
}

TEST_CASE("M1: text messages are parted as another program parts them") {
  if (!std::filesystem::exists(corpus / "split-sms-gsm.json")) {
    MESSAGE("skipped: the corpus is not there");
    return;
  }
  int compared = 0;
  for (const auto* name : {"split-sms-gsm.json", "split-sms-unicode.json"}) {
    const auto all = boost::json::parse(os::read_file(corpus / name));
    const bool gsm = std::string_view(name).find("gsm") != std::string_view::npos;
    for (const auto& one : all.as_array()) {
      const auto message = boost::json::value_to<std::string>(one.at("message"));
      const auto encoding = count_sms(message).encoding;
      // Two entries of the GSM file hold characters that are not of the alphabet.
      if (gsm != (encoding == SmsEncoding::gsm7)) continue;
      std::vector<std::string> parts;
      for (const auto& part : one.at("parts").as_array()) {
        parts.push_back(boost::json::value_to<std::string>(part.at("content")));
      }
      if (message.empty()) parts.clear();
      CAPTURE(message);
      CHECK(split_sms(message) == parts);
      ++compared;
    }
  }
  CHECK(compared > 8);
}
