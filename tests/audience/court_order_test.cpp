// R3 and A4 against a plain model of small families: a few people, a few rows, everything by loops.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "audience_case.hpp"

using namespace crier;
using namespace crier::test;

namespace {

struct Link {
  int pupil;
  int contact;
  std::string relation;
  int priority;
  bool court_order;
};

struct Family {
  std::vector<std::string> form_of_pupil;
  /// One of three addresses, or none.
  std::vector<std::string> address_of_contact;
  std::vector<Link> links;
};

const std::vector<std::string> forms{"7A", "9B"};
const std::vector<std::string> relations{"mother", "father", "aunt"};
const std::vector<std::string> addresses{"one@example.org", "two@example.org", "three@example.org", ""};

template <typename Values>
const auto& any_of(std::mt19937& random, const Values& values) {
  return values[random() % values.size()];
}

Family some_family(std::mt19937& random) {
  Family family;
  const auto pupils = 1 + random() % 3;
  const auto contacts = 1 + random() % 4;
  for (std::size_t i = 0; i < pupils; ++i) family.form_of_pupil.push_back(any_of(random, forms));
  for (std::size_t i = 0; i < contacts; ++i) family.address_of_contact.push_back(any_of(random, addresses));
  for (int pupil = 0; pupil < static_cast<int>(pupils); ++pupil) {
    for (int contact = 0; contact < static_cast<int>(contacts); ++contact) {
      if (random() % 3 == 0) continue;
      family.links.push_back(
          {pupil, contact, any_of(random, relations), 1 + static_cast<int>(random() % 3), random() % 4 == 0});
    }
  }
  return family;
}

/// Who hears of whom at which address; nobody else hears anything.
using Told = std::map<int, std::pair<std::set<int>, std::string>>;

Told told_by_model(const Family& family, const std::string& form, const std::string& to) {
  std::map<int, std::set<int>> hears;
  std::map<int, int> best;
  std::map<std::string, std::set<int>> closed;
  for (const auto& link : family.links) {
    const auto& its_form = family.form_of_pupil[static_cast<std::size_t>(link.pupil)];
    if (!form.empty() && its_form != form) continue;
    if (link.court_order) {
      closed[family.address_of_contact[static_cast<std::size_t>(link.contact)]].insert(link.pupil);
      continue;
    }
    const bool taken = to == "associates" || (to == "parent" && link.relation != "aunt") ||
                       (to == "rank1" && link.priority == 1) || to == link.relation;
    if (!taken) continue;
    hears[link.contact].insert(link.pupil);
    const auto [at, is_new] = best.emplace(link.contact, link.priority);
    at->second = std::min(at->second, link.priority);
  }
  Told told;
  std::vector<int> order;
  for (const auto& [contact, pupils] : hears) order.push_back(contact);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return best[a] < best[b]; });
  std::set<std::pair<std::string, std::set<int>>> copies;
  for (const int contact : order) {
    const auto& address = family.address_of_contact[static_cast<std::size_t>(contact)];
    const auto& pupils = hears[contact];
    const bool shut =
        std::any_of(pupils.begin(), pupils.end(), [&](int pupil) { return closed[address].contains(pupil); });
    if (address.empty() || shut || !copies.emplace(address, pupils).second) continue;
    told[contact] = {pupils, address};
  }
  return told;
}

Told told_by_crier(const Resolution& answer, int first_pupil, int first_contact) {
  Told told;
  for (const auto& one : answer.recipients) {
    const auto& reach = one.channels.at(Channel::email);
    if (reach.reason) continue;
    auto& [pupils, address] = told[std::stoi(one.code.substr(1)) - first_contact];
    for (const auto& pupil : one.related) pupils.insert(std::stoi(pupil.code.substr(1)) - first_pupil);
    address = reach.address;
  }
  return told;
}

std::string numbered(char letter, int number) {
  auto digits = std::to_string(number);
  return letter + std::string(6 - digits.size(), '0') + digits;
}

}  // namespace

TEST_CASE("R3, A4: no expression and no --to reaches anybody whom a court order bars, in 3,000 families") {
  std::mt19937 random(20261125);
  int barred = 0;
  int told_in_all = 0;
  for (int batch = 0; batch < 6; ++batch) {
    RosterBuilder roster;
    std::vector<Family> families;
    std::vector<std::pair<int, int>> firsts;
    int pupils = 0;
    int contacts = 0;
    for (int i = 0; i < 500; ++i) {
      const auto family = some_family(random);
      const auto group_name = "family " + std::to_string(i);
      auto group = roster.group(group_name);
      std::vector<PersonBuilder> pupils_here;
      firsts.emplace_back(pupils, contacts);
      for (const auto& form : family.form_of_pupil) {
        pupils_here.push_back(roster.pupil(numbered('P', pupils++), "P", "Same").form(form));
        group.member(pupils_here.back());
      }
      std::vector<PersonBuilder> contacts_here;
      for (const auto& address : family.address_of_contact) {
        contacts_here.push_back(roster.contact(numbered('C', contacts++), "C", "Same"));
        if (!address.empty()) contacts_here.back().email(address);
      }
      for (const auto& link : family.links) {
        auto made = roster.relate(pupils_here[static_cast<std::size_t>(link.pupil)],
                                  contacts_here[static_cast<std::size_t>(link.contact)], link.relation);
        made.priority(link.priority);
        if (link.court_order) made.court_order();
        barred += link.court_order ? 1 : 0;
      }
      families.push_back(family);
    }
    const auto profiles = roster.profiles();
    const std::vector<std::string> words{"associates", "parent", "rank1", "mother", "father", "aunt"};
    for (std::size_t i = 0; i < families.size(); ++i) {
      audience::ResolveRequest request;
      const auto& form = i % 2 == 0 ? forms[i / 2 % 2] : "";
      request.expression = "group:\"family " + std::to_string(i) + "\"";
      if (!form.empty()) request.expression += " and form:" + form;
      request.to = {words[random() % words.size()]};
      const auto answer = audience::resolve(roster.store(), profiles, request);
      const auto told = told_by_crier(answer, firsts[i].first, firsts[i].second);
      CAPTURE(request.expression);
      CAPTURE(request.to.front());
      CHECK(told == told_by_model(families[i], form, request.to.front()));
      told_in_all += static_cast<int>(told.size());
    }
  }
  CHECK(barred > 1000);
  CHECK(told_in_all > 1000);
}
