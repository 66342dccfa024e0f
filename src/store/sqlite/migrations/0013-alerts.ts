/** `document` is the alert as the monitor knows it; the columns beside it are what is asked for. Stamps are wall time. */
export const alerts = `
CREATE TABLE alerts (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  fingerprint TEXT NOT NULL,
  state TEXT NOT NULL,
  document TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX alerts_open ON alerts (fingerprint) WHERE state <> 'resolved';

CREATE TABLE alert_silences (
  id TEXT PRIMARY KEY,
  until INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
