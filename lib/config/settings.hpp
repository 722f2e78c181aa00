// `crier.toml`, checked: every key known, every value of its type, every fault told with its line
// (interface.md, "Settings"). The rest of crier sees these structs and never TOML.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/secret.hpp"
#include "config/gateway.hpp"
#include "model/channel.hpp"
#include "model/retention.hpp"

namespace crier::config {

/// Minutes of the local day, from 0 (00:00) to 1440 (24:00).
struct Window {
  int from = 0;
  /// Not after `from` means: over midnight, to that time on the next day.
  int to = 0;
  bool operator==(const Window&) const = default;
};

/// When messages may leave (D3). Days are ISO: index 0 Monday … 6 Sunday.
struct QuietHours {
  std::array<std::vector<Window>, 7> allow;
  /// `holidays = "send"` lets messages leave on holidays.
  bool send_on_holidays = false;
  /// Monday to Saturday, 08:00–20:00.
  static QuietHours standard();
};

struct SenderIdentity {
  std::string email;
  std::string name;
  std::string reply_to;
  std::string sms;
};

/// `[school.ranks]`: which relations or priorities make a rank. Relations are kept folded.
struct RankRule {
  std::vector<std::string> relations;
  std::vector<int> priorities;
};
struct Ranks {
  RankRule parent;
  RankRule rank1;
  RankRule rank2;
  RankRule rank3;
  /// parent = parent, mother, father, guardian; rank1..3 = priority 1..3.
  static Ranks standard();
};

/// What is done with text messages that GSM-7 cannot hold (M1).
enum class SmsPolicy { automatic, transliterate, refuse };
struct SmsRules {
  /// automatic: UCS-2 where GSM-7 does not hold the text. transliterate: written with the letters of GSM-7.
  SmsPolicy policy = SmsPolicy::automatic;
  /// A text with more parts than this is refused.
  int max_segments = 6;
};

/// `[[school.term]]`, `[[district.term]]`: what `report --term` goes by.
struct Term {
  std::string name;
  Date first{};
  /// A day of it.
  Date last{};
};

struct School {
  std::string code;
  std::string name;
  /// Empty: the district's. One of the two is there: a school without a time zone is refused on loading.
  std::string timezone;
  /// ISO 3166 alpha-2; this and the next two: where empty, the district's.
  std::string country;
  std::string portal_url;
  SenderIdentity sender;
  std::vector<std::string> source_ids;
  std::optional<QuietHours> quiet_hours;
  std::optional<Ranks> ranks;
  std::optional<SmsRules> sms = {};
  /// In order, none over another; none: the district's.
  std::vector<Term> terms = {};
};

struct District {
  std::string name;
  std::string timezone;
  std::string country;
  std::string portal_url;
  /// One address, or several with `, ` between them.
  std::string error_reports_to;
  /// So many error reports an hour at most; what is over it stands in the next.
  std::int64_t error_reports_per_hour = 2;
  SenderIdentity sender;
  std::optional<QuietHours> quiet_hours;
  std::optional<SmsRules> sms = {};
  std::vector<Term> terms = {};
};

enum class ChannelKind { outbox, smtp, inbox, kannel, twilio, http, wecom };
std::string_view to_text(ChannelKind kind);
/// Asked over HTTP: what stands in `ChannelSettings::gateway` is its description.
bool is_http_gateway(ChannelKind kind);
enum class Security { none, starttls, tls };

/// How often a passing fault is tried again (D4): after `first`, then each time `factor` longer up to
/// `limit`, until `deadline` after the first try.
struct Retry {
  std::chrono::seconds first{60};
  double factor = 2.0;
  std::chrono::seconds limit{3600};
  std::chrono::seconds deadline{48 * 3600};
};

/// What a gateway may carry, emergencies last to be refused (D4); 0: no limit.
struct GatewayLimits {
  /// Messages in any hour, and in any day: what the provider lets through.
  std::int64_t per_hour = 0;
  std::int64_t per_day = 0;
  /// Messages in any hour to one domain, and to one address; an emergency passes these two.
  std::int64_t per_domain = 0;
  std::int64_t per_recipient = 0;
};

/// A mail server that takes messages, and how to sign in to it (D2).
struct SmtpRelay {
  std::string host;
  int port = 0;
  Security security = Security::starttls;
  /// A PEM file of authorities to trust instead of the system's; empty: the system's.
  std::filesystem::path ca_file;
  std::string user;
  Secret password;
  /// Where `password` was read from; empty: not from a file.
  std::filesystem::path password_file;
  /// Why `password` could not be read although the settings name a place for it; else empty. Not an error on
  /// loading: whoever looks at a status need not be allowed to read it. Who signs in throws it.
  std::string password_fault;
  /// A bearer token for XOAUTH2: the file is read at every sign-in, since a token lives an hour and somebody
  /// renews it. `token` is one from the environment.
  std::filesystem::path token_file;
  Secret token;
};

/// What a mail server is asked to report back of a message (RFC 3461), where it offers DSN.
struct DsnNotify {
  bool success = false;
  bool failure = true;
  bool delay = false;
};

/// smtp: what stands in SmtpRelay is the first mail server's.
struct ChannelSettings : SmtpRelay {
  ChannelKind kind = ChannelKind::outbox;
  /// outbox: the folder, absolute after loading.
  std::filesystem::path path;
  // smtp
  /// Asked in this order where the one before is down.
  std::vector<SmtpRelay> further_relays;
  /// To each mail server.
  int connections = 4;
  /// Then the connection is ended and a new one opened; 0: no limit.
  int messages_per_connection = 1000;
  DsnNotify dsn;
  /// Messages per second over all connections; 0: no limit.
  double per_second = 0;
  GatewayLimits limits;
  /// One step of the dialogue (connect, a reply, a block of the body) may take so long.
  std::chrono::seconds timeout{60};
  Retry retry;
  std::optional<QuietHours> quiet_hours;
  /// sms: hundredths of a point a segment, by country of the number; `default` for the others (D8).
  std::map<std::string, std::int64_t> price;
  Gateway gateway;
};

/// Which contacts count as prime: by priority, by relation (folded), or all of them (I5).
struct PrimeRule {
  bool all = false;
  std::vector<int> priorities{1};
  std::vector<std::string> relations;
};

/// Which people, addresses and groups of a source come in (I5). An empty list: all of them.
struct ImportChoice {
  std::vector<int> priorities;
  /// Folded.
  std::vector<std::string> relations;
  /// Only contacts of whom the source says that they have parental responsibility.
  bool parental_responsibility = false;
  PrimeRule prime;
  /// `home`, `work`: which addresses count; a mobile number has no location and always does.
  std::vector<std::string> locations;
  /// `email`, `mobile`, `phone`.
  std::vector<std::string> addresses;
  /// Only classes one of whose terms is under way.
  bool active_groups_only = false;
  bool pre_admissions = false;
  /// The source's word for a status, folded, to `applied`, `offered`, `accepted`, `reserved`, `admitted`,
  /// `rejected`, `withdrawn` or `active`.
  std::map<std::string, std::string> pre_admission_status;
  /// Codes or ids of people who are never stored; folded.
  std::vector<std::string> exceptions;
  /// More of them, one a line; absolute after loading, read when an import begins.
  std::filesystem::path exceptions_file;
};

/// A file beside a source that tells of people what the source itself does not (I1).
struct Companion {
  /// Absolute after loading; empty where there is none.
  std::filesystem::path path;
  /// The column with the person's id or code; empty: `sourcedId`, `identifier` or `code`.
  std::string key;
  /// A fact's name to its column; a fact that is not named stands in the column of its own name, if any.
  std::map<std::string, std::string> columns;
};

/// How a REST server lets us in (I4).
enum class RestSignIn { oauth2, oauth1, bearer };

/// A OneRoster server: `kind = "rest"` of [import.NAME] (I4).
struct RestSource {
  /// With the version's part, without a slash at the end: `https://host/ims/oneroster/v1p1`,
  /// `…/rostering/v1p2`. Empty: the source is no server.
  std::string base_url;
  /// Where the gradebook lies; empty: it is not asked for.
  std::string gradebook_url;
  /// `1.1` or `1.2`.
  std::string version;
  RestSignIn sign_in = RestSignIn::oauth2;
  std::string token_url;
  std::string client_id;
  /// Of oauth2 and oauth1.
  Secret client_secret;
  /// OAuth 1.0a with HMAC-SHA256 in place of HMAC-SHA1.
  bool sha256 = false;
  std::vector<std::string> scopes;
  /// bearer: the file is read at every import, since somebody may renew it; `token` is one from the
  /// environment.
  std::filesystem::path token_file;
  Secret token;
  /// Why the secret could not be read; who signs in throws it.
  std::string secret_fault;
  std::filesystem::path ca_file;
  /// So many rows are asked for at once; a server may give fewer.
  int page_size = 1000;
  /// For one page.
  std::chrono::seconds timeout{60};
};

/// `[import.NAME]`.
struct ImportSource {
  std::string name;
  /// `oneroster`, `csv`, `sims` or `rest`; empty where the settings leave it to the command.
  std::string kind;
  /// Absolute after loading; empty where none is named.
  std::filesystem::path path;
  /// The map of a CSV export; absolute after loading, empty where none is named.
  std::filesystem::path map;
  /// Share of a kind that may vanish without the guard holding the import; 0.10 is ten per cent.
  double removal_limit = 0.10;
  /// Whether people are told of an e-mail address of theirs that is new or changed (I9).
  bool notify_addresses = false;
  /// What a pupil without any result counts as: unknown (false) or missing (true).
  bool no_result_is_missing = false;
  /// A fact's name (`form`, `house`, `relation`, `priority`, `responsibility`, `for_sms`, `court_order`,
  /// `lives_with`, `language`, `title`, `boarding`, `missing`, `admission_status`, `admission_date`) to the
  /// column that tells it (`metadata.form`).
  std::map<std::string, std::string> columns;
  ImportChoice choice;
  Companion companion;
  RestSource rest;

  /// Where it lies: the path, or the server's address; empty where neither is named.
  std::string origin() const { return rest.base_url.empty() ? path.string() : rest.base_url; }
};

/// `[approval]`: whether messages of a category wait for somebody who may approve.
struct Approval {
  bool informational = false;
  bool periodic = false;
  /// Accounts whose messages wait for nobody.
  std::vector<std::string> exempt;
};

/// `[sending]`: what holds for every message (M5, M9, M11).
struct SendingRules {
  /// So long a message waits before it leaves, so that it can be taken back.
  std::chrono::seconds undo_delay{0};
  /// A terminal asks before it sends to more people than this.
  std::int64_t ask_above = 0;
  /// So many messages a person and day, emergencies aside; 0: no limit. What is over it waits for the next
  /// day.
  std::int64_t daily_cap = 0;
  /// After that a message is useless, by category: system, informational, periodic.
  std::array<std::chrono::seconds, 3> expires{std::chrono::hours(24), std::chrono::hours(24 * 7),
                                              std::chrono::hours(24 * 3)};
  /// A message with a time of its own (`--at`) that could not begin within so long of it does not go at all.
  std::chrono::seconds late_after{4 * 3600};
  /// `--after-sync` refuses where the last import of any source is older.
  std::chrono::seconds stale_after{36 * 3600};
  /// Only these addresses are reached, `*` standing for any characters; none: no sandbox.
  std::optional<std::vector<std::string>> sandbox;
  /// So many bytes stay free on the store's disk: below them nothing new is queued or begun but emergencies,
  /// so that what is under way can still be written down.
  std::uint64_t keep_free = 64ULL << 20;
  /// Where the daemon's pages are seen from outside: personal links begin so. Without a slash at the end;
  /// empty: none.
  std::string public_url;
};

/// `[wallet]`: text messages are paid in points beforehand (D8). Amounts are hundredths of points.
struct WalletRules {
  /// One for all schools, or one for each.
  enum class Per { district, school } per = Per::district;
  /// Points that emergencies alone may use.
  std::int64_t emergency_reserve = 0;
  /// Staff are told once where less than this is free.
  std::int64_t warn_below = 100 * 100;
};

/// `[bounces]`: what comes back, and when an address is blocked for it (D9).
struct BounceRules {
  /// Where bounces go: the envelope sender is made of it, one for each delivery (`bounces+17-x@…`). Empty:
  /// the school's sender address.
  std::string address;
  /// So many messages in a row, failed by the recipient's fault, block an address.
  std::int64_t block_after = 3;
  /// Where more than this share of a job's recipients, and more than this number, fail alike, nothing is
  /// counted.
  double alike_share = 0.20;
  std::int64_t alike_number = 5;
  /// A bounce that names an address alone is of a message sent so long before it at most.
  std::chrono::seconds longest_way{10 * 24 * 3600};
};

/// `[retention]`: how long each kind of data is kept (P1); nothing: for good.
struct Retention {
  /// With what a school would choose.
  Retention();
  std::optional<std::chrono::seconds> of(DataKind kind) const { return limits[position(kind)]; }
  std::array<std::optional<std::chrono::seconds>, all_data_kinds.size()> limits;
};

/// Where the daemon answers HTTP: an address, not a name, so that nobody else decides where that is.
struct ListenAddress {
  /// `127.0.0.1`, `::1`, …
  std::string host;
  /// 0: any that is free.
  int port = 0;
  /// Seen from this machine alone.
  bool local = true;
};

/// `[daemon]`: whom the daemon answers (W2).
struct DaemonRules {
  std::optional<ListenAddress> listen;
  /// Other machines may be listened to.
  bool allow_remote = false;
  /// More names by which it may be called, folded: what a browser asks for under any other is refused.
  std::vector<std::string> hosts;
  /// Lines for people, or an object a line for programs.
  enum class Log { text, json } log = Log::text;
};

struct Settings {
  /// The file that was read; empty where there is none and defaults rule.
  std::filesystem::path file;
  /// The folder to which relative paths refer: the settings file's, else the working folder.
  std::filesystem::path folder;
  /// As written: a path (relative to `folder`) or a URL; empty where the file names none.
  std::string store;
  District district;
  std::vector<School> schools;
  /// Only the channels that the file names; see `channel()`.
  std::map<Channel, ChannelSettings> channels;
  std::map<std::string, ImportSource> imports;
  Approval approval;
  SendingRules sending;
  /// None: texts cost what they cost, and nothing is counted.
  std::optional<WalletRules> wallet;
  BounceRules bounces;
  DaemonRules daemon;
  Retention retention;

  /// The school's, else the district's, else the standard.
  SmsRules sms_rules(std::string_view school) const;
  /// The channel's settings; where the file names none, an outbox at `outbox/<channel>` (inbox: in the
  /// store).
  ChannelSettings channel(Channel channel) const;
  /// By code, ignoring case; nullptr where the settings name no such school.
  const School* school(std::string_view code) const;
};

/// Finds and reads the settings: `explicit_file` (from --config or CRIER_CONFIG) must exist; else
/// `crier.toml` in `working_folder`, the user's, the system's configuration folder; else defaults. Throws
/// Error(usage) with file, line, key and the nearest known key.
Settings load_settings(const std::optional<std::filesystem::path>& explicit_file,
                       const std::filesystem::path& working_folder);

/// Reads one file's text (for tests and for `load_settings`); `file` names it in messages. Throws like it.
Settings parse_settings(std::string_view toml, const std::filesystem::path& file);

/// Where the daemon listens: `from_command_line` (--listen, `HOST:PORT`), which wins, else what the settings
/// say; nothing where neither does. Throws Error(usage): no such address, or one that other machines see and
/// the settings do not allow.
std::optional<ListenAddress> listen_address(const DaemonRules& rules, std::string_view from_command_line);

/// The text of a new `crier.toml` with comments; only `store` and `[[school]]` are active.
std::string new_settings_text(const School& school, std::string_view store);

}  // namespace crier::config
