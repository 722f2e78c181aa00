#!/usr/bin/env python3
"""`crier contacts` and `crier leavers`: what people decided outlasts imports (R7); those who have gone (I10)."""

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


if __name__ == "__main__":
    unittest.main()
