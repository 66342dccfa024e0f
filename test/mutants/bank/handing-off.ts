import { contracts, type Mutant, mutant, store } from '../mutant.ts';

export const handingOff: readonly Mutant[] = [
  mutant(
    'a moved lease keeps its generation',
    ['G20', 'G6'],
    [`${store}/move-leases.ts`, 'const gen = core.ledger.nextSeq();', 'const gen = row.gen;'],
    [contracts],
  ),
  mutant(
    'what the former owner held stays with it',
    'G20',
    [
      'src/mission/hand-offs.ts',
      'const leases = await tx.handOffs.moveLeases({ from, to, leaseMs: this.#parts.limits.leaseMs });',
      'const leases = await tx.handOffs.moveLeases({ from, to, leaseMs: this.#parts.limits.leaseMs, ids: [] });',
    ],
    [contracts],
  ),
  mutant(
    'a mission changes hands whoever owns it by now',
    'G20',
    [
      `${store}/mission-rows.ts`,
      'updated_at = ?, changed_seq = ? WHERE id = ? AND epoch = ?',
      'updated_at = ?, changed_seq = ? WHERE id = ? AND epoch > 0 * ?',
    ],
    [contracts],
  ),
  mutant(
    'a former owner still reports progress',
    'G20',
    ['src/mission/missions.ts', 'if (owner === report.agent && (', 'if (owner !== undefined && ('],
    [contracts],
  ),
  mutant(
    'anybody may accept an offer',
    'G20',
    [
      'src/mission/hand-offs.ts',
      'if (handOff.to !== agent) throw notYours',
      'if (handOff.to === undefined) throw notYours',
    ],
    [contracts],
  ),
  mutant(
    'an offer that is over may be accepted',
    'G20',
    [`${store}/hand-off-rows.ts`, `AND expires_at <= ? ORDER`, `AND expires_at <= 0 * ? ORDER`],
    [contracts],
  ),
  mutant(
    'a moved message leaves a hole nobody counts',
    ['G20', 'G9'],
    [`${store}/move-leases.ts`, 'SET moved = moved + 1,', 'SET moved = moved,'],
    [contracts],
  ),
];
