#include "config/template_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "config/toml_reader.hpp"

namespace crier::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_file_bytes = 1 << 20;

/// `en`, `zh-CN`, `sr-Latn-RS`: letters and digits in parts of two to eight.
bool is_language(std::string_view tag) {
  const auto parts = split(tag, '-');
  if (parts.front().size() < 2 || parts.front().size() > 3) return false;
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    return part.size() >= 2 && part.size() <= 8 &&
           std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isalnum(c); });
  });
}

TemplateWords read_words(const TomlTable& table, const std::string& language) {
  table.allow({"subject", "body", "sms", "wechat"});
  TemplateWords words;
  words.language = language;
  words.subject = table.required_text("subject");
  words.body = table.long_text("body").value_or("");
  if (trim_invisible(words.body).empty()) {
    table.refuse("body", "missing-key", fmt::format("'body' in {} is missing", table.title()),
                 "Write what the message says, in Markdown.");
  }
  words.sms = table.long_text("sms").value_or("");
  words.wechat = table.long_text("wechat").value_or("");
  return words;
}

}  // namespace

Template parse_template(std::string_view toml, const fs::path& file) {
  const TomlFile parsed(toml, file.string(), "crier-template(5)");
  const auto root = parsed.root();
  Template made;
  made.file = file;
  made.name = root.text("name").value_or(file.stem().string());
  if (made.name != file.stem().string()) {
    root.bad_value("name",
                   fmt::format("is '{}', and the file is called '{}'", made.name, file.stem().string()),
                   "Leave name out: the file's name is the template's.");
  }
  for (const auto& key : root.keys()) {
    if (key == "name" || key == "fallback") continue;
    if (!root.is_table(key) || !is_language(key)) root.unknown_key(key, {"fallback", "en", "pl", "zh-CN"});
    made.texts.push_back(read_words(root.table(key).value(), key));
  }
  if (made.texts.empty()) {
    root.refuse("fallback", "missing-key", "the template has no words",
                "Add a table for each language, such as [en] with subject and body.");
  }
  std::sort(made.texts.begin(), made.texts.end(),
            [](const TemplateWords& a, const TemplateWords& b) { return a.language < b.language; });
  made.fallback = root.text("fallback").value_or(made.texts.size() == 1 ? made.texts.front().language : "en");
  const bool known = std::any_of(made.texts.begin(), made.texts.end(),
                                 [&](const TemplateWords& one) { return one.language == made.fallback; });
  if (!known) {
    root.refuse("fallback", "bad-value",
                fmt::format("the template falls back to '{}', and has no words in it", made.fallback),
                "Set fallback to a language that stands in the file.");
  }
  return made;
}

TemplateFolder load_templates(const fs::path& folder) {
  TemplateFolder loaded;
  std::error_code none;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const auto name = entry.path().filename().string();
    if (entry.path().extension() == ".toml" && !name.starts_with(".")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    try {
      loaded.templates.push_back(parse_template(os::read_file(file, most_file_bytes), file));
    } catch (const Error& error) {
      loaded.broken.push_back({file, error.message(), error.hint()});
    }
  }
  return loaded;
}

}  // namespace crier::config
