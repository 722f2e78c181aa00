#include "store/audience_query.hpp"

#include <fmt/format.h>

#include <charconv>

namespace crier::store {
namespace {

// Statuses and kinds are literals of these pieces, not values: the indexes place_by_year and place_by_form
// hold active places only, and the planner must see that they serve. `+school` keeps the planner, which knows
// no figures, from reading a whole school where the year or form names a few, and from looking for a person's
// place in each school by itself; a CROSS JOIN keeps it in our order.

std::string_view kind_piece(PersonKind kind) {
  switch (kind) {
    case PersonKind::pupil:
      return "place.kind = 'pupil'";
    case PersonKind::contact:
      return "place.kind = 'contact'";
    case PersonKind::staff:
      return "place.kind = 'staff'";
  }
  return "";
}

std::string_view status_piece(SetTerm::Whose whose) {
  return whose == SetTerm::Whose::active ? " AND place.status = 'active'" : "";
}

constexpr std::string_view of_place = "SELECT place.person FROM place WHERE ";
constexpr std::string_view of_person =
    "SELECT place.person FROM place CROSS JOIN person WHERE person.id = place.person AND ";
constexpr std::string_view of_people =
    "SELECT place.person FROM json_each({}) AS ids CROSS JOIN place WHERE place.person = ids.value AND ";
constexpr std::string_view of_groups =
    "SELECT place.person FROM json_each({}) AS ids CROSS JOIN membership CROSS JOIN place "
    "WHERE membership.roster_group = ids.value{} AND place.person = membership.person AND ";
constexpr std::string_view as_teacher = " AND membership.role = 'teacher'";
constexpr std::string_view when_taught =
    " AND EXISTS (SELECT 1 FROM timetable_slot WHERE timetable_slot.roster_group = membership.roster_group "
    "AND timetable_slot.weekday = {})";
constexpr std::string_view where_taught =
    " AND EXISTS (SELECT 1 FROM roster_group AS taught WHERE taught.id = membership.roster_group "
    "AND taught.school IN (SELECT value FROM json_each({})))";
constexpr std::string_view while_current =
    " AND (membership.begins = '' OR membership.begins <= {0}) AND (membership.ends = '' OR membership.ends "
    "> {0})";
constexpr std::string_view groups_of_set =
    "SELECT DISTINCT membership.roster_group FROM {} AS these CROSS JOIN membership CROSS JOIN roster_group "
    "WHERE membership.person = these.person{}{} AND roster_group.id = membership.roster_group "
    "AND roster_group.active = 1 AND roster_group.kind IN ('class', 'form')";
constexpr std::string_view of_set_groups =
    "SELECT place.person FROM {} AS groups CROSS JOIN membership CROSS JOIN place "
    "WHERE membership.roster_group = groups.roster_group AND membership.role = 'teacher'{} "
    "AND place.person = membership.person AND place.kind = 'staff' AND place.status = 'active'";

constexpr std::string_view of_absent =
    "SELECT place.person FROM attendance CROSS JOIN place WHERE attendance.day = {} AND attendance.absent = "
    "1{} "
    "AND place.person = attendance.pupil AND ";
constexpr std::string_view of_owing =
    "SELECT place.person FROM payment CROSS JOIN place WHERE payment.paid = 0 AND place.person = "
    "payment.pupil";
constexpr std::string_view of_survey =
    "SELECT place.person FROM respondent CROSS JOIN place WHERE respondent.survey_folded = {}{} "
    "AND place.person = respondent.person AND ";
constexpr std::string_view of_contract =
    "SELECT place.person FROM (SELECT payment.pupil AS person FROM payment "
    "WHERE payment.contract IN (SELECT value FROM json_each({0})) UNION SELECT consent.person FROM consent "
    "WHERE consent.purpose IN (SELECT value FROM json_each({0}))) AS these CROSS JOIN place "
    "WHERE place.person = these.person AND ";
constexpr std::string_view of_issue =
    "SELECT place.person FROM data_issue CROSS JOIN place WHERE data_issue.state = 'open' "
    "AND data_issue.kind IN (SELECT value FROM json_each({})) AND place.person = data_issue.person AND ";
// A sample (M9) bears the name of somebody who did not get it.
constexpr std::string_view of_messaged =
    " AND EXISTS (SELECT 1 FROM delivery CROSS JOIN job CROSS JOIN message "
    "WHERE delivery.person = place.person AND delivery.state = 'complete' AND delivery.updated >= {} "
    "AND job.id = delivery.job AND message.id = job.message AND message.test = 0)";
// An address that can be used as one of these ways, as the data issue 'no-contactable-prime-parent' has it.
constexpr std::string_view usable_address =
    "address.normal IS NOT NULL AND CASE WHEN address.kind <> 'phone' THEN address.kind "
    "WHEN address.for_sms IS NULL AND address.line IN ('mobile', 'mobile-or-landline') "
    "OR address.for_sms = 1 AND address.line <> 'landline' THEN 'mobile' ELSE '' END "
    "IN (SELECT value FROM json_each({})) AND NOT EXISTS (SELECT 1 FROM address_block "
    "WHERE address_block.kind = address.kind AND address_block.compare_key = address.compare_key)";
constexpr std::string_view of_registered =
    " AND EXISTS (SELECT 1 FROM address WHERE address.person = place.person AND {})";
// A court order in whatever source's words counts (R3), and a prime flag by hand where no other source tells
// of the two (R6); whoever has left is no contact any more.
constexpr std::string_view of_contactable =
    " AND EXISTS (SELECT 1 FROM relationship CROSS JOIN address WHERE relationship.pupil = place.person "
    "AND relationship.prime = 1 AND (relationship.source IS NOT (SELECT id FROM source WHERE name = 'hand') "
    "OR NOT EXISTS (SELECT 1 FROM relationship AS told WHERE told.pupil = relationship.pupil "
    "AND told.contact = relationship.contact AND told.source <> relationship.source)) "
    "AND NOT EXISTS (SELECT 1 FROM relationship AS barred "
    "WHERE barred.pupil = relationship.pupil AND barred.contact = relationship.contact "
    "AND barred.court_order = 1) AND EXISTS (SELECT 1 FROM place AS standing "
    "WHERE standing.person = relationship.contact AND standing.status <> 'leaver') "
    "AND address.person = relationship.contact AND {})";

class SetWriter {
 public:
  explicit SetWriter(const SetPlan& plan) : plan_(plan) {
    if (plan.schools.empty()) return;
    in_school_ = plan.schools.size() == 1
                     ? fmt::format(" = {}", value(plan.schools.front()))
                     : fmt::format(" IN (SELECT value FROM json_each({}))", value(json_list(plan.schools)));
    query_.in_schools = " AND +place.school" + in_school_;
    in_school_ = " AND place.school" + in_school_;
  }

  SetQuery run() {
    query_.set_name = write(plan_.root);
    query_.with.append(" ");
    return std::move(query_);
  }

 private:
  std::string value(std::variant<std::string, std::int64_t> bound) {
    query_.values.push_back(std::move(bound));
    return fmt::format("?{}", query_.values.size());
  }

  /// Bound once, and only where a membership is asked for.
  const std::string& current() {
    if (current_.empty() && !plan_.today.empty()) current_ = fmt::format(while_current, value(plan_.today));
    return current_;
  }

  std::string name_set(std::string_view column, std::string_view body) {
    auto name = fmt::format("s{}", ++count_);
    query_.with += fmt::format("{}{} ({}) AS ({})", count_ == 1 ? "WITH " : ", ", name, column, body);
    return name;
  }

  /// Parts first: each set refers to those before it only, so that depth is of no matter to the SQL parser.
  std::string write(const SetNode& node) {
    switch (node.operation) {
      case SetNode::Operation::term:
        return name_set("person", term(node.term));
      case SetNode::Operation::unite:
        return compound(node, " UNION ");
      case SetNode::Operation::intersect:
        return compound(node, " INTERSECT ");
      case SetNode::Operation::subtract:
        return compound(node, " EXCEPT ");
      case SetNode::Operation::teachers:
        return teachers(write(node.parts.front()), node.term);
    }
    return "";
  }

  std::string compound(const SetNode& node, std::string_view operation) {
    std::string body;
    for (const auto& part : node.parts) {
      const auto name = write(part);
      if (!body.empty()) body += operation;
      body += "SELECT person FROM " + name;
    }
    return name_set("person", body);
  }

  std::string teachers(const std::string& set, const SetTerm& term) {
    const auto groups = name_set("roster_group", fmt::format(groups_of_set, set, current(), taught(term)));
    return name_set("person", fmt::format(of_set_groups, groups, current()) + query_.in_schools);
  }

  std::string place(const SetTerm& term, std::string_view scope) const {
    return fmt::format("{}{}{}", kind_piece(term.people), status_piece(term.whose), scope);
  }

  /// Places whose folded column is one of the texts, by its index where that holds all who are meant.
  std::string by_column(const SetTerm& term, std::string_view column, std::string_view scope) {
    return fmt::format("{}{} AND place.{} IN (SELECT value FROM json_each({}))", of_place, place(term, scope),
                       column, value(json_list(term.texts)));
  }

  std::string by_indexed_column(const SetTerm& term, std::string_view column) {
    return by_column(term, column, term.whose == SetTerm::Whose::active ? query_.in_schools : in_school_);
  }

  std::string by_groups(const SetTerm& term, std::string_view role) {
    const auto ids = value(json_list(term.ids));
    return fmt::format(of_groups, ids, std::string(role) + current() + taught(term)) +
           place(term, query_.in_schools);
  }

  std::string taught(const SetTerm& term) {
    if (!term.taught) return "";
    auto sql = fmt::format(when_taught, value(static_cast<std::int64_t>(term.taught->weekday)));
    if (!term.taught->schools.empty()) {
      sql += fmt::format(where_taught, value(json_list(term.taught->schools)));
    }
    return sql;
  }

  std::string of_address(const SetTerm& term, std::string_view piece) {
    return std::string(of_place) + place(term, in_school_) +
           fmt::format(fmt::runtime(piece), fmt::format(usable_address, value(json_list(term.texts))));
  }

  /// What is unpaid, of everything or where `column` is one of the texts.
  std::string owing(const SetTerm& term, std::string_view column) {
    std::string sql(of_owing);
    if (!term.texts.empty()) {
      sql += fmt::format(" AND payment.{} IN (SELECT value FROM json_each({}))", column,
                         value(json_list(term.texts)));
    }
    return sql + " AND " + place(term, query_.in_schools);
  }

  std::string term(const SetTerm& term) {
    switch (term.by) {
      case SetTerm::By::all:
        return std::string(of_place) + place(term, in_school_);
      case SetTerm::By::year:
        return by_indexed_column(term, "year_folded");
      case SetTerm::By::form: {
        auto body = by_indexed_column(term, "form_folded");
        if (!term.ids.empty()) body += " UNION " + by_groups(term, "");
        return body;
      }
      case SetTerm::By::house:
        return by_column(term, "house_folded", in_school_);
      case SetTerm::By::boarding:
        return by_column(term, "boarding_folded", in_school_);
      case SetTerm::By::status:
        return by_column(term, "status", in_school_);
      case SetTerm::By::name:
        return std::string(of_person) + place(term, in_school_) +
               fmt::format(
                   " AND EXISTS (SELECT 1 FROM json_each({}) AS part WHERE person.name_folded LIKE "
                   "part.value "
                   "ESCAPE '\\')",
                   value(json_list(name_patterns(term.texts))));
      case SetTerm::By::school:
        return std::string(of_place) + place(term, in_school_) +
               fmt::format(" AND place.school IN (SELECT value FROM json_each({}))",
                           value(json_list(term.ids)));
      case SetTerm::By::group:
        return by_groups(term, "");
      case SetTerm::By::teacher_of:
        return by_groups(term, as_teacher);
      case SetTerm::By::absent:
        return fmt::format(of_absent, value(term.texts[0]),
                           term.texts.size() > 1 ? " AND attendance.explained = 0" : "") +
               place(term, query_.in_schools);
      case SetTerm::By::owing:
        return owing(term, "item");
      case SetTerm::By::owing_contract:
        return owing(term, "contract");
      case SetTerm::By::overdue:
        return std::string(of_owing) +
               fmt::format(" AND payment.due <> '' AND payment.due < {} AND ", value(term.texts[0])) +
               place(term, query_.in_schools);
      case SetTerm::By::birthday:
        return std::string(of_person) + place(term, in_school_) +
               fmt::format(
                   " AND person.birth_date <> '' AND substr(person.birth_date, 6) IN (SELECT value FROM "
                   "json_each({}))",
                   value(json_list(term.texts)));
      case SetTerm::By::survey:
        return fmt::format(of_survey, value(term.texts[0]),
                           term.texts[1] == "open"   ? " AND respondent.completed = 0"
                           : term.texts[1] == "done" ? " AND respondent.completed = 1"
                                                     : "") +
               place(term, query_.in_schools);
      case SetTerm::By::contract:
        return fmt::format(of_contract, value(json_list(term.texts))) + place(term, query_.in_schools);
      case SetTerm::By::issue:
        return fmt::format(of_issue, value(json_list(term.texts))) + place(term, query_.in_schools);
      case SetTerm::By::messaged:
        return std::string(of_place) + place(term, in_school_) + fmt::format(of_messaged, value(term.ids[0]));
      case SetTerm::By::contactable:
        return of_address(term, of_contactable);
      case SetTerm::By::registered:
        return of_address(term, of_registered);
      case SetTerm::By::person:
        return fmt::format(of_people, value(json_list(term.ids))) + place(term, query_.in_schools);
    }
    return "";
  }

  static std::vector<std::string> name_patterns(const std::vector<std::string>& parts) {
    std::vector<std::string> patterns;
    for (const auto& part : parts) {
      std::string pattern = "%";
      for (const char c : part) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
      }
      patterns.push_back(pattern + "%");
    }
    return patterns;
  }

  const SetPlan& plan_;
  SetQuery query_;
  /// Where the index by school serves.
  std::string in_school_;
  std::string current_;
  int count_ = 0;
};

void append_json_text(std::string& list, std::string_view text) {
  list += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') list += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      list += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      list += c;
    }
  }
  list += '"';
}

}  // namespace

std::string json_list(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const auto& text : texts) {
    if (list.size() > 1) list += ',';
    append_json_text(list, text);
  }
  return list + "]";
}

std::string json_list(const std::vector<std::int64_t>& ids) {
  std::string list = "[";
  char digits[24];
  for (const auto id : ids) {
    if (list.size() > 1) list += ',';
    list.append(digits, std::to_chars(digits, digits + sizeof digits, id).ptr);
  }
  list += ']';
  return list;
}

void SetQuery::bind(Query& query) const {
  int parameter = 0;
  for (const auto& value : values) {
    std::visit([&](const auto& bound) { query.bind(++parameter, bound); }, value);
  }
}

SetQuery set_query(const SetPlan& plan) {
  return SetWriter(plan).run();
}

}  // namespace crier::store
