#include "config/settings.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.hpp"
#include "base/os.hpp"

using namespace crier;
using namespace crier::config;
using std::chrono::seconds;

namespace {

namespace fs = std::filesystem;

Settings parse(std::string_view toml) {
  return parse_settings(toml, "/srv/crier/crier.toml");
}

/// The Error that a text raises; a test that expects one fails where none comes.
Error refusal(std::string_view toml) {
  try {
    parse(toml);
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::usage);
    return error;
  }
  FAIL("accepted: " << toml);
  return Error(Exit::defect, "", "", "");
}

std::string school(std::string_view rest = "") {
  return "[[school]]\ncode = \"CAM\"\ntimezone = \"Europe/London\"\n" + std::string(rest);
}

/// A folder of its own for a test, gone afterwards.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("crier-config-" + os::random_hex(8));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

}  // namespace

TEST_CASE("R1: schools are read with their defaults from the district") {
  const auto settings = parse(R"(
store = "crier.db"
[district]
name = "Camshire"
timezone = "Europe/London"
country = "GB"
portal_url = "https://portal.example"
error_reports_to = ["it@camshire.example", "head@camshire.example"]
sender = { email = "office@camshire.example", name = "Camshire" }
[[school]]
code = "CAM"
name = "Cam School"
source_ids = ["org-0", "org-1"]
sender = { email = "office@cam.example", name = "Cam", reply_to = "reply@cam.example", sms = "CamSchool" }
[school.ranks]
rank3 = ["Sibling", "step-mother", 4]
[[school]]
code = "HK"
timezone = "Asia/Hong_Kong"
country = "HK"
)");
  CHECK(settings.store == "crier.db");
  CHECK(settings.folder == "/srv/crier");
  CHECK(settings.district.error_reports_to == "it@camshire.example, head@camshire.example");
  REQUIRE(settings.schools.size() == 2);
  const auto* cam = settings.school("cam");
  REQUIRE(cam != nullptr);
  CHECK(cam->timezone.empty());
  CHECK(cam->sender.reply_to == "reply@cam.example");
  CHECK(cam->source_ids == std::vector<std::string>{"org-0", "org-1"});
  REQUIRE(cam->ranks);
  CHECK(cam->ranks->rank3.relations == std::vector<std::string>{"sibling", "step-mother"});
  CHECK(cam->ranks->rank3.priorities == std::vector<int>{4});
  CHECK(cam->ranks->rank1.priorities == std::vector<int>{1});
  CHECK(cam->ranks->parent.relations.size() == 4);
  CHECK(settings.schools[1].name == "HK");
  CHECK(settings.school("XYZ") == nullptr);
}

TEST_CASE("interface: an unknown key names file, line, key and the nearest") {
  const auto error = refusal("store = \"a\"\n[[school]]\ncode = \"CAM\"\ntimezoen = \"Europe/London\"\n");
  CHECK(error.code() == "unknown-key");
  CHECK(error.message() ==
        "/srv/crier/crier.toml:4: unknown key 'timezoen' in [[school]]; did you mean 'timezone'?");
  CHECK(refusal("[chanel.email]\n").message() ==
        "/srv/crier/crier.toml:1: unknown key 'chanel'; did you mean 'channel'?");
  CHECK(refusal("[channel.emial]\n").message().find("did you mean 'email'?") != std::string::npos);
  CHECK(refusal(school("[school.quiet_hours]\nholiday = \"hold\"\n")).message() ==
        "/srv/crier/crier.toml:5: unknown key 'holiday' in [school.quiet_hours]; did you mean 'holidays'?");
  CHECK(refusal("\n\n[import.sis]\nremoval_limt = \"10%\"").message().find("toml:4: unknown key") !=
        std::string::npos);
}

TEST_CASE("interface: a syntax error is told with line and column") {
  const auto error = refusal("store = \"a\"\n[district\nname = \"x\"\n");
  CHECK(error.code() == "bad-toml");
  CHECK(error.message().starts_with("/srv/crier/crier.toml:2:"));
  CHECK(refusal("store = \"a\"\nstore = \"b\"\n").code() == "bad-toml");
  CHECK(refusal("store = \"\xff\"\n").code() == "bad-toml");
}

TEST_CASE("interface: a wrong type or value names the line and the key") {
  CHECK(refusal("store = 5").message() ==
        "/srv/crier/crier.toml:1: 'store' must be a text in quotes, not a whole number");
  for (const auto* bad :
       {"[district]\ntimezone = \"Europe/Londn\"", "[district]\ncountry = \"gb\"",
        "[district]\ncountry = \"GBR\"", "[district]\nportal_url = \"portal.example\"",
        "[district]\nsender = { email = \"office\" }",
        "[district]\nsender = { name = \"a\\nBcc: b@example.org\" }", "[district]\nname = \"\"", "school = 1",
        "district = 1", "[school]\ncode = \"CAM\"", "[approval]\nperiodic = \"yes\"",
        "[district]\nerror_reports_to = \"a@example.org,,\"", "[import.x]\nremoval_limit = \"10\"",
        "[import.x]\nremoval_limit = \"101%\"", "[import.x]\nremoval_limit = 0.1",
        "[import.x]\nno_result = \"absent\"", "[import.x]\nkind = \"onroster\""}) {
    CAPTURE(bad);
    const auto error = refusal(bad);
    CHECK(error.code() == "bad-value");
    CHECK(error.message().starts_with("/srv/crier/crier.toml:"));
    CHECK_FALSE(error.hint().empty());
  }
  CHECK(refusal("[[school]]\nname = \"Cam\"").code() == "missing-key");
}

TEST_CASE("R1: a school without any time zone is refused with the remedy") {
  const auto error = refusal("[[school]]\ncode = \"CAM\"\n");
  CHECK(error.code() == "no-time-zone");
  CHECK(error.hint().find("timezone") != std::string::npos);
}

TEST_CASE("R1: two schools of one code, or with one source id, are refused") {
  CHECK(refusal(school() + "[[school]]\ncode = \"cam\"\ntimezone = \"UTC\"").message().find("toml:5:") !=
        std::string::npos);
  CHECK(refusal(school("source_ids = [\"o\"]\n") +
                "[[school]]\ncode = \"B\"\ntimezone = \"UTC\"\nsource_ids = \"o\"")
            .message()
            .find("school CAM holds too") != std::string::npos);
}

TEST_CASE("D3: windows are read by day, spans over the week's end and midnight too") {
  const auto settings = parse(school(R"([school.quiet_hours]
holidays = "send"
allow = { mon-thu = ["8:00-12:00", "13:00 - 20:00"], fri = "18:00-02:00", sat-sun = [] }
)"));
  const auto& hours = *settings.schools[0].quiet_hours;
  CHECK(hours.send_on_holidays);
  CHECK(hours.allow[3] == std::vector<Window>{{480, 720}, {780, 1200}});
  CHECK(hours.allow[4] == std::vector<Window>{{1080, 120}});
  CHECK(hours.allow[5].empty());
  const auto week_end =
      parse("[channel.sms.quiet_hours]\nallow = { sat-mon = \"00:00-24:00\" }\n").channel(Channel::sms);
  CHECK(week_end.quiet_hours->allow[0] == std::vector<Window>{{0, 1440}});
  CHECK(week_end.quiet_hours->allow[6] == std::vector<Window>{{0, 1440}});
  CHECK(week_end.quiet_hours->allow[1].empty());
}

TEST_CASE("D3: without windows Monday to Saturday, 08:00 to 20:00, an empty table closes every day") {
  const auto standard = parse("[district.quiet_hours]\nholidays = \"hold\"\n").district.quiet_hours;
  CHECK(standard->allow == QuietHours::standard().allow);
  CHECK(QuietHours::standard().allow[5] == std::vector<Window>{{480, 1200}});
  CHECK(QuietHours::standard().allow[6].empty());
  const auto closed = parse("[district.quiet_hours]\nallow = {}\n").district.quiet_hours;
  for (const auto& day : closed->allow) CHECK(day.empty());
}

TEST_CASE("D3: a window or a day that does not exist is refused") {
  for (const auto* bad :
       {"mon = \"08:00\"", "mon = \"25:00-26:00\"", "mon = \"08:60-09:00\"", "mon = \"24:00-08:00\"",
        "mon = \"08:00-08:00\"", "mon = \"08:00-24:01\"", "mon = 8", "mon = \"-\"",
        "mon-fri = \"08:00-20:00\", fri = []", "mon = \"+8:00-20:00\"", "mon = [\"\"]"}) {
    CAPTURE(bad);
    CHECK(refusal("[district.quiet_hours]\nallow = { " + std::string(bad) + " }").code() == "bad-value");
  }
  const auto error = refusal("[district.quiet_hours]\nallow = { thr = \"08:00-20:00\" }");
  CHECK(error.code() == "unknown-key");
  CHECK(error.message().find("did you mean 'thu'?") != std::string::npos);
}

TEST_CASE("D2: a channel that is not set up is an outbox beside the settings, the inbox is in the store") {
  const auto settings = parse("");
  CHECK(settings.channel(Channel::email).kind == ChannelKind::outbox);
  CHECK(settings.channel(Channel::email).path == "/srv/crier/outbox/email");
  CHECK(settings.channel(Channel::alert).path == "/srv/crier/outbox/alert");
  CHECK(settings.channel(Channel::inbox).kind == ChannelKind::inbox);
  const auto named =
      parse("[channel.sms]\nkind = \"outbox\"\npath = \"texts\"\n[channel.inbox]\nkind=\"outbox\"");
  CHECK(named.channel(Channel::sms).path == "/srv/crier/texts");
  CHECK(named.channel(Channel::inbox).path == "/srv/crier/outbox/inbox");
}

TEST_CASE("D2: an SMTP channel is read with its limits and retries") {
  const auto settings = parse(R"([channel.email]
kind = "smtp"
host = "mail.example"
connections = 8
per_second = 2.5
ca_file = "ca.pem"
timeout = "30s"
retry = { first = "90s", factor = 3, limit = 7200, deadline = "2d" }
quiet_hours = { holidays = "send" }
)");
  const auto email = settings.channel(Channel::email);
  CHECK(email.kind == ChannelKind::smtp);
  CHECK(email.security == Security::starttls);
  CHECK(email.port == 587);
  CHECK(email.connections == 8);
  CHECK(email.per_second == 2.5);
  CHECK(email.ca_file == "/srv/crier/ca.pem");
  CHECK(email.timeout == seconds(30));
  CHECK(email.retry.first == seconds(90));
  CHECK(email.retry.factor == 3);
  CHECK(email.retry.limit == seconds(7200));
  CHECK(email.retry.deadline == seconds(172800));
  CHECK(email.quiet_hours->send_on_holidays);
  const auto port = [](std::string_view rest) {
    return parse("[channel.email]\nkind = \"smtp\"\nhost = \"h\"\n" + std::string(rest))
        .channel(Channel::email)
        .port;
  };
  CHECK(port("security = \"tls\"") == 465);
  CHECK(port("security = \"none\"") == 25);
  CHECK(port("security = \"none\"\nport = 2525") == 2525);
}

TEST_CASE("D2: further mail servers differ from the first in what their tables name") {
  const auto email = parse(R"([channel.email]
kind = "smtp"
host = ["mx1.example", "mx2.example"]
port = 2587
ca_file = "ca.pem"
user = "crier"
password_env = "HOME"
relays = [{ host = "mx3.example" }, { host = "mx4.example", security = "tls", ca_file = "own.pem" },
          { host = "127.0.0.1", port = 25, user = "other", token_file = "token" }]
messages_per_connection = 50
dsn = ["success", "delay"]
)")
                         .channel(Channel::email);
  CHECK(email.host == "mx1.example");
  REQUIRE(email.further_relays.size() == 4);
  const auto& same = email.further_relays[0];
  CHECK(same.host == "mx2.example");
  CHECK(same.port == 2587);
  CHECK(same.password.reveal() == email.password.reveal());
  CHECK(email.further_relays[1].port == 2587);
  CHECK(email.further_relays[1].user == "crier");
  const auto& with_tls = email.further_relays[2];
  CHECK(with_tls.security == Security::tls);
  CHECK(with_tls.port == 465);
  CHECK(with_tls.ca_file == "/srv/crier/own.pem");
  const auto& other = email.further_relays[3];
  CHECK(other.user == "other");
  CHECK(other.password.empty());
  CHECK(other.token_file == "/srv/crier/token");
  CHECK(email.messages_per_connection == 50);
  CHECK(email.dsn.success);
  CHECK_FALSE(email.dsn.failure);
  CHECK(email.dsn.delay);
}

TEST_CASE("D2: what an SMTP channel does not say is what a school would choose") {
  const auto email = parse("[channel.email]\nkind = \"smtp\"\nhost = \"h\"").channel(Channel::email);
  CHECK(email.further_relays.empty());
  CHECK(email.messages_per_connection == 1000);
  CHECK(email.dsn.failure);
  CHECK_FALSE(email.dsn.success);
  CHECK_FALSE(email.dsn.delay);
  const auto never = parse("[channel.email]\nkind = \"smtp\"\nhost = \"h\"\ndsn = \"never\"");
  CHECK_FALSE(never.channel(Channel::email).dsn.failure);
}

TEST_CASE("D2: what an SMTP channel cannot be is refused") {
  const auto smtp = [](std::string_view rest) {
    return "[channel.email]\nkind = \"smtp\"\nhost = \"mail.example\"\n" + std::string(rest);
  };
  CHECK(refusal("[channel.email]\nkind = \"smtp\"").code() == "missing-key");
  for (const auto* bad : {"port = 0",
                          "port = 70000",
                          "port = \"25\"",
                          "security = \"ssl\"",
                          "connections = 0",
                          "per_second = -1",
                          "retry = { first = \"soon\" }",
                          "retry = { first = \"0s\" }",
                          "retry = { factor = 0.5 }",
                          "retry = { first = \"2h\", limit = \"1h\" }",
                          "password_env = \"X\"",
                          "user = \"u\"\npassword_env = \"X\"\nsecurity = \"none\"",
                          "user = \"u\"\npassword_env = \"X\"\npassword_file = \"x\"",
                          "user = \"u\"\ntoken_env = \"X\"\ntoken_file = \"x\"",
                          "token_file = \"x\"",
                          "relays = [\"mx2\"]",
                          "relays = [{ host = \"mx 2\" }]",
                          "relays = [{ host = \"mx2\", token_env = \"X\" }]",
                          "dsn = \"fail\"",
                          "dsn = [\"never\", \"delay\"]",
                          "messages_per_connection = -1"}) {
    CAPTURE(bad);
    CHECK(refusal(smtp(bad)).code() == "bad-value");
  }
  CHECK(refusal(smtp("user = \"u\"")).code() == "missing-key");
  CHECK(refusal(smtp("path = \"out\"")).code() == "unknown-key");
  CHECK(refusal(smtp("relays = [{ port = 25 }]")).code() == "missing-key");
  CHECK(refusal(smtp("relays = [{ host = \"m\", user = \"u\" }]")).code() == "missing-key");
  CHECK(refusal(smtp("relays = [{ host = \"m\", token = \"t\" }]")).code() == "secret-in-settings");
  CHECK(refusal(smtp("relay = []")).message().find("did you mean 'relays'?") != std::string::npos);
  CHECK(refusal(smtp("relays = [{ hots = \"m\" }]")).message().find("did you mean 'host'?") !=
        std::string::npos);
  CHECK(refusal("[channel.email]\nkind = \"smtp\"\nhost = \"smtp://mail\"").code() == "bad-value");
}

TEST_CASE("D2: a kind that cannot carry this channel is refused, with those that work") {
  const std::pair<std::string, std::string> cases[] = {{"email", "kannel"}, {"sms", "wecom"},
                                                       {"sms", "smtp"},     {"wechat", "twilio"},
                                                       {"voice", "kannel"}, {"inbox", "http"}};
  for (const auto& [channel, kind] : cases) {
    CAPTURE(channel);
    const auto error = refusal("[channel." + channel + "]\nkind = \"" + kind + "\"");
    CHECK(error.message().find("which cannot carry " + channel) != std::string::npos);
    CHECK(error.hint().starts_with("Kinds that work for " + channel + ": outbox"));
  }
  CHECK(refusal("[channel.email]\nkind = \"smpt\"").message().find("did you mean 'smtp'?") !=
        std::string::npos);
  CHECK(refusal("[channel.email]\nhost = \"mail.example\"").hint().find("kind = \"smtp\"") !=
        std::string::npos);
}

TEST_CASE("P1: a password comes from a file or the environment, never from the settings") {
  const Folder folder;
  const auto read = [&](std::string_view rest) {
    return parse_settings("[channel.email]\nkind = \"smtp\"\nhost = \"mail.example\"\nuser = \"u\"\n" +
                              std::string(rest),
                          folder.path / "crier.toml")
        .channel(Channel::email);
  };
  os::write_file_whole(folder.path / "secret", "pass word \r\n");
  CHECK(read("password_file = \"secret\"").password.reveal() == "pass word ");
  CHECK(read("password_file = \"secret\"").password_fault.empty());
  fs::create_directories(folder.path / "credentials");
  os::write_file_whole(folder.path / "credentials/from-systemd", "s3cret");
  ::setenv("CREDENTIALS_DIRECTORY", (folder.path / "credentials").c_str(), 1);
  CHECK(read("password_file = \"from-systemd\"").password.reveal() == "s3cret");
  ::unsetenv("CREDENTIALS_DIRECTORY");
  ::setenv("CRIER_TEST_PASSWORD", "env", 1);
  CHECK(read("password_env = \"CRIER_TEST_PASSWORD\"").password.reveal() == "env");
  ::unsetenv("CRIER_TEST_PASSWORD");

  const auto missing = read("password_file = \"nowhere\"");
  CHECK(missing.password.empty());
  CHECK(missing.password_fault.find("crier.toml:5: the password of [channel.email] cannot be read") !=
        std::string::npos);
  CHECK(read("password_env = \"CRIER_TEST_PASSWORD\"").password_fault.find("is not set") !=
        std::string::npos);

  const auto literal =
      refusal("[channel.email]\nkind = \"smtp\"\nhost = \"m\"\nuser = \"u\"\npassword = \"hunter2\"");
  CHECK(literal.code() == "secret-in-settings");
  CHECK((literal.message() + literal.hint()).find("hunter2") == std::string::npos);
  CHECK(literal.hint().find("password_file") != std::string::npos);
}

TEST_CASE("I5: a source is read with its columns and limits") {
  const auto settings = parse(R"([import.oneroster]
removal_limit = "2.5%"
no_result = "missing"
path = "export"
columns = { form = "metadata.form", court_order = "metadata.noContact", lives_with = "metadata.home" }
[import.sis]
kind = "csv"
[approval]
periodic = "required"
)");
  const auto& source = settings.imports.at("oneroster");
  CHECK(source.name == "oneroster");
  CHECK(source.kind == "oneroster");
  CHECK(source.path == "/srv/crier/export");
  CHECK(source.removal_limit == doctest::Approx(0.025));
  CHECK(source.no_result_is_missing);
  CHECK(source.columns.at("court_order") == "metadata.noContact");
  CHECK(settings.imports.at("sis").kind == "csv");
  CHECK(settings.imports.at("sis").removal_limit == 0.10);
  CHECK(settings.approval.periodic);
  CHECK_FALSE(settings.approval.informational);
  CHECK(
      refusal("[import.x]\ncolumns = { from = \"metadata.form\" }").message().find("did you mean 'form'?") !=
      std::string::npos);
}

TEST_CASE("M1 M4 M5 M9 M11: what holds for every message is read, each with its default") {
  const auto plain = parse("");
  CHECK(plain.sending.undo_delay == std::chrono::seconds(0));
  CHECK((plain.sending.daily_cap == 0 && plain.sending.keep_free == 64ULL << 20));
  CHECK(plain.sending.expires[1] == std::chrono::hours(24 * 7));
  CHECK_FALSE(plain.sending.sandbox);
  CHECK(plain.sms_rules("CAM").policy == SmsPolicy::automatic);
  const auto settings = parse(R"([approval]
informational = "required"
exempt = ["head"]
[sending]
undo_delay = "30s"
ask_above = 50
daily_cap = 3
keep_free = 2
expires = { periodic = "12h" }
sandbox = ["*@example.org"]
public_url = "https://crier.school.example/"
[district.sms]
policy = "transliterate"
[[school]]
code = "CAM"
timezone = "Europe/London"
[school.sms]
policy = "refuse"
max_segments = 2
[channel.sms]
kind = "outbox"
price = { default = 1.5, CN = 1 }
)");
  CHECK(settings.approval.exempt == std::vector<std::string>{"head"});
  CHECK(settings.sending.undo_delay == std::chrono::seconds(30));
  CHECK(settings.sending.ask_above == 50);
  CHECK(settings.sending.daily_cap == 3);
  CHECK(settings.sending.keep_free == 2ULL << 20);
  CHECK(settings.sending.expires[2] == std::chrono::hours(12));
  CHECK(settings.sending.expires[1] == std::chrono::hours(24 * 7));
  CHECK(settings.sending.sandbox->front() == "*@example.org");
  CHECK(settings.sending.public_url == "https://crier.school.example");
  CHECK(settings.sms_rules("cam").policy == SmsPolicy::refuse);
  CHECK(settings.sms_rules("cam").max_segments == 2);
  CHECK(settings.sms_rules("OAK").policy == SmsPolicy::transliterate);
  CHECK(settings.channel(Channel::sms).price.at("default") == 150);
  CHECK(settings.channel(Channel::sms).price.at("CN") == 100);
  for (const auto* bad : {"[sending]\ndaily_cap = 0", "[sending]\nkeep_free = -1",
                          "[sending]\nundo_delay = \"soon\"", "[sending]\npublic_url = \"crier.example\"",
                          "[district.sms]\npolicy = \"guess\"", "[channel.sms]\nprice = { default = 0.001 }",
                          "[channel.sms]\nprice = { Cn = 1 }", "[channel.email]\nprice = { default = 1 }"}) {
    CAPTURE(bad);
    CHECK(refusal(bad).exit() == Exit::usage);
  }
}

TEST_CASE("interface: settings are looked for in the working folder, a named file must be there") {
  const Folder folder;
  ::setenv("XDG_CONFIG_HOME", (folder.path / "user").c_str(), 1);
  CHECK(load_settings(std::nullopt, folder.path).file.empty());
  CHECK(load_settings(std::nullopt, folder.path).folder == folder.path);
  fs::create_directories(folder.path / "user/crier");
  os::write_file_whole(folder.path / "user/crier/crier.toml", "store = \"user.db\"");
  CHECK(load_settings(std::nullopt, folder.path).store == "user.db");
  os::write_file_whole(folder.path / "crier.toml", "store = \"here.db\"");
  CHECK(load_settings(std::nullopt, folder.path).store == "here.db");
  os::write_file_whole(folder.path / "other.toml", "store = \"other.db\"");
  CHECK(load_settings(folder.path / "other.toml", folder.path).store == "other.db");
  ::unsetenv("XDG_CONFIG_HOME");
  try {
    load_settings(folder.path / "none.toml", folder.path);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.exit() == Exit::usage);
    CHECK(error.message().find("none.toml") != std::string::npos);
  }
}

TEST_CASE("interface: new settings parse, say what init was told, and take further tables") {
  School made;
  made.code = "CAM";
  made.name = "St \"Mary's\" \\ Zoë";
  made.timezone = "Europe/London";
  made.country = "GB";
  const auto text = new_settings_text(made, "crier.db");
  const auto settings = parse(text);
  CHECK(settings.store == "crier.db");
  REQUIRE(settings.schools.size() == 1);
  CHECK(settings.schools[0].name == made.name);
  CHECK(settings.schools[0].country == "GB");
  CHECK_FALSE(settings.schools[0].quiet_hours);
  CHECK(settings.channels.empty());
  CHECK(settings.imports.empty());
  const auto more =
      parse(text +
            "[school.quiet_hours]\nallow = { mon = \"08:00-09:00\" }\n[channel.email]\nkind = \"outbox\"\n"
            "[district]\nname = \"D\"\n[[school]]\ncode = \"B\"\ntimezone = \"UTC\"\n");
  CHECK(more.schools.size() == 2);
  CHECK(more.schools[0].quiet_hours->allow[0].size() == 1);
}

TEST_CASE("interface: every example in new settings parses once it is uncommented") {
  School made;
  made.code = "CAM";
  made.timezone = "Europe/London";
  std::string active;
  std::string line;
  for (const char c : new_settings_text(made, "crier.db")) {
    if (c != '\n') {
      line += c;
      continue;
    }
    // Examples are tables and assignments; the other comments are sentences.
    const bool example = line.starts_with("# ") && (line[2] == '[' || line.find(" = ") != std::string::npos);
    active += (example ? line.substr(2) : line) + "\n";
    line.clear();
  }
  const auto settings = parse(active);
  CHECK(settings.schools[0].quiet_hours->allow == QuietHours::standard().allow);
  CHECK(settings.schools[0].ranks->rank2.priorities == std::vector<int>{2});
  CHECK(settings.channel(Channel::email).kind == ChannelKind::smtp);
  CHECK(settings.imports.at("oneroster").columns.size() == 2);
  CHECK(settings.district.country == "GB");
}

TEST_CASE("interface: settings that an editor saved with a byte order mark and CRLF are the same") {
  const auto settings =
      parse("\xef\xbb\xbfstore = \"a.db\"\r\n[[school]]\r\ncode = \"CAM\"\r\ntimezone = \"UTC\"\r\n");
  CHECK(settings.store == "a.db");
  CHECK(settings.schools[0].code == "CAM");
  CHECK(refusal("\xef\xbb\xbfstore = \"a.db\"\r\nstroe = 1\r\n").message() ==
        "/srv/crier/crier.toml:2: unknown key 'stroe'; did you mean 'store'?");
}

TEST_CASE("interface: damaged settings are refused with an Error, never otherwise") {
  const std::string sound = R"(store = "a.db"
[[school]]
code = "CAM"
timezone = "Europe/London"
sender = { email = "a@example.org" }
ranks = { rank1 = [1, "aunt"] }
quiet_hours = { allow = { mon-fri = ["08:00-12:00", "13:00-20:00"], sat = "22:00-02:00" } }
[channel.email]
kind = "smtp"
host = "h"
retry = { first = "1m", factor = 2, deadline = 3600 }
[import.x]
removal_limit = "2.5%"
columns = { form = "metadata.form" }
)";
  REQUIRE(parse(sound).schools.size() == 1);
  int refused = 0;
  const auto attempt = [&](const std::string& damaged) {
    try {
      parse(damaged);
    } catch (const Error& error) {
      CHECK(error.exit() == Exit::usage);
      ++refused;
    }
  };
  for (std::size_t length = 0; length < sound.size(); ++length) attempt(sound.substr(0, length));
  std::uint32_t state = 12345;
  const auto random = [&](std::size_t below) {
    state = state * 1664525U + 1013904223U;
    return static_cast<std::size_t>(state >> 8) % below;
  };
  for (int round = 0; round < 5000; ++round) {
    auto damaged = sound;
    for (std::size_t count = 1 + random(3); count > 0; --count) {
      damaged[random(damaged.size())] = static_cast<char>(random(4) == 0 ? random(256) : 32 + random(95));
    }
    attempt(damaged);
  }
  CHECK(refused > 2000);
}

TEST_CASE("D9: bounces: where they go, and when an address is blocked for them") {
  const auto standard = parse_settings("", "crier.toml").bounces;
  CHECK(standard.address.empty());
  CHECK(standard.block_after == 3);
  CHECK(standard.alike_share == doctest::Approx(0.20));
  CHECK(standard.alike_number == 5);
  CHECK(standard.longest_way == std::chrono::hours(240));
  const auto own =
      parse_settings(
          "[bounces]\naddress = \"bounces@school.example\"\nblock_after = 2\nalike_share = \"5%\"\n"
          "alike_number = 9\nlongest_way = \"3d\"\n",
          "crier.toml")
          .bounces;
  CHECK(own.address == "bounces@school.example");
  CHECK(own.block_after == 2);
  CHECK(own.alike_share == doctest::Approx(0.05));
  CHECK(own.alike_number == 9);
  CHECK(own.longest_way == std::chrono::hours(72));
  for (const auto* wrong :
       {"address = \"nobody\"", "address = \"a-name-of-more-than-thirty-letters@school.example\"",
        "block_after = 0", "alike_share = \"20\"", "alike_share = 0.2", "longest_way = \"0s\""}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(parse_settings(std::string("[bounces]\n") + wrong, "crier.toml"), Error);
  }
}
