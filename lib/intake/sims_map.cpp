#include "intake/sims_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "intake/sims_columns.hpp"

namespace crier::intake {
namespace {

using config::MapEntry;
using config::MapKind;
using config::MapValue;

/// Changes whenever the same report would be read as other facts.
constexpr std::uint64_t captions_version = 1;

std::string_view plural(PersonKind kind) {
  return kind == PersonKind::pupil ? "pupils" : kind == PersonKind::contact ? "contacts" : "staff";
}

Error no_ids(const SimsReport& report, std::string_view what, std::string_view more = "") {
  return {
      Exit::refused_input, "missing-ids", fmt::format("{}: {}", report.name(), what),
      fmt::format(
          "SIMS leaves ids out of a report, without a word, where the user who runs it lacks the permission "
          "'Third Party Reporter': give it to that user in SIMS, see that the id fields are in the report, "
          "and run it again.{}",
          more)};
}

Error no_ids_of(const SimsReport& report, std::string_view whom) {
  return no_ids(report,
                fmt::format("it tells of {}, and no column has their ids (Person id, External Id)", whom));
}

/// The form in which the report writes its dates; none where it is ISO.
std::optional<format::DateForm> date_form(const SimsReport& report, std::size_t column) {
  const auto& samples = report.samples(column);
  const auto fits = [&](const auto& read) {
    return std::count_if(samples.begin(), samples.end(),
                         [&](const std::string& text) { return !!read(text); });
  };
  std::optional<format::DateForm> best;
  auto most = fits([](const std::string& text) { return format::read_iso_date(text); });
  for (const auto* form :
       {"DD/MM/YYYY*", "D/M/YYYY*", "DD/MM/YY", "DD-MMM-YYYY*", "DD MMM YYYY", "D MMMM YYYY"}) {
    const auto tried = format::DateForm::parse(form);
    const auto count = fits([&](const std::string& text) { return tried->read(text); });
    if (count <= most) continue;
    most = count;
    best = tried;
  }
  return best;
}

bool is_date(std::string_view fact) {
  return fact == "birth_date" || fact == "admission" || fact == "day" || fact == "begins" || fact == "ends" ||
         fact == "due";
}

void add_words(MapValue& value, std::string_view meaning, std::initializer_list<std::string_view> words) {
  for (const auto word : words) value.words[fold(word)] = meaning;
}

/// The codes of the Department for Education: whether a pupil was absent by one, and whether the school knows
/// why.
struct MarkMeaning {
  bool absent = false;
  bool explained = false;
};

std::optional<MarkMeaning> meaning_of_mark(std::string_view code) {
  static constexpr std::array<std::string_view, 17> present{"/", "\\", "l", "b", "k", "p", "v", "w", "d",
                                                            "j", "j1", "u", "x", "z", "#", "-", "ls"};
  static constexpr std::array<std::string_view, 21> explained{"c",  "c1", "c2", "e",  "f",  "g",  "h",
                                                              "i",  "m",  "r",  "s",  "t",  "q",  "y",
                                                              "y1", "y2", "y3", "y4", "y5", "y6", "y7"};
  const auto in = [&](const auto& list) { return std::find(list.begin(), list.end(), code) != list.end(); };
  if (in(present)) return MarkMeaning{};
  if (in(explained)) return MarkMeaning{true, true};
  if (code == "n" || code == "o") return MarkMeaning{true, false};
  return std::nullopt;
}

void add_mark_words(MapValue& absent, MapValue& explained) {
  for (char first = 'a'; first <= 'z'; ++first) {
    for (const std::string_view second : {"", "1", "2", "3", "4", "5", "6", "7", "s"}) {
      const auto code = std::string(1, first) + std::string(second);
      const auto meaning = meaning_of_mark(code);
      if (!meaning) continue;
      absent.words[code] = meaning->absent ? "yes" : "no";
      if (meaning->explained) explained.words[code] = "yes";
    }
  }
  for (const auto* mark : {"/", "\\", "#", "-"}) absent.words[fold(mark)] = "no";
  add_words(absent, "yes", {"absent", "no reason yet"});
  add_words(absent, "no", {"present"});
  explained.otherwise = "no";
}

/// SIMS writes the name of a language where messages ask for its tag.
void add_languages(MapValue& value) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 36> languages{
      {{"English", "en"},       {"Welsh", "cy"},         {"Polish", "pl"},   {"Urdu", "ur"},
       {"Punjabi", "pa"},       {"Panjabi", "pa"},       {"Bengali", "bn"},  {"Gujarati", "gu"},
       {"Arabic", "ar"},        {"Somali", "so"},        {"Romanian", "ro"}, {"Portuguese", "pt"},
       {"Spanish", "es"},       {"French", "fr"},        {"German", "de"},   {"Italian", "it"},
       {"Turkish", "tr"},       {"Tamil", "ta"},         {"Hindi", "hi"},    {"Chinese", "zh"},
       {"Cantonese", "yue"},    {"Mandarin", "zh"},      {"Russian", "ru"},  {"Ukrainian", "uk"},
       {"Lithuanian", "lt"},    {"Latvian", "lv"},       {"Slovak", "sk"},   {"Czech", "cs"},
       {"Hungarian", "hu"},     {"Bulgarian", "bg"},     {"Albanian", "sq"}, {"Greek", "el"},
       {"Persian/Farsi", "fa"}, {"Pashto/Pakhto", "ps"}, {"Kurdish", "ku"},  {"Vietnamese", "vi"}}};
  for (const auto& [name, tag] : languages) value.words[fold(name)] = tag;
  // Tags stay tags; of any other language nobody has a template by its name.
  for (const auto& [name, tag] : languages) value.words[std::string(tag)] = tag;
  value.otherwise = "";
}

/// What the words of some facts mean where no map says it.
void add_meaning(MapValue& value, std::string_view fact) {
  if (fact == "status") {
    add_words(value, "leaver", {"leaver", "left", "former", "off roll", "not on roll", "inactive"});
    add_words(value, "pre-admission", {"pre-admission", "future"});
    for (const auto* word :
         {"applied", "offered", "accepted", "reserved", "admitted", "rejected", "withdrawn"}) {
      value.words[word] = word;
    }
    value.otherwise = "active";
  } else if (fact == "phone_main" || fact == "email_main") {
    add_words(value, "yes", {"yes", "y", "true", "t", "1", "main", "primary"});
    value.otherwise = "no";
  } else if (fact == "language") {
    add_languages(value);
  }
}

/// Puts the entries of all reports together.
class Planner {
 public:
  Planner(const std::vector<SimsReport>& reports, ReportPlace place, const config::ExportMap& given,
          const config::ImportSource& source, IssueList& issues)
      : reports_(reports), place_(place), given_(given), source_(source), issues_(issues) {
    plan_.map.file = given.file;
    plan_.map.digest = given.digest ^ captions_version;
    for (const auto& report : reports_) {
      // What an empty report told before, and whether that is gone, nobody knows.
      if (report.records() == 0) {
        telling_ = config::Telling::additions;
      } else if (is_mapped(report)) {
        mapped_.push_back(&report);
      } else {
        known_.emplace_back(report, source, issues);
      }
    }
  }

  SimsPlan plan() {
    hold_against_map();
    for (const auto* report : mapped_) add_mapped(*report);
    for (const auto kind : all_person_kinds) choose_id(kind);
    for (const auto& columns : known_) require_ids(columns);
    // The report that tells most of a person is read first: it counts.
    // Of somebody who is both a parent and staff, what staff type is the code.
    for (const auto kind : {PersonKind::pupil, PersonKind::staff, PersonKind::contact}) {
      auto tellers = people_reports(kind);
      std::stable_sort(tellers.begin(), tellers.end(), [&](const SimsColumns* one, const SimsColumns* other) {
        return one->facts(kind).size() > other->facts(kind).size();
      });
      for (const auto* columns : tellers) add_people(*columns, kind);
    }
    for (const auto& columns : known_) {
      const auto before = plan_.map.entries.size();
      add_relationships(columns);
      add_classes(columns);
      add_attendance(columns);
      const bool told = before < plan_.map.entries.size() || tells_people(columns);
      if (!told) refuse_unknown(columns.report());
      columns.tell_unread(issues_);
    }
    if (plan_.reports.empty()) {
      if (!reports_.front().leaves_out_empty_fields() && reports_.front().captions().size() <= 1) {
        refuse_unknown(reports_.front());
      }
      throw Error(Exit::refused_input, "empty-report",
                  fmt::format("{}: the report has no records", reports_.front().name()),
                  "Run it in SIMS: a filter, or rights that the user lacks, may leave nobody in it. Nothing "
                  "was changed.");
    }
    for (const auto& report : reports_) tell_if_empty(report);
    tell_untold();
    return std::move(plan_);
  }

 private:
  bool is_mapped(const SimsReport& report) const {
    return std::any_of(given_.entries.begin(), given_.entries.end(),
                       [&](const MapEntry& entry) { return entry.matches(report.name()); });
  }

  /// A folder holds what the map describes, unless it says that it may not; a single report may be one that
  /// the map leaves to its captions.
  void hold_against_map() {
    for (const auto& entry : given_.entries) {
      const bool there = std::any_of(reports_.begin(), reports_.end(),
                                     [&](const SimsReport& report) { return entry.matches(report.name()); });
      if (there || entry.presence == config::Presence::optional || place_ == ReportPlace::single) continue;
      throw Error(Exit::refused_input, "missing-file",
                  fmt::format("there is no report {} ({})", entry.name, entry.place),
                  "Not all reports were written: run them again, or say optional = true in the map.");
    }
    if (given_.entries.empty() || place_ != ReportPlace::single || is_mapped(reports_.front())) return;
    issues_.warning(reports_.front().name(), 0, "", "", "not-in-map",
                    fmt::format("The map {} describes no file of this name: it was read by its captions.",
                                given_.file.filename().string()));
  }

  void tell_if_empty(const SimsReport& report) {
    if (report.records() > 0) return;
    issues_.warning(
        report.name(), 0, "", "", "empty-report",
        "The report has no records: what it told before stays, and nothing counts as gone in this import.");
  }

  void add(const SimsReport& report, MapEntry entry) {
    if (telling_ == config::Telling::additions) entry.telling = telling_;
    entry.name = report.name();
    entry.repeats = config::Repeats::fold;
    for (auto& [fact, value] : entry.columns) {
      if (!is_date(fact) || value.date || value.columns.empty()) continue;
      value.date =
          date_form(report, static_cast<std::size_t>(std::get<std::int64_t>(value.columns.front()) - 1));
    }
    plan_.map.entries.push_back(std::move(entry));
    plan_.reports.push_back(&report);
  }

  /// What the school's map says of a report, its captions found.
  void add_mapped(const SimsReport& report) {
    for (const auto& written : given_.entries) {
      if (!written.matches(report.name())) continue;
      auto entry = written;
      for (auto at = entry.columns.begin(); at != entry.columns.end();) {
        at = find_columns(report, at->first, at->second) ? std::next(at) : entry.columns.erase(at);
      }
      add(report, std::move(entry));
    }
  }

  /// False where the report has no such column, and the fact is one that may be absent.
  bool find_columns(const SimsReport& report, const std::string& fact, MapValue& value) {
    for (auto& column : value.columns) {
      const auto* caption = std::get_if<std::string>(&column);
      if (caption == nullptr) continue;
      const auto at = report.column(*caption);
      if (at) {
        column = static_cast<std::int64_t>(*at + 1);
        continue;
      }
      static constexpr std::array ids{"id", "pupil", "contact", "person"};
      if (std::find(ids.begin(), ids.end(), fact) != ids.end()) {
        throw no_ids(report,
                     fmt::format("{} takes the column '{}' for ids, and the report has none of that name{}",
                                 value.place, *caption, did_you_mean(*caption, report.captions())),
                     fmt::format(" It has: {}.", join(report.captions(), ", ")));
      }
      static constexpr std::array needed{"group", "day",    "absent",  "assignment", "item",   "amount",
                                         "due",   "survey", "weekday", "kind",       "family", "given"};
      const bool may_be_absent =
          report.leaves_out_empty_fields() && std::find(needed.begin(), needed.end(), fact) == needed.end();
      if (!may_be_absent) {
        throw Error(
            Exit::refused_input, "missing-column",
            fmt::format("{}: {} maps {} to the column '{}', which is not in the report{}", report.name(),
                        value.place, fact, *caption, did_you_mean(*caption, report.captions())),
            fmt::format("The report has: {}.", join(report.captions(), ", ")));
      }
      issues_.warning(
          report.name(), 0, *caption, "", "untold-column",
          fmt::format("No record has this field, which {} takes for {}: SIMS leaves out what is empty, and "
                      "what the user who ran the report may not see.",
                      value.place, fact));
      return false;
    }
    return true;
  }

  /// The ids by which all reports can speak of the same people.
  void choose_id(PersonKind kind) {
    const auto all_have = [&](std::string_view fact) {
      return std::all_of(known_.begin(), known_.end(), [&](const SimsColumns& columns) {
        const bool any = columns.has_filled(kind, "guid") || columns.has_filled(kind, "number");
        return !any || columns.has_filled(kind, fact);
      });
    };
    id_facts_[static_cast<std::size_t>(kind)] = !all_have("guid") && all_have("number") ? "number" : "guid";
  }

  std::optional<std::size_t> id_of(const SimsColumns& columns, PersonKind kind) const {
    const auto* chosen = id_facts_[static_cast<std::size_t>(kind)];
    for (const auto* fact : {chosen, "guid", "number"}) {
      if (columns.has_filled(kind, fact)) return columns.person(kind, fact);
    }
    return std::nullopt;
  }

  /// The id, or what people type, by which a row refers to somebody.
  std::optional<std::size_t> reference_to(const SimsColumns& columns, PersonKind kind) const {
    const auto id = id_of(columns, kind);
    const auto code = columns.person(kind, "code");
    // SIMS adds the id of whatever a report is about; of a list of classes that may be the class.
    const bool perhaps_of_class =
        id && code && columns.other("group") && to_lower(columns.report().captions()[*id]) == "primary_id";
    return id && !perhaps_of_class ? id : code;
  }

  void require_ids(const SimsColumns& columns) const {
    for (const auto kind : all_person_kinds) {
      if (columns.names(kind) && is_about(columns, kind) && !id_of(columns, kind)) {
        throw no_ids_of(columns.report(), plural(kind));
      }
    }
    const bool refers = columns.is_of_days() || columns.other("group");
    const bool to_nobody =
        !reference_to(columns, PersonKind::pupil) && !reference_to(columns, PersonKind::staff);
    if (refers && to_nobody) throw no_ids_of(columns.report(), "pupils");
  }

  /// Lists of days and of classes name people, and tell nothing of them.
  static bool is_about(const SimsColumns& columns, PersonKind kind) {
    if (columns.is_of_days()) return false;
    if (kind != PersonKind::pupil || !columns.other("group")) return true;
    return columns.person(kind, "year") || columns.person(kind, "form");
  }

  std::vector<const SimsColumns*> people_reports(PersonKind kind) const {
    const auto is_part_of = [&](const SimsColumns& part, const SimsColumns& whole) {
      if (part.facts(kind).size() >= whole.facts(kind).size()) return false;
      return std::all_of(part.facts(kind).begin(), part.facts(kind).end(),
                         [&](const auto& fact) { return whole.facts(kind).contains(fact.first); });
    };
    std::vector<const SimsColumns*> tellers;
    for (const auto& columns : known_) {
      if (!columns.names(kind) || !is_about(columns, kind)) continue;
      const bool told_better = std::any_of(known_.begin(), known_.end(), [&](const SimsColumns& other) {
        return other.names(kind) && is_about(other, kind) && is_part_of(columns, other);
      });
      if (!told_better) tellers.push_back(&columns);
    }
    return tellers;
  }

  bool tells_people(const SimsColumns& columns) const {
    return std::any_of(all_person_kinds.begin(), all_person_kinds.end(),
                       [&](PersonKind kind) { return columns.names(kind) && id_of(columns, kind); });
  }

  MapValue value_of(const SimsColumns& columns, std::size_t at, std::string_view fact) const {
    MapValue value;
    value.columns.push_back(static_cast<std::int64_t>(at + 1));
    value.place = fmt::format("the captions of {}", columns.report().name());
    add_meaning(value, fact);
    return value;
  }

  static MapValue constant(std::string_view word, std::string_view place) {
    MapValue value;
    value.constant = word;
    value.place = place;
    return value;
  }

  MapEntry entry_of(const SimsColumns& columns, MapKind kind) const {
    MapEntry entry;
    entry.kind = kind;
    entry.place = fmt::format("the captions of {}", columns.report().name());
    const auto& facts = config::map_facts(kind);
    if (!given_.school.empty() && std::find(facts.begin(), facts.end(), "school") != facts.end()) {
      entry.columns.emplace("school", constant(given_.school, entry.place));
    }
    return entry;
  }

  void add_people(const SimsColumns& columns, PersonKind kind) {
    auto entry = entry_of(columns, MapKind::people);
    entry.columns.emplace("kind", constant(to_text(kind), entry.place));
    const auto id = id_of(columns, kind).value();
    entry.columns.emplace("id", value_of(columns, id, "id"));
    const auto& known = config::map_facts(MapKind::people);
    for (const auto& [fact, column] : columns.facts(kind)) {
      if (std::find(known.begin(), known.end(), fact) == known.end()) continue;
      // A contact's application, a guardian's year: of no meaning.
      static constexpr std::array of_pupils{"status", "admission", "year", "form", "house", "boarding"};
      const bool pupils_only = std::find(of_pupils.begin(), of_pupils.end(), fact) != of_pupils.end();
      if (pupils_only && kind != PersonKind::pupil) continue;
      auto value = value_of(columns, column.at, fact);
      if (fact == "status") {
        // What the school calls an application has its meaning by the settings (I5).
        for (const auto& [word, meaning] : source_.choice.pre_admission_status) value.words[word] = word;
      }
      entry.columns.emplace(fact, std::move(value));
    }
    // People type a number rather than a GUID.
    const auto number = columns.person(kind, "number");
    if (!entry.columns.contains("code") && number && *number != id) {
      entry.columns.emplace("code", value_of(columns, *number, "code"));
    }
    add(columns.report(), std::move(entry));
  }

  void add_relationships(const SimsColumns& columns) {
    const auto pupil = reference_to(columns, PersonKind::pupil);
    const auto contact = reference_to(columns, PersonKind::contact);
    static constexpr std::array facts{"relation", "priority", "responsibility", "lives_with", "court_order"};
    const bool told =
        columns.names(PersonKind::contact) ||
        std::any_of(facts.begin(), facts.end(), [&](const char* fact) { return !!columns.other(fact); });
    if (!pupil || !contact || !told) return;
    auto entry = entry_of(columns, MapKind::relationships);
    entry.columns.emplace("pupil", value_of(columns, *pupil, "pupil"));
    entry.columns.emplace("contact", value_of(columns, *contact, "contact"));
    add_names(columns, PersonKind::pupil, entry);
    add_names(columns, PersonKind::contact, entry);
    for (const auto* fact : facts) {
      if (const auto at = columns.other(fact)) entry.columns.emplace(fact, value_of(columns, *at, fact));
    }
    add(columns.report(), std::move(entry));
  }

  /// A row that names two people by one id joins nobody: only where the same row tells the person too, since
  /// other reports may name people by other names.
  void add_names(const SimsColumns& columns, PersonKind kind, MapEntry& entry) const {
    const auto tellers = people_reports(kind);
    if (std::find(tellers.begin(), tellers.end(), &columns) == tellers.end()) return;
    for (const auto* fact : {"family", "given"}) {
      const auto at = columns.person(kind, fact);
      if (at) entry.columns.emplace(fmt::format("{}_{}", to_text(kind), fact), value_of(columns, *at, fact));
    }
  }

  void add_classes(const SimsColumns& columns) {
    const auto group = columns.other("group");
    if (!group || columns.is_of_days()) return;
    auto groups = entry_of(columns, MapKind::groups);
    groups.columns.emplace("name", value_of(columns, *group, "name"));
    add(columns.report(), std::move(groups));
    for (const auto kind : {PersonKind::pupil, PersonKind::staff}) {
      const auto person = reference_to(columns, kind);
      if (!person) continue;
      auto members = entry_of(columns, MapKind::memberships);
      members.columns.emplace("group", value_of(columns, *group, "group"));
      members.columns.emplace("person", value_of(columns, *person, "person"));
      members.columns.emplace("role",
                              constant(kind == PersonKind::pupil ? "pupil" : "teacher", members.place));
      teachers_told_ = teachers_told_ || kind == PersonKind::staff;
      add(columns.report(), std::move(members));
    }
  }

  void add_attendance(const SimsColumns& columns) {
    if (!columns.is_of_days()) return;
    auto entry = entry_of(columns, MapKind::attendance);
    entry.columns.emplace("pupil", value_of(columns, *reference_to(columns, PersonKind::pupil), "pupil"));
    entry.columns.emplace("day", value_of(columns, *columns.other("day"), "day"));
    if (const auto at = columns.other("session"))
      entry.columns.emplace("session", value_of(columns, *at, "session"));
    const auto mark = *columns.other("mark");
    entry.columns.emplace("code", value_of(columns, mark, "code"));
    auto absent = value_of(columns, mark, "absent");
    auto explained = value_of(columns, mark, "explained");
    add_mark_words(absent, explained);
    entry.columns.emplace("absent", std::move(absent));
    entry.columns.emplace("explained", std::move(explained));
    add(columns.report(), std::move(entry));
  }

  [[noreturn]] static void refuse_unknown(const SimsReport& report) {
    if (report.captions().size() <= 1) {
      throw not_as_named(report.name(), fmt::format("this is no report; it begins '{}'", report.beginning()),
                         "Run the report by hand in SIMS, and look what it gives.");
    }
    throw Error(
        Exit::refused_input, "unknown-report",
        fmt::format("{}: what this report tells cannot be seen from its columns: {}", report.name(),
                    join(report.captions(), ", ")),
        "Give its fields captions that crier knows (crier-sims(5)), or write a map and name it with --map.");
  }

  /// I8: what nobody could see is said, and where the right to see it is given.
  void tell_untold() {
    const auto has = [&](MapKind kind) {
      return std::any_of(plan_.map.entries.begin(), plan_.map.entries.end(),
                         [&](const MapEntry& entry) { return entry.kind == kind; });
    };
    const auto told = [&](std::initializer_list<std::string_view> facts, std::string_view of) {
      return std::any_of(plan_.map.entries.begin(), plan_.map.entries.end(), [&](const MapEntry& entry) {
        const auto* kind = entry.value("kind");
        if (!of.empty() && (kind == nullptr || kind->constant != of)) return false;
        return std::any_of(facts.begin(), facts.end(),
                           [&](std::string_view fact) { return entry.value(fact) != nullptr; });
      });
    };
    auto& untold = plan_.untold;
    if (has(MapKind::relationships)) {
      if (!told({"court_order"}, "")) untold.emplace_back("court orders");
      if (!told({"priority"}, "")) untold.emplace_back("priorities");
      if (!told({"relation"}, "")) untold.emplace_back("relations");
      if (!told({"responsibility"}, "")) untold.emplace_back("parental responsibilities");
      if (!told({"language"}, "")) untold.emplace_back("languages");
    }
    if (told({"id"}, "contact")) {
      if (!told({"phone", "mobile", "phone_work"}, "contact"))
        untold.emplace_back("telephone numbers of contacts");
      if (!told({"email", "email_work"}, "contact")) untold.emplace_back("e-mail addresses of contacts");
    }
    if (has(MapKind::groups) && mapped_.empty() && !teachers_told_)
      untold.emplace_back("teachers of classes");
    if (untold.empty()) return;
    issues_.warning(
        plan_.reports.front()->name(), 0, "", "", "untold-areas",
        fmt::format("No report tells {}. SIMS leaves out a field that the user who runs the report has no "
                    "right to view, and one that is empty everywhere: put the fields in, and give that "
                    "user the permission to view them.",
                    join(untold, ", ")));
  }

  const std::vector<SimsReport>& reports_;
  ReportPlace place_;
  const config::ExportMap& given_;
  const config::ImportSource& source_;
  IssueList& issues_;
  std::vector<const SimsReport*> mapped_;
  std::vector<SimsColumns> known_;
  std::array<const char*, 3> id_facts_{"guid", "guid", "guid"};
  config::Telling telling_ = config::Telling::everything;
  bool teachers_told_ = false;
  SimsPlan plan_;
};

}  // namespace

SimsPlan plan_reports(const std::vector<SimsReport>& reports, ReportPlace place,
                      const config::ExportMap& given, const config::ImportSource& source, IssueList& issues) {
  return Planner(reports, place, given, source, issues).plan();
}

}  // namespace crier::intake
