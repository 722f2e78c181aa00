"""E-mails to staff: that a message has ended, and what went wrong."""

import crier_case
from smtp_test import SmtpCase


class StaffMail(SmtpCase):
    """D11, over a server that knows some addresses and not others."""

    def setUp(self):
        super().setUp()
        self.unknown = {"g4@example.org"}

    def server(self, district=""):
        server = self.sink(faults={"rcpt": lambda address: "550 5.1.1 no such user" if address in self.unknown else None})
        self.settings(f"[district]\n{district}") if district else None
        return server

    def to(self, server, address):
        return [mail.message for mail in server.mails if mail.recipients == [address]]

    def text(self, mail):
        return mail.get_body(("plain",)).get_content()

    def test_confirmation(self):
        """D11: when all of a message has ended its sender gets an e-mail with the counts, once"""
        server = self.server()
        self.crier("send", "form:7A", "--to", "parent", "-s", "Trip for {{name}}", "-m", "On.", "--confirm-to",
                   "head@school.example")
        self.once(crier_case.MORNING, expect=1)
        (mail,) = self.to(server, "head@school.example")
        self.assertEqual("Sent, 1 failed: message 1", mail["Subject"])
        self.assertIn("7 messages: 6 complete, 1 failed", self.text(mail))
        self.assertIn("crier status 1 --errors", self.text(mail))
        self.assertIn("Trip for { {name}}", self.text(mail))
        self.assertNotIn("g4@", self.text(mail))
        self.once("2026-11-25T10:05:00Z", expect=None)
        self.assertEqual(1, len(self.to(server, "head@school.example")))
        self.crier("send", "form:7A", "-s", "S", "-m", "B", "--confirm-to", "nobody", expect=2)

    def test_not_before_the_end(self):
        """D11: what is held has not ended"""
        server = self.server()
        night = "2026-11-25T21:00:00Z"
        self.crier("send", "form:9B", "--to", "parent", "-s", "S", "-m", "B", "--confirm-to", "head@school.example",
                   clock=night)
        self.once(night)
        self.assertEqual([], server.mails)
        self.once("2026-11-26T08:01:00Z")
        (mail,) = self.to(server, "head@school.example")
        self.assertEqual("Sent: message 1", mail["Subject"])

    def test_schedule(self):
        """D11, T1: a schedule with confirmation_email tells the office"""
        server = self.server('error_reports_to = "it@school.example"\n')
        self.write("schedules/open.toml", 'name = "open"\nkind = "message"\nstart = 2026-09-01T10:00:00\n'
                   'frequency = "daily"\nfor = "form:9B"\nto = "parent"\nsubject = "S"\nbody = "B"\n'
                   'confirmation_email = true\n')
        self.crier("schedule", "run", "open")
        self.once(crier_case.MORNING)
        self.assertEqual(["Sent: message 1"], [mail["Subject"] for mail in self.to(server, "it@school.example")])

    def test_error_reports(self):
        """D11: failures are reported by cause with the remedy, without a name, and so many an hour at most"""
        server = self.server('error_reports_to = "it@school.example, head@school.example"\nerror_reports_per_hour = 1\n')
        self.send(expect=1)
        self.once("2026-11-25T10:01:00Z", expect=None)
        (report,) = self.to(server, "it@school.example")
        self.assertEqual(1, len(self.to(server, "head@school.example")))
        self.assertEqual("crier: 1 messages have failed", report["Subject"])
        text = self.text(report)
        self.assertIn("1 x refused-recipient: The mail server knows no such address.", text)
        self.assertIn("Job 1 by email: Grüße", text)
        self.assertNotIn("g4@", text)
        self.once("2026-11-25T10:02:00Z", expect=None)
        self.assertEqual(1, len(self.to(server, "it@school.example")), "nothing new")
        self.unknown.add("g7@example.org")
        self.crier("send", "form:7A", "--to", "parent", "-s", "Second", "-m", "B", clock="2026-11-25T10:10:00Z")
        self.once("2026-11-25T10:11:00Z", expect=None)
        self.assertEqual(1, len(self.to(server, "it@school.example")), "one an hour")
        self.once("2026-11-25T11:02:00Z", expect=None)
        self.assertEqual("crier: 2 messages have failed", self.to(server, "it@school.example")[1]["Subject"])

    def test_twice_and_sandboxed(self):
        """D11, M9: an address that is named twice gets one; the sandbox holds for staff too; the queue goes on"""
        server = self.server('error_reports_to = "it@school.example, IT@school.example, head@elsewhere.example"\n'
                             '[sending]\nsandbox = ["*@example.org", "it@*"]\n')
        self.send(expect=1)
        self.once("2026-11-25T10:01:00Z", expect=None)
        self.assertEqual(["it@school.example"], [mail.recipients[0] for mail in server.mails
                                                 if not mail.recipients[0].endswith("@example.org")])

    def test_no_circle(self):
        """D11: a report that cannot be delivered is not reported, and reaches no audience"""
        self.unknown.add("it@school.example")
        self.server('error_reports_to = "it@school.example"\n')
        self.send(expect=1)
        for minute in range(1, 4):
            self.once(f"2026-11-25T1{minute}:30:00Z", expect=None)
        self.assertEqual(2, self.crier("status", "--json").json["total"])
        self.crier("resolve", "staff:name:school", expect=4)
        self.assertNotIn("it@school", self.crier("resolve", "staff:all", "--json", expect=None).out)


del SmtpCase

if __name__ == "__main__":
    crier_case.main()
