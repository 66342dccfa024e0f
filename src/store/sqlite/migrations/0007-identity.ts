/**
 * Who agents are: what they report of themselves, and their tokens. A token's row outlives its agent, so that an
 * incarnation is never given out a second time.
 */
export const identity = `
ALTER TABLE agents ADD COLUMN team TEXT;
ALTER TABLE agents ADD COLUMN capacity INTEGER;
ALTER TABLE agents ADD COLUMN workspace TEXT;
ALTER TABLE agents ADD COLUMN state TEXT NOT NULL DEFAULT 'offline';
ALTER TABLE agents ADD COLUMN state_reason TEXT;
ALTER TABLE agents ADD COLUMN state_at INTEGER;

CREATE TABLE agent_tokens (
  agent TEXT PRIMARY KEY,
  incarnation INTEGER NOT NULL,
  role TEXT NOT NULL,
  hash TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
`;
