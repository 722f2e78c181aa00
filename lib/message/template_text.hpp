// A text with merge fields, `Dear {{name}}`, as Mustache has them (M2): read once, checked whole, written for
// each recipient. Fields are looked up in `merge_fields`; what is not declared is refused with its line
// before anything is queued, and never comes out as a gap.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace crier::message {

/// A field that a text asks for, by its path: `name`, `pupils`, `pupils.form`.
struct UsedField {
  std::string path;
  int line = 1;
  /// Within a section of its own (`{{#title}}{{title}}{{/title}}`) or asked as a condition alone: it may be
  /// empty.
  enum class Use { required, optional } use = Use::required;
};

enum class Escape { none, markdown };

class TemplateText {
 public:
  /// `where` names the text in errors: `trip.toml, [pl] body`. Throws Error(usage): "bad-template" for a tag
  /// that is not closed, a section that does not end, a partial or any other thing that fields do not need;
  /// "unknown-field" with the line, the nearest field and those there are.
  TemplateText(std::string text, std::string where);

  bool has_fields() const { return !used_.empty(); }
  const std::vector<UsedField>& used() const { return used_; }
  const std::string& text() const { return text_; }

  /// `values` has what is not empty. Throws Error(refused_by_rule, "limit") where the text grows beyond 1
  /// MiB.
  std::string write(const boost::json::object& values, Escape escape) const;

 private:
  struct Compiled;
  std::string text_;
  std::string where_;
  std::vector<UsedField> used_;
  std::shared_ptr<Compiled> compiled_;
};

/// The longest text that may come of a template.
inline constexpr std::size_t most_written_bytes = 1 << 20;

}  // namespace crier::message
