#include "office/staff_mail.hpp"

#include <set>

#include "base/text.hpp"
#include "delivery/plan.hpp"
#include "store/staff_mail_store.hpp"

namespace crier::office {

std::optional<QueuedMessage> queue_staff_mail(const Office& office, const roster::SchoolProfile& school,
                                              StaffMail mail) {
  const auto now = office.clock.now();
  store::MessageRow message;
  message.school = school.id;
  message.subject = std::move(mail.subject);
  message.body = std::move(mail.body);
  message.category = Category::system;
  message.sender = store::staff_mail_sender;
  message.recipients = "self";
  message.created = now;
  message.passes_quiet = true;
  // Copies for staff alone: a rerun of them would have no audience.
  message.test = true;
  message.expires = now + useful_for(office.settings, Category::system);
  delivery::Plan plan;
  plan.jobs.push_back({Channel::email, {}});
  std::set<std::int64_t> written_to;
  for (const auto& address : mail.addresses) {
    if (!delivery::sandbox_lets(office.settings, address)) continue;  // M9: staff are not let through either
    store::NewDelivery one;
    one.person = store::addressee(office.store, address, now);
    if (!written_to.insert(one.person).second) continue;
    one.school = school.id;
    one.address = address;
    one.due = now;
    plan.jobs.back().deliveries.push_back(std::move(one));
  }
  if (plan.jobs.back().deliveries.empty()) return std::nullopt;
  return queue_message(office, message, {}, mail.attachments, plan, Priority::emergency);
}

std::string without_fields(std::string text) {
  for (auto at = text.find("{{"); at != std::string::npos; at = text.find("{{", at)) text.insert(at + 1, " ");
  return text;
}

std::vector<std::string> error_report_addresses(const config::Settings& settings) {
  std::vector<std::string> addresses;
  for (const auto part : split(settings.district.error_reports_to, ',')) {
    if (const auto address = trim_invisible(part); !address.empty()) addresses.emplace_back(address);
  }
  return addresses;
}

}  // namespace crier::office
