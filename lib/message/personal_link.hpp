// Links that are one reader's own: to opt out (R7, M8) and to confirm (M10). A token names person and message
// and is sealed under the store's key, so that nobody's opens another's; opening one is office/links'.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/mail.hpp"

namespace crier::message {

struct LinkTarget {
  enum class Purpose { unsubscribe, confirm } purpose = Purpose::unsubscribe;
  std::int64_t person = 0;
  std::int64_t message = 0;
};

/// `u17.12.…`: letters that stand in a URL as they are.
std::string write_token(std::string_view key, const LinkTarget& target);
/// Nothing for a token that this key has not sealed.
std::optional<LinkTarget> read_token(std::string_view key, std::string_view token);

/// Where a message's links lead.
struct LinkPlaces {
  std::string key;
  /// `[sending] public_url`, or empty: there are no pages.
  std::string public_url;
  /// Who reads unsubscribe mails: the mailbox for bounces, else the school's, or empty.
  std::string reply_to;
};

/// `https://…/u/TOKEN`, or empty where there are no pages.
std::string link_url(const LinkPlaces& places, const LinkTarget& target);

/// `List-Unsubscribe`, and `List-Unsubscribe-Post` where it leads to an https page (RFC 8058); none where it
/// could lead nowhere.
std::vector<format::MailHeader> unsubscribe_headers(const LinkPlaces& places, const LinkTarget& target);

}  // namespace crier::message
