"""Schedules: checked, listed, previewed, run by hand and by the daemon; told once, late or skipped after an outage."""

import crier_case
import oneroster
from crier_case import CrierCase

# Friday 27 November 2026, 16:00 in Cambridge.
FRIDAY = "2026-11-27T16:00:00Z"

MISSING = """
name = "{name}"
kind = "missing-assignments"
enabled = true
start = 2026-09-04T16:00:00
frequency = "{frequency}"
missed = "{missed}"
for = "{audience}"
to = "parent"
via = [{via}]
begin_due = "-14d"
end_due = "-1d"
include_previously_reported = {again}
"""


class ScheduleCase(CrierCase):
    zone = "Europe/London"

    def setUp(self):
        super().setUp()
        self.init(zone=self.zone)
        self.roster = oneroster.school()
        self.take()

    def take(self, expect=0):
        self.roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set", expect=expect)

    def schedule(self, name="missing-weekly", frequency="weekly", missed="run-late", audience="all", via='"email"',
                 again="false", more=""):
        return self.write(f"schedules/{name}.toml", MISSING.format(**locals()) + more)

    def run_by_hand(self, name="missing-weekly", clock=crier_case.MORNING):
        return self.crier("schedule", "run", name, "--json", clock=clock).json

    def once(self, clock, expect=0):
        return self.crier("daemon", "--once", "--json", clock=clock, expect=expect)

    def mails(self):
        return sorted((self.folder / "outbox" / "email").glob("*.eml"))

    def jobs(self):
        return self.crier("status", "--json").json["jobs"]


class Switching(ScheduleCase):
    def test_disable_and_enable(self):
        """T1: disable writes the file and nothing else of it; what lay behind is not made up for"""
        path = self.schedule(frequency="daily")
        text = "# Every day.\n" + path.read_text().replace("enabled = true", "enabled = true   # for now")
        path.write_text(text)
        self.once("2026-11-25T15:00:00Z")
        self.assertEqual({"schedule": "missing-weekly", "enabled": False, "changed": True},
                         self.crier("schedule", "disable", "missing-weekly", "--json").json)
        self.assertEqual(text.replace("enabled = true   # for now", "enabled = false  # for now"), path.read_text())
        self.once("2026-11-26T18:00:00Z")
        self.assertEqual([], self.jobs())
        self.assertFalse(self.crier("schedule", "disable", "missing-weekly", "--json").json["changed"])
        self.crier("schedule", "enable", "missing-weekly", clock="2026-11-26T18:05:00Z")
        self.once("2026-11-26T18:06:00Z")
        self.assertEqual([], self.jobs())
        self.once("2026-11-27T16:01:00Z")
        self.assertEqual(1, len(self.jobs()))
        acts = [one["act"] for one in self.crier("report", "audit", "--json", clock="2026-11-27T17:00:00Z").json["entries"]]
        self.assertEqual((1, 1), (acts.count("schedule-disable"), acts.count("schedule-enable")))

    def test_a_file_without_the_key(self):
        """T1: a file that does not say whether it is enabled gets the line"""
        path = self.write("schedules/open.toml", 'name = "open"\nkind = "message"\nstart = 2026-09-01\nsubject = "S"\n'
                          'body = """\nenabled = maybe\n"""\n')
        self.assert_error_document(self.crier("schedule", "disable", "open", "--json", expect=5), 5, "not-editable")
        path.write_text(path.read_text().replace("enabled = maybe", "Dear all"))
        self.crier("schedule", "disable", "open")
        self.assertIn('kind = "message"\nenabled = false\n', path.read_text())
        self.crier("schedule", "disable", "opn", expect=4)

    def test_show(self):
        """T1: show tells the next times and the last runs"""
        self.schedule(frequency="daily")
        self.once("2026-11-25T15:00:00Z")
        self.once("2026-11-25T16:01:00Z")
        story = self.crier("schedule", "show", "missing-weekly", "--json", clock="2026-11-25T17:00:00Z").json["schedule"]
        self.assertEqual(["2026-11-26T16:00:00Z", "2026-11-27T16:00:00Z"], story["next"][:2])
        self.assertEqual([("on-time", 0, 1)], [(run["outcome"], run["missed"], run["message"]) for run in story["runs"]])
        out = self.crier("schedule", "show", "missing-weekly").out
        self.assertIn("daily from 2026-09-04T16:00:00", out)
        self.assert_error_document(self.crier("schedule", "show", "nowhere", "--json", expect=4), 4, "no-such-schedule")


class Files(ScheduleCase):
    def test_check(self):
        """T1: check finds a good file good and tells a bad one with line, key and the nearest; exit 1"""
        self.schedule()
        good = self.crier("schedule", "check", "--json").json["schedules"]
        self.assertEqual([("missing-weekly", True)], [(one["schedule"], one["good"]) for one in good])
        self.schedule(name="second", more='chanels = ["email"]\n')
        result = self.crier("schedule", "check", expect=1)
        self.assertIn("second.toml:", result.out)
        self.assertIn("chanels", result.out)

    def test_bad_files(self):
        """T1: no TOML, a missing key, an unknown kind, a bad expression, an unknown group: each found by check"""
        good = MISSING.format(name="bad", frequency="weekly", missed="run-late", audience="all", via='"email"', again="false")
        for text in (
            "name = ",
            good.replace('kind = "missing-assignments"\n', ""),
            good.replace("missing-assignments", "missing-assignment"),
            good.replace('"all"', '"form:7A and"'),
            good.replace('"all"', '"form:99Z"'),
            good.replace('"email"', '"emial"'),
            good.replace('"-14d"', '"soon"'),
            good.replace('"weekly"', '"fortnightly"'),
            good.replace('start = 2026-09-04T16:00:00', 'start = "tomorrow"'),
            good.replace('to = "parent"', 'to = "parnt"'),
        ):
            with self.subTest(text[:200]):
                self.write("schedules/bad.toml", text)
                found = self.crier("schedule", "check", "--json", expect=1).json["schedules"]
                self.assertFalse(found[0]["good"])
                self.assertTrue(found[0]["message"])
                self.assertTrue(found[0]["hint"], found)

    def test_never(self):
        """T1, D3: hours that never open, runs that all fall into quiet hours and are skipped, days that end before they
        begin: check says so, and what to do"""
        settings = (self.folder / "crier.toml").read_text()
        self.schedule(more='quiet_hours = "skip"\n')
        self.assertTrue(self.crier("schedule", "check", "--json").json["schedules"][0]["good"])
        for hours, file, word in (
            ("", self.schedule, "every run of the next 60 days falls into quiet hours"),
            ('[district.quiet_hours]\nallow = {}\n', self.schedule, "60 days"),
            ("", self.schedule, "are none: it would tell nothing"),
        ):
            with self.subTest(word):
                (self.folder / "crier.toml").write_text(settings + hours)
                path = file(more='quiet_hours = "skip"\n')
                if "falls" in word:
                    path.write_text(path.read_text().replace("T16:00:00", "T21:00:00"))
                if "none" in word:
                    path.write_text(path.read_text().replace('end_due = "-1d"', "end_due = 2026-11-02"))
                found = self.crier("schedule", "check", "--json", expect=1).json["schedules"][0]
                self.assertIn(word, found["message"])
                self.assertTrue(found["hint"])

    def test_a_bad_file_does_not_stop_the_others(self):
        """T1: the daemon leaves a broken file out, tells it, and runs the good one"""
        self.schedule()
        self.write("schedules/broken.toml", "name = ")
        self.once("2026-11-26T10:00:00Z", expect=1)
        result = self.once(FRIDAY, expect=1)
        self.assertIn("broken.toml", result.err)
        self.assertEqual(1, len(self.mails()))

    def test_one_that_cannot_run_hides_no_other(self):
        """T1: a schedule of an unknown school or group is told; list and preview show the others"""
        self.schedule()
        file = self.schedule(name="lost")
        good = file.read_text()
        for text, friday in ((good + 'school = "OXF"\n', FRIDAY),
                             (good.replace('"all"', '"form:99Z"'), "2026-12-04T16:00:00Z")):
            with self.subTest(text):
                file.write_text(text)
                listed = self.crier("schedule", "list")
                self.assertIn("missing-weekly", listed.out)
                previewed = self.crier("schedule", "preview", "--json")
                self.assertEqual(["missing-weekly"], [run["schedule"] for run in previewed.json["runs"]])
                self.assertIn("lost", previewed.err)
                self.once("2026-11-26T10:00:00Z", expect=None)
                ran = self.once(friday, expect=1)
                self.assertIn("lost", ran.err)
        self.assertEqual(1, len(self.mails()))

    def test_list(self):
        """T1: list shows each with its next run and its last"""
        self.schedule()
        self.schedule(name="off", more="")
        (self.folder / "schedules" / "off.toml").write_text(
            (self.folder / "schedules" / "off.toml").read_text().replace("enabled = true", "enabled = false"))
        lines = {one["name"]: one for one in self.crier("schedule", "list", "--json").json["schedules"]}
        self.assertEqual(FRIDAY, lines["missing-weekly"]["next"])
        self.assertIsNone(lines["missing-weekly"]["last"])
        self.assertIsNone(lines["off"]["next"])
        self.run_by_hand()
        self.assertIsNotNone({one["name"]: one for one in self.crier("schedule", "list", "--json").json["schedules"]}
                             ["missing-weekly"]["last"])

    def test_no_schedules(self):
        """T1: no folder, no schedules: empty answers, exit 0"""
        self.assertEqual([], self.crier("schedule", "list", "--json").json["schedules"])
        self.assertEqual([], self.crier("schedule", "check", "--json").json["schedules"])
        self.assertEqual([], self.crier("schedule", "preview", "--json").json["runs"])

    def test_ready_files(self):
        """T1: the files that crier brings pass check as they are, with the example school"""
        for file in (crier_case.SOURCE / "schedules").glob("*.toml"):
            self.write(f"schedules/{file.name}", file.read_bytes())
        found = self.crier("schedule", "check", "--json").json["schedules"]
        self.assertEqual(5, len(found))
        self.assertTrue(all(one["good"] for one in found), found)


class Preview(ScheduleCase):
    def test_document(self):
        """T1: preview shows each run with its counts, the school's time and when it leaves, and writes nothing"""
        self.schedule()
        document = self.crier("schedule", "preview", "--days", "14", "--json").json
        self.assert_keys(["runs"], document)
        self.assertEqual(2, len(document["runs"]))
        run = document["runs"][0]
        self.assert_keys(["schedule", "at", "local", "kind", "messages", "sends_at"], run)
        self.assertEqual(("missing-weekly", FRIDAY, "2026-11-27T16:00+00:00", "missing-assignments", FRIDAY),
                         (run["schedule"], run["at"], run["local"], run["kind"], run["sends_at"]))
        self.assertEqual({"email": 1}, run["messages"])
        self.assertEqual({"email": 0}, document["runs"][1]["messages"], "told a week before")
        self.assertEqual([], self.jobs())
        self.assertEqual(document, self.crier("schedule", "preview", "--days", "14", "--json").json)

    def test_from(self):
        """T1: preview from another day; an empty preview is exit 0"""
        self.schedule()
        runs = self.crier("schedule", "preview", "--from", "2026-12-01", "--days", "7", "--json").json["runs"]
        self.assertEqual(["2026-12-04T16:00:00Z"], [run["at"] for run in runs])
        self.assertEqual([], self.crier("schedule", "preview", "--from", "2026-11-28", "--days", "2", "--json").json["runs"])
        self.crier("schedule", "preview", "--days", "0", expect=2)
        self.crier("schedule", "preview", "--from", "soon", expect=2)

    def test_over_quiet_hours(self):
        """D3: a run at night leaves at the next opening"""
        file = self.schedule()
        file.write_text(file.read_text().replace("T16:00:00", "T21:00:00"))
        run = self.crier("schedule", "preview", "--days", "7", "--json").json["runs"][0]
        self.assertEqual(("2026-11-27T21:00:00Z", "2026-11-28T08:00:00Z"), (run["at"], run["sends_at"]))


class PreviewInNewYork(ScheduleCase):
    zone = "America/New_York"

    def test_four_o_clock(self):
        """C10: 16:00 on the wall each day over the change of clocks: UTC 21:00 before and 20:00 after"""
        file = self.schedule()
        file.write_text(file.read_text().replace('frequency = "weekly"', 'cron = "0 16 * * *"'))
        runs = self.crier("schedule", "preview", "--from", "2027-03-13", "--days", "3", "--json").json["runs"]
        self.assertEqual(["2027-03-13T21:00:00Z", "2027-03-14T20:00:00Z", "2027-03-15T20:00:00Z"],
                         [run["at"] for run in runs])
        self.assertEqual(["2027-03-13T16:00-05:00", "2027-03-14T16:00-04:00", "2027-03-15T16:00-04:00"],
                         [run["local"] for run in runs])


class ToldOnce(ScheduleCase):
    def test_two_runs(self):
        """T4: what was told is not told again by a second run; an empty run is exit 0"""
        self.schedule()
        first = self.run_by_hand()
        self.assertEqual([1], [job["messages"] for job in first["jobs"]])
        second = self.run_by_hand()
        self.assertIsNone(second["message"])
        self.assertEqual([], second["jobs"])

    def test_one_digest_a_guardian(self):
        """T2: a guardian of three gets one digest over all of them, and the others get none"""
        self.schedule()
        self.run_by_hand()
        self.once(crier_case.MORNING)
        self.assertEqual(1, len(self.mails()))
        text = self.mails()[0].read_text()
        for word in ("Essay 7A", "Essay 9B", "Essay 9C", "g1@example.org"):
            self.assertIn(word, text)

    def test_overlapping_schedules(self):
        """T4: two schedules that overlap tell each piece of work once"""
        self.schedule(name="year-9", audience="year:9")
        self.schedule(name="whole-school")
        self.run_by_hand("year-9")
        self.run_by_hand("whole-school")
        self.once(crier_case.MORNING)
        texts = [path.read_text() for path in self.mails()]
        self.assertEqual(2, len(texts))
        for work in ("Essay 7A", "Essay 9B", "Essay 9C"):
            self.assertEqual(1, sum(work in text for text in texts), work)

    def test_both_at_the_same_time(self):
        """T4: two overlapping schedules due at one moment tell each piece of work once"""
        self.schedule(name="year-9", audience="year:9")
        self.schedule(name="whole-school")
        self.once("2026-11-27T15:00:00Z")
        self.once(FRIDAY)
        texts = [path.read_text() for path in self.mails()]
        for work in ("Essay 7A", "Essay 9B", "Essay 9C"):
            self.assertEqual(1, sum(work in text for text in texts), work)

    def test_include_previously_reported(self):
        """T4: told again where the schedule says so"""
        self.schedule(again="true")
        self.run_by_hand()
        self.assertEqual([1], [job["messages"] for job in self.run_by_hand()["jobs"]])

    def test_handed_in_since(self):
        """T2: work that was handed in before the run is not told"""
        self.schedule()
        for number in (1, 2, 3):
            self.roster.find("results", f"r-{number}").update(scoreStatus="fully graded", score="12")
        self.take()
        self.assertIsNone(self.run_by_hand()["message"])

    def test_stays_due_when_nobody_was_reached(self):
        """T4: work stays due when its notice could not reach the guardian at all"""
        self.roster.find("users", "g-1")["email"] = "broken@"
        self.take(expect=1)
        self.schedule()
        self.run_by_hand()
        self.roster.find("users", "g-1")["email"] = "g1@example.org"
        self.take()
        self.assertEqual([1], [job["messages"] for job in self.run_by_hand()["jobs"]])

    def test_reimported(self):
        """T4: importing again does not make it told again"""
        self.schedule()
        self.run_by_hand()
        self.roster.drop("results", lambda row: row["sourcedId"] == "r-1")
        self.take()
        self.roster.add("results", "r-1", lineItemSourcedId="l-7A", studentSourcedId="p-1", scoreStatus="not submitted")
        self.take()
        self.assertIsNone(self.run_by_hand()["message"])


class ByTheDaemon(ScheduleCase):
    def runs(self, clock, expect=0):
        return self.once(clock, expect=expect).json["schedules_run"]

    def test_each_time_once(self):
        """T6: a time that was reached runs once, however often the daemon looks"""
        self.schedule()
        self.assertEqual(0, self.runs("2026-11-27T15:59:00Z"))
        self.assertEqual(1, self.runs("2026-11-27T16:00:05Z"))
        self.assertEqual(0, self.runs("2026-11-27T16:00:30Z"))
        self.assertEqual(0, self.runs("2026-11-27T16:05:00Z"))
        self.assertEqual(1, len(self.mails()))

    def test_not_before_it_was_seen(self):
        """T6: times before the schedule was first seen are not made up for"""
        self.schedule()
        self.assertEqual(0, self.runs("2026-11-27T17:00:00Z"))
        self.assertEqual([], self.jobs())

    def at_night(self, rule):
        file = self.schedule(more=f'quiet_hours = "{rule}"\n')
        file.write_text(file.read_text().replace("T16:00:00", "T21:00:00"))
        self.runs("2026-11-27T20:59:00Z")
        result = self.once("2026-11-27T21:00:05Z")
        at_once = len(self.mails())
        self.once("2026-11-28T08:00:05Z")
        return result, at_once, len(self.mails())

    def test_emergency_on_a_full_disk(self):
        """D5, T7: where what a schedule makes does not fit, `--once` sends an emergency all the same, and then says so"""
        self.write("schedules/hello.toml", 'name = "hello"\nkind = "message"\ncron = "0 16 * * *"\nsubject = "S"\nbody = "B"\n')
        self.once("2026-11-25T15:00:00Z")
        self.settings("[sending]\nkeep_free = 1000000\n")
        self.crier("send", "all", "--to", "parent", "-s", "Fire", "-m", "Come", "--priority", "emergency", "--yes")
        self.assertEqual("disk-low", self.once("2026-11-25T16:00:05Z", expect=6).error["code"])
        self.assertEqual(18, len(self.mails()))

    def test_hold_at_night(self):
        """D3: quiet_hours = "hold": what runs at night leaves in the morning"""
        self.assertEqual((0, 1), self.at_night("hold")[1:])

    def test_ignore_quiet_hours(self):
        """D3: quiet_hours = "ignore": it leaves at night"""
        self.assertEqual((1, 1), self.at_night("ignore")[1:])

    def test_skip_in_quiet_hours(self):
        """D3: quiet_hours = "skip": it does not run, says so, and the work stays due"""
        result, at_once, later = self.at_night("skip")
        self.assertEqual((0, 0), (at_once, later))
        self.assertEqual(0, result.json["schedules_run"])
        self.assertIn("quiet hours", result.err)
        self.assertEqual([1], [job["messages"] for job in self.run_by_hand(clock="2026-11-28T10:00:00Z")["jobs"]])

    def outage(self, missed):
        for frequency in ("hourly", "daily", "weekly"):
            self.schedule(name=f"m-{frequency}", frequency=frequency, missed=missed, again="true")
        self.runs("2026-11-27T15:30:00Z")
        return self.once("2026-11-29T09:30:00Z")

    def test_late(self):
        """C11: after 42 hours off, run-late runs each schedule once, tells how many were missed, and waits for Monday"""
        result = self.outage("run-late")
        self.assertEqual(3, result.json["schedules_run"])
        self.assertIn("42 times", result.err)
        jobs = self.jobs()
        self.assertEqual(3, len(jobs))
        self.assertEqual([1, 1, 1], [job["held"] for job in jobs])
        self.assertEqual({"2026-11-30T08:00:00Z"}, {job["held_until"] for job in jobs})
        self.assertEqual(0, self.runs("2026-11-29T09:45:00Z"))

    def test_skip(self):
        """C11: with skip none runs, and it is told"""
        result = self.outage("skip")
        self.assertEqual(0, result.json["schedules_run"])
        self.assertIn("skipped", result.err)
        self.assertEqual([], self.jobs())
        self.assertEqual(0, self.runs("2026-11-29T09:45:00Z"))
        self.assertEqual(1, self.runs("2026-11-30T10:00:01Z"), "the next time on time")

    def test_told_once_over_an_outage(self):
        """T4: late runs of several schedules tell each piece of work once"""
        for frequency in ("hourly", "daily", "weekly"):
            self.schedule(name=f"m-{frequency}", frequency=frequency)
        self.runs("2026-11-27T15:30:00Z")
        self.runs("2026-11-29T09:30:00Z")
        self.assertEqual(1, len(self.jobs()))



ATTENDANCE_MAP = """school = "CAM"
[[file]]
name = "attendance.csv"
kind = "attendance"
[file.columns]
pupil = "pupil"
day = "day"
session = "session"
code = "code"
absent = "absent"
explained = "explained"
"""


PAYMENTS_MAP = """school = "CAM"
[[file]]
name = "payments.csv"
kind = "payments"
[file.columns]
id = "id"
pupil = "pupil"
item = "item"
amount = "amount"
due = "due"
"""


class Daily(ScheduleCase):
    """T5: the notices of every day, and messages that a schedule writes."""

    def mark(self, *rows):
        """Attendance marks: (code of the pupil, session, absent, explained)."""
        text = "id,pupil,day,session,code,absent,explained\n"
        for pupil, session, absent, explained in rows:
            text += f"{pupil}-{session},{pupil},2026-11-25,{session},N,{absent},{explained}\n"
        self.write("registers/attendance.csv", text)
        self.write("registers.toml", ATTENDANCE_MAP)
        self.crier("import", "csv", "registers", "--map", "registers.toml", "--source", "registers")

    def daily(self, kind, more="", name="daily"):
        return self.write(f"schedules/{name}.toml", f'name = "{name}"\nkind = "{kind}"\nstart = 2026-09-01T10:00:00\n'
                          f'frequency = "daily"\nto = "parent"\n{more}')

    def texts(self):
        return [path.read_text() for path in self.mails()]

    def test_absence(self):
        """T5: an absence is told once; the same day's second run, another schedule and another session tell nothing"""
        self.mark(("P1", "AM", "yes", "no"), ("P4", "AM", "yes", "yes"), ("P5", "AM", "no", "no"))
        self.daily("attendance")
        self.daily("attendance", name="other")
        self.assertEqual([1], [job["messages"] for job in self.run_by_hand("daily")["jobs"]])
        self.once(crier_case.MORNING)
        self.assertEqual(1, len(self.mails()))
        self.assertIn("absent on Wed 25 Nov 2026 (AM)", self.texts()[0])
        self.mark(("P1", "AM", "yes", "no"), ("P1", "PM", "yes", "no"))
        self.assertEqual([], self.run_by_hand("daily")["jobs"])
        self.assertEqual([], self.run_by_hand("other")["jobs"])

    def test_grace(self):
        """T5: within the time of grace the mark is read again: who has come meanwhile is not reported"""
        self.mark(("P1", "AM", "yes", "no"), ("P4", "AM", "yes", "no"))
        self.daily("attendance", 'grace = "20m"\n')
        answer = self.run_by_hand("daily")
        self.assertEqual(("scheduled", "2026-11-25T10:20:00"), (answer["state"], answer["held_until"][:19]))
        self.once("2026-11-25T10:10:00Z")
        self.assertEqual([], self.mails())
        self.mark(("P1", "AM", "no", "no"), ("P4", "AM", "yes", "no"))
        self.once("2026-11-25T10:21:00Z")
        (mail,) = self.texts()
        self.assertIn("To: Guardian4", mail)
        self.assertEqual([(1, 1)], [(job["complete"], job["cancelled"]) for job in self.jobs()])

    def test_correction(self):
        """T5: whoever was told of an absence that is none gets a correction with the next run, and nobody else"""
        self.mark(("P1", "AM", "yes", "no"), ("P4", "AM", "yes", "no"))
        self.daily("attendance")
        self.run_by_hand("daily")
        self.once(crier_case.MORNING)
        self.mark(("P1", "AM", "no", "no"), ("P4", "AM", "yes", "no"))
        self.assertEqual([1], [job["messages"] for job in self.run_by_hand("daily")["jobs"]])
        self.once(crier_case.MORNING)
        (correction,) = [text for text in self.texts() if "Subject: Correction" in text]
        self.assertIn("To: Guardian1", correction)
        self.assertEqual([], self.run_by_hand("daily")["jobs"])

    def test_grace_and_skip(self):
        """T5, D3: a time of grace is no quiet hour: with quiet_hours = "skip" the notice goes when it is over"""
        self.mark(("P1", "AM", "yes", "no"))
        self.daily("attendance", 'grace = "20m"\nquiet_hours = "skip"\n')
        self.assertEqual([1], [job["messages"] for job in self.run_by_hand("daily")["jobs"]])
        self.once("2026-11-25T10:21:00Z")
        self.assertEqual(1, len(self.mails()))
        self.mark(("P1", "AM", "yes", "no"), ("P4", "AM", "yes", "no"))
        self.assertEqual([], [job for job in self.run_by_hand("daily", clock="2026-11-25T21:00:00Z")["jobs"]
                              if job["messages"]])

    def test_corrected_the_day_after(self):
        """T5: a mark that is mended after the day's last run is corrected by the next day's; once"""
        self.mark(("P1", "AM", "yes", "no"))
        self.daily("attendance", "include_previously_reported = true\n")
        self.run_by_hand("daily")
        self.once(crier_case.MORNING)
        self.mark(("P1", "AM", "no", "no"))
        self.assertEqual([1], [job["messages"] for job in self.run_by_hand("daily", clock="2026-11-26T10:00:00Z")["jobs"]])
        self.once("2026-11-26T10:01:00Z")
        self.assertEqual([], self.run_by_hand("daily", clock="2026-11-26T11:00:00Z")["jobs"])

    def test_absent_again(self):
        """T5: absent, corrected, and absent after all: the last word is the true one"""
        self.daily("attendance")
        for mark, subject in (("yes", "Absence"), ("no", "Correction"), ("yes", "Absence"), ("no", "Correction")):
            before = len(self.mails())
            self.mark(("P1", "AM", mark, "no"))
            self.run_by_hand("daily")
            self.once(crier_case.MORNING)
            self.assertEqual(before + 1, len(self.mails()), subject)
            self.assertEqual([], self.run_by_hand("daily")["jobs"])

    def test_payments_come_and_go(self):
        """T4: another payment in a row's place is news; the same one that was gone for a night is not"""
        def owe(*rows):
            self.write("accounts/payments.csv", "id,pupil,item,amount,due\n" +
                       "".join(f"{key},{pupil},{item},12.50,2026-11-20\n" for key, pupil, item in rows))
            self.write("accounts.toml", PAYMENTS_MAP)
            self.crier("import", "csv", "accounts", "--map", "accounts.toml", "--source", "accounts", "--accept-removals")

        self.daily("payment-overdue", 'begin_due = "-30d"\nend_due = "-1d"\n')
        owe(("a1", "P1", "Trip"), ("a2", "P4", "Trip"))
        self.assertEqual([2], [job["messages"] for job in self.run_by_hand("daily")["jobs"]])
        self.once(crier_case.MORNING)
        owe(("b1", "P1", "Camp"), ("b2", "P4", "Camp"))
        self.assertEqual([2], [job["messages"] for job in self.run_by_hand("daily")["jobs"]])
        self.once(crier_case.MORNING)
        owe(("a1", "P1", "Trip"), ("b1", "P1", "Camp"), ("b2", "P4", "Camp"))
        self.assertEqual([], self.run_by_hand("daily")["jobs"])

    def test_correction_overnight(self):
        """T5, A5: a correction that quiet hours hold is worked out again as a correction"""
        self.mark(("P1", "AM", "yes", "no"))
        self.daily("attendance", 'begin_due = "-2d"\n')
        self.run_by_hand("daily")
        self.once(crier_case.MORNING)
        self.mark(("P1", "AM", "no", "no"))
        self.run_by_hand("daily", clock="2026-11-25T21:00:00Z")
        self.once("2026-11-26T08:01:00Z")
        self.assertEqual(1, sum("Subject: Correction" in text for text in self.texts()))
        self.assertEqual(2, len(self.mails()))

    def test_message(self):
        """T1, M2: a free message is written at each run, with its fields; a template in each reader's language"""
        self.daily("message", 'for = "form:7A"\nsubject = "Reminder"\nbody = "Dear {{name}}, the library is open."\n')
        self.assertEqual([7], [job["messages"] for job in self.run_by_hand("daily")["jobs"]])
        self.once(crier_case.MORNING)
        self.assertEqual(7, len(self.mails()))
        self.assertTrue(any("Dear Guardian4" in text for text in self.texts()))
        self.assertEqual([7], [job["messages"] for job in self.run_by_hand("daily")["jobs"]])
        self.daily("message", 'for = "form:7A"\ntemplate = "nowhere"\n')
        self.assertFalse(self.crier("schedule", "check", "--json", expect=1).json["schedules"][0]["good"])
        self.daily("message", 'for = "form:7A"\nsubject = "S"\nbody = "Dear {{nmae}}"\n')
        self.assertIn("nmae", self.crier("schedule", "check", expect=1).out)

    def test_message_overnight(self):
        """A5: a message that quiet hours hold goes to whoever is in its audience in the morning"""
        self.daily("message", 'for = "form:7A"\nsubject = "Reminder"\nbody = "Dear {{name}}."\n')
        self.run_by_hand("daily", clock="2026-11-25T21:00:00Z")
        self.crier("contacts", "opt-out", "G4")
        self.once("2026-11-26T08:01:00Z")
        self.assertEqual(6, len(self.mails()))
        self.assertTrue(all("Dear Guardian" in text for text in self.texts()))


if __name__ == "__main__":
    crier_case.main()
