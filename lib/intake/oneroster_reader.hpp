// Reads a OneRoster set, 1.1 or 1.2, and stages what it says as facts in crier's own nouns (I1). Rows that
// say what they said last time are told by their fingerprint and not staged again, so that a nightly import
// costs little more than reading.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/settings.hpp"
#include "format/phone.hpp"
#include "intake/choice.hpp"
#include "intake/companion.hpp"
#include "intake/id_table.hpp"
#include "intake/issues.hpp"
#include "intake/oneroster_set.hpp"
#include "intake/row_file.hpp"
#include "intake/source_reader.hpp"
#include "store/intake_stage.hpp"
#include "store/school_store.hpp"

namespace crier::intake {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <typename Value>
using ByText = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

class OneRosterReader final : public SourceReader {
 public:
  OneRosterReader(std::unique_ptr<OneRosterSet> set, store::IntakeStage& stage, ReaderContext context,
                  IssueList& issues, Progress progress);
  ~OneRosterReader() override;

  void read() override;
  std::int64_t rows() const override { return rows_; }
  const std::vector<store::SchoolRow>& new_schools() const override { return new_schools_; }
  /// Every org that counts as a school.
  const std::map<std::string, std::int64_t, std::less<>>& school_ids() const override {
    return school_of_org_;
  }
  std::vector<std::string> untold() const override;

 private:
  struct Org {
    std::string name;
    std::string type;
    std::string identifier;
    std::string parent;
    std::int64_t line = 0;
  };
  struct Role {
    PersonKind kind;
    std::string word;
    std::string org;
    bool primary = false;
  };
  struct User {
    Ref id = 0;
    std::int64_t line = 0;
    std::int64_t standing_fingerprint = 0;
    std::uint8_t kinds = 0;
    bool identifier_unique = true;
  };
  struct Group {
    Ref id = 0;
  };

  // oneroster_people.cpp
  void read_orgs();
  void settle_schools();
  void read_roles();
  void index_users();
  void read_users();
  void stage_user(RowFile& file, const User& user, const std::vector<Role>& roles, std::int64_t print,
                  bool flawed);
  std::vector<Role> roles_of(RowFile& file, bool report);
  /// What the companion says, else the row's own column.
  std::string_view told(const RowFile& file, const Column& column, Beside fact) const;
  void look_beside(const RowFile& file);
  bool tells(const Column& column, Beside fact) const;
  void keep_chosen(const RowFile& file, std::vector<Role>& roles) const;
  Application application(const RowFile& file) const;
  /// Whether the settings leave this row out (I5); reports what somebody should know of.
  bool left_out(RowFile& file, PersonKind kind);
  std::int64_t user_fingerprint(const RowFile& file, const std::vector<Role>& roles, bool identifier_unique);
  void start_phones(std::vector<std::string> values);
  format::PhoneReading phone(std::string_view given, std::string_view country);
  bool stage_phone(RowFile& file, const Column& column, AddressFact address, std::string_view country);
  bool stage_email(RowFile& file, PersonKind kind, Ref person);
  bool link_agents(RowFile& file, const User& user, std::string_view agents, bool stage);

  // oneroster_teaching.cpp
  void read_sessions();
  bool under_way(std::string_view terms) const;
  void read_classes();
  void read_enrollments();
  void read_line_items();
  void read_results();
  bool known_date(RowFile& file, const Column& column, std::string_view& text);

  enum class Presence { there, gone };
  Presence read_status(RowFile& file, const Column& status, const Column& modified, bool& flawed);
  void report_missing_id(RowFile& file, const Column& id);
  std::int64_t school_of(std::string_view org) const;
  std::string country_of(std::int64_t school) const;
  std::string mapped(std::string_view fact) const;
  void tell_progress(const RowFile& file);
  void finish_file(const RowFile& file, std::string_view name);

  std::unique_ptr<OneRosterSet> owned_set_;
  OneRosterSet& set_;
  store::IntakeStage& stage_;
  ReaderContext context_;
  IssueList& issues_;
  Progress progress_;
  std::uint64_t seed_ = 0;
  std::int64_t rows_ = 0;
  std::uint64_t bytes_before_ = 0;
  std::int64_t next_tell_ = 0;
  /// The last date of change that was found good.
  std::string good_moment_;

  std::map<std::string, Org, std::less<>> orgs_;
  std::map<std::string, bool, std::less<>> orgs_of_people_;
  std::map<std::string, std::int64_t, std::less<>> school_of_org_;
  std::vector<store::SchoolRow> new_schools_;
  ByText<std::vector<Role>> roles_;
  IdTable<User> users_;
  IdTable<Group> classes_;
  IdTable<Ref> line_items_;
  /// Terms: ISO dates of the first day and the first day after.
  ByText<std::pair<std::string, std::string>> sessions_;

  std::string default_country_;
  ByText<format::PhoneReading> phones_;
  std::vector<std::future<ByText<format::PhoneReading>>> phone_work_;

  Choice choice_;
  std::optional<CompanionFile> companion_;
  /// Of the row that is being read.
  const CompanionFile::Row* beside_ = nullptr;
  /// Ids that the settings leave out: what refers to them is left out without a word.
  using Ids = std::unordered_set<std::string, StringHash, std::equal_to<>>;
  Ids users_left_out_;
  Ids classes_left_out_;
  Ids line_items_left_out_;

  // Columns of users.csv, found once.
  struct UserColumns {
    Column id, status, modified, role, orgs, primary_org, identifier, email, sms, phone, agents, grades,
        title, given, middle, family, preferred_given, form, house, boarding, relation, priority,
        responsibility, lives_with, court_order, for_sms, language, admission_status, admission_date;
  } columns_;
  void find_user_columns(const RowFile& file);
};

}  // namespace crier::intake
