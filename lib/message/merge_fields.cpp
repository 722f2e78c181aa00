#include "message/merge_fields.hpp"

#include <array>

namespace crier::message {
namespace {

using enum FieldKind;

constexpr std::array pupil_fields{
    MergeField{"name", text, "given and family name", "Annabel Dyer"},
    MergeField{"given", text, "given name", "Annabel"},
    MergeField{"family", text, "family name", "Dyer"},
    MergeField{"form", text, "form; empty where there is none", "9B"},
    MergeField{"year", text, "year group; empty where there is none", "9"},
    MergeField{"relation", text,
               "what the reader is to the pupil, as the school keeps it; empty for the pupil's own self",
               "mother"},
};
constexpr std::array payment_fields{
    MergeField{"pupil", text, "the pupil's name", "Annabel Dyer"},
    MergeField{"item", text, "what is to be paid", "Ski trip"},
    MergeField{"amount", text, "how much, in the reader's language", "£120.00"},
    MergeField{"due", text, "until when, in the reader's language; empty where there is no date",
               "4 December 2026"},
    MergeField{"contract", text, "the contract it belongs to; empty where there is none", "Boarding"},
};
constexpr std::array work_fields{
    MergeField{"title", text, "the assignment's title", "Essay"},
    MergeField{"due", text, "when it was due, in the reader's language", "18 November 2026"},
};
constexpr std::array class_fields{
    MergeField{"pupil", text, "the pupil's name", "Annabel Dyer"},
    MergeField{"class", text, "the class", "9X/En1"},
    MergeField{"work", list, "the assignments of this class", "", work_fields},
};
constexpr std::array all_fields{
    MergeField{"name", text, "the reader's given and family name", "Robert Dyer"},
    MergeField{"title", text, "the reader's title; empty where the school keeps none", "Mr"},
    MergeField{"given", text, "the reader's given name", "Robert"},
    MergeField{"family", text, "the reader's family name", "Dyer"},
    MergeField{"preferred", text, "what the reader likes to be called; else the given name", "Rob"},
    MergeField{"code", text, "the reader's code", "C-17"},
    MergeField{"to_self", condition, "true where the reader is the pupil whom it is about", ""},
    MergeField{"pupil", text, "the names of the pupils whom it is about, joined in the reader's language",
               "Annabel Dyer"},
    MergeField{"several_pupils", condition, "true where there are several", ""},
    MergeField{"pupils", list, "the pupils whom it is about", "", pupil_fields},
    MergeField{"form", text, "the form of the one pupil; empty where there are several, or none", "9B"},
    MergeField{"school", text, "the school's name", "Cambridge School"},
    MergeField{"school_code", text, "the school's code", "CAM"},
    MergeField{"sender", text, "the name from which the school's e-mails come", "Cambridge School"},
    MergeField{"portal_url", text, "the school's portal; empty where the settings name none",
               "https://portal.school.example"},
    MergeField{"today", text, "the school's date, in the reader's language", "27 November 2026"},
    MergeField{"payments", list, "what is still to be paid for these pupils", "", payment_fields},
    MergeField{"total_due", text, "the sum of these payments; empty where the currencies differ", "£120.00"},
    MergeField{"amount", text, "of the one payment: how much; empty where there are several, or none",
               "£120.00"},
    MergeField{"due", text, "of the one payment: until when", "4 December 2026"},
    MergeField{"contract", text, "of the one payment: the contract it belongs to", "Boarding"},
    MergeField{"assignments", list, "work of these pupils that is missing since four weeks at most, by class",
               "", class_fields},
    MergeField{"ack_link", text, "where the reader confirms; empty unless the message asks for it",
               "https://crier.school.example/c/…"},
    MergeField{"optout_link", text, "where the reader opts out; empty where there is no page for it",
               "https://crier.school.example/u/…"},
};

void add_names(std::vector<std::string>& names, std::span<const MergeField> fields,
               const std::string& before) {
  for (const auto& field : fields) {
    names.push_back(before + std::string(field.name));
    add_names(names, field.fields, before + std::string(field.name) + ".");
  }
}

}  // namespace

std::span<const MergeField> merge_fields() {
  return all_fields;
}

std::vector<std::string> merge_field_names() {
  std::vector<std::string> names;
  add_names(names, merge_fields(), "");
  return names;
}

}  // namespace crier::message
