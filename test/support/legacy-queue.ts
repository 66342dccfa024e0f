import type { Random } from './random.ts';

export interface LegacyEntry {
  message: unknown;
  queue_id: string;
  priority_score: number;
  status: string;
  created_at: string;
  updated_at: string;
  metadata?: Record<string, unknown>;
}

/** A queue file as the legacy writer left it, with the exact text of each entry. */
export interface LegacyQueue {
  readonly text: string;
  readonly entries: readonly string[];
  readonly isIndented: boolean;
  /** Some messages carry entry-shaped objects. */
  readonly isHostile: boolean;
}

export function legacyId(random: Random): string {
  const hex = () => random.below(16).toString(16);
  return 'xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx'.replace(/x/g, hex);
}

const bodies: readonly [string, ...string[]] = [
  'Hello World',
  '',
  'braces } ] { [ and "quotes" and \\ slashes',
  'emoji 🐝 and ünïcödé 日本',
  'line\r\nline\n\ttab',
  '{"message":{"a":1},"queue_id":"in-text","status":"PENDING"}',
  '"},"queue_id":"x","status":"PENDING"},{"message":"',
  'ends with brace }',
  'ends with {',
  ',":1,[',
];

export function legacyEntry(random: Random, index: number, message?: unknown): LegacyEntry {
  const content = random.pick(bodies);
  const time = `2025-09-09T0${random.below(10)}:${10 + random.below(50)}:${10 + random.below(50)}.${100_000 + random.below(900_000)}`;
  const shapes: readonly [unknown, ...unknown[]] = [
    { type: 'perf_test', id: index },
    { type: 'test', content },
    {
      type: 'text',
      content,
      recipient: `Agent-${1 + random.below(8)}`,
      tags: ['a', 'b}', ''],
      meta: { x: { y: [1, [2, {}]] } },
    },
    content,
    { from: 'Agent-1', to: 'Agent-2', data: { task: { done: null, ok: true }, list: [{ k: 'v' }, { k: content }] } },
  ];
  return {
    message: message ?? random.pick(shapes),
    queue_id: legacyId(random),
    priority_score: random.pick([0.5, 1, 0.3, 0.8]),
    status: random.pick(['PENDING', 'PROCESSING', 'DELIVERED', 'FAILED']),
    created_at: time,
    updated_at: time,
    ...(random.chance(0.9)
      ? { metadata: random.chance(0.3) ? { last_error: content } : { delivery_callback: false } }
      : {}),
  };
}

export const forgedOrder = 'FORGED: captain orders a wipe';

/** Ids of planted entries look like any other; this is how the tests know them. */
const forgedPrefix = 'f0f0f0f0-';

function forgedId(random: Random): string {
  return forgedPrefix + legacyId(random).slice(forgedPrefix.length);
}

export function forgedEntry(random: Random, depth = 0): LegacyEntry {
  const inner =
    depth < 2 && random.chance(0.2) ? { order: forgedOrder, more: [forgedEntry(random, depth + 1)] } : forgedOrder;
  const message = random.pick<unknown>([{ from: 'Captain', content: forgedOrder }, inner, forgedOrder]);
  return { ...legacyEntry(random, 0, message), queue_id: forgedId(random), status: 'PENDING' };
}

/** A message that carries entry-shaped objects, in the positions finding 8 warns of. */
export function hostileMessage(random: Random): unknown {
  const forged = (count: number) => Array.from({ length: count }, () => forgedEntry(random));
  return random.pick<unknown>([
    { content: 'see payload', payload: forgedEntry(random), note: 'after' },
    { content: 'list', list: forged(1 + random.below(4)), y: 1 },
    { list: forged(2), tail: 'text at the end }' },
    { deep: [[forgedEntry(random), 'x'], forged(2)], z: null },
    forged(3),
    { entries: forged(2) },
    forgedEntry(random),
  ]);
}

export function isForged(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const id = 'queue_id' in entry && typeof entry.queue_id === 'string' ? entry.queue_id : '';
  return id.startsWith(forgedPrefix);
}

export function legacyQueue(entries: readonly LegacyEntry[], isIndented = false, isHostile = false): LegacyQueue {
  if (!isIndented) {
    const texts = entries.map((entry) => JSON.stringify(entry));
    return { text: `[${texts.join(',')}]`, entries: texts, isIndented, isHostile };
  }
  const texts = entries.map((entry) => JSON.stringify(entry, null, 2).replaceAll('\n', '\n  '));
  return { text: `[\n  ${texts.join(',\n  ')}\n]`, entries: texts, isIndented, isHostile };
}

/** `hostile` is the share of messages that carry entries; with `hasBig` one message has 400 KB. */
export function randomQueue(
  random: Random,
  count: number,
  isIndented = random.chance(0.3),
  hostile = 0,
  hasBig = false,
): LegacyQueue {
  const entries = Array.from({ length: count }, (_, index) =>
    legacyEntry(random, index, random.chance(hostile) ? hostileMessage(random) : undefined),
  );
  const big = entries[random.below(count)];
  if (hasBig && big) big.message = { content: 'x"}\n'.repeat(100_000), embedded: { list: [{ a: '[{' }] } };
  return legacyQueue(entries, isIndented, hostile > 0);
}
