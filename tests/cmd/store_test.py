"""The store: what is not one, what is damaged, newer or in use; one daemon at a time; a clean stop."""

import fcntl
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import crier_case
import oneroster
from crier_case import CrierCase
from smtp_sink import Sink


class StoreCase(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.store = self.folder / "crier.db"

    def unusable(self, *arguments, says=None):
        self.assert_error_document(self.crier(*arguments, "--json", expect=6), 6)
        result = self.crier(*arguments, expect=6)
        self.assert_two_lines(result)
        if says:
            self.assertIn(says, result.err)
        return result

    def take(self, pupils=20):
        oneroster.school(pupils=pupils).write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def wait_for(self, what, seconds=20):
        end = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), end, "it did not come to pass in time")
            time.sleep(0.02)


class Unusable(StoreCase):
    def test_none(self):
        """X2: there is none: exit 6 with the path and how to make one"""
        self.unusable("--store", "gone.db", "status", says="gone.db")
        self.assertFalse((self.folder / "gone.db").exists(), "looking makes nothing")

    def test_foreign_files(self):
        """X2: a text, another program's database, an empty file, a folder: not crier stores, and left as they are"""
        self.write("notes.db", "Dear diary, today I found a database. " * 100)
        with sqlite3.connect(self.folder / "other.db") as other:
            other.execute("CREATE TABLE t (x)")
        other.close()
        self.write("empty.db", b"")
        (self.folder / "folder.db").mkdir()
        for name in ("notes.db", "other.db", "empty.db"):
            with self.subTest(name):
                before = (self.folder / name).read_bytes()
                for command in (["status"], ["import", "oneroster", "set"], ["daemon", "--once"], ["store", "check"]):
                    self.unusable("--store", name, *command, says=name)
                self.assertEqual(before, (self.folder / name).read_bytes())
        self.unusable("--store", "folder.db", "status", says="folder.db")

    def test_newer(self):
        """X2: a store of a newer crier is left alone"""
        connection = sqlite3.connect(self.store)
        connection.execute("PRAGMA user_version = 9999")
        connection.close()
        for command in (["status"], ["daemon", "--once"], ["store", "migrate"]):
            self.assertIn("newer", self.unusable(*command).err)

    def test_damaged(self):
        """X2: a damaged store is exit 6 for store check and never a crash"""
        self.take()
        self.crier("send", "all", "--to", "parent", "-s", "S", "-m", "B", "--wait")
        connection = sqlite3.connect(self.store)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        whole = self.store.read_bytes()
        pages = len(whole) // 4096
        for first, last in ((1, 3), (pages // 3, pages // 3 + 8), (pages - 12, pages)):
            with self.subTest(first=first):
                damaged = bytearray(whole)
                for page in range(first, min(last, pages)):
                    damaged[page * 4096 : (page + 1) * 4096] = os.urandom(4096)
                self.store.write_bytes(bytes(damaged))
                self.crier("store", "check", expect=6)
                self.crier("store", "check", "--json", expect=6)
                for command in (["status"], ["resolve", "all", "--to", "parent"], ["import", "oneroster", "set"],
                                ["daemon", "--once"]):
                    self.assertIn(self.crier(*command, expect=None).code, (0, 6))
        self.store.write_bytes(whole[: len(whole) // 2])
        self.crier("store", "check", expect=6)

    def test_read_only_folder(self):
        """X2: what may not be written is told with exit 6 (skipped for root, who may write anywhere)"""
        if os.geteuid() == 0:
            self.skipTest("root may write anywhere")
        self.folder.chmod(0o500)
        self.addCleanup(self.folder.chmod, 0o700)
        self.unusable("daemon", "--once")

    def test_check(self):
        """X2: store check finds a good store good, by name and level"""
        self.take()
        document = self.crier("store", "check", "--json").json
        self.assertEqual(["structure", "schema", "counts", "wallet", "audit"], [one["check"] for one in document["findings"]])
        for one in document["findings"]:
            self.assert_keys(["check", "level", "message", "remedy"], one)
            self.assertEqual("ok", one["level"])

    def test_tampering(self):
        """M7: a changed audit entry is found"""
        self.take()
        connection = sqlite3.connect(self.store)
        connection.execute("UPDATE audit SET detail = 'nothing happened' WHERE id = (SELECT max(id) - 1 FROM audit)")
        connection.commit()
        connection.close()
        self.assertIn("audit", self.crier("store", "check", expect=6).out)

    def test_in_use(self):
        """X2: a short lock is waited for; nothing is lost"""
        holder = subprocess.Popen(["flock", str(self.store) + ".lock", "sleep", "1.5"])
        self.addCleanup(holder.wait)
        self.wait_for(lambda: self.locked())
        self.take()
        self.assertEqual(20, self.crier("resolve", "all", "--json").json["counts"]["recipients"])

    def locked(self):
        with open(str(self.store) + ".lock", "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
            return False

    def test_in_use_too_long(self):
        """X2: a lock held longer than 30 s is exit 6 (only with CRIER_SLOW_TESTS=1)"""
        if not os.environ.get("CRIER_SLOW_TESTS"):
            self.skipTest("takes 30 s: CRIER_SLOW_TESTS=1 runs it")
        oneroster.school().write(self.folder / "set")
        holder = subprocess.Popen(["flock", str(self.store) + ".lock", "sleep", "90"])
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.wait_for(self.locked)
        started = time.monotonic()
        self.assertEqual("store-locked", self.crier("import", "oneroster", "set", "--json", expect=6).error["code"])
        self.assertTrue(25 < time.monotonic() - started < 50)


class OneDaemon(StoreCase):
    def daemon(self):
        process = self.popen("daemon")
        os.set_blocking(process.stderr.fileno(), False)
        told = b""

        def ready():
            nonlocal told
            told += process.stderr.read() or b""
            return b"crier works" in told

        self.wait_for(ready)
        return process

    def test_second_daemon(self):
        """D6: a second daemon is refused at once with exit 6, and told who holds the store"""
        first = self.daemon()
        for arguments in (["daemon"], ["daemon", "--once"]):
            started = time.monotonic()
            result = self.unusable(*arguments)
            self.assertLess(time.monotonic() - started, 5)
            self.assertIn(str(first.pid), result.err)
            self.assertIn("daemon", result.err)
        self.assertIsNone(first.poll())

    def test_clean_stop(self):
        """T7: SIGTERM ends the daemon with exit 0 and gives the lease back at once"""
        for stop in (signal.SIGTERM, signal.SIGINT):
            first = self.daemon()
            first.send_signal(stop)
            self.assertEqual(0, first.wait(timeout=25))
            self.crier("daemon", "--once")

    def test_dead_holder(self):
        """D6: the lease of a process of this machine that is gone is lost at once"""
        first = self.daemon()
        first.kill()
        first.wait()
        started = time.monotonic()
        self.crier("daemon", "--once")
        self.assertLess(time.monotonic() - started, 5)

    def test_the_daemon_wakes(self):
        """D1: a daemon that sleeps sends what another process queues, at once"""
        self.take()
        self.daemon()
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        self.wait_for(lambda: self.crier("status", "--json").json["jobs"][0]["complete"] == 7, seconds=5)

    def test_wait_beside_a_daemon(self):
        """M1: send --wait beside a daemon leaves the work to it and ends when it is done"""
        self.take()
        self.daemon()
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B", "--wait", timeout=20)
        self.assertEqual(7, self.crier("status", "--json").json["jobs"][0]["complete"])

    def test_import_beside_a_daemon(self):
        """I13: importing and sending go on side by side"""
        self.take()
        self.daemon()
        roster = oneroster.school()
        roster.find("users", "p-1")["givenName"] = "Other"
        roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def test_four_at_once(self):
        """C6: four `daemon --once` at the same moment: one copy each, the others leave with exit 6 at once"""
        self.take(pupils=80)
        sink = Sink(delay=0.05)
        self.addCleanup(sink.close)
        self.settings(sink.settings())
        self.crier("send", "all", "--to", "parent", "-s", "S", "-m", "B")
        four = [self.popen("daemon", "--once", "--json") for _ in range(4)]
        codes = []
        for process in four:
            process.communicate(timeout=60)
            codes.append(process.returncode)
        self.assertEqual([0, 6, 6, 6], sorted(codes))
        self.assertEqual(78, len(sink.mails))
        self.assertEqual(78, len({mail.recipients[0] for mail in sink.mails}))

    def test_four_imports_at_once(self):
        """I6: four imports at the same moment: whole or refused, never mixed"""
        oneroster.school().write(self.folder / "set")
        four = [self.popen("import", "oneroster", "set", "--json") for _ in range(4)]
        codes = []
        for process in four:
            process.communicate(timeout=60)
            codes.append(process.returncode)
        self.assertLessEqual(set(codes), {0, 6})
        self.assertIn(0, codes)
        self.assertEqual(20, self.crier("resolve", "all", "--json").json["counts"]["recipients"])
        self.crier("store", "check")

    def test_one_key_at_once(self):
        """M6: four sends with one key at the same moment send once"""
        self.take()
        call = ["send", "all", "--to", "parent", "-s", "S", "-m", "B", "--idempotency-key", "k", "--json"]
        four = [self.popen(*call) for _ in range(4)]
        for process in four:
            process.communicate(timeout=60)
            self.assertEqual(0, process.returncode)
        self.assertEqual(1, self.crier("status", "--json").json["total"])


class Copied(StoreCase):
    """D6: two stores that both go on would write to everybody twice."""

    def setUp(self):
        super().setUp()
        self.take()
        self.copy = self.folder / "copy"

    def copied(self):
        self.copy.mkdir()
        for file in self.folder.glob("crier.*"):
            if file.is_file():
                shutil.copy2(file, self.copy)
        return {"cwd": self.copy}

    def test_a_copy_is_paused(self):
        """D6: a copy sends nothing until it is adopted, and shows what was due; the original goes on"""
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        there = self.copied()
        for command in (("daemon", "--once"), ("send", "form:7A", "-s", "S", "-m", "B", "--wait")):
            self.assert_error_document(self.crier(*command, "--json", expect=6, **there), 6, "store-copied")
        self.assert_two_lines(self.crier("daemon", expect=6, **there))
        self.assertEqual(1, self.crier("status", "--json", **there).json["total"], "nothing was queued")
        self.assertIn("is a copy", self.crier("status", **there).err)
        shown = self.crier("store", "adopt", "--dry-run", "--json", **there).json
        self.assertFalse(shown["adopted"])
        self.assertEqual([(1, 7)], [(job["job"], job["not_started"]) for job in shown["jobs"]])
        self.crier("daemon", "--once", expect=6, **there)
        self.crier("daemon", "--once")
        self.assertEqual(7, len(list((self.folder / "outbox" / "email").glob("*.eml"))))

    def test_adopted(self):
        """D6, D5: adopted it goes on; what was written before keeps its Message-ID, what comes after has another's"""
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        there = self.copied()
        self.assertTrue(self.crier("store", "adopt", "--yes", "--json", **there).json["adopted"])
        self.crier("send", "form:9B", "--to", "parent", "-s", "S", "-m", "B", "--wait", **there)
        self.crier("send", "form:9B", "--to", "parent", "-s", "S", "-m", "B", "--wait")

        def ids(folder, job):
            return {line for file in (folder / "outbox" / "email").glob(f"{job}-*.eml")
                    for line in file.read_text().splitlines() if line.startswith("Message-ID")}

        self.assertEqual(7, len(ids(self.copy, 1)))
        self.assertEqual(ids(self.folder, 1), ids(self.copy, 1))
        self.assertEqual(7, len(ids(self.copy, 2)))
        self.assertEqual(set(), ids(self.folder, 2) & ids(self.copy, 2))
        self.assert_error_document(self.crier("store", "adopt", "--json", expect=5, **there), 5, "no-copy")
        self.crier("store", "check", **there)

    def test_adopted_without_what_was_due(self):
        """D6: or it cancels what has not gone, and passes over the times that were missed"""
        self.write("schedules/missing.toml", 'name = "missing"\nkind = "missing-assignments"\nschool = "CAM"\n'
                   'start = 2026-09-07T16:00:00\nfrequency = "daily"\nfor = "all"\nto = "parent"\nvia = ["email"]\n'
                   'begin_due = "-14d"\nend_due = "-1d"\n')
        self.crier("daemon", "--once")
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        there = self.copied()
        shutil.copytree(self.folder / "schedules", self.copy / "schedules")
        later = {"clock": "2026-11-26T17:00:00Z", **there}
        shown = self.crier("store", "adopt", "--dry-run", "--json", **later).json
        self.assertEqual([("missing", "run-late")], [(run["schedule"], run["missed"]) for run in shown["schedules"]])
        self.crier("store", "adopt", "--cancel-due", "--yes", **later)
        self.crier("daemon", "--once", **later)
        (job,) = self.crier("status", "--json", **later).json["jobs"]
        self.assertEqual((7, 0), (job["cancelled"], job["complete"]))

    def test_what_was_not_due_stays(self):
        """D6: --cancel-due leaves what was not due, and was not shown; a notice that was due counts as told"""
        self.crier("send", "form:7A", "--to", "parent", "-s", "Later", "-m", "B", "--at", "2026-12-02T12:00")
        self.write("schedules/missing.toml", 'name = "missing"\nkind = "missing-assignments"\nschool = "CAM"\n'
                   'start = 2026-09-07T16:00:00\nfor = "all"\nto = "parent"\nvia = ["email"]\n'
                   'begin_due = "-14d"\nend_due = "-1d"\n')
        self.crier("schedule", "run", "missing")
        there = self.copied()
        shutil.copytree(self.folder / "schedules", self.copy / "schedules")
        shown = self.crier("store", "adopt", "--cancel-due", "--yes", "--json", **there).json
        self.assertEqual([2], [job["job"] for job in shown["jobs"]])
        jobs = {job["id"]: job for job in self.crier("status", "--json", **there).json["jobs"]}
        self.assertEqual((7, 1), (jobs[1]["held"], jobs[2]["in_doubt"]))
        self.crier("store", "check", **there)
        self.assertEqual([], self.crier("schedule", "run", "missing", "--json", **there).json["jobs"])

    def test_a_store_that_is_renamed(self):
        """D6: a store that is moved on its disk is no copy"""
        moved = self.folder / "moved"
        moved.mkdir()
        for file in self.folder.glob("crier.*"):
            file.rename(moved / file.name)
        self.crier("daemon", "--once", cwd=moved)

    def test_a_copy_while_the_daemon_works(self):
        """D6: the copy does not think that the original's daemon holds its lease"""
        daemon = OneDaemon.daemon(self)
        there = self.copied()
        self.crier("store", "adopt", "--yes", **there)
        self.crier("daemon", "--once", **there)
        self.assertIsNone(daemon.poll())


class Backups(StoreCase):
    """X2: a backup while the daemon works, and back."""

    def setUp(self):
        super().setUp()
        self.take()
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def test_there_and_back(self):
        """X2, D6: what is restored is what was saved; it is paused; what stood there is kept"""
        answer = self.crier("store", "backup", "monday.db", "--json").json
        self.assertEqual((self.folder / "monday.db").stat().st_size, answer["bytes"])
        self.crier("send", "form:9B", "--to", "parent", "-s", "Later", "-m", "B")
        self.assertEqual(2, self.crier("status", "--json").json["total"])
        restored = self.crier("store", "restore", "monday.db", "--yes", "--json").json
        self.assertEqual(1, self.crier("status", "--json").json["total"])
        self.crier("store", "check")
        self.assert_error_document(self.crier("daemon", "--once", "--json", expect=6), 6, "store-copied")
        self.crier("store", "adopt", "--yes")
        self.crier("daemon", "--once")
        self.assertEqual(7, self.crier("status", "--json").json["jobs"][0]["complete"])
        before = self.crier("--store", restored["replaced"], "status", "--json").json
        self.assertEqual(2, before["total"])
        acts = [one["act"] for one in self.crier("report", "audit", "--json").json["entries"]]
        self.assertIn("restore", acts)

    def test_a_backup_that_knows_no_place(self):
        """X2, D6: what is restored is paused, also where the backup is of a time before stores knew their place"""
        self.crier("store", "backup", "monday.db")
        db = sqlite3.connect(self.folder / "monday.db")
        with db:
            db.execute("DELETE FROM store_place")
        db.close()
        self.crier("store", "restore", "monday.db", "--yes")
        self.assert_error_document(self.crier("daemon", "--once", "--json", expect=6), 6, "store-copied")
        self.crier("store", "adopt", "--yes")
        self.crier("daemon", "--once")

    def test_while_the_daemon_works(self):
        """X2: a backup beside the daemon is whole; nothing is restored over it"""
        OneDaemon.daemon(self)
        self.crier("store", "backup", "monday.db")
        self.crier("--store", "monday.db", "store", "check")
        self.assert_error_document(self.crier("store", "restore", "monday.db", "--json", expect=6), 6, "lease-held")

    def test_bad_files(self):
        """X2: nothing is overwritten unasked, nothing half written, nothing restored that is no sound store"""
        self.crier("store", "backup", "monday.db")
        self.assert_error_document(self.crier("store", "backup", "monday.db", "--json", expect=5), 5, "file-exists")
        self.crier("store", "backup", "monday.db", "--force")
        self.crier("store", "backup", ".", expect=2)
        self.crier("store", "backup", "nowhere/monday.db", expect=6)
        self.write("text.db", "hello")
        (self.folder / "half.db").write_bytes((self.folder / "monday.db").read_bytes()[:50_000])
        before = self.names()
        for bad in ("text.db", "half.db", "nowhere.db"):
            with self.subTest(bad):
                self.assert_error_document(self.crier("store", "restore", bad, "--json", expect=3), 3)
        self.assert_two_lines(self.crier("store", "restore", "half.db", expect=3))
        self.crier("store", "restore", "crier.db", expect=2)
        self.assertEqual(before, self.names())
        self.assertEqual(1, self.crier("status", "--json").json["total"])

    def test_where_there_is_none(self):
        """X2: onto a new machine: the settings and the backup are enough"""
        self.crier("store", "backup", "monday.db")
        for file in self.folder.glob("crier.db*"):
            file.unlink()
        answer = self.crier("store", "restore", "monday.db", "--json").json
        self.assertIsNone(answer["replaced"])
        self.assertEqual(1, self.crier("status", "--json").json["total"])

    def test_a_damaged_store_is_replaced(self):
        """X2: what cannot be opened any more is put aside"""
        self.crier("store", "backup", "monday.db")
        self.crier("store", "check")
        with open(self.store, "r+b") as file:
            file.write(b"\0" * 4096)
        for log in self.folder.glob("crier.db-*"):
            log.unlink()
        self.crier("status", expect=6)
        self.crier("store", "restore", "monday.db", "--yes")
        self.assertEqual(1, self.crier("status", "--json").json["total"])


class Elsewhere(StoreCase):
    def test_a_deep_folder(self):
        """X2: a store in a folder whose path is longer than a socket's name works, its daemon wakes too"""
        deep = self.folder
        for _ in range(5):
            deep = deep / ("a-long-name-of-a-folder-" * 2)
        deep.mkdir(parents=True)
        for file in self.folder.glob("crier*"):
            if file.is_file():
                file.rename(deep / file.name)
        oneroster.school().write(deep / "set")
        self.crier("import", "oneroster", "set", cwd=deep)
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B", "--wait", cwd=deep)

    def test_names_of_all_kinds(self):
        """X2: a store whose path has blanks, quotes and letters of another script"""
        self.crier("--store", "Schule ü 学校 'x' \"y\".db", "--config", "cönf.toml", "init", "--school", "TWO", "--name",
                   "Two", "--timezone", "Europe/London", "--country", "GB")
        self.crier("--config", "cönf.toml", "status")
        self.crier("--config", "cönf.toml", "store", "check")


if __name__ == "__main__":
    crier_case.main()
