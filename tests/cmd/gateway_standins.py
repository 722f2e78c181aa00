"""Stand-ins for gateways on loopback, written from their documentation and strict about every field: what a real one
would turn away, or do without a word, they do. A test may put a `fault` in front, which may answer in its place."""

import base64
import email.utils
import http.server
import json
import re
import threading
import time
import urllib.parse

ACCOUNT = "AC0123456789abcdef0123456789abcdef"


class Standin:
    """`with Standin() as gateway:` listens until the block ends; `gateway.sent` is what it took for delivery."""

    def __init__(self, fault=None):
        self.fault, self.sent, self.asked, self.complaints = fault, [], [], []
        self.lock = threading.Lock()

    def __enter__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0) or 0))
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query)))
                with outer.lock:
                    outer.asked.append((self.command, url.path))
                    held = outer.fault and outer.fault(outer, self, url.path, body)
                    if not held:
                        outer.answer(self, self.command, url.path, query, body)
                        return
                if callable(held):
                    held()  # what takes its time does so without the lock

            do_GET = do_POST = do_PUT = handle_any

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.handle_error = lambda *_: None  # whoever asked was killed
        self.port = self.http.server_address[1]
        self.root = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    def send(self, handler, status, body):
        payload = (body if isinstance(body, str) else json.dumps(body)).encode()
        try:
            handler.send_response(status)
            handler.send_header("Content-Type", "text/plain" if isinstance(body, str) else "application/json")
            handler.send_header("Content-Length", str(len(payload)))
            handler.end_headers()
            handler.wfile.write(payload)
        except OSError:
            pass  # whoever asked has gone

    def drop(self, handler):
        handler.close_connection = True
        handler.connection.close()


class Twilio(Standin):
    """The Messages resource."""

    FIELDS = {"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "SmartEncoded", "ValidityPeriod"}
    bad = {"+447400900400": (400, 21211, "not a valid phone number"), "+447400900401": (400, 21610, "unsubscribed"),
           "+447400900402": (429, 20429, "Too Many Requests")}

    def settings(self, more=""):
        return (f'\n[channel.sms]\nkind = "twilio"\nbase_url = "{self.root}"\nuser = "{ACCOUNT}"\n'
                f'password_env = "GATEWAY_SECRET"\n{more}')

    def answer(self, handler, method, path, query, body):
        if path not in (f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", f"/2010-04-01/Accounts/{ACCOUNT}.json"):
            return self.error(handler, 404, 20404, "The requested resource was not found")
        wanted = "Basic " + base64.b64encode(f"{ACCOUNT}:s3cret".encode()).decode()
        if handler.headers["Authorization"] != wanted:
            return self.error(handler, 401, 20003, "Authenticate")
        if not path.endswith("/Messages.json"):
            return self.send(handler, 200, {"sid": ACCOUNT, "status": "active"})
        if method == "GET":
            since = query.get("DateSent>", "")
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", since) or not query.get("To"):
                return self.error(handler, 400, 20001, "bad list query")
            found = [one for one in self.sent if one["to"] == query["To"]]
            return self.send(handler, 200, {"messages": found, "page": 0, "page_size": 100})
        problem = self.problem(handler, body)
        if problem:
            self.complaints.append(problem)
            return self.error(handler, 400, 21617, problem)
        form = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True))
        if form["To"] in self.bad:
            return self.error(handler, *self.bad[form["To"]])
        self.send(handler, 201, self.take(form))

    def take(self, form):
        message = {"sid": f"SM{len(self.sent):032x}", "status": "queued", "num_segments": "1", "error_code": None,
                   "error_message": None, "to": form["To"], "from": form.get("From"), "body": form["Body"],
                   "direction": "outbound-api", "callback": form.get("StatusCallback"),
                   "date_created": email.utils.formatdate(time.time())}
        self.sent.append(message)
        return message

    def problem(self, handler, body):
        if handler.headers["Content-Type"] != "application/x-www-form-urlencoded":
            return "a form is wanted"
        form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
        if set(form) - self.FIELDS:
            return f"unknown fields {set(form) - self.FIELDS}"
        if not re.fullmatch(r"\+[1-9]\d{6,14}", form.get("To", "")):
            return f"To is {form.get('To')}"
        if ("From" in form) == ("MessagingServiceSid" in form):
            return "either From or MessagingServiceSid"
        if "From" in form and not re.fullmatch(r"\+[1-9]\d{6,14}|[A-Za-z0-9 ]{1,11}", form["From"]):
            return f"From is {form['From']}"
        if not 1 <= len(form.get("Body", "")) <= 1600:
            return "Body is empty or longer than 1600"
        if "_" in urllib.parse.urlsplit(form.get("StatusCallback", "")).netloc:
            return "an underscore in the callback's host"
        return None

    def error(self, handler, status, code, message):
        self.send(handler, status, {"code": code, "message": message, "more_info": "", "status": status})


class Wecom(Standin):
    """WeChat Work: tokens, application messages and school notices, with what it does without a word."""

    def __init__(self, fault=None, members=(), lives=7200):
        super().__init__(fault)
        self.members, self.lives = {one.lower() for one in members}, lives
        self.tokens, self.seen, self.parents = {}, {}, []

    def settings(self, more=""):
        return (f'\n[channel.wechat]\nkind = "wecom"\nbase_url = "{self.root}"\ncorp_id = "ww1"\nagent_id = 1000002\n'
                f'secret_env = "GATEWAY_SECRET"\n{more}')

    def answer(self, handler, method, path, query, body):
        if path == "/cgi-bin/gettoken":
            if query != {"corpid": "ww1", "corpsecret": "s3cret"}:
                return self.code(handler, 40001, "invalid credential")
            token = f"token{len(self.tokens)}"
            self.tokens[token] = time.monotonic() + self.lives
            return self.send(handler, 200, {"errcode": 0, "errmsg": "ok", "access_token": token,
                                            "expires_in": self.lives})
        if query.get("access_token") not in self.tokens:
            return self.code(handler, 40014, "invalid access_token")
        if self.tokens[query["access_token"]] < time.monotonic():
            return self.code(handler, 42001, "access_token expired")
        if path == "/cgi-bin/school/agent/get_allow_scope":
            return self.send(handler, 200, {"errcode": 0, "errmsg": "ok", "allow_scope": {"students": []}})
        if path == "/cgi-bin/school/user/list_parent":
            return self.send(handler, 200, {"errcode": 0, "errmsg": "ok", "parents": self.parents})
        if path not in ("/cgi-bin/message/send", "/cgi-bin/externalcontact/message/send"):
            return self.code(handler, 40066, "no such path")
        document = json.loads(body)
        app = path == "/cgi-bin/message/send"
        problem = self.problem(handler, document, app)
        if problem:
            self.complaints.append(problem)
            return self.code(handler, 40058, problem)
        to = document["touser"].split("|") if app else document["to_parent_userid"]
        self.deliver(handler, document, to, app)

    def problem(self, handler, document, app):
        fields = {"touser": str, "safe": int} if app else {"recv_scope": int, "to_parent_userid": list, "toall": int}
        fields |= {"msgtype": str, "agentid": int, "text": dict, "enable_duplicate_check": int,
                   "duplicate_check_interval": int}
        if handler.headers["Content-Type"] != "application/json":
            return "JSON is wanted"
        for name, kind in fields.items():
            if type(document.get(name)) is not kind:
                return f"{name} is {document.get(name)!r}"
        if set(document) - set(fields):
            return f"unknown fields {set(document) - set(fields)}"
        if document["msgtype"] != "text" or document["agentid"] != 1000002 or list(document["text"]) != ["content"]:
            return "not this app's text"
        if not 1 <= document["duplicate_check_interval"] <= 14400:
            return "duplicate_check_interval"
        to = document["touser"].split("|") if app else document["to_parent_userid"]
        if not 1 <= len(to) <= 1000 or len(set(to)) != len(to):
            return f"{len(to)} recipients"
        return None

    def deliver(self, handler, document, to, app):
        content = document["text"]["content"]
        cut = content.encode()[:2048].decode(errors="ignore")  # without a word
        key = (tuple(to), content)
        invalid = [one.lower() for one in to if self.members and one.lower() not in self.members]
        if len(invalid) == len(to):
            return self.code(handler, 81013, "user & party & tag all invalid")
        known = document["enable_duplicate_check"] == 1 and key in self.seen
        if not known:
            self.seen[key] = True
            self.sent += [{"to": one, "text": cut} for one in to if one.lower() not in invalid]
        answer = {"errcode": 0, "errmsg": "ok"}
        if app:
            answer |= {"invaliduser": "|".join(invalid), "invalidparty": "", "invalidtag": "", "msgid": "m-1"}
        else:
            answer |= {"invalid_parent_userid": invalid, "invalid_student_userid": [], "invalid_party": []}
        self.send(handler, 200, answer)

    def code(self, handler, errcode, errmsg):
        self.send(handler, 200, {"errcode": errcode, "errmsg": errmsg})


class Described(Standin):
    """A gateway of nobody's: JSON in, JSON out."""

    def __init__(self, fault=None, silent=()):
        super().__init__(fault)
        self.silent, self.rung = set(silent), []

    def answer(self, handler, method, path, query, body):
        if handler.headers["Authorization"] != "Bearer s3cret" or path != "/v1/calls":
            return self.send(handler, 401, {"error": {"code": "AUTH"}})
        document = json.loads(body)
        number = document["call"]["to"]
        if number.endswith("400"):
            return self.send(handler, 200, {"state": "no", "error": {"code": "bad-number", "message": "unknown"}})
        if number in self.silent:
            self.rung.append(number)
            return self.send(handler, 200, {"state": "no", "error": {"code": "no-answer", "message": "rang"}})
        self.sent.append(document)
        self.send(handler, 200, {"state": "queued", "id": len(self.sent)})
