// How an export writes its dates: `DD/MM/YYYY` in a map tells what `04/02/2000` is (I2). Nothing is guessed:
// without a form only ISO dates are read. Checked when the map is read, used for each cell.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace crier::format {

class DateForm {
 public:
  /// Parts: `YYYY`, `YY` (70 to 99 are 19..), `MMMM` or `MMM` (English names), `MM` or `M` and `DD` or `D`
  /// (one or two digits), a `*` at the end for whatever follows (a time of day); everything else stands for
  /// itself. Nothing where the form does not name year, month and day once each.
  static std::optional<DateForm> parse(std::string_view form);

  /// Nothing where the text is not of this form or names no day of the calendar.
  std::optional<Date> read(std::string_view text) const;
  const std::string& form() const { return form_; }

 private:
  std::string form_;
};

/// `2026-09-01`, also with a time of day behind it: what is read where no form is given.
std::optional<Date> read_iso_date(std::string_view text);

}  // namespace crier::format
