"""The wallet of text messages (D8): what is refused, reserved, charged and given back, and who hears of it."""

import email
import email.policy
import getpass
import json
import sqlite3

import crier_case
import oneroster
from crier_case import CrierCase

NIGHT = "2026-11-25T21:00:00Z"
NEXT_MORNING = "2026-11-26T08:01:00Z"
CORPUS = crier_case.SOURCE.parent / "shared" / "corpus" / "sms" / "segments.tsv"
WALLET = ["school", "balance", "reserved", "free", "emergency_reserve", "warn_below", "low"]


class WalletCase(CrierCase):
    """Form 7A has seven guardians with a number; a part costs 1.5 points, one to China half a point."""

    price = "{ default = 1.5, CN = 0.5 }"
    rules = ""

    def setUp(self):
        super().setUp()
        self.init()
        self.roster = oneroster.school()
        self.take()
        self.settings(f'[channel.sms]\nkind = "outbox"\nprice = {self.price}\n[wallet]\n{self.rules}\n')

    def take(self, expect=0):
        self.roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set", expect=expect)

    def top_up(self, points, *more):
        return self.crier("wallet", "top-up", points, "--json", *more).json["wallet"]

    def send(self, *more, expect=0, clock=crier_case.MORNING, body="Body", to="form:7A"):
        return self.crier("send", to, "--to", "parent", "--via", "sms", "-s", "S", "-m", body, "--json", *more,
                          expect=expect, clock=clock)

    def once(self, clock=crier_case.MORNING, expect=0):
        return self.crier("daemon", "--once", clock=clock, expect=expect)

    def wallet(self):
        (wallet,) = self.crier("wallet", "show", "--json").json["wallets"]
        self.crier("wallet", "check")
        return wallet

    def figures(self):
        """Balance and what is reserved; free is what is left."""
        wallet = self.wallet()
        self.assertAlmostEqual(wallet["balance"] - wallet["reserved"], wallet["free"])
        return wallet["balance"], wallet["reserved"]

    def entries(self, kind=None):
        more = ["--kind", kind] if kind else []
        return self.crier("wallet", "list", "--per-page", "1000", "--json", *more).json["entries"]

    def jobs(self):
        return self.crier("status", "--json").json["jobs"]

    def mails(self):
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                for path in sorted((self.folder / "outbox" / "email").glob("*.eml"))]


class ByHand(WalletCase):
    def test_top_up_and_correct(self):
        """D8: what is topped up and corrected stands in the list with who and why, and in the audit log"""
        self.assertEqual(12.5, self.top_up("12.50", "--note", "Order 4711")["balance"])
        self.assertEqual(1512.5, self.top_up("1500")["balance"])
        corrected = self.crier("wallet", "correct", "-10", "--reason", "Mistyped", "--json").json["wallet"]
        self.assertEqual(1502.5, corrected["balance"])
        self.crier("wallet", "correct", "0.01", "--reason", "Given back")
        wallet = self.wallet()
        self.assert_keys(WALLET, wallet)
        self.assertEqual((None, 1502.51, 0, False),
                         (wallet["school"], wallet["balance"], wallet["reserved"], wallet["low"]))
        entries = self.entries()
        self.assertEqual([("correction", 0.01, "Given back"), ("correction", -10, "Mistyped"), ("top-up", 1500, None),
                          ("top-up", 12.5, "Order 4711")],
                         [(one["kind"], one["points"], one["note"]) for one in entries])
        self.assertEqual({getpass.getuser()}, {one["by"] for one in entries})
        self.assertEqual(2, len(self.entries("top-up")))
        page = self.crier("wallet", "list", "--per-page", "3", "--page", "2", "--json").json
        self.assertEqual((2, 4, 1), (page["pages"], page["total"], len(page["entries"])))
        acts = [one["act"] for one in self.crier("report", "audit", "--json", clock=None).json["entries"]]
        self.assertEqual((2, 2), (acts.count("wallet-top-up"), acts.count("wallet-correction")))
        self.assertIn("1502.51", self.crier("wallet", "show").out)
        self.assertIn("Order 4711", self.crier("wallet", "list").out)

    def test_bad_amounts(self):
        """D8: what is no number of points is refused with a remedy, and nothing is booked"""
        def refused(*words, code="bad-amount"):
            self.assert_error_document(self.crier("wallet", *words, expect=2), 2, code)

        for amount in ("", "ten", "1,500", "1.505", "1e3", "0x10", "1.", ".5", "99999999999", "10000000.01", "NaN",
                       "--5"):
            with self.subTest(amount):
                refused("top-up", "--json", "--", amount)
        self.assert_two_lines(self.crier("wallet", "top-up", "ten", expect=2))
        for amount in ("0", "-5"):
            refused("top-up", "--json", amount)
        refused("correct", "0", "--reason", "R", "--json")
        refused("correct", "5", "--reason", "  ", "--json", code="no-reason")
        refused("top-up", "5", "--note", "n" * 201, "--json", code="limit")
        self.crier("wallet", "correct", "5", expect=2)
        self.crier("wallet", "list", "--kind", "topup", expect=2)
        self.assertEqual([], self.entries())
        self.assertEqual(0, self.figures()[0])

    def test_roles(self):
        """M7: to top up and correct takes the role manager; whoever may look sees the wallet"""
        self.crier("operators", "add", "it", "--name", "IT", "--role", "manager")
        self.crier("operators", "add", getpass.getuser(), "--name", "Me", "--role", "sender,office")
        for words in (["top-up", "5"], ["correct", "5", "--reason", "R"]):
            self.assert_error_document(self.crier("wallet", *words, "--json", expect=5), 5, "role")
        self.assertEqual(0, self.wallet()["balance"])


class WithoutWallet(CrierCase):
    def test_nothing_changes(self):
        """D8: without [wallet] texts go as they went, and the command says how to have one"""
        self.init()
        oneroster.school().write(self.folder / "set")
        self.crier("import", "oneroster", "set")
        self.settings('[channel.sms]\nkind = "outbox"\nprice = { default = 1.5 }\n')
        sent = self.crier("send", "form:7A", "--to", "parent", "--via", "sms", "-s", "S", "-m", "B", "--json").json
        self.assertEqual((10.5, None), (sent["cost"], sent["wallet"]))
        self.crier("daemon", "--once")
        for words in (["show"], ["list"], ["top-up", "5"], ["correct", "5", "--reason", "R"]):
            self.assert_error_document(self.crier("wallet", *words, "--json", expect=4), 4, "no-wallet")
        self.crier("wallet", "check")
        document = self.crier("doctor", "--offline", "--all", "--json", expect=None).json
        checks = [one["check"] for one in document["findings"]]
        self.assertNotIn("wallet", checks)

    def test_bad_settings(self):
        """D8: [wallet] with an unknown key, a bad word or a third digit is refused with its line"""
        self.init()
        good = (self.folder / "crier.toml").read_text()
        for text in ('per = "form"', "reserve = 5", "emergency_reserve = -1", "warn_below = 0.001", 'warn_below = "5"'):
            (self.folder / "crier.toml").write_text(good + f"[wallet]\n{text}\n")
            with self.subTest(text):
                self.assertIn("crier.toml:", self.crier("wallet", "show", "--json", expect=2).error["message"])


class Sending(WalletCase):
    def test_one_figure(self):
        """D8, M9: preview, reservation, charge and the report's cost are one figure"""
        self.top_up(100)
        body = "a" * 161
        dry = self.send("--dry-run", body=body).json
        self.assertEqual((14, 21.0, {"free": 100, "after": 79}), (dry["segments"], dry["cost"], dry["wallet"]))
        self.assertEqual((100, 0), self.figures())
        sent = self.send(body=body).json
        self.assertEqual((21.0, {"free": 100, "after": 79}), (sent["cost"], sent["wallet"]))
        self.assertEqual((100, 21), self.figures())
        self.once()
        self.assertEqual((79, 0), self.figures())
        self.assertEqual([-3.0] * 7, [one["points"] for one in self.entries("charge")])
        self.assertEqual({sent["message"]}, {one["message"] for one in self.entries("charge")})
        # By another path: the texts that were written, counted by hand.
        texts = [json.loads(path.read_text()) for path in (self.folder / "outbox" / "sms").glob("*.json")]
        self.assertEqual(21, sum(text["segments"] for text in texts) * 1.5)
        # Prices that change later change nothing that was charged.
        settings = self.folder / "crier.toml"
        settings.write_text(settings.read_text().replace("default = 1.5", "default = 9"))
        rows = self.crier("report", "utilization", "--format", "json").json["utilization"]
        self.assertEqual([(14, 21)], [(row["segments"], row["cost"]) for row in rows])

    def test_refused(self):
        """D8: what the wallet does not cover is exit 5 with the figures, and nothing is queued; the remedy is enough"""
        self.top_up(10)
        for more in ([], ["--dry-run"]):
            refused = self.send(*more, expect=5)
            self.assert_error_document(refused, 5, "wallet")
            self.assertIn("10.50 points, and 10.00 are free", refused.error["message"])
            self.assertIn("crier wallet top-up 0.50", refused.error["hint"])
        self.assertEqual([], self.jobs())
        self.assert_two_lines(self.crier("send", "form:7A", "--to", "parent", "--via", "sms,email", "-s", "S",
                                         "-m", "B", expect=5))
        self.assertEqual((10, 0), self.figures())
        self.top_up("0.50")
        self.send()
        self.assertEqual((10.5, 10.5), self.figures())
        self.send(expect=5)
        # E-mail costs nothing.
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")

    def test_country(self):
        """D8: a part costs by the country of its number"""
        self.roster.find("users", "g-4")["sms"] = "+86 138 0013 8000"
        self.take()
        self.top_up(100)
        self.assertEqual(6 * 1.5 + 0.5, self.send().json["cost"])
        self.assertEqual((100, 9.5), self.figures())

    def test_the_same_key(self):
        """M6, D8: the same call twice reserves once"""
        self.top_up(12)
        self.send("--idempotency-key", "k")
        self.assertEqual("duplicate", self.send("--idempotency-key", "k").json["state"])
        self.assertEqual((12, 10.5), self.figures())

    def test_unreachable(self):
        """D1, D8: who cannot be reached costs nothing; a rerun that reaches them reserves"""
        self.roster.find("users", "g-4")["sms"] = ""
        self.take(expect=None)
        self.top_up(100)
        self.assertEqual(9, self.send().json["cost"])
        self.once()
        self.assertEqual((91, 0), self.figures())
        self.roster.find("users", "g-4")["sms"] = "07400 900004"
        self.take(expect=None)
        self.crier("rerun", "1")
        self.assertEqual((91, 1.5), self.figures())
        self.once()
        self.assertEqual((89.5, 0), self.figures())
        self.crier("rerun", "1", "--all")
        self.assertEqual((89.5, 10.5), self.figures())
        self.once()
        self.assertEqual((79, 0), self.figures())
        # What was sent twice was charged twice, in the report too.
        row = self.crier("report", "utilization", "--format", "json").json["utilization"][0]
        self.assertEqual((7, 21), (row["segments"], row["cost"]))

    def test_rerun_refused(self):
        """D7, D8: a rerun that the wallet does not cover is refused whole"""
        self.top_up(12)
        self.send()
        self.once()
        refused = self.crier("rerun", "1", "--all", "--json", expect=5)
        self.assert_error_document(refused, 5, "wallet")
        self.assertEqual((1.5, 0), self.figures())
        self.assertEqual(7, self.jobs()[0]["complete"])

    def test_held(self):
        """D8: what is held reserves too; cancelled it is given back"""
        self.top_up(12)
        self.assertEqual("scheduled", self.send(clock=NIGHT).json["state"])
        self.assertEqual((12, 10.5), self.figures())
        self.send(clock=NIGHT, expect=5)
        self.crier("cancel", "1")
        self.assertEqual((12, 0), self.figures())
        self.assertEqual(7, len(self.entries("release")))
        self.send(clock=NIGHT)
        self.once(NEXT_MORNING)
        self.assertEqual((1.5, 0), self.figures())

    def test_too_late(self):
        """M5, D8: what is useless before it could leave is given back"""
        self.top_up(12)
        self.send("--at", "2026-11-25T12:00", "--expires", "1h")
        self.assertEqual((12, 10.5), self.figures())
        self.once("2026-11-25T15:00:00Z", expect=None)
        self.assertEqual((12, 0), self.figures())

    def test_erased(self):
        """P3, D8: what was held for somebody who is erased is given back"""
        self.top_up(12)
        self.send(clock=NIGHT)
        self.crier("people", "erase", "G4", "--yes", clock=NIGHT)
        self.assertEqual((12, 9), self.figures())

    def test_doubt_sent_again(self):
        """D5, D8: what was in doubt was charged; sent again it is reserved, or refused where it is not covered"""
        self.top_up(12)
        self.send()
        with sqlite3.connect(self.folder / "crier.db") as store:
            # As an interruption leaves it.
            store.execute("INSERT INTO attempt (delivery, n, started, ended, verdict, fault, cause, host, port, tls, "
                          "code, enhanced, text, fence) "
                          "VALUES (1, 1, 0, 0, 'in-doubt', 'none', 'interrupted', '', 0, 'none', 0, '', '', 0)")
            store.execute("UPDATE delivery SET state = 'in-doubt', attempts = 1 WHERE id = 1")
            store.execute("UPDATE job SET not_started = not_started - 1, in_doubt = in_doubt + 1")
        store.close()
        self.assertEqual((10.5, 9), self.figures())
        self.crier("deliveries", "decide", "1", "--send-again")
        self.assertEqual((10.5, 10.5), self.figures())
        self.once()
        self.assertEqual((0, 0), self.figures())
        with sqlite3.connect(self.folder / "crier.db") as store:
            store.execute("UPDATE delivery SET state = 'in-doubt' WHERE id = 1")
            store.execute("UPDATE job SET complete = complete - 1, in_doubt = in_doubt + 1")
        store.close()
        refused = self.crier("deliveries", "decide", "1", "--send-again", "--json", expect=5)
        self.assert_error_document(refused, 5, "wallet")
        self.crier("deliveries", "decide", "1", "--sent")
        self.assertEqual((0, 0), self.figures())

    def test_sandbox(self):
        """M9, D8: whom the sandbox does not let through costs nothing, in the preview too"""
        self.settings('[sending]\nsandbox = ["+447400900004"]\n')
        self.top_up(2)
        self.assertEqual(1.5, self.send("--dry-run").json["cost"])
        self.send()
        self.assertEqual((2, 1.5), self.figures())


class Emergencies(WalletCase):
    rules = "emergency_reserve = 20\nwarn_below = 0"

    def test_reserve(self):
        """D8: the reserve is for emergencies alone, and they are refused only where it does not cover them"""
        self.top_up(30)
        refused = self.send(expect=5)
        self.assert_error_document(refused, 5, "wallet")
        self.assertIn("20.00 are kept for emergencies", refused.error["message"])
        self.assertIn("top-up 0.50", refused.error["hint"])
        self.send("--priority", "emergency", "--yes")
        self.assertEqual((30, 10.5), self.figures())
        self.send("--priority", "emergency", "--yes")
        refused = self.send("--priority", "emergency", "--yes", expect=5)
        self.assert_error_document(refused, 5, "wallet")
        self.assertNotIn("kept for", refused.error["message"])
        self.top_up(2)
        self.send("--priority", "emergency", "--yes")
        self.once()
        self.assertEqual((0.5, 0), self.figures())


class Approval(WalletCase):
    rules = '[approval]\ninformational = "required"'

    def test_awaiting(self):
        """M4, D8: what waits for approval reserves; a rejection gives it back; longer words have to be covered"""
        self.top_up(15)
        self.send()
        self.assertEqual((15, 10.5), self.figures())
        self.crier("reject", "1", "--reason", "No")
        self.assertEqual((15, 0), self.figures())
        self.send()
        longer = ["approve", "2", "--body-file", self.write("long.txt", "a" * 161), "--json"]
        refused = self.crier(*longer, expect=5)
        self.assert_error_document(refused, 5, "wallet")
        self.assertIn("crier wallet top-up 6.00", refused.error["hint"])
        self.assertEqual((15, 10.5), self.figures())
        self.top_up(6)
        self.crier(*longer)
        self.once()
        self.assertEqual((0, 0), self.figures())

    def test_dearer(self):
        """A5, D8: what is held goes at the price of the day on which it goes, as far as the wallet covers it"""
        self.top_up(15)
        self.send()
        settings = self.folder / "crier.toml"
        settings.write_text(settings.read_text().replace("default = 1.5", "default = 3"))
        self.crier("approve", "1")
        self.once(expect=None)
        # Each costs twice as much by now: three are covered beside what the seven held.
        job = self.jobs()[0]
        self.assertEqual((3, 4), (job["complete"], job["failed"]), job)
        self.assertEqual((6, 0), self.figures())
        causes = [group["cause"] for group in self.crier("status", "1", "--errors", "--json").json["errors"]]
        self.assertEqual(["wallet"], causes)


class Schedules(WalletCase):
    rules = 'warn_below = 0\n[district]\nerror_reports_to = "it@school.example"'

    def setUp(self):
        super().setUp()
        self.write("schedules/missing.toml", 'name = "missing"\nkind = "missing-assignments"\n'
                   'start = 2026-09-04T16:00:00\nfrequency = "weekly"\nfor = "all"\nto = "parent"\n'
                   'via = ["email", "sms"]\nbegin_due = "-14d"\nend_due = "-1d"\n')

    def test_unpaid(self):
        """D8, T4: a notice's texts that are not covered fail visibly, its e-mails go, staff hear; a rerun mends it"""
        self.crier("schedule", "run", "missing")
        jobs = {job["type"]: job for job in self.jobs()}
        self.assertEqual((1, 0), (jobs["email"]["messages"], jobs["email"]["failed"]))
        self.assertEqual((1, 1), (jobs["sms"]["messages"], jobs["sms"]["failed"]))
        (group,) = self.crier("status", str(jobs["sms"]["id"]), "--errors", "--json").json["errors"]
        self.assertEqual("wallet", group["cause"])
        self.once("2026-11-25T10:05:00Z", expect=None)
        report = [mail for mail in self.mails() if "have failed" in mail["Subject"]]
        self.assertEqual(1, len(report))
        self.assertIn("crier wallet top-up", report[0].get_body(("plain",)).get_content())
        refused = self.crier("rerun", str(jobs["sms"]["id"]), "--json", expect=5)
        self.assert_error_document(refused, 5, "wallet")
        self.top_up(100)
        self.crier("rerun", str(jobs["sms"]["id"]))
        reserved = self.figures()[1]
        self.assertGreater(reserved, 0)
        self.once()
        (text,) = [json.loads(path.read_text()) for path in (self.folder / "outbox" / "sms").glob("*.json")]
        self.assertEqual((100 - text["segments"] * 1.5, 0), self.figures())
        self.assertEqual(reserved, text["segments"] * 1.5)

    def test_paid(self):
        """D8: a notice's texts are counted, reserved and charged by what they have to say"""
        self.top_up(100)
        self.crier("schedule", "run", "missing", clock=NIGHT)
        reserved = self.figures()[1]
        self.assertGreater(reserved, 0)
        self.once(NEXT_MORNING)
        (text,) = [json.loads(path.read_text()) for path in (self.folder / "outbox" / "sms").glob("*.json")]
        self.assertEqual(reserved, text["segments"] * 1.5)
        self.assertEqual((100 - reserved, 0), self.figures())


    def test_another_country(self):
        """A5, D8: a notice that was held goes at the price of the number that there is when it leaves"""
        self.another_country(gone=False)

    def test_schedule_gone(self):
        """A5, D8: so does one whose schedule is gone"""
        self.another_country(gone=True)

    def another_country(self, gone):
        self.top_up(100)
        self.crier("schedule", "run", "missing", clock=NIGHT)
        (before,) = [-one["points"] + one["reserved"] for one in self.entries("reserve")]
        self.roster.find("users", "g-1")["sms"] = "+86 138 0013 8001"
        self.take()
        if gone:
            (self.folder / "schedules" / "missing.toml").unlink()
        self.once(NEXT_MORNING)
        (text,) = [json.loads(path.read_text()) for path in (self.folder / "outbox" / "sms").glob("*.json")]
        self.assertEqual("+8613800138001", text["to"])
        self.assertEqual(before, text["segments"] * 1.5)
        self.assertEqual((100 - text["segments"] * 0.5, 0), self.figures())


class Low(WalletCase):
    rules = 'warn_below = 20\n[district]\nerror_reports_to = "it@school.example"'

    def warnings(self):
        return [mail for mail in self.mails() if "points are left" in mail["Subject"]]

    def test_told_once(self):
        """D8: staff hear once that little is left, and again only after it was topped up"""
        self.top_up(25)
        self.once()
        self.assertEqual([], self.warnings())
        self.send()
        self.once()
        self.once("2026-11-25T10:05:00Z")
        (warning,) = self.warnings()
        self.assertEqual("it@school.example", warning["To"])
        self.assertIn("14.50 points", warning["Subject"])
        self.once("2026-11-25T10:10:00Z")
        self.assertEqual(1, len(self.warnings()))
        self.top_up(1)
        self.once("2026-11-25T10:15:00Z")
        self.once("2026-11-25T10:16:00Z")
        self.assertEqual(2, len(self.warnings()))
        self.top_up(100)
        self.once("2026-11-25T10:20:00Z")
        self.assertEqual(2, len(self.warnings()))

    def findings(self, check):
        document = self.crier("doctor", "--offline", "--all", "--json", expect=None).json
        return [(one["level"], one["message"], one["remedy"]) for one in document["findings"] if one["check"] == check]

    def test_doctor(self):
        """S6, D8: doctor looks at balance, reserve, prices and whether it adds up"""
        levels = [level for level, _, _ in self.findings("wallet")]
        self.assertEqual(["error", "warning"], levels)  # nothing in it; no reserve
        self.assertIn("crier wallet top-up", self.findings("wallet")[0][2])
        self.top_up(10)
        self.assertEqual("warning", self.findings("wallet")[0][0])
        self.top_up(15)
        self.assertEqual("ok", self.findings("wallet")[0][0])
        self.assertEqual([], self.findings("price"))
        self.top_up(46)
        for _ in range(4):
            self.send()
        self.once()
        # 29 are left, more than the threshold, and 42 went today.
        self.assertEqual((29, 0), self.figures())
        level, message, _ = self.findings("wallet")[0]
        self.assertEqual("warning", level)
        self.assertIn("less than the 42.00 of the last week", message)
        settings = self.folder / "crier.toml"
        settings.write_text(settings.read_text().replace("default = 1.5", "FR = 1.5"))
        ((level, message, _),) = self.findings("price")
        self.assertEqual("warning", level)
        self.assertIn("GB (", message)
        settings.write_text(settings.read_text().replace("price =", "#price ="))
        self.assertIn(("error", True), [(level, "no price" in message)
                                        for level, message, _ in self.findings("wallet")])

    def test_store_check(self):
        """D8: store check adds the wallet up"""
        self.top_up(25)
        self.send()
        checks = {one["check"]: one["level"] for one in self.crier("store", "check", "--json").json["findings"]}
        self.assertEqual("ok", checks["wallet"])


class PerSchool(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.settings('[[school]]\ncode = "HAR"\nname = "Harbour"\ntimezone = "Europe/London"\ncountry = "GB"\n'
                      '[channel.sms]\nkind = "outbox"\nprice = { default = 1.5 }\n[wallet]\nper = "school"\n')
        oneroster.school().write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def test_each_its_own(self):
        """R1, D8: each school has its own wallet, and pays from no other"""
        self.crier("wallet", "top-up", "100", expect=2)
        self.crier("--school", "HAR", "wallet", "top-up", "100")
        shown = self.crier("wallet", "show", "--json").json["wallets"]
        self.assertEqual([("CAM", 0), ("HAR", 100)], [(one["school"], one["balance"]) for one in shown])
        words = ["send", "form:7A", "--to", "parent", "--via", "sms", "-s", "S", "-m", "B", "--json"]
        refused = self.crier("--school", "CAM", *words, expect=5)
        self.assert_error_document(refused, 5, "wallet")
        self.assertIn("of CAM", refused.error["message"])
        self.assertIn("--school CAM", refused.error["hint"])
        self.crier("--school", "CAM", "wallet", "top-up", "20")
        self.crier("--school", "CAM", *words)
        self.crier("daemon", "--once")
        shown = self.crier("wallet", "show", "--json").json["wallets"]
        self.assertEqual([("CAM", 9.5), ("HAR", 100)], [(one["school"], one["balance"]) for one in shown])
        self.assertEqual({"HAR"}, {one["school"] for one in
                                   self.crier("--school", "HAR", "wallet", "list", "--json").json["entries"]})

    def test_roles(self):
        """M7: a manager of one school tops up its wallet, and no other's"""
        self.crier("operators", "add", "it", "--name", "IT", "--role", "manager")
        self.crier("operators", "add", getpass.getuser(), "--name", "Me", "--role", "manager", "--school", "CAM")
        self.crier("--school", "CAM", "wallet", "top-up", "5")
        refused = self.crier("--school", "HAR", "wallet", "top-up", "5", "--json", expect=5)
        self.assert_error_document(refused, 5, "role")


class Corpus(WalletCase):
    def test_vectors(self):
        """M1, D8: each text of the corpus costs its parts"""
        if not CORPUS.exists():
            self.skipTest("the corpus is not there")
        self.settings("[district.sms]\nmax_segments = 255\n")
        self.top_up(100000)
        looked_at = 0
        for line in CORPUS.read_text(encoding="utf-8").splitlines()[1:]:
            what, text, _, _, segments = line.split("\t")
            text = json.loads(text)
            if not text.strip() or text != text.strip() or "{{" in text or len(text) > 2000:
                continue
            with self.subTest(what):
                answer = self.send("--dry-run", body=text).json
                self.assertEqual((7 * int(segments), 7 * int(segments) * 1.5), (answer["segments"], answer["cost"]))
            looked_at += 1
        self.assertGreater(looked_at, 15)


if __name__ == "__main__":
    crier_case.main()
