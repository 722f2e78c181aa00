"""A gateway for text messages on loopback: Kannel's smsbox, Twilio's Messages resource or one of its own kind.

It keeps what it is asked, in order. A test may have it hold its answers back, or hang up instead.
"""

import http.server
import json
import threading
import urllib.parse


class Gateway:
    """Listens until `close`; `asked` are the parameters of each message, the address's own words decoded."""

    def __init__(self):
        self.asked, self.lock, self.may_answer, self.hang_up = [], threading.Lock(), threading.Event(), False
        self.may_answer.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.take(self, urllib.parse.urlsplit(self.path).query)

            def do_POST(self):
                outer.take(self, self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.may_answer.set()
        self.http.shutdown()
        self.http.server_close()

    def take(self, handler, query):
        asked = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        with self.lock:
            self.asked.append(asked)
            number = len(self.asked)
        self.may_answer.wait()
        if self.hang_up:
            handler.close_connection = True
            return
        path = urllib.parse.urlsplit(handler.path).path
        if path.endswith("/Messages.json"):
            if handler.command == "GET":
                return self.say(handler, 200, json.dumps({"messages": []}))
            return self.say(handler, 201, json.dumps({"sid": f"SM{number:032x}", "status": "queued"}))
        if path == "/sendsms":
            return self.say(handler, 202, "0: Accepted for delivery", "text/plain")
        return self.say(handler, 200, json.dumps({"id": str(number)}))

    @staticmethod
    def say(handler, status, body, kind="application/json"):
        body = body.encode()
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        try:
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:
            handler.close_connection = True  # who asked was killed meanwhile
