#!/usr/bin/env python3
"""Makes the store on which resolve.sql runs, from a OneRoster set: mkstore.py SET STORE"""
import csv
import random
import sqlite3
import sys

TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE person (id INTEGER PRIMARY KEY, sid TEXT UNIQUE, kind INTEGER, status INTEGER, school INTEGER,
  title TEXT, family TEXT, given TEXT, year INTEGER, form TEXT);
CREATE TABLE link (pupil INTEGER, contact INTEGER, relation TEXT, priority INTEGER, pr INTEGER, court INTEGER,
  prime INTEGER, PRIMARY KEY (pupil, contact)) WITHOUT ROWID;
CREATE INDEX link_by_contact ON link (contact);
CREATE TABLE address (id INTEGER PRIMARY KEY, person INTEGER, channel INTEGER, value TEXT, norm TEXT, state INTEGER);
CREATE INDEX address_by_person ON address (person, channel);
CREATE TABLE optout (person INTEGER, channel INTEGER, PRIMARY KEY (person, channel)) WITHOUT ROWID;
CREATE INDEX person_by_year ON person (year) WHERE kind = 0;
"""
PUPIL, CONTACT, STAFF = 0, 1, 2
KINDS = {"student": PUPIL, "parent": CONTACT, "guardian": CONTACT, "teacher": STAFF}


def main(folder, store):
    ids, people, links, addresses, contacts = {}, [], [], [], []
    with open(folder + "/users.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            person = ids[row["sourcedId"]] = len(ids) + 1
            kind = KINDS[row["role"]]
            people.append((person, row["sourcedId"], kind, 0, int(row["orgSourcedIds"][4:]), "", row["familyName"],
                           row["givenName"], int(row["grades"] or 0), row["metadata.form"]))
            if row["email"]:
                sound = "@" in row["email"] and "@@" not in row["email"]
                addresses.append((person, 0, row["email"], row["email"].lower(), 0 if sound else 1))
            if kind == CONTACT:
                contacts.append((person, row["agentSourcedIds"], row["metadata.relation"],
                                 int(row["metadata.priority"]), row["metadata.parentalResponsibility"] == "true"))
                if row["sms"]:
                    addresses.append((person, 1, row["sms"], row["sms"], 0))
    for person, pupils, relation, priority, responsible in contacts:
        for pupil in pupils.split(","):
            links.append((ids[pupil], person, relation, priority, responsible, not responsible, priority == 1))
    opted_out = random.Random(5).sample(contacts, min(1500, len(contacts) // 5))
    db = sqlite3.connect(store)
    db.executescript(TABLES)
    db.executemany("INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", people)
    db.executemany("INSERT OR IGNORE INTO link VALUES (?, ?, ?, ?, ?, ?, ?)", links)
    db.executemany("INSERT INTO address (person, channel, value, norm, state) VALUES (?, ?, ?, ?, ?)", addresses)
    db.executemany("INSERT INTO optout VALUES (?, 0)", [(contact[0],) for contact in opted_out])
    db.commit()
    db.execute("ANALYZE")
    db.commit()
    db.execute("PRAGMA wal_checkpoint (TRUNCATE)")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
