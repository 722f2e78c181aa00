#include "office/contacts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/email_address.hpp"
#include "format/phone.hpp"
#include "model/person.hpp"
#include "office/permission.hpp"
#include "roster/schools.hpp"

namespace crier::office {
namespace {

std::string channel_word(const OptOutScope& scope) {
  return scope.channel ? std::string(to_text(*scope.channel)) : "";
}

std::string category_word(const OptOutScope& scope) {
  return scope.category ? std::string(to_text(*scope.category)) : "";
}

std::string scope_words(std::string_view channel, std::string_view category) {
  if (channel.empty() && category.empty()) return "everything";
  if (category.empty()) return std::string(channel);
  return std::string(category) + " messages" + (channel.empty() ? "" : " by " + std::string(channel));
}

Concern concern_of(const Office& office, const store::KnownPerson& person) {
  return {store::schools_of_person(office.store, person.id), ""};
}

bool is_anybody(const Office& office, std::string_view code) {
  return !store::people_called(office.store, fold(code), code).empty();
}

/// Whether a channel, or any, goes to addresses of this kind.
bool serves(std::string_view kind, std::optional<Channel> channel) {
  return !channel || to_text(address_kind(*channel)) == kind;
}

Error nobody(std::string_view code) {
  return {Exit::nothing_there, "no-such-person", fmt::format("nobody has the code or id '{}'", code),
          "Look for a name with 'crier resolve \"contact:name:…\"'."};
}

/// What a named address is to the store, by the country of the named or only school.
std::optional<store::HeldAddress> named_address(const Office& office, std::string_view text) {
  store::HeldAddress address;
  address.given = text;
  if (text.find('@') != std::string_view::npos) {
    const auto email = format::parse_email(text);
    if (!email) return std::nullopt;
    address.kind = "email";
    address.normal = email->normalised;
    address.compare_key = email->compare_key;
    return address;
  }
  const auto schools = roster::school_profiles(office.store, office.settings);
  std::string country;
  for (const auto& school : schools) {
    if (office.school.empty() || fold(school.code) == fold(office.school)) country = school.country;
  }
  const auto phone = format::read_phone(text, country);
  if (phone.problem) return std::nullopt;
  address.kind = "phone";
  address.normal = phone.e164;
  address.compare_key = phone.e164;
  return address;
}

}  // namespace

ContactView show_person(const Office& office, store::KnownPerson person) {
  const auto id = person.id;
  ContactView view{std::move(person), store::addresses_held(office.store, id),
                   store::opt_outs_held(office.store, id), store::consents_held(office.store, id),
                   store::relatives_of(office.store, id)};
  const auto sight = address_sight(office);
  for (auto& address : view.addresses) {
    address.given = shown_address(sight, address.given);
    address.normal = shown_address(sight, address.normal);
    address.evidence = shown_text(sight, address.evidence);
  }
  return view;
}

store::KnownPerson find_person(const Office& office, std::string_view code) {
  auto people = store::people_called(office.store, fold(code), code);
  if (!office.school.empty()) {
    std::erase_if(people, [&](const auto& person) { return fold(person.school) != fold(office.school); });
  }
  if (people.empty()) throw nobody(code);
  // A contact is meant before a pupil, and whoever is there before whoever has left.
  const auto same_rank = [&](const store::KnownPerson& person) {
    return (person.kind == "contact") == (people.front().kind == "contact") &&
           (person.status == "leaver") == (people.front().status == "leaver");
  };
  const auto meant = std::ranges::count_if(people, same_rank);
  if (meant > 1) {
    std::string names;
    for (const auto& person : people) {
      names += fmt::format(
          "{}{} of {} ({}, id {})", names.empty() ? "" : ", ", list_name(person.family, person.given),
          person.school.empty() ? "no school" : person.school, person.source, person.source_id);
    }
    throw Error(Exit::usage, "ambiguous-code",
                fmt::format("{} people have the code '{}': {}", meant, code, names),
                "Give the source's id instead, or the school with --school.");
  }
  return std::move(people.front());
}

ContactView show_contact(const Office& office, std::string_view code) {
  auto person = find_person(office, code);
  require(office, Act::look, concern_of(office, person));
  return show_person(office, std::move(person));
}

ContactView opt_out(const Office& office, std::string_view code, const OptOutScope& scope) {
  const auto person = find_person(office, code);
  require(office, Act::change_contact, concern_of(office, person));
  store::Transaction transaction(office.store);
  const auto added = store::add_opt_out(
      office.store, person.id, {channel_word(scope), category_word(scope), office.clock.now(), office.actor});
  if (added > 0) {
    record(office, "opt-out", fmt::format("person {}", person.id),
           scope_words(channel_word(scope), category_word(scope)));
    transaction.commit();
  }
  return show_person(office, person);
}

ContactView opt_in(const Office& office, std::string_view code, const OptOutScope& scope) {
  const auto person = find_person(office, code);
  require(office, Act::change_contact, concern_of(office, person));
  const auto channel = channel_word(scope);
  const auto category = category_word(scope);
  const auto standing = store::opt_outs_held(office.store, person.id);
  const bool everything = channel.empty() && category.empty();
  for (const auto& one : standing) {
    const bool wider = (one.channel.empty() || one.channel == channel) &&
                       (one.category.empty() || one.category == category) &&
                       (one.channel != channel || one.category != category);
    if (everything || !wider) continue;
    throw Error(Exit::refused_by_rule, "wider-opt-out",
                fmt::format("{} opted out of {}, which would still hold", person.code,
                            scope_words(one.channel, one.category)),
                "Opt in again to just that, then out of what is not wanted.");
  }
  store::Transaction transaction(office.store);
  const auto removed = store::remove_opt_outs(office.store, person.id, channel, category);
  if (removed == 0) {
    throw Error(Exit::nothing_there, "no-opt-out",
                fmt::format("{} has not opted out of {}", person.code, scope_words(channel, category)),
                fmt::format("'crier contacts show {}' tells what there is.", person.code));
  }
  record(office, "opt-in", fmt::format("person {}", person.id), scope_words(channel, category));
  transaction.commit();
  return show_person(office, person);
}

std::vector<store::HeldAddress> blocked_addresses(const Office& office, std::string_view code_or_address,
                                                  std::optional<Channel> channel) {
  std::vector<store::HeldAddress> blocked;
  const auto keep = [&](const store::HeldAddress& address) {
    const bool twice = std::ranges::any_of(blocked, [&](const auto& other) {
      return other.kind == address.kind && other.compare_key == address.compare_key;
    });
    if (!address.block.empty() && !twice && serves(address.kind, channel)) blocked.push_back(address);
  };
  if (is_anybody(office, code_or_address)) {
    const auto person = find_person(office, code_or_address);
    require(office, Act::change_contact, concern_of(office, person));
    for (const auto& address : store::addresses_held(office.store, person.id)) keep(address);
    return blocked;
  }
  require(office, Act::change_contact);
  auto address = named_address(office, code_or_address);
  if (!address) throw nobody(code_or_address);
  if (const auto block = store::block_of(office.store, address->kind, address->compare_key)) {
    address->block = block->reason;
    address->blocked_since = block->since;
    keep(*address);
  }
  return blocked;
}

void enable_addresses(const Office& office, std::span<const store::HeldAddress> blocked) {
  require(office, Act::change_contact);
  if (blocked.empty()) {
    throw Error(Exit::nothing_there, "not-blocked",
                "no address of this person is blocked, nor is this address",
                "'crier contacts show CODE' tells why somebody is not reached.");
  }
  store::Transaction transaction(office.store);
  for (const auto& address : blocked) {
    store::unblock(office.store, address.kind, address.compare_key, office.actor, office.clock.now());
  }
  record(office, "enable", fmt::format("{} addresses", blocked.size()), blocked.front().block);
  transaction.commit();
}

std::int64_t disable_addresses(const Office& office, std::string_view code_or_address) {
  std::vector<store::HeldAddress> addresses;
  const auto person = is_anybody(office, code_or_address)
                          ? std::optional(find_person(office, code_or_address))
                          : std::nullopt;
  require(office, Act::change_contact, person ? concern_of(office, *person) : Concern{});
  if (person) {
    addresses = store::addresses_held(office.store, person->id);
    if (addresses.empty()) {
      throw Error(Exit::nothing_there, "no-address", fmt::format("{} has no address", person->code),
                  "There is nothing to disable.");
    }
  } else if (auto named = named_address(office, code_or_address)) {
    if (!store::is_held(office.store, named->kind, named->compare_key)) {
      throw Error(Exit::nothing_there, "no-such-address",
                  fmt::format("nobody has the address '{}'", code_or_address),
                  "Look at the person with 'crier contacts show CODE'.");
    }
    addresses.push_back(std::move(*named));
  } else {
    throw nobody(code_or_address);
  }
  std::int64_t closed = 0;
  store::Transaction transaction(office.store);
  for (const auto& address : addresses) {
    if (address.compare_key.empty()) continue;
    closed += store::block(office.store, address.kind, address.compare_key, to_text(Reason::disabled),
                           "by " + office.actor, office.clock.now());
  }
  if (closed == 0) {
    throw Error(Exit::nothing_there, "nothing-to-disable",
                fmt::format("'{}' has no address that is open", code_or_address),
                "'crier contacts show CODE' tells what there is.");
  }
  record(office, "disable", person ? fmt::format("person {}", person->id) : "one address",
         fmt::format("{} used no more", closed));
  transaction.commit();
  return closed;
}

ContactView set_consent(const Office& office, std::string_view code, const std::string& purpose,
                        ConsentWord word) {
  std::string trimmed(trim_invisible(purpose));
  constexpr std::size_t longest = 100;
  const bool controls =
      std::ranges::any_of(trimmed, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (trimmed.empty() || !is_utf8(trimmed) || controls || count_graphemes(trimmed) > longest) {
    throw Error(Exit::usage, "no-purpose",
                trimmed.empty() ? std::string("a consent needs a purpose")
                                : fmt::format("the purpose is no text of at most {} characters", longest),
                "Give one with --purpose, a contract for instance.");
  }
  auto person = find_person(office, code);
  require(office, Act::change_contact, concern_of(office, person));
  {
    store::Transaction transaction(office.store);
    // One purpose, however it is written.
    for (const auto& known : store::consents_held(office.store, person.id)) {
      if (fold(known.purpose) == fold(trimmed)) trimmed = known.purpose;
    }
    const bool given = word == ConsentWord::given;
    if (store::set_consent(office.store, person.id, {trimmed, given, office.clock.now(), office.actor})) {
      record(office, "consent", fmt::format("person {}", person.id),
             fmt::format("{}: {}", trimmed, given ? "given" : "missing"));
      transaction.commit();
    }
  }
  return show_person(office, std::move(person));
}

}  // namespace crier::office
