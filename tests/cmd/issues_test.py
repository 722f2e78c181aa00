#!/usr/bin/env python3
"""`crier issues`: what is wrong with the data, listed, shown, resolved, exported (S5)."""

import csv
import io
import json

import crier_case
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
        self.assertEqual(1, len(self.crier("issues", "export", "--json").json["issues"]))

    def test_exports_into_a_file(self):
        """S5: a file is there whole and for its owner alone, and one that was there stays unless --force"""
        self.crier("issues", "export", "-o", "out.csv")
        out = self.folder / "out.csv"
        self.assertEqual(self.crier("issues", "export").out.encode(), out.read_bytes())
        self.assertEqual(0, out.stat().st_mode & 0o077)
        out.write_text("mine")
        self.assert_two_lines(self.crier("issues", "export", "-o", "out.csv", expect=5))
        self.assert_error_document(self.crier("issues", "export", "-o", "out.csv", "--json", expect=5), 5, "file-exists")
        self.assertEqual("mine", out.read_text())
        told = self.crier("issues", "export", "-o", "out.csv", "--force", "--json").json
        self.assertEqual(("out.csv", "csv", 1, out.stat().st_size),
                         (told["exported"], told["format"], told["issues"], told["bytes"]))
        self.crier("issues", "export", "-o", "out.json")
        self.assertEqual(1, len(json.loads((self.folder / "out.json").read_text())["issues"]))
        self.assert_error_document(self.crier("issues", "export", "-o", ".", "--json", expect=2), 2, "is-a-folder")
        self.assert_error_document(self.crier("issues", "export", "-o", "gone/out.csv", "--json", expect=6), 6)
        self.crier("issues", "export", "--force", expect=2)
        self.assertEqual({"out.csv", "out.json"}, {one.name for one in self.folder.glob("*out.*")})

    def test_names_what_is_not_there(self):
        self.assertEqual("no-such-issue", self.crier("issues", "show", "99", "--json", expect=4).error["code"])
        error = self.crier("issues", "list", "--kind", "invalid-emial", "--json", expect=2).error
        self.assertIn("invalid-email", error["message"])


class Many(CrierCase):
    """Two schools with issues of several kinds, of two days."""

    def setUp(self):
        super().setUp()
        self.init("HAR", name="Harbour")
        self.settings('[district]\ntimezone = "Europe/London"\ncountry = "GB"\n')
        self.roster = Roster()
        self.roster.add("orgs", "org-1", name="Harbour", type="school", identifier="HAR")
        self.roster.add("orgs", "org-2", name="Oxford", type="school", identifier="OXF")
        for number, (org, family) in enumerate((("org-1", "Dyer"), ("org-1", "Đặng"), ("org-2", "Smith")), 1):
            self.roster.user(f"u-{number}", "student", org=org, identifier=f"P{number}", givenName="Ada", familyName=family)
            self.roster.user(f"c-{number}", "parent", org=org, identifier=f"C{number}", givenName="Robert",
                             familyName=family, email="no address", sms="12", agentSourcedIds=f"u-{number}")
        self.load(crier_case.MORNING)
        self.roster.user("u-9", "student", org="org-2", identifier="P9", givenName="Late", familyName="Comer",
                         email="none either")
        self.load("2026-11-27T10:00:00Z")

    def load(self, clock):
        self.roster.write(self.folder / "export")
        self.crier("import", "oneroster", "export", expect=1, clock=clock)

    def issues(self, *options, clock="2026-11-27T12:00:00Z", verb="list", **more):
        return self.crier("issues", verb, *options, "--json", clock=clock, **more).json["issues"]

    def codes(self, *options, **more):
        return sorted({one["code"] for one in self.issues(*options, **more)})

    def test_filters(self):
        """S5: by kind, school, state, person and time, each by itself and together, alike for list and export"""
        for options, expected in (
            (["--kind", "invalid-email"], ["C1", "C2", "C3", "P9"]),
            (["--kind", "invalid-mobile"], ["C1", "C2", "C3"]),
            (["--kind", "Invalid-Email, invalid-mobile", "--school", "OXF"], ["C3", "P9"]),
            (["--school", "HAR", "--kind", "invalid-email"], ["C1", "C2"]),
            (["--person", "c2"], ["C2"]),
            (["--person", "DANG"], ["C2", "P2"]),
            (["--person", "nobody"], []),
            (["--since", "2026-11-26"], ["P9"]),
            (["--since", "1d"], ["P9"]),
            (["--since", "14d", "--kind", "invalid-email"], ["C1", "C2", "C3", "P9"]),
            (["--state", "gone"], []),
            (["--state", "all", "--kind", "invalid-email", "--person", "smith"], ["C3"]),
        ):
            with self.subTest(options):
                self.assertEqual(expected, self.codes(*options))
                self.assertEqual(expected, self.codes(*options, verb="export"))

    def test_bad_input(self):
        """S5: what does not exist is told with the nearest, and nothing is changed"""
        for options, exit, code, word in (
            (["list", "--kind", "invalid-emial"], 2, "unknown-kind", "did you mean 'invalid-email'?"),
            (["list", "--kind", "invalid-email,spaam"], 2, "unknown-kind", "did you mean 'spam'?"),
            (["list", "--state", "opne"], 2, "unknown-state", "did you mean 'open'?"),
            (["list", "--since", "2026-02-30"], 2, "bad-time", "2026-02-30"),
            (["list", "--since", "7x"], 2, "bad-time", "7d"),
            (["list", "--saved", "doubles"], 4, "no-such-filter", "doubles"),
            (["list", "--kind", "spaam", "--save", "x"], 2, "unknown-kind", "spam"),
            (["list", "--person", "dyer", "--save", "x"], 2, "person-in-filter", "no person"),
            (["list", "--save", " "], 2, "no-name", "name"),
            (["list", "--force"], 2, "usage", "--save"),
            (["forget", "x"], 4, "no-such-filter", "x"),
            (["resolve"], 2, "which-issues", "not said"),
            (["resolve", "1", "--kind", "spam"], 2, "which-issues", "two sets"),
            (["resolve", "--state", "gone"], 2, "not-open", "only open"),
            (["resolve", "--kind", "spam"], 4, "no-issues", "no open"),
            (["resolve", "1", "2", "99"], 4, "no-such-issue", "99"),
        ):
            with self.subTest(options):
                before = self.issues("--state", "all")
                told = self.crier("issues", *options, expect=exit)
                self.assert_two_lines(told)
                self.assertIn(word, told.err)
                self.assert_error_document(self.crier("issues", *options, "--json", expect=exit), exit, code)
                self.assertEqual(before, self.issues("--state", "all"))
        self.assertEqual([], self.crier("issues", "saved", "--json").json["filters"])

    def audit(self):
        return list(csv.DictReader(io.StringIO(self.crier("report", "audit", "--format", "csv").out)))

    def test_resolves_several(self):
        """S5, M7: several by number, or by a filter, in one go or not at all, each in the audit log"""
        one, two, three = [issue["id"] for issue in self.issues("--kind", "invalid-mobile")]
        done = self.crier("issues", "resolve", one, two, one, "--json").json["resolved"]
        self.assertEqual([(one, "resolved"), (two, "resolved")], [(issue["id"], issue["state"]) for issue in done])
        self.assert_error_document(self.crier("issues", "resolve", three, two, "--json", expect=5), 5, "not-open")
        self.assertEqual([three], [issue["id"] for issue in self.issues("--kind", "invalid-mobile")])
        done = self.crier("issues", "resolve", "--kind", "invalid-email", "--school", "OXF", "--json").json["resolved"]
        self.assertEqual({"C3", "P9"}, {issue["code"] for issue in done})
        self.assertEqual(["C1", "C2"], self.codes("--kind", "invalid-email"))
        acts = [row for row in self.audit() if row["act"] == "resolve"]
        self.assertEqual(4, len(acts))

    def test_saved_filters(self):
        """S5: a filter is kept under a name for everybody, used with more added, replaced only when told, and forgotten"""
        self.assertEqual(["C1", "C2"], self.codes("--school", "HAR", "--kind", "invalid-email", "--save", "No Address"))
        self.crier("issues", "list", "--since", "1d", "--state", "all", "--save", "new")
        self.assertEqual(["C1", "C2"], self.codes("--saved", "no address"))
        self.assertEqual(["C3", "P9"], self.codes("--saved", "no address", "--school", "OXF"))
        self.assertEqual(["C2"], self.codes("--saved", "no address", "--person", "dang"))
        self.assertEqual(["P9"], self.codes("--saved", "new"))
        self.assertEqual([], self.codes("--saved", "new", clock="2026-11-29T12:00:00Z"))
        filters = self.crier("issues", "saved", "--json").json["filters"]
        self.assertEqual([("new", None, "all", None, "1d"), ("No Address", "invalid-email", "open", "HAR", None)],
                         [(one["name"], one["kind"], one["state"], one["school"], one["since"]) for one in filters])
        again = ["issues", "list", "--kind", "spam", "--save", "NEW"]
        self.assert_error_document(self.crier(*again, "--json", expect=5), 5, "filter-exists")
        self.assertEqual(["P9"], self.codes("--saved", "new"))
        self.crier(*again, "--force")
        self.assertEqual([], self.codes("--saved", "new"))
        self.assertEqual(2, len(self.crier("issues", "resolve", "--saved", "no address", "--yes", "--json").json["resolved"]))
        self.crier("issues", "forget", "new")
        told = self.crier("issues", "list", "--saved", "no adress", expect=4)
        self.assertIn("did you mean 'No Address'?", told.err)
        self.assertEqual(["No Address"], [one["name"] for one in self.crier("issues", "saved", "--json").json["filters"]])


if __name__ == "__main__":
    crier_case.main()
