// The tables of `crier.toml` that need more than a line each: quiet hours, channels, import sources. Used by
// settings.cpp alone.
#pragma once

#include "config/settings.hpp"
#include "config/toml_reader.hpp"

namespace crier::config {

/// `[….quiet_hours]` of a district, school or channel; nothing where it is not there.
std::optional<QuietHours> read_quiet_hours(const TomlTable& owner);

/// `[channel.X]`; relative paths and password files are looked for in `folder`.
ChannelSettings read_channel(const TomlTable& table, Channel channel, const std::filesystem::path& folder);

/// The part of `[channel.email]` that is the mail servers'.
void read_smtp(ChannelSettings& settings, const TomlTable& table, const std::filesystem::path& folder);

/// The part of `[channel.X]` that is a gateway's which is asked over HTTP.
void read_gateway(ChannelSettings& settings, const TomlTable& table, Channel channel,
                  const std::filesystem::path& folder);

/// Whether a key belongs to kind `smtp` and no other.
bool is_smtp_key(std::string_view key);

/// `[approval]`.
Approval read_approval(const TomlTable& root);

/// `[sending]`.
SendingRules read_sending(const TomlTable& root);

/// `[wallet]`; nothing where it is not there.
std::optional<WalletRules> read_wallet(const TomlTable& root);

/// `[bounces]`.
BounceRules read_bounces(const TomlTable& root);

/// `[retention]`.
Retention read_retention(const TomlTable& root, const BounceRules& bounces);

/// `[daemon]`.
DaemonRules read_daemon(const TomlTable& root);

/// `[….sms]` of a district or school; nothing where it is not there.
std::optional<SmsRules> read_sms_rules(const TomlTable& owner);

/// `[[….term]]` of a district or school, in order. Throws Error(usage) where two are over one another.
std::vector<Term> read_terms(const TomlTable& owner);

/// `price` of `[channel.sms]`: points a segment, by country.
std::map<std::string, std::int64_t> read_prices(const TomlTable& channel);

/// `"10%"`: 0.10; `otherwise` where the key is not there.
double read_share(const TomlTable& table, std::string_view key, double otherwise);

/// An address alone; empty where the key is not there.
std::string read_address(const TomlTable& table, std::string_view key);

/// `https://…` without a slash at the end, or empty.
std::string read_web_address(const TomlTable& table, std::string_view key);

/// The part of `[import.NAME]` that is a server's (`kind = "rest"`).
RestSource read_rest(const TomlTable& table, const std::filesystem::path& folder);

/// Throws Error(usage) where a key of kind `rest` stands in a table of another kind.
void refuse_rest_keys(const TomlTable& table);

/// `[import.NAME]`.
ImportSource read_import(const TomlTable& table, std::string_view name, const std::filesystem::path& folder);

}  // namespace crier::config
