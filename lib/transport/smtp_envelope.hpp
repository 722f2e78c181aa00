// What crier says to an SMTP server: parcels → commands and stuffed bodies, by what the server offers. No
// I/O.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "model/outcome.hpp"
#include "model/parcel.hpp"

namespace crier::transport {

/// What an EHLO reply offers.
struct SmtpExtensions {
  bool pipelining = false;
  bool eight_bit = false;
  bool smtputf8 = false;
  bool starttls = false;
  bool auth_plain = false;
  bool auth_login = false;
  bool auth_xoauth2 = false;
  bool dsn = false;
  bool size = false;
  /// 0: no limit told (RFC 1870).
  std::size_t size_limit = 0;
};

/// `lines` are those of the reply without codes (Reply::lines); the first is a greeting.
SmtpExtensions parse_extensions(std::string_view lines);

/// Why this parcel cannot be put to a server with these extensions at all: verdict, fault, cause and text are
/// set. An address with a control character, a blank or a bracket could say more than an address, and is
/// refused.
std::optional<Outcome> objection(const Parcel& parcel, const SmtpExtensions& extensions);

/// The address as it goes into an envelope: a domain beyond ASCII as its A-label, the local part as it is.
std::string envelope_address(std::string_view address);

/// MAIL with SIZE, BODY, SMTPUTF8, RET and ENVID where they are offered and due (RFC 1870, 6152, 6531, 3461).
/// ENVID is the mail's own Message-ID, so that a report names the delivery whatever became of the rest.
void append_mail(std::string& out, const Parcel& parcel, const SmtpExtensions& extensions);
/// RCPT, with NOTIFY and ORCPT where DSN is offered.
void append_rcpt(std::string& out, const Parcel& parcel, const SmtpExtensions& extensions,
                 const config::DsnNotify& notify);

/// Appends stuffed content from offset `from` on, about `limit` bytes of it, and returns where to go on.
std::size_t append_body(std::string& out, std::string_view content, std::size_t from, std::size_t limit);
/// The line end that may be missing and the lone dot.
void append_dot(std::string& out, std::string_view content);

}  // namespace crier::transport
