#!/usr/bin/env python3
"""`crier import forget`: a source is let go, and what others say stays whole (R6)."""

import shutil

import crier_case
from crier_case import CrierCase
from oneroster import Roster


class Forget(CrierCase):
    """Two families from the school's system, a choir from another source, and facts by hand."""

    def setUp(self):
        super().setUp()
        self.init("HAR", name="Harbour")
        self.settings('[import.oneroster]\nremoval_limit = "100%"\n')
        self.roster = Roster()
        self.roster.add("orgs", "org-1", name="Harbour", type="school", identifier="HAR")
        self.roster.user("u-1", "student", identifier="P1", givenName="Ada", familyName="Dyer", grades="10")
        self.roster.user("u-2", "student", identifier="P2", givenName="Ben", familyName="Dyer", grades="9")
        self.roster.user("u-3", "parent", identifier="C1", givenName="Mary", familyName="Dyer",
                         email="mary@example.org", sms="07400 900123", agentSourcedIds="u-1,u-2")
        self.roster.user("u-4", "parent", identifier="C2", givenName="Fred", familyName="Fell",
                         email="fred@example.org", agentSourcedIds="u-1")
        self.load()

    def load(self, expect=0):
        path = self.folder / "export"
        shutil.rmtree(path, ignore_errors=True)
        self.roster.write(path)
        return self.crier("import", "oneroster", path, "--json", expect=expect)

    def people(self, *arguments, expect=0):
        return self.crier("people", *arguments, "--json", expect=expect)

    def person(self, *arguments):
        return self.people(*arguments).json["person"]

    def heard(self, expression="all", to="associates", via="email"):
        """Who hears: code -> (address or [reason], pupils)."""
        answer = self.crier("resolve", expression, "--to", to, "--via", via, "--json", expect=None)
        if answer.code == 4:
            return {}
        found = {}
        for one in answer.json["recipients"]:
            reach = one["channels"][via]
            found[one["code"]] = (reach["address"] if reach["reachable"] else f"[{reach['reason']}]",
                                  [pupil["code"] for pupil in one["related_to"]])
        return found

    def contact(self, code):
        return self.crier("contacts", "show", code, "--json").json["contact"]

    def addresses(self, code):
        return [(one["kind"], one["use"], one["address"], one["source"]) for one in self.contact(code)["addresses"]]

    def other_source(self):
        """A CSV export of a choir, and dinner money: people and daily facts of another source."""
        self.write("choir.csv", "id,kind,given,family,form,email\n"
                                "K1,pupil,Kit,Kay,8A,\nK2,contact,Kim,Kay,,kim@example.org\n")
        self.write("choir.toml", '[[file]]\nname = "choir.csv"\nkind = "people"\n'
                                 '[file.columns]\nid = "id"\nkind = "kind"\n'
                                 'given = "given"\nfamily = "family"\nform = "form"\nemail = "email"\n')
        self.crier("import", "csv", "choir.csv", "--map", "choir.toml", "--source", "choir")

    def test_a_source_is_let_go_and_the_others_stay_whole(self):
        """R6, I10: forgetting a source makes leavers of its people and leaves hand and other sources as they are"""
        self.people("add-address", "C1", "--phone", "work:+44 7400 123456")
        self.people("add", "--kind", "contact", "--code", "V-1", "--given", "Ann", "--email", "ann@example.org")
        self.people("relate", "P1", "V-1", "--relation", "aunt")
        self.crier("groups", "add", "Helpers")
        self.crier("groups", "add-members", "Helpers", "V-1", "C1")
        before = self.heard()
        self.other_source()
        self.assertIn("K1", self.heard("all", "self"))
        dry = self.crier("import", "forget", "choir", "--dry-run", "--json").json["import"]
        self.assertEqual((1, 1, "dry-run"), (dry["removed"]["pupil"], dry["removed"]["contact"], dry["outcome"]))
        self.assertIn("K1", self.heard("all", "self"))
        self.assertEqual("not-confirmed", self.crier("import", "forget", "choir", "--json", expect=5).error["code"])
        self.crier("import", "forget", "choir", "--yes")
        self.assertEqual("leaver", self.contact("K2")["status"])
        self.assertEqual(before, self.heard())
        self.assertIn("V-1", self.heard("contact:group:Helpers", "self"))
        self.assertEqual("forget", self.crier("report", "audit", "--json").json["entries"][0]["act"])
        self.crier("import", "undo", "--yes")
        self.assertIn("K1", self.heard("all", "self"))
        # The other way round: the system goes, and the hand's facts stay though they reach nobody of its pupils.
        self.crier("import", "forget", "oneroster", "--yes")
        self.assertEqual({}, self.heard("pupil:P1"))
        self.assertIn(("phone", "work", "+447400123456", "hand"), self.addresses("C1"))
        self.assertEqual(("ann@example.org", []), self.heard("contact:V-1", "self")["V-1"])
        self.load()
        self.assertEqual(before, self.heard())

    def test_facts_of_the_day_and_lists_go_too(self):
        """R6, R8: attendance, payments and relationships between others' people go with the source that told them"""
        self.write("daily.toml", '[[file]]\nname = "owed.csv"\nkind = "payments"\n[file.columns]\nid = "id"\n'
                                 'pupil = "pupil"\nitem = "item"\namount = "amount"\ndue = "due"\n'
                                 '[[file]]\nname = "ties.csv"\nkind = "relationships"\n[file.columns]\n'
                                 'pupil = "pupil"\ncontact = "contact"\nrelation = "relation"\n')
        self.write("daily/owed.csv", "id,pupil,item,amount,due\n1,P1,Trip,12.50,2026-12-01\n")
        self.write("daily/ties.csv", "pupil,contact,relation\nP2,C2,uncle\n")
        self.crier("import", "csv", "daily", "--map", "daily.toml", "--source", "money")
        self.assertEqual({"C2": ("fred@example.org", ["P2"])}, self.heard("all", "uncle"))
        self.assertEqual(["P1"], list(self.heard("owing:Trip", "self")))
        removed = self.crier("import", "forget", "money", "--yes", "--json").json["import"]["removed"]
        self.assertEqual((1, 1, 0), (removed["relationship"], removed["payment"], removed["pupil"]))
        self.assertEqual({}, self.heard("all", "uncle"))
        self.assertEqual({}, self.heard("owing:Trip", "self"))
        self.assertEqual(["P1", "P2"], list(self.heard("all", "self")))
        self.crier("import", "undo", "--yes")
        self.assertEqual(["P1"], list(self.heard("owing:Trip", "self")))

    def test_what_cannot_be_forgotten(self):
        """R6: neither the office's own hand nor a source that brought nothing"""
        self.assertEqual("reserved-source", self.crier("import", "forget", "hand", "--json", expect=2).error["code"])
        missing = self.crier("import", "forget", "oneroste", "--yes", "--json", expect=4).error
        self.assertIn("oneroster", missing["message"])

    def test_it_says_that_the_settings_would_bring_it_again(self):
        """R6, M7: the settings still name it: said; and letting a source go takes the role of an import"""
        self.assertIn("[import.oneroster]", self.crier("import", "forget", "oneroster", "--yes").err)
        self.crier("operators", "add", "boss", "--name", "Boss", "--role", "manager")
        self.crier("operators", "add", "root", "--name", "Ann", "--role", "office")
        self.assertEqual("role", self.crier("import", "forget", "oneroster", "--yes", "--json",
                                            expect=5).error["code"])


if __name__ == "__main__":
    crier_case.main()
