import type { HistoryRecord } from '../history/record.ts';
import type { FindingClass } from '../history/report.ts';

export type Step = Partial<HistoryRecord>;
export interface BadHistory {
  readonly class: FindingClass;
  readonly what: string;
  readonly records: readonly HistoryRecord[];
}

/** Steps one millisecond apart, or at the instants they name, by one client unless they say otherwise. */
export function story(...steps: readonly (Step | readonly Step[])[]): HistoryRecord[] {
  let t = 0;
  return steps.flat().map((step) => {
    t = step.t_mono ?? t + 1;
    return { proc: 'ada', incarnation: 0, op: 'send', phase: 'ok', ...step, t_mono: t };
  });
}

let calls = 0;
export const call = (op: HistoryRecord['op'], asked: Step, ...ends: Step[]): Step[] => {
  calls += 1;
  const answers = ends.length === 0 ? [{}] : ends;
  return [{ op, call: calls, ...asked, phase: 'invoke' }, ...answers.map((end) => ({ op, call: calls, ...end }))];
};
const send = (id: string, more: Step = {}): Step[] =>
  call('send', { key: `key-${id}`, hash: `hash-${id}`, inbox: 'bob', max_attempts: 5, ...more }, { id });
const delivery = (id: string, seq: number, gen = 1, more: Step = {}): Step => ({
  id,
  inbox: 'bob',
  seq,
  gen,
  attempt: gen,
  key: `key-${id}`,
  hash: `hash-${id}`,
  max_attempts: 5,
  ...more,
});
const lease = (id: string, seq: number, gen = 1, more: Step = {}): Step[] =>
  call('lease', { inbox: 'bob', lease_ms: 100 }, delivery(id, seq, gen, more));
const ack = (id: string, gen = 1): Step[] => call('ack', { id, gen }, { id, gen });
const nack = (id: string, gen = 1, state = 'ready'): Step[] => call('nack', { id, gen }, { id, gen, state });
const final = (id: string, state: string, more: Step = {}): Step => ({ op: 'final', id, state, ...more });
const stats = (counts: Record<string, number>, more: Step = {}): Step[] =>
  call('stats', more, { ...more, stats: counts });
const done = (id: string, seq: number): Step[] => [...send(id), ...lease(id, seq), ...ack(id)];
const set = (key: string, expected: number, value: string, version: number): Step[] =>
  call('context.set', { key, version: expected, value }, { key, version });
const get = (key: string, version: number, value?: string): Step[] =>
  call('context.get', { key }, { key, version, ...(value === undefined ? {} : { value }) });

const bad = (kind: FindingClass, what: string, ...steps: (Step | Step[])[]): BadHistory => ({
  class: kind,
  what,
  records: story(...steps),
});

/** Each breaks one promise in one way. */
export const badHistories: readonly BadHistory[] = [
  bad('lost', 'accepted, never seen again', send('a'), send('b'), final('b', 'ready')),
  bad('lost', 'the store knows it no longer', send('a'), final('a', 'missing')),
  bad('lost', 'delivered, not settled, gone', send('a'), lease('a', 1), final('a', 'missing')),
  bad('lost', 'given back, then gone', send('a'), lease('a', 1), nack('a'), final('a', 'missing')),
  bad(
    'lost',
    'gone though its ack was refused',
    send('a'),
    lease('a', 1),
    call('ack', { id: 'a', gen: 1 }, { phase: 'fail' }),
    final('a', 'missing'),
  ),
  bad('lost', 'called acked, though nobody acked it', send('a'), final('a', 'acked')),
  bad('lost', 'called cancelled, though nobody cancelled it', send('a'), final('a', 'cancelled')),
  bad('lost', 'called expired, though it was to last', send('a'), final('a', 'expired')),
  bad(
    'lost',
    'two sends answered with one id',
    send('a'),
    call('send', { key: 'other', hash: 'h', inbox: 'bob' }, { id: 'a' }),
  ),
  bad('phantom', 'delivered, never sent', done('a', 1), lease('ghost', 2)),
  bad(
    'phantom',
    'delivered though its send was refused',
    call('send', { key: 'key-a', inbox: 'bob' }, { phase: 'fail', error: 'queue_full' }),
    lease('a', 1),
  ),
  bad('phantom', 'delivered before it was sent', lease('a', 1), send('a')),
  bad(
    'phantom',
    'one unanswered send delivered as two',
    call('send', { hash: 'h', inbox: 'bob' }, { phase: 'info' }),
    lease('x', 1, 1, { key: 'none', hash: 'h' }),
    lease('y', 2, 1, { key: 'none', hash: 'h' }),
  ),
  bad('phantom', 'stored, never sent', final('ghost', 'ready')),
  bad('altered', 'another body came out', send('a'), lease('a', 1, 1, { hash: 'other' })),
  bad(
    'altered',
    'another body came out the second time',
    send('a'),
    lease('a', 1),
    nack('a'),
    lease('a', 1, 2, { hash: 'other' }),
  ),
  bad('altered', 'another body is stored', send('a'), final('a', 'ready', { hash: 'other' })),
  bad(
    'altered',
    'a repeat with another body was accepted',
    send('a'),
    call('send', { key: 'key-a', hash: 'other', inbox: 'bob' }, { id: 'a' }),
  ),
  bad(
    'altered',
    'an unanswered send came out changed',
    call('send', { key: 'key-a', hash: 'hash-a', inbox: 'bob' }, { phase: 'info' }),
    lease('a', 1, 1, { hash: 'other' }),
  ),
  bad('dup-accept', 'the repeat got an id of its own', send('a'), send('b', { key: 'key-a', hash: 'hash-a' })),
  bad(
    'dup-accept',
    'delivered under two ids',
    send('a'),
    lease('a', 1),
    ack('a'),
    lease('b', 2, 1, { key: 'key-a', hash: 'hash-a' }),
  ),
  bad(
    'dup-accept',
    'both tries of an unanswered send were stored',
    call('send', { key: 'key-a', hash: 'hash-a', inbox: 'bob' }, { phase: 'info' }),
    send('a'),
    lease('b', 1, 1, { key: 'key-a', hash: 'hash-a' }),
  ),
  bad('double-settle', 'acked twice', done('a', 1), ack('a')),
  bad(
    'double-settle',
    'acked by two clients at once',
    send('a'),
    lease('a', 1),
    { op: 'ack', phase: 'invoke', id: 'a', gen: 1, call: 9_001 },
    { op: 'ack', phase: 'invoke', id: 'a', gen: 1, call: 9_001, proc: 'bob' },
    { op: 'ack', id: 'a', gen: 1, call: 9_001 },
    { op: 'ack', id: 'a', gen: 1, call: 9_001, proc: 'bob' },
  ),
  bad('double-settle', 'acked after it had been given back', send('a'), lease('a', 1), nack('a'), ack('a')),
  bad('double-settle', 'given back twice', send('a'), lease('a', 1), nack('a'), nack('a')),
  bad('revived', 'acked, then delivered again', done('a', 1), lease('a', 1, 2)),
  bad('revived', 'cancelled, then delivered', send('a'), call('cancel', { id: 'a' }), lease('a', 1)),
  bad(
    'revived',
    'a dead letter delivered without a redrive',
    send('a'),
    lease('a', 1),
    nack('a', 1, 'dead'),
    lease('a', 1, 2),
  ),
  bad('revived', 'acked, but ready at the end', done('a', 1), final('a', 'ready')),
  bad(
    'revived',
    'handed out again while its ack was on the way',
    send('a'),
    lease('a', 1),
    { op: 'ack', phase: 'invoke', id: 'a', gen: 1, call: 9_002 },
    lease('a', 1, 2),
    { op: 'ack', id: 'a', gen: 1, call: 9_002 },
  ),
  bad(
    'overlap',
    'leased again while the first lease ran',
    send('a'),
    lease('a', 1, 1, { lease_until: 1_000 }),
    lease('a', 1, 2),
  ),
  bad(
    'overlap',
    'leased again while the extended lease ran',
    send('a'),
    lease('a', 1, 1, { lease_until: 10 }),
    call('extend', { id: 'a', gen: 1, lease_ms: 1_000 }, { lease_until: 1_000 }),
    lease('a', 1, 2),
  ),
  bad('overlap', 'one generation handed out twice', send('a'), lease('a', 1), lease('a', 1)),
  bad('overlap', 'a generation went back', send('a'), lease('a', 1, 2, { attempt: 1 }), lease('a', 1, 1)),
  bad('stale-accepted', 'given back after the next lease', send('a'), lease('a', 1), lease('a', 1, 2), nack('a', 1)),
  bad('stale-accepted', 'acked after the next lease', send('a'), lease('a', 1), lease('a', 1, 2), ack('a', 1)),
  bad(
    'stale-accepted',
    'extended after the next lease',
    send('a'),
    lease('a', 1),
    lease('a', 1, 2),
    call('extend', { id: 'a', gen: 1 }, { lease_until: 5 }),
  ),
  bad('inversion', 'the second came first', send('a'), send('b'), lease('b', 2), lease('a', 1)),
  bad(
    'inversion',
    'the wrong way round in one answer',
    send('a'),
    send('b'),
    call('lease', { inbox: 'bob' }, delivery('b', 2), delivery('a', 1)),
  ),
  bad(
    'inversion',
    'overtaken within one ordering key',
    send('a', { ordering_key: 'o' }),
    send('b', { ordering_key: 'o' }),
    lease('b', 2),
    lease('a', 1),
  ),
  bad('gap', 'a position nobody can hold', send('a'), lease('a', 1), send('b'), lease('b', 3)),
  bad('gap', 'the first position is missing', send('a'), lease('a', 2)),
  bad('gap', 'one position for two messages', send('a'), send('b'), lease('a', 1), lease('b', 1)),
  bad('over-attempt', 'the sixth of five', send('a'), lease('a', 1, 1, { attempt: 6 })),
  bad(
    'over-attempt',
    'more deliveries than it counts',
    send('a', { max_attempts: 1 }),
    lease('a', 1, 1, { max_attempts: 1 }),
    lease('a', 1, 2, { attempt: 1, max_attempts: 1 }),
  ),
  bad('conservation', 'the states hold less than was accepted', stats({ accepted: 3, ready: 1, acked: 1 })),
  bad('conservation', 'the states hold more', stats({ accepted: 1, ready: 1, leased: 1 }, { inbox: 'bob' })),
  bad('conservation', 'fewer accepted than were answered', send('a'), send('b'), stats({ accepted: 1, ready: 1 })),
  bad('starved', 'an idle consumer was passed by', send('a'), call('wait', { inbox: 'bob' }, { t_mono: 40_000 })),
  bad('starved', 'an empty answer after a long wait', send('a'), call('lease', { inbox: 'bob' }, { t_mono: 40_000 })),
  bad(
    'starved',
    'given back, then left lying',
    send('a'),
    lease('a', 1),
    nack('a'),
    call('wait', { inbox: 'bob' }, { t_mono: 40_000 }),
  ),
  bad(
    'starved',
    'its delay was over, and nobody noticed',
    send('a', { delay_ms: 5_000 }),
    call('wait', { inbox: 'bob' }, { t_mono: 40_000 }),
  ),
  bad(
    'forged',
    'another name than the sender proved',
    send('a', { authenticated: 'eve' }),
    lease('a', 1, 1, { from: 'captain' }),
  ),
  bad(
    'forged',
    'the consumer can tell by itself',
    send('a'),
    lease('a', 1, 1, { from: 'captain', authenticated: 'eve' }),
  ),
  bad('not-linearizable', 'a read of what nobody wrote', get('goal', 1, 'x')),
  bad('not-linearizable', 'a read that misses the write before it', set('goal', 0, 'x', 1), get('goal', 0)),
  bad('not-linearizable', 'two writes over one version', set('goal', 0, 'x', 1), set('goal', 0, 'y', 2)),
  bad('not-linearizable', 'a version given twice', set('goal', 0, 'x', 1), set('goal', 1, 'y', 1)),
];
