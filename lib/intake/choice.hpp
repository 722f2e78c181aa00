// Who and what of a source comes in, by its settings (I5): asked by every reader before it stages anything.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "config/settings.hpp"

namespace crier::intake {

/// What a pupil's application says.
enum class Application {
  /// A pupil like any other.
  none,
  /// A pre-admission that is imported: the date lies ahead.
  ahead,
  /// A pre-admission whose date has passed: not imported, and reported.
  stale,
  /// A pre-admission without a date that can be read: not imported, and reported.
  no_date,
  /// Rejected or withdrawn, or pre-admissions are not wanted.
  left_out,
  /// A word that neither crier nor the settings know: taken for a pupil like any other, and reported.
  unknown_word,
};

/// `true`, `yes`, `1` and their opposites; none for any other word.
std::optional<bool> truth_of(std::string_view cell);

class Choice {
 public:
  /// Reads the exceptions file. Throws Error(usage) where it cannot be read: nobody on it may be stored.
  explicit Choice(const config::ImportSource& source);

  /// Never stored (R7): by code or by the source's id, ignoring case.
  bool excepted(std::string_view code, std::string_view source_id) const;
  /// Folded codes and ids.
  const std::set<std::string, std::less<>>& exceptions() const { return exceptions_; }

  /// Whether any rule tells contacts apart.
  bool chooses_contacts() const;
  /// `relation` folded. No priority counts as 1; an unknown parental responsibility is none.
  bool takes_contact(std::string_view relation, std::optional<int> priority,
                     std::optional<bool> responsibility) const;

  /// `use`: `home`, `work`.
  bool takes_email(std::string_view use) const { return takes("email") && located(use); }
  bool takes_mobile() const { return takes("mobile"); }
  bool takes_phone(std::string_view use) const { return takes("phone") && located(use); }

  bool active_groups_only() const { return source_.choice.active_groups_only; }

  Application application(std::string_view status, std::string_view date, Date today) const;

 private:
  bool takes(std::string_view kind) const;
  bool located(std::string_view use) const;

  config::ImportSource source_;
  std::set<std::string, std::less<>> exceptions_;
};

}  // namespace crier::intake
