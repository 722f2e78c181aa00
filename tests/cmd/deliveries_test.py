"""One delivery: its story, and what a person decides of one that may have arrived."""

import time

import crier_case
import smtp_sink
from smtp_test import SmtpCase

STORY = ["id", "job", "message", "school", "subject", "type", "code", "name", "address", "state", "reason", "due",
         "segments", "created", "updated", "attempts", "hold", "came_back", "receipt",
         "receipts"]
ATTEMPT = ["n", "started", "ended", "verdict", "fault", "cause", "host", "port", "tls", "code", "enhanced", "text"]


class Doubt(SmtpCase):
    """One server takes a mail and says nothing: it may have been delivered."""

    def setUp(self):
        super().setUp()
        self.lost = {"g4@example.org"}

        def drop(mail):
            return smtp_sink.DROP if self.lost.intersection(mail.recipients) else None

        self.server = self.sink(faults={"dot": drop})
        self.send(expect=1)

    def recipients(self, *options):
        return self.crier("status", "1", "--recipients", "--json", *options).json["recipients"]

    def doubtful(self):
        """The delivery in doubt: whoever cancels cannot know whether it has arrived."""
        self.crier("cancel", "1")
        (one,) = self.recipients("--state", "in-doubt")
        return one["delivery"]

    def show(self, delivery):
        story = self.crier("deliveries", "show", delivery, "--json").json["delivery"]
        self.assert_keys(STORY, story)
        for attempt in story["attempts"]:
            self.assert_keys(ATTEMPT, attempt)
        return story

    def test_story(self):
        """D1, S2: everything that is known of one delivery, and of each of its tries"""
        waiting = next(one for one in self.recipients() if one["code"] == "G4")
        story = self.show(waiting["delivery"])
        self.assertEqual(("waiting", "g4@example.org", 1), (story["state"], story["address"], len(story["attempts"])))
        self.assertEqual("in-doubt", story["attempts"][0]["verdict"])
        self.assertEqual(self.server.port, story["attempts"][0]["port"])
        self.assert_utc(story["due"])
        complete = next(one for one in self.recipients("--state", "complete"))
        self.assertEqual(250, self.show(complete["delivery"])["attempts"][0]["code"])
        self.assertIn("g4@example.org", self.crier("deliveries", "show", waiting["delivery"]).out)
        self.assert_error_document(self.crier("deliveries", "show", "99", "--json", expect=4), 4, "no-such-delivery")

    def test_pages(self):
        """S1: the recipients of a job in pages, by state"""
        first = self.crier("status", "1", "--recipients", "--per-page", "5", "--json").json
        self.assertEqual((5, 1, 2, 7), (len(first["recipients"]), first["page"], first["pages"], first["total"]))
        second = self.recipients("--per-page", "5", "--page", "2")
        self.assertEqual(7, len({one["delivery"] for one in first["recipients"] + second}))
        self.assertEqual(6, len(self.recipients("--state", "complete")))
        self.crier("status", "1", "--recipients", "--page", "9", "--per-page", "5", "--json", expect=0)
        self.assert_two_lines(self.crier("status", "1", "--recipients", "--page", "9", expect=4))
        self.assert_two_lines(self.crier("status", "--recipients", expect=2))
        self.assert_error_document(self.crier("status", "9", "--recipients", "--json", expect=4), 4, "no-such-job")

    def test_it_has_arrived(self):
        """D5, T4: a person says that it has arrived: complete, with who said so; nothing is sent"""
        delivery = self.doubtful()
        self.assertEqual((6, 1), (self.job()["complete"], self.job()["in_doubt"]))
        answer = self.crier("deliveries", "decide", delivery, "--sent", "--json").json
        self.assertEqual(("complete", 1, None), (answer["state"], answer["job"], answer["held_until"]))
        self.assertEqual(7, self.job()["complete"])
        last = self.show(delivery)["attempts"][-1]
        self.assertEqual(("delivered", "decided"), (last["verdict"], last["cause"]))
        self.assertIn("has arrived", last["text"])
        self.assertIn("decide", [one["act"] for one in self.crier("report", "audit", "--json").json["entries"]])
        self.assert_error_document(
            self.crier("deliveries", "decide", delivery, "--sent", "--json", expect=5), 5, "not-in-doubt")

    def test_send_again(self):
        """D5: a person says that it has not: it goes again, by the address and the hours of now"""
        delivery = self.doubtful()
        self.assert_error_document(
            self.crier("deliveries", "decide", delivery, "--send-again", "--json", expect=5), 5, "not-released")

    def test_decisions(self):
        """interface: one decision, and on what is in doubt alone"""
        complete = self.recipients("--state", "complete")[0]["delivery"]
        self.assert_error_document(
            self.crier("deliveries", "decide", complete, "--sent", "--json", expect=5), 5, "not-in-doubt")
        self.crier("deliveries", "decide", complete, expect=2)
        self.crier("deliveries", "decide", complete, "--sent", "--send-again", expect=2)
        self.crier("deliveries", "decide", "0", "--sent", expect=2)


class AfterTheDeadline(SmtpCase):
    def test_send_again(self):
        """D4, D5: what is still in doubt when its time is over waits for a person, who sends it again"""
        lost = {"g4@example.org"}
        server = self.sink(faults={"dot": lambda mail: smtp_sink.DROP if lost.intersection(mail.recipients) else None})
        self.send(expect=1)
        self.once("2026-11-25T11:10:00Z", expect=None)
        self.assertEqual(1, self.job()["in_doubt"])
        (one,) = self.crier("status", "1", "--recipients", "--state", "in-doubt", "--json").json["recipients"]
        lost.clear()
        night = "2026-11-25T21:00:00Z"
        answer = self.crier("deliveries", "decide", one["delivery"], "--send-again", "--json", clock=night).json
        self.assertEqual(("held", "2026-11-26T08:00:00Z"), (answer["state"], answer["held_until"]))
        self.once("2026-11-26T08:05:00Z")
        self.assertEqual(7, self.job()["complete"])
        self.assertEqual(7, len(server.mails))


class Killed(SmtpCase):
    def test_between_data_and_the_answer(self):
        """C7, D5: killed while the server has the mail and has not answered: in doubt, then again under its Message-ID"""
        server = self.sink(faults={"accepted": "hang"}, more="connections = 1\n")
        self.crier("send", "pupil:P4", "--to", "parent", "-s", "S", "-m", "B")
        daemon = self.popen("daemon")
        end = time.monotonic() + 20
        while not server.mails:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        daemon.kill()
        daemon.wait()
        job = self.job()
        self.assertEqual(1, job["processing"], "claimed by nobody who lives: the next holder takes it over")
        server.close()
        good = self.sink()
        self.once("2026-11-25T10:01:00Z")
        self.assertEqual((1, 0), (self.job()["complete"], self.job()["processing"]))
        self.assertEqual([server.mails[0].id], [mail.id for mail in good.mails])
        (one,) = self.crier("status", "1", "--recipients", "--json").json["recipients"]
        story = self.crier("deliveries", "show", one["delivery"], "--json").json["delivery"]
        self.assertEqual(["in-doubt", "delivered"], [attempt["verdict"] for attempt in story["attempts"]])


del SmtpCase

if __name__ == "__main__":
    crier_case.main()
