"""What schedules do besides notices (T5): imports of a source, reports to staff; and how the daemon does them meanwhile."""

import email
import email.policy
import fcntl
import os
import re
import signal
import time

import crier_case
import oneroster
from schedule_test import MISSING, ScheduleCase as Base

SYNC = 'name = "sync"\nkind = "import"\nsource = "oneroster"\ncron = "0 7-17 * * *"\n'
USE = 'name = "use"\nkind = "report"\nreport = "{}"\nmail_to = ["head@school.example", "it@school.example"]\ncron = "0 16 * * *"\n'
TWO, THREE = "2026-11-25T14:00:05Z", "2026-11-25T15:00:05Z"


class ChoreCase(Base):
    def setUp(self):
        super().setUp()
        self.settings('\n[import.oneroster]\nkind = "oneroster"\npath = "set"\n[district]\n'
                      'error_reports_to = "it@district.example"\n')

    def subjects(self):
        return [job["subject"] for job in reversed(self.jobs())]

    def shown(self, name):
        return self.crier("schedule", "show", name, "--json").json["schedule"]


class Imports(ChoreCase):
    def test_each_hour(self):
        """T5, I13: a source is imported at its time, once, and the office is told where the schedule asks for it"""
        self.write("schedules/sync.toml", SYNC + "confirmation_email = true\n")
        self.once(crier_case.MORNING)
        self.roster.user("p-new", "student", givenName="New", familyName="Pupil")
        self.roster.write(self.folder / "set")
        self.assertEqual(1, self.once(TWO).json["schedules_run"])
        self.assertEqual(0, self.once("2026-11-25T14:10:00Z").json["schedules_run"])
        imports = self.crier("import", "list", "--json").json["imports"]
        self.assertEqual(["applied", "applied"], [one["outcome"] for one in imports])
        self.assertEqual([("on-time", "2026-11-25T14:00:00Z")],
                         [(run["outcome"], run["at"]) for run in self.shown("sync")["runs"]])
        self.assertEqual(["Done: sync"], self.subjects())
        self.assertIn(b"1 added", self.mails()[0].read_bytes())

    def test_sync_windows(self):
        """I13: several sources on their own times, hourly in the day and once at night; what was missed is said"""
        self.settings('[import.staff]\nkind = "csv"\npath = "staff"\nmap = "staff.toml"\n')
        self.write("staff/people.csv", "id,kind,family,given\nS1,staff,Hall,Ann\n")
        self.write("staff.toml", '[[file]]\nname = "people.csv"\nkind = "people"\nschool = "CAM"\n'
                   'columns = { id = "id", kind = "kind", family = "family", given = "given" }\n')
        self.write("schedules/sync.toml", SYNC.replace("0 7-17", "0 2,7-17"))
        self.write("schedules/staff.toml", 'name = "staff"\nkind = "import"\nsource = "staff"\ncron = "30 6 * * *"\n')
        self.once("2026-11-25T17:30:00Z")
        # The evening and the night: the sync at two and the staff's at half past six, each once.
        self.assertEqual(0, self.once("2026-11-25T23:00:00Z").json["schedules_run"])
        self.assertEqual(1, self.once("2026-11-26T02:00:05Z").json["schedules_run"])
        self.assertEqual(1, self.once("2026-11-26T06:30:05Z").json["schedules_run"])
        # A machine that slept from seven to noon: one run each, and how many were missed.
        noon = self.once("2026-11-26T12:10:00Z")
        self.assertEqual(1, noon.json["schedules_run"])
        run = self.shown("sync")["runs"][0]
        self.assertEqual(("late", 5), (run["outcome"], run["missed"]), run)
        imports = self.crier("import", "list", "--json").json["imports"]
        self.assertEqual(["oneroster", "staff", "oneroster"], [one["source"] for one in imports][:3])
        self.assertEqual(1, self.crier("resolve", "staff:S1", "--json").json["counts"]["matched"])

    def test_before_the_notices(self):
        """T5: what is due together with an import tells the data that it brings"""
        self.write("schedules/sync.toml", SYNC)
        self.write("schedules/a-missing.toml", MISSING.format(name="a-missing", frequency="daily", missed="run-late",
                                                              audience="all", via='"email"', again="false").replace("T16:", "T14:"))
        self.once(crier_case.MORNING)
        for result in self.roster.rows["results"]:
            missing = result["sourcedId"] == "r-4"
            result.update(scoreStatus="not submitted" if missing else "fully graded", score="" if missing else "15")
        self.roster.write(self.folder / "set")
        self.once("2026-11-25T14:00:05Z")
        (mail,) = self.mails()
        self.assertIn(b"g4@example.org", mail.read_bytes())

    def test_held(self):
        """T5, I7, D11: an import that the guard holds is a failed run; staff hear once a day, and the queue goes on"""
        self.write("schedules/sync.toml", SYNC)
        self.once(crier_case.MORNING)
        self.once("2026-11-25T11:00:05Z")
        oneroster.school(pupils=60).write(self.folder / "set")
        self.once("2026-11-25T12:00:05Z", expect=None)
        self.roster.write(self.folder / "set")
        held = self.once("2026-11-25T13:00:05Z", expect=1)
        self.assertEqual(1, held.json["schedules_failed"])
        self.once(TWO, expect=1)
        self.once(THREE, expect=1)
        self.once("2026-11-26T07:00:05Z", expect=1)
        self.assertEqual(["crier: the schedule sync has failed"] * 2, self.subjects())
        self.assertEqual(["failed"] * 4, [run["outcome"] for run in self.shown("sync")["runs"]][:4])
        self.assertTrue(any(b"held" in mail.read_bytes() or b"would remove" in mail.read_bytes() for mail in self.mails()))

    def test_by_hand(self):
        """T5: `schedule run` imports now and says what came of it; what goes wrong has its own exit code"""
        self.write("schedules/sync.toml", SYNC)
        ran = self.crier("schedule", "run", "sync", "--json").json
        self.assertEqual("done", ran["state"])
        self.assertRegex(ran["done"], r"^import \d+ of oneroster: \d+ rows")
        self.assertIn("nothing has changed", self.crier("schedule", "run", "sync").out)
        self.write("set/users.csv", "nonsense")
        self.crier("schedule", "run", "sync", expect=3)

    def test_several_schools(self):
        """T5: with several schools an import needs none of them: it goes by the clock of the first; a notice has to say"""
        self.settings('[[school]]\ncode = "OXF"\nname = "Oxford"\ntimezone = "America/New_York"\ncountry = "US"\n')
        self.write("schedules/sync.toml", SYNC)
        self.assertEqual([True], [one["good"] for one in self.crier("schedule", "check", "--json").json["schedules"]])
        self.once(crier_case.MORNING)
        self.assertEqual(1, self.once(TWO).json["schedules_run"])

    def test_what_cannot_be(self):
        """T5: an unknown source, one without a path, keys of notices: told by check with the remedy"""
        for text, word in ((SYNC.replace('"oneroster"', '"oneroser"'), "did you mean 'oneroster'"),
                           (SYNC.replace('source = "oneroster"\n', ""), "'source' is missing"),
                           (SYNC + 'via = "email"\n', "belongs to notices"),
                           (SYNC + 'mail_to = "a@b.example"\n', "belongs to schedules of kind report"),
                           (SYNC.replace('"oneroster"', '"bare"'), "has no path")):
            with self.subTest(word):
                self.write("schedules/sync.toml", text)
                self.settings('[import.bare]\nkind = "oneroster"\n' if word == "has no path" else "")
                found = self.crier("schedule", "check", "--json", expect=1).json["schedules"][0]
                self.assertIn(word, found["message"])
                self.assertTrue(found["hint"])


class Reports(ChoreCase):
    def attached(self, mail):
        (part,) = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default).iter_attachments()
        return part.get_filename(), part.get_content()

    def test_mailed(self):
        """T5, S3: the report goes to each address as a file, with the rows that `crier report` shows"""
        self.crier("send", "all", "--to", "parent", "-s", "Trip", "-m", "On Friday.", clock="2026-11-24T10:00:00Z")
        self.once("2026-11-24T10:05:00Z")
        self.write("schedules/use.toml", USE.format("utilization"))
        self.once(crier_case.MORNING)
        before = set(self.mails())
        self.once("2026-11-25T16:00:05Z")
        mails = sorted(set(self.mails()) - before)
        self.assertEqual(2, len(mails))
        name, text = self.attached(mails[0])
        self.assertEqual("utilization-2026-11-25.csv", name)
        shown = self.crier("report", "utilization", "--from", "2026-11-18", "--to", "2026-11-24", "--format", "csv").out
        self.assertEqual(shown.replace("\r\n", "\n"), text.replace("\r\n", "\n"))
        self.assertGreater(len(text.splitlines()), 1)
        self.assertIn("Utilization, 2026-11-18 to 2026-11-24", self.subjects()[-1])
        self.once("2026-11-25T16:10:00Z")
        self.assertEqual(2, len(set(self.mails()) - before))

    def test_every_kind(self):
        """T5: each report can be mailed, as CSV and as a page; preview tells how many mails"""
        for name in ("delivery", "utilization", "activity", "management", "issues"):
            for form in ("csv", "html"):
                with self.subTest(name + form):
                    before = set(self.mails())
                    self.write("schedules/use.toml", USE.format(name) + f'format = "{form}"\ndays = 1\n')
                    runs = self.crier("schedule", "preview", "--days", "1", "--json").json["runs"]
                    self.assertEqual([{"email": 2}], [run["messages"] for run in runs])
                    self.assertEqual("queued", self.crier("schedule", "run", "use", "--json").json["state"])
                    self.once(crier_case.MORNING)
                    (one, two) = sorted(set(self.mails()) - before)
                    file, text = self.attached(one)
                    self.assertEqual(f"{name}-2026-11-25.{form}", file)
                    self.assertTrue(text.startswith("<!DOCTYPE html>") if form == "html" else "," in text.splitlines()[0])

    def test_nobody(self):
        """T5, M9: a report to nobody, to no address, of no name: told by check; the sandbox lets no other address through"""
        good = USE.format("issues")
        for text, word in ((re.sub("mail_to.*\n", "", good), "'mail_to' is missing"),
                           (good.replace("head@school.example", "head"), "'head'"),
                           (good.replace('"issues"', '"usage"'), "usage"),
                           (good + "days = 0\n", "days"),
                           (good + 'for = "all"\n', "belongs to notices")):
            with self.subTest(word):
                self.write("schedules/use.toml", text)
                self.assertIn(word, self.crier("schedule", "check", "--json", expect=1).json["schedules"][0]["message"])
        self.write("schedules/use.toml", good)
        self.settings('[sending]\nsandbox = ["it@school.example"]\n')
        self.assertEqual(1, self.crier("schedule", "run", "use", "--json").json["jobs"][0]["messages"])


class Retention(ChoreCase):
    def test_by_schedule(self):
        """T5, P1: what is old goes at the schedule's time, and `schedule run` says how much; what was told stays told"""
        self.settings('[retention]\nwords = "30d"\n')
        self.schedule()
        self.write("schedules/retention.toml", 'name = "retention"\nkind = "retention"\ncron = "0 3 1 * *"\n')
        self.run_by_hand()
        self.once(crier_case.MORNING)
        told = self.crier("retention", "run", "--dry-run", "--json", clock="2027-01-15T10:00:00Z").json
        self.assertIn("0 rows let go", self.crier("schedule", "run", "retention").out)
        self.assertGreater(told["retention"]["total"], 0)
        self.once("2027-02-01T03:00:05Z")
        self.assertEqual("on-time", self.shown("retention")["runs"][0]["outcome"])
        left = self.crier("retention", "run", "--dry-run", "--json", clock="2027-01-15T10:00:00Z").json
        self.assertEqual(0, left["retention"]["total"])
        self.assertEqual("empty", self.run_by_hand(clock="2026-11-25T12:00:00Z")["state"])


class Meanwhile(ChoreCase):
    def start(self, clock):
        daemon = self.popen("daemon", clock=clock)
        os.set_blocking(daemon.stderr.fileno(), False)
        self.log = b""

        def said():
            self.log += daemon.stderr.read() or b""
            return self.log

        return daemon, said

    def wait_for(self, what, seconds=30):
        end = time.monotonic() + seconds
        while not (found := what()):
            self.assertLess(time.monotonic(), end, f"it did not come to pass in time: {self.log}")
            time.sleep(0.02)
        return found

    def test_beside_the_queue(self):
        """I13, T7: the daemon imports on its own while it works; stopped in the middle, all or nothing is there"""
        oneroster.school(pupils=1500).write(self.folder / "set")
        self.write("schedules/sync.toml", SYNC)
        self.once(crier_case.MORNING)
        daemon, said = self.start("2026-11-25T10:59:59Z")
        self.wait_for(lambda: (self.folder / "crier.db.import.lock").exists() and b"crier works" in said())
        self.crier("send", "pupil:P1", "--to", "parent", "-s", "Now", "-m", "Body", clock="2026-11-25T11:00:03Z", expect=None)
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(0, daemon.wait(timeout=30))
        self.crier("store", "check")
        pupils = self.crier("resolve", "all", "--json").json["counts"]["matched"]
        self.assertIn(pupils, (len([r for r in self.roster.rows["users"] if r["role"] == "student"]), 1500))
        daemon, said = self.start("2026-11-25T11:01:00Z")
        self.wait_for(lambda: len(self.crier("import", "list", "--json").json["imports"]) == 2)
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(0, daemon.wait(timeout=30))
        self.assertEqual(1, len(self.shown("sync")["runs"]))

    def test_another_import_runs(self):
        """I13, T5: while somebody else imports, the daemon's own import stays due without turning in circles, and is done
        when that has ended"""
        self.write("schedules/sync.toml", SYNC)
        self.once(crier_case.MORNING)
        lock = open(self.folder / "crier.db.import.lock", "w")
        self.addCleanup(lock.close)
        fcntl.flock(lock, fcntl.LOCK_EX)
        daemon, said = self.start("2026-11-25T11:00:01Z")
        self.wait_for(lambda: b"another import is running" in said())
        time.sleep(1)  # what turns in circles does so hundreds of times a second
        self.assertEqual(1, said().count(b"another import is running"))
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(0, daemon.wait(timeout=30))
        self.assertEqual([], self.shown("sync")["runs"])
        lock.close()
        self.assertEqual(1, self.once("2026-11-25T11:02:00Z").json["schedules_run"])

    def test_a_spoilt_file(self):
        """T1: a file that is spoilt while the daemon runs leaves the schedule as it was, and the log says so once"""
        first = 'name = "{}"\nkind = "message"\nstart = {}\nfrequency = "once"\nsubject = "{}"\nbody = "Dear all"\n'
        self.write("schedules/first.toml", first.format("first", "2026-11-25T10:00:00", "First"))
        self.write("schedules/second.toml", first.format("second", "2026-11-25T10:00:04", "Second"))
        self.once("2026-11-25T09:00:00Z")
        daemon, said = self.start("2026-11-25T09:59:59Z")
        self.wait_for(lambda: self.mails())
        self.write("schedules/second.toml", "name = ")
        mails = len(self.mails())
        self.wait_for(lambda: "Second" in self.subjects())
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(0, daemon.wait(timeout=30))
        self.assertEqual(1, said().count(b"goes on as it was before"))


if __name__ == "__main__":
    del Base
    crier_case.main()
