// The man pages say what the parser knows: every key is described, every example is accepted.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "config/schedule_file.hpp"
#include "config/settings.hpp"

using namespace crier;
using namespace crier::config;

namespace {

std::string page(const char* name) {
  return os::read_file(std::string(CRIER_SOURCE_DIR "/man/") + name);
}

/// The literal blocks of an mdoc page.
std::vector<std::string> examples(const std::string& text) {
  std::vector<std::string> found;
  const std::string begin = ".Bd -literal\n";
  for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
    const auto start = at + begin.size();
    found.push_back(text.substr(start, text.find(".Ed\n", start) - start));
  }
  return found;
}

/// The keys that a table may have, as the error on an unknown one lists them.
template <typename Parse>
std::vector<std::string> known_keys(Parse parse, const std::string& toml) {
  try {
    parse(toml, "x.toml");
  } catch (const Error& error) {
    REQUIRE(error.code() == "unknown-key");
    const std::string lead = "known here: ";
    const auto start = error.hint().find(lead) + lead.size();
    std::vector<std::string> keys;
    const auto list = error.hint().substr(start, error.hint().find(". See") - start);
    for (const auto key : split(list, ',')) keys.emplace_back(trim_invisible(key));
    return keys;
  }
  FAIL("accepted: " << toml);
  return {};
}

/// Whether a page has the word as a key: on a line of `.Ic`, `.It Ic` or, for a table's title, `.Ss`.
bool describes(const std::string& text, const std::string& key) {
  for (const auto line : split(text, '\n')) {
    if (line.find("Ic ") == std::string_view::npos && !line.starts_with(".Ss")) continue;
    for (const auto word : split(line, ' ')) {
      if (word == key || word.starts_with("[" + key) || word.starts_with("[[" + key)) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE(
    "interface: crier.toml(5) and crier-gateways(5) describe every key, and their examples are accepted") {
  const auto text = page("crier.toml.5") + page("crier-gateways.5");
  for (const auto* table : {"",
                            "[district]",
                            "[district.sender]",
                            "[district.quiet_hours]",
                            "[[school]]",
                            "[[school]]\ncode = \"A\"\n"
                            "timezone = \"UTC\"\n[school.ranks]",
                            "[channel.email]",
                            "[channel.email]\nkind = \"smtp\"",
                            "[channel.sms.retry]",
                            "[channel.inbox]",
                            "[import.x]",
                            "[import.x.columns]",
                            "[approval]",
                            "[sending]",
                            "[sending.expires]",
                            "[bounces]",
                            "[district.sms]",
                            "[channel.sms]\nkind = \"kannel\"",
                            "[channel.sms]\nkind = \"twilio\"",
                            "[channel.voice]\nkind = \"http\"",
                            "[channel.wechat]\nkind = \"wecom\"",
                            "[wallet]"}) {
    CAPTURE(table);
    for (const auto& key : known_keys(parse_settings, std::string(table) + "\nzzzzzz = 1\n")) {
      CAPTURE(key);
      CHECK(describes(text, key));
    }
  }
  const auto all = examples(text);
  REQUIRE(all.size() == 3);
  CHECK(parse_settings(all[0], "crier.toml").schools.size() == 1);
  CHECK(parse_settings(all[1], "crier.toml").channel(Channel::email).host == "mail.school.example");
  CHECK(parse_settings(all[2], "crier.toml").channel(Channel::sms).kind == ChannelKind::kannel);
}

TEST_CASE("T7: crier-daemon(1) describes every key of [daemon]") {
  const auto text = page("crier-daemon.1");
  for (const auto& key : known_keys(parse_settings, "[daemon]\nzzzzzz = 1\n")) {
    CAPTURE(key);
    CHECK(describes(text, key));
  }
}

TEST_CASE("P1: crier-retention(1) describes every key of [retention]") {
  const auto text = page("crier-retention.1");
  const auto keys = known_keys(parse_settings, "[retention]\nzzzzzz = 1\n");
  CHECK(keys.size() == all_data_kinds.size());
  for (const auto& key : keys) {
    CAPTURE(key);
    CHECK(describes(text, key));
  }
}

TEST_CASE("T1: crier-schedule(5) describes every key, and its examples are accepted") {
  const auto text = page("crier-schedule.5");
  const auto keys = known_keys(parse_schedule, "zzzzzz = 1\n");
  CHECK(keys.size() == 31);
  for (const auto& key : keys) {
    CAPTURE(key);
    CHECK(describes(text, key));
  }
  const auto all = examples(text);
  REQUIRE(all.size() == 6);
  CHECK(parse_schedule(all[0], "a.toml").name == "missing-weekly");
  CHECK(parse_schedule(all[1], "b.toml").cron);
  CHECK(parse_schedule(all[4], "e.toml").source == "mis");
}
