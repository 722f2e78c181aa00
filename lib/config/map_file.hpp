// The map of a CSV export: a TOML file that says which file holds what and which column tells which fact
// (I2). Read and checked here, with line numbers; intake reads the export by it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "format/date_form.hpp"
#include "format/encoding.hpp"

namespace crier::config {

enum class MapKind {
  people,
  relationships,
  groups,
  memberships,
  attendance,
  marks,
  payments,
  behaviour,
  survey,
  timetable
};
std::string_view to_text(MapKind kind);

/// A column by its name in the header, or by its number from 1.
using MapColumn = std::variant<std::string, std::int64_t>;

/// How a fact is made from a row.
struct MapValue {
  /// Empty: the constant counts. Several are joined by a blank.
  std::vector<MapColumn> columns;
  std::string constant;
  /// The cell is cut at this text, and the part `take` counts (from 1; from the end where negative).
  std::string separator;
  std::int64_t take = 1;
  /// What the export writes, folded, and what it means; what is not among them is `otherwise`, or bad.
  std::map<std::string, std::string> words;
  std::optional<std::string> otherwise;
  /// How the export writes dates; none: ISO.
  std::optional<format::DateForm> date;
  /// `map.toml:12`.
  std::string place;
};

enum class Header { named, none };
/// Whether the file tells all there is, so that what it no longer has is gone (I7), or only what is new.
enum class Telling { everything, additions };
enum class Presence { required, optional };
/// Whether each row is one fact, or rows are the combinations of several lists: then each fact is told once,
/// and a person's rows bring one address after the other.
enum class Repeats { rows, fold };

/// `[[file]]`: a file of the export, or several of one kind.
struct MapEntry {
  /// The file's name; `*` and `?` stand for any characters. Case does not count.
  std::string name;
  MapKind kind = MapKind::people;
  /// None: told apart by the bytes.
  std::optional<format::Encoding> encoding;
  /// None: found in the header.
  std::optional<char> delimiter;
  Header header = Header::named;
  /// Rows above the header (a title, a date) that are passed over.
  std::int64_t skip = 0;
  Telling telling = Telling::everything;
  Presence presence = Presence::required;
  Repeats repeats = Repeats::rows;
  /// By fact: `code`, `family`, `email`, …
  std::map<std::string, MapValue, std::less<>> columns;
  std::string place;

  const MapValue* value(std::string_view fact) const;
  bool matches(std::string_view file_name) const;
};

struct ExportMap {
  std::filesystem::path file;
  /// The school of all rows that name no other; empty where the map names none.
  std::string school;
  std::vector<MapEntry> entries;
  /// A number that is another whenever the map says something else: facts read by another map are read anew.
  std::uint64_t digest = 0;
};

/// The facts that a kind of file can tell, in the order of the manual.
const std::vector<std::string>& map_facts(MapKind kind);

/// The facts of which a row of that kind has at least one; empty: any.
const std::vector<std::string_view>& anchor_facts(MapKind kind);

/// Whether a map must describe files, or may leave all of them to what crier knows of such exports itself.
enum class Files { needed, optional };

/// Throws Error(usage) with file, line, key and the nearest known key.
ExportMap parse_map(std::string_view toml, const std::filesystem::path& file, Files files = Files::needed);
ExportMap load_map(const std::filesystem::path& file, Files files = Files::needed);

}  // namespace crier::config
