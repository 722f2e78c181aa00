#include "message/reply_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace crier::message {
namespace {

struct Word {
  std::string_view text;
  ReplyWord word;
  std::string_view language;
  bool is_common = false;
  /// Twilio's default words.
  bool twilio = false;
};

using enum ReplyWord;

/// Folded: lower case, without accents.
constexpr std::array words{
    Word{"stop", stop, "en", false, true},
    Word{"stopall", stop, "en", false, true},
    Word{"unsubscribe", stop, "en", false, true},
    Word{"end", stop, "en", false, true},
    Word{"quit", stop, "en", false, true},
    Word{"cancel", stop, "en", false, true},
    Word{"revoke", stop, "en", false, true},
    Word{"optout", stop, "en", false, true},
    Word{"opt-out", stop, "en"},
    Word{"remove", stop, "en"},
    Word{"td", stop, "en"},
    Word{"arret", stop, "en"},
    Word{"start", start, "en", false, true},
    Word{"unstop", start, "en", false, true},
    Word{"subscribe", start, "en"},
    Word{"yes", start, "en", true, true},
    Word{"help", help, "en", false, true},
    Word{"info", help, "en", false, true},
    Word{"alto", stop, "es"},
    Word{"baja", stop, "es"},
    Word{"cancelar", stop, "es"},
    Word{"parar", stop, "es"},
    Word{"detener", stop, "es"},
    Word{"alta", start, "es"},
    Word{"iniciar", start, "es"},
    Word{"empezar", start, "es"},
    Word{"reanudar", start, "es"},
    Word{"si", start, "es", true},
    Word{"ayuda", help, "es"},
    Word{"informacion", help, "es"},
    Word{"退订", stop, "zh"},
    Word{"退訂", stop, "zh"},
    Word{"停止", stop, "zh"},
    Word{"取消", stop, "zh"},
    Word{"取消订阅", stop, "zh"},
    Word{"取消訂閱", stop, "zh"},
    Word{"订阅", start, "zh"},
    Word{"訂閱", start, "zh"},
    Word{"恢复", start, "zh"},
    Word{"恢復", start, "zh"},
    Word{"开始", start, "zh"},
    Word{"開始", start, "zh"},
    Word{"是", start, "zh", true},
    Word{"帮助", help, "zh"},
    Word{"幫助", help, "zh"},
};

struct Answers {
  std::string_view language;
  std::string_view stop;
  std::string_view start;
  std::string_view help;
};
constexpr std::array answers{
    Answers{"en", "{}: you will get no more text messages from us. Reply START to get them again.",
            "{}: you will get text messages from us again. Reply STOP to end them.",
            "{}: messages from school. Reply STOP to get no more, START to get them again. For anything else "
            "please call the school."},
    Answers{
        "es", "{}: no recibira mas mensajes de texto. Responda ALTA para volver a recibirlos.",
        "{}: volvera a recibir mensajes de texto. Responda BAJA para no recibir mas.",
        "{}: mensajes del colegio. Responda BAJA para no recibir mas, ALTA para volver a recibirlos. Para "
        "otras preguntas llame al colegio."},
    Answers{"zh", "{}:您将不再收到我们的短信。回复“订阅”可重新接收。",
            "{}:您将重新收到我们的短信。回复“退订”可停止接收。",
            "{}:学校短信。回复“退订”停止接收,回复“订阅”重新接收。其他事宜请致电学校。"},
};

/// Marks that stand around a word and are no part of it.
constexpr std::array<std::string_view, 24> marks{".", ",", "!", "?", ";",  ":", "'", "\"",
                                                 "(", ")", "*", "-", "¡",  "¿", "«", "»",
                                                 "“", "”", "‘", "’", "。", "!", "?", ","};

std::string_view without_marks(std::string_view text) {
  for (bool found = true; found;) {
    found = false;
    text = trim_invisible(text);
    for (const auto mark : marks) {
      if (text.starts_with(mark)) {
        text.remove_prefix(mark.size());
        found = true;
      }
      if (text.ends_with(mark)) {
        text.remove_suffix(mark.size());
        found = true;
      }
    }
  }
  return text;
}

const Word* find(std::string_view folded) {
  const auto found = std::ranges::find_if(words, [&](const Word& one) { return one.text == folded; });
  return found == words.end() ? nullptr : &*found;
}

}  // namespace

std::string folded_word(std::string_view text) {
  return fold(without_marks(text));
}

KnownWord known_word(std::string_view text, const std::map<std::string, ReplyWord>& more) {
  const auto folded = folded_word(text);
  if (const auto own = more.find(folded); own != more.end()) return {own->second, "", false};
  if (const auto* known = find(folded)) return {known->word, known->language, known->is_common};
  return {};
}

bool is_answered_by_twilio(std::string_view text) {
  const auto* known = find(folded_word(text));
  return known != nullptr && known->twilio;
}

std::string answer_to(ReplyWord word, std::string_view language, std::string_view school) {
  std::vector<std::string> languages;
  for (const auto& one : answers) languages.emplace_back(one.language);
  const auto& texts = answers[best_language(languages, language).value_or(0)];
  const auto text = word == stop ? texts.stop : word == start ? texts.start : texts.help;
  return word == none ? std::string() : fmt::format(fmt::runtime(text), school);
}

}  // namespace crier::message
