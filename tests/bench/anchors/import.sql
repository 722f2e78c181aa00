-- The measuring stick of B7: the files of a set into keyed tables, as the sqlite3 shell does it, under the settings
-- and with the keys that the tables of crier's own store have for the same rows: what is measured is the price of
-- checking and understanding, not of keys. Run as `sqlite3 STORE < import.sql` in the set's folder.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -16384;
CREATE TABLE orgs (sourcedId TEXT PRIMARY KEY, status TEXT, dateLastModified TEXT, name TEXT, type TEXT,
  identifier TEXT, parentSourcedId TEXT);
CREATE TABLE classes (sourcedId TEXT PRIMARY KEY, status TEXT, dateLastModified TEXT, title TEXT, grades TEXT,
  courseSourcedId TEXT, classCode TEXT, classType TEXT, location TEXT, schoolSourcedId TEXT, termSourcedIds TEXT,
  subjects TEXT, subjectCodes TEXT, periods TEXT);
CREATE INDEX classes_by_title ON classes (title);
CREATE INDEX classes_by_code ON classes (classCode);
CREATE TABLE users (sourcedId TEXT PRIMARY KEY, status TEXT, dateLastModified TEXT, enabledUser TEXT,
  orgSourcedIds TEXT, role TEXT, username TEXT, userIds TEXT, givenName TEXT, familyName TEXT, middleName TEXT,
  identifier TEXT, email TEXT, sms TEXT, phone TEXT, agentSourcedIds TEXT, grades TEXT, password TEXT, form TEXT,
  house TEXT, relation TEXT, priority TEXT, parentalResponsibility TEXT, forSms TEXT);
CREATE INDEX users_by_identifier ON users (identifier);
CREATE INDEX users_by_email ON users (email);
CREATE TABLE enrollments (sourcedId TEXT PRIMARY KEY, status TEXT, dateLastModified TEXT, classSourcedId TEXT,
  schoolSourcedId TEXT, userSourcedId TEXT, role TEXT, isPrimary TEXT, beginDate TEXT, endDate TEXT);
CREATE INDEX enrollments_by_class ON enrollments (classSourcedId, userSourcedId);
CREATE INDEX enrollments_by_user ON enrollments (userSourcedId);
CREATE TABLE lineItems (sourcedId TEXT PRIMARY KEY, status TEXT, dateLastModified TEXT, title TEXT, description TEXT,
  assignDate TEXT, dueDate TEXT, classSourcedId TEXT, categorySourcedId TEXT, gradingPeriodSourcedId TEXT,
  resultValueMin TEXT, resultValueMax TEXT);
CREATE INDEX line_items_by_due ON lineItems (dueDate);
CREATE TABLE results (sourcedId TEXT PRIMARY KEY, status TEXT, dateLastModified TEXT, lineItemSourcedId TEXT,
  studentSourcedId TEXT, scoreStatus TEXT, score TEXT, scoreDate TEXT, comment TEXT, missing TEXT);
CREATE INDEX results_by_line_item ON results (lineItemSourcedId, studentSourcedId);
.import --csv --skip 1 orgs.csv orgs
.import --csv --skip 1 classes.csv classes
.import --csv --skip 1 users.csv users
.import --csv --skip 1 enrollments.csv enrollments
.import --csv --skip 1 lineItems.csv lineItems
.import --csv --skip 1 results.csv results
