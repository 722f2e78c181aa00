#!/usr/bin/env python3
"""What comes back: `crier import bounces`, blocked addresses and how they are opened again (I11, D1, D9, C8, C9)."""

import os
import pathlib
import pty
import select
import subprocess
import time

import crier_case
from crier_case import BINARY, CrierCase
from oneroster import Roster
from smtp_sink import Sink

DAYS = [f"2026-11-{day}T10:00:00Z" for day in (24, 25, 26, 27)]
DATES = ["Tue, 24", "Wed, 25", "Thu, 26", "Fri, 27"]
PROMISED = ("read", "hard", "soft", "complaint", "auto_reply", "ignored", "unmatched", "recipients")


def dsn(recipient, to, status="5.1.1", said="550 5.1.1 User unknown", original="", day=1, action="failed"):
    """A report as RFC 3464 has it; `original` is what stands in the header that it returns."""
    returned = f"--b\nContent-Type: text/rfc822-headers\n\n{original}\n" if original else ""
    return (f"Return-Path: <>\nDate: {DATES[day]} Nov 2026 10:00:05 +0000\nFrom: MAILER-DAEMON@mx.example.net\nTo: <{to}>\n"
            "Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
            "--b\n\nYour mail could not be delivered.\n--b\nContent-Type: message/delivery-status\n\n"
            f"Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; {recipient}\nAction: {action}\n"
            f"Status: {status}\nDiagnostic-Code: smtp; {said}\n\n{returned}--b--\n")


def complaint(original, to="bounces@school.example"):
    return (f"Date: {DATES[1]} Nov 2026 12:00:00 +0000\nFrom: abuse@example.org\nTo: {to}\nSubject: FW: Closed\nMIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=feedback-report; boundary="f"\n\n--f\n\nA complaint.\n'
            "--f\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n\n"
            f"--f\nContent-Type: message/rfc822\n\n{original}\n--f--\n")


PERSONAL = "From: Ann <ann@example.org>\nTo: office@school.example\nSubject: Ada is ill\n\nDear office,\nAda is ill today.\n"
AWAY = ("From: R. Dyer <r.dyer@example.org>\nTo: office@school.example\nAuto-Submitted: auto-replied\n"
        "Subject: Out of office: Closed\n\nBack on Monday; user unknown until then.\n")


class School(CrierCase):
    """One pupil, whose father has an e-mail address and whose mother has another."""

    MORE = '[bounces]\naddress = "bounces@school.example"\n'

    def setUp(self):
        super().setUp()
        self.crier("init", "--school", "HAR", "--name", "Harbour", "--timezone", "Europe/London", "--country", "GB")
        self.plain_settings = (self.folder / "crier.toml").read_text()
        self.roster = Roster()
        self.roster.add("orgs", "org-1", name="Harbour", type="school", identifier="HAR")
        self.roster.user("u-1", "student", identifier="P1", givenName="Ada", familyName="Dyer", grades="10",
                         agentSourcedIds="u-3,u-4")
        self.roster.user("u-3", "parent", identifier="C1", givenName="Robert", familyName="Dyer",
                         email="R.Dyer@example.org", sms="07400 900123", agentSourcedIds="u-1")
        self.roster.user("u-4", "parent", identifier="C2", givenName="Mary", familyName="Dyer",
                         email="mary@example.org", agentSourcedIds="u-1")
        self.load()
        self.sink = Sink()
        self.addCleanup(self.sink.close)
        self.use(self.MORE)

    def use(self, more=""):
        (self.folder / "crier.toml").write_text(
            self.plain_settings.replace("[[school]]", "[[school]]\nsender = { email = \"office@school.example\", "
                                        "reply_to = \"office@school.example\" }", 1) + self.sink.settings() + more)

    def load(self, expect=0):
        self.roster.write(self.folder / "export")
        return self.crier("import", "oneroster", "export", "--json", expect=expect)

    def send(self, day=1, expect=0, expression="pupil:P1", to="parent", more=()):
        """Sends to both guardians; returns the mails that the server took."""
        before = len(self.sink.mails)
        self.crier("send", expression, "--to", to, "-s", f"Day {day}", "-m", "Closed.", "--yes", "--wait", *more,
                   clock=DAYS[day], expect=expect)
        return {mail.recipients[0].lower(): mail for mail in self.sink.mails[before:]}

    def bounces(self, *mails, day=1, expect=0):
        """Reads these mails, each a file of a Maildir."""
        box = self.folder / f"box-{time.monotonic_ns()}"
        for part in ("new", "cur", "tmp"):
            (box / part).mkdir(parents=True)
        for number, mail in enumerate(mails):
            (box / ("new" if number % 2 else "cur") / f"{number}.host").write_text(mail)
        before = {file: file.read_bytes() for file in box.rglob("*") if file.is_file()}
        report = self.crier("import", "bounces", box, "--json", clock=DAYS[day], expect=expect).json
        # C9: nothing is deleted or moved.
        self.assertEqual(before, {file: file.read_bytes() for file in box.rglob("*") if file.is_file()})
        self.crier("store", "check")
        return report

    def job(self, job):
        found = self.crier("status", job, "--json").json["jobs"][0]
        parts = ("not_started", "processing", "complete", "failed", "held", "in_doubt", "cancelled")
        self.assertEqual(found["messages"], sum(found[part] for part in parts), found)
        return found

    def blocked(self):
        told = self.crier("resolve", "pupil:P1", "--to", "parent", "--json").json["recipients"]
        return {one["code"]: one["channels"]["email"]["reason"] for one in told}

    def issues(self, *options):
        return [(one["kind"], one["code"]) for one in self.crier("issues", "list", *options, "--json").json["issues"]
                if one["kind"] in ("permanent-bounce", "spam", "text-delivery-failure")]

    def refuse(self, answer, address="r.dyer@example.org"):
        self.sink.faults["rcpt"] = lambda to: answer if address in to.lower() else None


class Dialogue(School):
    def test_c8_refused_in_the_dialogue(self):
        """C8, D9: 550 5.1.1 to RCPT for three messages: failed, permanent; after the third blocked, with an issue"""
        self.refuse("550 5.1.1 no such user")
        for day in (0, 1, 2):
            self.assertEqual({"C1": None, "C2": None}, self.blocked())
            self.send(day, expect=1)
            (error,) = self.crier("status", day + 1, "--errors", "--json").json["errors"]
            self.assertEqual(("permanent", 1), (error["class"], error["count"]))
        self.assertEqual({"C1": "blocked-bounce", "C2": None}, self.blocked())
        self.assertEqual([("permanent-bounce", "C1")], self.issues())
        held = self.crier("contacts", "show", "C1", "--json").json["contact"]["addresses"]
        self.assertIn("blocked-bounce", [one["state"] for one in held])
        self.send(3, expect=1)
        self.assertEqual({"blocked-bounce"}, {one["cause"] for one in self.crier("status", 4, "--errors", "--json").json["errors"]})
        self.assertIn("block", {one["act"] for one in self.audit()})
        # R7: what an import brings again is still blocked, and what it takes back too.
        self.roster.find("users", "u-3")["phone"] = "01223 900900"
        self.load()
        self.assertEqual("blocked-bounce", self.blocked()["C1"])
        self.crier("import", "undo", "--yes")
        self.assertEqual("blocked-bounce", self.blocked()["C1"])
        self.assertEqual([("permanent-bounce", "C1")], self.issues())

    def audit(self):
        return self.crier("report", "audit", "--json", clock=DAYS[3]).json["entries"]

    def test_c8_about_us(self):
        """C8: relaying denied and a blocked sender are our fault: nobody is failed, nothing is counted"""
        self.refuse("550 5.7.1 relaying denied")
        for day in (0, 1, 2, 3):
            self.send(day, expect=None)
        self.assertEqual({"C1": None, "C2": None}, self.blocked())
        self.assertEqual([], self.issues())

    def test_passing_faults(self):
        """D9: a full mailbox and a policy of the other side count nothing"""
        self.refuse("552 5.2.2 mailbox full")
        for day in (0, 1, 2, 3):
            self.send(day, expect=1)
        self.assertEqual({"C1": None, "C2": None}, self.blocked())

    def test_success_between(self):
        """D9: a success between starts from zero"""
        for day, answer in enumerate(("550 5.1.1 no", "550 5.1.1 no", None, "550 5.1.1 no")):
            self.refuse(answer)
            self.send(day, expect=1 if answer else 0)
        self.assertEqual({"C1": None, "C2": None}, self.blocked())

    def test_one_message_counts_once(self):
        """D9: counted by messages: a job that is rerun fails once, however often"""
        self.refuse("550 5.1.1 no such user")
        self.send(0, expect=1)
        for _ in range(3):
            self.crier("rerun", 1, clock=DAYS[1])
            self.crier("daemon", "--once", clock=DAYS[1], expect=1)
        self.assertEqual({"C1": None, "C2": None}, self.blocked())

    def test_settings(self):
        """D9: how many in a row is a setting"""
        self.use("[bounces]\nblock_after = 1\n")
        self.refuse("550 5.1.1 no such user")
        self.send(0, expect=1)
        self.assertEqual("blocked-bounce", self.blocked()["C1"])


class Guard(School):
    def setUp(self):
        super().setUp()
        for number in range(10, 20):
            self.roster.user(f"s-{number}", "student", identifier=f"S{number}", givenName="Sam", familyName=f"S{number}",
                             grades="9", agentSourcedIds=f"g-{number}")
            self.roster.user(f"g-{number}", "parent", identifier=f"G{number}", givenName="Gil", familyName=f"S{number}",
                             email=f"g{number}@example.org", agentSourcedIds=f"s-{number}")
        self.load()

    def reasons(self):
        told = self.crier("resolve", "year:9", "--to", "parent", "--json").json["recipients"]
        return [one["channels"]["email"]["reason"] for one in told]

    def test_much_of_a_job(self):
        """D9: when much of a job fails alike nothing is counted"""
        self.sink.faults["rcpt"] = lambda to: "550 5.1.1 no such user" if not to.endswith(("g18@example.org", "g19@example.org")) else None
        for day in (0, 1, 2):
            self.send(day, expect=1, expression="year:9")
        self.assertEqual([None] * 10, self.reasons())
        self.assertEqual([], self.issues())

    def test_few_of_a_job(self):
        """D9: five of ten are no more than five: they count"""
        self.sink.faults["rcpt"] = lambda to: "550 5.1.1 no such user" if to < "g15" and to.startswith("g1") else None
        for day in (0, 1, 2):
            self.send(day, expect=1, expression="year:9")
        self.assertEqual([None] * 5 + ["blocked-bounce"] * 5, sorted(self.reasons(), key=str))

    def test_guard_by_settings(self):
        self.use('[bounces]\nalike_number = 100\n')
        self.sink.faults["rcpt"] = lambda to: "550 5.1.1 no such user" if to.startswith("g1") else None
        for day in (0, 1, 2):
            self.send(day, expect=1, expression="year:9")
        self.assertEqual(["blocked-bounce"] * 10, self.reasons())

    def test_bounces_that_dribble_in(self):
        """D9: what comes back bit by bit is weighed as a whole: what was counted before is taken back"""
        for day in (0, 1):
            self.refuse("550 5.1.1 no", "g10@")
            self.send(day, expect=1, expression="year:9")
        self.refuse(None)
        mails = self.send(2, expression="year:9")
        returned = [dsn(to, mail.sender, day=2) for to, mail in sorted(mails.items())]
        self.assertEqual(1, self.bounces(returned[0], day=2)["blocked"])
        self.assertEqual(1, self.reasons().count("blocked-bounce"))
        self.bounces(*returned[1:8], day=3)
        self.assertEqual([None] * 10, self.reasons())
        self.assertEqual([], self.issues())
        self.assertEqual(8, self.job(3)["failed"])


class Bounces(School):
    def test_a_bounce_wins(self):
        """D1: a bounce wins over complete: failed, with the server's words; a rerun sends it again"""
        mails = self.send()
        self.assertEqual(2, self.job(1)["complete"])
        mail = mails["r.dyer@example.org"]
        self.assertRegex(mail.sender, r"^bounces\+\d+-[a-z0-9]+@school\.example$")
        report = self.bounces(dsn("R.Dyer@example.org", mail.sender))
        self.assert_keys(PROMISED, report, ("unsubscribe", "again", "failed", "blocked", "left"))
        self.assertEqual((1, 1, 0, 0, 0), tuple(report[key] for key in ("read", "hard", "soft", "ignored", "unmatched")))
        (one,) = report["recipients"]
        self.assert_keys(("file", "recipient", "class"), one, ("delivery", "matched_by"))
        self.assertEqual(("R.Dyer@example.org", "hard", "return-path"), (one["recipient"], one["class"], one["matched_by"]))
        self.assertTrue(pathlib.Path(one["file"]).is_file() or (self.folder / one["file"]).is_file())
        self.assertEqual((1, 1), (self.job(1)["complete"], self.job(1)["failed"]))
        (error,) = self.crier("status", 1, "--errors", "--json").json["errors"]
        self.assertEqual(("permanent", "550 5.1.1 User unknown"), (error["class"], error["recipients"][0]["response"]))
        self.assertEqual(1, self.crier("rerun", 1, "--json", clock=DAYS[2]).json["requeued"])
        self.crier("daemon", "--once", clock=DAYS[2])
        self.assertEqual(2, self.job(1)["complete"])
        # It is read again: the delivery has been sent again since.
        self.bounces(dsn("R.Dyer@example.org", mail.sender) + "\nmore\n", day=2)
        self.assertEqual(2, self.job(1)["complete"])

    def test_three_in_a_row(self):
        """D9: three bounced messages block; the fourth is not sent"""
        for day in (0, 1, 2):
            self.assertEqual(None, self.blocked()["C1"])
            mail = self.send(day)["r.dyer@example.org"]
            self.bounces(dsn("r.dyer@example.org", mail.sender, day=day), day=day)
        self.assertEqual({"C1": "blocked-bounce", "C2": None}, self.blocked())
        self.assertEqual([("permanent-bounce", "C1")], self.issues())

    def test_all_at_once_and_out_of_order(self):
        """D9: bounces that are read late count by the order of their messages"""
        mails = [self.send(day)["r.dyer@example.org"] for day in (0, 1, 2)]
        report = self.bounces(*[dsn("r.dyer@example.org", mails[day].sender, day=day) for day in (2, 0, 1)], day=3)
        self.assertEqual(1, report["blocked"])
        self.assertEqual("blocked-bounce", self.blocked()["C1"])

    def test_dialogue_and_bounce_together(self):
        """D9: a refusal in the dialogue and a bounce count alike"""
        self.refuse("550 5.1.1 no such user")
        for day in (0, 1):
            self.send(day, expect=1)
        self.refuse(None)
        mail = self.send(2)["r.dyer@example.org"]
        self.bounces(dsn("r.dyer@example.org", mail.sender, day=2), day=2)
        self.assertEqual("blocked-bounce", self.blocked()["C1"])

    def test_soft_counts_nothing(self):
        """D9: full mailboxes, policies and delays count nothing against the address"""
        for day in (0, 1, 2, 3):
            mail = self.send(day)["r.dyer@example.org"]
            status, said, action = (("5.2.2", "552 full", "failed"), ("5.7.1", "550 policy", "failed"),
                                    ("4.4.1", "421 later", "delayed"), ("4.4.7", "queue time is up", "failed"))[day]
            report = self.bounces(dsn("r.dyer@example.org", mail.sender, status, said, day=day, action=action), day=day)
            self.assertEqual((0, 1), (report["hard"], report["soft"]))
            # What is only late has not failed.
            self.assertEqual(0 if action == "delayed" else 1, self.job(day + 1)["failed"])
        self.assertEqual({"C1": None, "C2": None}, self.blocked())

    def test_twice_is_once(self):
        """I11: the same mail counts once, whatever the mailbox and its line ends"""
        mail = self.send()["r.dyer@example.org"]
        returned = dsn("r.dyer@example.org", mail.sender)
        self.assertEqual(1, self.bounces(returned)["hard"])
        report = self.bounces(returned, returned + "\n")
        self.assertEqual((2, 0, 2, 2, []), tuple(report[key] for key in ("read", "hard", "ignored", "again", "recipients")))
        box = self.write("box.mbox", "From x Wed Nov 25 10:00:00 2026\n" + returned)
        self.assertEqual(1, self.crier("import", "bounces", box, "--json").json["again"])
        self.assertEqual(1, self.crier("import", "bounces", "-", "--json", stdin=returned.replace("\n", "\r\n").encode()).json["again"])
        # Another mail of the same delivery changes nothing either.
        report = self.bounces(dsn("r.dyer@example.org", mail.sender) + "\n\nseen again\n")
        self.assertEqual((1, 0), (report["hard"], report["failed"]))
        self.assertEqual(1, self.job(1)["failed"])

    def test_auto_replies_and_letters(self):
        """C9, I11: absences do nothing, ordinary mail is left where it is, both are counted"""
        self.send()
        report = self.bounces(PERSONAL, AWAY)
        self.assertEqual((2, 0, 0, 1, 1, 0), tuple(report[key] for key in ("read", "hard", "soft", "auto_reply", "ignored", "unmatched")))
        self.assertEqual(["not-feedback"], [one["reason"] for one in report["left"]])
        self.assertEqual(2, self.job(1)["complete"])

    def test_complaint(self):
        """D9: a complaint blocks at once; the message has arrived all the same"""
        mail = self.send()["r.dyer@example.org"]
        report = self.bounces(complaint(mail.content.decode().replace("\r\n", "\n")))
        self.assertEqual((1, 1, 1), (report["read"], report["complaint"], report["blocked"]))
        self.assertEqual({"C1": "blocked-spam", "C2": None}, self.blocked())
        self.assertEqual([("spam", "C1")], self.issues())
        self.assertEqual(2, self.job(1)["complete"])

    def test_unsubscribe(self):
        """M8: the mailto form of List-Unsubscribe opts out of that category; somebody else's token does nothing"""
        mail = self.send()["r.dyer@example.org"]
        header = mail.message["List-Unsubscribe"]
        self.assertIn("mailto:bounces@school.example?subject=unsubscribe%20", header)
        token = header.split("unsubscribe%20")[1].rstrip(">").strip()
        wish = f"From: r.dyer@example.org\nTo: office@school.example\nSubject: unsubscribe {token}\n\n"
        report = self.bounces(wish, wish.replace(token, token[:-3] + "AAA"))
        self.assertEqual((2, 1, 1), tuple(report[key] for key in ("read", "unsubscribe", "unmatched")))
        self.assertEqual([("bad-token", True)], [(one["reason"], bool(one["message"])) for one in report["left"]])
        self.assertEqual({"C1": None, "C2": None}, self.blocked() | {"C1": None})
        self.assertEqual([("email", "informational")], [(one["channel"], one["category"]) for one in
                         self.crier("contacts", "show", "C1", "--json").json["contact"]["opt_outs"]])
        # Opted in again: the old mail, read again, is no new wish.
        self.crier("contacts", "opt-in", "C1")
        self.assertEqual(1, self.bounces(wish)["again"])
        self.assertEqual([], self.crier("contacts", "show", "C1", "--json").json["contact"]["opt_outs"])


class Matching(School):
    def test_c9_by_return_path(self):
        """C9: without the original's headers, and with a recipient nobody wrote to: the return path tells"""
        mail = self.send()["r.dyer@example.org"]
        report = self.bounces(dsn("inner-17@store.example.net", mail.sender.upper()))
        (one,) = report["recipients"]
        self.assertEqual(("return-path", "hard"), (one["matched_by"], one["class"]))
        self.assertEqual(1, self.job(1)["failed"])

    def test_c9_in_words_alone(self):
        """C9: a text that names nobody, found by its return path"""
        mail = self.send()["r.dyer@example.org"]
        report = self.bounces(f"From: MAILER-DAEMON@mx.example.net\nTo: {mail.sender}\nSubject: Returned mail\n\n"
                              "Your mail could not be delivered: no such user here.\n")
        (one,) = report["recipients"]
        self.assertEqual(("R.Dyer@example.org", "hard"), (one["recipient"], one["class"]))

    def test_forged(self):
        """I11: nobody can report another's delivery: a wrong check matches nothing"""
        mail = self.send()["r.dyer@example.org"]
        local, domain = mail.sender.split("@")
        forged = local[:-1] + ("a" if local[-1] != "a" else "b") + "@" + domain
        report = self.bounces(dsn("r.dyer@example.org", forged, original=f"Message-ID: {mail.id}\n"))
        self.assertEqual((1, "forged-return-path"), (report["unmatched"], report["left"][0]["reason"]))
        self.assertEqual(2, self.job(1)["complete"])


class WithoutReturnPath(School):
    MORE = ""

    def test_by_message_id(self):
        """I11: without an address for bounces the Message-ID of the returned mail tells"""
        mail = self.send()["r.dyer@example.org"]
        self.assertEqual("office@school.example", mail.sender)
        report = self.bounces(dsn("elsewhere@example.net", "office@school.example", original=f"Message-ID: {mail.id}\nTo: x@y.example\n"))
        self.assertEqual("message-id", report["recipients"][0]["matched_by"])
        self.assertEqual(1, self.job(1)["failed"])

    def test_c9_by_recipient_and_time(self):
        """C9: without any mark the recipient and the time tell; the message before it is the one that is meant"""
        self.send(0)
        self.send(2)
        report = self.bounces(dsn("r.dyer@EXAMPLE.org", "office@school.example", day=1), day=3)
        self.assertEqual("address", report["recipients"][0]["matched_by"])
        self.assertEqual([1, 0], [self.job(job)["failed"] for job in (1, 2)])

    def test_c9_what_matches_nothing(self):
        """C9: another's bounce, an old one, one that names nobody: listed with the reason, nothing changed"""
        self.send(1)
        old = dsn("r.dyer@example.org", "office@school.example").replace("Nov 2026", "Nov 2024")
        nobody = "From: MAILER-DAEMON@x\nSubject: Returned mail\n\nYour mail could not be delivered.\n"
        other_store = dsn("x@example.org", "office@school.example", original="Message-ID: <1.1.ffffffffffffffff@school.example>\n")
        report = self.bounces(old, nobody, other_store)
        self.assertEqual((3, 3), (report["read"], report["unmatched"]))
        self.assertEqual(["no-delivery", "no-recipient", "no-delivery"],
                         [one["reason"] for one in sorted(report["left"], key=lambda one: pathlib.Path(one["file"]).name)])
        self.assertEqual(2, self.job(1)["complete"])
        # Not understood: it may be matched the next time.
        self.assertEqual(3, self.bounces(old, nobody, other_store)["unmatched"])


class Mailboxes(School):
    def test_places(self):
        """I11: a folder with folders, one mail, a mailbox in one file, standard input"""
        mails = self.send()
        first, second = (dsn(to, mail.sender) for to, mail in sorted(mails.items()))
        self.write("box/a/1.eml", first)
        self.write("box/2.eml", PERSONAL)
        self.write("box/.hidden", second)
        report = self.crier("import", "bounces", "box", "--json").json
        self.assertEqual((2, 1, ["box/a/1.eml"]), (report["read"], report["hard"], [one["file"] for one in report["recipients"]]))
        quoted = second.replace("Your mail could", "From here on:\n\nFrom me to you, 2026.\n\nYour mail could")
        self.write("all.mbox", f"From a@b Wed Nov 25 10:00:00 2026\n{PERSONAL}\nFrom c@d Wed Nov 25 10:00:01 2026\n{quoted}\n")
        report = self.crier("import", "bounces", "all.mbox", "--json").json
        self.assertEqual((2, 1, ["all.mbox:2"]), (report["read"], report["hard"], [one["file"] for one in report["recipients"]]))
        self.assertEqual(2, self.job(1)["failed"])
        report = self.crier("import", "bounces", "-", "--json", stdin=AWAY.encode()).json
        self.assertEqual((1, 1), (report["read"], report["auto_reply"]))
        self.assertEqual(0, self.crier("import", "bounces", "-", "--json").json["read"])
        text = self.crier("import", "bounces", "box").out
        self.assertIn("2 mails read", text)
        self.assertIn("read before", text)

    def test_refused(self):
        """I11: nothing there is refused; an empty Maildir is no mails; a file that cannot be read is listed"""
        self.assert_two_lines(self.crier("import", "bounces", "nowhere", expect=3))
        self.assert_error_document(self.crier("import", "bounces", "nowhere", "--json", expect=3), 3, "no-mailbox")
        self.crier("import", "bounces", expect=2)
        self.assertEqual(0, self.bounces()["read"])
        if os.geteuid() != 0:
            self.write("box/1.eml", PERSONAL).chmod(0)
            report = self.crier("import", "bounces", "box", "--json", expect=1).json
            self.assertEqual(["unreadable"], [one["reason"] for one in report["left"]])

    def test_any_bytes(self):
        """I11: rubbish is read, and nothing comes of it"""
        for number, content in enumerate((b"", b"\x00\xff" * 1000, b"From ", b"\n\n\n", b"Content-Type: multipart/report\n\n--", b"x" * 100000)):
            self.write(f"box/{number}", content)
        report = self.crier("import", "bounces", "box", "--json").json
        self.assertEqual((6, 6, []), (report["read"], report["ignored"], report["recipients"]))


class Enable(School):
    def setUp(self):
        super().setUp()
        self.refuse("550 5.1.1 no such user")
        for day in (0, 1, 2):
            self.send(day, expect=1)
        self.assertEqual("blocked-bounce", self.blocked()["C1"])

    def ask(self, answer, *arguments):
        """On a terminal of its own."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([BINARY, "contacts", "enable", *arguments], cwd=self.folder, env=self.environment(),
                                   stdin=theirs, stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        shown = b""
        os.write(ours, answer)
        end = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < end:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    shown += os.read(ours, 4096)
                except OSError:
                    break
        process.wait(timeout=20)
        while select.select([ours], [], [], 0.1)[0]:
            try:
                part = os.read(ours, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
        os.close(ours)
        process.stdout.close()
        return process.returncode, shown.decode()

    def test_asks(self):
        """D9: opened after a warning: a terminal is asked, a script says --yes"""
        refused = self.crier("contacts", "enable", "C1", expect=5)
        self.assert_two_lines(refused)
        self.assertIn("--yes", refused.err)
        self.assertEqual("not-confirmed", self.crier("contacts", "enable", "C1", "--json", expect=5).error["code"])
        code, shown = self.ask(b"n\n", "C1")
        self.assertIn("blocked-bounce", shown)
        self.assertEqual((0, "blocked-bounce"), (code, self.blocked()["C1"]))
        self.assertEqual(0, self.ask(b"y\n", "C1")[0])
        self.assertEqual(None, self.blocked()["C1"])
        self.assertEqual([], self.issues())
        self.assertEqual([("permanent-bounce", "C1")], self.issues("--state", "resolved"))

    def test_begins_from_zero(self):
        """D9: once opened it takes three more; then the issue is open again"""
        self.crier("contacts", "enable", "C1", "--channel", "email", "--yes")
        self.send(3, expect=1)
        self.assertEqual(None, self.blocked()["C1"])
        for _ in range(2):
            self.send(3, expect=1)
        self.assertEqual("blocked-bounce", self.blocked()["C1"])
        self.assertEqual([("permanent-bounce", "C1")], self.issues())

    def test_channel(self):
        self.assertEqual("not-blocked", self.crier("contacts", "enable", "C1", "--channel", "sms", "--yes", "--json", expect=4).error["code"])
        self.crier("contacts", "enable", "C1", "--channel", "mail", "--yes", expect=2)
        self.assertEqual("blocked-bounce", self.blocked()["C1"])

    def test_complaint_asks_harder(self):
        """D9: after a complaint the warning is another"""
        self.refuse(None)
        mail = self.send(3, expect=1)["mary@example.org"]
        self.bounces(complaint(mail.content.decode().replace("\r\n", "\n")), day=3)
        self.assertEqual("blocked-spam", self.blocked()["C2"])
        code, shown = self.ask(b"n\n", "C2")
        self.assertIn("complained", shown)
        self.assertIn("spam", shown)
        self.crier("contacts", "enable", "C2", "--yes")
        self.assertEqual(None, self.blocked()["C2"])


if __name__ == "__main__":
    crier_case.main()
