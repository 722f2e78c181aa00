"""Why somebody is not reached (A3, R3, R4, R7, R9): every reason of the interface, as `crier resolve` tells it."""

import csv
import io
import json
import sqlite3

import crier_case
from crier_case import CrierCase
from oneroster import Roster

MAP = """
school = "CAM"
[[file]]
name = "pupils.csv"
kind = "people"
[file.columns]
code = "Code"
kind = { value = "pupil" }
family = "Family"
given = "Given"
form = "Form"
[[file]]
name = "contacts.csv"
kind = "people"
[file.columns]
code = "Code"
kind = { value = "contact" }
family = "Family"
given = "Given"
email = "Email"
mobile = "Mobile"
phone = "Phone"
wechat = "WeChat"
[[file]]
name = "ties.csv"
kind = "relationships"
[file.columns]
pupil = "Pupil"
contact = "Contact"
relation = "Relation"
court_order = "Court"
"""

TEMPLATE = """fallback = "en"
[en]
subject = "Trip"
body = "About {{pupil}}."
sms = "About {{pupil}}."
"""

# Code, given name, e-mail, mobile, telephone, WeChat, court order.
CONTACTS = [
    ("FINE", "Fay", "fay@example.org", "07400 900001", "", "fay", "N"),
    ("NONE", "Nora", "", "", "", "", "N"),
    ("BAD", "Bob", "bob@", "", "", "", "N"),
    ("BOUNCE", "Bea", "bea@example.org", "", "", "", "N"),
    ("SPAM", "Sue", "sue@example.org", "", "", "", "N"),
    ("TEXT", "Tom", "", "07400 900002", "", "", "N"),
    ("OUT", "Olga", "olga@example.org", "07400 900003", "", "", "N"),
    ("CONSENT", "Cleo", "cleo@example.org", "07400 900004", "", "cleo", "N"),
    ("UNKNOWN", "Una", "", "", "", "una", "N"),
    ("LAND", "Lou", "", "", "01223 460000", "", "N"),
    ("OFF", "Otto", "otto@example.org", "", "", "", "N"),
    ("COURT", "Carl", "carl@example.org", "07400 900005", "", "carl", "Y"),
    ("TWIN1", "Tess", "tess@example.org", "", "", "", "N"),
    ("TWIN2", "Tess", "TESS@example.org", "", "", "", "N"),
]

# Who, by which channel, the reason, and the beginning of the remedy.
REASONS = [
    ("NONE", "email", "no-address", "Ask for an address"),
    ("BAD", "email", "invalid-address", "Correct the address"),
    ("BOUNCE", "email", "blocked-bounce", "Three messages came back"),
    ("SPAM", "email", "blocked-spam", "The owner complained"),
    ("TEXT", "sms", "blocked-text-failure", "Three texts failed"),
    ("OUT", "email", "opted-out", "They chose not to hear"),
    ("CONSENT", "email", "no-consent", "Ask for their consent"),
    ("CONSENT", "sms", "no-consent", "Ask for their consent"),
    ("CONSENT", "wechat", "no-consent", "Ask for their consent"),
    ("CONSENT", "inbox", "no-consent", "Ask for their consent"),
    ("UNKNOWN", "wechat", "not-registered", "Ask them to register"),
    ("NONE", "wechat", "not-registered", "Ask them to register"),
    ("LAND", "sms", "not-for-sms", "Enter a mobile number"),
    ("OFF", "email", "disabled", "The address is switched off"),
    ("COURT", "email", "court-order", "They may not hear of this pupil"),
    ("COURT", "inbox", "court-order", "They may not hear of this pupil"),
    ("TWIN2", "email", "duplicate", "Somebody of the same family"),
]
PROMISED = {
    "no-address", "invalid-address", "blocked-bounce", "blocked-spam", "blocked-text-failure", "opted-out",
    "no-consent", "not-registered", "not-for-sms", "disabled", "court-order", "leaver", "duplicate",
}  # fmt: skip
VIA = "email,sms,wechat,inbox"


def table(head, rows):
    out = io.StringIO()
    csv.writer(out).writerows([head.split(), *rows])
    return out.getvalue()


class Reasons(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.write("map.toml", MAP)
        self.write("export/pupils.csv", table("Code Family Given Form", [("ADA", "Dyer", "Ada", "9B")]))
        people = [(code, "Dyer", given, *rest[:-1]) for code, given, *rest in CONTACTS]
        self.write("export/contacts.csv", table("Code Family Given Email Mobile Phone WeChat", people))
        ties = [("ADA", one[0], "parent", one[-1]) for one in CONTACTS]
        self.write("export/ties.csv", table("Pupil Contact Relation Court", ties))
        self.crier("import", "csv", "export", "--map", "map.toml", expect=1)
        self.crier("contacts", "opt-out", "OUT", "--channel", "email")
        self.crier("contacts", "consent", "CONSENT", "--purpose", "Boarding", "--missing")
        self.crier("contacts", "disable", "otto@example.org")
        # What servers and gateways said of these addresses (D9, R4).
        self.block("email", "bea@example.org", "blocked-bounce")
        self.block("email", "sue@example.org", "blocked-spam")
        self.block("phone", "+447400900002", "blocked-text-failure")
        self.block("wechat", "una", "not-registered")

    def block(self, kind, key, reason):
        store = sqlite3.connect(self.folder / "crier.db")
        with store:
            store.execute("INSERT INTO address_block VALUES (?, ?, ?, 0, 'test')", (kind, key, reason))
        store.close()

    def resolve(self, *options):
        return self.crier("resolve", "form:9B", "--to", "parent", "--via", VIA, *options)

    def test_every_reason(self):
        """A3: each of the promised reasons, and nobody is reached who has one"""
        self.assertEqual(PROMISED, {reason for _, _, reason, _ in REASONS} | {"leaver"})
        told = {one["code"]: one["channels"] for one in self.resolve("--json").json["recipients"]}
        for code, channel, reason, _ in REASONS:
            with self.subTest(code=code, channel=channel):
                self.assertEqual(reason, told[code][channel]["reason"])
                self.assertFalse(told[code][channel]["reachable"])
        self.assertEqual([None] * 4, [way["reason"] for way in told["FINE"].values()])
        self.assertEqual("+447400900003", told["OUT"]["sms"]["address"])
        self.assertTrue(told["TWIN1"]["email"]["reachable"])

    def test_remedies(self):
        """A3: the table says in words what to do about each"""
        out = self.resolve().out
        for _, _, reason, remedy in REASONS:
            self.assertRegex(out, rf"(?m)^{reason} \(\d+\): {remedy}")
        # A script's rows stay rows.
        rows = list(csv.reader(io.StringIO(self.resolve("--format", "csv").out)))
        self.assertEqual(len(CONTACTS) + 1, len(rows))

    def test_explained(self):
        """A3: --explain says the same of one person, with the remedy; of a duplicate, who gets the one copy"""
        for code, channel, reason, remedy in REASONS:
            if reason == "duplicate":
                remedy = "(TWIN1) gets the one copy at this address"
            with self.subTest(code=code, channel=channel):
                lines = self.resolve("--explain", code).out.splitlines()
                (line,) = [one for one in lines if one.startswith(channel + ":")]
                self.assertIn(reason, line)
                self.assertIn(remedy, line)

    def test_nothing_overrides(self):
        """R3, I10, M3: no priority and no option lets those hear who may not"""
        for code in ("COURT", "CONSENT"):
            for options in (("--priority", "emergency"), ("--category", "system"), ("--skip-unreachable",)):
                for to in ("parent", "associates", "self+associates"):
                    sent = self.crier("send", "form:9B", "--to", to, "--via", VIA, *options, "-s", "Closed", "-m", "Closed.",
                                      "--yes", "--dry-run", "--json", expect=None).json
                    self.assertEqual({"email", "sms", "wechat", "inbox"},
                                     {one["type"] for one in sent["unreachable"] if one["code"] == code})
        self.crier("send", "form:9B", "--to", "parent", "--via", VIA, "-s", "Closed", "-m", "Closed.", "--priority",
                   "emergency", "--yes", "--wait", expect=None)
        written = "".join(file.read_text(errors="replace") for file in self.folder.rglob("outbox/*/*") if file.is_file())
        self.assertIn("fay@example.org", written)
        for address in ("carl", "cleo", "900004", "900005", "una", "otto", "bea@", "sue@"):
            self.assertNotIn(address, written)

    def test_no_issue_where_staff_decided(self):
        """S5: a disabled address is no bounce"""
        self.write("export/pupils.csv", table("Code Family Given Form", [("ADA", "Dyer", "Ada", "9B"), ("BEN", "Dyer", "Ben", "9C")]))
        self.crier("import", "csv", "export", "--map", "map.toml", expect=1)
        issues = self.crier("issues", "list", "--json").json["issues"]
        bounced = {one["code"] for one in issues if one["kind"] == "permanent-bounce"}
        self.assertEqual({"BOUNCE"}, bounced)
        doubled = {one["code"] for one in issues if one["kind"] == "possible-duplicate"}
        self.assertEqual({"TWIN1"}, doubled)


class Leaver(CrierCase):
    """D1, I10: whoever has left, by whatever option and priority"""

    def test_leaver(self):
        self.init()
        roster = Roster()
        roster.add("orgs", "org-1", name="Cambridge School", type="school", identifier="CAM")
        roster.user("u-1", "student", identifier="ADA", givenName="Ada", familyName="Dyer", agentSourcedIds="u-2,u-3")
        roster.user("u-2", "parent", identifier="LEFT", givenName="Leo", familyName="Dyer", email="leo@example.org",
                    sms="07400 900006", agentSourcedIds="u-1")
        roster.user("u-3", "parent", identifier="HERE", givenName="Hal", familyName="Dyer", email="hal@example.org",
                    agentSourcedIds="u-1")
        roster.write(self.folder / "export")
        self.crier("import", "oneroster", "export")
        roster.drop("users", lambda row: row["sourcedId"] == "u-2")
        roster.find("users", "u-1")["agentSourcedIds"] = "u-3"
        roster.write(self.folder / "export")
        self.crier("import", "oneroster", "export")
        asked = ("pupil:ADA", "--to", "associates", "--via", VIA)
        told = {one["code"]: one["channels"] for one in self.crier("resolve", *asked, "--json").json["recipients"]}
        self.assertEqual(["leaver"] * 4, [way["reason"] for way in told["LEFT"].values()])
        self.assertTrue(told["HERE"]["email"]["reachable"])
        self.assertRegex(self.crier("resolve", *asked).out, r"(?m)^leaver \(4\): They have left; nothing is sent to leavers\.$")
        self.assertIn("leaver. They have left", self.crier("resolve", *asked, "--explain", "LEFT").out)
        self.crier("send", *asked, "-s", "Closed", "-m", "Closed.", "--priority", "emergency", "--yes", "--wait", expect=None)
        written = "".join(file.read_text(errors="replace") for file in self.folder.rglob("outbox/*/*") if file.is_file())
        self.assertIn("hal@example.org", written)
        self.assertNotIn("leo", written)
        self.assertNotIn("900006", written)


class SharedAddress(CrierCase):
    """A4, R3: an address that somebody reads who is barred from the child"""

    def test_none_and_an_issue(self):
        self.init()
        self.write("map.toml", MAP)
        self.write("export/pupils.csv", table("Code Family Given Form", [
            ("ADA", "Dyer", "Ada", "9B"), ("BEN", "Dyer", "Ben", "7A")]))
        self.write("export/contacts.csv", table("Code Family Given Email Mobile Phone WeChat", [
            ("MUM", "Dyer", "Mary", "home@example.org", "", "", ""), ("DAD", "Dyer", "Dan", "Home@example.org", "", "", "")]))
        self.write("export/ties.csv", table("Pupil Contact Relation Court", [
            ("ADA", "MUM", "mother", "N"), ("ADA", "DAD", "father", "Y"), ("BEN", "MUM", "mother", "N"), ("BEN", "DAD", "father", "N")]))
        self.crier("import", "csv", "export", "--map", "map.toml")
        told = self.crier("resolve", "form:9B", "--to", "mother", "--json").json["recipients"]
        self.assertEqual(["court-order"], [one["channels"]["email"]["reason"] for one in told])
        told = self.crier("resolve", "form:7A", "--to", "parent", "--json").json["recipients"]
        self.assertEqual([("DAD", True), ("MUM", False)], sorted((one["code"], one["channels"]["email"]["reachable"]) for one in told))
        issues = self.crier("issues", "list", "--kind", "shared-with-barred", "--json").json["issues"]
        self.assertEqual([("MUM", "DAD home@example.org")], [(one["code"], one["detail"]) for one in issues])


class OnePerson(CrierCase):
    """R9, C12: a guardian kept once per child hears once, of all of them."""

    def test_one_copy(self):
        self.init()
        self.write("map.toml", MAP)
        self.write("export/pupils.csv", table("Code Family Given Form", [
            ("ADA", "Dyer", "Ada", "9B"), ("BEN", "Dyer", "Ben", "9B"), ("CAL", "Dyer", "Cal", "7A")]))
        self.write("export/contacts.csv", table("Code Family Given Email Mobile Phone WeChat", [
            (f"M{n}", "Dyer", "Mary", "mary@example.org", "", "", "") for n in (1, 2, 3)]))
        self.write("export/ties.csv", table("Pupil Contact Relation Court", [
            ("ADA", "M1", "mother", "N"), ("BEN", "M2", "mother", "N"), ("CAL", "M3", "mother", "N")]))
        self.crier("import", "csv", "export", "--map", "map.toml")
        self.crier("send", "form:9B", "--to", "parent", "-s", "Trip", "-m", "It is on.", "--yes", "--wait")
        (copy,) = [file.read_text() for file in self.folder.rglob("outbox/email/*.eml")]
        self.assertIn("Ada Dyer", copy)
        self.assertIn("Ben Dyer", copy)
        self.assertNotIn("Cal", copy)

    def test_two_of_one_name(self):
        """R9, A4: father and son of one name: one copy at the household's mailbox, each phone its own child"""
        self.init()
        self.write("map.toml", MAP)
        self.write("export/pupils.csv", table("Code Family Given Form", [("PAT", "Smith", "Pat", "9B"), ("QUIN", "Smith", "Quin", "9B")]))
        self.write("export/contacts.csv", table("Code Family Given Email Mobile Phone WeChat", [
            ("J1", "Smith", "John", "home@example.org", "07400 900001", "", ""),
            ("J2", "Smith", "John", "home@example.org", "07400 900002", "", "")]))
        self.write("export/ties.csv", table("Pupil Contact Relation Court", [("PAT", "J1", "father", "N"), ("QUIN", "J2", "father", "N")]))
        self.crier("import", "csv", "export", "--map", "map.toml")
        self.write("templates/names.toml", TEMPLATE)
        self.crier("send", "form:9B", "--to", "parent", "--via", "sms,email", "--template", "names", "--yes", "--wait")
        (copy,) = [file.read_text() for file in self.folder.rglob("outbox/email/*.eml")]
        self.assertIn("Pat Smith and Quin Smith", copy)
        texts = {json.loads(file.read_text())["to"]: file.read_text() for file in self.folder.rglob("outbox/sms/*.json")}
        self.assertEqual({"+447400900001", "+447400900002"}, set(texts))
        self.assertIn("Pat Smith", texts["+447400900001"])
        self.assertNotIn("Quin", texts["+447400900001"])
        self.assertIn("Quin Smith", texts["+447400900002"])
        self.assertNotIn("Pat", texts["+447400900002"])


if __name__ == "__main__":
    crier_case.main()
