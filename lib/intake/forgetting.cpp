#include "intake/forgetting.hpp"

namespace crier::intake {
namespace {

/// An export of all schools in which nobody and nothing is left.
class NothingLeft : public SourceReader {
 public:
  NothingLeft(store::IntakeStage& stage, const ReaderContext& context) : stage_(stage) {
    for (const auto& school : context.schools) schools_.push_back(school.id);
  }

  void read() override {
    for (const auto school : schools_) stage_.covers(school);
    for (const auto table :
         {store::RosterTable::person, store::RosterTable::roster_group, store::RosterTable::membership,
          store::RosterTable::assignment, store::RosterTable::mark}) {
      stage_.complete(table);
    }
    stage_.ties_apart();
    stage_.daily().forget();
  }

  std::int64_t rows() const override { return 0; }
  const std::vector<store::SchoolRow>& new_schools() const override { return none_; }
  const std::map<std::string, std::int64_t, std::less<>>& school_ids() const override { return no_ids_; }
  std::vector<std::string> untold() const override { return {}; }

 private:
  store::IntakeStage& stage_;
  std::vector<std::int64_t> schools_;
  std::vector<store::SchoolRow> none_;
  std::map<std::string, std::int64_t, std::less<>> no_ids_;
};

}  // namespace

ImportAnswer forget_source(store::Connection& connection, const config::Settings& settings,
                           const Clock& clock, const ImportRequest& request) {
  return import_source(connection, settings, clock, request,
                       [](store::IntakeStage& stage, ReaderContext context, IssueList&, Progress) {
                         return std::make_unique<NothingLeft>(stage, context);
                       },
                       {});
}

}  // namespace crier::intake
