/** Append-only by its triggers as well as by its code; `hash` covers the row and the hash before it. */
export const audit = `
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  role TEXT,
  incarnation INTEGER,
  action TEXT NOT NULL,
  subject TEXT,
  outcome TEXT NOT NULL,
  count INTEGER NOT NULL,
  detail TEXT,
  hash TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
`;
