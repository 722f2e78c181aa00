-- Schema 14: what gateways tell of what they took (D1). `complete` is accepted; whether it was delivered stands beside
-- it, in the word of the receipt that weighs most. The parts of a long text may each have a receipt of their own.
CREATE TABLE receipt (
  id INTEGER PRIMARY KEY,
  delivery INTEGER NOT NULL REFERENCES delivery (id),
  attempt INTEGER NOT NULL,
  -- Which part of the message; empty: the gateway does not say.
  part TEXT NOT NULL,
  state TEXT NOT NULL,
  -- The heavier wins, whichever comes first.
  weight INTEGER NOT NULL,
  fault TEXT NOT NULL,
  cause TEXT NOT NULL,
  -- The gateway's own words.
  text TEXT NOT NULL,
  -- When this state was first told.
  received INTEGER NOT NULL,
  -- 1: its delivery was under way, and it is weighed when that has ended.
  waits INTEGER NOT NULL,
  UNIQUE (delivery, attempt, part)
) STRICT;
CREATE INDEX receipt_waiting ON receipt (delivery) WHERE waits = 1;

-- Empty: no receipt.
ALTER TABLE delivery ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
CREATE INDEX delivery_with_receipt ON delivery (job, receipt) WHERE receipt <> '';

-- What came back from phones (D12). A word alone (STOP) is done at once; anything else waits until somebody has read
-- it.
CREATE TABLE reply (
  id INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  -- The gateway's own id, by which one that is brought twice counts once; or empty.
  gateway_id TEXT NOT NULL,
  -- E.164 where it is a number, as addresses are compared.
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  text TEXT NOT NULL,
  -- stop, start, help, or empty.
  word TEXT NOT NULL,
  received INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  done INTEGER,
  done_by TEXT NOT NULL
) STRICT;
CREATE INDEX reply_by_sender ON reply (sender, received);
CREATE INDEX reply_by_gateway_id ON reply (gateway_id) WHERE gateway_id <> '';
CREATE INDEX reply_by_time ON reply (received);
CREATE INDEX reply_open ON reply (received) WHERE done IS NULL;
