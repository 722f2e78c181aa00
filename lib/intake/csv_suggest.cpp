#include "intake/csv_suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "config/map_file.hpp"
#include "intake/csv_rows.hpp"

namespace crier::intake {
namespace {

using config::MapKind;

/// What a column is, whatever kind of file it stands in. The words are written as `plain` makes them.
struct Concept {
  std::string_view name;
  std::vector<std::string_view> words;
};

const std::vector<Concept>& concepts() {
  static const std::vector<Concept> all{
      {"contact",
       {"contactid", "contactcode", "contactguid", "guardianid", "guardiancode", "parentid",
        "relatedpersonid", "relationshipusersourcedid", "contactno", "carerid", "guardiansourcedid"}},
      {"pupil",
       {"adno",           "admissionno",      "admissionnumber", "upn",        "pupilid",   "pupilcode",
        "studentid",      "studentnumber",    "learnerid",       "pupilno",    "studentno", "mispupilid",
        "arborstudentid", "studentsourcedid", "studentcode",     "pupiladno",  "child",     "pupil",
        "student",        "studentsisid",     "member",          "membercode", "memberid"}},
      {"group",
       {"sectionsisid", "sectionid", "classsourcedid", "classid", "classcode", "groupid", "groupcode",
        "group", "class", "classname", "teachinggroup", "subjectset", "set", "coursesection"}},
      {"id",
       {"id", "sisid", "sourcedid", "guid", "externalid", "personid", "userid", "misid", "dcid",
        "usersourcedid", "arborid", "uid", "recordid", "staffid", "teacherid", "employeeid"}},
      {"code", {"code", "identifier", "personcode", "staffcode", "teachernumber", "initials", "reference"}},
      {"school",
       {"schoolsisid", "schooldfenumber", "dfenumber", "schoolid", "schoolcode", "school", "orgsourcedid",
        "orgsourcedids", "establishment", "laestab", "schoolnumber", "schoolname", "campus", "site"}},
      {"title", {"title", "salutationtitle", "prefix", "honorific", "nameprefix"}},
      {"family",
       {"surname", "legalsurname", "lastname", "familyname", "family", "preferredsurname", "contactsurname",
        "lname"}},
      {"given",
       {"forename", "legalforename", "firstname", "givenname", "given", "forenames", "contactforename",
        "fname", "legalfirstname"}},
      {"preferred",
       {"preferredforename", "preferredname", "preferredgivenname", "chosenname", "knownas", "nickname",
        "preferredfirstname"}},
      {"fullname",
       {"name", "fullname", "pupilname", "studentname", "displayname", "contactname", "legalname"}},
      {"birth_date", {"dob", "dateofbirth", "birthdate", "birthday", "studentdob"}},
      {"year",
       {"year", "yeargroup", "nationalcurriculumyear", "ncyear", "grade", "gradelevel", "yeartaughtin",
        "currentyear", "grades", "yr"}},
      {"form",
       {"reg", "registrationform", "regform", "registrationgroup", "reggroup", "form", "formgroup",
        "tutorgroup", "homeroom", "homeroomname", "tutor"}},
      {"house", {"house", "housename"}},
      {"boarding", {"boardinghouse", "boarding", "boarder", "boarderstatus"}},
      {"status", {"status", "enrollmentstatus", "enrolmentstatus", "enrolstatus", "onroll", "active"}},
      {"admission",
       {"admissiondate", "dateofadmission", "startdate", "entrydate", "doa", "dateofentry", "begindate"}},
      {"email",
       {"email", "emailaddress", "emailaddressprimary", "primaryemail", "homeemail", "emailhome", "mainemail",
        "contactemail", "secondaryemail", "studentemail", "guardianemail", "parentemail", "personalemail",
        "emails"}},
      {"email_work", {"workemail", "emailwork", "schoolemail", "staffemail"}},
      {"mobile",
       {"mobile", "mobilephone", "mobilenumber", "mobiletelephone", "cell", "cellphone", "sms", "smsnumber",
        "phonemobile", "mobiletel", "parentmobile", "guardianphone"}},
      {"phone",
       {"phone", "phonenumber", "telephone", "telephonenumber", "hometelephone", "homephone", "phonehome",
        "tel", "maintelephone", "primaryphone", "daytimephone"}},
      {"phone_work", {"workphone", "worktelephone", "phonework", "businessphone"}},
      {"wechat", {"wechat", "wechatid", "wecom", "wecomuserid"}},
      {"language",
       {"language", "firstlanguage", "homelanguage", "preferredlanguage", "correspondencelanguage"}},
      {"relation",
       {"relation", "relationship", "relationshiptype", "relationshiprole", "relationshiptostudent",
        "relationtopupil", "relationshiptopupil", "contactrelationship", "guardianrelationship"}},
      {"priority",
       {"priority", "contactpriority", "contactorder", "priorityorder", "order", "contactpriorityorder",
        "emergencycontactorder", "emergencypriority"}},
      {"responsibility",
       {"parentalresponsibility", "pr", "hasparentalresponsibility", "legalguardian", "custody", "custodial",
        "islegalguardian"}},
      {"lives_with", {"liveswith", "resideswith", "samehousehold", "studentliveswith", "livesat"}},
      {"court_order",
       {"courtorder", "hascourtorder", "nocontact", "courtrestriction", "restricted", "legalalert"}},
      {"kind", {"role", "usertype", "persontype", "type", "usertypename", "kind"}},
      {"group_name",
       {"sectionname", "groupname", "coursename", "description", "groupdescription", "classtitle"}},
      {"begins", {"from", "enrolstart", "startson", "memberfrom", "effectivefrom"}},
      {"ends", {"to", "until", "enddate", "leavingdate", "memberuntil", "effectiveto", "exitdate"}},
      {"weekday", {"weekday", "dayofweek", "dayname", "weekdayname", "dow", "cycleday", "timetableday"}},
      {"week", {"week", "weekname", "weekab", "cycleweek", "weekcycle", "weekletter", "rotation"}},
      {"begins_at",
       {"starttime", "begintime", "timestart", "timefrom", "lessonstart", "periodstart", "start", "begins"}},
      {"ends_at",
       {"endtime", "finishtime", "timeend", "timeto", "lessonend", "periodend", "finish", "end", "ends"}},
      {"day",
       {"date", "day", "markdate", "attendancedate", "attdate", "sessiondate", "incidentdate", "eventdate"}},
      {"session", {"session", "period", "ampm", "lesson", "periodname"}},
      {"mark_code",
       {"mark", "attendancecode", "attendancemark", "attcode", "absencecode", "markcode", "sessionmark"}},
      {"absent", {"absent", "isabsent", "absence"}},
      {"explained", {"explained", "authorised", "authorized", "excused", "isauthorised"}},
      {"item",
       {"item", "paymentitem", "product", "trip", "tripname", "itemname", "fee", "charge", "invoice",
        "invoicenumber"}},
      {"amount", {"amount", "amountdue", "balance", "outstanding", "price", "total", "amountowed"}},
      {"currency", {"currency", "currencycode"}},
      {"due", {"due", "duedate", "paymentdue", "deadline", "datedue"}},
      {"paid", {"paid", "ispaid", "settled"}},
      {"contract", {"contract", "contractname", "agreement", "paymentplan"}},
      {"assignment",
       {"assignment", "assignmentid", "homeworkid", "lineitemsourcedid", "taskid", "assessmentid",
        "homework"}},
      {"work_title", {"assignmentname", "assignmenttitle", "homeworktitle", "task", "assessment"}},
      {"score", {"score", "result", "pointsearned", "markawarded", "percentage"}},
      {"points", {"maxpoints", "outof", "pointspossible", "maximummark", "maxscore", "maxmark", "points"}},
      {"missing", {"missing", "ismissing", "notsubmitted"}},
      {"behaviour",
       {"behaviour", "behavior", "behaviourtype", "incidenttype", "achievementtype", "incident",
        "achievement", "behaviortype", "eventtype"}},
      {"note", {"comments", "comment", "notes", "note", "details", "incidentdetails"}},
      {"survey", {"survey", "surveyname", "questionnaire"}},
      {"completed", {"completed", "iscompleted", "responded", "answered", "submitted"}},
  };
  return all;
}

/// Lower-case letters and digits only: `E-Mail Address` and `email_address` are one word.
std::string plain(std::string_view header) {
  std::string word;
  for (const unsigned char c : to_lower(header)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80) word += static_cast<char>(c);
  }
  return word;
}

std::string_view concept_of(std::string_view header) {
  const auto word = plain(header);
  for (const auto& one : concepts()) {
    if (std::find(one.words.begin(), one.words.end(), word) != one.words.end()) return one.name;
  }
  return {};
}

/// The columns of a file by what they are; the first column of a concept has it.
struct Columns {
  std::vector<std::string> names;
  std::vector<std::string_view> meant;
  bool has(std::string_view name) const { return std::find(meant.begin(), meant.end(), name) != meant.end(); }
};

MapKind kind_of(std::string_view file, const Columns& columns) {
  const auto name = plain(file);
  const auto named = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  const bool pupil = columns.has("pupil") || columns.has("id");
  if (columns.has("survey") && (pupil || columns.has("contact"))) return MapKind::survey;
  if (pupil && columns.has("amount") && (columns.has("item") || columns.has("due"))) return MapKind::payments;
  if (pupil && columns.has("behaviour")) return MapKind::behaviour;
  if (pupil && columns.has("day") && (columns.has("mark_code") || columns.has("absent"))) {
    return MapKind::attendance;
  }
  if (columns.has("assignment") && columns.has("group")) return MapKind::marks;
  const bool hours = columns.has("begins_at") || columns.has("session");
  if (columns.has("group") && !columns.has("pupil") && !columns.has("contact") &&
      (columns.has("weekday") || (columns.has("day") && hours))) {
    return MapKind::timetable;
  }
  const bool person = columns.has("family") || columns.has("given") || columns.has("fullname");
  if (!person && columns.has("contact") && pupil) return MapKind::relationships;
  if (!person && columns.has("group") && pupil) return MapKind::memberships;
  if (!person && columns.has("group_name")) return MapKind::groups;
  if (named("section") || named("classes") || named("groups")) return MapKind::groups;
  return MapKind::people;
}

/// Tables of a set that are about nobody: schools, terms, courses, flags.
bool is_about_people(std::string_view file, const Columns& columns) {
  const auto name = plain(file);
  for (const std::string_view part : {"org", "school", "course", "session", "term", "subject"}) {
    if (name.starts_with(part)) return false;
  }
  for (const auto fact : {"family", "given", "fullname", "email", "mobile"}) {
    if (columns.has(fact)) return true;
  }
  return false;
}

/// Which concepts may stand for a fact of a kind, the best first.
std::vector<std::string_view> sources_of(MapKind kind, std::string_view fact) {
  const bool people = kind == MapKind::people;
  if (people && fact == "id") return {"contact", "id"};
  if (people && fact == "code") return {"pupil", "code"};
  if (fact == "pupil") return {"pupil", "id", "code"};
  if (fact == "person") return {"contact", "pupil", "id", "code"};
  if (fact == "contact") return {"contact"};
  if (kind == MapKind::groups && fact == "id") return {"id", "group"};
  if (kind == MapKind::groups && fact == "name") return {"group_name", "fullname", "title", "group"};
  if (kind == MapKind::groups && fact == "code") return {"code"};
  if (kind == MapKind::memberships && fact == "role") return {"kind"};
  if (kind == MapKind::memberships && fact == "begins") return {"begins", "admission"};
  if (kind == MapKind::attendance && fact == "code") return {"mark_code"};
  if (kind == MapKind::attendance && fact == "absent") return {"absent", "mark_code"};
  if (kind == MapKind::marks && fact == "title") return {"work_title"};
  if (kind == MapKind::payments && fact == "item") return {"item", "note"};
  if (kind == MapKind::behaviour && fact == "kind") return {"behaviour"};
  if (kind == MapKind::timetable && fact == "weekday") return {"weekday", "day"};
  if (kind == MapKind::timetable && fact == "period") return {"session"};
  if (kind == MapKind::timetable && fact == "begins") return {"begins_at"};
  if (kind == MapKind::timetable && fact == "ends") return {"ends_at"};
  if (!people && fact == "id") return {};
  return {fact};
}

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04X}", c);
    } else {
      out += static_cast<char>(c);
    }
  }
  return out + "\"";
}

/// A comment must stay one line of it.
std::string in_comment(std::string_view text) {
  std::string out;
  for (const unsigned char c : text) out += c < 0x20 || c == 0x7f ? ' ' : static_cast<char>(c);
  return out;
}

/// The person kind that a file's name or columns speak of.
std::optional<std::string_view> people_kind(std::string_view file, const Columns& columns) {
  const auto name = plain(file);
  const auto named = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  if (columns.has("contact") || named("contact") || named("parent") || named("guardian")) return "contact";
  if (named("staff") || named("teacher") || named("employee")) return "staff";
  if (columns.has("kind")) return std::nullopt;
  return "pupil";
}

/// A date as `samples` have it; nothing where they are ISO or do not tell.
std::optional<std::string_view> date_form(const std::vector<std::string>& samples) {
  std::optional<std::string_view> found;
  for (const std::string_view form : {"YYYY-MM-DD", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MMM-YYYY", "DD.MM.YYYY",
                                      "DD-MM-YYYY", "YYYYMMDD", "YYYY/MM/DD", "DD/MM/YYYY*", "MM/DD/YYYY*"}) {
    const auto parsed = format::DateForm::parse(form);
    const bool fits =
        !samples.empty() && std::all_of(samples.begin(), samples.end(), [&](const auto& sample) {
          return form == "YYYY-MM-DD" ? format::read_iso_date(sample).has_value()
                                      : parsed->read(sample).has_value();
        });
    if (!fits) continue;
    if (form == "YYYY-MM-DD") return std::nullopt;
    return form;
  }
  return found;
}

bool is_date(std::string_view fact) {
  static constexpr std::array facts{"birth_date", "admission", "begins", "ends", "day", "due"};
  return std::find(facts.begin(), facts.end(), fact) != facts.end();
}

struct Sample {
  Columns columns;
  std::vector<std::vector<std::string>> rows;
  format::Encoding encoding = format::Encoding::utf8;
  std::string delimiters;
};

Sample look_at(std::string_view name, std::string_view bytes) {
  Sample sample;
  const CsvText text(name, bytes, std::nullopt);
  sample.encoding = text.encoding();
  sample.delimiters = format::header_delimiters(text.text());
  format::CsvReader reader(text.text(), {sample.delimiters.empty() ? ',' : sample.delimiters.front(), '"'});
  const auto header = format::read_header(reader);
  if (!header) throw not_as_named(name, "the file is empty", "Export it again; a header is enough.");
  sample.columns.names = header->names;
  for (const auto& column : sample.columns.names) sample.columns.meant.push_back(concept_of(column));
  while (sample.rows.size() < 200 && reader.next()) {
    auto& row = sample.rows.emplace_back();
    for (const auto cell : reader.fields()) row.emplace_back(trim_invisible(cell));
  }
  return sample;
}

std::vector<std::string> values_of(const Sample& sample, std::size_t column) {
  std::vector<std::string> values;
  for (const auto& row : sample.rows) {
    if (column < row.size() && !row[column].empty() && is_utf8(row[column])) values.push_back(row[column]);
  }
  return values;
}

/// Writes the facts of one kind and remembers which columns found a place.
class EntryWriter {
 public:
  EntryWriter(std::string_view name, const Sample& sample) : name_(name), sample_(sample) {}

  std::string write(MapKind kind) {
    kind_ = kind;
    out_ = fmt::format("[[file]]\nname = {}\nkind = \"{}\"\n", toml_text(name_), to_text(kind));
    if (sample_.delimiters.size() > 1) {
      out_ += fmt::format("delimiter = {}\n", sample_.delimiters.front() == '\t'
                                                  ? std::string("\"tab\"")
                                                  : toml_text(sample_.delimiters.substr(0, 1)));
    }
    out_ += "[file.columns]\n";
    for (const auto& fact : config::map_facts(kind)) write_fact(fact);
    write_required();
    write_rest();
    return out_ + "\n";
  }

 private:
  std::optional<std::size_t> column_for(std::string_view fact) const {
    for (const auto source : sources_of(kind_, fact)) {
      for (std::size_t i = 0; i < sample_.columns.meant.size(); ++i) {
        if (sample_.columns.meant[i] == source && !sample_.columns.names[i].empty()) return i;
      }
    }
    return std::nullopt;
  }

  /// A header that names itself twice, or not in text, is named by its number.
  std::string reference(std::size_t column) const {
    const auto& names = sample_.columns.names;
    const bool usable =
        is_utf8(names[column]) && std::none_of(names[column].begin(), names[column].end(),
                                               [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    return usable ? toml_text(names[column]) : std::to_string(column + 1);
  }

  /// A contact's row names the pupil and what the contact is to that pupil: the relationships tell that.
  bool is_of_pair(std::string_view fact) const {
    static constexpr std::array facts{"code",           "relation",   "priority",
                                      "responsibility", "lives_with", "court_order"};
    return kind_ == MapKind::people && sample_.columns.has("contact") && sample_.columns.has("pupil") &&
           std::find(facts.begin(), facts.end(), fact) != facts.end();
  }

  void write_fact(const std::string& fact) {
    if (is_of_pair(fact) || std::find(written_.begin(), written_.end(), fact) != written_.end()) return;
    if (kind_ == MapKind::people && fact == "kind") return write_people_kind();
    const auto column = column_for(fact);
    if (!column) return write_full_name(fact);
    used_.push_back(*column);
    written_.push_back(fact);
    if (fact == "absent" || fact == "explained") return write_words(fact, *column);
    if (is_date(fact) && kind_ != MapKind::timetable) {
      if (const auto form = date_form(values_of(sample_, *column))) {
        out_ += fmt::format("{} = {{ column = {}, date = \"{}\" }}  # check day and month\n", fact,
                            reference(*column), *form);
        return;
      }
    }
    if (fact == "email" && holds(*column, ';')) {
      out_ += fmt::format(
          "email = {{ column = {0}, split = \";\", take = 1 }}\n"
          "email_work = {{ column = {0}, split = \";\", take = 2 }}  # or take it out\n",
          reference(*column));
      written_.push_back("email_work");
      return;
    }
    if (fact == "status" && kind_ == MapKind::people) return write_words(fact, *column);
    out_ += fmt::format("{} = {}\n", fact, reference(*column));
  }

  bool holds(std::size_t column, char separator) const {
    const auto values = values_of(sample_, column);
    return std::any_of(values.begin(), values.end(),
                       [&](const std::string& value) { return value.find(separator) != std::string::npos; });
  }

  /// `Dyer, Annabel` in one column.
  void write_full_name(const std::string& fact) {
    if (kind_ != MapKind::people || (fact != "family" && fact != "given")) return;
    const auto& meant = sample_.columns.meant;
    const auto found = std::find(meant.begin(), meant.end(), "fullname");
    if (found == meant.end() || sample_.columns.has("family")) return;
    const auto column = static_cast<std::size_t>(found - meant.begin());
    used_.push_back(column);
    const bool comma = holds(column, ',');
    const bool family = fact == "family";
    out_ += fmt::format("{} = {{ column = {}, split = \"{}\", take = {} }}  # check names of several parts\n",
                        fact, reference(column), comma ? "," : " ",
                        family == comma ? 1
                        : family        ? -1
                                        : 1);
  }

  void write_people_kind() {
    written_.push_back("kind");
    if (const auto kind = people_kind(name_, sample_.columns)) {
      out_ += fmt::format("kind = {{ value = \"{}\" }}\n", *kind);
      return;
    }
    const auto& meant = sample_.columns.meant;
    const auto column =
        static_cast<std::size_t>(std::find(meant.begin(), meant.end(), "kind") - meant.begin());
    used_.push_back(column);
    out_ += fmt::format("kind = {}\n", reference(column));
  }

  /// A table of the words that the file has, to be filled in; what crier reads by itself needs none.
  void write_words(const std::string& fact, std::size_t column) {
    std::map<std::string, std::string> words;
    for (const auto& value : values_of(sample_, column)) {
      if (value.size() <= 40 && words.size() < 12) words.emplace(fold(value), value);
    }
    const auto meaning = [&](const std::string& folded) -> std::string_view {
      if (fact == "status") {
        return folded == "left" || folded == "leaver" || folded == "inactive" ? "leaver" : "active";
      }
      if (folded == "/" || folded == "\\" || folded == "p" || folded == "present" || folded == "l")
        return "no";
      if (folded == "no" || folded == "n" || folded == "false" || folded == "0") {
        return sample_.columns.meant[column] == "mark_code" ? "yes" : "no";
      }
      return "yes";
    };
    std::string table;
    for (const auto& [folded, written] : words) {
      table += fmt::format("{}{} = \"{}\"", table.empty() ? "" : ", ", toml_text(written), meaning(folded));
    }
    if (table.empty()) {
      out_ += fmt::format("{} = {}\n", fact, reference(column));
      return;
    }
    out_ += fmt::format("{} = {{ column = {}, map = {{ {} }} }}  # check each word\n", fact,
                        reference(column), table);
  }

  /// A map must name these; where no column looks like one, a person has to say which it is.
  void write_required() {
    const auto needs = [&](std::initializer_list<std::string_view> facts) {
      for (const auto fact : facts) {
        if (std::find(written_.begin(), written_.end(), fact) != written_.end()) return;
      }
      out_ += fmt::format("{} = 1  # no column looks like it: name the right one\n", *facts.begin());
    };
    switch (kind_) {
      case MapKind::people:
        needs({"id", "code"});
        break;
      case MapKind::relationships:
        needs({"pupil"});
        needs({"contact"});
        break;
      case MapKind::groups:
        needs({"id", "name"});
        break;
      case MapKind::memberships:
        needs({"group"});
        needs({"person"});
        break;
      case MapKind::attendance:
        needs({"pupil"});
        needs({"day"});
        needs({"absent"});
        break;
      case MapKind::marks:
        needs({"assignment"});
        needs({"group"});
        needs({"pupil"});
        break;
      case MapKind::payments:
        needs({"pupil"});
        needs({"item"});
        needs({"amount"});
        needs({"due"});
        break;
      case MapKind::behaviour:
        needs({"pupil"});
        needs({"day"});
        needs({"kind"});
        break;
      case MapKind::survey:
        needs({"survey"});
        needs({"person"});
        break;
      case MapKind::timetable:
        needs({"group"});
        needs({"weekday"});
        break;
    }
  }

  void write_rest() {
    std::string rest;
    for (std::size_t i = 0; i < sample_.columns.names.size(); ++i) {
      if (std::find(used_.begin(), used_.end(), i) != used_.end() || sample_.columns.names[i].empty())
        continue;
      if (is_utf8(sample_.columns.names[i])) rest += "#   " + in_comment(sample_.columns.names[i]) + "\n";
    }
    if (!rest.empty()) out_ += "# Not placed:\n" + rest;
  }

  std::string_view name_;
  const Sample& sample_;
  MapKind kind_ = MapKind::people;
  std::string out_;
  std::vector<std::size_t> used_;
  std::vector<std::string> written_;
};

}  // namespace

std::string suggest_entry(std::string_view name, std::string_view bytes) {
  const auto sample = look_at(name, bytes);
  const auto kind = kind_of(name, sample.columns);
  std::string out;
  if (sample.encoding != format::Encoding::utf8)
    out += fmt::format("# The file is {}.\n", to_text(sample.encoding));
  out += EntryWriter(name, sample).write(kind);
  // A list of contacts that names the pupil on each row is a list of relationships too.
  if (kind == MapKind::people && sample.columns.has("contact") && sample.columns.has("pupil")) {
    out += EntryWriter(name, sample).write(MapKind::relationships);
  }
  return out;
}

namespace {

/// Whether a file of a folder belongs in the map at all.
bool belongs(std::string_view name, std::string_view bytes) {
  const auto sample = look_at(name, bytes);
  return kind_of(name, sample.columns) != MapKind::people || is_about_people(name, sample.columns);
}

}  // namespace

std::string suggest_map(const std::vector<std::filesystem::path>& files) {
  std::string out =
      "# A first map, from the headers: check every line. crier-import-map(5) says what may stand here.\n"
      "# school = \"CODE\"  # where the files name no school and there are several\n\n";
  std::string entries;
  std::string left_out;
  for (const auto& file : files) {
    const os::MappedFile mapped(file);
    const auto name = file.filename().string();
    if (files.size() > 1 && !belongs(name, mapped.bytes())) {
      left_out += fmt::format("# {}: neither people nor anything that a map can tell.\n", in_comment(name));
    } else {
      entries += suggest_entry(name, mapped.bytes());
    }
  }
  if (entries.empty()) {
    throw Error(Exit::refused_input, "nothing-to-map", "no file of this folder tells of people",
                "Name one file to have a map written for it all the same.");
  }
  return out + entries + left_out;
}

}  // namespace crier::intake
