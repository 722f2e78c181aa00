#!/usr/bin/env python3
"""`crier groups`: groups of the office's own beside those of a school's system (R5, R6)."""

import shutil

import crier_case
from crier_case import CrierCase
from oneroster import Roster


class Groups(CrierCase):
    def setUp(self):
        super().setUp()
        self.init("HAR", name="Harbour")
        self.settings('[import.oneroster]\nremoval_limit = "100%"\n')
        self.roster = Roster()
        self.roster.add("orgs", "org-1", name="Harbour", type="school", identifier="HAR")
        self.roster.add("academicSessions", "t-1", title="2026", type="schoolYear", startDate="2026-09-01",
                        endDate="2027-07-31", schoolYear="2027")
        self.roster.add("courses", "k-1", title="Mathematics", orgSourcedId="org-1")
        self.roster.add("classes", "c-1", title="10A Mathematics", courseSourcedId="k-1", classCode="10A/Ma",
                        classType="scheduled", schoolSourcedId="org-1", termSourcedIds="t-1")
        for number in (1, 2, 3):
            self.roster.user(f"u-{number}", "student", identifier=f"P{number}", givenName=f"Ada{number}",
                             familyName="Dyer", grades="10", email=f"ada{number}@example.org")
        self.roster.user("u-4", "parent", identifier="C1", givenName="Mary", familyName="Dyer",
                         email="mary@example.org", agentSourcedIds="u-1,u-2")
        self.roster.add("enrollments", "e-1", classSourcedId="c-1", schoolSourcedId="org-1", userSourcedId="u-1",
                        role="student")
        self.load()

    def load(self):
        path = self.folder / "export"
        shutil.rmtree(path, ignore_errors=True)
        self.roster.write(path)
        return self.crier("import", "oneroster", path, "--json", expect=None)

    def groups(self, *arguments, expect=0):
        return self.crier("groups", *arguments, "--json", expect=expect)

    def named(self, expression, expect=0):
        answer = self.crier("resolve", expression, "--json", expect=expect)
        return [one["code"] for one in answer.json["recipients"]] if expect == 0 else answer.error["code"]

    def test_a_group_of_ones_own(self):
        """R5, R6, A1: a group by hand holds people of any source and kind, and expressions find it"""
        self.assertEqual({"name": "Ski Trip 2027", "code": "SKI", "kind": "custom", "school": "HAR", "active": True,
                          "members": 0, "source": "hand"},
                         self.groups("add", "Ski Trip 2027", "--code", "SKI").json["group"])
        self.crier("people", "add", "--kind", "pupil", "--code", "G-1", "--family", "Roy", "--given", "Max")
        self.write("skiers.txt", "# who skis\n\ufeffp2\r\nu-3\n\n")
        added = self.groups("add-members", "ski trip 2027", "P1", "C1", "G-1", "P1").json
        self.assertEqual((3, 0, 3), (added["added"], added["unchanged"], added["group"]["members"]))
        added = self.groups("add-members", "SKI", "@skiers.txt", "P1").json
        self.assertEqual((2, 1), (added["added"], added["unchanged"]))
        self.assertEqual(["P1", "P2", "P3", "G-1"], self.named('group:"Ski Trip 2027"'))
        self.assertEqual(["C1"], self.named("contact:group:ski"))
        self.assertEqual(["G-1"], self.named('group:"Ski Trip 2027" and not year:10'))
        shown = self.groups("show", "SKI").json["group"]
        self.assertEqual([("P1", "pupil", "active"), ("P2", "pupil", "active")],
                         [(one["code"], one["kind"], one["status"]) for one in shown["people"][:2]])
        self.assertIn(("C1", "contact", "contact"),
                      [(one["code"], one["kind"], one["role"]) for one in shown["people"]])
        self.assertEqual(4, self.groups("remove-members", "SKI", "P1", "C1", "P3", "G-1").json["removed"])
        self.assertEqual(["P2"], self.named("group:SKI"))
        again = self.groups("remove-members", "SKI", "P1").json
        self.assertEqual((0, 1), (again["removed"], again["unchanged"]))

    def test_members_by_an_expression(self):
        """R5, A1: all whom an expression names now become members, once; who comes later does not"""
        self.groups("add", "Leavers' Ball")
        self.assertEqual(3, self.groups("add-members", "Leavers' Ball", "--matching", "year:10").json["added"])
        self.roster.user("u-9", "student", identifier="P9", givenName="Eve", familyName="Roy", grades="10")
        self.load()
        self.assertEqual(["P1", "P2", "P3"], self.named('group:"leavers\' ball"'))
        self.assertEqual("no-such-year",
                         self.groups("add-members", "Leavers' Ball", "--matching", "year:77", expect=4).error["code"])

    def test_edit_and_delete(self):
        """R5: an inactive group is kept and no expression names it; a deleted one is gone, its members stay"""
        self.groups("add", "Ski Trip")
        self.groups("add-members", "Ski Trip", "P1")
        self.groups("edit", "Ski Trip", "--name", "Snow", "--inactive")
        self.assertEqual("no-such-group", self.named("group:Snow", expect=4))
        self.assertEqual(["10A Mathematics"], [one["name"] for one in self.groups("list").json["groups"]])
        self.assertEqual(["10A Mathematics", "Snow"],
                         [one["name"] for one in self.groups("list", "--all").json["groups"]])
        self.groups("edit", "Snow", "--active")
        self.assertEqual(["P1"], self.named("group:snow"))
        self.assertEqual("not-confirmed", self.groups("delete", "Snow", expect=5).error["code"])
        self.assertTrue(self.groups("delete", "Snow", "--dry-run").json["dry_run"])
        self.groups("delete", "Snow", "--yes")
        self.assertEqual("no-such-group", self.groups("show", "Snow", expect=4).error["code"])
        self.assertEqual(["P1"], self.named("pupil:P1"))

    def test_imports_leave_it_alone(self):
        """R6, I6: no import, undo or empty export touches a group by hand or its members"""
        self.groups("add", "Ski Trip")
        self.groups("add-members", "Ski Trip", "P1", "P2")
        gone = self.roster.find("users", "u-2")
        self.roster.drop("users", lambda one: one is gone)
        self.roster.rows["classes"], self.roster.rows["enrollments"] = [], []
        self.assertEqual(1, self.load().json["import"]["removed"]["group"])
        self.assertEqual(["P1"], self.named('group:"Ski Trip"'))
        self.assertEqual([("P1", "active"), ("P2", "leaver")],
                         [(one["code"], one["status"])
                          for one in self.groups("show", "Ski Trip").json["group"]["people"]])
        self.crier("import", "undo", "--yes")
        self.assertEqual(["P1", "P2"], self.named('group:"Ski Trip"'))

    def test_what_is_refused(self):
        """R6: a system's group is not changed here; a name twice, a stranger or nobody is refused, all or nothing"""
        self.groups("add", "Ski Trip", "--code", "SKI")
        for arguments, exit, code in (
                (("add-members", "10A Mathematics", "P2"), 5, "not-by-hand"),
                (("edit", "10A/Ma", "--name", "X"), 5, "not-by-hand"),
                (("delete", "10A/Ma", "--yes"), 5, "not-by-hand"),
                (("add", "ski trip"), 5, "name-taken"),
                (("add", "10a mathematics"), 5, "name-taken"),
                (("add", "Snow", "--code", "ski"), 5, "name-taken"),
                (("add", " "), 2, "missing-value"),
                (("add", 'The "best"'), 2, "bad-text"),
                (("edit", "SKI"), 2, "nothing-to-change"),
                (("show", "Ski Trop"), 4, "no-such-group"),
                (("add-members", "SKI", "P1", "nobody", "no-one"), 4, "no-such-person"),
                (("add-members", "SKI"), 2, "whom"),
                (("add-members", "SKI", "P1", "--matching", "all"), 2, "whom"),
                (("add-members", "SKI", "@nowhere.txt"), 3, None),
                (("add-members", "SKI", "--matching", "year:("), 2, None)):
            with self.subTest(" ".join(arguments)):
                self.assert_error_document(self.groups(*arguments, expect=exit), exit, code)
        self.assertIn("Ski Trip", self.groups("show", "Ski Trop", expect=4).error["message"])
        self.assertIn("nobody, no-one", self.groups("add-members", "SKI", "P1", "nobody", "no-one",
                                                    expect=4).error["message"])
        self.assertEqual(0, self.groups("show", "SKI").json["group"]["members"])

    def test_it_is_completed(self):
        """R5: names of groups of one's own are offered at a terminal"""
        self.groups("add", "Ski Trip")
        words = self.crier("completion", "words", "--", "groups", "edit", "").out.splitlines()
        self.assertEqual(["Ski Trip"], words)
        self.assertIn("people", self.crier("completion", "words", "--", "peo").out)
        self.assertIn("C1", self.crier("completion", "words", "--", "people", "merge", "C").out)


if __name__ == "__main__":
    crier_case.main()
