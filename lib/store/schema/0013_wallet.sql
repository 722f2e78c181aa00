-- Schema 13: the wallet of text messages (D8). Amounts are hundredths of points. What a delivery holds and what was
-- charged for it is booked by the triggers below, in the statement that changes the delivery: no way of the queue can
-- forget it, and where a delivery has no wallet nothing is done at all.
CREATE TABLE wallet (
  id INTEGER PRIMARY KEY,
  -- None: the one of all schools.
  school INTEGER REFERENCES school (id),
  -- What was topped up and corrected, less what was charged; and what of it is held for texts that have not gone.
  balance INTEGER NOT NULL DEFAULT 0,
  reserved INTEGER NOT NULL DEFAULT 0,
  -- Since when staff know that it is low; none: they have not been told since it was last topped up.
  told_low INTEGER
) STRICT;
CREATE UNIQUE INDEX wallet_by_school ON wallet (coalesce(school, 0));

-- Every change, never altered: a wallet's figures are the sums of these.
CREATE TABLE wallet_entry (
  id INTEGER PRIMARY KEY,
  wallet INTEGER NOT NULL REFERENCES wallet (id),
  -- top-up, correction, reserve, charge, release
  kind TEXT NOT NULL,
  -- What it does to the balance, and to what is reserved.
  paid INTEGER NOT NULL,
  held INTEGER NOT NULL,
  at INTEGER NOT NULL,
  -- Whoever topped up or corrected, and why; empty where the queue did it.
  said_by TEXT NOT NULL,
  note TEXT NOT NULL,
  -- Its number stays when the delivery is let go.
  delivery INTEGER,
  -- Of a charge: for which try.
  attempt INTEGER
) STRICT;
CREATE INDEX wallet_entry_by_delivery ON wallet_entry (delivery, attempt) WHERE delivery IS NOT NULL;
CREATE INDEX wallet_entry_by_wallet ON wallet_entry (wallet, id);

ALTER TABLE delivery ADD COLUMN cost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN wallet INTEGER REFERENCES wallet (id);
-- Schedules' texts that could not be paid: staff are told of them.
CREATE INDEX delivery_unpaid ON delivery (updated) WHERE state = 'failed' AND reason = 'wallet';
CREATE INDEX delivery_reserving ON delivery (wallet)
WHERE wallet IS NOT NULL AND state IN ('queued', 'held', 'claimed', 'waiting');

CREATE TRIGGER wallet_entry_adds_up AFTER INSERT ON wallet_entry
BEGIN
  UPDATE wallet SET balance = balance + NEW.paid, reserved = reserved + NEW.held WHERE id = NEW.wallet;
END;
CREATE TRIGGER wallet_entry_stays BEFORE UPDATE ON wallet_entry
BEGIN
  SELECT raise(ABORT, 'entries of the wallet are never changed');
END;
CREATE TRIGGER wallet_entry_is_kept BEFORE DELETE ON wallet_entry
BEGIN
  SELECT raise(ABORT, 'entries of the wallet are never deleted');
END;

CREATE TRIGGER wallet_at_insert AFTER INSERT ON delivery
WHEN NEW.wallet IS NOT NULL AND NEW.cost > 0 AND NEW.state IN ('queued', 'held', 'claimed', 'waiting')
BEGIN
  INSERT INTO wallet_entry (wallet, kind, paid, held, at, said_by, note, delivery, attempt)
  VALUES (NEW.wallet, 'reserve', 0, NEW.cost, NEW.updated, '', '', NEW.id, NULL);
END;

-- From one open state to another nothing changes, unless the cost does.
CREATE TRIGGER wallet_at_change AFTER UPDATE OF state, cost, wallet ON delivery
WHEN (OLD.wallet IS NOT NULL OR NEW.wallet IS NOT NULL)
  AND (OLD.cost <> NEW.cost OR OLD.wallet IS NOT NEW.wallet
    OR (OLD.state IN ('queued', 'held', 'claimed', 'waiting'))
      <> (NEW.state IN ('queued', 'held', 'claimed', 'waiting')))
BEGIN
  -- It went, or may have gone: the provider bills it. A try that was charged already is not charged again: one in
  -- doubt that was to go once more. What is called off is complete or in doubt for an earlier try.
  INSERT INTO wallet_entry (wallet, kind, paid, held, at, said_by, note, delivery, attempt)
  SELECT OLD.wallet, 'charge', -OLD.cost, -OLD.cost, NEW.updated, '', '', OLD.id, NEW.attempts
  WHERE OLD.wallet IS NOT NULL AND OLD.cost > 0 AND OLD.state IN ('queued', 'held', 'claimed', 'waiting')
    AND NEW.state IN ('complete', 'in-doubt')
    AND NOT EXISTS (SELECT 1 FROM wallet_entry WHERE delivery = OLD.id AND kind = 'charge'
      AND (attempt = NEW.attempts OR OLD.state <> 'claimed'));
  INSERT INTO wallet_entry (wallet, kind, paid, held, at, said_by, note, delivery, attempt)
  SELECT OLD.wallet, 'release', 0, -OLD.cost, NEW.updated, '', '', OLD.id, NULL
  WHERE OLD.wallet IS NOT NULL AND OLD.cost > 0 AND OLD.state IN ('queued', 'held', 'claimed', 'waiting')
    AND (SELECT sum(held) FROM wallet_entry WHERE delivery = OLD.id) > 0;
  INSERT INTO wallet_entry (wallet, kind, paid, held, at, said_by, note, delivery, attempt)
  SELECT NEW.wallet, 'reserve', 0, NEW.cost, NEW.updated, '', '', NEW.id, NULL
  WHERE NEW.wallet IS NOT NULL AND NEW.cost > 0 AND NEW.state IN ('queued', 'held', 'claimed', 'waiting');
END;

-- 'Rather twice' (D5): what may have arrived and goes again is billed for each time.
CREATE TRIGGER wallet_at_doubt AFTER INSERT ON attempt WHEN NEW.verdict = 'in-doubt'
BEGIN
  INSERT INTO wallet_entry (wallet, kind, paid, held, at, said_by, note, delivery, attempt)
  SELECT d.wallet, 'charge', -d.cost, 0, NEW.ended, '', '', d.id, NEW.n FROM delivery AS d
  WHERE d.id = NEW.delivery AND d.wallet IS NOT NULL AND d.cost > 0
    AND d.state IN ('queued', 'held', 'claimed', 'waiting')
    AND NOT EXISTS (SELECT 1 FROM wallet_entry WHERE delivery = d.id AND attempt = NEW.n);
END;
