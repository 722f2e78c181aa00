// What a OneRoster server keeps under which name, and how a field of its answers becomes a cell of a CSV set
// (I4): vendors write numbers as text and text as lists; what can be read is read.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/zone.hpp"

namespace crier::intake {

/// How a field of an answer becomes a cell of a CSV set.
enum class Form {
  text,
  /// Text, or a list of them: one cell with commas.
  list,
  /// `{"sourcedId": …}`, or the id alone.
  ref,
  refs,
  /// A date, or a time of which the school's day counts.
  date
};

struct Field {
  std::string_view column;
  std::string_view key;
  Form form = Form::text;
};

struct Collection {
  /// The name in the set: `users`.
  std::string_view name;
  /// The end of the address.
  std::string_view path;
  /// What is asked where that is not there, and what it tells by its name: a column and its word.
  struct Instead {
    std::string_view path;
    std::string_view column;
    std::string_view word;
  };
  std::vector<Instead> instead;
  std::vector<Field> fields;
  bool in_gradebook = false;
  /// The roster is nothing without it.
  bool needed = false;
};

/// In the order in which they are asked for.
const std::vector<Collection>& collections();

/// The cell of a value; nothing where it is of another kind. Dates with a time are days of `zone`, or as they
/// are written where there is none.
std::optional<std::string> cell_of(const boost::json::value& value, Form form, const Zone* zone);

/// `metadata.form`: within metadata, whatever stands between the dots; else a field of the row itself.
/// nullptr where there is none.
const boost::json::value* field_of(const boost::json::object& row, std::string_view path);

/// Its sourcedId, or empty.
std::string id_of(const boost::json::value& row);

}  // namespace crier::intake
