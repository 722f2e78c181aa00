#!/usr/bin/env python3
"""Holds the man pages to the program: every command, option and choice of --help is in its page, and the page
has no others.

  CRIER_BINARY=build/debug/crier tests/manual.py

A command with commands of its own describes each under `.Ss NAME`, where its options stand.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAN = ROOT / "man"
EXIT_CODES = ("0", "1", "2", "3", "4", "5", "6", "7", "70")
# What every --help has; crier(1) describes it.
HELP_OPTIONS = {"-h", "--help"}

complaints = []


def complain(page, what):
    complaints.append(f"man/{page}: {what}")


class Help:
    """What `crier … --help` says of one command."""

    def __init__(self, binary, *words):
        self.words = words
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        text = subprocess.run(
            [str(binary), *words, "--help"], env=environment, capture_output=True, check=True, timeout=60
        ).stdout.decode("utf-8")
        self.options = {}  # the last name of each option -> all its names
        self.choices = set()
        self.positionals = []
        self.commands = []
        self.variables = set(re.findall(r"\(Env:(\w+)\)", text))
        section = None
        for line in text.splitlines():
            if re.fullmatch(r"\w+:", line) and line[:-1] in ("Options", "Positionals", "Subcommands"):
                section = line[:-1]
            elif not line.startswith("  "):
                section = None
            elif section and re.match(r"  \S", line):
                self.read(section, line.strip())

    def read(self, section, line):
        if section == "Subcommands":
            self.commands.append(line.split()[0])
        elif section == "Positionals":
            self.positionals.append(line.split()[0])
        else:
            names = line.split()[0].split(",")
            if not HELP_OPTIONS & set(names):
                self.options[names[-1]] = names
            for choices in re.findall(r":\{([^}]*)\}", line):
                self.choices.update(choices.split(","))


def names_in(line):
    """The options that a line of mdoc names: `Fl Fl dry-run`, `Fl q`."""
    long_names = ["--" + name for name in re.findall(r"\bFl Fl ([\w-]+)", line)]
    short_names = ["-" + name for name in re.findall(r"\bFl (\w)\b", line)]
    return long_names + short_names


def options_of(text):
    """The options that a part of a page describes, by `.It`."""
    found = set()
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not line.startswith(".It"):
            continue
        if line.startswith(".It Xo"):
            end = next(i for i in range(number, len(lines)) if lines[i].startswith(".Xc"))
            line = " ".join(lines[number:end])
        found.update(names_in(line))
    return found


def section(text, macro, title):
    """The text below one heading, up to the next of its level or above."""
    upto = r"\.S[hs] " if macro == "Ss" else r"\.Sh "
    match = re.search(rf"^\.{macro} \"?{re.escape(title)}\"?\n(.*?)(?=^{upto}|\Z)", text, re.M | re.S)
    return match[1] if match else None


def check_part(page, part, help_text, name):
    """One command's options, choices and positionals against the part of the page that describes it."""
    described = options_of(part)
    known = {one for names in help_text.options.values() for one in names}
    for missing in sorted(known - described):
        complain(page, f"{name} has the option {missing}, which is not described")
    for made_up in sorted(described - known):
        complain(page, f"describes {made_up}, which {name} does not have")
    for choice in sorted(help_text.choices):
        if not re.search(rf"\bCm\b.*\b{re.escape(choice)}\b", part):
            complain(page, f"{name} takes '{choice}', which is not described")
    for positional in help_text.positionals:
        if f"Ar {positional}" not in part:
            complain(page, f"{name} takes '{positional}', which is not described")


def check_command(binary, command, everywhere):
    page = f"crier-{command}.1"
    path = MAN / page
    if not path.exists():
        complain(page, f"the command {command} has no page")
        return
    text = path.read_text(encoding="utf-8")
    help_text = Help(binary, command)
    synopsis = section(text, "Sh", "SYNOPSIS") or ""
    parts = [(help_text, text, command)]
    if help_text.commands:
        subs = [Help(binary, command, sub) for sub in help_text.commands]
        parts = [(sub, section(text, "Ss", sub.words[-1]), " ".join(sub.words)) for sub in subs]
        titles = re.findall(r"^\.Ss ([a-z-]+)$", text, re.M)
        for made_up in sorted(set(titles) - set(help_text.commands)):
            complain(page, f"describes a command {made_up}, which {command} does not have")
    for one, part, name in parts:
        if part is None:
            complain(page, f"does not describe {name}")
            continue
        check_part(page, part, one, name)
        for names in one.options.values():
            if not set(names) & set(names_in(synopsis)):
                complain(page, f"the synopsis lacks {names[-1]} of {name}")
        for word in one.words[1:]:
            if f"Ic {command} {word}" not in synopsis:
                complain(page, f"the synopsis lacks {name}")
    for name in sorted(set(names_in(text)) - everywhere):
        complain(page, f"speaks of {name}, which no command has")


def check_overview(top):
    page = "crier.1"
    text = (MAN / page).read_text(encoding="utf-8")
    described = options_of(text) - HELP_OPTIONS
    known = {one for names in top.options.values() for one in names}
    for name in sorted(known ^ described):
        complain(page, f"{name} is {'not described' if name in known else 'no global option'}")
    listed = re.findall(r"^\.It Xr crier-([\w-]+) 1", text, re.M)
    if sorted(listed) != sorted(top.commands):
        complain(page, f"lists the commands {listed}; there are {top.commands}")
    for variable in sorted(top.variables | {"CRIER_CLOCK", "NO_COLOR"}):
        if f".It Ev {variable}" not in text:
            complain(page, f"does not describe {variable}")
    codes = re.findall(r"^\.It (\d+)", section(text, "Sh", "EXIT STATUS") or "", re.M)
    if tuple(codes) != EXIT_CODES:
        complain(page, f"describes the exit codes {codes}")


def check_all_pages():
    for path in sorted(MAN.iterdir()):
        text = path.read_text(encoding="utf-8")
        for name, number in re.findall(r"\bXr (crier[\w.-]*) (\d)", text):
            if not (MAN / f"{name}.{number}").exists():
                complain(path.name, f"points to {name}({number}), which is not there")
        if shutil.which("groff"):
            done = subprocess.run(
                ["groff", "-mdoc", "-ww", "-z", "-Tutf8", "-K", "utf8", str(path)], capture_output=True, timeout=60
            )
            for line in done.stderr.decode("utf-8", "replace").splitlines():
                complain(path.name, line)


def main():
    binary = pathlib.Path(os.environ.get("CRIER_BINARY", ROOT / "build" / "release" / "crier")).resolve()
    if not binary.exists():
        sys.exit(f"manual: there is no {binary}; name the program with CRIER_BINARY")
    top = Help(binary)
    if not top.commands:
        sys.exit("manual: --help lists no command")
    everywhere = {one for names in top.options.values() for one in names} | HELP_OPTIONS
    for command in top.commands:
        for one in [Help(binary, command), *(Help(binary, command, sub) for sub in Help(binary, command).commands)]:
            everywhere |= {name for names in one.options.values() for name in names}
    check_overview(top)
    for command in top.commands:
        check_command(binary, command, everywhere)
    for path in sorted(MAN.glob("crier-*.1")):
        if path.name[len("crier-") : -2] not in top.commands:
            complain(path.name, "describes a command that crier does not have")
    check_all_pages()
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        return 1
    print(f"manual: {len(top.commands)} commands and their options are as the pages say.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
