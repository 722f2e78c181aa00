#!/usr/bin/env python3
"""Holds the sources to the architecture: who may include whom, and what lives in one place only.

  tests/layering.py               checks this tree; names every offending line, exit 1
  tests/layering.py --self-test   shows on a small tree that each rule can fail

The arrows are those of MAY_INCLUDE in lib/CMakeLists.txt; the rest of the rules stand in RULES below.
"""

import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LONGEST_FILE = 600

# What cmd/ may name besides its own files: options in, one call into lib/, one print.
CMD_MAY_INCLUDE = {"base", "model", "config", "office", "report", "output", "daemon"}

CPP = (".cpp", ".hpp")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def in_folder(*folders):
    return lambda path: any(path.startswith(folder + "/") for folder in folders)


def in_os(path):
    return re.fullmatch(r"lib/base/os\w*\.cpp", path) is not None


# Header (a pattern for what stands between < and >), where it may be named, what the rule is.
HEADER_RULES = [
    (r"sqlite3\.h|SQLiteCpp/.*|libpq.*", in_folder("lib/store"), "databases are spoken to in lib/store only"),
    (r"toml\+\+/.*|toml\.hpp", in_folder("lib/config"), "TOML is read in lib/config only"),
    (r"CLI/.*", in_folder("cmd"), "the command line is read in cmd only"),
    (r"zip\.h|phonenumbers/.*", in_folder("lib/format"), "formats are read in lib/format only"),
    (
        r"sys/.*|(unistd|fcntl|pwd|grp|netdb|poll|termios|dirent|dlfcn|signal|pthread|syslog|utime|glob|fnmatch)\.h"
        r"|(arpa|net|netinet)/.*|windows\.h",
        in_os,
        "the operating system is asked in lib/base/os*.cpp only",
    ),
]

SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE)\s+\S")
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX)\b")  # layering: the words themselves


def without_comment(line):
    """A rough cut, enough for the words that are looked for."""
    return re.sub(r"(^|\s)//.*", "", line)


def arrows(root):
    """Library -> the libraries that it may include, in the order of lib/CMakeLists.txt."""
    text = re.sub(r"#.*", "", (root / "lib/CMakeLists.txt").read_text(encoding="utf-8"))
    found = {}
    for name, rest in re.findall(r"^crier_library\(\s*(\w+)([^)]*)\)", text, re.M):
        words = rest.split()
        may = set()
        taking = False
        for word in words:
            if word in ("MAY_INCLUDE", "LINK", "LINK_PRIVATE"):
                taking = word == "MAY_INCLUDE"
            elif taking:
                may.add(word)
        found[name] = may
    return found


def check_arrow_list(may_include):
    """The list itself has no circle: a library names only those above it."""
    above = set()
    for name, may in may_include.items():
        for other in sorted(may - above):
            yield f"lib/CMakeLists.txt: {name} may include {other}, which does not stand above it"
        above.add(name)


def check_include(path, kind, header, may_include):
    """What is wrong with one #include line, or None."""
    if kind == "<":
        for pattern, allowed, rule in HEADER_RULES:
            if re.fullmatch(pattern, header) and not allowed(path):
                return rule
        return None
    parts = path.split("/")
    target = header.split("/")[0] if "/" in header else None
    if parts[0] == "cmd":
        if target is not None and target not in CMD_MAY_INCLUDE:
            return f"cmd may not include {target}"
        return None
    if target is None:
        return "name the folder too"
    own = parts[1]
    if own not in may_include:
        return f"lib/{own} is no library of lib/CMakeLists.txt"
    if target != own and target not in may_include[own]:
        return f"{own} may not include {target}"
    return None


def check_source(path, lines, may_include):
    """Offences of one file as (line, what); `path` is relative to the root, with slashes."""
    code = path.startswith(("lib/", "cmd/")) and path.endswith(CPP)
    for number, line in enumerate(lines, 1):
        if LEFT_OVER.search(line) and "layering: the words" not in line:
            yield number, "unfinished work is an issue, not a remark in the source"
        if not code:
            continue
        include = INCLUDE.match(line)
        if include:
            offence = check_include(path, include[1], include[2], may_include)
            if offence:
                yield number, f"{offence}: {line.strip()}"
        elif not path.startswith("lib/store/") and SQL.search(without_comment(line)):
            yield number, f"SQL stands in lib/store only: {line.strip()[:80]}"
    if len(lines) > LONGEST_FILE:
        yield len(lines), f"{len(lines)} lines; a file of more than {LONGEST_FILE} asks to be split"


def sources(root):
    for folder in ("lib", "cmd", "tests", "examples", "schedules", "man", "cmake", ".ci"):
        for path in sorted((root / folder).rglob("*")):
            hidden = any(part in ("__pycache__", "data", "school") for part in path.parts)
            if path.is_file() and not hidden:
                yield path


def check(root):
    """Every offence in the tree, as lines for people."""
    may_include = arrows(root)
    offences = list(check_arrow_list(may_include))
    for path in sources(root):
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        name = path.relative_to(root).as_posix()
        offences += [f"{name}:{number}: {what}" for number, what in check_source(name, lines, may_include)]
    return offences


# A tree that obeys, and beside it one file for each way not to: path, text, what the message must hold.
GOOD = {
    "lib/CMakeLists.txt": "crier_library(base LINK fmt::fmt)\n"
    "crier_library(store MAY_INCLUDE base LINK_PRIVATE SQLiteCpp)\n"
    "crier_library(office MAY_INCLUDE base store)\n",
    "lib/base/os.cpp": "#include <unistd.h>\n",
    "lib/store/people.cpp": '#include <sqlite3.h>\n#include "base/os.hpp"\nconst char* all = "SELECT id FROM person";\n',
    "lib/office/acts.cpp": '#include "office/acts.hpp"\n#include "store/people.hpp"\n// UPDATE here is only a word\n',
    "cmd/main.cpp": '#include <CLI/App.hpp>\n#include "command.hpp"\n#include "office/acts.hpp"\n',
}
BAD = [
    ("lib/store/people.cpp", '#include "office/acts.hpp"\n', "store may not include office"),
    ("lib/base/os.cpp", '#include "store/people.hpp"\n', "base may not include store"),
    ("lib/base/os.cpp", '#include "os.hpp"\n', "name the folder too"),
    ("lib/other/new.cpp", '#include "base/os.hpp"\n', "is no library"),
    ("cmd/main.cpp", '#include "store/people.hpp"\n', "cmd may not include store"),
    ("lib/office/acts.cpp", "#include <sqlite3.h>\n", "in lib/store only"),
    ("lib/office/acts.cpp", "#include <SQLiteCpp/Database.h>\n", "in lib/store only"),
    ("lib/office/acts.cpp", "#include <toml++/toml.h>\n", "in lib/config only"),
    ("lib/office/acts.cpp", "#include <CLI/App.hpp>\n", "in cmd only"),
    ("lib/office/acts.cpp", "#include <sys/stat.h>\n", "in lib/base/os*.cpp only"),
    ("lib/office/acts.cpp", 'run("DELETE FROM person");\n', "SQL stands in lib/store only"),
    ("cmd/main.cpp", "// TO" "DO: the rest\n", "unfinished work"),
    ("lib/office/acts.cpp", "\n" * (LONGEST_FILE + 1), "asks to be split"),
    ("lib/CMakeLists.txt", "crier_library(base MAY_INCLUDE store)\ncrier_library(store)\ncrier_library(office MAY_INCLUDE base store)\n", "does not stand above it"),
]


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def self_test():
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "good"
        write(root, GOOD)
        if check(root):
            failures.append(f"a tree that obeys is refused: {check(root)}")
        for number, (name, text, expected) in enumerate(BAD):
            root = pathlib.Path(folder) / f"bad{number}"
            write(root, {**GOOD, name: text})
            offences = check(root)
            if not any(expected in offence for offence in offences):
                failures.append(f"{name} with {text[:60]!r} is not refused with '{expected}': {offences}")
    for failure in failures:
        print(f"layering: {failure}", file=sys.stderr)
    print(f"layering: {len(BAD)} offences tried, {len(BAD) - min(len(failures), len(BAD))} found.")
    return 1 if failures else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if sys.argv[1:]:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    offences = check(ROOT)
    for offence in offences:
        print(offence, file=sys.stderr)
    if offences:
        print(f"layering: {len(offences)} lines break the architecture (lib/README.md).", file=sys.stderr)
        return 1
    print("layering: every arrow is one that lib/CMakeLists.txt draws.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
