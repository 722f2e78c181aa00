#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "office/doctor.hpp"
#include "office/finding_list.hpp"
#include "report/status.hpp"
#include "roster/schools.hpp"
#include "store/health_store.hpp"
#include "transport/gateway_probe.hpp"
#include "transport/probe.hpp"

namespace crier::office {
namespace {

std::string in_brackets(const std::string& text) {
  return text.empty() ? "" : fmt::format(" ({})", text);
}

void tell_relay(FindingList& list, const transport::ProbedRelay& relay, const RelayQuestion& question) {
  const auto where = fmt::format("{}:{}", relay.host, relay.port);
  if (relay.failure) {
    const auto words = report::words_for(relay.failure->cause, Channel::email);
    list.wrong("smtp",
               fmt::format("{}: {} {}{}", where, relay.failure->cause, words.meaning,
                           in_brackets(relay.failure->text)),
               std::string(words.remedy));
    return;
  }
  list.ok("smtp", fmt::format("{} lets us in", where));
  if (question.recipient.empty()) return;
  if (!relay.refusal) {
    list.ok("relay", fmt::format("{} carries mail from {} to other domains", where, question.sender));
    return;
  }
  const auto& refusal = *relay.refusal;
  const auto text = fmt::format("{} does not carry mail from {} to {}: {} {}", where, question.sender,
                                question.recipient, refusal.code, refusal.text);
  if (refusal.fault == Outcome::Fault::ours) {
    list.wrong(
        "relay", text,
        "Let whoever runs the mail server allow this machine, or this user, to send to other domains.");
  } else if (refusal.fault == Outcome::Fault::recipient) {
    // It looks the recipient up, and so would have carried one that there is.
    list.ok("relay", fmt::format("{} asks other domains for their recipients", where));
  } else {
    list.warn("relay", text, "Run crier doctor again later; it may be for the moment only.");
  }
}

void tell_gateway(FindingList& list, Channel channel, const config::ChannelSettings& settings) {
  const auto url = settings.gateway.url;
  const auto check = fmt::format("gateway-{}", to_text(channel));
  const auto fault = transport::probe_gateway(settings, nullptr);
  if (!fault) {
    list.ok(check, settings.kind == config::ChannelKind::http
                       ? fmt::format("{} answers; whether it lets us in is not asked", url)
                       : fmt::format("{} lets us in", url));
    return;
  }
  const auto words = report::words_for(fault->cause, channel);
  list.wrong(check, fmt::format("{}: {} {}{}", url, fault->cause, words.meaning, in_brackets(fault->text)),
             words.remedy);
}

/// `portal_url` and `public_url`: whoever follows such a link should find something.
void tell_web_address(FindingList& list, std::string check, const std::string& url) {
  if (const auto fault = transport::probe_web(url)) {
    list.warn(std::move(check), fmt::format("{} does not answer here: {}", url, *fault),
              "Open it in a browser, and correct it in crier.toml if it is wrong.");
  } else {
    list.ok(std::move(check), url + " answers");
  }
}

}  // namespace

RelayQuestion relay_question(const Office& office) {
  RelayQuestion question;
  question.sender = office.settings.bounces.address;
  if (question.sender.empty()) {
    const auto schools = roster::school_profiles(office.store, office.settings);
    if (schools.empty()) return {};
    question.sender = schools.front().sender.email;
  }
  const auto domain = question.sender.substr(question.sender.find('@') + 1);
  const auto elsewhere = store::commonest_domain(office.store, to_lower(domain));
  if (!elsewhere.empty()) question.recipient = "postmaster@" + elsewhere;
  return question;
}

std::vector<Finding> examine_gateways(const config::Settings& settings, const RelayQuestion& question) {
  FindingList list;
  for (const auto& [channel, one] : settings.channels) {
    if (config::is_http_gateway(one.kind)) {
      tell_gateway(list, channel, one);
      continue;
    }
    if (one.kind != config::ChannelKind::smtp) continue;
    // Without its password nothing can be learned there; the settings' part has told why.
    if (!one.password_fault.empty()) continue;
    const transport::TrialEnvelope trial{question.sender, question.recipient};
    for (const auto& relay : transport::probe_smtp(one, trial)) tell_relay(list, relay, question);
  }
  std::set<std::string> portals;
  if (!settings.district.portal_url.empty()) portals.insert(settings.district.portal_url);
  for (const auto& school : settings.schools) {
    if (!school.portal_url.empty()) portals.insert(school.portal_url);
  }
  for (const auto& portal : portals) tell_web_address(list, "portal", portal);
  if (!settings.sending.public_url.empty()) tell_web_address(list, "public-url", settings.sending.public_url);
  return list.take();
}

}  // namespace crier::office
