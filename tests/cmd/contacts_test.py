#!/usr/bin/env python3
"""`crier contacts` and `crier leavers`: what people decided outlasts imports (R7); those who have gone (I10)."""

import csv
import io
import json
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
    def test_shows_all_that_is_kept(self):
        """R7: addresses with state and since, opt-outs and consents with who said so, the pupils"""
        self.crier("contacts", "disable", "r.dyer@example.org")
        self.crier("contacts", "opt-out", "C1", "--channel", "sms", "--category", "periodic")
        self.crier("contacts", "consent", "C1", "--purpose", "Boarding", "--missing")
        shown = self.contact()
        mail = next(one for one in shown["addresses"] if one["kind"] == "email")
        self.assertEqual("disabled", mail["state"])
        self.assert_utc(mail["since"])
        self.assertTrue(shown["opt_outs"][0]["said_by"])
        self.assertEqual([("Boarding", False)], [(one["purpose"], one["given"]) for one in shown["consents"]])
        self.assertTrue(shown["consents"][0]["said_by"])
        self.assertEqual([("P1", "pupil", False), ("P2", "pupil", False)],
                         [(one["code"], one["kind"], one["court_order"]) for one in shown["related_to"]])
        self.assertEqual(["C1"], [one["code"] for one in self.contact("P1")["related_to"]])
        text = self.crier("contacts", "show", "C1").out
        for words in ("disabled since", "opted out of sms, periodic messages, since", "said by",
                      "consent to Boarding: missing", "pupil P1 DYER, Ada"):
            self.assertIn(words, text)

    def test_disables_and_enables(self):
        """R4: an address that staff disable is used no more, until it is enabled"""
        self.assertEqual({"disabled": 1}, self.crier("contacts", "disable", "R.Dyer@example.org", "--json").json)
        self.assertEqual(["disabled"], self.reachable())
        self.assertEqual([None], self.reachable("sms"))
        self.assert_two_lines(self.crier("contacts", "disable", "r.dyer@example.org", expect=4))
        self.assertEqual({"disabled": 1}, self.crier("contacts", "disable", "C1", "--json").json)
        self.assertEqual(["disabled"], self.reachable("sms"))
        self.crier("contacts", "enable", "C1", "--yes")
        self.assertEqual([None, None], self.reachable() + self.reachable("sms"))

    def test_disables_nothing_by_mistake(self):
        for wrong, code in (("r.dyer@exmaple.org", "no-such-address"), ("C9", "no-such-person"), ("P1", "no-address"),
                            ("", "no-such-person")):
            with self.subTest(wrong):
                self.assert_error_document(self.crier("contacts", "disable", wrong, "--json", expect=4), 4, code)
        self.crier("contacts", "disable", expect=2)
        self.assertEqual([None], self.reachable())

    def test_consents(self):
        """R7: missing consent blocks; the newest word counts, however the purpose is written"""
        self.crier("contacts", "consent", "C1", "--purpose", "Boarding", "--missing")
        self.assertEqual(["no-consent"], self.reachable())
        self.crier("contacts", "consent", "c1", "--purpose", " boarding ", "--given")
        self.assertEqual([None], self.reachable())
        self.assertEqual([("Boarding", True)], [(one["purpose"], one["given"]) for one in self.contact()["consents"]])

    def test_refuses_half_a_consent(self):
        for words, exit in ((["C1", "--given"], 2), (["C1", "--purpose", "Boarding"], 2),
                            (["C1", "--purpose", " ", "--given"], 2), (["C1", "--purpose", "a\nb", "--given"], 2),
                            (["C1", "--purpose", "x" * 101, "--given"], 2),
                            (["C1", "--purpose", "Boarding", "--given", "--missing"], 2),
                            (["C9", "--purpose", "Boarding", "--given"], 4)):
            with self.subTest(words):
                self.assert_two_lines(self.crier("contacts", "consent", *words, expect=exit))
        self.assertEqual([], self.contact()["consents"])


class Links(School):
    PAGES = '[sending]\npublic_url = "https://messages.school.example"\n'

    def mail(self, *options):
        self.crier("send", "pupil:P1", "--to", "parent", "-s", "Trip", "-m", "On.", "--yes", "--wait", *options)
        return next((self.folder / "outbox" / "email").glob("*.eml")).read_text().replace("\n ", "").replace("=\n", "")

    def links(self, mail):
        return {one: re.search(rf"messages\.school\.example/{one}/([\w.-]+)", mail).group(1) for one in "uc"}

    def test_opts_out_and_confirms(self):
        """M8, M10, R7: a link opts out of e-mails of its category, or confirms; once, by token or whole link"""
        self.settings(self.PAGES)
        mail = self.mail("--ack")
        self.assertIn("List-Unsubscribe-Post: List-Unsubscribe=One-Click", mail)
        links = self.links(mail)
        confirmed = {"act": "confirm", "code": "C1", "message": 1, "channel": None, "category": None, "again": False}
        self.assertEqual(confirmed, self.crier("contacts", "confirm", "--token", links["c"], "--json").json)
        whole = "https://messages.school.example/c/" + links["c"]
        self.assertTrue(self.crier("contacts", "confirm", "--token", whole, "--json").json["again"])
        self.crier("send", "--again", "1", "--to-unconfirmed", expect=4)
        subject = "unsubscribe " + links["u"]
        out = self.crier("contacts", "opt-out", "--token", subject, "--json").json
        self.assertEqual(("opt-out", "C1", "email", "informational", False),
                         (out["act"], out["code"], out["channel"], out["category"], out["again"]))
        self.assertEqual(["opted-out"], self.reachable())
        self.assertIn("as before", self.crier("contacts", "opt-out", "--token", links["u"]).out)
        self.assertEqual(1, len(self.contact()["opt_outs"]))
        acts = [one["act"] for one in self.crier("report", "audit", "--json").json["entries"]]
        self.assertEqual((1, 1), (acts.count("confirm"), acts.count("opt-out")))

    def test_refuses_forged_and_foreign_links(self):
        """M8: nobody's link opens another's; what is no link of this store changes nothing"""
        self.settings(self.PAGES)
        links = self.links(self.mail("--ack"))
        out, seal = links["u"].rsplit(".", 1)
        other = "A" if seal[0] != "A" else "B"
        person, message = out[1:].split(".")
        for bad in (links["u"][:-1], f"{out}.{other}{seal[1:]}", f"u{int(person) - 1}.{message}.{seal}",
                    f"u{person}.{int(message) + 1}.{seal}", "c" + links["u"][1:], "nonsense", "u1.1.", "u..", "é",
                    "9" * 5000):
            with self.subTest(bad[:60]):
                self.assert_error_document(self.crier("contacts", "opt-out", "--token", bad, "--json", expect=3), 3,
                                           "bad-link")
        for act, letter in (("confirm", "u"), ("opt-out", "c")):
            refused = self.crier("contacts", act, "--token", links[letter], "--json", expect=3)
            self.assertEqual("other-link", refused.error["code"])
        self.assert_two_lines(self.crier("contacts", "confirm", "--token", "nonsense", expect=3))
        self.assertEqual([], self.contact()["opt_outs"])
        self.crier("contacts", "opt-out", "C1", "--token", links["u"], expect=2)
        self.crier("contacts", "opt-out", expect=2)
        self.crier("contacts", "confirm", expect=2)
        self.crier("contacts", "opt-out", "--token", links["u"], "--channel", "email", expect=2)

    def test_a_link_of_another_store_is_foreign(self):
        self.settings(self.PAGES)
        links = self.links(self.mail("--ack"))
        elsewhere = ("--config", self.folder / "other" / "crier.toml")
        self.crier("init", "--school", "HAR", "--name", "Harbour", "--timezone", "Europe/London", "--country", "GB",
                   *elsewhere)
        refused = self.crier("contacts", "confirm", "--token", links["c"], *elsewhere, "--json", expect=3)
        self.assertEqual("bad-link", refused.error["code"])

    def test_without_pages_there_is_a_mail_to_opt_out(self):
        """M8: without public_url by mail, where there is somewhere to reply; never one click"""
        self.settings('[district]\nsender = { email = "office@school.example", reply_to = "office@school.example" }\n')
        mail = self.mail()
        self.assertIn("List-Unsubscribe: <mailto:office@school.example?subject=unsubscribe%20u", mail)
        self.assertNotIn("List-Unsubscribe-Post", mail)
        token = re.search(r"unsubscribe%20([\w.-]+)>", mail).group(1)
        self.assertEqual("opt-out", self.crier("contacts", "opt-out", "--token", token, "--json").json["act"])

    def test_statutory_notices_have_none(self):
        """M8: a statutory notice has no way to opt out"""
        self.settings(self.PAGES)
        self.assertNotIn("List-Unsubscribe", self.mail("--category", "system"))


class Audit(School):
    def tamper(self, *statements):
        db = sqlite3.connect(self.folder / "crier.db")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        for sql in statements:
            db.execute(sql)
        db.commit()
        db.close()

    def entries(self, *options):
        return self.crier("report", "audit", "--json", *options).json["entries"]

    def verify(self, expect=0):
        return self.crier("report", "audit", "--verify", "--json", expect=expect).json

    def test_lists_acts(self):
        """M7, S3: the audit report tells who did what, latest first; by actor, act and time"""
        self.crier("contacts", "opt-out", "C1", clock="2026-11-25T11:00:00Z")
        everything = self.entries("--to", "2026-11-25")
        self.assertEqual(["opt-out", "import", "init"], [one["act"] for one in everything])
        self.assertEqual([3, 2, 1], [one["id"] for one in everything])
        self.assertEqual(["opt-out"], [one["act"] for one in self.entries("--act", "OPT-OUT", "--to", "2026-11-25")])
        self.assertEqual([], self.entries("--actor", "nobody"))
        self.assertEqual(3, len(self.entries("--actor", everything[0]["actor"], "--to", "2026-11-25")))
        later = ("--from", "2026-11-25T10:30:00Z", "--to", "2026-11-26T00:00:00Z")
        self.assertEqual(["opt-out"], [one["act"] for one in self.entries(*later)])
        text = self.crier("report", "audit", "--to", "2026-11-25", "--format", "csv").out
        self.assertEqual([one["detail"] for one in everything], [one["detail"] for one in csv.DictReader(io.StringIO(text))])
        for form in ("csv", "json", "html", "table"):
            self.crier("report", "audit", "--to", "2026-11-25", "--format", form, "-o", self.folder / f"log.{form}")
            self.assertIn("opt-out", (self.folder / f"log.{form}").read_text())
        self.assertEqual(everything, json.loads((self.folder / "log.json").read_text())["entries"])
        self.crier("report", "audit", "--from", "yesterday", expect=2)
        self.crier("report", "audit", "--from", "2026-11-26", "--to", "2026-11-25", expect=2)

    def test_writes_a_long_log_whole(self):
        """S3: CSV and JSON have every entry, one head, in order; a table says what it leaves out"""
        self.crier("contacts", "opt-out", "C1")
        first = len(self.entries())
        self.tamper("INSERT INTO audit (id, at, actor, act, subject, detail, previous, hash) "
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) "
                    "SELECT (SELECT max(id) FROM audit) + i, (SELECT max(at) FROM audit), 'x', 'many', '', '', '', '' FROM n")
        expected = list(range(first + 12000, 0, -1))
        self.assertEqual(expected, [one["id"] for one in self.entries()])
        lines = self.crier("report", "audit", "--format", "csv").out.splitlines()
        self.assertEqual(["id", *map(str, expected)], [line.split(",")[0] for line in lines])
        self.assertIn("The latest 10000 entries", self.crier("report", "audit").out)

    def test_finds_tampering(self):
        """M7: --verify names the first entry that was changed, taken out, put in, moved or cut off; exit 1"""
        for _ in range(2):
            self.crier("contacts", "opt-out", "C1")
            self.crier("contacts", "opt-in", "C1")
        last = len(self.entries())
        self.assertEqual({"report": "audit", "whole": True, "entries": last, "first_bad": None, "fault": None},
                         self.verify())
        store = (self.folder / "crier.db").read_bytes()
        wal = (self.folder / "crier.db-wal").read_bytes()
        parts = "at, actor, act, subject, detail, previous, hash"
        for statements, bad, fault in (
            ([f"UPDATE audit SET actor = 'somebody' WHERE id = {last - 1}"], last - 1, "was changed"),
            ([f"UPDATE audit SET at = at + 1 WHERE id = {last}"], last, "was changed"),
            ([f"DELETE FROM audit WHERE id = {last - 1}"], last - 1, "is missing"),
            (["DELETE FROM audit WHERE id = 1"], 1, "is missing"),
            ([f"DELETE FROM audit WHERE id = {last}"], last, "cut off"),
            ([f"DELETE FROM audit WHERE id > {last - 3}"], last - 2, "cut off"),
            ([f"UPDATE audit SET id = 999 WHERE id = {last - 1}", f"UPDATE audit SET id = {last - 1} WHERE id = {last}",
              f"UPDATE audit SET id = {last} WHERE id = 999"], last - 1, "does not follow"),
            (["UPDATE audit SET id = id + 1000 WHERE id > 3", "UPDATE audit SET id = id - 999 WHERE id > 3",
              f"INSERT INTO audit (id, {parts}) SELECT 4, {parts} FROM audit WHERE id = 3"], 4, "does not follow"),
            ([f"INSERT INTO audit (id, {parts}) SELECT id + 1, at, actor, act, subject, detail, hash, hash FROM audit "
              "ORDER BY id DESC LIMIT 1"], last + 1, "was changed"),
            ([f"INSERT INTO audit (id, {parts}) SELECT 0, {parts} FROM audit WHERE id = 1"], 0, "put in"),
            (["DELETE FROM audit"], 1, "missing"),
            (["DELETE FROM audit", "DELETE FROM store_secret WHERE name = 'audit-head'"], 1, "empty"),
            (["DELETE FROM store_secret WHERE name = 'audit-head'"], None, "no sealed end"),
            (["DELETE FROM store_secret WHERE name = 'links'"], None, "sealed end was changed"),
            (["UPDATE store_secret SET value = CAST('1 x y' AS BLOB) WHERE name = 'audit-head'"], None,
             "sealed end was changed"),
        ):
            with self.subTest(statements):
                (self.folder / "crier.db").write_bytes(store)
                (self.folder / "crier.db-wal").write_bytes(wal)
                (self.folder / "crier.db-shm").unlink(missing_ok=True)
                self.tamper(*statements)
                found = self.verify(expect=1)
                self.assertEqual((False, bad), (found["whole"], found["first_bad"]))
                self.assertIn(fault, found["fault"])
                self.assertIn(fault, self.crier("report", "audit", "--verify", expect=1).out)
                self.crier("store", "check", expect=6)
                # Who goes on writing does not cover it up.
                self.crier("contacts", "opt-out", "C1", "--channel", "email")
                self.assertFalse(self.verify(expect=1)["whole"])

    def test_a_cut_that_was_written_over_stays_found(self):
        """M7: the entry that an act leaves where the end was tampered with stays, whatever comes after"""
        self.crier("contacts", "opt-out", "C1")
        last = self.entries()[0]["id"]
        self.tamper(f"DELETE FROM audit WHERE id = {last}")
        self.crier("contacts", "opt-in", "C1")
        self.crier("contacts", "opt-out", "C1")
        self.assertEqual(["opt-out", "opt-in", "audit-broken"], [one["act"] for one in self.entries()][:3])
        self.assertIn("cut off", self.verify(expect=1)["fault"])
        self.assertEqual(last, self.verify(expect=1)["first_bad"])


if __name__ == "__main__":
    unittest.main()
