-- Schema 11: which records of contacts an office has said to be one person (R9). It is a link between rows that no
-- import changes; what one of them decided, or is barred from, holds for all of them as long as it stands.
CREATE TABLE merged_person (
  person INTEGER PRIMARY KEY REFERENCES person (id),
  -- Records with the same number are one.
  merge INTEGER NOT NULL,
  since INTEGER NOT NULL,
  said_by TEXT NOT NULL
) STRICT;
CREATE INDEX merged_person_by_merge ON merged_person (merge);
