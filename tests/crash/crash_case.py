"""What the suites that break crier share: a promise that did not hold, and a store with crier to run on it."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "cmd"))

COUNTS = ("not_started", "processing", "complete", "failed", "held", "in_doubt", "cancelled")
MORNING = "2026-11-25T10:00:00Z"


class Broken(Exception):
    """A promise that did not hold."""


def require(holds, message):
    """`message` may be a function that looks for the words only where they are needed."""
    if not holds:
        raise Broken(message() if callable(message) else message)


class School:
    """A store in a folder of its own, and crier to run on it."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        folder.mkdir(parents=True)
        self.crier("init", "--school", "CAM", "--name", "Cambridge", "--timezone", "Europe/London", "--country", "GB")

    def environment(self, clock=MORNING):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8", "CRIER_CLOCK": clock}

    def crier(self, *arguments, expect=(0,), clock=MORNING):
        done = subprocess.run([self.binary, *map(str, arguments)], cwd=self.folder, env=self.environment(clock),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        require(done.returncode in expect, f"crier {' '.join(map(str, arguments))}: exit {done.returncode}\n"
                f"{done.stdout.decode(errors='replace')}{done.stderr.decode(errors='replace')}")
        return done.stdout.decode()

    def json(self, *arguments, **more):
        return json.loads(self.crier(*arguments, "--json", **more))

    def start(self, *arguments, clock=MORNING, said=subprocess.DEVNULL, more=None):
        return subprocess.Popen([self.binary, *map(str, arguments)], cwd=self.folder,
                                env=self.environment(clock) | (more or {}), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=said)

    def kill_after(self, seconds, *arguments, clock=MORNING):
        """True where it was killed, False where it had ended before."""
        process = self.start(*arguments, clock=clock)
        try:
            process.wait(timeout=seconds)
            return False
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True

    def check(self):
        self.crier("store", "check")
        for job in self.json("status", "--per-page", "1000")["jobs"]:
            require(job["messages"] == sum(job[part] for part in COUNTS), f"the counts do not add up: {job}")

    def job(self):
        return self.json("status")["jobs"][0]


def add_settings(school, text):
    with open(school.folder / "crier.toml", "a", encoding="utf-8") as file:
        file.write(text)


def wait_until(true, seconds, message):
    limit = time.monotonic() + seconds
    while not true():
        require(time.monotonic() < limit, message)
        time.sleep(0.02)


def each_once(mails, expected):
    """Lost 0, invented 0, each delivery under one Message-ID; how many came more than once.

    `expected` is a set of (recipient, subject)."""
    by_delivery = {}
    for mail in mails:
        by_delivery.setdefault((mail.recipients[0], mail.message["subject"]), []).append(mail.id)
    lost, invented = expected - set(by_delivery), set(by_delivery) - expected
    require(not lost, f"lost: {len(lost)} of {len(expected)} never arrived: {sorted(lost)[:3]}")
    require(not invented, f"invented: {sorted(invented)[:3]}")
    for delivery, ids in by_delivery.items():
        require(len(set(ids)) == 1, f"{delivery} came under several Message-IDs: {ids}")
    require(len({ids[0] for ids in by_delivery.values()}) == len(by_delivery), "two deliveries share a Message-ID")
    return len(mails) - len(by_delivery)
