"""Replies by text message: who may bring them, what STOP, START and HELP do, and what the office reads."""

import json
import urllib.parse

import crier_case
import oneroster
from receipts_test import GatewayCase, Twilio

NUMBER = {number: f"+4474009000{number:02}" for number in (1, 4, 7, 10)}


class ReplyCase(GatewayCase):
    def channel(self, more=""):
        self.write("key", "reply-key\n")
        return super().channel('reply_secret_file = "key"\n' + more)

    def reply(self, sender, text, id="", key="reply-key", expect=200, **more):
        parameters = {"key": key, "from": sender, "to": "447400900999", "text": text, **more}
        if id:
            parameters["id"] = id
        answer = self.call("http://x/gateway/sms/reply?" + urllib.parse.urlencode(parameters), host="127.0.0.1")
        self.assertEqual(expect, answer.status, answer.text)
        return answer.text

    def replies(self, *more):
        return self.crier("replies", "list", *more, "--json").json["replies"]

    def opted_out(self, code):
        return "opted out" in self.crier("contacts", "show", code).out


class Kannel(ReplyCase):
    def test_stop(self):
        """D12: STOP is an opt-out at once, also for what is queued, answered once, and outlasts an import"""
        self.start()
        self.gateway.may_answer.clear()
        self.send("all")
        self.wait_for(lambda: len(self.gateway.asked) >= 4)
        taken = {asked["to"] for asked in self.gateway.asked}
        number, sender = next((n, f"+4474009000{n:02}") for n in range(20, 3, -1)
                              if f"+4474009000{n:02}" not in taken)
        answer = self.reply(sender, "Stop.", id="m1")
        self.assertRegex(answer, r"^Cambridge School: you will get no more .* START")
        self.gateway.may_answer.set()
        self.wait_for(lambda: self.job()["processing"] + self.job()["not_started"] == 0)
        self.assertEqual(1, self.job()["cancelled"])
        self.assertNotIn(sender, {asked["to"] for asked in self.gateway.asked})
        self.assertTrue(self.opted_out(f"G{number}"))
        oneroster.school(pupils=21).write(self.folder / "set")
        self.crier("import", "oneroster", "set")
        self.assertTrue(self.opted_out(f"G{number}"))
        self.assertEqual([], self.replies())
        done = self.replies("--all")
        self.assertEqual([("stop", True, "crier")], [(one["word"], one["answered"], one["done_by"]) for one in done])

    def test_start(self):
        """D12: START takes back what STOP said, not what the office entered; HELP names the school"""
        self.start()
        self.reply(NUMBER[4], "STOP")
        self.assertTrue(self.opted_out("G4"))
        # One automatic answer a day and number: no two machines talk to each other here.
        self.assertEqual("", self.reply(NUMBER[4], "START"))
        self.assertFalse(self.opted_out("G4"))
        self.crier("contacts", "opt-out", "G7", "--channel", "sms")
        self.reply(NUMBER[7], "START")
        self.assertTrue(self.opted_out("G7"))
        self.assertRegex(self.reply(NUMBER[10], "help"), "^Cambridge School: .*STOP")

    def test_yes(self):
        """D12: YES takes STOP back, and is an answer for the office where there is nothing to take back"""
        self.start()
        self.assertEqual("", self.reply(NUMBER[4], "Yes"))
        self.assertEqual(["Yes"], [one["text"] for one in self.replies()])
        self.reply(NUMBER[7], "STOP")
        self.reply(NUMBER[7], "YES")
        self.assertFalse(self.opted_out("G7"))
        self.assertEqual(1, len(self.replies()))

    def test_kept(self):
        """D12: anything else is kept and shown, with whoever has the number, until somebody has dealt with it"""
        self.start()
        self.assertEqual("", self.reply(NUMBER[4], "Ben is ill today – Grüße 你好"))
        self.assertEqual("", self.reply("07000 000", "who are you"))
        self.assertEqual("", self.reply("AMAZON", "STOP"))
        first, second = self.replies()[::-1]
        self.assertEqual(("Ben is ill today – Grüße 你好", NUMBER[4], None, None),
                         (first["text"], first["from"], first["word"], first["done"]))
        self.assertEqual(["G4"], [person["code"] for person in first["people"]])
        self.assertEqual([], second["people"])
        self.assertIn("Ben is ill", self.crier("replies", "list").out)
        self.assertIn("whom nobody here has", self.crier("replies", "show", second["id"]).out)
        done = self.crier("replies", "done", first["id"], "--json").json["replies"]
        self.assertIsNotNone(done[0]["done"])
        self.assertEqual([second["id"]], [one["id"] for one in self.replies()])
        self.assertEqual("reply-done", self.crier("replies", "done", first["id"], second["id"], "--json",
                                                  expect=5).error["code"])
        self.assertEqual(1, len(self.replies()))
        self.assert_two_lines(self.crier("replies", "show", 99, expect=4))
        self.assert_two_lines(self.crier("replies", "list", "--since", "soon", expect=2))
        self.assertEqual([], self.replies("--all", "--since", "2026-11-26"))

    def test_twice(self):
        """D12: what a gateway brings twice, and the same text within minutes, is one reply"""
        self.start()
        self.reply(NUMBER[4], "Hello", id="a")
        self.reply(NUMBER[4], "Hello", id="a")
        self.reply(NUMBER[4], "Hello", id="b")
        self.reply(NUMBER[4], "Hello again", id="a")
        self.reply(NUMBER[7], "Hello", id="c")
        self.assertEqual(2, len(self.replies()))
        self.assertTrue(self.reply(NUMBER[10], "STOP", id="s"))
        self.assertEqual("", self.reply(NUMBER[10], "STOP", id="s"))
        self.assertEqual({"taken": 3, "again": 4}, self.answers())

    def test_forged(self):
        """W3: without the key nothing is taken; without a sender or a text it is not understood"""
        self.start()
        for key in ("", "other", "reply-keyx", "reply-ke"):
            self.reply(NUMBER[4], "STOP", key=key, expect=403)
        self.assertEqual(403, self.call("http://x/gateway/sms/reply?from=1&text=STOP", host="127.0.0.1").status)
        self.reply("", "STOP", expect=400)
        self.assertEqual(400, self.call("http://x/gateway/sms/reply?key=reply-key&from=1", host="127.0.0.1").status)
        self.assertEqual(404, self.call("http://x/gateway/voice/reply?key=reply-key", host="127.0.0.1").status)
        self.assertFalse(self.opted_out("G4"))
        self.assertEqual([], self.replies("--all"))

    def test_unknown_number(self):
        """D12: STOP of a number that nobody has holds for whoever an import brings with it"""
        self.start()
        self.reply("+447400900021", "STOP")
        oneroster.school(pupils=22).write(self.folder / "set")
        self.crier("import", "oneroster", "set")
        self.assertTrue(self.opted_out("G21"))
        self.assertFalse(self.opted_out("G22"))

    def test_own_words(self):
        """D12: the settings' further words, Spanish and Chinese, each answered in its language"""
        self.stop_words = 'reply_words = { stop = ["Basta"] }\n'
        (self.folder / "crier.toml").write_text((self.folder / "crier.toml").read_text().replace(
            "[channel.sms]\n", "[channel.sms]\n" + self.stop_words))
        self.start()
        self.reply(NUMBER[4], "¡BASTA!")
        self.assertTrue(self.opted_out("G4"))
        self.assertIn("ALTA", self.reply(NUMBER[7], "Baja"))
        self.assertIn("订阅", self.reply(NUMBER[10], "退订"))

    def test_personal(self):
        """P1: a reply goes with the person that it is from, is in what is kept of them, and is let go in time"""
        self.start()
        self.reply(NUMBER[4], "Ben is ill")
        self.reply(NUMBER[7], "Bye")
        self.stop()
        self.crier("people", "export", "G4", "-o", "g4.json", "--format", "json")
        self.assertIn("Ben is ill", (self.folder / "g4.json").read_text())
        self.crier("people", "erase", "G4", "--yes")
        self.assertEqual(["Bye"], [one["text"] for one in self.replies()])
        self.crier("retention", "run", clock="2028-01-25T10:00:00Z")
        self.assertEqual([], self.replies("--all"))


class Described(ReplyCase):
    kind = "http"

    def channel(self, more=""):
        return super().channel('reply = { from = "/sms/msisdn", text = "/sms/body", id = "/sms/id" }\n')

    def test_json(self):
        """D12: a gateway of the settings' own names brings replies as JSON; what it does not send back is not said"""
        self.start()
        address = "http://x/gateway/sms/reply?key=reply-key"

        def bring(document):
            return self.call(address, json.dumps(document), kind="application/json", host="localhost")

        answer = bring({"sms": {"msisdn": NUMBER[4], "body": "STOP", "id": 7}})
        self.assertEqual((200, ""), (answer.status, answer.text))
        self.assertTrue(self.opted_out("G4"))
        self.assertFalse(self.replies("--all")[0]["answered"])
        self.assertEqual(400, bring({"msisdn": NUMBER[4], "body": "STOP"}).status)
        self.assertEqual(400, bring([]).status)


class TwilioReplies(Twilio):
    def test_replies(self):
        """D12: Twilio's replies are signed; what it answers itself is not answered again"""
        self.start()
        address = f"http://127.0.0.1:{self.port}/gateway/sms/reply"

        def bring(sender, text, number, expect=200, token="s3cret"):
            form = {"MessageSid": f"SM{number:032x}", "From": sender, "To": "+447400900999", "Body": text,
                    "NumMedia": "0"}
            answer = self.call(address, form, X_Twilio_Signature=self.sign(address, form, token))
            self.assertEqual(expect, answer.status, answer.text)
            return answer.text

        empty = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
        bring(NUMBER[4], "STOP", 1, expect=403, token="other")
        self.assertEqual(empty, bring(NUMBER[4], "STOP", 1))
        self.assertIn("opted out", self.crier("contacts", "show", "G4").out)
        self.assertIn("<Message>Cambridge School: no recibira", bring(NUMBER[7], "baja", 2))
        self.assertEqual(empty, bring(NUMBER[7], "Tom & <Jerry>", 3))
        self.assertEqual(["Tom & <Jerry>"],
                         [one["text"] for one in self.crier("replies", "list", "--json").json["replies"]])


# What is inherited is receipts_test's own.
for name in [name for name in dir(TwilioReplies) if name.startswith("test_") and name != "test_replies"]:
    setattr(TwilioReplies, name, None)
del Twilio, GatewayCase

if __name__ == "__main__":
    crier_case.main()
