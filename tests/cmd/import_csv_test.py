"""`crier import csv`: by a map, suggested maps, and what scripts read of it."""

import pathlib
import shutil

import crier_case
from crier_case import CrierCase

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "csv"


class ImportCsv(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        shutil.copytree(EXAMPLE, self.folder / "csv")

    def take(self, *options, path="csv/export", expect=0):
        return self.crier("import", "csv", path, "--map", "csv/map.toml", "--json", *options, expect=expect).json

    def test_example(self):
        """I2: the example comes in, twice is unchanged, and its parents can be told"""
        first = self.take()
        self.assertEqual(first["import"]["outcome"], "applied")
        added = first["import"]["added"]
        self.assertEqual(added["pupil"], 4)
        self.assertEqual(added["relationship"], 6)
        self.assertEqual(added["attendance"], 8)
        self.assertEqual(added["payment"], 3)
        self.assertNotIn("behaviour", added)
        self.assertEqual(self.take()["import"]["outcome"], "unchanged")
        told = self.crier("resolve", "form:10A", "--to", "parent", "--json").json
        self.assertEqual(sorted(one["code"] for one in told["recipients"]), ["C101", "C102", "C105"])
        # R3: a court order in the list bars the stepfather of BEE001.
        told = self.crier("resolve", "pupil:BEE001", "--to", "associates", "--via", "sms", "--json").json
        reached = {one["code"]: one["channels"]["sms"]["reachable"] for one in told["recipients"]}
        self.assertTrue(reached["C103"])
        self.assertFalse(reached.get("C104", False))

    def test_one_file(self):
        """I2: one file of an export brings its own facts and leaves the others alone"""
        self.take()
        path = self.folder / "csv" / "export" / "attendance-2026-11-25.csv"
        path.write_text("Adno,Date,Session,Mark\nDYE003,25/11/2026,AM,N\nNOBODY,25/11/2026,AM,N\n")
        answer = self.take(path="csv/export/attendance-2026-11-25.csv", expect=1)
        self.assertEqual(answer["import"]["added"]["attendance"], 1)
        self.assertEqual(sum(answer["import"]["removed"].values()), 0)
        (issue,) = answer["issues"]
        self.assertEqual(
            (issue["file"], issue["line"], issue["column"], issue["value"], issue["reason"]),
            ("attendance-2026-11-25.csv", 3, "Adno", "NOBODY", "dangling-reference"),
        )

    def test_refusals(self):
        """I2: without a map, with a wrong map, with a column that is gone"""
        self.crier("import", "csv", "csv/export", expect=2)
        (self.folder / "bad.toml").write_text('[[file]]\nname = "a.csv"\nkind = "pupils"\n')
        refused = self.crier("import", "csv", "csv/export", "--map", "bad.toml", "--json", expect=2)
        self.assertIn("bad.toml:3", refused.json["error"]["message"])
        pupils = self.folder / "csv" / "export" / "pupils.csv"
        pupils.write_text(pupils.read_text().replace("Adno", "Admission"))
        answer = self.take(expect=3)
        self.assertEqual(answer["import"]["outcome"], "refused")
        self.assertIn("the column 'Adno'", answer["error"]["message"])

    def test_suggest(self):
        """I2: a suggested map goes to standard output, and crier takes it"""
        text = self.crier("import", "csv", "csv/export", "--suggest").out
        (self.folder / "suggested.toml").write_text(text)
        answer = self.crier(
            "import", "csv", "csv/export", "--map", "suggested.toml", "--dry-run", "--json", expect=None
        ).json
        self.assertEqual(answer["import"]["outcome"], "dry-run")
        self.assertEqual(answer["import"]["added"]["pupil"], 4)


if __name__ == "__main__":
    crier_case.main()
