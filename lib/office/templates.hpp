// Templates as the office looks at them (M2): which there are, whether they are sound, how one reads for
// somebody.
#pragma once

#include <string>
#include <vector>

#include "config/template_file.hpp"
#include "model/channel.hpp"
#include "office/office.hpp"
#include "office/sending.hpp"

namespace crier::office {

/// By name; broken files too.
config::TemplateFolder list_templates(const Office& office);

struct TemplateFinding {
  std::string name;
  std::string file;
  /// `error` or `warning`; empty: it is good.
  std::string level;
  std::string message;
  std::string hint;
};
/// Every field, the limits with example values, translations that people in the store need; of one template
/// where one is named. Throws Error(nothing_there).
std::vector<TemplateFinding> check_templates(const Office& office, const std::string& name);

/// How a template reads for one person, as each channel carries it. A pupil reads it as themselves, anybody
/// else as told of the pupils in the audience that `to` reaches them by. Throws Error(nothing_there) for an
/// unknown template or person, Error(refused_by_rule, "missing-field").
std::vector<Sample> preview_template(const Office& office, const std::string& name, const std::string& code,
                                     const std::vector<Channel>& via);

}  // namespace crier::office
