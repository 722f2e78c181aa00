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

std::string title_of(const NoticeKind& kind, const store::Finding& finding) {
  auto title = one_line(finding.title);
  return title.empty() ? std::string(kind.untitled) : title;
}

std::string greeting(const Recipient& recipient) {
  const auto family = one_line(recipient.family);
  const auto title = one_line(recipient.title);
  if (!title.empty() && !family.empty()) return fmt::format("Dear {} {},", title, family);
  const auto name = spoken_name(family, one_line(recipient.given));
  return name.empty() ? "Good day," : fmt::format("Dear {},", name);
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

/// `Annabel 2, Ben 1`; of very many `23 of 14 pupils`.
std::string counts(std::span<const PupilFindings> pupils) {
  std::string text;
  std::size_t all = 0;
  for (const auto& [pupil, findings] : pupils) {
    if (!text.empty()) text += ", ";
    fmt::format_to(std::back_inserter(text), "{} {}", short_name(*pupil), findings.size());
    all += findings.size();
  }
  return text.size() <= most_counts_bytes ? text : fmt::format("{} of {} pupils", all, pupils.size());
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

Digest::Digest(const NoticeKind& kind, const config::Schedule& schedule, const roster::SchoolProfile& school)
    : kind_(kind), schedule_(schedule), school_(school) {
  subject_ = schedule.subject;
  if (subject_.empty()) {
    subject_ = fmt::format("{}: {}", kind.subject, one_line(school.name));
    if (count_graphemes(subject_) > message::most_subject_graphemes) subject_ = kind.subject;
  }
  opening_ = schedule.body.empty() ? kind.opening(schedule, one_line(school.name)) : schedule.body;
  while (!opening_.empty() && (opening_.back() == '\n' || opening_.back() == ' ')) opening_.pop_back();
  message::require_limits(subject_, opening_, schedule.via);
  if (!schedule.body.empty()) require_room(schedule, school);
}

std::string Digest::write(Channel channel, const Recipient& recipient,
                          std::span<const PupilFindings> pupils) const {
  switch (channel) {
    case Channel::email:
    case Channel::inbox:
    case Channel::alert:
      return long_form(channel, recipient, pupils);
    case Channel::wechat:
      return wechat_form(recipient, pupils);
    case Channel::sms:
    case Channel::voice:
      return short_form(channel, recipient, pupils);
  }
  return long_form(channel, recipient, pupils);
}

std::string Digest::long_form(Channel channel, const Recipient& recipient,
                              std::span<const PupilFindings> pupils) const {
  std::string text;
  if (schedule_.body.empty()) text = greeting(recipient) + "\n\n";
  text += opening_ + "\n";
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
                     kind_.line(*one, title_of(kind_, *one)));
    }
  }
  fmt::format_to(out, "\n{}\n", kind_.closing);
  if (!school_.portal_url.empty()) fmt::format_to(out, "More in the portal: {}\n", school_.portal_url);
  fmt::format_to(out, "\nKind regards\n{}\n", one_line(school_.name));
  // A digest stands in the place of the shared text, whose foot says this for other mails (M8).
  if (channel == Channel::email && school_.sender.reply_to.empty()) {
    text += "This address does not take replies.\n";
  }
  return text;
}

std::string Digest::wechat_form(const Recipient& recipient, std::span<const PupilFindings> pupils) const {
  auto text = fmt::format(
      "{}\n{}: {}\n",
      schedule_.body.empty() ? shortened(one_line(school_.name), most_short_characters) : opening_,
      kind_.subject, counts(pupils));
  const auto foot = where_to_look(Channel::wechat, recipient);
  std::size_t left = 0;
  for (const auto& pupil : pupils) left += pupil.findings.size();
  Room room(message::most_wechat_graphemes, message::most_wechat_bytes);
  room.take(text);
  room.take(foot);
  room.take(fmt::format("… and {} more\n", left));
  bool full = false;
  for (const auto& [pupil, findings] : pupils) {
    auto lines = shortened(heading(*pupil), most_short_characters) + "\n";
    for (const auto* one : findings) {
      const auto told = kind_.line(*one, shortened(title_of(kind_, *one), most_short_characters));
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
  if (left > 0) text += fmt::format("… and {} more\n", left);
  return text + foot;
}

std::string Digest::short_form(Channel channel, const Recipient& recipient,
                               std::span<const PupilFindings> pupils) const {
  const auto list = fmt::format("{}: {}.", kind_.subject, counts(pupils));
  const auto head = schedule_.body.empty() ? one_line(school_.name) + "." : opening_;
  return fmt::format("{} {} {}", head, list, where_to_look(channel, recipient));
}

std::string Digest::where_to_look(Channel channel, const Recipient& recipient) const {
  const auto reached = [&](Channel other) {
    const auto found = recipient.channels.find(other);
    return found != recipient.channels.end() && !found->second.reason;
  };
  if (channel != Channel::voice && !school_.portal_url.empty()) {
    return fmt::format("Details: {}", school_.portal_url);
  }
  if (reached(Channel::email)) return "Details are in your e-mail.";
  if (reached(Channel::inbox)) return "Details are in your inbox.";
  return "Please ask the school for details.";
}

}  // namespace crier::schedule
