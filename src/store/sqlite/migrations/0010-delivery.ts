/** One row a message at most, made only when somebody is told about it; it goes with its message. */
export const delivery = `
CREATE TABLE deliveries (
  message_seq INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  door TEXT NOT NULL,
  state TEXT NOT NULL,
  gen INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  begun_at INTEGER NOT NULL,
  injected_at INTEGER,
  seen_at INTEGER,
  uncertain_at INTEGER,
  why TEXT
) STRICT;
CREATE INDEX deliveries_trying ON deliveries (door) WHERE state = 'trying';
CREATE INDEX deliveries_agent ON deliveries (agent, message_seq);

CREATE TABLE delivery_doors (
  agent TEXT NOT NULL,
  door TEXT NOT NULL,
  settings TEXT NOT NULL,
  PRIMARY KEY (agent, door)
) STRICT, WITHOUT ROWID;
`;
