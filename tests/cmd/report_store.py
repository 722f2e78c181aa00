"""A store that every report has something to say of, built by commands on a fixed clock: two schools, names that
spreadsheets, pages and terminals trip over, e-mail, texts and the inbox, what failed, came back, was cancelled and
waits, a guardian whom the source keeps once per child, and a mail to staff."""

import crier_case
import oneroster
from bounces_test import dsn
from crier_case import CrierCase

# What people are called whom no program should trip over.
FORMULA = ("=cmd|'/C calc'!A0", "+SUM(A1)")
SCRIPT = ("<script>alert(1)</script>", "R&D \"x\"")
WIDE = ("王", "小明")
COMBINING = ("Ze\u0301phyrine\u0302", "A\u030ase")
EMOJI = ("O'Hara", "👩‍👧 Mia")

SETTINGS = """
[[school]]
code = "OAK"
name = "Oak <School>"
timezone = "America/New_York"
country = "GB"
source_ids = ["org-2"]
quiet_hours = { allow = { mon-sun = "00:00-24:00" } }
[approval]
periodic = "required"
[bounces]
address = "bounces@school.example"
[channel.sms]
kind = "outbox"
path = "outbox/sms"
price = { GB = 1.25, default = 7 }
"""

MAIL_SCHEDULE = """name = "issues-to-it"
kind = "report"
report = "issues"
mail_to = ["it@school.example", "head@school.example"]
school = "CAM"
start = 2026-11-01T06:00:00
frequency = "daily"
"""

EVENING = "2026-11-24T21:30:00Z"
NOW = "2026-11-25T22:10:00Z"
DAYS = ("--from", "2026-11-20", "--to", "2026-11-25")
REPORTS = {"delivery": DAYS, "utilization": DAYS, "activity": (), "management": (), "issues": (), "audit": DAYS}


def roster():
    """The school of oneroster, and a second one with pupils of strange names."""
    made = oneroster.school()
    made.find("users", "g-5")["email"] = ""
    made.find("users", "g-8")["email"] = "not an address"
    made.find("users", "g-4")["givenName"], made.find("users", "g-4")["familyName"] = "Ann", FORMULA[0]
    made.add("orgs", "org-2", name="Oak", type="school", identifier="OAK")
    made.add("courses", "course-2", title="Art", courseCode="AR", orgSourcedId="org-2")
    made.add("classes", "c-8Z", title="8Z", grades="08", courseSourcedId="course-2", classCode="8Z", classType="homeroom",
             schoolSourcedId="org-2", termSourcedIds="year")
    names = (FORMULA, SCRIPT, WIDE, COMBINING, EMOJI, ("Child", "First"), ("Child", "Second"))
    for number, (family, given) in enumerate(names, start=1):
        made.user(f"o-{number}", "student", org="org-2", givenName=given, familyName=family, identifier=f"O{number}",
                  grades="08", agentSourcedIds=f"og-{number}")
        made.add("enrollments", f"e-o-{number}", classSourcedId="c-8Z", schoolSourcedId="org-2",
                 userSourcedId=f"o-{number}", role="student", beginDate="2026-09-01", endDate="2027-07-21")
        # The last two have one mother, whom the source keeps twice.
        mother = {"givenName": given, "familyName": family, "email": f"og{number}@example.net", "sms": f"07400 80000{number}"}
        if number > 5:
            mother = {"givenName": "Once", "familyName": "Mother", "email": "mother@example.net", "sms": "07400 800009"}
        made.user(f"og-{number}", "guardian", org="org-2", identifier=f"OG{number}", agentSourcedIds=f"o-{number}", **mother)
    return made


class ReportStore(CrierCase):
    """Its `setUp` builds the store; `report(name, form)` is what a test compares."""

    def setUp(self):
        super().setUp()
        # Paths stand in reports: a folder whose name is always as long keeps columns as wide.
        inner = self.folder / ("x" * max(1, 60 - len(str(self.folder)) - 1))
        inner.mkdir()
        self.folder = inner
        self.build()

    def at(self, clock):
        return lambda *arguments, **more: self.crier(*arguments, clock=clock, **more)

    def once(self, clock):
        self.crier("daemon", "--once", clock=clock, expect=None)

    def build(self):
        early = self.at("2026-11-23T08:00:00Z")
        early("init", "--school", "CAM", "--name", "Cambridge School", "--timezone", "Europe/London", "--country", "GB")
        (self.folder / "crier.toml").write_text(
            (self.folder / "crier.toml").read_text().replace('country = "GB"', 'country = "GB"\nsource_ids = ["org-1"]', 1) + SETTINGS)
        roster().write(self.folder / "set")
        early("import", "oneroster", "set", expect=None)
        early("contacts", "opt-out", "G7", "--channel", "email")
        # Sent, with what cannot be reached, on three channels; one of its mails comes back.
        first = self.at("2026-11-24T10:00:00Z")
        first("send", "form:7A", "--school", "CAM", "--to", "parent", "--via", "email,sms,inbox", "-s", "School closes, 12:00",
              "-m", "Dear parent, " + "x" * 160, "--confirm-to", "head@school.example")
        self.once("2026-11-24T10:01:00Z")
        self.write("dsn.eml", dsn("g10@example.org", "bounces@school.example", day=0))
        self.crier("import", "bounces", "dsn.eml", clock="2026-11-24T12:00:00Z", expect=None)
        # In the evening: held until the morning; one is taken back, one in part.
        night = self.at(EVENING)
        for subject, more in (("Taken back", ()), ("Taken back in part", ("--recipient", "G11"))):
            sent = night("send", "form:9B", "--school", "CAM", "--to", "parent", "-s", subject, "-m", "B", "--json").json
            night("cancel", sent["message"], *more)
        # In New York it is the evening before.
        self.crier("send", "all", "--school", "OAK", "--to", "parent", "--via", "email,sms", "-s", "=Trip <b>& 山</b>", "-m",
                   "For {{pupil}}", clock="2026-11-25T02:30:00Z")
        self.once("2026-11-25T08:01:00Z")
        self.write("schedules/issues-to-it.toml", MAIL_SCHEDULE)
        self.crier("schedule", "run", "issues-to-it", clock="2026-11-25T09:00:00Z")
        self.once("2026-11-25T09:01:00Z")
        # What is still to go.
        last = self.at("2026-11-25T22:00:00Z")
        last("send", "form:7A", "--school", "CAM", "--to", "parent", "--via", "email,sms", "-s", "Tomorrow", "-m", "B")
        last("send", "staff:all", "--school", "CAM", "--to", "self", "-s", "Waits for a head", "-m", "B", "--category", "periodic")
        last("send", "all", "--school", "OAK", "--to", "parent", "-s", "Queued", "-m", "B")

    def report(self, name, form="json", file=None, **more):
        output = ("-o", file) if file else ()
        return self.crier("report", name, *REPORTS[name], "--format", form, *output, clock=NOW, **more)


main = crier_case.main
