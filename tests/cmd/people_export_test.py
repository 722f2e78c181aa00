#!/usr/bin/env python3
"""`crier people export` and `show`: a person's own data, as files and documents (P1)."""

import json
import os
import stat
import subprocess
import threading

import crier_case
from crier_case import EXAMPLE_SCHOOL, CrierCase

TABLES = ["person", "places", "addresses", "relationships", "opt_outs", "consents", "merged_with", "groups",
          "results", "attendance", "payments", "behaviour", "surveys", "confirmations",
          "told", "replies", "issues", "audit", "messages"]


class Export(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.crier("import", "oneroster", EXAMPLE_SCHOOL, expect=1)

    def export(self, code, *more, **how):
        return self.crier("people", "export", code, *more, **how)

    def test_a_document(self):
        """P1: all kinds are there, in order, with the words of messages and what was decided"""
        self.crier("send", "pupil:P0001", "--to", "associates", "-s", "Closed", "-m", "Closed today", "--yes", "--wait",
                   expect=None)
        self.crier("contacts", "opt-out", "C0001", "--channel", "sms")
        self.crier("contacts", "consent", "C0001", "--purpose", "Trip", "--missing")
        data = self.export("C0001").json["person_data"]
        self.assertEqual(["code", "asker", "made", "withheld", "words_whole_from", *TABLES], list(data))
        self.assertEqual(("C0001", None, 0), (data["code"], data["asker"], data["withheld"]))
        self.assertEqual("Dyer", data["person"]["family"])
        self.assertEqual([("sms", None)], [(one["channel"], one["category"]) for one in data["opt_outs"]])
        self.assertEqual([("Trip", False)], [(one["purpose"], one["given"]) for one in data["consents"]])
        self.assertEqual([("Closed", "Closed today", "complete")],
                         [(one["subject"], one["words"].strip(), one["state"]) for one in data["messages"]])
        self.assertEqual({"opt-out", "consent"}, {one["act"] for one in data["audit"]})
        self.assertEqual(data, {**self.crier("people", "show", "C0001", "--json").json["person_data"], "made": data["made"],
                                "audit": data["audit"]})
        pupil = self.export("P0001").json["person_data"]
        self.assertTrue(pupil["results"])
        self.assertTrue(pupil["groups"])
        shown = self.crier("people", "show", "C0001").out
        self.assertIn("Closed today", shown)
        self.assertNotIn("Attendance", shown)

    def test_a_page(self):
        """P1: the page needs nothing from outside, and what somebody wrote stays text"""
        self.crier("send", "pupil:P0001", "--to", "associates", "-s", "<b>Closed", "-m", "<script>x</script>", "--yes",
                   "--wait", expect=None)
        self.export("C0001", "-o", "x.html")
        page = (self.folder / "x.html").read_text(encoding="utf-8")
        self.assertTrue(page.startswith("<!DOCTYPE html>"), page[:50])
        self.assertNotIn("<script>x", page)
        self.assertIn("&lt;script&gt;x", page)
        self.assertNotRegex(page, r'(src|href)="https?:')
        self.assertIn("<!DOCTYPE html>", self.export("C0001", "--format", "html").out)
        self.assertIsInstance(json.loads((self.export("C0001", "-o", "x.html", "--format", "json", "--force") and
                                          (self.folder / "x.html").read_text())), dict)

    def test_the_file(self):
        """P1: its owner's alone, whole or not there, and none is replaced without being asked to"""
        os.umask(0)
        done = self.export("C0001", "-o", "a.json", "--json").json
        path = self.folder / "a.json"
        self.assertEqual(("a.json", "json", path.stat().st_size), (done["exported"], done["format"], done["bytes"]))
        self.assertEqual(0o600, stat.S_IMODE(path.stat().st_mode))
        before = path.read_bytes()
        self.assert_two_lines(self.export("C0002", "-o", "a.json", expect=5))
        self.assert_error_document(self.export("C0002", "-o", "a.json", "--json", expect=5), 5, "file-exists")
        self.assertEqual(before, path.read_bytes())
        path.chmod(0o644)
        self.export("C0002", "-o", "a.json", "--force")
        self.assertEqual(0o600, stat.S_IMODE(path.stat().st_mode))
        self.assertEqual("C0002", json.loads(path.read_text())["person_data"]["code"])
        self.assert_two_lines(self.export("C0001", "-o", "nowhere/a.json", expect=6))
        self.assert_two_lines(self.export("C0001", "-o", ".", "--force", expect=2))
        (self.folder / "link").symlink_to("a.json")
        os.mkfifo(self.folder / "pipe")
        for name in ("link", "pipe"):
            self.assert_two_lines(self.export("C0001", "-o", name, "--force", expect=2))
            self.assert_two_lines(self.export("C0001", "-o", name, expect=5))
        self.assertEqual("C0002", json.loads(path.read_text())["person_data"]["code"])
        self.assertTrue(stat.S_ISFIFO((self.folder / "pipe").stat().st_mode))
        self.assertEqual(["a.json"], [one.name for one in self.folder.iterdir() if "json" in one.name])

    def test_two_at_once(self):
        """P1: of two that write one file, one does, and the other is refused"""
        codes = []

        def run():
            codes.append(self.export("C0001", "-o", "b.json", expect=None).code)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        self.assertEqual([0, 5, 5, 5], sorted(codes))
        json.loads((self.folder / "b.json").read_text())

    def test_a_full_disk(self):
        """P1: nothing half is left on a full disk, and the file that was there stays"""
        (self.folder / "c.json").write_text("old")
        done = subprocess.run(
            ["bash", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" people export P0001 -o c.json --force",
             crier_case.BINARY],
            cwd=self.folder, env=self.environment(), capture_output=True, timeout=60)
        self.assertEqual(6, done.returncode, done.stderr)
        self.assertEqual("old", (self.folder / "c.json").read_text())
        self.assertEqual([], list(self.folder.glob(".c.json*")))

    def test_whom(self):
        """P1, S7: nobody is 4, an asker who is no contact 5, two formats at once 2; what is refused is not audited"""
        self.assert_two_lines(self.export("nobody", expect=4))
        self.assert_two_lines(self.export("P0001", "--asker", "C0030", expect=5))
        self.assert_two_lines(self.export("P0001", "--format", "pdf", expect=2))
        self.assert_error_document(self.export("P0001", "--format", "html", "--json", expect=2), 2, "which-format")
        self.assertEqual([], self.crier("report", "audit", "--act", "export", "--json").json["entries"])
        asked = self.export("P0001", "--asker", "C0001").json["person_data"]
        self.assertEqual("C0001", asked["asker"])
        self.assertEqual(1, len(asked["relationships"]))
        audited = self.crier("report", "audit", "--act", "export", "--json").json["entries"]
        self.assertEqual(1, len(audited))
        self.assertNotIn("Dyer", json.dumps(audited))

    def test_completion(self):
        """P1: a terminal completes codes as far as they are written"""
        words = self.crier("completion", "words", "--", "people", "export", "c000").out.split()
        self.assertEqual([f"C000{n}" for n in range(1, 10)], words)
        self.assertLessEqual({"erase", "export", "show"},
                             set(self.crier("completion", "words", "--", "people", "").out.split()))
        self.assertEqual(["json", "html"], self.crier("completion", "words", "--", "people", "export", "--format", "").out.split())


if __name__ == "__main__":
    crier_case.main()
