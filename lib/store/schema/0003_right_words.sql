-- Schema 3: how a message goes out: words in several languages, attachments, times and decisions, what its readers
-- confirm; timetables; operators and their roles.

-- Empty: the words are the message's own.
ALTER TABLE message ADD COLUMN template TEXT NOT NULL DEFAULT '';
-- After this time it is useless: what has not left by then is cancelled as too late (M5).
ALTER TABLE message ADD COLUMN expires INTEGER;
-- `16:00-20:00`: it leaves within this window of the school's day only; empty: none (M5).
ALTER TABLE message ADD COLUMN leaves_within TEXT NOT NULL DEFAULT '';
-- 1: who cannot be reached is left out instead of failed.
ALTER TABLE message ADD COLUMN skip_unreachable INTEGER NOT NULL DEFAULT 0;
-- 1: each copy holds a personal link by which its reader confirms (M10).
ALTER TABLE message ADD COLUMN ack INTEGER NOT NULL DEFAULT 0;
-- 1: quiet hours do not hold it, although it is no emergency (a schedule's rule).
ALTER TABLE message ADD COLUMN passes_quiet INTEGER NOT NULL DEFAULT 0;
-- 1: samples to an address of the sender's own (M9): never sent to the people whom they name.
ALTER TABLE message ADD COLUMN test INTEGER NOT NULL DEFAULT 0;
-- The message that this one repeats to those who had none (M10).
ALTER TABLE message ADD COLUMN again_of INTEGER REFERENCES message (id);
-- Who approved, rejected or cancelled it, when and why (M4, M5).
ALTER TABLE message ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN decided INTEGER;
ALTER TABLE message ADD COLUMN decision_reason TEXT NOT NULL DEFAULT '';
CREATE INDEX message_awaiting ON message (id) WHERE state = 'awaiting-approval';
-- What has not all gone yet: few among many.
CREATE INDEX job_open ON job (message) WHERE not_started > 0 OR held > 0 OR processing > 0;

-- A template's words as they were when the message was written, a row a language; `short_body` is for SMS and voice,
-- `wechat_body` for WeChat; where empty, the body serves.
CREATE TABLE message_text (
  message INTEGER NOT NULL REFERENCES message (id),
  language TEXT NOT NULL,
  -- 1: for whoever's own language is not there.
  fallback INTEGER NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  short_body TEXT NOT NULL,
  wechat_body TEXT NOT NULL,
  PRIMARY KEY (message, language)
) STRICT;

CREATE TABLE message_attachment (
  message INTEGER NOT NULL REFERENCES message (id),
  position INTEGER NOT NULL,
  file_name TEXT NOT NULL,
  type TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (message, position)
) STRICT;

-- What a template's fields are for this recipient, as a JSON object; NULL where the words have none.
ALTER TABLE delivery_content ADD COLUMN fields TEXT;
-- SMS: how many parts the text has.
ALTER TABLE delivery ADD COLUMN segments INTEGER NOT NULL DEFAULT 0;

-- Who has confirmed a message that asked for it (M10).
CREATE TABLE acknowledgement (
  message INTEGER NOT NULL REFERENCES message (id),
  person INTEGER NOT NULL REFERENCES person (id),
  at INTEGER NOT NULL,
  said_by TEXT NOT NULL,
  PRIMARY KEY (message, person)
) STRICT;

-- What the store alone knows: the key that seals personal links (M8, M10).
CREATE TABLE store_secret (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;

-- When a class is taught (R5). `weekday` is ISO, 1 Monday; `week` is the source's word where weeks alternate, or
-- empty; times are `HH:MM` by the school's wall, empty where unknown.
CREATE TABLE timetable_slot (
  id INTEGER PRIMARY KEY,
  roster_group INTEGER NOT NULL REFERENCES roster_group (id),
  weekday INTEGER NOT NULL,
  week TEXT NOT NULL,
  begins TEXT NOT NULL,
  ends TEXT NOT NULL,
  period TEXT NOT NULL,
  source INTEGER NOT NULL REFERENCES source (id),
  source_id TEXT NOT NULL,
  added_in INTEGER,
  UNIQUE (source, source_id)
) STRICT;
CREATE INDEX timetable_by_group ON timetable_slot (roster_group, weekday);

-- What a payment belongs to: a boarding or music contract, say; empty: nothing.
ALTER TABLE payment ADD COLUMN contract TEXT NOT NULL DEFAULT '';

-- Who acts (M7). `account` is the name that the machine or the sign-in knows; roles and schools are lists joined by
-- commas, no school meaning all of them.
CREATE TABLE operator (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  account_folded TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  roles TEXT NOT NULL,
  schools TEXT NOT NULL,
  -- 0: may no longer act.
  active INTEGER NOT NULL,
  created INTEGER NOT NULL
) STRICT;

-- Days on which a school is away, first and last among them (D3). `school` NULL: all schools; `source` NULL: entered
-- by hand.
CREATE TABLE holiday (
  id INTEGER PRIMARY KEY,
  school INTEGER REFERENCES school (id),
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  reason TEXT NOT NULL,
  source INTEGER REFERENCES source (id),
  source_id TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;
CREATE INDEX holiday_by_last_day ON holiday (last_day);
