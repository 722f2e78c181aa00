#!/usr/bin/env python3
"""The totals of every report against counts taken straight from the store by another path: the tables themselves, by
this test's own SQL. It is the one test that reads them, so that a report that counts wrongly cannot agree with itself."""

import collections
import csv
import datetime
import io
import sqlite3
import zoneinfo

import report_store
from report_store import DAYS, NOW, ReportStore

ZONES = {"CAM": zoneinfo.ZoneInfo("Europe/London"), "OAK": zoneinfo.ZoneInfo("America/New_York")}
STATES = ("complete", "failed", "in-doubt", "cancelled")
WORDS = {"queued": "not started", "claimed": "processing", "waiting": "processing", "in-doubt": "in doubt"}


class Totals(ReportStore):
    def setUp(self):
        super().setUp()
        # One text whose gateway never answered, as a crash leaves it: what may have gone costs.
        db = sqlite3.connect(self.folder / "crier.db")
        with db:
            db.execute("UPDATE delivery SET state = 'in-doubt' WHERE id = (SELECT min(id) FROM delivery WHERE channel = 'sms')")
            db.execute("UPDATE job SET complete = complete - 1, in_doubt = in_doubt + 1 WHERE id = "
                       "(SELECT job FROM delivery WHERE state = 'in-doubt')")
        db.close()
        self.assertNotIn("error", self.crier("store", "check", clock=NOW).out)

    def select(self, sql, *values):
        db = sqlite3.connect(f"file:{self.folder / 'crier.db'}?mode=ro", uri=True)
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def deliveries(self, more=""):
        """School, channel, state, day of its school, segments: one of each delivery."""
        rows = self.select("SELECT s.code, d.channel, d.state, j.created, d.segments, d.job FROM delivery d JOIN job j ON j.id = d.job "
                           f"JOIN message m ON m.id = j.message JOIN school s ON s.id = m.school {more}")
        return [(school, channel, state,
                 datetime.datetime.fromtimestamp(created / 1000, ZONES[school]).date().isoformat(), segments, job)
                for school, channel, state, created, segments, job in rows]

    def test_the_store_has_what_it_takes(self):
        """S3: the store of these tests has several schools, channels and days, failures, cancellations, mails to staff"""
        all_of = self.deliveries()
        for position, least in ((0, 2), (1, 3), (2, 6), (3, 2)):
            self.assertGreaterEqual(len({one[position] for one in all_of}), least, position)
        self.assertGreater(len(self.select("SELECT 1 FROM message WHERE sender = 'crier'")), 1)
        self.assertEqual([(2,)], self.select("SELECT count(*) FROM person WHERE given = 'Once' AND kind = 'contact'"))

    def test_delivery(self):
        """S3, D1: a row for each delivery, in the state that it has, and jobs that sum up to them"""
        truth = collections.Counter((job, WORDS.get(state, state)) for _, _, state, _, _, job in self.deliveries())
        document = self.report("delivery").json
        self.assertEqual(truth, collections.Counter((row["job"], row["state"]) for row in document["deliveries"]))
        for job in document["jobs"]:
            mine = {state: count for (number, state), count in truth.items() if number == job["id"]}
            self.assertEqual(sum(mine.values()), job["messages"])
            for key in ("complete", "failed", "held", "in_doubt", "cancelled", "not_started", "processing"):
                self.assertEqual(mine.get(key.replace("_", " "), 0), job[key], (job, key))
        self.assertEqual({job for job, _ in truth}, {job["id"] for job in document["jobs"]})
        rows = list(csv.DictReader(io.StringIO(self.report("delivery", "csv").out)))
        self.assertEqual(truth, collections.Counter((int(row["job"]), row["state"]) for row in rows))
        # The mother whom the source keeps twice heard once.
        heard = [row["code"] for row in document["deliveries"] if row["subject"].startswith("=Trip") and row["type"] == "email"]
        self.assertEqual(1, len({"OG6", "OG7"} & set(heard)))
        # One school's is its part, and no part is in two.
        parts = [self.report("delivery", env={"CRIER_SCHOOL": code}).json["deliveries"] for code in ZONES]
        self.assertEqual(len(document["deliveries"]), sum(map(len, parts)))
        self.assertTrue(all(parts))

    def test_utilization(self):
        """S3, D8: messages, states, parts and cost of each day, school and channel, and of their sums"""
        def tally(key):
            sums = collections.defaultdict(collections.Counter)
            for one in self.deliveries():
                school, channel, state, day, segments, job = one
                sum_of = sums[key(day, school, channel)]
                sum_of["messages"] += 1
                sum_of[state if state in STATES else "open"] += 1
                if channel == "sms" and state in ("complete", "in-doubt"):
                    sum_of["segments"] += segments
            return sums

        document = self.report("utilization").json
        for table, key, columns in (("utilization", lambda *of: of, ("day", "school", "type")),
                                    ("days", lambda day, *_: (day,), ("day",)),
                                    ("schools", lambda _, *of: of, ("school", "type"))):
            truth = tally(key)
            self.assertEqual(set(truth), {tuple(row[name] for name in columns) for row in document[table]}, table)
            for row in document[table]:
                mine = truth[tuple(row[name] for name in columns)]
                for name in ("messages", "complete", "failed", "in_doubt", "cancelled", "open", "segments"):
                    self.assertEqual(mine[name.replace("_", "-")], row[name], (table, row, name))
                self.assertAlmostEqual(mine["segments"] * 1.25, row["cost"])
                self.assertEqual(row["messages"], sum(row[name] for name in ("complete", "failed", "in_doubt", "cancelled", "open")))
        self.assertEqual(len(self.select("SELECT 1 FROM job")), sum(row["jobs"] for row in document["schools"]))
        self.assertGreater(sum(row["cost"] for row in document["days"]), 0)
        # 02:30 in London was the day before in New York.
        self.assertIn(("2026-11-24", "OAK"), {(row["day"], row["school"]) for row in document["utilization"]})

    def test_activity(self):
        """S3: each job of which something has not gone, with what has not, and no other"""
        truth = collections.Counter((job, {"queued": "not_started", "held": "held"}.get(state, "processing"))
                                    for _, _, state, _, _, job in self.deliveries() if state not in STATES)
        rows = self.report("activity").json["activity"]
        told = collections.Counter({(row["job"], name): row[name] for row in rows for name in ("not_started", "processing", "held")})
        self.assertEqual(truth, +told)
        self.assertGreater(sum(truth.values()), 10)

    def test_management(self):
        """S4: the figures, and the open issues by kind"""
        figures = {row["figure"]: row["count"] for row in self.report("management").json["figures"]}
        active = "SELECT DISTINCT person FROM place WHERE status = 'active'"
        with_address = "(SELECT person FROM address WHERE kind = '{}' AND normal IS NOT NULL)"
        for figure, sql in (
                ("pupils", f"SELECT count(*) FROM person WHERE kind = 'pupil' AND id IN ({active})"),
                ("contacts", "SELECT count(*) FROM person WHERE kind = 'contact'"),
                ("staff", f"SELECT count(*) FROM person WHERE kind = 'staff' AND id IN ({active})"),
                ("contacts-email", f"SELECT count(*) FROM person WHERE kind = 'contact' AND id IN {with_address.format('email')}"),
                ("contacts-mobile", f"SELECT count(*) FROM person WHERE kind = 'contact' AND id IN {with_address.format('phone')}"),
                ("prime-parent-email", "SELECT count(DISTINCT pupil) FROM relationship WHERE priority = 1 AND contact IN "
                                       f"{with_address.format('email')}")):
            with self.subTest(figure):
                self.assertEqual(self.select(sql)[0][0], figures[figure])
        issues = dict(self.select("SELECT kind, count(*) FROM data_issue WHERE state = 'open' GROUP BY kind"))
        self.assertGreaterEqual(len(issues), 2)
        self.assertEqual(issues, {row["kind"]: row["count"] for row in self.report("management").json["issues"]})
        document = self.report("issues").json
        self.assertEqual(issues, {row["kind"]: row["count"] for row in document["kinds"]})
        self.assertEqual(collections.Counter(issues), collections.Counter(row["kind"] for row in document["issues"]))

    def test_audit(self):
        """S3, M7: an entry for each act, and how often each was done"""
        begin, end = (int(datetime.datetime(2026, 11, day, tzinfo=datetime.timezone.utc).timestamp() * 1000) for day in (20, 26))
        truth = collections.Counter(dict(self.select("SELECT act, count(*) FROM audit WHERE at >= ? AND at < ? GROUP BY act", begin, end)))
        document = self.report("audit").json
        self.assertEqual(truth, collections.Counter(row["act"] for row in document["entries"]))
        self.assertEqual(truth, collections.Counter({row["act"]: row["count"] for row in document["acts"]}))
        self.assertEqual(self.select("SELECT count(*) FROM audit")[0][0], sum(truth.values()))

    def test_a_part_of_the_time(self):
        """S3: jobs on the edge of a range are in it at its beginning, and not at its end"""
        created = [one for one, in self.select("SELECT created FROM job ORDER BY id")]
        edge = datetime.datetime.fromtimestamp(created[-1] / 1000, datetime.timezone.utc).isoformat(timespec="milliseconds")
        for options, jobs in ((("--from", edge), [c for c in created if c >= created[-1]]),
                              (("--from", DAYS[1], "--to", edge), [c for c in created if c < created[-1]])):
            for name in ("delivery", "utilization"):
                document = self.crier("report", name, *options, "--json", clock=NOW).json
                told = len(document["jobs"]) if name == "delivery" else sum(row["jobs"] for row in document["days"])
                self.assertEqual(len(jobs), told, (name, options))


if __name__ == "__main__":
    report_store.main()
