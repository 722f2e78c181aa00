#!/usr/bin/env python3
"""`crier people merge`: records of one guardian that differ in name or address (R9)."""

import shutil

import crier_case
from crier_case import CrierCase
from oneroster import Roster


class Merge(CrierCase):
    """Mary Dyer is kept twice, once by a nickname and another mailbox; Fred is another person."""

    def setUp(self):
        super().setUp()
        self.init("HAR", name="Harbour")
        self.settings('[import.oneroster]\nremoval_limit = "100%"\n')
        self.roster = Roster()
        self.roster.add("orgs", "org-1", name="Harbour", type="school", identifier="HAR")
        self.roster.user("u-1", "student", identifier="P1", givenName="Ada", familyName="Dyer", grades="10")
        self.roster.user("u-2", "student", identifier="P2", givenName="Ben", familyName="Dyer", grades="9")
        self.roster.user("u-3", "parent", identifier="C1", givenName="Mary", familyName="Dyer",
                         email="mary@example.org", agentSourcedIds="u-1")
        self.roster.user("u-4", "parent", identifier="C2", givenName="Molly", familyName="Dyer-Roy",
                         email="molly@work.example", agentSourcedIds="u-2")
        self.roster.user("u-5", "parent", identifier="C3", givenName="Fred", familyName="Fell",
                         email="fred@example.org", agentSourcedIds="u-1")
        self.load()

    def load(self, expect=0):
        path = self.folder / "export"
        shutil.rmtree(path, ignore_errors=True)
        self.roster.write(path)
        return self.crier("import", "oneroster", path, "--json", expect=expect)

    def people(self, *arguments, expect=0):
        return self.crier("people", *arguments, "--json", expect=expect)

    def heard(self, expression="all"):
        found = {}
        for one in self.crier("resolve", expression, "--to", "associates", "--json").json["recipients"]:
            reach = one["channels"]["email"]
            found[one["code"]] = (reach["address"] if reach["reachable"] else f"[{reach['reason']}]",
                                  [pupil["code"] for pupil in one["related_to"]])
        return found

    def duplicates(self, state="open"):
        rows = self.crier("issues", "list", "--kind", "possible-duplicate", "--state", state, "--json").json
        return [(one["code"], one["detail"]) for one in rows["issues"]]

    APART = {"C1": ("mary@example.org", ["P1"]), "C2": ("molly@work.example", ["P2"]),
             "C3": ("fred@example.org", ["P1"])}

    def test_merged_and_parted(self):
        """R9, A4: who was merged hears once, of all pupils; who is parted hears as before"""
        self.assertEqual(self.APART, self.heard())
        view = self.people("merge", "C1", "C2", "--dry-run").json["merge"]
        self.assertEqual((["C1", "C2"], [], False),
                         ([one["code"] for one in view["records"]], view["silences"], view["decisions_shared"]))
        self.assertEqual(self.APART, self.heard())
        self.assertEqual("not-confirmed", self.people("merge", "C1", "C2", expect=5).error["code"])
        self.people("merge", "C1", "c2", "--yes")
        self.assertEqual({"C1": ("mary@example.org", ["P1", "P2"]), "C2": ("[duplicate]", ["P2"]),
                          "C3": ("fred@example.org", ["P1"])}, self.heard())
        # Where one record is meant alone, it hears itself.
        self.assertEqual(("molly@work.example", ["P2"]), self.heard("pupil:P2")["C2"])
        self.assertEqual(["C1", "C2"], [one["code"] for one in self.people("merges").json["merges"]])
        self.assertIn("as the office has merged them",
                      self.crier("resolve", "all", "--to", "associates", "--explain", "C2").out)
        self.people("unmerge", "C2")
        self.assertEqual(self.APART, self.heard())
        self.assertEqual([], self.people("merges").json["merges"])
        self.assertEqual("not-merged", self.people("unmerge", "C2", expect=4).error["code"])

    def test_it_never_widens_who_hears(self):
        """R9, R3: a court order on one record holds for all of them; the preview says who falls silent"""
        self.people("relate", "P1", "C3", "--court-order")
        self.people("relate", "P2", "C3", "--relation", "father", "--priority", "2")
        self.assertEqual(("fred@example.org", ["P2"]), self.heard()["C3"])
        view = self.people("merge", "C1", "C3", "--dry-run").json["merge"]
        self.assertEqual([{"pupil": "P1", "name": "DYER, Ada", "barred": "C3", "hears_now": "C1"}], view["silences"])
        preview = self.crier("people", "merge", "C1", "C3", "--dry-run").out
        self.assertIn("None of them hears of P1 DYER, Ada any more: a court order bars C3; C1 hears now.", preview)
        self.people("merge", "C1", "C3", "--yes")
        for expression in ("all", "pupil:P1"):
            for code, (address, pupils) in self.heard(expression).items():
                self.assertNotIn("P1", pupils, code)
        # Nor does an address of either read of the pupil by way of somebody else.
        self.people("add", "--kind", "contact", "--code", "V-1", "--given", "Eve", "--email", "mary@example.org")
        self.people("relate", "P1", "V-1", "--relation", "aunt")
        self.assertEqual("[court-order]", self.heard("pupil:P1")["V-1"][0])
        self.people("unmerge", "C3")
        self.assertEqual(("mary@example.org", ["P1"]), self.heard("pupil:P1")["C1"])

    def test_decisions_of_one_hold_for_all(self):
        """R9, R7: an opt-out or a refused consent of one record forbids all; one that is new is every record's"""
        self.crier("contacts", "consent", "C2", "--purpose", "Trip", "--missing")
        self.assertTrue(self.people("merge", "C1", "C2", "--dry-run").json["merge"]["decisions_shared"])
        self.people("merge", "C1", "C2", "--yes")
        self.assertEqual("[no-consent]", self.heard()["C1"][0])
        self.crier("contacts", "consent", "C2", "--purpose", "Trip", "--given")
        self.crier("contacts", "opt-out", "C1", "--channel", "email")
        self.assertEqual({"[opted-out]"}, {self.heard()[code][0] for code in ("C1", "C2")})
        self.crier("contacts", "opt-in", "C2", "--channel", "email")
        self.assertEqual("mary@example.org", self.heard()["C1"][0])

    def test_it_outlasts_imports_undo_and_new_ids(self):
        """R9, R7, I6: a merge stands after imports, an undo, and where the source gives a record another id"""
        self.people("merge", "C1", "C2", "--yes")
        merged = self.heard()
        self.roster.find("users", "u-4").update(familyName="Roy", email="molly@new.example")
        self.assertEqual(1, self.load().json["import"]["changed"]["contact"])
        self.assertEqual(merged, self.heard())
        self.crier("import", "undo", "--yes")
        self.assertEqual(merged, self.heard())
        self.load()
        # Molly comes under another id: the old record is a leaver, and is then deleted for good.
        row = self.roster.find("users", "u-4")
        row.update(sourcedId="u-44", identifier="C44")
        self.load()
        self.assertEqual(("[duplicate]", ["P2"]), self.heard()["C44"])
        self.crier("leavers", "delete", "C2", "--yes")
        self.assertEqual(("mary@example.org", ["P1", "P2"]), self.heard()["C1"])
        self.assertEqual("unchanged", self.load().json["import"]["outcome"])

    def test_an_import_that_brought_them_is_undone(self):
        """R9, I6: whom an import brought and the office merged stays as a leaver when that is undone, and merged"""
        self.roster.user("u-6", "parent", identifier="C6", givenName="Mary", familyName="Dwyer",
                         email="dwyer@example.org", agentSourcedIds="u-2")
        self.load()
        self.people("merge", "C1", "C6", "--yes")
        self.assertEqual(1, self.crier("import", "undo", "--yes", "--json").json["stayed"])
        self.load()
        self.assertEqual("[duplicate]", self.heard()["C6"][0])

    def test_possible_duplicates(self):
        """R9, S5: records that agree are listed; merging or resolving ends the issue for good, unmerging reopens it"""
        self.roster.find("users", "u-4").update(givenName="mary", familyName="Dyér", email="Mary@example.org")
        self.load()
        self.assertEqual([("C1", "C2 mary@example.org")], self.duplicates())
        self.people("merge", "C1", "C2", "--yes")
        self.assertEqual([], self.duplicates())
        self.people("unmerge", "C1")
        self.assertEqual([("C1", "C2 mary@example.org")], self.duplicates())
        number = self.crier("issues", "list", "--json").json["issues"][0]["id"]
        self.crier("issues", "resolve", number)
        self.roster.find("users", "u-3").update(phone="07400 900123")
        self.load()
        self.assertEqual([], self.duplicates())
        # Nobody outside can tell who reads a mailbox: they are written to as one all the same.
        self.assertEqual(["[duplicate]", "mary@example.org"],
                         sorted((self.heard()["C1"][0], self.heard()["C2"][0])))

    def test_what_is_refused(self):
        """R9: only contacts are merged, two or more of them; what stands already changes nothing"""
        self.assertEqual("not-a-contact", self.people("merge", "C1", "P1", "--yes", expect=5).error["code"])
        self.assertEqual("one-record", self.people("merge", "C1", "c1", "--yes", expect=2).error["code"])
        self.assertEqual("no-such-person", self.people("merge", "C1", "C99", "--yes", expect=4).error["code"])
        self.people("merge", "C1", "C2", "--yes")
        acts = len(self.crier("report", "audit", "--json").json["entries"])
        self.assertIn("merged already", self.crier("people", "merge", "C2", "C1", "--yes").out)
        self.assertEqual(acts, len(self.crier("report", "audit", "--json").json["entries"]))
        # A third joins the two.
        self.people("merge", "C2", "C3", "--yes")
        self.assertEqual({1}, {one["merge"] for one in self.people("merges").json["merges"]})
        self.assertEqual(3, len(self.people("merges").json["merges"]))
        document = self.people("show", "C1").json["person_data"]
        self.assertEqual(["C2", "C3"], [one["code"] for one in document["merged_with"]])
        self.assertIn("Also stored as C2", self.crier("people", "erase", "C1", "--dry-run").out)
        self.crier("people", "erase", "C1", "--yes")
        self.assertEqual(2, len(self.people("merges").json["merges"]))
        self.people("unmerge", "C3")
        self.assertEqual([], self.people("merges").json["merges"])


if __name__ == "__main__":
    crier_case.main()
