#include "schedule/letter_words.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/text.hpp"

namespace crier::schedule {
namespace {

using Names = std::array<const char*, 12>;

unsigned month(Date date) {
  return static_cast<unsigned>(date.month()) - 1;
}
unsigned day(Date date) {
  return static_cast<unsigned>(date.day());
}
int year(Date date) {
  return static_cast<int>(date.year());
}
unsigned weekday(Date date) {
  return std::chrono::weekday(std::chrono::sys_days(date)).c_encoding();
}

const LetterWords english{
    .greeting = [](std::string_view title, std::string_view family, std::string_view name) -> std::string {
      if (!title.empty() && !family.empty()) return fmt::format("Dear {} {},", title, family);
      return name.empty() ? "Good day," : fmt::format("Dear {},", name);
    },
    .date = [](Date date) -> std::string {
      constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
      constexpr Names months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
      return fmt::format("{} {} {} {}", days[weekday(date)], day(date), months[month(date)], year(date));
    },
    .of_pupils = [](std::size_t findings,
                    std::size_t pupils) { return fmt::format("{} in all, {} pupils", findings, pupils); },
    .and_more = [](std::size_t count) { return fmt::format("… and {} more", count); },
    .more_in_portal = "More in the portal: ",
    .details = "Details: ",
    .details_in_email = "Details are in your e-mail.",
    .details_in_inbox = "Details are in your inbox.",
    .ask_the_school = "Please ask the school for details.",
    .regards = "Kind regards",
    .no_replies = "This address does not take replies."};

const LetterWords spanish{
    .greeting = [](std::string_view, std::string_view, std::string_view name) -> std::string {
      return name.empty() ? "Buenos días:" : fmt::format("Estimado/a {}:", name);
    },
    .date = [](Date date) -> std::string {
      constexpr std::array days{"dom", "lun", "mar", "mié", "jue", "vie", "sáb"};
      constexpr Names months{"ene", "feb", "mar",  "abr", "may", "jun",
                             "jul", "ago", "sept", "oct", "nov", "dic"};
      return fmt::format("{} {} {} {}", days[weekday(date)], day(date), months[month(date)], year(date));
    },
    .of_pupils = [](std::size_t findings,
                    std::size_t pupils) { return fmt::format("{} en total, {} alumnos", findings, pupils); },
    .and_more = [](std::size_t count) { return fmt::format("… y {} más", count); },
    .more_in_portal = "Más en el portal: ",
    .details = "Detalles: ",
    .details_in_email = "Los detalles están en su correo electrónico.",
    .details_in_inbox = "Los detalles están en su buzón.",
    .ask_the_school = "Pregunte al colegio por los detalles.",
    .regards = "Un cordial saludo",
    .no_replies = "Esta dirección no admite respuestas."};

const LetterWords chinese{
    .greeting = [](std::string_view, std::string_view, std::string_view name) -> std::string {
      return name.empty() ? "您好：" : fmt::format("尊敬的{}：", name);
    },
    .date = [](Date date) -> std::string {
      constexpr std::array days{"日", "一", "二", "三", "四", "五", "六"};
      return fmt::format("{}年{}月{}日（周{}）", year(date), month(date) + 1, day(date), days[weekday(date)]);
    },
    .of_pupils = [](std::size_t findings,
                    std::size_t pupils) { return fmt::format("{}名学生共{}项", pupils, findings); },
    .and_more = [](std::size_t count) { return fmt::format("…… 另有{}项", count); },
    .more_in_portal = "更多内容请见家校平台：",
    .details = "详情：",
    .details_in_email = "详情请查看您的电子邮件。",
    .details_in_inbox = "详情请查看您的收件箱。",
    .ask_the_school = "详情请联系学校。",
    .regards = "祝好",
    .no_replies = "本邮箱不接收回信。"};

}  // namespace

std::size_t notice_language(std::string_view wanted) {
  static const std::vector<std::string> languages(notice_languages.begin(), notice_languages.end());
  return best_language(languages, wanted).value_or(0);
}

const LetterWords& letter_words(std::size_t language) {
  static constexpr std::array<const LetterWords*, notice_languages.size()> all{&english, &spanish, &chinese};
  return *all.at(language);
}

}  // namespace crier::schedule
