/** `settings` holds addresses and keys; `next_at` and `held_until` are on the steady timeline. */
export const outbox = `
CREATE TABLE outbox_destinations (
  name TEXT PRIMARY KEY,
  publisher TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  held_until INTEGER,
  disabled TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  destination TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  key TEXT,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  settled_at INTEGER,
  detail TEXT
) STRICT;
CREATE INDEX outbox_due ON outbox (destination, next_at, seq) WHERE state = 'waiting';
CREATE INDEX outbox_sending ON outbox (destination) WHERE state = 'sending';
CREATE INDEX outbox_settled ON outbox (destination, state, seq) WHERE state IN ('sent', 'dead');
CREATE UNIQUE INDEX outbox_key ON outbox (destination, key) WHERE key IS NOT NULL;
`;
