#include "support/roster_builder.hpp"

#include <atomic>
#include <stdexcept>

#include "base/os.hpp"
#include "base/text.hpp"
#include "store/school_store.hpp"

namespace crier::test {
namespace {

constexpr Instant long_ago = Instant(Millis(1'700'000'000'000));

std::filesystem::path fresh_folder() {
  static std::atomic<int> serial{0};
  const auto folder = std::filesystem::temp_directory_path() /
                      ("crier-test-" + std::to_string(os::process_id()) + "-" + std::to_string(++serial));
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace

RosterBuilder::RosterBuilder(std::string_view first_school)
    : folder_(fresh_folder()), first_school_(first_school) {
  connection_ = store::Connection::create(store_path());
  school(first_school);
}

RosterBuilder::~RosterBuilder() {
  transaction_.reset();
  connection_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

store::Connection& RosterBuilder::writing() {
  if (!transaction_) transaction_ = std::make_unique<store::Transaction>(*connection_);
  return *connection_;
}

store::Connection& RosterBuilder::store() {
  if (transaction_) transaction_->commit();
  transaction_.reset();
  return *connection_;
}

std::vector<roster::SchoolProfile> RosterBuilder::profiles(const config::Settings& settings) {
  return roster::school_profiles(store(), settings);
}

std::int64_t RosterBuilder::school(std::string_view code, std::string_view zone) {
  return store::insert_school(
      writing(), {0, std::string(code), "School " + std::string(code), std::string(zone), "GB"}, long_ago);
}

std::int64_t RosterBuilder::school_id(std::string_view code) {
  auto found = connection_->query("SELECT id FROM school WHERE code_folded = ?1");
  const auto folded = fold(code.empty() ? first_school_ : code);
  found.with(folded);
  if (!found.step()) throw std::logic_error("no such school: " + std::string(code));
  return found.integer(0);
}

std::int64_t RosterBuilder::source(std::string_view name) {
  return store::source_row(writing(), name, "oneroster", long_ago);
}

PersonBuilder RosterBuilder::person(PersonKind kind, std::string_view code, std::string_view given,
                                    std::string_view family, std::string_view school) {
  const auto school_id = this->school_id(school);
  const auto code_folded = fold(code);
  const auto name_folded = fold(std::string(given) + " " + std::string(family));
  const auto key = sort_key(std::string(family) + "\t" + std::string(given));
  const auto source_id = "sid-" + std::to_string(++serial_);
  auto insert = writing().query(R"sql(
INSERT INTO person (source, source_id, kind, code, code_folded, title, family, given, preferred, language, name_folded,
  sort_key, contact_relation, fingerprint)
VALUES (?1, ?2, ?3, ?4, ?5, '', ?6, ?7, '', '', ?8, ?9, '', 0))sql");
  insert.with(source("oneroster"), source_id, to_text(kind), code, code_folded, family, given, name_folded);
  insert.bind_bytes(9, key).run();
  PersonBuilder made(*this, writing().last_id(), std::string(code), kind, school_id);
  made.place(kind, school);
  return made;
}

PersonBuilder RosterBuilder::pupil(std::string_view code, std::string_view given, std::string_view family,
                                   std::string_view school) {
  return person(PersonKind::pupil, code, given, family, school);
}
PersonBuilder RosterBuilder::contact(std::string_view code, std::string_view given, std::string_view family,
                                     std::string_view school) {
  return person(PersonKind::contact, code, given, family, school);
}
PersonBuilder RosterBuilder::staff(std::string_view code, std::string_view given, std::string_view family,
                                   std::string_view school) {
  return person(PersonKind::staff, code, given, family, school);
}

PersonBuilder& PersonBuilder::place(PersonKind kind, std::string_view school, PersonStatus status) {
  roster_->writing()
      .query(R"sql(
INSERT INTO place (person, school, kind, status, year, year_folded, form, form_folded, house, house_folded, boarding,
  boarding_folded, source)
VALUES (?1, ?2, ?3, ?4, '', '', '', '', '', '', '', '', ?5))sql")
      .with(id_, roster_->school_id(school), to_text(kind), to_text(status), roster_->source("oneroster"))
      .run();
  return *this;
}

PersonBuilder& PersonBuilder::set_place(const char* sql, std::string_view value) {
  const auto folded = fold(value);
  roster_->writing().query(sql).with(id_, school_, to_text(kind_), value, folded).run();
  return *this;
}

PersonBuilder& PersonBuilder::year(std::string_view year) {
  return set_place(
      "UPDATE place SET year = ?4, year_folded = ?5 WHERE person = ?1 AND school = ?2 AND kind = ?3", year);
}
PersonBuilder& PersonBuilder::form(std::string_view form) {
  return set_place(
      "UPDATE place SET form = ?4, form_folded = ?5 WHERE person = ?1 AND school = ?2 AND kind = ?3", form);
}
PersonBuilder& PersonBuilder::house(std::string_view house) {
  return set_place(
      "UPDATE place SET house = ?4, house_folded = ?5 WHERE person = ?1 AND school = ?2 AND kind = ?3",
      house);
}
PersonBuilder& PersonBuilder::boarding(std::string_view boarding) {
  return set_place(
      "UPDATE place SET boarding = ?4, boarding_folded = ?5 WHERE person = ?1 AND school = ?2 AND kind = ?3",
      boarding);
}
PersonBuilder& PersonBuilder::status(PersonStatus status) {
  roster_->writing()
      .query("UPDATE place SET status = ?4 WHERE person = ?1 AND school = ?2 AND kind = ?3")
      .with(id_, school_, to_text(kind_), to_text(status))
      .run();
  return *this;
}

PersonBuilder& PersonBuilder::set_person(const char* sql, std::string_view value) {
  roster_->writing().query(sql).with(id_, value).run();
  return *this;
}
PersonBuilder& PersonBuilder::title(std::string_view title) {
  return set_person("UPDATE person SET title = ?2 WHERE id = ?1", title);
}
PersonBuilder& PersonBuilder::language(std::string_view language) {
  return set_person("UPDATE person SET language = ?2 WHERE id = ?1", language);
}
PersonBuilder& PersonBuilder::source_id(std::string_view id) {
  return set_person("UPDATE person SET source_id = ?2 WHERE id = ?1", id);
}

PersonBuilder& PersonBuilder::address(AddressKind kind, std::string_view normal, PhoneLine line,
                                      std::optional<bool> for_sms) {
  const auto key = to_lower(normal);
  const auto position = ++addresses_;
  roster_->writing()
      .query(R"sql(
INSERT INTO address (person, kind, use, position, given, normal, compare_key, line, for_sms, source)
VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9))sql")
      .with(id_, to_text(kind), "use-" + std::to_string(position), position, normal, key, to_text(line),
            for_sms ? std::optional<std::int64_t>(*for_sms ? 1 : 0) : std::nullopt,
            roster_->source("oneroster"))
      .run();
  return *this;
}

PersonBuilder& PersonBuilder::email(std::string_view address) {
  return this->address(AddressKind::email, address, PhoneLine::none);
}
PersonBuilder& PersonBuilder::mobile(std::string_view e164) {
  return address(AddressKind::phone, e164, PhoneLine::mobile);
}
PersonBuilder& PersonBuilder::landline(std::string_view e164) {
  return address(AddressKind::phone, e164, PhoneLine::landline);
}
PersonBuilder& PersonBuilder::wechat(std::string_view user_id) {
  return address(AddressKind::wechat, user_id, PhoneLine::none);
}

PersonBuilder& PersonBuilder::invalid(AddressKind kind, std::string_view given) {
  const auto position = ++addresses_;
  roster_->writing()
      .query(R"sql(
INSERT INTO address (person, kind, use, position, given, normal, compare_key, line, for_sms, source)
VALUES (?1, ?2, ?3, ?4, ?5, NULL, NULL, '', NULL, ?6))sql")
      .with(id_, to_text(kind), "use-" + std::to_string(position), position, given,
            roster_->source("oneroster"))
      .run();
  return *this;
}

PersonBuilder& PersonBuilder::opt_out(std::string_view channel, std::string_view category) {
  roster_->writing()
      .query(
          "INSERT INTO opt_out (person, channel, category, since, said_by) "
          "VALUES (?1, nullif(?2, ''), nullif(?3, ''), ?4, 'test')")
      .with(id_, channel, category, to_millis(long_ago))
      .run();
  return *this;
}

PersonBuilder& PersonBuilder::refuse_consent(std::string_view purpose) {
  roster_->writing()
      .query("INSERT INTO consent (person, purpose, given, since, said_by) VALUES (?1, ?2, 0, ?3, 'test')")
      .with(id_, purpose, to_millis(long_ago))
      .run();
  return *this;
}

RelationshipBuilder RosterBuilder::relate(const PersonBuilder& pupil, const PersonBuilder& contact,
                                          std::string_view relation, std::string_view source) {
  const auto folded = fold(relation);
  writing()
      .query(R"sql(
INSERT INTO relationship (pupil, contact, relation, relation_folded, priority, court_order, prime, said_by, source)
VALUES (?1, ?2, ?3, ?4, 1, 0, 1, 1, ?5))sql")
      .with(pupil.id(), contact.id(), relation, folded, this->source(source))
      .run();
  return RelationshipBuilder(*this, writing().last_id());
}

RelationshipBuilder& RelationshipBuilder::priority(int priority) {
  roster_->writing()
      .query(
          "UPDATE relationship SET priority = ?2, prime = CASE WHEN ?2 = 1 THEN 1 ELSE 0 END WHERE id = ?1")
      .with(id_, priority)
      .run();
  return *this;
}
RelationshipBuilder& RelationshipBuilder::prime() {
  roster_->writing().query("UPDATE relationship SET prime = 1 WHERE id = ?1").with(id_).run();
  return *this;
}
RelationshipBuilder& RelationshipBuilder::not_prime() {
  roster_->writing().query("UPDATE relationship SET prime = 0 WHERE id = ?1").with(id_).run();
  return *this;
}
RelationshipBuilder& RelationshipBuilder::court_order() {
  roster_->writing().query("UPDATE relationship SET court_order = 1 WHERE id = ?1").with(id_).run();
  return *this;
}

GroupBuilder RosterBuilder::group(std::string_view name, std::string_view kind, std::string_view code,
                                  std::string_view school) {
  const auto name_folded = fold(name);
  const auto code_folded = fold(code);
  const auto source_id = "group-" + std::to_string(++serial_);
  writing()
      .query(R"sql(
INSERT INTO roster_group (school, kind, name, name_folded, code, code_folded, active, source, source_id, fingerprint)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, 0))sql")
      .with(school_id(school), kind, name, name_folded, code, code_folded, source("oneroster"), source_id)
      .run();
  return GroupBuilder(*this, writing().last_id());
}

GroupBuilder& GroupBuilder::add(std::int64_t person, std::string_view role, std::string_view begins,
                                std::string_view ends) {
  const auto source_id = "membership-" + std::to_string(++roster_->serial_);
  roster_->writing()
      .query(R"sql(
INSERT INTO membership (roster_group, person, role, begins, ends, source, source_id, fingerprint)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0))sql")
      .with(id_, person, role, begins, ends, roster_->source("oneroster"), source_id)
      .run();
  return *this;
}

GroupBuilder& GroupBuilder::member(const PersonBuilder& person) {
  return add(person.id(), "pupil", "", "");
}
GroupBuilder& GroupBuilder::teacher(const PersonBuilder& person) {
  return add(person.id(), "teacher", "", "");
}
GroupBuilder& GroupBuilder::member_between(const PersonBuilder& person, std::string_view begins,
                                           std::string_view ends) {
  return add(person.id(), "pupil", begins, ends);
}
GroupBuilder& GroupBuilder::inactive() {
  roster_->writing().query("UPDATE roster_group SET active = 0 WHERE id = ?1").with(id_).run();
  return *this;
}

RosterBuilder& RosterBuilder::block(AddressKind kind, std::string_view compare_key, std::string_view reason) {
  writing()
      .query(
          "INSERT INTO address_block (kind, compare_key, reason, since, evidence) VALUES (?1, ?2, ?3, ?4, "
          "'')")
      .with(to_text(kind), compare_key, reason, to_millis(long_ago))
      .run();
  return *this;
}

}  // namespace crier::test
