"""A real Postfix on loopback, with TLS and sign-in, under folders of its own: nothing of this machine's mail is touched.

Mail for example.org lands in a Maildir. Postfix asks for passwords by Dovecot's protocol, which is a few lines: they
stand here, so that no further package is needed. Ended by its process id.
"""

import base64
import grp
import os
import pathlib
import pwd
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time

DAEMONS = pathlib.Path("/usr/lib/postfix/sbin")

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.example
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = {relay}
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
smtpd_tls_security_level = {tls}
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = {sign_in}
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth_port}
message_size_limit = {size_limit}
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = static:mail/
virtual_mailbox_base = {folder}
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
{more}
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def why_not():
    """Why there can be no Postfix here, or None."""
    if not (DAEMONS / "master").exists():
        return "Postfix is not installed"
    if os.geteuid() != 0:
        return "Postfix starts as root only"
    try:
        pwd.getpwnam("postfix"), grp.getgrnam("postdrop")
    except KeyError:
        return "Postfix's user and group are not there"
    return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Accounts:
    """Dovecot's authentication protocol, for the users and tokens given."""

    def __init__(self, passwords, tokens):
        accounts = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                accounts.serve(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads, block_on_close = True, True, False

        self.passwords, self.tokens = passwords, tokens
        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def mechanisms(self):
        return (["PLAIN", "LOGIN"] if self.passwords else []) + (["XOAUTH2"] if self.tokens else [])

    def serve(self, connection):
        say = lambda *words: connection.wfile.write("\t".join(words).encode() + b"\n")
        say("VERSION", "1", "1")
        for name in self.mechanisms():
            say("MECH", name, "plaintext")
        say("SPID", "1")
        say("CUID", "1")
        say("COOKIE", "00" * 16)
        say("DONE")
        begun = {}
        for line in connection.rfile:
            words = line.decode().rstrip("\n").split("\t")
            if words[0] not in ("AUTH", "CONT"):
                continue
            ident = words[1]
            if words[0] == "AUTH":
                begun[ident] = [words[2]]
                given = [word[5:] for word in words if word.startswith("resp=")]
            else:
                given = [words[2]]
            begun[ident] += [base64.b64decode(one).decode() for one in given]
            say(*self.judge(ident, *begun[ident]))

    def judge(self, ident, mechanism, *said):
        if mechanism == "LOGIN" and len(said) < 2:
            return "CONT", ident, base64.b64encode((b"Username:", b"Password:")[len(said)]).decode()
        if mechanism == "LOGIN":
            user, right = said[0], self.passwords.get(said[0]) == said[1]
        elif mechanism == "PLAIN":
            _, user, password = said[0].split("\0")
            right = self.passwords.get(user) == password
        else:
            user, bearer = (part.split("=", 1)[1] for part in said[0].split("\1")[:2])
            right = bearer == f"Bearer {self.tokens.get(user)}"
            if not right and len(said) == 1:
                return "CONT", ident, base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode()
        return ("OK", ident, f"user={user}") if right else ("FAIL", ident, f"user={user}")


class Postfix:
    """Takes messages when it is made; raises where it does not come up."""

    def __init__(self, certificate=None, passwords=None, tokens=None, next_hop=None, more="", size_limit=10240000):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crier-postfix-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        self.accounts = Accounts(passwords or {}, tokens or {})
        self.process = None
        owner, group = pwd.getpwnam("postfix"), grp.getgrnam("postdrop").gr_gid
        self.make_folders(owner.pw_uid, group)
        signs_in = bool(passwords or tokens)
        # Nothing ever leaves this machine.
        relayed = f"relayhost = [127.0.0.1]:{next_hop}\n" if next_hop else "default_transport = error:not from here\n"
        (self.folder / "main.cf").write_text(MAIN.format(
            folder=self.folder, daemons=DAEMONS, tls="encrypt" if certificate else "none",
            certificate=certificate[0] if certificate else "", key=certificate[1] if certificate else "",
            relay="permit_sasl_authenticated, reject" if signs_in else "permit_mynetworks, reject", sign_in="yes" if signs_in else "no",
            auth_port=self.accounts.port, size_limit=size_limit, domains="" if next_hop else "example.org",
            uid=owner.pw_uid, gid=owner.pw_gid, more=relayed + more))
        (self.folder / "master.cf").write_text(MASTER.format(port=self.port))
        for name in ("main.cf", "master.cf"):
            # It waits for seconds until a file that was just written may be taken for finished.
            os.utime(self.folder / name, (time.time() - 60, time.time() - 60))
        self.start()

    def make_folders(self, owner, group):
        for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"):
            self.own(self.folder / "queue" / name, 0o700, owner, 0)
        self.own(self.folder / "queue" / "maildrop", 0o730, owner, group)
        self.own(self.folder / "queue" / "public", 0o710, owner, group)
        self.own(self.folder / "queue" / "pid", 0o755, 0, 0)
        self.own(self.folder / "data", 0o700, owner, 0)
        self.own(self.folder / "mail", 0o700, owner, 0)

    @staticmethod
    def own(folder, mode, owner, group):
        folder.mkdir(parents=True)
        os.chown(folder, owner, group)
        folder.chmod(mode)

    def start(self):
        self.process = subprocess.Popen([DAEMONS / "master", "-c", self.folder, "-d"], start_new_session=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as greeted:
                    if greeted.recv(100).startswith(b"220"):
                        return
            except OSError:
                time.sleep(0.02)
        log = self.log()
        self.close()
        raise RuntimeError(f"Postfix did not come up:\n{log}")

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        self.accounts.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        log = self.folder / "log"
        return log.read_text(errors="replace") if log.exists() else "(no log)"

    def mails(self, count, patience=10):
        """The bytes of the mails that have arrived, once there are `count`, or after so many seconds."""
        end = time.monotonic() + patience
        while True:
            files = [path for path in (self.folder / "mail").glob("new/*")]
            if len(files) >= count or time.monotonic() > end:
                return [path.read_bytes() for path in sorted(files)]
            time.sleep(0.05)
