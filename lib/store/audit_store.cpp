#include "store/audit_store.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/seal.hpp"
#include "base/text.hpp"
#include "store/secret_store.hpp"

namespace crier::store {
namespace {

constexpr std::string_view broken_act = "audit-broken";

/// SHA-256, looked up once: a million entries are walked in seconds.
class Digester {
 public:
  Digester() : digest_(EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free) {
    if (!digest_ || !context_) refuse();
  }

  std::string hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_DigestInit_ex(context_.get(), digest_.get(), nullptr) != 1 ||
        EVP_DigestUpdate(context_.get(), text.data(), text.size()) != 1 ||
        EVP_DigestFinal_ex(context_.get(), digest.data(), &length) != 1) {
      refuse();
    }
    constexpr std::string_view signs = "0123456789abcdef";
    std::string text_of(2 * std::size_t{length}, '0');
    for (std::size_t i = 0; i < length; ++i) {
      text_of[2 * i] = signs[digest[i] >> 4];
      text_of[2 * i + 1] = signs[digest[i] & 15];
    }
    return text_of;
  }

 private:
  [[noreturn]] static void refuse() {
    throw Error(Exit::defect, "no-digest", "the library of ciphers makes no SHA-256",
                "Check the installation of OpenSSL.");
  }
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> digest_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

/// Lengths stand before the parts, so that no two entries are written alike.
std::string hash_of(std::string_view previous, std::int64_t id, std::int64_t at, std::string_view actor,
                    std::string_view act, std::string_view subject, std::string_view detail) {
  thread_local std::string text;
  text.clear();
  fmt::format_to(std::back_inserter(text), "{}:{}:{}:", previous, id, at);
  for (const auto part : {actor, act, subject, detail}) {
    fmt::format_to(std::back_inserter(text), "{}:", part.size());
    text += part;
  }
  return sha256_hex(text);
}

struct End {
  std::int64_t id = 0;
  std::string hash;
};

End last_entry(Connection& connection) {
  auto last = connection.query("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1");
  if (!last.step()) return {};
  return {last.integer(0), last.text(1)};
}

/// Where the log ends, sealed under the store's key: an end that was cut off shows.
void seal_end(Connection& connection, const End& end) {
  const auto head = fmt::format("{} {}", end.id, end.hash);
  const auto sealed = head + " " + crier::seal(make_link_key(connection), head);
  connection
      .query(
          "INSERT INTO store_secret (name, value) VALUES ('audit-head', ?1) "
          "ON CONFLICT (name) DO UPDATE SET value = excluded.value")
      .bind_bytes(1, sealed)
      .run();
}

struct SealedEnd {
  std::optional<End> end;
  /// Why there is none.
  std::string fault;
};

SealedEnd sealed_end(Connection& connection) {
  auto found = connection.query("SELECT value FROM store_secret WHERE name = 'audit-head'");
  if (!found.step()) return {std::nullopt, "the audit log has no sealed end"};
  const auto parts = split(found.view(0), ' ');
  const auto key = link_key(connection);
  End end;
  const bool sealed =
      parts.size() == 3 && key &&
      same_seal(crier::seal(*key, fmt::format("{} {}", parts[0], parts[1])), parts[2]) &&
      std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), end.id).ec == std::errc();
  if (!sealed) return {std::nullopt, "the audit log's sealed end was changed"};
  end.hash = parts[1];
  return {end, ""};
}

/// What stands before the first entry that is kept, sealed (P1): nothing where the log was never shortened.
struct SealedBegin {
  End before;
  std::string fault;
};

std::string begin_head(const End& before) {
  return fmt::format("begin {} {}", before.id, before.hash);
}

SealedBegin sealed_begin(Connection& connection) {
  auto found = connection.query("SELECT value FROM store_secret WHERE name = 'audit-begin'");
  if (!found.step()) return {};
  const auto parts = split(found.view(0), ' ');
  const auto key = link_key(connection);
  SealedBegin begin;
  const bool sealed =
      parts.size() == 3 && key &&
      std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), begin.before.id).ec == std::errc();
  if (sealed) begin.before.hash = parts[1];
  if (!sealed || !same_seal(crier::seal(*key, begin_head(begin.before)), parts[2])) {
    begin.fault = "the seal before the audit log's first entry was changed";
  }
  return begin;
}

void seal_begin(Connection& connection, const End& before) {
  const auto sealed = fmt::format("{} {} {}", before.id, before.hash,
                                  crier::seal(make_link_key(connection), begin_head(before)));
  connection
      .query(
          "INSERT INTO store_secret (name, value) VALUES ('audit-begin', ?1) "
          "ON CONFLICT (name) DO UPDATE SET value = excluded.value")
      .bind_bytes(1, sealed)
      .run();
}

/// Under what an entry stands whose text is not the one that it was chained with any more.
std::string redaction_seal(std::string_view key, std::string_view chained_hash, std::string_view hash_now) {
  return crier::seal(key, fmt::format("redacted {} {}", chained_hash, hash_now));
}

std::unordered_map<std::int64_t, std::string> redactions(Connection& connection) {
  auto rows = connection.query("SELECT entry, seal FROM audit_redaction ORDER BY entry");
  std::unordered_map<std::int64_t, std::string> all;
  while (rows.step()) all.emplace(rows.integer(0), rows.text(1));
  return all;
}

/// The act that a store begins with; a store that was made without one has no identity either.
constexpr std::string_view first_act = "init";

bool was_begun(Connection& connection) {
  return connection.query("SELECT 1 FROM store_identity WHERE id = 1").step();
}

/// What is wrong with the end of a chain that is whole in itself; nothing where it is the sealed one.
AuditCheck check_end(Connection& connection, const End& last) {
  AuditCheck check;
  check.entries = last.id;
  const auto [sealed, fault] = sealed_end(connection);
  if (!sealed) {
    if (last.id > 0) check.fault = fault;
    return check;
  }
  if (sealed->id == last.id && sealed->hash == last.hash) return check;
  if (sealed->id > last.id) {
    check.first_bad = last.id + 1;
    check.fault =
        sealed->id == last.id + 1
            ? fmt::format("audit entry {} is missing: the log was cut off", sealed->id)
            : fmt::format("audit entries {} to {} are missing: the log was cut off", last.id + 1, sealed->id);
  } else if (sealed->id < last.id) {
    check.entries = sealed->id;
    check.first_bad = sealed->id + 1;
    check.fault = fmt::format("audit entry {} was put in behind the sealed end", sealed->id + 1);
  } else {
    check.entries = last.id - 1;
    check.first_bad = last.id;
    check.fault = fmt::format("audit entry {} is not the one that was sealed", last.id);
  }
  return check;
}

End append(Connection& connection, const End& last, const AuditEntry& entry) {
  const auto id = last.id + 1;
  const auto at = to_millis(entry.at);
  auto hash = hash_of(last.hash, id, at, entry.actor, entry.act, entry.subject, entry.detail);
  connection
      .query(
          "INSERT INTO audit (id, at, actor, act, subject, detail, previous, hash) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
      .with(id, at, entry.actor, entry.act, entry.subject, entry.detail, last.hash, hash)
      .run();
  return {id, std::move(hash)};
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  thread_local Digester digester;
  return digester.hex(text);
}

void append_audit(Connection& connection, const AuditEntry& entry) {
  auto last = last_entry(connection);
  // The next seal would cover up what was cut off; this entry stays instead.
  if (const auto end = check_end(connection, last); !end.fault.empty()) {
    last = append(connection, last, {entry.at, "crier", std::string(broken_act), "audit log", end.fault});
  }
  seal_end(connection, append(connection, last, entry));
}

std::int64_t redact_audit(Connection& connection, const Scrubber& names) {
  std::vector<std::int64_t> found;
  {
    auto rows = connection.query("SELECT id, subject, detail FROM audit ORDER BY id");
    while (rows.step()) {
      if (names.mentions(rows.view(1)) || names.mentions(rows.view(2))) found.push_back(rows.integer(0));
    }
  }
  auto read =
      connection.query("SELECT at, actor, act, subject, detail, previous, hash FROM audit WHERE id = ?1");
  auto update = connection.query("UPDATE audit SET subject = ?2, detail = ?3 WHERE id = ?1");
  auto seal = connection.query(
      "INSERT INTO audit_redaction (entry, seal) VALUES (?1, ?2) ON CONFLICT (entry) DO UPDATE SET seal = "
      "excluded.seal");
  for (const auto id : found) {
    read.with(id).step();
    const auto subject = names.scrub(read.view(3));
    const auto detail = names.scrub(read.view(4));
    const auto sealed = redaction_seal(
        make_link_key(connection), read.view(6),
        hash_of(read.view(5), id, read.integer(0), read.view(1), read.view(2), subject, detail));
    read.reset();
    update.with(id, subject, detail).run();
    seal.with(id, sealed).run();
  }
  return static_cast<std::int64_t>(found.size());
}

void seal_audit_end(Connection& connection) {
  const auto last = last_entry(connection);
  if (last.id > 0) seal_end(connection, last);
}

AuditCheck check_audit(Connection& connection) {
  auto rows =
      connection.query("SELECT id, at, actor, act, subject, detail, previous, hash FROM audit ORDER BY id");
  const auto begin = sealed_begin(connection);
  if (!begin.fault.empty()) return {0, std::nullopt, begin.fault};
  const auto& before = begin.before;
  const auto redacted_entries = redactions(connection);
  const auto key = link_key(connection);
  End last = before;
  const auto bad = [&](std::int64_t id, std::string fault) {
    return AuditCheck{last.id - before.id, id, std::move(fault)};
  };
  const bool begun = was_begun(connection);
  while (rows.step()) {
    const auto id = rows.integer(0);
    const auto expected = last.id + 1;
    if (id > expected) return bad(expected, fmt::format("audit entry {} is missing", expected));
    if (id < expected) return bad(id, fmt::format("audit entry {} was put in before the first", id));
    if (rows.view(6) != last.hash) {
      return bad(id,
                 fmt::format("audit entry {} does not follow the one before it: it was changed, put in or "
                             "moved",
                             id));
    }
    const auto hash =
        hash_of(last.hash, id, rows.integer(1), rows.view(2), rows.view(3), rows.view(4), rows.view(5));
    if (rows.view(7) != hash) {
      const auto redacted = redacted_entries.find(id);
      if (redacted == redacted_entries.end() || !key ||
          !same_seal(redaction_seal(*key, rows.view(7), hash), redacted->second)) {
        return bad(id, fmt::format("audit entry {} was changed", id));
      }
    }
    if (id == 1 && begun && rows.view(3) != first_act) {
      return bad(id, "audit entry 1 is not the one that the store began with: the log was begun anew");
    }
    if (rows.view(3) == broken_act) {
      return bad(id, fmt::format("audit entry {} notes: {}", id, rows.view(5)));
    }
    last = {id, rows.text(7)};
  }
  if (last.id == before.id && before.id > 0) {
    return bad(last.id + 1, "the audit log is empty, and some of it is always kept");
  }
  if (last.id == 0 && begun && !sealed_end(connection).end) {
    return bad(1, "the audit log is empty, and every store's begins with an entry");
  }
  auto check = check_end(connection, last);
  check.entries -= before.id;
  return check;
}

std::int64_t shorten_audit(Connection& connection, Instant before, std::int64_t most) {
  // By number, not by time: a rehearsal's clock may have run elsewhere. A note that the log was not whole
  // stays.
  auto found = connection.query(R"sql(
SELECT min(id) - 1 FROM audit
WHERE at >= ?1 OR act = ?2 OR id > (SELECT min(id) - 1 + ?3 FROM audit) OR id = (SELECT max(id) FROM audit))sql");
  found.with(to_millis(before), broken_act, most).step();
  const auto last = found.integer(0);
  found.reset();
  auto entry = connection.query("SELECT id, hash FROM audit WHERE id = ?1");
  if (!entry.with(last).step()) return 0;
  const End end{entry.integer(0), entry.text(1)};
  entry.reset();
  seal_begin(connection, end);
  connection.query("DELETE FROM audit_redaction WHERE entry <= ?1").with(end.id).run();
  return connection.query("DELETE FROM audit WHERE id <= ?1").with(end.id).run();
}

std::int64_t count_audit_to_shorten(Connection& connection, Instant before) {
  auto found = connection.query(R"sql(
SELECT min(id) - (SELECT min(id) FROM audit) FROM audit
WHERE at >= ?1 OR act = ?2 OR id = (SELECT max(id) FROM audit))sql");
  found.with(to_millis(before), broken_act);
  return found.step() && !found.is_null(0) ? found.integer(0) : 0;
}

void read_audit(Connection& connection, const AuditFilter& filter,
                const std::function<bool(AuditLine&&)>& take) {
  auto rows = connection.query(R"sql(
SELECT id, at, actor, act, subject, detail FROM audit
WHERE at >= ?1 AND at < ?2 AND (?3 = '' OR lower(actor) = ?3) AND (?4 = '' OR lower(act) = ?4)
ORDER BY id DESC)sql");
  const auto actor = to_lower(filter.actor);
  const auto act = to_lower(filter.act);
  rows.with(to_millis(filter.from), to_millis(filter.to), actor, act);
  while (rows.step()) {
    AuditLine line{rows.integer(0),
                   {from_millis(rows.integer(1)), rows.text(2), rows.text(3), rows.text(4), rows.text(5)}};
    if (!take(std::move(line))) return;
  }
}

std::vector<std::pair<std::string, std::int64_t>> audit_acts(Connection& connection,
                                                             const AuditFilter& filter) {
  auto rows = connection.query(R"sql(
SELECT act, count(*) FROM audit
WHERE at >= ?1 AND at < ?2 AND (?3 = '' OR lower(actor) = ?3) AND (?4 = '' OR lower(act) = ?4)
GROUP BY act ORDER BY 2 DESC, act)sql");
  const auto actor = to_lower(filter.actor);
  const auto act = to_lower(filter.act);
  rows.with(to_millis(filter.from), to_millis(filter.to), actor, act);
  std::vector<std::pair<std::string, std::int64_t>> acts;
  while (rows.step()) acts.emplace_back(rows.text(0), rows.integer(1));
  return acts;
}

}  // namespace crier::store
