// A TOML table read with care: the keys that it may have are declared, an unknown one is an error with file,
// line and the nearest known key, and so is a value of the wrong type or size. The settings, schedules and
// maps are read through it; toml++ and its exceptions stop here.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <toml++/toml.h>

#include "base/instant.hpp"

namespace crier::config {

/// How a message names a file and the man page that lists its keys.
struct TomlSource {
  std::string file;
  /// `crier.toml(5)`.
  std::string manual;
};

/// A key that the interface knows and this version does not act upon, although ignoring it would do harm.
struct InactiveKey {
  std::string_view key;
  std::string_view remedy;
};

class TomlTable {
 public:
  /// `title` names the table in messages: `[district]`; empty for the file's top level.
  TomlTable(std::shared_ptr<const TomlSource> source, const toml::table& table, std::string title);

  /// Throws Error(usage, "unknown-key") for any key that is not among these.
  void allow(std::initializer_list<std::string_view> keys) const;
  /// Throws Error(usage, "not-supported-yet") where one of them is there.
  void refuse_inactive(std::initializer_list<InactiveKey> keys) const;

  bool has(std::string_view key) const;
  bool is_table(std::string_view key) const;
  std::vector<std::string> keys() const;
  const std::string& title() const { return title_; }

  /// One line of text, blanks at the ends off; empty text and control characters are refused.
  std::optional<std::string> text(std::string_view key) const;
  /// Text that may have several lines.
  std::optional<std::string> long_text(std::string_view key) const;
  /// Text as it is written: empty text too.
  std::optional<std::string> raw_text(std::string_view key) const;
  /// Throws Error(usage, "missing-key") where it is not there.
  std::string required_text(std::string_view key) const;
  /// A text or a list of texts.
  std::optional<std::vector<std::string>> texts(std::string_view key) const;
  /// A list of texts and whole numbers, or one of them.
  std::optional<std::vector<std::variant<std::string, std::int64_t>>> words_or_numbers(
      std::string_view key) const;
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t low, std::int64_t high) const;
  std::optional<double> number(std::string_view key, double low, double high) const;
  std::optional<bool> flag(std::string_view key) const;
  /// `"90s"`, `"5m"`, `"1h"`, `"2d"`, or a whole number of seconds.
  std::optional<std::chrono::seconds> duration(std::string_view key, std::chrono::seconds low) const;
  /// A TOML local date-time or local date (midnight).
  std::optional<LocalTime> local_time(std::string_view key) const;
  /// A TOML local date, or nothing where the value is of another type.
  std::optional<Date> date(std::string_view key) const;
  /// One of `words`, as its position.
  std::optional<std::size_t> choice(std::string_view key,
                                    std::initializer_list<std::string_view> words) const;

  std::optional<TomlTable> table(std::string_view key) const;
  /// `[[key]]`.
  std::vector<TomlTable> tables(std::string_view key) const;

  /// `crier.toml:12`, of the key or, where it is not there, of the table.
  std::string place(std::string_view key) const;
  /// Throws Error(usage, `code`): `place: message`.
  [[noreturn]] void refuse(std::string_view key, std::string code, std::string_view message,
                           std::string hint) const;
  [[noreturn]] void bad_value(std::string_view key, std::string_view why, std::string hint) const;
  [[noreturn]] void unknown_key(std::string_view key, const std::vector<std::string>& known) const;

 private:
  const toml::node* node(std::string_view key) const;
  [[noreturn]] void wrong_type(std::string_view key, std::string_view wanted) const;
  std::string one_line(std::string_view key, std::string_view written) const;

  std::shared_ptr<const TomlSource> source_;
  const toml::table* table_;
  std::string title_;
};

/// A parsed file: its tables point into it.
class TomlFile {
 public:
  /// Throws Error(usage, "bad-toml") with line and column.
  TomlFile(std::string_view toml, std::string file, std::string manual);
  TomlTable root() const { return {source_, table_, ""}; }

 private:
  std::shared_ptr<const TomlSource> source_;
  toml::table table_;
};

}  // namespace crier::config
