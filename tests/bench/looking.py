"""B14: what it takes to look. `crier status` with two million deliveries in the store, and `crier --version`, to
`sqlite3 store 'select 1'`.

The latest page is no easy one: it has a job under way, whose end is worked out, one that is half held, whose time is
looked up, and jobs with failures. Each round is many starts of each, in turns, and counts their median.
"""
import json
import sqlite3
import statistics
import subprocess
import time

from common import Wrong, fold, require, timed

DELIVERIES = {"small": 100_000, "third": 700_000, "full": 2_000_000}
STARTS = 40

STORE = """
INSERT INTO message (id, school, subject, body, category, priority, sender, state, expression, recipients, created,
    content_digest)
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < :jobs)
  SELECT i, (SELECT min(id) FROM school), 'Missing work ' || i, 'Dear parent', 'informational', 'general',
    CASE i % 3 WHEN 0 THEN 'ann' ELSE 'schedule' END, 'released', 'all', 'parent', :now - (:jobs - i) * 60000, 'x'
  FROM n;
INSERT INTO job (id, message, channel, created, updated)
  SELECT id, id, CASE id % 4 WHEN 0 THEN 'sms' ELSE 'email' END, created, created FROM message;
INSERT INTO delivery (job, person, school, channel, urgency, address, state, reason, due, attempts, updated)
  SELECT job.id, person.id, (SELECT min(id) FROM school), job.channel, 1, 'c' || person.id || '@example.org',
    CASE WHEN job.id = :jobs AND person.n % 2 = 0 THEN 'queued' WHEN job.id = :jobs - 2 AND person.n % 2 = 0 THEN 'held'
      WHEN person.n % 97 = 0 THEN 'failed' ELSE 'complete' END,
    '', CASE WHEN job.id = :jobs - 2 THEN :now + 36000000 ELSE 0 END, 1, job.created
  FROM job CROSS JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM person LIMIT :people) AS person;
INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, code, enhanced, text, fence)
  SELECT id, 1, updated, CASE job WHEN :jobs THEN :now - id % 60000 ELSE updated END,
    CASE state WHEN 'failed' THEN 'rejected' ELSE 'delivered' END, 'none',
    CASE state WHEN 'failed' THEN 'refused-recipient' ELSE '' END, 'mail.example.org', 25, 'TLSv1.3', 250, '2.0.0', 'Ok', 1
  FROM delivery WHERE state IN ('complete', 'failed');
UPDATE job SET (messages, not_started, complete, failed, held) = (
  SELECT count(*), sum(state = 'queued'), sum(state = 'complete'), sum(state = 'failed'), sum(state = 'held')
  FROM delivery WHERE delivery.job = job.id);
"""


class Looking:
    def __init__(self, bench):
        self.bench = bench

    def run(self):
        folder = self.store()
        crier, store = self.bench.crier, str(folder / "crier.db")
        contestants = {"status": [crier, "status"], "version": [crier, "--version"],
                       "sqlite3": ["sqlite3", store, "select 1"]}
        rounds = self.bench.rounds({name: (lambda words=words: self.start(words, folder))
                                    for name, words in contestants.items()}, self.bench.options.rounds or 5)
        anchors = [r["sqlite3"] for r in rounds]
        for ident, name in (("B14-status", "status"), ("B14-version", "version")):
            ours = [r[name] for r in rounds]
            self.bench.tell(ident, [r[name] / r["sqlite3"] for r in rounds], anchors,
                            f"{statistics.median(ours) * 1000:.1f} ms", f"{statistics.median(anchors) * 1000:.1f} ms")

    @staticmethod
    def start(words, folder):
        seconds = []
        for _ in range(STARTS):
            begin = time.perf_counter()
            subprocess.run(words, cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - begin)
        return statistics.median(seconds)

    def store(self):
        wanted = DELIVERIES[self.bench.options.size]
        roster = self.bench.oneroster("looking-set", 4000, 0, 0, "--schools", "1")
        folder = self.bench.new_store("looking")
        self.bench.take_in(folder, roster)
        db = sqlite3.connect(folder / "crier.db")
        people = min(5000, db.execute("SELECT count(*) FROM person").fetchone()[0])
        if people < 2000:
            raise Wrong(f"only {people} people to look at")
        values = {"jobs": -(-wanted // people), "people": people, "now": int(time.time() * 1000)}
        with db:
            for statement in STORE.split(";\n"):
                if statement.strip():
                    db.execute(statement, {name: value for name, value in values.items() if f":{name}" in statement})
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        fold(folder / "crier.db")
        _, _, said = timed([self.bench.crier, "--json", "status"], folder=folder)
        self.check(json.loads(said), values)
        return folder

    @staticmethod
    def check(answer, values):
        latest, _, held = answer["jobs"][:3]
        require(answer["total"] == values["jobs"], "not every job is there")
        require(latest["not_started"] > 0 and latest["expected_end"], "the job under way has no expected end")
        require(held["held"] > 0 and held["held_until"], "the held job has no time")
        for job in answer["jobs"]:
            parts = ("not_started", "processing", "complete", "failed", "held", "in_doubt", "cancelled")
            require(job["messages"] == values["people"] == sum(job[part] for part in parts), "counts do not add up")
