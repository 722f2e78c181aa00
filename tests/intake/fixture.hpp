// A store and a set, and imports of the one into the other.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "intake/run.hpp"
#include "set_builder.hpp"
#include "store/connection.hpp"

namespace crier::test {

struct ImportFixture {
  TemporaryFolder folder;
  std::unique_ptr<store::Connection> connection = store::Connection::create(folder / "crier.db");
  config::Settings settings;
  FixedClock clock{*parse_rfc3339("2026-11-25T08:30:00Z")};
  OneRosterFiles set = small_school();
  intake::ImportRequest request;
  int written = 0;

  ImportFixture() {
    settings.district.timezone = "Europe/London";
    settings.district.country = "GB";
    request.actor = "test";
  }

  /// Writes the set as it stands now and imports it.
  intake::ImportAnswer import() {
    const TemporaryFolder place;
    set.write(place);
    return import(place.path());
  }
  intake::ImportAnswer import(const std::filesystem::path& path) {
    request.path = path;
    return intake::import_oneroster(*connection, settings, clock, request, {});
  }
  std::int64_t count(std::string_view sql) { return connection->integer(sql); }
  std::string text(std::string_view sql) { return connection->text(sql); }
};

/// The first issue with this reason.
inline const RowIssue* issue(const intake::ImportAnswer& answer, std::string_view reason) {
  for (const auto& one : answer.report.issues) {
    if (one.reason == reason) return &one;
  }
  return nullptr;
}

}  // namespace crier::test
