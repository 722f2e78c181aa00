-- Schema 6: what is kept for a time and then let go (P1), and what is left of it; people who were erased.

-- When a message's words and addresses were let go; NULL: they are there.
ALTER TABLE message ADD COLUMN words_gone INTEGER;
CREATE INDEX message_again ON message (again_of) WHERE again_of IS NOT NULL;

-- Since when a kind of data is whole: what is older may have been let go. `ran`: when it was looked at last.
CREATE TABLE retention (
  kind TEXT PRIMARY KEY,
  whole_from INTEGER,
  ran INTEGER NOT NULL
) STRICT;

-- What was told stays told (T4) when its delivery is let go: on which channel, and at which mailbox, sealed, so that
-- nobody reads the address from it.
CREATE TABLE told_kept (
  told INTEGER NOT NULL REFERENCES told (id),
  channel TEXT NOT NULL,
  mailbox TEXT NOT NULL,
  PRIMARY KEY (told, channel)
) STRICT;

-- A message tells thousands of contacts: each of them is found apart.
DROP INDEX told_by_message;
CREATE INDEX told_by_message ON told (message, contact);

-- Whoever lets a delivery or a message go asks what refers to it.
CREATE INDEX feedback_mail_by_delivery ON feedback_mail (delivery) WHERE delivery IS NOT NULL;
CREATE INDEX occurrence_by_message ON occurrence (message) WHERE message IS NOT NULL;

-- What people decided who were erased (R7): that nothing goes there is known by a seal of the address and the name,
-- from which neither can be read. `reason` is a block's, empty for an opt-out; empty channel or category: all.
CREATE TABLE erased_decision (
  seal TEXT NOT NULL,
  channel TEXT NOT NULL,
  category TEXT NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (seal, channel, category, reason)
) STRICT;

-- Audit entries out of which a name was taken: the text that stands there now, sealed. Their hash in the chain is the
-- one that they always had.
CREATE TABLE audit_redaction (
  entry INTEGER PRIMARY KEY,
  seal TEXT NOT NULL
) STRICT;
