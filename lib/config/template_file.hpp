// A template's file, `templates/NAME.toml`, as checked texts, one a language (M2). What stands in them is
// message/words' to read.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace crier::config {

struct TemplateWords {
  /// BCP 47: `en`, `zh-CN`.
  std::string language;
  std::string subject;
  /// Markdown.
  std::string body;
  /// For SMS and voice, for WeChat; empty: the body.
  std::string sms;
  std::string wechat;
};

struct Template {
  std::string name;
  std::filesystem::path file;
  /// The language for whoever's own is not there: one of the texts'.
  std::string fallback;
  /// In the order of their languages.
  std::vector<TemplateWords> texts;
};

/// Throws Error(usage) with file, line and key.
Template parse_template(std::string_view toml, const std::filesystem::path& file);

struct BrokenTemplate {
  std::filesystem::path file;
  std::string message;
  std::string hint;
};
struct TemplateFolder {
  /// By name.
  std::vector<Template> templates;
  std::vector<BrokenTemplate> broken;
};
/// All `*.toml` of a folder; a missing folder is an empty one.
TemplateFolder load_templates(const std::filesystem::path& folder);

}  // namespace crier::config
