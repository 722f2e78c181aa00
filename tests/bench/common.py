"""What the lines of the bench share: the sizes, the sink, and running a command with its time and memory."""
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

CORE = str(max(os.sched_getaffinity(0)))
SIZES = {  # pupils, enrollments, results
    "small": (2000, 6000, 20000),
    "third": (33334, 100000, 333000),
    "full": (100000, 300000, 1000000),
}
SEND_PUPILS = {"small": 2000, "third": 16000, "full": 16000}


class Wrong(Exception):
    """Something was not correct: its figures count for nothing."""


def require(truth, words):
    if not truth:
        raise Wrong(words)


def timed(command, pinned=False, folder=None, allowed=(0,)):
    """Runs a command; returns its seconds, its peak resident memory in MB and its standard output."""
    if pinned:
        command = ["taskset", "-c", CORE] + command
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as out:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        out.seek(0)
        require(process.returncode in allowed, f"{' '.join(command)} ended with {process.returncode}: "
                                              f"{errors.read().decode(errors='replace')[-400:]}")
        return seconds, usage.ru_maxrss / 1024, out.read()


class Sink:
    """smtp-sink on a free loopback port, with its counters or with everything that it was given."""

    def __init__(self, folder, pinned, dump=None, watch=None):
        self.watch = watch
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.counters = Path(folder) / "sink.txt"
        user = ["-u", "root"] if os.geteuid() == 0 else []
        command = ["smtp-sink", "-c"] + user + (["-D", str(dump)] if dump else []) + [f"127.0.0.1:{self.port}", "256"]
        if pinned:
            command = ["taskset", "-c", CORE] + command
        self.out = open(self.counters, "w")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE if watch else self.out, stderr=self.out)
        if watch:
            watch.start(self.process.stdout)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise Wrong("smtp-sink did not start: " + self.counters.read_text())

    def counted(self):
        """Messages accepted so far, as the counters tell."""
        counts = re.findall(r"mesg=(\d+)\s", self.counters.read_text())
        return int(counts[-1]) if counts else 0

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.out.close()
        if self.watch:
            self.watch.thread.join()
            self.process.stdout.close()
            return self.watch.count
        counts = re.findall(r"mesg=(\d+)", self.counters.read_text())
        return int(counts[-1]) if counts else 0


def copy_store(folder, to):
    """A fresh copy of a folder with a store, folded into one file so that all copies are alike."""
    if to.exists():
        shutil.rmtree(to)
    shutil.copytree(folder, to)
    # A copy is paused until it is adopted (D6): each of these stands for a store of its own.
    for store in to.glob("*.db"):
        db = sqlite3.connect(store)
        db.execute("PRAGMA wal_autocheckpoint = 0")
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'store_place'").fetchone():
            with db:
                db.execute("DELETE FROM store_place")
        db.execute("PRAGMA wal_checkpoint (TRUNCATE)")
        db.close()
    return to


def fold(store):
    """Only where nobody else has the store open."""
    db = sqlite3.connect(store)
    db.execute("PRAGMA wal_checkpoint (TRUNCATE)")
    db.close()
