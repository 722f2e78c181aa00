#!/usr/bin/env python3
"""`crier people` by hand beside a school's system: what either says stays, and a clash is shown (R6)."""

import shutil
import sqlite3

import crier_case
from crier_case import CrierCase
from oneroster import Roster


class ByHand(CrierCase):
    """Ada and Ben with their mother and father from the school's system; the rest is entered."""

    def setUp(self):
        super().setUp()
        self.init("HAR", name="Harbour")
        self.settings('[import.oneroster]\nremoval_limit = "100%"\n')
        self.roster = Roster()
        self.roster.add("orgs", "org-1", name="Harbour", type="school", identifier="HAR")
        self.roster.user("u-1", "student", identifier="P1", givenName="Ada", familyName="Dyer", grades="10")
        self.roster.user("u-2", "student", identifier="P2", givenName="Ben", familyName="Dyer", grades="9")
        self.roster.user("u-3", "parent", identifier="C1", givenName="Mary", familyName="Dyer",
                         email="mary@example.org", sms="07400 900123", agentSourcedIds="u-1,u-2")
        self.roster.user("u-4", "parent", identifier="C2", givenName="Fred", familyName="Fell",
                         email="fred@example.org", agentSourcedIds="u-1")
        self.load()

    def load(self, expect=0):
        path = self.folder / "export"
        shutil.rmtree(path, ignore_errors=True)
        self.roster.write(path)
        return self.crier("import", "oneroster", path, "--json", expect=expect)

    def people(self, *arguments, expect=0):
        return self.crier("people", *arguments, "--json", expect=expect)

    def person(self, *arguments):
        return self.people(*arguments).json["person"]

    def heard(self, expression="all", to="associates", via="email"):
        """Who hears: code -> (address or [reason], pupils)."""
        answer = self.crier("resolve", expression, "--to", to, "--via", via, "--json", expect=None)
        if answer.code == 4:
            return {}
        found = {}
        for one in answer.json["recipients"]:
            reach = one["channels"][via]
            found[one["code"]] = (reach["address"] if reach["reachable"] else f"[{reach['reason']}]",
                                  [pupil["code"] for pupil in one["related_to"]])
        return found

    def clashes(self):
        return [(one["code"], one["detail"])
                for one in self.crier("issues", "list", "--kind", "source-clash", "--json").json["issues"]]

    def contact(self, code):
        return self.crier("contacts", "show", code, "--json").json["contact"]

    def addresses(self, code):
        return [(one["kind"], one["use"], one["address"], one["source"]) for one in self.contact(code)["addresses"]]

    # People ---------------------------------------------------------------------------------------------------

    def test_enters_edits_and_lets_go(self):
        """R6, R2: a person by hand is entered with the checks of an import, edited, and becomes a leaver (I10)"""
        entered = self.person("add", "--kind", "contact", "--code", "V-1", "--family", "Lee", "--given", "Ann",
                              "--title", "Dr", "--language", "PL", "--email", "home: ann@Example.org",
                              "--phone", "mobile:07400 123456")
        self.assertEqual(("V-1", "contact", "LEE, Ann", "HAR", "active", "hand"),
                         tuple(entered[key] for key in ("code", "kind", "name", "school", "status", "source")))
        self.assertEqual([("email", "home", "ann@example.org"), ("phone", "mobile", "+447400123456")],
                         [(one["kind"], one["use"], one["address"]) for one in entered["addresses"]])
        self.people("add", "--kind", "pupil", "--code", "G-7", "--family", "Roy", "--given", "Max",
                    "--year", "Year 09", "--form", "9B")
        self.people("relate", "G-7", "V-1", "--relation", "Aunt")
        self.assertEqual({"V-1": ("ann@example.org", ["G-7"])}, self.heard("form:9b", "aunt"))
        self.assertIn("G-7", self.heard("year:9", "self"))
        self.assertEqual("LEE-ROY, Ann", self.person("edit", "V-1", "--family", "Lee-Roy", "--title", "")["name"])
        self.assertEqual({"V-1": ("ann@example.org", [])}, self.heard("contact:name:lee-roy", "self"))
        document = self.people("show", "V-1").json["person_data"]
        self.assertEqual({"hand"}, {row["source"] for part in ("places", "addresses", "relationships")
                                    for row in document[part]})
        self.assertEqual((None, "pl", "hand"), tuple(document["person"][key] for key in ("title", "language",
                                                                                          "source")))
        self.assertEqual("leaver", self.person("delete", "V-1", "--yes")["status"])
        self.assertEqual({"V-1": ("[leaver]", ["G-7"])}, self.heard("form:9B", "aunt"))
        self.assertEqual(["V-1"], [one["code"] for one in self.crier("leavers", "list", "--json").json["leavers"]])
        self.assertEqual("active", self.person("edit", "V-1", "--status", "active")["status"])
        self.assertEqual({"V-1": ("ann@example.org", ["G-7"])}, self.heard("form:9B", "aunt"))

    def test_a_pre_admission_comes_later(self):
        """R2, I5: a date of admission that lies ahead makes a pre-admission, which only status: names"""
        self.assertEqual("pre-admission", self.person("add", "--kind", "pupil", "--code", "G-8", "--family", "Roy",
                                                      "--given", "Zoe", "--admission", "2027-09-01")["status"])
        self.assertNotIn("G-8", self.heard("all", "self"))
        self.assertIn("G-8", self.heard("status:pre-admission", "self"))
        # Its day has come: an issue says so, until the office does.
        self.crier("people", "add", "--kind", "staff", "--code", "S1", "--given", "Sue", clock="2027-09-01T08:00:00Z")
        stale = self.crier("issues", "list", "--kind", "stale-pre-admission", "--json").json["issues"]
        self.assertEqual([("G-8", "2027-09-01")], [(one["code"], one["detail"]) for one in stale])
        self.people("edit", "G-8", "--status", "active")
        self.assertEqual([], self.crier("issues", "list", "--kind", "stale-pre-admission", "--json").json["issues"])
        late = self.people("add", "--kind", "pupil", "--code", "G-9", "--given", "Zoe", "--admission", "2026-09-01",
                           expect=2)
        self.assertEqual("no-admission", late.error["code"])

    def test_lists_what_was_entered(self):
        """R6, M7: all that is by hand, whoever's; who may not see addresses reads them masked"""
        self.assertEqual([], self.people("list").json["by_hand"])
        self.people("add", "--kind", "contact", "--code", "V-1", "--family", "Lee", "--given", "Ann")
        self.people("add-address", "C1", "--phone", "work:07400 123456")
        self.people("relate", "P1", "C2", "--court-order")
        rows = [("person", "V-1", "LEE, Ann", ""), ("address", "C1", "DYER, Mary", "phone:work +447400123456"),
                ("relationship", "P1", "DYER, Ada", "contact C2, court order")]
        listed = self.people("list").json["by_hand"]
        self.assertEqual(rows, [(one["fact"], one["code"], one["name"], one["what"] or "") for one in listed])
        self.crier("operators", "add", "boss", "--name", "Boss", "--role", "manager")
        self.crier("operators", "add", "root", "--name", "Ann", "--role", "viewer")
        self.assertEqual("phone:work +44…56", self.people("list").json["by_hand"][1]["what"])

    def test_bad_values_change_nothing(self):
        """R6, R4: a value that cannot be is one clear line and a remedy, and nothing is entered"""
        add = ("add", "--kind", "contact", "--code", "V-1", "--given", "Ann")
        before = self.crier("report", "audit", "--json").json
        for arguments, exit, code in (
                ((*add, "--email", "ann@"), 2, "invalid-email"),
                ((*add, "--email", "school:ann@example.org"), 2, "unknown-use"),
                ((*add, "--email", "a@example.org", "--email", "home:b@example.org"), 2, "twice"),
                ((*add, "--phone", "7.4E+09"), 2, "invalid-phone"),
                ((*add, "--phone", "home:01632 960123", "--for-sms"), 2, "landline"),
                ((*add, "--for-sms"), 2, "no-phone"),
                ((*add, "--wechat", "not an id"), 2, "invalid-wechat"),
                ((*add, "--language", "Polish!"), 2, "bad-language"),
                ((*add, "--born", "1.2.2010"), 2, "bad-date"),
                ((*add, "--year", "9"), 2, "not-a-pupil"),
                (("add", "--kind", "contact", "--code", "V-1"), 2, "no-name"),
                (("add", "--kind", "contact", "--code", "c1", "--given", "Ann"), 5, "code-taken"),
                (("add", "--kind", "contact", "--code", " ", "--given", "Ann"), 2, "missing-value"),
                (("edit", "C1", "--family", "Other"), 5, "not-by-hand"),
                (("edit", "nobody", "--family", "Other"), 4, "no-such-person"),
                (("delete", "C1", "--yes"), 5, "not-by-hand"),
                (("remove-address", "C1", "email:home"), 5, "not-by-hand"),
                (("remove-address", "C1", "email:work"), 4, "no-address"),
                (("remove-address", "C1", "pigeon"), 2, "unknown-use"),
                (("unrelate", "P1", "C1"), 5, "not-by-hand"),
                (("unrelate", "P2", "C2"), 4, "not-related"),
                (("relate", "C1", "P1", "--relation", "x"), 2, "another-kind"),
                (("relate", "P2", "C2"), 2, "no-relation"),
                (("relate", "P2", "C2", "--relation", "aunt", "--priority", "0"), 2, "bad-priority")):
            with self.subTest(" ".join(arguments)):
                self.assert_error_document(self.people(*arguments, expect=exit), exit, code)
                self.assert_two_lines(self.crier("people", *arguments, expect=exit))
        self.assertEqual(before, self.crier("report", "audit", "--json").json)

    def test_the_exceptions_list_holds_for_the_hand_too(self):
        """R7: who is on a source's list of exceptions is not entered by hand either"""
        self.settings('[import.csv]\nkind = "csv"\nexceptions = ["X-1"]\n')
        refused = self.people("add", "--kind", "pupil", "--code", "x-1", "--given", "Eve", expect=5)
        self.assertEqual("exception", refused.error["code"])

    # Beside the school's system --------------------------------------------------------------------------------

    def test_neither_side_overwrites_the_other(self):
        """R6, I6: an import changes nothing by hand, a hand nothing of an import; the clash shows both"""
        self.people("add-address", "C1", "--email", "home:mary@new.example")
        self.people("relate", "P1", "C1", "--relation", "grandmother", "--priority", "3")
        self.roster.find("users", "u-3").update(givenName="Marie", email="marie@example.org")
        changed = self.load().json["import"]
        self.assertEqual((1, 1), (changed["changed"]["contact"], changed["changed"]["address"]))
        self.assertEqual("unchanged", self.load().json["import"]["outcome"])
        self.assertIn(("email", "home", "marie@example.org", "oneroster"), self.addresses("C1"))
        self.assertIn(("email", "home", "mary@new.example", "hand"), self.addresses("C1"))
        clashes = dict(self.clashes())
        self.assertEqual("e-mail (home): marie@example.org (oneroster), mary@new.example (hand)", clashes["C1"])
        self.assertEqual("C1: parent, priority 1 (oneroster), grandmother, priority 3 (hand)", clashes["P1"])
        # What the office takes back, and what comes to agree, is no clash any more.
        self.people("unrelate", "P1", "C1")
        self.roster.find("users", "u-3").update(email="Mary@NEW.example")
        self.load()
        self.assertEqual([], self.clashes())

    def test_which_address_is_used(self):
        """R6, R4: the school's address is used, one by hand where that cannot be, or first where it is said to be"""
        self.people("add-address", "C1", "--email", "mary@new.example")
        self.assertEqual("mary@example.org", self.heard("pupil:P2")["C1"][0])
        self.crier("contacts", "disable", "mary@example.org")
        self.assertEqual("mary@new.example", self.heard("pupil:P2")["C1"][0])
        self.crier("contacts", "enable", "mary@example.org", "--yes")
        self.people("add-address", "C1", "--email", "mary@new.example", "--first")
        self.assertEqual("mary@new.example", self.heard("pupil:P2")["C1"][0])
        self.people("remove-address", "C1", "email:home")
        self.assertEqual("mary@example.org", self.heard("pupil:P2")["C1"][0])

    def test_the_system_says_who_they_are_and_either_says_a_court_order(self):
        """R3, R6: relation and priority are the school's system's, a court order whoever says it, on every path"""
        self.people("relate", "P1", "C2", "--relation", "uncle", "--priority", "2", "--court-order")
        self.assertEqual({"C1": ("mary@example.org", ["P1", "P2"]), "C2": ("[court-order]", [])}, self.heard())
        findings = self.crier("doctor", "--json", expect=None).json["findings"]
        self.assertEqual([], [one for one in findings if "'hand'" in one["message"]])
        # Not by the relation that the hand says, nor by another channel.
        self.assertEqual({}, self.heard("all", "uncle"))
        self.assertEqual("[court-order]", self.heard("pupil:P1", "parent", "inbox")["C2"][0])
        self.assertEqual([("P1", "C2: parent, priority 1 (oneroster), uncle, priority 2, court order (hand)")],
                         self.clashes())
        # The flag stays while other words change, and goes only where it is said.
        self.people("relate", "P1", "C2", "--relation", "parent", "--priority", "1")
        self.assertEqual("[court-order]", self.heard()["C2"][0])
        self.assertEqual("not-confirmed", self.people("unrelate", "P1", "C2", expect=5).error["code"])
        said = self.people("relate", "P1", "C2", "--no-court-order").json["relationship"]["said"]
        self.assertEqual([("oneroster", False), ("hand", False)],
                         [(one["source"], one["court_order"]) for one in said])
        self.assertEqual(("fred@example.org", ["P1"]), self.heard()["C2"])
        # Where the system stops to tell of the two, the office's word counts.
        self.people("relate", "P1", "C2", "--relation", "uncle", "--priority", "2")
        self.roster.find("users", "u-4").update(agentSourcedIds="")
        self.load()
        self.assertEqual({"C2": ("fred@example.org", ["P1"])}, self.heard("all", "uncle"))

    def test_who_can_be_reached_knows_the_hand(self):
        """S4, R3, R6: a court order by hand takes a prime parent away, a prime contact by hand is one"""
        def lonely():
            rows = self.crier("issues", "list", "--kind", "no-contactable-prime-parent", "--json").json["issues"]
            return [one["code"] for one in rows]
        self.assertEqual([], lonely())
        self.people("relate", "P2", "C1", "--court-order")
        self.assertEqual(["P2"], lonely())
        self.assertEqual(["P1"], list(self.heard("contactable:email", "self")))
        self.people("add", "--kind", "contact", "--code", "V-1", "--given", "Ann", "--email", "ann@example.org")
        self.people("relate", "P2", "V-1", "--relation", "aunt", "--not-prime")
        self.assertEqual(["P2"], lonely())
        self.people("relate", "P2", "V-1", "--prime")
        self.assertEqual([], lonely())
        self.assertEqual(["P1", "P2"], list(self.heard("contactable:email", "self")))

    def test_a_system_brings_whom_the_office_made(self):
        """R6, S5: the same code, or the same name and address, from both sides: both stand, and an issue says so"""
        self.people("add", "--kind", "contact", "--code", "C9", "--family", "Lee", "--given", "Ann",
                    "--email", "ann@example.org")
        self.people("add", "--kind", "contact", "--code", "V-2", "--family", "Poe", "--given", "Eve",
                    "--email", "eve@example.org")
        self.people("add", "--kind", "staff", "--code", "S9", "--family", "May", "--given", "Tim",
                    "--email", "tim@school.example")
        self.people("add", "--kind", "pupil", "--code", "G-1", "--family", "Roy", "--given", "Max", "--year", "9")
        self.people("add", "--kind", "pupil", "--code", "G-2", "--family", "Roy", "--given", "Zoe", "--year", "9")
        self.roster.user("u-10", "student", identifier="P10", givenName="MAX", familyName="Roy", grades="09")
        self.roster.user("u-11", "student", identifier="P11", givenName="Zoe", familyName="Roy", grades="10")
        self.roster.user("u-9", "parent", identifier="C9", givenName="Anna", familyName="Leigh",
                         email="leigh@example.org", agentSourcedIds="u-2")
        self.roster.user("u-8", "parent", identifier="C8", givenName="Eve", familyName="Poe",
                         email="eve@example.org", agentSourcedIds="u-2")
        self.roster.user("u-7", "teacher", identifier="T7", givenName="Tim", familyName="May",
                         email="tim@school.example")
        self.load()
        self.assertEqual({("C9", "the code C9 is Anna Leigh's too (oneroster)"),
                          ("S9", "has the name and an address of T7 (oneroster)"),
                          ("G-1", "has the name of P10, of the same year (oneroster)")}, set(self.clashes()))
        double = self.crier("issues", "list", "--kind", "possible-duplicate", "--json").json["issues"]
        self.assertEqual([("V-2", "C8 eve@example.org")], [(one["code"], one["detail"]) for one in double])
        # Their ids tell them apart.
        ambiguous = self.crier("contacts", "show", "C9", "--json", expect=2).error
        self.assertIn("hand, id hand-5", ambiguous["message"])
        self.assertEqual("LEE, Ann", self.contact("hand-5")["name"])
        self.assertEqual("LEIGH, Anna", self.contact("u-9")["name"])

    def test_whoever_leaves_keeps_what_was_entered(self):
        """R6, I10: facts by hand stay with a leaver, reach nobody meanwhile, and count again when they return"""
        self.people("add-address", "C2", "--phone", "mobile:07400 123456")
        self.people("relate", "P2", "C2", "--relation", "uncle", "--priority", "2")
        self.crier("groups", "add", "Helpers")
        self.crier("groups", "add-members", "Helpers", "C2")
        row = self.roster.find("users", "u-4")
        self.roster.drop("users", lambda one: one is row)
        self.load()
        self.assertEqual("[leaver]", self.heard("pupil:P2", "uncle")["C2"][0])
        self.assertEqual({}, self.heard('contact:group:Helpers', "self"))
        self.assertIn(("phone", "mobile", "+447400123456", "hand"), self.addresses("C2"))
        self.roster.rows["users"].append(row)
        self.load()
        self.assertEqual(("+447400123456", ["P2"]), self.heard("pupil:P2", "uncle", "sms")["C2"])
        self.assertIn("C2", self.heard('contact:group:Helpers', "self"))

    def test_undo_keeps_facts_by_hand(self):
        """R6, I6: undo takes an import back, and whoever bears a fact by hand stays as a leaver with it"""
        self.roster.user("u-5", "parent", identifier="C5", givenName="Ida", familyName="Orr",
                         email="ida@example.org", agentSourcedIds="u-2")
        self.roster.user("u-6", "parent", identifier="C6", givenName="Una", familyName="Orr",
                         email="una@example.org", agentSourcedIds="u-2")
        self.load()
        self.people("add-address", "C5", "--phone", "07400 123456")
        undone = self.crier("import", "undo", "--yes", "--json").json
        self.assertEqual(1, undone["stayed"])
        self.assertEqual("no-such-person", self.crier("contacts", "show", "C6", "--json", expect=4).error["code"])
        self.assertEqual("leaver", self.contact("C5")["status"])
        self.assertIn(("phone", "mobile", "+447400123456", "hand"), self.addresses("C5"))
        self.load()
        self.assertEqual("active", self.contact("C5")["status"])
        self.assertEqual({"oneroster", "hand"}, {one[3] for one in self.addresses("C5")})

    def test_the_guard_does_not_count_what_is_by_hand(self):
        """I7, R6: a hundred people by hand do not hide that a source loses all of its own"""
        self.settings("")
        text = (self.folder / "crier.toml").read_text().replace('"100%"', '"10%"')
        (self.folder / "crier.toml").write_text(text)
        for number in range(20):
            self.roster.user(f"x-{number}", "student", identifier=f"X{number}", givenName="Max",
                             familyName=f"Roy{number}", grades="9")
        self.load()
        for number in range(12):
            self.people("add", "--kind", "pupil", "--code", f"H{number}", "--given", f"Hand{number}")
        self.roster.drop("users", lambda one: one["sourcedId"].startswith("x-"))
        held = self.load(expect=5).json
        self.assertIn("remove 20 of 22 pupils", held["error"]["message"])

    def test_decisions_hold_for_whoever_is_entered(self):
        """R7: who opted out is not reached because somebody enters them anew, nor at a new address by hand"""
        self.crier("contacts", "opt-out", "C1")
        self.people("add", "--kind", "contact", "--code", "V-1", "--family", "Dyer", "--given", "Mary",
                    "--email", "mary@example.org")
        self.assertEqual(1, len(self.contact("V-1")["opt_outs"]))
        self.people("add", "--kind", "contact", "--code", "V-2", "--family", "Dyer", "--given", "Mary",
                    "--email", "other@example.org")
        self.assertEqual([], self.contact("V-2")["opt_outs"])
        self.people("add-address", "V-2", "--phone", "07400 900123")
        self.assertEqual(1, len(self.contact("V-2")["opt_outs"]))

    def test_no_import_bears_the_name_of_the_hand(self):
        """R6: an import called 'hand' would remove what was entered: it is refused, in the settings too"""
        refused = self.crier("import", "oneroster", "export", "--source", "hand", "--json", expect=2)
        self.assertEqual("reserved-source", refused.error["code"])
        self.settings('[import.hand]\nkind = "csv"\n')
        self.assert_two_lines(self.crier("import", "list", expect=2))

    def test_roles_and_the_audit_log(self):
        """M7: entering people takes the role office, in its school; each act stands in the audit log"""
        self.crier("operators", "add", "root", "--name", "IT", "--role", "manager")
        refused = self.people("add", "--kind", "staff", "--code", "S1", "--given", "Sue", expect=5)
        self.assertEqual("role", refused.error["code"])
        self.crier("operators", "edit", "root", "--role", "manager,office")
        self.people("add", "--kind", "staff", "--code", "S1", "--given", "Sue")
        self.people("relate", "P1", "C2", "--court-order")
        entries = self.crier("report", "audit", "--json").json["entries"]
        self.assertEqual(["relate", "add"], [one["act"] for one in entries[:2]])
        self.assertIn("court order", entries[0]["detail"])
        self.assertNotIn("Sue", str(entries))

    def test_the_store_stays_sound(self):
        """X2, P1: after a life by hand the store is whole, and an erased person is gone from it"""
        self.people("add", "--kind", "contact", "--code", "V-1", "--family", "Quillfeather", "--given", "Zed",
                    "--email", "zed@example.org")
        self.people("relate", "P1", "V-1", "--relation", "uncle", "--court-order")
        self.people("add-address", "C1", "--email", "other@example.org")
        self.people("delete", "V-1", "--yes")
        self.crier("people", "erase", "V-1", "--yes")
        store = sqlite3.connect(f"file:{self.folder / 'crier.db'}?mode=ro", uri=True)
        for (table,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in store.execute(f'SELECT * FROM "{table}"'):
                self.assertNotIn("Quillfeather", str(row), table)
        store.close()
        self.assertEqual({"ok"}, {one["level"] for one in
                                  self.crier("store", "check", "--json").json["findings"]})


if __name__ == "__main__":
    crier_case.main()
