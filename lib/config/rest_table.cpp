// `kind = "rest"` of [import.NAME]: a OneRoster server, and how it lets us in (I4).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/secret_table.hpp"
#include "config/settings_tables.hpp"

namespace crier::config {
namespace {

namespace fs = std::filesystem;

constexpr std::array rest_keys{"base_url",  "gradebook",
                               "auth",      "token_url",
                               "client_id", "client_secret_file",
                               "scopes",    "client_secret_env",
                               "signature", "token_file",
                               "token_env", "ca_file",
                               "page_size", "timeout"};

std::string without_slashes(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

/// What a host is called in an address that begins with https:// or http://.
std::string host_of(std::string_view url) {
  auto rest = url.substr(url.find("://") + 3);
  rest = rest.substr(0, rest.find_first_of("/?"));
  if (rest.starts_with('[')) return std::string(rest.substr(1, rest.find(']') - 1));
  return std::string(rest.substr(0, rest.find(':')));
}

/// A secret goes to this address.
std::string read_safe_address(const TomlTable& table, std::string_view key) {
  auto url = read_web_address(table, key);
  if (url.starts_with("http://") && !is_this_machine(host_of(url))) {
    table.bad_value(key, "begins with http://, and what lets us in would cross the network readable",
                    "Write it with https:// in front.");
  }
  return url;
}

/// The part of the address that says the version, `v1p1` or `v1p2`.
std::string version_of(const TomlTable& table, std::string_view url) {
  if (url.ends_with("/v1p1")) return "1.1";
  if (url.ends_with("/v1p2")) return "1.2";
  table.bad_value("base_url", fmt::format("is '{}', which does not end with a version of OneRoster", url),
                  "Write it up to and with the version: …/ims/oneroster/v1p1, …/oneroster/rostering/v1p2.");
}

/// 1.2 keeps the gradebook beside the roster, 1.1 in the same place.
std::string gradebook_of(const TomlTable& table, const RestSource& rest) {
  if (!table.flag("gradebook").value_or(true)) return "";
  auto url = rest.base_url;
  if (rest.version == "1.1") return url;
  const std::string_view roster = "/rostering/";
  const auto at = url.rfind(roster);
  if (at == std::string::npos) {
    table.bad_value("base_url", "has no /rostering/ in it, so that nobody knows where the gradebook lies",
                    "Write …/ims/oneroster/rostering/v1p2, or gradebook = false.");
  }
  return url.replace(at, roster.size(), "/gradebook/");
}

std::vector<std::string> usual_scopes(const RestSource& rest) {
  const auto base =
      fmt::format("https://purl.imsglobal.org/spec/or/{}/scope/", rest.version == "1.1" ? "v1p1" : "v1p2");
  std::vector<std::string> scopes{base + "roster.readonly"};
  if (!rest.gradebook_url.empty()) scopes.push_back(base + "gradebook.readonly");
  return scopes;
}

void require_unknown(const TomlTable& table, std::initializer_list<std::string_view> keys,
                     std::string_view sign_in) {
  for (const auto key : keys) {
    if (!table.has(key)) continue;
    table.bad_value(key, fmt::format("has no meaning where auth = \"{}\"", sign_in),
                    "Take it out, or name another auth: oauth2, oauth1 or bearer.");
  }
}

void require_secret(const TomlTable& table, std::string_view what) {
  if (names_secret(table, what)) return;
  table.refuse(fmt::format("{}_file", what), "missing-key",
               fmt::format("{} names no place for the {}", table.title(), what),
               fmt::format("Add {0}_file = \"…\" or {0}_env = \"…\".", what));
}

void read_client(RestSource& rest, const TomlTable& table, const fs::path& folder) {
  rest.client_id = table.required_text("client_id");
  require_secret(table, "client_secret");
  auto secret = read_secret(table, "client_secret", folder);
  rest.client_secret = std::move(secret.value);
  rest.secret_fault = std::move(secret.fault);
}

void read_sign_in(RestSource& rest, const TomlTable& table, const fs::path& folder) {
  constexpr std::array ways{RestSignIn::oauth2, RestSignIn::oauth1, RestSignIn::bearer};
  rest.sign_in = ways[table.choice("auth", {"oauth2", "oauth1", "bearer"}).value_or(0)];
  if (rest.sign_in == RestSignIn::bearer) {
    require_unknown(
        table, {"token_url", "client_id", "client_secret_file", "client_secret_env", "scopes", "signature"},
        "bearer");
    require_secret(table, "token");
    if (table.has("token_file") && !table.has("token_env")) {
      rest.token_file = credential_path(table.text("token_file").value(), folder);
      return;
    }
    auto token = read_secret(table, "token", folder);
    rest.token = std::move(token.value);
    rest.secret_fault = std::move(token.fault);
    return;
  }
  read_client(rest, table, folder);
  if (rest.sign_in == RestSignIn::oauth1) {
    require_unknown(table, {"token_url", "token_file", "token_env", "scopes"}, "oauth1");
    rest.sha256 = table.choice("signature", {"hmac-sha1", "hmac-sha256"}).value_or(0) == 1;
    return;
  }
  require_unknown(table, {"token_file", "token_env", "signature"}, "oauth2");
  (void)table.required_text("token_url");
  rest.token_url = read_safe_address(table, "token_url");
  rest.scopes = table.texts("scopes").value_or(usual_scopes(rest));
}

}  // namespace

void refuse_rest_keys(const TomlTable& table) {
  for (const auto& key : table.keys()) {
    if (std::find(rest_keys.begin(), rest_keys.end(), key) == rest_keys.end()) continue;
    table.refuse(key, "unknown-key",
                 fmt::format("'{}' in {} belongs to kind 'rest' only", key, table.title()),
                 "Write kind = \"rest\" into the table, or take the line out.");
  }
}

RestSource read_rest(const TomlTable& table, const fs::path& folder) {
  for (const auto* key : {"path", "map"}) {
    if (table.has(key)) {
      table.bad_value(key, "stands in a table of kind 'rest', which is asked over the network",
                      "Take it out, or write kind = \"oneroster\".");
    }
  }
  RestSource rest;
  (void)table.required_text("base_url");
  rest.base_url = without_slashes(read_safe_address(table, "base_url"));
  rest.version = version_of(table, rest.base_url);
  rest.gradebook_url = gradebook_of(table, rest);
  read_sign_in(rest, table, folder);
  if (const auto file = table.text("ca_file")) rest.ca_file = (folder / *file).lexically_normal();
  rest.page_size = static_cast<int>(table.integer("page_size", 1, 100'000).value_or(rest.page_size));
  rest.timeout = table.duration("timeout", std::chrono::seconds(1)).value_or(rest.timeout);
  return rest;
}

}  // namespace crier::config
