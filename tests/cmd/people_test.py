#!/usr/bin/env python3
"""`crier people`: one person erased at once (P1), and what outlasts that (R7)."""

import re
import shutil
import sqlite3

import crier_case
from crier_case import CrierCase
from oneroster import Roster


class People(CrierCase):
    """Two families, of which two contacts share a mailbox."""

    NAMES = ("Zebedee", "Quillfeather")

    def setUp(self):
        super().setUp()
        self.init("HAR", name="Harbour")
        self.settings('[import.oneroster]\nremoval_limit = "100%"\n')
        self.roster = Roster()
        self.roster.add("orgs", "org-1", name="Harbour", type="school", identifier="HAR")
        self.roster.user("u-1", "student", identifier="P1", givenName="Zebedee", familyName="Quillfeather",
                         grades="10", email="zeb@pupils.example.org")
        self.roster.user("u-2", "student", identifier="P2", givenName="Ben", familyName="Dyer", grades="10")
        self.roster.user("u-3", "parent", identifier="C1", givenName="Mary", familyName="Dyer",
                         email="family@example.org", sms="07400 900123", agentSourcedIds="u-1,u-2")
        self.roster.user("u-4", "parent", identifier="C2", givenName="Ottoline", familyName="Quillfeather",
                         email="family@example.org", sms="07400 900456", agentSourcedIds="u-1")
        self.load()

    def load(self, expect=None, **more):
        path = self.folder / "export"
        shutil.rmtree(path, ignore_errors=True)
        self.roster.write(path)
        return self.crier("import", "oneroster", path, "--json", expect=expect, **more)

    def check(self):
        findings = self.crier("store", "check", "--json").json["findings"]
        self.assertEqual({"ok"}, {one["level"] for one in findings}, findings)

    def erase(self, code, *more, expect=0):
        return self.crier("people", "erase", code, "--yes", "--json", *more, expect=expect)

    def traces(self, *words):
        """Where any of these words stands: in a table's cell, or in the bytes of the store's files."""
        found = []
        patterns = [re.compile(re.escape(word), re.IGNORECASE) for word in words]
        store = sqlite3.connect(f"file:{self.folder / 'crier.db'}?mode=ro", uri=True)
        for (table,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in store.execute(f'SELECT * FROM "{table}"'):
                for cell in row:
                    text = cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
                    found += [f"{table}: {text}" for pattern in patterns if pattern.search(text)]
        store.close()
        for name in ("crier.db", "crier.db-wal"):
            path = self.folder / name
            content = path.read_bytes() if path.exists() else b""
            found += [f"bytes of {name}: {word}" for word in words if word.lower().encode() in content.lower()]
        return found

    def a_life(self):
        """All that may name a pupil and her family in a year."""
        self.crier("contacts", "opt-out", "C2", "--channel", "sms")
        self.crier("contacts", "consent", "P1", "--purpose", "Trip", "--missing")
        self.crier("send", "pupil:P1", "--to", "self+associates", "-s", "Prize for Zebedee Quillfeather",
                   "-m", "Zebedee Quillfeather has won. QUILLFEATHER, Zebedee!", "--yes", "--wait", expect=None)
        self.crier("send", "all", "--to", "associates", "--via", "email,sms", "-s", "Closed", "-m", "Closed today",
                   "--yes", "--wait", expect=None)
        self.roster.find("users", "u-1").update(email="zebedee.new@example.org", givenName="Zebedee Ivo")
        self.roster.find("users", "u-4").update(email="otto@@example.org")
        self.load()
        self.roster.find("users", "u-4").update(email="ottoline@example.org")
        self.load()
        self.crier("send", "name:quillfeather", "-s", "Hello", "-m", "Hello", "--yes", "--wait", expect=None)
        self.crier("contacts", "disable", "ottoline@example.org")

    def test_nothing_names_them_any_more(self):
        """P1: no table, no page of the file, no audit entry names whoever was erased; the others stand as they were"""
        self.a_life()
        self.assertTrue(self.traces("Zebedee"))
        erased = self.erase("P1").json["erasure"]
        self.assertEqual("P1", erased["code"])
        self.assertTrue(erased["traces_gone"])
        self.assertGreater(erased["audit_entries"], 0)
        self.assertEqual([], self.traces("Zebedee", "zeb@pupils.example.org", "zebedee.new@example.org", "pupil:P1"))
        self.check()
        self.crier("contacts", "show", "P1", expect=4)
        self.assertEqual("DYER, Mary", self.crier("contacts", "show", "C1", "--json").json["contact"]["name"])
        self.erase("C2")
        self.assertEqual([], self.traces(*self.NAMES, "Ottoline", "ottoline@example.org", "900456", "otto@@"))
        self.check()
        # The mailbox that was hers too is Mary's, and Mary is whole.
        shown = self.crier("contacts", "show", "C1", "--json").json["contact"]
        self.assertEqual({"family@example.org", "+447400900123"}, {one["address"] for one in shown["addresses"]})
        self.assertEqual(["P2"], [one["code"] for one in shown["related_to"]])
        jobs = self.crier("status", "--json").json["jobs"]
        self.assertTrue(all(one["messages"] == one["complete"] + one["failed"] + one["cancelled"] for one in jobs), jobs)

    def test_undo_does_not_bring_them_back(self):
        """P1, I6: the last import taken back leaves who was erased erased; the audit log stays whole"""
        self.a_life()
        self.erase("P1")
        self.erase("C2")
        self.crier("import", "undo")
        self.crier("contacts", "show", "P1", expect=4)
        self.assertEqual([], self.traces(*self.NAMES, "Ottoline"))
        self.check()

    def test_the_source_brings_them_back_but_what_they_decided_holds(self):
        """P1, R7: who comes again is written to no more than before; the exceptions list keeps them out"""
        self.crier("contacts", "opt-out", "C2", "--channel", "email")
        self.roster.find("users", "u-4").update(email="ottoline@example.org")
        self.load()
        self.crier("contacts", "opt-out", "C2", "--channel", "sms")
        self.crier("contacts", "disable", "+447400900456")
        told = self.crier("people", "erase", "C2", "--yes").out
        self.assertIn("exceptions", told)
        self.assertEqual([], self.traces("Ottoline", "900456"))
        self.load()
        shown = self.crier("contacts", "show", "C2", "--json").json["contact"]
        self.assertEqual({"email", "sms"}, {one["channel"] for one in shown["opt_outs"]})
        self.assertEqual({"email": "usable", "phone": "disabled"}, {one["kind"]: one["state"] for one in shown["addresses"]})
        # Decided anew: the next import does not undo that.
        self.crier("contacts", "opt-in", "C2")
        self.crier("contacts", "enable", "C2", "--yes")
        self.load()
        self.assertEqual([], self.crier("contacts", "show", "C2", "--json").json["contact"]["opt_outs"])
        self.erase("C2")
        text = (self.folder / "crier.toml").read_text().replace('\nremoval_limit', '\nexceptions = ["C2"]\nremoval_limit')
        (self.folder / "crier.toml").write_text(text)
        self.load()
        self.crier("contacts", "show", "C2", expect=4)

    def test_what_has_not_left(self):
        """P1: own messages and those that name them to their family are cancelled; one that all get stops the erasure"""
        self.crier("send", "pupil:P1", "--to", "self+associates", "-s", "Trip", "-m", "Bring a coat", "--yes")
        others = self.crier("send", "all", "--to", "associates", "-s", "Prize", "-m", "Zebedee Quillfeather has won", "--yes",
                            "--json").json["message"]
        refused = self.erase("P1", expect=5)
        self.assertEqual("under-way", refused.error["code"])
        self.assertIn(f"crier cancel {others}", refused.error["hint"])
        self.assertEqual(2, self.crier("status", "--json").json["total"])
        self.assertEqual("P1", self.crier("contacts", "show", "P1", "--json").json["contact"]["code"])
        self.crier("cancel", others)
        self.assertGreaterEqual(self.erase("P1").json["erasure"]["cancelled"], 2)
        self.assertEqual([], self.traces("Zebedee"))
        self.check()
        self.crier("daemon", "--once")
        self.assertEqual([], self.traces("Zebedee"))
        self.check()

    def test_an_audience_that_names_them(self):
        """P1, A5: a message that waits for its time and goes to others too is not lost with whom its audience names"""
        self.roster.find("users", "u-2").update(email="ben@pupils.example.org")
        self.load()
        message = self.crier("send", "pupil:P1 or pupil:P2", "--to", "self+associates", "--at", "2026-11-25T12:00",
                             "-s", "Trip", "-m", "Bring a coat", "--yes", "--json").json["message"]
        alone = self.crier("send", "pupil:P1", "--at", "2026-11-25T12:00", "-s", "Trip", "-m", "Bring a coat", "--yes",
                           "--json").json["message"]
        refused = self.erase("P1", expect=5)
        self.assertEqual("under-way", refused.error["code"])
        self.assertIn(f"message {message} ", refused.error["message"])
        self.assertEqual([message], self.erase("P1", "--dry-run").json["erasure"]["under_way"])
        self.crier("cancel", message)
        self.erase("P1")
        self.crier("daemon", "--once", clock="2026-11-25T12:01:00Z")
        jobs = {one["message"]: one for one in self.crier("status", "--json").json["jobs"]}
        self.assertEqual(1, jobs[alone]["cancelled"])
        self.check()

    def test_asks(self):
        """P1: without a terminal and --yes nothing happens, and the words to add are told; --dry-run shows all"""
        refused = self.crier("people", "erase", "P1", expect=5)
        self.assert_two_lines(refused)
        self.assertIn("--yes", refused.err)
        self.assert_error_document(self.crier("people", "erase", "P1", "--json", expect=5), 5, "not-confirmed")
        shown = self.crier("people", "erase", "P1", "--dry-run")
        self.assertIn("1 addresses", shown.out)
        self.assertIn("Nothing was changed", shown.out)
        document = self.crier("people", "erase", "P1", "--dry-run", "--json").json
        self.assertTrue(document["dry_run"])
        self.assertEqual(2, document["erasure"]["counts"]["relationships"])
        self.crier("contacts", "show", "P1")

    def test_whom(self):
        """P1: nobody by that code is exit 4; several are refused with the list, and told apart by the source's id"""
        self.assert_two_lines(self.crier("people", "erase", "nobody", "--yes", expect=4))
        self.roster.user("u-9", "parent", identifier="P1", givenName="Other", familyName="Person")
        self.load()
        refused = self.erase("P1", expect=2)
        self.assertEqual("ambiguous-code", refused.error["code"])
        for words in ("u-1", "u-9", "PERSON, Other"):
            self.assertIn(words, refused.error["message"])
        self.erase("u-9")
        self.crier("contacts", "show", "P1")

    def test_same_name(self):
        """P1: where somebody else has the same name, texts of others keep it, and that is said"""
        self.roster.user("u-5", "student", identifier="P5", givenName="Zebedee", familyName="Quillfeather", grades="7")
        self.load()
        self.crier("send", "pupil:P2", "--to", "associates", "-s", "Prize", "-m", "Zebedee Quillfeather has won", "--yes",
                   "--wait")
        self.assertTrue(self.erase("P1").json["erasure"]["shares_name"])
        self.assertTrue(self.traces("Zebedee Quillfeather has won"))
        self.assertEqual("P5", self.crier("contacts", "show", "P5", "--json").json["contact"]["code"])
        self.check()

    def test_stored_twice(self):
        """P1, R9: a record of the same human being under another code is named, and stays"""
        self.roster.user("u-6", "parent", identifier="C6", givenName="Mary", familyName="Dyer", email="family@example.org",
                         agentSourcedIds="u-2")
        self.load()
        self.assertEqual(["C6"], self.erase("C1", "--dry-run").json["erasure"]["also_stored_as"])
        self.erase("C1")
        self.assertEqual("C6", self.crier("contacts", "show", "C6", "--json").json["contact"]["code"])

    def test_held_import(self):
        """P1, I7: a held import that names them is told and left as it is; exit 1"""
        (self.folder / "crier.toml").write_text((self.folder / "crier.toml").read_text().replace("100%", "10%"))
        for n in range(20):
            self.roster.user(f"x-{n}", "student", identifier=f"X{n}", givenName=f"G{n}", familyName="F", grades="7")
        self.load()
        self.roster.drop("users", lambda row: row["sourcedId"].startswith("x-"))
        held = self.load(expect=5).json["import"]["id"]
        done = self.erase("P1", expect=1).json["erasure"]
        self.assertEqual([{"import": held, "certain": True}], done["held_imports"])
        self.assertEqual([], self.traces("Zebedee"))
        self.assertIn(f"crier import discard {held}", self.crier("people", "erase", "C2", "--yes", expect=1).out)
        self.crier("import", "discard", held)
        self.assertEqual([], self.erase("C1").json["erasure"]["held_imports"])

    def test_roles(self):
        """P1, M7: erasing takes a manager, of each school that the person is in"""
        user = self.crier("report", "audit", "--json").json["entries"][0]["actor"]
        self.crier("operators", "add", "boss", "--name", "Boss", "--role", "manager")
        self.crier("operators", "add", user, "--name", "Ann", "--role", "office")
        self.assertEqual("role", self.erase("P1", expect=5).error["code"])
        self.crier("contacts", "show", "P1")


if __name__ == "__main__":
    crier_case.main()
