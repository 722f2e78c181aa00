// A store, a map and the files of an export, and imports of the one into the other.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "intake/csv_import.hpp"
#include "store/connection.hpp"
#include "support/temporary_folder.hpp"

namespace crier::test {

struct CsvFixture {
  TemporaryFolder home;
  TemporaryFolder place;
  std::unique_ptr<store::Connection> connection = store::Connection::create(home / "crier.db");
  config::Settings settings;
  FixedClock clock{*parse_rfc3339("2026-11-25T08:30:00Z")};
  intake::ImportRequest request;

  CsvFixture() {
    settings.district.timezone = "Europe/London";
    settings.district.country = "GB";
    request.actor = "test";
    request.source = "csv";
    request.kind = "csv";
    request.path = place.path();
  }

  void map(std::string_view toml) {
    home.write("map.toml", toml);
    request.map = home / "map.toml";
  }
  intake::ImportAnswer import() { return intake::import_csv(*connection, settings, clock, request, {}); }
  std::int64_t count(std::string_view sql) { return connection->integer(sql); }
  std::string text(std::string_view sql) { return connection->text(sql); }
};

/// The issues with this reason.
inline std::vector<RowIssue> issues(const intake::ImportAnswer& answer, std::string_view reason) {
  std::vector<RowIssue> found;
  for (const auto& one : answer.report.issues) {
    if (one.reason == reason) found.push_back(one);
  }
  return found;
}

}  // namespace crier::test
