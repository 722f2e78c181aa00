// A text with merge fields, `Dear {{name}}`, as Mustache has them (M2): read once, checked whole, written for
// each recipient. Fields are looked up in `merge_fields`; what is not declared is refused with its line
// before anything is queued, and never comes out as a gap.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace crier::message {

enum class Escape { none, markdown };

class TemplateText {
 public:
  /// `where` names the text in errors: `trip.toml, [pl] body`. Throws Error(usage): "bad-template" for a tag
  /// that is not closed, a section that does not end, a partial or any other thing that fields do not need;
  /// "unknown-field" with the line, the nearest field and those there are.
  TemplateText(std::string text, std::string where);

  bool has_fields() const { return !paths_.empty(); }
  /// The fields that are asked for, by their paths: `name`, `pupils`, `pupils.form`.
  const std::set<std::string>& paths() const { return paths_; }
  const std::string& text() const { return text_; }

  /// The fields that would be a gap: they are empty, and what is true of these values lets them be written. A
  /// field within its own section, or in a branch that is not taken, is none. `values` has what is not empty.
  std::set<std::string> gaps(const boost::json::object& values) const;

  /// Throws Error(refused_by_rule, "limit") where the text grows beyond 1 MiB, before it is written.
  std::string write(const boost::json::object& values, Escape escape) const;

  /// A piece of the text: words, a field or a section.
  struct Piece;

 private:
  struct Compiled;
  std::string text_;
  std::string where_;
  std::set<std::string> paths_;
  std::shared_ptr<const std::vector<Piece>> pieces_;
  std::shared_ptr<Compiled> compiled_;
};

/// The longest text that may come of a template.
inline constexpr std::size_t most_written_bytes = 1 << 20;

}  // namespace crier::message
