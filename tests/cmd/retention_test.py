#!/usr/bin/env python3
"""`crier retention`: what was kept long enough goes, beside a daemon that works, and whatever kills it (P1)."""

import signal
import sqlite3
import subprocess
import time

import crier_case
from crier_case import EXAMPLE_SCHOOL, CrierCase

LONG_AGO = "2023-09-06T10:00:00Z"
LAST_YEAR = "2025-09-10T10:00:00Z"


class Retention(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.crier("import", "oneroster", EXAMPLE_SCHOOL, expect=1, clock=LONG_AGO)

    def send(self, clock, *more):
        return self.crier("send", "all", "--to", "parent", "-s", "Closed", "-m", "Closed today", "--yes", "--wait", "--json",
                          *more, expect=1, clock=clock).json

    def run_now(self, *options, **more):
        return self.crier("retention", "run", "--json", *options, **more).json["retention"]

    def kind(self, document, name):
        return next(one for one in document["kinds"] if one["kind"] == name)

    def check(self):
        findings = self.crier("store", "check", "--json").json["findings"]
        self.assertEqual({"ok"}, {one["level"] for one in findings}, findings)

    def test_words_then_all(self):
        """P1: words go after 400 days, deliveries after 1100, marks that nobody needs too; the rest of the tools go on"""
        self.send(LONG_AGO, "--idempotency-key", "k")
        self.send(LAST_YEAR)
        young = self.send(crier_case.MORNING)
        wanted = self.run_now("--dry-run")
        self.assertTrue(wanted["dry_run"])
        self.assertEqual(3, self.crier("status", "--json").json["total"])
        done = self.run_now()
        for one, other in zip(wanted["kinds"], done["kinds"]):
            for key in ("kind", "let_go", "stays", "fault"):
                self.assertEqual(one[key], other[key])
        self.assertEqual({"messages": 1, "deliveries": 56}, self.kind(done, "words")["let_go"])
        self.assertEqual({"messages": 1, "deliveries": 56}, self.kind(done, "deliveries")["let_go"])
        self.assertEqual(0, self.run_now()["total"])
        self.check()
        jobs = self.crier("status", "--json").json["jobs"]
        self.assertEqual([3, 2], [one["message"] for one in jobs])
        self.assertEqual([56, 56], [one["messages"] for one in jobs])
        addresses = {one["address"] for one in self.crier("status", jobs[1]["id"], "--recipients", "--json").json["recipients"]}
        self.assertLessEqual(addresses, {"XXXX", None})
        self.assertEqual("words-gone", self.crier("rerun", jobs[1]["id"], "--json", expect=5).error["code"])
        self.assertEqual("words-gone", self.crier("send", "--again", "2", "--to-new", "--json", expect=5).error["code"])
        again = self.crier("send", "all", "--to", "parent", "-s", "Closed", "-m", "Closed today", "--yes", "--json",
                           "--idempotency-key", "k").json
        self.assertEqual(("duplicate", 1, []), (again["state"], again["message"], again["jobs"]))
        self.assertEqual(3, young["message"])
        self.crier("rerun", jobs[0]["id"], "--all")

    def test_reports_say_from_when_on_they_are_whole(self):
        """P1: a report that reaches behind what was let go says so, as a table, a page and in JSON"""
        self.send(LONG_AGO)
        report = ("report", "delivery", "--from", "2023-01-01")
        self.assertIsNone(self.crier(*report, "--json").json["whole_from"])
        self.assertNotIn("let go", self.crier(*report).out)
        self.run_now()
        for name in ("delivery", "utilization"):
            document = self.crier("report", name, "--from", "2023-01-01", "--json").json
            self.assertTrue(document["whole_from"].startswith("2023-11-21T"), document)
            self.assertIn("whole from then on", self.crier("report", name, "--from", "2023-01-01").out)
            self.assertIn("whole from then on", self.crier("report", name, "--from", "2023-01-01", "--format", "html").out)
            self.assertNotIn("whole from then on", self.crier("report", name).out)
        self.assertIsNone(self.crier("report", "audit", "--json").json["whole_from"])
        shown = {one["kind"]: one for one in self.crier("retention", "show", "--json").json["kinds"]}
        self.assertEqual("1100d", shown["deliveries"]["limit"])
        self.assertEqual(("keep", None), (shown["bounces"]["limit"], shown["bounces"]["before"]))
        self.assertTrue(shown["deliveries"]["whole_from"].startswith("2023-11-21T"))
        self.assertIsNone(shown["attendance"]["whole_from"])
        self.assert_utc(shown["attendance"]["ran"])

    def test_the_last_import_can_still_be_undone(self):
        """P1, I6: what undo needs stays; of older imports the rows go, and `import show` says so"""
        self.settings("[import.oneroster]\nremoval_limit = \"100%\"\n")
        target = self.folder / "export"
        target.mkdir()
        for file in EXAMPLE_SCHOOL.iterdir():
            (target / file.name).write_bytes(file.read_bytes())
        users = target / "users.csv"
        lines = users.read_text(encoding="utf-8").splitlines(keepends=True)
        for clock, name in (("2024-01-10T10:00:00Z", "Older"), ("2024-02-10T10:00:00Z", "Newer")):
            changed = [line.replace("Adeyemi", name) for line in lines]
            self.assertNotEqual(lines, changed)
            users.write_text("".join(changed), encoding="utf-8")
            self.crier("import", "oneroster", target, expect=1, clock=clock)
        before = self.crier("import", "show", "2", "--json").json
        self.assertFalse(before["rows_gone"])
        self.assertTrue(before["changes"])
        self.run_now()
        after = self.crier("import", "show", "2", expect=4)
        self.assertIn("import", after.err)
        self.assertTrue(self.crier("import", "show", "3", "--json").json["changes"])
        self.crier("import", "undo")
        names = {one["name"] for one in self.crier("resolve", "all", "--json").json["recipients"]}
        self.assertIn("OLDER, Yusuf", names)
        self.assertNotIn("NEWER, Yusuf", names)
        self.check()

    def test_held_files(self):
        """P1, I7: a held import that nobody decides on is discarded with its files"""
        self.crier("import", "oneroster", EXAMPLE_SCHOOL, expect=1)
        target = self.folder / "export"
        target.mkdir()
        for file in EXAMPLE_SCHOOL.iterdir():
            (target / file.name).write_bytes(file.read_bytes())
        users = (target / "users.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        (target / "users.csv").write_text("".join(users[:40]), encoding="utf-8")
        self.crier("import", "oneroster", target, expect=5)
        self.assertTrue(list(self.folder.glob("crier.db.held/*")))
        self.assertEqual({"held imports": 0}, self.kind(self.run_now(), "held_imports")["let_go"])
        later = "2027-06-01T10:00:00Z"
        self.assertEqual({"held imports": 1}, self.kind(self.run_now(clock=later), "held_imports")["let_go"])
        self.assertFalse(list(self.folder.glob("crier.db.held/*")))
        self.crier("import", "review", expect=4)

    def test_refused_settings(self):
        """P1: a limit that would break a rule is refused with its line and the remedy"""
        original = (self.folder / "crier.toml").read_text()
        for line in ('words = "13d"', 'deliveries = "29d"', 'word = "400d"', 'words = "soon"', "words = true", 'audit = "30d"'):
            (self.folder / "crier.toml").write_text(original + "\n[retention]\n" + line + "\n")
            result = self.crier("retention", "show", expect=2)
            self.assert_two_lines(result)
            self.assertIn("crier.toml:", result.err)
        (self.folder / "crier.toml").write_text(
            original + '\n[bounces]\nlongest_way = "50d"\n[retention]\nwords = "40d"\n')
        self.assertIn("longest_way", self.crier("retention", "run", expect=2).err)
        (self.folder / "crier.toml").write_text(original + '\n[retention]\nwords = "keep"\nissues = " Keep "\n')
        shown = {one["kind"]: one["limit"] for one in self.crier("retention", "show", "--json").json["kinds"]}
        self.assertEqual(("keep", "keep", "400d"), (shown["words"], shown["issues"], shown["attendance"]))

    def test_no_store(self):
        """P1, S7: without a store exit 6, and a word too many exit 2"""
        self.assert_two_lines(self.crier("--store", "none.db", "retention", "run", expect=6))
        self.assert_two_lines(self.crier("retention", "run", "words", expect=2))
        self.assert_two_lines(self.crier("retention", expect=2))

    def fill(self, messages=40, each=1500):
        """Old deliveries by the thousand, put in as the daemon would have left them."""
        self.send(LONG_AGO)
        store = sqlite3.connect(self.folder / "crier.db")
        people = [row[0] for row in store.execute("SELECT id FROM person")]
        school = store.execute("SELECT id FROM school").fetchone()[0]
        at = store.execute("SELECT created FROM message").fetchone()[0]
        source = store.execute("SELECT id FROM source").fetchone()[0]
        for n in range(each - len(people)):
            store.execute(
                "INSERT INTO person (source, source_id, kind, code, code_folded, title, family, given, preferred, language,"
                " name_folded, sort_key, contact_relation, fingerprint)"
                " VALUES (?, ?, 'contact', ?, ?, '', 'F', 'G', '', '', 'g f', x'00', '', 0)",
                (source, f"x{n}", f"x{n}", f"x{n}"))
        people = [row[0] for row in store.execute("SELECT id FROM person ORDER BY id LIMIT ?", (each,))]
        for _ in range(messages):
            message = store.execute(
                "INSERT INTO message (school, subject, body, category, priority, sender, state, expression, recipients,"
                " created, content_digest) VALUES (?, 'S', 'B', 'informational', 'general', 'x', 'released', 'all', 'self',"
                " ?, '')", (school, at)).lastrowid
            job = store.execute(
                "INSERT INTO job (message, channel, messages, complete, created, updated) VALUES (?, 'email', ?, ?, ?, ?)",
                (message, each, each, at, at)).lastrowid
            store.executemany(
                "INSERT INTO delivery (job, person, school, channel, urgency, address, state, reason, due, attempts,"
                " first_try, updated) VALUES (?, ?, ?, 'email', 1, 'somebody@example.org', 'complete', '', ?, 1, ?, ?)",
                [(job, person, school, at, at, at) for person in people])
        store.execute(
            "INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, enhanced, text,"
            " fence) SELECT id, 1, updated, updated, 'delivered', '', '', 'h', 25, '', 250, '', 'ok', 0 FROM delivery WHERE id"
            " NOT IN (SELECT delivery FROM attempt)")
        store.commit()
        store.close()

    def test_killed(self):
        """P1: killed at any moment, the store is sound and adds up, and the next run goes on"""
        self.fill()
        left = self.crier("retention", "run", "--dry-run", "--json").json["retention"]["total"]
        first = left
        for wait in (0.05, 0.1, 0.15, 0.2, 0.25):
            process = self.popen("retention", "run")
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.check()
            now = self.crier("retention", "run", "--dry-run", "--json").json["retention"]["total"]
            self.assertLessEqual(now, left)
            left = now
        self.assertLess(left, first, "no run came to its first batch")
        self.run_now()
        self.assertEqual(0, self.run_now("--dry-run")["total"])
        self.check()

    def test_two_at_once_beside_the_queue(self):
        """P1: two runs and whoever sends do not disturb each other"""
        self.fill(messages=20)
        runs = [self.popen("retention", "run", "--json") for _ in range(2)]
        for _ in range(3):
            self.send(crier_case.MORNING)
        for run in runs:
            out, err = run.communicate(timeout=120)
            self.assertEqual(0, run.returncode, err)
        self.check()
        self.assertEqual(0, self.run_now("--dry-run")["total"])
        self.assertEqual(3, self.crier("status", "--json").json["total"])

    def test_compact(self):
        """P1: freed room is used again, and --compact gives it back"""
        self.fill(messages=20)
        self.run_now()
        size = (self.folder / "crier.db").stat().st_size
        done = self.run_now("--compact")
        self.assertGreater(done["given_back_bytes"], size // 2)
        self.assertEqual(0, (self.folder / "crier.db-wal").stat().st_size)
        self.assertLess((self.folder / "crier.db").stat().st_size, size // 2)
        self.assertIn("smaller", self.crier("retention", "run", "--compact").out)
        self.check()

    def test_full_disk(self):
        """P1: on a full disk nothing is half done, and it is said"""
        self.fill(messages=10)
        total = self.run_now("--dry-run")["total"]
        # The file may not grow past this: as a full disk, for this process alone.
        limit = (self.folder / "crier.db").stat().st_size // 1024 // 4
        done = subprocess.run(
            ["bash", "-c", f"trap '' XFSZ; ulimit -f {limit}; exec \"$0\" retention run", crier_case.BINARY],
            cwd=self.folder, env=self.environment(), capture_output=True, timeout=60)
        self.assertIn(done.returncode, (0, 6), done.stderr)
        self.check()
        if done.returncode == 6:
            self.assertEqual(2, len(done.stderr.decode().strip().splitlines()), done.stderr)
        self.assertLessEqual(self.run_now("--dry-run")["total"], total)
        self.run_now()
        self.assertEqual(0, self.run_now("--dry-run")["total"])


if __name__ == "__main__":
    crier_case.main()
