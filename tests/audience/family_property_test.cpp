// R3, R7, R9, A4 against rules that are looked up one by one, by loops over everybody, for neighbourhoods
// that a seed makes: step-families, separated parents, grandparents of two families, people stored once per
// child and people of one name, mailboxes that two families read, court orders, leavers, opt-outs, two
// schools.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "audience_case.hpp"

using namespace crier;
using namespace crier::test;

namespace {

using Pupils = std::set<int>;

struct Link {
  int pupil = 0;
  int contact = 0;
  std::string relation;
  int priority = 1;
  bool court_order = false;
};

struct Contact {
  std::string name;
  /// Numbers of the neighbourhood's mailboxes and telephones.
  std::vector<int> mailboxes, telephones;
  bool left = false;
  bool refused = false;
  /// Empty: none; `all`, else a channel or a category.
  std::string opt_out;
};

struct Pupil {
  std::string form;
  std::string school;
};

struct Neighbourhood {
  unsigned seed = 0;
  int families = 0;
  std::vector<Pupil> pupils;
  std::vector<Contact> contacts;
  std::vector<Link> links;
  std::set<int> blocked_mailboxes, blocked_telephones;
};

const std::vector<std::string> forms{"7A", "9B"};
const std::vector<std::string> relations{"mother", "father", "aunt"};

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) { made_.seed = seed; }

  Neighbourhood make() {
    made_.families = 2 + below(2);
    for (int family = 0; family < made_.families; ++family) add_family();
    if (one_in(3)) add_grandparent();
    for (int i = 0; i < 4; ++i) {
      if (one_in(8)) made_.blocked_mailboxes.insert(i);
      if (one_in(8)) made_.blocked_telephones.insert(i);
    }
    return std::move(made_);
  }

 private:
  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  bool one_in(int times) { return below(times) == 0; }

  void add_family() {
    const int first = static_cast<int>(made_.pupils.size());
    const int pupils = 1 + below(3);
    for (int i = 0; i < pupils; ++i) {
      made_.pupils.push_back({forms[static_cast<std::size_t>(below(2))], one_in(4) ? "OAK" : "CAM"});
    }
    const int adults = 1 + below(3);
    for (int i = 0; i < adults; ++i) add_adult(first, pupils);
  }

  /// Once for all the pupils, or, as some schools keep them, once for each.
  void add_adult(int first, int pupils) {
    const auto name = fmt::format("N{}", below(3));
    const auto relation = relations[static_cast<std::size_t>(below(3))];
    auto adult = some_contact(name);
    const bool once_each = one_in(3);
    if (!once_each) made_.contacts.push_back(adult);
    for (int pupil = first; pupil < first + pupils; ++pupil) {
      if (one_in(5)) continue;
      if (once_each) {
        auto record = one_in(2) ? adult : some_contact(name);
        if (one_in(2)) record.mailboxes = adult.mailboxes;
        made_.contacts.push_back(record);
      }
      link(pupil, relation);
    }
    // A step-family: somebody of it belongs to a pupil of another one too.
    if (first > 0 && one_in(4)) link(below(first), relation);
  }

  void add_grandparent() {
    made_.contacts.push_back(some_contact("N9"));
    for (int pupil = 0; pupil < static_cast<int>(made_.pupils.size()); ++pupil) {
      if (one_in(2)) link(pupil, "grandmother");
    }
  }

  void link(int pupil, const std::string& relation) {
    const int contact = static_cast<int>(made_.contacts.size()) - 1;
    for (const auto& known : made_.links) {
      if (known.pupil == pupil && known.contact == contact) return;
    }
    made_.links.push_back({pupil, contact, relation, 1 + below(3), one_in(7)});
  }

  Contact some_contact(const std::string& name) {
    Contact made;
    made.name = name;
    for (int i = below(3); i > 0; --i) add_new(made.mailboxes);
    for (int i = below(3); i > 0; --i) add_new(made.telephones);
    made.left = one_in(12);
    made.refused = one_in(20);
    static const std::vector<std::string> kinds{"all", "email", "sms", "periodic"};
    if (one_in(10)) made.opt_out = kinds[static_cast<std::size_t>(below(4))];
    return made;
  }

  void add_new(std::vector<int>& numbers) {
    const int number = below(4);
    if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
  }

  std::mt19937 random_;
  Neighbourhood made_;
};

struct Asked {
  std::string expression;
  std::string to;
  Category category = Category::informational;
  Priority priority = Priority::general;
};

const std::vector<Asked> questions{
    {"all", "associates"},
    {"form:7A", "parent"},
    {"school:OAK", "associates", Category::periodic},
    {"all", "rank1", Category::periodic, Priority::emergency},
    {"form:9B", "mother"},
};

struct Copy {
  int contact = 0;
  Channel channel = Channel::email;
  int address = 0;
  Pupils named;
};

/// The rules, each looked up for itself.
class Rules {
 public:
  Rules(const Neighbourhood& all, const Asked& asked) : all_(all), asked_(asked) {
    const int contacts = static_cast<int>(all.contacts.size());
    for (int i = 0; i < contacts; ++i) person_.push_back(i);
    for (bool changed = true; changed;) {
      changed = false;
      for (int a = 0; a < contacts; ++a) {
        for (int b = 0; b < contacts; ++b) {
          if (person(a) <= person(b) || contact(a).name != contact(b).name || !share(a, b)) continue;
          person_[static_cast<std::size_t>(a)] = person(b);
          changed = true;
        }
      }
    }
  }

  const Contact& contact(int at) const { return all_.contacts[static_cast<std::size_t>(at)]; }
  int person(int contact) const { return person_[static_cast<std::size_t>(contact)]; }

  bool meant(int pupil) const {
    const auto& one = all_.pupils[static_cast<std::size_t>(pupil)];
    return asked_.expression == "all" || asked_.expression == "form:" + one.form ||
           asked_.expression == "school:" + one.school;
  }
  bool taken(const Link& link) const {
    if (!meant(link.pupil)) return false;
    if (asked_.to == "associates") return true;
    if (asked_.to == "rank1") return link.priority == 1;
    if (asked_.to == "parent") return link.relation == "mother" || link.relation == "father";
    return link.relation == asked_.to;
  }
  bool barred(int contact, int pupil) const {
    return std::any_of(all_.links.begin(), all_.links.end(), [&](const Link& link) {
      return link.court_order && link.pupil == pupil && person(link.contact) == person(contact);
    });
  }
  /// May know of: whose contact the person is, under any record.
  bool knows(int contact, int pupil) const {
    return !barred(contact, pupil) &&
           std::any_of(all_.links.begin(), all_.links.end(), [&](const Link& link) {
             return link.pupil == pupil && person(link.contact) == person(contact);
           });
  }
  /// Under this very record: what other records say of somebody who is not asked need not be known.
  bool surely_knows(int contact, int pupil) const {
    return !barred(contact, pupil) &&
           std::any_of(all_.links.begin(), all_.links.end(),
                       [&](const Link& link) { return link.pupil == pupil && link.contact == contact; });
  }
  bool asked_for(int contact) const {
    return std::any_of(all_.links.begin(), all_.links.end(),
                       [&](const Link& link) { return link.contact == contact && taken(link); });
  }
  /// Of whom this record should hear.
  Pupils own(int contact) const {
    Pupils pupils;
    for (const auto& link : all_.links) {
      if (link.contact == contact && taken(link) && !barred(contact, link.pupil)) pupils.insert(link.pupil);
    }
    return pupils;
  }
  /// Why no record of this person may be written to on the channel.
  std::optional<std::string> forbidden(int contact, Channel channel) const {
    if (this->contact(contact).left) return "leaver";
    bool opted_out = false;
    for (std::size_t i = 0; i < all_.contacts.size(); ++i) {
      const auto& record = all_.contacts[i];
      if (person_[i] != person(contact)) continue;
      if (record.refused) return "no-consent";
      opted_out |= record.opt_out == "all" || record.opt_out == to_text(channel) ||
                   (record.opt_out == "periodic" && asked_.category == Category::periodic &&
                    asked_.priority == Priority::general);
    }
    if (opted_out) return "opted-out";
    return std::nullopt;
  }

  const std::vector<int>& numbers(int contact, Channel channel) const {
    return channel == Channel::email ? this->contact(contact).mailboxes : this->contact(contact).telephones;
  }
  bool holds(int contact, Channel channel, int address) const {
    const auto& numbers = this->numbers(contact, channel);
    return std::find(numbers.begin(), numbers.end(), address) != numbers.end();
  }
  bool blocked(Channel channel, int address) const {
    return (channel == Channel::email ? all_.blocked_mailboxes : all_.blocked_telephones).contains(address);
  }
  /// Somebody who reads it is barred from one of them.
  bool closed(Channel channel, int address, const Pupils& pupils) const {
    for (int reader = 0; reader < static_cast<int>(all_.contacts.size()); ++reader) {
      if (!holds(reader, channel, address)) continue;
      for (const int pupil : pupils) {
        if (barred(reader, pupil)) return true;
      }
    }
    return false;
  }
  bool usable(int contact, Channel channel, int address) const {
    return holds(contact, channel, address) && !blocked(channel, address) &&
           !closed(channel, address, own(contact));
  }
  bool has_usable(int contact, Channel channel) const {
    const auto& numbers = this->numbers(contact, channel);
    return std::any_of(numbers.begin(), numbers.end(),
                       [&](int one) { return usable(contact, channel, one); });
  }
  using Knows = bool (Rules::*)(int, int) const;
  /// Read by somebody of another family.
  bool strange(int contact, Channel channel, int address, Knows may_know) const {
    const auto pupils = own(contact);
    for (int reader = 0; reader < static_cast<int>(all_.contacts.size()); ++reader) {
      if (!holds(reader, channel, address) || this->contact(reader).name == this->contact(contact).name) {
        continue;
      }
      if (!std::all_of(pupils.begin(), pupils.end(),
                       [&](int one) { return (this->*may_know)(reader, one); })) {
        return true;
      }
    }
    return false;
  }
  /// Under whichever record.
  bool reads(int contact, Channel channel, int address) const {
    for (int record = 0; record < static_cast<int>(all_.contacts.size()); ++record) {
      if (person(record) == person(contact) && holds(record, channel, address)) return true;
    }
    return false;
  }

  const Neighbourhood& all() const { return all_; }

 private:
  bool share(int a, int b) const {
    const auto meet = [](const std::vector<int>& x, const std::vector<int>& y) {
      return std::any_of(x.begin(), x.end(),
                         [&](int one) { return std::find(y.begin(), y.end(), one) != y.end(); });
    };
    return meet(contact(a).mailboxes, contact(b).mailboxes) ||
           meet(contact(a).telephones, contact(b).telephones);
  }

  const Neighbourhood& all_;
  const Asked& asked_;
  std::vector<int> person_;
};

/// What crier answered of one neighbourhood.
struct Answer {
  std::vector<Copy> copies;
  /// By contact and channel, of whoever gets none.
  std::map<std::pair<int, Channel>, std::string> reasons;
  std::set<int> contacts;
};

bool within(const Pupils& some, const Pupils& all) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

/// The first rule that a copy breaks, or nothing.
std::string fault_of(const Rules& rules, const Copy& copy) {
  if (rules.forbidden(copy.contact, copy.channel)) return "somebody hears who may not";
  if (!rules.usable(copy.contact, copy.channel, copy.address)) return "an address that is not to be used";
  if (!within(rules.own(copy.contact), copy.named) || copy.named.empty()) return "a copy without its pupils";
  if (rules.closed(copy.channel, copy.address, copy.named)) return "somebody barred reads it";
  for (const int pupil : copy.named) {
    if (rules.own(copy.contact).contains(pupil)) continue;
    bool theirs = false;
    for (int record = 0; record < static_cast<int>(rules.all().contacts.size()); ++record) {
      theirs |= rules.person(record) == rules.person(copy.contact) && rules.own(record).contains(pupil) &&
                (rules.holds(record, copy.channel, copy.address) || !rules.has_usable(record, copy.channel));
    }
    if (!theirs) return "a pupil who is not theirs";
  }
  if (rules.strange(copy.contact, copy.channel, copy.address, &Rules::knows)) {
    for (const int other : rules.numbers(copy.contact, copy.channel)) {
      if (rules.usable(copy.contact, copy.channel, other) &&
          !rules.strange(copy.contact, copy.channel, other, &Rules::surely_knows)) {
        return "another family reads it, and there is an address that none does";
      }
    }
  }
  return "";
}

std::string fault_of(const Rules& rules, const Copy& one, const Copy& other) {
  if (one.channel != other.channel) return "";
  const bool may_know = std::all_of(other.named.begin(), other.named.end(),
                                    [&](int pupil) { return rules.surely_knows(one.contact, pupil); });
  if (one.address == other.address && within(one.named, other.named) && may_know)
    return "two copies at one address";
  const bool same_person = rules.person(one.contact) == rules.person(other.contact);
  if (same_person && rules.holds(one.contact, one.channel, other.address) &&
      rules.usable(one.contact, one.channel, other.address) && one.address == other.address) {
    return "two copies to one person at one address";
  }
  return "";
}

/// Why somebody who is asked for gets no copy.
std::string fault_of(const Rules& rules, const Answer& answer, int contact, Channel channel,
                     const std::string& reason) {
  const auto own = rules.own(contact);
  const auto forbidden = rules.forbidden(contact, channel);
  if (own.empty()) return reason == "court-order" || reason == forbidden ? "" : "barred, but: " + reason;
  if (forbidden) return reason == *forbidden ? "" : *forbidden + ", but: " + reason;
  if (reason == "duplicate") {
    for (const auto& copy : answer.copies) {
      if (copy.channel == channel && within(own, copy.named) && rules.reads(contact, channel, copy.address)) {
        return "";
      }
    }
    return "a duplicate of nothing";
  }
  if (rules.has_usable(contact, channel)) return "could be reached, but: " + reason;
  const auto& numbers = rules.numbers(contact, channel);
  if (numbers.empty()) return reason == "no-address" ? "" : "no address, but: " + reason;
  const bool all_blocked =
      std::all_of(numbers.begin(), numbers.end(), [&](int one) { return rules.blocked(channel, one); });
  const std::string right = !all_blocked                ? "court-order"
                            : channel == Channel::email ? "blocked-bounce"
                                                        : "blocked-text-failure";
  return reason == right ? "" : right + ", but: " + reason;
}

std::string fault_of(const Rules& rules, const Answer& answer) {
  for (const auto& copy : answer.copies) {
    if (const auto fault = fault_of(rules, copy); !fault.empty()) return fault;
    for (const auto& other : answer.copies) {
      if (&copy == &other) continue;
      if (const auto fault = fault_of(rules, copy, other); !fault.empty()) return fault;
    }
  }
  for (int contact = 0; contact < static_cast<int>(rules.all().contacts.size()); ++contact) {
    if (rules.asked_for(contact) != answer.contacts.contains(contact))
      return "somebody is missing or too many";
  }
  for (const auto& [whom, reason] : answer.reasons) {
    const auto fault = fault_of(rules, answer, whom.first, whom.second, reason);
    if (!fault.empty()) return fmt::format("contact {} by {}: {}", whom.first, to_text(whom.second), fault);
  }
  return "";
}

constexpr std::array ways{Channel::email, Channel::sms};

std::string mailbox(std::size_t place, int number) {
  return fmt::format("n{}.{}@example.org", place, number);
}
std::string telephone(std::size_t place, int number) {
  return fmt::format("+4474{:07}{}", place, number);
}

void add(RosterBuilder& roster, std::size_t place, const Neighbourhood& all) {
  std::vector<PersonBuilder> pupils, contacts;
  for (const auto& pupil : all.pupils) {
    pupils.push_back(roster.pupil(fmt::format("{:05}P{}", place, pupils.size()), "P", "Pupil", pupil.school)
                         .form(pupil.form));
  }
  for (const auto& contact : all.contacts) {
    auto made = roster.contact(fmt::format("{:05}C{:02}", place, contacts.size()), contact.name, "Same");
    for (const int one : contact.mailboxes) made.email(mailbox(place, one));
    for (const int one : contact.telephones) made.mobile(telephone(place, one));
    if (contact.left) made.status(PersonStatus::leaver);
    if (contact.refused) made.refuse_consent("contract");
    const bool channel = contact.opt_out == "email" || contact.opt_out == "sms";
    if (contact.opt_out == "all") made.opt_out();
    if (channel) made.opt_out(contact.opt_out);
    if (contact.opt_out == "periodic") made.opt_out("", contact.opt_out);
    contacts.push_back(made);
  }
  for (const auto& link : all.links) {
    auto made = roster.relate(pupils[static_cast<std::size_t>(link.pupil)],
                              contacts[static_cast<std::size_t>(link.contact)], link.relation);
    if (link.priority > 1) made.priority(link.priority);
    if (link.court_order) made.court_order();
  }
  for (const int one : all.blocked_mailboxes) {
    roster.block(AddressKind::email, mailbox(place, one), "blocked-bounce");
  }
  for (const int one : all.blocked_telephones) {
    roster.block(AddressKind::phone, telephone(place, one), "blocked-text-failure");
  }
}

/// The answer's recipients are of the neighbourhood that the first five digits of their codes say.
std::vector<Answer> by_place(const Resolution& resolution, std::size_t places) {
  std::vector<Answer> answers(places);
  for (const auto& recipient : resolution.recipients) {
    auto& answer = answers.at(static_cast<std::size_t>(std::stoi(recipient.code.substr(0, 5))));
    const int contact = std::stoi(recipient.code.substr(6));
    answer.contacts.insert(contact);
    for (const auto& [channel, reach] : recipient.channels) {
      if (reach.reason) {
        answer.reasons[{contact, channel}] = to_text(*reach.reason);
        continue;
      }
      const auto digit = channel == Channel::email ? reach.address.find('.') + 1 : reach.address.size() - 1;
      Copy copy{contact, channel, reach.address[digit] - '0', {}};
      for (const auto& pupil : named_on(recipient, channel).related) {
        copy.named.insert(std::stoi(pupil.code.substr(6)));
      }
      answer.copies.push_back(copy);
    }
  }
  return answers;
}

/// What a run has seen, so that a generator that makes nothing of a kind is noticed.
struct Seen {
  int families = 0;
  int copies = 0;
  std::map<std::string, int> reasons;
  int joined = 0;
};

void look_at(const std::vector<Neighbourhood>& all, Seen& seen) {
  RosterBuilder roster;
  roster.school("OAK");
  for (std::size_t place = 0; place < all.size(); ++place) {
    add(roster, place, all[place]);
    seen.families += all[place].families;
  }
  const auto profiles = roster.profiles();
  for (const auto& asked : questions) {
    audience::ResolveRequest request;
    request.expression = asked.expression;
    request.to = {asked.to};
    request.via = {ways.begin(), ways.end()};
    request.category = asked.category;
    request.priority = asked.priority;
    const auto answers = by_place(audience::resolve(roster.store(), profiles, request), all.size());
    for (std::size_t place = 0; place < all.size(); ++place) {
      const Rules rules(all[place], asked);
      const auto fault = fault_of(rules, answers[place]);
      INFO("seed " << all[place].seed << ", " << asked.expression << " --to " << asked.to);
      CHECK(fault == "");
      for (const auto& copy : answers[place].copies) {
        ++seen.copies;
        seen.joined += copy.named.size() > rules.own(copy.contact).size() ? 1 : 0;
      }
      for (const auto& [whom, reason] : answers[place].reasons) ++seen.reasons[reason];
    }
  }
}

}  // namespace

TEST_CASE("R3, R7, R9, A4: 10,000 families hear what they may, once, and nobody else does") {
  Seen seen;
  for (unsigned store = 0; store < 8; ++store) {
    std::vector<Neighbourhood> all;
    for (unsigned i = 0; i < 500; ++i) all.push_back(Maker(1 + store * 500 + i).make());
    look_at(all, seen);
  }
  CHECK(seen.families >= 9'500);
  CHECK(seen.copies > 20'000);
  CHECK(seen.joined > 1'000);
  for (const auto* reason : {"no-address", "blocked-bounce", "blocked-text-failure", "opted-out",
                             "no-consent", "court-order", "leaver", "duplicate"}) {
    CAPTURE(reason);
    CHECK(seen.reasons[reason] > 500);
  }
}
