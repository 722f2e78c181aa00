#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <span>

#include "base/text.hpp"
#include "command.hpp"
#include "office/groups.hpp"
#include "office/issues.hpp"
#include "office/naming.hpp"

namespace crier::cmd {
namespace {

// Each asks this program for the words: what there is changes with every import.
constexpr std::string_view bash_script = R"sh(# crier completion for bash: . <(crier completion bash)
_crier() {
  local cur prev words cword
  if declare -F _init_completion >/dev/null; then
    _init_completion -n : || return
  else
    words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]}
  fi
  local IFS=$'\n'
  COMPREPLY=($(crier completion words -- "${words[@]:1:cword}" 2>/dev/null))
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[:=] ]] && compopt -o nospace
  [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local i front=${cur%"${cur##*:}"}
    for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$front"}; done
  fi
}
complete -F _crier crier
)sh";

constexpr std::string_view zsh_script = R"sh(#compdef crier
# crier completion for zsh: put it as _crier into a folder of $fpath, or . <(crier completion zsh)
_crier() {
  local -a found
  found=("${(@f)$(crier completion words -- "${words[@]:1:$((CURRENT-1))}" 2>/dev/null)}")
  found=(${found:#})
  if (( ${#found} )); then
    compadd -S '' -- ${(M)found:#*:}
    compadd -- ${found:#*:}
  else
    _files
  fi
}
if [[ $funcstack[1] == _crier ]]; then _crier "$@"; else compdef _crier crier; fi
)sh";

constexpr std::string_view fish_script =
    R"sh(# crier completion for fish: crier completion fish > ~/.config/fish/completions/crier.fish
function __crier_words
    set -l words (commandline -opc) (commandline -ct)
    crier completion words -- $words[2..-1] 2>/dev/null
end
complete -c crier -f -a '(__crier_words)'
complete -c crier -n 'string match -qr -- "--(body-file|attach|map|config|store|output)$" (commandline -opc)[-1]' -F
)sh";

/// Where the words so far have led to.
struct Place {
  const CLI::App* command = nullptr;
  /// `schedule show`
  std::string path;
  /// The option whose value is written; null: none.
  const CLI::Option* option = nullptr;
  /// How many words without a dash have been given to the command.
  std::size_t given = 0;
  std::span<const std::string> words;
  bool has_given(std::string_view word) const {
    return std::find(words.begin(), words.end(), word) != words.end();
  }
};

const CLI::Option* find_option(const CLI::App* at, std::string_view name) {
  for (; at != nullptr; at = at->get_parent()) {
    for (const auto* option : at->get_options([](const CLI::Option*) { return true; })) {
      for (const auto& known : option->get_lnames()) {
        if (name == "--" + known) return option;
      }
      for (const auto& known : option->get_snames()) {
        if (name == "-" + known) return option;
      }
    }
  }
  return nullptr;
}

const CLI::App* find_command(const CLI::App* at, std::string_view name) {
  for (const auto* one : at->get_subcommands([](const CLI::App*) { return true; })) {
    if (one->get_name() == name) return one;
  }
  return nullptr;
}

Place place_of(const CLI::App& app, const std::vector<std::string>& words) {
  Place place{&app, "", nullptr, 0, words};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const auto& word = words[i];
    if (place.option != nullptr) {
      place.option = nullptr;
    } else if (word.starts_with("-") && word != "-") {
      const auto* option = word.find('=') == std::string::npos ? find_option(place.command, word) : nullptr;
      if (option != nullptr && option->get_expected_max() > 0 && option->get_items_expected_max() > 0) {
        place.option = option;
      }
    } else if (const auto* next = place.given == 0 ? find_command(place.command, word) : nullptr) {
      place.command = next;
      place.path += (place.path.empty() ? "" : " ") + word;
    } else {
      ++place.given;
    }
  }
  return place;
}

/// The words that the option itself names in its help: `TEXT:{csv,json}`.
std::vector<std::string> declared_words(const CLI::Option& option) {
  const auto declared = option.get_type_name();
  const auto begin = declared.find('{');
  const auto end = declared.find('}', begin == std::string::npos ? 0 : begin);
  if (end == std::string::npos || begin == std::string::npos) return {};
  std::vector<std::string> words;
  for (const auto word : split(std::string_view(declared).substr(begin + 1, end - begin - 1), ',')) {
    words.emplace_back(trim_invisible(word));
  }
  return words;
}

/// Lists with commas: what stands before the last one stays.
std::vector<std::string> behind_comma(std::string_view written, const std::vector<std::string>& words) {
  const auto before = written.substr(0, written.rfind(',') + 1);
  std::vector<std::string> all;
  for (const auto& word : words) all.push_back(std::string(before) + word);
  return all;
}

std::vector<std::string> values_of(Session& session, const Place& place, std::string_view written) {
  const auto name = place.option->get_lnames().empty() ? std::string() : place.option->get_lnames().front();
  if (name == "via") return behind_comma(written, office::channel_words());
  if (auto declared = declared_words(*place.option); !declared.empty()) return declared;
  if (name == "type") return office::channel_words();
  if (name == "to") return behind_comma(written, office::receiver_words());
  if (name == "state" && place.path == "status") {
    return place.has_given("--recipients") ? office::delivery_state_words() : office::job_state_words();
  }
  if (name == "state") return {office::issue_states.begin(), office::issue_states.end()};
  if (name == "now") return office::source_names(session.settings());
  const auto& office = session.office(office::StoreAccess::read);
  if (name == "school") return office::school_codes(office);
  if (name == "matching") return office::expression_words(office, written);
  if (name == "template") return office::template_names(office);
  if (name == "kind") return behind_comma(written, office::known_issue_kinds(office));
  if (name == "saved") return office::saved_filter_names(office);
  if (name == "person") return office::person_codes(office, written);
  if (name == "again") return office::message_numbers(office);
  if (name == "asker") return office::person_codes(office, written);
  return {};
}

std::vector<std::string> operands_of(Session& session, const Place& place, std::string_view written) {
  const auto is = [&](std::initializer_list<std::string_view> paths) {
    return std::find(paths.begin(), paths.end(), place.path) != paths.end();
  };
  if (is({"completion"})) return {"bash", "zsh", "fish"};
  const auto& office = session.office(office::StoreAccess::read);
  if (is({"resolve", "send"})) {
    return place.given == 0 ? office::expression_words(office, written) : std::vector<std::string>{};
  }
  if (is({"people show", "people export", "people erase", "people edit", "people delete", "people relate",
          "people unrelate", "people merge", "people unmerge", "contacts show", "contacts opt-out",
          "contacts opt-in", "contacts consent", "leavers delete"}) ||
      (is({"people add-address", "people remove-address"}) && place.given == 0) ||
      (is({"groups add-members", "groups remove-members"}) && place.given > 0)) {
    return office::person_codes(office, written);
  }
  if (is({"status", "rerun"})) return office::job_numbers(office);
  if (is({"approve", "reject", "cancel"})) return office::message_numbers(office);
  if (is({"schedule show", "schedule run", "schedule enable", "schedule disable"}))
    return office::schedule_names(office);
  if (is({"groups edit", "groups delete", "groups add-members", "groups remove-members"})) {
    return place.given == 0 ? office::hand_group_names(office) : std::vector<std::string>{};
  }
  if (is({"people remove-address"})) {
    return {"email:home", "email:work", "phone:mobile", "phone:home", "phone:work", "wechat"};
  }
  if (is({"issues forget"})) return office::saved_filter_names(office);
  if (is({"template preview", "template check"})) return office::template_names(office);
  return {};
}

std::vector<std::string> candidates(Session& session, const CLI::App& app,
                                    const std::vector<std::string>& words) {
  const std::string written = words.empty() ? "" : words.back();
  const auto place = place_of(app, words);
  if (place.option != nullptr) return values_of(session, place, written);
  std::vector<std::string> all;
  if (written.starts_with("-")) {
    for (const auto* at = place.command; at != nullptr; at = at->get_parent()) {
      for (const auto* option : at->get_options([](const CLI::Option*) { return true; })) {
        for (const auto& name : option->get_lnames()) all.push_back("--" + name);
      }
    }
    return all;
  }
  if (place.given == 0) {
    for (const auto* one : place.command->get_subcommands([](const CLI::App*) { return true; })) {
      // An empty group hides it from help, and so from here.
      if (!one->get_group().empty()) all.push_back(one->get_name());
    }
  }
  return all.empty() ? operands_of(session, place, written) : all;
}

/// `--config` and its like within the words hold for what is looked up too.
void take_globals(Session& session, const std::vector<std::string>& words) {
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    if (words[i] == "--config") session.globals.config = words[i + 1];
    if (words[i] == "--store") session.globals.store = words[i + 1];
  }
}

}  // namespace

bool asks_for_words(int argc, char** argv) {
  return argc >= 3 && std::string_view(argv[1]) == "completion" && std::string_view(argv[2]) == "words";
}

Exit print_words(Session& session, const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> words(argv + 3, argv + argc);
  if (!words.empty() && words.front() == "--") words.erase(words.begin());
  take_globals(session, words);
  const std::string written = words.empty() ? "" : words.back();
  try {
    std::string text;
    for (const auto& word : candidates(session, app, words)) {
      if (fold(word).starts_with(fold(written))) text += word + "\n";
    }
    session.print(text);
  } catch (const Error&) {
    // Without a store, or with broken settings, there is nothing to offer; the command itself will say why.
  }
  return Exit::done;
}

void add_completion(CLI::App& app, Session& session) {
  auto& command = subcommand(app, "completion", "complete commands and names at a terminal",
                             "Examples:\n"
                             "  . <(crier completion bash)\n"
                             "  crier completion fish > ~/.config/fish/completions/crier.fish");
  command.require_subcommand(1);
  const std::pair<const char*, std::string_view> shells[] = {
      {"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};
  for (const auto& [name, script] : shells) {
    auto& shell = subcommand(command, name, "the script for this shell",
                             fmt::format("Example:\n  crier completion {}", name).c_str());
    shell.callback([&session, script = script] {
      session.run = [&session, script] {
        session.print(script);
        return Exit::done;
      };
    });
  }
}

}  // namespace crier::cmd
