// OneRoster's roles and users: people, their places, addresses and relationships.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/email_address.hpp"
#include "intake/oneroster_reader.hpp"
#include "intake/phone_line.hpp"
#include "roster/schools.hpp"

namespace crier::intake {
namespace {

using store::RosterTable;

std::uint8_t bit(PersonKind kind) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind));
}

/// Roles of 1.0, 1.1 and 1.2 and the words that vendors write for them.
std::optional<PersonKind> kind_of_role(std::string_view role) {
  struct Entry {
    std::string_view word;
    PersonKind kind;
  };
  static constexpr std::array entries{
      Entry{"student", PersonKind::pupil},
      Entry{"parent", PersonKind::contact},
      Entry{"guardian", PersonKind::contact},
      Entry{"relative", PersonKind::contact},
      Entry{"teacher", PersonKind::staff},
      Entry{"administrator", PersonKind::staff},
      Entry{"aide", PersonKind::staff},
      Entry{"proctor", PersonKind::staff},
      Entry{"counselor", PersonKind::staff},
      Entry{"principal", PersonKind::staff},
      Entry{"siteadministrator", PersonKind::staff},
      Entry{"districtadministrator", PersonKind::staff},
      Entry{"systemadministrator", PersonKind::staff},
  };
  const auto word = to_lower(role);
  for (const auto& entry : entries) {
    if (entry.word == word) return entry.kind;
  }
  return std::nullopt;
}

/// `09` is year 9; the first of a list counts.
std::string year_of(std::string_view grades) {
  auto first = trim_invisible(split(grades, ',').front());
  while (first.size() > 1 && first.front() == '0') first.remove_prefix(1);
  return std::string(first);
}

}  // namespace

void OneRosterReader::read_roles() {
  if (set_.version() != "1.2" || set_.mode("roles") == FileMode::absent) return;
  RowFile file(set_.file_name("roles"), set_.bytes("roles"), issues_, {"sourcedId", "userSourcedId", "role"});
  const auto status = file.column({"status"});
  const auto modified = file.column({"dateLastModified"});
  const auto user = file.column({"userSourcedId"});
  const auto type = file.column({"roleType"});
  const auto role = file.column({"role"});
  const auto begin = file.column({"beginDate"});
  const auto end = file.column({"endDate"});
  const auto org = file.column({"orgSourcedId"});
  const auto today = to_iso(context_.today);
  while (file.next()) {
    bool flawed = false;
    if (read_status(file, status, modified, flawed) == Presence::gone) continue;
    const auto kind = kind_of_role(file.cell(role));
    if (!kind) {
      file.error(role, file.cell(role), "unknown-role",
                 "The role is left out: OneRoster has no role of this name.");
      continue;
    }
    if (!orgs_.contains(file.cell(org))) {
      file.error(org, file.cell(org), "dangling-reference",
                 "The role is left out: no org has this sourcedId.");
      continue;
    }
    std::string_view from = file.cell(begin);
    std::string_view upto = file.cell(end);
    known_date(file, begin, from);
    known_date(file, end, upto);
    // endDate is the first day after. ISO dates compare as text.
    if ((!from.empty() && today < from) || (!upto.empty() && upto <= today)) {
      file.warning(end, upto.empty() ? from : upto, "role-not-current",
                   "The role is left out: it is over, or has not begun.");
      continue;
    }
    roles_[std::string(file.cell(user))].push_back({*kind, to_lower(file.cell(role)),
                                                    std::string(file.cell(org)),
                                                    to_lower(file.cell(type)) == "primary"});
  }
  if (file.rows() == 0 && set_.mode("roles") == FileMode::bulk) {
    throw Error(Exit::refused_input, "empty-file", fmt::format("{} has a header and no rows", file.name()),
                "The export failed or was cut off: export again. Nothing was changed.");
  }
  for (auto& [sid, roles] : roles_) {
    std::stable_sort(roles.begin(), roles.end(),
                     [](const Role& a, const Role& b) { return a.primary > b.primary; });
  }
  finish_file(file, "roles");
}

void OneRosterReader::find_user_columns(const RowFile& file) {
  auto& c = columns_;
  c.id = file.column({"sourcedId"});
  c.status = file.column({"status"});
  c.modified = file.column({"dateLastModified"});
  c.role = file.column({"role"});
  c.orgs = file.column({"orgSourcedIds"});
  c.primary_org = file.column({"primaryOrgSourcedId"});
  c.identifier = file.column({"identifier"});
  c.email = file.column({"email"});
  c.sms = file.column({"sms"});
  c.phone = file.column({"phone"});
  c.agents = file.column({"agentSourcedIds", "agents"});
  c.grades = file.column({"grades", "grade"});
  c.given = file.column({"givenName"});
  c.middle = file.column({"middleName"});
  c.family = file.column({"familyName"});
  c.preferred_given = file.column({"preferredGivenName"});
  c.title = file.column({mapped("title")});
  c.form = file.column({mapped("form")});
  c.house = file.column({mapped("house")});
  c.boarding = file.column({mapped("boarding")});
  c.relation = file.column({mapped("relation")});
  c.priority = file.column({mapped("priority")});
  c.responsibility = file.column({mapped("responsibility")});
  c.lives_with = file.column({mapped("lives_with")});
  c.court_order = file.column({mapped("court_order")});
  c.for_sms = file.column({mapped("for_sms")});
  c.language = file.column({mapped("language")});
  c.admission_status = file.column({mapped("admission_status")});
  c.admission_date = file.column({mapped("admission_date")});
  // C1: a column that the settings map and the file does not have is an error, never an empty column.
  for (const auto& fact :
       {"title", "form", "house", "boarding", "relation", "priority", "responsibility", "lives_with",
        "court_order", "for_sms", "language", "admission_status", "admission_date"}) {
    const auto name = mapped(fact);
    if (name.empty() || file.column({name}).exists()) continue;
    throw Error(
        Exit::refused_input, "missing-column",
        fmt::format("{}: the settings map {} to the column '{}', which is not there", file.name(), fact,
                    name),
        fmt::format("Correct columns under [import.{}] in crier.toml, or the export.", context_.source.name));
  }
}

std::vector<OneRosterReader::Role> OneRosterReader::roles_of(RowFile& file, bool report) {
  if (set_.version() == "1.2" && set_.mode("roles") != FileMode::absent) {
    const auto found = roles_.find(file.cell(columns_.id));
    if (found != roles_.end()) {
      auto roles = found->second;
      keep_chosen(file, roles);
      return roles;
    }
    if (report) {
      file.error(columns_.id, file.cell(columns_.id), "no-role",
                 "The person is left out: roles.csv gives this user no current role.");
    }
    return {};
  }
  const auto word = file.cell(columns_.role);
  const auto kind = kind_of_role(word);
  if (!kind) {
    if (report) {
      file.error(columns_.role, word, word.empty() ? "no-role" : "unknown-role",
                 "The person is left out: the role says neither pupil, contact nor staff.");
    }
    return {};
  }
  std::vector<Role> roles;
  const auto orgs = columns_.orgs.exists() ? file.cell(columns_.orgs) : file.cell(columns_.primary_org);
  for (const auto part : split(orgs, ',')) {
    const auto org = trim_invisible(part);
    if (org.empty()) continue;
    if (!orgs_.contains(org) && school_of(org) == 0 && set_.mode("orgs") == FileMode::bulk) {
      if (report) {
        file.error(columns_.orgs, org, "dangling-reference",
                   "The person has no place there: no org has this sourcedId.");
      }
      continue;
    }
    roles.push_back({*kind, to_lower(word), std::string(org), roles.empty()});
  }
  if (roles.empty() && report) {
    file.error(columns_.orgs, orgs, "no-school", "The person is left out: the row names no org of this set.");
  }
  keep_chosen(file, roles);
  return roles;
}

std::int64_t OneRosterReader::user_fingerprint(const RowFile& file, const std::vector<Role>& roles,
                                               bool identifier_unique) {
  const auto& c = columns_;
  Fingerprint print(seed_);
  for (const auto* column :
       {&c.identifier,     &c.email,      &c.sms,         &c.phone,           &c.agents,
        &c.grades,         &c.given,      &c.family,      &c.preferred_given, &c.title,
        &c.form,           &c.house,      &c.boarding,    &c.relation,        &c.priority,
        &c.responsibility, &c.lives_with, &c.court_order, &c.for_sms,         &c.language}) {
    print.add(file.cell(*column));
  }
  if (beside_ != nullptr) {
    for (const auto& cell : beside_->cells) print.add(cell);
  }
  if (c.admission_status.exists() || c.admission_date.exists()) {
    print.add(file.cell(c.admission_date)).add(std::to_string(static_cast<int>(application(file))));
  }
  for (const auto& role : roles) print.add(role.word).add(role.org);
  print.add(identifier_unique ? "1" : "0");
  return print.value();
}

/// First walk: who is in the set, under which id, so that references can be followed whatever their order;
/// and the telephone numbers that somebody has to read meanwhile.
void OneRosterReader::index_users() {
  RowFile file(set_.file_name("users"), set_.bytes("users"), issues_,
               {"sourcedId", "givenName", "familyName"});
  find_user_columns(file);
  const bool has_roles = set_.version() == "1.2" && set_.mode("roles") != FileMode::absent;
  if (!has_roles && !columns_.role.exists()) {
    throw Error(Exit::refused_input, "missing-column",
                fmt::format("{} has no column 'role', and the set has no roles", file.name()),
                "Nobody could be told pupil from parent: check the export's settings.");
  }
  if (!has_roles && !columns_.orgs.exists() && !columns_.primary_org.exists()) {
    throw Error(Exit::refused_input, "missing-column",
                fmt::format("{} has no column 'orgSourcedIds'", file.name()),
                "Nobody could be told which school they belong to: check the export's settings.");
  }
  // One country reads all where all schools are of one; a number of another school's country is read when
  // met.
  default_country_ = context_.settings.district.country;
  for (const auto& school : context_.settings.schools) {
    if (!school.country.empty()) default_country_ = school.country;
  }
  std::unordered_map<std::uint64_t, User*> identifiers;
  std::vector<std::string> numbers;
  ByText<bool> collected;
  const auto mode = set_.mode("users");
  while (file.next()) {
    if (file.rows() % 2000 == 0) set_.passed(file.offset());
    const auto sid = file.cell(columns_.id);
    if (sid.empty()) {
      report_missing_id(file, columns_.id);
      continue;
    }
    bool flawed = false;
    const auto standing = stage_.standing(RosterTable::person, sid);
    if (read_status(file, columns_.status, columns_.modified, flawed) == Presence::gone) {
      if (mode == FileMode::delta && standing) stage_.gone(RosterTable::person, standing->id);
      continue;
    }
    if (choice_.excepted(file.cell(columns_.identifier), sid)) {
      users_left_out_.emplace(sid);  // R7: nothing of them is stored, in no report either
      continue;
    }
    file.about(sid);
    look_beside(file);
    const auto roles = roles_of(file, true);
    if (roles.empty() || left_out(file, roles.front().kind)) {
      users_left_out_.emplace(sid);
      continue;
    }
    const auto [at, fresh] = users_.try_emplace(sid);
    auto& user = *at;
    if (!fresh) {
      file.error(columns_.id, sid, "duplicate-id",
                 fmt::format("The row is left out: line {} has the same sourcedId.", user.line));
      continue;
    }
    user.id = standing ? standing->id : stage_.new_id(RosterTable::person);
    user.line = file.line();
    user.standing_fingerprint = standing && !flawed ? standing->fingerprint : 0;
    for (const auto& role : roles) {
      user.kinds |= bit(role.kind);
      orgs_of_people_[role.org] = true;
    }
    if (const auto identifier = file.cell(columns_.identifier); !identifier.empty()) {
      const auto key = Fingerprint(static_cast<std::uint64_t>(roles.front().kind))
                           .add(roles.front().org)
                           .add(fold(identifier))
                           .value();
      const auto [other, first] = identifiers.try_emplace(static_cast<std::uint64_t>(key), &user);
      if (!first) {
        user.identifier_unique = false;
        other->second->identifier_unique = false;
      }
    }
    if (user.standing_fingerprint == 0 || user.standing_fingerprint != user_fingerprint(file, roles, true)) {
      for (const auto* column : {&columns_.sms, &columns_.phone}) {
        const auto number = file.cell(*column);
        // What is plainly spelled is read when it is met, faster than it could be kept.
        if (number.empty() || format::read_plain_phone(number, default_country_)) continue;
        if (collected.try_emplace(std::string(number), true).second) numbers.emplace_back(number);
      }
    }
    stage_.seen(RosterTable::person, user.id);
  }
  if (file.rows() == 0 && mode == FileMode::bulk) {
    throw Error(Exit::refused_input, "empty-file", fmt::format("{} has a header and no rows", file.name()),
                "The export failed or was cut off: export again. Nothing was changed.");
  }
  if (mode == FileMode::delta) {
    // Who is not in a delta is still whoever others name as an agent.
    stage_.each_standing_person([&](std::string_view sid, Ref id, PersonKind kind) {
      auto& user = *users_.try_emplace(sid, User{id, 0, 0, 0, true}).first;
      if (user.line == 0) user.kinds |= bit(kind);
    });
  } else {
    stage_.complete(RosterTable::person);
  }
  set_.done_with("users");
  start_phones(std::move(numbers));
}

void OneRosterReader::start_phones(std::vector<std::string> values) {
  const auto workers = std::max(1u, os::processors() - 1);
  auto shared = std::make_shared<const std::vector<std::string>>(std::move(values));
  for (unsigned worker = 0; worker < workers; ++worker) {
    phone_work_.push_back(
        std::async(std::launch::async, [shared, worker, workers, country = default_country_] {
          ByText<format::PhoneReading> readings;
          for (std::size_t i = worker; i < shared->size(); i += workers) {
            readings.emplace((*shared)[i], format::read_phone((*shared)[i], country));
          }
          return readings;
        }));
  }
}

format::PhoneReading OneRosterReader::phone(std::string_view given, std::string_view country) {
  if (auto plain = format::read_plain_phone(given, country)) return std::move(*plain);
  for (auto& work : phone_work_) {
    if (work.valid()) phones_.merge(work.get());
  }
  if (country == default_country_) {
    const auto found = phones_.find(given);
    if (found != phones_.end()) return found->second;
    return phones_.emplace(std::string(given), format::read_phone(given, country)).first->second;
  }
  return format::read_phone(given, country);
}

void OneRosterReader::read_users() {
  RowFile file(set_.file_name("users"), set_.bytes("users"), issues_, {"sourcedId"});
  file.keep_quiet();
  find_user_columns(file);
  while (file.next()) {
    tell_progress(file);
    const auto* found = users_.find(file.cell(columns_.id));
    if (found == nullptr || found->line != file.line()) continue;
    file.about(file.cell(columns_.id));
    look_beside(file);
    const auto& user = *found;
    const auto roles = roles_of(file, false);
    const auto print = user_fingerprint(file, roles, user.identifier_unique);
    const auto agents = file.cell(columns_.agents);
    if (print == user.standing_fingerprint && link_agents(file, user, agents, false)) continue;
    const bool linked = link_agents(file, user, agents, true);
    // A row with a date or status that is not good was told in the first walk; it is looked at every time.
    const auto status = file.cell(columns_.status);
    const bool row_good =
        (status.empty() || to_lower(status) == "active") &&
        (file.cell(columns_.modified).empty() || parse_date(file.cell(columns_.modified)) ||
         parse_rfc3339(file.cell(columns_.modified)) || parse_local(file.cell(columns_.modified)));
    stage_user(file, user, roles, print, !linked || !row_good || file.row_flawed());
  }
  finish_file(file, "users");
}

void OneRosterReader::stage_user(RowFile& file, const User& user, const std::vector<Role>& roles,
                                 std::int64_t print, bool flawed) {
  const auto& c = columns_;
  const auto& main = roles.front();
  PersonFact person;
  person.id = user.id;
  person.source_id = file.cell(c.id);
  person.kind = main.kind;
  const auto identifier = file.cell(c.identifier);
  person.code =
      identifier.empty() || !user.identifier_unique ? std::string(person.source_id) : std::string(identifier);
  if (!identifier.empty() && !user.identifier_unique) {
    file.warning(c.identifier, identifier, "identifier-not-unique",
                 "Several people have this identifier: their sourcedId is their code.");
    flawed = true;
  }
  person.title = told(file, c.title, Beside::title);
  person.family = file.cell(c.family);
  person.given = file.cell(c.given);
  person.preferred = file.cell(c.preferred_given);
  person.language = to_lower(told(file, c.language, Beside::language));
  if (person.family.empty() && person.given.empty()) {
    file.error(c.family, "", "no-name", "The person has no name; everything else was read.");
    flawed = true;
  }
  std::string country = default_country_;
  bool placed = false;
  for (const auto& role : roles) {
    const auto school = school_of(role.org);
    if (school == 0) continue;
    PlaceFact place;
    place.person = user.id;
    place.school = school;
    place.kind = role.kind;
    if (role.kind == PersonKind::pupil) {
      place.year = year_of(file.cell(c.grades));
      place.form = told(file, c.form, Beside::form);
      place.house = told(file, c.house, Beside::house);
      place.boarding = told(file, c.boarding, Beside::boarding);
      if (application(file) == Application::ahead) {
        place.status = PersonStatus::pre_admission;
        place.admission = file.cell(c.admission_date).substr(0, 10);
      }
    }
    stage_.add(place);
    if (!placed) country = country_of(school);
    placed = true;
  }
  if (!placed) {
    file.error(c.orgs.exists() ? c.orgs : c.primary_org, main.org, "no-school",
               "The person belongs to no school: the org is above the schools.");
    flawed = true;
  }
  if (user.kinds & bit(PersonKind::contact)) {
    const auto role =
        std::find_if(roles.begin(), roles.end(), [](const Role& r) { return r.kind == PersonKind::contact; });
    const auto relation = told(file, c.relation, Beside::relation);
    person.contact_relation = relation.empty() ? role->word : fold(relation);
    if (const auto priority = told(file, c.priority, Beside::priority); !priority.empty()) {
      int value = 0;
      const auto read = std::from_chars(priority.data(), priority.data() + priority.size(), value);
      if (read.ec == std::errc() && read.ptr == priority.data() + priority.size() && value >= 1 &&
          value <= 999) {
        person.contact_priority = value;
      } else {
        file.error(c.priority, priority, "invalid-priority",
                   "A priority is a whole number from 1; it counts as 1.");
        flawed = true;
      }
    }
    const auto truth = [&](const Column& column, Beside fact) -> std::optional<bool> {
      const auto cell = told(file, column, fact);
      if (cell.empty()) return std::nullopt;
      const auto value = truth_of(cell);
      if (!value) {
        file.error(column, cell, "invalid-truth-value", "Write true or false; the value was left out.");
        flawed = true;
      }
      return value;
    };
    person.contact_responsibility = truth(c.responsibility, Beside::responsibility);
    person.contact_lives_with = truth(c.lives_with, Beside::lives_with);
    person.contact_court_order = truth(c.court_order, Beside::court_order);
    // R3: what cannot be read of a court order must not let somebody hear.
    if (!person.contact_court_order && !told(file, c.court_order, Beside::court_order).empty()) {
      person.contact_court_order = true;
    }
  }
  if (!stage_email(file, main.kind, user.id)) flawed = true;
  AddressFact number;
  number.person = user.id;
  number.use = "mobile";
  if (const auto cell = told(file, c.for_sms, Beside::for_sms); !cell.empty()) {
    number.for_sms = truth_of(cell);
  }
  if (choice_.takes_mobile() && !stage_phone(file, c.sms, number, country)) flawed = true;
  number.use = main.kind == PersonKind::staff ? "work" : "home";
  number.position = 2;
  number.for_sms = std::nullopt;
  if (choice_.takes_phone(number.use) && !stage_phone(file, c.phone, number, country)) flawed = true;
  person.fingerprint = flawed ? 0 : print;
  stage_.add(person);
}

/// False where the cell holds something that is no address.
bool OneRosterReader::stage_email(RowFile& file, PersonKind kind, Ref person) {
  const auto given = file.cell(columns_.email);
  if (given.empty()) return true;
  AddressFact address;
  address.person = person;
  address.kind = AddressKind::email;
  address.use = kind == PersonKind::staff ? "work" : "home";
  if (!choice_.takes_email(address.use)) return true;
  address.given = given;
  const auto reading = format::read_email(given);
  if (reading.address) {
    address.normal = reading.address->normalised;
    address.compare_key = reading.address->compare_key;
  } else {
    file.error(columns_.email, given, "invalid-email",
               fmt::format("Not an e-mail address: {}. It is kept as given, and nothing is sent to it.",
                           reading.problem));
  }
  stage_.add(address);
  return reading.address.has_value();
}

bool OneRosterReader::stage_phone(RowFile& file, const Column& column, AddressFact address,
                                  std::string_view country) {
  const auto given = file.cell(column);
  if (given.empty()) return true;
  address.kind = AddressKind::phone;
  address.given = given;
  const auto reading = phone(given, country);
  if (reading.problem) {
    file.error(column, given, "invalid-phone",
               fmt::format("Not a telephone number: {}. It is kept as given, and nothing is sent to it.",
                           reading.problem->sentence));
  } else {
    address.normal = reading.e164;
    address.compare_key = reading.e164;
    address.line = phone_line(reading.line);
  }
  stage_.add(address);
  return !reading.problem;
}

/// Follows agentSourcedIds, on whichever side they stand. False where one leads nowhere; with `stage` the
/// relationships are staged and what leads nowhere is reported.
bool OneRosterReader::link_agents(RowFile& file, const User& user, std::string_view agents, bool stage) {
  if (agents.empty()) return true;
  bool good = true;
  for (const auto part : split(agents, ',')) {
    const auto sid = trim_invisible(part);
    if (sid.empty()) continue;
    const auto* found = users_.find(sid);
    if (found == nullptr) {
      if (users_left_out_.contains(sid)) continue;
      good = false;
      if (stage) {
        file.error(columns_.agents, sid, "dangling-reference",
                   "The relationship is left out: no user has this sourcedId.");
      }
      continue;
    }
    if (!stage) continue;
    const auto& agent = *found;
    if ((user.kinds & bit(PersonKind::pupil)) && (agent.kinds & bit(PersonKind::contact))) {
      stage_.add_relationship(user.id, agent.id, SaidBy::pupil);
    } else if ((user.kinds & bit(PersonKind::contact)) && (agent.kinds & bit(PersonKind::pupil))) {
      stage_.add_relationship(agent.id, user.id, SaidBy::contact);
    } else {
      good = false;
      file.warning(columns_.agents, sid, "no-pupil-and-contact",
                   "The relationship is left out: it does not join a pupil and a contact.");
    }
  }
  return good;
}

}  // namespace crier::intake
