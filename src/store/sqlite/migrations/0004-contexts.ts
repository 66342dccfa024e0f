/**
 * One row per namespace; a removed or expired context keeps its row without a value, so that its version goes on. The
 * history is cut to the newest changes by the write that adds one.
 */
export const contexts = `
CREATE TABLE contexts (
  namespace TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  value TEXT,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  expires_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE context_changes (
  namespace TEXT NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  via TEXT,
  change TEXT NOT NULL,
  reason TEXT,
  value TEXT,
  PRIMARY KEY (namespace, version)
) STRICT, WITHOUT ROWID;
`;
