"""B9 and B10: what an import in another process does to a daemon that is sending.

The daemon and its sink share one processor, as in the other lines about sending; the import runs on the others, so
that what is seen is the waiting for the store, not for a processor. A stall is the longest gap between two
acceptances at the sink that touches the import, less the typical gap.
"""
import csv
import json
import os
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import threading
import time

from common import CORE, SEND_PUPILS, SIZES, Sink, Wrong, copy_store, fold, require, timed

CASES = ("same", "tenth", "first")
NEEDED = {"small": 60000, "third": 120000}  # messages: the queue must outlast the import
WARM = 0.5  # seconds of sending that count for nothing
ALONE = 1.5  # seconds of sending before the import starts
PATIENCE = 120


class Watch:
    """Reads the counters of smtp-sink as it writes them and keeps when each count was seen."""

    def __init__(self):
        self.seen = []  # (when, count), rising
        self.count = 0
        self.thread = None

    def start(self, pipe):
        self.thread = threading.Thread(target=self.read, args=(pipe.fileno(),), daemon=True)
        self.thread.start()

    def read(self, file):
        rest = b""
        while chunk := os.read(file, 1 << 16):
            now = time.perf_counter()
            rest += chunk
            counts = re.findall(rb"mesg=(\d+)\s", rest)
            if counts and int(counts[-1]) > self.count:
                self.count = int(counts[-1])
                self.seen.append((now, self.count))
            rest = rest[-256:]

    def wait_until(self, reached, words):
        limit = time.perf_counter() + PATIENCE
        while not reached():
            if time.perf_counter() > limit:
                raise Wrong(words)
            time.sleep(0.005)

    def rate(self, begin, end):
        """Acceptances per second between two moments."""
        at = lambda when: max((count for seen, count in self.seen if seen <= when), default=0)
        return (at(end) - at(begin)) / (end - begin)

    def stall(self, begin, end):
        """The longest gap, in seconds, that touches the time between two moments, less the typical one."""
        pairs = zip(self.seen, self.seen[1:])
        gaps = [(late - early, more - less) for (early, less), (late, more) in pairs if late > begin and early < end]
        typical = statistics.median(gap / messages for gap, messages in gaps)
        return max(gap for gap, _ in gaps) - typical


def edit_tenth(district, to):
    """A copy of the set in which every tenth user has another given name; how many those are."""
    shutil.copytree(district, to)
    edited = 0
    with open(district / "users.csv", encoding="utf-8", newline="") as old, \
            open(to / "users.csv", "w", encoding="utf-8", newline="") as new:
        rows = csv.reader(old)
        told = csv.writer(new, lineterminator="\r\n")
        head = next(rows)
        told.writerow(head)
        name = head.index("givenName")
        for number, row in enumerate(rows):
            if number % 10 == 0:
                row[name] += " Edited"
                edited += 1
            told.writerow(row)
    return edited


class During:
    def __init__(self, bench):
        self.bench = bench
        self.crier = bench.crier
        size = "small" if bench.options.size == "small" else "third"
        self.needed = NEEDED[size]
        self.sizes = SIZES[size]
        self.senders = SEND_PUPILS[size]

    # What is measured on -----------------------------------------------------------------------------------------

    def queue(self, folder, schools):
        """Queues jobs to every parent, school by school, until there are messages enough to outlast an import."""
        (folder / "body.txt").write_text("Dear parent, the following work by your child is missing and due.\n" * 27)
        count = 0
        while count < self.needed:
            for school in schools:
                timed([self.crier, "--school", school, "send", "all", "--to", "parent", "-s",
                       f"Missing work, from {count}", "--body-file", "body.txt", "--skip-unreachable", "--yes"],
                      folder=folder)
            before, count = count, self.one(folder, "SELECT count(*) FROM delivery WHERE state = 'queued'")
            require(count > before, "nothing was queued")
        fold(folder / "crier.db")

    @staticmethod
    def one(folder, sql):
        db = sqlite3.connect(folder / "crier.db")
        answer = db.execute(sql).fetchone()[0]
        db.close()
        return answer

    def settings(self, folder, port):
        self.bench.settings(folder, port)
        text = (folder / "crier.toml").read_text()
        columns = re.search(r"(?m)^columns = .*$", text).group(0)
        (folder / "crier.toml").write_text(f'{text}\n[import.other]\nkind = "oneroster"\n{columns}\n')

    def prepare(self):
        bench = self.bench
        self.district = bench.oneroster("during-district", *self.sizes)
        self.truth = json.loads((self.district / "truth.json").read_text())
        self.changed = bench.folder / "during-changed"
        self.edited = edit_tenth(self.district, self.changed)
        self.known = bench.new_store("during-known")
        bench.take_in(self.known, self.district)
        self.queue(self.known, [str(100000 + number) for number in range(self.truth["schools"])])

        # Another school, of another source: its identifier is none of the district's.
        other = bench.oneroster("during-other", self.senders, 0, 0, "--schools", "1")
        orgs = other / "orgs.csv"
        orgs.write_bytes(orgs.read_bytes().replace(b",100000,", b",900000,"))
        self.foreign = bench.new_store("during-foreign")
        self.settings(self.foreign, 25)
        timed([self.crier, "import", "oneroster", str(other), "--source", "other"], folder=self.foreign,
              allowed=(0, 1))
        self.queue(self.foreign, ["D1"])

    # One case ----------------------------------------------------------------------------------------------------

    def once(self, case):
        """Sends alone, then while the import runs: the stalls in both and the rates in both."""
        folder = copy_store(self.foreign if case == "first" else self.known, self.bench.folder / "during")
        queued = self.one(folder, "SELECT count(*) FROM delivery WHERE state = 'queued'")
        watch = Watch()
        sink = Sink(self.bench.folder, True, watch=watch)
        daemon = None
        try:
            self.settings(folder, sink.port)
            daemon = subprocess.Popen(["taskset", "-c", CORE, self.crier, "-q", "daemon"], cwd=folder,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            watch.wait_until(lambda: watch.count > 0, "the daemon sends nothing")
            time.sleep(WARM)
            start = time.perf_counter()
            time.sleep(ALONE)
            begin = time.perf_counter()
            answer = self.take_in(folder, self.changed if case == "tenth" else self.district)
            end = time.perf_counter()
            seen = watch.count
            watch.wait_until(lambda: watch.count > seen or watch.count == queued, "the daemon sends no more")
        finally:
            if daemon:
                daemon.send_signal(signal.SIGTERM)
                said = daemon.communicate()[1].decode(errors="replace")
            accepted = sink.stop()
        require(daemon.returncode == 0, f"the daemon ended with {daemon.returncode}: {said[-400:]}")
        require(seen < queued, f"the queue of {queued} ran dry before the import ended: no figure")
        self.check(case, folder, answer, accepted)
        return {"seconds": end - begin, "stall": watch.stall(begin, end), "before": watch.stall(start, begin),
                "alone": watch.rate(start, begin), "rate": watch.rate(begin, end)}

    def take_in(self, folder, roster):
        others = os.sched_getaffinity(0) - {int(CORE)} or {0}
        command = ["taskset", "-c", ",".join(map(str, sorted(others))), self.crier, "--json", "import", "oneroster",
                   str(roster)]
        return json.loads(timed(command, folder=folder, allowed=(0, 1))[2])

    def check(self, case, folder, answer, accepted):
        told = answer["import"]
        outcome = "unchanged" if case == "same" else "applied"
        require(told["outcome"] == outcome, f"the import's outcome was {told['outcome']}, not {outcome}")
        if case == "tenth":
            people = sum(told["changed"][kind] for kind in ("pupil", "contact", "staff"))
            require(people == self.edited, f"{people} people were changed, not {self.edited}")
        if case == "first":
            added = told["added"]
            require((added["pupil"], added["contact"]) == (self.truth["pupils"], self.truth["guardians"]),
                    f"{added['pupil']} pupils and {added['contact']} contacts were added")
            require(added["mark"] == self.truth["results"], f"{added['mark']} marks were added")
        complete = self.one(folder, "SELECT count(*) FROM delivery WHERE state = 'complete'")
        require(complete == accepted, f"{complete} deliveries are complete, the sink counted {accepted}")
        require(self.one(folder, "SELECT count(*) FROM attempt") == accepted, "attempts do not match the sink's count")
        require(self.one(folder, "SELECT sum(complete) FROM job") == accepted, "the job's counts are wrong")
        timed([self.crier, "store", "check"], folder=folder)

    # All ---------------------------------------------------------------------------------------------------------

    def run(self, wanted):
        self.prepare()
        told = []
        count = self.bench.options.rounds or 3
        for number in range(count):
            cases = list(CASES)
            self.bench.random.shuffle(cases)
            print(f"  round {number + 1} of {count}, load {os.getloadavg()[0]:.2f}:", end="", file=sys.stderr, flush=True)
            told.append({})
            for case in cases:
                figures = told[-1][case] = self.once(case)
                print(f" {case} {figures['seconds']:.2f} s, stall {figures['stall'] * 1000:.0f} ms,", end="",
                      file=sys.stderr, flush=True)
            print(file=sys.stderr)
        alone = [figures["alone"] for cases in told for figures in cases.values()]
        for case in CASES:
            self.tell(case, [cases[case] for cases in told], wanted)
        print(f"B9 and B10: sending alone at {min(alone):,.0f} to {max(alone):,.0f}/s; ratio of B9 = stall / gate, "
              "reached at 1 and below; its anchor is the longest gap before the import")

    def tell(self, case, figures, wanted):
        half = lambda key: statistics.median(f[key] for f in figures)
        alone = [f["alone"] for f in figures]
        if "B9" in wanted:
            ident = f"B9-{case}"
            limit = self.bench.goals.get(ident, {}).get("gate_ms", 1000)
            self.bench.tell(ident, [f["stall"] * 1000 / limit for f in figures], alone,
                            f"{half('stall') * 1000:.0f} of {limit} ms", f"{half('before') * 1000:.0f} ms")
        if "B10" in wanted:
            self.bench.tell(f"B10-{case}", [f["rate"] / f["alone"] for f in figures], alone,
                            f"{half('rate'):,.0f}/s", f"{half('alone'):,.0f}/s")
