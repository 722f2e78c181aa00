"""`crier doctor`: each broken set-up is found, with what to do; a good one is not complained of."""

import crier_case
import oneroster
import smtp_sink
from crier_case import CrierCase
from smtp_sink import Sink

GOOD = """
[sending]
public_url = "https://messages.school.example"
[district]
error_reports_to = "it@school.example"
portal_url = "https://portal.school.example"
sender = { email = "office@school.example" }
[import.oneroster]
kind = "oneroster"
columns = { court_order = "metadata.courtOrder" }
"""


class Doctor(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.settings(GOOD)
        roster = oneroster.school(more_user_columns=("metadata.courtOrder",))
        roster.find("users", "g-4")["metadata.courtOrder"] = "true"
        roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set")
        # Whoever may not hear is no contactable prime parent, and the school knows.
        self.crier("issues", "resolve", "1")
        self.crier("calendar", "add", "2026-12-21", "2027-01-03", "--reason", "Christmas")

    def findings(self, *options, expect=0, **more):
        found = self.crier("doctor", "--json", *options, expect=expect, **more).json["findings"]
        for one in found:
            self.assert_keys(["check", "level", "message", "remedy"], one)
            self.assertIn(one["level"], ("ok", "warning", "error"))
            self.assertEqual(one["level"] == "ok", one["remedy"] is None, one)
        return found

    def complaints(self, *options, **more):
        found = {one["check"]: one for one in self.findings(*options, **more) if one["level"] != "ok"}
        # The tests' own clock, and nobody works the store: both are meant so here.
        return {check: one for check, one in found.items() if check not in ("clock", "daemon")}

    def test_nothing_is_wrong(self):
        """S6: a good set-up has no complaints, exit 0; a terminal shows only what is not good"""
        self.assertEqual({}, self.complaints())
        self.assertNotIn("portal", self.crier("doctor").out)
        self.assertIn("portal", self.crier("doctor", "--all").out)

    def test_broken_set_ups(self):
        """S6: each of these is found, at its level"""
        settings = (self.folder / "crier.toml").read_text()

        def without(text):
            return lambda: (self.folder / "crier.toml").write_text(settings.replace(text, ""))

        def write(name, text):
            return lambda: self.write(name, text)

        for what, spoil, check, level, clock in (
            ("no address for reports", without('error_reports_to = "it@school.example"\n'), "error-reports", "warning", None),
            ("no pages", without('public_url = "https://messages.school.example"\n'), "public-url", "warning", None),
            ("no sender", without('sender = { email = "office@school.example" }\n'), "sender", "warning", None),
            ("no portal", without('portal_url = "https://portal.school.example"\n'), "portal", "warning", None),
            ("a sandbox", lambda: (self.folder / "crier.toml").write_text(
                settings.replace("[sending]\n", '[sending]\nsandbox = ["*@x.example"]\n')), "sandbox", "warning", None),
            ("old data", lambda: None, "import", "warning", "2026-11-28T10:00:00Z"),
            ("no holidays ahead", lambda: None, "holidays", "warning", "2027-02-01T10:00:00Z"),
            ("a broken schedule", write("schedules/bad.toml", 'name = "bad"\nkind = "nonsense"\n'), "schedule", "error", None),
            ("a broken template", write("templates/bad.toml", 'fallback = "en"\n'), "template", "error", None),
        ):
            with self.subTest(what):
                spoil()
                found = self.complaints(expect=1 if level == "error" else 0, **({"clock": clock} if clock else {}))
                self.assertEqual(level, found[check]["level"], found)
                (self.folder / "crier.toml").write_text(settings)
                for file in list(self.folder.glob("schedules/*")) + list(self.folder.glob("templates/*")):
                    file.unlink()

    def test_the_queue(self):
        """S6: what has waited too long, and what may have been delivered"""
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        self.assertEqual({}, self.complaints())
        self.assertIn("queue", self.complaints(clock="2026-11-25T11:00:00Z"))

    def test_no_court_orders(self):
        """S6, I1: a source whose relationships have no court order is told of"""
        oneroster.school(more_user_columns=("metadata.courtOrder",)).write(self.folder / "set")
        self.crier("import", "oneroster", "set", "--accept-removals")
        self.assertIn("court-orders", self.complaints())

    def test_a_copy(self):
        """S6, D6"""
        self.crier("store", "backup", "copy.db")
        self.assertEqual("error", self.complaints("--store", "copy.db", expect=1)["store-place"]["level"])


class Gateways(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.plain = (self.folder / "crier.toml").read_text()

    def smtp(self, settings, *options, expect):
        (self.folder / "crier.toml").write_text(self.plain + settings)
        found = self.crier("doctor", "--json", *options, expect=expect).json["findings"]
        return [one for one in found if one["check"] == "smtp"]

    def sink(self, **options):
        sink = Sink(**options)
        self.addCleanup(sink.close)
        return sink

    def test_lets_us_in(self):
        """S6: a server that lets us in is good; nothing is sent"""
        sink = self.sink()
        self.assertEqual(["ok"], [one["level"] for one in self.smtp(sink.settings(), expect=0)])
        self.assertEqual([], sink.tries)

    def test_faults(self):
        """S6: nobody there, an unknown certificate, a wrong password: exit 7, each with its remedy; --offline asks nobody"""
        certificate = smtp_sink.make_certificate(self.folder)
        self.write("secret", "correct horse battery")
        signed_in = f'user = "office"\npassword_file = "secret"\nca_file = "{certificate[0]}"\n'
        wrong = self.sink(certificate=certificate, tls="starttls", users={"office": "another"})
        unknown = self.sink(certificate=certificate, tls="tls")
        gone = f'[channel.email]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {smtp_sink.closed_port()}\nsecurity = "none"\n'
        for settings, word in ((wrong.settings("starttls", signed_in), "authentication"),
                               (unknown.settings("tls"), "tls-certificate"), (gone, "connection-refused")):
            with self.subTest(word):
                (one,) = self.smtp(settings, expect=7)
                self.assertEqual("error", one["level"])
                self.assertIn(word, one["message"])
                self.assertTrue(one["remedy"])
                self.assertNotIn("correct horse", str(one))
        self.assertEqual([], self.smtp(gone, "--offline", expect=0))


if __name__ == "__main__":
    crier_case.main()
