// The words of a notice: one digest per recipient over all pupils and classes, in the form that each channel
// carries (T2, M1). schedule/notice says what stands in it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "audience/resolve.hpp"
#include "model/channel.hpp"
#include "model/recipient.hpp"
#include "schedule/notice_kind.hpp"
#include "store/message_store.hpp"

namespace crier::schedule {

/// What one recipient is told of one pupil, by class and day.
struct PupilFindings {
  const RelatedPupil* pupil = nullptr;
  std::vector<const store::Finding*> findings;
};

class Digest {
 public:
  /// Throws Error(refused_by_rule, "limit") where the schedule's own words leave no room for a list in a
  /// channel that it names. What is given must outlive the digest.
  Digest(const NoticeKind& kind, const config::Schedule& schedule, const roster::SchoolProfile& school);

  /// The schedule's, else the kind's with the school's name (M8): at most 100 graphemes. In English.
  const std::string& subject() const { return letters_.front().subject; }
  /// The schedule's own words, else the kind's, in English.
  const std::string& opening() const { return letters_.front().opening; }
  /// Subject and opening in each language; none where the schedule's own words serve everybody.
  std::vector<store::MessageText> texts() const;

  /// In the recipient's language where there are words in it, else in English; with the schedule's own words
  /// in English throughout. E-mail, inbox and alert: everything. WeChat: the count of each pupil, then as
  /// much of the list as fits into 600 graphemes and 2048 bytes. SMS and voice: the count of each pupil and
  /// where to look.
  std::string write(Channel channel, const Recipient& recipient, std::span<const PupilFindings> pupils) const;

 private:
  /// What stands around the list, in one language.
  struct Letter {
    const LetterWords* words = nullptr;
    const KindWords* kind = nullptr;
    std::string subject;
    std::string opening;
  };
  Letter letter(std::size_t language) const;
  std::string long_form(const Letter& letter, Channel channel, const Recipient& recipient,
                        std::span<const PupilFindings> pupils) const;
  std::string wechat_form(const Letter& letter, const Recipient& recipient,
                          std::span<const PupilFindings> pupils) const;
  std::string short_form(const Letter& letter, Channel channel, const Recipient& recipient,
                         std::span<const PupilFindings> pupils) const;
  std::string where_to_look(const LetterWords& words, Channel channel, const Recipient& recipient) const;

  const NoticeKind& kind_;
  const config::Schedule& schedule_;
  const roster::SchoolProfile& school_;
  /// By the places of `notice_languages`.
  std::vector<Letter> letters_;
};

}  // namespace crier::schedule
