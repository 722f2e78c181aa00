"""Held imports, undo, what an import did, and refreshing now (I6, I7, I13)."""

import shutil
import stat

import crier_case
import oneroster
from crier_case import CrierCase


class HeldCase(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()

    def take(self, roster, *options, expect=0, name="set", **more):
        shutil.rmtree(self.folder / name, ignore_errors=True)
        roster.write(self.folder / name)
        return self.crier("import", "oneroster", name, "--json", *options, expect=expect, **more).json

    def codes(self, *arguments, expect=0):
        document = self.crier("resolve", *arguments, "--json", expect=expect).json
        return sorted(one["code"] for one in document["recipients"])

    def hold(self):
        """20 pupils, of whom six go and one comes: the second import is held."""
        self.take(oneroster.school())
        broken = oneroster.school().drop_user(*[f"p-{n}" for n in range(15, 21)])
        broken.user("p-new", "student", givenName="New", familyName="Comer", identifier="N1", grades="09")
        return self.take(broken, expect=5)


class Held(HeldCase):
    def test_review(self):
        """I7: review says why an import is held and what it would change, with names"""
        held = self.hold()
        self.assertEqual("held", held["import"]["outcome"])
        self.assertEqual("removal-guard", held["error"]["code"])
        self.assertIn("remove 6 of 20 pupils of CAM", held["error"]["message"])
        document = self.crier("import", "review", "--json").json
        self.assert_keys(["import", "issues"], document, more=["held", "changes"])
        self.assertEqual(held["import"]["id"], document["held"]["id"])
        findings = {one["kind"]: one for one in document["held"]["findings"]}
        self.assertEqual(["check", "kind", "school", "column", "count", "of", "message"], list(findings["pupil"]))
        self.assertEqual("removals", findings["pupil"]["check"])
        self.assertEqual([6, 20], [findings["pupil"]["count"], findings["pupil"]["of"]])
        self.assertEqual("dry-run", document["import"]["outcome"])
        self.assertEqual(6, document["import"]["removed"]["pupil"])
        self.assertEqual(1, document["import"]["added"]["pupil"])
        self.assertIn("COMER, New", [one["name"] for one in document["changes"] if one["op"] == "added"])
        text = self.crier("import", "review", str(document["held"]["id"]), "--limit", "200").out
        self.assertIn("remove 6 of 20 pupils of CAM", text)
        self.assertIn("COMER, New", text)
        # Looking changes nothing.
        self.assertIn("P20", self.codes("all"))
        self.crier("import", "review")

    def test_kept_for_the_owner(self):
        """I7: the files lie beside the store, for nobody but the owner, until it is decided"""
        number = self.hold()["import"]["id"]
        folder = self.folder / "crier.db.held" / str(number)
        self.assertEqual(0o700, stat.S_IMODE(folder.stat().st_mode))
        self.assertTrue((folder / "given" / "set" / "users.csv").exists())
        shutil.rmtree(self.folder / "set")
        self.assertEqual(6, self.crier("import", "accept", "--json").json["import"]["removed"]["pupil"])
        self.assertFalse(folder.exists())

    def test_accept(self):
        """I7: accepted, it is a new import that names the held one; a second time nothing is held"""
        number = self.hold()["import"]["id"]
        accepted = self.crier("import", "accept", str(number), "--json").json["import"]
        self.assertEqual("applied", accepted["outcome"])
        self.assertEqual(6, accepted["removed"]["pupil"])
        self.assertNotIn("P20", self.codes("all"))
        self.assertIn("N1", self.codes("all"))
        shown = self.crier("import", "show", str(accepted["id"]), "--json").json["import"]
        self.assertEqual(number, shown["concerns"])
        self.assertEqual("accepted", self.crier("import", "show", str(number), "--json").json["import"]["decision"])
        for act in ("accept", "review", "discard"):
            self.assert_error_document(self.crier("import", act, "--json", expect=4), 4, "nothing-held")
            self.assert_error_document(self.crier("import", act, str(number), "--json", expect=4), 4, "nothing-held")

    def test_additions_only(self):
        """I7: --additions-only lets the rest in, at once or later, and nobody is removed"""
        self.hold()
        accepted = self.crier("import", "accept", "--additions-only", "--json").json["import"]
        self.assertEqual(0, sum(accepted["removed"].values()))
        self.assertEqual(1, accepted["added"]["pupil"])
        self.assertIn("P20", self.codes("all"))
        few = oneroster.school(pupils=5)
        at_once = self.take(few, "--additions-only")["import"]
        self.assertEqual(0, sum(at_once["removed"].values()))
        self.assertIn("P20", self.codes("all"))
        self.assertGreater(self.take(few, "--accept-removals")["import"]["removed"]["pupil"], 5)

    def test_discard(self):
        """I7: discarded, its files are gone and nothing has changed"""
        number = self.hold()["import"]["id"]
        self.assertEqual({"discarded": number}, self.crier("import", "discard", "--json").json)
        self.assertFalse((self.folder / "crier.db.held").exists())
        self.assertIn("P20", self.codes("all"))
        self.assert_two_lines(self.crier("import", "discard", expect=4))

    def test_superseded(self):
        """I7: a newer import of the same source overtakes a held one"""
        number = self.hold()["import"]["id"]
        self.take(oneroster.school())
        self.assertEqual("superseded", self.crier("import", "show", str(number), "--json").json["import"]["decision"])
        self.crier("import", "review", expect=4)

    def test_audited(self):
        """M7: what was decided stands in the audit log's keeping of the store"""
        self.hold()
        self.crier("import", "accept")
        self.crier("import", "undo", "--yes")
        self.crier("store", "check")


class Undo(HeldCase):
    def test_undo(self):
        """I6: undo takes the last import back, once"""
        self.take(oneroster.school())
        changed = oneroster.school().drop_user("p-20")
        changed.find("users", "p-1")["familyName"] = "Other"
        applied = self.take(changed)["import"]
        self.take(changed)
        document = self.crier("import", "undo", "--json").json
        self.assert_keys(["import", "issues"], document, more=["undone", "stayed"])
        self.assertEqual(applied["id"], document["undone"])
        self.assertEqual("undo", document["import"]["outcome"])
        self.assertEqual(applied["removed"], document["import"]["added"])
        self.assertIn("P20", self.codes("all"))
        self.assertEqual("unchanged", self.take(oneroster.school())["import"]["outcome"])
        self.assert_error_document(self.crier("import", "undo", "--json", expect=4), 4, "nothing-to-undo")
        lines = self.crier("import", "list", "--json").json["imports"]
        self.assertEqual(["unchanged", "undo", "unchanged", "applied", "applied"], [one["outcome"] for one in lines])

    def test_who_was_written_to_stays(self):
        """I6: who was written to since becomes a leaver and keeps the delivery"""
        self.take(oneroster.school())
        self.crier("send", "pupil:P1", "--to", "parent", "-s", "Hello", "-m", "Hello", "--wait")
        undone = self.crier("import", "undo", "--json").json
        self.assertEqual(1, undone["stayed"])
        self.crier("resolve", "all", expect=4)
        self.assertEqual(1, self.crier("status", "--json").json["jobs"][0]["complete"])
        self.take(oneroster.school())
        self.assertEqual(["G1"], self.codes("pupil:P1", "--to", "parent"))

    def test_nothing(self):
        """I6: without any import there is nothing to take back"""
        self.assert_two_lines(self.crier("import", "undo", expect=4))


class Show(HeldCase):
    def test_changes(self):
        """I6: show tells every change with code, name, what, old and new"""
        self.take(oneroster.school())
        changed = oneroster.school().drop_user("p-20")
        changed.find("users", "p-1")["familyName"] = "Other"
        number = self.take(changed)["import"]["id"]
        document = self.crier("import", "show", str(number), "--json").json
        self.assertEqual(["import", "issues", "changes", "page", "more", "rows_gone"], list(document))
        self.assertFalse(document["more"])
        renamed = [one for one in document["changes"] if one["column"] == "family"]
        self.assertEqual(
            [{"op": "changed", "kind": "pupil", "code": "P1", "name": "OTHER, Pupil1", "about": None, "column": "family",
              "old": "Family1", "new": "Other"}], renamed)
        self.assertIn(("removed", "P20"), [(one["op"], one["code"]) for one in document["changes"]])
        page = self.crier("import", "show", str(number), "--json", "--limit", "2", "--page", "2").json
        self.assertEqual(document["changes"][2:4], page["changes"])
        text = self.crier("import", "show", str(number)).out
        self.assertIn("Family1", text)
        self.assert_error_document(self.crier("import", "show", "99", "--json", expect=4), 4, "no-such-import")


class Now(HeldCase):
    def test_now(self):
        """I13: --now says how old the data are, imports the sources of the settings, and one of them by name"""
        oneroster.school().write(self.folder / "nightly")
        self.assert_error_document(self.crier("import", "--now", "--json", expect=2), 2, "no-source")
        settings = self.folder / "crier.toml"
        settings.write_text(settings.read_text() + '\n[import.mis]\nkind = "oneroster"\npath = "nightly"\n')
        first = self.crier("import", "--now", "--json").json
        self.assertEqual(["sources", "import_running", "queue_worker", "imports"], list(first))
        self.assertIsNone(first["sources"][0]["imported"])
        self.assert_utc(first["sources"][0]["written"])
        self.assertEqual("applied", first["imports"][0]["import"]["outcome"])
        self.assertEqual("mis", first["imports"][0]["import"]["source"])
        second = self.crier("import", "--now", "mis", "--json").json
        self.assert_utc(second["sources"][0]["imported"])
        self.assertGreaterEqual(second["sources"][0]["age_seconds"], 0)
        self.assertEqual("unchanged", second["imports"][0]["import"]["outcome"])
        self.assertIn("unchanged", self.crier("import", "--now").out)
        self.assert_error_document(self.crier("import", "--now", "miss", "--json", expect=4), 4, "no-such-source")

    def test_stands_alone(self):
        """I13: import without a command says so, and --now goes with none"""
        self.assert_two_lines(self.crier("import", expect=2))
        self.assert_two_lines(self.crier("import", "--now", "mis", "list", expect=2))


if __name__ == "__main__":
    crier_case.main()
