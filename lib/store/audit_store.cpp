#include "store/audit_store.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "base/seal.hpp"
#include "base/text.hpp"
#include "store/secret_store.hpp"

namespace crier::store {
namespace {

/// Lengths stand before the parts, so that no two entries are written alike.
std::string seal(std::string_view previous, std::int64_t id, std::int64_t at, std::string_view actor,
                 std::string_view act, std::string_view subject, std::string_view detail) {
  std::string text = fmt::format("{}:{}:{}:", previous, id, at);
  for (const auto part : {actor, act, subject, detail}) text += fmt::format("{}:{}", part.size(), part);
  return sha256_hex(text);
}

/// Where the log ends, sealed under the store's key: an end that was cut off shows.
void write_head(Connection& connection, std::int64_t id, std::string_view hash) {
  const auto head = fmt::format("{} {}", id, hash);
  const auto sealed = head + " " + crier::seal(make_link_key(connection), head);
  connection
      .query(
          "INSERT INTO store_secret (name, value) VALUES ('audit-head', ?1) "
          "ON CONFLICT (name) DO UPDATE SET value = excluded.value")
      .bind_bytes(1, sealed)
      .run();
}

std::string verify_head(Connection& connection, std::int64_t last, std::string_view hash) {
  auto found = connection.query("SELECT value FROM store_secret WHERE name = 'audit-head'");
  if (!found.step()) return last == 0 ? "" : "the audit log has no sealed end";
  const auto parts = split(found.view(0), ' ');
  const auto key = link_key(connection);
  const bool sealed = parts.size() == 3 && key &&
                      same_seal(crier::seal(*key, fmt::format("{} {}", parts[0], parts[1])), parts[2]);
  if (!sealed) return "the audit log's sealed end was changed";
  if (parts[0] == std::to_string(last) && parts[1] == hash) return "";
  return fmt::format("audit entries behind {} are missing: the log was cut off", last);
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

void append_audit(Connection& connection, const AuditEntry& entry) {
  auto last = connection.query("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1");
  std::int64_t id = 1;
  std::string previous;
  if (last.step()) {
    id = last.integer(0) + 1;
    previous = last.text(1);
  }
  last.reset();
  const auto at = to_millis(entry.at);
  const auto hash = seal(previous, id, at, entry.actor, entry.act, entry.subject, entry.detail);
  connection
      .query(
          "INSERT INTO audit (id, at, actor, act, subject, detail, previous, hash) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
      .with(id, at, entry.actor, entry.act, entry.subject, entry.detail, previous, hash)
      .run();
  write_head(connection, id, hash);
}

std::string verify_audit(Connection& connection) {
  auto rows =
      connection.query("SELECT id, at, actor, act, subject, detail, previous, hash FROM audit ORDER BY id");
  std::string previous;
  std::int64_t expected = 1;
  while (rows.step()) {
    const auto id = rows.integer(0);
    if (id != expected) return fmt::format("audit entry {} is missing", expected);
    if (rows.view(6) != previous || rows.view(7) != seal(previous, id, rows.integer(1), rows.view(2),
                                                         rows.view(3), rows.view(4), rows.view(5))) {
      return fmt::format("audit entry {} was changed", id);
    }
    previous = rows.text(7);
    ++expected;
  }
  return verify_head(connection, expected - 1, previous);
}

std::vector<AuditLine> audit_lines(Connection& connection, Instant from, Instant to, std::string_view actor,
                                   std::string_view act, std::int64_t limit) {
  auto rows = connection.query(R"sql(
SELECT id, at, actor, act, subject, detail FROM audit
WHERE at >= ?1 AND at < ?2 AND (?3 = '' OR lower(actor) = ?3) AND (?4 = '' OR lower(act) = ?4)
ORDER BY id DESC LIMIT ?5)sql");
  const auto actor_folded = to_lower(actor);
  const auto act_folded = to_lower(act);
  rows.with(to_millis(from), to_millis(to), actor_folded, act_folded, limit);
  std::vector<AuditLine> lines;
  while (rows.step()) {
    lines.push_back({rows.integer(0),
                     {from_millis(rows.integer(1)), rows.text(2), rows.text(3), rows.text(4), rows.text(5)}});
  }
  return lines;
}

}  // namespace crier::store
