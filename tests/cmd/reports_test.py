"""The reports of what is sent, what will be, and who can be reached, in each form."""

import csv
import io
import json
import sqlite3
import subprocess
import threading

import crier_case
import oneroster
from crier_case import CrierCase

EVENING = "2026-11-25T21:00:00Z"


class Reports(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        roster = oneroster.school()
        roster.find("users", "g-5")["email"] = ""
        roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def report(self, *arguments, **more):
        return self.crier("report", *arguments, "--json", **more).json

    def test_utilization(self):
        """S3: by day of the school, school and channel; the sums are those of the store"""
        self.crier("send", "form:7A", "--to", "parent", "--via", "email,sms", "-s", "S", "-m", "B")
        self.crier("daemon", "--once", expect=None)
        self.crier("send", "form:9B", "--to", "parent", "-s", "S", "-m", "B", clock="2026-11-25T23:30:00Z")
        rows = self.report("utilization", "--to", "2026-11-26", clock="2026-11-26T10:00:00Z")["utilization"]
        self.assertEqual([("2026-11-25", "CAM", "email"), ("2026-11-25", "CAM", "sms")],
                         [(row["day"], row["school"], row["type"]) for row in rows])
        db = sqlite3.connect(self.folder / "crier.db")
        for row in rows:
            here = db.execute("SELECT count(*), sum(state = 'complete'), sum(state = 'failed'), sum(segments) FROM delivery "
                              "WHERE channel = ?", (row["type"],)).fetchone()
            self.assertEqual(here, (row["messages"], row["complete"], row["failed"], row["segments"]))
        db.close()
        self.assertEqual([], self.report("utilization", "--from", "2026-10-01", "--to", "2026-10-02")["utilization"])
        self.crier("report", "utilization", "--from", "2026-11-26", "--to", "2026-11-20", expect=2)

    def test_activity(self):
        """S3: what will be sent, the next to leave first, and that it can be cancelled by its message"""
        self.settings('[approval]\nperiodic = "required"\n')
        self.crier("send", "form:7A", "--to", "parent", "-s", "Tomorrow", "-m", "B", clock=EVENING)
        self.crier("send", "form:9B", "--to", "parent", "-s", "Waits", "-m", "B", "--category", "periodic", clock=EVENING)
        self.crier("send", "form:9C", "--to", "parent", "-s", "Now", "-m", "B", "--priority", "emergency", "--yes",
                   clock=EVENING)
        rows = self.report("activity", clock=EVENING)["activity"]
        self.assertEqual(["Now", "Tomorrow", "Waits"], [row["subject"] for row in rows])
        self.assertEqual([None, "2026-11-26T08:00:00Z", None], [row["leaves"] for row in rows])
        self.assertEqual("awaiting-approval", rows[2]["state"])
        self.crier("cancel", rows[1]["message"], clock=EVENING)
        self.assertEqual(["Now", "Waits"], [row["subject"] for row in self.report("activity", clock=EVENING)["activity"]])

    def test_management(self):
        """S4: each figure is the number of people whom its audience names"""
        document = self.report("management")
        figures = {row["figure"]: row for row in document["figures"]}
        self.assertEqual((20, 19, 20, 95.0), (figures["pupils"]["count"], figures["prime-parent-email"]["count"],
                                              figures["prime-parent-email"]["of"], figures["prime-parent-email"]["percent"]))
        for row in document["figures"]:
            with self.subTest(row["figure"]):
                answer = self.crier("resolve", row["audience"], "--json", expect=None)
                self.assertEqual(row["count"], 0 if answer.code == 4 else answer.json["counts"]["matched"])
        for row in document["issues"]:
            self.assertEqual(row["count"], len(self.crier("issues", "list", "--kind", row["kind"], "--json").json["issues"]))

    def test_forms(self):
        """S3: table, CSV, JSON and a page by itself, of each; a file is there whole"""
        self.crier("send", "form:7A", "--to", "parent", "-s", "=cmd()", "-m", "B", clock=EVENING)
        for name in ("utilization", "activity", "management", "issues"):
            with self.subTest(name):
                self.assertTrue(self.crier("report", name, clock=EVENING).out.strip())
                rows = list(csv.reader(io.StringIO(self.crier("report", name, "--format", "csv", clock=EVENING).out)))
                self.assertTrue(all(len(row) == len(rows[0]) for row in rows))
                self.crier("report", name, "--format", "html", "-o", "page.html", "--force", clock=EVENING)
                page = (self.folder / "page.html").read_text()
                self.assertIn("<table", page)
                self.assertNotIn("http://", page.replace("http://www.w3.org", ""))
        self.assertNotIn("\n=cmd", self.crier("report", "activity", "--format", "csv", clock=EVENING).out.replace(",", "\n"))

    TERMS = ('[[school.term]]\nname = "Autumn"\nfrom = 2026-09-01\nto = 2026-11-24\n'
             '[[school.term]]\nname = "Spring"\nfrom = 2027-01-04\nto = 2027-03-26\n')

    def range_of(self, *arguments, **more):
        document = self.report("audit", *arguments, **more)
        return document["from"], document["to"]

    def test_the_last_days(self):
        """S3: --last counts back from now, days on the wall's clock over a change of the clocks"""
        self.assertEqual("2026-11-24T10:00:00", self.range_of("--last", "24h")[0][:19])
        self.assertEqual("2026-11-25T08:30:00", self.range_of("--last", "90m")[0][:19])
        self.assertEqual("2026-11-18T10:00:00", self.range_of()[0][:19])
        # Noon of summer time was 11:00 UTC.
        self.assertEqual("2026-10-20T11:00:00", self.range_of("--last", "7d", clock="2026-10-27T12:00:00Z")[0][:19])
        self.assertEqual("1970-01-01T00:00:00Z", self.range_of("--last", "9999999d")[0])

    def test_a_term(self):
        """S3: --term is the one under way, between two the one that has ended, and a remedy where there is none"""
        refused = self.crier("report", "audit", "--term", expect=2)
        self.assert_two_lines(refused)
        self.assertIn("[[school.term]]", refused.err)
        self.settings(self.TERMS)
        autumn = ("2026-08-31T23:00:00Z", "2026-11-25T00:00:00Z")
        self.assertEqual(autumn, self.range_of("--term", clock="2026-11-24T23:59:00Z"))
        self.assertEqual(autumn, self.range_of("--term", clock="2026-12-24T10:00:00Z"))
        self.assertEqual("2027-01-04T00:00:00Z", self.range_of("--term", clock="2027-01-04T00:30:00Z")[0])
        self.assert_error_document(self.crier("report", "audit", "--term", "--json", expect=2, clock="2026-08-31T10:00:00Z"),
                                   2, "no-term")
        self.settings('[[school]]\ncode = "OAK"\ntimezone = "Europe/London"\n')
        self.crier("import", "oneroster", "set", expect=None)
        self.assertIn("--school", self.crier("report", "audit", "--term", expect=2).err)
        self.assertEqual(autumn, self.range_of("--school", "cam", "--term"))
        self.assertIn("OAK", self.crier("report", "audit", "--school", "OAK", "--term", expect=2).err)

    def test_bad_ranges(self):
        """S3: days that do not exist, ranges backwards, spans that are none, and two ways at once: exit 2, two lines"""
        for bad in (("--from", "2026-02-30"), ("--to", "2026-13-01"), ("--from", "2026-11-31T10:00"), ("--from", "soon"),
                    ("--from", "2026-11-20", "--to", "2026-11-19"), ("--from", "2026-11-26"), ("--last", "7"),
                    ("--last", "0d"), ("--last", "-7d"), ("--last", "week"), ("--last", "7d", "--from", "2026-11-20"),
                    ("--last", "7d", "--term"), ("--term", "--to", "2026-11-20")):
            for name in ("delivery", "utilization", "audit"):
                with self.subTest(name=name, bad=bad):
                    self.assert_two_lines(self.crier("report", name, *bad, expect=2))
        self.assertIn("2026-02-30", self.crier("report", "audit", "--from", "2026-02-30", expect=2).err)
        # One day, from its beginning to its end, is a range.
        self.assertEqual(("2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z"),
                         self.range_of("--from", "2026-11-25", "--to", "2026-11-25"))

    def test_the_file(self):
        """S3: a file that is there stays without --force, a folder is none, a pipe is written to"""
        (self.folder / "week.csv").write_text("old")
        before = sorted(self.folder.iterdir())
        for name in ("delivery", "utilization", "activity", "management", "issues", "audit"):
            for form in ("table", "csv", "json", "html"):
                with self.subTest(name=name, form=form):
                    self.assert_two_lines(self.crier("report", name, "--format", form, "-o", "week.csv", expect=5))
        self.assert_error_document(self.crier("report", "audit", "-o", "week.csv", "--json", expect=5), 5, "file-exists")
        self.assertEqual("old", (self.folder / "week.csv").read_text())
        self.assertEqual(before, sorted(self.folder.iterdir()))
        self.crier("report", "audit", "--format", "csv", "-o", "week.csv", "--force")
        self.assertTrue((self.folder / "week.csv").read_text().startswith("id,at,"))
        self.assert_two_lines(self.crier("report", "audit", "-o", ".", "--force", expect=2))
        self.assert_two_lines(self.crier("report", "audit", "--force", expect=2))
        self.assert_two_lines(self.crier("report", "audit", "-o", "nowhere/a.csv", expect=6))
        (self.folder / "link").symlink_to("gone.csv")
        self.assert_two_lines(self.crier("report", "audit", "-o", "link", expect=5))
        self.assertFalse((self.folder / "gone.csv").exists())
        self.assertIn("id,at,", self.crier("report", "audit", "--format", "csv", "-o", "/dev/stdout").out)

    def test_two_at_once(self):
        """S3: of several that write one file, one does, and the others are refused"""
        codes = []
        threads = [threading.Thread(target=lambda: codes.append(
            self.crier("report", "audit", "--format", "json", "-o", "one.json", expect=None).code)) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        self.assertEqual([0, 5, 5, 5], sorted(codes))
        json.loads((self.folder / "one.json").read_text())
        self.assertEqual([], list(self.folder.glob(".one*")))

    def test_a_full_disk(self):
        """S3: nothing half is left on a full disk, and the file that was there stays"""
        (self.folder / "page.html").write_text("old")
        for name in ("page.html", "new.html"):
            done = subprocess.run(
                ["bash", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" report management --format html -o \"$1\" --force",
                 crier_case.BINARY, name], cwd=self.folder, env=self.environment(), capture_output=True, timeout=60)
            self.assertEqual(6, done.returncode, done.stderr)
            self.assertEqual(2, len(done.stderr.decode().splitlines()), done.stderr)
        self.assertEqual("old", (self.folder / "page.html").read_text())
        self.assertFalse((self.folder / "new.html").exists())
        self.assertEqual([], list(self.folder.glob(".*.part")))

    def test_cost(self):
        """S3, D8: what texts cost stands beside them by the country's price, and nothing where there is none"""
        self.crier("send", "form:7A", "--to", "parent", "--via", "sms", "-s", "S", "-m", "B" * 200)
        self.crier("daemon", "--once", expect=None)
        row = self.report("utilization")["utilization"][0]
        self.assertIsNone(row["cost"])
        self.assertEqual(2 * row["complete"], row["segments"])
        self.settings('[channel.sms]\nkind = "outbox"\npath = "outbox/sms"\nprice = { GB = 1.25, default = 7 }\n')
        document = self.report("utilization")
        self.assertEqual(row["segments"] * 1.25, document["utilization"][0]["cost"])
        self.assertEqual(row["segments"] * 1.25, document["days"][0]["cost"])

    def test_cancel_by_what_activity_lists(self):
        """S3: what activity lists is cancelled by its number or all at once, and then it lists nothing"""
        for subject in ("One", "Two", "Three"):
            self.crier("send", "form:7A", "--to", "parent", "-s", subject, "-m", "B", clock=EVENING)
        rows = self.report("activity", clock=EVENING)["activity"]
        shown = self.crier("report", "activity", clock=EVENING).out
        self.assertIn("crier cancel MESSAGE", shown)
        self.crier("cancel", rows[0]["message"], clock=EVENING)
        left = self.report("activity", clock=EVENING)["activity"]
        self.assertEqual([row["message"] for row in rows[1:]], [row["message"] for row in left])
        self.assert_error_document(self.crier("cancel", rows[0]["message"], "--json", clock=EVENING, expect=5), 5)
        self.crier("cancel", "--all", "--yes", clock=EVENING)
        self.assertEqual([], self.report("activity", clock=EVENING)["activity"])


if __name__ == "__main__":
    crier_case.main()
