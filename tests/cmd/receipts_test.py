"""Receipts of gateways: who may bring them, what they do to a delivery, and that none that was answered is lost."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import signal
import socket
import time
import urllib.parse

import crier_case
import oneroster
from crier_case import CrierCase
from sms_gateway import Gateway

ACCOUNT = "AC" + "0123456789abcdef" * 2
COUNTS = ("not_started", "processing", "complete", "failed", "held", "in_doubt", "cancelled")


class GatewayCase(CrierCase):
    """A daemon that sends by a gateway and listens to it."""

    kind = "kannel"

    def setUp(self):
        super().setUp()
        self.init()
        oneroster.school(pupils=20).write(self.folder / "set")
        self.crier("import", "oneroster", "set")
        self.gateway = Gateway()
        self.addCleanup(self.gateway.close)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.write("secret", "s3cret\n")
        self.settings(self.channel())

    def channel(self, more=""):
        base = f"http://127.0.0.1:{self.gateway.port}"
        kinds = {
            "kannel": f'base_url = "{base}/sendsms"\nuser = "school"\n',
            "twilio": f'base_url = "{base}"\nuser = "{ACCOUNT}"\n',
            "http": f'url = "{base}/send"\nbody = "form"\n'
                    'fields = { to = "{to}", text = "{text}", callback = "{receipt_url}" }\n'
                    'receipt = { status = "state", delivered = ["DELIVRD", 0], failed = ["REJECTD"], '
                    'undelivered = ["UNDELIV"], buffered = ["ENROUTE"], error = "err", part = "part" }\n'
                    'errors = { recipient = ["404"], opted_out = ["21"] }\n',
        }
        return (f'[channel.sms]\nkind = "{self.kind}"\n{kinds[self.kind]}password_file = "secret"\n'
                f'receipts = "http://127.0.0.1:{self.port}"\n{more}')

    def wait_for(self, what, seconds=20):
        end = time.monotonic() + seconds
        while True:
            found = what()
            if found:
                return found
            self.assertLess(time.monotonic(), end, "it did not come to pass in time")
            time.sleep(0.02)

    def start(self, **more):
        process = self.popen("daemon", "--listen", f"127.0.0.1:{self.port}", **more)
        os.set_blocking(process.stderr.fileno(), False)
        self.log = b""

        def said():
            self.log += process.stderr.read() or b""
            self.assertIsNone(process.poll(), self.log)
            return b"crier works" in self.log

        self.wait_for(said)
        self.daemon = process
        return process

    def stop(self, how=signal.SIGTERM):
        self.daemon.send_signal(how)
        self.daemon.wait(timeout=40)

    def send(self, whom="form:7A", text="B", expect=0):
        return self.crier("send", whom, "--to", "parent", "--via", "sms", "-s", "S", "-m", text, "--yes",
                          expect=expect)

    def job(self, number=1):
        job = next(one for one in self.crier("status", "--json").json["jobs"] if one["id"] == number)
        self.assertEqual(job["messages"], sum(job[part] for part in COUNTS), job)
        self.crier("store", "check")
        return job

    def sent(self, whom="form:7A", **more):
        """A job whose messages the gateway has; the addresses for their receipts."""
        before = len(self.gateway.asked)
        self.send(whom, **more)
        self.wait_for(lambda: self.crier("status", "--json").json["jobs"][0]["complete"] > 0
                      and self.crier("status", "--json").json["jobs"][0]["processing"] == 0)
        return sorted(map(self.receipt_address, self.gateway.asked[before:]), key=self.delivery_of)

    @staticmethod
    def receipt_address(asked):
        return next(asked[name] for name in ("dlr-url", "StatusCallback", "callback") if name in asked)

    @staticmethod
    def delivery_of(address):
        return int(urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["d"][0])

    def call(self, address, form=None, method=None, host=None, kind="application/x-www-form-urlencoded", **headers):
        parts = urllib.parse.urlsplit(address)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            body = None if form is None else form if isinstance(form, str) else urllib.parse.urlencode(form)
            if body is not None:
                headers["Content-Type"] = kind
            if host:
                headers["Host"] = host
            target = parts.path + ("?" + parts.query if parts.query else "")
            connection.request(method or ("GET" if body is None else "POST"), target, body=body,
                               headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            connection.close()

    def receipt(self, address, value, text="", expect=200):
        """As Kannel fills in the address that it was given."""
        filled = address.replace("%d", str(value)).replace("%A", urllib.parse.quote_plus(text)).replace("%F", "ab12")
        answer = self.call(filled)
        self.assertEqual(expect, answer.status, answer.text)
        return answer

    def shown(self, address):
        return self.crier("deliveries", "show", self.delivery_of(address), "--json").json["delivery"]

    def answers(self):
        text = self.call("http://x/metrics", host="localhost").text
        return {name: int(count) for name, count in
                re.findall(r'crier_gateway_calls_total\{answer="([a-z-]+)"\} (\d+)', text) if count != "0"}


class Kannel(GatewayCase):
    def test_delivered(self):
        """D1: 'delivered' stands beside complete; what the gateway has not told of is accepted"""
        self.start()
        addresses = self.sent()
        self.assertEqual(7, len(addresses))
        self.assertIsNone(self.job()["delivered"])
        for value in (8, 4):
            self.receipt(addresses[0], value)
        self.assertEqual((7, 0), (self.job()["complete"], self.job()["delivered"]))
        for address in addresses[:3]:
            self.receipt(address, 1, "id:1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:")
        self.assertEqual((7, 3), (self.job()["complete"], self.job()["delivered"]))
        shown = self.shown(addresses[0])
        self.assertEqual("delivered", shown["receipt"])
        self.assertEqual([("delivered", 1)], [(one["state"], one["attempt"]) for one in shown["receipts"]])
        self.assertIn("stat:DELIVRD", shown["receipts"][0]["text"])
        self.assertIn("Delivered", self.crier("status").out)
        self.assertIn("stat:DELIVRD", self.crier("deliveries", "show", self.delivery_of(addresses[0])).out)
        report = self.crier("report", "delivery", "--format", "csv").out
        self.assertEqual(3, report.count(",delivered"), report)

    def test_failed(self):
        """D1: a receipt of failure fails the delivery, by its cause; a failure wins over 'delivered', in any order"""
        self.start()
        addresses = self.sent()
        unknown = "id:1 stat:UNDELIV err:001 text:"
        self.receipt(addresses[0], 2, unknown)
        self.receipt(addresses[1], 2, "id:1 stat:EXPIRED err:027 text:")
        self.receipt(addresses[2], 16, "NACK/0x0000000b/Invalid Destination Address")
        self.receipt(addresses[3], 1)
        self.receipt(addresses[3], 2, unknown)
        self.receipt(addresses[4], 2, unknown)
        self.receipt(addresses[4], 1)
        self.receipt(addresses[4], 8)
        job = self.job()
        self.assertEqual((2, 5, 0), (job["complete"], job["failed"], job["delivered"]))
        errors = {one["cause"]: one for one in self.crier("status", 1, "--errors", "--json").json["errors"]}
        self.assertEqual({"refused-recipient": 4, "phone-unreachable": 1},
                         {cause: one["count"] for cause, one in errors.items()})
        self.assertEqual({unknown, "NACK/0x0000000b/Invalid Destination Address"},
                         {one["response"] for one in errors["refused-recipient"]["recipients"]})

    def test_double(self):
        """D1: the same receipt twice, and one that tells less than is known, are answered and change nothing"""
        self.start()
        address = self.sent()[0]
        self.receipt(address, 1, "first")
        before = self.shown(address)
        for value in (1, 8, 4, 1, 32, 99):
            self.receipt(address, value, "again")
        self.assertEqual(before, self.shown(address))
        self.receipt(address, 2, "bad")
        failed = self.shown(address)
        self.receipt(address, 2, "bad")
        self.receipt(address, 16, "worse")
        self.assertEqual(len(failed["attempts"]), len(self.shown(address)["attempts"]))
        self.assertEqual(1, self.job()["failed"])

    def test_forged(self):
        """W3: an address that the store has not sealed is refused and counted, and nothing changes"""
        self.start()
        first, second = self.sent()[:2]
        seal = re.search(r"s=([^&]+)", first)[1]
        other = re.search(r"s=([^&]+)", second)[1]
        for address in (first.replace(seal, other), first.replace(seal, ""), first.replace("&a=1", "&a=2"),
                        first.replace("d=", "d=9"), first.replace("/sms/", "/voice/"), first.split("&s=")[0],
                        f"http://127.0.0.1:{self.port}/gateway/sms/receipt"):
            status = self.call(address.replace("%d", "2").replace("%A", "x").replace("%F", "x")).status
            self.assertEqual(404 if "/voice/" in address else 403, status, address)
        self.assertEqual(0, self.job()["failed"])
        self.assertEqual({"forged": 6, "no-gateway": 1}, self.answers())
        self.wait_for(lambda: self.stderr_has(b"refused, for they are not from a gateway of ours: 1 calls"))
        self.assertNotIn(seal.encode(), self.log)

    def stderr_has(self, words):
        self.log += self.daemon.stderr.read() or b""
        return words in self.log

    def test_not_understood(self):
        """D1: a receipt without a state, and one whose state means nothing, are told apart; neither does harm"""
        self.start()
        address = self.sent()[0]
        self.assertEqual(400, self.call(address.split("&status")[0]).status)
        self.receipt(address, 77)
        self.assertEqual("complete", self.shown(address)["state"])
        self.assertEqual(404, self.call("http://x/gateway/sms/other", host="localhost").status)
        self.assertEqual(404, self.call("http://x/gateway/pigeon/receipt", host="localhost").status)
        self.assertEqual(405, self.call(address, method="HEAD").status)
        self.assertEqual(421, self.call(address, host="evil.example").status)

    def test_before_our_own_answer(self):
        """D1: a receipt that comes before the gateway's answer is kept, and counts when that has come"""
        self.start()
        self.gateway.may_answer.clear()
        self.send()
        self.wait_for(lambda: len(self.gateway.asked) >= 2)
        early = [self.receipt_address(asked) for asked in self.gateway.asked[:2]]
        self.receipt(early[0], 1)
        self.receipt(early[1], 2, "stat:UNDELIV err:001")
        self.assertEqual({"claimed"}, {self.shown(address)["state"] for address in early})
        self.gateway.may_answer.set()
        self.wait_for(lambda: self.job()["processing"] + self.job()["not_started"] == 0)
        self.wait_for(lambda: self.job()["failed"] == 1)
        self.assertEqual((6, 1), (self.job()["complete"], self.job()["delivered"]))
        self.assertEqual(("complete", "failed"), tuple(self.shown(address)["state"] for address in early))

    def test_in_doubt(self):
        """D5: what is in doubt is complete, or failed, when its receipt comes"""
        self.start()
        self.gateway.hang_up = True
        self.send()
        self.wait_for(lambda: self.job()["in_doubt"] == 7)
        addresses = [self.receipt_address(asked) for asked in self.gateway.asked]
        self.receipt(addresses[0], 1)
        self.receipt(addresses[1], 8)
        self.receipt(addresses[2], 2, "stat:UNDELIV err:001")
        self.receipt(addresses[3], 77)
        job = self.job()
        self.assertEqual((2, 1, 4, 1), tuple(job[key] for key in ("complete", "failed", "in_doubt", "delivered")))

    def test_killed(self):
        """D5: a receipt that was answered outlasts a kill, also one that came before our own answer"""
        self.start()
        addresses = self.sent()
        self.receipt(addresses[0], 2, "stat:UNDELIV err:001")
        self.gateway.may_answer.clear()
        self.send("form:9B")
        self.wait_for(lambda: len(self.gateway.asked) > len(addresses))
        early = self.receipt_address(self.gateway.asked[len(addresses)])
        self.receipt(early, 1)
        self.stop(signal.SIGKILL)
        self.assertEqual(1, self.job()["failed"])
        self.gateway.may_answer.set()
        self.start()
        # In hand when it was killed: in doubt, if the gateway had not said that it has it.
        self.wait_for(lambda: self.shown(early)["state"] == "complete")
        self.assertEqual(1, self.job(2)["delivered"])

    def test_rerun(self):
        """D7: what a receipt failed is rerun; receipts of the time before do not count for it any more"""
        self.start()
        addresses = self.sent()
        self.receipt(addresses[0], 2, "stat:UNDELIV err:001")
        self.crier("rerun", 1, "--failed")
        self.wait_for(lambda: len(self.gateway.asked) == 8 and self.job()["complete"] == 7)
        again = self.receipt_address(self.gateway.asked[7])
        self.assertEqual(self.delivery_of(addresses[0]), self.delivery_of(again))
        self.receipt(addresses[0], 16, "late")
        self.assertEqual("complete", self.shown(again)["state"])
        self.receipt(again, 1)
        self.assertEqual((7, 1), (self.job()["complete"], self.job()["delivered"]))

    def test_blocked(self):
        """D9: three texts in a row that a receipt calls undeliverable block the number; what passes does not"""
        self.start()
        for number in range(3):
            addresses = self.sent()
            self.receipt(addresses[0], 2, "stat:UNDELIV err:001")
            self.receipt(addresses[1], 2, "stat:UNDELIV err:027")
        found = [self.crier("contacts", "show", code, "--json").out for code in ("G1", "G4", "G7")]
        self.assertEqual(1, sum("blocked-text-failure" in one for one in found), found)

    def test_gone(self):
        """D1: a receipt of a delivery that was let go is answered so, and counted"""
        self.start()
        address = self.sent()[0]
        self.receipt(address, 1)
        self.stop()
        self.crier("retention", "run", clock="2031-11-25T10:00:00Z")
        self.start(clock="2031-11-25T10:00:00Z")
        self.receipt(address, 1, expect=410)
        self.assertEqual({"unknown": 1}, self.answers())
        self.crier("store", "check")


class Twilio(GatewayCase):
    kind = "twilio"

    def sign(self, address, form, token="s3cret"):
        text = address + "".join(name + form[name] for name in sorted(form))
        return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()

    def told(self, address, status, code="", expect=200, signature=None):
        form = {"MessageSid": "SM" + "0" * 32, "MessageStatus": status, "AccountSid": ACCOUNT,
                "To": "+447400900001", "From": "+447400900999"}
        if code:
            form["ErrorCode"] = code
        signature = self.sign(address, form) if signature is None else signature
        answer = self.call(address, form, X_Twilio_Signature=signature)
        self.assertEqual(expect, answer.status, answer.text)

    def test_states(self):
        """D1: Twilio's states and codes, each signed"""
        self.start()
        addresses = self.sent()
        self.told(addresses[0], "sent")
        self.told(addresses[0], "delivered")
        self.told(addresses[0], "sending")
        self.told(addresses[1], "undelivered", "30005")
        self.told(addresses[2], "undelivered", "30003")
        self.told(addresses[3], "failed", "30007")
        self.told(addresses[4], "failed")
        job = self.job()
        self.assertEqual((3, 4, 1), (job["complete"], job["failed"], job["delivered"]))
        errors = {one["cause"]: one["count"] for one in self.crier("status", 1, "--errors", "--json").json["errors"]}
        self.assertEqual({"refused-recipient": 1, "phone-unreachable": 1, "filtered": 1, "refused-by-network": 1},
                         errors)

    def test_forged(self):
        """W3: without Twilio's signature over the address and all fields, or with another's, nothing is taken"""
        self.start()
        address = self.sent()[0]
        form = {"MessageStatus": "failed", "ErrorCode": "30005"}
        for signature in ("", "x", self.sign(address, form, "other"), self.sign(address + "&x=1", form),
                          self.sign(address, {**form, "ErrorCode": "30003"}), self.sign(address, {})):
            headers = {"X_Twilio_Signature": signature} if signature else {}
            self.assertEqual(403, self.call(address, form, **headers).status, signature)
        self.assertEqual(403, self.call(address + "&MessageStatus=failed").status)
        self.assertEqual(0, self.job()["failed"])
        self.assertEqual(200, self.call(address, form, X_Twilio_Signature=self.sign(address, form)).status)
        self.assertEqual(1, self.job()["failed"])

    def test_opted_out(self):
        """D12: 'opted out' in a receipt is an opt-out of the person, at once true for what is queued"""
        self.start()
        address = self.sent("form:7A")[0]
        code = self.shown(address)["code"]
        self.told(address, "failed", "21610")
        self.assertIn("opted", self.crier("contacts", "show", code).out)
        after = self.sent("form:7A")
        self.assertEqual(6, len(after))


class Described(GatewayCase):
    kind = "http"

    def test_words(self):
        """D1: a gateway of the settings' own words, by query, form and JSON"""
        self.start()
        addresses = self.sent()
        self.assertEqual(200, self.call(addresses[0] + "&state=delivrd").status)
        self.assertEqual(200, self.call(addresses[1], {"state": "UNDELIV", "err": "404"}).status)
        self.assertEqual(200, self.call(addresses[2], json.dumps({"state": 0}), kind="application/json").status)
        self.assertEqual(200, self.call(addresses[3], {"state": "REJECTD", "err": "21"}).status)
        self.assertEqual(200, self.call(addresses[4], {"state": "WONDERFUL"}).status)
        self.assertEqual(400, self.call(addresses[4], {"status": "DELIVRD"}).status)
        self.assertEqual(400, self.call(addresses[4], "[1]", kind="application/json").status)
        self.assertEqual(400, self.call(addresses[4], '{"state":', kind="application/json").status)
        self.assertEqual(415, self.call(addresses[4], "<state/>", kind="text/xml").status)
        job = self.job()
        self.assertEqual((5, 2, 2), (job["complete"], job["failed"], job["delivered"]))

    def test_parts(self):
        """D1: a long text is delivered when all of its parts are, and failed when one is"""
        self.start()
        addresses = self.sent(text="word " * 60)
        self.assertEqual(2, self.shown(addresses[0])["segments"])
        for _ in range(2):
            self.call(addresses[0], {"state": "DELIVRD", "part": "1"})
        self.assertEqual((0, "accepted"), (self.job()["delivered"], self.shown(addresses[0])["receipt"]))
        self.call(addresses[0], {"state": "DELIVRD", "part": "2"})
        self.assertEqual(1, self.job()["delivered"])
        self.call(addresses[1], {"state": "DELIVRD", "part": "1"})
        self.call(addresses[1], {"state": "UNDELIV", "part": "2", "err": "404"})
        self.assertEqual("failed", self.shown(addresses[1])["state"])
        # One that names no part speaks for all.
        self.call(addresses[2], {"state": "DELIVRD"})
        self.assertEqual(2, self.job()["delivered"])


if __name__ == "__main__":
    crier_case.main()
