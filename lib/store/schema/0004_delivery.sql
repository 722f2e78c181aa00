-- Schema 4: reminders know whom they were for; what waits for a retry and what is held are found apart; what a gateway
-- has carried of late, for its limits.

-- Of a message that repeats another (M10): `new`, to those who had none of it; `unconfirmed`, to those who have not
-- confirmed it; empty: it repeats none.
ALTER TABLE message ADD COLUMN again_to TEXT NOT NULL DEFAULT '';
UPDATE message SET again_to = 'new' WHERE again_of IS NOT NULL;

-- A night's held messages are many: a retry's time is found without walking past them.
DROP INDEX delivery_due;
CREATE INDEX delivery_waiting ON delivery (due, id) WHERE state = 'waiting';
CREATE INDEX delivery_held ON delivery (due, job) WHERE state = 'held';

-- What a channel has carried, by minute of UTC (D4). `about`: empty for all of it, `domain:…` or `address:…`; rows are
-- there only as far as the settings have such limits, and for a day.
CREATE TABLE gateway_use (
  channel TEXT NOT NULL,
  about TEXT NOT NULL,
  minute INTEGER NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (channel, about, minute)
) STRICT;
CREATE INDEX gateway_use_by_minute ON gateway_use (minute);

-- A channel that has carried as much as it may: which limit, and until when nothing more goes.
CREATE TABLE channel_limit (
  channel TEXT PRIMARY KEY,
  cause TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT;

-- Where the store was last worked, so that a copy knows itself (D6): the machine's id and the file's own mark, which no
-- copy has.
CREATE TABLE store_place (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  machine TEXT NOT NULL,
  file_mark TEXT NOT NULL,
  path TEXT NOT NULL,
  noted INTEGER NOT NULL
) STRICT;

-- Names that the store took on when a copy was adopted: messages from then on have Message-IDs that the other store never
-- writes, those before keep theirs.
CREATE TABLE store_name (
  first_message INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL,
  since INTEGER NOT NULL
) STRICT;

-- What was told of may be anything that a notice finds: an assignment, a day of absence, a payment; its kind's word says
-- which.
CREATE TABLE told_next (
  id INTEGER PRIMARY KEY,
  notice TEXT NOT NULL,
  finding INTEGER NOT NULL,
  pupil INTEGER NOT NULL REFERENCES person (id),
  contact INTEGER NOT NULL REFERENCES person (id),
  message INTEGER NOT NULL REFERENCES message (id)
) STRICT;
INSERT INTO told_next (id, notice, finding, pupil, contact, message)
  SELECT id, notice, assignment, pupil, contact, message FROM told ORDER BY id;
DROP TABLE told;
ALTER TABLE told_next RENAME TO told;
CREATE INDEX told_by_finding ON told (finding, notice, contact, pupil);
CREATE INDEX told_by_message ON told (message);

-- Who gets an e-mail when all of a message has ended, and when that was told (D11).
ALTER TABLE message ADD COLUMN confirm_to TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN end_told INTEGER;
CREATE INDEX message_to_confirm ON message (id) WHERE confirm_to <> '' AND end_told IS NULL;

-- Error reports to staff: when, and up to which change of a job they tell (D11).
CREATE TABLE error_report (
  id INTEGER PRIMARY KEY,
  sent INTEGER NOT NULL,
  upto INTEGER NOT NULL
) STRICT;

-- What has failed of late, for error reports: few among many.
CREATE INDEX delivery_failed ON delivery (updated) WHERE state = 'failed' AND attempts > 0;
