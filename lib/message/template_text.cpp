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
constexpr std::size_t longest_name = 100;

}  // namespace

struct TemplateText::Piece {
  enum class Kind { words, field, section, inverted } kind = Kind::words;
  std::string name;
  std::string path;
  /// In which values the name is looked up: 0 the recipient's, 1 those of an entry of the outermost list, …
  std::size_t scope = 0;
  /// Of words.
  std::size_t bytes = 0;
  std::vector<Piece> inside;
};

namespace {

using Piece = TemplateText::Piece;
using Kind = Piece::Kind;

/// A section that is open while tags are read.
struct OpenSection {
  Piece piece;
  int line = 1;
  /// The fields of each entry of a list; none for a condition, and where the list is empty.
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

  std::vector<Piece> run() {
    std::size_t at = 0;
    for (auto next = text_.find("{{"); next != std::string_view::npos; next = text_.find("{{", at)) {
      add_words(text_.substr(at, next - at));
      if (++tags_ > most_tags)
        refuse(fmt::format("there are more than {} fields", most_tags), "Write a shorter text.");
      const auto end = text_.find("}}", next + 2);
      const auto inside = trim_invisible(text_.substr(next + 2, std::min(end, text_.size()) - next - 2));
      const bool note = inside.starts_with('!');
      // Braces that were forgotten are closed somewhere, by the next field.
      const bool runs_on = inside.find('\n') != std::string_view::npos || inside.size() > longest_name;
      if (end == std::string_view::npos || (runs_on && !note)) {
        refuse("'{{' is not closed", "Write a field as {{name}}; in a text without fields write { { apart.");
      }
      tag(inside);
      add_lines(text_.substr(next, end - next));
      at = end + 2;
    }
    add_words(text_.substr(at));
    if (!sections_.empty()) {
      line_ = sections_.back().line;
      const auto& name = sections_.back().piece.name;
      refuse(fmt::format("the section '{}' does not end", name),
             fmt::format("Close it with {{{{/{}}}}}.", name));
    }
    return std::move(pieces_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what, const std::string& hint) const {
    throw Error(Exit::usage, "bad-template", fmt::format("{}, line {}: {}", where_, line_, what), hint);
  }

  void add_lines(std::string_view passed) {
    line_ += static_cast<int>(std::count(passed.begin(), passed.end(), '\n'));
  }

  void add(Piece piece) {
    (sections_.empty() ? pieces_ : sections_.back().piece.inside).push_back(std::move(piece));
  }

  void add_words(std::string_view words) {
    if (!words.empty()) add({Kind::words, "", "", 0, words.size(), {}});
    add_lines(words);
  }

  void tag(std::string_view tag) {
    const auto sign = tag.empty() ? ' ' : tag.front();
    const auto name = trim_invisible(tag.substr(std::min<std::size_t>(1, tag.size())));
    switch (sign) {
      case '!':
        return;
      case '#':
        return open(name, Kind::section);
      case '^':
        return open(name, Kind::inverted);
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
        field(tag);
    }
  }

  void open(std::string_view name, Kind kind) {
    if (sections_.size() == most_nesting) {
      refuse(fmt::format("sections stand more than {} deep", most_nesting), "Write it flatter.");
    }
    Piece piece;
    piece.kind = kind;
    const auto& field = look_up(name, piece);
    const bool goes_through = kind == Kind::section && field.kind == FieldKind::list;
    const bool within_itself = std::any_of(sections_.begin(), sections_.end(), [&](const OpenSection& one) {
      return one.piece.path == piece.path && !one.fields.empty();
    });
    if (within_itself && goes_through) {
      refuse(fmt::format("the list '{}' stands within itself", name), "Go through a list once.");
    }
    sections_.push_back(
        {std::move(piece), line_, goes_through ? field.fields : std::span<const MergeField>()});
  }

  void close(std::string_view name) {
    if (sections_.empty() || sections_.back().piece.name != name) {
      refuse(fmt::format("'{{{{/{}}}}}' ends no section that is open", name),
             sections_.empty() ? "Take it out." : fmt::format("'{}' is open.", sections_.back().piece.name));
    }
    auto piece = std::move(sections_.back().piece);
    sections_.pop_back();
    add(std::move(piece));
  }

  void field(std::string_view name) {
    Piece piece;
    piece.kind = Kind::field;
    const auto& field = look_up(name, piece);
    if (field.kind != FieldKind::text) {
      refuse(fmt::format("'{}' is {}", name, field.kind == FieldKind::list ? "a list" : "a condition"),
             fmt::format("Write {{{{#{0}}}}} … {{{{/{0}}}}}.", name));
    }
    add(std::move(piece));
  }

  /// A name is looked for in the innermost list first, then outwards, as Mustache does.
  const MergeField& look_up(std::string_view name, Piece& piece) const {
    piece.name = name;
    for (auto section = sections_.rbegin(); section != sections_.rend(); ++section) {
      const auto* found = find(section->fields, name);
      if (found == nullptr) continue;
      piece.path = section->piece.path + "." + piece.name;
      piece.scope = static_cast<std::size_t>(std::count_if(
          section, sections_.rend(), [](const OpenSection& one) { return !one.fields.empty(); }));
      return *found;
    }
    const auto* found = find(merge_fields(), name);
    if (found == nullptr) refuse_unknown(name);
    piece.path = name;
    return *found;
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
  std::vector<OpenSection> sections_;
  std::vector<Piece> pieces_;
};

void add_paths(const std::vector<Piece>& pieces, std::set<std::string>& paths) {
  for (const auto& piece : pieces) {
    if (piece.kind != Kind::words) paths.insert(piece.path);
    add_paths(piece.inside, paths);
  }
}

/// Goes through a text as it would be written: what would be a gap, and how long it gets.
class Walk {
 public:
  explicit Walk(const boost::json::object& values) : scopes_{&values} {}

  void through(const std::vector<Piece>& pieces) {
    for (const auto& piece : pieces) {
      if (bytes_ > most_written_bytes) return;
      bytes_ += piece.bytes + 1;
      if (piece.kind == Kind::words) continue;
      const auto* value = find(piece);
      const bool is_list = value != nullptr && value->is_array();
      if (piece.kind == Kind::field) {
        if (value == nullptr || !value->is_string()) {
          gaps_.insert(piece.path);
        } else {
          bytes_ += value->get_string().size();
        }
      } else if (piece.kind == Kind::section && is_list) {
        through_list(piece, value->get_array());
      } else if ((piece.kind == Kind::section) == is_true(value)) {
        through(piece.inside);
      }
    }
  }

  bool is_too_long() const { return bytes_ > most_written_bytes; }
  std::set<std::string>& gaps() { return gaps_; }

 private:
  void through_list(const Piece& piece, const boost::json::array& entries) {
    for (const auto& entry : entries) {
      if (!entry.is_object()) continue;
      scopes_.push_back(&entry.get_object());
      through(piece.inside);
      scopes_.pop_back();
    }
  }

  const boost::json::value* find(const Piece& piece) const {
    return piece.scope < scopes_.size() ? scopes_[piece.scope]->if_contains(piece.name) : nullptr;
  }

  static bool is_true(const boost::json::value* value) {
    if (value == nullptr) return false;
    if (value->is_array()) return !value->get_array().empty();
    return !value->is_bool() || value->get_bool();
  }

  std::vector<const boost::json::object*> scopes_;
  std::size_t bytes_ = 0;
  std::set<std::string> gaps_;
};

mustache::data data_of(const boost::json::value& value, std::span<const MergeField> fields);

/// What an entry of a list has not is empty there, and not to be looked for further out: a pupil without a
/// family name has not the reader's.
mustache::data data_of(const boost::json::object& values, std::span<const MergeField> fields) {
  mustache::data object(mustache::data::type::object);
  for (const auto& field : fields) {
    const auto* value = values.if_contains(field.name);
    object.set(std::string(field.name),
               value == nullptr ? mustache::data(false) : data_of(*value, field.fields));
  }
  return object;
}

mustache::data data_of(const boost::json::value& value, std::span<const MergeField> fields) {
  if (value.is_bool()) return mustache::data(value.get_bool());
  if (value.is_string()) return mustache::data(std::string(value.get_string()));
  if (value.is_object()) return data_of(value.get_object(), fields);
  if (!value.is_array()) return mustache::data(false);
  mustache::data list(mustache::data::type::list);
  for (const auto& one : value.get_array()) list.push_back(data_of(one, fields));
  return list;
}

/// The names that a text may ask for are known when it is read: any other is a fault of ours, and no gap.
class DeclaredFields final : public mustache::context<std::string> {
 public:
  using mustache::context<std::string>::context;
  const mustache::data* get(const std::string& name) const override {
    const auto* found = mustache::context<std::string>::get(std::string(trim_invisible(name)));
    if (found != nullptr) return found;
    throw Error(Exit::usage, "unknown-field", fmt::format("there is no field '{}'", name),
                "See crier-template(5).");
  }
};

/// Where the engine writes to.
struct Sink {
  std::string text;
  Sink& operator<<(const std::string& piece) {
    text += piece;
    return *this;
  }
};

}  // namespace

struct TemplateText::Compiled {
  explicit Compiled(const std::string& text) : as_it_is(text), for_markdown(text) {
    as_it_is.set_custom_escape([](const std::string& value) { return value; });
    for_markdown.set_custom_escape([](const std::string& value) { return markdown_escape(value); });
  }
  mustache::mustache as_it_is;
  mustache::mustache for_markdown;
};

TemplateText::TemplateText(std::string text, std::string where)
    : text_(std::move(text)),
      where_(std::move(where)),
      pieces_(std::make_shared<const std::vector<Piece>>(TagReader(text_, where_).run())) {
  add_paths(*pieces_, paths_);
  if (text_.find("{{") == std::string::npos) return;
  compiled_ = std::make_shared<Compiled>(text_);
  if (compiled_->as_it_is.is_valid()) return;
  throw Error(Exit::usage, "bad-template", fmt::format("{}: {}", where_, compiled_->as_it_is.error_message()),
              "See crier-template(5).");
}

std::set<std::string> TemplateText::gaps(const boost::json::object& values) const {
  Walk walk(values);
  walk.through(*pieces_);
  return std::move(walk.gaps());
}

std::string TemplateText::write(const boost::json::object& values, Escape escape) const {
  if (!compiled_) return text_;
  Walk walk(values);
  walk.through(*pieces_);
  if (walk.is_too_long()) {
    throw Error(Exit::refused_by_rule, "limit", fmt::format("{} grows beyond 1 MiB", where_),
                "Write a shorter text, or narrow the audience.");
  }
  const auto data = data_of(values, merge_fields());
  DeclaredFields fields(&data);
  Sink sink;
  auto& with = escape == Escape::markdown ? compiled_->for_markdown : compiled_->as_it_is;
  with.render(fields, sink);
  return std::move(sink.text);
}

}  // namespace crier::message
