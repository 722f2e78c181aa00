"""What is held is worked out again when it is let go; approval, cancelling, times, caps, tests and sandboxes."""

import email
import email.policy
import re

import crier_case
import oneroster
from crier_case import CrierCase

# The evening of 25 November 2026, and the next morning, in Cambridge.
EVENING = "2026-11-25T21:00:00Z"
NIGHT = "2026-11-26T02:00:00Z"
NEXT_MORNING = "2026-11-26T08:05:00Z"
RELATION = {"more_user_columns": ("metadata.relation", "metadata.courtOrder")}
COLUMNS = """
[import.oneroster]
kind = "oneroster"
columns = { relation = "metadata.relation", court_order = "metadata.courtOrder" }
"""


class ReleaseCase(CrierCase):
    more_settings = ""

    def setUp(self):
        super().setUp()
        self.init()
        self.settings(COLUMNS + self.more_settings)
        self.roster = oneroster.school(**RELATION)
        self.take()

    def take(self, clock=crier_case.MORNING, *options):
        self.roster.write(self.folder / "set")
        self.crier("import", "oneroster", "set", "--accept-removals", *options, clock=clock, expect=None)

    def send(self, *more, clock=crier_case.MORNING, expect=0, audience="form:7A", body="The trip is on."):
        return self.crier("send", audience, "--to", "parent", "-s", "Trip", "-m", body, "--json", *more, clock=clock,
                          expect=expect)

    def once(self, clock=crier_case.MORNING, expect=0):
        return self.crier("daemon", "--once", "--json", clock=clock, expect=expect)

    def job(self, number=1, **more):
        job = self.crier("status", number, "--json", **more).json["jobs"][0]
        parts = ("not_started", "processing", "complete", "failed", "held", "in_doubt", "cancelled")
        self.assertEqual(job["messages"], sum(job[part] for part in parts), job)
        return job

    def causes(self, number=1):
        groups = self.crier("status", number, "--errors", "--json").json["errors"]
        return {group["cause"]: sorted(one["code"] for one in group["recipients"]) for group in groups}

    def mails(self):
        return {str(mail["To"].addresses[0].addr_spec): mail for mail in (
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((self.folder / "outbox" / "email").glob("*.eml")))}


class WorkedOutAgain(ReleaseCase):
    def test_who_opted_out_overnight(self):
        """A5: who opts out while a message is held does not get it, and the job says so"""
        self.send(clock=EVENING)
        self.assertEqual(7, self.job()["held"])
        self.crier("contacts", "opt-out", "G1", clock=NIGHT)
        self.once(NEXT_MORNING)
        self.assertEqual((6, 1), (self.job()["complete"], self.job()["cancelled"]))
        self.assertNotIn("g1@example.org", self.mails())
        self.assertEqual(["G1"], self.causes()["opted-out"])

    def test_barred_overnight(self):
        """A5, R3: a court order that comes with the night's import stops what is held"""
        self.send(clock=EVENING)
        self.roster.find("users", "g-4")["metadata.courtOrder"] = "true"
        self.take(NIGHT)
        self.once(NEXT_MORNING)
        self.assertNotIn("g4@example.org", self.mails())
        self.assertEqual(["G4"], self.causes()["court-order"])

    def test_who_came_and_who_left(self):
        """A5: a pupil who joins the form overnight is written about, one who leaves is not"""
        self.send(clock=EVENING)
        self.roster.drop_user("p-7", "g-7")
        oneroster.enrol(self.roster, "p-5", "7A", "student")
        self.take(NIGHT)
        self.once(NEXT_MORNING)
        mails = self.mails()
        self.assertNotIn("g7@example.org", mails)
        self.assertIn("g5@example.org", mails)
        job = self.job()
        self.assertEqual((8, 7, 1), (job["messages"], job["complete"], job["cancelled"]))

    def test_address_of_now(self):
        """A5: an address that is corrected overnight is the one that is used, also where there was none"""
        self.roster.find("users", "g-10")["email"] = ""
        self.take()
        self.send(clock=EVENING)
        self.assertEqual((6, 1), (self.job()["held"], self.job()["failed"]))
        self.roster.find("users", "g-4")["email"] = "new4@example.org"
        self.roster.find("users", "g-10")["email"] = "g10@example.org"
        self.take(NIGHT)
        self.once(NEXT_MORNING)
        mails = self.mails()
        self.assertIn("new4@example.org", mails)
        self.assertNotIn("g4@example.org", mails)
        self.assertIn("g10@example.org", mails)
        self.assertEqual(7, self.job()["complete"])

    def test_names_of_now(self):
        """A5, C12: whom the message is about is as of now: a child who left the audience is not named"""
        self.send(clock=EVENING, audience="form:7A or form:9B")
        self.roster.drop("enrollments", lambda row: row["userSourcedId"] == "p-2")
        self.roster.find("users", "p-2")["grades"] = "08"
        self.take(NIGHT)
        self.once(NEXT_MORNING)
        text = self.mails()["g1@example.org"].get_body(("plain",)).get_content()
        self.assertIn("Pupil1", text)
        self.assertNotIn("Pupil2", text)

    def test_group_gone(self):
        """A5: where what the audience names is there no more, nobody is written to, and the job says why"""
        self.send(clock=EVENING, audience="group:7A")
        self.roster.drop("classes", lambda row: row["sourcedId"] == "c-7A")
        self.roster.drop("enrollments", lambda row: row["classSourcedId"] == "c-7A")
        self.roster.drop("lineItems", lambda row: row["classSourcedId"] == "c-7A")
        self.roster.drop("results", lambda row: row["lineItemSourcedId"] == "l-7A")
        self.take(NIGHT)
        self.once(NEXT_MORNING)
        self.assertEqual({}, self.mails())
        self.assertEqual(7, len(self.causes()["audience-lost"]))

    def test_nothing_changed(self):
        """A5: where nothing changed overnight everybody gets it, once"""
        self.send(clock=EVENING)
        self.once(NIGHT)
        self.assertEqual(7, self.job()["held"])
        self.once(NEXT_MORNING)
        self.once(NEXT_MORNING)
        self.assertEqual(7, self.job()["complete"])
        self.assertEqual(7, len(self.mails()))

    def test_notice_of_now(self):
        """A5, T2: what is handed in while a notice is held is not told; who has nothing left is not written to"""
        for name in ("p-4", "p-5"):
            self.roster.find("results", "r-" + name[2:]).update(scoreStatus="not submitted", score="")
        self.take()
        self.write("schedules/missing.toml", 'name = "missing"\nkind = "missing-assignments"\nschool = "CAM"\n'
                   'start = 2026-09-07T16:00:00\nfrequency = "weekly"\nfor = "all"\nto = "parent"\nvia = ["email"]\n'
                   'begin_due = "-14d"\nend_due = "-1d"\n')
        self.crier("schedule", "run", "missing", clock=EVENING)
        self.assertEqual(3, self.job()["held"])
        self.roster.find("results", "r-4").update(scoreStatus="fully graded", score="12")
        self.roster.find("results", "r-2").update(scoreStatus="fully graded", score="12")
        self.take(NIGHT)
        self.once(NEXT_MORNING)
        mails = self.mails()
        self.assertEqual({"g1@example.org", "g5@example.org"}, set(mails))
        text = mails["g1@example.org"].get_body(("plain",)).get_content()
        self.assertIn("Pupil1", text)
        self.assertNotIn("Pupil2", text)
        # T4: what was told is told; what was taken out is due again should it be missing again.
        self.roster.find("results", "r-2").update(scoreStatus="not submitted", score="")
        self.take(NEXT_MORNING)
        self.crier("schedule", "run", "missing", clock="2026-11-26T10:00:00Z")
        self.once("2026-11-26T10:01:00Z")
        self.assertEqual((1, 1), (self.job(2)["messages"], self.job(2)["complete"]))
        text = self.mails()["g1@example.org"].get_body(("plain",)).get_content()
        self.assertIn("Pupil2", text)
        self.assertNotIn("Pupil1", text)


class Times(ReleaseCase):
    def test_at(self):
        """M5: --at is the school's time; until then it is held, and status says until when"""
        answer = self.send("--at", "2026-11-25T15:00").json
        self.assertEqual("scheduled", answer["state"])
        self.assertEqual("2026-11-25T15:00:00Z", answer["held_until"])
        self.once("2026-11-25T14:59:00Z")
        self.assertEqual({}, self.mails())
        self.once("2026-11-25T15:00:30Z")
        self.assertEqual(7, len(self.mails()))

    def test_window(self):
        """M5: a window and quiet hours both count"""
        self.assertEqual("2026-11-25T16:00:00Z", self.send("--window", "16:00-20:00").json["held_until"])
        self.assertEqual("2026-11-26T08:00:00Z",
                         self.send("--window", "06:00-09:00", clock=EVENING).json["held_until"])
        self.assert_error_document(self.send("--window", "05:00-06:00", expect=None), 5, "never-opens")
        self.assert_error_document(self.send("--window", "16-20", expect=None), 2, "bad-window")

    def test_bad_times(self):
        """M5: a time in the gap of a clock change, in the past or of no shape is refused, nothing queued"""
        for time, code in (("2027-03-28T01:30", "time-in-gap"), ("2026-11-24T10:00", "time-past"),
                           ("tomorrow", "bad-time"), ("2026-02-30T10:00", "bad-time")):
            with self.subTest(time):
                self.assert_error_document(self.send("--at", time, expect=2), 2, code)
        self.assert_error_document(self.send("--expires", "2026-11-25T09:00", expect=2), 2, "time-past")
        self.assert_error_document(self.send("--window", "16:00-18:00", "--expires", "2h", expect=None), 5,
                                   "never-before-expiry")
        self.assertEqual([], self.crier("status", "--json").json["jobs"])

    def test_too_late(self):
        """M5: what could not leave while it was of use is cancelled as too late, and says so"""
        self.send("--expires", "3h")
        self.once("2026-11-25T13:00:01Z")
        self.assertEqual({}, self.mails())
        self.assertEqual(7, self.job()["cancelled"])
        self.assertEqual(7, len(self.causes()["too-late"]))

    def test_missed_at(self):
        """M5: a missed --at is not simply sent late: within four hours it goes, later it does not"""
        self.send("--at", "2026-11-25T11:00")
        self.send("--at", "2026-11-25T11:00", audience="form:9B")
        self.send("--at", "2026-11-25T11:00", "--expires", "2d", audience="form:9C")
        self.once("2026-11-25T15:00:01Z")
        self.assertEqual([7, 7, 0], [self.job(n)["cancelled"] for n in (1, 2, 3)])
        self.assertEqual(6, self.job(3)["complete"])

    def test_after_sync(self):
        """A5: --after-sync refuses on stale data, and says whose and how old"""
        self.send("--after-sync")
        refused = self.send("--after-sync", clock="2026-11-27T10:00:00Z", expect=5)
        self.assert_error_document(refused, 5, "stale-data")
        self.assertIn("oneroster", refused.error["message"])


class Undo(ReleaseCase):
    more_settings = '[sending]\nundo_delay = "2s"\n'

    def test_taken_back(self):
        """M5: within the undo delay a message can be taken back whole; an emergency does not wait"""
        self.assertEqual("scheduled", self.send().json["state"])
        self.crier("cancel", "1")
        self.once("2026-11-25T10:01:00Z")
        self.assertEqual({}, self.mails())
        self.assertEqual("queued", self.send("--priority", "emergency").json["state"])

    def test_wait(self):
        """M5: send --wait waits the delay out"""
        self.send("--wait")
        self.assertEqual(7, self.job()["complete"])


class Approval(ReleaseCase):
    more_settings = '[approval]\ninformational = "required"\nperiodic = "required"\nexempt = ["head"]\n'

    def test_waits_for_approval(self):
        """M4: nothing leaves before it is approved, then at once; twice is exit 5"""
        answer = self.send().json
        self.assertEqual("awaiting-approval", answer["state"])
        self.once()
        self.assertEqual({}, self.mails())
        waiting = self.crier("status", "--awaiting", "--json").json["awaiting"]
        self.assertEqual([(1, 7)], [(one["message"], one["deliveries"]) for one in waiting])
        self.crier("approve", "1")
        self.once()
        self.assertEqual(7, len(self.mails()))
        self.assert_error_document(self.crier("approve", "1", "--json", expect=5), 5, "not-awaiting")
        self.assertEqual([], self.crier("status", "--awaiting", "--json").json["awaiting"])

    def test_system_needs_none(self):
        """M3, M4: what is of category system leaves at once"""
        self.assertEqual("queued", self.send("--category", "system").json["state"])

    def test_rejected(self):
        """M4: a rejected message is cancelled with its reason; it needs one"""
        self.send()
        self.assert_two_lines(self.crier("reject", "1", "--reason", " ", expect=2))
        self.crier("reject", "1", "--reason", "The date is wrong.")
        self.once()
        self.assertEqual({}, self.mails())
        self.assertEqual(7, len(self.causes()["rejected"]))
        self.assert_two_lines(self.crier("approve", "1", expect=5))
        self.assert_two_lines(self.crier("approve", "99", expect=4))

    def test_edited(self):
        """M4: whoever approves may mend the words, within the limits"""
        self.send()
        self.assert_error_document(self.crier("approve", "1", "-s", "x" * 101, "--json", expect=5), 5, "limit")
        self.crier("approve", "1", "-s", "Trip on Friday", "-m", "Bring a coat.")
        self.once()
        mail = self.mails()["g4@example.org"]
        self.assertEqual("Trip on Friday", mail["Subject"])
        self.assertIn("Bring a coat.", mail.get_body(("plain",)).get_content())

    def test_approved_at_night(self):
        """M4, D3: approval does not pass quiet hours; --at holds also what is approved before"""
        self.send(clock=EVENING)
        self.crier("approve", "1", clock=EVENING)
        self.once(EVENING)
        self.assertEqual({}, self.mails())
        self.once(NEXT_MORNING)
        self.assertEqual(7, len(self.mails()))
        self.send("--at", "2026-11-26T12:00", clock=NEXT_MORNING, audience="form:9B")
        self.crier("approve", "2", clock=NEXT_MORNING)
        self.once("2026-11-26T11:00:00Z")
        self.assertEqual(7, self.job(2)["held"])

    def test_too_late_to_approve(self):
        """M4, M5: what is of no use any more cannot be approved"""
        self.send("--expires", "2h")
        self.assert_error_document(
            self.crier("approve", "1", "--json", clock="2026-11-25T12:30:00Z", expect=5), 5, "too-late")

    def test_notices(self):
        """M4, T6: a schedule's notice waits as well, and leaves once it is approved"""
        self.write("schedules/missing.toml", 'name = "missing"\nkind = "missing-assignments"\nschool = "CAM"\n'
                   'start = 2026-09-07T16:00:00\nfrequency = "weekly"\nfor = "all"\nto = "parent"\nvia = ["email"]\n'
                   'begin_due = "-14d"\nend_due = "-1d"\n')
        self.assertEqual("awaiting-approval", self.crier("schedule", "run", "missing", "--json").json["state"])
        self.crier("approve", "1")
        self.once()
        self.assertEqual({"g1@example.org"}, set(self.mails()))


class Cancelling(ReleaseCase):
    def test_one_some_all(self):
        """M5: cancel one person's, a message, everything; what has gone cannot be taken back"""
        self.send(clock=EVENING)
        self.send(clock=EVENING, audience="form:9B")
        self.send(clock=EVENING, audience="form:9C")
        self.crier("cancel", "1", "--recipient", "G4")
        self.assertEqual((1, 6), (self.job()["cancelled"], self.job()["held"]))
        self.crier("cancel", "--recipient", "G1")
        self.assertEqual([2, 1, 1], [self.job(n)["cancelled"] for n in (1, 2, 3)])
        self.crier("cancel", "2")
        self.assertEqual(0, self.job(2)["held"])
        self.assert_error_document(self.crier("cancel", "2", "--json", expect=5), 5, "nothing-to-cancel")
        self.once(NEXT_MORNING)
        self.assert_error_document(self.crier("cancel", "1", "--json", expect=5), 5, "nothing-to-cancel")
        self.send(clock="2026-11-26T21:00:00Z")
        self.crier("cancel", "--all")
        self.assertEqual(7, self.job(4)["cancelled"])
        self.assert_two_lines(self.crier("cancel", expect=2))
        self.assert_two_lines(self.crier("cancel", "77", expect=4))
        self.assert_two_lines(self.crier("cancel", "--recipient", "NOBODY", expect=4))


class Caps(ReleaseCase):
    more_settings = '[sending]\ndaily_cap = 1\n'

    def test_second_message_waits(self):
        """M11: what is over the cap waits for the next day, visibly; an emergency does not"""
        self.send()
        self.once()
        answer = self.send().json
        self.assertEqual(7, answer["over_cap"])
        self.assertEqual("2026-11-26T08:00:00Z", answer["held_until"])
        self.assertEqual("queued", self.send("--priority", "emergency").json["state"])
        self.once("2026-11-25T18:00:00Z")
        self.assertEqual((7, 7), (self.job(2)["held"], self.job(3)["complete"]))
        self.once(NEXT_MORNING)
        self.assertEqual(7, self.job(2)["complete"])

    def test_only_those_who_had_one(self):
        """M11: the cap is a person's: others get theirs today"""
        self.send(audience="pupil:P4")
        self.once()
        self.assertEqual(1, self.send().json["over_cap"])
        self.once()
        self.assertEqual((1, 6), (self.job(2)["held"], self.job(2)["complete"]))


class Sandbox(ReleaseCase):
    more_settings = '[sending]\nsandbox = ["g4@*", "*@pupils.example.org"]\n'

    def test_lets_only_the_list_through(self):
        """M9: in a sandbox nobody else is written to, whichever way"""
        answer = self.send().json
        self.assertEqual(6, answer["sandboxed"])
        self.once()
        self.assertEqual({"g4@example.org"}, set(self.mails()))


class Samples(ReleaseCase):
    def test_test_to(self):
        """M9: --test-to sends three copies to the tester and nothing to anybody else, also at night, nor by a rerun"""
        answer = self.send("--test-to", "me@school.example.org", clock=EVENING).json
        self.assertEqual([("email", 3)], [(job["type"], job["messages"]) for job in answer["jobs"]])
        self.once(EVENING)
        mails = self.mails()
        self.assertEqual({"me@school.example.org"}, set(mails))
        self.assertEqual(3, len(list((self.folder / "outbox" / "email").glob("*.eml"))))
        self.assertTrue(all(mail["Subject"].startswith("[Test] ") for mail in mails.values()))
        self.assert_error_document(self.crier("rerun", "1", "--all", "--json", expect=5), 5, "test-message")
        self.assert_error_document(self.send("--test-to", "nonsense", expect=2), 2, "bad-address")

    def test_again_to_new(self):
        """M10: --again --to-new writes to those who match now and had none"""
        self.send()
        self.once()
        self.roster.find("users", "p-5")["grades"] = "07"
        oneroster.enrol(self.roster, "p-5", "7A", "student")
        self.take()
        again = ("send", "--again", "1", "--to-new", "--json")
        self.assertEqual([1], [job["messages"] for job in self.crier(*again).json["jobs"]])
        self.once()
        self.assertIn("g5@example.org", self.mails())
        self.assert_error_document(self.crier(*again, expect=4), 4, "empty-audience")
        self.assert_error_document(self.crier("send", "--again", "1", "--json", expect=2), 2, "again-to-whom")
        self.assert_error_document(self.crier("send", "--again", "9", "--to-new", "--json", expect=4), 4)
        self.assert_error_document(self.crier("send", "all", "--again", "1", "--to-new", "--json", expect=2), 2)


    def test_reminder_overnight(self):
        """M10, A5: a reminder that waits for the morning goes to whoever has not confirmed by then, to nobody else"""
        self.settings('[sending]\npublic_url = "https://messages.school.example"\n')
        self.send("--ack", clock=EVENING)
        self.once(NEXT_MORNING)
        evening = "2026-11-26T21:00:00Z"
        tokens = {to: re.search(r"school\.example/c/([\w.-]+)", mail.get_body(("plain",)).get_content()).group(1)
                  for to, mail in self.mails().items()}
        self.crier("contacts", "confirm", "--token", tokens["g4@example.org"], clock=evening)
        remind = self.crier("send", "--again", "1", "--to-unconfirmed", "-s", "Reminder", "--json", clock=evening)
        self.assertEqual([6], [job["messages"] for job in remind.json["jobs"]])
        self.crier("contacts", "confirm", "--token", tokens["g1@example.org"], clock=evening)
        self.once("2026-11-27T08:05:00Z")
        job = self.job(2)
        self.assertEqual((5, 1), (job["complete"], job["cancelled"]))
        reminded = {path.read_bytes().split(b"\nTo: ")[1].split(b"\n")[0].decode().split("<")[-1].rstrip(">\r")
                    for path in (self.folder / "outbox" / "email").glob("2-*.eml")}
        self.assertEqual(set(tokens) - {"g4@example.org", "g1@example.org"}, reminded)


class Repeating(ReleaseCase):
    """D7: a rerun sends what would be sent now."""
    WORDS = ("form:7A", "--to", "parent", "-s", "Trip", "-m", "Dear {{name}}", "--yes")

    def test_rejected_and_cancelled(self):
        """M4, D7: what was rejected or cancelled is not sent by a rerun"""
        self.settings('[approval]\ninformational = "required"\n')
        self.send()
        self.assert_error_document(self.crier("rerun", "1", "--json", expect=5), 5, "not-released")
        self.crier("reject", "1", "--reason", "Wrong date.")
        self.assert_error_document(self.crier("rerun", "1", "--all", "--json", expect=5), 5, "not-released")
        self.send("--category", "system", clock=EVENING)
        self.crier("cancel", "2")
        self.assert_error_document(self.crier("rerun", "2", "--all", "--json", expect=5), 5, "not-released")
        self.assertEqual({}, self.mails())

    def test_of_no_use(self):
        """M5, D7: what is of no use any more is not sent again"""
        self.send("--expires", "2h")
        self.once()
        self.assert_error_document(
            self.crier("rerun", "1", "--all", "--json", clock="2026-11-25T12:30:00Z", expect=5), 5, "too-late")

    def test_words_of_now(self):
        """A5, D7: the fields are filled anew; whose field is empty now stays as it was"""
        self.crier("send", *self.WORDS)
        self.once()
        self.roster.find("users", "g-4")["givenName"] = "Roberta"
        self.take()
        self.crier("rerun", "1", "--all")
        self.once()
        self.assertIn("Roberta", self.mails()["g4@example.org"].get_body(("plain",)).get_content())

    def test_served_otherwise(self):
        """D7, M10: who had it by a repeat meanwhile does not get it again by a rerun of what had failed"""
        self.roster.find("users", "g-4")["email"] = ""
        self.take()
        self.send()
        self.once()
        self.roster.find("users", "g-4")["email"] = "g4@example.org"
        self.take()
        self.crier("send", "--again", "1", "--to-new")
        self.once()
        self.assert_error_document(self.crier("rerun", "1", "--json", expect=5), 5, "nothing-to-rerun")

    def test_sandbox(self):
        """M9, D7: a rerun keeps within the sandbox"""
        self.send()
        self.once()
        self.settings('[sending]\nsandbox = ["g4@*"]\n')
        answer = self.crier("rerun", "1", "--all", "--json").json
        self.assertEqual((1, 6), (answer["requeued"], answer["still_unreachable"]))
        self.assertEqual((1, 6), (self.job()["not_started"], self.job()["complete"]))

    def test_never_approved(self):
        """M4, M5: what nobody approved in time is cancelled, and waits for nobody any more"""
        self.settings('[approval]\ninformational = "required"\n')
        self.send("--expires", "2h")
        self.once("2026-11-25T12:30:00Z")
        self.assertEqual(7, self.job()["cancelled"])
        self.assertEqual([], self.crier("status", "--awaiting", "--json").json["awaiting"])
        self.assert_error_document(self.crier("approve", "1", "--json", expect=5), 5, "not-awaiting")

    def test_edited_into_a_fault(self):
        """M2, M4: an edit with a field that there is not is refused, and the message waits as it was"""
        self.settings('[approval]\ninformational = "required"\n')
        self.send()
        self.crier("approve", "1", "-m", "Dear {{nmae}}", expect=2)
        self.assertEqual(1, len(self.crier("status", "--awaiting", "--json").json["awaiting"]))


# M3: what an emergency passes, and what nothing passes. Of each: how it is set up, whether a general message goes at
# once, whether an emergency does.
EMERGENCY = (
    ("nothing in the way", lambda case: None, True, True),
    ("quiet hours", lambda case: case.at(EVENING), False, True),
    ("opt-out of the category", lambda case: case.opt_out("--category", "informational"), False, True),
    ("opt-out of the channel", lambda case: case.opt_out("--channel", "email"), False, False),
    ("opt-out of everything", lambda case: case.opt_out(), False, False),
    ("court order", lambda case: case.guardian(**{"metadata.courtOrder": "true"}), False, False),
    ("no address", lambda case: case.guardian(email=""), False, False),
    ("invalid address", lambda case: case.guardian(email="g4@"), False, False),
    ("leaver", lambda case: case.leave(), False, False),
    ("exceptions list", lambda case: case.except_pupil(), False, False),
    ("daily cap", lambda case: case.cap(), False, True),
    ("undo delay", lambda case: case.settings('[sending]\nundo_delay = "1h"\n'), False, True),
    ("approval", lambda case: case.settings('[approval]\ninformational = "required"\n'), False, False),
    ("sandbox", lambda case: case.settings('[sending]\nsandbox = ["*@elsewhere.example.org"]\n'), False, False),
)


class EmergencyMatrix(ReleaseCase):
    clock = crier_case.MORNING

    def at(self, clock):
        self.clock = clock

    def opt_out(self, *scope):
        self.crier("contacts", "opt-out", "G4", *scope)

    def guardian(self, **fields):
        self.roster.find("users", "g-4").update(fields)
        self.take()

    def leave(self):
        self.roster.drop_user("g-4")
        self.take()

    def except_pupil(self):
        self.write("crier.toml", (self.folder / "crier.toml").read_text().replace(
            'kind = "oneroster"\ncolumns', 'kind = "oneroster"\nexceptions = ["P4"]\ncolumns'))
        self.take()

    def cap(self):
        self.settings("[sending]\ndaily_cap = 1\n")
        self.crier("send", "pupil:P4", "--to", "parent", "-s", "First", "-m", "First.")
        self.once()

    def reached(self, priority):
        """Whether the guardian of P4 is written to at once, among those of 7A."""
        before = len(list((self.folder / "outbox" / "email").glob("*.eml")))
        self.send("--priority", priority, clock=self.clock, expect=None)
        self.once(self.clock, expect=None)
        new = sorted((self.folder / "outbox" / "email").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)[before:]
        return any(b"g4@example.org" in path.read_bytes() for path in new)

    def test_matrix(self):
        """M3: the emergency matrix, every cell"""
        for name, prepare, general, emergency in EMERGENCY:
            for priority, expected in (("general", general), ("emergency", emergency)):
                with self.subTest(f"{name}, {priority}"):
                    self.doCleanups()
                    self.clock = crier_case.MORNING
                    self.setUp()
                    prepare(self)
                    self.assertEqual(expected, self.reached(priority))


if __name__ == "__main__":
    crier_case.main()
