#include "format/icalendar.hpp"

#include <fmt/format.h>
#include <libical/ical.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "base/text.hpp"
#include "format/encoding.hpp"

namespace crier::format {
namespace {

using std::chrono::days;
using std::chrono::seconds;

/// A rule that has not left the time asked for after so many times repeats too often to be a school's.
constexpr int most_times = 20'000;
/// Longer than this is no holiday but a mistake in the years.
constexpr days longest{400};

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;

std::string one_line(const char* text) {
  std::string line(text == nullptr ? "" : trim_invisible(text));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return line;
}

Date date_of(const icaltimetype& time) {
  return Date(std::chrono::year(time.year), std::chrono::month(static_cast<unsigned>(time.month)),
              std::chrono::day(static_cast<unsigned>(time.day)));
}

/// As it stands in the file, on whatever wall.
LocalTime written(const icaltimetype& time) {
  return LocalTime(std::chrono::local_days(date_of(time))) +
         std::chrono::hours(time.is_date ? 0 : time.hour) +
         std::chrono::minutes(time.is_date ? 0 : time.minute) + seconds(time.is_date ? 0 : time.second);
}

bool is_good(const icaltimetype& time) {
  return !icaltime_is_null_time(time) && date_of(time).ok() && time.year > 1900 && time.year < 2200;
}

std::string zone_name(icalproperty* property) {
  auto* parameter =
      property == nullptr ? nullptr : icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
  const auto* name = parameter == nullptr ? nullptr : icalparameter_get_tzid(parameter);
  return name == nullptr ? std::string() : std::string(name);
}

/// All at once: the library remembers in the event how far somebody has looked, and whoever asks it anything
/// else meanwhile begins anew.
std::vector<icalproperty*> properties(icalcomponent* event, icalproperty_kind kind) {
  std::vector<icalproperty*> all;
  for (auto* one = icalcomponent_get_first_property(event, kind); one != nullptr;
       one = icalcomponent_get_next_property(event, kind)) {
    all.push_back(one);
  }
  return all;
}

class Reader {
 public:
  Reader(const Zone& zone, Date from, Date upto) : zone_(zone), from_(from), upto_(upto) {}

  void read(icalcomponent* calendar) {
    for (auto* event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event != nullptr;
         event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
      ++reading_.in_file;
      if (icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY) != nullptr) {
        moved_.push_back(event);
      } else {
        masters_.push_back(event);
      }
    }
  }

  CalendarReading finish() {
    // A moved day takes the place of its master's, in whichever order they stand.
    for (auto* event : moved_) {
      const auto id = icalcomponent_get_recurrenceid(event);
      if (is_good(id)) replaced_[uid_of(event)].insert(written(id));
    }
    for (auto* event : masters_) take(event);
    for (auto* event : moved_) take_once(event);
    auto& events = reading_.events;
    const auto order = [](const CalendarEvent& one) {
      return std::tie(one.first, one.last, one.summary, one.uid);
    };
    std::sort(events.begin(), events.end(),
              [&](const auto& a, const auto& b) { return order(a) < order(b); });
    const auto same = [&](const auto& a, const auto& b) { return order(a) == order(b); };
    events.erase(std::unique(events.begin(), events.end(), same), events.end());
    return std::move(reading_);
  }

 private:
  static std::string uid_of(icalcomponent* event) { return one_line(icalcomponent_get_uid(event)); }

  void tell(icalcomponent* event, std::string problem) {
    reading_.problems.push_back({one_line(icalcomponent_get_summary(event)), std::move(problem)});
  }

  static bool is_cancelled(icalcomponent* event) {
    return icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED;
  }

  /// How long each time takes, from its start on the wall on which it is written.
  std::optional<seconds> length_of(icalcomponent* event, const icaltimetype& start) {
    if (icalcomponent_get_first_property(event, ICAL_DTEND_PROPERTY) != nullptr) {
      const auto end = icalcomponent_get_dtend(event);
      if (!is_good(end)) return std::nullopt;
      // Both on one wall, so that a change of clocks does not shorten it.
      return written(end) - written(start);
    }
    if (auto* property = icalcomponent_get_first_property(event, ICAL_DURATION_PROPERTY)) {
      return seconds(icaldurationtype_as_int(icalproperty_get_duration(property)));
    }
    return start.is_date ? seconds(days(1)) : seconds(0);
  }

  /// What the school's wall shows at a time of the event.
  LocalTime at_school(icalcomponent* event, const icaltimetype& time) {
    if (time.is_date) return written(time);
    if (icaltime_is_utc(time)) return zone_.local(Instant(written(time).time_since_epoch()));
    const auto name = zone_name(icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY));
    if (name.empty()) return written(time);
    if (Zone::exists(name)) return zone_.local(Zone(name).instant(written(time)));
    if (auto* known = const_cast<icaltimezone*>(time.zone); known != nullptr) {  // the file brings it along
      return zone_.local(Instant(seconds(icaltime_as_timet_with_zone(time, known))));
    }
    if (unknown_.insert(name).second) {
      tell(event,
           fmt::format("the time zone '{}' is unknown: its times are taken as the school's own", name));
    }
    return written(time);
  }

  void add(icalcomponent* event, const icaltimetype& start, seconds length) {
    const auto begin = at_school(event, start);
    // An end is the first moment after it; what takes no time is on its day.
    const auto end = length.count() > 0 ? begin + length - seconds(1) : begin;
    CalendarEvent one;
    one.first = Date(std::chrono::floor<days>(begin));
    one.last = Date(std::chrono::floor<days>(end));
    if (one.last < from_ || one.first > upto_) return;
    one.uid = uid_of(event);
    one.summary = one_line(icalcomponent_get_summary(event));
    one.all_day = start.is_date;
    for (auto* property : properties(event, ICAL_CATEGORIES_PROPERTY)) {
      const auto list = one_line(icalproperty_get_categories(property));
      for (const auto word : split(list, ',')) {
        if (const auto category = trim_invisible(word); !category.empty())
          one.categories.emplace_back(category);
      }
    }
    reading_.events.push_back(std::move(one));
  }

  /// Start and length of an event that can be taken; else nothing, and it is told why.
  std::optional<std::pair<icaltimetype, seconds>> begin(icalcomponent* event) {
    const auto start = icalcomponent_get_dtstart(event);
    if (!is_good(start)) {
      tell(event, "it has no first day: left out");
      return std::nullopt;
    }
    const auto length = length_of(event, start);
    if (!length || length->count() < 0) {
      tell(event, fmt::format("it begins on {} and ends before that: left out", to_iso(date_of(start))));
      return std::nullopt;
    }
    if (*length > longest) {
      tell(event, fmt::format("it begins on {} and takes more than {} days: left out", to_iso(date_of(start)),
                              longest.count()));
      return std::nullopt;
    }
    return std::pair(start, *length);
  }

  void take_once(icalcomponent* event) {
    if (is_cancelled(event)) return;
    if (const auto begun = begin(event)) add(event, begun->first, begun->second);
  }

  void take(icalcomponent* event) {
    if (is_cancelled(event)) return;
    const auto begun = begin(event);
    if (!begun) return;
    const auto& [start, length] = *begun;
    for (const auto& time : times_of(event, start)) add(event, time, length);
  }

  /// All times of a master: its own, its rules', those set by RDATE, without those taken out or moved.
  std::vector<icaltimetype> times_of(icalcomponent* event, const icaltimetype& start) {
    std::map<LocalTime, icaltimetype> times{{written(start), start}};
    for (auto* rule : properties(event, ICAL_RRULE_PROPERTY)) {
      expand(event, icalproperty_get_rrule(rule), start, times);
    }
    for (auto* more : properties(event, ICAL_RDATE_PROPERTY)) {
      const auto value = icalproperty_get_rdate(more);
      const auto time = icaltime_is_null_time(value.time) ? value.period.start : value.time;
      if (is_good(time)) times.emplace(written(time), time);
    }
    const auto take_out = [&](LocalTime gone, bool whole_day) {
      std::erase_if(times, [&](const auto& one) {
        return whole_day ? std::chrono::floor<days>(one.first) == std::chrono::floor<days>(gone)
                         : one.first == gone;
      });
    };
    for (auto* gone : properties(event, ICAL_EXDATE_PROPERTY)) {
      const auto time = icalproperty_get_exdate(gone);
      if (is_good(time)) take_out(written(time), time.is_date);
    }
    if (const auto moved = replaced_.find(uid_of(event)); moved != replaced_.end()) {
      for (const auto at : moved->second) take_out(at, start.is_date);
    }
    std::vector<icaltimetype> found;
    for (const auto& [at, time] : times) found.push_back(time);
    return found;
  }

  void expand(icalcomponent* event, const icalrecurrencetype& rule, const icaltimetype& start,
              std::map<LocalTime, icaltimetype>& times) {
    if (rule.freq == ICAL_NO_RECURRENCE) {
      tell(event, "its rule cannot be read: it is taken once");
      return;
    }
    // No day off repeats by the hour, and the library may look at every hour of years to find the next.
    if (rule.freq == ICAL_HOURLY_RECURRENCE || rule.freq == ICAL_MINUTELY_RECURRENCE ||
        rule.freq == ICAL_SECONDLY_RECURRENCE) {
      tell(event, "it repeats by the hour or faster, as no day off does: it is taken once");
      return;
    }
    std::unique_ptr<icalrecur_iterator, void (*)(icalrecur_iterator*)> each(
        icalrecur_iterator_new(rule, start), icalrecur_iterator_free);
    if (!each) {
      tell(event, "its rule cannot be read: it is taken once");
      return;
    }
    for (int count = 0; count < most_times; ++count) {
      const auto time = icalrecur_iterator_next(each.get());
      if (icaltime_is_null_time(time) || !is_good(time) || date_of(time) > upto_) return;
      times.emplace(written(time), time);
    }
    tell(event, fmt::format("its rule repeats more than {} times: what comes later is left out", most_times));
  }

  const Zone& zone_;
  Date from_;
  Date upto_;
  std::vector<icalcomponent*> masters_;
  std::vector<icalcomponent*> moved_;
  std::map<std::string, std::set<LocalTime>> replaced_;
  std::set<std::string> unknown_;
  CalendarReading reading_;
};

[[noreturn]] void refuse(std::string code, std::string message) {
  throw Error(Exit::refused_input, std::move(code), std::move(message),
              "Export the calendar again as iCalendar (.ics), then import that file.");
}

std::string text_of(std::string_view bytes) {
  if (const auto foreign = name_foreign_format(bytes)) {
    refuse("no-calendar", fmt::format("this is {}, not a calendar", *foreign));
  }
  auto text = decode(bytes, sniff_encoding(bytes));
  if (text.find('\0') != std::string::npos) refuse("no-calendar", "the file holds NUL bytes");
  const auto upper = fold(text.substr(0, 2000));
  if (upper.find("begin:vcalendar") == std::string::npos) {
    refuse("no-calendar", "the file does not begin as a calendar does, with BEGIN:VCALENDAR");
  }
  return text;
}

std::size_t count(std::string_view text, std::string_view line) {
  std::size_t found = 0;
  for (const auto one : split(text, '\n')) found += fold(trim_invisible(one)) == line;
  return found;
}

}  // namespace

CalendarReading read_icalendar(std::string_view bytes, const Zone& zone, Date from, Date upto) {
  const auto text = text_of(bytes);
  // The parser ends an event that the file does not: half a file would pass for a whole one.
  if (count(text, "begin:vcalendar") != count(text, "end:vcalendar") ||
      count(text, "begin:vevent") != count(text, "end:vevent")) {
    refuse("cut-off", "the calendar is cut off: not everything that begins in it ends");
  }
  const Component root(icalparser_parse_string(text.c_str()));
  if (!root) refuse("no-calendar", "the file cannot be read as a calendar");
  Reader reader(zone, from, upto);
  if (icalcomponent_isa(root.get()) == ICAL_VCALENDAR_COMPONENT) {
    reader.read(root.get());
  } else {
    for (auto* one = icalcomponent_get_first_component(root.get(), ICAL_VCALENDAR_COMPONENT); one != nullptr;
         one = icalcomponent_get_next_component(root.get(), ICAL_VCALENDAR_COMPONENT)) {
      reader.read(one);
    }
  }
  return reader.finish();
}

}  // namespace crier::format
