#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cerrno>
#include <cstdio>
#include <iostream>

#include "base/log.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "command.hpp"
#include "output/table.hpp"

namespace crier::cmd {

const config::Settings& Session::settings() {
  if (!settings_) {
    std::optional<std::filesystem::path> file;
    if (!globals.config.empty()) file = globals.config;
    std::error_code gone;
    const auto here = std::filesystem::current_path(gone);
    if (gone) {
      throw Error(Exit::usage, "no-working-folder", "the working folder is not there any more",
                  "Change to another folder and run the command again.");
    }
    settings_ = config::load_settings(file, here);
  }
  return *settings_;
}

const Clock& Session::clock() {
  if (!clock_) {
    const auto setting = os::environment("CRIER_CLOCK");
    if (setting) {
      clock_ = std::make_unique<ShiftedClock>(clock_from_setting(*setting));
    } else {
      clock_ = std::make_unique<SystemClock>();
    }
  }
  return *clock_;
}

const office::Office& Session::office(office::StoreAccess access) {
  if (!desk_) {
    desk_ = std::make_unique<office::Desk>(settings(), clock(), globals.store, globals.school, access);
  }
  return desk_->office();
}

Zone Session::zone() {
  const auto& set = settings();
  if (const auto* school = set.school(globals.school); school != nullptr && !school->timezone.empty()) {
    return Zone(school->timezone);
  }
  if (!set.district.timezone.empty()) return Zone(set.district.timezone);
  if (set.schools.size() == 1 && !set.schools.front().timezone.empty())
    return Zone(set.schools.front().timezone);
  return Zone::utc();
}

void Session::print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    if (errno == EPIPE) throw ReaderGone{};
    throw Error(Exit::store, "unwritable-output", "standard output cannot be written",
                "Check the disk or the program that reads it.");
  }
}

void Session::print(const boost::json::value& document) {
  print(output::document_text(document));
}

void Session::print(const Table& table) {
  if (json()) {
    print(output::json_table(table));
    return;
  }
  print(drawn(table));
}

std::string Session::drawn(const Table& table) {
  return output::terminal_table(
      table, {zone(), os::is_terminal(os::Stream::out) ? os::terminal_columns() : 0, paint()});
}

void Session::remark(std::string_view text) {
  if (globals.quiet > 0) return;
  log::write(log::Level::info, text);
}

output::Paint Session::paint() {
  return output::Paint::for_stream(
      output::parse_color_choice(globals.color).value_or(output::ColorChoice::automatic), os::Stream::out);
}

bool Session::can_ask() const {
  return os::is_terminal(os::Stream::in) && os::is_terminal(os::Stream::err);
}

bool Session::confirmed(std::string_view question, bool yes) {
  if (yes || !can_ask()) return true;
  std::fwrite(question.data(), 1, question.size(), stderr);
  std::fputs(" [y/N] ", stderr);
  std::string answer;
  std::getline(std::cin, answer);
  const auto word = to_lower(trim_invisible(answer));
  return word == "y" || word == "yes";
}

std::vector<Channel> parse_via(std::string_view list) {
  std::vector<Channel> channels;
  std::vector<std::string> words;
  for (const auto channel : all_channels) words.emplace_back(to_text(channel));
  for (const auto part : split(list, ',')) {
    const auto word = to_lower(trim_invisible(part));
    const auto channel = parse_channel(word);
    if (!channel) {
      throw Error(Exit::usage, "unknown-channel",
                  fmt::format("--via: no channel is called '{}'{}", part, did_you_mean(word, words)),
                  "There are: " + join(words, ", ") + ".");
    }
    if (std::find(channels.begin(), channels.end(), *channel) == channels.end()) channels.push_back(*channel);
  }
  return channels;
}

std::vector<std::string> parse_to(std::string_view list) {
  std::vector<std::string> words;
  std::string plain(list);
  std::replace(plain.begin(), plain.end(), '+', ',');
  for (const auto part : split(plain, ',')) {
    if (const auto word = trim_invisible(part); !word.empty()) words.emplace_back(word);
  }
  return words;
}

Instant parse_when(std::string_view text, const Zone& zone, std::string_view option) {
  if (const auto at = parse_rfc3339(text)) return *at;
  if (const auto local = parse_local(text)) return zone.instant(*local);
  // Whoever wrote 30 February wrote a date.
  const bool like_a_date = text.size() >= 10 && text.find_first_not_of("0123456789-") >= 10 && text[4] == '-';
  throw Error(Exit::usage, "bad-time",
              like_a_date ? fmt::format("{}: there is no such day or time as '{}'", option, text)
                          : fmt::format("{}: '{}' is no date or time", option, text),
              "Write 2026-11-25, 2026-11-25T16:00 (the school's time) or an RFC 3339 time.");
}

CLI::App& subcommand(CLI::App& app, const char* name, const char* about, const char* examples) {
  auto* command = app.add_subcommand(name, about);
  command->fallthrough();
  command->footer(examples);
  return *command;
}

}  // namespace crier::cmd
