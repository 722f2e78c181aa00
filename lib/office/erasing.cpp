#include "office/erasing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "format/zip.hpp"
#include "intake/held.hpp"
#include "model/person.hpp"
#include "office/permission.hpp"
#include "store/held_store.hpp"
#include "store/leaver_store.hpp"

namespace crier::office {
namespace {

/// A store up to this size is written anew at once, so that no page holds a trace.
constexpr std::uintmax_t written_anew = 512ULL << 20;

void require_for(const Office& office, const store::KnownPerson& person) {
  const auto schools = store::schools_of_person(office.store, person.id);
  if (schools.empty()) require(office, Act::erase_person);
  // Of each of their schools: they go from all of them.
  for (const auto& school : schools) require(office, Act::erase_person, {{school}, ""});
}

enum class Found { no, yes, unknown };

/// Files are looked into as they lie: in a text that is not UTF-8, or an archive that cannot be read, nobody
/// can be found.
Found look_into(const std::filesystem::path& file, const Scrubber& names) {
  const auto judge = [&](std::string_view text) {
    if (names.mentions(text)) return Found::yes;
    return is_utf8(text) ? Found::no : Found::unknown;
  };
  try {
    if (to_lower(file.extension().string()) != ".zip") return judge(os::read_file(file));
    format::ZipArchive archive(file);
    auto found = Found::no;
    for (const auto& entry : archive.entries()) {
      if (entry.kind != format::ZipEntry::Kind::file) continue;
      std::string text;
      archive.stream(entry, [&](std::string_view piece) { text += piece; });
      found = std::max(found, judge(text), [](Found a, Found b) {
        const auto rank = [](Found one) { return one == Found::yes ? 2 : one == Found::unknown ? 1 : 0; };
        return rank(a) < rank(b);
      });
    }
    return found;
  } catch (const Error&) {
    return Found::unknown;
  }
}

std::vector<HeldMention> held_mentions(const Office& office, const store::Naming& naming) {
  // In an export given and family name stand in cells of their own.
  auto forms = naming.anywhere;
  forms.insert(forms.end(), naming.ids.begin(), naming.ids.end());
  const Scrubber names(forms);
  std::vector<HeldMention> mentions;
  for (const auto import : store::held_before(office.store, office.clock.now() + std::chrono::days(36500))) {
    auto found = Found::no;
    std::error_code unknown;
    const auto folder = intake::held_folder(office.store.path(), import) / "given";
    for (auto file = std::filesystem::recursive_directory_iterator(folder, unknown);
         !unknown && file != std::filesystem::recursive_directory_iterator(); file.increment(unknown)) {
      if (!file->is_regular_file()) continue;
      const auto one = look_into(file->path(), names);
      if (one == Found::yes || (one == Found::unknown && found == Found::no)) found = one;
    }
    if (unknown) found = Found::unknown;
    if (found != Found::no) mentions.push_back({import, found == Found::yes});
  }
  return mentions;
}

ErasureView view_of(const Office& office, store::KnownPerson person, const store::Naming& naming,
                    const store::Mentions& mentions) {
  ErasureView view;
  view.counts = store::count_of_person(office.store, person.id);
  for (const auto& [table, rows] : mentions.rows) view.texts += static_cast<std::int64_t>(rows.size());
  view.also = store::also_stored_as(office.store, person.id);
  view.shares_name = naming.shares_name;
  view.shared_addresses = naming.shared_addresses;
  view.held = held_mentions(office, naming);
  view.in_the_way = store::in_the_way(office.store, naming, mentions);
  view.person = std::move(person);
  return view;
}

void require_nothing_under_way(const store::InTheWay& in_the_way) {
  if (!in_the_way.messages.empty()) {
    throw Error(
        Exit::refused_by_rule, "under-way",
        fmt::format("message {} names them and has not left yet", in_the_way.messages.front()),
        fmt::format("Wait until it has, or 'crier cancel {}'; then try again.", in_the_way.messages.front()));
  }
  if (in_the_way.claimed > 0) {
    throw Error(Exit::refused_by_rule, "under-way",
                "a message to them, or one that names them, is being handed over just now",
                "Try again in a minute.");
  }
}

bool remove_traces(const Office& office) {
  std::error_code unknown;
  const auto size = std::filesystem::file_size(office.store.path(), unknown);
  try {
    if (!unknown && size <= written_anew) {
      office.store.compact();
    }
  } catch (const Error&) {
    return false;  // they are erased all the same
  }
  return office.store.empty_log() && !unknown && size <= written_anew;
}

}  // namespace

store::KnownPerson one_person(const Office& office, std::string_view code) {
  auto people = store::people_called(office.store, fold(code), code);
  if (!office.school.empty()) {
    std::erase_if(people, [&](const auto& person) { return fold(person.school) != fold(office.school); });
  }
  if (people.empty()) {
    throw Error(Exit::nothing_there, "no-such-person", fmt::format("nobody has the code or id '{}'", code),
                "Look for a name with 'crier resolve \"name:…\"' or \"contact:name:…\".");
  }
  if (people.size() > 1) {
    std::string names;
    for (const auto& person : people) {
      names += fmt::format(
          "{}{} ({}{}{}, {} of {})", names.empty() ? "" : "; ", list_name(person.family, person.given),
          person.kind, person.school.empty() ? "" : " of ", person.school, person.source_id, person.source);
    }
    throw Error(Exit::usage, "ambiguous-code",
                fmt::format("{} people have the code or id '{}': {}", people.size(), code, names),
                "Give the source's id instead, or the school with --school.");
  }
  return std::move(people.front());
}

ErasureView look_at_erasure(const Office& office, std::string_view code) {
  auto person = one_person(office, code);
  require_for(office, person);
  const auto naming = store::naming_of(office.store, person.id);
  return view_of(office, std::move(person), naming, store::find_mentions(office.store, naming));
}

Erasure erase_person(const Office& office, std::string_view code) {
  const auto person = one_person(office, code);
  require_for(office, person);
  const auto naming = store::naming_of(office.store, person.id);
  // Looked for without the lock; what has come since is looked for again under it.
  const auto mentions = store::find_mentions(office.store, naming);
  Erasure erasure;
  erasure.view = view_of(office, person, naming, mentions);
  {
    store::Transaction transaction(office.store);
    require_nothing_under_way(store::in_the_way(office.store, naming, mentions));
    std::vector<std::int64_t> people{person.id};
    for (const auto addressee : store::staff_addressees(office.store, person.id)) people.push_back(addressee);
    const auto now = office.clock.now();
    erasure.cancelled = store::cancel_naming(office.store, naming, mentions, now);
    const auto erased = store::erase_people(office.store, people, store::Anonymise::at_once, now);
    erasure.cancelled += erased.cancelled;
    erasure.row_stays = erased.kept > 0;
    const auto scrubbed = store::scrub_mentions(office.store, naming, mentions);
    erasure.texts = scrubbed.texts + scrubbed.issues;
    erasure.audit = scrubbed.audit;
    record(office, "erase", fmt::format("person {}", person.id),
           fmt::format("{}; {} messages cancelled, names taken out of {} texts and {} audit entries",
                       person.kind, erasure.cancelled, erasure.texts, erasure.audit));
    transaction.commit();
  }
  erasure.traces_gone = remove_traces(office);
  os::ring(bell_path(office.store.path()));
  return erasure;
}

}  // namespace crier::office
