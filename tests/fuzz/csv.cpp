// Any bytes as a file of a mapped export: read to the end, every fact asked for, and a map suggested from it
// that the map parser accepts (I2, I8). A crash, a leak or an exception that is no crier::Error is a find.
#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "config/map_file.hpp"
#include "intake/csv_rows.hpp"
#include "intake/csv_suggest.hpp"

using namespace crier;

namespace {

config::MapEntry entry(bool named) {
  config::MapEntry made;
  made.name = "any.csv";
  made.header = named ? config::Header::named : config::Header::none;
  for (const auto& fact : {"a", "b", "c"}) {
    config::MapValue value;
    value.columns.push_back(std::int64_t{fact[0] - 'a' + 1});
    if (fact[0] == 'b') value.separator = ";";
    if (fact[0] == 'c') value.date = format::DateForm::parse("DD/MM/YYYY*");
    made.columns.emplace(fact, value);
  }
  return made;
}

void read(std::string_view bytes, bool named) {
  const auto by = entry(named);
  intake::IssueList issues;
  try {
    const intake::CsvText text("any.csv", bytes, std::nullopt);
    intake::CsvRows rows("any.csv", text, by, issues);
    while (rows.next()) {
      intake::Fingerprint print(1);
      rows.print(print);
      for (const auto& fact : {"a", "b", "c"}) {
        (void)rows.text(rows.fact(fact));
        (void)rows.truth(rows.fact(fact));
        (void)rows.integer(rows.fact(fact), -10, 10);
        (void)rows.number(rows.fact(fact));
        (void)rows.hundredths(rows.fact(fact));
        (void)rows.date(rows.fact(fact));
      }
    }
  } catch (const Error&) {
    // Refused, with a reason: as it should be.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  read(text, true);
  read(text, false);
  std::string suggested;
  try {
    suggested = intake::suggest_entry("any.csv", text);
  } catch (const Error&) {
    return 0;
  }
  (void)config::parse_map(suggested, "suggested.toml");
  return 0;
}
