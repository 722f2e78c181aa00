"""When messages leave, what status shows of them, rerun and the delivery report."""

import csv
import os
import re
import signal
import time
from html.parser import HTMLParser

import crier_case
import oneroster
from crier_case import CrierCase

COUNTS = ["not_started", "processing", "complete", "failed", "held", "in_doubt", "cancelled"]
JOB = ["id", "message", "school", "subject", "type", "messages", *COUNTS, "created", "updated", "sender"]


class DeliveryCase(CrierCase):
    zone = "Europe/London"

    def setUp(self):
        super().setUp()
        self.init(zone=self.zone)
        self.roster = oneroster.school()
        self.roster.find("users", "g-4")["email"] = "broken@"
        self.roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set", expect=1)

    def send(self, *arguments, clock=crier_case.MORNING, expect=0):
        return self.crier("send", *arguments, "-s", "Subject", "-m", "Body", "--json", clock=clock, expect=expect).json

    def once(self, clock, expect=0):
        return self.crier("daemon", "--once", "--json", clock=clock, expect=expect).json

    def job(self, **more):
        document = self.crier("status", "--json", **more).json
        job = document["jobs"][0]
        self.assertEqual(job["messages"], sum(job[part] for part in COUNTS), job)
        return job

    def files(self):
        return sorted(path.name for path in (self.folder / "outbox" / "email").glob("*"))


class QuietHours(DeliveryCase):
    def test_held_until_the_morning(self):
        """D3: what is sent at 20:30 is held until 08:00 school time, and goes then"""
        sent = self.send("form:7A", "--to", "parent", clock="2026-11-25T20:30:00Z")
        self.assertEqual("scheduled", sent["state"])
        self.assertEqual("2026-11-26T08:00:00Z", sent["held_until"])
        self.assertEqual(6, self.job()["held"])
        self.once("2026-11-25T20:31:00Z")
        self.once("2026-11-26T07:59:00Z")
        self.assertEqual([], self.files())
        self.assertEqual(6, self.job()["held"])
        self.once("2026-11-26T08:00:00Z")
        self.assertEqual(6, len(self.files()))
        self.assertEqual((0, 6), (self.job()["held"], self.job()["complete"]))

    def test_wait_ends_at_once(self):
        """D3: send --wait outside the hours holds, says until when, and does not wait all night"""
        result = self.crier("send", "form:9C", "--to", "parent", "-s", "S", "-m", "B", "--wait", clock="2026-11-25T20:30:00Z")
        self.assertIn("2026-11-26 08:00", result.out.replace("T", " "))

    def test_sunday(self):
        """D3: Saturday evening waits for Monday by the usual hours"""
        self.assertEqual("2026-11-30T08:00:00Z", self.send("form:7A", clock="2026-11-28T20:00:00Z")["held_until"])

    def test_emergency(self):
        """M3: an emergency passes quiet hours"""
        sent = self.send("form:7A", "--to", "parent", "--priority", "emergency", "--yes", clock="2026-11-25T23:30:00Z")
        self.assertEqual("queued", sent["state"])
        self.once("2026-11-25T23:30:00Z")
        self.assertEqual(6, len(self.files()))

    def test_hours_of_the_settings(self):
        """D3: windows of the settings count, over midnight and for a channel of its own"""
        self.settings('[school.quiet_hours]\nallow = { mon-sun = "18:00-02:00" }\n'
                      '[channel.sms]\nkind = "outbox"\n[channel.sms.quiet_hours]\nallow = { mon-fri = "09:00-10:00" }\n')
        self.assertEqual("2026-11-25T18:00:00Z", self.send("form:7A")["held_until"])
        self.assertIsNone(self.send("form:7A", clock="2026-11-26T01:59:00Z")["held_until"])
        self.assertEqual("2026-11-26T09:00:00Z", self.send("form:7A", "--to", "parent", "--via", "sms")["held_until"])

    def test_never_open(self):
        """D3: hours that never open are refused when it is sent, exit 5, and not a loop"""
        self.settings("[school.quiet_hours]\nallow = {}\n")
        result = self.crier("send", "form:7A", "-s", "S", "-m", "B", "--json", expect=None)
        self.assertIn(result.code, (2, 5), str(result))
        self.assertEqual(0, self.crier("status", "--json", expect=None).json.get("total", 0))

    def test_quiet_begins_while_it_waits(self):
        """D3: what is still queued when the quiet hours begin waits for the next opening"""
        self.send("form:7A", "--to", "parent", clock="2026-11-25T19:59:00Z")
        self.once("2026-11-25T20:10:00Z")
        self.assertEqual([], self.files())
        self.assertEqual(6, self.job()["held"])
        self.once("2026-11-26T08:00:00Z")
        self.assertEqual(6, len(self.files()))


class ClocksGoBackInLondon(DeliveryCase):
    def test_clock_change_night(self):
        """D3: over the night of 25 October 2026 (an hour more) 08:00 on Monday is 08:00 UTC"""
        sent = self.send("form:7A", clock="2026-10-24T19:30:00Z")
        self.assertEqual("2026-10-26T08:00:00Z", sent["held_until"])
        sent = self.send("form:7A", clock="2026-10-23T19:30:00Z")
        self.assertEqual("2026-10-24T07:00:00Z", sent["held_until"])


class ClocksGoForwardInNewYork(DeliveryCase):
    zone = "America/New_York"

    def test_clock_change_night(self):
        """D3: over the night of 14 March 2027 (an hour less) 08:00 on Monday is 12:00 UTC, on Saturday 13:00"""
        sent = self.send("form:7A", clock="2027-03-14T01:30:00Z")
        self.assertEqual("2027-03-15T12:00:00Z", sent["held_until"])
        sent = self.send("form:7A", clock="2027-03-13T02:00:00Z")
        self.assertEqual("2027-03-13T13:00:00Z", sent["held_until"])


class Status(DeliveryCase):
    def test_document(self):
        """S1: the JSON of status has the promised keys, latest first, times in UTC, counts that add up"""
        self.send("form:7A", "--to", "parent")
        self.send("form:9B", "--to", "parent", "--via", "sms")
        document = self.crier("status", "--json").json
        self.assert_keys(["jobs", "page", "pages", "total"], document)
        self.assertEqual([2, 1], [job["id"] for job in document["jobs"]])
        for job in document["jobs"]:
            self.assert_keys(JOB, job, more=["held_until", "state", "progress", "expected_end", "delivered"])
            self.assert_utc(job["created"])
            self.assert_utc(job["updated"])
            self.assertEqual(job["messages"], sum(job[part] for part in COUNTS))
        self.assertEqual("sms", document["jobs"][0]["type"])
        self.assertEqual("CAM", document["jobs"][0]["school"])
        one = self.crier("status", "1", "--json").json
        self.assertEqual([1], [job["id"] for job in one["jobs"]])

    def test_empty(self):
        """S1: nothing was sent yet: an empty document and an empty table, exit 0"""
        document = self.crier("status", "--json").json
        self.assertEqual(([], 1, 0), (document["jobs"], document["page"], document["total"]))
        self.crier("status")

    def test_pages_and_filters(self):
        """S1: pages, type, has-error, created, sender, school"""
        for hour in range(8, 13):
            self.send("form:7A", "--to", "parent", "--via", "email,sms", clock=f"2026-11-25T{hour:02}:30:00Z")

        def ids(*arguments):
            return [job["id"] for job in self.crier("status", "--json", *arguments).json["jobs"]]

        page = self.crier("status", "--per-page", "4", "--page", "2", "--json").json
        self.assertEqual((2, 3, 10, 4), (page["page"], page["pages"], page["total"], len(page["jobs"])))
        self.assertEqual([], ids("--page", "9"))
        self.assertEqual([9, 7, 5, 3, 1], ids("--type", "email"))
        self.assertEqual([9, 7, 5, 3, 1], ids("--has-error"))
        self.assertEqual([10, 9], ids("--created-from", "2026-11-25T12:00"))
        self.assertEqual([2, 1], ids("--created-to", "2026-11-25T09:00"))
        self.assertEqual(10, len(ids("--created-from", "2026-11-25")))
        self.assertEqual([], ids("--sender", "nobody-of-this-name"))
        self.assertEqual(10, len(ids("--school", "cam")))
        self.crier("status", "--created-from", "yesterdayish", expect=2)
        self.crier("status", "--type", "emial", expect=2)
        self.crier("status", "--page", "0", expect=2)

    def test_errors_document(self):
        """S2: status JOB --errors groups by cause, with recipient and context"""
        self.send("form:7A", "--to", "parent")
        document = self.crier("status", "1", "--errors", "--json").json
        self.assert_keys(["job", "errors"], document)
        self.assertEqual(1, len(document["errors"]))
        group = document["errors"][0]
        self.assert_keys(["cause", "class", "count", "recipients"], group, more=["remedy"])
        self.assertEqual(("invalid-address", "permanent", 1), (group["cause"], group["class"], group["count"]))
        one = group["recipients"][0]
        self.assert_keys(["code", "name", "address", "attempts", "at", "response", "context"], one)
        self.assert_keys(["host", "port", "tls", "from", "to"], one["context"])
        self.assertEqual(("G4", "broken@", 0), (one["code"], one["address"], one["attempts"]))
        self.assert_utc(one["at"])

    def test_wait(self):
        """M1: send --wait works the queue itself: 1 with failures, 0 without, and the lease is given back"""
        self.crier("send", "form:7A", "--to", "parent", "-s", "S", "-m", "B", "--wait", expect=1)
        self.crier("send", "form:9B", "--to", "parent", "-s", "S", "-m", "B", "--wait", expect=0)
        self.assertEqual(0, self.once(crier_case.MORNING)["complete"])


class Watch(DeliveryCase):
    def test_watch(self):
        """S1: --watch draws the rows again as they change, until interrupted: exit 0"""
        self.send("form:9B", "--to", "parent")
        watching = self.popen("status", "--watch")
        os.set_blocking(watching.stdout.fileno(), False)
        drawn = b""

        def wait_for(count):
            nonlocal drawn
            end = time.monotonic() + 10
            while drawn.count(b"Not started") < count:
                self.assertLess(time.monotonic(), end, drawn)
                drawn += watching.stdout.read() or b""
                time.sleep(0.05)

        wait_for(1)
        self.once(crier_case.MORNING)
        wait_for(2)
        watching.send_signal(signal.SIGINT)
        self.assertEqual(0, watching.wait(timeout=10))
        self.assertNotIn(b"\x1b", drawn)
        self.assert_error_document(self.crier("status", "--watch", "--json", expect=2), 2, "watch-json")


class Rerun(DeliveryCase):
    def correct(self):
        self.roster.find("users", "g-4")["email"] = "g4@example.org"
        self.roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set")

    def test_corrected_address(self):
        """D7: rerun takes the corrected address, sends once to that one alone, and keeps the old error's attempts"""
        self.send("form:7A", "--to", "parent")
        self.once(crier_case.MORNING)
        self.assertEqual(6, len(self.files()))
        self.correct()
        answer = self.crier("rerun", "1", "--json").json
        self.assert_keys(["job", "requeued", "corrected_addresses"], answer, more=["still_unreachable", "held_until"])
        self.assertEqual((1, 1, 1), (answer["job"], answer["requeued"], answer["corrected_addresses"]))
        self.assertEqual((1, 0), (self.job()["not_started"], self.job()["failed"]))
        self.once(crier_case.MORNING)
        self.assertEqual(7, len(self.files()))
        self.assertEqual(7, self.job()["complete"])
        texts = [(self.folder / "outbox" / "email" / name).read_bytes() for name in self.files()]
        self.assertEqual(1, sum(b"g4@example.org" in text for text in texts))

    def test_nothing_failed(self):
        """D7: refused with exit 5 where nothing failed"""
        self.send("form:9B", "--to", "parent")
        self.assert_error_document(self.crier("rerun", "1", "--json", expect=5), 5)
        self.once(crier_case.MORNING)
        self.assert_error_document(self.crier("rerun", "1", "--json", expect=5), 5)

    def test_still_unreachable(self):
        """D7: where the cause was not mended it is refused and says so, and the counts stand"""
        self.send("form:7A", "--to", "parent")
        self.assert_error_document(self.crier("rerun", "1", "--json", expect=5), 5)
        self.assertEqual(1, self.job()["failed"])

    def test_all(self):
        """D7: --all sends everything that ended again"""
        self.send("form:9B", "--to", "parent")
        self.once(crier_case.MORNING)
        answer = self.crier("rerun", "1", "--all", "--json").json
        self.assertEqual(self.job()["messages"], answer["requeued"])
        self.once(crier_case.MORNING)
        self.assertEqual(self.job()["messages"], self.job()["complete"])

    def test_in_quiet_hours(self):
        """D7: a rerun at night waits for the morning"""
        self.send("form:7A", "--to", "parent")
        self.correct()
        answer = self.crier("rerun", "1", "--json", clock="2026-11-25T21:00:00Z").json
        self.assertEqual("2026-11-26T08:00:00Z", answer["held_until"])
        self.assertEqual(1, self.job()["held"])

    def test_twice(self):
        """D7: a second rerun before the first has been worked finds nothing failed"""
        self.send("form:7A", "--to", "parent")
        self.correct()
        self.crier("rerun", "1")
        self.crier("rerun", "1", expect=5)

    def test_gone_since(self):
        """D7: a failed recipient who has left since is not written to"""
        self.send("form:7A", "--to", "parent")
        self.roster.drop_user("g-4", "p-4")
        self.roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set")
        self.crier("rerun", "1", expect=5)


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.resources, self.title = [], [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "action", "data", "poster", "srcset", "background"):
                self.resources.append(value or "")

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "title" and not self.title:
            self.title = data


class Report(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.crier("send", "form:7A", "--to", "parent", "-s", "Trip <b>&amp; \"fees\" é", "-m", "B", "--wait", expect=1)

    def test_csv(self):
        """S3: the delivery report as CSV: a row per delivery, times in RFC 3339 UTC"""
        rows = list(csv.DictReader(self.crier("report", "delivery", "--format", "csv").out.lstrip("\ufeff").splitlines()))
        self.assertEqual(7, len(rows))
        self.assertIn('Trip <b>&amp; "fees" é', rows[0].values())
        times = [value for row in rows for value in row.values() if re.match(r"\d{4}-\d\d-\d\dT", value)]
        self.assertTrue(times)
        for value in times:
            self.assert_utc(value)

    def test_json(self):
        """S3: the delivery report as JSON, by --json and by --format json"""
        by_option = self.crier("report", "delivery", "--json").json
        self.assertEqual("delivery", by_option["report"])
        self.assertEqual(7, len(by_option["deliveries"]))
        by_format = self.crier("report", "delivery", "--format", "json").json
        self.assertEqual(by_option["deliveries"], by_format["deliveries"])

    def test_html(self):
        """S3: the page is self-contained, has a title and tables, and shows texts as they are"""
        self.crier("report", "delivery", "--format", "html", "-o", "page.html")
        text = (self.folder / "page.html").read_text(encoding="utf-8")
        page = Page()
        page.feed(text)
        self.assertIn("Delivery", page.title)
        self.assertIn("table", page.tags)
        self.assertNotIn("script src", text)
        for resource in page.resources:
            self.assertFalse(re.match(r"(https?:)?//", resource), resource)
        self.assertNotRegex(text, r"url\(\s*['\"]?(https?:)?//|@import")
        self.assertNotIn("Trip <b>", text)
        self.assertIn("Trip &lt;b&gt;&amp;amp;", text)

    def test_table(self):
        """S3: as a table, in the school's time"""
        self.assertIn("invalid-address", self.crier("report", "delivery").out)

    def test_range(self):
        """S3: date ranges; an empty report is exit 0; a range that ends before it begins is exit 2"""
        self.assertEqual(7, len(self.crier("report", "delivery", "--from", "2026-11-25", "--to", "2026-11-25", "--json").json["deliveries"]))
        self.assertEqual([], self.crier("report", "delivery", "--from", "2026-11-01", "--to", "2026-11-02", "--json").json["deliveries"])
        self.crier("report", "delivery", "--from", "2026-11-05", "--to", "2026-11-02", expect=2)

    def test_unwritable(self):
        """S3: a page that cannot be written is told, and nothing half is left"""
        self.assertNotEqual(0, self.crier("report", "delivery", "--format", "html", "-o", "no/such/folder/p.html", expect=None).code)


if __name__ == "__main__":
    crier_case.main()
