#!/usr/bin/env python3
"""`crier contacts` and `crier leavers`: what people decided outlasts imports (R7); those who have gone (I10)."""

import re
import sqlite3
import unittest

from crier_case import CrierCase
from oneroster import Roster


class School(CrierCase):
    def setUp(self):
        super().setUp()
        self.crier("init", "--school", "HAR", "--name", "Harbour", "--timezone", "Europe/London", "--country", "GB")
        self.roster = Roster()
        self.roster.add("orgs", "org-1", name="Harbour", type="school", identifier="HAR")
        self.roster.user("u-1", "student", identifier="P1", givenName="Ada", familyName="Dyer", grades="10")
        self.roster.user("u-2", "student", identifier="P2", givenName="Ben", familyName="Dyer", grades="9")
        self.roster.user("u-3", "parent", identifier="C1", givenName="Robert", familyName="Dyer",
                         email="r.dyer@example.org", sms="07400 900123", agentSourcedIds="u-1,u-2")
        self.load()

    def load(self, expect=0):
        path = self.folder / "export"
        self.roster.write(path)
        return self.crier("import", "oneroster", path, "--json", expect=expect)

    def contact(self, code="C1"):
        return self.crier("contacts", "show", code, "--json").json["contact"]

    def reachable(self, via="email"):
        answer = self.crier("resolve", "pupil:P1", "--to", "parent", "--via", via, "--json").json
        return [one["channels"][via]["reason"] for one in answer["recipients"]]


class Contacts(School):
    def test_shows_a_person(self):
        shown = self.contact("c1")
        self.assertEqual(("C1", "contact", "DYER, Robert", "HAR", "active"),
                         (shown["code"], shown["kind"], shown["name"], shown["school"], shown["status"]))
        self.assertEqual({"r.dyer@example.org", "+447400900123"}, {one["address"] for one in shown["addresses"]})
        self.assertEqual({"usable"}, {one["state"] for one in shown["addresses"]})
        self.assertEqual("C1", self.contact("u-3")["code"])
        self.assertIn("r.dyer@example.org", self.crier("contacts", "show", "C1").out)
        self.assertEqual("no-such-person", self.crier("contacts", "show", "C9", "--json", expect=4).error["code"])

    def test_opts_out_and_in_again(self):
        self.assertEqual([None], self.reachable())
        shown = self.crier("contacts", "opt-out", "C1", "--channel", "email", "--json").json["contact"]
        self.assertEqual([("email", None)], [(one["channel"], one["category"]) for one in shown["opt_outs"]])
        self.assertEqual(["opted-out"], self.reachable())
        self.assertEqual([None], self.reachable("sms"))
        self.crier("contacts", "opt-out", "C1", "--channel", "email")
        self.assertEqual(1, len(self.contact()["opt_outs"]))
        self.crier("contacts", "opt-in", "C1", "--channel", "email")
        self.assertEqual([None], self.reachable())
        self.assertEqual("no-opt-out", self.crier("contacts", "opt-in", "C1", "--json", expect=4).error["code"])

    def test_a_narrow_opt_in_does_not_pretend_to_lift_a_wide_opt_out(self):
        self.crier("contacts", "opt-out", "C1")
        refused = self.crier("contacts", "opt-in", "C1", "--channel", "email", "--json", expect=5)
        self.assertEqual("wider-opt-out", refused.error["code"])
        self.crier("contacts", "opt-in", "C1")
        self.assertEqual([], self.contact()["opt_outs"])

    def test_an_opt_out_outlasts_a_changed_id(self):
        self.crier("contacts", "opt-out", "C1")
        self.roster.find("users", "u-3").update(sourcedId="u-33", identifier="C7")
        self.load()
        self.assertEqual(1, len(self.contact("C7")["opt_outs"]))
        self.assertEqual(["leaver", "opted-out"], sorted(self.reachable()))

    def test_an_opt_out_outlasts_undo(self):
        self.crier("contacts", "opt-out", "C1", "--channel", "email")
        self.crier("import", "undo", expect=None)
        self.load(expect=None)
        self.assertEqual([("email", None)], [(one["channel"], one["category"]) for one in self.contact()["opt_outs"]])

    def test_nothing_to_enable(self):
        self.assertEqual("not-blocked", self.crier("contacts", "enable", "C1", "--yes", "--json", expect=4).error["code"])
        self.assertEqual("not-blocked", self.crier("contacts", "enable", "r.dyer@example.org", "--json", expect=4).error["code"])
        self.assertEqual("no-such-person", self.crier("contacts", "enable", "nobody", "--json", expect=4).error["code"])


class Leavers(School):
    def leavers(self, *options):
        return [one["code"] for one in self.crier("leavers", "list", *options, "--json").json["leavers"]]

    def test_lists_and_deletes(self):
        self.assertEqual([], self.leavers())
        self.assertEqual("no-leaver", self.crier("leavers", "delete", "P2", "--json", expect=5).error["code"])
        self.roster.drop("users", lambda row: row["sourcedId"] == "u-2")
        self.roster.find("users", "u-3")["agentSourcedIds"] = "u-1"
        self.load()
        self.assertEqual(["P2"], self.leavers())
        self.assertEqual(["P2"], self.leavers("--since", "2026-11-25"))
        self.assertEqual([], self.leavers("--since", "2026-11-26"))
        self.assertEqual("no-leavers", self.crier("leavers", "delete", "--before", "2026-11-25", "--json", expect=4).error["code"])
        done = self.crier("leavers", "delete", "p2", "--yes", "--json").json
        self.assertEqual({"deleted": 1, "kept_for_reports": 0, "cancelled": 0}, done)
        self.assertEqual([], self.leavers())
        self.crier("contacts", "show", "P2", expect=4)
        self.crier("leavers", "delete", "P2", expect=4)

    def test_the_name_goes_from_reports_after_14_days(self):
        self.crier("send", "pupil:P1", "--to", "parent", "-s", "Hello", "-m", "Hello", "--yes", "--wait")
        self.roster.drop("users", lambda row: row["sourcedId"] == "u-3")
        self.load()
        done = self.crier("leavers", "delete", "C1", "--json").json
        self.assertEqual((1, 1), (done["deleted"], done["kept_for_reports"]))
        report = ("report", "delivery", "--from", "2026-11-01", "--to", "2026-12-31", "--json")
        self.assertIn("r.dyer@example.org", self.crier(*report).out)
        self.crier("daemon", "--once", clock="2026-12-08T10:00:00Z")
        self.assertIn("r.dyer@example.org", self.crier(*report, clock="2026-12-08T10:00:00Z").out)
        self.crier("daemon", "--once", clock="2026-12-09T10:00:01Z")
        after = self.crier(*report, clock="2026-12-09T10:00:02Z").json["deliveries"]
        self.assertEqual([("XXXX", "XXXX", "complete")], [(one["name"], one["address"], one["state"]) for one in after])

    def test_says_whom(self):
        self.crier("leavers", "delete", expect=2)
        self.crier("leavers", "delete", "P1", "--before", "2026-01-01", expect=2)


class Decisions(School):
    def reason(self):
        return self.reachable()[0]

    def test_disable(self):
        """R4: an address that staff disable is used no more, until it is enabled"""
        self.crier("contacts", "disable", "R.Dyer@example.org")
        self.assertEqual("disabled", self.reason())
        self.assert_two_lines(self.crier("contacts", "disable", "r.dyer@example.org", expect=4))
        self.crier("contacts", "enable", "r.dyer@example.org", "--yes")
        self.assertIsNone(self.reason())

    def test_links(self):
        """M8, M10, R7: a link opts out of e-mails of its category, or confirms; once; a forged one is refused"""
        self.settings('[sending]\npublic_url = "https://crier.school.example"\n')
        self.crier("send", "pupil:P1", "--to", "parent", "-s", "Trip", "-m", "On.", "--ack", "--wait")
        mail = next((self.folder / "outbox" / "email").glob("*.eml")).read_text().replace("\n ", "").replace("=\n", "")
        self.assertIn("List-Unsubscribe-Post: List-Unsubscribe=One-Click", mail)
        confirm = re.search(r"crier.school.example/c/([\w.-]+)", mail).group(1)
        optout = re.search(r"crier.school.example/u/([\w.-]+)", mail).group(1)
        self.assertEqual({"act": "confirm", "code": "C1", "message": 1, "again": False},
                         self.crier("contacts", "link", confirm, "--json").json)
        self.assertTrue(self.crier("contacts", "link", confirm, "--json").json["again"])
        self.crier("send", "--again", "1", "--to-unconfirmed", expect=4)
        self.crier("contacts", "link", optout)
        self.assertEqual("opted-out", self.reason())
        for bad in (confirm[:-1], "c1.1.AAAA", "nonsense", optout.replace("u", "c", 1)):
            self.assert_error_document(self.crier("contacts", "link", bad, "--json", expect=3), 3, "bad-link")

    def test_no_links_of_system_messages(self):
        """M8: a statutory notice has no way to opt out"""
        self.settings('[sending]\npublic_url = "https://crier.school.example"\n')
        self.crier("send", "pupil:P1", "--to", "parent", "-s", "Trip", "-m", "On.", "--category", "system", "--wait")
        self.assertNotIn("List-Unsubscribe", next((self.folder / "outbox" / "email").glob("*.eml")).read_text())


class Audit(School):
    def tamper(self, sql):
        db = sqlite3.connect(self.folder / "crier.db")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute(sql)
        db.commit()
        db.close()

    def test_lists_acts(self):
        """M7, S3: the audit report tells who did what"""
        self.crier("contacts", "opt-out", "C1")
        entries = self.crier("report", "audit", "--act", "opt-out", "--json").json["entries"]
        self.assertEqual(["opt-out"], [one["act"] for one in entries])
        self.assertEqual([], self.crier("report", "audit", "--actor", "nobody", "--json").json["entries"])

    def test_finds_tampering(self):
        """M7: --verify finds an entry that was changed, taken out, put in, reordered or cut off; exit 1"""
        for channel in ("email", "sms", "voice"):
            self.crier("contacts", "opt-out", "C1", "--channel", channel)
        self.assertTrue(self.crier("report", "audit", "--verify", "--json").json["whole"])
        store = (self.folder / "crier.db").read_bytes()
        wal = (self.folder / "crier.db-wal").read_bytes()
        count = len(self.crier("report", "audit", "--json").json["entries"])
        for sql, fault in ((f"UPDATE audit SET actor = 'somebody' WHERE id = {count - 1}", f"entry {count - 1} was changed"),
                           (f"DELETE FROM audit WHERE id = {count - 1}", f"entry {count - 1} is missing"),
                           (f"DELETE FROM audit WHERE id = {count}", "cut off"),
                           (f"UPDATE audit SET id = {count + 1} WHERE id = {count}", f"entry {count} is missing"),
                           ("INSERT INTO audit SELECT id + 1, at, actor, act, subject, detail, hash, hash FROM audit "
                            "ORDER BY id DESC LIMIT 1", "was changed"),
                           ("DELETE FROM audit", "cut off"),
                           ("DELETE FROM store_secret WHERE name = 'audit-head'", "no sealed end"),
                           ("UPDATE store_secret SET value = CAST('1 x y' AS BLOB) WHERE name = 'audit-head'",
                            "sealed end was changed")):
            with self.subTest(sql):
                (self.folder / "crier.db").write_bytes(store)
                (self.folder / "crier.db-wal").write_bytes(wal)
                (self.folder / "crier.db-shm").unlink(missing_ok=True)
                self.tamper(sql)
                found = self.crier("report", "audit", "--verify", "--json", expect=1).json
                self.assertFalse(found["whole"])
                self.assertIn(fault, found["fault"])


if __name__ == "__main__":
    unittest.main()
