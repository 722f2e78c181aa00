#!/usr/bin/env python3
"""`crier operators`, and what roles bind at the command line (M7)."""

import os
import pwd
import unittest

from crier_case import CrierCase
from oneroster import Roster

ME = pwd.getpwuid(os.geteuid()).pw_name


class School(CrierCase):
    def setUp(self):
        super().setUp()
        self.crier("init", "--school", "HAR", "--name", "Harbour", "--timezone", "Europe/London", "--country", "GB")
        self.roster = Roster()
        self.roster.add("orgs", "org-1", name="Harbour", type="school", identifier="HAR")
        self.roster.add("orgs", "org-2", name="Cambridge", type="school", identifier="CAM")
        self.roster.user("u-1", "student", identifier="P1", givenName="Ada", familyName="Dyer", grades="10")
        self.roster.user("u-3", "parent", identifier="C1", givenName="Robert", familyName="Dyer",
                         email="r.dyer@example.org", sms="07400 900123", agentSourcedIds="u-1")
        self.roster.user("u-4", "student", identifier="P4", givenName="Eve", familyName="Moss", grades="9",
                         org="org-2")
        self.settings('[district]\ntimezone = "Europe/London"\ncountry = "GB"\n')
        self.export = self.folder / "export"
        self.roster.write(self.export)
        self.crier("import", "oneroster", self.export, "--json", expect=None)

    def add(self, account, roles, *more, expect=0):
        return self.crier("operators", "add", account, "--name", account.title(), "--role", roles, *more, "--json",
                          expect=expect)

    def as_me(self, roles, *more):
        """There is a manager, and whoever runs this test has these roles."""
        self.add("it", "manager")
        self.add(ME, roles, *more)

    def assert_role(self, result, *words):
        self.assert_error_document(result, 5, "role")
        for word in words:
            self.assertIn(word, result.error["message"] + " " + result.error["hint"])


class Operators(School):
    def test_enters_and_lists(self):
        self.assertEqual([], self.crier("operators", "list", "--json").json["operators"])
        one = self.add("it", "manager").json["operator"]
        self.assertEqual(["account", "name", "roles", "schools", "active", "created", "may"], list(one))
        self.crier("operators", "add", "ann", "--name", "Ann Lee", "--role", "approver,sender", "--role", "viewer",
                   "--school", "har")
        listed = self.crier("operators", "list", "--json").json["operators"]
        self.assertEqual([("ann", ["viewer", "sender", "approver"], ["HAR"], True), ("it", ["manager"], [], True)],
                         [(one["account"], one["roles"], one["schools"], one["active"]) for one in listed])
        self.assertIn("Ann Lee", self.crier("operators", "list").out)
        shown = self.crier("operators", "show", "ANN").out
        self.assertIn("approve or reject messages", shown)
        self.assertNotIn("import", shown)

    def test_changes(self):
        self.add("it", "manager")
        self.add("ann", "sender", "--school", "HAR")
        edited = self.crier("operators", "edit", "ann", "--role", "office", "--name", "Ann", "--json").json["operator"]
        self.assertEqual((["office"], ["HAR"], "Ann"), (edited["roles"], edited["schools"], edited["name"]))
        self.assertEqual([], self.crier("operators", "edit", "ann", "--all-schools", "--json").json["operator"]["schools"])
        self.assertFalse(self.crier("operators", "disable", "ann", "--json").json["operator"]["active"])
        self.crier("operators", "disable", "ann")
        self.assertTrue(self.crier("operators", "enable", "ann", "--json").json["operator"]["active"])
        acts = [one["act"] for one in self.crier("report", "audit", "--json").json["entries"]]
        self.assertEqual(["operator-enable", "operator-disable", "operator-edit", "operator-edit", "operator-add",
                          "operator-add"], acts[:6])

    def test_refuses_what_cannot_be(self):
        self.add("it", "manager")
        for words, exit, code in (
            (["add", "ann", "--name", "Ann", "--role", "sendr"], 2, "unknown-role"),
            (["add", "ann", "--name", "Ann"], 2, "no-role"),
            (["add", "ann", "--role", "sender"], 2, "bad-name"),
            (["add", "ann", "--name", " ", "--role", "sender"], 2, "bad-name"),
            (["add", "ann", "--name", "x" * 101, "--role", "sender"], 2, "bad-name"),
            (["add", "", "--name", "Ann", "--role", "sender"], 2, "bad-account"),
            (["add", "a b", "--name", "Ann", "--role", "sender"], 2, "bad-account"),
            (["add", "a,b", "--name", "Ann", "--role", "sender"], 2, "bad-account"),
            (["add", "System", "--name", "Ann", "--role", "sender"], 2, "bad-account"),
            (["add", "ann", "--name", "Ann", "--role", "sender", "--school", "HRA"], 4, "no-such-school"),
            (["add", "IT", "--name", "Ann", "--role", "sender"], 5, "operator-exists"),
            (["edit", "ann", "--role", "sender"], 4, "no-such-operator"),
            (["edit", "it"], 2, "nothing-to-change"),
            (["show", "ti"], 4, "no-such-operator"),
            (["disable", "ann"], 4, "no-such-operator"),
        ):
            with self.subTest(words):
                self.assert_error_document(self.crier("operators", *words, "--json", expect=exit), exit, code)
        self.assertIn("did you mean 'sender'", self.crier("operators", "add", "ann", "--name", "Ann", "--role", "sendr",
                                                          expect=2).err)
        self.assert_two_lines(self.crier("operators", "show", "nobody", expect=4))
        self.crier("operators", "edit", "it", "--school", "HAR", "--all-schools", expect=2)
        self.assertEqual(1, len(self.crier("operators", "list", "--json").json["operators"]))

    def test_there_is_always_a_manager(self):
        """M7: the last active manager cannot be disabled, nor lose the role or a school"""
        self.assertEqual("last-manager", self.add("ann", "sender", expect=5).error["code"])
        self.assertEqual("last-manager", self.add("ann", "manager", "--school", "HAR", expect=5).error["code"])
        self.add("it", "manager")
        for words in (["disable", "it"], ["edit", "it", "--role", "office"], ["edit", "it", "--school", "HAR"]):
            self.assertEqual("last-manager", self.crier("operators", *words, "--json", expect=5).error["code"])
        self.add("head", "manager")
        self.crier("operators", "disable", "it")
        self.assertEqual("last-manager", self.crier("operators", "disable", "head", "--json", expect=5).error["code"])


class Roles(School):
    def test_whoever_is_no_operator_is_not_bound(self):
        """M7: who can open the store may do all; scheduled jobs do not break"""
        self.add("it", "manager")
        self.crier("contacts", "opt-out", "C1")
        self.crier("import", "oneroster", self.export, expect=None)
        self.crier("daemon", "--once")

    def test_a_viewer_looks_and_sees_no_addresses(self):
        self.crier("contacts", "disable", "r.dyer@example.org")
        self.crier("send", "pupil:P1", "--to", "parent", "--via", "email,sms", "-s", "Hi", "-m", "Hi.", "--wait", "--yes",
                   expect=None)
        self.as_me("viewer")
        shown = self.crier("contacts", "show", "C1", "--json")
        self.assertNotIn("r.dyer@", shown.out)
        self.assertNotIn("900123", shown.out)
        self.assertEqual({"r…@example.org", "+44…23"}, {one["address"] for one in shown.json["contact"]["addresses"]})
        report = self.crier("report", "delivery", "--format", "csv").out
        self.assertIn("+44…23", report)
        self.assertNotIn("900123", report)
        jobs = self.crier("status", "--json").json["jobs"]
        failed = next(one["id"] for one in jobs if one["failed"])
        errors = self.crier("status", failed, "--errors", "--json").out
        self.assertNotIn("r.dyer@", errors)
        for words in (["contacts", "opt-out", "C1"], ["contacts", "opt-in", "C1"], ["contacts", "disable", "C1"],
                      ["contacts", "enable", "C1", "--yes"], ["contacts", "consent", "C1", "--purpose", "A", "--given"]):
            with self.subTest(words):
                self.assert_role(self.crier(*words, "--json", expect=5), "office", "it can give it",
                                 f"crier operators edit {ME} --role viewer,office")
        self.assert_role(self.crier("import", "oneroster", self.export, "--json", expect=5), "manager")
        self.assert_role(self.crier("import", "undo", "--json", expect=5), "manager")
        self.assert_role(self.crier("operators", "edit", ME, "--role", "manager", "--json", expect=5), "manager")
        self.assert_role(self.crier("operators", "disable", "it", "--json", expect=5), "manager")
        self.assert_role(self.crier("rerun", failed, "--json", expect=5), "office")
        self.assertEqual([], self.crier("contacts", "show", "C1", "--json").json["contact"]["opt_outs"])
        self.assert_two_lines(self.crier("contacts", "opt-out", "C1", expect=5))

    def test_a_sender_reruns_what_they_sent(self):
        self.crier("contacts", "disable", "r.dyer@example.org")
        self.crier("send", "pupil:P1", "--to", "parent", "-s", "Hi", "-m", "Hi.", "--wait", "--yes", expect=None)
        self.crier("contacts", "enable", "C1", "--yes")
        self.as_me("sender")
        self.assertEqual(1, self.crier("rerun", "1", "--json").json["requeued"])

    def test_roles_are_for_their_schools(self):
        self.as_me("office", "--school", "CAM")
        self.assert_role(self.crier("contacts", "opt-out", "C1", "--json", expect=5), "HAR", "CAM",
                         f"crier operators edit {ME} --school CAM,HAR")
        self.crier("contacts", "opt-out", "P4")

    def test_looks_at_their_own_school(self):
        self.crier("send", "pupil:P1", "--to", "parent", "-s", "Hi", "-m", "Hi.", "--yes", "--school", "HAR")
        self.as_me("viewer", "--school", "CAM")
        self.assertEqual([], self.crier("status", "--json").json["jobs"])
        self.assertEqual([], self.crier("report", "delivery", "--json").json["deliveries"])
        for words in (["status", "--school", "HAR"], ["report", "delivery", "--school", "HAR"], ["status", "1", "--errors"],
                      ["contacts", "show", "C1"]):
            with self.subTest(words):
                self.assert_role(self.crier(*words, "--json", expect=5), "HAR")
        self.crier("operators", "edit", "it", "--name", "IT", expect=5)

    def test_a_manager_of_one_school_stays_there(self):
        self.as_me("manager", "--school", "CAM")
        self.add("bob", "sender", "--school", "CAM")
        self.assert_role(self.add("eve", "sender", expect=5), "CAM")
        self.assert_role(self.add("eve", "sender", "--school", "HAR", expect=5), "HAR")
        self.assert_role(self.crier("operators", "edit", ME, "--all-schools", "--json", expect=5))
        self.assert_role(self.crier("operators", "disable", "it", "--json", expect=5))
        self.assert_role(self.crier("import", "oneroster", self.export, "--json", expect=5), "all schools")

    def test_a_disabled_operator_may_do_nothing(self):
        self.as_me("office,manager")
        self.add("head", "manager")
        self.crier("operators", "disable", ME)
        for words in (["contacts", "opt-out", "C1"], ["contacts", "show", "C1"], ["operators", "enable", ME],
                      ["report", "delivery"], ["operators", "list"]):
            with self.subTest(words):
                self.assert_role(self.crier(*words, "--json", expect=5), "disabled", f"crier operators enable {ME}")


if __name__ == "__main__":
    unittest.main()
