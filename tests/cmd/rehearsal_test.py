"""`crier daemon --rehearse`: what the coming days would send, worked in a copy; nothing of the store or its gateways moves."""

import json
import signal
import time

import crier_case
from schedule_test import FRIDAY, ScheduleCase as Base

NIGHT = 'name = "night"\nkind = "message"\ncron = "30 21 * * *"\nsubject = "Night {}"\nbody = "Dear all"\n'


class Rehearsal(Base):
    def rehearse(self, span, *more, clock=crier_case.MORNING, **options):
        return self.crier("daemon", "--rehearse", span, "--json", *more, clock=clock, **options).json

    def test_as_the_daemon_does_it(self):
        """T1: a rehearsal of three days and the three days themselves have the same runs, messages and times"""
        self.schedule(frequency="daily")
        self.write("schedules/night.toml", NIGHT.format(""))
        told = self.rehearse("3d", "--into", "files")
        self.assert_keys(["from", "to", "into", "runs", "complete", "failed", "left"], told)
        for run in told["runs"]:
            self.assert_keys(["schedule", "kind", "at", "local", "ran", "outcome", "missed", "messages", "complete", "failed",
                              "cancelled", "left", "last_left"], run)
        self.assertEqual([], self.jobs())
        for clock in (crier_case.MORNING, "2026-11-25T16:00:00Z", "2026-11-25T21:30:00Z", "2026-11-26T08:00:00Z",
                      "2026-11-26T16:00:00Z", "2026-11-26T21:30:00Z", "2026-11-27T08:00:00Z", FRIDAY, "2026-11-27T21:30:00Z",
                      "2026-11-28T08:00:00Z", "2026-11-28T09:59:00Z"):
            self.once(clock)
        done = []
        for name in ("missing-weekly", "night"):
            for run in self.crier("schedule", "show", name, "--json").json["schedule"]["runs"]:
                done.append((run["at"], name, run["outcome"]))
        self.assertEqual(sorted(done), [(run["at"], run["schedule"], run["outcome"]) for run in told["runs"]])
        self.assertEqual(sum(job["complete"] for job in self.jobs()), told["complete"])
        self.assertEqual(len(self.mails()), len(list((self.folder / "files" / "email").glob("*.eml"))))
        night = [run for run in told["runs"] if run["schedule"] == "night"]
        self.assertEqual("2026-11-26T08:00:00Z", night[0]["last_left"])

    def test_nothing_is_touched(self):
        """T1, D6: beside a daemon that works: its gateway is not spoken to, the store does not change, no file is left"""
        self.schedule()
        self.settings('[channel.email]\nkind = "smtp"\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n')
        before = self.crier("schedule", "show", "missing-weekly", "--json").json
        daemon = self.popen("daemon")
        told = self.rehearse("3d")
        daemon.terminate()
        self.assertEqual(0, daemon.wait(timeout=30))
        self.assertEqual((1, 0, 0), (told["complete"], told["failed"], told["left"]))
        self.assertEqual([], self.jobs())
        self.assertEqual(before, self.crier("schedule", "show", "missing-weekly", "--json").json)
        self.assertEqual([], [path for path in self.folder.iterdir() if path.name == "outbox"])

    def test_what_is_left(self):
        """T1, D3, M4: what quiet hours hold past the end, or an approval, is left; what is too late is cancelled"""
        self.write("schedules/night.toml", NIGHT.format(""))
        self.assertEqual(18, self.rehearse("12h")["left"])
        self.settings("[approval]\nperiodic = \"required\"\n")
        told = self.rehearse("1d")
        self.assertEqual((0, 18), (told["complete"], told["left"]))
        told = self.rehearse("6d")
        self.assertEqual([18, 18, 18], [run["cancelled"] for run in told["runs"]][:3])

    def test_imports(self):
        """T1, I13: an import is rehearsed once and its other times are listed; what it brings the notices tell"""
        self.settings('[import.oneroster]\nkind = "oneroster"\npath = "set"\n')
        self.write("schedules/sync.toml", 'name = "sync"\nkind = "import"\nsource = "oneroster"\ncron = "0 12 * * *"\n')
        self.write("schedules/night.toml", NIGHT.format(""))
        self.roster.find("users", "g-4").update(email="")
        self.roster.write(self.folder / "set")
        told = self.rehearse("2d")
        self.assertEqual(2, len([run for run in told["runs"] if run["kind"] == "import" and run["outcome"] == "on-time"]))
        self.assertEqual(17, told["runs"][1]["complete"])
        self.assertEqual(1, told["runs"][1]["failed"])
        self.assertEqual(1, len(self.crier("import", "list", "--json").json["imports"]))

    def test_stopped(self):
        """T1, P1: stopped in the middle it says so, shows nothing, and leaves no copy of the store behind"""
        for number in range(6):
            self.write(f"schedules/often-{number}.toml", NIGHT.format(number).replace("night", f"often-{number}")
                       .replace("30 21 * * *", "*/5 * * * *"))
        for command in (("daemon", "--rehearse", "400d"), ("schedule", "preview", "--days", "400")):
            with self.subTest(command):
                copies = self.folder / command[0]
                copies.mkdir()
                process = self.popen(*command, "--json", env={"TMPDIR": str(copies)})
                deadline = time.monotonic() + 20
                while not list(copies.glob("crier-copy-*/crier.db")):
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.01)
                process.send_signal(signal.SIGTERM)
                out, _ = process.communicate(timeout=30)
                self.assertEqual(1, process.returncode)
                self.assertEqual("stopped", json.loads(out)["error"]["code"])
                self.assertEqual([], list(copies.iterdir()))

    def test_bad_calls(self):
        """T1: no span, too long, with --once, into a folder that holds something: told, and nothing is written"""
        self.schedule()
        for span in ("soon", "7", "0d", "-3d", "401d"):
            self.assertEqual(2, self.crier("daemon", "--rehearse", span, expect=2).code)
        self.crier("daemon", "--rehearse", "1d", "--once", expect=2)
        self.crier("daemon", "--into", "files", expect=2)
        self.assertEqual("not-empty", self.crier("daemon", "--rehearse", "1d", "--into", "set", "--json", expect=3).error["code"])
        self.crier("daemon", "--rehearse", "1d", "--into", "crier.toml", expect=3)
        self.assertEqual([], self.crier("daemon", "--rehearse", "1h", "--json").json["runs"])


if __name__ == "__main__":
    del Base
    crier_case.main()
