#include "store/health_store.hpp"

namespace crier::store {

std::optional<QueueAge> queue_age(Connection& connection) {
  auto found = connection.query(
      "SELECT min(job.updated), coalesce(sum(job.not_started), 0) FROM job WHERE job.not_started > 0");
  if (!found.step() || found.is_null(0)) return std::nullopt;
  return QueueAge{from_millis(found.integer(0)), found.integer(1)};
}

std::vector<ChannelCounts> channel_counts(Connection& connection) {
  auto rows = connection.query(R"sql(
SELECT channel, sum(messages), sum(not_started), sum(processing), sum(complete), sum(failed), sum(held),
  sum(in_doubt), sum(cancelled)
FROM job GROUP BY channel ORDER BY channel)sql");
  std::vector<ChannelCounts> channels;
  while (rows.step()) {
    const auto channel = parse_channel(rows.view(0));
    if (!channel) continue;
    channels.push_back({*channel,
                        {rows.integer(1), rows.integer(2), rows.integer(3), rows.integer(4), rows.integer(5),
                         rows.integer(6), rows.integer(7), rows.integer(8)}});
  }
  return channels;
}

std::vector<SourceTells> sources_of_relationships(Connection& connection) {
  auto rows = connection.query(R"sql(
SELECT source.name, count(*), coalesce(sum(relationship.court_order), 0),
  coalesce(sum(relationship.relation <> ''), 0), coalesce(sum(relationship.priority > 0), 0)
FROM relationship JOIN source ON source.id = relationship.source AND source.name <> 'hand'
GROUP BY source.name ORDER BY source.name)sql");
  std::vector<SourceTells> sources;
  while (rows.step())
    sources.push_back({rows.text(0), rows.integer(1), rows.integer(2), rows.integer(3), rows.integer(4)});
  return sources;
}

std::string commonest_domain(Connection& connection, std::string_view but) {
  auto rows = connection.query(R"sql(
SELECT domain FROM (SELECT substr(compare_key, instr(compare_key, '@') + 1) AS domain FROM address
  WHERE kind = 'email' AND normal IS NOT NULL) AS all_domains
WHERE domain <> '' AND domain <> ?1 GROUP BY domain ORDER BY count(*) DESC, domain LIMIT 1)sql");
  rows.with(but);
  return rows.step() ? rows.text(0) : "";
}

namespace {

std::optional<Instant> instant_of(Connection& connection, std::string_view sql) {
  auto found = connection.query(sql);
  if (!found.step() || found.is_null(0)) return std::nullopt;
  return from_millis(found.integer(0));
}

}  // namespace

std::optional<Instant> last_retention(Connection& connection) {
  return instant_of(connection, "SELECT max(ran) FROM retention");
}

std::optional<Instant> oldest_message(Connection& connection) {
  return instant_of(connection, "SELECT created FROM message ORDER BY id LIMIT 1");
}

std::int64_t count_in_doubt(Connection& connection) {
  return connection.integer("SELECT coalesce(sum(in_doubt), 0) FROM job WHERE in_doubt > 0");
}

std::int64_t count_open_issues(Connection& connection) {
  return connection.integer("SELECT count(*) FROM data_issue WHERE state = 'open'");
}

std::int64_t count_held_imports(Connection& connection) {
  return connection.integer("SELECT count(*) FROM held_import WHERE decision = ''");
}

}  // namespace crier::store
