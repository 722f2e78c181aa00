#include "office/replies.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.hpp"

namespace crier::cmd {
namespace {

struct Options {
  bool all = false;
  std::string since;
  std::vector<std::int64_t> ids;
};

boost::json::object json_of(const ReplyRow& reply) {
  boost::json::object one;
  one["id"] = reply.id;
  one["received"] = to_rfc3339(reply.received);
  one["from"] = reply.sender;
  one["to"] = output::text_or_null(reply.recipient);
  boost::json::array people;
  for (const auto& person : reply.people) {
    people.push_back(boost::json::object{
        {"code", person.code}, {"name", person.name}, {"school", output::text_or_null(person.school)}});
  }
  one["people"] = std::move(people);
  one["text"] = reply.text;
  one["word"] = output::text_or_null(std::string(to_text(reply.word)));
  one["answered"] = reply.answered;
  one["done"] = output::time_or_null(reply.done);
  one["done_by"] = output::text_or_null(reply.done_by);
  return one;
}

boost::json::array json_of(const std::vector<ReplyRow>& replies) {
  boost::json::array all;
  for (const auto& one : replies) all.push_back(json_of(one));
  return all;
}

Exit list(Session& session, const Options& options) {
  const auto found = office::list_replies(session.office(office::StoreAccess::read),
                                          options.all ? office::ReplyList::all : office::ReplyList::open,
                                          options.since, session.zone());
  if (session.json()) {
    session.print(boost::json::object{{"replies", json_of(found)}});
    return Exit::done;
  }
  session.print(office::reply_table(found));
  if (found.empty()) session.remark(options.all ? "Nobody has replied." : "No reply waits for anybody.");
  return Exit::done;
}

Exit show(Session& session, const Options& options) {
  const auto reply = office::find_reply(session.office(office::StoreAccess::read), options.ids.front());
  if (session.json()) {
    session.print(boost::json::object{{"reply", json_of(reply)}});
    return Exit::done;
  }
  const auto zone = session.zone();
  std::string text = fmt::format("Reply {} of {} from {}{}\n", reply.id, to_iso(zone.local(reply.received)),
                                 reply.sender, reply.people.empty() ? ", whom nobody here has" : "");
  for (const auto& person : reply.people) {
    text += fmt::format("  {} ({}{}{})\n", person.name, person.code, person.school.empty() ? "" : ", ",
                        person.school);
  }
  if (reply.word != ReplyWord::none) {
    text +=
        fmt::format("  It asks to {}{}.\n", to_text(reply.word), reply.answered ? ", and was answered" : "");
  }
  text += reply.done ? fmt::format("  Done {} by {}.\n", to_iso(zone.local(*reply.done)), reply.done_by)
                     : fmt::format("  It waits for somebody: crier replies done {}.\n", reply.id);
  text += fmt::format("\n{}\n", reply.text);
  session.show(text);
  return Exit::done;
}

Exit finish(Session& session, const Options& options) {
  const auto finished = office::finish_replies(session.office(office::StoreAccess::write), options.ids);
  if (session.json()) {
    session.print(boost::json::object{{"replies", json_of(finished)}});
    return Exit::done;
  }
  session.print(finished.size() == 1 ? fmt::format("Reply {} is done.\n", finished.front().id)
                                     : fmt::format("{} replies are done.\n", finished.size()));
  return Exit::done;
}

}  // namespace

void add_replies(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "replies", "what families answered by text message",
                             "Examples:\n"
                             "  crier replies list\n"
                             "  crier replies show 12\n"
                             "  crier replies done 12 13");
  command.require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto& all = subcommand(command, "list", "the replies that wait for somebody, the latest first",
                         "Examples:\n  crier replies list\n  crier replies list --all --since 7d --json");
  all.add_flag("--all", options->all, "those that are done too, and STOP, START and HELP");
  all.add_option("--since", options->since, "received since this date, time, or span before now (7d)")
      ->type_name("TIME");
  all.callback(
      [&session, options] { session.run = [&session, options] { return list(session, *options); }; });
  const auto in_range = CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000});
  auto& one = subcommand(command, "show", "one reply", "Example:\n  crier replies show 12 --json");
  one.add_option("id", options->ids, "the reply")->type_name("ID")->required()->expected(1)->check(in_range);
  one.callback(
      [&session, options] { session.run = [&session, options] { return show(session, *options); }; });
  auto& done =
      subcommand(command, "done", "say that replies are dealt with", "Example:\n  crier replies done 12 13");
  done.add_option("id", options->ids, "the replies")->type_name("ID")->required()->check(in_range);
  done.callback(
      [&session, options] { session.run = [&session, options] { return finish(session, *options); }; });
}

}  // namespace crier::cmd
