import { contracts, durability, type Mutant, mutant, store } from '../mutant.ts';

export const delivering: readonly Mutant[] = [
  // Delivering
  mutant(
    'the generation starts anew with each open',
    ['G4', 'G6', 'G15'],
    [`${store}/migrate.ts`, 'ON CONFLICT DO UPDATE SET value = CAST(value + 1 AS TEXT)', 'ON CONFLICT DO NOTHING'],
    [durability],
  ),
  mutant(
    'an ack needs no generation',
    'G6',
    [
      `${store}/lease.ts`,
      'AND gen = ? AND state = 2 AND lease_expires_at > ?`',
      'AND gen <> -1 - ? AND state = 2 AND lease_expires_at > ?`',
    ],
    [contracts],
    [
      [
        `${store}/lease.ts`,
        "WHERE seq = ? AND gen = ? AND state = 2',\n    )\n    .run(core.ledger.nextSeq()",
        "WHERE seq = ? AND gen <> -1 - ? AND state = 2',\n    )\n    .run(core.ledger.nextSeq()",
      ],
    ],
  ),
  mutant(
    'a nack and an extend need no generation',
    'G6',
    [`${store}/lease.ts`, 'row.state === 2 && row.gen === ref.gen && Number', 'row.state === 2 && Number'],
    [contracts],
  ),
  mutant(
    'an ack counts after its lease ran out',
    'G6',
    [`${store}/lease.ts`, 'AND state = 2 AND lease_expires_at > ?`', 'AND state = 2 AND lease_expires_at > ? - 1e12`'],
    [contracts],
  ),
  mutant(
    'leases run on the wall clock',
    'G7',
    [
      `${store}/sqlite-store.ts`,
      'this.#now = steadyTimeline(options.clock);',
      'this.#now = () => options.clock.now();',
    ],
    [contracts],
  ),
  mutant(
    'a restart grants no time',
    'G7',
    [
      `${store}/load-ledger.ts`,
      'SET lease_expires_at = ? + lease_ms WHERE state = 2',
      'SET lease_expires_at = lease_expires_at + 0 * ? WHERE state = 2',
    ],
    [durability],
  ),
  mutant(
    'ordering keys are ignored',
    'G8',
    [`${store}/lease.ts`, 'AND (m.ordering_key IS NULL OR NOT EXISTS (', 'AND (1 OR NOT EXISTS ('],
    [contracts],
  ),
  mutant(
    'the newest is delivered first',
    'G8',
    [`${store}/lease.ts`, 'ORDER BY m.priority, m.seq LIMIT ?', 'ORDER BY m.priority, m.seq DESC LIMIT ?'],
    [contracts],
  ),
  mutant(
    'an expired message is delivered',
    ['G4', 'G8'],
    [
      `${store}/lease.ts`,
      'AND (m.expires_at IS NULL OR m.expires_at > ?)',
      'AND (m.expires_at IS NULL OR m.expires_at > ? - 1e12)',
    ],
    [contracts],
  ),
  mutant(
    'purged messages are not counted',
    'G9',
    [`${store}/prune.ts`, 'SET pruned = pruned + 1,', 'SET pruned = pruned,'],
    [contracts],
  ),
  mutant(
    // Either of the two alone is made good by the other.
    'what is rolled back stays in the books',
    'G9',
    [`${store}/group-writer.ts`, 'ledger.rollback(mark);\n          outcomes', 'outcomes'],
    [contracts],
    [[`${store}/core.ts`, `undoTo(core, 'body');\n    core.ledger.rollback(mark);`, `undoTo(core, 'body');`]],
  ),
  mutant(
    'attempts are not counted when leased',
    'G10',
    [`${store}/lease.ts`, 'SET state = 2, attempt = attempt + 1, gen = ?', 'SET state = 2, gen = ?'],
    [contracts],
  ),
  mutant(
    'a lease that ran out costs no attempt',
    'G10',
    [
      `${store}/due.ts`,
      'const next = afterLeaseExpiry({\n      attempt: row.attempt,',
      'const next = afterLeaseExpiry({\n      attempt: 0,',
    ],
    [contracts],
  ),
  mutant(
    'the backoff has no cap',
    'G10',
    [
      'src/backoff.ts',
      'Math.min(policy.maxMs, policy.minMs * 2 ** (doublings + 1))',
      'policy.minMs * 2 ** (doublings + 1)',
    ],
    ['src/backoff.test.ts'],
  ),
  mutant(
    'errors of the attempts before the last are forgotten',
    'G10',
    [`${store}/dead-letters.ts`, `'message.rescued', 'message.dead')`, `'message.dead')`],
    [contracts],
  ),

  mutant(
    'the key of a purged message is forgotten',
    'G3',
    [`${store}/prune.ts`, 'keepKey(core, row);', ''],
    [contracts],
  ),
];
