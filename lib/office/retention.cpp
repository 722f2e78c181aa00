#include "office/retention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/os.hpp"
#include "base/text.hpp"
#include "intake/held.hpp"
#include "office/permission.hpp"
#include "store/held_store.hpp"
#include "store/leaver_store.hpp"
#include "store/retention_store.hpp"

namespace crier::office {
namespace {

using store::Depth;
using store::Whose;

/// Rows in one transaction: it holds the lock for some hundredths of a second.
constexpr std::int64_t batch_rows = 2000;
/// People take longer: whatever hangs on them is looked for.
constexpr std::size_t batch_people = 20;

std::string days_of(std::optional<std::chrono::seconds> limit) {
  if (!limit) return "keep";
  constexpr std::int64_t day = 24 * 3600;
  return limit->count() % day == 0 ? fmt::format("{}d", limit->count() / day)
                                   : fmt::format("{}h", limit->count() / 3600);
}

enum class Mode { run, preview };

class Run {
 public:
  Run(const Office& office, Mode mode, const GoOn& between)
      : office_(office), mode_(mode), between_(between), now_(office.clock.now()) {
    require(office, Act::run_retention);
    for (const auto kind : all_data_kinds) {
      KindReport report;
      report.kind = kind;
      report.limit = office.settings.retention.of(kind);
      if (report.limit) report.before = now_ - *report.limit;
      report_.kinds.push_back(std::move(report));
    }
    // Only imports tell how old a survey's respondents are, and the rows of an import go with it at the
    // latest.
    auto& imports = of(DataKind::imports).before;
    const auto surveys = of(DataKind::surveys).before;
    if (imports && surveys) imports = std::min(*imports, *surveys);
    auto& rows = of(DataKind::import_rows).before;
    if (imports && (!rows || *rows < *imports)) rows = imports;
  }

  RetentionReport run() {
    const auto began = std::chrono::steady_clock::now();
    let_messages_go(DataKind::staff_mails, Depth::whole, Whose::crier);
    let_messages_go(DataKind::deliveries, Depth::whole, Whose::schools);
    let_messages_go(DataKind::words, Depth::words, Whose::anybody);
    for (const auto& rule : store::fact_rules()) let_facts_go(rule);
    let_held_go();
    let_leavers_go();
    forget_deleted();
    shorten_audit();
    note_end();
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    report_.free_bytes = store::free_bytes(office_.store);
    return std::move(report_);
  }

 private:
  KindReport& of(DataKind kind) { return report_.kinds[position(kind)]; }

  void add(DataKind kind, std::string_view what, std::int64_t count) {
    auto& list = of(kind).let_go;
    const auto found = std::ranges::find_if(list, [&](const LetGo& one) { return one.what == what; });
    if (found != list.end()) {
      found->count += count;
    } else {
      list.push_back({std::string(what), count});
    }
  }

  void add(DataKind kind, const store::MessageCounts& counts) {
    add(kind, "messages", counts.messages);
    add(kind, "deliveries", counts.deliveries);
  }

  /// One short transaction; false where nothing more may be done.
  template <typename Work>
  bool batch(DataKind kind, Work work) {
    if (report_.stopped) return false;
    {
      store::Transaction transaction(office_.store);
      const auto began = std::chrono::steady_clock::now();
      work();
      begin(kind);
      transaction.commit();
      report_.longest_lock =
          std::max(report_.longest_lock,
                   std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    }
    office_.store.checkpoint(store::usual_log_pages);
    if (between_ && !between_()) report_.stopped = true;
    return !report_.stopped;
  }

  /// With the first of what goes: that it does, and since when the kind is not whole. A kill in the middle
  /// leaves both.
  void begin(DataKind kind) {
    const auto& report = of(kind);
    if (!noted_[kind]) store::note_retention(office_.store, kind, report.before, now_);
    noted_[kind] = true;
    if (audited_) return;
    audited_ = true;
    std::string limits;
    for (const auto& one : report_.kinds) {
      if (one.limit)
        limits += fmt::format("{}{} {}", limits.empty() ? "" : ", ", to_text(one.kind), days_of(one.limit));
    }
    record(office_, "retention", "begun", limits);
  }

  void let_messages_go(DataKind kind, Depth depth, Whose whose) {
    const auto before = of(kind).before;
    if (!before || report_.stopped) return;
    of(kind).stays = store::messages_that_stay(office_.store, whose, *before);
    auto messages = store::messages_to_let_go(office_.store, depth, whose, *before);
    if (mode_ == Mode::preview) {
      // What goes whole has no words left to go.
      std::erase_if(messages, [&](std::int64_t one) { return !counted_.insert(one).second; });
      return add(kind, store::count_messages_to_let_go(office_.store, depth, messages));
    }
    add(kind, store::MessageCounts{});
    // Repeats are younger, and go before what they repeat.
    std::ranges::reverse(messages);
    auto next = messages.begin();
    store::MessageCursor cursor;
    while (next != messages.end()) {
      const bool more = batch(kind, [&] {
        // Many small messages share a transaction.
        for (std::int64_t room = batch_rows; room > 0 && next != messages.end();) {
          const auto counts = store::let_message_go(office_.store, depth, *next, *before, room, cursor, now_);
          add(kind, counts);
          room -= counts.deliveries + 20;
          if (!cursor.done) continue;
          cursor = {};
          ++next;
        }
      });
      if (!more) return;
    }
  }

  void let_facts_go(const store::FactRule& rule) {
    const auto before = of(rule.kind).before;
    if (!before || report_.stopped) return;
    const auto cutoff = store::make_cutoff(*before, now_);
    if (mode_ == Mode::preview) {
      return add(rule.kind, rule.what, store::count_rows_to_let_go(office_.store, rule, cutoff));
    }
    add(rule.kind, rule.what, 0);
    for (std::int64_t after = 0;;) {
      const auto rows = store::rows_to_let_go(office_.store, rule, cutoff, after, batch_rows);
      if (rows.empty()) return;
      after = rows.back();
      const bool more = batch(rule.kind, [&] {
        add(rule.kind, rule.what, store::let_rows_go(office_.store, rule, cutoff, rows));
      });
      if (!more) return;
    }
  }

  /// I7: nobody decided for so long; the files hold people. What was decided already leaves no files but
  /// where they could not be removed.
  void let_held_go() {
    const auto before = of(DataKind::held_imports).before;
    if (!before || report_.stopped) return;
    add(DataKind::held_imports, "held imports", 0);
    for (const auto import : store::held_before(office_.store, *before)) {
      if (mode_ == Mode::preview) {
        add(DataKind::held_imports, "held imports", 1);
        continue;
      }
      bool decided = false;
      const bool more = batch(DataKind::held_imports, [&] {
        decided = store::decide_held(office_.store, import, "discarded", now_, "retention");
      });
      if (decided) {
        intake::forget_files(office_.store.path(), import);
        add(DataKind::held_imports, "held imports", 1);
        std::error_code unknown;
        const auto folder = intake::held_folder(office_.store.path(), import);
        if (std::filesystem::exists(folder, unknown)) {
          of(DataKind::held_imports).fault = fmt::format("{} could not be removed", folder.string());
        }
      }
      if (!more) return;
    }
  }

  void let_leavers_go() {
    const auto before = of(DataKind::leavers).before;
    if (!before || report_.stopped) return;
    std::vector<std::int64_t> people;
    for (const auto& row : store::leavers(office_.store, std::nullopt, std::nullopt, *before)) {
      people.push_back(row.id);
    }
    if (mode_ == Mode::preview) {
      return add(DataKind::leavers, "people", static_cast<std::int64_t>(people.size()));
    }
    add(DataKind::leavers, "people", 0);
    for (std::size_t at = 0; at < people.size(); at += batch_people) {
      std::vector<std::int64_t> some(
          people.begin() + static_cast<std::ptrdiff_t>(at),
          people.begin() + static_cast<std::ptrdiff_t>(std::min(at + batch_people, people.size())));
      const bool more = batch(DataKind::leavers, [&] {
        // Who has come back meanwhile stays.
        for (const auto here : store::still_here(office_.store, some)) std::erase(some, here);
        const auto erased = store::erase_people(office_.store, some, store::Anonymise::after_keeping, now_);
        add(DataKind::leavers, "people", erased.people);
      });
      if (!more) return;
    }
  }

  /// I10: of whoever was deleted reports kept the deliveries; without those nothing is left to keep.
  void forget_deleted() {
    if (mode_ == Mode::preview || report_.stopped || !of(DataKind::deliveries).before) return;
    while (store::any_deleted_to_forget(office_.store)) {
      const bool more =
          batch(DataKind::deliveries, [&] { store::forget_deleted(office_.store, batch_rows); });
      if (!more) return;
    }
  }

  void shorten_audit() {
    const auto before = of(DataKind::audit).before;
    if (!before || report_.stopped) return;
    const auto due = store::count_audit_to_shorten(office_.store, *before);
    if (mode_ == Mode::preview) return add(DataKind::audit, "entries", due);
    add(DataKind::audit, "entries", 0);
    if (due == 0) return;
    // M7: what was tampered with is not to be tidied away.
    if (const auto check = check_audit(office_); !check.fault.empty()) {
      of(DataKind::audit).fault = fmt::format("the audit log stays as it is: {}", check.fault);
      return;
    }
    for (std::int64_t left = due; left > 0;) {
      std::int64_t gone = 0;
      const bool more = batch(DataKind::audit, [&] {
        gone = store::shorten_audit(office_.store, *before, std::min(left, batch_rows));
        add(DataKind::audit, "entries", gone);
      });
      if (gone == 0 || !more) return;
      left -= gone;
    }
  }

  void note_end() {
    if (mode_ == Mode::preview) return;
    store::Transaction transaction(office_.store);
    for (const auto& one : report_.kinds) {
      if (one.before && !noted_[one.kind]) store::note_retention(office_.store, one.kind, std::nullopt, now_);
    }
    if (audited_) {
      std::string counts;
      for (const auto& kind : report_.kinds) {
        for (const auto& one : kind.let_go) {
          if (one.count == 0) continue;
          counts +=
              fmt::format("{}{}: {} {}", counts.empty() ? "" : ", ", to_text(kind.kind), one.count, one.what);
        }
      }
      record(office_, "retention", report_.stopped ? "stopped" : "done", counts);
    }
    transaction.commit();
    office_.store.checkpoint();
  }

  const Office& office_;
  Mode mode_;
  const GoOn& between_;
  Instant now_;
  RetentionReport report_;
  std::map<DataKind, bool> noted_;
  std::set<std::int64_t> counted_;
  bool audited_ = false;
};

}  // namespace

std::int64_t KindReport::total() const {
  std::int64_t sum = 0;
  for (const auto& one : let_go) sum += one.count;
  return sum;
}

std::int64_t RetentionReport::total() const {
  std::int64_t sum = 0;
  for (const auto& one : kinds) sum += one.total();
  return sum;
}

bool RetentionReport::in_part() const {
  return stopped || std::ranges::any_of(kinds, [](const KindReport& one) { return !one.fault.empty(); });
}

RetentionReport run_retention(const Office& office, const GoOn& between) {
  return Run(office, Mode::run, between).run();
}

RetentionReport preview_retention(const Office& office) {
  const store::Snapshot snapshot(office.store);
  return Run(office, Mode::preview, {}).run();
}

std::int64_t compact_store(const Office& office) {
  require(office, Act::run_retention);
  const auto size = [&] {
    std::error_code unknown;
    const auto bytes = std::filesystem::file_size(office.store.path(), unknown);
    return unknown ? std::int64_t{0} : static_cast<std::int64_t>(bytes);
  };
  office.store.checkpoint();
  const auto before = size();
  office.store.compact();
  return std::max<std::int64_t>(0, before - size());
}

std::optional<Instant> whole_from(const Office& office, DataKind kind) {
  return store::whole_from(office.store, kind);
}

Table retention_table(const Office& office) {
  require(office, Act::look);
  Table table;
  table.name = "kinds";
  table.title = "Retention";
  table.columns = {{"kind", "Kind"},
                   {"limit", "Kept"},
                   {"before", "Goes if older than", ColumnKind::instant},
                   {"whole_from", "Whole since", ColumnKind::instant},
                   {"ran", "Looked at", ColumnKind::instant}};
  const auto lines = store::retention_lines(office.store);
  const auto now = office.clock.now();
  for (const auto kind : all_data_kinds) {
    const auto limit = office.settings.retention.of(kind);
    std::vector<Cell> row{std::string(to_text(kind)), days_of(limit), limit ? Cell(now - *limit) : Cell(),
                          Cell(), Cell()};
    for (const auto& line : lines) {
      if (line.kind != to_text(kind)) continue;
      if (line.whole_from) row[3] = *line.whole_from;
      row[4] = line.ran;
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace crier::office
