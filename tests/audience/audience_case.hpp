// Short words for what audience tests ask again and again.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "audience/resolve.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "support/roster_builder.hpp"

namespace crier::test {

inline Resolution ask(RosterBuilder& roster, std::string_view expression, std::vector<std::string> to = {},
                      std::vector<Channel> via = {}) {
  audience::ResolveRequest request;
  request.expression = expression;
  request.to = std::move(to);
  request.via = std::move(via);
  return audience::resolve(roster.store(), roster.profiles(), request);
}

/// The codes of the recipients, in their order, with blanks between.
inline std::string codes(const Resolution& resolution) {
  std::string all;
  for (const auto& one : resolution.recipients) all += (all.empty() ? "" : " ") + one.code;
  return all;
}

inline std::string related(const Recipient& recipient) {
  std::string all;
  for (const auto& one : recipient.related) all += (all.empty() ? "" : " ") + one.code;
  return all;
}

inline const Recipient& recipient(const Resolution& resolution, std::string_view code) {
  for (const auto& one : resolution.recipients) {
    if (one.code == code) return one;
  }
  throw std::runtime_error("no recipient " + std::string(code));
}

/// The address, or the reason in brackets.
inline std::string way(const Resolution& resolution, std::string_view code, Channel channel) {
  const auto& reach = recipient(resolution, code).channels.at(channel);
  return reach.reason ? "[" + std::string(to_text(*reach.reason)) + "]" : reach.address;
}

template <typename Call>
Error refusal_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(Exit::done, "accepted", "", "");
}

}  // namespace crier::test
