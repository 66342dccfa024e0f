import { contracts, http, type Mutant, mutant, store } from '../mutant.ts';

export const doors: readonly Mutant[] = [
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
    ['src/http/guard.ts', 'if (isSame(token, options.token)) return operator;', `if (token !== '') return operator;`],
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
      'src/durable-file.ts',
      `const handle = openSync(draft, 'w', 0o600);`,
      `const handle = openSync(draft, 'w', 0o644);`,
    ],
    [http],
  ),

  // Liveness
  mutant(
    'a waiting consumer is not woken',
    'L1',
    ['src/message/message-queue.ts', 'this.#waiters.wake(commit.ready);\n      for', 'for'],
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
    ['src/sdk/consume.test.ts'],
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
  mutant(
    'a connection may have all its calls in flight',
    'G13',
    ['src/http/frame-stream.ts', 'const maxInFlight = 1_024;', 'const maxInFlight = 1e9;'],
    ['src/http/rogue-sender.test.ts'],
  ),
  mutant(
    'a sender has no rate',
    'G13',
    ['src/message/message-queue.ts', 'this.#budget.spend(sender, count);', 'void [sender, count];'],
    ['src/http/rogue-sender.test.ts'],
  ),
];
