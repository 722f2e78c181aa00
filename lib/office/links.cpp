#include "office/links.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "message/personal_link.hpp"
#include "office/permission.hpp"
#include "store/contact_store.hpp"
#include "store/message_store.hpp"
#include "store/secret_store.hpp"

namespace crier::office {
namespace {

using message::LinkTarget;

Error bad_link(std::string message) {
  return {Exit::refused_input, "bad-link", std::move(message),
          "Copy the whole link, or all that stands behind /u/ or /c/."};
}

/// What stands behind the last slash or blank.
std::string_view token_in(std::string_view text) {
  auto token = trim_invisible(text);
  if (const auto before = token.find_last_of("/ "); before != std::string_view::npos) {
    token.remove_prefix(before + 1);
  }
  return token;
}

struct Target {
  LinkTarget link;
  store::KnownPerson person;
  store::MessageRow message;
};

Target target_of(const Office& office, std::string_view text) {
  const auto key = store::link_key(office.store);
  if (!key) throw bad_link("this store has not written any links yet");
  const auto link = message::read_token(*key, token_in(text));
  if (!link) throw bad_link("this is no link that this store has written");
  auto person = store::known_person(office.store, link->person);
  if (!person) throw bad_link("whoever this link was for has been deleted");
  return {*link, std::move(*person), store::message(office.store, link->message)};
}

LinkUse use_of(const LinkTarget& link) {
  return link.purpose == LinkTarget::Purpose::confirm ? LinkUse::confirm : LinkUse::opt_out;
}

LinkOpened told(const Target& target) {
  LinkOpened opened;
  opened.use = use_of(target.link);
  opened.code = target.person.code;
  opened.message = target.message.id;
  opened.subject = target.message.subject;
  if (opened.use == LinkUse::opt_out) {
    opened.channel = to_text(Channel::email);
    opened.category = to_text(target.message.category);
  }
  return opened;
}

}  // namespace

LinkOpened read_link(const Office& office, std::string_view text) {
  return told(target_of(office, text));
}

LinkOpened open_link(const Office& office, std::string_view text, LinkUse use) {
  const auto target = target_of(office, text);
  auto opened = told(target);
  if (opened.use != use) {
    throw Error(Exit::refused_input, "other-link",
                opened.use == LinkUse::confirm
                    ? fmt::format("this link confirms message {}, it opts out of nothing", opened.message)
                    : fmt::format("this link opts out of what is like message {}, it confirms nothing",
                                  opened.message),
                opened.use == LinkUse::confirm ? "Use 'crier contacts confirm --token'."
                                               : "Use 'crier contacts opt-out --token'.");
  }
  require(office, Act::look);  // the token is leave enough; a disabled operator has none
  const auto now = office.clock.now();
  store::Transaction transaction(office.store);
  if (use == LinkUse::confirm) {
    opened.again =
        !store::acknowledge(office.store, opened.message, target.person.id, office.actor + " by link", now);
  } else {
    opened.again = store::add_opt_out(office.store, target.person.id,
                                      {opened.channel, opened.category, now, office.actor + " by link"}) == 0;
  }
  if (!opened.again) {
    record(office, use == LinkUse::confirm ? "confirm" : "opt-out",
           fmt::format("person {}", target.person.id),
           use == LinkUse::confirm ? fmt::format("message {}, by its link", opened.message)
                                   : fmt::format("{} messages by {}, by the link in message {}",
                                                 opened.category, opened.channel, opened.message));
    transaction.commit();
  }
  return opened;
}

}  // namespace crier::office
