"""Input that is not what it says to be: refused whole, exit 3, one clear line, nothing changed (I8)."""

import zipfile

import crier_case
import oneroster
from crier_case import CrierCase


class BadInput(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        oneroster.school().write(self.folder / "good")
        self.crier("import", "oneroster", "good")

    def refused(self, path, says=None, exit=3):
        """Refused by both faces; the school is as it was."""
        told = self.crier("import", "oneroster", path, expect=exit)
        self.assert_two_lines(told)
        document = self.crier("import", "oneroster", path, "--json", expect=exit).json
        self.assertEqual("refused", document["import"]["outcome"])
        self.assertEqual(exit, document["error"]["exit"])
        self.assertEqual(20, self.crier("resolve", "all", "--json").json["counts"]["recipients"])
        if says:
            self.assertIn(says, told.err)
        return told

    def changed(self, **files):
        """A good set with some files written over (None: taken away)."""
        folder = oneroster.school().write(self.folder / "bad")
        for name, content in files.items():
            file = folder / f"{name}.csv"
            if content is None:
                file.unlink()
            else:
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    def test_nothing_there(self):
        """I8: a path with nothing at it"""
        self.refused("no-such-export", says="no-such-export")

    def test_empty_folder(self):
        """I8: a folder without a manifest is no OneRoster set"""
        (self.folder / "empty").mkdir()
        self.refused("empty", says="manifest.csv")

    def test_a_file_that_is_no_zip(self):
        """I8: a CSV file, random bytes, an empty file instead of the zip"""
        self.write("people.csv", "name,email\r\nAnn,ann@example.org\r\n")
        self.write("noise.zip", bytes(range(256)) * 40)
        self.write("empty.zip", b"")
        for name in ("people.csv", "noise.zip", "empty.zip"):
            with self.subTest(name):
                self.refused(name, says=name)

    def test_cut_zip(self):
        """C13: a zip that was cut off while it was copied"""
        whole = oneroster.school().zip(self.folder / "whole.zip").read_bytes()
        self.write("cut.zip", whole[: len(whole) * 2 // 3])
        self.refused("cut.zip", says="cut.zip")

    def test_damaged_zip(self):
        """I8: a zip whose bytes were changed underway"""
        whole = bytearray(oneroster.school().zip(self.folder / "whole.zip").read_bytes())
        at = whole.find(b"users.csv") + 60
        for i in range(at, at + 200):
            whole[i] ^= 0x5A
        self.write("damaged.zip", bytes(whole))
        self.refused("damaged.zip")

    def test_path_escape(self):
        """I8: an entry that leaves the archive is refused, and nothing is written outside"""
        for name in ("../escaped.csv", "/tmp/crier-escaped.csv", "a/../../escaped.csv", "..\\escaped.csv"):
            with self.subTest(name):
                (self.folder / "sub").mkdir(exist_ok=True)
                path = oneroster.school().zip(self.folder / "sub" / "escape.zip")
                with zipfile.ZipFile(path, "a") as archive:
                    archive.writestr(name, "sourcedId\r\n")
                self.refused(path, says="escape.zip")
                self.assertFalse((self.folder / "escaped.csv").exists())

    def test_bomb(self):
        """I8: a small zip that would grow without measure is refused before it fills the disk"""
        path = oneroster.school().zip(self.folder / "bomb.zip")
        roster = oneroster.school()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in roster.files().items():
                if name == "results.csv":
                    text += "r" * (80 << 20)
                archive.writestr(name, text)
        self.assertLess(path.stat().st_size, 1 << 20)
        self.refused(path, says="bomb.zip")

    def test_zip_without_users(self):
        """C13: the zip without users.csv although the manifest promises it"""
        roster = oneroster.school()
        with zipfile.ZipFile(self.folder / "part.zip", "w") as archive:
            for name, text in roster.files().items():
                if name != "users.csv":
                    archive.writestr(name, text)
        self.refused("part.zip", says="users.csv")

    def test_manifests(self):
        """I8: manifests of another version, with invented names, or with nonsense in them"""
        good = oneroster.school().manifest()
        for manifest, says in (
            (good.replace("oneroster.version,1.1", "oneroster.version,2.0"), "2.0"),
            (good.replace("file.users,bulk", "file.users,full"), "full"),
            ("manifestVersion,fileFormat,users\r\n1.0,csv,bulk\r\n", "manifest.csv"),
            ("", "manifest.csv"),
            (b"\xff\xfe\x00\x01\x02" * 50, "manifest.csv"),
        ):
            with self.subTest(manifest=manifest[:60]):
                self.refused(self.changed(manifest=manifest), says=says)

    def test_another_csv(self):
        """I8: a file that is something else than its name says: the column that is missing is named"""
        told = self.refused(self.changed(users="name,address\r\nAnn,ann@example.org\r\n"), says="users.csv")
        self.assertIn("sourcedId", told.err)
        self.refused(self.changed(users="<html><body>Please sign in</body></html>\n"), says="users.csv")
        self.refused(self.changed(enrollments="userSourcedId;role\r\np-1;student\r\n"), says="enrollments.csv")

    def test_duplicate_header(self):
        """I8: a header that has a column twice is refused with its name"""
        text = oneroster.school().text("users").replace(",email,", ",email,email,", 1)
        self.refused(self.changed(users=text), says="email")

    def test_not_utf8(self):
        """I8: bytes that are not UTF-8 are told with file, line and column, and cost at most their row"""
        content = oneroster.school().text("users").replace("Family4", "M\u00fcller", 1).encode("latin-1")
        folder = self.changed(users=content)
        document = self.crier("import", "oneroster", folder, "--json", expect=1).json
        found = [issue for issue in document["issues"] if issue["reason"] == "not-utf8"]
        self.assertEqual(1, len(found), document["issues"])
        self.assertEqual(("users.csv", "familyName"), (found[0]["file"], found[0]["column"]))
        self.assertIn(b"M\xfcller", content.split(b"\r\n")[found[0]["line"] - 1])
        self.assertGreaterEqual(self.crier("resolve", "all", "--json").json["counts"]["recipients"], 19)
        self.crier("import", "oneroster", folder, "--strict", expect=3)

    def test_binary(self):
        """I8: binary bytes where a CSV should be"""
        self.refused(self.changed(users=bytes(range(256)) * 100), says="users.csv")

    def test_unreadable_folder_of_files(self):
        """I8: a folder where users.csv should be a file"""
        folder = self.changed(users=None)
        (folder / "users.csv").mkdir()
        self.refused(folder, says="users.csv")

    def test_every_cut_of_every_file(self):
        """C13: whatever file is cut wherever, the school never shrinks by more than the guard allows"""
        good = oneroster.school().files()
        for name in ("users.csv", "enrollments.csv", "orgs.csv", "classes.csv", "manifest.csv"):
            for part in (0.1, 0.5, 0.9):
                with self.subTest(f"{name} cut at {part}"):
                    folder = oneroster.school().write(self.folder / "cut")
                    content = good[name].encode()
                    (folder / name).write_bytes(content[: int(len(content) * part)])
                    self.crier("import", "oneroster", "cut", "--json", expect=None)
                    left = self.crier("resolve", "all", "--json").json["counts"]["recipients"]
                    self.assertGreaterEqual(left, 18)


if __name__ == "__main__":
    crier_case.main()
