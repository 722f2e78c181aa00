"""The reports of what is sent, what will be, and who can be reached, in each form."""

import csv
import io
import sqlite3

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
                self.crier("report", name, "--format", "html", "-o", "page.html", clock=EVENING)
                page = (self.folder / "page.html").read_text()
                self.assertIn("<table", page)
                self.assertNotIn("http://", page.replace("http://www.w3.org", ""))
        self.assertNotIn("\n=cmd", self.crier("report", "activity", "--format", "csv", clock=EVENING).out.replace(",", "\n"))


if __name__ == "__main__":
    crier_case.main()
