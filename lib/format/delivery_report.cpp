#include "format/delivery_report.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "format/bounce_text.hpp"
#include "format/bounce_words.hpp"
#include "format/mail_parts.hpp"

namespace crier::format {
namespace {

constexpr std::size_t most_recipients = 500;
constexpr std::size_t most_groups = 2000;
constexpr std::size_t longest_diagnostic = 1000;

/// `rfc822; <ann@example.org>` → what stands behind the type.
std::string_view without_type(std::string_view value) {
  const auto end = value.find(';');
  if (end == std::string_view::npos || value.substr(0, end).find('@') != std::string_view::npos) return value;
  return trim_invisible(value.substr(end + 1));
}

std::string address_of(std::string_view value) {
  const auto plain = without_type(value);
  auto found = addresses_in(plain);
  // `<@relay:ann@example.org>`: the last is the one that is meant.
  if (!found.empty()) return plain.find("<@") == std::string_view::npos ? found.front() : found.back();
  return "";
}

std::string first_address(const MailFields& fields, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    if (auto address = address_of(fields.first(name)); !address.empty()) return address;
  }
  return "";
}

/// The groups of fields: by blank lines, and where a second `Final-Recipient` begins.
std::vector<MailFields> groups_of(std::string_view body) {
  std::vector<MailFields> groups;
  while (!body.empty() && groups.size() < most_groups) {
    auto [fields, rest] = read_fields(body);
    for (auto& group : fields.parted_at("Final-Recipient")) {
      if (!group.empty()) groups.push_back(std::move(group));
    }
    if (rest.size() == body.size()) {
      // A line that is no field.
      const auto end = rest.find('\n');
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    body = rest;
  }
  return groups;
}

ReportedRecipient recipient_of(const MailFields& fields, std::string_view notice) {
  ReportedRecipient one;
  one.original = first_address(fields, {"Original-Recipient"});
  one.address = first_address(fields, {"Final-Recipient", "X-Actual-Recipient", "Original-Recipient"});
  // `ann@store-2`: a name within the server, which nobody outside writes to.
  const bool inner = one.address.find('.', one.address.find('@')) == std::string::npos;
  if (inner && !one.original.empty()) one.address = one.original;
  const auto action = to_lower(fields.first("Action"));
  if (action.starts_with("delay")) one.action = ReportedRecipient::Action::delayed;
  const auto status_field = fields.first("Status");
  const auto status = find_status(status_field);
  const auto diagnostic = fields.first("Diagnostic-Code");
  std::string said(without_type(diagnostic));
  // `5.4.4 (Illegal host/domain name found)`
  if (const auto comment = status_field.find('('); comment != std::string_view::npos) {
    said.append(" ").append(status_field.substr(comment));
  }
  auto reading = read_failure({status, said});
  if (reading.fault == BounceClass::soft && said.empty()) {
    const auto in_words = read_failure_of(one.address, notice);
    if (in_words.fault == BounceClass::hard) {
      reading = {in_words.fault, in_words.status.empty() ? reading.status : in_words.status, in_words.code};
    }
    said = in_words.diagnostic;
  }
  one.fault = reading.fault;
  one.status = reading.status;
  one.code = reading.code;
  one.diagnostic = one_line(said, longest_diagnostic);
  const auto remote = fields.first("Remote-MTA");
  one.host = one_line(without_type(remote), 255);
  return one;
}

}  // namespace

DeliveryReport read_delivery_report(std::string_view body, std::string_view notice) {
  DeliveryReport report;
  for (const auto& fields : groups_of(body)) {
    if (!fields.has("Final-Recipient") && !fields.has("Original-Recipient")) continue;
    const auto action = to_lower(fields.first("Action"));
    if (action.starts_with("deliver") || action.starts_with("relay") || action.starts_with("expand") ||
        (action.empty() && find_status(fields.first("Status")).starts_with('2'))) {
      ++report.reached;
      continue;
    }
    auto one = recipient_of(fields, notice);
    const bool twice = std::ranges::any_of(report.recipients, [&](const auto& other) {
      return to_lower(other.address) == to_lower(one.address);
    });
    if (!one.address.empty() && !twice && report.recipients.size() < most_recipients) {
      report.recipients.push_back(std::move(one));
    }
  }
  return report;
}

ComplaintReport read_complaint(std::string_view body) {
  ComplaintReport report;
  for (const auto& fields : groups_of(body)) {
    if (report.type.empty()) report.type = to_lower(trim_invisible(fields.first("Feedback-Type")));
    for (const auto name : {"Original-Rcpt-To", "Removal-Recipient", "Redacted-Address"}) {
      for (const auto value : fields.all(name)) {
        for (auto& address : addresses_in(value)) report.recipients.push_back(std::move(address));
      }
    }
    for (const auto value : fields.all("Original-Mail-From")) {
      for (auto& address : addresses_in(value)) report.return_paths.push_back(std::move(address));
    }
  }
  return report;
}

}  // namespace crier::format
