"""`crier import sims`: reports of SIMS's report runner as a script would import them, good and bad."""

import csv
import io
import pathlib
import re
import shutil
from xml.etree import ElementTree

import crier_case
from crier_case import CrierCase

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "sims"


def csv_of(xml):
    """The rows of an XML report as SIMS writes them to CSV."""
    records = [
        {re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), field.tag): field.text for field in record}
        for record in ElementTree.fromstring(xml)
    ]
    captions = []
    for record in records:
        captions += [caption for caption in record if caption not in captions]
    out = io.StringIO()
    writer = csv.DictWriter(out, captions, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


class ImportSims(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        shutil.copytree(EXAMPLE / "reports", self.folder / "reports")

    def take(self, *options, path="reports", expect=0):
        return self.crier("import", "sims", path, "--json", *options, expect=expect).json

    def reached(self, *question):
        told = self.crier("resolve", *question, "--json").json
        return {one["code"]: one for one in told["recipients"]}

    def test_example(self):
        """I3: the example comes in as it is, twice is unchanged, and its parents can be told"""
        first = self.take()
        self.assertEqual(first["import"]["outcome"], "applied")
        self.assertEqual(first["import"]["source"], "sims")
        added = first["import"]["added"]
        self.assertEqual((added["pupil"], added["contact"], added["staff"]), (4, 4, 2))
        self.assertEqual((added["relationship"], added["address"], added["attendance"]), (5, 11, 4))
        self.assertEqual([one for one in first["issues"] if one["severity"] == "error"], [])
        again = self.take()
        self.assertEqual(again["import"]["outcome"], "unchanged")
        self.assertEqual(again["import"]["rows"], first["import"]["rows"])
        # R8: who is absent, with a reason or without; R3: who is barred by a court order is not reached.
        self.assertEqual(sorted(self.reached("absent", "--to", "parent")), ["5201", "5203"])
        self.assertEqual(list(self.reached("absent:today/unexplained", "--to", "parent")), ["5201"])
        told = self.reached("pupil:003101", "--to", "parent", "--via", "sms")
        self.assertTrue(told["5201"]["channels"]["sms"]["reachable"])
        self.assertEqual(told["5202"]["channels"]["sms"]["reason"], "court-order")
        self.assertEqual(list(self.reached('teachers-of:"10A/Ma"')), ["JM"])

    def test_xml_and_csv(self):
        """I3: the same reports as CSV change nothing"""
        self.take()
        for path in sorted((self.folder / "reports").glob("*.xml")):
            path.with_suffix(".csv").write_text(csv_of(path.read_text(encoding="utf-8")), encoding="utf-8", newline="")
            path.unlink()
        self.assertEqual(self.take()["import"]["outcome"], "unchanged")

    def test_one_report(self):
        """I3: one report brings its own facts and leaves the others alone; --dry-run changes nothing"""
        self.take()
        report = self.folder / "reports" / "attendance.csv"
        report.write_text(report.read_text().replace(",N", ",I"))
        answer = self.take("--dry-run", path="reports/attendance.csv")
        self.assertEqual((answer["import"]["outcome"], answer["import"]["id"]), ("dry-run", None))
        self.assertEqual(answer["import"]["changed"]["attendance"], 1)
        self.assertEqual(sum(answer["import"]["removed"].values()), 0)
        self.assertEqual(self.take(path="reports/attendance.csv")["import"]["changed"]["attendance"], 1)

    def test_leaver_and_undo(self):
        """I10: a pupil who is no longer there is removed; I6: undo brings them back"""
        self.take()
        report = self.folder / "reports" / "pupils.xml"
        records = report.read_text(encoding="utf-8").split("  <Record>\n")
        # The last records are theirs, and with them goes the end of the root.
        kept = [one for one in records if "003104" not in one]
        report.write_text("  <Record>\n".join(kept) + "</SuperStarReport>\n", encoding="utf-8")
        answer = self.take(expect=None)
        self.assertEqual(answer["import"]["removed"]["pupil"], 1)
        # The reports of classes and of days still speak of them: named with file and line, not silently dropped.
        dangling = {(one["file"], one["reason"]) for one in answer["issues"] if one["severity"] == "error"}
        self.assertEqual(dangling, {("attendance.csv", "dangling-reference"), ("classes.xml", "dangling-reference")})
        self.crier("import", "undo", "--yes")
        self.assertIn("5204", self.reached("pupil:003104", "--to", "parent"))

    def test_held_and_accepted(self):
        """I7: an export that would remove too much is held, and comes in when somebody accepts it"""
        many = "".join(
            f"<Record><Person_x0020_id>{i}</Person_x0020_id><Surname>S{i}</Surname><Year>7</Year></Record>\n"
            for i in range(40)
        )
        self.write("big/pupils.xml", f"<SuperStarReport>\n{many}</SuperStarReport>\n")
        self.take(path="big")
        few = "\n".join(many.split("\n")[:20])
        self.write("big/pupils.xml", f"<SuperStarReport>\n{few}</SuperStarReport>\n")
        held = self.take(path="big", expect=5)
        self.assertEqual(held["import"]["outcome"], "held")
        accepted = self.crier("import", "accept", "--json").json
        self.assertEqual(accepted["import"]["removed"]["pupil"], 20)

    def test_settings_and_now(self):
        """I13: a source of kind sims with a path and a map is imported by --now"""
        self.write("sims.toml", 'school = "CAM"\n')
        self.settings('\n[import.school]\nkind = "sims"\npath = "reports"\nmap = "sims.toml"\npriorities = [1]\n')
        answer = self.crier("import", "--now", "school", "--json").json
        (one,) = answer["imports"]
        self.assertEqual(one["import"]["source"], "school")
        self.assertEqual(one["import"]["added"]["pupil"], 4)
        # I5: the second contact has priority 2.
        self.assertEqual(one["import"]["added"]["relationship"], 4)

    def test_without_ids(self):
        """I3: ids that SIMS left out: exit 3, the permission and what to do; nothing changed"""
        report = self.folder / "reports" / "pupils.xml"
        text = report.read_text(encoding="utf-8")
        ids = r"\s*<(Person|External|Contact)(_x0020_External)?_x0020_[iI]d>.*"
        report.write_text(re.sub(ids, "", text), encoding="utf-8")
        refused = self.crier("import", "sims", "reports", expect=3)
        self.assert_two_lines(refused)
        self.assertIn("pupils.xml: it tells of pupils", refused.err)
        self.assertIn("'Third Party Reporter'", refused.err)
        answer = self.take(expect=3)
        self.assertEqual((answer["import"]["outcome"], answer["error"]["code"]), ("refused", "missing-ids"))

    def test_bad_files(self):
        """I8: each bad report: exit 3, one line that names file, place and fault, one with the remedy"""
        whole = (EXAMPLE / "reports" / "pupils.xml").read_bytes()
        cases = [
            (b"", "the file is empty"),
            (whole[: len(whole) // 2], "the file ends in the middle"),
            (b"<!DOCTYPE html><html><body>Log in</body></html>", "web page (HTML)"),
            (b"<CommandReporterError>Login failed</CommandReporterError>", "'Login failed'"),
            (b"SIMS is not installed", "it begins 'SIMS is not installed'"),
            (b"<SuperStarReport></SuperStarReport>", "has no records"),
            (b"<?xml version='1.0' encoding='ebcdic'?><SuperStarReport/>", "'ebcdic'"),
            (whole.replace("Zoë".encode(), b"Zo\xeb"), "the bytes are not UTF-8"),
            (b'<!DOCTYPE a [<!ENTITY a "aaa"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>', "document type"),
            (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "document type"),
            (b"<a>" * 5000, "64 deep"),
            (b"PK\x03\x04rest", "zip archive"),
        ]
        for content, words in cases:
            with self.subTest(words):
                path = self.write("bad/pupils.xml", content)
                refused = self.crier("import", "sims", path, expect=3)
                self.assert_two_lines(refused)
                self.assertIn("pupils.xml: ", refused.err)
                self.assertIn(words, refused.err)
        self.crier("import", "sims", "nowhere.xml", expect=3)
        self.crier("import", "sims", "", expect=2)
        self.crier("import", "sims", "reports", "--map", "nowhere.toml", expect=2)
        self.assertEqual(self.crier("import", "list", "--json").code, 0)

    def test_bad_record(self):
        """I8: a bad record or value is named with file, line and column; the rest comes in, unless --strict"""
        report = self.folder / "reports" / "pupils.xml"
        lines = report.read_text(encoding="utf-8").split("\n")
        at = next(i for i, line in enumerate(lines) if "ngozi@example.org" in line)
        lines[at] = lines[at].replace("ngozi@example.org", "ngozi at example.org")
        report.write_text("\n".join(lines), encoding="utf-8")
        self.assertEqual(self.take("--strict", expect=3)["error"]["code"], "strict")
        answer = self.take(expect=1)
        (issue,) = [one for one in answer["issues"] if one["severity"] == "error"]
        self.assertEqual(
            (issue["file"], issue["column"], issue["value"], issue["reason"]),
            ("pupils.xml", "Contact email", "ngozi at example.org", "invalid-email"),
        )
        record = max(i for i, line in enumerate(lines[:at]) if "<Record>" in line)
        self.assertEqual(issue["line"], record + 1)
        self.assertEqual(answer["import"]["added"]["pupil"], 4)


if __name__ == "__main__":
    crier_case.main()
