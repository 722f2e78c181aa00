-- Schema 4: reminders know whom they were for; what waits for a retry and what is held are found apart.

-- Of a message that repeats another (M10): `new`, to those who had none of it; `unconfirmed`, to those who have not
-- confirmed it; empty: it repeats none.
ALTER TABLE message ADD COLUMN again_to TEXT NOT NULL DEFAULT '';
UPDATE message SET again_to = 'new' WHERE again_of IS NOT NULL;

-- A night's held messages are many: a retry's time is found without walking past them.
DROP INDEX delivery_due;
CREATE INDEX delivery_waiting ON delivery (due, id) WHERE state = 'waiting';
CREATE INDEX delivery_held ON delivery (due, job) WHERE state = 'held';
