// How csv_reader walks a file of its export: opened, told, and left as each file is. For its own .cpp files.
#pragma once

#include "base/text.hpp"
#include "intake/csv_reader.hpp"

namespace crier::intake {

/// Calls `visit(rows)` once; it reads to the end.
template <typename Visit>
void CsvReader::walk(std::size_t part, Visit visit) {
  const auto& file = parts_[part];
  if (file.table != nullptr) {
    CsvRows rows(file.path.filename().string(), file.table->open(), file.table->columns, *file.entry,
                 issues_);
    visit(rows);
    finish(rows);
    return;
  }
  const CsvText text(file.path, file.entry->encoding);
  tell_encoding(file, text.encoding());
  CsvRows rows(file.path.filename().string(), text, *file.entry, issues_);
  visit(rows);
  finish(rows);
}

/// By which it is seen that two rows name the same person.
inline std::int64_t name_print(std::string_view family, std::string_view given) {
  return Fingerprint(1).add(fold(family)).add(fold(given)).value();
}

/// The facts of a people's file, found once a file.
struct CsvReader::PersonColumns {
  explicit PersonColumns(const CsvRows& rows)
      : id(rows.fact("id") != nullptr ? rows.fact("id") : rows.fact("code")),
        code(rows.fact("code") != nullptr ? rows.fact("code") : rows.fact("id")),
        kind(rows.fact("kind")),
        title(rows.fact("title")),
        family(rows.fact("family")),
        given(rows.fact("given")),
        preferred(rows.fact("preferred")),
        language(rows.fact("language")),
        birth_date(rows.fact("birth_date")),
        school(rows.fact("school")),
        year(rows.fact("year")),
        form(rows.fact("form")),
        house(rows.fact("house")),
        boarding(rows.fact("boarding")),
        status(rows.fact("status")),
        admission(rows.fact("admission")),
        email(rows.fact("email")),
        mobile(rows.fact("mobile")),
        phone(rows.fact("phone")),
        email_work(rows.fact("email_work")),
        phone_work(rows.fact("phone_work")),
        for_sms(rows.fact("for_sms")),
        wechat(rows.fact("wechat")),
        relation(rows.fact("relation")),
        priority(rows.fact("priority")),
        responsibility(rows.fact("responsibility")),
        lives_with(rows.fact("lives_with")),
        court_order(rows.fact("court_order")),
        phone_use(rows.fact("phone_use")),
        phone_main(rows.fact("phone_main")),
        email_use(rows.fact("email_use")),
        email_main(rows.fact("email_main")) {}

  const CsvFact *id, *code, *kind, *title, *family, *given, *preferred, *language, *birth_date, *school,
      *year, *form, *house, *boarding, *status, *admission, *email, *mobile, *phone, *email_work, *phone_work,
      *for_sms, *wechat, *relation, *priority, *responsibility, *lives_with, *court_order, *phone_use,
      *phone_main, *email_use, *email_main;
};

}  // namespace crier::intake
