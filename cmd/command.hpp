// What every command is handed and how it is registered: options in, one call into lib/, one print. No rule
// lives in cmd/.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/table.hpp"
#include "base/zone.hpp"
#include "config/settings.hpp"
#include "model/channel.hpp"
#include "office/desk.hpp"
#include "output/document.hpp"
#include "output/paint.hpp"

namespace CLI {
class App;
}

namespace crier::cmd {

/// The options before the command.
struct Globals {
  std::string config;
  std::string store;
  std::string school;
  bool json = false;
  int quiet = 0;
  int verbose = 0;
  std::string color = "auto";
  bool no_pager = false;
};

/// Whoever read our output has gone (`| head`): nothing is wrong, and there is nobody to tell.
struct ReaderGone {};

/// One run of the program: what was asked for, and what commands share.
class Session {
 public:
  Globals globals;
  /// The chosen command; returns the exit code.
  std::function<Exit()> run;

  const config::Settings& settings();
  const Clock& clock();
  /// Opens the store.
  const office::Office& office(office::StoreAccess access);
  /// The zone in which people read times: the named school's, else the only one's, else UTC.
  Zone zone();

  bool json() const { return globals.json; }
  /// Data: standard output.
  void print(std::string_view text);
  void print(const char* text) { print(std::string_view(text)); }
  void print(const boost::json::value& document);
  void print(const Table& table);
  /// Text for people to read: in a pager where it is longer than the terminal, else as it is.
  void show(std::string_view text);
  /// A table as a terminal, or a pipe, would get it. On a terminal that is too narrow the columns that are
  /// named here are left out, one after the other, until it fits.
  std::string drawn(const Table& table, std::span<const std::string_view> least_important = {});
  /// Remarks: standard error, nothing with -q.
  void remark(std::string_view text);
  output::Paint paint();
  /// Asks on a terminal; `yes` answers. True where nobody can be asked: a script has said what it wants.
  bool confirmed(std::string_view question, bool yes);
  /// Somebody sits at a terminal.
  bool can_ask() const;

 private:
  std::optional<config::Settings> settings_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<office::Desk> desk_;
};

/// `40 email, 2 sms`.
std::string counts_text(const std::map<Channel, std::int64_t>& messages);

/// `email,sms` → channels; Error(usage) with the nearest.
std::vector<Channel> parse_via(std::string_view list);
/// `parent,prime` or `self+parent` → words.
std::vector<std::string> parse_to(std::string_view list);
/// Dates and times of filters: a date (the school's midnight) or RFC 3339.
Instant parse_when(std::string_view text, const Zone& zone, std::string_view option);
/// A span of time as two options give it, either of which may be empty. Throws Error(usage, "bad-range")
/// where it ends before it begins.
struct TimeRange {
  std::optional<Instant> from;
  std::optional<Instant> to;
};
TimeRange parse_range(std::string_view from, std::string_view from_option, std::string_view to,
                      std::string_view to_option, const Zone& zone);
/// Which of an option's words is meant; Error(usage, `code`) with the nearest.
std::size_t parse_choice(std::string_view option, std::string_view word, std::span<const std::string> words,
                         std::string code);

void add_init(CLI::App& app, Session& session);
void add_import(CLI::App& app, Session& session);
void add_import_csv(CLI::App& import, Session& session);
void add_import_sims(CLI::App& import, Session& session);
void add_resolve(CLI::App& app, Session& session);
void add_send(CLI::App& app, Session& session);
void add_approve(CLI::App& app, Session& session);
void add_reject(CLI::App& app, Session& session);
void add_cancel(CLI::App& app, Session& session);
void add_calendar(CLI::App& app, Session& session);
void add_template(CLI::App& app, Session& session);
void add_status(CLI::App& app, Session& session);
void add_rerun(CLI::App& app, Session& session);
void add_report(CLI::App& app, Session& session);
void add_schedule(CLI::App& app, Session& session);
void add_daemon(CLI::App& app, Session& session);
void add_store(CLI::App& app, Session& session);
void add_issues(CLI::App& app, Session& session);
void add_contacts(CLI::App& app, Session& session);
void add_deliveries(CLI::App& app, Session& session);
void add_completion(CLI::App& app, Session& session);
void add_doctor(CLI::App& app, Session& session);
/// `crier completion words -- WORD…` is what the scripts ask: its words are another command's, and not to be
/// read as its own options.
bool asks_for_words(int argc, char** argv);
Exit print_words(Session& session, const CLI::App& app, int argc, char** argv);
void add_leavers(CLI::App& app, Session& session);
void add_people(CLI::App& app, Session& session);
void add_groups(CLI::App& app, Session& session);
void add_replies(CLI::App& app, Session& session);
void add_retention(CLI::App& app, Session& session);
void add_wallet(CLI::App& app, Session& session);
void add_operators(CLI::App& app, Session& session);

/// A subcommand whose global options may also stand behind it; `examples` closes its help.
CLI::App& subcommand(CLI::App& app, const char* name, const char* about, const char* examples);

}  // namespace crier::cmd
