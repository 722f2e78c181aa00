"""A OneRoster server on loopback, strict about what it is asked and able to do what vendors' servers do.

It answers from the rows of a CSV set, as JSON of OneRoster 1.1 or 1.2. A test may put a `fault` in front: a
function that sees every request and may answer in its place.
"""

import base64
import csv
import hashlib
import hmac
import http.server
import io
import json
import threading
import time
import urllib.parse

REFERENCES = {
    "parentSourcedId": "parent", "courseSourcedId": "course", "schoolSourcedId": "school", "classSourcedId": "class",
    "userSourcedId": "user", "lineItemSourcedId": "lineItem", "studentSourcedId": "student",
    "categorySourcedId": "category", "gradingPeriodSourcedId": "gradingPeriod", "primaryOrgSourcedId": "primaryOrg",
    "orgSourcedId": "org",
}
LISTS_OF_REFERENCES = {"orgSourcedIds": "orgs", "agentSourcedIds": "agents", "termSourcedIds": "terms"}
LISTS = {"grades", "subjects", "subjectCodes", "periods"}
GRADEBOOK = {"lineItems", "results", "categories"}
ROSTER = {"orgs", "schools", "academicSessions", "courses", "classes", "users", "students", "teachers", "enrollments"}


def document(row, roles=None):
    """A row of a CSV file as JSON says it."""
    out = {"metadata": {}}
    for column, value in row.items():
        if column.startswith("metadata."):
            out["metadata"][column[9:]] = value
        elif column in REFERENCES:
            if value:
                out[REFERENCES[column]] = {"href": "https://x.example/" + value, "sourcedId": value, "type": "any"}
        elif column in LISTS_OF_REFERENCES:
            out[LISTS_OF_REFERENCES[column]] = [{"href": "https://x.example/", "sourcedId": one, "type": "any"}
                                                for one in value.split(",") if one]
        elif column in LISTS:
            out[column] = [one for one in value.split(",") if one]
        elif column == "userIds":
            out[column] = []
        elif column in ("enabledUser", "primary"):
            out[column] = value == "true"
        elif column in ("score", "resultValueMin", "resultValueMax") and value.replace(".", "", 1).isdigit():
            out[column] = float(value) if "." in value else int(value)
        elif column != "password":
            out[column] = value
    out["status"] = out.get("status") or "active"
    out["dateLastModified"] = out.get("dateLastModified") or "2026-11-20T03:00:00.000Z"
    if roles is not None:
        out["roles"] = roles
    return out


def rows_of_set(folder, version="1.1"):
    """Collections by name, from a CSV set on disk."""
    tables = {}
    for path in folder.glob("*.csv"):
        if path.stem != "manifest":
            with open(path, encoding="utf-8-sig", newline="") as file:
                tables[path.stem] = list(csv.DictReader(file))
    roles = {}
    for row in tables.pop("roles", []):
        roles.setdefault(row["userSourcedId"], []).append(
            {"roleType": row["roleType"], "role": row["role"], "org": {"sourcedId": row["orgSourcedId"]},
             "beginDate": row.get("beginDate", ""), "endDate": row.get("endDate", "")})
    out = {}
    for name, rows in tables.items():
        with_roles = name == "users" and version == "1.2"
        out[name] = [document(row, roles.get(row["sourcedId"], []) if with_roles else None) for row in rows]
    return out


def rows_of(roster):
    """The same of a set that a test has made (oneroster.Roster)."""
    tables = {name: list(csv.DictReader(io.StringIO(roster.text(name)))) for name in roster.columns}
    roles = {}
    for row in tables.pop("roles", []):
        roles.setdefault(row["userSourcedId"], []).append(
            {"roleType": row["roleType"], "role": row["role"], "org": {"sourcedId": row["orgSourcedId"]}})
    with_roles = roster.version == "1.2"
    return {name: [document(row, roles.get(row["sourcedId"], []) if name == "users" and with_roles else None)
                   for row in rows] for name, rows in tables.items()}


class Server:
    """`with Server(rows) as server:` answers at `server.base` until the block ends."""

    def __init__(self, rows, version="1.1", auth="oauth2", cap=None, total="X-Total-Count", links=True, sort=True,
                 fault=None, token_lives=3600, only_roster_paths=()):
        self.rows, self.version, self.auth, self.cap = rows, version, auth, cap
        self.total, self.links, self.sort, self.fault = total, links, sort, fault
        self.token_lives, self.only = token_lives, only_roster_paths
        self.tokens, self.asked, self.nonces, self.wrong = {}, [], set(), []
        self.lock = threading.Lock()

    def __enter__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def do_GET(self):
                with outer.lock:
                    outer.answer(self, "GET", b"")

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with outer.lock:
                    outer.answer(self, "POST", body)

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        self.root = f"http://127.0.0.1:{self.port}"
        self.base = self.root + ("/ims/oneroster/v1p1" if self.version == "1.1" else "/ims/oneroster/rostering/v1p2")
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    def settings(self, name="district", more=""):
        """The table of crier.toml that leads here."""
        text = f'\n[import.{name}]\nkind = "rest"\nbase_url = "{self.base}"\nauth = "{self.auth}"\n'
        if self.auth == "bearer":
            text += 'token_env = "REST_SECRET"\n'
        else:
            text += 'client_id = "crier"\nclient_secret_env = "REST_SECRET"\n'
        if self.auth == "oauth2":
            text += f'token_url = "{self.root}/token"\n'
        return text + more

    def send(self, handler, status, body, fields=(), kind="application/json"):
        payload = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        for name, value in dict(fields).items():
            handler.send_header(name, str(value))
        handler.send_header("Content-Length", str(len(payload)))
        handler.end_headers()
        handler.wfile.write(payload)

    def answer(self, handler, method, body):
        url = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        self.asked.append((method, url.path, query))
        if self.fault and self.fault(self, handler, url.path, query):
            return
        if url.path == "/token":
            return self.give_token(handler, method, body)
        if not self.may(handler, method, url):
            return self.send(handler, 401, {"imsx_codeMajor": "failure", "imsx_description": "Unauthorized request"})
        name = url.path.rsplit("/", 1)[-1]
        root = {"1.1": "/ims/oneroster/v1p1/", "1.2": "/ims/oneroster/rostering/v1p2/"}[self.version]
        if self.version == "1.2" and name in GRADEBOOK:
            root = "/ims/oneroster/gradebook/v1p2/"
        if url.path != root + name or name not in GRADEBOOK | ROSTER or (self.only and name not in self.only):
            return self.send(handler, 404, {"imsx_description": "no such resource"})
        if "sort" in query and not self.sort:
            return self.send(handler, 400, {"imsx_description": "sort is not supported"})
        self.page(handler, name, query)

    def page(self, handler, name, query):
        body_key = {"schools": "orgs", "students": "users", "teachers": "users"}.get(name, name)
        rows = self.rows.get(name, self.rows.get(body_key, []))
        if name in ("students", "teachers") and name not in self.rows:
            rows = [one for one in rows if one.get("role") == name[:-1]]
        if query.get("sort"):
            rows = sorted(rows, key=lambda one: str(one.get(query["sort"], "")))
        offset, limit = int(query.get("offset", 0)), int(query.get("limit", 100))
        limit = min(limit, self.cap or limit)
        fields = {}
        if self.total:
            fields[self.total] = len(rows)
        if self.links and offset + limit < len(rows):
            fields["Link"] = f'<{self.root}/next>; rel="next", <{self.root}/last>; rel="last"'
        elif self.links:
            fields["Link"] = f'<{self.root}/first>; rel="first"'
        self.send(handler, 200, {body_key: rows[offset:offset + limit]}, fields)

    def give_token(self, handler, method, body):
        form = dict(urllib.parse.parse_qsl(body.decode()))
        basic = "Basic " + base64.b64encode(b"crier:s3cret").decode()
        scopes = form.get("scope", "").split(" ")
        strict = (method == "POST" and form.get("grant_type") == "client_credentials"
                  and handler.headers["Content-Type"] == "application/x-www-form-urlencoded"
                  and all(one.startswith("https://purl.imsglobal.org/spec/or/") for one in scopes))
        if not strict:
            self.wrong.append(("token", form))
            return self.send(handler, 400, {"error": "invalid_request"})
        if handler.headers["Authorization"] != basic:
            return self.send(handler, 401, {"error": "invalid_client", "error_description": "Client is unknown"})
        token = f"token-{len(self.tokens) + 1}"
        self.tokens[token] = time.monotonic() + self.token_lives
        self.send(handler, 200, {"access_token": token, "token_type": "bearer", "expires_in": self.token_lives})

    def may(self, handler, method, url):
        shown = handler.headers.get("Authorization", "")
        if self.auth == "bearer":
            return shown == "Bearer s3cret"
        if self.auth == "oauth2":
            return self.tokens.get(shown.removeprefix("Bearer "), 0) > time.monotonic()
        return self.signed(shown, method, url)

    def signed(self, shown, method, url):
        """RFC 5849, written from its text: every parameter of the query is part of what is signed."""
        if not shown.startswith("OAuth "):
            return False
        own = {}
        for part in shown[6:].split(", "):
            name, _, value = part.partition("=")
            own[name] = urllib.parse.unquote(value.strip('"'))
        signature = own.pop("oauth_signature", "")
        fresh = own["oauth_nonce"] not in self.nonces and abs(int(own["oauth_timestamp"]) - time.time()) < 300
        self.nonces.add(own["oauth_nonce"])
        quote = lambda text: urllib.parse.quote(text, safe="-._~")
        pairs = sorted((quote(a), quote(b)) for a, b in
                       list(own.items()) + urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        text = "&".join((method, quote(self.root + url.path), quote("&".join("=".join(pair) for pair in pairs))))
        digest = hashlib.sha256 if own["oauth_signature_method"] == "HMAC-SHA256" else hashlib.sha1
        wanted = base64.b64encode(hmac.new(b"s3cret&", text.encode(), digest).digest()).decode()
        return fresh and own["oauth_consumer_key"] == "crier" and hmac.compare_digest(wanted, signature)
