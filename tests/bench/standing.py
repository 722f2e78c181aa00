"""B15, B18 and B19: what a daemon that stands by answers to: an emergency, nothing at all, a notice to a year's parents."""
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from common import SIZES, Wrong, copy_store, fold, require, timed

HERE = Path(__file__).resolve().parent
EMERGENCIES = 100
BACKLOG = {"small": 20_000, "third": 100_000, "full": 100_000}
# Behind a backlog the mail server takes so long for a message: at 20 sessions 2,000 leave in a second.
SERVER_MS = 10
NOTICE = "year:9"  # of 100,000 pupils: 24,000 parents
PATIENCE = 120


class Stamps:
    """A mail server that writes down when (anchors/stamps.cpp)."""

    def __init__(self, bench, word="Emergency", pause=0):
        program = bench.folder / "stamps"
        if not program.exists():
            subprocess.run(["g++", "-O2", "-std=c++20", HERE / "anchors" / "stamps.cpp", "-o", program], check=True)
        self.process = subprocess.Popen([program, word, str(pause)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def next(self):
        """(moment, subject) of the next message with the word."""
        moment, subject = self.process.stdout.readline().rstrip().split(" ", 1)
        return float(moment), subject

    def stop(self):
        """Messages, different Message-IDs, the moment of the last final dot."""
        said, _ = self.process.communicate(timeout=20)
        messages, idents, last = said.split()[-3:]
        return int(messages), int(idents), float(last)


class Daemon:
    def __init__(self, bench, folder):
        self.folder = folder
        self.process = subprocess.Popen([bench.crier, "-v", "daemon"], cwd=folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while "crier works" not in (line := self.process.stderr.readline()):
            require(line, "the daemon did not start")

    def stop(self):
        self.process.terminate()
        said = self.process.communicate(timeout=30)[1]
        require(self.process.returncode == 0, f"the daemon ended with {self.process.returncode}: {said[-400:]}")

    def used(self):
        """Seconds of processor and wake-ups of all its threads so far."""
        seconds = wakes = 0
        for thread in Path(f"/proc/{self.process.pid}/task").iterdir():
            seconds += int((thread / "schedstat").read_text().split()[0]) / 1e9
            for line in (thread / "status").read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    wakes += int(line.split()[1])
        return seconds, wakes


class Standing:
    def __init__(self, bench):
        self.bench = bench

    def run(self, wanted):
        if "B15" in wanted:
            self.emergencies()
        if "B18" in wanted:
            self.idle()
        if "B19" in wanted:
            self.notice()

    # B15 ---------------------------------------------------------------------------------------------------------

    def backlog(self):
        """A store with so many messages queued."""
        bench = self.bench
        queued, count = bench.queued()
        folder = bench.folder / "backlog"
        if not folder.exists():
            copy_store(queued, folder)
            there = count
            while there < BACKLOG[bench.options.size]:
                timed([bench.crier, "send", "all", "--to", "parent", "-s", f"Missing work, from {there}", "--body-file",
                       "body.txt", "--skip-unreachable", "--yes"], folder=folder)
                there += count
            fold(folder / "crier.db")
        return folder

    def emergency_rounds(self, store, pause, number):
        """Milliseconds from the start of the command to the final dot, each in the order sent."""
        bench = self.bench
        folder = copy_store(store, bench.folder / "standing")
        sink = Stamps(bench, pause=pause)
        bench.settings(folder, sink.port)
        daemon = Daemon(bench, folder)
        taken = []
        try:
            if pause:
                time.sleep(1)  # under way
            for one in range(EMERGENCIES):
                begin, subject = time.monotonic(), f"Emergency {number}.{one}"
                timed([bench.crier, "-q", "send", self.pupil, "--to", "parent", "-s", subject, "-m", "Stay where you are.",
                       "--priority", "emergency", "--yes"], folder=folder)
                moment, came = sink.next()
                require(came == subject, f"'{came}' came, not '{subject}'")
                taken.append((moment - begin) * 1000)
                time.sleep(0.02)
            if pause:
                left = daemon_queue(folder)
                require(left > 0, "the backlog ran dry: no figure")
        finally:
            daemon.stop()
            messages, idents, _ = sink.stop()
        require(messages == idents, f"{messages} messages, {idents} different Message-IDs")
        timed([bench.crier, "store", "check"], folder=folder)
        return sorted(taken)

    def emergencies(self):
        bench = self.bench
        queued, _ = bench.queued()
        empty = bench.folder / "nothing-queued"
        if not empty.exists():
            bench.new_store("nothing-queued")
            bench.take_in(empty, bench.folder / "queued-set")
            fold(empty / "crier.db")
        self.pupil = one_pupil(bench, empty)
        for ident, store, pause in (("B15-idle", empty, 0), ("B15-backlog", self.backlog(), SERVER_MS)):
            rounds = []
            for number in range(bench.options.rounds or 3):
                print(f"  {ident}, round {number + 1}, load {os.getloadavg()[0]:.2f}:", end="", file=sys.stderr, flush=True)
                rounds.append(self.emergency_rounds(store, pause, number))
                print(f" p50 {rounds[-1][EMERGENCIES // 2]:.1f} ms, p99 {rounds[-1][EMERGENCIES - 2]:.1f} ms", file=sys.stderr)
            halves = [one[EMERGENCIES // 2] for one in rounds]
            worst = [one[EMERGENCIES - 2] for one in rounds]
            bench.tell(ident, worst, halves, f"p99 {statistics.median(worst):.1f} ms", f"p50 {statistics.median(halves):.1f} ms")

    # B18 ---------------------------------------------------------------------------------------------------------

    def idle(self):
        """A daemon with nothing to do; afterwards it still sends at once."""
        bench = self.bench
        queued, _ = bench.queued()
        seconds = bench.options.idle
        folder = bench.folder / "idle"
        if not folder.exists():
            bench.new_store("idle")
            bench.take_in(folder, bench.folder / "queued-set")
        sink = Stamps(bench)
        bench.settings(folder, sink.port)
        daemon = Daemon(bench, folder)
        try:
            time.sleep(3)
            before, begin = daemon.used(), time.monotonic()
            time.sleep(seconds)
            after, spent = daemon.used(), time.monotonic() - begin
            timed([bench.crier, "-q", "send", one_pupil(bench, folder), "--to", "parent", "-s", "Emergency", "-m", "Body",
                   "--priority", "emergency", "--yes"], folder=folder)
            sink.next()
        finally:
            daemon.stop()
            sink.stop()
        share = (after[0] - before[0]) / spent * 100
        wakes = (after[1] - before[1]) / spent
        bench.tell("B18-cpu", [share], [1], f"{share:.4f} %", f"{seconds} s")
        bench.tell("B18-wakes", [wakes], [1], f"{wakes:.2f}/s", f"{seconds} s")

    # B19 ---------------------------------------------------------------------------------------------------------

    def notice(self):
        """From the command, a daemon standing by, to the last final dot and all of it complete in the store."""
        bench = self.bench
        pupils = SIZES[bench.options.size][0]
        store = bench.folder / "one-school"
        if not store.exists():
            bench.new_store("one-school")
            bench.take_in(store, bench.oneroster("one-school-set", pupils, 0, 0, "--schools", "1"))
            fold(store / "crier.db")
        rounds = []
        for number in range(bench.options.rounds or 3):
            folder = copy_store(store, bench.folder / "notice")
            sink = Stamps(bench)
            bench.settings(folder, sink.port)
            (folder / "body.txt").write_text("Dear parent, the following work by your child is missing and due.\n" * 5)
            daemon = Daemon(bench, folder)
            try:
                timed([bench.crier, "resolve", NOTICE, "--to", "parent"], folder=folder)  # into the page cache
                begin = time.monotonic()
                timed([bench.crier, "-q", "send", NOTICE, "--to", "parent", "-s", "Notice", "--body-file", "body.txt",
                       "--skip-unreachable", "--yes"], folder=folder)
                confirmed = time.monotonic() - begin
                while daemon_queue(folder) > 0:
                    require(time.monotonic() < begin + PATIENCE, "it does not finish")
                    time.sleep(0.02)
            finally:
                daemon.stop()
                messages, idents, last = sink.stop()
            require(messages == idents and messages > pupils / 10, f"{messages} messages, {idents} different Message-IDs")
            bench.check_sent(folder / "crier.db", messages)
            rounds.append(last - begin)
            print(f"  B19, round {number + 1}, load {os.getloadavg()[0]:.2f}: {messages} messages, confirmed after "
                  f"{confirmed:.2f} s, the last after {rounds[-1]:.2f} s", file=sys.stderr)
        bench.tell("B19", rounds, rounds, f"{statistics.median(rounds):.2f} s", f"{messages} messages")


def daemon_queue(folder):
    """Deliveries that have not ended."""
    done = subprocess.run(["sqlite3", "-readonly", folder / "crier.db",
                           "SELECT coalesce(sum(not_started + processing), 0) FROM job"], capture_output=True, text=True)
    if done.returncode:
        raise Wrong(done.stderr)
    return int(done.stdout)


def one_pupil(bench, folder):
    """An audience of one pupil with one contact, who has an address."""
    said = subprocess.run(["sqlite3", "-readonly", folder / "crier.db",
                           "SELECT p.code FROM person p JOIN relationship r ON r.pupil = p.id JOIN address a ON "
                           "a.person = r.contact WHERE a.kind = 'email' AND a.normal IS NOT NULL GROUP BY p.id HAVING count(*) = 1 AND "
                           "(SELECT count(*) FROM relationship WHERE pupil = p.id) = 1 ORDER BY p.id LIMIT 1"],
                          capture_output=True, text=True)
    require(said.returncode == 0 and said.stdout.strip(), f"no pupil to tell of: {said.stderr}")
    return f"pupil:{said.stdout.strip()}"
