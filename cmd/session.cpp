#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iostream>

#include "base/log.hpp"
#include "base/os.hpp"
#include "base/os_pager.hpp"
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
  show(drawn(table));
}

void Session::show(std::string_view text) {
  const bool reads = os::is_terminal(os::Stream::out) && !json() && !globals.no_pager;
  if (reads && static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) >= os::terminal_rows()) {
    const auto pager = os::chosen_pager();
    if (pager && os::show_in_pager(*pager, text)) return;
  }
  print(text);
}

std::string Session::drawn(const Table& table, std::span<const std::string_view> least_important) {
  const auto columns = os::is_terminal(os::Stream::out) ? os::terminal_columns() : 0;
  const output::TerminalStyle style{zone(), columns, paint()};
  if (least_important.empty()) return output::terminal_table(table, style);
  return output::terminal_table(output::without_columns(table, style, least_important), style);
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

std::string counts_text(const std::map<Channel, std::int64_t>& messages) {
  std::string text;
  for (const auto& [channel, count] : messages)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, to_text(channel));
  return text;
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

namespace {

/// Written as a date is: only the calendar or the clock objects.
bool looks_like_date(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-dd";
  if (text.size() < form.size()) return false;
  return std::equal(form.begin(), form.end(), text.begin(),
                    [](char is, char c) { return is == 'd' ? c >= '0' && c <= '9' : is == c; });
}

}  // namespace

Instant parse_when(std::string_view text, const Zone& zone, std::string_view option) {
  if (const auto at = parse_rfc3339(text)) return *at;
  if (const auto local = parse_local(text)) return zone.instant(*local);
  throw Error(Exit::usage, "bad-time",
              looks_like_date(text) ? fmt::format("{}: there is no such day or time as '{}'", option, text)
                                    : fmt::format("{}: '{}' is no date or time", option, text),
              "Write 2026-11-25, 2026-11-25T16:00 (the school's time) or an RFC 3339 time.");
}

TimeRange parse_range(std::string_view from, std::string_view from_option, std::string_view to,
                      std::string_view to_option, const Zone& zone) {
  TimeRange range;
  if (!from.empty()) range.from = parse_when(from, zone, from_option);
  if (!to.empty()) range.to = parse_when(to, zone, to_option);
  if (range.from && range.to && *range.to <= *range.from) {
    throw Error(Exit::usage, "bad-range",
                fmt::format("{} {} is not before {} {}", from_option, from, to_option, to),
                fmt::format("Give the earlier time with {}.", from_option));
  }
  return range;
}

std::size_t parse_choice(std::string_view option, std::string_view word, std::span<const std::string> words,
                         std::string code) {
  const auto sought = to_lower(trim_invisible(word));
  const auto found = std::find(words.begin(), words.end(), sought);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  throw Error(Exit::usage, std::move(code),
              fmt::format("{}: nothing is called '{}'{}", option, word, did_you_mean(sought, words)),
              "There are: " + join(words, ", ") + ".");
}

CLI::App& subcommand(CLI::App& app, const char* name, const char* about, const char* examples) {
  auto* command = app.add_subcommand(name, about);
  command->fallthrough();
  command->footer(examples);
  return *command;
}

}  // namespace crier::cmd
