-- Schema 8: questions to the list of data issues that an office keeps under a name (S5). They are everybody's: whoever
-- works in the office, and its scripts, ask the same. No person stands in them, so nothing of an erased one does.
CREATE TABLE saved_filter (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL UNIQUE,
  -- Kinds with commas between them; a state's word or 'all'; a school's code; a date or a span such as 7d: empty where
  -- nothing was asked.
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  school TEXT NOT NULL,
  since TEXT NOT NULL,
  saved INTEGER NOT NULL,
  saved_by TEXT NOT NULL
) STRICT;
