-- Schema 7: the lease also ends by the clock of the holder's machine that nobody sets, milliseconds since it was started (D6).
ALTER TABLE lease ADD COLUMN expires_since_boot INTEGER NOT NULL DEFAULT 0;
