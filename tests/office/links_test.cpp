#include "office/links.hpp"

#include "base/seal.hpp"
#include "message/personal_link.hpp"
#include "office_case.hpp"
#include "store/contact_store.hpp"
#include "store/message_store.hpp"
#include "store/queue_store.hpp"
#include "store/secret_store.hpp"

using namespace crier;
using namespace crier::office;
using message::LinkTarget;

namespace {

struct LinkCase : test::OfficeCase {
  test::PersonBuilder mary = roster.contact("C-17", "Mary", "Dyer").email("mary@example.org");
  test::PersonBuilder eve = roster.contact("C-18", "Eve", "Moss").email("eve@example.org");
  std::string key;

  LinkCase() {
    write_message("periodic");
    store::Transaction transaction(roster.store());
    key = store::make_link_key(roster.store());
    transaction.commit();
  }

  std::int64_t write_message(std::string_view category) {
    auto& store = roster.store();
    store::Transaction transaction(store);
    store::MessageRow row;
    row.school = roster.school_id("CAM");
    row.subject = "Trip";
    row.category = *parse_category(category);
    row.created = clock.now();
    const auto id = store::insert_message(store, row);
    transaction.commit();
    return id;
  }

  std::string token(LinkTarget::Purpose purpose, std::int64_t person, std::int64_t message = 1) {
    return message::write_token(key, {purpose, person, message});
  }
  std::int64_t count(std::string_view table) {
    return roster.store().integer("SELECT count(*) FROM " + std::string(table));
  }
};

}  // namespace

TEST_CASE("M8: an opt-out link opts its reader out of e-mails of that category, once") {
  LinkCase at;
  const auto token = at.token(LinkTarget::Purpose::unsubscribe, at.mary.id());
  const auto asked = read_link(at.as(), token);
  CHECK(asked.use == LinkUse::opt_out);
  CHECK(asked.category == "periodic");
  CHECK(at.count("opt_out") == 0);  // looking changes nothing
  const auto opened = open_link(at.as(), "https://messages.example/u/" + token + "\n", LinkUse::opt_out);
  CHECK(opened.code == "C-17");
  CHECK(opened.subject == "Trip");
  CHECK_FALSE(opened.again);
  CHECK(open_link(at.as(), "unsubscribe " + token, LinkUse::opt_out).again);
  const auto held = store::opt_outs_held(at.roster.store(), at.mary.id());
  REQUIRE(held.size() == 1);
  CHECK(held[0].channel == "email");
  CHECK(held[0].category == "periodic");
  CHECK(held[0].said_by == "root by link");
  CHECK(store::opt_outs_held(at.roster.store(), at.eve.id()).empty());
  CHECK(at.count("audit") == 1);
}

TEST_CASE("M10: a confirming link confirms its own message, once") {
  LinkCase at;
  const auto token = at.token(LinkTarget::Purpose::confirm, at.mary.id());
  CHECK_FALSE(open_link(at.as(), token, LinkUse::confirm).again);
  CHECK(open_link(at.as(), token, LinkUse::confirm).again);
  CHECK(at.count("acknowledgement") == 1);
  CHECK(at.count("audit") == 1);
  CHECK(test::error_of([&] { open_link(at.as(), token, LinkUse::opt_out); }).code() == "other-link");
}

TEST_CASE("M8: nobody's token opens another's") {
  LinkCase at;
  const auto token = at.token(LinkTarget::Purpose::unsubscribe, at.mary.id());
  const auto refused = [&](const std::string& text) {
    CAPTURE(text);
    const auto error = test::error_of([&] { open_link(at.as(), text, LinkUse::opt_out); });
    CHECK(error.exit() == Exit::refused_input);
    CHECK(error.code() == "bad-link");
  };
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == '1' ? '2' : '1';
    refused(changed);
    refused(token.substr(0, i));
    refused(token + token[i]);
  }
  const auto other = message::write_token("another key", {LinkTarget::Purpose::unsubscribe, at.mary.id(), 1});
  refused(other);
  const auto sealed = token.substr(token.rfind('.'));
  refused("u" + std::to_string(at.eve.id()) + ".1" + sealed);
  refused("u-1.1" + sealed);
  refused("u99999999999999999999.1" + sealed);
  refused("");
  refused("/");
  refused(at.token(LinkTarget::Purpose::unsubscribe, 4711));
  CHECK(at.count("opt_out") == 0);
  CHECK(at.count("audit") == 0);
}

TEST_CASE("M8: a store without a key says so, and a reader that was deleted is told") {
  LinkCase at;
  const auto token = at.token(LinkTarget::Purpose::unsubscribe, at.mary.id());
  at.roster.store().execute("DELETE FROM store_secret");
  const auto error = test::error_of([&] { open_link(at.as(), token, LinkUse::opt_out); });
  CHECK(error.code() == "bad-link");
  CHECK(error.message() == "this store has not written any links yet");
}

TEST_CASE("M8: a key is made once, and is of its store") {
  LinkCase at;
  CHECK(at.key.size() == 64);
  CHECK(store::require_link_key(at.roster.store()) == at.key);
  LinkCase other;
  CHECK(other.key != at.key);
}

TEST_CASE("M8: a seal is HMAC-SHA256 cut to 16 bytes, whatever was sealed before") {
  // RFC 4231, test cases 2 and 6: the first 16 bytes.
  CHECK(seal("Jefe", "what do ya want for nothing?") == "W9zBRr9gdU5qBCQmCJV1xw");
  CHECK(seal(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "YOQxWR7gtn8Niiaqy_W3fw");
  CHECK(seal("Jefe", "what do ya want for nothing?") == "W9zBRr9gdU5qBCQmCJV1xw");
  CHECK(seal("", "").size() == 22);
  CHECK(seal("", "") == seal(std::string_view(), std::string_view()));
}

TEST_CASE("M10: the confirmed of a message are counted with those of its reminders, the rest are named") {
  LinkCase at;
  auto& store = at.roster.store();
  const auto reminder = at.write_message("periodic");
  store.execute("UPDATE message SET again_of = 1 WHERE id = 2");
  const auto deliver = [&](std::int64_t message, Channel channel, std::vector<std::int64_t> people) {
    store::Transaction transaction(store);
    const auto job = store::insert_job(store, message, channel, at.clock.now());
    std::vector<store::NewDelivery> deliveries;
    for (const auto person : people) {
      store::NewDelivery one;
      one.person = person;
      one.school = at.roster.school_id("CAM");
      one.address = "somewhere";
      deliveries.push_back(one);
    }
    store::insert_deliveries(store, job, channel, Priority::general, deliveries, at.clock.now());
    transaction.commit();
  };
  deliver(1, Channel::email, {at.mary.id(), at.eve.id()});
  deliver(1, Channel::sms, {at.mary.id()});
  deliver(reminder, Channel::email, {at.eve.id()});
  CHECK(store::confirmed_of(store, 1).confirmed == 0);
  CHECK(store::confirmed_of(store, 1).missing == std::vector{at.mary.id(), at.eve.id()});
  open_link(at.as(), at.token(LinkTarget::Purpose::confirm, at.eve.id(), reminder), LinkUse::confirm);
  CHECK(store::confirmed_of(store, 1).confirmed == 1);
  CHECK(store::confirmed_of(store, 1).missing == std::vector{at.mary.id()});
}
