import { contracts, type Mutant, mutant, store } from '../mutant.ts';

const loop = 'src/delivery/delivery-loop.test.ts';
const guard = 'src/delivery/loop-guard.test.ts';

export const knocking: readonly Mutant[] = [
  mutant(
    'what is uncertain is repeated by itself',
    'G5',
    [
      `${store}/delivery-rows.ts`,
      "record === undefined || record.state === 'refused' || record.gen !== gen",
      "record === undefined || record.state === 'refused' || record.state === 'uncertain' || record.gen !== gen",
    ],
    [contracts, loop],
  ),
  mutant(
    'what a killed hub was typing is typed again',
    'G5',
    [
      `${store}/delivery-rows.ts`,
      "repeatable.includes(row.door) ? 'refused' : 'uncertain'",
      "repeatable.includes(row.door) ? 'refused' : 'refused'",
    ],
    [contracts, loop],
  ),
  mutant(
    'the agent is told about a message that it acked',
    'G5',
    [`${store}/delivery-rows.ts`, 'if (!isRelevant(message) || hasExpired ||', 'if (hasExpired ||'],
    [contracts, loop],
  ),
  mutant(
    'the deed comes before its intent',
    'G5',
    [
      'src/delivery/delivery-loop.ts',
      'const messages = await store.deliveries.begin(agent, door.name, ids);',
      'const messages = pending;',
    ],
    [loop],
  ),
  mutant(
    'a door that broke in the middle is taken for one that refused',
    'G5',
    [
      'src/delivery/delivery-loop.ts',
      "door.repeatable ? { result: 'refused', reason: why } : { result: 'uncertain', why }",
      "{ result: 'refused', reason: why }",
    ],
    [loop],
  ),
  mutant(
    'a turn that may have begun is taken for one that did not',
    'G5',
    ['src/delivery/doors/codex-app-server.ts', 'if (isAsked && !isRefusal(error))', "if (isAsked && why === '')"],
    ['src/delivery/doors/codex-app-server.test.ts'],
  ),
  mutant(
    'mail of no urgency goes into the turn that runs',
    'G5',
    ['src/delivery/doors/codex-app-server.ts', "return urgency === 'interrupt'", "return urgency !== 'append'"],
    ['src/delivery/doors/codex-app-server.test.ts'],
  ),
  mutant(
    'a headless run that failed is made again',
    'G5',
    [
      'src/delivery/doors/exec.ts',
      "            result: 'uncertain',\n            why: `it ended with ${ended.code ?? 'a signal'}: ${plainExcerpt(ended.said, 300)}`,",
      "            result: 'refused',\n            reason: `it ended with ${ended.code ?? 'a signal'}: ${plainExcerpt(ended.said, 300)}`,",
    ],
    ['src/delivery/doors/exec.test.ts'],
  ),
  mutant(
    'two agents answer one another for ever',
    'S3',
    [
      'src/delivery/loop-guard.ts',
      'if (isTurn && exchange.count >= limit)',
      'if (isTurn && exchange.count >= limit * 1e9)',
    ],
    [guard],
  ),
  mutant(
    'a loop holds everybody who writes to one of the two',
    'S3',
    ['src/delivery/loop-guard.ts', "this.#count(`pair ${[from, to].sort().join(' ')}`", 'this.#count(`pair ${to}`'],
    [guard],
  ),
  mutant(
    'wakes have no budget',
    'S3',
    ['src/delivery/delivery-loop.ts', 'if (waitMs > 0) return', 'if (waitMs > 1e12) return'],
    [loop],
  ),
];
