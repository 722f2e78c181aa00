#include "config/secret_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.hpp"
#include "base/os.hpp"

namespace crier::config {
namespace {

namespace fs = std::filesystem;

/// A secret as it stands in a file or a variable: the line end behind it is not part of it.
std::string without_line_end(std::string content) {
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
  return content;
}

std::vector<fs::path> places_of(const std::string& name, const fs::path& folder) {
  std::vector<fs::path> places{folder / name};
  const auto credentials = os::environment("CREDENTIALS_DIRECTORY");
  if (credentials && fs::path(name).is_relative()) places.push_back(fs::path(*credentials) / name);
  return places;
}

void take(FoundSecret& found, std::string content) {
  content = without_line_end(std::move(content));
  if (content.empty()) found.fault = "it is empty";
  found.value = Secret(std::move(content));
}

void take_file(FoundSecret& found, const std::string& name, const fs::path& folder) {
  std::string fault;
  for (const auto& place : places_of(name, folder)) {
    try {
      take(found, os::read_file(place, 64 << 10));
      found.file = place;
      return;
    } catch (const Error& error) {
      fault += (fault.empty() ? "" : "; ") + error.message();
    }
  }
  found.fault = fault;
}

}  // namespace

bool names_secret(const TomlTable& table, std::string_view what) {
  return table.has(fmt::format("{}_file", what)) || table.has(fmt::format("{}_env", what));
}

fs::path credential_path(const std::string& name, const fs::path& folder) {
  const auto places = places_of(name, folder);
  const auto there = std::find_if(places.begin(), places.end(), [](const fs::path& place) {
    std::error_code ignored;
    return fs::exists(place, ignored);
  });
  return there == places.end() ? places.front() : *there;
}

FoundSecret read_secret(const TomlTable& table, std::string_view what, const fs::path& folder) {
  const auto file = fmt::format("{}_file", what);
  const auto variable = fmt::format("{}_env", what);
  if (table.has(file) && table.has(variable)) {
    table.bad_value(variable, fmt::format("stands beside {}", file),
                    fmt::format("Name one place for the {}.", what));
  }
  FoundSecret found;
  std::string_view key = file;
  if (const auto name = table.text(file)) {
    take_file(found, *name, folder);
  } else if (const auto named = table.text(variable)) {
    key = variable;
    auto value = os::environment(*named);
    if (value) {
      take(found, std::move(*value));
    } else {
      found.fault = fmt::format("the environment variable {} is not set", *named);
    }
  }
  if (!found.fault.empty()) {
    found.fault = fmt::format("{}: the {} of {} cannot be read: {}", table.place(key), what, table.title(),
                              found.fault);
  }
  return found;
}

void refuse_secrets(const TomlTable& table, std::initializer_list<std::string_view> whats) {
  for (const auto what : whats) {
    if (!table.has(what)) continue;
    table.refuse(
        what, "secret-in-settings",
        fmt::format("'{}' in {}: {}s do not stand in the settings", what, table.title(), what),
        fmt::format("Put it into a file of its own and write {0}_file = \"…\", or {0}_env = \"…\".", what));
  }
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace crier::config
