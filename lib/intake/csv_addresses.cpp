// Addresses of people in a mapped export. A file has a column for each of them, or, where its rows are the
// combinations of several lists (`fold`), rows that bring one after the other with a word for where it
// belongs: then a person's addresses are gathered first, and placed when the last of their rows was read.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "format/email_address.hpp"
#include "intake/csv_walk.hpp"
#include "intake/phone_line.hpp"

namespace crier::intake {
namespace {

bool has_any(std::string_view word, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return word.find(part) != std::string_view::npos; });
}

/// Where a source's word says that a number or mailbox is; empty where it says nothing that we know.
std::string_view use_of(std::string_view word) {
  if (has_any(word, {"mobile", "cell"})) return "mobile";
  if (has_any(word, {"work", "business", "office", "school"})) return "work";
  if (has_any(word, {"home", "house", "landline"})) return "home";
  return "";
}

/// What nobody can be spoken to on, nor read a text.
bool is_machine(std::string_view word) {
  return has_any(word, {"fax", "minicom", "pager"});
}

bool can_be_mobile(PhoneLine line) {
  return line == PhoneLine::mobile || line == PhoneLine::mobile_or_landline;
}

/// The place for an address among those of its kind that are taken; empty where there is none left.
std::string_view free_use(const AddressFact& address, const std::vector<std::string_view>& taken) {
  const auto is_free = [&](std::string_view use) {
    return std::find(taken.begin(), taken.end(), use) == taken.end();
  };
  if (is_free(address.use)) return address.use;
  const bool phone = address.kind == AddressKind::phone;
  if (phone && can_be_mobile(address.line) && is_free("mobile")) return "mobile";
  for (const std::string_view use : {"home", "work"}) {
    if (is_free(use)) return use;
  }
  return "";
}

}  // namespace

void CsvReader::read_email(CsvRows& rows, const CsvFact* fact, AddressFact& address) {
  const auto reading = format::read_email(address.given);
  address.normal = reading.address ? reading.address->normalised : "";
  address.compare_key = reading.address ? reading.address->compare_key : "";
  if (reading.address) return;
  rows.error(fact, address.given, "invalid-email",
             fmt::format("Not an e-mail address: {}. It is kept as given, and nothing is sent to it.",
                         reading.problem));
}

void CsvReader::read_number(CsvRows& rows, const CsvFact* fact, AddressFact& address,
                            const std::string& country) {
  auto [at, fresh] = phones_.try_emplace(country + "\t" + address.given);
  if (fresh) at->second = format::read_phone(address.given, country);
  const auto& reading = at->second;
  if (reading.problem) {
    rows.error(fact, address.given, reading.problem->code,
               fmt::format("Not a telephone number: {}. It is kept as given, and nothing is sent to it.",
                           reading.problem->sentence));
    return;
  }
  address.normal = reading.e164;
  address.compare_key = reading.e164;
  address.line = phone_line(reading.line);
}

void CsvReader::stage_addresses(CsvRows& rows, const PersonColumns& columns, PersonKind kind, Ref person,
                                std::int64_t school) {
  const bool staff = kind == PersonKind::staff;
  AddressFact address;
  address.person = person;
  const auto add_email = [&](const CsvFact* fact, std::string_view use, int position) {
    address.given = choice_.takes_email(use) ? rows.text(fact) : "";
    if (address.given.empty()) return;
    address.use = use;
    address.position = position;
    read_email(rows, fact, address);
    stage_.add(address);
  };
  add_email(columns.email, staff && columns.email_work == nullptr ? "work" : "home", 1);
  add_email(columns.email_work, "work", 2);
  if (const auto given = rows.text(columns.wechat); !given.empty()) {
    address.kind = AddressKind::wechat;
    address.use = "work";
    address.position = 1;
    address.given = given;
    address.normal = given;
    address.compare_key = to_lower(given);  // the gateway answers in lower case
    stage_.add(address);
  }
  const auto country = country_of(school);
  AddressFact number;
  number.person = person;
  number.kind = AddressKind::phone;
  number.use = "mobile";
  number.for_sms = rows.truth(columns.for_sms);
  stage_phone(rows, columns.mobile, number, country);
  number.for_sms = std::nullopt;
  number.position = 2;
  number.use = staff && columns.phone_work == nullptr ? "work" : "home";
  stage_phone(rows, columns.phone, number, country);
  number.position = 3;
  number.use = "work";
  stage_phone(rows, columns.phone_work, number, country);
}

void CsvReader::stage_phone(CsvRows& rows, const CsvFact* fact, AddressFact address,
                            const std::string& country) {
  const bool wanted = address.use == "mobile" ? choice_.takes_mobile() : choice_.takes_phone(address.use);
  address.given = wanted ? rows.text(fact) : "";
  if (address.given.empty()) return;
  read_number(rows, fact, address, country);
  stage_.add(address);
}

/// The addresses of one row of a folded file, with where each of them belongs by its column, by the row's
/// word, or by what sort of number it is.
void CsvReader::offer_addresses(CsvRows& rows, const PersonColumns& columns, PersonKind kind,
                                std::int64_t school, Pending& pending) {
  const std::string_view usual = kind == PersonKind::staff ? "work" : "home";
  const auto offer = [&](const CsvFact* fact, const AddressFact& address, bool main) {
    pending.offers.push_back({address, main, rows.name(), rows.line(), fact->name});
  };
  const auto offer_email = [&](const CsvFact* fact, std::string_view use, bool main) {
    AddressFact address;
    address.given = rows.text(fact);
    address.use = use;
    if (address.given.empty() || !choice_.takes_email(use)) return;
    read_email(rows, fact, address);
    offer(fact, address, main);
  };
  const auto email_use = use_of(to_lower(rows.text(columns.email_use)));
  offer_email(columns.email, email_use.empty() || email_use == "mobile" ? usual : email_use,
              rows.truth(columns.email_main).value_or(false));
  offer_email(columns.email_work, "work", false);
  if (const auto given = rows.text(columns.wechat); !given.empty()) {
    AddressFact address;
    address.kind = AddressKind::wechat;
    address.use = "work";
    address.given = given;
    address.normal = given;
    address.compare_key = to_lower(given);
    offer(columns.wechat, address, false);
  }
  const auto country = country_of(school);
  const auto offer_number = [&](const CsvFact* fact, std::string_view use, bool main) {
    AddressFact number;
    number.kind = AddressKind::phone;
    number.given = rows.text(fact);
    if (number.given.empty()) return;
    const bool wanted = choice_.takes_mobile() || choice_.takes_phone("home") || choice_.takes_phone("work");
    if (!wanted) return;
    read_number(rows, fact, number, country);
    // A mobile is one wherever the school's system says that it is.
    number.use = number.line == PhoneLine::mobile && fact != columns.phone_work ? "mobile" : use;
    if (number.use.empty()) number.use = usual;
    if (!(number.use == "mobile" ? choice_.takes_mobile() : choice_.takes_phone(number.use))) return;
    if (fact == columns.mobile) number.for_sms = rows.truth(columns.for_sms);
    offer(fact, number, main);
  };
  offer_number(columns.mobile, "mobile", false);
  const auto word = to_lower(rows.text(columns.phone_use));
  if (!is_machine(word)) {
    offer_number(columns.phone, use_of(word), rows.truth(columns.phone_main).value_or(false));
  }
  offer_number(columns.phone_work, "work", false);
}

/// Each distinct address once, the main one first; one that finds its place taken takes a free one.
void CsvReader::stage_offers(Pending& pending) {
  auto& offers = pending.offers;
  std::stable_sort(offers.begin(), offers.end(), [](const Offer& one, const Offer& other) {
    if (one.main != other.main) return one.main;
    const auto rank = [](const Offer& offer) {
      return offer.fact.use == "mobile" ? 0 : offer.fact.use == "home" ? 1 : 2;
    };
    return rank(one) < rank(other);
  });
  std::map<AddressKind, std::vector<std::string_view>> taken;
  std::set<std::pair<AddressKind, std::string>> met;
  for (auto& offer : offers) {
    auto& fact = offer.fact;
    if (!met.emplace(fact.kind, fact.normal.empty() ? fact.given : fact.compare_key).second) continue;
    auto& uses = taken[fact.kind];
    const auto use = free_use(fact, uses);
    if (use.empty()) {
      pending.flawed = true;  // told again next time
      issues_.warning(
          offer.file, offer.line, offer.column, fact.given, "too-many-addresses",
          "This person has more of them than crier keeps; the main one, and the first ones, are taken.");
      continue;
    }
    uses.push_back(use);
    fact.use = use;
    fact.person = pending.fact.id;
    fact.position = static_cast<int>(uses.size());
    stage_.add(fact);
  }
}

}  // namespace crier::intake
