-- Schema 5: what comes back of what was sent, and what is counted against an address (D9).

-- A fault of the recipient that counts, one a delivery. Three messages in a row block an address: what became of
-- those deliveries since, and whether one got through in between, is read from `delivery`, so that a success costs
-- nothing here.
CREATE TABLE recipient_fault (
  delivery INTEGER PRIMARY KEY REFERENCES delivery (id),
  kind TEXT NOT NULL,
  compare_key TEXT NOT NULL,
  message INTEGER NOT NULL REFERENCES message (id),
  job INTEGER NOT NULL REFERENCES job (id),
  cause TEXT NOT NULL,
  -- The first try of the round that failed: messages are in a row by this.
  sent INTEGER NOT NULL,
  -- 1: somebody has opened the address since.
  forgiven INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX recipient_fault_by_key ON recipient_fault (compare_key, kind);
CREATE INDEX recipient_fault_by_job ON recipient_fault (job);

-- Jobs some of whose recipients have failed by their own fault since it was last weighed whether much of the job
-- fails alike. Few at any time.
CREATE TABLE job_to_weigh (
  job INTEGER PRIMARY KEY REFERENCES job (id)
) STRICT;

-- Mails that were read and acted on (I11): the same one counts once, wherever it is read again.
CREATE TABLE feedback_mail (
  digest TEXT PRIMARY KEY,
  read INTEGER NOT NULL,
  kind TEXT NOT NULL,
  delivery INTEGER REFERENCES delivery (id)
) STRICT;
