/** Units are a JSON list of `[name, done]`. The reports of a mission are cut to the newest by the write that adds one. */
export const missions = `
CREATE TABLE missions (
  id TEXT PRIMARY KEY,
  title TEXT,
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  done INTEGER NOT NULL,
  total INTEGER NOT NULL,
  units TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  changed_seq INTEGER NOT NULL,
  dropped_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX missions_owner ON missions (owner, changed_seq);

CREATE TABLE mission_reports (
  mission TEXT NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  via TEXT,
  source TEXT NOT NULL,
  done INTEGER NOT NULL,
  total INTEGER NOT NULL,
  change TEXT NOT NULL,
  evidence TEXT,
  PRIMARY KEY (mission, number)
) STRICT, WITHOUT ROWID;
`;
