#include "set_builder.hpp"

#include <algorithm>
#include <stdexcept>

namespace crier::test {
namespace {

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string out = "\"";
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string line_of(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : ",") + quoted(cells[i]);
  return line + "\r\n";
}

}  // namespace

CsvTable& CsvTable::set(std::string_view id, std::string_view column, std::string value) {
  const auto at = std::find(header_.begin(), header_.end(), column);
  const auto row =
      std::find_if(rows_.begin(), rows_.end(), [&](const auto& cells) { return cells.front() == id; });
  if (at == header_.end() || row == rows_.end())
    throw std::logic_error("no such cell: " + std::string(column));
  (*row)[static_cast<std::size_t>(at - header_.begin())] = std::move(value);
  return *this;
}

CsvTable& CsvTable::add(std::vector<std::string> row) {
  rows_.push_back(std::move(row));
  return *this;
}

CsvTable& CsvTable::remove(std::string_view id) {
  std::erase_if(rows_, [&](const auto& cells) { return cells.front() == id; });
  return *this;
}

CsvTable& CsvTable::add_column(std::string name, std::string value) {
  header_.push_back(std::move(name));
  for (auto& row : rows_) row.push_back(value);
  return *this;
}

CsvTable& CsvTable::clear() {
  rows_.clear();
  return *this;
}

std::string CsvTable::text() const {
  std::string text = line_of(header_);
  for (const auto& row : rows_) text += line_of(row);
  return text;
}

void OneRosterFiles::write(const TemporaryFolder& folder) const {
  std::string manifest =
      "propertyName,value\r\nmanifest.version,1.0\r\noneroster.version," + version + "\r\n";
  for (const auto& [name, table] : tables) {
    folder.write(name + ".csv", table.text());
    const auto mode = modes.find(name);
    manifest += "file." + name + "," + (mode == modes.end() ? "bulk" : mode->second) + "\r\n";
  }
  folder.write("manifest.csv", manifest);
}

OneRosterFiles small_school() {
  OneRosterFiles set;
  set.tables["orgs"] = {
      {"sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId"},
      {{"org-1", "", "", "Harbour School", "school", "HAR", ""}}};
  set.tables["users"] = {{"sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role",
                          "username", "userIds", "givenName", "familyName", "middleName", "identifier",
                          "email", "sms", "phone", "agentSourcedIds", "grades", "password"},
                         {{"u-1", "", "", "true", "org-1", "student", "ada", "", "Ada", "Dyer", "", "P1", "",
                           "", "", "", "10", ""},
                          {"u-2", "", "", "true", "org-1", "student", "ben", "", "Ben", "Dyer", "", "P2", "",
                           "", "", "", "09", ""},
                          {"u-3", "", "", "true", "org-1", "parent", "rob", "", "Robert", "Dyer", "", "C1",
                           "r.dyer@example.org", "07400 900123", "", "u-1,u-2", "", ""},
                          {"u-4", "", "", "true", "org-1", "teacher", "gh", "", "Grace", "Hopper", "", "T1",
                           "gh@example.org", "", "", "", "", ""}}};
  set.tables["classes"] = {
      {"sourcedId", "status", "dateLastModified", "title", "grades", "courseSourcedId", "classCode",
       "classType", "location", "schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods"},
      {{"c-1", "", "", "Mathematics 10A", "10", "", "10A/Ma", "scheduled", "", "org-1", "", "", "", ""},
       {"c-2", "", "", "10A", "10", "", "10A", "homeroom", "", "org-1", "", "", "", ""}}};
  set.tables["enrollments"] = {
      {"sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId", "userSourcedId",
       "role", "primary", "beginDate", "endDate"},
      {{"e-1", "", "", "c-1", "org-1", "u-1", "student", "", "2026-09-01", "2027-07-21"},
       {"e-2", "", "", "c-1", "org-1", "u-2", "student", "", "2026-09-01", "2027-07-21"},
       {"e-3", "", "", "c-1", "org-1", "u-4", "teacher", "true", "2026-09-01", "2027-07-21"},
       {"e-4", "", "", "c-2", "org-1", "u-1", "student", "", "", ""}}};
  set.tables["lineItems"] = {
      {"sourcedId", "status", "dateLastModified", "title", "description", "assignDate", "dueDate",
       "classSourcedId", "categorySourcedId", "gradingPeriodSourcedId", "resultValueMin", "resultValueMax"},
      {{"l-1", "", "", "Fractions", "", "2026-11-02", "2026-11-13", "c-1", "", "", "0", "20"},
       {"l-2", "", "", "Angles", "", "2026-11-09", "2026-11-20", "c-1", "", "", "0", "20"}}};
  set.tables["results"] = {{"sourcedId", "status", "dateLastModified", "lineItemSourcedId",
                            "studentSourcedId", "scoreStatus", "score", "scoreDate", "comment"},
                           {{"r-1", "", "", "l-1", "u-1", "fully graded", "18", "2026-11-14", ""},
                            {"r-2", "", "", "l-1", "u-2", "not submitted", "", "", ""},
                            {"r-3", "", "", "l-2", "u-1", "exempt", "", "", ""},
                            {"r-4", "", "", "l-2", "u-2", "fully graded", "5", "2026-11-21", ""}}};
  return set;
}

}  // namespace crier::test
