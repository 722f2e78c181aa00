-- Schema 9: the highest numbers of what retention let go (P1). Another message under one of them would have its
-- Message-ID, its personal links and its return paths.
CREATE TABLE number_given (
  what TEXT PRIMARY KEY,
  highest INTEGER NOT NULL
) STRICT;
