"""Templates: merged for each reader, in their language, refused whole where something is missing."""

import email
import email.policy
import json

import crier_case
import oneroster
from crier_case import CrierCase

TRIP = '''fallback = "en"
[en]
subject = "Trip: {{pupil}}"
body = """
Dear {{#title}}{{title}} {{family}}{{/title}}{{^title}}{{name}}{{/title}},

{{#pupils}}
- {{name}} is your {{relation}}'s child
{{/pupils}}

**{{school}}**, {{today}}
"""
sms = "{{school}}: trip of {{pupil}}"
[pl]
subject = "Wycieczka: {{pupil}}"
body = "Cześć, {{pupil}}"
'''


class TemplateCase(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.settings('[import.oneroster]\nkind = "oneroster"\n'
                      'columns = { title = "metadata.title", language = "metadata.language" }\n')
        self.roster = oneroster.school(more_user_columns=("metadata.title", "metadata.language"))
        self.roster.find("users", "g-4").update(givenName="<b>O'Hara & *Co*</b>", familyName="{{x}}")
        self.roster.find("users", "g-7")["metadata.language"] = "pl"
        self.roster.find("users", "g-10")["metadata.language"] = "fr"
        self.roster.find("users", "g-13")["metadata.title"] = "Dr"
        self.roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set", expect=None)
        self.write("templates/trip.toml", TRIP)

    def send(self, *more, expect=0):
        return self.crier("send", "form:7A", "--to", "parent", "--template", "trip", "--json", *more, expect=expect)

    def mails(self):
        return {str(mail["To"].addresses[0].addr_spec): mail for mail in (
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((self.folder / "outbox" / "email").glob("*.eml")))}

    def plain(self, mail):
        return mail.get_body(("plain",)).get_content()

    def html(self, mail):
        return mail.get_body(("html",)).get_content()


class Sending(TemplateCase):
    def test_merged(self):
        """M2: each reader gets their own words, in their language, as plain text and HTML"""
        answer = self.send().json
        self.assertEqual(1, len([one for one in answer["warnings"] if "'fr'" in one]))
        self.crier("daemon", "--once")
        mails = self.mails()
        self.assertEqual("Trip: Pupil1 Family1", mails["g1@example.org"]["Subject"])
        self.assertEqual("Wycieczka: Pupil7 Family7", mails["g7@example.org"]["Subject"])
        self.assertIn('lang="pl"', self.html(mails["g7@example.org"]))
        self.assertIn("Dear Dr Family13,", self.plain(mails["g13@example.org"]))
        self.assertIn("<strong>Cambridge School</strong>, 25 November 2026", self.html(mails["g1@example.org"]))
        self.assertIn("Cambridge School, 25 November 2026", self.plain(mails["g1@example.org"]))

    def test_odd_names(self):
        """C14: names with signs come out as they are, in text, HTML and subject"""
        self.send()
        self.crier("daemon", "--once")
        mail = self.mails()["g4@example.org"]
        self.assertIn("Dear <b>O'Hara & *Co*</b> {{x}},", self.plain(mail))
        self.assertIn("Dear &lt;b&gt;O'Hara &amp; *Co*&lt;/b&gt; {{x}},", self.html(mail))

    def test_missing_field(self):
        """C14: one recipient without the field stops all before anything is queued, and is named"""
        refused = self.crier("send", "form:7A", "--to", "parent", "-s", "Hi", "-m", "Dear {{title}}", "--json", expect=5)
        self.assert_error_document(refused, 5, "missing-field")
        self.assertIn("'title'", refused.error["message"])
        self.assertIn("G4", refused.error["message"])
        self.assertNotIn("G13", refused.error["message"])
        self.assertEqual([], self.crier("status", "--json").json["jobs"])
        self.assert_error_document(
            self.crier("send", "form:7A", "-s", "Hi", "-m", "Dear {{salutation}}", "--json", expect=2), 2,
            "unknown-field")

    def test_text_messages(self):
        """M1, M2: a text message is the template's short form, counted after merging"""
        answer = self.send("--via", "sms").json
        self.assertEqual((7, 0), (answer["segments"], answer["cost"]))
        self.crier("daemon", "--once")
        texts = [json.loads(path.read_text())["body"] for path in (self.folder / "outbox" / "sms").glob("*.json")]
        self.assertIn("Cambridge School: trip of Pupil1 Family1", texts)

    def test_cost(self):
        """M1, D8: parts and points are shown before anything leaves"""
        self.settings("[channel.sms]\nkind = \"outbox\"\nprice = { default = 2, GB = 1.5 }\n")
        answer = self.crier("send", "form:7A", "--to", "parent", "--via", "sms", "-s", "Trip", "-m", "a" * 161, "--json",
                            "--dry-run").json
        self.assertEqual((14, 21.0), (answer["segments"], answer["cost"]))

    def test_sms_policies(self):
        """M1: automatic, transliterate, refuse; and no more parts than the school allows"""
        def send(policy, text, expect=0):
            (self.folder / "crier.toml").write_text(settings + f'[district.sms]\npolicy = "{policy}"\nmax_segments = 2\n')
            return self.crier("send", "form:7A", "--to", "parent", "--via", "sms", "-s", "T", "-m", text, "--json",
                              "--dry-run", expect=expect)

        settings = (self.folder / "crier.toml").read_text()
        typographic = "Don’t forget: " + "a" * 70
        self.assertEqual(14, send("automatic", typographic).json["segments"])
        self.assertEqual(7, send("transliterate", typographic).json["segments"])
        self.assert_error_document(send("refuse", typographic, expect=5), 5, "not-gsm7")
        self.assert_error_document(send("automatic", "a" * 307, expect=5), 5, "limit")

    def test_released_with_words_of_then(self):
        """A5, M2: what is held overnight is merged again: a corrected name is the one that is written"""
        self.crier("send", "form:7A", "--to", "parent", "--template", "trip", clock="2026-11-25T21:00:00Z")
        self.roster.find("users", "p-1")["givenName"] = "Corrected"
        self.roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set", expect=None, clock="2026-11-26T02:00:00Z")
        self.crier("daemon", "--once", clock="2026-11-26T08:05:00Z")
        self.assertEqual("Trip: Corrected Family1", self.mails()["g1@example.org"]["Subject"])


class Attachments(TemplateCase):
    def attach(self, *files, expect=0):
        options = [word for file in files for word in ("--attach", file)]
        return self.crier("send", "form:7A", "--to", "parent", "-s", "Trip", "-m", "See the file.", "--json", *options,
                          expect=expect)

    def test_goes_with_each_mail(self):
        """M2: an attachment goes with each e-mail, its name as it is"""
        self.write("Brief für alle.pdf", b"%PDF-1.4 hello")
        self.attach("Brief für alle.pdf")
        self.crier("daemon", "--once")
        for mail in self.mails().values():
            files = [(part.get_filename(), part.get_content_type(), part.get_content())
                     for part in mail.iter_attachments()]
            self.assertEqual([("Brief für alle.pdf", "application/pdf", b"%PDF-1.4 hello")], files)
        self.assertEqual(7, len(self.mails()))

    def test_bad_files(self):
        """M2: what is missing, empty, too large, no file, of a bad kind or a link out of reach is refused"""
        self.write("empty.pdf", b"")
        self.write("virus.exe", b"MZ")
        self.write("wrong.pdf", b"PK\x03\x04")
        self.write("large.txt", b"x" * (10 * 1024 * 1024 + 1))
        self.write("elsewhere/secret.txt", b"secret")
        (self.folder / "link.txt").symlink_to("elsewhere/secret.txt")
        (self.folder / "folder.pdf").mkdir()
        for file, exit in (("gone.pdf", 3), ("empty.pdf", 3), ("virus.exe", 3), ("wrong.pdf", 3), ("link.txt", 3),
                           ("folder.pdf", 3), ("/dev/zero", 3), ("large.txt", 5)):
            with self.subTest(file):
                self.assert_error_document(self.attach(file, expect=exit), exit)
        self.write("small.txt", b"x")
        self.assert_error_document(self.attach(*["small.txt"] * 11, expect=5), 5, "limit")
        self.assertEqual([], self.crier("status", "--json").json["jobs"])


class Looking(TemplateCase):
    def test_list_and_preview(self):
        """M2: list, and preview as each channel carries it"""
        self.assertEqual([["trip", "en", "en, pl"]],
                         [[one["name"], one["fallback"], one["languages"]]
                          for one in self.crier("template", "list", "--json").json["templates"]])
        samples = self.crier("template", "preview", "trip", "--for", "G1", "--via", "email,sms", "--json").json["samples"]
        self.assertEqual(["email", "sms"], [one["type"] for one in samples])
        self.assertEqual("Trip: Pupil1 Family1, Pupil2 Family2 and Pupil3 Family3", samples[0]["subject"])
        self.assert_two_lines(self.crier("template", "preview", "trap", "--for", "G1", expect=4))
        self.assert_two_lines(self.crier("template", "preview", "trip", "--for", "NOBODY", expect=4))

    def test_check(self):
        """M2: check finds unknown fields, broken files and missing translations; exit 1"""
        good = self.crier("template", "check", "--json").json["templates"]
        self.assertEqual(["ok", "warning"], sorted(one["level"] for one in good))
        self.write("templates/bad.toml", '[en]\nsubject = "x"\nbody = "line\\n{{nam}}"\n')
        self.write("templates/long.toml", f'[en]\nsubject = "{"x" * 101}"\nbody = "x"\n')
        self.write("templates/broken.toml", '[en]\nsubjekt = "x"\n')
        found = {one["template"]: one for one in self.crier("template", "check", "--json", expect=1).json["templates"]
                 if one["level"] == "error"}
        self.assertIn("line 2: there is no field 'nam'; did you mean 'name'?", found["bad"]["message"])
        self.assertIn("101 characters", found["long"]["message"])
        self.assertIn("subjekt", found["broken"]["message"])
        self.assert_two_lines(self.crier("send", "form:7A", "--template", "broken", expect=2))


if __name__ == "__main__":
    crier_case.main()
