/**
 * States and priorities are small integers (see `codes.ts`); partial indexes name them literally, so that a query must
 * say the state to use one. Hot columns stand before the body. `seq` is the change sequence of the accept, `gen` that
 * of the latest lease and `settled_seq` that of the ack: together with `events` they are the spine of events.
 */
export const initial = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  seq INTEGER PRIMARY KEY,
  state INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  gen INTEGER NOT NULL DEFAULT 0,
  leased_at INTEGER,
  lease_expires_at INTEGER,
  lease_ms INTEGER,
  settled_seq INTEGER,
  settled_at INTEGER,
  ready_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  ack_by_at INTEGER,
  overdue INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL,
  inbox TEXT NOT NULL,
  inbox_seq INTEGER NOT NULL,
  size INTEGER NOT NULL,
  sender TEXT NOT NULL,
  via TEXT,
  kind TEXT NOT NULL,
  thread_id TEXT,
  reply_to TEXT,
  ordering_key TEXT,
  idempotency_key TEXT,
  content_hash TEXT,
  provenance TEXT,
  subject TEXT,
  body_json INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX messages_ready ON messages (inbox, priority, seq) WHERE state = 0;
CREATE INDEX messages_scheduled ON messages (ready_at) WHERE state = 1;
CREATE INDEX messages_leased ON messages (lease_expires_at) WHERE state = 2;
CREATE INDEX messages_dead ON messages (inbox, seq) WHERE state = 4;
CREATE INDEX messages_expiring ON messages (expires_at) WHERE expires_at IS NOT NULL AND state IN (0, 1);
CREATE INDEX messages_ack_by ON messages (ack_by_at) WHERE ack_by_at IS NOT NULL AND overdue = 0 AND state IN (0, 1, 2);
CREATE INDEX messages_ordering ON messages (inbox, ordering_key, seq) WHERE ordering_key IS NOT NULL AND state IN (0, 1, 2);
CREATE INDEX messages_thread ON messages (thread_id, seq) WHERE thread_id IS NOT NULL;
CREATE INDEX messages_gen ON messages (gen) WHERE gen > 0;
CREATE INDEX messages_settled ON messages (settled_seq) WHERE settled_seq IS NOT NULL;
CREATE UNIQUE INDEX messages_idempotency ON messages (sender, idempotency_key, inbox) WHERE idempotency_key IS NOT NULL;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  message_seq INTEGER,
  inbox TEXT,
  agent TEXT,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX events_message ON events (message_seq, seq) WHERE message_seq IS NOT NULL;

CREATE TABLE inboxes (
  inbox TEXT PRIMARY KEY,
  pruned INTEGER NOT NULL DEFAULT 0,
  last_pruned_seq INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE agents (
  id TEXT PRIMARY KEY,
  role TEXT,
  skills TEXT NOT NULL,
  client TEXT,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE messages_fts USING fts5 (subject, body, content = 'messages', content_rowid = 'seq', tokenize = 'unicode61');
`;
