"""`crier import oneroster`: what a good set does to the store, and what guards it."""

import re
import shutil

import crier_case
import oneroster
from crier_case import CrierCase

KINDS = ["pupil", "contact", "staff", "group", "membership", "relationship", "address", "assignment", "mark"]


class ImportCase(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()

    def take(self, roster, *options, expect=0, name="set", **more):
        """Writes the set and imports it; the JSON document."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        roster.write(self.folder / name)
        return self.crier("import", "oneroster", name, "--json", *options, expect=expect, **more).json

    def recipients(self, *arguments, expect=0):
        return self.crier("resolve", *arguments, "--json", expect=expect)

    def codes(self, *arguments):
        return sorted(one["code"] for one in self.recipients(*arguments).json["recipients"])


class Imports(ImportCase):
    def test_document(self):
        """I6: the JSON of an import has the promised keys, counts by kind, and an id"""
        document = self.take(oneroster.school())
        self.assert_keys(["import", "issues"], document)
        report = document["import"]
        self.assert_keys(["id", "source", "outcome", "seconds", "rows", "added", "changed", "removed"], report)
        self.assertEqual(1, report["id"])
        self.assertEqual("oneroster", report["source"])
        self.assertEqual("applied", report["outcome"])
        for part in ("added", "changed", "removed"):
            self.assertEqual(KINDS, list(report[part]))
        self.assertEqual(20, report["added"]["pupil"])
        self.assertEqual(18, report["added"]["contact"])
        self.assertEqual(1, report["added"]["staff"])
        self.assertEqual(3, report["added"]["group"])
        self.assertEqual(23, report["added"]["membership"])
        self.assertEqual(20, report["added"]["relationship"])
        self.assertEqual(20 + 18 * 2 + 1, report["added"]["address"])
        self.assertEqual(3, report["added"]["assignment"])
        self.assertEqual(20, report["added"]["mark"])
        self.assertEqual([], document["issues"])

    def test_again_is_unchanged(self):
        """I6: importing the same again changes nothing and says unchanged, by folder and by zip"""
        roster = oneroster.school()
        self.take(roster)
        again = self.take(roster)["import"]
        self.assertEqual("unchanged", again["outcome"])
        zipped = self.crier("import", "oneroster", roster.zip(self.folder / "set.zip"), "--json").json["import"]
        self.assertEqual("unchanged", zipped["outcome"])
        for part in ("added", "changed", "removed"):
            self.assertEqual(0, sum(zipped[part].values()), zipped)

    def test_version_12(self):
        """I1: a 1.2 set, with its roles in a file of their own, brings the same people as 1.1"""
        self.take(oneroster.school("1.2"))
        self.assertEqual(["G1"], self.codes("pupil:P1", "--to", "parent"))
        self.assertEqual(7, len(self.codes("form:7A")))
        self.assertEqual("unchanged", self.take(oneroster.school("1.2"))["import"]["outcome"])

    def test_second_version_of_the_same_school(self):
        """I1: a source that goes over from 1.1 to 1.2 with the same ids changes nobody"""
        self.take(oneroster.school("1.1"))
        after = self.take(oneroster.school("1.2"))["import"]
        self.assertEqual("unchanged", after["outcome"], after)

    def test_dry_run(self):
        """I6: --dry-run counts as the real import does, and changes nothing"""
        rehearsal = self.take(oneroster.school(), "--dry-run")["import"]
        self.assertEqual("dry-run", rehearsal["outcome"])
        self.assertIsNone(rehearsal["id"])
        self.recipients("all", expect=4)
        real = self.take(oneroster.school())["import"]
        self.assertEqual("applied", real["outcome"])
        for part in ("rows", "added", "changed", "removed"):
            self.assertEqual(rehearsal[part], real[part])
        changed = oneroster.school()
        changed.find("users", "p-1")["familyName"] = "Other"
        changed.drop_user("p-20")
        rehearsal = self.take(changed, "--dry-run")["import"]
        self.assertEqual(1, rehearsal["changed"]["pupil"])
        self.assertEqual(1, rehearsal["removed"]["pupil"])
        self.assertIn("P20", self.codes("all"))
        real = self.take(changed)["import"]
        for part in ("rows", "added", "changed", "removed"):
            self.assertEqual(rehearsal[part], real[part])

    def test_recorded(self):
        """I6: every import is recorded with its outcome, the refused and held ones too"""
        self.take(oneroster.school())
        self.take(oneroster.school())
        broken = oneroster.school()
        broken.rows["users"] = []
        self.take(broken, expect=3)
        lines = self.crier("import", "list", "--json").json["imports"]
        self.assertEqual(["refused", "unchanged", "applied"], [line["outcome"] for line in lines])
        for line in lines:
            self.assert_utc(line["started"])

    def test_leavers_come_and_go(self):
        """I10: those gone become leavers, found only by status; who comes back is active again"""
        roster = oneroster.school()
        self.take(roster)
        gone = oneroster.school().drop_user("p-20", "g-20")
        report = self.take(gone)["import"]
        self.assertEqual(1, report["removed"]["pupil"])
        self.assertEqual(1, report["removed"]["contact"])
        self.assertNotIn("P20", self.codes("all"))
        self.recipients("pupil:P20", expect=4)
        self.assertEqual(["P20"], self.codes("status:leaver"))
        back = self.take(roster)["import"]
        self.assertEqual(1, back["added"]["pupil"] + back["changed"]["pupil"])
        self.assertIn("P20", self.codes("all"))
        self.assertEqual(["G20"], self.codes("pupil:P20", "--to", "parent"))
        self.assertEqual("unchanged", self.take(roster)["import"]["outcome"])

    def test_either_side_names_the_other(self):
        """I1: a relationship counts whichever side lists it, and once where both do"""
        both = oneroster.school()
        report = self.take(both)["import"]
        self.assertEqual(20, report["added"]["relationship"])
        one_side = oneroster.school()
        for row in one_side.rows["users"]:
            if row["role"] == "student":
                row["agentSourcedIds"] = ""
        self.assertEqual("unchanged", self.take(one_side)["import"]["outcome"])

    def test_headers_in_any_order(self):
        """I1: columns in another order and case, and a byte order mark, change nothing"""
        roster = oneroster.school()
        self.take(roster)
        roster.columns["users"] = list(reversed(roster.columns["users"]))
        folder = roster.write(self.folder / "turned")
        text = (folder / "users.csv").read_text(encoding="utf-8")
        header, rest = text.split("\n", 1)
        (folder / "users.csv").write_bytes(b"\xef\xbb\xbf" + (header.upper() + "\n" + rest).encode())
        report = self.crier("import", "oneroster", "turned", "--json").json["import"]
        self.assertEqual("unchanged", report["outcome"], report)

    def test_marked_absent_is_unchanged(self):
        """I1: a file that the manifest marks absent leaves what it once brought as it is"""
        roster = oneroster.school()
        self.take(roster)
        folder = roster.write(self.folder / "part")
        (folder / "results.csv").unlink()
        (folder / "manifest.csv").write_text(roster.manifest(results="absent"), newline="")
        report = self.crier("import", "oneroster", "part", "--json").json["import"]
        self.assertEqual("unchanged", report["outcome"], report)

    def test_no_results_left(self):
        """I1: a header-only file of another kind is 'none left' and goes through the guard"""
        self.take(oneroster.school())
        empty = oneroster.school()
        empty.rows["results"] = []
        held = self.take(empty, expect=5)
        self.assertEqual("held", held["import"]["outcome"])
        accepted = self.take(empty, "--accept-removals")["import"]
        self.assertEqual(20, accepted["removed"]["mark"])


class Guard(ImportCase):
    def test_few_removals_pass(self):
        """I7: up to five removals of a kind pass, whatever share they are"""
        self.take(oneroster.school(pupils=10))
        fewer = oneroster.school(pupils=10).drop_user("p-6", "p-7", "p-8", "p-9", "p-10")
        report = self.take(fewer)["import"]
        self.assertEqual("applied", report["outcome"])
        self.assertEqual(5, report["removed"]["pupil"])

    def test_many_removals_are_held_whole(self):
        """I7: more than 10 % and more than five is held, exit 5, nothing is changed, the numbers are told"""
        self.take(oneroster.school())
        fewer = oneroster.school().drop_user(*[f"p-{n}" for n in range(10, 16)])
        fewer.user("p-99", "student", givenName="New", familyName="Pupil", identifier="P99")
        held = self.take(fewer, expect=5)
        self.assert_keys(["import", "issues", "error"], held)
        self.assertEqual("held", held["import"]["outcome"])
        self.assertEqual("removal-guard", held["error"]["code"])
        self.assertEqual(5, held["error"]["exit"])
        self.assertIn("6 of 20 pupils", held["error"]["message"])
        self.assertIn("--accept-removals", held["error"]["hint"])
        self.assertEqual(20, len(self.codes("all")), "nothing was changed, the new pupil is not in either")
        told = self.crier("import", "oneroster", "set", expect=5)
        self.assert_two_lines(told)
        self.assertIn("6 of 20 pupils", told.err)

    def test_accepted(self):
        """I7: --accept-removals lets it in at once"""
        self.take(oneroster.school())
        fewer = oneroster.school().drop_user(*[f"p-{n}" for n in range(10, 16)])
        report = self.take(fewer, "--accept-removals")["import"]
        self.assertEqual("applied", report["outcome"])
        self.assertEqual(6, report["removed"]["pupil"])
        self.assertEqual(14, len(self.codes("all")))

    def test_first(self):
        """I7: --first takes it for the first import of the source: no guard"""
        self.take(oneroster.school())
        fewer = oneroster.school().drop_user(*[f"p-{n}" for n in range(10, 16)])
        self.take(fewer, expect=5)
        self.assertEqual("applied", self.take(fewer, "--first")["import"]["outcome"])

    def test_dry_run_of_a_held_one(self):
        """I7: a dry run says that it would be held, with exit 5"""
        self.take(oneroster.school())
        fewer = oneroster.school().drop_user(*[f"p-{n}" for n in range(10, 16)])
        self.take(fewer, "--dry-run", expect=5)
        self.assertEqual(1, len(self.crier("import", "list", "--json").json["imports"]))

    def test_enrollments_cut_short(self):
        """C13: enrollments.csv with a few of its rows is held, and memberships stand"""
        self.take(oneroster.school())
        cut = oneroster.school()
        cut.rows["enrollments"] = cut.rows["enrollments"][:3]
        held = self.take(cut, expect=5)
        self.assertIn("memberships", held["error"]["message"])
        self.assertEqual(7, len(self.codes("form:7A")))

    def test_users_cut_mid_row(self):
        """C13: users.csv cut in the middle of a row never empties a school"""
        self.take(oneroster.school())
        folder = oneroster.school().write(self.folder / "cut")
        content = (folder / "users.csv").read_bytes()
        (folder / "users.csv").write_bytes(content[: len(content) // 2])
        result = self.crier("import", "oneroster", "cut", "--json", expect=None)
        self.assertIn(result.code, (3, 5), str(result))
        self.assertEqual(20, len(self.codes("all")))

    def test_header_only(self):
        """C13: users.csv or orgs.csv with a header only, or empty, is refused, exit 3, nothing changed"""
        self.take(oneroster.school())
        for name in ("users", "orgs"):
            for content in (None, ""):
                with self.subTest(file=name, empty=content == ""):
                    folder = oneroster.school().write(self.folder / "empty")
                    file = folder / f"{name}.csv"
                    header = file.read_text().split("\n", 1)[0] + "\n"
                    file.write_text(header if content is None else content)
                    refused = self.crier("import", "oneroster", "empty", "--json", expect=3).json
                    self.assertEqual("refused", refused["import"]["outcome"])
                    self.assertIn(f"{name}.csv", refused["error"]["message"])
                    self.assertEqual(20, len(self.codes("all")))

    def test_roles_header_only(self):
        """I1: a 1.2 set whose roles.csv has a header only is refused"""
        self.take(oneroster.school("1.2"))
        empty = oneroster.school("1.2")
        empty.rows["roles"] = []
        refused = self.take(empty, expect=3)
        self.assertIn("roles.csv", refused["error"]["message"])
        self.assertEqual(20, len(self.codes("all")))

    def test_promised_and_missing(self):
        """I1: a file that the manifest promises and the set has not: exit 3, its name told"""
        self.take(oneroster.school())
        for name in ("users", "enrollments", "results"):
            folder = oneroster.school().write(self.folder / f"without-{name}")
            (folder / f"{name}.csv").unlink()
            refused = self.crier("import", "oneroster", f"without-{name}", expect=3)
            self.assert_two_lines(refused)
            self.assertIn(f"{name}.csv", refused.err)
        self.assertEqual(20, len(self.codes("all")))

    def test_school_gone_from_the_set(self):
        """I7: a bulk import removes only what belongs to schools that the set contains"""
        two = oneroster.school(pupils=3)
        two.add("orgs", "org-2", name="Oxford School", type="school", identifier="OXF")
        for number in range(30, 42):
            two.user(f"p-{number}", "student", org="org-2", givenName="O", familyName=f"X{number}",
                     identifier=f"P{number}")
        self.settings('[district]\ntimezone = "Europe/London"\ncountry = "GB"\n')
        self.take(two)
        self.assertEqual(12, len(self.codes("school:OXF and all")))
        report = self.take(oneroster.school(pupils=3))["import"]
        self.assertEqual("unchanged", report["outcome"], report)
        self.assertEqual(12, len(self.codes("school:OXF and all")))


class Schools(ImportCase):
    def test_one_and_one(self):
        """I1: one school here and one there are taken for the same, with a remark"""
        roster = oneroster.school()
        roster.find("orgs", "org-1").update(identifier="ELSE", name="Another name")
        document = self.take(roster)
        self.assertTrue(any(issue["file"] == "orgs.csv" and issue["severity"] == "warning"
                            for issue in document["issues"]), document["issues"])
        self.assertEqual(20, len(self.codes("school:CAM and all")))

    def test_without_a_zone(self):
        """I1: a school that the import makes has no time zone without the district's: exit 2 with the remedy"""
        roster = oneroster.school()
        roster.add("orgs", "org-2", name="Oxford School", type="school", identifier="OXF")
        self.take(roster, expect=2)
        result = self.crier("import", "oneroster", "set", expect=2)
        self.assert_two_lines(result)
        self.assertIn("OXF", result.err)
        self.assertIn("timezone", result.err)
        self.recipients("all", expect=4)
        self.settings('[district]\ntimezone = "Europe/London"\ncountry = "GB"\n')
        self.take(roster)

    def test_by_source_id(self):
        """I1: two schools are found by source_ids, by identifier, or made"""
        self.settings('[[school]]\ncode = "OXF"\nname = "Oxford"\ntimezone = "America/New_York"\ncountry = "US"\n'
                      'source_ids = ["org-2"]\n')
        roster = oneroster.school(pupils=3)
        roster.add("orgs", "org-2", name="Oxford School", type="school", identifier="ZZZ")
        roster.user("p-50", "student", org="org-2", givenName="O", familyName="X", identifier="P50")
        self.take(roster)
        self.assertEqual(["P50"], self.codes("school:OXF and all"))
        self.assertEqual(["P1", "P2", "P3"], self.codes("school:CAM and all"))


class Rows(ImportCase):
    def issues(self, roster, *options, expect=1):
        return self.take(roster, *options, expect=expect)["issues"]

    def test_bad_values_and_rows(self):
        """I8: a bad value loses the value, a bad key the row; each told with file, line, column, value, reason"""
        roster = oneroster.school()
        roster.find("users", "p-2")["email"] = "not an address"
        roster.find("users", "p-3")["sourcedId"] = ""
        found = self.issues(roster)
        for issue in found:
            self.assert_keys(["file", "line", "column", "value", "reason", "severity", "message"], issue)
        lines = (self.folder / "set" / "users.csv").read_text().split("\n")
        email = next(issue for issue in found if issue["reason"] == "invalid-email")
        self.assertEqual(("users.csv", "email", "not an address", "error"),
                         (email["file"], email["column"], email["value"], email["severity"]))
        self.assertIn("not an address", lines[email["line"] - 1])
        codes = self.codes("all")
        self.assertIn("P2", codes)
        self.assertNotIn("P3", codes)
        self.assertEqual(19, len(codes))

    def test_strict(self):
        """C15: with --strict one bad value lets nothing in, exit 3; the line named is the one in the file"""
        roster = oneroster.school()
        roster.find("users", "p-1")["middleName"] = "A house\r\nin a street\r\nin a town\r\nfar away"
        roster.find("users", "p-3")["email"] = "c@"
        found = self.issues(roster, "--strict", expect=3)
        self.assertEqual(1, len(found))
        content = (self.folder / "set" / "users.csv").read_bytes().split(b"\r\n")
        self.assertTrue(content[found[0]["line"] - 1].startswith(b"p-3,"), found)
        self.recipients("all", expect=4)
        self.issues(roster)
        self.assertEqual(20, len(self.codes("all")))

    def test_blanks_that_nobody_sees(self):
        """C2: invisible characters at the ends go; a typographic apostrophe is an invalid address"""
        roster = oneroster.school()
        roster.find("users", "g-1")["email"] = "g1@example.org\u00a0"
        roster.find("users", "g-4")["email"] = "\u200bg4@example.org"
        roster.find("users", "g-5")["sms"] = "\ufeff07400 900005"
        roster.find("users", "g-6")["email"] = "o\u2019hara@example.org"
        found = self.issues(roster)
        self.assertEqual([("invalid-email", "o\u2019hara@example.org")],
                         [(issue["reason"], issue["value"]) for issue in found])
        reached = self.recipients("all", "--to", "parent", "--via", "email,sms").json["recipients"]
        ways = {one["code"]: one["channels"] for one in reached}
        self.assertEqual("g1@example.org", ways["G1"]["email"]["address"])
        self.assertEqual("g4@example.org", ways["G4"]["email"]["address"])
        self.assertEqual("+447400900005", ways["G5"]["sms"]["address"])
        self.assertEqual((False, "invalid-address"),
                         (ways["G6"]["email"]["reachable"], ways["G6"]["email"]["reason"]))

    def test_the_spreadsheet_ate_the_number(self):
        """C3: a lost leading 0 is mended where it is certain, a number in scientific form never"""
        roster = oneroster.school()
        given = {"g-1": "7400900001", "g-4": "07400900001", "g-5": "4.477E+11", "g-6": "447400900001", "g-7": "0"}
        for user, number in given.items():
            roster.find("users", user)["sms"] = number
        found = self.issues(roster)
        self.assertEqual({"4.477E+11", "0"}, {issue["value"] for issue in found})
        damaged = next(issue for issue in found if issue["value"] == "4.477E+11")
        self.assertEqual("invalid-phone", damaged["reason"])
        self.assertIn("spreadsheet", damaged["message"])
        ways = {one["code"]: one["channels"]["sms"]
                for one in self.recipients("all", "--to", "parent", "--via", "sms").json["recipients"]}
        for code in ("G1", "G4", "G6"):
            self.assertEqual("+447400900001", ways[code]["address"])
        self.assertFalse(ways["G5"]["reachable"])

    def test_dangling(self):
        """I1: references to what is not there are told per row, and the rest goes in"""
        roster = oneroster.school()
        roster.add("enrollments", "e-x", classSourcedId="c-7A", schoolSourcedId="org-1", userSourcedId="nobody",
                   role="student")
        roster.find("users", "p-5")["agentSourcedIds"] = "g-5,g-gone"
        found = self.take(roster, expect=None)["issues"]
        values = {issue["value"] for issue in found}
        self.assertIn("nobody", values)
        self.assertIn("g-gone", values)
        self.assertEqual(20, len(self.codes("all")))

    def test_new_addresses_are_told(self):
        """I9: a new or changed address gets a confirmation, once; the first import tells nobody"""
        self.settings("[import.oneroster]\nnotify_addresses = true\n")
        roster = oneroster.school()
        self.take(roster)
        self.assertEqual(0, self.crier("status", "--json").json["total"])
        roster.find("users", "g-1")["email"] = "changed@example.org"
        self.take(roster)
        job = self.crier("status", "--json").json["jobs"][0]
        self.assertEqual(("Your e-mail address", 1), (job["subject"], job["messages"]))
        self.take(roster)
        self.assertEqual(1, self.crier("status", "--json").json["total"])
        self.crier("daemon", "--once")
        mails = list((self.folder / "outbox" / "email").glob("*.eml"))
        self.assertEqual(1, len(mails))
        self.assertIn("To: ", mails[0].read_text())
        self.assertIn("changed@example.org", mails[0].read_text())

    def test_corrected_address(self):
        """D7: a corrected address is a change of one address"""
        roster = oneroster.school()
        roster.find("users", "g-4")["email"] = "g4@"
        self.issues(roster)
        report = self.take(oneroster.school())["import"]
        self.assertEqual(1, report["changed"]["address"], report)
        self.assertEqual(0, sum(report["added"].values()) + sum(report["removed"].values()), report)

    def test_told_on_a_terminal_line(self):
        """I8: without --json each bad value is a line on standard error: file:line column 'value': reason"""
        roster = oneroster.school()
        roster.find("users", "g-4")["email"] = "g4@"
        roster.write(self.folder / "set")
        result = self.crier("import", "oneroster", "set", expect=1)
        self.assertRegex(result.err, re.compile(r"^users\.csv:\d+ email 'g4@': invalid-email: .+$", re.M))


if __name__ == "__main__":
    crier_case.main()
