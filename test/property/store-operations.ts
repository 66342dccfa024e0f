import * as fc from 'fast-check';
import { type Priority, priorities } from '../../src/message/message.ts';

/**
 * One step of a random walk. Messages and leases are named by number (`pick`), resolved against what exists when the
 * step runs, so that a shrunken walk stays meaningful and the same walk fits every store.
 */
export type Operation =
  | { readonly kind: 'accept'; readonly sends: readonly Send[] }
  | { readonly kind: 'lease'; readonly inbox: string; readonly limit: number; readonly leaseMs: number }
  | { readonly kind: 'ack' | 'extend'; readonly pick: number }
  | { readonly kind: 'nack'; readonly pick: number; readonly delayMs: number | undefined; readonly terminal: boolean }
  | { readonly kind: 'cancel'; readonly pick: number }
  | {
      readonly kind: 'redrive' | 'purge' | 'release' | 'discard';
      readonly pick: number;
      readonly inbox: string | undefined;
    }
  | { readonly kind: 'prune'; readonly ageMs: number; readonly all: boolean; readonly limit: number }
  | { readonly kind: 'forget'; readonly ageMs: number }
  | { readonly kind: 'pass'; readonly ms: number }
  /** Time passes and nobody looks: what fell due is found by the call that comes next. */
  | { readonly kind: 'drift'; readonly ms: number }
  | { readonly kind: 'jump'; readonly ms: number }
  | { readonly kind: 'remove'; readonly inbox: string; readonly cancelOpen: boolean }
  | { readonly kind: 'add'; readonly inbox: string }
  | { readonly kind: 'search'; readonly word: string }
  | { readonly kind: 'together'; readonly steps: readonly Operation[]; readonly fails: boolean };

export interface Send {
  readonly inboxes: readonly string[];
  readonly from: string;
  readonly body: string;
  readonly priority: Priority;
  readonly orderingKey: string | undefined;
  readonly key: string | undefined;
  readonly delayMs: number | undefined;
  readonly ttlMs: number | undefined;
  readonly ackByMs: number | undefined;
  readonly replyTo: number | undefined;
  readonly maxAttempts: number;
  /** A salvaged entry nobody may receive until it is released. */
  readonly isAmbiguous: boolean;
}

/** The inboxes of a walk; `ghost` is never registered. */
export const inboxes = ['ada', 'bob'] as const;
const words = ['parser', 'lexer', 'deploy', 'Größe'] as const;

/** Steps of time are multiples of 10 ms and limits are not, so no two deadlines meet a limit by accident. */
const tick = 10;
export const idempotencyMs = 5_005;

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const pick = fc.nat(40);
const inbox = fc.constantFrom(...inboxes);

const send: fc.Arbitrary<Send> = fc.record({
  inboxes: fc.oneof(
    { weight: 12, arbitrary: inbox.map((name) => [name]) },
    { weight: 2, arbitrary: fc.constant([...inboxes]) },
    { weight: 1, arbitrary: fc.constant(['ada', 'ghost']) },
  ),
  from: fc.constantFrom('bob', 'cy'),
  body: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }).map((chosen) => chosen.join(' ')),
  priority: fc.constantFrom(...priorities),
  orderingKey: some(fc.constantFrom('k', 'l')),
  key: some(fc.constantFrom('x', 'y')),
  delayMs: some(fc.integer({ min: 0, max: 200 }).map((ticks) => ticks * tick)),
  ttlMs: some(fc.integer({ min: 1, max: 300 }).map((ticks) => ticks * tick)),
  ackByMs: some(fc.integer({ min: 1, max: 300 }).map((ticks) => ticks * tick)),
  replyTo: some(pick),
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  isAmbiguous: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
});

const single: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('accept'), sends: fc.array(send, { minLength: 1, maxLength: 3 }) }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('lease'),
      inbox: fc.oneof({ weight: 20, arbitrary: inbox }, { weight: 1, arbitrary: fc.constant('ghost') }),
      limit: fc.integer({ min: 1, max: 4 }),
      leaseMs: fc.constantFrom(500, 1_000, 3_000),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('ack', 'extend'), pick }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('nack'),
      pick,
      delayMs: some(fc.constantFrom(0, 300, 1_000)),
      terminal: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel'), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('prune'),
      ageMs: fc.constantFrom(0, 1_005, 3_005),
      all: fc.boolean(),
      limit: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget'), ageMs: fc.constantFrom(0, 2_005) }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('redrive', 'purge', 'release', 'discard'), pick, inbox: some(inbox) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.integer({ min: 1, max: 200 }).map((n) => n * tick) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('drift'), ms: fc.integer({ min: 1, max: 200 }).map((n) => n * tick) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('jump'),
      ms: fc.integer({ min: -48, max: 48 }).map((n) => n * 3_600_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove'), inbox, cancelOpen: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add'), inbox }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('search'), word: fc.constantFrom(...words, 'absent') }) },
);

/** Steps that may stand in a transaction: all but those that move the clock, and retention, which works alone. */
const joinable = single.filter(({ kind }) => !['pass', 'drift', 'jump', 'prune', 'forget'].includes(kind));

/**
 * Calls made at once, without waiting for one another. Search is left out: it is several turns by design, and what comes
 * in between it may find or not. So are transactions: their bodies hear of a send before those who sent ahead of them.
 */
export const schedule: fc.Arbitrary<readonly Operation[]> = fc.oneof(
  { weight: 1, arbitrary: single.map((step) => [step]) },
  {
    weight: 3,
    arbitrary: fc.array(
      joinable.filter(({ kind }) => kind !== 'search'),
      { minLength: 2, maxLength: 8 },
    ),
  },
);

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 14, arbitrary: single },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('together'),
      steps: fc.array(joinable, { minLength: 1, maxLength: 5 }),
      fails: fc.boolean(),
    }),
  },
);
