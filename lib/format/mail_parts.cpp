#include "format/mail_parts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "format/mail_decoding.hpp"

namespace crier::format {
namespace {

constexpr std::size_t most_fields = 500;
constexpr std::size_t longest_value = 16U << 10;
constexpr std::size_t most_parts = 100;
constexpr int deepest = 8;
constexpr std::size_t most_addresses = 200;
constexpr std::size_t longest_word = 500;  // RFC 2047 allows 75

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (is_blank(text.front()) || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

/// Takes the next line off; its LF is not part of it.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

/// RFC 5322 2.2: printable ASCII but the colon.
std::size_t field_name_length(std::string_view line) {
  std::size_t length = 0;
  while (length < line.size() && line[length] > 0x20 && line[length] < 0x7F && line[length] != ':') ++length;
  if (length == 0) return 0;
  auto colon = length;
  while (colon < line.size() && is_blank(line[colon])) ++colon;
  return colon < line.size() && line[colon] == ':' ? length : 0;
}

/// The parts between the boundary's lines, and what stands before the first.
std::vector<std::string_view> between(std::string_view body, std::string_view boundary) {
  std::vector<std::string_view> pieces;
  const auto whole = body;
  std::size_t from = 0;
  bool ended = false;
  while (!body.empty() && pieces.size() < most_parts) {
    const auto at = whole.size() - body.size();
    auto line = take_line(body);
    if (!line.starts_with("--")) continue;
    line.remove_prefix(2);
    if (!line.starts_with(boundary)) continue;
    line.remove_prefix(boundary.size());
    const bool last = line.starts_with("--");
    if (last) line.remove_prefix(2);
    if (!trimmed(line).empty()) continue;
    // The line end before a boundary belongs to it.
    pieces.push_back(whole.substr(from, at > from ? at - from - 1 : 0));
    from = whole.size() - body.size();
    if (last) {
      ended = true;
      break;
    }
  }
  if (!ended && !pieces.empty()) pieces.push_back(whole.substr(std::min(from, whole.size())));
  return pieces;
}

std::string decoded(std::string_view body, std::string_view encoding) {
  const auto word = ascii_lower(trimmed(encoding));
  if (word == "base64") return decode_base64(body);
  if (word == "quoted-printable") return decode_quoted_printable(body);
  return std::string(body);
}

void read_into(std::vector<MailPart>& parts, std::string_view text, int depth) {
  auto [fields, body] = read_fields(text);
  MailPart part;
  part.content = read_content_type(fields.first("Content-Type"));
  if (part.content.type.empty()) part.content.type = "text/plain";
  part.depth = depth;
  const auto encoding = fields.first("Content-Transfer-Encoding");
  const auto boundary = part.content.parameter("boundary");
  std::vector<std::string_view> pieces;
  if (part.content.type.starts_with("multipart/") && !boundary.empty() && depth < deepest)
    pieces = between(body, boundary);
  if (pieces.size() > 1) {
    part.body = pieces.front();
  } else {
    // Without a boundary that is found, what there is is text.
    part.body = decoded(body, encoding);
    if (part.content.type.starts_with("multipart/")) part.content.type = "text/plain";
  }
  part.fields = std::move(fields);
  parts.push_back(std::move(part));
  for (std::size_t i = 1; i < pieces.size() && parts.size() < most_parts; ++i) {
    read_into(parts, pieces[i], depth + 1);
  }
}

bool is_local_sign(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
}

bool is_domain_sign(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// The address around an `@`, or nothing.
std::string address_around(std::string_view value, std::size_t at) {
  auto from = at;
  if (at > 0 && value[at - 1] == '"') {
    from = value.rfind('"', at >= 2 ? at - 2 : 0);
    if (at < 2 || from == std::string_view::npos || at - from > 70) return "";
  } else {
    while (from > 0 && at - from < 256 && is_local_sign(value[from - 1])) --from;
    while (from < at && (value[from] == '.' || value[from] == '\'')) ++from;
  }
  auto to = at + 1;
  while (to < value.size() && to - at < 256 && is_domain_sign(value[to])) ++to;
  while (to > at + 1 && (value[to - 1] == '.' || value[to - 1] == '-')) --to;
  if (from == at || to == at + 1) return "";
  return std::string(value.substr(from, to - from));
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `+0900`, `-0800 (PST)` or nothing: minutes east of Greenwich.
int zone_minutes(std::string_view zone) {
  if (zone.size() < 5 || (zone[0] != '+' && zone[0] != '-')) return 0;
  const auto digits = number(zone.substr(1, 4));
  if (!digits) return 0;
  const int minutes = *digits / 100 * 60 + *digits % 100;
  return zone[0] == '-' ? -minutes : minutes;
}

}  // namespace

void MailFields::add(std::string_view name, std::string value) {
  fields_.push_back({ascii_lower(name), std::move(value)});
}

std::string_view MailFields::first(std::string_view name) const {
  const auto wanted = ascii_lower(name);
  const auto found = std::ranges::find(fields_, wanted, &Field::name);
  return found == fields_.end() ? std::string_view() : std::string_view(found->value);
}

std::vector<std::string_view> MailFields::all(std::string_view name) const {
  const auto wanted = ascii_lower(name);
  std::vector<std::string_view> values;
  for (const auto& field : fields_) {
    if (field.name == wanted) values.emplace_back(field.value);
  }
  return values;
}

bool MailFields::has(std::string_view name) const {
  return std::ranges::find(fields_, ascii_lower(name), &Field::name) != fields_.end();
}

std::vector<MailFields> MailFields::parted_at(std::string_view name) const {
  const auto wanted = ascii_lower(name);
  std::vector<MailFields> parted(1);
  bool seen = false;
  for (const auto& field : fields_) {
    if (field.name == wanted && std::exchange(seen, true)) parted.emplace_back();
    parted.back().fields_.push_back(field);
  }
  return parted;
}

FieldsAndBody read_fields(std::string_view text) {
  FieldsAndBody read;
  std::string name, value;
  const auto keep = [&] {
    if (!name.empty() && read.fields.size() < most_fields) read.fields.add(name, std::string(trimmed(value)));
    name.clear();
    value.clear();
  };
  bool first = true;
  while (!text.empty()) {
    auto rest = text;
    auto line = take_line(rest);
    if (first && (line.starts_with("From ") || line.starts_with(">From "))) {
      text = rest;
      first = false;
      continue;
    }
    if (trimmed(line).empty()) {
      text = rest;
      if (first && read.fields.empty() && name.empty()) continue;  // blank lines before the header
      break;
    }
    first = false;
    if (is_blank(line.front()) && !name.empty()) {
      if (value.size() < longest_value) value.append(" ").append(trimmed(line));
    } else if (const auto length = field_name_length(line); length > 0) {
      keep();
      name = line.substr(0, length);
      line.remove_prefix(line.find(':', length) + 1);
      value = line.substr(0, longest_value);
    } else {
      break;  // no field: the body begins without a blank line
    }
    text = rest;
  }
  keep();
  read.body = text;
  return read;
}

std::string ContentType::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return "";
}

ContentType read_content_type(std::string_view value) {
  ContentType read;
  const auto end = value.find(';');
  read.type = ascii_lower(trimmed(value.substr(0, end)));
  if (const auto blank = read.type.find_first_of(" \t"); blank != std::string::npos) read.type.resize(blank);
  auto rest = end == std::string_view::npos ? std::string_view() : value.substr(end + 1);
  while (!rest.empty() && read.parameters.size() < 20) {
    const auto equals = rest.find('=');
    if (equals == std::string_view::npos) break;
    auto key = ascii_lower(trimmed(rest.substr(0, equals)));
    rest = trimmed(rest.substr(equals + 1));
    std::string content;
    if (rest.starts_with('"')) {
      std::size_t i = 1;
      for (; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
        content += rest[i];
      }
      rest.remove_prefix(std::min(i + 1, rest.size()));
      const auto next = rest.find(';');
      rest.remove_prefix(next == std::string_view::npos ? rest.size() : next + 1);
    } else {
      const auto next = rest.find(';');
      content = trimmed(rest.substr(0, next));
      rest.remove_prefix(next == std::string_view::npos ? rest.size() : next + 1);
    }
    read.parameters.emplace_back(std::move(key), std::move(content));
  }
  return read;
}

std::vector<MailPart> read_parts(std::string_view mail) {
  const auto text = with_plain_line_ends(mail);
  std::vector<MailPart> parts;
  read_into(parts, text, 0);
  return parts;
}

std::string with_plain_line_ends(std::string_view bytes) {
  bytes = bytes.substr(0, longest_mail);
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\r') {
      text += bytes[i];
    } else {
      text += '\n';
      if (i + 1 < bytes.size() && bytes[i + 1] == '\n') ++i;
    }
  }
  return text;
}

std::string decode_words(std::string_view value) {
  std::string out;
  bool after_word = false;
  while (!value.empty()) {
    const auto start = value.find("=?");
    const auto plain = value.substr(0, start);
    // Blanks between two encoded words are not shown.
    if (!(after_word && start != std::string_view::npos && trimmed(plain).empty())) out += plain;
    if (start == std::string_view::npos) break;
    value.remove_prefix(start);
    const auto near = value.substr(0, longest_word);
    const auto charset_end = near.find('?', 2);
    const auto kind_end =
        charset_end == std::string_view::npos ? charset_end : near.find('?', charset_end + 1);
    const auto end = kind_end == std::string_view::npos ? kind_end : near.find("?=", kind_end + 1);
    const bool known = kind_end == charset_end + 2 && end != std::string_view::npos &&
                       std::string_view("BbQq").find(value[charset_end + 1]) != std::string_view::npos;
    if (!known) {
      out += "=?";
      value.remove_prefix(2);
      after_word = false;
      continue;
    }
    const auto charset = ascii_lower(value.substr(2, charset_end - 2));
    const char kind = value[charset_end + 1];
    const auto content = value.substr(kind_end + 1, end - kind_end - 1);
    auto bytes = kind == 'B' || kind == 'b' ? decode_base64(content) : decode_q_word(content);
    if (charset.starts_with("iso-8859-1") || charset.starts_with("windows-1252")) {
      out += utf8_of_latin1(bytes);
    } else {
      out += is_utf8(bytes) ? bytes : std::string(value.substr(0, end + 2));
    }
    value.remove_prefix(end + 2);
    after_word = true;
  }
  return out;
}

std::vector<std::string> addresses_in(std::string_view value) {
  std::vector<std::string> found;
  for (auto at = value.find('@'); at != std::string_view::npos && found.size() < most_addresses;
       at = value.find('@', at + 1)) {
    auto address = address_around(value, at);
    if (!address.empty()) found.push_back(std::move(address));
  }
  return found;
}

std::optional<Instant> read_mail_date(std::string_view value) {
  static constexpr std::array<std::string_view, 12> months{"jan", "feb", "mar", "apr", "may", "jun",
                                                           "jul", "aug", "sep", "oct", "nov", "dec"};
  if (const auto comma = value.find(','); comma != std::string_view::npos) value.remove_prefix(comma + 1);
  std::vector<std::string_view> words;
  for (const auto word : split(value, ' ')) {
    if (!word.empty() && words.size() < 8) words.push_back(word);
  }
  if (words.size() < 4) return std::nullopt;
  const auto day = number(words[0]);
  const auto month = std::ranges::find(months, ascii_lower(words[1]).substr(0, 3));
  auto year = number(words[2]);
  const auto time = split(words[3], ':');
  if (!day || month == months.end() || !year || time.size() < 2) return std::nullopt;
  if (*year < 100) *year += *year < 50 ? 2000 : 1900;  // RFC 5322 4.3
  const auto hour = number(time[0]);
  const auto minute = number(time[1]);
  const auto second = time.size() > 2 ? number(time[2]) : std::optional(0);
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(*year),
                            std::chrono::month(static_cast<unsigned>(month - months.begin() + 1)),
                            std::chrono::day(static_cast<unsigned>(std::max(*day, 0)))};
  if (!date.ok() || *year < 1970 || *year > 9999 || !hour || !minute || !second || *hour < 0 || *hour > 23 ||
      *minute < 0 || *minute > 59 || *second < 0 || *second > 60) {
    return std::nullopt;
  }
  const auto offset = words.size() > 4 ? zone_minutes(words[4]) : 0;
  return Instant(sys_days(date)) + hours(*hour) + minutes(*minute) + seconds(*second) - minutes(offset);
}

std::string text_of_html(std::string_view html) {
  static constexpr std::array<std::string_view, 11> ends_line{"br",  "p",  "/p", "div", "/div", "tr",
                                                              "/tr", "li", "h1", "/h1", "/td"};
  static constexpr std::array<std::pair<std::string_view, char>, 6> entities{
      {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&nbsp;", ' '}, {"&#64;", '@'}}};
  std::string out;
  std::string_view hidden;  // the tag whose content is not seen
  while (!html.empty()) {
    if (html.front() == '<') {
      const auto end = html.find('>');
      if (end == std::string_view::npos) break;
      auto tag = ascii_lower(html.substr(1, std::min<std::size_t>(end - 1, 20)));
      tag.resize(std::min(tag.find_first_of(" \t\n"), tag.size()));
      if (tag == "style" || tag == "script") hidden = tag == "style" ? "/style" : "/script";
      if (tag == hidden) hidden = {};
      if (tag.ends_with('/')) tag.pop_back();
      if (std::ranges::find(ends_line, tag) != ends_line.end()) out += '\n';
      html.remove_prefix(end + 1);
      continue;
    }
    const auto entity =
        html.front() == '&'
            ? std::ranges::find_if(entities, [&](const auto& one) { return html.starts_with(one.first); })
            : entities.end();
    const auto length = entity == entities.end() ? 1 : entity->first.size();
    if (hidden.empty()) out += entity == entities.end() ? html.front() : entity->second;
    html.remove_prefix(length);
  }
  return out;
}

std::string one_line(std::string_view text, std::size_t most_bytes) {
  std::string line;
  for (const char c : text) {
    if (line.size() >= most_bytes) break;
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7F) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (line.ends_with(' ')) line.pop_back();
  if (is_utf8(line)) return line;
  // Cut within a character, or of another encoding.
  for (auto& c : line) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return line;
}

}  // namespace crier::format
