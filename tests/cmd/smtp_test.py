"""E-mail over SMTP, the server's faults, and what staff see of them: nothing is lost, nobody fails for our fault."""

import signal
import threading
import time

import crier_case
import oneroster
import smtp_sink
from crier_case import CrierCase
from smtp_sink import DROP, Sink

PASSWORD = "correct horse battery"


class SmtpCase(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.plain_settings = (self.folder / "crier.toml").read_text()
        oneroster.school().write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def sink(self, security="none", more="", **options):
        sink = Sink(**options)
        self.addCleanup(sink.close)
        self.use(sink.settings(security, more))
        return sink

    def use(self, settings):
        (self.folder / "crier.toml").write_text(self.plain_settings + settings)

    def send(self, expression="form:7A", expect=0):
        return self.crier("send", expression, "--to", "parent", "-s", "Grüße", "-m", "Body ü", "--wait", expect=expect)

    def once(self, clock, expect=0):
        return self.crier("daemon", "--once", "--json", clock=clock, expect=expect)

    def job(self):
        job = self.crier("status", "--json").json["jobs"][0]
        parts = ("not_started", "processing", "complete", "failed", "held", "in_doubt", "cancelled")
        self.assertEqual(job["messages"], sum(job[part] for part in parts), job)
        return job

    def errors(self, job=1):
        return self.crier("status", job, "--errors", "--json").json["errors"]

    def nobody_failed(self):
        job = self.job()
        self.assertEqual(0, job["failed"], job)
        self.assertEqual(job["messages"], job["complete"] + job["processing"] + job["not_started"] + job["in_doubt"])


class Delivery(SmtpCase):
    def test_plain(self):
        """D2: every guardian gets one mail with one recipient, over few connections"""
        sink = self.sink()
        self.send()
        self.assertEqual(7, self.job()["complete"])
        self.assertEqual(7, len(sink.mails))
        self.assertEqual(7, len({mail.id for mail in sink.mails}))
        self.assertLessEqual(sink.connections, 4)
        for mail in sink.mails:
            self.assertEqual(1, len(mail.recipients))
            self.assertEqual(mail.recipients[0], mail.message["To"].addresses[0].addr_spec)
            self.assertEqual("Grüße", mail.message["Subject"])
            self.assertIn("Body ü", mail.message.get_body(("plain",)).get_content())

    def test_starttls_and_auth(self):
        """D2: STARTTLS with a verified certificate, AUTH PLAIN and LOGIN"""
        certificate = smtp_sink.make_certificate(self.folder)
        self.write("secret", PASSWORD + "\n")
        for mechanism in ("PLAIN", "LOGIN"):
            with self.subTest(mechanism):
                sink = self.sink("starttls", f'user = "office"\npassword_file = "secret"\nca_file = "{certificate[0]}"\n',
                                 certificate=certificate, tls="starttls", users={"office": PASSWORD}, mechanisms=mechanism)
                self.send()
                self.assertEqual(7, len(sink.mails))
                self.assertTrue(all(mail.tls and mail.user == "office" for mail in sink.mails))

    def test_tls(self):
        """D2: TLS from the start; the password from the environment"""
        certificate = smtp_sink.make_certificate(self.folder)
        sink = self.sink("tls", f'user = "office"\npassword_env = "OFFICE_PW"\nca_file = "{certificate[0]}"\n',
                         certificate=certificate, tls="tls", users={"office": PASSWORD})
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B", "--wait", env={"OFFICE_PW": PASSWORD})
        self.assertEqual(7, len(sink.mails))


class RecipientFaults(SmtpCase):
    def test_no_such_user(self):
        """D4: 550 5.1.1 fails that one at once, the others go; status --errors shows the server's very words"""
        sink = self.sink(faults={"rcpt": lambda address: "550 5.1.1 no such user here" if address == "g4@example.org" else None})
        self.send(expect=1)
        self.assertEqual((6, 1), (self.job()["complete"], self.job()["failed"]))
        self.assertEqual(6, len(sink.mails))
        group = self.errors()[0]
        self.assertEqual(("permanent", 1), (group["class"], group["count"]))
        one = group["recipients"][0]
        self.assertEqual(("G4", "g4@example.org", 1), (one["code"], one["address"], one["attempts"]))
        self.assertEqual("550 5.1.1 no such user here", one["response"])
        context = one["context"]
        self.assertEqual(("127.0.0.1", sink.port, "none", "g4@example.org"),
                         (context["host"], context["port"], context["tls"], context["to"]))
        self.assertIn("@", context["from"])
        self.once("2026-11-26T10:00:00Z")
        self.assertEqual(6, len(sink.mails), "what has failed is not tried again by itself")

    def test_rerun_after_correction(self):
        """D7: after the address was corrected, rerun sends to that one alone"""
        sink = self.sink(faults={"rcpt": lambda address: "550 5.1.1 no" if address == "g4@example.org" else None})
        self.send(expect=1)
        roster = oneroster.school()
        roster.find("users", "g-4")["email"] = "g4.new@example.org"
        roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set")
        answer = self.crier("rerun", "1", "--json").json
        self.assertEqual((1, 1), (answer["requeued"], answer["corrected_addresses"]))
        self.once(crier_case.MORNING)
        self.assertEqual(["g4.new@example.org"], sink.mails[-1].recipients)
        self.assertEqual(7, len(sink.mails))
        self.assertEqual(7, self.job()["complete"])

    def test_try_later(self):
        """D4: 451 waits and is tried again, under the same Message-ID; the waiting count as processing"""
        refused = set()

        def first_time(mail):
            if mail.recipients[0] in refused:
                return None
            refused.add(mail.recipients[0])
            return "451 4.3.0 try later"

        sink = self.sink(faults={"dot": first_time})
        self.send(expect=1)
        self.assertEqual((7, 0), (self.job()["processing"], self.job()["failed"]))
        self.once("2026-11-25T10:05:00Z")
        self.assertEqual(7, self.job()["complete"])
        self.assertEqual(14, len(sink.tries))
        by_recipient = {}
        for mail in sink.tries:
            by_recipient.setdefault(mail.recipients[0], set()).add(mail.id)
        self.assertTrue(all(len(ids) == 1 for ids in by_recipient.values()), by_recipient)

    def test_once_is_one_try(self):
        """T7: `daemon --once` gives each delivery one try, however short the wait and however slow the server"""
        sink = self.sink(faults={"dot": "451 4.3.0 try later"}, delay=0.8, more="connections = 1\n")
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        self.assertEqual(7, self.once(crier_case.MORNING, expect=1).json["deferred"])
        self.assertEqual(7, len(sink.tries))

    def test_interrupted_wait(self):
        """T7: Ctrl-C ends send --wait soon: what is under way is finished, the rest stays queued and is not lost"""
        sink = self.sink(delay=0.6, more="connections = 1\n")
        process = self.popen("send", "all", "--to", "parent", "-s", "S", "-m", "B", "--wait")
        end = time.monotonic() + 20
        while not sink.tries and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=20)[1].decode()
        self.assertEqual(1, process.returncode)
        self.assertIn("were not begun", err)
        job = self.job()
        self.assertEqual((0, 0), (job["processing"], job["failed"]))
        sink.delay = 0.0
        self.once(crier_case.MORNING)
        self.assertEqual(18, len(sink.mails))

    def test_gives_up_at_the_deadline(self):
        """D4: a passing fault fails when the deadline is over, with its cause and the number of tries"""
        self.sink(faults={"rcpt": "451 4.2.0 greylisted"})
        self.send(expect=1)
        self.once("2026-11-25T10:30:00Z", expect=1)
        self.assertEqual(7, self.job()["processing"])
        self.once("2026-11-25T11:30:00Z", expect=1)
        self.assertEqual(7, self.job()["failed"])
        self.assertEqual("transient", self.errors()[0]["class"])
        self.assertEqual(3, self.errors()[0]["recipients"][0]["attempts"])

    def test_dropped_after_the_dot(self):
        """D5: a connection lost after the dot is in doubt and goes again under the same Message-ID"""
        once = threading.Lock()
        sink = self.sink(faults={"accepted": lambda mail: DROP if once.acquire(blocking=False) else None})
        self.send(expect=1)
        self.once("2026-11-25T10:05:00Z")
        self.assertEqual(7, self.job()["complete"])
        self.assertEqual(8, len(sink.mails))
        self.assertEqual(7, len({mail.id for mail in sink.mails}))

    def test_final_replies_lost(self):
        """D5: of 108 messages half lose the server's final word: each goes once more, under the same Message-ID"""
        lost, odd = set(), [False]

        def accepted(mail):
            odd[0] = not odd[0]
            if odd[0] or mail.id in lost:
                return None
            lost.add(mail.id)
            return DROP

        sink = self.sink(faults={"accepted": accepted})
        for round in range(6):
            self.crier("send", "all", "--to", "parent", "-s", f"S{round}", "-m", "B")
        for minute in range(0, 50, 10):
            self.once(f"2026-11-25T10:{minute:02}:00Z", expect=None)
        jobs = self.crier("status", "--json").json["jobs"]
        self.assertEqual([(18, 18)] * 6, [(job["messages"], job["complete"]) for job in jobs])
        ids = [mail.id for mail in sink.mails]
        self.assertEqual(108, len(set(ids)))
        self.assertGreater(len(lost), 30)
        for one in set(ids):
            self.assertEqual(2 if one in lost else 1, ids.count(one), one)

    def test_told_only_what_arrived(self):
        """T4: work whose notice failed stays due and is told by the next run"""
        self.write("schedules/m.toml", 'name = "m"\nkind = "missing-assignments"\nenabled = true\n'
                   'start = 2026-09-04T16:00:00\nfrequency = "weekly"\nfor = "all"\nto = "parent"\nvia = ["email"]\n'
                   'begin_due = "-14d"\nend_due = "-1d"\n')
        sink = self.sink(faults={"rcpt": "550 5.1.1 no such user"})
        self.crier("schedule", "run", "m")
        self.once(crier_case.MORNING, expect=1)
        sink.faults.clear()
        self.assertEqual([1], [job["messages"] for job in self.crier("schedule", "run", "m", "--json").json["jobs"]])
        self.once(crier_case.MORNING)
        self.assertEqual(1, len(sink.mails))
        self.assertIsNone(self.crier("schedule", "run", "m", "--json").json["message"])


class OurFaults(SmtpCase):
    def stopped(self, cause_in_status, later="2026-11-25T12:00:00Z"):
        """Nobody failed, staff are told why; once mended, all of it goes."""
        result = self.send(expect=None)
        self.assertIn(result.code, (1, 7), str(result))
        self.nobody_failed()
        told = self.crier("status").err + self.crier("status", "1", "--errors").out
        self.assertIn(cause_in_status, result.err + told)
        self.assertNotIn(PASSWORD, result.err + told)
        good = Sink()
        self.addCleanup(good.close)
        self.use(good.settings())
        self.once(later)
        self.assertEqual(7, self.job()["complete"])
        self.assertEqual(7, len(good.mails))

    def test_unresolvable(self):
        """D4: a host that does not resolve"""
        self.use('[channel.email]\nkind = "smtp"\nhost = "mail.crier.invalid"\nsecurity = "none"\ntimeout = "5s"\n')
        self.stopped("mail.crier.invalid")

    def test_refused_port(self):
        """D4: a port where nobody listens"""
        port = smtp_sink.closed_port()
        self.use(f'[channel.email]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n')
        self.stopped("127.0.0.1")

    def test_hangs(self):
        """D4: a server that takes the connection and says nothing"""
        self.sink(more='timeout = "1s"\n', faults={"greeting": "hang"})
        self.stopped("127.0.0.1")

    def test_nonsense(self):
        """D4: a server that speaks something else"""
        self.sink(more='timeout = "1s"\n', faults={"greeting": "SSH-2.0-OpenSSH_9.2", "ehlo": "hang"})
        self.stopped("127.0.0.1")

    def test_nonsense_replies(self):
        """D4: a server that answers a command with nonsense"""
        self.sink(more='timeout = "1s"\n', faults={"mail": "\x00\x01\x02 banana"})
        self.stopped("127.0.0.1")

    def test_replies_that_are_none(self):
        """D4, S2: what is no reply, never ends, comes in the wrong number or holds NUL: told with its cause and context"""
        cases = {
            "not SMTP": ({"greeting": "SSH-2.0-OpenSSH_9.2"}, "nonsense", "SSH-2.0-OpenSSH_9.2"),
            "NUL": ({"mail": "250 o\0k"}, "nonsense", "a NUL in a reply"),
            "never ends": ({"mail": "\r\n".join(["250-and on"] * 300)}, "nonsense", "more than 200 lines"),
            "a line of a megabyte": ({"mail": "250 " + "x" * (1 << 20)}, "nonsense", "a line of more than 4096 bytes"),
            "too many": ({"data": "354 go on\r\n250 2.0.0 queued before it came"}, "nonsense", "more replies than commands"),
            "too few": ({"mail": "", "rcpt": ""}, "nonsense", "not an SMTP reply"),
            "two codes": ({"rcpt": "250-yes\r\n550 no"}, "nonsense", "begins with 250 and goes on with 550"),
            "silence": ({"data": "hang"}, "timeout", "no answer in time"),
            "hangs up": ({"rcpt": DROP}, "connection-lost", "the connection was lost"),
        }
        for job, (name, (faults, cause, words)) in enumerate(cases.items(), 1):
            with self.subTest(name):
                sink = self.sink(more='timeout = "1s"\nconnections = 1\n', faults=faults)
                self.send("pupil:P4", expect=1)
                self.nobody_failed()
                group = self.errors(job)[0]
                self.assertEqual((cause, "transient"), (group["cause"], group["class"]))
                one = group["recipients"][0]
                self.assertIn(words, one["response"])
                self.assertLessEqual(len(one["response"]), 1000)
                self.assertEqual((one["address"], "127.0.0.1", sink.port, "none"),
                                 (one["context"]["to"], one["context"]["host"], one["context"]["port"], one["context"]["tls"]))
                self.assertIn("@", one["context"]["from"])
                self.assertIn(words[:40], self.crier("status", job, "--errors").out)
                self.crier("cancel", job)

    def test_next_server(self):
        """D2: where the first mail server is down the next one takes all; where all are, nobody fails and it is told"""
        good = Sink()
        self.addCleanup(good.close)
        dead = smtp_sink.closed_port()
        self.use(f'[channel.email]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {dead}\nsecurity = "none"\n'
                 f'relays = [{{ host = "127.0.0.1", port = {good.port} }}]\n')
        result = self.send()
        self.assertIn(f"127.0.0.1:{dead} cannot be used: connection-refused", result.err)
        self.assertEqual(7, len(good.mails))
        self.use(f'[channel.email]\nkind = "smtp"\nhost = ["127.0.0.1", "127.0.0.2"]\nport = {dead}\nsecurity = "none"\n')
        self.send(expect=1)
        self.nobody_failed()
        self.assertEqual("connection-refused", self.errors(2)[0]["cause"])

    def test_relaying_denied(self):
        """C8: 550 5.7.1 is about us: the channel stops and nobody's address is blamed"""
        self.sink(faults={"rcpt": "550 5.7.1 relaying denied"})
        self.stopped("relaying denied")

    def test_wrong_password(self):
        """D4: refused sign-in stops the channel; the password is shown nowhere"""
        certificate = smtp_sink.make_certificate(self.folder)
        self.write("secret", PASSWORD)
        self.sink("starttls", f'user = "office"\npassword_file = "secret"\nca_file = "{certificate[0]}"\n',
                  certificate=certificate, tls="starttls", users={"office": "another"})
        self.stopped("authentication")

    def test_unknown_certificate(self):
        """D4: a certificate that nobody vouches for: nothing is sent, the password least of all"""
        certificate = smtp_sink.make_certificate(self.folder)
        self.write("secret", PASSWORD)
        sink = self.sink("starttls", 'user = "office"\npassword_file = "secret"\n', certificate=certificate,
                         tls="starttls", users={"office": PASSWORD})
        self.stopped("certificate")
        self.assertEqual([], sink.tries)

    def test_certificate_of_another_host(self):
        """D4: a certificate made out to another host"""
        certificate = smtp_sink.make_certificate(self.folder, "elsewhere.example")
        sink = self.sink("tls", f'ca_file = "{certificate[0]}"\n', certificate=certificate, tls="tls")
        self.stopped("certificate")
        self.assertEqual([], sink.tries)

    def test_certificates_are_told(self):
        """S2: a certificate that is expired, self-made or another host's is told with cause and context, secrets never"""
        good = smtp_sink.make_certificate(self.folder)
        other = smtp_sink.make_certificate(self.folder, "elsewhere.example")
        expired = smtp_sink.make_expired_certificate(self.folder)
        self.write("secret", PASSWORD)
        cases = {"expired": (expired, expired[0], "certificate has expired"),
                 "self-made": (other, good[0], "self-signed certificate"),
                 "another host's": (other, other[0], "it is not made out to '127.0.0.1'")}
        for job, (name, (certificate, authority, words)) in enumerate(cases.items(), 1):
            with self.subTest(name):
                sink = self.sink("starttls", f'user = "office"\npassword_file = "secret"\nca_file = "{authority}"\n',
                                 certificate=certificate, tls="starttls", users={"office": PASSWORD})
                # An hour later each: a stopped channel is tried again after a while.
                self.crier("send", "pupil:P4", "--to", "parent", "-s", "S", "-m", "B", "--wait", expect=1,
                           clock=f"2026-11-25T1{job}:00:00Z")
                self.nobody_failed()
                group = self.errors(job)[0]
                self.assertEqual(("tls-certificate", "configuration"), (group["cause"], group["class"]))
                one = group["recipients"][0]
                self.assertIn(words, one["response"])
                self.assertEqual(("127.0.0.1", sink.port), (one["context"]["host"], one["context"]["port"]))
                status = self.crier("status")
                self.assertIn("email is stopped", status.err)
                told = status.out + status.err + self.crier("status", job, "--errors").out + str(group)
                self.assertNotIn(PASSWORD, told)
                self.assertEqual([], sink.tries)
                self.crier("cancel", job)

    def test_no_starttls(self):
        """D4: a server without STARTTLS, where the settings ask for it, gets nothing in the clear"""
        sink = self.sink("starttls")
        self.stopped("STARTTLS")
        self.assertEqual([], sink.tries)

    def test_password_file_missing(self):
        """D4: a password that cannot be read is told, and status still works"""
        certificate = smtp_sink.make_certificate(self.folder)
        self.sink("starttls", 'user = "office"\npassword_file = "nowhere"\n', certificate=certificate, tls="starttls",
                  users={"office": PASSWORD})
        self.crier("status")
        result = self.send(expect=None)
        self.assertIn(result.code, (1, 2, 7), str(result))
        self.assertIn("nowhere", result.err + self.crier("status").err + self.crier("status", "1", "--errors").out)
        self.nobody_failed()


if __name__ == "__main__":
    crier_case.main()
