"""What holds for every command: exit codes, the shape of errors, global options, the clock, the settings file."""

import json
import os
import re
import subprocess

import crier_case
from crier_case import EXAMPLE_SCHOOL, CrierCase

COMMANDS = ["init", "import", "resolve", "send", "status", "rerun", "report", "schedule", "daemon", "store"]


class ExitCodes(CrierCase):
    """Each exit code of interface.md by a real case."""

    def setUp(self):
        super().setUp()
        self.init()

    def case(self, exit, code, *arguments, **more):
        """The error on standard error, and the same as a document."""
        self.assert_two_lines(self.crier(*arguments, expect=exit, **more))
        self.assert_error_document(self.crier(*arguments, "--json", expect=exit, **more), exit, code)

    def test_done(self):
        """S7: 0 done"""
        self.crier("status")

    def test_in_part(self):
        """S7: 1 done in part: an import with error rows"""
        self.crier("import", "oneroster", EXAMPLE_SCHOOL, expect=1)

    def test_usage(self):
        """S7: 2 the command line is wrong"""
        self.case(2, "usage", "status", "--nonsense")

    def test_settings(self):
        """S7: 2 the settings are wrong, told with file, line, key and the nearest known key"""
        self.settings("[district]\ntimezon = \"Europe/London\"\n")
        line = (self.folder / "crier.toml").read_text().split("\n").index('timezon = "Europe/London"') + 1
        self.case(2, None, "status")
        told = self.crier("status", expect=2).err
        self.assertIn(f"crier.toml:{line}", told)
        self.assertIn("timezon'", told)
        self.assertIn("timezone", told)

    def test_refused_input(self):
        """S7: 3 the input was refused"""
        self.crier("import", "oneroster", "nowhere", expect=3)

    def test_nothing_there(self):
        """S7: 4 no such job, group, schedule, person"""
        self.crier("import", "oneroster", EXAMPLE_SCHOOL, expect=1)
        self.case(4, None, "status", "77")
        self.case(4, None, "status", "77", "--errors")
        self.case(4, None, "rerun", "77")
        self.case(4, None, "resolve", "form:99Z")
        self.case(4, None, "resolve", "pupil:NOBODY")
        self.case(4, None, "schedule", "run", "nothing")
        self.case(4, None, "send", "form:10A and form:10B", "-s", "S", "-m", "B")

    def test_refused_by_rule(self):
        """S7: 5 refused by a rule"""
        self.crier("import", "oneroster", EXAMPLE_SCHOOL, expect=1)
        self.case(5, "limit", "send", "form:10A", "-s", "x" * 101, "-m", "B")

    def test_store(self):
        """S7: 6 the store cannot be used"""
        self.case(6, None, "--store", "nowhere.db", "status")

    def test_gateway(self):
        """S7: 7 is for gateways; a server that cannot be reached fails nobody and is told (send --wait: 1)"""
        self.crier("import", "oneroster", EXAMPLE_SCHOOL, expect=1)
        self.settings('[channel.email]\nkind = "smtp"\nhost = "127.0.0.1"\nport = 1\nsecurity = "none"\n')
        self.assertIn(self.crier("send", "pupil:P0001", "-s", "S", "-m", "B", "--wait", expect=None).code, (1, 7))


class Words(CrierCase):
    def test_nearest_command(self):
        """S7: an unknown command names the nearest, at every level"""
        for typed, meant in (("statsu", "status"), ("improt", "import"), ("sned", "send"), ("deamon", "daemon")):
            result = self.crier(typed, expect=2)
            self.assert_two_lines(result)
            self.assertIn(f"'{typed}'", result.err)
            self.assertIn(f"did you mean '{meant}'?", result.err)
        result = self.crier("schedule", "chekc", expect=2)
        self.assertIn("did you mean 'check'?", result.err)
        result = self.crier("report", "delivry", expect=2)
        self.assertIn("did you mean 'delivery'?", result.err)

    def test_nearest_option(self):
        """S7: an unknown option names the nearest"""
        for arguments, meant in (
            (["send", "all", "--tp", "parent", "-s", "S", "-m", "B"], "--to"),
            (["status", "--eror"], "--errors"),
            (["import", "oneroster", "x", "--dryrun"], "--dry-run"),
            (["--stor", "x", "status"], "--store"),
            (["status", "--jsn"], "--json"),
        ):
            with self.subTest(arguments):
                result = self.crier(*arguments, expect=2)
                self.assert_two_lines(result)
                self.assertIn(f"did you mean '{meant}'?", result.err)

    def test_error_names_crier_once(self):
        """S7: the line that says what is wrong reads well: the program is named once"""
        for arguments in (["statsu"], ["status", "--nope"], [], ["import"], ["send"], ["send", "all"],
                          ["status", "1", "2"], ["rerun", "x"], ["--school"], ["status", "--page", "x"],
                          ["daemon", "--once=maybe"]):
            with self.subTest(arguments):
                result = self.crier(*arguments, expect=2)
                self.assert_two_lines(result)
                self.assertNotIn("crier: crier", result.err)

    def test_help(self):
        """S7: --help on every command shows examples, on standard output, exit 0"""
        paths = [[command] for command in COMMANDS]
        paths += [["import", "oneroster"], ["import", "list"], ["report", "delivery"], ["store", "check"],
                  ["store", "migrate"]]
        paths += [["schedule", name] for name in ("list", "check", "run", "preview")]
        for path in paths:
            with self.subTest(path):
                result = self.crier(*path, "--help")
                self.assertIn("Example", result.out)
                self.assertIn("crier " + " ".join(path), result.out)
                self.assertEqual("", result.err)
        top = self.crier("--help").out
        for command in COMMANDS:
            self.assertRegex(top, rf"(?m)^  {command} ")

    def test_version(self):
        """S7: --version names program and version"""
        self.assertRegex(self.crier("--version").out, r"^crier \d+\.\d+\.\d+\n$")


class Globals(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.crier("import", "oneroster", EXAMPLE_SCHOOL, expect=1)

    def test_before_and_after(self):
        """S7: global options stand before the command or after it"""
        before = self.crier("--json", "status").json
        after = self.crier("status", "--json").json
        self.assertEqual(before, after)
        self.crier("--store", "crier.db", "status")
        self.crier("status", "--store", "crier.db")
        self.crier("schedule", "--json", "list")
        self.crier("schedule", "list", "--json")
        self.crier("--school", "CAM", "resolve", "form:10A")
        self.crier("resolve", "form:10A", "--school", "cam")
        self.crier("resolve", "form:10A", "--school", "OXF", expect=None)

    def test_json_alone(self):
        """S7: with --json standard output is one document and nothing else, for every command"""
        for arguments in (
            ["resolve", "form:10A", "--to", "parent"],
            ["resolve", "form:10A", "--to", "parent", "--explain", "C0001"],
            ["send", "form:10A", "--to", "parent", "-s", "S", "-m", "B"],
            ["status"],
            ["status", "1"],
            ["status", "1", "--errors"],
            ["report", "delivery"],
            ["schedule", "list"],
            ["schedule", "check"],
            ["schedule", "preview"],
            ["import", "list"],
            ["store", "check"],
            ["daemon", "--once"],
        ):
            with self.subTest(arguments):
                result = self.crier(*arguments, "--json")
                document = json.loads(result.out)
                self.assertIsInstance(document, dict)
                self.assertTrue(result.out.endswith("\n"))

    def test_errors_as_documents(self):
        """S7: errors of every kind are a document with --json, wherever it stands"""
        self.assert_error_document(self.crier("--json", "statsu", expect=2), 2, "usage")
        self.assert_error_document(self.crier("status", "--nope", "--json", expect=2), 2, "usage")
        self.assert_error_document(self.crier("--json", expect=2), 2, "usage")
        self.assert_error_document(self.crier("--json", "status", "99", expect=4), 4)
        self.assert_error_document(self.crier("--json", "--config", "none.toml", "status", expect=2), 2)

    def test_a_value_that_looks_like_an_option(self):
        """S7: the word --json as another option's value does not turn errors into documents"""
        result = self.crier("send", "form:10A", "-m", "B", "-s", "--json", expect=None)
        self.assertNotEqual(70, result.code)

    def test_environment(self):
        """S7: CRIER_CONFIG, CRIER_STORE and CRIER_SCHOOL stand for the options; the options win"""
        away = self.folder / "away"
        away.mkdir()
        self.crier("status", cwd=away, expect=6)
        self.crier("status", cwd=away, env={"CRIER_CONFIG": str(self.folder / "crier.toml")})
        self.crier("status", cwd=away, env={"CRIER_STORE": str(self.folder / "crier.db")})
        self.crier("--store", "nowhere.db", "status", cwd=away,
                   env={"CRIER_STORE": str(self.folder / "crier.db")}, expect=6)
        self.crier("resolve", "form:10A", env={"CRIER_SCHOOL": "CAM"})
        bad = self.crier("resolve", "form:10A", env={"CRIER_SCHOOL": "NONE"}, expect=None)
        self.assertIn(bad.code, (2, 4), str(bad))

    def test_settings_in_the_working_folder(self):
        """S7: without --config crier.toml of the working folder counts; relative paths start at its folder"""
        away = self.folder / "away"
        away.mkdir()
        self.crier("--config", "../crier.toml", "send", "form:10A", "--to", "parent", "-s", "S", "-m", "B", "--wait",
                   cwd=away, expect=1)
        self.assertTrue(list((self.folder / "outbox" / "email").glob("*.eml")))
        self.assertFalse((away / "outbox").exists())

    def test_clock_forms(self):
        """S7: CRIER_CLOCK is an RFC 3339 time or a signed offset; anything else is exit 2"""
        for clock in ("2026-11-25T10:00:00Z", "2026-11-25T10:00:00+08:00", "+36h", "-86400s", "+0s", "+1d", "-5m"):
            with self.subTest(clock):
                self.crier("status", clock=clock)
                self.crier("schedule", "preview", clock=clock)
        for clock in ("tomorrow", "36h", "2026-13-45T10:00:00Z", "2026-11-25", "+", "+99999999999999999999s", "+1y"):
            with self.subTest(clock):
                result = self.crier("schedule", "preview", clock=clock, expect=2)
                self.assertIn("CRIER_CLOCK", result.err)

    def test_clock_in_the_audit(self):
        """S7: times follow the clock: a message is created at its time, in RFC 3339 UTC"""
        self.crier("send", "form:10A", "-s", "S", "-m", "B", clock="2026-11-25T10:00:00+08:00")
        created = self.crier("status", "--json").json["jobs"][0]["created"]
        self.assert_utc(created)
        self.assertTrue(created.startswith("2026-11-25T02:00:0"), created)

    def test_quiet(self):
        """S7: -q leaves remarks out; progress bars only on a terminal"""
        loud = self.crier("send", "form:10A", "-s", "S", "-m", "B", "--wait", expect=None)
        quiet = self.crier("-q", "send", "form:10A", "-s", "S", "-m", "B", "--wait", expect=None)
        self.assertTrue(loud.err)
        self.assertEqual("", quiet.err)
        self.assertNotIn("\r", loud.err)

    def test_no_colour_in_a_pipe(self):
        """S7: no colours in a pipe but by --color always; NO_COLOR and never win over nothing"""
        self.assertNotIn("\x1b", self.crier("status").out)
        self.assertNotIn("\x1b", self.crier("status", "--color", "never").out)
        self.crier("status", "--color", "sometimes", expect=2)


class OddPlaces(CrierCase):
    def test_working_folder_gone(self):
        """S7: a working folder that was taken away is told, exit 2, and is no defect"""
        gone = self.folder / "gone"
        gone.mkdir()
        shell = f"cd {gone} && rmdir {gone} && exec {crier_case.BINARY} status"
        done = subprocess.run(["sh", "-c", shell], env=self.environment(), capture_output=True)
        self.assertEqual(2, done.returncode, done.stderr)

    def test_empty_path(self):
        """S7: an empty path, as an unset variable gives, is exit 2"""
        self.init()
        self.assert_two_lines(self.crier("import", "oneroster", "", expect=2))

    def test_report_into_a_pipe_and_a_link(self):
        """S3: -o writes into a pipe, never in its place, and through a link"""
        self.init()
        pipe, page, link = (self.folder / name for name in ("pipe", "page.html", "link.html"))
        os.mkfifo(pipe)
        reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
        self.crier("report", "delivery", "--format", "html", "-o", pipe)
        self.assertIn(b"<html", reader.communicate(timeout=20)[0])
        self.assertTrue(pipe.is_fifo())
        page.write_text("old")
        link.symlink_to(page)
        self.crier("report", "delivery", "--format", "html", "-o", link, "--force")
        self.assertTrue(link.is_symlink())
        self.assertIn("<html", page.read_text())

    def test_full_disk(self):
        """S7: standard output that cannot be written is exit 6, and a reader that goes away is no fault"""
        self.init()
        with open("/dev/full", "wb") as full:
            done = subprocess.run([crier_case.BINARY, "status"], cwd=self.folder, env=self.environment(), stdout=full,
                                  stderr=subprocess.PIPE)
        self.assertEqual(6, done.returncode, done.stderr)
        shell = f"{crier_case.BINARY} status --help | true; {crier_case.BINARY} status | true"
        done = subprocess.run(["sh", "-c", shell], cwd=self.folder, env=self.environment(), capture_output=True)
        self.assertEqual(b"", done.stderr)


class Init(CrierCase):
    def test_writes_both(self):
        """S7: init writes crier.toml and makes the store, and says so"""
        result = self.init()
        self.assertIn("crier.toml", result.out)
        self.assertTrue((self.folder / "crier.db").exists())
        self.crier("status")
        self.crier("store", "check")

    def test_only_two_tables_are_active(self):
        """S7: only store and [[school]] are active, so that tables can be appended"""
        self.init()
        text = (self.folder / "crier.toml").read_text()
        active = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
        keys = [re.split(r"\s*=", line)[0] for line in active]
        self.assertEqual(["store", "[[school]]", "code", "name", "timezone", "country"], keys)
        self.settings('[district]\nname = "D"\n\n[channel.email]\nkind = "outbox"\npath = "mails"\n'
                      '[approval]\ninformational = "none"\n\n[[school]]\ncode = "TWO"\nname = "Two"\n'
                      'timezone = "America/New_York"\ncountry = "US"\n')
        self.crier("status")

    def test_commented_examples_are_true(self):
        """S7: what stands in comments in crier.toml works when it is uncommented"""
        self.init()
        file = self.folder / "crier.toml"
        lines = file.read_text().split("\n")
        examples = [line[2:] for line in lines if re.match(r"# (\[|[a-z_0-9]+ = )", line)]
        start = next(i for i, line in enumerate(examples) if line.startswith("["))
        file.write_text(file.read_text() + "\n" + "\n".join(examples[start:]) + "\n")
        self.crier("status")

    def test_never_overwrites(self):
        """S7: init never overwrites settings or a store"""
        self.init()
        settings = (self.folder / "crier.toml").read_bytes()
        store = (self.folder / "crier.db").read_bytes()
        again = ["init", "--school", "OXF", "--name", "O", "--timezone", "Europe/London", "--country", "GB"]
        self.assert_error_document(self.crier(*again, "--json", expect=5), 5)
        self.assert_two_lines(self.crier(*again, expect=5))
        (self.folder / "crier.toml").unlink()
        self.crier(*again, expect=5)
        self.assertFalse((self.folder / "crier.toml").exists(), "nothing is half done")
        self.assertEqual(store, (self.folder / "crier.db").read_bytes())
        (self.folder / "crier.toml").write_bytes(settings)
        self.crier("status")

    def test_bad_answers(self):
        """S7: an unknown zone, a bad country, an empty code are exit 2, and nothing is left behind"""
        good = {"--school": "CAM", "--name": "N", "--timezone": "Europe/London", "--country": "GB"}
        for option, value in (("--timezone", "Europe/Lundon"), ("--country", "Britain"), ("--school", " "),
                              ("--timezone", ""), ("--country", "gb1"), ("--name", "")):
            with self.subTest(option=option, value=value):
                arguments = [word for pair in {**good, option: value}.items() for word in pair]
                self.assert_two_lines(self.crier("init", *arguments, expect=2))
                self.assertEqual([], [p.name for p in self.folder.iterdir() if p.name.startswith("crier")])
        missing = self.crier("init", "--school", "CAM", expect=2)
        self.assertIn("--name", missing.err)

    def test_elsewhere(self):
        """S7: init with --config and --store makes both where they are named"""
        self.crier("--config", "conf/crier.toml", "--store", "data/school.db", "init", "--school", "CAM", "--name",
                   'The "Cambridge" School \\ é', "--timezone", "Europe/London", "--country", "GB")
        self.assertTrue((self.folder / "data" / "school.db").exists())
        self.crier("--config", "conf/crier.toml", "status")

    def test_settings_cannot_be_read(self):
        """S7: settings that are no TOML, or name a key twice, are exit 2 with the line"""
        self.init()
        for text, line in (("store = \n", 1), ("store = \"a\"\nstore = \"b\"\n", 2), ("[[school]\n", 1)):
            self.write("bad.toml", text)
            result = self.crier("--config", "bad.toml", "status", expect=2)
            self.assert_two_lines(result)
            self.assertIn(f"bad.toml:{line}", result.err)
        self.write("bad.toml", b"\xff\xfe\x00")
        self.assert_two_lines(self.crier("--config", "bad.toml", "status", expect=2))


if __name__ == "__main__":
    crier_case.main()
