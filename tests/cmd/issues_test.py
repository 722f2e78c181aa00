#!/usr/bin/env python3
"""`crier issues`: what is wrong with the data, listed, shown, resolved, exported (S5)."""

import csv
import io
import unittest

from crier_case import CrierCase
from oneroster import Roster


class Issues(CrierCase):
    def setUp(self):
        super().setUp()
        self.crier("init", "--school", "HAR", "--name", "Harbour", "--timezone", "Europe/London", "--country", "GB")
        self.roster = Roster()
        self.roster.add("orgs", "org-1", name="Harbour", type="school", identifier="HAR")
        self.roster.user("u-1", "student", identifier="P1", givenName="Ada", familyName="Dyer", grades="10")
        self.roster.user("u-2", "parent", identifier="C1", givenName="Robert", familyName="Dyer", email="r.dyer@",
                         sms="07400 900123", agentSourcedIds="u-1")
        self.load(expect=1)

    def load(self, expect=0):
        path = self.folder / "export"
        self.roster.write(path)
        return self.crier("import", "oneroster", path, "--json", expect=expect)

    def test_lists_shows_and_resolves(self):
        listed = self.crier("issues", "list", "--json").json["issues"]
        self.assertEqual([("invalid-email", "HAR", "C1", "DYER, Robert", "r.dyer@", "open")],
                         [(i["kind"], i["school"], i["code"], i["name"], i["detail"], i["state"]) for i in listed])
        number = listed[0]["id"]
        self.assertIn("invalid-email", self.crier("issues", "show", number).out)
        self.assertEqual("resolved", self.crier("issues", "resolve", number, "--json").json["issue"]["state"])
        self.assertEqual([], self.crier("issues", "list", "--json").json["issues"])
        self.assertEqual(1, len(self.crier("issues", "list", "--state", "resolved", "--json").json["issues"]))
        self.assertEqual("not-open", self.crier("issues", "resolve", number, "--json", expect=5).error["code"])

    def test_gone_when_the_next_import_mends_it(self):
        self.roster.find("users", "u-2")["email"] = "r.dyer@example.org"
        self.load()
        self.assertEqual([], self.crier("issues", "list", "--json").json["issues"])
        gone = self.crier("issues", "list", "--state", "gone", "--kind", "invalid-email", "--json").json["issues"]
        self.assertEqual(["C1"], [issue["code"] for issue in gone])

    def test_exports(self):
        rows = list(csv.DictReader(io.StringIO(self.crier("issues", "export").out)))
        self.assertEqual(["r.dyer@"], [row["detail"] for row in rows])
        self.assertEqual(1, len(self.crier("issues", "export", "--format", "json").json["issues"]))

    def test_names_what_is_not_there(self):
        self.assertEqual("no-such-issue", self.crier("issues", "show", "99", "--json", expect=4).error["code"])
        error = self.crier("issues", "list", "--kind", "invalid-emial", "--json", expect=2).error
        self.assertIn("invalid-email", error["message"])


if __name__ == "__main__":
    unittest.main()
