"""What somebody at a terminal sees: colours, widths, the pager, questions, a table that is drawn again in place."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import crier_case
import oneroster
from crier_case import BINARY, CrierCase

REDRAW = b"\x1b[H\x1b[J"


class Screen:
    """crier with a terminal on all three ends."""

    def __init__(self, case, arguments, columns=120, rows=24, environment=None, clock=crier_case.MORNING):
        self.leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        settings = case.environment(clock, **{"TERM": "xterm", **(environment or {})})
        self.process = subprocess.Popen([BINARY, *map(str, arguments)], cwd=case.folder, env=settings, stdin=follower,
                                        stdout=follower, stderr=follower, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(follower)
        self.seen = b""
        case.addCleanup(self.end)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.leader is not None:
            os.close(self.leader)
            self.leader = None

    def read(self, until=None, seconds=20):
        """What has been written, until it holds `until`, or to the end."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and (until is None or until not in self.seen):
            if not select.select([self.leader], [], [], 0.1)[0]:
                continue
            try:
                got = os.read(self.leader, 65536)
            except OSError:  # nobody has the other end any more
                break
            if not got:
                break
            self.seen += got
        return self.seen

    def type(self, text):
        os.write(self.leader, text)

    def text(self):
        self.read()
        self.process.wait(20)
        return self.seen.decode().replace("\r\n", "\n")


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


class Terminal(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        roster = oneroster.school()
        roster.find("users", "g-5")["email"] = ""
        roster.find("users", "g-8")["familyName"] = "王小明👩‍👩‍👧"
        roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def jobs(self, count, **more):
        for number in range(count):
            self.crier("send", "form:9B", "--to", "parent", "-s", f"Subject {number}", "-m", "B", **more)

    def screen(self, *arguments, **more):
        return Screen(self, arguments, **more)

    def test_colours(self):
        """S1: colours by meaning on a terminal, none with NO_COLOR, --color never or a dumb one, always with --color always"""
        self.jobs(1)
        red = "\x1b[31m"
        self.assertIn(red, self.screen("status").text())
        for environment, options, wanted in (({"NO_COLOR": "1"}, [], False), ({"NO_COLOR": ""}, [], True),
                                             ({}, ["--color", "never"], False),
                                             ({"NO_COLOR": "1"}, ["--color", "always"], True), ({"TERM": "dumb"}, [], False)):
            with self.subTest(environment=environment, options=options):
                self.assertEqual(wanted, red in self.screen("status", *options, environment=environment).text())
        self.assertIn("\x1b[", self.crier("status", "--color", "always").out)

    def test_nothing_but_data_on_a_pipe(self):
        """S1, S7: a pipe gets the data alone: no colours, no pager, no cut words, remarks apart"""
        self.jobs(40)
        for arguments in (["status", "--per-page", "40"], ["status", "1", "--recipients"], ["status", "1", "--errors"],
                          ["issues", "list"], ["schedule", "list"], ["report", "delivery"], ["doctor", "--offline"]):
            with self.subTest(arguments):
                done = self.crier(*arguments, env={"CRIER_PAGER": "false", "PAGER": "false"})
                self.assertNotIn("\x1b", done.out)
                if arguments[0] != "doctor":  # its remedies say so of what is to be filled in
                    self.assertNotIn("…", done.out)
                self.assertNotIn("\r", done.out + done.err)
        self.assertEqual("", self.crier("status", "--json").err)

    def test_widths(self):
        """S1: on any terminal no line is longer than it, and columns stand below one another in any script"""
        self.jobs(2)
        self.crier("send", "form:9B", "--to", "parent", "-s", "王小明 und die 🇬🇧-Flagge " * 3, "-m", "B")
        for columns in (60, 80, 100, 200):
            with self.subTest(columns):
                screen = self.screen("status", "--no-pager", columns=columns)
                lines = plain(screen.text()).split("\n")
                table = lines[:4]
                self.assertIn("Job", table[0])
                for line in table:
                    # Flags are two columns and two characters, Chinese two columns and one.
                    width = sum(2 if "\u4e00" <= c <= "\u9fff" else 1 for c in line)
                    self.assertLessEqual(width, columns, line)
                self.assertIn("Subject 0", lines[3][:columns])
                self.assertEqual(columns < 200, any("No room for:" in line for line in lines))

    def pager(self, *arguments, environment, **more):
        """Whether the pager was asked, and what it was given."""
        given = self.folder / "given"
        given.unlink(missing_ok=True)
        environment = {name: value.replace("@", str(given)) for name, value in environment.items()}
        screen = self.screen(*arguments, environment=environment, **more)
        text = screen.text()
        self.assertEqual(0, screen.process.returncode, text)
        return (given.read_text() if given.exists() else None), text

    def test_pager(self):
        """S1: what is longer than the terminal goes to CRIER_PAGER, else PAGER; what fits, and what nobody wants paged, does not"""
        self.jobs(40)
        long = ["status", "--per-page", "40"]
        given, text = self.pager(*long, environment={"CRIER_PAGER": "cat > @", "PAGER": "false"})
        self.assertIn("Subject 0", given)
        self.assertIn("Subject 39", given)
        self.assertIn("\x1b[31m", given, "colours stay")
        self.assertNotIn("Subject 20", text)
        given, _ = self.pager(*long, environment={"PAGER": "cat > @"})
        self.assertIn("Subject 39", given)
        for options, environment, more in (
            (["--no-pager"], {}, {}), ([], {"CRIER_PAGER": ""}, {}), ([], {"CRIER_PAGER": "cat"}, {}),
            ([], {}, {"rows": 60}), (["--json"], {}, {}),
        ):
            with self.subTest(options=options, environment=environment, more=more):
                given, text = self.pager(*long, *options, environment={"CRIER_PAGER": "cat > @", **environment}, **more)
                self.assertIsNone(given)
                self.assertIn("Subject 0", text)
                self.assertIn("Subject 39", text)

    def test_pager_that_is_not_there(self):
        """S1: a pager that cannot be started loses nothing, one that is left early is no fault"""
        self.jobs(40)
        for command in ("no-such-pager-anywhere", "/"):
            given, text = self.pager("status", "--per-page", "40", environment={"CRIER_PAGER": command})
            self.assertIsNone(given)
            self.assertIn("Subject 39", text)
            self.assertIn("Subject 0", text)
        _, text = self.pager("status", "--per-page", "40", environment={"CRIER_PAGER": "head -c 100"})
        self.assertNotIn("broken", text.lower())
        _, text = self.pager("status", "1", "--recipients", environment={"CRIER_PAGER": "true"}, rows=3)
        self.assertNotIn("roken", text)

    def test_less(self):
        """S1: by itself it is less, with colours, left by a key"""
        if not any(os.access(os.path.join(folder, "less"), os.X_OK) for folder in os.environ["PATH"].split(":")):
            self.skipTest("less is not installed")
        self.jobs(40)
        screen = self.screen("status", "--per-page", "40")
        seen = screen.read(until=b"Subject 25")
        self.assertNotIn(b"Subject 10", seen)
        self.assertIsNone(screen.process.poll())
        screen.type(b"q")
        screen.text()
        self.assertEqual(0, screen.process.returncode)

    def test_interrupt_in_the_pager(self):
        """S1: Ctrl-C while somebody reads is the pager's, and crier ends with it"""
        self.jobs(40)
        screen = self.screen("status", "--per-page", "40",
                             environment={"CRIER_PAGER": "trap '' INT; read line; cat > /dev/null; echo left"})
        time.sleep(0.5)
        screen.type(b"\x03")
        self.assertIn("left", screen.text())
        self.assertEqual(0, screen.process.returncode)

    def test_watch(self):
        """S1: --watch draws the table again in place when it has changed, and ends when interrupted"""
        self.jobs(1)
        screen = self.screen("status", "--watch")
        screen.read(until=b"Subject 0")
        self.assertEqual(1, screen.seen.count(REDRAW))
        self.crier("send", "form:7A", "--to", "parent", "-s", "Another", "-m", "B")
        screen.read(until=b"Another")
        self.assertEqual(2, screen.seen.count(REDRAW))
        screen.process.send_signal(signal.SIGINT)
        screen.text()
        self.assertEqual(0, screen.process.returncode)
        piped = self.popen("status", "--watch")
        time.sleep(0.5)
        piped.send_signal(signal.SIGTERM)
        out, _ = piped.communicate(timeout=20)
        self.assertIn(b"Another", out)
        self.assertNotIn(b"\x1b", out)

    def test_progress(self):
        """S1: an import and send --wait have a bar on a terminal, gone without a trace at their end"""
        oneroster.school(pupils=400).write(self.folder / "set")
        text = self.screen("import", "oneroster", "set").text()
        self.assertIn("\r\x1b[K", text)
        self.assertIn("applied", text)
        screen = self.screen("send", "form:9B", "--to", "parent", "-s", "S", "-m", "B", "--wait", "--yes")
        text = screen.text()
        self.assertIn("[", text)
        self.assertIn("\r\x1b[K", text)
        self.assertNotIn("\x1b[K", self.crier("send", "form:9B", "--to", "parent", "-s", "S", "-m", "B", "--wait",
                                              expect=None).err)

    def test_questions(self):
        """S5: resolving by a filter asks on a terminal, and a no changes nothing"""
        roster = oneroster.school()
        roster.find("users", "g-5")["email"] = "no address"
        roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set", expect=1)
        before = self.crier("issues", "list", "--json").json["issues"]
        self.assertTrue(before)
        kind = before[0]["kind"]
        for answer, left in ((b"n\n", before), (b"\n", before), (b"y\n", None)):
            screen = self.screen("issues", "resolve", "--kind", kind)
            screen.read(until=b"[y/N]")
            self.assertIn(b"Resolve these", screen.seen)
            screen.type(answer)
            screen.text()
            self.assertEqual(0, screen.process.returncode)
            now = self.crier("issues", "list", "--json").json["issues"]
            if left is not None:
                self.assertEqual(left, now)
        self.assertEqual([], [one for one in now if one["kind"] == kind])
        self.crier("issues", "list", "--state", "resolved", "--kind", kind)


if __name__ == "__main__":
    crier_case.main()
