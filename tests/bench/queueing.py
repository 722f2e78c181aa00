"""B11 and B16: the queue alone beside a bare one, and sending from a store that keeps years of deliveries."""
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from common import Sink, copy_store, fold, require, timed

HERE = Path(__file__).resolve().parent
BATCH = 100
OLD_ROWS = {"small": 200_000, "third": 2_000_000, "full": 2_000_000}


class Queueing:
    def __init__(self, bench):
        self.bench = bench

    def run(self, wanted):
        if "B11" in wanted:
            self.queue_alone()
        if "B16" in wanted:
            self.old_rows()

    # B11 ---------------------------------------------------------------------------------------------------------

    def queue_alone(self):
        """crier's claim and settle, with the people and the counts, as the engine calls them; no senders."""
        bench = self.bench
        program = Path(bench.crier).parent / "tests" / "bench_queue"
        if not program.exists():
            return bench.skip("B11", f"no {program.name} beside crier (it is built with crier's tests)")
        folder, count = bench.queued()
        anchor = bench.folder / "queue"
        if not anchor.exists():
            subprocess.run(["g++", "-O2", "-std=c++20", HERE / "anchors" / "queue.cpp", "-lsqlite3", "-o", anchor], check=True)
        bare = bench.folder / "bare"
        bare.mkdir()
        timed([str(anchor), str(bare / "bare.db"), "init", str(count)])

        def crier():
            now = copy_store(folder, bench.folder / "queueing")
            done, _, seconds = timed([str(program), str(now / "crier.db"), str(BATCH)], True)[2].split()
            require(int(done) == count, f"{done} of {count} deliveries were worked")
            bench.check_sent(now / "crier.db", count)
            return float(seconds)

        def naive():
            now = copy_store(bare, bench.folder / "bare-now")
            done, _, seconds = timed([str(anchor), str(now / "bare.db"), "run", "FULL", str(BATCH)], True)[2].split()
            require(int(done) == count, f"the anchor worked {done} of {count}")
            return float(seconds)

        rounds = bench.rounds({"crier": crier, "bare": naive}, bench.options.rounds or 7)
        bench.tell("B11", [one["bare"] / one["crier"] for one in rounds], [one["bare"] for one in rounds],
                   bench.rate(count, [one["crier"] for one in rounds]), bench.rate(count, [one["bare"] for one in rounds]))

    # B16 ---------------------------------------------------------------------------------------------------------

    def grown(self):
        """A store that has sent so many messages before, and has as many queued as the one without."""
        bench = self.bench
        queued, count = bench.queued()
        folder = bench.folder / "grown"
        if folder.exists():
            return folder, count, self.old
        copy_store(queued, folder)
        sink = Sink(bench.folder, False)
        try:
            bench.settings(folder, sink.port)
            timed([bench.crier, "-q", "daemon", "--once"], folder=folder)
        finally:
            sink.stop()
        copies = -(-OLD_ROWS[bench.options.size] // count) - 1
        self.old = count * (copies + 1)
        db = sqlite3.connect(folder / "crier.db")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA foreign_keys = OFF")
        with db:
            for table, moved in (("message", {"idempotency_key": "NULL"}), ("job", {"message": 1}),
                                 ("delivery", {"job": 1}), ("delivery_content", {}), ("attempt", {})):
                self.multiply(db, table, copies, count, moved)
        db.close()
        timed([bench.crier, "send", "all", "--to", "parent", "-s", "Missing work", "--body-file", "body.txt",
               "--skip-unreachable", "--yes"], folder=folder)
        fold(folder / "crier.db")
        timed([bench.crier, "store", "check"], folder=folder)
        return folder, count, self.old

    @staticmethod
    def multiply(db, table, copies, count, moved):
        """Copies of all of a table's rows, their numbers moved on; whatever columns it has."""
        columns = [row[1] for row in db.execute(f"PRAGMA table_info ({table})")]
        step = 1 if table in ("message", "job") else count

        def value(column):
            if column in ("id", "delivery"):
                return f"{column} + k.i * {step}"
            change = moved.get(column)
            return column if change is None else change if isinstance(change, str) else f"{column} + k.i"

        db.execute(f"WITH RECURSIVE k (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < {copies}) "
                   f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(map(value, columns))} FROM k, {table} "
                   f"WHERE true ORDER BY k.i, {table}.rowid")

    def old_rows(self):
        bench = self.bench
        if not shutil.which("smtp-sink"):
            return bench.skip("B16", "no smtp-sink (package postfix)")
        queued, count = bench.queued()
        grown, _, old = self.grown()
        rounds = bench.rounds({"grown": lambda: bench.send_once(grown, count, True, old=old),
                               "empty": lambda: bench.send_once(queued, count, True)}, bench.options.rounds or 5)
        bench.tell("B16", [one["empty"] / one["grown"] for one in rounds], [one["empty"] for one in rounds],
                   bench.rate(count, [one["grown"] for one in rounds]), bench.rate(count, [one["empty"] for one in rounds]))
        size = os.stat(grown / "crier.db").st_size >> 20
        print(f"B16: {old:,} deliveries of {old // count} messages before, {size} MB")
