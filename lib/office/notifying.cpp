#include "office/notifying.hpp"

#include <fmt/format.h>

#include <map>

#include "base/os.hpp"
#include "delivery/plan.hpp"
#include "office/outgoing.hpp"
#include "roster/schools.hpp"
#include "store/message_store.hpp"
#include "store/new_address_store.hpp"

namespace crier::office {
namespace {

/// One message of a school to its people with new addresses; the caller holds the transaction.
void queue_confirmation(const Office& office, const roster::SchoolProfile& school, const Resolution& people,
                        std::int64_t import) {
  const auto now = office.clock.now();
  store::MessageRow message;
  message.school = school.id;
  message.subject = "Your e-mail address";
  message.body = fmt::format(
      "{} now writes to you at this e-mail address: it is new in the school's records, or was changed "
      "there.\n\n"
      "If you are not the person named above, or did not give this address to the school, please tell the "
      "school.",
      school.name);
  message.category = Category::system;
  message.sender = office.actor;
  message.expression = people.expression;
  message.recipients = "self";
  message.created = now;
  // An import that is looked at again tells nobody twice.
  message.idempotency_key = fmt::format("import {} addresses {}", import, school.code);
  if (store::message_of_key(office.store, message.idempotency_key)) return;
  delivery::PlanRequest request{people, school, office.settings};
  request.now = now;
  const auto plan = delivery::make_plan(request);
  message.expires = plan.held_until.value_or(now) + useful_for(office.settings, Category::informational);
  const auto id = queue_message(office, message, {}, {}, plan, Priority::general).id;
  record(office, "notify-addresses", fmt::format("message {}", id),
         fmt::format("import {}: {} addresses of {}", import, people.recipients.size(), school.code));
}

}  // namespace

std::int64_t notify_addresses(const Office& office, std::int64_t import) {
  std::map<std::int64_t, Resolution> by_school;
  std::int64_t told = 0;
  {
    store::Transaction transaction(office.store);
    for (auto& found : store::new_addresses(office.store, import)) {
      auto& people = by_school[found.school];
      people.expression = "contact:all";
      people.via = {Channel::email};
      Recipient recipient;
      recipient.person = found.person;
      recipient.school = found.school;
      recipient.code = std::move(found.code);
      recipient.family = std::move(found.family);
      recipient.given = std::move(found.given);
      recipient.channels[Channel::email] = {std::move(found.address), std::nullopt};
      people.recipients.push_back(std::move(recipient));
      ++told;
    }
    for (const auto& school : roster::school_profiles(office.store, office.settings)) {
      const auto people = by_school.find(school.id);
      if (people != by_school.end()) queue_confirmation(office, school, people->second, import);
    }
    transaction.commit();
  }
  if (told > 0) os::ring(bell_path(office.store.path()));
  return told;
}

}  // namespace crier::office
