"""Completion at a terminal: commands, options, and the names that there are."""

import shutil
import subprocess

import crier_case
import oneroster
from crier_case import BINARY, CrierCase


class Completion(CrierCase):
    """Issue: live completion of schools, groups, forms, jobs and schedules."""

    def setUp(self):
        super().setUp()
        self.init()
        oneroster.school().write(self.folder / "set")
        self.crier("import", "oneroster", "set")
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        self.write("schedules/open.toml", 'name = "open"\nkind = "message"\nstart = 2026-09-01\nsubject = "S"\nbody = "B"\n')

    def words(self, *line):
        return self.crier("completion", "words", "--", *line).out.split("\n")[:-1]

    def test_words(self):
        self.assertIn("resolve", self.words(""))
        self.assertEqual(["status", "store"], self.words("st"))
        self.assertNotIn("words", self.words("completion", ""))
        self.assertEqual({"show", "run", "enable", "disable", "list", "check", "preview"}, set(self.words("schedule", "")))
        self.assertEqual(["open"], self.words("schedule", "show", ""))
        self.assertEqual(["1"], self.words("rerun", ""))
        self.assertEqual(["CAM"], self.words("--school", "c"))
        self.assertEqual(["--subject"], self.words("send", "--sub"))
        self.assertIn("--json", self.words("send", "--"))

    def test_values(self):
        """S7: an option's words, and what lies in the store, settings and folder: schools, kinds, saved filters, sources"""
        self.settings('[import.nightly]\nkind = "oneroster"\npath = "set"\n')
        self.crier("issues", "list", "--kind", "invalid-email", "--save", "no address")
        for line, expected in (
            (["--color", ""], ["auto", "always", "never"]),
            (["send", "all", "--category", ""], ["system", "informational", "periodic"]),
            (["send", "all", "--priority", "e"], ["emergency"]),
            (["send", "all", "--to", "parent,ran"], ["parent,rank1", "parent,rank2", "parent,rank3"]),
            (["issues", "export", "--format", ""], ["csv", "json"]),
            (["people", "export", "--format", ""], ["json", "html"]),
            (["report", "delivery", "--format", "h"], ["html"]),
            (["status", "--state", "aw"], ["awaiting-approval"]),
            (["status", "1", "--recipients", "--state", "wa"], ["waiting"]),
            (["status", "--type", "e"], ["email"]),
            (["status", "--school", ""], ["CAM"]),
            (["issues", "list", "--state", "g"], ["gone"]),
            (["issues", "list", "--kind", "spam,invalid-e"], ["spam,invalid-email"]),
            (["issues", "list", "--saved", ""], ["no address"]),
            (["issues", "forget", "no"], ["no address"]),
            (["import", "--now", ""], ["nightly"]),
            (["resolve", "school:"], ["school:CAM"]),
            (["schedule", "enable", "o"], ["open"]),
            (["status", ""], ["1"]),
        ):
            with self.subTest(line):
                self.assertEqual(expected, self.words(*line))

    def test_expressions(self):
        self.assertEqual(["form:"], self.words("resolve", "fo"))
        self.assertEqual(["form:7A", "form:9B", "form:9C"], self.words("resolve", "form:"))
        self.assertEqual(["form:9B and form:7A"], self.words("send", "form:9B and form:7"))
        self.assertEqual(["email,sms"], self.words("send", "form:7A", "--via", "email,s"))
        self.assertEqual([], self.words("send", "form:7A", "form:7"))

    def test_nothing_to_offer(self):
        """S7: without a store, with broken settings, with nonsense: no words, no error, exit 0"""
        self.assertEqual([], self.words("nonsense", ""))
        self.assertEqual([], self.words("--config", "nowhere.toml", "rerun", ""))
        self.assertEqual([], self.words("--store", "nowhere.db", "resolve", "form:"))
        self.assertIn("resolve", self.words())
        self.crier("completion", expect=2)
        self.crier("completion", "tcsh", expect=2)

    def test_scripts(self):
        """Each script is one that its shell reads; bash completes with it"""
        for shell in ("bash", "zsh", "fish"):
            script = self.crier("completion", shell).out
            if shutil.which(shell):
                done = subprocess.run([shell, "-n"], input=script.encode(), capture_output=True, check=False)
                self.assertEqual((0, b""), (done.returncode, done.stderr), shell)
        asked = """. <(crier completion bash); compopt() { :; }
COMP_WORDS=(crier sched) COMP_CWORD=1; _crier; echo "${COMPREPLY[@]}"
COMP_WORDS=(crier resolve form:7) COMP_CWORD=2; _crier; echo "${COMPREPLY[@]}" """
        path = self.folder / "bin"
        path.mkdir()
        (path / "crier").symlink_to(BINARY)
        done = subprocess.run(["bash", "-c", asked], cwd=self.folder, capture_output=True, text=True, check=False,
                              env=self.environment(crier_case.MORNING, PATH=f"{path}:/usr/bin:/bin"))
        self.assertEqual("schedule\n7A\n", done.stdout, done.stderr)


if __name__ == "__main__":
    crier_case.main()
