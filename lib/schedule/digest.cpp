#include "schedule/digest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "message/limits.hpp"
#include "model/person.hpp"

namespace crier::schedule {
namespace {

/// What a WeChat notice needs beside the schedule's own words and where to look: counts and a line or two.
constexpr std::size_t wechat_list_graphemes = 250;
constexpr std::size_t wechat_list_bytes = 600;
/// More than this of pupils' names in a row, and only their number is told.
constexpr std::size_t most_counts_bytes = 150;
/// Longer titles and names are cut in the short forms.
constexpr std::size_t most_short_characters = 60;

/// White space and control characters as one blank: a source's line break may not make a line of its own.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : trim_invisible(text)) {
    if (static_cast<unsigned char>(c) > 0x20 && c != 0x7f) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return line;
}

/// At most `most` code points, cut behind a word where there is one.
std::string shortened(std::string text, std::size_t most) {
  std::size_t characters = 0;
  std::size_t blank = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) continue;
    if (text[i] == ' ') blank = i;
    if (++characters > most) {
      text.resize(blank > i / 2 ? blank : i);
      return text + "…";
    }
  }
  return text;
}

std::string title_of(const KindWords& kind, const store::Finding& finding) {
  auto title = one_line(finding.title);
  return title.empty() ? std::string(kind.untitled) : title;
}

std::string greeting(const LetterWords& words, const Recipient& recipient) {
  const auto family = one_line(recipient.family);
  return words.greeting(one_line(recipient.title), family, spoken_name(family, one_line(recipient.given)));
}

std::string heading(const RelatedPupil& pupil) {
  auto name = spoken_name(one_line(pupil.family), one_line(pupil.given));
  if (name.empty()) name = pupil.code;
  return pupil.form.empty() ? name : fmt::format("{}, {}", name, one_line(pupil.form));
}

std::string short_name(const RelatedPupil& pupil) {
  auto name = one_line(pupil.given.empty() ? pupil.family : pupil.given);
  return shortened(name.empty() ? pupil.code : name, most_short_characters);
}

/// `Annabel 2, Ben 1`; of very many `23 in all, 14 pupils`.
std::string counts(const LetterWords& words, std::span<const PupilFindings> pupils) {
  std::string text;
  std::size_t all = 0;
  for (const auto& [pupil, findings] : pupils) {
    if (!text.empty()) text += ", ";
    fmt::format_to(std::back_inserter(text), "{} {}", short_name(*pupil), findings.size());
    all += findings.size();
  }
  return text.size() <= most_counts_bytes ? text : words.of_pupils(all, pupils.size());
}

/// Text that may not grow beyond what WeChat carries. Lines end in LF, across which no grapheme reaches, so
/// that counts add up.
class Room {
 public:
  Room(std::size_t graphemes, std::size_t bytes) : graphemes_(graphemes), bytes_(bytes) {}
  bool take(std::string_view line) {
    const auto graphemes = count_graphemes(line);
    if (graphemes > graphemes_ || line.size() > bytes_) return false;
    graphemes_ -= graphemes;
    bytes_ -= line.size();
    return true;
  }

 private:
  std::size_t graphemes_;
  std::size_t bytes_;
};

/// The longest that `where_to_look` can say.
std::string longest_foot(const roster::SchoolProfile& school) {
  return fmt::format("Details: {}", school.portal_url.size() > 40 ? school.portal_url : std::string(40, ' '));
}

void require_room(const config::Schedule& schedule, const roster::SchoolProfile& school) {
  const auto wechat = std::find(schedule.via.begin(), schedule.via.end(), Channel::wechat);
  if (wechat == schedule.via.end()) return;
  const auto foot = longest_foot(school);
  const auto graphemes = count_graphemes(schedule.body);
  const auto used_graphemes = wechat_list_graphemes + count_graphemes(foot);
  const auto used_bytes = wechat_list_bytes + foot.size();
  if (graphemes + used_graphemes <= message::most_wechat_graphemes &&
      schedule.body.size() + used_bytes <= message::most_wechat_bytes) {
    return;
  }
  throw Error(
      Exit::refused_by_rule, "limit",
      fmt::format("{}: the body has {} characters ({} bytes); with the list and where to look for more, "
                  "which need {} ({} bytes), it is longer than the {} characters ({} bytes) of WeChat",
                  schedule.file.string(), graphemes, schedule.body.size(), used_graphemes, used_bytes,
                  message::most_wechat_graphemes, message::most_wechat_bytes),
      "Shorten the body, or take wechat out of via.");
}

}  // namespace

Digest::Letter Digest::letter(std::size_t language) const {
  Letter made{&letter_words(language), &kind_.words.at(language), schedule_.subject, schedule_.body};
  if (made.subject.empty()) {
    made.subject = fmt::format("{}: {}", made.kind->subject, one_line(school_.name));
    if (count_graphemes(made.subject) > message::most_subject_graphemes) made.subject = made.kind->subject;
  }
  if (made.opening.empty()) made.opening = made.kind->opening(schedule_, one_line(school_.name));
  while (!made.opening.empty() && (made.opening.back() == '\n' || made.opening.back() == ' ')) {
    made.opening.pop_back();
  }
  return made;
}

Digest::Digest(const NoticeKind& kind, const config::Schedule& schedule, const roster::SchoolProfile& school)
    : kind_(kind), schedule_(schedule), school_(school) {
  for (std::size_t language = 0; language < notice_languages.size(); ++language) {
    letters_.push_back(letter(language));
    message::require_limits(letters_.back().subject, letters_.back().opening, schedule.via);
  }
  if (!schedule.body.empty()) require_room(schedule, school);
}

std::vector<store::MessageText> Digest::texts() const {
  std::vector<store::MessageText> texts;
  if (!schedule_.subject.empty()) return texts;
  for (std::size_t language = 0; language < letters_.size(); ++language) {
    store::MessageText text;
    text.language = notice_languages[language];
    text.fallback = language == 0;
    text.subject = letters_[language].subject;
    text.body = letters_[language].opening;
    texts.push_back(std::move(text));
  }
  return texts;
}

std::string Digest::write(Channel channel, const Recipient& recipient,
                          std::span<const PupilFindings> pupils) const {
  // A schedule's own words are in one language: so is what stands around them.
  const auto& letter = letters_[schedule_.body.empty() ? notice_language(recipient.language) : 0];
  switch (channel) {
    case Channel::email:
    case Channel::inbox:
    case Channel::alert:
      return long_form(letter, channel, recipient, pupils);
    case Channel::wechat:
      return wechat_form(letter, recipient, pupils);
    case Channel::sms:
    case Channel::voice:
      return short_form(letter, channel, recipient, pupils);
  }
  return long_form(letter, channel, recipient, pupils);
}

std::string Digest::long_form(const Letter& letter, Channel channel, const Recipient& recipient,
                              std::span<const PupilFindings> pupils) const {
  const auto& words = *letter.words;
  std::string text;
  if (schedule_.body.empty()) text = greeting(words, recipient) + "\n\n";
  text += letter.opening + "\n";
  const auto out = std::back_inserter(text);
  for (const auto& [pupil, findings] : pupils) {
    fmt::format_to(out, "\n{}\n", heading(*pupil));
    std::string_view class_name;
    for (const auto* one : findings) {
      if (one == findings.front() || one->class_name != class_name) {
        class_name = one->class_name;
        if (!class_name.empty()) fmt::format_to(out, "  {}\n", one_line(class_name));
      }
      fmt::format_to(out, "{}- {}\n", class_name.empty() ? "  " : "    ",
                     letter.kind->line(*one, title_of(*letter.kind, *one), words.date(one->day)));
    }
  }
  fmt::format_to(out, "\n{}\n", letter.kind->closing);
  if (!school_.portal_url.empty()) fmt::format_to(out, "{}{}\n", words.more_in_portal, school_.portal_url);
  fmt::format_to(out, "\n{}\n{}\n", words.regards, one_line(school_.name));
  // A digest stands in the place of the shared text, whose foot says this for other mails (M8).
  if (channel == Channel::email && school_.sender.reply_to.empty()) {
    text += std::string(words.no_replies) + "\n";
  }
  return text;
}

std::string Digest::wechat_form(const Letter& letter, const Recipient& recipient,
                                std::span<const PupilFindings> pupils) const {
  const auto& words = *letter.words;
  auto text = fmt::format(
      "{}\n{}: {}\n",
      schedule_.body.empty() ? shortened(one_line(school_.name), most_short_characters) : letter.opening,
      letter.kind->subject, counts(words, pupils));
  const auto foot = where_to_look(words, Channel::wechat, recipient);
  std::size_t left = 0;
  for (const auto& pupil : pupils) left += pupil.findings.size();
  Room room(message::most_wechat_graphemes, message::most_wechat_bytes);
  room.take(text);
  room.take(foot);
  room.take(words.and_more(left) + "\n");
  bool full = false;
  for (const auto& [pupil, findings] : pupils) {
    auto lines = shortened(heading(*pupil), most_short_characters) + "\n";
    for (const auto* one : findings) {
      const auto told = letter.kind->line(
          *one, shortened(title_of(*letter.kind, *one), most_short_characters), words.date(one->day));
      lines += one->class_name.empty()
                   ? fmt::format("- {}\n", told)
                   : fmt::format("- {}: {}\n",
                                 shortened(one_line(one->class_name), most_short_characters / 2), told);
      full = full || !room.take(lines);
      if (full) break;
      text += lines;
      lines.clear();
      --left;
    }
    if (full) break;
  }
  if (left > 0) text += words.and_more(left) + "\n";
  return text + foot;
}

std::string Digest::short_form(const Letter& letter, Channel channel, const Recipient& recipient,
                               std::span<const PupilFindings> pupils) const {
  const auto list = fmt::format("{}: {}.", letter.kind->subject, counts(*letter.words, pupils));
  const auto head = schedule_.body.empty() ? one_line(school_.name) + "." : letter.opening;
  return fmt::format("{} {} {}", head, list, where_to_look(*letter.words, channel, recipient));
}

std::string Digest::where_to_look(const LetterWords& words, Channel channel,
                                  const Recipient& recipient) const {
  const auto reached = [&](Channel other) {
    const auto found = recipient.channels.find(other);
    return found != recipient.channels.end() && !found->second.reason;
  };
  if (channel != Channel::voice && !school_.portal_url.empty()) {
    return fmt::format("{}{}", words.details, school_.portal_url);
  }
  if (reached(Channel::email)) return std::string(words.details_in_email);
  if (reached(Channel::inbox)) return std::string(words.details_in_inbox);
  return std::string(words.ask_the_school);
}

}  // namespace crier::schedule
