#include "message/merge_values.hpp"

#include <algorithm>
#include <optional>

#include "base/local_text.hpp"
#include "base/text.hpp"
#include "model/person.hpp"

namespace crier::message {
namespace {

constexpr std::chrono::days assignments_since{28};

/// Only what is not empty is there: a section on it is then no gap.
void put(boost::json::object& values, std::string_view key, std::string_view value) {
  if (!trim_invisible(value).empty()) values[key] = value;
}

std::string date_text(const std::string& iso, const std::string& locale) {
  const auto date = parse_date(iso);
  return date ? local_date(*date, locale) : std::string();
}

/// Somebody may be written to as a pupil and as a brother's guardian at once: then not.
bool is_self(const Recipient& recipient) {
  return recipient.related.size() == 1 && recipient.related.front().person == recipient.person;
}

}  // namespace

MergeValues::MergeValues(store::Connection& connection, const Words& words,
                         const roster::SchoolProfile& school, std::span<const Recipient> recipients,
                         Instant now, PersonalLinks links)
    : words_(words),
      school_(school),
      today_(std::chrono::sys_days(
          std::chrono::floor<std::chrono::days>(school.zone.local(now)).time_since_epoch())),
      links_(std::move(links)) {
  const bool wants_payments =
      asks_within("payments") || asks("total_due") || asks("amount") || asks("due") || asks("contract");
  const bool wants_work = asks_within("assignments");
  const bool wants_years = asks("pupils.year");
  if (asks("preferred")) {
    std::vector<std::int64_t> people;
    for (const auto& recipient : recipients) people.push_back(recipient.person);
    for (auto& [person, name] : store::preferred_names(connection, people))
      preferred_.emplace(person, std::move(name));
  }
  if (!wants_payments && !wants_work && !wants_years) return;
  std::vector<std::int64_t> pupils;
  for (const auto& recipient : recipients) {
    for (const auto& pupil : recipient.related) pupils.push_back(pupil.person);
  }
  std::sort(pupils.begin(), pupils.end());
  pupils.erase(std::unique(pupils.begin(), pupils.end()), pupils.end());
  if (wants_payments) {
    for (auto& one : store::unpaid_payments(connection, pupils))
      payments_[one.pupil].push_back(std::move(one));
  }
  if (wants_years) {
    for (auto& [pupil, year] : store::years_of_pupils(connection, pupils, school.id))
      years_.emplace(pupil, std::move(year));
  }
  if (wants_work) {
    const store::FindingRequest request{school.id, pupils,
                                        Date(std::chrono::sys_days(today_) - assignments_since),
                                        Date(std::chrono::sys_days(today_) - std::chrono::days(1)), today_};
    for (auto& one : store::missing_work(connection, request, {})) work_[one.pupil].push_back(std::move(one));
  }
}

bool MergeValues::asks_within(std::string_view list) const {
  const std::string within = std::string(list) + ".";
  return asks(list) || std::any_of(words_.paths().begin(), words_.paths().end(),
                                   [&](const std::string& path) { return path.starts_with(within); });
}

boost::json::object MergeValues::of(const Recipient& recipient) const {
  boost::json::object values;
  const auto locale = locale_of(words_.language_for(recipient.language), school_.country);
  const auto add = [&](std::string_view key, const auto& value) {
    if (asks(key)) put(values, key, value());
  };
  add("name", [&] { return spoken_name(recipient.family, recipient.given); });
  add("title", [&] { return recipient.title; });
  add("given", [&] { return recipient.given; });
  add("family", [&] { return recipient.family; });
  add("preferred", [&] {
    const auto found = preferred_.find(recipient.person);
    return found == preferred_.end() ? recipient.given : found->second;
  });
  add("code", [&] { return recipient.code; });
  add("school", [&] { return school_.name; });
  add("school_code", [&] { return school_.code; });
  add("sender", [&] { return school_.sender.name; });
  add("portal_url", [&] { return school_.portal_url; });
  add("today", [&] { return local_date(today_, locale); });
  add("ack_link", [&] { return links_.ack ? links_.ack(recipient) : std::string(); });
  add("optout_link", [&] { return links_.optout ? links_.optout(recipient) : std::string(); });
  add_pupils(values, recipient, locale);
  if (!payments_.empty()) add_payments(values, recipient, locale);
  if (!work_.empty()) add_assignments(values, recipient, locale);
  return values;
}

void MergeValues::add_pupils(boost::json::object& values, const Recipient& recipient,
                             const std::string& locale) const {
  if (recipient.related.empty()) return;
  if (asks("pupil")) {
    std::vector<std::string> names;
    for (const auto& pupil : recipient.related) names.push_back(spoken_name(pupil.family, pupil.given));
    put(values, "pupil", local_list(names, locale));
  }
  if (asks("several_pupils") && recipient.related.size() > 1) values["several_pupils"] = true;
  if (asks("to_self") && is_self(recipient)) values["to_self"] = true;
  if (asks("form") && recipient.related.size() == 1) put(values, "form", recipient.related.front().form);
  if (!asks_within("pupils")) return;
  boost::json::array pupils;
  for (const auto& pupil : recipient.related) {
    boost::json::object one;
    put(one, "name", spoken_name(pupil.family, pupil.given));
    put(one, "given", pupil.given);
    put(one, "family", pupil.family);
    put(one, "form", pupil.form);
    if (const auto year = years_.find(pupil.person); year != years_.end()) put(one, "year", year->second);
    if (pupil.person != recipient.person) put(one, "relation", pupil.relation);
    pupils.push_back(std::move(one));
  }
  values["pupils"] = std::move(pupils);
}

void MergeValues::add_payments(boost::json::object& values, const Recipient& recipient,
                               const std::string& locale) const {
  boost::json::array payments;
  std::int64_t total = 0;
  std::optional<std::string> currency;
  bool one_currency = true;
  const store::UnpaidPayment* last = nullptr;
  for (const auto& pupil : recipient.related) {
    const auto found = payments_.find(pupil.person);
    if (found == payments_.end()) continue;
    for (const auto& payment : found->second) {
      boost::json::object one;
      put(one, "pupil", spoken_name(pupil.family, pupil.given));
      put(one, "item", payment.item);
      put(one, "amount", local_money(payment.amount, payment.currency, locale));
      put(one, "due", date_text(payment.due, locale));
      put(one, "contract", payment.contract);
      payments.push_back(std::move(one));
      total += payment.amount;
      one_currency &= !currency || *currency == payment.currency;
      currency = payment.currency;
      last = &payment;
    }
  }
  if (last == nullptr) return;
  if (one_currency) put(values, "total_due", local_money(total, *currency, locale));
  if (payments.size() == 1) {
    put(values, "amount", local_money(last->amount, last->currency, locale));
    put(values, "due", date_text(last->due, locale));
    put(values, "contract", last->contract);
  }
  values["payments"] = std::move(payments);
}

void MergeValues::add_assignments(boost::json::object& values, const Recipient& recipient,
                                  const std::string& locale) const {
  boost::json::array classes;
  for (const auto& pupil : recipient.related) {
    const auto found = work_.find(pupil.person);
    if (found == work_.end()) continue;
    const std::string* class_name = nullptr;
    boost::json::array* work = nullptr;
    for (const auto& one : found->second) {  // by class
      if (class_name == nullptr || *class_name != one.class_name) {
        boost::json::object of_class;
        put(of_class, "pupil", spoken_name(pupil.family, pupil.given));
        put(of_class, "class", one.class_name);
        of_class["work"] = boost::json::array();
        classes.push_back(std::move(of_class));
        class_name = &one.class_name;
        work = &classes.back().as_object()["work"].as_array();
      }
      boost::json::object assignment;
      put(assignment, "title", one.title);
      put(assignment, "due", local_date(one.day, locale));
      work->push_back(std::move(assignment));
    }
  }
  if (!classes.empty()) values["assignments"] = std::move(classes);
}

}  // namespace crier::message
