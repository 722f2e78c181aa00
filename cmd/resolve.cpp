#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/text.hpp"
#include "command.hpp"
#include "office/sending.hpp"
#include "output/table.hpp"

namespace crier::cmd {
namespace {

struct Options {
  std::string expression;
  std::string to;
  std::string via = "email";
  std::string explain;
  std::string format = "table";
};

boost::json::array related_json(const Recipient& recipient) {
  boost::json::array related;
  for (const auto& pupil : recipient.related) {
    boost::json::object one;
    one["code"] = pupil.code;
    one["name"] = list_name(pupil.family, pupil.given);
    one["relation"] = output::text_or_null(pupil.relation);
    one["rank"] = output::text_or_null(pupil.rank);
    if (pupil.priority) {
      one["priority"] = *pupil.priority;
    } else {
      one["priority"] = nullptr;
    }
    related.push_back(std::move(one));
  }
  return related;
}

boost::json::object document(const Resolution& resolution) {
  std::map<Channel, std::int64_t> reachable, unreachable;
  for (const auto channel : resolution.via) reachable[channel] = unreachable[channel] = 0;
  boost::json::array recipients;
  for (const auto& recipient : resolution.recipients) {
    boost::json::object one;
    one["code"] = recipient.code;
    one["kind"] = to_text(recipient.kind);
    one["title"] = output::text_or_null(recipient.title);
    one["name"] = list_name(recipient.family, recipient.given);
    one["related_to"] = related_json(recipient);
    boost::json::object channels;
    for (const auto& [channel, reach] : recipient.channels) {
      ++(reach.reason ? unreachable : reachable)[channel];
      boost::json::object way;
      way["address"] = output::text_or_null(reach.address);
      way["reachable"] = !reach.reason.has_value();
      way["reason"] = output::text_or_null(reach.reason ? to_text(*reach.reason) : std::string_view());
      channels[to_text(channel)] = std::move(way);
    }
    one["channels"] = std::move(channels);
    recipients.push_back(std::move(one));
  }
  boost::json::object document;
  document["expression"] = resolution.expression;
  boost::json::array to, via;
  for (const auto& word : resolution.to) to.emplace_back(word);
  for (const auto channel : resolution.via) via.emplace_back(to_text(channel));
  document["to"] = std::move(to);
  document["via"] = std::move(via);
  document["recipients"] = std::move(recipients);
  boost::json::object counts, yes, no;
  counts["matched"] = resolution.matched;
  counts["recipients"] = resolution.recipients.size();
  for (const auto& [channel, count] : reachable) yes[to_text(channel)] = count;
  for (const auto& [channel, count] : unreachable) no[to_text(channel)] = count;
  counts["reachable"] = std::move(yes);
  counts["unreachable"] = std::move(no);
  document["counts"] = std::move(counts);
  return document;
}

std::vector<Column> columns(const Resolution& resolution) {
  std::vector<Column> all{{"code", "Code"},         {"title", "Title"},
                          {"name", "Name"},         {"related_to", "Related to"},
                          {"relation", "Relation"}, {"rank", "Rank"}};
  for (const auto channel : resolution.via) {
    const std::string word(to_text(channel));
    all.push_back({word, word, ColumnKind::address});
    all.push_back({word + "_reason", "Not reached", ColumnKind::text, "", Tone::bad});
  }
  return all;
}

/// What a row says of the pupils, each list in one cell.
struct RelatedCells {
  std::string names;
  std::string relations;
  std::string ranks;

  void fill(const Recipient& recipient) {
    names.clear();
    relations.clear();
    ranks.clear();
    for (const auto& pupil : recipient.related) {
      if (pupil.person == recipient.person) continue;
      add(names, list_name(pupil.family, pupil.given));
      add(relations, pupil.relation);
      add(ranks, pupil.rank);
    }
  }

 private:
  static void add(std::string& list, std::string_view text) {
    if (text.empty()) return;
    if (!list.empty()) list += "; ";
    list += text;
  }
};

/// A row a recipient. Tens of thousands of them: straight into the text.
std::string recipients_csv(const Resolution& resolution) {
  output::CsvRows writer(columns(resolution),
                         resolution.recipients.size() * (80 + 48 * resolution.via.size()));
  RelatedCells related;
  for (const auto& recipient : resolution.recipients) {
    related.fill(recipient);
    writer.cell(recipient.code);
    writer.cell(recipient.title);
    writer.cell(list_name(recipient.family, recipient.given));
    writer.cell(related.names);
    writer.cell(related.relations);
    writer.cell(related.ranks);
    for (const auto channel : resolution.via) {
      const auto& reach = recipient.channels.at(channel);
      writer.cell(reach.address);
      writer.cell(reach.reason ? to_text(*reach.reason) : std::string_view());
    }
    writer.end_row();
  }
  return writer.text();
}

Table recipients_table(const Resolution& resolution) {
  Table table;
  table.name = "recipients";
  table.columns = columns(resolution);
  std::map<Channel, std::int64_t> reachable;
  std::map<Reason, std::int64_t> reasons;
  RelatedCells related;
  for (const auto& recipient : resolution.recipients) {
    related.fill(recipient);
    std::vector<Cell> row{recipient.code, recipient.title,   list_name(recipient.family, recipient.given),
                          related.names,  related.relations, related.ranks};
    for (const auto channel : resolution.via) {
      const auto& reach = recipient.channels.at(channel);
      row.emplace_back(reach.address);
      row.emplace_back(std::string(reach.reason ? to_text(*reach.reason) : std::string_view()));
      if (reach.reason) {
        ++reasons[*reach.reason];
      } else {
        ++reachable[channel];
      }
    }
    table.rows.push_back(std::move(row));
  }
  const auto count = static_cast<std::int64_t>(resolution.recipients.size());
  for (const auto channel : resolution.via) {
    table.notes.push_back(fmt::format("{} matched, {} recipients: {} reachable by {}, {} not.",
                                      resolution.matched, count, reachable[channel], to_text(channel),
                                      count - reachable[channel]));
  }
  for (const auto& [reason, times] : reasons) {
    table.notes.push_back(fmt::format("{} ({}): {}", to_text(reason), times, remedy(reason)));
  }
  return table;
}

Exit run_resolve(Session& session, const Options& options) {
  const office::AudienceRequest request{options.expression, parse_to(options.to), parse_via(options.via)};
  const auto& office = session.office(office::StoreAccess::read);
  if (!options.explain.empty()) {
    const auto lines = office::explain(office, request, options.explain);
    if (session.json()) {
      boost::json::array array;
      for (const auto& line : lines) array.emplace_back(line);
      boost::json::object document;
      document["code"] = options.explain;
      document["explanation"] = std::move(array);
      session.print(document);
    } else {
      for (const auto& line : lines) session.print(line + "\n");
    }
    return Exit::done;
  }
  const auto resolution = office::shown_audience(office, request, Category::informational);
  if (session.json() || options.format == "json") {
    session.print(document(resolution));
  } else if (options.format == "csv") {
    session.print(recipients_csv(resolution));
  } else {
    session.print(recipients_table(resolution));
  }
  return Exit::done;
}

}  // namespace

void add_resolve(CLI::App& app, Session& session) {
  auto& command =
      subcommand(app, "resolve", "who would receive, by which address, and who cannot and why",
                 "Examples:\n"
                 "  crier resolve form:10A --to parent\n"
                 "  crier resolve 'year:9 and not group:\"Ski Trip 2018\"' --to parent --via email,sms\n"
                 "  crier resolve form:10A --to parent --explain C0000017\n"
                 "  crier resolve all --to prime --format csv > primes.csv");
  auto options = std::make_shared<Options>();
  command.add_option("expression", options->expression, "who it is about, such as form:10A")
      ->required()
      ->type_name("EXPR");
  command.add_option(
      "--to", options->to,
      "who of them receives: self (default), associates, parent, rank1..3, prime or a relation");
  command.add_option("--via", options->via, "channels: email (default), sms, wechat, voice, inbox, alert");
  command.add_option("--explain", options->explain, "why one person is or is not reached")->type_name("CODE");
  command.add_option("--format", options->format, "table, csv or json")
      ->check(CLI::IsMember({"table", "csv", "json"}));
  command.callback(
      [&session, options] { session.run = [&session, options] { return run_resolve(session, *options); }; });
}

}  // namespace crier::cmd
