"""`crier import calendar`: days off from .ics files, by the school's own rule of what a closure is (I12, D3, C4)."""

import csv
import json

import crier_case
import oneroster
from crier_case import CrierCase

CORPUS = crier_case.SOURCE / ".." / "shared" / "corpus" / "calendars"


def calendar(*events):
    text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\n"
    for number, (first, after, title, *more) in enumerate(events):
        text += (f"BEGIN:VEVENT\r\nUID:e{number}\r\nSUMMARY:{title}\r\nDTSTART;VALUE=DATE:{first}\r\n"
                 f"DTEND;VALUE=DATE:{after}\r\n" + "".join(line + "\r\n" for line in more) + "END:VEVENT\r\n")
    return text + "END:VCALENDAR\r\n"


TERM = (("20261026", "20261031", "School Holiday"), ("20261102", "20261103", "First day back"),
        ("20261127", "20261128", "INSET day", "CATEGORIES:Closed,Staff"), ("20261218", "20261219", "Last day of term"))


class Calendars(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()

    def take(self, *rule, expect=0, clock=crier_case.MORNING, text=None, school=()):
        if text is not None:
            self.write("terms.ics", text)
        return self.crier(*school, "import", "calendar", "terms.ics", *rule, "--json", expect=expect, clock=clock)

    def days(self):
        return [(one["from"], one["to"], one["reason"], one["source"])
                for one in self.crier("calendar", "list", "--past", "--json").json["holidays"]]

    def test_by_title_category_and_all(self):
        """I12: which events are closures is the school's rule, and a dry run says so before it is done"""
        dry = self.take("--title", "holiday", "--dry-run", text=calendar(*TERM)).json
        self.assertEqual(("dry-run", ["School Holiday"]), (dry["outcome"], [one["title"] for one in dry["closures"]]))
        self.assertEqual(3, len(dry["others"]))
        self.assertEqual([], self.days())
        self.take("--title", "HOLIDAY", "--category", "closed")
        self.assertEqual([("2026-10-26", "2026-10-30", "School Holiday", "calendar"),
                          ("2026-11-27", "2026-11-27", "INSET day", "calendar")], self.days())
        self.take("--all", "--except", "first day", "--except", "Last Day")
        self.assertEqual(2, len(self.days()))
        self.assertEqual("unchanged", self.take("--all", "--except", "day back", "--except", "last").json["outcome"])
        self.assertIn("1 closures for all schools: 0 added, 1 removed, 1 unchanged; 3 events are none",
                      self.crier("import", "calendar", "terms.ics", "--title", "holiday").out)

    def test_without_a_rule(self):
        """I12: without a rule it asks for one and names what there is; a rule that takes nothing is exit 4"""
        refused = self.take(expect=2, text=calendar(*TERM))
        self.assertEqual("no-rule", refused.error["code"])
        self.assertIn("School Holiday; First day back", refused.error["hint"])
        self.assertEqual("no-closures", self.take("--title", "Ferien", expect=4).error["code"])
        self.assertEqual([], self.days())

    def test_quiet_hours_obey(self):
        """C4, D3: held through the days off and let go on the first day after them"""
        self.take("--all", text=calendar(("20261125", "20261127", "Closed")))
        oneroster.school().write(self.folder / "set")
        self.crier("import", "oneroster", "set")
        sent = self.crier("send", "all", "--to", "parent", "-s", "S", "-m", "B", "--json").json
        self.assertEqual("scheduled", sent["state"])
        self.crier("daemon", "--once", clock="2026-11-26T20:00:00Z")
        self.assertEqual(0, self.crier("status", "--json").json["jobs"][0]["complete"])
        self.crier("daemon", "--once", clock="2026-11-27T08:00:00Z")
        self.assertEqual(18, self.crier("status", "--json").json["jobs"][0]["complete"])

    def test_again(self):
        """I12: an import replaces what the same source brought, lets what others entered be, and cannot be removed by hand"""
        self.crier("calendar", "add", "2026-12-21", "--reason", "By hand")
        self.take("--all", text=calendar(*TERM))
        again = self.take("--all", text=calendar(*TERM[1:], ("20270201", "20270202", "New"))).json
        self.assertEqual((1, 1, 3), (again["added"], again["removed"], again["unchanged"]))
        other = self.take("--all", "--source", "church", text=calendar(("20270501", "20270502", "May"))).json
        self.assertEqual((1, 0), (other["added"], other["removed"]))
        self.assertEqual(6, len(self.days()))
        number = [one["id"] for one in self.crier("calendar", "list", "--json").json["holidays"] if one["reason"] == "May"][0]
        self.assertEqual("imported", self.crier("calendar", "remove", number, "--json", expect=5).error["code"])
        acts = [one["act"] for one in self.crier("report", "audit", "--json").json["entries"]]
        self.assertEqual(3, acts.count("import-calendar"))

    def test_schools(self):
        """I12: the days off of one school are that school's alone"""
        self.settings('[[school]]\ncode = "OXF"\nname = "Oxford"\ntimezone = "Europe/London"\ncountry = "GB"\n')
        oneroster.school().write(self.folder / "set")
        self.crier("import", "oneroster", "set")  # what the settings add is known from then on
        self.take("--all", school=("--school", "OXF"), text=calendar(*TERM))
        listed = self.crier("calendar", "list", "--past", "--json").json["holidays"]
        self.assertEqual({"OXF"}, {one["school"] for one in listed})
        self.take("--all", text=calendar(("20270501", "20270502", "May")))
        self.assertEqual(5, len(self.days()))

    def test_guard(self):
        """I12, I7: an empty calendar, or one that lost most of its days ahead, changes nothing unless it is accepted"""
        many = [(f"2027{month:02}01", f"2027{month:02}02", f"Day {month}") for month in range(1, 13)]
        self.take("--all", text=calendar(*many))
        self.assertEqual("removal-guard", self.take("--all", expect=5, text=calendar(*many[:3])).error["code"])
        self.assertEqual("empty-calendar", self.take("--all", expect=3, text=calendar()).error["code"])
        self.assertEqual(12, len(self.days()))
        self.take("--all", "--accept-removals", text=calendar(*many[:3]))
        self.assertEqual(3, len(self.days()))
        self.take("--all", "--accept-removals", text=calendar())
        self.assertEqual([], self.days())

    def test_bad_input(self):
        """I12: no file, a folder, a page, half a calendar, an event without an end: told, and nothing else is lost"""
        for text, code in (("<html>Sign in</html>", "no-calendar"), (calendar(*TERM)[:200], "cut-off"), ("", "no-calendar"),
                           ("BEGIN:VCALENDAR\r\n\0END:VCALENDAR\r\n", "no-calendar")):
            with self.subTest(code + text[:20]):
                self.assertEqual(code, self.take("--all", expect=3, text=text).error["code"])
        self.crier("import", "calendar", "nowhere.ics", "--all", expect=3)
        self.crier("import", "calendar", ".", "--all", expect=3)
        part = self.take("--all", expect=1, text=calendar(*TERM, ("20270110", "20270101", "Backwards"))).json
        self.assertEqual(["Backwards"], [one["title"] for one in part["problems"]])
        self.assertEqual(4, part["added"])


class OfOthers(CrierCase):
    def setUp(self):
        super().setUp()
        if not CORPUS.exists():
            self.skipTest("skipped: no corpus beside the sources")
        self.init()

    def closures(self, file, *rule, clock):
        self.crier("import", "calendar", CORPUS / file, *rule, "--source", file, "--json", expect=None, clock=clock)
        return {(one["from"], one["to"]) for one in self.crier("calendar", "list", "--past", "--json").json["holidays"]
                if one["source"] == file}

    def test_school_terms(self):
        """I12: with a rule by words the closures of two schools' calendars agree with their truth to the day"""
        with open(CORPUS / "school-terms" / "closures.tsv", encoding="utf-8") as file:
            truth = list(csv.DictReader(file, delimiter="\t"))
        for file, rule, clock in (("knole.ics", ("--title", "holiday", "--title", "closed"), "2026-01-10T10:00:00Z"),
                                  ("galashiels-school-dates.ics",
                                   ("--title", "holiday", "--title", "in service", "--title", "in-service"),
                                   "2026-11-10T10:00:00Z")):
            with self.subTest(file):
                expected = {(row["first_day"], row["last_day_inclusive"]) for row in truth
                            if row["file"] == file and row["closed_for_pupils"] == "yes"}
                found = self.closures(f"school-terms/{file}", *rule, clock=clock)
                self.assertGreater(len(expected), 8)
                self.assertEqual(expected, found & expected)
                closed = {(row["first_day"], row["last_day_inclusive"]) for row in truth
                          if row["file"] == file and row["closed_for_pupils"] != "yes"}
                self.assertEqual(set(), found & (closed - expected))

    def test_bank_holidays(self):
        """I12: moved and taken out days come right: England and Wales agree with the government's list"""
        with open(CORPUS / "uk-bank-holidays.json", encoding="utf-8") as file:
            official = {event["date"] for event in json.load(file)["england-and-wales"]["events"]}
        found = {first for first, _ in self.closures("public-holidays/UKHolidays-EnglandWales.ics", "--all",
                                                     clock="2025-06-10T10:00:00Z")}
        for year in ("2025", "2026", "2027"):
            with self.subTest(year):
                listed = {day for day in official if day.startswith(year) and day > "2024-06-10"}
                self.assertGreater(len(listed), 7)
                self.assertEqual(set(), listed - found)


if __name__ == "__main__":
    crier_case.main()
