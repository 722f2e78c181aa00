-- Schema 2: what a school's export tells besides roster and gradebook, imports that are held, data issues, consent.

-- ISO date; empty where unknown (R8: birthdays).
ALTER TABLE person ADD COLUMN birth_date TEXT NOT NULL DEFAULT '';
ALTER TABLE person_before ADD COLUMN birth_date TEXT NOT NULL DEFAULT '';
-- ISO date on which a pre-admission begins; empty where unknown (I5).
ALTER TABLE place ADD COLUMN admission TEXT NOT NULL DEFAULT '';
ALTER TABLE place_before ADD COLUMN admission TEXT NOT NULL DEFAULT '';

-- Marks of presence (R8). `session` is the source's word for the half day or period, or empty.
CREATE TABLE attendance (
  id INTEGER PRIMARY KEY,
  pupil INTEGER NOT NULL REFERENCES person (id),
  day TEXT NOT NULL,
  session TEXT NOT NULL,
  code TEXT NOT NULL,
  absent INTEGER NOT NULL,
  explained INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES source (id),
  source_id TEXT NOT NULL,
  added_in INTEGER,
  UNIQUE (source, source_id)
) STRICT;
CREATE INDEX attendance_by_day ON attendance (day, pupil);

-- What somebody owes: hundredths of the currency.
CREATE TABLE payment (
  id INTEGER PRIMARY KEY,
  pupil INTEGER NOT NULL REFERENCES person (id),
  item TEXT NOT NULL,
  amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  due TEXT NOT NULL,
  paid INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES source (id),
  source_id TEXT NOT NULL,
  added_in INTEGER,
  UNIQUE (source, source_id)
) STRICT;
CREATE INDEX payment_by_pupil ON payment (pupil);
CREATE INDEX payment_by_due ON payment (due) WHERE paid = 0;

CREATE TABLE behaviour (
  id INTEGER PRIMARY KEY,
  pupil INTEGER NOT NULL REFERENCES person (id),
  day TEXT NOT NULL,
  kind TEXT NOT NULL,
  points INTEGER,
  note TEXT NOT NULL,
  source INTEGER NOT NULL REFERENCES source (id),
  source_id TEXT NOT NULL,
  added_in INTEGER,
  UNIQUE (source, source_id)
) STRICT;
CREATE INDEX behaviour_by_day ON behaviour (day, pupil);

CREATE TABLE respondent (
  id INTEGER PRIMARY KEY,
  survey TEXT NOT NULL,
  survey_folded TEXT NOT NULL,
  person INTEGER NOT NULL REFERENCES person (id),
  completed INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES source (id),
  source_id TEXT NOT NULL,
  added_in INTEGER,
  UNIQUE (source, source_id)
) STRICT;
CREATE INDEX respondent_by_survey ON respondent (survey_folded, person);

-- Rows of these four as they were before an import changed or removed them. `fact` names the table, `cells` holds
-- the row's values as one JSON list in the order of the table's columns.
CREATE TABLE daily_before (
  import INTEGER NOT NULL,
  op TEXT NOT NULL,
  fact TEXT NOT NULL,
  id INTEGER NOT NULL,
  cells TEXT NOT NULL
) STRICT;
CREATE INDEX daily_before_by_import ON daily_before (import);

-- Consent to process data, for a contract for instance; missing consent blocks (R7).
CREATE TABLE consent (
  person INTEGER NOT NULL REFERENCES person (id),
  purpose TEXT NOT NULL,
  given INTEGER NOT NULL,
  since INTEGER NOT NULL,
  said_by TEXT NOT NULL,
  PRIMARY KEY (person, purpose)
) STRICT;

-- An import that the guard holds (I7): its files are kept beside the store until somebody decides.
CREATE TABLE held_import (
  import INTEGER PRIMARY KEY REFERENCES import (id),
  folder TEXT NOT NULL,
  reasons TEXT NOT NULL,
  -- empty, accepted, additions-only, discarded, superseded
  decision TEXT NOT NULL,
  decided INTEGER,
  decided_by TEXT NOT NULL
) STRICT;

-- What is wrong with the data (S5): raised once, still there as long as imports find it, gone by itself when the
-- next one does not. `about` tells one from another within a kind.
CREATE TABLE data_issue (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  about TEXT NOT NULL,
  school INTEGER REFERENCES school (id),
  person INTEGER REFERENCES person (id),
  detail TEXT NOT NULL,
  source INTEGER REFERENCES source (id),
  raised INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  -- open, gone (by itself), resolved (by somebody)
  state TEXT NOT NULL,
  ended INTEGER,
  ended_by TEXT NOT NULL,
  UNIQUE (kind, about)
) STRICT;
CREATE INDEX data_issue_by_person ON data_issue (person);

-- People who were deleted for good: what reports must keep of them is anonymised when this time has come (I10).
CREATE TABLE deletion (
  person INTEGER PRIMARY KEY REFERENCES person (id),
  deleted INTEGER NOT NULL,
  anonymise INTEGER NOT NULL,
  done INTEGER NOT NULL
) STRICT;

-- What was decided by somebody at an address belongs to the address too (R7): whoever of that kind and name appears
-- at it, under a changed source id or after having been deleted, has decided it already. Empty channel or category:
-- all of them. `person` is NULL once the person has been deleted.
CREATE TABLE address_opt_out (
  kind TEXT NOT NULL,
  compare_key TEXT NOT NULL,
  person_kind TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  channel TEXT NOT NULL,
  category TEXT NOT NULL,
  since INTEGER NOT NULL,
  said_by TEXT NOT NULL,
  person INTEGER REFERENCES person (id),
  PRIMARY KEY (kind, compare_key, person_kind, name_folded, channel, category)
) STRICT;
CREATE INDEX address_opt_out_by_person ON address_opt_out (person);

-- The addresses that are none: few, and asked for after every import (S5).
CREATE INDEX address_invalid ON address (person) WHERE normal IS NULL;

-- What brings a row back as it was when an import is undone (I6).
ALTER TABLE person_before ADD COLUMN added_in INTEGER;
ALTER TABLE place_before ADD COLUMN added_in INTEGER;
ALTER TABLE relationship_before ADD COLUMN added_in INTEGER;
ALTER TABLE address_before ADD COLUMN added_in INTEGER;
ALTER TABLE address_before ADD COLUMN compare_key TEXT;
ALTER TABLE roster_group_before ADD COLUMN added_in INTEGER;
ALTER TABLE membership_before ADD COLUMN added_in INTEGER;
ALTER TABLE assignment_before ADD COLUMN added_in INTEGER;
ALTER TABLE mark_before ADD COLUMN added_in INTEGER;

-- The held import that this one lets in, or the import that this one takes back.
ALTER TABLE import ADD COLUMN concerns INTEGER REFERENCES import (id);

-- Who has left is asked for in every audience, and few have.
CREATE INDEX place_left ON place (person) WHERE status = 'leaver';
