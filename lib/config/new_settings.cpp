#include <fmt/format.h>

#include "config/settings.hpp"

namespace crier::config {
namespace {

/// A TOML basic string.
std::string quoted(std::string_view text) {
  std::string written = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      written += '\\';
      written += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      written += fmt::format("\\u{:04X}", byte);
    } else {
      written += c;
    }
  }
  return written + '"';
}

constexpr std::string_view head =
    R"(# The settings of crier. All keys: man 5 crier.toml. What begins with # is an example, or a default, to be
# changed and uncommented. Further tables can be added at the end. An unknown key is an error.

)";

constexpr std::string_view tail =
    R"(# source_ids = ["org-0"]                 # this school's ids in the sources; needed where there are several
# portal_url = "https://portal.school.example"
# sender = { email = "office@school.example", name = "The office", reply_to = "office@school.example" }

# [school.quiet_hours]                   # outside these windows nothing leaves but emergencies
# allow = { mon-sat = "08:00-20:00" }    # "18:00-02:00" goes over midnight; a day not named is closed
# holidays = "hold"                      # or "send"

# [school.ranks]                         # relations, or priorities, that make a rank
# parent = ["parent", "mother", "father", "guardian"]
# rank1 = [1]
# rank2 = [2]
# rank3 = [3]

# Another school: [[school]] again, with code, name, timezone and country.

# [district]                             # what holds for every school that says nothing else
# name = "The district"
# timezone = "Europe/London"
# country = "GB"
# error_reports_to = "it@district.example"

# A channel that is not set up writes a file per message into outbox/<channel>/ beside this file.
# [channel.email]
# kind = "smtp"
# host = "smtp.school.example"
# security = "starttls"                  # port 587; or "tls" (465), "none" (25)
# user = "crier"
# password_file = "smtp-password"        # beside this file or among the service's credentials; or password_env
# connections = 4
# per_second = 10                        # 0: no limit
# per_hour = 500                         # what the provider lets through; per_day, per_domain, per_recipient too
# retry = { first = "1m", factor = 2, limit = "1h", deadline = "2d" }

# [bounces]                              # what comes back, for 'crier import bounces'
# address = "bounces@school.example"     # e-mails return to bounces+NUMBER@…, into this mailbox
# block_after = 3                        # messages in a row that fail because the address is lost

# [import.oneroster]
# kind = "oneroster"
# removal_limit = "10%"                  # an import that would remove more waits for a person
# no_result = "unknown"                  # or "missing": what an assignment without any result is
# columns = { form = "metadata.form", priority = "metadata.priority" }

# [approval]                             # whether messages wait for somebody who may approve
# informational = "none"                 # or "required"
# periodic = "none"
)";

}  // namespace

std::string new_settings_text(const School& school, std::string_view store) {
  std::string text(head);
  text += fmt::format("store = {}\n\n[[school]]\n", quoted(store));
  const auto line = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) text += fmt::format("{} = {}\n", key, quoted(value));
  };
  line("code", school.code);
  line("name", school.name);
  line("timezone", school.timezone);
  line("country", school.country);
  text += tail;
  return text;
}

}  // namespace crier::config
