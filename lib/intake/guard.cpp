#include "intake/guard.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace crier::intake {
namespace {

std::string plural(const std::string& kind) {
  if (kind == "staff") return "staff";
  if (kind == "address") return "addresses";
  if (kind == "attendance") return "attendance marks";
  if (kind == "behaviour") return "behaviour notes";
  if (kind == "timetable_slot") return "timetable slots";
  return kind + "s";
}

std::string whose(const std::string& kind, const std::string& school) {
  return school.empty() ? plural(kind) : plural(kind) + " of " + school;
}

bool over(std::int64_t count, double limit, std::int64_t of) {
  return count > store::guard_floor && static_cast<double>(count) > limit * static_cast<double>(of);
}

}  // namespace

std::vector<Finding> judge(const store::Judgement& judgement, double removal_limit) {
  std::vector<Finding> findings;
  for (const auto& one : judgement.effects) {
    if (over(one.gone, removal_limit, one.before)) {
      findings.push_back(
          {"removals", one.kind, one.school, "", one.gone, one.before,
           fmt::format("remove {} of {} {}", one.gone, one.before, whose(one.kind, one.school))});
    }
  }
  for (const auto& one : judgement.effects) {
    if (over(one.changed, change_limit, one.before)) {
      findings.push_back(
          {"changes", one.kind, one.school, "", one.changed, one.before,
           fmt::format("change {} of {} {}", one.changed, one.before, whose(one.kind, one.school))});
    }
  }
  for (const auto& one : judgement.emptied) {
    const auto had = one.lost + one.left;
    if (static_cast<double>(one.lost) < emptied_share * static_cast<double>(had)) continue;
    findings.push_back({"emptied", one.kind, one.school, one.column, one.lost, had,
                        fmt::format("empty the {} of {} of the {} {} that have one", one.column, one.lost,
                                    had, whose(one.kind, one.school))});
  }
  for (const auto& one : judgement.rekeyed) {
    // Most of those who are gone: a namesake or two among the new ones is chance.
    if (one.back <= store::guard_floor || one.back * 2 <= one.gone) continue;
    findings.push_back({"new-ids", one.kind, one.school, "", one.back, one.gone,
                        fmt::format("bring back {} of {} gone {} under other ids and the same names",
                                    one.back, one.gone, whose(one.kind, one.school))});
  }
  return findings;
}

std::string describe(const std::vector<Finding>& findings) {
  std::string text;
  for (const auto& finding : findings) {
    if (!text.empty()) text += "; ";
    text += finding.sentence;
  }
  return text;
}

std::string findings_text(const std::vector<Finding>& findings) {
  boost::json::array all;
  for (const auto& one : findings) {
    all.push_back({{"check", one.check},
                   {"kind", one.kind},
                   {"school", one.school},
                   {"column", one.column},
                   {"count", one.count},
                   {"of", one.of},
                   {"sentence", one.sentence}});
  }
  return boost::json::serialize(all);
}

std::vector<Finding> parse_findings(std::string_view text) {
  std::vector<Finding> findings;
  boost::system::error_code error;
  const auto document = boost::json::parse(text, error);
  if (error || !document.is_array()) return findings;
  const auto word = [](const boost::json::object& object, const char* key) {
    return std::string(object.at(key).as_string());
  };
  for (const auto& one : document.get_array()) {
    const auto& object = one.as_object();
    findings.push_back({word(object, "check"), word(object, "kind"), word(object, "school"),
                        word(object, "column"), object.at("count").to_number<std::int64_t>(),
                        object.at("of").to_number<std::int64_t>(), word(object, "sentence")});
  }
  return findings;
}

}  // namespace crier::intake
