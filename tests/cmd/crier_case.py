"""What every black-box test starts from: a folder of its own, the binary, and a result to look at.

The binary is run as a script would run it: arguments in, exit code, standard output and standard error out. No
test reads the store's tables: what crier promises, it shows by its commands.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("CRIER_BINARY", str(SOURCE / "build" / "release" / "crier"))
EXAMPLE_SCHOOL = SOURCE / "examples" / "school"

# A Wednesday morning in term, inside the usual hours.
MORNING = "2026-11-25T10:00:00Z"


class Result:
    """One finished run of crier."""

    def __init__(self, arguments, done):
        self.arguments = arguments
        self.code = done.returncode
        self.out = done.stdout.decode("utf-8", "surrogateescape")
        self.err = done.stderr.decode("utf-8", "surrogateescape")

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        return self.json["error"]

    def __str__(self):
        return f"crier {' '.join(map(str, self.arguments))}\nexit {self.code}\nout: {self.out}\nerr: {self.err}"


class CrierCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crier-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def environment(self, clock=MORNING, **more):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"), "LANG": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        if clock is not None:
            env["CRIER_CLOCK"] = clock
        env.update(more)
        return env

    def crier(self, *arguments, expect=0, clock=MORNING, env=None, cwd=None, stdin=b"", timeout=60):
        """Runs crier; `expect` is the exit code that it must have, None for any."""
        arguments = [str(one) for one in arguments]
        done = subprocess.run(
            [BINARY, *arguments],
            cwd=cwd or self.folder,
            env=self.environment(clock, **(env or {})),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=timeout,
        )
        result = Result(arguments, done)
        self.assertNotIn(result.code, (70, 134, 139, -6, -11), f"crier broke:\n{result}")
        if expect is not None:
            self.assertEqual(expect, result.code, str(result))
        return result

    def popen(self, *arguments, clock=MORNING, env=None, **more):
        """Starts crier and leaves it running; ended at the test's end whatever happens."""
        process = subprocess.Popen(
            [BINARY, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(clock, **(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **more,
        )

        def end():
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()

        self.addCleanup(end)
        return process

    def init(self, code="CAM", zone="Europe/London", country="GB", name="Cambridge School"):
        return self.crier("init", "--school", code, "--name", name, "--timezone", zone, "--country", country)

    def settings(self, text):
        """Appends tables to crier.toml."""
        with open(self.folder / "crier.toml", "a", encoding="utf-8") as file:
            file.write(text)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def assert_two_lines(self, result):
        """An error: a line that says what, where and why, and one that says what to do; nothing on stdout."""
        self.assertEqual("", result.out, str(result))
        lines = result.err.rstrip("\n").split("\n")
        self.assertEqual(2, len(lines), f"an error is two lines:\n{result}")
        self.assertRegex(lines[0], r"^crier: \S")
        self.assertTrue(lines[1].strip(), str(result))

    def assert_error_document(self, result, exit, code=None):
        """With --json the error is the one document on standard output."""
        self.assertEqual(exit, result.code, str(result))
        document = result.json
        self.assertEqual(["error"], list(document), str(result))
        self.assertEqual(["exit", "code", "message", "hint"], list(document["error"]), str(result))
        self.assertEqual(exit, document["error"]["exit"])
        self.assertTrue(document["error"]["message"])
        self.assertTrue(document["error"]["hint"], str(result))
        if code is not None:
            self.assertEqual(code, document["error"]["code"], str(result))

    def assert_keys(self, promised, document, more=()):
        """The promised keys, in their order, all there; beside them only what the man page adds."""
        self.assertEqual(list(promised), [key for key in document if key not in more], document)
        self.assertLessEqual(set(document) - set(promised), set(more))

    def assert_utc(self, text):
        self.assertRegex(text, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


def main():
    unittest.main(verbosity=2)
