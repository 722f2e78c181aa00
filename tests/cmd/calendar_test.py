"""Holidays in quiet hours, and families with children in two schools."""

import crier_case
import oneroster
from crier_case import CrierCase

# Friday 18 December 2026, 10:00 in Cambridge.
FRIDAY = "2026-12-18T10:00:00Z"


class CalendarCase(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        oneroster.school().write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def send(self, *more, clock=FRIDAY, **options):
        return self.crier("send", "form:7A", "--to", "parent", "-s", "Trip", "-m", "On.", "--json", *more, clock=clock,
                          **options)

    def add(self, *days, reason="Holidays", clock=FRIDAY, **options):
        return self.crier("calendar", "add", *days, "--reason", reason, "--json", clock=clock, **options)

    def job(self, number=1):
        return self.crier("status", number, "--json").json["jobs"][0]


class Holidays(CalendarCase):
    def test_held_over_the_holidays(self):
        """D3: on a holiday nothing leaves but emergencies; the first school day opens again"""
        self.add("2026-12-18", "2027-01-03")
        self.assertEqual("2027-01-04T08:00:00Z", self.send("--expires", "30d").json["held_until"])
        self.assertEqual("queued", self.send("--priority", "emergency").json["state"])

    def test_queued_already(self):
        """D3: what is queued obeys a holiday that is entered later, and goes when it is taken out"""
        self.send()
        self.add("2026-12-18")
        self.crier("daemon", "--once", clock=FRIDAY)
        self.assertEqual((7, "2026-12-19T08:00:00Z"), (self.job()["held"], self.job()["held_until"]))
        self.crier("calendar", "remove", "1", clock=FRIDAY)
        self.crier("daemon", "--once", clock=FRIDAY)
        self.assertEqual(7, self.job()["complete"])

    def test_sends_on_holidays_by_setting(self):
        """D3: holidays = "send" lets messages leave"""
        self.settings('[district]\nquiet_hours = { holidays = "send" }\n')
        self.add("2026-12-18", "2027-01-03")
        self.assertIsNone(self.send().json["held_until"])

    def test_list(self):
        """D3: the list shows what is ahead, of the school and of all; --past what is over too"""
        self.add("2026-12-21", "2027-01-03", reason="Christmas")
        self.add("2026-11-02")
        self.crier("--school", "CAM", "calendar", "add", "2027-02-05", "--reason", "Training", clock=FRIDAY)
        ahead = self.crier("calendar", "list", "--json", clock=FRIDAY).json["holidays"]
        self.assertEqual([("2026-12-21", "2027-01-03", "Christmas", ""), ("2027-02-05", "2027-02-05", "Training", "CAM")],
                         [(one["from"], one["to"], one["reason"], one["school"]) for one in ahead])
        self.assertEqual(3, len(self.crier("calendar", "list", "--past", "--json", clock=FRIDAY).json["holidays"]))

    def test_bad_days(self):
        """D3: days that are none are refused with the remedy, nothing changed"""
        for days in (("2026-02-30",), ("21.12.2026",), ("2026-12-21", "2026-12-20"), ("2026-12-21", "2062-01-03")):
            with self.subTest(days):
                self.assert_error_document(self.add(*days, expect=2), 2)
        self.assert_error_document(self.add("2026-12-21", reason=" ", expect=2), 2, "no-reason")
        self.assert_error_document(self.crier("calendar", "remove", "5", "--json", expect=4), 4, "no-such-holiday")
        self.assert_error_document(
            self.crier("--school", "OXF", "calendar", "add", "2026-12-21", "--reason", "x", "--json", expect=4), 4)
        self.assertEqual([], self.crier("calendar", "list", "--past", "--json").json["holidays"])

    def test_never_open(self):
        """D3: no opening within 60 days is an error, not a loop"""
        self.add("2026-12-18", "2027-03-01")
        self.assert_error_document(self.send(expect=5), 5, "never-opens")


class TwoSchools(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.settings('[school.quiet_hours]\nallow = { mon-sun = "07:00-19:00" }\n'
                      '[[school]]\ncode = "OAK"\nname = "Oak School"\ntimezone = "Europe/London"\ncountry = "GB"\n'
                      '[school.quiet_hours]\nallow = { mon-sun = "09:00-17:00" }\n')
        roster = oneroster.school()
        roster.add("orgs", "org-2", name="Oak School", type="school", identifier="OAK")
        roster.user("o-1", "student", org="org-2", givenName="Oak", familyName="Family1", identifier="O1",
                    agentSourcedIds="g-1", grades="05")
        roster.find("users", "g-1")["agentSourcedIds"] = "p-1,p-2,p-3,o-1"
        roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def send(self, clock):
        return self.crier("--school", "CAM", "send", "form:7A", "--to", "parent", "-s", "Trip", "-m", "On.", "--json",
                          clock=clock).json

    def job(self):
        return self.crier("status", "1", "--json").json["jobs"][0]

    def test_the_stricter(self):
        """D3: a guardian with children in two schools hears when both let her; the others do not wait for her"""
        self.send("2026-11-25T07:30:00Z")
        self.crier("daemon", "--once", clock="2026-11-25T07:31:00Z")
        self.assertEqual((6, 1), (self.job()["complete"], self.job()["held"]))
        self.assertEqual("2026-11-25T09:00:00Z", self.job()["held_until"])
        self.crier("daemon", "--once", clock="2026-11-25T09:00:01Z")
        self.assertEqual(7, self.job()["complete"])

    def test_the_stricter_closes(self):
        """D3: what is queued when the other school's hours end waits for her, and leaves for the others"""
        self.send("2026-11-25T16:59:00Z")
        self.crier("daemon", "--once", clock="2026-11-25T17:01:00Z")
        self.assertEqual((6, 1), (self.job()["complete"], self.job()["held"]))


if __name__ == "__main__":
    crier_case.main()
