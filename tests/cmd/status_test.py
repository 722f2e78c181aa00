"""`crier status`: filters, pages, progress; one job's recipients; one delivery's story (S1, S2, D1)."""

import time

import crier_case
import oneroster
from crier_case import CrierCase
from smtp_sink import Sink

EVENING = "2026-11-25T21:00:00Z"


class Status(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        roster = oneroster.school()
        roster.find("users", "g-5")["email"] = ""
        roster.find("users", "g-6")["familyName"] = "Đặng"
        roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def send(self, subject, *more, audience="form:9B", clock=crier_case.MORNING, expect=0):
        self.crier("send", audience, "--to", "parent", "-s", subject, "-m", "B", *more, clock=clock, expect=expect)

    def subjects(self, *options, **more):
        return [job["subject"] for job in self.crier("status", *options, "--json", **more).json["jobs"]]

    def some_jobs(self):
        self.settings('[approval]\nperiodic = "required"\n')
        self.send("first")
        self.send("texts", "--via", "sms")
        self.crier("daemon", "--once", expect=None)
        self.send("held", clock=EVENING)
        self.send("waits", "--category", "periodic", clock=EVENING)
        self.send("queued", audience="form:7A", clock="2026-11-26T10:00:00Z")

    def test_filters(self):
        """S1: each filter by itself and all together; a row per job, latest first"""
        self.some_jobs()
        for options, expected in (
            ([], ["queued", "waits", "held", "texts", "first"]),
            (["--type", "sms"], ["texts"]),
            (["--type", "SMS"], ["texts"]),
            (["--has-error"], None),
            (["--state", "open"], ["queued", "waits", "held"]),
            (["--state", "done"], ["texts", "first"]),
            (["--state", "complete"], ["texts"]),
            (["--state", "held"], ["waits", "held"]),
            (["--state", "awaiting-approval"], ["waits"]),
            (["--state", "not-started"], ["queued"]),
            (["--state", "in-doubt"], []),
            (["--created-from", "2026-11-26"], ["queued"]),
            (["--created-to", "2026-11-25T20:00"], ["texts", "first"]),
            (["--created-from", "2026-11-25T20:00", "--created-to", "2026-11-26"], ["waits", "held"]),
            (["--updated-from", "2026-11-26T00:00:00Z"], ["queued"]),
            (["--updated-to", "2026-11-25T20:00"], ["texts", "first"]),
            (["--sender", "nobody-like-that"], []),
            (["--school", "cam", "--type", "email", "--state", "done"], ["first"]),
        ):
            with self.subTest(options):
                if expected is None:
                    self.assertIn("first", self.subjects(*options))
                    self.assertNotIn("texts", self.subjects(*options))
                else:
                    self.assertEqual(expected, self.subjects(*options))

    def test_bad_input(self):
        """S1: what does not exist is one line, what to do a second: unknown words name the nearest, ranges must go forward, days be there"""
        self.some_jobs()
        for options, exit, code, words in (
            (["--type", "emial"], 2, "unknown-type", ["emial", "did you mean 'email'?", "sms"]),
            (["--type", "email,sms"], 2, "unknown-type", ["email,sms"]),
            (["--state", "hold"], 2, "unknown-state", ["did you mean 'held'?"]),
            (["1", "--recipients", "--state", "faild"], 2, "unknown-state", ["did you mean 'failed'?"]),
            (["1", "--recipients", "--reason", "no-adress"], 2, "unknown-reason", ["did you mean 'no-address'?"]),
            (["1", "--name", "x"], 2, "needs-recipients", ["--recipients"]),
            (["--created-from", "2026-02-30"], 2, "bad-time", ["--created-from", "no such day", "2026-02-30"]),
            (["--created-from", "2026-11-25T25:00"], 2, "bad-time", ["no such day or time"]),
            (["--updated-to", "yesterday"], 2, "bad-time", ["--updated-to", "no date"]),
            (["--created-from", "2026-11-26", "--created-to", "2026-11-25"], 2, "bad-range", ["--created-from", "not before"]),
            (["--updated-from", "2026-11-26", "--updated-to", "2026-11-26"], 2, "bad-range", ["--updated-to"]),
            (["--page", "0"], 2, "usage", []),
            (["--per-page", "1001"], 2, "usage", []),
            (["1", "--recipients", "--recipients", "--state", "in-doubt", "--page", "2"], 4, "no-such-page", ["--page 1"]),
            (["--page", "99"], 4, "no-such-page", ["99", "5 jobs", "--page 1"]),
            (["--page", "4", "--per-page", "2"], 4, "no-such-page", ["3 pages", "--page 3"]),
            (["1", "--recipients", "--page", "9"], 4, "no-such-page", ["deliveries", "--page 1"]),
            (["77", "--recipients"], 4, "no-such-job", ["77"]),
        ):
            with self.subTest(options):
                told = self.crier("status", *options, expect=exit)
                self.assert_two_lines(told)
                for word in words:
                    self.assertIn(word, told.err)
                if code != "no-such-page":
                    self.assert_error_document(self.crier("status", *options, "--json", expect=exit), exit, code)

    def test_pages(self):
        """S1: pages hold each job once, and a script finds the end as an empty page"""
        for number in range(5):
            self.send(f"S{number}", audience="form:7A")
        seen = [self.subjects("--per-page", "2", "--page", page) for page in (1, 2, 3, 4)]
        self.assertEqual([["S4", "S3"], ["S2", "S1"], ["S0"], []], seen)
        self.assertIn("Page 2 of 3, 5 jobs in all.", self.crier("status", "--per-page", "2", "--page", "2").out)

    def test_recipients(self):
        """S2: a job's recipients by state, by reason, by a part of a name or code, whatever case and accents"""
        self.send("first")
        self.crier("daemon", "--once", expect=None)

        def codes(*options):
            return sorted(one["code"] for one in self.crier("status", "1", "--recipients", "--json", *options).json["recipients"])

        everybody = codes()
        self.assertEqual(["G5"], codes("--state", "failed"))
        self.assertEqual(["G5"], codes("--reason", "no-address"))
        self.assertEqual([], codes("--reason", "bounced"))
        self.assertEqual(sorted(set(everybody) - {"G5"}), codes("--state", "complete"))
        self.assertEqual(["G5"], codes("--name", "FAMILY5"))
        self.assertEqual(["G8"], codes("--name", "g8"))
        self.assertEqual([], codes("--name", "g8", "--state", "failed"))
        answer = self.crier("status", "1", "--recipients", "--json", "--name", "g", "--per-page", "2").json
        self.assertEqual((len(everybody), 2), (answer["total"], len(answer["recipients"])))

    def test_errors(self):
        """S2: failures stand grouped by cause, with what to do"""
        self.send("first")
        text = self.crier("status", "1", "--errors").out
        self.assertIn("no-address (permanent): 1", text)
        self.assertIn("Then rerun the job.", text)
        self.assertIn("Nothing of job 2 has failed.", self.sent_and_shown())

    def sent_and_shown(self):
        self.send("second", audience="form:7A")
        return self.crier("status", "2", "--errors").out

    def test_a_story(self):
        """D1, S2: one delivery with for what it waits, its tries and what came back"""
        self.some_jobs()
        self.send("own time", "--at", "2026-11-28T12:00", audience="pupil:P4")
        self.send("window", "--window", "18:00-19:00", audience="pupil:P4")
        holds = {}
        for job in self.crier("status", "--json").json["jobs"]:
            first = self.crier("status", job["id"], "--recipients", "--json").json["recipients"][-1]
            story = self.crier("deliveries", "show", first["delivery"], "--json").json["delivery"]
            holds[job["subject"]] = story["hold"]
            self.assertEqual([], story["came_back"])
            text = self.crier("deliveries", "show", first["delivery"]).out
            self.assertEqual(story["hold"] is not None, "It waits for" in text, text)
        self.assertEqual({"first": None, "texts": None, "queued": None, "held": "hours", "waits": "approval",
                          "own time": "own-time", "window": "window"}, holds)
        self.crier("deliveries", "show", "99999", expect=4)

    def test_expected_end(self):
        """S1: a job under way has its progress and an end, by the rate of its own last minutes; one that does not move has none"""
        sink = Sink(delay=0.0)
        self.addCleanup(sink.close)
        self.settings(sink.settings(more="per_second = 8\n"))
        roster = oneroster.school(pupils=200)
        roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set", "--accept-removals", expect=None, clock=None)
        self.settings('[school.quiet_hours]\nallow = { mon-sun = "00:00-24:00" }\nholidays = "send"\n')
        self.crier("send", "all", "--to", "parent", "-s", "many", "-m", "B", clock=None)
        job = self.crier("status", "--json", clock=None).json["jobs"][0]
        self.assertEqual((0.0, None), (job["progress"], job["expected_end"]))
        self.assertNotIn("Z", self.crier("status", clock=None).out)
        daemon = self.popen("daemon", clock=None)
        deadline = time.monotonic() + 40
        while job["expected_end"] is None:
            self.assertLess(time.monotonic(), deadline, job)
            time.sleep(0.2)
            job = self.crier("status", "--json", clock=None).json["jobs"][0]
        self.assertGreater(job["progress"], 0)
        self.assertLess(job["progress"], 100)
        self.assertGreater(job["expected_end"], job["updated"])
        self.assertIn("Expected end", self.crier("status", clock=None).out)
        daemon.terminate()
        daemon.wait(20)
        # Whoever stops sending says nothing of an end after a while.
        self.assertIsNone(self.crier("status", "--json", clock="+5m").json["jobs"][0]["expected_end"])


if __name__ == "__main__":
    crier_case.main()
