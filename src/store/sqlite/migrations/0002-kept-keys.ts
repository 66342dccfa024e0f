/**
 * Idempotency keys of messages whose rows are gone. A key outlives its row, because a sender may repeat a send, and a
 * person may import a file again, after the message was purged. `changed_at` is the steady time at which the message
 * reached its end, as in `messages`; `salvaged` keys are never forgotten.
 */
export const keptKeys = `
CREATE TABLE kept_keys (
  sender TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  seq INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  state INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  content_hash TEXT,
  salvaged INTEGER NOT NULL,
  PRIMARY KEY (sender, idempotency_key, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_keys_forgettable ON kept_keys (changed_at) WHERE salvaged = 0;
`;
