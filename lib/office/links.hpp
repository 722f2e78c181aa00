// Opening a personal link as an act (R7, M8, M10): to opt out, to confirm. The token is its reader's leave to
// do so, wherever it is opened: on the page behind the link, from a mail to us, or by staff who have it on
// paper. Tokens are written by message/personal_link.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "office/office.hpp"

namespace crier::office {

enum class LinkUse { opt_out, confirm };

/// What a personal link did.
struct LinkOpened {
  LinkUse use = LinkUse::opt_out;
  std::string code;
  std::int64_t message = 0;
  std::string subject;
  /// What is opted out of, `email` and `periodic` for instance; empty for a confirmation.
  std::string channel;
  std::string category;
  /// It had been done already: nothing changed.
  bool again = false;
};

/// What a token says, without doing it: a page asks before it acts (RFC 8058: a GET changes nothing).
/// `text` may be the token, the whole link, or the subject of a mail that was sent to opt out. Throws
/// Error(refused_input, "bad-link") for a token that this store has not sealed, or whose reader is gone.
LinkOpened read_link(const Office& office, std::string_view text);

/// Does what it says, once however often it is opened. Throws as above, and Error(refused_input,
/// "other-link") for a token that is for something else.
LinkOpened open_link(const Office& office, std::string_view text, LinkUse use);

}  // namespace crier::office
