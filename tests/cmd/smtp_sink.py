"""A mail server on loopback that keeps what it accepts and misbehaves on request.

It speaks ESMTP with PIPELINING, and where asked STARTTLS, TLS from the start and AUTH. A fault is a dict from a
step to what is answered, a text or a function: {"rcpt": lambda address: "550 5.1.1 no such user"}; None is no fault,
"hang" says nothing more, DROP closes the connection.
"""

import base64
import email
import email.policy
import random
import re
import socket
import socketserver
import ssl
import subprocess
import threading
import time

DROP = object()


def make_certificate(folder, name="localhost"):
    """A self-made certificate for `name` and 127.0.0.1: (certificate, key)."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    alternative = "DNS:localhost,IP:127.0.0.1" if name == "localhost" else f"DNS:{name}"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName={alternative}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    return certificate, key


def make_expired_certificate(folder, name="localhost"):
    """The same, but it ended years ago."""
    home = folder / "expired"
    home.mkdir()
    (home / "index").write_text("")
    (home / "settings").write_text(
        f"[ca]\ndefault_ca=own\n[own]\ndatabase={home}/index\nnew_certs_dir={home}\nrand_serial=yes\ndefault_md=sha256\n"
        "policy=any\nx509_extensions=names\n[any]\ncommonName=supplied\n"
        "[names]\nsubjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:TRUE\n")
    certificate, key = home / "certificate.pem", home / "key"
    request = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
               f"/CN={name}", "-keyout", key, "-out", home / "request"]
    sign = ["openssl", "ca", "-batch", "-selfsign", "-config", home / "settings", "-keyfile", key, "-in", home / "request",
            "-out", certificate, "-notext", "-startdate", "20200101000000Z", "-enddate", "20200201000000Z"]
    for command in (request, sign):
        subprocess.run(command, check=True, capture_output=True)
    return certificate, key


class Mail:
    def __init__(self, sender, recipients, content, tls, user):
        self.sender, self.recipients, self.content, self.tls, self.user = sender, recipients, content, tls, user
        self.at = time.monotonic()

    @property
    def message(self):
        return email.message_from_bytes(self.content, policy=email.policy.default)

    @property
    def id(self):
        found = re.search(rb"(?im)^message-id:\s*(<[^>]+>)", self.content)
        return found.group(1).decode() if found else None


class Sink:
    def __init__(self, certificate=None, tls="none", users=None, faults=None, delay=0.0, mechanisms="PLAIN LOGIN", port=0):
        self.mails, self.tries, self.faults = [], [], faults or {}
        self.tls, self.users, self.delay, self.mechanisms = tls, users or {}, delay, mechanisms
        self.connections = 0
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        sink = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                session = None
                try:
                    session = Session(sink, self.request)
                    session.run()
                except (OSError, EOFError):
                    pass  # whoever spoke has gone
                finally:
                    if session:
                        session.connection.close()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads, request_queue_size, block_on_close = True, True, 64, False

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self):
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()

    def settings(self, security="none", more=""):
        return (f'[channel.email]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {self.port}\nsecurity = "{security}"\n'
                f'retry = {{ first = "1s", factor = 2, limit = "1m", deadline = "1h" }}\n{more}')


class Session:
    def __init__(self, sink, connection):
        self.sink, self.connection = sink, connection
        self.secure, self.user = False, None
        self.buffer = b""
        with sink.lock:
            sink.connections += 1
        if sink.tls == "tls":
            self.secure_now()

    def secure_now(self):
        self.connection = self.sink.context.wrap_socket(self.connection, server_side=True)
        self.buffer, self.secure = b"", True

    def line(self):
        while b"\n" not in self.buffer:
            got = self.connection.recv(65536)
            if not got:
                raise EOFError
            self.buffer += got
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def say(self, text):
        self.connection.sendall(text.encode() + b"\r\n")

    def fault(self, step, *about):
        """True where the step's fault has answered."""
        fault = self.sink.faults.get(step)
        answer = fault(*about) if callable(fault) else fault
        if answer is None:
            return False
        if answer is DROP:
            self.connection.close()
            raise EOFError
        if answer == "hang":
            self.sink.ending.wait(30)
            raise EOFError
        self.say(answer)
        return True

    def run(self):
        if not self.fault("greeting"):
            self.say("220 sink.example ESMTP")
        sender, recipients = None, []
        while True:
            line = self.line().decode("utf-8", "replace")
            word = line.split(" ", 1)[0].upper()
            if word in ("EHLO", "HELO"):
                if not self.fault("ehlo"):
                    features = ["sink.example", "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE 10000000"]
                    if self.sink.tls == "starttls" and not self.secure:
                        features.append("STARTTLS")
                    elif self.sink.users:
                        features.append("AUTH " + self.sink.mechanisms)
                    for at, feature in enumerate(features):
                        self.say(f"250{'-' if at + 1 < len(features) else ' '}{feature}")
            elif word == "STARTTLS":
                if not self.fault("starttls"):
                    self.say("220 2.0.0 go ahead")
                    self.secure_now()
            elif word == "AUTH":
                self.authenticate(line)
            elif word == "MAIL":
                sender, recipients = re.search(r"<(.*?)>", line).group(1), []
                if not self.fault("mail", sender):
                    self.say("250 2.1.0 ok")
            elif word == "RCPT":
                address = re.search(r"<(.*?)>", line).group(1)
                if not self.fault("rcpt", address):
                    recipients.append(address)
                    self.say("250 2.1.5 ok")
            elif word == "DATA":
                if not recipients:
                    self.say("503 5.5.1 no recipient")
                elif not self.fault("data"):
                    self.say("354 go on")
                    self.take(sender, recipients)
                sender, recipients = None, []
            elif word in ("RSET", "NOOP"):
                self.say("250 2.0.0 ok")
            elif word == "QUIT":
                self.say("221 2.0.0 bye")
                return
            else:
                self.say("500 5.5.2 what?")

    def take(self, sender, recipients):
        lines = []
        while (line := self.line()) != b".":
            lines.append(line[1:] if line.startswith(b".") else line)
        mail = Mail(sender, recipients, b"\r\n".join(lines) + b"\r\n", self.secure, self.user)
        with self.sink.lock:
            self.sink.tries.append(mail)
        if self.sink.delay:
            time.sleep(random.uniform(0, self.sink.delay))
        if self.fault("dot", mail):
            return
        # What is answered 250 is ours from here on; the line may still be lost on its way.
        with self.sink.lock:
            self.sink.mails.append(mail)
        if self.fault("accepted", mail):
            return
        self.say("250 2.0.0 queued")

    def authenticate(self, line):
        if self.fault("auth"):
            return
        words = line.split(" ")
        if words[1].upper() == "PLAIN":
            if len(words) < 3:
                self.say("334 ")
                words.append(self.line().decode())
            _, user, password = base64.b64decode(words[2]).decode().split("\0")
        else:
            self.say("334 VXNlcm5hbWU6")
            user = base64.b64decode(self.line()).decode()
            self.say("334 UGFzc3dvcmQ6")
            password = base64.b64decode(self.line()).decode()
        if self.sink.users.get(user) == password:
            self.user = user
            self.say("235 2.7.0 welcome")
        else:
            self.say("535 5.7.8 wrong")


def closed_port():
    """A port on loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
