#include "intake/sims_captions.hpp"

#include <array>
#include <vector>

#include "base/text.hpp"

namespace crier::intake {
namespace {

/// Letters and digits only, folded: captions differ in blanks, dots and case.
std::string plain(std::string_view caption) {
  std::string word;
  for (const char c : fold(caption)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) word += c;
  }
  return word;
}

struct Known {
  std::string_view fact;
  /// As `plain` makes them, the better before the worse.
  std::vector<std::string_view> words;
  std::optional<PersonKind> marks;
};

/// Facts of a person: the caption may name whose.
const std::vector<Known>& person_words() {
  static const std::vector<Known> words{
      {"guid", {"externalid", "personexternalid", "externalguid", "guid", "externalidentifier"}, {}},
      {"number", {"personid", "id", "primaryid", "personidentifier", "internalid", "simsid"}, {}},
      {"code",
       {"adno", "admissionnumber", "admissionno", "admissionnum", "upn", "uniquepupilnumber"},
       PersonKind::pupil},
      {"code", {"code", "initials", "shortname"}, PersonKind::staff},
      {"title", {"title"}, {}},
      {"family",
       {"legalsurname", "surname", "lastname", "familyname", "lastnamelegal", "preferredsurname"},
       {}},
      {"given",
       {"legalforename", "forename", "firstname", "givenname", "firstnamelegal", "legalforenames",
        "forenames"},
       {}},
      {"preferred",
       {"preferredforename", "chosenname", "preferredname", "knownas", "preferredforenames"},
       {}},
      {"birth_date", {"dateofbirth", "dob", "birthdate"}, {}},
      {"language",
       {"correspondencelanguage", "preferredlanguage", "homelanguage", "firstlanguage", "language"},
       {}},
      {"year",
       {"yeargroup", "year", "yeartaughtin", "nationalcurriculumyear", "ncyear", "yrgrp"},
       PersonKind::pupil},
      {"form",
       {"reg", "reggroup", "registrationgroup", "registrationform", "regform", "registration", "tutorgroup",
        "form"},
       PersonKind::pupil},
      {"house", {"house", "housegroup", "housename"}, PersonKind::pupil},
      {"boarding", {"boardinghouse"}, PersonKind::pupil},
      {"status", {"status", "onrollstatus", "applicationstatus", "applicantstatus", "enrolmentstatus"}, {}},
      {"admission",
       {"admissiondate", "dateofadmission", "intendeddateofadmission", "doa"},
       PersonKind::pupil},
      {"email", {"email", "emailaddress", "homeemail", "emailhome", "homeemailaddress"}, {}},
      {"email_work", {"workemail", "emailwork", "workemailaddress"}, {}},
      {"email_use", {"emaillocation", "emailtype", "emailaddresslocation", "emailaddresstype"}, {}},
      {"email_main",
       {"emailmain", "emailismain", "mainemailindicator", "emailprimary", "emailaddressmain"},
       {}},
      // Either the address, or whether it is the main one: sims_map looks at the values.
      {"main_email", {"mainemail", "primaryemail", "mainemailaddress", "primaryemailaddress"}, {}},
      {"mobile",
       {"mobile", "mobiletelephone", "mobilephone", "mobilenumber", "mobiletelephonenumber",
        "telephonemobile"},
       {}},
      {"phone",
       {"telephone", "telephonenumber", "telephoneno", "phone", "phonenumber", "tel", "telno",
        "hometelephone", "homephone", "telephonehome", "hometelephonenumber"},
       {}},
      {"phone_work", {"worktelephone", "workphone", "telephonework", "worktelephonenumber"}, {}},
      {"phone_use",
       {"telephonelocation", "telephonetype", "phonelocation", "phonetype", "telephonenumberlocation",
        "telephonedevice", "devicetype", "device", "location", "locationtype"},
       {}},
      {"phone_main",
       {"telephonemain", "telephoneismain", "maintelephoneindicator", "phonemain", "telephonenumbermain",
        "telephoneprimary", "main", "ismain"},
       {}},
      {"main_phone",
       {"maintelephone", "mainphone", "primarytelephone", "primaryphone", "maintelephonenumber",
        "primarytelephonenumber"},
       {}},
      // Nothing that is read, but only staff have them.
      {"", {"jobtitle", "post", "staffpost", "employmentstartdate", "teachingstaff"}, PersonKind::staff},
  };
  return words;
}

/// Facts of two people, of a class or of a day: whose they are is clear.
const std::vector<Known>& other_words() {
  static const std::vector<Known> words{
      {"relation",
       {"relationship", "relation", "relationshiptype", "relationshiptostudent", "relationshiptopupil"},
       {}},
      {"priority", {"priority", "contactpriority", "contactorder", "priorityorder"}, {}},
      {"responsibility",
       {"parentalresponsibility", "hasparentalresponsibility", "pr", "parentalresponsibilityindicator"},
       {}},
      {"lives_with",
       {"liveswith", "liveswithstudent", "liveswithpupil", "livesatsameaddress", "sameaddress"},
       {}},
      {"court_order", {"courtorder", "courtorders", "hascourtorder", "courtorderindicator"}, {}},
      {"group",
       {"class", "classname", "set", "setname", "teachinggroup", "teachingset", "classcode", "subjectset",
        "classes"},
       {}},
      {"day", {"markdate", "attendancedate", "sessiondate", "date", "day"}, {}},
      {"session", {"session", "sessionname", "ampm", "period"}, {}},
      {"mark", {"mark", "attendancemark", "markcode", "attendancecode", "sessionmark"}, {}},
  };
  return words;
}

struct Owner {
  std::string_view word;
  PersonKind kind;
};

constexpr std::array owners{
    Owner{"student", PersonKind::pupil},     Owner{"pupil", PersonKind::pupil},
    Owner{"learner", PersonKind::pupil},     Owner{"contacts", PersonKind::contact},
    Owner{"contact", PersonKind::contact},   Owner{"parent", PersonKind::contact},
    Owner{"guardian", PersonKind::contact},  Owner{"carer", PersonKind::contact},
    Owner{"staff", PersonKind::staff},       Owner{"employee", PersonKind::staff},
    Owner{"mainteacher", PersonKind::staff}, Owner{"teacher", PersonKind::staff},
    Owner{"supervisor", PersonKind::staff},
};

std::optional<CaptionMeaning> find(const std::vector<Known>& all, std::string_view word) {
  for (const auto& known : all) {
    for (std::size_t rank = 0; rank < known.words.size(); ++rank) {
      if (known.words[rank] != word) continue;
      return CaptionMeaning{std::string(known.fact), std::nullopt, static_cast<int>(rank), known.marks};
    }
  }
  return std::nullopt;
}

struct Owned {
  PersonKind kind;
  std::string_view rest;
};

/// `contactsurname` and `surnamecontact` are a surname, and whose. `contacts` is an owner too, so that there
/// may be two ways to cut a word.
std::vector<Owned> owned(std::string_view word) {
  std::vector<Owned> ways;
  for (const auto& owner : owners) {
    if (word.size() <= owner.word.size()) continue;
    if (word.starts_with(owner.word)) ways.push_back({owner.kind, word.substr(owner.word.size())});
    if (word.ends_with(owner.word))
      ways.push_back({owner.kind, word.substr(0, word.size() - owner.word.size())});
  }
  return ways;
}

}  // namespace

std::optional<CaptionMeaning> meaning_of_caption(std::string_view caption) {
  const auto word = plain(caption);
  if (auto meaning = find(other_words(), word)) return meaning;
  if (auto meaning = find(person_words(), word)) return meaning;
  for (const auto& way : owned(word)) {
    // `Contact priority`; but a `Class teacher` is no class.
    if (way.kind == PersonKind::contact) {
      if (auto meaning = find(other_words(), way.rest)) return meaning;
    }
    auto meaning = find(person_words(), way.rest);
    // A pupil's year is a pupil's whatever else its caption says.
    if (!meaning || (meaning->marks && *meaning->marks != way.kind)) continue;
    meaning->whose = way.kind;
    meaning->marks.reset();
    return meaning;
  }
  return std::nullopt;
}

std::optional<PersonKind> owner_in_caption(std::string_view caption) {
  const auto ways = owned(plain(caption));
  return ways.empty() ? std::nullopt : std::optional(ways.front().kind);
}

}  // namespace crier::intake
