/** `moved` counts an inbox's messages that went on to another one with a hand-off, as `pruned` counts those deleted. */
export const handOffs = `
CREATE TABLE hand_offs (
  seq INTEGER PRIMARY KEY,
  created_at INTEGER NOT NULL,
  mission TEXT NOT NULL,
  from_agent TEXT NOT NULL,
  to_agent TEXT NOT NULL,
  state TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  note TEXT,
  reason TEXT,
  offered_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  settled_at INTEGER,
  next_epoch INTEGER,
  leases TEXT NOT NULL
) STRICT;
CREATE INDEX hand_offs_open ON hand_offs (expires_at) WHERE state = 'offered';
CREATE INDEX hand_offs_mission ON hand_offs (mission, seq);

ALTER TABLE inboxes ADD COLUMN moved INTEGER NOT NULL DEFAULT 0;
`;
