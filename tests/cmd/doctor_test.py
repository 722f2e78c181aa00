"""`crier doctor`: each broken set-up is found, with what to do; a good one is not complained of."""

import contextlib
import json
import socket
import sqlite3
import subprocess
import time

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
[channel.email]
kind = "outbox"
path = "outbox/email"
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
        found = self.crier("doctor", "--offline", "--json", *options, expect=expect, **more).json["findings"]
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
        good = {one["check"] for one in self.findings()}
        self.assertLessEqual({"settings", "public-url", "error-reports", "email", "schools", "time-zone", "sender", "portal",
                              "store-structure", "store-schema", "store-counts", "store-audit", "store-rights", "disk",
                              "queue", "import", "court-orders", "data-issues", "retention"}, good)
        self.assertNotIn("portal", self.crier("doctor", "--offline").out)
        self.assertIn("portal", self.crier("doctor", "--offline", "--all").out)

    def replaced(self, old, new):
        settings = (self.folder / "crier.toml").read_text()
        self.assertIn(old, settings)
        (self.folder / "crier.toml").write_text(new.join(settings.rsplit(old, 1)))

    def test_broken_set_ups(self):
        """S6: each of these is found, at its level, with a word of what was seen and of what to do, and nothing else is"""
        smtp = '[channel.email]\nkind = "smtp"\nhost = "127.0.0.1"\n'
        away = smtp.replace("127.0.0.1", "mail.school.example")
        outbox = '[channel.email]\nkind = "outbox"\npath = "outbox/email"\n'

        def change(old, new=""):
            return lambda: self.replaced(old, new)

        def write(name, text, mode=0o600):
            return lambda: self.write(name, text).chmod(mode)

        def all_of(*acts):
            return lambda: [act() for act in acts]

        def signed_in(secret):
            return change(outbox, smtp + f'user = "office"\npassword_file = "{secret}"\n')

        def open_to_all(name):
            def act():
                self.folder.chmod(0o755)
                (self.folder / name).chmod(0o644)
            return act

        def spoil(sql):
            def act():
                with contextlib.closing(sqlite3.connect(self.folder / "crier.db")) as db, db:
                    db.execute(sql)
            return act

        later = {"clock": "2026-11-28T11:00:00Z"}
        schedule = 'name = "{0}"\nkind = "message"\nstart = 2026-09-01\nsubject = "S"\nbody = "B"\n{1}'
        for what, break_it, check, level, seen, remedy, more in (
            ("settings that cannot be read", change("[sending]", "[sending"), "settings", "error", "crier.toml:", "", {}),
            ("an unknown key", change("public_url", "public_urll"), "settings", "error", "public_urll", "", {}),
            ("an unknown time zone", change('\ntimezone = "Europe/London"', '\ntimezone = "Europe/Lundon"'),
             "settings", "error", "Europe/Lundon", "", {}),
            ("no address for reports", change('error_reports_to = "it@school.example"\n'),
             "error-reports", "warning", "nobody is told", "error_reports_to", {}),
            ("no pages", change('public_url = "https://messages.school.example"\n'),
             "public-url", "warning", "opting out", "public_url", {}),
            ("pages that are not encrypted", change("https://messages", "http://messages"),
             "public-url", "warning", "not encrypted", "https", {}),
            ("no sender", change('sender = { email = "office@school.example" }\n'),
             "sender", "warning", "no-reply@", "sender", {}),
            ("no portal", change('portal_url = "https://portal.school.example"\n'),
             "portal", "warning", "CAM", "portal_url", {}),
            ("a sandbox", change("[sending]\n", '[sending]\nsandbox = ["*@x.example"]\n'),
             "sandbox", "warning", "only some addresses", "[sending]", {}),
            ("no mail server", change(outbox), "email", "warning", "reach nobody", "[channel.email]", {}),
            ("mails in the clear", change(outbox, away + 'security = "none"\n'),
             "tls", "warning", "readable by whoever listens", "starttls", {}),
            ("authorities that are not there", change(outbox, away + 'ca_file = "nowhere.pem"\n'),
             "tls", "error", "nowhere.pem", "ca_file", {}),
            ("no password", signed_in("nowhere"), "credentials", "error", "nowhere", "password", {}),
            ("an empty password", all_of(write("secret", "\n"), signed_in("secret")),
             "credentials", "error", "empty", "password", {}),
            ("a password that all can read", all_of(write("secret", "x"), signed_in("secret"), open_to_all("secret")),
             "credentials", "warning", "anybody", "chmod 600", {}),
            ("no token", change(outbox, smtp + 'user = "office"\ntoken_file = "token"\n'),
             "credentials", "error", "token", "renews", {}),
            ("a store that all can read", open_to_all("crier.db"), "store-rights", "warning", "anybody", "chmod 640", {}),
            ("no store", lambda: (self.folder / "crier.db").rename(self.folder / "away.db"),
             "store", "error", "crier.db", "crier init", {}),
            ("no crier store", all_of(lambda: [one.unlink() for one in self.folder.glob("crier.db*")],
                                      write("crier.db", "what is this?" * 99)), "store", "error", "crier.db", "", {}),
            ("a newer store", spoil("PRAGMA user_version = 999"), "store", "error", "999", "newer program", {}),
            ("counts that do not add up", all_of(
                lambda: self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B"),
                spoil("UPDATE job SET complete = complete + 1")), "store-counts", "error", "job 1", "report", {}),
            ("an audit log that was changed", spoil("UPDATE audit SET detail = 'x' WHERE id = 1"),
             "store-audit", "error", "", "backup", {}),
            ("a school without a time zone", spoil("INSERT INTO school (code, code_folded, name, created) VALUES ('NEW', 'new', 'New', 0)"),
             "time-zone", "error", "NEW", "timezone", {}),
            ("old data", lambda: None, "import", "warning", "3 days old", "cron", later),
            ("a source that was never imported", change("[import.oneroster]", '[import.clubs]\nkind = "oneroster"\n'
                                                        'path = "clubs"\n[import.oneroster]'),
             "import", "warning", "'clubs'", "crier import --now clubs", {}),
            ("no relations", spoil("UPDATE relationship SET relation = ''"), "relations", "warning", "--to parent", "column", {}),
            ("no priorities", spoil("UPDATE relationship SET priority = 0"), "priorities", "warning", "prime", "column", {}),
            ("no court orders", spoil("UPDATE relationship SET court_order = 0"),
             "court-orders", "warning", "none of the", "column", {}),
            ("no holidays ahead", lambda: None, "holidays", "warning", "CAM", "calendar add",
             {"clock": "2027-02-01T10:00:00Z", "also": {"import"}}),
            ("a broken schedule", write("schedules/bad.toml", 'name = "bad"\nkind = "nonsense"\n'),
             "schedule", "error", "nonsense", "", {}),
            ("a schedule for nobody", write("schedules/bad.toml", schedule.format("bad", 'for = "form:"\n')),
             "schedule", "error", "form:", "", {}),
            ("a schedule whose last run failed", all_of(
                write("schedules/last.toml", schedule.format("last", "")),
                spoil("INSERT INTO occurrence (schedule, local_time, zone, at, ran, outcome, missed) VALUES "
                      "('last', '2026-11-24T00:00:00', 'Europe/London', 1795478400000, 1795478400000, 'failed', 0)")),
             "schedule-run", "warning", "'last'", "crier schedule show last", {}),
            ("a broken template", write("templates/bad.toml", 'fallback = "en"\n'), "template", "error", "", "", {}),
            ("messages that wait", lambda: self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B"),
             "queue", "warning", "the oldest for", "daemon", {"clock": "2026-11-25T11:00:00Z"}),
            ("messages that wait for days", lambda: self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B"),
             "queue", "error", "2 days", "daemon", {"clock": "2026-11-27T11:00:00Z", "also": {"import"}}),
            ("a message that nobody approves", all_of(
                change("[sending]", '[approval]\nperiodic = "required"\n[sending]'),
                lambda: self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B", "--category", "periodic")),
             "approval", "warning", "for more than a day", "--awaiting",
             {"clock": "2026-11-26T11:00:00Z"}),
            ("nothing is let go", all_of(
                lambda: self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B"),
                lambda: self.crier("daemon", "--once")),
             "retention", "warning", "never", "crier retention run",
             {"clock": "2027-01-05T10:00:00Z", "also": {"import", "holidays"}}),
            ("what may have been delivered", all_of(
                lambda: self.crier("send", "pupil:P1", "-s", "S", "-m", "B"), lambda: self.crier("daemon", "--once"),
                spoil("UPDATE job SET complete = 0, in_doubt = 1"), spoil("UPDATE delivery SET state = 'in-doubt'")),
             "in-doubt", "warning", "may have been delivered", "deliveries decide", {}),
            ("a channel that is stopped", spoil("INSERT INTO channel_stop (channel, cause, text, since, retry_at) VALUES "
                                                "('email', 'authentication', 'wrong', 1795590000000, 1795690000000)"),
             "channel-email", "error", "authentication", "password_file", {}),
            ("a limit that is reached", spoil("INSERT INTO channel_limit (channel, cause, until) VALUES "
                                              "('email', 'per_day', 1795690000000)"),
             "channel-email", "warning", "per_day", "limit", {}),
        ):
            with self.subTest(what):
                more = dict(more)
                also = more.pop("also", set())
                self.setUp()  # a copy of a store is none: each begins anew
                break_it()
                found = self.complaints(expect=1 if level == "error" else 0, **more)
                self.assertEqual({check} | also, set(found), found)
                self.assertEqual(level, found[check]["level"], found)
                self.assertIn(seen, found[check]["message"])
                self.assertIn(remedy, found[check]["remedy"])

    def test_a_full_disk(self):
        """S6: little room beside the store is a warning, hardly any an error"""
        for size, level, code in (("100m", "warning", 0), ("20m", "error", 1)):
            with self.subTest(size):
                script = (f"mkdir -p small && mount -t tmpfs -o size={size} tmpfs small || exit 99; cp crier.toml crier.db small/ && "
                          f"{crier_case.BINARY} --config small/crier.toml doctor --offline --json")
                done = subprocess.run(["unshare", "-rm", "sh", "-c", script], cwd=self.folder, capture_output=True, check=False,
                                      env=self.environment(crier_case.MORNING))
                if done.returncode not in (0, 1):
                    self.skipTest("a file system of one's own cannot be had here")
                (disk,) = [one for one in json.loads(done.stdout)["findings"] if one["check"] == "disk"]
                self.assertEqual(level, disk["level"])
                self.assertIn("room", disk["remedy"])

    def test_a_copy(self):
        """S6, D6: a copy is told of, and what it needs"""
        self.crier("store", "backup", "copy.db")
        self.assertEqual("error", self.complaints("--store", "copy.db", expect=1)["store-place"]["level"])

    def test_beside_a_daemon(self):
        """S6: beside a daemon that works doctor disturbs nobody and names the daemon; its counts always add up"""
        daemon = self.popen("daemon")
        deadline = time.monotonic() + 20
        while not any(one["check"] == "daemon" and one["level"] == "ok" for one in self.findings()):
            self.assertLess(time.monotonic(), deadline)
        for round in range(5):
            self.crier("send", "all", "--to", "self+parent", "-s", f"S{round}", "-m", "B")
            self.assertEqual({}, {check: one for check, one in self.complaints().items() if check != "store-place"})
        while any(job["complete"] != job["messages"] for job in self.crier("status", "--json").json["jobs"]):
            self.assertLess(time.monotonic(), deadline)
        self.assertIsNone(daemon.poll())


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

    def test_several(self):
        """S6: of several mail servers each is asked, and one that is down is told by its name"""
        good, gone = self.sink(), smtp_sink.closed_port()
        found = self.smtp(good.settings(more=f'relays = [{{ host = "127.0.0.1", port = {gone} }}]\n'), expect=7)
        self.assertEqual(["ok", "error"], [one["level"] for one in found])
        self.assertIn(str(gone), found[1]["message"])

    def test_relay(self):
        """S6: a server that lets us in and carries nothing to other domains is found, and no mail is sent"""
        oneroster.school().write(self.folder / "set")
        self.crier("import", "oneroster", "set")
        asked = []

        def recipient(answer):
            return lambda address: asked.append(address) or answer

        for answer, level, code in ((None, "ok", 0), ("554 5.7.1 Relay access denied", "error", 7),
                                    ("450 4.7.1 Greylisted", "warning", 0), ("550 5.1.1 No such user", "ok", 0)):
            with self.subTest(answer):
                sink = self.sink(faults={"rcpt": recipient(answer)})
                self.smtp(sink.settings(), expect=code)
                found = self.crier("doctor", "--json", expect=code).json["findings"]
                (relay,) = [one for one in found if one["check"] == "relay"]
                self.assertEqual(level, relay["level"], relay)
                self.assertEqual([], sink.tries)
        self.assertEqual({"postmaster@pupils.example.org"}, set(asked), "nobody's address is told for a check")

    def test_web_addresses(self):
        """S6: a portal that does not answer is a warning, and whoever answers is good"""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        for port, level in ((listener.getsockname()[1], "ok"), (smtp_sink.closed_port(), "warning")):
            (self.folder / "crier.toml").write_text(self.plain + f'[district]\nportal_url = "http://127.0.0.1:{port}/x"\n')
            found = self.crier("doctor", "--json").json["findings"]
            levels = [one["level"] for one in found if one["check"] == "portal" and "127.0.0.1" in one["message"]]
            self.assertEqual([level], levels)

    def test_what_is_broken_hides_nothing(self):
        """S6: without a store the mail server is asked nevertheless, and without a password it is not"""
        (self.folder / "crier.db").rename(self.folder / "away.db")
        found = self.smtp(self.sink().settings(), expect=1)
        self.assertEqual(["ok"], [one["level"] for one in found])
        sink = self.sink()
        self.assertEqual([], self.smtp(sink.settings(more='user = "u"\npassword_file = "nowhere"\n'), expect=1))
        self.assertEqual(0, sink.connections)


if __name__ == "__main__":
    crier_case.main()
