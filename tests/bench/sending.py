"""B3, B4, B5 and B20: sending with all its state over one session, beside the libraries that schools' scripts use, beside
a real Postfix, and over a line with a delay.
"""
import importlib.util
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from common import CORE, Sink, Wrong, require, timed

HERE = Path(__file__).resolve().parent
FAR_PUPILS = 900  # B20: at four round trips a message, what takes some seconds
FAR_SESSIONS = 10
FAR_MS = 20
POSTFIX_MESSAGES = 5000
SENDER = ["-f", "office@school.example", "-t", "u@example.org"]


class Far:
    """A proxy that holds everything back for half a round trip each way, on a processor of its own where there is one."""

    def __init__(self, to):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([sys.executable, HERE / "anchors" / "far.py", str(self.port), str(to), str(FAR_MS)])
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise Wrong("the proxy did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Sending:
    def __init__(self, bench):
        self.bench = bench

    def run(self, wanted):
        if "B3" in wanted:
            self.one_session()
        if "B4" in wanted:
            self.libraries()
        if "B5" in wanted:
            self.postfix()
        if "B20" in wanted:
            self.far()

    def tell(self, ident, rounds, anchor, counts):
        """Ratios of messages per second, for contestants that need not have sent the same number."""
        rate = lambda name, one: counts[name] / one[name]
        self.bench.tell(ident, [rate("crier", one) / rate(anchor, one) for one in rounds], [one[anchor] for one in rounds],
                        self.bench.rate(counts["crier"], [one["crier"] for one in rounds]),
                        self.bench.rate(counts[anchor], [one[anchor] for one in rounds]))

    # B3 ----------------------------------------------------------------------------------------------------------

    def one_session(self):
        bench = self.bench
        folder, count = bench.queued()
        rounds = bench.rounds({
            "crier": lambda: bench.send_once(folder, count, True, sessions=1),
            "smtp-source": lambda: bench.anchor_once(
                ["smtp-source", "-d", "-s", "1", "-m", str(count), "-l", "1850", *SENDER, "127.0.0.1:{port}"], count, True),
        }, bench.options.rounds or 5)
        self.tell("B3", rounds, "smtp-source", {"crier": count, "smtp-source": count})

    # B4 ----------------------------------------------------------------------------------------------------------

    def libraries(self):
        bench = self.bench
        folder, count = bench.queued()
        script = HERE / "anchors" / "libraries"
        anchors = {"smtplib": [sys.executable, f"{script}.py", "{port}", str(count)]}
        node = shutil.which("node")
        there = node and subprocess.run([node, "-e", "require('nodemailer')"], capture_output=True).returncode == 0
        if there:
            anchors["nodemailer"] = [node, f"{script}.js", "{port}", str(count)]
        else:
            bench.skip("B4-nodemailer", "no nodemailer (npm install nodemailer, and NODE_PATH)")
        contestants = {"crier": lambda: bench.send_once(folder, count, True)}
        for name, command in anchors.items():
            contestants[name] = lambda command=command: bench.anchor_once(command, count, True)
        rounds = bench.rounds(contestants, bench.options.rounds or 3)
        for name in anchors:
            self.tell(f"B4-{name}", rounds, name, {"crier": count, name: count})

    # B5 ----------------------------------------------------------------------------------------------------------

    def postfix(self):
        bench = self.bench
        spec = importlib.util.spec_from_file_location("postfix", HERE.parent / "cmd" / "postfix.py")
        postfix = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(postfix)
        if why := postfix.why_not():
            return bench.skip("B5", why)
        folder, count = bench.queued()
        rounds = bench.rounds({"crier": lambda: bench.send_once(folder, count, True),
                               "postfix": lambda: self.through(postfix)}, bench.options.rounds or 3)
        self.tell("B5", rounds, "postfix", {"crier": count, "postfix": POSTFIX_MESSAGES})

    def through(self, postfix):
        """From the first message that Postfix takes until the sink has the last: both durable, as crier is."""
        sink = Sink(self.bench.folder, True)
        server = None
        try:
            server = postfix.Postfix(next_hop=sink.port, more="in_flow_delay = 0\ndefault_destination_concurrency_limit = 20\n"
                                                               "default_process_limit = 200\nsmtp_tls_security_level = none\n")
            os.sched_setaffinity(server.process.pid, {int(CORE)})
            begin = time.perf_counter()
            timed(["smtp-source", "-d", "-s", "20", "-m", str(POSTFIX_MESSAGES), "-l", "1850", *SENDER,
                   f"127.0.0.1:{server.port}"], True)
            while sink.counted() < POSTFIX_MESSAGES:
                require(time.perf_counter() < begin + 120, "Postfix did not deliver in time")
                time.sleep(0.01)
            return time.perf_counter() - begin
        finally:
            if server:
                server.close()
            sink.stop()

    # B20 ---------------------------------------------------------------------------------------------------------

    def far(self):
        bench = self.bench
        folder, count = bench.queued("far", FAR_PUPILS)
        pipe = bench.pipe()
        rounds = bench.rounds({
            "crier": lambda: bench.send_once(folder, count, False, sessions=FAR_SESSIONS, through=Far),
            "lock-step": lambda: bench.anchor_once([str(pipe), "{port}", str(FAR_SESSIONS), str(count), "lock-step"], count,
                                                   False, through=Far),
        }, bench.options.rounds or 3)
        self.tell("B20", rounds, "lock-step", {"crier": count, "lock-step": count})
        print(f"for information: {count} messages, {statistics.median(one['crier'] for one in rounds):.2f} s against "
              f"{statistics.median(one['lock-step'] for one in rounds):.2f} s")
