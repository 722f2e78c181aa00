#!/usr/bin/env python3
"""Holds the tour in README.md to what examples/demo.sh prints with this program.

  CRIER_BINARY=build/debug/crier tests/readme.py            compares; shows the difference, exit 1
  CRIER_BINARY=build/debug/crier tests/readme.py --write    writes the tour into README.md

The demo runs in a folder of its own. What differs from machine to machine (paths, the time of the run, the user,
message ids) is masked before the two are compared; everything else has to be the same to the letter, but for the
width of columns. The README's links must lead to files that are there.
"""

import difflib
import os
import pathlib
import pwd
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BEGIN = "<!-- The tour: what examples/demo.sh prints; tests/readme.py --write renews it. -->\n"
END = "<!-- The end of the tour. -->\n"
LAST_HEADING = "That was the tour"

FOLDER_IN_README = "/home/office/crier/build/demo"
USER_IN_README = "office"


def run_demo(binary):
    """What the demo prints, errors and remarks in their places among the output."""
    with tempfile.TemporaryDirectory(prefix="crier-readme-of-the-tour-") as temporary:
        folder = pathlib.Path(temporary).resolve() / "demo"
        environment = {**os.environ, "CRIER": str(binary), "DEMO_DIR": str(folder), "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            ["bash", str(ROOT / "examples" / "demo.sh")],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        text = done.stdout.decode("utf-8", "replace")
        if done.returncode != 0:
            sys.exit(f"{text}\nreadme: the demo ended with exit code {done.returncode}")
        return mask(text, str(folder))


def mask(text, folder):
    def shorter(match):
        name = FOLDER_IN_README + match[1]
        return name + match[2].ljust(len(match[0]) - len(name)) if match[2] else name

    text = re.sub(re.escape(folder) + r"(\S*)( *)", shorter, text)
    text = re.sub(r"2026-11-25 08:\d\d", "2026-11-25 08:30", text)
    text = re.sub(r"08:\d\d:\d\d \+0000", "08:30:00 +0000", text)
    text = re.sub(r"\bin \d+\.\d s\b", "in 0.0 s", text)
    text = re.sub(r"(<\d+\.\d+\.)[0-9a-f]{16}@", r"\g<1>5f0c3a9d17e2b846@", text)
    text = re.sub(r"=_crier-[0-9a-f]{24}-", "=_crier-5f0c3a9d17e2b8465f0c3a9d-", text)
    text = re.sub(r"(%20u\d+\.\d+\.)[\w-]{22}", r"\g<1>Xk2vQh7sT0dJ4mB9cR1yLw", text)
    text = re.sub(r"SQLite [\d.]+", "SQLite 3.40.1", text)
    # A job's sender ends its row.
    text = re.sub(r"(?m)(?<=  )" + re.escape(pwd.getpwuid(os.geteuid()).pw_name) + r"$", USER_IN_README, text)
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


def markdown(printed):
    """The demo's output as a part of the README: headings, remarks, and blocks of commands with their output."""
    pieces = []
    block = []
    remarks = []

    def end():
        nonlocal block, remarks
        while block and not block[-1]:
            block.pop()
        if block:
            pieces.append("```console\n" + "\n".join(block) + "\n```\n")
        if remarks:
            pieces.append("\n".join(remarks) + "\n")
        block, remarks = [], []

    for line in printed.splitlines():
        if line.startswith("== "):
            end()
            if line[3:] == LAST_HEADING:
                break
            pieces.append("### " + line[3:] + "\n")
        elif line.startswith("# "):
            if block:
                end()
            remarks.append(line[2:])
        elif line.startswith("$ ") and remarks:
            end()
            block.append(line)
        elif block or line:
            block.append(line)
    end()
    return "\n".join(pieces)


def split_readme():
    text = README.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        sys.exit("readme: README.md has lost the lines that enclose the tour")
    before, rest = text.split(BEGIN, 1)
    tour, after = rest.split(END, 1)
    return before, tour, after


def comparable(text):
    """Without the width of columns, and without the number that every migration raises."""
    text = re.sub(r"\bschema \d+", "schema N", text)
    return [re.sub(r" {2,}", "  ", line.rstrip()) for line in text.strip().splitlines()]


def dead_links(text):
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    return [link for link in links if not (ROOT / link).exists()]


def main():
    binary = pathlib.Path(os.environ.get("CRIER_BINARY", ROOT / "build" / "release" / "crier")).resolve()
    if not binary.exists():
        sys.exit(f"readme: there is no {binary}; name the program with CRIER_BINARY")
    before, tour, after = split_readme()
    if dead := dead_links(before + after):
        sys.exit(f"readme: these links lead nowhere: {', '.join(dead)}")
    printed = markdown(run_demo(binary))
    if sys.argv[1:] == ["--write"]:
        README.write_text(before + BEGIN + "\n" + printed + "\n" + END + after, encoding="utf-8")
        print("readme: the tour is what the demo prints now.")
        return 0
    if printed.count("```console") < 5:
        sys.exit("readme: the demo printed next to nothing")
    difference = list(difflib.unified_diff(comparable(tour), comparable(printed), "README.md", "examples/demo.sh", lineterm=""))
    if difference:
        print("\n".join(difference), file=sys.stderr)
        print("readme: the tour and the demo differ. If the demo is right: tests/readme.py --write", file=sys.stderr)
        return 1
    print("readme: the tour is what the demo prints.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
