"""A real Postfix takes what crier sends: STARTTLS with a pinned authority, sign-in, size, reuse, and our own faults."""

import re
import unittest

import crier_case
import postfix
import smtp_sink
from smtp_test import SmtpCase

PASSWORD = "correct horse battery"


@unittest.skipIf(postfix.why_not(), postfix.why_not())
class Postfix(SmtpCase):
    def setUp(self):
        super().setUp()
        self.certificate = smtp_sink.make_certificate(self.folder)

    def server(self, **options):
        server = postfix.Postfix(certificate=self.certificate, **options)
        self.addCleanup(server.close)
        return server

    def sign_in(self, server, more='user = "office"\npassword_file = "secret"\n', ca=None):
        self.use(f'[channel.email]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "starttls"\n'
                 f'ca_file = "{ca or self.certificate[0]}"\nretry = {{ first = "1s", deadline = "1h" }}\n{more}')

    def check_arrived(self, server, count):
        mails = server.mails(count)
        self.assertEqual(count, len(mails), server.log())
        ids = [re.search(rb"(?im)^message-id: *(<[^>]+>)", mail).group(1) for mail in mails]
        self.assertEqual(count, len(set(ids)), "a message arrived twice")
        return mails

    def test_starttls_and_auth(self):
        """D2: all messages arrive once, over TLS and signed in, over few connections that end after five messages"""
        server = self.server(passwords={"office": PASSWORD})
        self.write("secret", PASSWORD + "\n")
        self.sign_in(server, 'user = "office"\npassword_file = "secret"\nconnections = 3\nmessages_per_connection = 5\n')
        for round in range(3):
            self.crier("send", "all", "--to", "parent", "-s", f"Grüße {round}", "-m", "Body ü\n.\n.hidden", "--wait")
        jobs = self.crier("status", "--json").json["jobs"]
        self.assertEqual([18, 18, 18], [job["complete"] for job in jobs])
        for mail in self.check_arrived(server, 54):
            self.assertIn(b"with ESMTPSA", mail)
            self.assertRegex(mail, rb"(?m)^Delivered-To: \S+@example.org$")
        sessions = re.findall(r"disconnect from .* mail=(\d+)", server.log())
        self.assertLessEqual(max(map(int, sessions)), 5, "more messages than one connection may carry")
        self.assertNotIn("auth=0", server.log())
        self.assertNotIn("lost connection after DATA", server.log())

    def test_login(self):
        """D2: a server that knows LOGIN alone"""
        server = self.server(passwords={"office": PASSWORD}, more="smtpd_sasl_mechanism_filter = login\n")
        self.write("secret", PASSWORD)
        self.sign_in(server)
        self.send()
        self.check_arrived(server, 7)
        self.assertIn("sasl_method=LOGIN", server.log())

    def test_token(self):
        """D2: a token from a file by XOAUTH2; a stale one stops the channel, and the renewed one is taken"""
        server = self.server(tokens={"office": "fresh-bearer"})
        self.write("token", "stale-bearer\n")
        self.sign_in(server, 'user = "office"\ntoken_file = "token"\n')
        told = self.send(expect=1)
        told.err += self.crier("status").err + self.crier("status", "1", "--errors").out
        self.assertIn("authentication", told.err)
        self.assertNotIn("stale-bearer", told.err)
        self.nobody_failed()
        self.write("token", "fresh-bearer\n")
        self.once("2026-11-25T12:00:00Z")
        self.assertEqual(7, self.job()["complete"])
        self.check_arrived(server, 7)
        self.assertIn("sasl_method=XOAUTH2", server.log())

    def test_wrong_password(self):
        """D4: a refused password stops the channel: exit 1, staff are told, nobody fails, the password is shown nowhere"""
        server = self.server(passwords={"office": PASSWORD})
        self.write("secret", "wrong horse")
        self.sign_in(server)
        result = self.send(expect=1)
        status = self.crier("status")
        self.assertIn("email is stopped", status.err)
        self.assertIn("authentication", status.err)
        group = self.errors()[0]
        self.assertEqual(("authentication", "configuration"), (group["cause"], group["class"]))
        self.assertIn("535", group["recipients"][0]["response"])
        self.assertRegex(group["recipients"][0]["context"]["tls"], "TLSv1")
        self.assertNotIn("wrong horse", result.err + status.out + status.err + str(group))
        self.nobody_failed()
        self.assertEqual([], server.mails(0))
        self.write("secret", PASSWORD)
        self.once("2026-11-25T12:00:00Z")
        self.assertEqual(7, self.job()["complete"])
        self.check_arrived(server, 7)
        self.assertNotIn("is stopped", self.crier("status").err)

    def test_another_authority(self):
        """D4: a certificate that the pinned authority has not issued: nothing is sent, the password least of all"""
        server = self.server(passwords={"office": PASSWORD})
        self.write("secret", PASSWORD)
        self.sign_in(server, ca=smtp_sink.make_certificate(self.folder, "elsewhere.example")[0])
        self.send(expect=1)
        self.assertEqual("tls-certificate", self.errors()[0]["cause"])
        self.nobody_failed()
        self.assertEqual([], server.mails(0))
        self.assertNotIn("sasl_method", server.log())

    def test_too_large(self):
        """D2: a message larger than the server says it takes is refused before DATA, and the server stays in use"""
        server = self.server(passwords={"office": PASSWORD}, size_limit=20000)
        self.write("secret", PASSWORD)
        self.sign_in(server)
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "x " * 15000, "--wait", expect=1)
        self.assertEqual(7, self.job()["failed"])
        group = self.errors()[0]
        self.assertEqual(("too-large", "permanent"), (group["cause"], group["class"]))
        self.assertIn("20000", group["recipients"][0]["response"])
        self.send()
        self.check_arrived(server, 7)
        self.assertNotIn("exceeds size limit", server.log())


if __name__ == "__main__":
    crier_case.main()
