#include "intake/rest_collections.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/instant.hpp"

namespace crier::intake {

namespace json = boost::json;

namespace {

/// Text, a number or a truth value as text; nothing for a list or an object.
std::optional<std::string> scalar(const json::value& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_object() || value.is_array()) return std::nullopt;
  // JSON's own writer says 17.5 as 1.75E1.
  if (value.is_double()) return fmt::format("{}", value.get_double());
  return json::serialize(value);
}

std::optional<std::string> reference(const json::value& value) {
  if (const auto* object = value.if_object()) {
    const auto* id = object->if_contains("sourcedId");
    return id == nullptr ? std::nullopt : scalar(*id);
  }
  return scalar(value);
}

std::optional<std::string> date(const json::value& value, const Zone* zone) {
  auto text = scalar(value);
  if (!text || text->size() <= 10 || zone == nullptr) return text;
  const auto at = parse_rfc3339(*text);
  // Midnight of Greenwich is how a date without a time is written.
  if (!at || text->substr(10).starts_with("T00:00:00")) return text->substr(0, 10);
  return to_iso(zone->local(*at)).substr(0, 10);
}

std::optional<std::string> joined(const json::value& value,
                                  std::optional<std::string> (*one)(const json::value&)) {
  const auto* list = value.if_array();
  if (list == nullptr) return one(value);
  std::string text;
  for (const auto& element : *list) {
    const auto part = one(element);
    if (!part) return std::nullopt;
    if (part->empty()) continue;
    if (!text.empty()) text += ',';
    text += *part;
  }
  return text;
}

}  // namespace

const std::vector<Collection>& collections() {
  static const std::vector<Collection> all{
      {"orgs",
       "orgs",
       {{"schools", "type", "school"}},
       {{"name", "name"},
        {"type", "type"},
        {"identifier", "identifier"},
        {"parentSourcedId", "parent", Form::ref}},
       false,
       true},
      {"users",
       "users",
       {{"students", "role", "student"}, {"teachers", "role", "teacher"}},
       {{"enabledUser", "enabledUser"},
        {"orgSourcedIds", "orgs", Form::refs},
        {"primaryOrgSourcedId", "primaryOrg", Form::ref},
        {"role", "role"},
        {"username", "username"},
        {"givenName", "givenName"},
        {"familyName", "familyName"},
        {"middleName", "middleName"},
        {"preferredGivenName", "preferredFirstName"},
        {"preferredGivenName", "preferredGivenName"},
        {"identifier", "identifier"},
        {"email", "email"},
        {"sms", "sms"},
        {"phone", "phone"},
        {"agentSourcedIds", "agents", Form::refs},
        {"grades", "grades", Form::list}},
       false,
       true},
      {"academicSessions",
       "academicSessions",
       {},
       {{"title", "title"},
        {"type", "type"},
        {"startDate", "startDate", Form::date},
        {"endDate", "endDate", Form::date},
        {"parentSourcedId", "parent", Form::ref},
        {"schoolYear", "schoolYear"}}},
      {"classes",
       "classes",
       {},
       {{"title", "title"},
        {"grades", "grades", Form::list},
        {"courseSourcedId", "course", Form::ref},
        {"classCode", "classCode"},
        {"classType", "classType"},
        {"location", "location"},
        {"schoolSourcedId", "school", Form::ref},
        {"termSourcedIds", "terms", Form::refs}}},
      {"enrollments",
       "enrollments",
       {},
       {{"classSourcedId", "class", Form::ref},
        {"schoolSourcedId", "school", Form::ref},
        {"userSourcedId", "user", Form::ref},
        {"role", "role"},
        {"primary", "primary"},
        {"beginDate", "beginDate", Form::date},
        {"endDate", "endDate", Form::date}}},
      {"lineItems",
       "lineItems",
       {},
       {{"title", "title"},
        {"assignDate", "assignDate", Form::date},
        {"dueDate", "dueDate", Form::date},
        {"classSourcedId", "class", Form::ref},
        {"resultValueMin", "resultValueMin"},
        {"resultValueMax", "resultValueMax"}},
       true},
      {"results",
       "results",
       {},
       {{"lineItemSourcedId", "lineItem", Form::ref},
        {"studentSourcedId", "student", Form::ref},
        {"scoreStatus", "scoreStatus"},
        {"score", "score"},
        {"scoreDate", "scoreDate", Form::date},
        {"missing", "missing"}},
       true}};
  return all;
}

std::optional<std::string> cell_of(const json::value& value, Form form, const Zone* zone) {
  switch (form) {
    case Form::text:
      return scalar(value);
    case Form::list:
      return joined(value, scalar);
    case Form::ref:
      return reference(value);
    case Form::refs:
      return joined(value, reference);
    case Form::date:
      return date(value, zone);
  }
  return std::nullopt;
}

const json::value* field_of(const json::object& row, std::string_view path) {
  if (const auto* whole = row.if_contains(path)) return whole;
  const auto dot = path.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const auto* inner = row.if_contains(path.substr(0, dot));
  return inner == nullptr || !inner->is_object() ? nullptr
                                                 : field_of(inner->get_object(), path.substr(dot + 1));
}

std::string id_of(const json::value& row) {
  const auto* object = row.if_object();
  const auto* id = object == nullptr ? nullptr : object->if_contains("sourcedId");
  return id == nullptr ? std::string() : scalar(*id).value_or("");
}
}  // namespace crier::intake
