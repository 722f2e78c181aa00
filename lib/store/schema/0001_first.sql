-- Schema 1. Times are milliseconds since 1970 UTC, dates ISO text, truth values 0 and 1. Folded columns and sort
-- keys are computed by the program (base/text). The tables *_before keep what an import changed or removed as it
-- was, for `import show` and undo; rows that an import added carry its number in `added_in`.

CREATE TABLE store_identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  uuid TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;

-- Roster -------------------------------------------------------------------------------------------------------

-- Where facts come from: `oneroster`, `csv`, a name under [import.NAME], `hand` (R6).
CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;

CREATE TABLE school (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  code_folded TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  timezone TEXT,
  country TEXT,
  created INTEGER NOT NULL
) STRICT;

-- Which school a source means by which id of its own.
CREATE TABLE school_source (
  source INTEGER NOT NULL REFERENCES source (id),
  source_id TEXT NOT NULL,
  school INTEGER NOT NULL REFERENCES school (id),
  PRIMARY KEY (source, source_id)
) STRICT;

-- A person is one, whatever places the person has. The contact_ columns are what a source says of somebody as a
-- contact of whomever; relationships take them over.
CREATE TABLE person (
  id INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES source (id),
  source_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  code TEXT NOT NULL,
  code_folded TEXT NOT NULL,
  title TEXT NOT NULL,
  family TEXT NOT NULL,
  given TEXT NOT NULL,
  preferred TEXT NOT NULL,
  language TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  sort_key BLOB NOT NULL,
  contact_relation TEXT NOT NULL,
  contact_priority INTEGER,
  contact_responsibility INTEGER,
  contact_lives_with INTEGER,
  contact_court_order INTEGER,
  fingerprint INTEGER NOT NULL,
  added_in INTEGER,
  UNIQUE (source, source_id)
) STRICT;
CREATE INDEX person_by_code ON person (code_folded);

CREATE TABLE place (
  id INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES person (id),
  school INTEGER NOT NULL REFERENCES school (id),
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  status_since INTEGER,
  year TEXT NOT NULL,
  year_folded TEXT NOT NULL,
  form TEXT NOT NULL,
  form_folded TEXT NOT NULL,
  house TEXT NOT NULL,
  house_folded TEXT NOT NULL,
  boarding TEXT NOT NULL,
  boarding_folded TEXT NOT NULL,
  source INTEGER NOT NULL REFERENCES source (id),
  added_in INTEGER,
  UNIQUE (person, school, kind)
) STRICT;
CREATE INDEX place_by_year ON place (year_folded, kind) WHERE status = 'active';
CREATE INDEX place_by_form ON place (form_folded, kind) WHERE status = 'active';
CREATE INDEX place_by_school ON place (school, kind, status);

CREATE TABLE relationship (
  id INTEGER PRIMARY KEY,
  pupil INTEGER NOT NULL REFERENCES person (id),
  contact INTEGER NOT NULL REFERENCES person (id),
  relation TEXT NOT NULL,
  relation_folded TEXT NOT NULL,
  priority INTEGER NOT NULL,
  responsibility INTEGER,
  lives_with INTEGER,
  court_order INTEGER NOT NULL,
  prime INTEGER NOT NULL,
  -- 1: the pupil's row says so, 2: the contact's row, 3: both.
  said_by INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES source (id),
  added_in INTEGER,
  UNIQUE (pupil, contact, source)
) STRICT;
CREATE INDEX relationship_by_contact ON relationship (contact);

CREATE TABLE address (
  id INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL,
  use TEXT NOT NULL,
  -- 1 is tried first among a person's addresses of one kind.
  position INTEGER NOT NULL,
  given TEXT NOT NULL,
  -- NULL where the value as given is no address.
  normal TEXT,
  -- Addresses that are one mailbox compare equal by this.
  compare_key TEXT,
  line TEXT NOT NULL,
  for_sms INTEGER,
  source INTEGER NOT NULL REFERENCES source (id),
  added_in INTEGER,
  UNIQUE (person, kind, use, source)
) STRICT;
CREATE INDEX address_by_key ON address (compare_key) WHERE compare_key IS NOT NULL;

-- Blocks belong to the address and outlast every import (R7, D9).
CREATE TABLE address_block (
  kind TEXT NOT NULL,
  compare_key TEXT NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  evidence TEXT NOT NULL,
  PRIMARY KEY (kind, compare_key)
) STRICT;

-- What a person decided outlasts every import (R7). NULL: every channel, every category.
CREATE TABLE opt_out (
  id INTEGER PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES person (id),
  channel TEXT,
  category TEXT,
  since INTEGER NOT NULL,
  said_by TEXT NOT NULL
) STRICT;
CREATE INDEX opt_out_by_person ON opt_out (person);

CREATE TABLE roster_group (
  id INTEGER PRIMARY KEY,
  school INTEGER NOT NULL REFERENCES school (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  code TEXT NOT NULL,
  code_folded TEXT NOT NULL,
  active INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES source (id),
  source_id TEXT NOT NULL,
  fingerprint INTEGER NOT NULL,
  added_in INTEGER,
  UNIQUE (source, source_id)
) STRICT;
CREATE INDEX roster_group_by_name ON roster_group (name_folded);
CREATE INDEX roster_group_by_code ON roster_group (code_folded);

CREATE TABLE membership (
  id INTEGER PRIMARY KEY,
  roster_group INTEGER NOT NULL REFERENCES roster_group (id),
  person INTEGER NOT NULL REFERENCES person (id),
  role TEXT NOT NULL,
  -- ISO dates; `ends` is the first day after.
  begins TEXT NOT NULL,
  ends TEXT NOT NULL,
  source INTEGER NOT NULL REFERENCES source (id),
  source_id TEXT NOT NULL,
  fingerprint INTEGER NOT NULL,
  added_in INTEGER,
  UNIQUE (source, source_id)
) STRICT;
CREATE INDEX membership_by_group ON membership (roster_group, person);
CREATE INDEX membership_by_person ON membership (person);

CREATE TABLE assignment (
  id INTEGER PRIMARY KEY,
  roster_group INTEGER NOT NULL REFERENCES roster_group (id),
  title TEXT NOT NULL,
  due TEXT NOT NULL,
  points REAL,
  -- 0 once it has gone from the gradebook; what was told of it stays (T4).
  live INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES source (id),
  source_id TEXT NOT NULL,
  fingerprint INTEGER NOT NULL,
  added_in INTEGER,
  UNIQUE (source, source_id)
) STRICT;
CREATE INDEX assignment_by_due ON assignment (due);

CREATE TABLE mark (
  id INTEGER PRIMARY KEY,
  assignment INTEGER NOT NULL REFERENCES assignment (id),
  pupil INTEGER NOT NULL REFERENCES person (id),
  status TEXT NOT NULL,
  score REAL,
  missing INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES source (id),
  source_id TEXT NOT NULL,
  fingerprint INTEGER NOT NULL,
  added_in INTEGER,
  UNIQUE (source, source_id)
) STRICT;
CREATE INDEX mark_by_assignment ON mark (assignment, pupil);

-- Imports ------------------------------------------------------------------------------------------------------

CREATE TABLE import (
  id INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES source (id),
  path TEXT NOT NULL,
  started INTEGER NOT NULL,
  seconds REAL NOT NULL,
  outcome TEXT NOT NULL,
  file_rows INTEGER NOT NULL,
  added TEXT NOT NULL,
  changed TEXT NOT NULL,
  removed TEXT NOT NULL,
  refusal TEXT NOT NULL,
  actor TEXT NOT NULL
) STRICT;
CREATE INDEX import_by_source ON import (source, id);

CREATE TABLE import_issue (
  id INTEGER PRIMARY KEY,
  import INTEGER NOT NULL REFERENCES import (id),
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  file_column TEXT NOT NULL,
  value TEXT NOT NULL,
  reason TEXT NOT NULL,
  severity TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;
CREATE INDEX import_issue_by_import ON import_issue (import);

CREATE TABLE person_before (
  import INTEGER NOT NULL, op TEXT NOT NULL, id INTEGER NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL,
  title TEXT NOT NULL, family TEXT NOT NULL, given TEXT NOT NULL, preferred TEXT NOT NULL, language TEXT NOT NULL,
  contact_relation TEXT NOT NULL, contact_priority INTEGER, contact_responsibility INTEGER,
  contact_lives_with INTEGER, contact_court_order INTEGER
) STRICT;
CREATE INDEX person_before_by_import ON person_before (import);
CREATE TABLE place_before (
  import INTEGER NOT NULL, op TEXT NOT NULL, id INTEGER NOT NULL, person INTEGER NOT NULL,
  school INTEGER NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, status_since INTEGER, year TEXT NOT NULL,
  form TEXT NOT NULL, house TEXT NOT NULL, boarding TEXT NOT NULL
) STRICT;
CREATE INDEX place_before_by_import ON place_before (import);
CREATE TABLE relationship_before (
  import INTEGER NOT NULL, op TEXT NOT NULL, id INTEGER NOT NULL, pupil INTEGER NOT NULL,
  contact INTEGER NOT NULL, relation TEXT NOT NULL, priority INTEGER NOT NULL, responsibility INTEGER,
  lives_with INTEGER, court_order INTEGER NOT NULL, prime INTEGER NOT NULL, said_by INTEGER NOT NULL
) STRICT;
CREATE INDEX relationship_before_by_import ON relationship_before (import);
CREATE TABLE address_before (
  import INTEGER NOT NULL, op TEXT NOT NULL, id INTEGER NOT NULL, person INTEGER NOT NULL, kind TEXT NOT NULL,
  use TEXT NOT NULL, position INTEGER NOT NULL, given TEXT NOT NULL, normal TEXT, line TEXT NOT NULL,
  for_sms INTEGER
) STRICT;
CREATE INDEX address_before_by_import ON address_before (import);
CREATE TABLE roster_group_before (
  import INTEGER NOT NULL, op TEXT NOT NULL, id INTEGER NOT NULL, school INTEGER NOT NULL, kind TEXT NOT NULL,
  name TEXT NOT NULL, code TEXT NOT NULL, active INTEGER NOT NULL
) STRICT;
CREATE INDEX roster_group_before_by_import ON roster_group_before (import);
CREATE TABLE membership_before (
  import INTEGER NOT NULL, op TEXT NOT NULL, id INTEGER NOT NULL, roster_group INTEGER NOT NULL,
  person INTEGER NOT NULL, role TEXT NOT NULL, begins TEXT NOT NULL, ends TEXT NOT NULL, source_id TEXT NOT NULL
) STRICT;
CREATE INDEX membership_before_by_import ON membership_before (import);
CREATE TABLE assignment_before (
  import INTEGER NOT NULL, op TEXT NOT NULL, id INTEGER NOT NULL, roster_group INTEGER NOT NULL,
  title TEXT NOT NULL, due TEXT NOT NULL, points REAL, live INTEGER NOT NULL
) STRICT;
CREATE INDEX assignment_before_by_import ON assignment_before (import);
CREATE TABLE mark_before (
  import INTEGER NOT NULL, op TEXT NOT NULL, id INTEGER NOT NULL, assignment INTEGER NOT NULL,
  pupil INTEGER NOT NULL, status TEXT NOT NULL, score REAL, missing INTEGER NOT NULL, source_id TEXT NOT NULL
) STRICT;
CREATE INDEX mark_before_by_import ON mark_before (import);

-- Messages and the queue ---------------------------------------------------------------------------------------

CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  school INTEGER NOT NULL REFERENCES school (id),
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  category TEXT NOT NULL,
  priority TEXT NOT NULL,
  sender TEXT NOT NULL,
  -- awaiting-approval, scheduled, released
  state TEXT NOT NULL,
  expression TEXT NOT NULL,
  recipients TEXT NOT NULL,
  send_at INTEGER,
  created INTEGER NOT NULL,
  idempotency_key TEXT UNIQUE,
  content_digest TEXT NOT NULL,
  occurrence INTEGER
) STRICT;

-- One job per channel of a message. The counts always add up to `messages`; whoever changes a delivery's state
-- changes them in the same transaction (D1, B14).
CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  message INTEGER NOT NULL REFERENCES message (id),
  channel TEXT NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0,
  not_started INTEGER NOT NULL DEFAULT 0,
  processing INTEGER NOT NULL DEFAULT 0,
  complete INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0,
  in_doubt INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  UNIQUE (message, channel)
) STRICT;

CREATE INDEX job_not_started ON job (channel) WHERE not_started > 0;

CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  job INTEGER NOT NULL REFERENCES job (id),
  person INTEGER NOT NULL REFERENCES person (id),
  school INTEGER NOT NULL REFERENCES school (id),
  channel TEXT NOT NULL,
  -- 0 emergency, 1 general: the lower goes first.
  urgency INTEGER NOT NULL,
  address TEXT NOT NULL,
  state TEXT NOT NULL,
  -- Why it was failed from the start (a reason's code), or empty.
  reason TEXT NOT NULL,
  -- When it may go next.
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  -- Tries of this round: a rerun begins anew.
  round INTEGER NOT NULL DEFAULT 0,
  -- The first try of this round: the retry deadline counts from here.
  first_try INTEGER,
  claimed_at INTEGER,
  fence INTEGER,
  updated INTEGER NOT NULL,
  -- Nobody hears twice.
  UNIQUE (job, person)
) STRICT;
CREATE INDEX delivery_queued ON delivery (channel, urgency, due, id) WHERE state = 'queued';
CREATE INDEX delivery_claimed ON delivery (channel, id) WHERE state = 'claimed';
CREATE INDEX delivery_due ON delivery (due, id) WHERE state IN ('waiting', 'held');
CREATE INDEX delivery_by_person ON delivery (person);

-- What differs between the recipients of a message: whom it concerns, and a digest's own words.
CREATE TABLE delivery_content (
  delivery INTEGER PRIMARY KEY REFERENCES delivery (id),
  -- Names of the pupils, one a line.
  related TEXT NOT NULL,
  body TEXT
) STRICT;

CREATE TABLE attempt (
  id INTEGER PRIMARY KEY,
  delivery INTEGER NOT NULL REFERENCES delivery (id),
  n INTEGER NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  fault TEXT NOT NULL,
  cause TEXT NOT NULL,
  host TEXT NOT NULL,
  port INTEGER NOT NULL,
  tls TEXT NOT NULL,
  code INTEGER NOT NULL,
  enhanced TEXT NOT NULL,
  text TEXT NOT NULL,
  fence INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_by_delivery ON attempt (delivery, n);

-- The sender's own faults stop a channel (D4): until when nothing is claimed for it, and why.
CREATE TABLE channel_stop (
  channel TEXT PRIMARY KEY,
  cause TEXT NOT NULL,
  text TEXT NOT NULL,
  since INTEGER NOT NULL,
  retry_at INTEGER NOT NULL
) STRICT;

-- One daemon at a time works a store (D6). Times here are the machine's own clock, never CRIER_CLOCK.
CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  fence INTEGER NOT NULL,
  holder TEXT NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  start_mark TEXT NOT NULL,
  taken INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;

-- Schedules ----------------------------------------------------------------------------------------------------

CREATE TABLE schedule_seen (
  name TEXT PRIMARY KEY,
  first_seen INTEGER NOT NULL,
  -- Everything up to here is settled: run, late or skipped.
  settled_until INTEGER NOT NULL
) STRICT;

-- An occurrence is produced once, whatever happens (T6).
CREATE TABLE occurrence (
  id INTEGER PRIMARY KEY,
  schedule TEXT NOT NULL,
  local_time TEXT NOT NULL,
  zone TEXT NOT NULL,
  at INTEGER NOT NULL,
  ran INTEGER NOT NULL,
  -- on-time, late, skipped, by-hand, empty
  outcome TEXT NOT NULL,
  missed INTEGER NOT NULL,
  message INTEGER REFERENCES message (id),
  UNIQUE (schedule, local_time, zone)
) STRICT;

-- What was told to whom (T4). Whether it counts is read from the deliveries of that message to that contact:
-- told when one was accepted or is in doubt, reserved while one is under way, due again when all failed.
CREATE TABLE told (
  id INTEGER PRIMARY KEY,
  notice TEXT NOT NULL,
  assignment INTEGER NOT NULL REFERENCES assignment (id),
  pupil INTEGER NOT NULL REFERENCES person (id),
  contact INTEGER NOT NULL REFERENCES person (id),
  message INTEGER NOT NULL REFERENCES message (id)
) STRICT;
CREATE INDEX told_by_assignment ON told (assignment, contact, pupil);
CREATE INDEX told_by_message ON told (message);

-- Every act, each entry sealed by the one before (M7).
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  act TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
