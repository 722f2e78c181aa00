"""`crier daemon`: what it answers to monitors, whom it answers, and what it tells the service manager."""

import http.client
import json
import os
import re
import signal
import socket
import time

import crier_case
import oneroster
from crier_case import CrierCase

METRIC = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (-?[0-9.eE+-]+)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


class DaemonCase(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        oneroster.school(pupils=20).write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def wait_for(self, what, seconds=20):
        end = time.monotonic() + seconds
        while True:
            found = what()
            if found:
                return found
            self.assertLess(time.monotonic(), end, "it did not come to pass in time")
            time.sleep(0.02)

    def start(self, *arguments, says=rb"crier works", **more):
        """The daemon, once its log says so; what it has said is in self.log."""
        process = self.popen("daemon", *arguments, **more)
        os.set_blocking(process.stderr.fileno(), False)
        self.log = b""

        def said():
            self.log += process.stderr.read() or b""
            return re.search(says, self.log)

        self.wait_for(said)
        return process

    def listen(self, *arguments, **more):
        daemon = self.start("--listen", "127.0.0.1:0", *arguments, **more)
        self.port = int(re.search(rb"listening at http://127\.0\.0\.1:(\d+)", self.log).group(1))
        return daemon

    def ask(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8"), answer.headers
        finally:
            connection.close()

    def say(self, garbage):
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(garbage)
            connection.shutdown(socket.SHUT_WR)
            heard = b""
            try:
                while piece := connection.recv(4096):
                    heard += piece
            except ConnectionResetError:
                pass
            return heard

    def metrics(self):
        """{name: {labels: value}}, every line being what the format allows."""
        status, text, headers = self.ask("/metrics")
        self.assertEqual(200, status, text)
        self.assertEqual("text/plain; version=0.0.4; charset=utf-8", headers["Content-Type"])
        self.assertTrue(text.endswith("\n"))
        found, typed = {}, set()
        for line in text.splitlines():
            if line.startswith("#"):
                self.assertRegex(line, r"^# (HELP [a-z_]+ \S.*|TYPE [a-z_]+ (gauge|counter))$")
                typed.add(line.split()[2])
                continue
            match = METRIC.fullmatch(line)
            self.assertTrue(match, line)
            self.assertIn(match[1], typed)
            labels = tuple(value for _, value in LABEL.findall(match[2] or ""))
            self.assertNotIn(labels, found.setdefault(match[1], {}), "a line stands twice")
            found[match[1]][labels] = float(match[3])
        return found


class Monitors(DaemonCase):
    def test_nothing_listens(self):
        """T7: without being told so the daemon listens nowhere"""
        self.start()
        self.assertNotIn(b"listening", self.log)

    def test_well_and_ready(self):
        """T7: a daemon that works is well and ready; what is asked is kept by no cache"""
        self.listen()
        status, text, headers = self.ask("/healthz")
        self.assertEqual((200, "ok\n"), (status, text))
        self.assertEqual("no-store", headers["Cache-Control"])
        self.assertEqual((200, "ready\n"), self.ask("/readyz")[:2])
        self.assertEqual((200, ""), self.ask("/healthz", method="HEAD")[:2])
        self.assertEqual(404, self.ask("/nothing")[0])
        self.assertEqual(405, self.ask("/healthz", method="POST")[0])

    def test_settings(self):
        """T7: the settings say where, the command line wins; --once listens nowhere"""
        self.settings('[daemon]\nlisten = "[::1]:0"\nhosts = ["crier.school.example"]\n')
        first = self.start(says=rb"crier works|cannot listen")
        if b"cannot listen" not in self.log:  # a machine without IPv6
            self.assertRegex(self.log, rb"listening at http://\[::1\]:\d+")
        first.send_signal(signal.SIGTERM)
        first.wait(timeout=25)
        self.listen()
        self.assertEqual(200, self.ask("/healthz", Host="Crier.School.Example")[0])
        self.crier("daemon", "--once", "--listen", "127.0.0.1:0", expect=6)

    def test_counts(self):
        """T7: the figures agree with crier status"""
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        self.listen()
        self.wait_for(lambda: self.crier("status", "--json").json["jobs"][0]["complete"] == 7)
        self.crier("send", "all", "--to", "parent", "-s", "S", "-m", "B", "--at", "2026-11-27T10:00:00Z")
        self.wait_for(lambda: self.metrics()["crier_sent_total"][()] == 7)
        found = self.metrics()
        jobs = self.crier("status", "--json").json["jobs"]
        for state in ("not_started", "processing", "complete", "failed", "held", "in_doubt", "cancelled"):
            self.assertEqual(sum(job[state] for job in jobs), found["crier_deliveries"][("email", state)], state)
        self.assertGreater(found["crier_deliveries"][("email", "held")], 0)
        self.assertEqual(0, found["crier_failed_total"][()])
        self.assertEqual(0, found["crier_queue_oldest_seconds"][()])
        self.assertEqual({0}, set(found["crier_channel_stopped"].values()))
        self.assertIn(("email",), found["crier_channel_stopped"])
        self.assertLess(found["crier_import_age_seconds"][("oneroster",)], 3600)
        self.assertEqual(1, found["crier_lease_fence"][()])
        self.assertEqual(1, found["crier_store_writable"][()])
        version = self.crier("--version").out.split()[-1]
        self.assertEqual({(version,): 1}, found["crier_build_info"])

    def test_a_stopped_channel(self):
        """T7, D4: a channel that is stopped makes the daemon unready; no server and no person is named"""
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            port = nobody.getsockname()[1]
            self.settings('[channel.email]\nkind = "smtp"\nhost = "127.0.0.1"\nsecurity = "tls"\nuser = "crier"\n'
                          f'password_file = "gone"\nport = {port}\n')
            self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
            self.listen()
            self.wait_for(lambda: self.ask("/readyz")[0] == 503)
            text = self.ask("/readyz")[1]
            self.assertRegex(text, r"^channel email: stopped, [a-z-]+\n$")
            self.assertEqual(1, self.metrics()["crier_channel_stopped"][("email",)])
            self.assertEqual(0, self.metrics()["crier_channel_stopped"][("sms",)])
            self.assertEqual(200, self.ask("/healthz")[0])

    def test_pages_name_nobody(self):
        """T7: what monitors see has no address in it"""
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        self.listen()
        for path in ("/healthz", "/readyz", "/metrics"):
            self.assertNotIn("@", self.ask(path)[1])


class Logs(DaemonCase):
    def test_json(self):
        """T7: with log = "json" every line of the daemon, its last one too, is an object with time, level and message, and
        names nobody"""
        self.settings('[daemon]\nlog = "json"\n')
        self.write("schedules/broken \"name\".toml", "name = ")
        daemon = self.start()
        self.crier("send", "all", "--to", "parent", "-s", "Snow", "-m", "Closed")
        self.wait_for(lambda: len(list((self.folder / "outbox" / "email").glob("*.eml"))) == 18)
        second = self.crier("daemon", expect=6)
        daemon.terminate()
        self.assertEqual(0, daemon.wait(timeout=30))
        self.log += daemon.stderr.read() or b""
        lines = self.log.decode().splitlines() + second.err.splitlines()
        self.assertGreater(len(lines), 3)
        levels = set()
        for line in lines:
            entry = json.loads(line)
            self.assertEqual(["time", "level", "message"], list(entry))
            self.assertRegex(entry["time"], r"^\d{4}-\d\d-\d\dT[0-9:.]+Z$")
            self.assertNotIn("@", entry["message"])
            levels.add(entry["level"])
        self.assertTrue({"info", "warning", "error"} <= levels, levels)
        self.assertTrue(any('broken "name".toml' in json.loads(line)["message"] for line in lines))
        once = self.crier("daemon", "--once", expect=1)
        for line in once.err.splitlines():
            json.loads(line)

    def test_strange_bytes(self):
        """T7: a file's name that is no UTF-8 leaves a line that is JSON all the same"""
        self.settings('[daemon]\nlog = "json"\n')
        folder = self.folder / "schedules"
        folder.mkdir()
        with open(os.fsencode(folder) + b"/b\xff.toml", "wb") as file:
            file.write(b"name = ")
        once = self.crier("daemon", "--once", expect=1)
        self.assertTrue(any("b?.toml" in json.loads(line)["message"] for line in once.err.splitlines()), once.err)

    def test_unknown_form(self):
        """T7: another form of the log is refused with the two there are"""
        self.settings('[daemon]\nlog = "xml"\n')
        result = self.crier("daemon", "--once", "--json", expect=2)
        self.assertIn("text, json", result.error["hint"])


class Reload(DaemonCase):
    def reload(self, daemon, says):
        daemon.send_signal(signal.SIGHUP)
        self.log = b""

        def said():
            self.log += daemon.stderr.read() or b""
            return re.search(says, self.log)

        self.wait_for(said)

    def test_new_settings(self):
        """T7: SIGHUP takes the new settings, and what is sent from then on goes by them"""
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(str(self.folder / "notify"))
        manager.settimeout(20)
        daemon = self.listen(env={"NOTIFY_SOCKET": str(self.folder / "notify")})
        self.settings('[channel.email]\nkind = "outbox"\npath = "elsewhere"\n')
        self.reload(daemon, rb"(?s)read again.*crier works")
        heard = [manager.recv(4096).decode().split("=")[0] for _ in range(3)]
        self.assertEqual(["READY", "RELOADING", "READY"], heard)
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        self.wait_for(lambda: len(list((self.folder / "elsewhere").rglob("*.eml"))) == 7)
        self.assertFalse((self.folder / "outbox").exists())
        self.port = int(re.search(rb"listening at http://127\.0\.0\.1:(\d+)", self.log).group(1))
        self.wait_for(lambda: self.metrics()["crier_sent_total"][()] == 7)
        self.assertEqual((200, "ready\n"), self.ask("/readyz")[:2])

    def test_broken_settings(self):
        """T7: where the new settings are wrong the old ones stay, and the log says what is wrong"""
        daemon = self.listen()
        good = (self.folder / "crier.toml").read_text()
        for wrong in ("[channel.emial]\n", "= =", '[daemon]\nlisten = "0.0.0.0:1"\n'):
            self.write("crier.toml", good + wrong)
            self.reload(daemon, rb"stay as they were: \S*crier.toml")
            self.assertEqual((200, "ready\n"), self.ask("/readyz")[:2])
        (self.folder / "crier.toml").unlink()
        self.reload(daemon, rb"stay as they were: .*cannot be read")
        self.write("crier.toml", good)
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B")
        self.wait_for(lambda: self.crier("status", "--json").json["jobs"][0]["complete"] == 7)
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(0, daemon.wait(timeout=25))


class Strangers(DaemonCase):
    def test_another_name(self):
        """W2: a page of the web whose name was made to point here is not answered (DNS rebinding)"""
        self.listen()
        for host in ("evil.example", f"evil.example:{self.port}", "192.0.2.1", ""):
            status, text, _ = self.ask("/metrics", Host=host)
            self.assertIn(status, (400, 421), host)
            self.assertNotIn("crier_", text)
        for host in ("localhost", f"LOCALHOST:{self.port}", "127.0.0.1", "[::1]"):
            self.assertEqual(200, self.ask("/metrics", Host=host)[0], host)

    def test_other_machines(self):
        """W2: an address that other machines can reach is refused with exit 2, unless the settings allow it"""
        for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:8480"):
            self.assert_error_document(self.crier("daemon", "--listen", address, "--json", expect=2), 2, "not-loopback")
        result = self.crier("daemon", "--listen", "0.0.0.0:0", expect=2)
        self.assert_two_lines(result)
        self.assertIn("allow_remote", result.err)
        good = (self.folder / "crier.toml").read_text()
        self.settings('[daemon]\nlisten = "0.0.0.0:0"\n')
        self.assertIn("crier.toml:", self.crier("daemon", expect=2).err)
        self.write("crier.toml", good + "[daemon]\nallow_remote = true\n")
        self.start("--listen", "0.0.0.0:0")
        self.port = int(re.search(rb"listening at http://0\.0\.0\.0:(\d+)", self.log).group(1))
        self.assertIn(b"warning", self.log)
        self.assertEqual(200, self.ask("/healthz")[0])

    def test_no_address(self):
        """T7: what is no address, and a port that is taken, are exit 2 with what to do"""
        for wrong in ("8480", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:x", "::1:80", "school.example:80", ":1"):
            self.assert_error_document(self.crier("daemon", "--listen", wrong, "--json", expect=2), 2, "bad-address")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            self.assert_error_document(self.crier("daemon", "--listen", address, "--json", expect=2), 2, "cannot-listen")
        self.crier("daemon", "--once")

    def test_garbage(self):
        """T7: garbage, silence and far too much do the daemon no harm"""
        self.listen()
        silent = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(10)]
        self.addCleanup(lambda: [one.close() for one in silent])
        for garbage in (b"", b"\0" * 5000, b"\r\n\r\n", os.urandom(2000), b"GET", b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 9000,
                        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            self.assertNotIn(b" 200 ", self.say(garbage))
        self.assertEqual((200, "ok\n"), self.ask("/healthz")[:2])


class ServiceManager(DaemonCase):
    def manager(self, name):
        """The socket that a service manager would listen at, and what it hears: read() waits for one of them."""
        heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(heard.close)
        heard.bind(name)
        heard.settimeout(20)
        return heard

    def hear(self, manager, wanted):
        while True:
            lines = manager.recv(4096).decode().splitlines()
            if wanted in lines:
                return lines

    def test_ready_and_stopping(self):
        """T7: the service manager hears when the daemon is ready, which is when it listens, and when it stops"""
        for name in (str(self.folder / "notify"), f"\0crier-test-{os.getpid()}-{self.folder.name}"):
            manager = self.manager(name)
            daemon = self.popen("daemon", "--listen", "127.0.0.1:0", env={"NOTIFY_SOCKET": name.replace("\0", "@")})
            lines = self.hear(manager, "READY=1")
            self.assertTrue(any(line.startswith("STATUS=") for line in lines))
            log = os.read(daemon.stderr.fileno(), 65536)
            self.port = int(re.search(rb"listening at http://127\.0\.0\.1:(\d+)", log).group(1))
            self.assertEqual(200, self.ask("/readyz")[0])
            daemon.send_signal(signal.SIGTERM)
            self.hear(manager, "STOPPING=1")
            self.assertEqual(0, daemon.wait(timeout=25))

    def test_watchdog(self):
        """T7: where the service manager watches, it hears of the loop in time, again and again"""
        manager = self.manager(str(self.folder / "notify"))
        self.start(env={"NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "1000000"})
        last = None
        for _ in range(5):
            self.hear(manager, "WATCHDOG=1")
            now = time.monotonic()
            self.assertTrue(last is None or now - last < 1.0)
            last = now

    def test_somebody_else_is_watched(self):
        """T7: a watchdog for another process, or no service manager, is nothing to the daemon"""
        manager = self.manager(str(self.folder / "notify"))
        daemon = self.start(env={"NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"})
        self.hear(manager, "READY=1")
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual("STOPPING=1", manager.recv(4096).decode().splitlines()[0])
        self.assertEqual(0, daemon.wait(timeout=25))
        self.start(env={"NOTIFY_SOCKET": str(self.folder / "nobody")})

    def test_a_second_daemon(self):
        """T7, D6: a daemon that another keeps from the lease is never ready"""
        self.start()
        manager = self.manager(str(self.folder / "notify"))
        self.crier("daemon", "--listen", "127.0.0.1:0", expect=6, env={"NOTIFY_SOCKET": str(self.folder / "notify")})
        manager.settimeout(0.05)
        self.assertRaises(TimeoutError, manager.recv, 4096)


if __name__ == "__main__":
    crier_case.main()
