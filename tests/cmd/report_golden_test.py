#!/usr/bin/env python3
"""Each report in each form, byte by byte against tests/data/reports/, from a store that report_store builds.

What differs from run to run, and nothing else, is masked (`masked` below). Where a change of the reports is meant, this
writes the files anew, to be looked at before they are committed:

  CRIER_BINARY=build/debug/crier tests/cmd/report_golden_test.py --write
"""

import csv
import io
import json
import pathlib
import re
import sys
import unittest

import crier_case
from report_store import COMBINING, EMOJI, NOW, REPORTS, WIDE, ReportStore

GOLDEN = crier_case.SOURCE / "tests" / "data" / "reports"
FORMS = {"table": "txt", "csv": "csv", "json": "json", "html": "html"}
# Words that must stand in each report, whatever its form: an empty file, or one of another store, is no golden file.
WORDS = {
    "delivery": ("School closes, 12:00", "g10@example.org", "bounced", "cancelled", "no-address", "mother@example.net"),
    "utilization": ("2026-11-24", "CAM", "OAK", "sms", "inbox"),
    "activity": ("Tomorrow", "Waits for a head", "awaiting-approval"),
    "management": ("prime-parent-email", "contactable:email", "staff:all"),
    "issues": ("invalid-email", "possible-duplicate", "not an address"),
    "audit": ("opt-out", "issues-to-it", "bounces"),
}


def unescaped(text, form):
    """What people and programs read in a file of this form, as one text."""
    if form == "json":
        return json.dumps(json.loads(text), ensure_ascii=False)
    for sign, name in (("<", "lt"), (">", "gt"), ('"', "quot"), ("'", "#39"), ("&", "amp")):
        text = text.replace(f"&{name};", sign) if form == "html" else text
    return text


class Golden(ReportStore):
    def setUp(self):
        super().setUp()
        self.account = self.crier("report", "audit", "--act", "init", "--last", "10d", "--json").json["entries"][0]["actor"]
        if any(re.search(rf"\b{re.escape(self.account)}\b", path.read_text(encoding="utf-8")) for path in GOLDEN.iterdir()):
            self.skipTest(f"the account {self.account} is called like a word of the reports, and cannot be masked")

    def masked(self, text, form):
        text = text.replace(str(self.folder), "/F" + "x" * (len(str(self.folder)) - 2))
        # The clock runs on: seconds pass while a command works.
        text = re.sub(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):\d\d(\.\d+)?Z", r"\1:..Z", text)
        text = re.sub(rf"\b{re.escape(self.account)}\b", "ACCOUNT", text)
        if form == "table":
            # Behind the account columns are as far away as it is long.
            text = re.sub(r"ACCOUNT {2,}", "ACCOUNT  ", text)
            text = re.sub(r"(Who) {2,}(Act\b)", r"\1  \2", text)
        return text

    def written(self, name, form):
        return self.masked(self.report(name, form).out, form)

    def test_each_in_each_form(self):
        """S3: every report in every form is what its golden file says, byte by byte"""
        compared = 0
        for name in REPORTS:
            for form, ending in FORMS.items():
                with self.subTest(report=name, form=form):
                    golden = (GOLDEN / f"{name}.{ending}").read_bytes().decode("utf-8")
                    self.assertEqual(golden, self.written(name, form))
                compared += 1
        self.assertEqual({f"{name}.{ending}" for name in REPORTS for ending in FORMS.values()},
                         {path.name for path in GOLDEN.iterdir()})
        self.assertEqual(24, compared)

    def test_to_a_file(self):
        """S3: a report in a file is the report on standard output"""
        for name in REPORTS:
            for form in FORMS:
                with self.subTest(report=name, form=form):
                    self.crier("report", name, *REPORTS[name], "--format", form, "-o", "out", "--force", clock=NOW)
                    told = (self.folder / "out").read_bytes().decode("utf-8")
                    self.assertEqual(self.written(name, form), self.masked(told, form))


class Files(unittest.TestCase):
    """The golden files themselves: that they hold what they are there to prove."""

    def files(self):
        for name in REPORTS:
            for form, ending in FORMS.items():
                yield name, form, (GOLDEN / f"{name}.{ending}").read_bytes().decode("utf-8")

    def test_words(self):
        """S3: each golden file is whole, of its form, and holds the words that its report is about"""
        for name, form, text in self.files():
            with self.subTest(report=name, form=form):
                told = unescaped(text, form)
                for word in WORDS[name]:
                    # The list of CSV is one table: figures of others are not in it.
                    self.assertIn(word, told)
                self.assertNotIn("/tmp/", text)
                if form == "json":
                    self.assertEqual(name, json.loads(text)["report"])
                elif form == "csv":
                    rows = list(csv.reader(io.StringIO(text)))
                    self.assertGreater(len(rows), 1)
                    self.assertEqual({len(rows[0])}, {len(row) for row in rows})
                elif form == "html":
                    self.assertTrue(text.startswith("<!DOCTYPE html>") and text.endswith("</html>\n"))
                    self.assertIn("<svg role=\"img\"", text)

    def test_names(self):
        """S3: formulas are harmless in CSV and as they are in JSON, tags are text in the page, every script whole"""
        told = {form: text for name, form, text in self.files() if name == "delivery"}
        names = [row["name"] for row in json.loads(told["json"])["deliveries"]]
        subjects = [row["subject"] for row in json.loads(told["json"])["deliveries"]]
        formulas = [name for name in names + subjects if name.startswith("=")]
        self.assertIn("=CMD|'/C CALC'!A0, Ann", formulas)
        self.assertIn("=Trip <b>& 山</b>", formulas)
        cells = [cell for row in csv.reader(io.StringIO(told["csv"])) for cell in row]
        self.assertEqual([], [cell for cell in cells if cell.startswith(("=", "@"))])
        for formula in set(formulas):
            self.assertIn("'" + formula, cells)
        self.assertTrue(any(name.startswith("<SCRIPT>") for name in names), names)
        self.assertIn("&lt;SCRIPT&gt;", told["html"])
        self.assertNotIn("<script", told["html"].lower())
        for form, text in told.items():
            for part in (WIDE[1], COMBINING[1], EMOJI[1]):
                self.assertIn(part, unescaped(text, form), form)

    def test_columns(self):
        """S3: on a terminal wide letters, accents and emoji leave the columns where they are"""
        lines = (GOLDEN / "delivery.txt").read_text(encoding="utf-8").splitlines()
        begin = next(i for i, line in enumerate(lines) if line.startswith("Job") and "Address" in line)
        head = lines[begin]
        plain = [line for line in lines[begin + 1:] if line.replace("–", "-").isascii() and len(line) > 100]
        self.assertGreater(len(plain), 10)
        for line in plain:
            self.assertEqual(" " * 2, line[head.index("Address") - 2:head.index("Address")], line)
        # Two columns for each wide letter: the address begins by so many letters earlier.
        wide = [line for line in lines if WIDE[1] in line and "山" not in line]
        self.assertGreater(len(wide), 0)
        for line in wide:
            self.assertEqual(head.index("Address") - 3, re.search(r"og3@|\+4474", line).start(), line)


def write():
    GOLDEN.mkdir(parents=True, exist_ok=True)

    class Writer(Golden):
        def runTest(self):
            for name in REPORTS:
                for form, ending in FORMS.items():
                    (GOLDEN / f"{name}.{ending}").write_bytes(
                        self.written(name, form).encode("utf-8"))

    done = unittest.TextTestRunner(verbosity=0).run(Writer())
    print(f"{GOLDEN}: written anew; look at what changed before you commit it.")
    return 0 if done.wasSuccessful() else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        sys.exit(write())
    crier_case.main()
