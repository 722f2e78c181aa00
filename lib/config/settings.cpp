#include "config/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"
#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

namespace fs = std::filesystem;

std::string read_timezone(const TomlTable& table) {
  const auto name = table.text("timezone");
  if (!name) return "";
  if (!Zone::exists(*name)) {
    table.bad_value("timezone", fmt::format("is '{}', which no time zone is called", *name),
                    "Use a name of the IANA database such as Europe/London or Asia/Shanghai.");
  }
  return *name;
}

std::string read_country(const TomlTable& table) {
  const auto code = table.text("country");
  if (!code) return "";
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (code->size() != 2 || !std::all_of(code->begin(), code->end(), is_capital)) {
    table.bad_value("country", fmt::format("is '{}', not two capital letters", *code),
                    "Use the code of ISO 3166, such as GB, US or CN.");
  }
  return *code;
}

/// Only what a header line could not carry is refused here; the e-mail rules proper are format's.
void check_address(const TomlTable& table, std::string_view key, std::string_view address) {
  const auto at = address.rfind('@');
  const bool whole = at != std::string_view::npos && at > 0 && at + 1 < address.size();
  if (!whole || address.find_first_of(" <>,;\"") != std::string_view::npos) {
    table.bad_value(key, fmt::format("is '{}', which is no e-mail address", address),
                    "Write the address alone, such as office@school.example.");
  }
}

SenderIdentity read_sender(const TomlTable& owner) {
  SenderIdentity sender;
  const auto table = owner.table("sender");
  if (!table) return sender;
  table->allow({"email", "name", "reply_to", "sms"});
  sender.email = read_address(*table, "email");
  sender.name = table->text("name").value_or("");
  sender.reply_to = read_address(*table, "reply_to");
  sender.sms = table->text("sms").value_or("");
  return sender;
}

std::string read_error_reports_to(const TomlTable& table) {
  const auto written = table.texts("error_reports_to");
  if (!written) return "";
  std::vector<std::string> addresses;
  for (const auto& text : *written) {
    for (const auto part : split(text, ',')) {
      std::string address(trim_invisible(part));
      check_address(table, "error_reports_to", address);
      const bool again = std::any_of(addresses.begin(), addresses.end(), [&](const std::string& one) {
        return to_lower(one) == to_lower(address);
      });
      if (!again) addresses.push_back(std::move(address));
    }
  }
  return join(addresses, ", ");
}

District read_district(const TomlTable& root) {
  District district;
  const auto table = root.table("district");
  if (!table) return district;
  table->allow({"name", "timezone", "country", "portal_url", "error_reports_to", "error_reports_per_hour",
                "sender", "quiet_hours", "sms", "term"});
  district.name = table->text("name").value_or("");
  district.timezone = read_timezone(*table);
  district.country = read_country(*table);
  district.portal_url = read_web_address(*table, "portal_url");
  district.error_reports_to = read_error_reports_to(*table);
  district.error_reports_per_hour =
      table->integer("error_reports_per_hour", 1, 60).value_or(district.error_reports_per_hour);
  district.sender = read_sender(*table);
  district.quiet_hours = read_quiet_hours(*table);
  district.sms = read_sms_rules(*table);
  district.terms = read_terms(*table);
  return district;
}

RankRule read_rank(const TomlTable& table, std::string_view key, const RankRule& otherwise) {
  const auto written = table.words_or_numbers(key);
  if (!written) return otherwise;
  RankRule rule;
  for (const auto& entry : *written) {
    if (const auto* relation = std::get_if<std::string>(&entry)) {
      rule.relations.push_back(fold(*relation));
      continue;
    }
    const auto priority = std::get<std::int64_t>(entry);
    if (priority < 1 || priority > 99) {
      table.bad_value(key, fmt::format("holds the priority {}, not within 1 to 99", priority),
                      "Correct the number.");
    }
    rule.priorities.push_back(static_cast<int>(priority));
  }
  return rule;
}

std::optional<Ranks> read_ranks(const TomlTable& owner) {
  const auto table = owner.table("ranks");
  if (!table) return std::nullopt;
  table->allow({"parent", "rank1", "rank2", "rank3"});
  const auto standard = Ranks::standard();
  return Ranks{read_rank(*table, "parent", standard.parent), read_rank(*table, "rank1", standard.rank1),
               read_rank(*table, "rank2", standard.rank2), read_rank(*table, "rank3", standard.rank3)};
}

School read_school(const TomlTable& table, const District& district) {
  table.allow({"code", "name", "timezone", "country", "portal_url", "sender", "source_ids", "quiet_hours",
               "ranks", "sms", "term"});
  School school;
  school.code = table.required_text("code");
  school.name = table.text("name").value_or(school.code);
  school.timezone = read_timezone(table);
  if (school.timezone.empty() && district.timezone.empty()) {
    table.refuse("code", "no-time-zone", fmt::format("the school {} has no time zone", school.code),
                 "Add timezone = \"Europe/London\", or whichever it is, to the [[school]] or to [district].");
  }
  school.country = read_country(table);
  school.portal_url = read_web_address(table, "portal_url");
  school.sender = read_sender(table);
  school.source_ids = table.texts("source_ids").value_or(std::vector<std::string>());
  school.quiet_hours = read_quiet_hours(table);
  school.ranks = read_ranks(table);
  school.sms = read_sms_rules(table);
  school.terms = read_terms(table);
  return school;
}

/// Two schools under one code, or both claiming one school of a source, cannot be told apart later.
void check_unlike(const TomlTable& table, const School& school, const std::vector<School>& before) {
  for (const auto& other : before) {
    if (fold(other.code) == fold(school.code)) {
      table.bad_value("code",
                      fmt::format("is '{}', and another school is called '{}'", school.code, other.code),
                      "Give each school a code of its own; case makes no difference.");
    }
    for (const auto& id : school.source_ids) {
      if (std::find(other.source_ids.begin(), other.source_ids.end(), id) == other.source_ids.end()) continue;
      table.bad_value("source_ids", fmt::format("holds '{}', which the school {} holds too", id, other.code),
                      "Let each school of a source belong to one [[school]].");
    }
  }
}

std::map<Channel, ChannelSettings> read_channels(const TomlTable& root, const fs::path& folder) {
  std::map<Channel, ChannelSettings> channels;
  const auto table = root.table("channel");
  if (!table) return channels;
  for (const auto& key : table->keys()) {
    const auto channel = parse_channel(key);
    if (!channel) {
      std::vector<std::string> known;
      for (const auto each : all_channels) known.emplace_back(to_text(each));
      table->unknown_key(key, known);
    }
    channels[*channel] = read_channel(*table->table(key), *channel, folder);
  }
  return channels;
}

std::map<std::string, ImportSource> read_imports(const TomlTable& root, const fs::path& folder) {
  std::map<std::string, ImportSource> imports;
  const auto table = root.table("import");
  if (!table) return imports;
  for (const auto& name : table->keys()) imports[name] = read_import(*table->table(name), name, folder);
  return imports;
}

std::string read_as_settings(const fs::path& file) {
  try {
    return os::read_file(file, 4 << 20);
  } catch (const Error& error) {
    throw Error(Exit::usage, "settings-unreadable", "the settings cannot be read: " + error.message(),
                "Check --config, CRIER_CONFIG and the file's rights; crier init writes new settings.");
  }
}

}  // namespace

std::string read_address(const TomlTable& table, std::string_view key) {
  const auto address = table.text(key);
  if (!address) return "";
  check_address(table, key, *address);
  return *address;
}

Ranks Ranks::standard() {
  return {{{"parent", "mother", "father", "guardian"}, {}}, {{}, {1}}, {{}, {2}}, {{}, {3}}};
}

ChannelSettings Settings::channel(Channel channel) const {
  if (const auto found = channels.find(channel); found != channels.end()) return found->second;
  ChannelSettings settings;
  if (channel == Channel::inbox) {
    settings.kind = ChannelKind::inbox;
  } else {
    settings.path = folder / "outbox" / to_text(channel);
  }
  return settings;
}

const School* Settings::school(std::string_view code) const {
  const auto sought = fold(code);
  const auto found = std::find_if(schools.begin(), schools.end(),
                                  [&](const School& school) { return fold(school.code) == sought; });
  return found == schools.end() ? nullptr : &*found;
}

SmsRules Settings::sms_rules(std::string_view code) const {
  if (const auto* named = school(code); named != nullptr && named->sms) return *named->sms;
  return district.sms.value_or(SmsRules());
}

Settings parse_settings(std::string_view toml, const fs::path& file) {
  const TomlFile parsed(toml, file.string(), "crier.toml(5)");
  const auto root = parsed.root();
  root.allow({"store", "district", "school", "channel", "import", "approval", "sending", "bounces", "daemon",
              "retention", "wallet"});
  Settings settings;
  settings.file = fs::absolute(file).lexically_normal();
  settings.folder = settings.file.parent_path();
  settings.store = root.text("store").value_or("");
  settings.district = read_district(root);
  for (const auto& table : root.tables("school")) {
    auto school = read_school(table, settings.district);
    check_unlike(table, school, settings.schools);
    settings.schools.push_back(std::move(school));
  }
  settings.channels = read_channels(root, settings.folder);
  settings.imports = read_imports(root, settings.folder);
  settings.approval = read_approval(root);
  settings.sending = read_sending(root);
  settings.wallet = read_wallet(root);
  settings.bounces = read_bounces(root);
  settings.daemon = read_daemon(root);
  settings.retention = read_retention(root, settings.bounces);
  return settings;
}

Settings load_settings(const std::optional<fs::path>& explicit_file, const fs::path& working_folder) {
  if (explicit_file) return parse_settings(read_as_settings(*explicit_file), *explicit_file);
  for (const auto& folder : {working_folder, os::user_config_folder(), os::system_config_folder()}) {
    const auto file = folder / "crier.toml";
    std::error_code ignored;
    if (fs::exists(file, ignored)) return parse_settings(read_as_settings(file), file);
  }
  Settings settings;
  settings.folder = fs::absolute(working_folder).lexically_normal();
  return settings;
}

}  // namespace crier::config
