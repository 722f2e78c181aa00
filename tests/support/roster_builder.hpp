// A fresh store in a folder of its own, filled by SQL with the people that a test is about; the folder goes
// with the builder. What is added is written in one transaction, which ends when the store is asked for:
//
//   RosterBuilder roster;
//   auto ada = roster.pupil("ADA001", "Ada", "Dyer").year("9").form("9B");
//   auto mary = roster.contact("C-17", "Mary", "Dyer").email("mary@example.org");
//   roster.relate(ada, mary, "mother");
//   resolve(roster.store(), roster.profiles(), …);
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/channel.hpp"
#include "model/facts.hpp"
#include "model/person.hpp"
#include "roster/schools.hpp"
#include "store/connection.hpp"

namespace crier::test {

class RosterBuilder;

/// Somebody who was added; every call changes the store at once.
class PersonBuilder {
 public:
  std::int64_t id() const { return id_; }
  const std::string& code() const { return code_; }

  // Of the first place.
  PersonBuilder& year(std::string_view year);
  PersonBuilder& form(std::string_view form);
  PersonBuilder& house(std::string_view house);
  PersonBuilder& boarding(std::string_view boarding);
  PersonBuilder& status(PersonStatus status);
  /// A place more: the same person in another school, or as another kind.
  PersonBuilder& place(PersonKind kind, std::string_view school, PersonStatus status = PersonStatus::active);

  PersonBuilder& title(std::string_view title);
  PersonBuilder& language(std::string_view language);
  PersonBuilder& source_id(std::string_view id);

  // Addresses take the next position of their kind.
  PersonBuilder& email(std::string_view address);
  PersonBuilder& mobile(std::string_view e164);
  PersonBuilder& landline(std::string_view e164);
  PersonBuilder& wechat(std::string_view user_id);
  /// Kept as given, no address.
  PersonBuilder& invalid(AddressKind kind, std::string_view given);
  PersonBuilder& address(AddressKind kind, std::string_view normal, PhoneLine line,
                         std::optional<bool> for_sms = std::nullopt);

  /// Empty: every channel, every category.
  PersonBuilder& opt_out(std::string_view channel = "", std::string_view category = "");
  PersonBuilder& refuse_consent(std::string_view purpose);

 private:
  friend class RosterBuilder;
  PersonBuilder(RosterBuilder& roster, std::int64_t id, std::string code, PersonKind kind,
                std::int64_t school)
      : roster_(&roster), id_(id), code_(std::move(code)), kind_(kind), school_(school) {}
  PersonBuilder& set_place(const char* sql, std::string_view value);
  PersonBuilder& set_person(const char* sql, std::string_view value);

  RosterBuilder* roster_;
  std::int64_t id_;
  std::string code_;
  PersonKind kind_;
  std::int64_t school_;
  int addresses_ = 0;
};

class RelationshipBuilder {
 public:
  std::int64_t id() const { return id_; }
  /// Priority 1 is prime, any other is not; `prime()` and `not_prime()` say otherwise.
  RelationshipBuilder& priority(int priority);
  RelationshipBuilder& prime();
  RelationshipBuilder& not_prime();
  RelationshipBuilder& court_order();

 private:
  friend class RosterBuilder;
  RelationshipBuilder(RosterBuilder& roster, std::int64_t id) : roster_(&roster), id_(id) {}
  RosterBuilder* roster_;
  std::int64_t id_;
};

class GroupBuilder {
 public:
  std::int64_t id() const { return id_; }
  GroupBuilder& member(const PersonBuilder& person);
  GroupBuilder& teacher(const PersonBuilder& person);
  /// ISO dates or empty; `ends` is the first day after.
  GroupBuilder& member_between(const PersonBuilder& person, std::string_view begins, std::string_view ends);
  GroupBuilder& inactive();

 private:
  friend class RosterBuilder;
  GroupBuilder(RosterBuilder& roster, std::int64_t id) : roster_(&roster), id_(id) {}
  GroupBuilder& add(std::int64_t person, std::string_view role, std::string_view begins,
                    std::string_view ends);
  RosterBuilder* roster_;
  std::int64_t id_;
};

class RosterBuilder {
 public:
  /// With the school `first_school` in it, in Europe/London.
  explicit RosterBuilder(std::string_view first_school = "CAM");
  ~RosterBuilder();
  RosterBuilder(const RosterBuilder&) = delete;
  RosterBuilder& operator=(const RosterBuilder&) = delete;

  std::int64_t school(std::string_view code, std::string_view zone = "Europe/London");
  std::int64_t school_id(std::string_view code);

  // Without a school: the first.
  PersonBuilder pupil(std::string_view code, std::string_view given, std::string_view family,
                      std::string_view school = "");
  PersonBuilder contact(std::string_view code, std::string_view given, std::string_view family,
                        std::string_view school = "");
  PersonBuilder staff(std::string_view code, std::string_view given, std::string_view family,
                      std::string_view school = "");

  /// Priority 1, prime, no court order. `source` tells two sources' words about the same two people apart.
  RelationshipBuilder relate(const PersonBuilder& pupil, const PersonBuilder& contact,
                             std::string_view relation, std::string_view source = "oneroster");
  /// `kind`: custom, class, form.
  GroupBuilder group(std::string_view name, std::string_view kind = "custom", std::string_view code = "",
                     std::string_view school = "");
  /// `reason` in the interface's words: `blocked-bounce`, …
  RosterBuilder& block(AddressKind kind, std::string_view compare_key, std::string_view reason);

  /// The store with everything that was added in it.
  store::Connection& store();
  /// Profiles with the settings' defaults, or with `settings`.
  std::vector<roster::SchoolProfile> profiles(const config::Settings& settings = {});
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path store_path() const { return folder_ / "crier.db"; }

 private:
  friend class PersonBuilder;
  friend class RelationshipBuilder;
  friend class GroupBuilder;
  /// The connection within the transaction that collects what is added.
  store::Connection& writing();
  std::int64_t source(std::string_view name);
  PersonBuilder person(PersonKind kind, std::string_view code, std::string_view given,
                       std::string_view family, std::string_view school);

  std::filesystem::path folder_;
  std::unique_ptr<store::Connection> connection_;
  std::unique_ptr<store::Transaction> transaction_;
  std::string first_school_;
  std::int64_t serial_ = 0;
};

}  // namespace crier::test
