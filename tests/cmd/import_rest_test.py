"""`crier import rest`: a OneRoster server pulled whole, or not at all."""

import json
import pathlib
import shutil
import subprocess
import sys
import unittest

import crier_case
import oneroster
import rest_server
from crier_case import CrierCase

SHARED = crier_case.SOURCE.parent / "shared"


class RestCase(CrierCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.plain = (self.folder / "crier.toml").read_text()

    def point_at(self, server, more=""):
        (self.folder / "crier.toml").write_text(self.plain + server.settings(more=more))

    def pull(self, server, *options, expect=0, secret="s3cret", more="", name="district"):
        self.point_at(server, more)
        return self.crier("import", "rest", name, "--json", *options, expect=expect, env={"REST_SECRET": secret},
                          timeout=120)

    def same_as_set(self, folder, rows=None):
        """The CSV set of the same data, imported after it under the same source, changes nothing."""
        document = self.crier("import", "oneroster", folder, "--source", "district", "--json", expect=None).json
        self.assertEqual("unchanged", document["import"]["outcome"], document["import"])


class Pulls(RestCase):
    def pull_like_csv(self, roster, more="", **server):
        folder = roster.write(self.folder / "set")
        with rest_server.Server(rest_server.rows_of(roster), version=roster.version, **server) as stand_in:
            document = self.pull(stand_in, more=more).json
            self.assertEqual("applied", document["import"]["outcome"])
            self.assertEqual(20, document["import"]["added"]["pupil"])
            self.assertEqual(20, document["import"]["added"]["mark"])
            self.assertEqual([], document["issues"])
            self.same_as_set(folder)
            self.assertEqual([], stand_in.wrong)
            return stand_in

    def test_oauth2(self):
        """I4: a pull over OAuth 2 in pages gives the same roster as the CSV set"""
        server = self.pull_like_csv(oneroster.school(), more="page_size = 7\n")
        self.assertEqual(1, len(server.tokens))
        offsets = [query["offset"] for _, path, query in server.asked if path.endswith("/enrollments")]
        self.assertEqual(["0", "7", "14", "21"], offsets)
        self.assertFalse((self.folder / "crier.db.pull").exists())

    def test_version_12(self):
        """I4: OneRoster 1.2 too, whose roles stand within users and whose gradebook lies elsewhere"""
        server = self.pull_like_csv(oneroster.school("1.2"), more="page_size = 9\n")
        self.assertIn("/ims/oneroster/gradebook/v1p2/results", [path for _, path, _ in server.asked])

    def test_oauth1(self):
        """I4: OAuth 1.0a signs every parameter of the query, with HMAC-SHA1 or HMAC-SHA256"""
        self.pull_like_csv(oneroster.school(), auth="oauth1")
        with rest_server.Server(rest_server.rows_of(oneroster.school()), auth="oauth1") as server:
            document = self.pull(server, more='signature = "hmac-sha256"\n').json
            self.assertEqual("unchanged", document["import"]["outcome"])

    def test_bearer(self):
        """I4: a static bearer token, from the environment or a file"""
        self.pull_like_csv(oneroster.school(), auth="bearer")
        with rest_server.Server(rest_server.rows_of(oneroster.school()), auth="bearer") as server:
            (self.folder / "token").write_text("s3cret\n")
            (self.folder / "crier.toml").write_text(
                self.plain + server.settings().replace('token_env = "REST_SECRET"', 'token_file = "token"'))
            document = self.crier("import", "rest", "district", "--json").json
            self.assertEqual("unchanged", document["import"]["outcome"])

    def test_servers_differ(self):
        """I4: small pages, totals under ClassLink's name, links alone, neither, no sort, no pages at all"""
        roster = oneroster.school()
        rows = rest_server.rows_of(roster)
        with rest_server.Server(rows, cap=5) as server:
            self.assertEqual("applied", self.pull(server).json["import"]["outcome"])
        for how in ({"total": "x-count", "cap": 6}, {"total": None, "cap": 6},
                    {"total": None, "links": False, "cap": 6}, {"sort": False}, {"total": None, "links": False}):
            with self.subTest(how=how), rest_server.Server(rows, **how) as server:
                document = self.pull(server).json
                self.assertEqual("unchanged", document["import"]["outcome"], how)
                self.assertEqual([], document["issues"])

        def everything_each_time(server, handler, path, query):
            query["offset"] = "0"

        with rest_server.Server(rows, total=None, links=False, fault=everything_each_time) as server:
            self.assertEqual("unchanged", self.pull(server).json["import"]["outcome"])

    def test_students_and_teachers(self):
        """I4: without /users a server is asked for students and teachers, and contacts are said to be missing"""
        rows = rest_server.rows_of(oneroster.school())
        paths = ("schools", "students", "teachers", "classes", "enrollments", "academicSessions")
        with rest_server.Server(rows, only_roster_paths=paths) as server:
            document = self.pull(server, expect=1).json
        self.assertEqual(20, document["import"]["added"]["pupil"])
        self.assertEqual(1, document["import"]["added"]["staff"])
        self.assertEqual(0, document["import"]["added"]["contact"])
        reasons = [one["reason"] for one in document["issues"]]
        self.assertIn("no-contacts", reasons)
        self.assertEqual(2, reasons.count("not-there"))

    def test_metadata(self):
        """I4: columns of the settings are found in metadata, below dots too, and in fields of the vendor's own"""
        roster = oneroster.school(more_user_columns=["metadata.form"])
        rows = rest_server.rows_of(roster)
        for user in rows["users"]:
            if user["role"] == "student":
                user["metadata"] = {"local": {"form": "Tutor 3"}}
                user["nationalHouse"] = ["Fir"]
        with rest_server.Server(rows) as server:
            self.pull(server, more='[import.district.columns]\nform = "metadata.local.form"\nhouse = "nationalHouse"\n')
        self.assertEqual(20, self.crier("resolve", 'form:"Tutor 3" and house:Fir', "--json").json["counts"]["matched"])

    def test_vendors(self):
        """I4: truth values as text, scores as numbers, lists as text, dates with a time, a row without an id, null"""
        rows = rest_server.rows_of(oneroster.school())
        for row in rows["enrollments"]:
            row["primary"] = "false"
            row["beginDate"] = "2026-09-01T00:00:00.000Z"
            row["junk"] = {"a": [1, {"b": None}]}
        rows["lineItems"][0]["dueDate"] = "2026-11-19T04:59:00-01:00"
        for row in rows["users"]:
            row["grades"] = "".join(row["grades"])
            row["middleName"] = None
        rows["results"][3]["score"] = 17.5
        del rows["classes"][0]["status"]
        del rows["users"][-1]["sourcedId"]
        with rest_server.Server(rows) as server:
            document = self.pull(server, expect=1, more="").json
        self.assertEqual(20, document["import"]["added"]["pupil"])
        self.assertLessEqual({"missing-id"}, {one["reason"] for one in document["issues"]})
        self.assertLessEqual({one["reason"] for one in document["issues"]}, {"missing-id", "dangling-reference"})
        issue = next(one for one in document["issues"] if one["reason"] == "missing-id")
        self.assertEqual("users.csv", issue["file"])

    def test_keep(self):
        """I8: --keep leaves what the server gave as a CSV set, in which the lines of issues can be looked up"""
        rows = rest_server.rows_of(oneroster.school())
        rows["users"][5]["email"] = "no address"
        with rest_server.Server(rows) as server:
            document = self.pull(server, "--keep", "kept", expect=1).json
            issue = document["issues"][0]
            line = (self.folder / "kept" / issue["file"]).read_text().splitlines()[issue["line"] - 1]
            self.assertIn("no address", line)
            again = self.pull(server, "--keep", "kept", expect=2)
            self.assertEqual("folder-not-empty", again.error["code"])
        self.assertEqual("unchanged", self.crier("import", "oneroster", "kept", "--source", "district", "--json",
                                                 expect=1).json["import"]["outcome"])

    def test_now(self):
        """I13: import --now and a schedule ask the server like any other source"""
        with rest_server.Server(rest_server.rows_of(oneroster.school())) as server:
            self.point_at(server)
            env = {"REST_SECRET": "s3cret"}
            document = self.crier("import", "--now", "district", "--json", env=env).json
            self.assertEqual(server.base, document["sources"][0]["path"])
            self.assertEqual("applied", document["imports"][0]["import"]["outcome"])
            (self.folder / "schedules").mkdir()
            (self.folder / "schedules" / "sync.toml").write_text(
                'name = "sync"\nkind = "import"\nenabled = true\nsource = "district"\n'
                "start = 2026-11-25T08:00:00\nfrequency = \"hourly\"\n")
            self.crier("schedule", "run", "sync", env=env)
            shown = self.crier("import", "list", "--json").json["imports"]
            self.assertEqual(["unchanged", "applied"], [one["outcome"] for one in shown])

    def test_guard_and_held(self):
        """I7: a server that has lost its pupils is held, kept, and let in without being asked again"""
        roster = oneroster.school()
        with rest_server.Server(rest_server.rows_of(roster)) as server:
            self.pull(server)
        roster.drop_user(*[f"p-{number}" for number in range(5, 21)])
        with rest_server.Server(rest_server.rows_of(roster)) as server:
            held = self.pull(server, expect=5).json
            self.assertEqual("held", held["import"]["outcome"])
        self.crier("import", "review")
        accepted = self.crier("import", "accept", "--json").json
        self.assertEqual(16, accepted["import"]["removed"]["pupil"])


class Refusals(RestCase):
    """Whatever goes wrong with a server changes nothing, and says what and where."""

    def setUp(self):
        super().setUp()
        self.roster = oneroster.school()
        self.rows = rest_server.rows_of(self.roster)
        with rest_server.Server(self.rows) as server:
            self.pull(server)
        # Somebody has gone: an import that is taken although it is not whole would show.
        self.fewer = rest_server.rows_of(self.roster)
        self.fewer["users"] = [one for one in self.fewer["users"] if one["sourcedId"] != "p-20"]

    def refused(self, fault=None, expect=3, code=None, words="", more="", secret="s3cret", **how):
        with rest_server.Server(self.fewer, fault=fault, **how) as server:
            result = self.pull(server, expect=expect, more=more, secret=secret)
        self.assertEqual(code, result.error["code"], str(result))
        self.assertIn(words, result.error["message"])
        self.assertNotIn("s3cret", result.out + result.err)
        self.assertEqual("refused", result.json["import"]["outcome"])
        self.assertEqual(20, self.crier("resolve", "all", "--json").json["counts"]["matched"])
        self.assertFalse((self.folder / "crier.db.pull").exists())

    def at(self, name, act, times=None):
        """Does `act` whenever this collection is asked for, or the first so many times."""
        seen = []

        def fault(server, handler, path, query):
            if not path.endswith("/" + name) or (times is not None and len(seen) >= times):
                return False
            seen.append(query)
            return act(server, handler, query) is not False

        return fault

    def test_secrets(self):
        """I4: a wrong secret or token is turned away with exit 7, in words, and no secret is shown"""
        self.refused(expect=7, code="rest-turned-away", words="Client is unknown", secret="wrong")
        self.refused(expect=7, code="rest-turned-away", words="401", secret="wrong", auth="bearer")
        self.refused(expect=7, code="rest-turned-away", words="401", secret="wrong", auth="oauth1")

    def test_no_json(self):
        """I4: a login page, text, half of a document, a list, an error inside 200"""
        page = "<!DOCTYPE html><html><title>Sign in to District</title></html>"
        html = lambda server, handler, _: server.send(handler, 200, page, kind="text/html")
        self.refused(self.at("users", html), code="not-oneroster", words="Sign in to District")
        self.refused(self.at("token", html), code="not-oneroster", words="sign-in page")
        text = lambda server, handler, _: server.send(handler, 200, '{"users": [{"sourcedId"')
        self.refused(self.at("users", text), code="bad-json", words="users")
        listed = lambda server, handler, _: server.send(handler, 200, [])
        self.refused(self.at("users", listed), code="not-oneroster", words="no JSON object")
        other = lambda server, handler, _: server.send(handler, 200, {"people": []})
        self.refused(self.at("users", other), code="not-oneroster", words="has no list of users")
        error = lambda server, handler, _: server.send(
            handler, 200, {"imsx_codeMajor": "failure", "imsx_description": "database is down"})
        self.refused(self.at("users", error), expect=7, code="rest-refused", words="database is down")

    def test_redirect(self):
        """I4: a redirect is not followed, and the secret stays here"""
        there = {"Location": "https://elsewhere.example/users?x=1"}
        away = lambda server, handler, _: server.send(handler, 302, "", there)
        self.refused(self.at("users", away), expect=7, code="rest-redirect", words="https://elsewhere.example/users")

    def test_permissions(self):
        """I8: no right to the roster refuses the pull; no right to marks leaves them as they are and says so"""
        no = lambda server, handler, _: server.send(handler, 403, {"imsx_description": "scope missing"})
        self.refused(self.at("users", no), expect=7, code="rest-turned-away", words="scope missing")
        with rest_server.Server(self.rows, fault=self.at("results", no)) as server:
            document = self.pull(server).json
        self.assertEqual("unchanged", document["import"]["outcome"])
        self.assertEqual([("no-permission", "results.csv")],
                         [(one["reason"], one["file"]) for one in document["issues"]])
        self.assertIn("gradebook.readonly", document["issues"][0]["message"])

    def test_moving_total(self):
        """I4: a total that changes while pages are read is asked for anew, three times, and then refused"""
        def grow(server, handler, query):
            server.rows["enrollments"].append({"sourcedId": f"new-{len(server.asked)}", "status": "active"})
            return False

        self.refused(self.at("enrollments", grow), code="incomplete-pull", words="changed while",
                     more="page_size = 5\n")

    def test_moves_once(self):
        """I4: what moved once is read anew, and taken"""
        def jump(server, handler, query):
            server.rows["enrollments"].append(dict(server.rows["enrollments"][0], sourcedId="zz-new"))
            return False

        with rest_server.Server(self.rows, fault=self.at("enrollments", jump, times=1)) as server:
            fault = server.fault
            server.fault = lambda *all: int(all[3].get("offset", 0)) == 5 and fault(*all)
            document = self.pull(server, more="page_size = 5\n").json
        self.assertEqual(1, document["import"]["added"]["membership"] + len(document["issues"]))

    def test_a_page_twice(self):
        """I4: a page that comes twice, too few rows for the total, and a page that is missing are refused"""
        def again(server, handler, query):
            if query["offset"] != "0":
                query["offset"] = "0"
            return False

        self.refused(self.at("enrollments", again), code="incomplete-pull", words="comes twice", more="page_size = 5\n")
        self.refused(self.at("enrollments", again), code="incomplete-pull", words="twice", more="page_size = 5\n",
                     total=None)

        def short(server, handler, query):
            server.send(handler, 200, {"enrollments": []}, {"X-Total-Count": 9000})

        self.refused(self.at("enrollments", short), code="incomplete-pull",
                     words="speaks of 9000 enrollments and gives 0")

        def gone(server, handler, query):
            if query["offset"] == "0":
                return False
            server.send(handler, 404, {"message": "gone"})

        self.refused(self.at("enrollments", gone), code="incomplete-pull", words="then no more", more="page_size = 5\n")

    def test_permission_revision(self):
        """I4: ClassLink's x-perm-rev that changes in the middle begins the pull anew"""
        asked = []

        def revised(server, handler, path, query):
            if path == "/token":
                return False
            asked.append(path)
            name = path.rsplit("/", 1)[-1]
            rows = server.rows.get(name, [])
            server.send(handler, 200, {name: rows}, {"x-count": len(rows), "x-perm-rev": 1 if len(asked) == 1 else 2})
            return True

        with rest_server.Server(self.rows, fault=revised) as server:
            document = self.pull(server).json
        self.assertEqual("unchanged", document["import"]["outcome"])
        self.assertEqual(2, sum(path.endswith("/orgs") for path in asked))

    def test_patience(self):
        """I4: 429 and 503 with Retry-After, and a connection that breaks, are asked again"""
        tries = []

        def busy(server, handler, query):
            tries.append(query)
            if len(tries) == 1:
                return server.send(handler, 429, {"message": "slow down"}, {"Retry-After": "1"})
            if len(tries) == 2:
                return server.send(handler, 503, "busy", {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"})
            handler.close_connection = True
            handler.connection.close()

        with rest_server.Server(self.rows, fault=self.at("users", busy, times=3)) as server:
            document = self.pull(server).json
        self.assertEqual("unchanged", document["import"]["outcome"])
        later = lambda server, handler, _: server.send(handler, 503, "", {"Retry-After": "86400"})
        self.refused(self.at("users", later), expect=7, code="rest-unreachable", words="left alone for 86400 s")

    def test_token_ends(self):
        """I4: a token that ends or is taken back in the middle is renewed"""
        def revoke(server, handler, query):
            server.tokens = {}
            return False

        with rest_server.Server(self.rows, fault=self.at("enrollments", revoke, times=1)) as server:
            self.assertEqual("unchanged", self.pull(server).json["import"]["outcome"])
            self.assertEqual(2, sum(path == "/token" for _, path, _ in server.asked))

    def test_nobody_there(self):
        """I4: a server that is not there is exit 7 after several tries; what cannot be read is exit 2"""
        with rest_server.Server(self.rows) as server:
            self.point_at(server)
        missing = self.crier("import", "rest", "district", "--json", expect=2)
        self.assertIn("REST_SECRET", missing.error["message"])
        unknown = self.crier("import", "rest", "distrikt", "--json", expect=2)
        self.assertEqual("no-server", unknown.error["code"])


class District(RestCase):
    @unittest.skipUnless((SHARED / "tools" / "gen_oneroster.py").exists(), "skipped: the generator is not here")
    def test_generated(self):
        """I4: a pull of the generator's district gives the same roster as its CSV"""
        subprocess.run([sys.executable, SHARED / "tools" / "gen_oneroster.py", self.folder / "set", "--pupils", "1500",
                        "--schools", "3", "--enrollments", "6000", "--results", "9000"],
                       check=True, capture_output=True)
        rows = rest_server.rows_of_set(self.folder / "set")
        self.plain += '\n[district]\ntimezone = "Europe/London"\ncountry = "GB"\n'
        with rest_server.Server(rows) as server:
            document = self.pull(server, expect=None).json
        self.assertEqual("applied", document["import"]["outcome"])
        self.same_as_set(self.folder / "set")

    @unittest.skipUnless((SHARED / "corpus" / "oneroster" / "rest-v1p1").exists(), "skipped: the corpus is not here")
    def test_corpus(self):
        """I4: answers of a vendor, with all that is odd about them, are read"""
        bodies = {path.stem: json.loads(path.read_text())
                  for path in (SHARED / "corpus" / "oneroster" / "rest-v1p1").glob("*.json")}
        rows = {"schools": bodies["schools"]["orgs"],
                **{name: bodies[name][name] for name in ("academicSessions", "classes", "enrollments")},
                "students": bodies["students"]["users"], "teachers": bodies["teachers"]["users"]}
        how = {"total": None, "links": False, "sort": False, "cap": 2, "only_roster_paths": set(rows)}
        with rest_server.Server(rows, **how) as server:
            document = self.pull(server, expect=1).json
        self.assertEqual("applied", document["import"]["outcome"], document)
        added = document["import"]["added"]
        self.assertEqual((2, 2, 2), tuple(added[kind] for kind in ("pupil", "staff", "group")))
        self.assertIn("missing-id", [one["reason"] for one in document["issues"]])


if __name__ == "__main__":
    unittest.main()
