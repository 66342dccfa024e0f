/** One row per life of an agent's program; the newest of an agent is its present one, the older ones tell its restarts. */
export const processes = `
CREATE TABLE processes (
  agent TEXT NOT NULL,
  incarnation INTEGER NOT NULL,
  host TEXT NOT NULL,
  command TEXT NOT NULL,
  cwd TEXT NOT NULL,
  policy TEXT NOT NULL,
  cause TEXT NOT NULL,
  nonce TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  pid INTEGER,
  start_time TEXT,
  boot_id TEXT,
  exit_code INTEGER,
  exit_signal TEXT,
  exit_reason TEXT,
  restart_at INTEGER,
  PRIMARY KEY (agent, incarnation)
) STRICT, WITHOUT ROWID;
`;
