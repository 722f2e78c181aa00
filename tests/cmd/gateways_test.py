"""SMS, WeChat Work and voice over HTTP, to stand-ins that are strict about every field; kills in the middle."""

import email.utils
import json
import signal
import time
import unittest
import urllib.parse

import crier_case
import gateway_standins
import oneroster
from crier_case import CrierCase

SECRET = {"GATEWAY_SECRET": "s3cret"}


class GatewayCase(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.settings('\n[district]\nsender = { sms = "School" }\n')
        self.plain = (self.folder / "crier.toml").read_text()
        oneroster.school().write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def use(self, settings):
        (self.folder / "crier.toml").write_text(self.plain + settings)

    def send(self, expression="form:7A", via="sms", body="School is closed tomorrow.", *more, expect=0, clock=None):
        return self.crier("send", expression, "--to", "parent", "--via", via, "-s", "Closure", "-m", body, "--wait",
                          *more, expect=expect, env=SECRET, clock=clock or crier_case.MORNING)

    def once(self, clock, expect=0, **more):
        return self.crier("daemon", "--once", "--json", clock=clock, expect=expect, env=SECRET, **more)

    def job(self):
        job = self.crier("status", "--json").json["jobs"][0]
        parts = ("not_started", "processing", "complete", "failed", "held", "in_doubt", "cancelled")
        self.assertEqual(job["messages"], sum(job[part] for part in parts), job)
        self.crier("store", "check")
        return job

    def errors(self, job=1):
        return self.crier("status", job, "--errors", "--json").json["errors"]

    def kill_in_the_middle(self, arrived, command):
        """Starts crier, waits until the gateway has a request in hand, and kills it there."""
        process = self.popen(*command, env=SECRET)
        end = time.monotonic() + 20
        while not arrived():
            self.assertLess(time.monotonic(), end, "nothing reached the gateway")
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()


class Texts(GatewayCase):
    def test_twilio(self):
        """D2: every guardian gets one text, with the fields that Twilio wants and no others"""
        with gateway_standins.Twilio() as gateway:
            self.use(gateway.settings('receipts = "https://crier.example/"\n'))
            self.send(body="Día libre ✓ “so”")
        self.assertEqual(7, self.job()["complete"])
        self.assertEqual([], gateway.complaints)
        self.assertEqual(7, len({one["to"] for one in gateway.sent}))
        self.assertEqual({"Día libre ✓ “so”"}, {one["body"] for one in gateway.sent})
        self.assertEqual({"School"}, {one["from"] for one in gateway.sent})
        self.assertTrue(gateway.sent[0]["callback"].startswith("https://crier.example/gateway/sms/receipt?d="))

    def test_twilio_refusals(self):
        """D4, D9, D12: nobody at that number, opted out there, busy: each comes to what it is, and says why"""
        with gateway_standins.Twilio() as gateway:
            self.use(gateway.settings())
            roster = oneroster.school()
            for code, number in (("g-4", "07400 900400"), ("g-7", "07400 900401"), ("g-10", "07400 900402")):
                roster.find("users", code)["sms"] = number
            roster.write(self.folder / "set")
            self.crier("import", "oneroster", "set")
            self.send(expect=1)
            job = self.job()
            self.assertEqual((4, 1, 1, 1), (job["complete"], job["failed"], job["cancelled"], job["processing"]), job)
            causes = {one["cause"]: one for one in self.errors()}
            self.assertEqual("permanent", causes["refused-recipient"]["class"])
            context = causes["refused-recipient"]["recipients"][0]
            self.assertIn("21211", context["response"])
            self.assertEqual(gateway.port, context["context"]["port"])
            # Opted out there is opted out here, for what comes next too.
            shown = self.crier("contacts", "show", "G7", "--json").json["contact"]
            self.assertEqual([("sms", "gateway")], [(one["channel"], one["said_by"]) for one in shown["opt_outs"]])
            asked = len(gateway.asked)
            answer = self.send("pupil:P7", "sms", "Again", "--json", expect=None).json
            self.assertEqual(asked, len(gateway.asked))
            self.assertIn("opted-out", json.dumps(answer))

    def test_lost_answer_is_looked_up(self):
        """D5: a text whose answer was lost is looked for in the gateway's list, and is complete where it stands"""
        def lose(gateway, handler, path, body):
            if handler.command != "POST" or gateway.sent:
                return False
            form = dict(urllib.parse.parse_qsl(body.decode()))
            gateway.take(form)
            gateway.drop(handler)
            return True

        with gateway_standins.Twilio(fault=lose) as gateway:
            self.use(gateway.settings())
            self.send("pupil:P1")
            self.assertEqual(1, self.job()["complete"])
            self.assertEqual(1, len(gateway.sent))

    def test_an_older_text_is_another(self):
        """D5: the same words to the same number of an hour ago are not the text whose answer was lost"""
        def lose(gateway, handler, path, body):
            if handler.command != "POST":
                return False
            gateway.drop(handler)
            return True

        with gateway_standins.Twilio(fault=lose) as gateway:
            old = gateway.take({"To": "+447400900001", "From": "School", "Body": "School is closed tomorrow."})
            old["date_created"] = email.utils.formatdate(time.time() - 3600)
            self.use(gateway.settings())
            self.send("pupil:P1", expect=None)
            self.assertEqual(1, self.job()["in_doubt"])

    def test_doubt_waits_for_a_person(self):
        """D5: what may have arrived stays in doubt until a person decides; it never goes again by itself"""
        def lose(gateway, handler, path, body):
            gateway.drop(handler)
            return True

        with gateway_standins.Twilio(fault=lose) as gateway:
            self.use(gateway.settings())
            self.send("pupil:P1", expect=None)
            self.assertEqual(1, self.job()["in_doubt"])
            posts = lambda: sum(method == "POST" for method, _ in gateway.asked)
            self.assertEqual(1, posts())
            self.once("2026-11-25T18:00:00Z")
            self.assertEqual(1, posts())
            self.assertEqual("in-doubt", self.errors()[0]["cause"])
            gateway.fault = None
            doubtful = self.errors()[0]["recipients"][0]
            shown = self.crier("deliveries", "show", 1, "--json").json["delivery"]
            self.assertEqual("in-doubt", shown["state"])
            self.crier("deliveries", "decide", 1, "--send-again")
            self.once("2026-11-25T18:01:00Z")
            self.assertEqual(1, self.job()["complete"])
            self.assertIsNotNone(doubtful)

    def test_emergency_rather_twice(self):
        """D5: an emergency that may have arrived goes again where the settings say rather twice"""
        lost = []

        def lose(gateway, handler, path, body):
            if handler.command != "POST" or lost:
                return False
            lost.append(1)
            gateway.drop(handler)
            return True

        with gateway_standins.Twilio(fault=lose) as gateway:
            self.use(gateway.settings("rather_twice = true\nretry = { first = \"1s\" }\n"))
            self.send("pupil:P1", "sms", "Stay inside", "--priority", "emergency", "--yes", expect=None)
            self.assertEqual(1, self.job()["processing"])
            self.once("2026-11-25T10:05:00Z")
            self.assertEqual(1, self.job()["complete"])
            self.assertEqual(1, len(gateway.sent))

    def test_killed_in_the_middle(self):
        """D5: killed while texts are under way, crier sends none of them twice and says which are in doubt"""
        held = []

        def hold(gateway, handler, path, body):
            if handler.command != "POST" or len(gateway.sent) < 3:
                return False
            gateway.take(dict(urllib.parse.parse_qsl(body.decode())))
            held.append(1)
            return lambda: time.sleep(3)

        with gateway_standins.Twilio(fault=hold) as gateway:
            self.use(gateway.settings())
            command = ("send", "all", "--to", "parent", "--via", "sms", "-s", "x", "-m", "Once", "--yes", "--wait")
            self.kill_in_the_middle(lambda: held, command)
            gateway.fault = None
            self.once("2026-11-25T10:30:00Z", expect=None)
            job = self.job()
            numbers = [one["to"] for one in gateway.sent]
            self.assertEqual(len(set(numbers)), len(numbers), "a text went twice")
            self.assertGreaterEqual(job["in_doubt"], 1)
            self.assertLessEqual(job["in_doubt"], 8)
            self.assertEqual(18, job["complete"] + job["in_doubt"])
            self.assertEqual(0, job["failed"])

    def test_gateway_that_hangs(self):
        """D4, D5: a gateway that takes and never answers is left alone before much is in doubt"""
        with gateway_standins.Twilio(fault=lambda gateway, handler, path, body: lambda: time.sleep(2)) as gateway:
            self.use(gateway.settings('timeout = "1s"\n'))
            self.crier("send", "all", "--to", "parent", "--via", "sms", "-s", "x", "-m", "y", "--yes", env=SECRET)
            self.once("2026-11-25T10:30:00Z", expect=None)
            job = self.job()
            self.assertLessEqual(job["in_doubt"], 12, job)
            self.assertGreaterEqual(job["not_started"] + job["processing"], 6, job)

    def test_wrong_password(self):
        """D4: a password that is wrong, or missing, stops the channel and fails nobody; it is shown nowhere"""
        with gateway_standins.Twilio() as gateway:
            self.use(gateway.settings())
            result = self.crier("send", "form:7A", "--to", "parent", "--via", "sms", "-s", "x", "-m", "y", "--wait",
                                env={"GATEWAY_SECRET": "wr0ng"}, expect=None)
            self.assertNotIn("wr0ng", result.out + result.err)
            job = self.job()
            self.assertEqual((0, 7), (job["failed"], job["processing"] + job["not_started"]), job)
            errors = self.crier("status", 1, "--errors", "--json")
            self.assertEqual("authentication", errors.json["errors"][0]["cause"])
            self.assertEqual("configuration", errors.json["errors"][0]["class"])
            self.once("2026-11-25T11:00:00Z")
            self.assertEqual(7, self.job()["complete"])


class Examples(CrierCase):
    def test_they_are_settings(self):
        """D2: every example of a gateway is settings that crier takes"""
        self.init()
        plain = (self.folder / "crier.toml").read_text()
        files = sorted((crier_case.SOURCE / "examples" / "gateways").glob("*.toml"))
        self.assertEqual(4, len(files))
        for file in files:
            (self.folder / "crier.toml").write_text(plain + file.read_text())
            self.crier("status", env={"SMS_TOKEN": "x"})


class Voice(GatewayCase):
    SETTINGS = """
[channel.voice]
kind = "http"
url = "{url}/v1/calls"
body = "json"
password_env = "GATEWAY_SECRET"
fields = {{ "call.to" = "{{to}}", "call.say" = "{{text}}", ref = "{{id}}" }}
headers = {{ Authorization = "Bearer {{password}}" }}
answer = {{ ok = "/state", ok_is = ["queued"], id = "/id", error = "/error/code", text = "/error/message" }}
errors = {{ recipient = ["bad-number"], ours = ["AUTH"], unanswered = ["no-answer"] }}
retry = {{ first = "5m", deadline = "1h" }}
"""

    def test_calls(self):
        """D2: a gateway that is described in TOML places calls, and its own words for errors are understood"""
        with gateway_standins.Described() as gateway:
            self.use(self.SETTINGS.format(url=gateway.root))
            roster = oneroster.school()
            roster.find("users", "g-4")["sms"] = "07400 900400"
            roster.write(self.folder / "set")
            self.crier("import", "oneroster", "set")
            self.send("form:7A", "voice", "School is closed.", expect=1)
            job = self.job()
            self.assertEqual((6, 1), (job["complete"], job["failed"]), job)
            self.assertEqual({"School is closed."}, {one["call"]["say"] for one in gateway.sent})
            self.assertEqual(6, len({one["ref"] for one in gateway.sent}))
            self.assertIn("bad-number: unknown", self.errors()[0]["recipients"][0]["response"])
            self.assertNotIn("s3cret", json.dumps(self.errors()))


    def test_next_number(self):
        """D2: a call that nobody takes is made again, at their next number, and at none that is somebody else's"""
        first, second = "+447400900001", "+442079460123"
        self.crier("people", "add-address", "G1", "--phone", "home:020 7946 0123")
        with gateway_standins.Described(silent=[first]) as gateway:
            self.use(self.SETTINGS.format(url=gateway.root))
            self.send("pupil:P1", "voice", "School is closed.", expect=None)
            self.assertEqual(([first], []), (gateway.rung, gateway.sent))
            self.assertEqual("unanswered", self.errors()[0]["cause"])
            self.once("2026-11-25T10:07:00Z")
            self.assertEqual([second], [one["call"]["to"] for one in gateway.sent])
            self.assertEqual(1, self.job()["complete"])

    def test_next_number_and_sandbox(self):
        """M9: in a sandbox a call goes on to no number that it does not let through"""
        first = "+447400900001"
        self.crier("people", "add-address", "G1", "--phone", "home:020 7946 0123")
        with gateway_standins.Described(silent=[first]) as gateway:
            self.use(self.SETTINGS.format(url=gateway.root) + f'\n[sending]\nsandbox = ["{first}"]\n')
            self.send("pupil:P1", "voice", "School is closed.", expect=None)
            self.once("2026-11-25T10:07:00Z", expect=None)
            self.assertEqual(([first, first], []), (gateway.rung, gateway.sent))

    def test_redial(self):
        """D2: who has one number alone, or another's beside it, is called there again until the deadline"""
        number = "+447400900004"
        self.crier("people", "add-address", "G4", "--phone", "home:020 7946 0123")
        self.crier("people", "add-address", "G5", "--phone", "home:020 7946 0123")
        with gateway_standins.Described(silent=[number]) as gateway:
            self.use(self.SETTINGS.format(url=gateway.root))
            self.send("pupil:P4", "voice", "School is closed.", expect=None)
            for at in ("10:07", "10:20", "10:45"):
                self.once(f"2026-11-25T{at}:00Z", expect=None)
            self.assertEqual([number] * 4, gateway.rung)
            self.once("2026-11-25T12:00:00Z", expect=None)
            self.assertEqual(1, self.job()["failed"])
            self.assertEqual([], gateway.sent)


class WeChat(GatewayCase):
    def setUp(self):
        super().setUp()
        for number in (1, 4, 5, 6, 7):
            self.crier("people", "add-address", f"G{number}", "--wechat", f"Parent.{number}")

    def test_parents(self):
        """D2: parents of one message go in one request; whoever WeChat calls invalid has failed, the others not"""
        members = ["Parent.1", "Parent.4", "Parent.5", "Parent.7"]
        with gateway_standins.Wecom(members=members) as gateway:
            self.use(gateway.settings())
            self.send("all", "wechat", "停课通知：明天停课。", "--yes", "--skip-unreachable", expect=1)
            self.assertEqual([], gateway.complaints)
            sends = [path for _, path in gateway.asked if path.endswith("/message/send")]
            self.assertEqual(["/cgi-bin/externalcontact/message/send"], sends)
            self.assertEqual(sorted(members), sorted(one["to"] for one in gateway.sent))
            job = self.job()
            self.assertEqual((4, 1), (job["complete"], job["failed"]), job)
            self.assertEqual("G6", self.errors()[0]["recipients"][0]["code"])

    def test_app_and_token(self):
        """D2: application messages; the token is kept over restarts, and renewed once where it was taken back"""
        with gateway_standins.Wecom() as gateway:
            self.use(gateway.settings('audience = "app"\n'))
            self.send("pupil:P1", "wechat")
            self.send("pupil:P4", "wechat")
            self.assertEqual(1, len(gateway.tokens))
            gateway.tokens = {name: 0 for name in gateway.tokens}
            self.send("pupil:P5", "wechat")
            self.assertEqual(2, len(gateway.tokens))
            self.assertEqual(["Parent.1", "Parent.4", "Parent.5"], [one["to"] for one in gateway.sent])
            self.assertNotIn("s3cret", (self.folder / "crier.db").read_bytes().decode("latin-1"))

    def test_killed_in_the_middle(self):
        """D5: killed after WeChat took a batch and before it said so, the same batch goes again, heard once"""
        held = []

        def hold(gateway, handler, path, body):
            if not path.endswith("/message/send") or held:
                return False
            held.append(1)
            document = json.loads(body)
            to = document["to_parent_userid"]
            gateway.seen[(tuple(to), document["text"]["content"])] = True
            gateway.sent += [{"to": one, "text": document["text"]["content"]} for one in to]
            return lambda: time.sleep(3)

        with gateway_standins.Wecom(fault=hold) as gateway:
            self.use(gateway.settings())
            command = ("send", "all", "--to", "parent", "--via", "wechat", "-s", "x", "-m", "Once", "--yes",
                       "--skip-unreachable", "--wait")
            self.kill_in_the_middle(lambda: held, command)
            self.once("2026-11-25T10:10:00Z")
            self.assertEqual(5, len(gateway.sent), gateway.sent)
            self.assertEqual(5, self.job()["complete"])
            self.assertEqual(2, sum(path.endswith("/message/send") for _, path in gateway.asked))

    def test_killed_and_too_late(self):
        """D5: after the time in which WeChat knows a message again, what was under way stays in doubt"""
        held = []

        def hold(gateway, handler, path, body):
            if not path.endswith("/message/send") or held:
                return False
            held.append(1)
            return lambda: time.sleep(3)

        with gateway_standins.Wecom(fault=hold) as gateway:
            self.use(gateway.settings())
            command = ("send", "pupil:P1", "--to", "parent", "--via", "wechat", "-s", "x", "-m", "Once", "--wait")
            self.kill_in_the_middle(lambda: held, command)
            self.once("2026-11-25T14:10:00Z", expect=None)
            self.assertEqual(1, self.job()["in_doubt"])
            self.assertEqual([], gateway.sent)

    def test_lost_answer(self):
        """D5: an answer that was lost is asked for by the same request, with the same people in it"""
        lost = []

        def lose(gateway, handler, path, body):
            if not path.endswith("/message/send") or lost:
                return False
            lost.append(json.loads(body)["to_parent_userid"])
            gateway.seen[(tuple(lost[0]), json.loads(body)["text"]["content"])] = True
            gateway.drop(handler)
            return True

        with gateway_standins.Wecom(fault=lose) as gateway:
            self.use(gateway.settings('retry = { first = "60s" }\n'))
            self.send("all", "wechat", "Once", "--yes", "--skip-unreachable", expect=None)
            self.assertEqual(5, self.job()["processing"])
            # Somebody else's message meanwhile changes nothing of that request.
            self.send("pupil:P1", "wechat", "Another", clock="2026-11-25T10:00:30Z", expect=None)
            self.once("2026-11-25T10:05:00Z")
            jobs = self.crier("status", "--json").json["jobs"]
            self.assertEqual([1, 5], [job["complete"] for job in jobs])
            self.assertEqual([("Parent.1", "Another")], [(one["to"], one["text"]) for one in gateway.sent])

    def test_one_spoils_all(self):
        """D2: where WeChat turns a request away for one of its people, the others hear, and that one has failed"""
        def spoil(gateway, handler, path, body):
            if not path.endswith("/message/send") or "Parent.6" not in json.loads(body)["to_parent_userid"]:
                return False
            gateway.code(handler, 40003, "invalid userid")
            return True

        with gateway_standins.Wecom(fault=spoil) as gateway:
            self.use(gateway.settings())
            self.send("all", "wechat", "Closed", "--yes", "--skip-unreachable", expect=1)
            heard = sorted(one["to"] for one in gateway.sent)
            self.assertEqual(["Parent.1", "Parent.4", "Parent.5", "Parent.7"], heard)
            self.assertEqual(["G6"], [one["code"] for one in self.errors()[0]["recipients"]])
            self.assertEqual((4, 1), (self.job()["complete"], self.job()["failed"]))

    def test_registrations(self):
        """R4: whom WeChat does not reach is told before sending, and reached again once they follow the school"""
        with gateway_standins.Wecom() as gateway:
            self.use(gateway.settings())
            gateway.parents = [{"parent_userid": f"PARENT.{n}", "is_subscribe": int(n != 5), "children": []}
                               for n in (1, 4, 5, 6)]
            told = self.crier("contacts", "registrations", "--json", env=SECRET).json["registrations"]
            self.assertEqual({"parents": 4, "registered": 3, "addresses": 5, "opened": 0, "closed": 2}, told)
            answer = self.crier("resolve", "pupil:P5", "--to", "parent", "--via", "wechat", "--json").json
            self.assertEqual("not-registered", answer["recipients"][0]["channels"]["wechat"]["reason"])
            gateway.parents[2]["is_subscribe"] = 1
            told = self.crier("contacts", "registrations", "--json", env=SECRET).json["registrations"]
            self.assertEqual((1, 0), (told["opened"], told["closed"]))
            self.assertEqual(1, len(gateway.tokens))

    def test_registrations_cut_short(self):
        """R4: a list that would silence most parents is refused, as are a failed login and a channel that is none"""
        for number in (8, 9, 10):
            self.crier("people", "add-address", f"G{number}", "--wechat", f"Parent.{number}")
        with gateway_standins.Wecom() as gateway:
            self.use(gateway.settings())
            wrong = self.crier("contacts", "registrations", "--json", env={"GATEWAY_SECRET": "wr0ng"}, expect=7)
            self.assertIn("errcode 40001", wrong.error["message"])
            self.assertNotIn("wr0ng", wrong.out + wrong.err)
            refused = self.crier("contacts", "registrations", "--json", env=SECRET, expect=5)
            self.assertEqual("registrations-guard", refused.error["code"])
            accepted = self.crier("contacts", "registrations", "--accept", "--json", env=SECRET).json
            self.assertEqual(8, accepted["registrations"]["closed"])
        self.use("")
        self.assertEqual("no-wechat", self.crier("contacts", "registrations", "--json", expect=2).error["code"])

    def test_doctor(self):
        """S6: doctor says of each gateway whether it lets us in, and sends nothing"""
        with gateway_standins.Wecom() as wechat, gateway_standins.Twilio() as sms:
            self.use(wechat.settings() + sms.settings())
            findings = self.crier("doctor", "--json", env=SECRET, expect=None).json["findings"]
            good = {one["check"]: one for one in findings}
            self.assertEqual("ok", good["gateway-wechat"]["level"], good)
            bad = self.crier("doctor", "--json", env={"GATEWAY_SECRET": "wr0ng"}, expect=None)
            found = {one["check"]: one for one in bad.json["findings"]}
            for check in ("gateway-wechat", "gateway-sms"):
                self.assertEqual("error", found[check]["level"])
                self.assertIn("authentication", found[check]["message"])
            self.assertNotIn("wr0ng", bad.out + bad.err)
            self.assertEqual([], wechat.sent + sms.sent)

    def fall_back(self, wechat, sms):
        self.use(wechat.settings() + sms.settings())
        self.crier("send", "all", "--to", "parent", "--via", "wechat,sms", "--fallback", "30m", "-s", "x",
                   "-m", "Closed", "--yes", "--wait", env=SECRET, expect=None)

    def test_fallback(self):
        """D10: WeChat first; texts at once to whom it cannot reach, later to whom it did not, to nobody twice"""
        with gateway_standins.Wecom(members=["Parent.1", "Parent.4", "Parent.5", "Parent.7"]) as wechat, \
                gateway_standins.Twilio() as sms:
            self.fall_back(wechat, sms)
            self.assertEqual(4, len(wechat.sent))
            self.assertEqual(13, len(sms.sent))
            self.once("2026-11-25T10:29:00Z", expect=None)
            self.assertEqual(13, len(sms.sent))
            self.once("2026-11-25T10:31:00Z", expect=None)
            self.assertEqual("+447400900006", sms.sent[13]["to"])
            self.assertEqual(14, len(sms.sent))
            self.assertEqual(14, len({one["to"] for one in sms.sent}))
            texts = next(job for job in self.crier("status", "--json").json["jobs"] if job["type"] == "sms")
            self.assertEqual((14, 4, 0), (texts["complete"], texts["cancelled"], texts["failed"]), texts)
            self.assertEqual([], self.errors(texts["id"]))
            self.crier("store", "check")

    def test_fallback_takes_over(self):
        """D10: where WeChat is down, texts take over after 30 minutes, and WeChat has nothing left to send to them"""
        down = lambda gateway, handler, path, body: gateway.send(handler, 503, "later") or True
        with gateway_standins.Wecom(fault=down) as wechat, gateway_standins.Twilio() as sms:
            self.fall_back(wechat, sms)
            self.assertEqual(13, len(sms.sent))
            self.once("2026-11-25T10:31:00Z", expect=None)
            self.assertEqual(18, len(sms.sent))
            wechat.fault = None
            self.once("2026-11-25T12:00:00Z", expect=None)
            self.assertEqual([], wechat.sent)
            first = next(job for job in self.crier("status", "--json").json["jobs"] if job["type"] == "wechat")
            self.assertEqual(5, first["cancelled"], first)

    def test_fallback_refused(self):
        """D10: a fallback without a second channel, or after no time, is refused with the remedy"""
        for options, code in ((("--via", "wechat", "--fallback", "30m"), "no-fallback"),
                              (("--via", "wechat,sms", "--fallback", "soon"), "bad-span"),
                              (("--via", "wechat,sms", "--fallback", "5s"), "bad-span")):
            refused = self.crier("send", "all", "-s", "x", "-m", "y", *options, "--json", expect=2)
            self.assertEqual(code, refused.error["code"])

    def test_fallback_after_approval(self):
        """D10, M4: what waits for an approval waits from then on, but for whom only a text can reach"""
        with gateway_standins.Wecom() as wechat, gateway_standins.Twilio() as sms:
            self.plain += '\n[approval]\ninformational = "required"\n'
            self.fall_back(wechat, sms)
            self.crier("approve", 1, clock="2026-11-25T12:00:00Z")
            self.once("2026-11-25T12:01:00Z", expect=None)
            self.assertEqual(5, len(wechat.sent))
            sent = len(sms.sent)
            self.once("2026-11-25T12:31:00Z", expect=None)
            self.assertEqual((13, 13), (sent, len(sms.sent)))

    def test_too_long(self):
        """M1: what WeChat would cut without a word is refused before it is queued"""
        with gateway_standins.Wecom() as gateway:
            self.use(gateway.settings())
            refused = self.send("pupil:P1", "wechat", "学" * 601, "--json", expect=5)
            self.assertEqual("limit", refused.error["code"])
            self.assertEqual([], gateway.asked)


if __name__ == "__main__":
    unittest.main()
