// What the fields of a message are for each of its recipients (M2), in the recipient's language: worked out
// when the message is queued and again when it is released (A5), and kept with the delivery. Only what the
// words ask for is looked up, by sets.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/instant.hpp"
#include "message/words.hpp"
#include "model/recipient.hpp"
#include "roster/schools.hpp"
#include "store/connection.hpp"
#include "store/gradebook_store.hpp"
#include "store/merge_store.hpp"

namespace crier::message {

/// A recipient's personal links; empty: none.
struct PersonalLinks {
  std::function<std::string(const Recipient&)> ack;
  std::function<std::string(const Recipient&)> optout;
};

class MergeValues {
 public:
  /// Looks up what these words ask for, of all pupils whom the recipients are written to about.
  MergeValues(store::Connection& connection, const Words& words, const roster::SchoolProfile& school,
              std::span<const Recipient> recipients, Instant now, PersonalLinks links);

  /// The values that are not empty, for one of the recipients.
  boost::json::object of(const Recipient& recipient) const;

 private:
  bool asks(std::string_view path) const { return words_.paths().contains(std::string(path)); }
  bool asks_within(std::string_view list) const;
  void add_pupils(boost::json::object& values, const Recipient& recipient, const std::string& locale) const;
  void add_payments(boost::json::object& values, const Recipient& recipient, const std::string& locale) const;
  void add_assignments(boost::json::object& values, const Recipient& recipient,
                       const std::string& locale) const;

  const Words& words_;
  const roster::SchoolProfile& school_;
  Date today_;
  PersonalLinks links_;
  std::unordered_map<std::int64_t, std::vector<store::UnpaidPayment>> payments_;
  std::unordered_map<std::int64_t, std::vector<store::Finding>> work_;
  std::unordered_map<std::int64_t, std::string> preferred_;
  std::unordered_map<std::int64_t, std::string> years_;
};

}  // namespace crier::message
