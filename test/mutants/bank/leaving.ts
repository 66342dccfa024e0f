import { contracts, type Mutant, mutant, store } from '../mutant.ts';

const sender = 'src/outbox/outbox-sender.test.ts';
const webhook = 'src/outbox/publishers/webhook.test.ts';

export const leaving: readonly Mutant[] = [
  mutant(
    'a destination that asked for time is asked on',
    'G21',
    [`${store}/outbox-rows.ts`, 'AND coalesce(d.held_until, 0) <= ?', 'AND coalesce(d.held_until, 0) <= ? + 1e15'],
    [contracts, sender],
  ),
  mutant(
    'a destination has two under way at once',
    'G21',
    [
      `${store}/outbox-rows.ts`,
      `SELECT 1 FROM outbox AS s WHERE s.destination = d.name AND s.state = 'sending')
       ORDER BY`,
      `SELECT 1 FROM outbox AS s WHERE s.destination = d.name AND s.state = 'flying')
       ORDER BY`,
    ],
    [contracts],
  ),
  mutant(
    'a try that was given up settles the next one',
    'G21',
    [`${store}/outbox-rows.ts`, 'WHERE id = ? AND attempt = ? AND state', 'WHERE id = ? AND attempt >= ? AND state'],
    [contracts],
  ),
  mutant(
    'what a killed hub was sending is forgotten',
    'G21',
    ['src/outbox/outbox-sender.ts', 'await this.#options.store.outbox.reclaim();', ''],
    [sender],
  ),
  mutant(
    'only the first address of a name is vetted',
    'S2',
    ['src/outbox/guarded-post.ts', 'addresses.find(({ address })', 'addresses.slice(0, 1).find(({ address })'],
    [webhook],
  ),
  mutant(
    'a connection asks the name again',
    'S2',
    [
      'src/outbox/guarded-post.ts',
      '      lookup: pinned,\n',
      '      lookup: (_host, _options, answer) => void resolve2(answer),\n',
    ],
    [webhook],
    [
      [
        'src/outbox/guarded-post.ts',
        'function exchange(\n  { to: { url }, headers, body }: PostOptions,',
        'function exchange(\n  { to: { url }, headers, body, resolve: ask }: PostOptions,',
      ],
      [
        'src/outbox/guarded-post.ts',
        "  const send = url.protocol === 'https:'",
        "  const resolve2 = async (answer: (error: null, found: never) => void) => answer(null, (await ask(url.hostname)) as never);\n  const send = url.protocol === 'https:'",
      ],
    ],
  ),
  mutant(
    'an address written as one number is taken for a name',
    'S2',
    [
      'src/outbox/webhook-url.ts',
      'loopbackHosts.has(url.hostname) && hostAsTyped(text) === url.hostname',
      'loopbackHosts.has(url.hostname)',
    ],
    ['src/outbox/webhook-url.test.ts'],
  ),
];
