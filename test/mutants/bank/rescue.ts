import { contracts, durability, edges, type Mutant, mutant, recovery, store } from '../mutant.ts';

export const rescue: readonly Mutant[] = [
  // Recovering
  mutant(
    'a file that cannot be read is an empty one',
    'G11',
    [
      'src/recovery/read-source.ts',
      `throw error instanceof WaggleError ? error : unreadable(path, 'could not be read', error);`,
      `return Buffer.from('[]');`,
    ],
    [recovery],
  ),
  mutant(
    'the source is read through a link',
    'G11',
    [
      'src/recovery/read-source.ts',
      'constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK',
      'constants.O_RDONLY | constants.O_NONBLOCK',
    ],
    [recovery],
  ),
  mutant(
    'an entry forged inside another is delivered',
    'G12',
    ['src/recovery/judgement.ts', `if (found === verdict.unproven) return this.#doubt(index, unprovenReason);`, ''],
    ['src/recovery/queue-scan.test.ts'],
  ),
  mutant(
    'a quarantined entry is delivered',
    'G12',
    [
      `${store}/accept.ts`,
      'const state: MessageState = request.state ?? (',
      `const state: MessageState = request.state?.replace('quarantined', 'ready') as MessageState ?? (`,
    ],
    [contracts],
  ),
  mutant(
    'a document may mean two things',
    'G12',
    [
      'src/json.ts',
      'if (result[key] !== undefined && Object.hasOwn(result, key)) {',
      'if (result[key] !== undefined && Object.hasOwn(result, 0)) {',
    ],
    ['src/json.test.ts'],
  ),

  // Staying up
  mutant(
    'an inbox has no limit',
    'G13',
    [`${store}/accept.ts`, 'counts.openMessages + 1 > inboxMessages', 'counts.openMessages + 1 > inboxMessages * 1e6'],
    [contracts],
  ),
  mutant(
    'a full disk is taken for damage',
    'G13',
    [
      `${store}/group-writer.ts`,
      `return kind === 'io' || kind === 'corrupt'`,
      `return kind === 'io' || kind === 'full' || kind === 'corrupt'`,
    ],
    [edges],
  ),
  mutant(
    'an I/O error does not stop the writer',
    'G14',
    [
      `${store}/group-writer.ts`,
      `return kind === 'io' || kind === 'corrupt' || failure`,
      `return kind === 'corrupt' || failure`,
    ],
    [`${store}/fail-stop.test.ts`],
  ),
  mutant(
    'damage does not stop the writer',
    'G14',
    [
      `${store}/group-writer.ts`,
      `return kind === 'io' || kind === 'corrupt' || failure`,
      `return kind === 'io' || failure`,
    ],
    [`${store}/fail-stop.test.ts`],
  ),
  mutant(
    'two hubs write one directory',
    'G15',
    [`${store}/writer-lock.ts`, `db.exec('BEGIN EXCLUSIVE');`, `db.exec('BEGIN');`],
    [durability],
  ),
  mutant(
    'a stale lock file is honoured',
    'G15',
    [
      `${store}/writer-lock.ts`,
      'db = new DatabaseSync(file, { timeout: 0 });',
      `if (process.getBuiltinModule('node:fs').existsSync(file)) throw Object.assign(new Error('locked'), { errcode: 5 });
    db = new DatabaseSync(file, { timeout: 0 });`,
    ],
    [durability],
  ),
  mutant(
    'a replaced writer commits again',
    'G15',
    [`${store}/group-writer.ts`, 'this.#hooks.checkOwnership(db);', ''],
    [durability],
  ),
  mutant(
    'a missing store is a fresh start',
    ['G15', 'G1'],
    ['src/compose.ts', '...(marker === undefined ? {} : { expectSwarmId: marker.swarmId }),', ''],
    ['src/hub/swarm-directory.test.ts'],
  ),
  mutant(
    'a damaged marker is a missing one',
    'G15',
    [
      'src/hub/swarm-directory.ts',
      `throw new WaggleError(\n    'store_corrupt',\n    \`\${directory.marker} is damaged`,
      `if (text !== '') return undefined;\n  throw new WaggleError(\n    'store_corrupt',\n    \`\${directory.marker} is damaged`,
    ],
    ['src/hub/swarm-directory.test.ts'],
  ),
];
