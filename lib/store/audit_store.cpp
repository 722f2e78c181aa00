#include "store/audit_store.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace crier::store {
namespace {

/// Lengths stand before the parts, so that no two entries are written alike.
std::string seal(std::string_view previous, std::int64_t id, std::int64_t at, std::string_view actor,
                 std::string_view act, std::string_view subject, std::string_view detail) {
  std::string text = fmt::format("{}:{}:{}:", previous, id, at);
  for (const auto part : {actor, act, subject, detail}) text += fmt::format("{}:{}", part.size(), part);
  return sha256_hex(text);
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
  return "";
}

}  // namespace crier::store
