// Reads an export of CSV files by a map (I2) and stages what it says as facts in crier's own nouns: people
// with places and addresses, groups, memberships and marks by fingerprint, relationships and the facts of the
// day as lists. What the map does not tell is left alone; what a complete file no longer has is gone (I7).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/map_file.hpp"
#include "format/phone.hpp"
#include "intake/choice.hpp"
#include "intake/csv_rows.hpp"
#include "intake/oneroster_reader.hpp"
#include "intake/source_reader.hpp"
#include "model/daily_facts.hpp"
#include "store/intake_stage.hpp"

namespace crier::intake {

/// What rows are read from that lie in no CSV file: opened anew for each walk.
struct RowTable {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::vector<std::string> columns;
  std::function<std::unique_ptr<RowSource>()> open;
};

class CsvReader final : public SourceReader {
 public:
  /// `path` is a file of the export, or the folder that holds all of them. Throws Error(refused_input) where
  /// a file that the map wants is not there.
  CsvReader(config::ExportMap map, const std::filesystem::path& path, store::IntakeStage& stage,
            ReaderContext context, IssueList& issues, Progress progress);
  /// The same for rows of another form: a table for each entry of the map.
  CsvReader(config::ExportMap map, std::vector<RowTable> tables, store::IntakeStage& stage,
            ReaderContext context, IssueList& issues, Progress progress);

  void read() override;
  std::int64_t rows() const override { return rows_; }
  const std::vector<store::SchoolRow>& new_schools() const override { return new_schools_; }
  const std::map<std::string, std::int64_t, std::less<>>& school_ids() const override {
    return school_of_word_;
  }
  std::vector<std::string> untold() const override;

 private:
  /// A file on disk that a [[file]] of the map describes.
  struct Part {
    std::filesystem::path path;
    const config::MapEntry* entry = nullptr;
    std::uint64_t bytes = 0;
    /// Where the rows come from, if not from a CSV file.
    const RowTable* table = nullptr;
  };
  struct Person {
    Ref id = 0;
    std::size_t part = 0;
    std::int64_t line = 0;
    std::int64_t rows = 0;
    std::int64_t walked = 0;
    std::int64_t fingerprint = 0;
    std::int64_t standing_fingerprint = 0;
    std::int64_t name = 0;
    std::uint8_t kinds = 0;
  };
  /// An address that one of somebody's rows brought; which of their addresses it becomes is seen at the end.
  struct Offer {
    AddressFact fact;
    bool main = false;
    std::string file;
    std::int64_t line = 0;
    std::string column;
  };
  /// Facts of one person whose rows have not all been read yet.
  struct Pending {
    PersonFact fact;
    bool flawed = false;
    std::vector<Offer> offers;
    std::vector<std::pair<std::int64_t, PersonKind>> places;
  };
  /// What the first of somebody's folded rows said, and of which facts a later one has been reported.
  struct Said {
    std::vector<std::string> cells;
    std::set<std::string, std::less<>> told;
  };
  struct PersonColumns;
  enum class Standing { there, pre_admission, not_there };

  // csv_reader.cpp
  void find_parts(const std::filesystem::path& path);
  void add_part(const std::filesystem::path& path, const config::MapEntry& entry);
  void seed_fingerprints();
  std::vector<std::size_t> parts_of(config::MapKind kind) const;
  bool is_complete(config::MapKind kind) const;
  template <typename Visit>
  void walk(std::size_t part, Visit visit);
  void tell_encoding(const Part& part, format::Encoding encoding);
  void finish(const CsvRows& rows);
  std::int64_t school_of(const std::string& word, CsvRows& rows, const CsvFact* fact);
  std::int64_t find_school(const std::string& word) const;
  std::int64_t only_school(const CsvRows& rows) const;
  std::string country_of(std::int64_t school) const;
  void cover_schools(config::MapKind kind);
  std::int64_t print_of(const CsvRows& rows) const;

  // csv_people.cpp
  void read_people();
  void index_row(CsvRows& rows, const PersonColumns& columns, std::size_t part);
  void stage_row(CsvRows& rows, const PersonColumns& columns, std::size_t part);
  void stage_person(CsvRows& rows, const PersonColumns& columns, PersonKind kind, Person& person,
                    std::string_view id);
  void stage_place(CsvRows& rows, const PersonColumns& columns, PlaceFact place);
  void hold_against_first_row(CsvRows& rows, const Person& person);
  void leave_other_kinds();
  std::optional<PersonKind> kind_of(CsvRows& rows, const PersonColumns& columns);
  Standing standing_of(CsvRows& rows, const PersonColumns& columns);
  bool is_left_out(std::size_t part, std::int64_t line) const;

  // csv_addresses.cpp
  void stage_addresses(CsvRows& rows, const PersonColumns& columns, PersonKind kind, Ref person,
                       std::int64_t school);
  void read_email(CsvRows& rows, const CsvFact* fact, AddressFact& address);
  void read_number(CsvRows& rows, const CsvFact* fact, AddressFact& address, const std::string& country);
  void stage_phone(CsvRows& rows, const CsvFact* fact, AddressFact address, const std::string& country);
  void offer_addresses(CsvRows& rows, const PersonColumns& columns, PersonKind kind, std::int64_t school,
                       Pending& pending);
  void stage_offers(Pending& pending);

  // csv_references.cpp
  enum class Wanted { pupil, contact, anybody };
  std::optional<Ref> person_of(CsvRows& rows, const CsvFact* fact, Wanted wanted);
  std::optional<Ref> group_of(CsvRows& rows, const CsvFact* fact);
  bool told_here(Wanted wanted) const;
  bool is_named_otherwise(CsvRows& rows, const CsvFact* id, const CsvFact* family, const CsvFact* given);
  void read_relationships();
  void read_tie(CsvRows& rows);
  void tell_contacts_of_nobody();

  // csv_teaching.cpp
  void read_groups();
  void read_group(CsvRows& rows);
  void read_memberships();
  void read_membership(CsvRows& rows);
  void read_marks();
  void read_mark(CsvRows& rows);
  std::optional<Ref> assignment_of(CsvRows& rows, Ref group);

  // csv_daily.cpp
  void read_daily();
  void read_attendance(CsvRows& rows);
  void read_payment(CsvRows& rows);
  void read_behaviour(CsvRows& rows);
  void read_respondent(CsvRows& rows);
  void read_slot(CsvRows& rows);
  std::string clock_of(CsvRows& rows, const CsvFact* fact);
  std::string daily_id(CsvRows& rows, std::string natural);
  bool is_repeated(CsvRows& rows, store::DailyTable table, const std::string& id);

  config::ExportMap map_;
  std::vector<RowTable> tables_;
  store::IntakeStage& stage_;
  ReaderContext context_;
  IssueList& issues_;
  Progress progress_;
  Choice choice_;
  std::uint64_t seed_ = 0;
  std::vector<Part> parts_;
  std::int64_t rows_ = 0;
  std::uint64_t bytes_done_ = 0;
  std::uint64_t bytes_total_ = 0;
  std::set<std::filesystem::path> encoding_told_;

  std::vector<store::SchoolRow> new_schools_;
  std::map<std::string, std::int64_t, std::less<>> school_of_word_;
  std::set<std::int64_t> covered_;

  ByText<Person> people_;
  std::unordered_map<Ref, Said> said_;
  /// By folded code; 0 where several people have it.
  ByText<Ref> codes_;
  std::unordered_map<Ref, std::uint8_t> kinds_;
  std::unordered_map<Ref, Pending> pending_;
  std::set<std::pair<std::size_t, std::int64_t>> left_out_;
  ByText<format::PhoneReading> phones_;
  std::uint8_t kinds_told_ = 0;

  ByText<Ref> groups_;
  /// By folded name or code; 0 where several groups have it.
  ByText<Ref> group_names_;
  struct Assignment {
    Ref id = 0;
    std::int64_t fingerprint = 0;
  };
  ByText<Assignment> assignments_;
  ByText<bool> memberships_;
  ByText<bool> marks_;
  std::set<std::pair<Ref, Ref>> ties_;
  std::set<Ref> related_;
  std::array<ByText<std::int64_t>, store::all_daily_tables.size()> daily_ids_;
};

}  // namespace crier::intake
