import type { GuaranteeId } from '../guarantees.ts';

/** One bug, put into the real source by hand. */
export interface Mutant {
  readonly id: string;
  /** The promises it breaks. */
  readonly breaks: readonly GuaranteeId[];
  readonly edits: readonly Edit[];
  /** Test files of which at least one must fail. */
  readonly killers: readonly string[];
  /** It makes somebody wait for ever, so a test that runs out of time has seen it; else that says only that a machine is slow. */
  readonly hangs?: boolean;
}

export interface Edit {
  readonly file: string;
  /** Exact text, once in the file: when the source moves on, the mutant says so instead of testing nothing. */
  readonly find: string;
  readonly replace: string;
}

const store = 'src/store/sqlite';
const contracts = `${store}/sqlite-store.test.ts`;
const durability = `${store}/sqlite-durability.test.ts`;
const edges = `${store}/sqlite-edges.test.ts`;
const http = 'src/http/http.test.ts';
const swarm = 'src/sdk/swarm.test.ts';
const recovery = 'src/recovery/recover.test.ts';

const hanging = new Set([
  'a waiting consumer is not woken',
  'a wake-up is not passed on',
  'mail leased for a consumer that is gone is kept',
  'nobody looks when something falls due',
]);

function mutant(
  id: string,
  breaks: GuaranteeId | readonly GuaranteeId[],
  [file, find, replace]: readonly [string, string, string],
  killers: readonly string[],
  more: readonly (readonly [string, string, string])[] = [],
): Mutant {
  const edits = [[file, find, replace] as const, ...more].map(([file, find, replace]) => ({ file, find, replace }));
  return { id, breaks: typeof breaks === 'string' ? [breaks] : breaks, edits, killers, hangs: hanging.has(id) };
}

export const bank: readonly Mutant[] = [
  // Storing
  mutant(
    'commits are not synced',
    'G1',
    [
      `${store}/group-writer.ts`,
      `this.#setSynchronous(jobs.every((job) => job.durability === 'lazy') ? 'lazy' : 'durable');`,
      `this.#setSynchronous('lazy');`,
    ],
    ['test/fault/sync-discipline.test.ts'],
  ),
  mutant(
    'the engine default decides about syncing',
    'G1',
    [`${store}/database.ts`, 'PRAGMA synchronous = FULL;', 'PRAGMA synchronous = NORMAL;'],
    [durability],
  ),
  mutant(
    'the answer leaves before the commit',
    ['G1', 'G2'],
    [
      `${store}/group-writer.ts`,
      'outcomes.push({ job, ok: true, value: result instanceof Promise ? await result : result });',
      'const value = result instanceof Promise ? await result : result; job.resolve(value); outcomes.push({ job, ok: true, value });',
    ],
    [edges],
  ),
  mutant(
    'a broadcast is accepted piece by piece',
    'G1',
    [
      `${store}/accept.ts`,
      'return atomically(core, () =>\n    requests.map(',
      'return ((_: Core, all: () => AcceptReceipt[]) => all())(core, () =>\n    requests.map(',
    ],
    [contracts],
  ),
  mutant(
    'a send is repeated without a key',
    'G2',
    ['src/sdk/remote-transport.ts', 'repeat.withKey(input, this.#newKey) : input;', 'input : input;'],
    [swarm, 'src/sdk/repeats.test.ts'],
  ),
  mutant(
    'a lost answer of a settle is taken for a refusal',
    'G2',
    ['src/sdk/remote-transport.ts', 'mayHaveHappened = true;', 'mayHaveHappened = false;'],
    [swarm, 'src/sdk/repeats.test.ts'],
  ),
  mutant(
    'keys are remembered in memory alone',
    'G3',
    [
      `${store}/accept.ts`,
      'const known = request.idempotencyKey === undefined ? undefined : findDuplicate(core, request, request.idempotencyKey);',
      `const memory = ((globalThis as { memory?: WeakMap<object, Set<string>> }).memory ??= new WeakMap());
  const keys = memory.get(core) ?? memory.set(core, new Set()).get(core) ?? new Set();
  const isKnown = keys.has(String(request.idempotencyKey));
  keys.add(String(request.idempotencyKey));
  if (!isKnown) core.sql('UPDATE messages SET idempotency_key = NULL WHERE idempotency_key = ?').run(request.idempotencyKey ?? null);
  const known = request.idempotencyKey === undefined || !isKnown ? undefined : findDuplicate(core, request, request.idempotencyKey);`,
    ],
    [durability],
  ),
  mutant(
    'a key is one key for all senders',
    'G3',
    [
      `${store}/idempotency-keys.ts`,
      'WHERE sender = ?1 AND idempotency_key = ?2\n       UNION ALL',
      `WHERE sender <> ?1 || 'x' AND idempotency_key = ?2\n       UNION ALL`,
    ],
    [contracts],
  ),
  mutant(
    'a key answers for other content',
    'G3',
    [
      `${store}/accept.ts`,
      'if (first.content_hash !== (request.contentHash ?? null)) {',
      'if (first.content_hash === undefined) {',
    ],
    [contracts],
  ),

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
      'AND gen = ? AND state = 2 AND lease_expires_at > ? RETURNING',
      'AND gen <> -1 - ? AND state = 2 AND lease_expires_at > ? RETURNING',
    ],
    [contracts],
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
    [
      `${store}/lease.ts`,
      'AND state = 2 AND lease_expires_at > ? RETURNING',
      'AND state = 2 AND lease_expires_at > ? - 1e12 RETURNING',
    ],
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
    'a redrive resets the generation',
    ['G10', 'G6'],
    [
      `${store}/dead-letters.ts`,
      'SET state = 0, attempt = 0, ready_at',
      'SET state = 0, attempt = 0, gen = 0, ready_at',
    ],
    [contracts, 'test/property/store-model.test.ts'],
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
    [durability],
  ),
  mutant(
    'damage does not stop the writer',
    'G14',
    [
      `${store}/group-writer.ts`,
      `return kind === 'io' || kind === 'corrupt' || failure`,
      `return kind === 'io' || failure`,
    ],
    [durability],
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
      `throw new WaggleError(\n    'store_missing',\n    \`\${directory.marker} is damaged`,
      `if (text !== '') return undefined;\n  throw new WaggleError(\n    'store_missing',\n    \`\${directory.marker} is damaged`,
    ],
    ['src/hub/swarm-directory.test.ts'],
  ),

  // Security
  mutant(
    'a foreign page may call the hub',
    'S1',
    ['src/http/guard.ts', 'if (origin !== undefined && !ownHosts()', 'if (origin === null && !ownHosts()'],
    [http],
  ),
  mutant(
    'any Host is the hub’s own',
    'S1',
    ['src/http/guard.ts', 'if (hosts !== 1 || !known)', 'if (hosts < 0 || known === undefined)'],
    [http],
  ),
  mutant(
    'any token will do',
    'S1',
    [
      'src/http/guard.ts',
      `if (token === '' || !timingSafeEqual(digest(token), expected)) {`,
      `if (token === '' || digest(token).length !== expected.length) {`,
    ],
    [http],
  ),
  mutant(
    'the store may be read by others',
    'S1',
    [`${store}/sqlite-store.ts`, `chmodSync(file, 0o600)`, `chmodSync(file, 0o644)`],
    [http],
  ),
  mutant(
    'the token may be read by others',
    'S1',
    [
      'src/hub/swarm-directory.ts',
      `const handle = openSync(draft, 'w', 0o600);`,
      `const handle = openSync(draft, 'w', 0o644);`,
    ],
    [http],
  ),

  // Liveness
  mutant(
    'a waiting consumer is not woken',
    'L1',
    [
      'src/message/message-queue.ts',
      'store.onCommit((commit) => this.#waiters.wake(commit.ready))',
      'store.onCommit(() => {})',
    ],
    ['src/message/message-queue.test.ts'],
  ),
  mutant(
    'a wake-up is not passed on',
    'L1',
    [
      'src/message/message-queue.ts',
      'if (isLeaving && wasWoken) this',
      'if (isLeaving && wasWoken && remaining < 0) this',
    ],
    ['src/message/message-queue.test.ts'],
  ),
  mutant(
    'mail leased for a consumer that is gone is kept',
    'L1',
    [
      'src/http/frame-stream.ts',
      `if (op === 'message.lease' && this.#isGone)`,
      `if (op === 'message.peek' && this.#isGone)`,
    ],
    ['src/http/frame-stream.test.ts'],
  ),
  mutant(
    'a lease is renewed after its handler ended',
    'L1',
    ['src/sdk/consume.ts', 'if (!isWorking) return;\n    cancelRenewal', 'cancelRenewal'],
    [swarm],
  ),
  mutant(
    'nobody looks when something falls due',
    'L1',
    ['src/message/due-keeper.ts', 'store.onCommit((commit) => arm(commit.nextDueInMs))', 'store.onCommit(() => {})'],
    ['src/message/message-queue.test.ts', 'src/hub/operations.test.ts'],
  ),

  // Contexts
  mutant(
    'the version a writer read does not matter',
    'G16',
    [
      `${store}/context-rows.ts`,
      `if (ifVersion === 'any' || ifVersion === version) return;`,
      `if (ifVersion === 'any' || ifVersion <= version) return;`,
    ],
    [contracts],
  ),
  mutant(
    'a removed context forgets its version',
    'G16',
    [
      `${store}/context-rows.ts`,
      `function settleExpiry(core: Core, namespace: string): ContextRow | undefined {`,
      `function settleExpiry(core: Core, namespace: string): ContextRow | undefined {
  core.sql('DELETE FROM contexts WHERE namespace = ? AND value IS NULL').run(namespace);`,
    ],
    [contracts],
  ),
];
