"""Notices in the guardian's language: subject, words and HTML language of what goes out (T3, M2)."""

import email
import email.policy

import crier_case
from schedule_test import FRIDAY, ScheduleCase as Base


class Languages(Base):
    def test_subject_and_words(self):
        """T3, M2: by e-mail the subject, the text and the page's language are the reader's; another language reads English"""
        self.settings('[import.oneroster]\nkind = "oneroster"\ncolumns = { language = "metadata.language" }\n')
        roster = self.roster
        roster.columns["users"].append("metadata.language")
        for number, language in ((1, "zh-CN"), (4, "es"), (5, "fr"), (6, "")):
            roster.find("users", f"g-{number}")["metadata.language"] = language
            if number > 3:
                roster.find("results", f"r-{number}").update(scoreStatus="not submitted", score="")
        self.take()
        self.schedule()
        self.once("2026-11-26T10:00:00Z")
        self.once(FRIDAY)
        found = {}
        for path in self.mails():
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            found[mail["to"].addresses[0].addr_spec] = mail
        self.assertEqual({f"g{number}@example.org" for number in (1, 4, 5, 6)}, set(found))
        for address, subject, word, tag in (
                ("g1@example.org", "未交作业: Cambridge School", "以下作业尚未提交", "zh-Hans"),
                ("g4@example.org", "Tareas no entregadas: Cambridge School", "Estimado/a Guardian4 Family4:", "es"),
                ("g5@example.org", "Missing assignments: Cambridge School", "Dear Guardian5 Family5,", "en"),
                ("g6@example.org", "Missing assignments: Cambridge School", "Dear Guardian6 Family6,", "en")):
            with self.subTest(address):
                mail = found[address]
                self.assertEqual(subject, mail["subject"])
                self.assertIn(word, mail.get_body(("plain",)).get_content())
                page = mail.get_body(("html",)).get_content()
                self.assertIn(word, page)
                self.assertIn(f'<html lang="{tag}">', page)
        self.assertEqual("Missing assignments: Cambridge School", self.jobs()[0]["subject"])


if __name__ == "__main__":
    del Base
    crier_case.main()
