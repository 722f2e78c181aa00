"""Text messages through a real Kannel, its fake SMSC at its other end, and its receipts."""

import pathlib
import shutil
import socket
import subprocess
import time
import unittest
import urllib.parse

from gateways_test import SECRET, GatewayCase

FAKESMSC = pathlib.Path("/usr/lib/kannel/test/fakesmsc")


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@unittest.skipUnless(shutil.which("bearerbox") and FAKESMSC.exists(), "skipped: Kannel is not installed")
class Kannel(GatewayCase):
    """A real Kannel, its fake SMSC at its other end."""

    def setUp(self):
        super().setUp()
        self.admin, self.boxes, self.smsc, self.port = free_ports(4)
        self.write("kannel.conf", f"""group = core
admin-port = {self.admin}
admin-password = bar
smsbox-port = {self.boxes}
box-allow-ip = 127.0.0.1
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake
port = {self.smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {self.port}

group = sendsms-user
username = school
password = s3cret
max-messages = 6
concatenation = true

group = sms-service
keyword = default
text = "no service"
max-messages = 0
""")
        self.start("bearerbox", "kannel.conf")
        self.wait_for_port(self.boxes)
        self.wait_for_port(self.smsc)
        self.start("smsbox", "kannel.conf")
        self.wait_for_port(self.port)
        self.start(FAKESMSC, "-H", "127.0.0.1", "-r", self.smsc, "-i", "1", "-m", "1", "447400900123 123 text hello",
                   log="fakesmsc.log")
        self.use(f'\n[channel.sms]\nkind = "kannel"\nbase_url = "http://127.0.0.1:{self.port}/cgi-bin/sendsms"\n'
                 f'user = "school"\npassword_env = "GATEWAY_SECRET"\n')

    def start(self, *command, log=None):
        out = open(self.folder / log, "wb") if log else subprocess.DEVNULL
        process = subprocess.Popen([str(one) for one in command], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT)

        def end():
            process.kill()
            process.wait()
            if log:
                out.close()

        self.addCleanup(end)

    def wait_for_port(self, port):
        end = time.monotonic() + 15
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            self.assertLess(time.monotonic(), end, f"nobody listens at {port}")
            time.sleep(0.05)

    def received(self, count):
        """The last words of the SMSC's lines, once so many have come."""
        end = time.monotonic() + 15
        while True:
            text = (self.folder / "fakesmsc.log").read_text(errors="replace")
            lines = [line.split("<", 1)[1].rstrip(">\n") for line in text.splitlines() if "Got message" in line]
            if len(lines) >= count or time.monotonic() > end:
                return lines
            time.sleep(0.05)

    def test_texts(self):
        """D2: texts go through Kannel to its SMSC as they were written, in GSM-7 and in UCS-2"""
        self.send("form:7A", "sms", "Crème brûlée à £5 €")
        self.assertEqual(7, self.job()["complete"])
        got = self.received(7)
        self.assertEqual(7, len(got))
        self.assertTrue(all(line.startswith("School +447400900") for line in got), got)
        self.send("pupil:P1", "sms", "学校")
        last = self.received(8)[-1]
        # UTF-16BE, percent-encoded where it is not printable.
        self.assertEqual("学校", urllib.parse.unquote_to_bytes(last.split("ucs-2 ", 1)[1]).decode("utf-16-be"), last)

    def test_long_text(self):
        """M1, D2: a text of several parts arrives in as many as were counted"""
        body = "A line of forty signs, with £ and é too. " * 8
        answer = self.send("pupil:P1", "sms", body.strip(), "--json", expect=0).json
        self.assertEqual(1, self.job()["complete"])
        parts = self.received(3)
        self.assertEqual(3, len(parts), parts)
        self.assertIsNotNone(answer)

    def test_receipts(self):
        """D1: Kannel's own reports come in at the daemon, and delivered stands beside complete"""
        door, = free_ports(1)
        self.use((self.folder / "crier.toml").read_text().removeprefix(self.plain) +
                 f'receipts = "http://127.0.0.1:{door}"\n')
        self.popen("daemon", "--listen", f"127.0.0.1:{door}", env=SECRET)
        self.wait_for_port(door)
        self.crier("send", "form:7A", "--to", "parent", "--via", "sms", "-s", "x", "-m", "Closed", env=SECRET)
        end = time.monotonic() + 20
        while True:
            job = self.crier("status", "--json").json["jobs"][0]
            if job["delivered"] == 7 or time.monotonic() > end:
                break
            time.sleep(0.1)
        self.assertEqual((7, 7, 0), (job["complete"], job["delivered"], job["failed"]), job)
        self.assertEqual(7, len(self.received(7)))
        self.crier("store", "check")

    def test_turned_away(self):
        """D4: a wrong password is our fault, and nobody fails for it"""
        self.crier("send", "pupil:P1", "--to", "parent", "--via", "sms", "-s", "x", "-m", "y", "--wait",
                   env={"GATEWAY_SECRET": "wr0ng"}, expect=None)
        job = self.job()
        self.assertEqual(0, job["failed"], job)
        self.assertEqual("authentication", self.errors()[0]["cause"])
        self.assertIn("Authorization failed", self.errors()[0]["recipients"][0]["response"])


if __name__ == "__main__":
    unittest.main()
