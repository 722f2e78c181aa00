#include "message/template_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <optional>
#include <span>

#include "base/error.hpp"
#include "base/text.hpp"
#include "message/markdown.hpp"
#include "message/merge_fields.hpp"

namespace crier::message {
namespace {

namespace mustache = kainjow::mustache;

/// No letter needs sections within sections deeper than this.
constexpr std::size_t most_nesting = 10;
constexpr std::size_t most_tags = 2000;

struct Section {
  std::string name;
  std::string path;
  int line = 1;
  /// The fields of each entry of a list; none for a condition.
  std::span<const MergeField> fields;
};

const MergeField* find(std::span<const MergeField> fields, std::string_view name) {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const MergeField& one) { return one.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

/// Reads the tags of a text from left to right, sections on a stack.
class TagReader {
 public:
  TagReader(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  std::vector<UsedField> run() {
    for (auto at = text_.find("{{"); at != std::string_view::npos; at = text_.find("{{", at)) {
      line_ = 1 + static_cast<int>(
                      std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
      if (++tags_ > most_tags)
        refuse(fmt::format("there are more than {} fields", most_tags), "Write a shorter text.");
      const auto end = text_.find("}}", at + 2);
      if (end == std::string_view::npos) {
        refuse("'{{' is not closed", "Write a field as {{name}}; in a text without fields write { { apart.");
      }
      tag(trim_invisible(text_.substr(at + 2, end - at - 2)));
      at = end + 2;
    }
    if (!sections_.empty()) {
      line_ = sections_.back().line;
      refuse(fmt::format("the section '{}' does not end", sections_.back().name),
             fmt::format("Close it with {{{{/{}}}}}.", sections_.back().name));
    }
    return std::move(used_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what, const std::string& hint) const {
    throw Error(Exit::usage, "bad-template", fmt::format("{}, line {}: {}", where_, line_, what), hint);
  }

  void tag(std::string_view tag) {
    const auto sign = tag.empty() ? ' ' : tag.front();
    const auto name = trim_invisible(tag.substr(std::min<std::size_t>(1, tag.size())));
    switch (sign) {
      case '!':
        return;
      case '#':
      case '^':
        return open(name);
      case '/':
        return close(name);
      case '{':
      case '&':
        refuse("a field without escaping could break the mail", "Write {{name}} with two braces.");
      case '>':
      case '=':
        refuse(fmt::format("'{{{{{}' is not supported", sign),
               "Write the words out; fields and sections are enough.");
      default:
        use(tag, UsedField::Use::required);
    }
  }

  void open(std::string_view name) {
    if (sections_.size() == most_nesting) {
      refuse(fmt::format("sections stand more than {} deep", most_nesting), "Write it flatter.");
    }
    const auto used = use(name, UsedField::Use::optional);
    const auto* field = used.first;
    const auto& path = used.second;
    const bool within_itself = std::any_of(sections_.begin(), sections_.end(),
                                           [&](const Section& section) { return section.path == path; });
    if (within_itself && field->kind == FieldKind::list) {
      refuse(fmt::format("the list '{}' stands within itself", name), "Go through a list once.");
    }
    sections_.push_back({std::string(name), path, line_,
                         field->kind == FieldKind::list ? field->fields : std::span<const MergeField>()});
  }

  void close(std::string_view name) {
    if (sections_.empty() || sections_.back().name != name) {
      refuse(fmt::format("'{{{{/{}}}}}' ends no section that is open", name),
             sections_.empty() ? "Take it out." : fmt::format("'{}' is open.", sections_.back().name));
    }
    sections_.pop_back();
  }

  /// A name is looked for in the innermost list first, then outwards, as Mustache does.
  std::pair<const MergeField*, std::string> use(std::string_view name, UsedField::Use how) {
    const MergeField* found = nullptr;
    std::string path;
    for (auto section = sections_.rbegin(); section != sections_.rend() && found == nullptr; ++section) {
      found = find(section->fields, name);
      if (found != nullptr) path = section->path + "." + std::string(name);
    }
    if (found == nullptr) {
      found = find(merge_fields(), name);
      path = name;
    }
    if (found == nullptr) refuse_unknown(name);
    if (how == UsedField::Use::required && found->kind != FieldKind::text) {
      refuse(fmt::format("'{}' is {}", name, found->kind == FieldKind::list ? "a list" : "a condition"),
             fmt::format("Write {{{{#{0}}}}} … {{{{/{0}}}}}.", name));
    }
    const bool guarded = std::any_of(sections_.begin(), sections_.end(),
                                     [&](const Section& section) { return section.path == path; });
    used_.push_back({path, line_, guarded ? UsedField::Use::optional : how});
    return {found, path};
  }

  [[noreturn]] void refuse_unknown(std::string_view name) const {
    std::vector<std::string> names;
    for (const auto& section : sections_) {
      for (const auto& field : section.fields) names.emplace_back(field.name);
    }
    for (const auto& field : merge_fields()) names.emplace_back(field.name);
    throw Error(
        Exit::usage, "unknown-field",
        fmt::format("{}, line {}: there is no field '{}'{}", where_, line_, name, did_you_mean(name, names)),
        "There are here: " + join(names, ", ") + "; see crier-template(5).");
  }

  std::string_view text_;
  std::string_view where_;
  int line_ = 1;
  std::size_t tags_ = 0;
  std::vector<Section> sections_;
  std::vector<UsedField> used_;
};

mustache::data data_of(const boost::json::value& value) {
  if (value.is_bool()) return mustache::data(value.get_bool());
  if (value.is_string()) return mustache::data(std::string(value.get_string()));
  if (value.is_array()) {
    mustache::data list(mustache::data::type::list);
    for (const auto& one : value.get_array()) list.push_back(data_of(one));
    return list;
  }
  mustache::data object(mustache::data::type::object);
  if (value.is_object()) {
    for (const auto& [key, one] : value.get_object()) object.set(std::string(key), data_of(one));
  }
  return object;
}

}  // namespace

struct TemplateText::Compiled {
  explicit Compiled(const std::string& text) : as_it_is(text), for_markdown(text) {
    as_it_is.set_custom_escape([this](const std::string& value) { return counted(value); });
    for_markdown.set_custom_escape(
        [this](const std::string& value) { return markdown_escape(counted(value)); });
  }
  /// The library gathers a line before it hands it out: what grows without end is noticed here.
  const std::string& counted(const std::string& value) {
    values_written += value.size() + 1;
    if (values_written > most_written_bytes) {
      throw Error(Exit::refused_by_rule, "limit", "the text grows beyond 1 MiB",
                  "Write a shorter text, or narrow the audience.");
    }
    return value;
  }

  std::size_t values_written = 0;
  mustache::mustache as_it_is;
  mustache::mustache for_markdown;
};

TemplateText::TemplateText(std::string text, std::string where)
    : text_(std::move(text)), where_(std::move(where)), used_(TagReader(text_, where_).run()) {
  if (text_.find("{{") == std::string::npos) return;
  compiled_ = std::make_shared<Compiled>(text_);
  if (compiled_->as_it_is.is_valid()) return;
  throw Error(Exit::usage, "bad-template", fmt::format("{}: {}", where_, compiled_->as_it_is.error_message()),
              "See crier-template(5).");
}

std::string TemplateText::write(const boost::json::object& values, Escape escape) const {
  if (!compiled_) return text_;
  std::string out;
  compiled_->values_written = 0;
  auto& with = escape == Escape::markdown ? compiled_->for_markdown : compiled_->as_it_is;
  with.render(data_of(values), [&](const std::string& piece) {
    if (out.size() + piece.size() > most_written_bytes) {
      throw Error(Exit::refused_by_rule, "limit", fmt::format("{} grows beyond 1 MiB", where_),
                  "Write a shorter text, or narrow the audience.");
    }
    out += piece;
  });
  return out;
}

}  // namespace crier::message
