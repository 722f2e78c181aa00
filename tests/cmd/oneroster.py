"""Small OneRoster sets, made at test time: a school with forms, families, work and results."""

import csv
import io
import pathlib
import zipfile

COMMON = ["sourcedId", "status", "dateLastModified"]
COLUMNS = {
    "orgs": "name type identifier parentSourcedId",
    "academicSessions": "title type startDate endDate parentSourcedId schoolYear",
    "courses": "schoolYearSourcedId title courseCode grades orgSourcedId subjects subjectCodes",
    "classes": "title grades courseSourcedId classCode classType location schoolSourcedId termSourcedIds subjects "
    "subjectCodes periods",
    "users": "enabledUser orgSourcedIds role username userIds givenName familyName middleName identifier email sms "
    "phone agentSourcedIds grades password",
    "enrollments": "classSourcedId schoolSourcedId userSourcedId role primary beginDate endDate",
    "categories": "title",
    "lineItems": "title description assignDate dueDate classSourcedId categorySourcedId gradingPeriodSourcedId "
    "resultValueMin resultValueMax",
    "results": "lineItemSourcedId studentSourcedId scoreStatus score scoreDate comment",
}
COLUMNS_12 = {
    **COLUMNS,
    "users": "enabledUser username userIds givenName familyName middleName identifier email sms phone agentSourcedIds "
    "grades password userMasterIdentifier resourceSourcedIds preferredGivenName preferredMiddleName "
    "preferredFamilyName primaryOrgSourcedId pronouns",
    "roles": "userSourcedId roleType role beginDate endDate orgSourcedId userProfileSourcedId",
}


class Roster:
    """Files as lists of rows; written as a folder or a zip, as often as a test likes."""

    def __init__(self, version="1.1", more_user_columns=()):
        self.version = version
        self.columns = {
            name: COMMON + text.split() for name, text in (COLUMNS if version == "1.1" else COLUMNS_12).items()
        }
        self.columns["users"] += list(more_user_columns)
        self.rows = {name: [] for name in self.columns}

    def add(self, file, sourced_id, **fields):
        self.rows[file].append({"sourcedId": sourced_id, **fields})
        return self

    def find(self, file, sourced_id):
        return next(row for row in self.rows[file] if row["sourcedId"] == sourced_id)

    def drop(self, file, test):
        self.rows[file] = [row for row in self.rows[file] if not test(row)]
        return self

    def user(self, sourced_id, role, org="org-1", **fields):
        """A person, in the form of the set's version: in 1.2 the role stands in a file of its own."""
        if self.version == "1.1":
            return self.add("users", sourced_id, enabledUser="true", orgSourcedIds=org, role=role,
                            username=sourced_id, **fields)
        self.add("users", sourced_id, enabledUser="true", username=sourced_id, **fields)
        return self.add("roles", "role-" + sourced_id, userSourcedId=sourced_id, roleType="primary", role=role,
                        orgSourcedId=org)

    def drop_user(self, *ids):
        self.drop("users", lambda row: row["sourcedId"] in ids)
        self.drop("enrollments", lambda row: row["userSourcedId"] in ids)
        self.drop("results", lambda row: row["studentSourcedId"] in ids)
        if "roles" in self.rows:
            self.drop("roles", lambda row: row["userSourcedId"] in ids)
        for row in self.rows["users"]:
            agents = [one for one in row.get("agentSourcedIds", "").split(",") if one and one not in ids]
            row["agentSourcedIds"] = ",".join(agents)
        return self

    def text(self, file):
        out = io.StringIO()
        writer = csv.DictWriter(out, self.columns[file], restval="", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(self.rows[file])
        return out.getvalue()

    def manifest(self, **overrides):
        lines = ["propertyName,value", "manifest.version,1.0", f"oneroster.version,{self.version}"]
        lines += [f"file.{name},{overrides.get(name, 'bulk')}" for name in self.columns]
        lines += [f"file.{name},{mode}" for name, mode in overrides.items() if name not in self.columns]
        return "\r\n".join(lines + ["source.systemName,tests", "source.systemCode,t"]) + "\r\n"

    def files(self):
        return {"manifest.csv": self.manifest(), **{f"{name}.csv": self.text(name) for name in self.columns}}

    def write(self, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.files().items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
        return folder

    def zip(self, path):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in self.files().items():
                archive.writestr(name, text)
        return path


def school(version="1.1", pupils=20, **more):
    """`pupils` in the forms 7A, 9B and 9C by turns, a guardian each; the first guardian (G1) has the first three.

    Every pupil has one piece of work that was due on 18 November 2026: the first three have not handed it in.
    """
    roster = Roster(version, **more)
    roster.add("orgs", "org-1", name="Cambridge School", type="school", identifier="CAM")
    roster.add("academicSessions", "year", title="2026/27", type="schoolYear", startDate="2026-09-01",
               endDate="2027-07-21", schoolYear="2027")
    roster.add("courses", "course", title="Mathematics", courseCode="MA", orgSourcedId="org-1")
    roster.add("categories", "homework", title="Homework")
    forms = [("7A", "07"), ("9B", "09"), ("9C", "09")]
    for form, grade in forms:
        roster.add("classes", f"c-{form}", title=form, grades=grade, courseSourcedId="course", classCode=form,
                   classType="homeroom", schoolSourcedId="org-1", termSourcedIds="year")
        roster.add("lineItems", f"l-{form}", title=f"Essay {form}", assignDate="2026-11-02", dueDate="2026-11-18",
                   classSourcedId=f"c-{form}", categorySourcedId="homework", gradingPeriodSourcedId="year",
                   resultValueMin="0", resultValueMax="20")
    roster.user("t-1", "teacher", givenName="Tom", familyName="Teach", identifier="T1", email="t1@school.example.org")
    for form, _ in forms:
        enrol(roster, "t-1", form, "teacher")
    for number in range(1, pupils + 1):
        form, grade = forms[(number - 1) % 3]
        guardian = "g-1" if number <= 3 else f"g-{number}"
        roster.user(f"p-{number}", "student", givenName=f"Pupil{number}", familyName=f"Family{number}",
                    identifier=f"P{number}", email=f"p{number}@pupils.example.org", agentSourcedIds=guardian,
                    grades=grade)
        enrol(roster, f"p-{number}", form, "student")
        roster.add("results", f"r-{number}", lineItemSourcedId=f"l-{form}", studentSourcedId=f"p-{number}",
                   scoreStatus="not submitted" if number <= 3 else "fully graded", score="" if number <= 3 else "15")
        if number == 1 or number > 3:
            children = "p-1,p-2,p-3" if number == 1 else f"p-{number}"
            roster.user(guardian, "guardian", givenName=f"Guardian{number}", familyName=f"Family{number}",
                        identifier=f"G{number}", email=f"g{number}@example.org",
                        sms=f"07400 {900000 + number}", agentSourcedIds=children)
    return roster


def enrol(roster, user, form, role):
    roster.add("enrollments", f"e-{user}-{form}", classSourcedId=f"c-{form}", schoolSourcedId="org-1",
               userSourcedId=user, role=role, beginDate="2026-09-01", endDate="2027-07-21")
