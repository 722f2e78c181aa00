#include "message/markdown.hpp"

#include <cmark.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>

#include "base/error.hpp"
#include "base/text.hpp"

namespace crier::message {
namespace {

/// Deeper than any letter: what nests further is an attack or an accident.
constexpr int most_nesting = 40;

struct Free {
  void operator()(cmark_node* node) const { cmark_node_free(node); }
  void operator()(cmark_iter* iter) const { cmark_iter_free(iter); }
  void operator()(char* text) const { std::free(text); }
};
using Node = std::unique_ptr<cmark_node, Free>;
using Iterator = std::unique_ptr<cmark_iter, Free>;
using Text = std::unique_ptr<char, Free>;

/// A line of quotes and list marks nests as deep as it has marks, and costs by the square of it.
void require_shallow(std::string_view source) {
  for (const auto line : split(source, '\n')) {
    int marks = 0;
    for (const char c : line) {
      if (c == '>' || c == '-' || c == '*' || c == '+') {
        ++marks;
      } else if (c != ' ' && c != '\t') {
        break;
      }
    }
    const bool rule = line.find_first_not_of(" \t-*_+>") == std::string_view::npos;
    if (marks > most_nesting && !rule) {
      throw Error(Exit::refused_by_rule, "limit", "the text nests quotes or lists more than 40 deep",
                  "Write it with fewer marks at the beginning of a line.");
    }
  }
}

bool is_safe_link(std::string_view url) {
  const auto lower = to_lower(url.substr(0, 8));
  for (const auto* scheme : {"http://", "https://", "mailto:", "tel:"}) {
    if (std::string_view(lower).starts_with(scheme)) return true;
  }
  return false;
}

/// The signs of a value travel through Markdown as letters that nobody writes, U+10F000 and on. A backslash
/// before each would do in most places, and show in code, where a line that is indented is.
constexpr std::string_view disguise = "\xF4\x8F";

void add_disguised(char c, std::string& out) {
  out += disguise;
  out += static_cast<char>(0x80 + (c >> 6));
  out += static_cast<char>(0x80 + (c & 0x3F));
}

std::string undisguised(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto rest = text.substr(i);
    const auto bits = [&](std::size_t n) { return static_cast<unsigned char>(rest[n]) & 0x3F; };
    const int sign = rest.size() >= 4 && rest.starts_with(disguise) ? bits(2) * 64 + bits(3) : 0;
    if (sign < ' ' || sign > '~') {
      out += rest.front();
      continue;
    }
    out += static_cast<char>(sign);
    i += 3;
  }
  return out;
}

std::string_view literal(cmark_node* node) {
  const auto* text = cmark_node_get_literal(node);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

cmark_node* text_node(std::string_view text) {
  auto* node = cmark_node_new(CMARK_NODE_TEXT);
  cmark_node_set_literal(node, std::string(text).c_str());
  return node;
}

/// What looks like HTML is shown as it was written.
void show_as_text(cmark_node* node) {
  const auto block = cmark_node_get_type(node) == CMARK_NODE_HTML_BLOCK;
  if (!block) {
    cmark_node_insert_before(node, text_node(literal(node)));
    return;
  }
  auto* paragraph = cmark_node_new(CMARK_NODE_PARAGRAPH);
  const std::string text(literal(node));
  bool first = true;
  for (const auto line : split(text, '\n')) {
    if (line.empty()) continue;
    if (!first) cmark_node_append_child(paragraph, cmark_node_new(CMARK_NODE_SOFTBREAK));
    cmark_node_append_child(paragraph, text_node(line));
    first = false;
  }
  cmark_node_insert_before(node, paragraph);
}

bool is_end_of_word(char c) {
  return std::string_view(" \t\n<>\"").find(c) != std::string_view::npos;
}

/// The address of a page in a text, with where it begins; punctuation that ends the sentence is not its own.
std::string_view find_address(std::string_view text) {
  for (std::size_t at = text.find("http"); at != std::string_view::npos; at = text.find("http", at + 1)) {
    const auto rest = text.substr(at);
    const auto scheme = rest.starts_with("https://") ? 8U : rest.starts_with("http://") ? 7U : 0U;
    if (scheme == 0) continue;
    if (at > 0 && std::isalnum(static_cast<unsigned char>(text[at - 1]))) continue;
    std::size_t end = 0;
    while (end < rest.size() && !is_end_of_word(rest[end])) ++end;
    while (end > scheme && std::string_view(".,;:!?'*_").find(rest[end - 1]) != std::string_view::npos) --end;
    if (end > scheme && rest[end - 1] == ')' && rest.substr(0, end).find('(') == std::string_view::npos)
      --end;
    if (end > scheme) return rest.substr(0, end);
  }
  return {};
}

bool is_local(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) ||
         std::string_view(".!#$%&'+/=?^_`{|}~-").find(c) != std::string_view::npos;
}

bool is_domain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-';
}

std::string_view find_mailbox(std::string_view text) {
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    std::size_t begin = at, end = at + 1;
    while (begin > 0 && is_local(text[begin - 1])) --begin;
    while (end < text.size() && is_domain(text[end])) ++end;
    while (end > at + 1 && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
    const auto domain = text.substr(at + 1, end - at - 1);
    if (begin < at && domain.find('.') != std::string_view::npos) return text.substr(begin, end - begin);
  }
  return {};
}

void insert_link(cmark_node* before, std::string_view url, std::string_view shown) {
  auto* link = cmark_node_new(CMARK_NODE_LINK);
  cmark_node_set_url(link, std::string(url).c_str());
  cmark_node_append_child(link, text_node(shown));
  cmark_node_insert_before(before, link);
}

/// Addresses that stand in a text become links; the rest of the text stays around them.
void link_addresses(cmark_node* node) {
  const std::string whole(literal(node));
  std::string_view rest = whole;
  bool found = false;
  while (true) {
    const auto page = find_address(rest);
    const auto mailbox = find_mailbox(rest);
    const bool page_first = !page.empty() && (mailbox.empty() || page.data() <= mailbox.data());
    const auto next = page_first ? page : mailbox;
    if (next.empty()) break;
    found = true;
    const auto before = rest.substr(0, static_cast<std::size_t>(next.data() - rest.data()));
    if (!before.empty()) cmark_node_insert_before(node, text_node(before));
    insert_link(node, page_first ? std::string(next) : "mailto:" + std::string(next), next);
    rest = rest.substr(before.size() + next.size());
  }
  if (found) cmark_node_set_literal(node, std::string(rest).c_str());
}

bool within_link(cmark_node* node) {
  for (; node != nullptr; node = cmark_node_parent(node)) {
    if (cmark_node_get_type(node) == CMARK_NODE_LINK) return true;
  }
  return false;
}

/// A link that leads nowhere good, or an image, becomes what it shows.
void unwrap(cmark_node* node) {
  while (auto* child = cmark_node_first_child(node)) cmark_node_insert_before(node, child);
}

/// The signs of values become themselves where they can mean nothing any more.
void show_signs(cmark_node* node) {
  const auto renew = [&](const char* text, int (*set)(cmark_node*, const char*)) {
    if (text != nullptr && std::string_view(text).find(disguise) != std::string_view::npos)
      set(node, undisguised(text).c_str());
  };
  renew(cmark_node_get_literal(node), cmark_node_set_literal);
  renew(cmark_node_get_url(node), cmark_node_set_url);
  renew(cmark_node_get_title(node), cmark_node_set_title);
  renew(cmark_node_get_fence_info(node), cmark_node_set_fence_info);
}

void make_safe(cmark_node* document) {
  const Iterator iterator(cmark_iter_new(document));
  for (auto event = cmark_iter_next(iterator.get()); event != CMARK_EVENT_DONE;
       event = cmark_iter_next(iterator.get())) {
    auto* node = cmark_iter_get_node(iterator.get());
    const auto type = cmark_node_get_type(node);
    if (event == CMARK_EVENT_ENTER) show_signs(node);
    if (type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE) {
      show_as_text(node);
      cmark_node_free(node);
    } else if (event == CMARK_EVENT_EXIT &&
               (type == CMARK_NODE_IMAGE ||
                (type == CMARK_NODE_LINK && !is_safe_link(cmark_node_get_url(node))))) {
      unwrap(node);
      cmark_node_free(node);
    } else if (type == CMARK_NODE_TEXT && !within_link(node)) {
      link_addresses(node);
    }
  }
}

Node parse(std::string_view source) {
  require_shallow(source);
  Node document(cmark_parse_document(source.data(), source.size(), CMARK_OPT_DEFAULT));
  cmark_consolidate_text_nodes(document.get());
  make_safe(document.get());
  return document;
}

/// Every block that holds a reader's words.
std::string with_direction(std::string_view html) {
  std::string out;
  out.reserve(html.size() + html.size() / 8);
  while (!html.empty()) {
    const auto at = html.find('<');
    out += html.substr(0, at);
    if (at == std::string_view::npos) break;
    html.remove_prefix(at);
    const auto end = std::min(html.find('>'), html.size() - 1);
    const auto tag = html.substr(0, end + 1);
    bool block = tag == "<p>" || tag == "<li>" || tag == "<blockquote>";
    for (const auto* heading : {"<h1>", "<h2>", "<h3>", "<h4>", "<h5>", "<h6>"}) block |= tag == heading;
    out += tag.substr(0, tag.size() - 1);
    out += block ? " dir=\"auto\">" : ">";
    html.remove_prefix(end + 1);
  }
  return out;
}

/// Writes a document for readers of plain text.
class PlainWriter {
 public:
  std::string run(cmark_node* document) {
    blocks(document, "", "");
    return std::move(out_);
  }

 private:
  void line(std::string_view prefix, std::string_view text) {
    out_ += prefix;
    out_ += text;
    while (out_.ends_with(' ')) out_.pop_back();
    out_ += '\n';
  }

  void lines(std::string_view first, std::string_view others, std::string_view text) {
    bool begun = false;
    for (const auto one : split(text, '\n')) {
      line(begun ? others : first, one);
      begun = true;
    }
  }

  /// `first` stands before the first line, `others` before those that follow.
  void blocks(cmark_node* parent, std::string first, const std::string& others) {
    for (auto* node = cmark_node_first_child(parent); node != nullptr; node = cmark_node_next(node)) {
      if (cmark_node_previous(node) != nullptr && !is_tight_item(node)) line(others, "");
      block(node, first, others);
      first = others;
    }
  }

  static bool is_tight_item(cmark_node* node) {
    auto* parent = cmark_node_parent(node);
    auto* list = cmark_node_get_type(node) == CMARK_NODE_ITEM ? parent : cmark_node_parent(parent);
    return list != nullptr && cmark_node_get_type(list) == CMARK_NODE_LIST &&
           cmark_node_get_list_tight(list) != 0;
  }

  void block(cmark_node* node, const std::string& first, const std::string& others) {
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_LIST:
        return list(node, first, others);
      case CMARK_NODE_BLOCK_QUOTE:
        return blocks(node, first + "> ", others + "> ");
      case CMARK_NODE_THEMATIC_BREAK:
        return line(first, "-----");
      case CMARK_NODE_CODE_BLOCK: {
        auto text = literal(node);
        if (text.ends_with('\n')) text.remove_suffix(1);
        return lines(first, others, text);
      }
      default: {
        std::string text;
        inlines(node, text);
        return lines(first, others, text);
      }
    }
  }

  void list(cmark_node* node, const std::string& first, const std::string& others) {
    const bool numbered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;
    int number = cmark_node_get_list_start(node);
    std::string before = first;
    for (auto* item = cmark_node_first_child(node); item != nullptr; item = cmark_node_next(item)) {
      if (cmark_node_previous(item) != nullptr && !is_tight_item(item)) line(others, "");
      const auto mark = numbered ? std::to_string(number++) + ". " : std::string("- ");
      if (cmark_node_first_child(item) == nullptr) line(before + mark, "");
      blocks(item, before + mark, others + std::string(mark.size(), ' '));
      before = others;
    }
  }

  void inlines(cmark_node* parent, std::string& text) {
    for (auto* node = cmark_node_first_child(parent); node != nullptr; node = cmark_node_next(node)) {
      switch (cmark_node_get_type(node)) {
        case CMARK_NODE_TEXT:
        case CMARK_NODE_CODE:
          text += literal(node);
          break;
        case CMARK_NODE_SOFTBREAK:
        case CMARK_NODE_LINEBREAK:
          text += '\n';
          break;
        case CMARK_NODE_LINK: {
          std::string shown;
          inlines(node, shown);
          text += shown;
          const std::string_view url = cmark_node_get_url(node);
          if (url != shown && url != "mailto:" + shown) text += " (" + std::string(url) + ")";
          break;
        }
        default:
          inlines(node, text);
      }
    }
  }

  std::string out_;
};

}  // namespace

std::string markdown_to_html(std::string_view source) {
  const auto document = parse(source);
  const Text html(cmark_render_html(document.get(), CMARK_OPT_HARDBREAKS));
  return with_direction(html.get());
}

std::string markdown_to_plain(std::string_view source) {
  const auto document = parse(source);
  return PlainWriter().run(document.get());
}

std::string html_begin(std::string_view language) {
  std::string page = "<!DOCTYPE html>\n<html";
  if (!language.empty()) page += " lang=\"" + html_escape(language) + "\"";
  page +=
      ">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<style>body{font-family:sans-serif;line-height:1.5;max-width:40em;margin:1em auto;padding:0 1em}"
      "blockquote{border-inline-start:3px solid;margin-inline:0;padding-inline-start:1em}"
      "footer{margin-top:2em;opacity:.75}</style>\n</head>\n<body>\n";
  return page;
}

std::string html_end() {
  return "</body>\n</html>\n";
}

std::string html_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string markdown_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  for (const char c : text) {
    // A value stands in a line: what would end it does not.
    if (c == '\n' || c == '\r' || c == '\t') {
      add_disguised(' ', out);
    } else if (c == ' ' || std::ispunct(static_cast<unsigned char>(c))) {
      add_disguised(c, out);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace crier::message
