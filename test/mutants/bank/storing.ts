import { contracts, durability, edges, type Mutant, mutant, store, swarm } from '../mutant.ts';

export const storing: readonly Mutant[] = [
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
];
