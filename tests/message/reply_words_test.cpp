#include "message/reply_words.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "message/sms.hpp"

using namespace crier;
using namespace crier::message;

namespace {

ReplyWord word(std::string_view text) {
  return known_word(text, {{"basta", ReplyWord::stop}}).word;
}

}  // namespace

TEST_CASE(
    "D12: a word alone counts, in any case, with marks and blanks around it, in a sentence it does not") {
  for (const auto* text : {"STOP", "stop", " Stop.\n", "\"STOP\"", "STOP!!!", "¡Baja!", "退订", "退订。",
                           "ARRÊT", "arret", "OPT-OUT", "UnSubscribe", "TD", "Basta", "CANCEL"}) {
    CHECK_MESSAGE(word(text) == ReplyWord::stop, text);
  }
  for (const auto* text : {"start", "UNSTOP", "Alta", "Sí", "订阅", "yes"})
    CHECK_MESSAGE(word(text) == ReplyWord::start, text);
  for (const auto* text : {"HELP", "info", "¿Ayuda?", "INFORMACIÓN", "帮助"})
    CHECK_MESSAGE(word(text) == ReplyWord::help, text);
  for (const auto* text : {"", ".", "!?", "please stop", "STOP IT", "stopped", "Don't stop", "he is off sick",
                           "help me", "stop stop", "S T O P", "退订吗", "T"}) {
    CHECK_MESSAGE(word(text) == ReplyWord::none, text);
  }
  CHECK(known_word("yes", {}).is_common);
  CHECK_FALSE(known_word("start", {}).is_common);
  CHECK(is_answered_by_twilio("Stop."));
  CHECK_FALSE(is_answered_by_twilio("baja"));
}

TEST_CASE("D12: what is answered names the school and fits a message, in the language or in English") {
  for (const auto word : {ReplyWord::stop, ReplyWord::start, ReplyWord::help}) {
    for (const auto* language : {"en", "es", "es-MX", "zh", "zh-Hans", "pl", ""}) {
      const auto text = answer_to(word, language, "Cambridge School");
      CAPTURE(text);
      CHECK(text.starts_with("Cambridge School:"));
      const bool chinese = std::string_view(language).starts_with("zh");
      CHECK(is_ascii(text) != chinese);
      CHECK(count_utf16_units(text) <= (chinese ? 70 : 160));
    }
  }
  CHECK(answer_to(ReplyWord::stop, "es", "X").find("ALTA") != std::string::npos);
  CHECK(answer_to(ReplyWord::none, "en", "X").empty());
}
