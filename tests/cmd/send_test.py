"""`crier resolve` and `crier send`: who it is for, what is refused before anything is queued, what lies in the outbox."""

import email
import email.policy
import json

import crier_case
import oneroster
from crier_case import CrierCase

SENT = ["message", "state", "jobs", "unreachable"]
MORE = ["held_until", "expires", "over_cap", "sandboxed", "segments", "cost", "wallet", "warnings"]
RESOLVED = ["expression", "to", "via", "recipients", "counts"]
SCHOOL = {"more_user_columns": ("metadata.relation", "metadata.form")}


def school():
    roster = oneroster.school(**SCHOOL)
    roster.find("users", "g-4")["email"] = "broken@"
    roster.find("users", "g-5")["email"] = ""
    roster.find("users", "g-1").update(givenName="Zoë", familyName="O’Brien-Łuksza")
    return roster


class SchoolCase(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        school().write(self.folder / "set")
        self.crier("import", "oneroster", "set", expect=1)

    def jobs(self, **more):
        jobs = self.crier("status", "--json", **more).json["jobs"]
        for job in jobs:
            parts = ("not_started", "processing", "complete", "failed", "held", "in_doubt", "cancelled")
            self.assertEqual(job["messages"], sum(job[part] for part in parts), job)
        return jobs

    def mails(self):
        return {
            path.name: email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((self.folder / "outbox" / "email").glob("*"))
        }


class Resolve(SchoolCase):
    def test_document(self):
        """A3: the JSON of resolve has the promised keys at every depth"""
        document = self.crier("resolve", "form:7A", "--to", "parent", "--via", "email,sms", "--json").json
        self.assert_keys(RESOLVED, document)
        self.assertEqual(["parent"], document["to"])
        self.assertEqual(["email", "sms"], document["via"])
        self.assert_keys(["matched", "recipients", "reachable", "unreachable"], document["counts"])
        for one in document["recipients"]:
            self.assert_keys(["code", "kind", "title", "name", "related_to", "channels"], one)
            self.assertEqual({"email", "sms"}, set(one["channels"]))
            for way in one["channels"].values():
                self.assert_keys(["address", "reachable", "reason"], way)
                self.assertEqual(way["reachable"], way["reason"] is None)
            for pupil in one["related_to"]:
                self.assert_keys(["code", "name", "relation", "rank", "priority"], pupil)
        counts = document["counts"]
        self.assertEqual(7, counts["matched"])
        self.assertEqual(len(document["recipients"]), counts["recipients"])
        for channel in ("email", "sms"):
            self.assertEqual(counts["recipients"], counts["reachable"][channel] + counts["unreachable"][channel])

    def test_which_child(self):
        """C12: a mother of three hears once, of the two that are meant and not of the third"""
        document = self.crier("resolve", "year:9", "--to", "parent", "--json").json
        mother = [one for one in document["recipients"] if one["code"] == "G1"]
        self.assertEqual(1, len(mother))
        self.assertEqual(["P2", "P3"], [pupil["code"] for pupil in mother[0]["related_to"]])

    def test_reasons(self):
        """A3: who cannot be reached is marked with the reason's code"""
        document = self.crier("resolve", "all", "--to", "parent", "--json").json
        ways = {one["code"]: one["channels"]["email"] for one in document["recipients"]}
        self.assertEqual({"address": "broken@", "reachable": False, "reason": "invalid-address"}, ways["G4"])
        self.assertEqual({"address": None, "reachable": False, "reason": "no-address"}, ways["G5"])
        self.assertEqual(2, document["counts"]["unreachable"]["email"])

    def test_expressions(self):
        """A1: and, or, not, comma, parentheses, kinds; case and accents do not matter"""
        def count(expression, to="self"):
            return self.crier("resolve", expression, "--to", to, "--json").json["counts"]["recipients"]

        self.assertEqual(20, count("all"))
        self.assertEqual(7, count("form:7A"))
        self.assertEqual(7, count("FORM:7a"))
        self.assertEqual(14, count("form:7A or form:9B"))
        self.assertEqual(14, count("form:7A, form:9B"))
        self.assertEqual(13, count("not form:7A"))
        self.assertEqual(6, count("year:9 and not form:9B"))
        self.assertEqual(13, count("(form:9B or form:9C) and status:active"))
        self.assertEqual(1, count("pupil:p7"))
        self.assertEqual(1, count("pupil:p-7"), "the source id works as well as the code")
        self.assertEqual(1, count("staff:all"))
        self.assertEqual(18, count("contact:all"))
        self.assertEqual(1, count("contact:name:luksza"))
        self.assertEqual(20, count("school:CAM and all"))
        self.assertEqual(1, count("teachers-of:group:7A"))
        self.write("codes.txt", "P1\nP2\r\n\nP3\n")
        self.assertEqual(3, count("@codes.txt"))

    def test_caret(self):
        """A1: a syntax error shows the place with a caret, exit 2"""
        for expression, column in (("form:7A and", 11), ("(form:7A", 0), ("frm:7A", 0), ("form:7A form:9B", 8),
                                   ("form:\"7A", 5), ("form:7A) or all", 7)):
            with self.subTest(expression):
                result = self.crier("resolve", expression, expect=2)
                lines = result.err.split("\n")
                at = next((i for i, line in enumerate(lines) if line.strip().startswith("^")), None)
                self.assertIsNotNone(at, result.err)
                shown = lines[at - 1]
                self.assertEqual(expression.strip(), shown.strip())
                self.assertEqual(column, lines[at].index("^") - shown.index(expression), result.err)
                self.assert_error_document(self.crier("resolve", expression, "--json", expect=2), 2)
        self.assert_two_lines(self.crier("resolve", "", expect=2))

    def test_nearest_names(self):
        """A1: an unknown kind, form or relation names the nearest"""
        self.assertIn("'form'", self.crier("resolve", "from:7A", expect=2).err)
        self.assertIn("7A", self.crier("resolve", "form:7AA", expect=4).err)
        self.assertIn("parent", self.crier("resolve", "all", "--to", "parnt", expect=2).err)
        self.assertIn("email", self.crier("resolve", "all", "--via", "emial", expect=2).err)

    def test_csv(self):
        """A3: --format csv is a table for a spreadsheet: a header, a row per recipient, + and accents kept"""
        import csv

        text = self.crier("resolve", "form:7A", "--to", "parent", "--via", "email,sms", "--format", "csv").out
        rows = list(csv.DictReader(text.lstrip("\ufeff").splitlines()))
        self.assertEqual(7, len(rows))
        self.assertTrue(any("+447400900001" in row.values() for row in rows), rows)

    def test_explain(self):
        """A3: --explain tells rule by rule why one is and another is not reached; unknown codes are exit 4"""
        yes = self.crier("resolve", "form:7A", "--to", "parent", "--explain", "G1").out
        no = self.crier("resolve", "form:7A", "--to", "parent", "--explain", "G2", expect=None)
        self.assertTrue(yes.strip())
        self.assertEqual(4, no.code, str(no))
        self.crier("resolve", "form:7A", "--to", "parent", "--explain", "G6")


class Send(SchoolCase):
    def send(self, *arguments, expect=0, **more):
        return self.crier("send", *arguments, "--json", expect=expect, **more)

    def test_document(self):
        """M1: the JSON of send has the promised keys; a job per channel"""
        document = self.send("form:7A", "--to", "parent", "--via", "email,sms", "-s", "S", "-m", "B").json
        self.assert_keys(SENT, document, more=MORE)
        self.assertEqual((1, "queued"), (document["message"], document["state"]))
        self.assertEqual(["email", "sms"], [job["type"] for job in document["jobs"]])
        for job in document["jobs"]:
            self.assert_keys(["id", "type", "messages"], job)
        for person in document["unreachable"]:
            self.assert_keys(["code", "name", "type", "reason"], person)
        self.assertEqual([("G4", "email", "invalid-address")],
                         [(one["code"], one["type"], one["reason"]) for one in document["unreachable"]])

    def test_the_unreachable_are_failed_from_the_start(self):
        """D1: who should hear and cannot be reached is a failed delivery; --skip-unreachable leaves them out"""
        self.send("all", "--to", "parent", "-s", "S", "-m", "B")
        job = self.jobs()[0]
        self.assertEqual((18, 2, 16), (job["messages"], job["failed"], job["not_started"]))
        self.send("all", "--to", "parent", "-s", "S", "-m", "B", "--skip-unreachable")
        job = self.jobs()[0]
        self.assertEqual((16, 0), (job["messages"], job["failed"]))

    def test_outbox_mail(self):
        """M1: the .eml is the very message: UTF-8 subject and names, Date, Message-ID, Auto-Submitted, one recipient"""
        body = "Grüße, 你好 — the hall is closed.\n.A line with a dot.\n" + "long " * 300 + "\nFrom here on."
        self.send("all", "--to", "parent", "-s", "Schule geschlossen: 学校停课 🙂 " + "x" * 60, "-m", body, "--wait", expect=1)
        mails = self.mails()
        self.assertEqual(16, len(mails))
        seen = set()
        for name, mail in mails.items():
            self.assertRegex(name, r"^\d+-\d+\.eml$")
            self.assertEqual([], mail.defects)
            self.assertEqual("Schule geschlossen: 学校停课 🙂 " + "x" * 60, mail["Subject"])
            self.assertEqual(1, len(mail["To"].addresses))
            self.assertIsNone(mail["Cc"])
            self.assertTrue(mail["Auto-Submitted"].startswith("auto-generated"))
            self.assertEqual(2026, mail["Date"].datetime.year)
            self.assertRegex(mail["Message-ID"], r"^<[^<>@\s]+@[^<>@\s]+>$")
            seen.add(mail["Message-ID"])
            self.assertTrue(mail["From"].addresses[0].display_name)
            text = mail.get_body(("plain",)).get_content()
            for line in ("Grüße, 你好 — the hall is closed.", ".A line with a dot.", "From here on."):
                self.assertIn(line, text)
            raw = (self.folder / "outbox" / "email" / name).read_bytes()
            self.assertNotIn(b"\n", raw.replace(b"\r\n", b""))
            self.assertLessEqual(max(map(len, raw.split(b"\r\n"))), 998)
        self.assertEqual(16, len(seen))
        zoe = next(mail for mail in mails.values() if mail["To"].addresses[0].addr_spec == "g1@example.org")
        self.assertEqual("Zoë O’Brien-Łuksza", zoe["To"].addresses[0].display_name)

    def test_header_injection(self):
        """M1: no line break of a subject, a name or a school becomes a header"""
        self.send("all", "-s", "Hello\r\nBcc: all@example.org", "-m", "B", expect=2)
        self.send("all", "-s", "Hello\nBcc: all@example.org", "-m", "B", expect=2)
        self.assertEqual([], self.jobs())

    def test_other_channels(self):
        """D2: the other channels' outbox is a JSON document per message"""
        self.send("form:7A", "--to", "parent", "--via", "sms,wechat,voice,alert", "-s", "S", "-m", "Grüße", "--wait",
                  expect=None)
        files = list((self.folder / "outbox" / "sms").glob("*.json"))
        self.assertEqual(7, len(files))
        for file in files:
            document = json.loads(file.read_text(encoding="utf-8"))
            self.assertIn("Grüße", json.dumps(document, ensure_ascii=False))
        self.jobs()

    def test_inbox(self):
        """D2: the inbox is the store: complete at once"""
        self.send("form:7A", "--to", "parent", "--via", "inbox", "-s", "S", "-m", "B")
        job = self.jobs()[0]
        self.assertEqual(job["messages"], job["complete"] + job["failed"])

    def test_limits(self):
        """M1: over a limit it is refused with the count, exit 5, and nothing is queued"""
        family = "👨‍👩‍👧"
        self.send("form:7A", "-s", family * 100, "-m", "B")
        over = self.send("form:7A", "-s", family * 101, "-m", "B", expect=5)
        self.assertIn("101", over.error["message"])
        self.send("form:7A", "--via", "wechat", "-s", "S", "-m", "x" * 600)
        over = self.send("form:7A", "--via", "wechat", "-s", "S", "-m", "x" * 601, expect=5)
        self.assertIn("601", over.error["message"])
        self.send("form:7A", "--via", "wechat", "-s", "S", "-m", "通" * 600)
        self.send("form:7A", "--via", "wechat", "-s", "S", "-m", "🙂" * 512)
        over = self.send("form:7A", "--via", "wechat", "-s", "S", "-m", "🙂" * 513, expect=5)
        self.assertIn("2052", over.error["message"])
        self.assertEqual(4, self.crier("status", "--json").json["total"])

    def test_bodies(self):
        """M1: the body comes from -m, a file or standard input; none, an empty one or bytes that are no text: refused"""
        self.write("body.txt", "From the file ü\n")
        self.send("pupil:P1", "-s", "S", "--body-file", "body.txt", "--wait")
        self.send("pupil:P1", "-s", "S", "--body-file", "-", "--wait", stdin="From standard input ü".encode())
        self.send("pupil:P1", "-s", "S", "--wait", stdin=b"Piped")
        texts = "".join(mail.get_body(("plain",)).get_content() for mail in self.mails().values())
        for part in ("From the file ü", "From standard input ü", "Piped"):
            self.assertIn(part, texts)
        self.send("pupil:P1", "-s", "S", stdin=b"", expect=2)
        self.send("pupil:P1", "-s", "S", "-m", " \n ", expect=2)
        self.send("pupil:P1", "-s", " ", "-m", "B", expect=2)
        self.write("latin.txt", "Grüße".encode("latin-1"))
        self.assertIn(self.send("pupil:P1", "-s", "S", "--body-file", "latin.txt", expect=None).code, (2, 3))
        self.assertIn(self.send("pupil:P1", "-s", "S", "--body-file", "nowhere.txt", expect=None).code, (2, 3))
        self.send("pupil:P1", "-s", "S", "-m", "B", "--body-file", "body.txt", expect=2)
        self.assertEqual(3, self.crier("status", "--json").json["total"])

    def test_idempotency_key(self):
        """M6: the same call twice sends once; the same key with other content is exit 5"""
        call = ["form:7A", "--to", "parent", "-s", "S", "-m", "B", "--idempotency-key", "k1"]
        first = self.send(*call).json
        again = self.send(*call).json
        self.assert_keys(SENT, again, more=MORE)
        self.assertEqual("duplicate", again["state"])
        self.assertEqual((first["message"], first["jobs"]), (again["message"], again["jobs"]))
        self.assertEqual(1, len(self.jobs()))
        for other in (["form:9B", "--to", "parent", "-s", "S", "-m", "B"], ["form:7A", "--to", "parent", "-s", "S", "-m", "C"],
                      ["form:7A", "-s", "S", "-m", "B"], ["form:7A", "--to", "parent", "-s", "T", "-m", "B"],
                      ["form:7A", "--to", "parent", "--via", "sms", "-s", "S", "-m", "B"]):
            self.assert_error_document(self.send(*other, "--idempotency-key", "k1", expect=5), 5)
        self.send(*call[:-1], "k2")
        self.assertEqual(2, len(self.jobs()))

    def test_key_and_template(self):
        """M6: the key is of the call: with a template, or with an earlier message's words, it is a duplicate too"""
        self.write("templates/trip.toml", 'fallback = "en"\n[en]\nsubject = "Trip"\nbody = "Hello {{name}}"\n')
        call = ["form:7A", "--to", "parent", "--template", "trip", "--idempotency-key", "k1"]
        self.assertEqual("queued", self.send(*call).json["state"])
        self.assertEqual("duplicate", self.send(*call).json["state"])
        self.assert_error_document(self.send(*call, "-s", "Another", expect=5), 5, "idempotency-key")
        once = ["--again", "1", "--to-new", "--idempotency-key", "k2"]
        self.crier("cancel", "1")
        self.assertEqual("queued", self.send(*once).json["state"])
        self.assertEqual("duplicate", self.send(*once).json["state"])
        self.assertEqual(2, len(self.jobs()))

    def test_words_of_one_kind(self):
        """M1, M2: words from one place; -s gives a template another subject, and nothing given is ignored"""
        self.write("templates/trip.toml", 'fallback = "en"\n[en]\nsubject = "Trip"\nbody = "Hello {{name}}"\n'
                   '[de]\nsubject = "Ausflug"\nbody = "Hallo {{name}}"\n')
        self.send("form:7A", "--template", "trip", "-m", "B", expect=2)
        self.send("form:7A", "--template", "trip", "--body-file", "b.txt", expect=2)
        self.send("form:9B", "--to", "parent", "-s", "The trip of 9B", "--template", "trip", "--wait", expect=1)
        self.assertEqual({"The trip of 9B"}, {mail["Subject"] for mail in self.mails().values()})
        self.send("--again", "1", "--to-new", "--template", "trip", expect=2)
        self.assert_error_document(self.send("--again", "1", "--to-new", "-m", "B", expect=2), 2, "template-words")

    def test_options_without_effect(self):
        """M1, M10: attachments that no channel carries, and confirmations that lead nowhere, are exit 2"""
        self.write("list.pdf", "%PDF-1.4")
        self.assert_error_document(self.send("form:7A", "--via", "inbox,sms", "-s", "S", "-m", "B", "--attach", "list.pdf",
                                             expect=2), 2, "attachment-without-email")
        self.assert_error_document(self.send("form:7A", "-s", "S", "-m", "B", "--ack", expect=2), 2, "no-public-url")
        self.assertEqual([], self.jobs())

    def test_empty_key(self):
        """M6: an empty key, as an unset variable gives, is exit 2 and not a message without a key"""
        self.send("form:7A", "-s", "S", "-m", "B", "--idempotency-key", "", expect=2)
        self.assertEqual([], self.jobs())

    def test_key_of_a_dry_run(self):
        """M6: a dry run or a refused call uses no key up"""
        call = ["form:7A", "--to", "parent", "-s", "S", "-m", "B", "--idempotency-key", "k1"]
        self.assertEqual("dry-run", self.send(*call, "--dry-run").json["state"])
        self.send(*call, "--expect", "3", expect=5)
        self.assertEqual("queued", self.send(*call).json["state"])

    def test_dry_run(self):
        """M9: --dry-run answers as the sending would, and queues nothing"""
        rehearsal = self.send("all", "--to", "parent", "-s", "S", "-m", "B", "--dry-run").json
        self.assertEqual((None, "dry-run"), (rehearsal["message"], rehearsal["state"]))
        self.assertEqual([], self.jobs())
        real = self.send("all", "--to", "parent", "-s", "S", "-m", "B").json
        self.assertEqual([job["messages"] for job in real["jobs"]], [job["messages"] for job in rehearsal["jobs"]])
        self.assertEqual(real["unreachable"], rehearsal["unreachable"])

    def test_expect(self):
        """M9: --expect N fails with exit 5 where the number differs, and queues nothing"""
        over = self.send("form:7A", "--to", "parent", "-s", "S", "-m", "B", "--expect", "6", expect=5)
        self.assertIn("7", over.error["message"])
        for number in ("-7", "seven", "7.5", ""):
            self.send("form:7A", "--to", "parent", "-s", "S", "-m", "B", "--expect", number, expect=2)
        self.assertEqual([], self.jobs())
        self.send("form:7A", "--to", "parent", "-s", "S", "-m", "B", "--expect", "7")

    def test_empty_audience(self):
        """M1: nobody matches: exit 4, nothing is queued"""
        self.send("form:7A and form:9B", "--to", "parent", "-s", "S", "-m", "B", expect=4)
        self.send("status:leaver", "-s", "S", "-m", "B", expect=4)
        self.assertEqual([], self.jobs())

    def test_nobody_can_be_reached(self):
        """D1: where nobody of the audience can be reached the job stands with its failures, exit 0"""
        self.send("pupil:P5", "--to", "parent", "-s", "S", "-m", "B")
        job = self.jobs()[0]
        self.assertEqual((1, 1), (job["messages"], job["failed"]))

    def test_queued_and_told_so(self):
        """M1: without a daemon it queues and says so; `daemon --once` at the same clock sends it at once"""
        result = self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        self.assertIn("crier daemon", result.err)
        self.crier("daemon", "--once")
        self.assertEqual(7, self.jobs()[0]["complete"] + self.jobs()[0]["failed"])
        self.assertEqual(0, self.jobs()[0]["not_started"])

    def test_a_clock_that_stands_behind(self):
        """S7: what goes at once never waits for a clock: a daemon whose clock is an hour behind sends it"""
        self.send("form:7A", "--to", "parent", "-s", "S", "-m", "B", clock="2026-11-25T11:00:00Z")
        self.crier("daemon", "--once", clock="2026-11-25T10:00:00Z")
        self.assertEqual(0, self.jobs()[0]["not_started"])


class TwoSchools(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.settings('[[school]]\ncode = "OXF"\nname = "Oxford"\ntimezone = "Asia/Hong_Kong"\ncountry = "GB"\n')
        roster = oneroster.school(pupils=6)
        roster.add("orgs", "org-2", name="Oxford", type="school", identifier="OXF")
        roster.user("p-50", "student", org="org-2", givenName="Ox", familyName="Ford", identifier="P50",
                    agentSourcedIds="g-1", grades="09")
        roster.user("p-51", "student", org="org-2", givenName="Ox", familyName="Only", identifier="P51",
                    agentSourcedIds="g-51", grades="09")
        roster.user("g-51", "guardian", org="org-2", givenName="Oxford", familyName="Only", identifier="G51",
                    email="g51@example.org", agentSourcedIds="p-51")
        roster.find("users", "g-1").update(orgSourcedIds="org-1,org-2", agentSourcedIds="p-1,p-2,p-3,p-50")
        roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def texts(self):
        return "".join(path.read_text() for path in (self.folder / "outbox" / "email").glob("*.eml"))

    def test_another_schools_child(self):
        """C12: a message of one school does not name her child at another, and says which school it is from"""
        self.crier("--school", "CAM", "send", "all", "--to", "parent", "-s", "S", "-m", "B", "--wait")
        self.assertNotIn("Ox Ford", self.texts())
        self.assertIn("Pupil3 Family3", self.texts())
        job = self.crier("status", "--json").json["jobs"][0]
        self.assertEqual(("CAM", 4), (job["school"], job["messages"]))

    def test_which_school(self):
        """R1: an audience of two schools needs --school, exit 2; one of a single school does not"""
        for expression in ("all", "year:9"):
            result = self.crier("send", expression, "--to", "parent", "-s", "S", "-m", "B", expect=2)
            self.assert_two_lines(result)
            self.assertIn("--school", result.err)
        self.assertEqual(0, self.crier("status", "--json").json["total"])
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        self.crier("send", "pupil:P50", "--to", "parent", "-s", "S", "-m", "B")
        self.assertEqual(["OXF", "CAM"], [job["school"] for job in self.crier("status", "--json").json["jobs"]])

    def test_each_schools_zone(self):
        """D3: quiet hours are those of the message's school: 14:00 UTC is 22:00 in Hong Kong"""
        def held_until(school, pupil):
            return self.crier("--school", school, "send", f"pupil:{pupil}", "--to", "parent", "-s", "S", "-m", "B", "--json",
                              clock="2026-11-25T14:00:00Z").json["held_until"]

        self.assertIsNone(held_until("CAM", "P4"))
        self.assertEqual("2026-11-26T00:00:00Z", held_until("OXF", "P51"))
        # Her children are in both schools: she hears when both are open.
        self.assertEqual("2026-11-26T08:00:00Z", held_until("CAM", "P1"))


class Families(CrierCase):
    def test_shared_addresses(self):
        """A4: one family's shared address gets one copy; people who are no family get copies of their own"""
        self.init()
        roster = oneroster.school(pupils=6)
        roster.find("users", "g-5")["email"] = "G4@Example.org"
        roster.user("g-60", "guardian", givenName="Guardian6", familyName="Family6", identifier="G60",
                    email="G6@example.org", agentSourcedIds="p-6")
        roster.find("users", "p-6")["agentSourcedIds"] = "g-6,g-60"
        roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set")
        answer = self.crier("send", "all", "--to", "parent", "-s", "S", "-m", "B", "--json").json
        self.assertEqual([("G60", "duplicate")], [(one["code"], one["reason"]) for one in answer["unreachable"]])
        self.assertEqual(4, answer["jobs"][0]["messages"])


if __name__ == "__main__":
    crier_case.main()
