import type { Random } from '../backoff.ts';
import type { HistoryRecord, PlacedRecord } from '../history/record.ts';
import type { FindingClass } from '../history/report.ts';

type Facts = Partial<HistoryRecord>;
type Mutation = (history: readonly PlacedRecord[], random: Random) => PlacedRecord[] | undefined;

/** One thing wrong in a history that had nothing wrong; undefined where it offers no place for it. */
export const mutations: Readonly<Record<FindingClass, Mutation>> = {
  lost: (history, random) => {
    // What was acked, cancelled or told to be dead has ended for a reason, even if a redrive gave it another life.
    const ended = new Set(
      history.filter(({ op, state }) => op === 'ack' || op === 'cancel' || state === 'dead').map(({ id }) => id),
    );
    const touched = history.some(({ op }) => op === 'purge');
    const brief = keysWith(history, ({ ttl_ms }) => ttl_ms !== undefined);
    const open = history.filter(
      ({ op, id, key, state }) =>
        op === 'final' &&
        !touched &&
        !ended.has(id) &&
        !brief.has(key) &&
        ['ready', 'leased', 'scheduled'].includes(state ?? ''),
    );
    const target = pick(open, random);
    return target && history.map((record) => (record === target ? without(record) : record));
  },
  phantom: (history) => {
    const facts = { id: 'ghost', inbox: 'ada', gen: 1, attempt: 1, key: 'ghost', hash: 'ghost' };
    return [...history, ...added(history, [{ op: 'lease', ...facts }])];
  },
  altered: (history, random) => onLease(history, random, () => true, { hash: 'another' }),
  forged: (history, random) => {
    const proven = keysWith(history, ({ authenticated }) => authenticated !== undefined);
    return onLease(history, random, ({ key }) => proven.has(key), { from: 'captain' });
  },
  'over-attempt': (history, random) => onLease(history, random, () => true, { attempt: 99 }),
  'dup-accept': (history, random) => {
    const call = pick(
      history.filter(
        ({ op, phase, id, key, inbox }) =>
          op === 'send' &&
          phase === 'ok' &&
          id !== undefined &&
          sentTo(history, key) !== undefined &&
          inbox === undefined,
      ),
      random,
    );
    const invoke =
      call && history.find(({ op, phase, key }) => op === 'send' && phase === 'invoke' && key === call.key);
    if (invoke === undefined) return undefined;
    const again = { ...fields(invoke), call: 1 };
    return [
      ...history,
      ...added(history, [
        { ...again, phase: 'invoke' },
        { op: 'send', phase: 'ok', call: 1, key: invoke.key ?? '', id: 'double' },
        { op: 'final', id: 'double', state: 'ready' },
      ]),
    ];
  },
  'double-settle': (history, random) => {
    const acked = pick(
      history.filter(({ op, phase }) => op === 'ack' && phase === 'ok'),
      random,
    );
    if (acked?.id === undefined || acked.gen === undefined) return undefined;
    const { id, gen } = acked;
    return [
      ...history,
      ...added(history, [
        { op: 'ack', phase: 'invoke', call: 1, id, gen },
        { op: 'ack', call: 1, id, gen },
      ]),
    ];
  },
  revived: (history, random) => {
    const acked = new Set(history.filter(({ op, phase }) => op === 'ack' && phase === 'ok').map(({ id }) => id));
    const final = pick(
      history.filter(({ op, id, attempt }) => op === 'final' && acked.has(id) && attempt === 1),
      random,
    );
    if (final === undefined) return undefined;
    const { id, inbox, seq, key, hash, gen = 1 } = final;
    const facts = defined({ id, inbox, seq, key, hash, gen: gen + 1, attempt: 2 });
    return [
      ...history,
      ...added(history, [
        { op: 'lease', phase: 'invoke', call: 1, inbox: inbox ?? '' },
        { op: 'lease', call: 1, ...facts },
      ]),
    ];
  },
  overlap: (history, random) => {
    const once = pick(
      leases(history).filter(
        (one) => one.attempt === 1 && !leases(history).some((other) => other.id === one.id && other !== one),
      ),
      random,
    );
    return once && insertAfter(history, once, [{ ...fields(once), call: 1 }]);
  },
  'stale-accepted': (history, random) => {
    const acked = new Set(history.filter(({ op, phase }) => op === 'ack' && phase === 'ok').map(({ id }) => id));
    const later = pick(
      leases(history).filter(({ id, attempt = 1 }) => attempt > 1 && !acked.has(id)),
      random,
    );
    if (later?.id === undefined || later.gen === undefined) return undefined;
    const stale = { op: 'extend', id: later.id, gen: later.gen - 1, call: 1 } as const;
    return [
      ...history,
      ...added(history, [
        { ...stale, phase: 'invoke', lease_ms: 1 },
        { ...stale, lease_until: 0 },
      ]),
    ];
  },
  inversion: (history, random) => {
    const excluded = keysWith(history, ({ delay_ms }) => delay_ms !== undefined);
    if (history.some(({ op, key }) => op === 'redrive' || key === 'power-cut')) return undefined;
    const firsts = leases(history).filter(
      ({ attempt, key, call, proc }) => attempt === 1 && !excluded.has(key) && call !== undefined && proc !== '',
    );
    const pairs = firsts.flatMap((a) =>
      firsts
        .filter(
          (b) =>
            b.inbox === a.inbox && b.priority === a.priority && orderingKey(history, a) === orderingKey(history, b),
        )
        .filter((b) => (b.seq ?? 0) > (a.seq ?? 0) && a.t_mono < invokeOf(history, b).t_mono)
        .map((b) => [a, b] as const),
    );
    const pair = pick(pairs, random);
    if (pair === undefined) return undefined;
    const [a, b] = pair;
    const swapped = new Map([
      [a.id, b.seq],
      [b.id, a.seq],
    ]);
    return history.map((record) => {
      const seq = swapped.get(record.id);
      return seq === undefined || record.seq === undefined ? record : { ...record, seq };
    });
  },
  gap: (history, random) => {
    const seen = history.filter(({ op, seq }) => op === 'final' && seq !== undefined && seq > 1);
    const target = pick(
      seen.filter(({ inbox, seq = 0 }) => seen.some((other) => other.inbox === inbox && other.seq === seq - 1)),
      random,
    );
    if (target?.seq === undefined) return undefined;
    const seq = target.seq - 1;
    return history.map((record) => (record.id === target.id && record.seq !== undefined ? { ...record, seq } : record));
  },
  conservation: (history, random) => {
    const counted = pick(
      history.filter(({ stats }) => stats !== undefined),
      random,
    );
    return (
      counted &&
      history.map((record) =>
        record === counted
          ? { ...record, stats: { ...record.stats, acked: 1 + (record.stats?.['acked'] ?? 0) } }
          : record,
      )
    );
  },
  starved: (history) => [
    ...history,
    ...added(history, [
      { op: 'send', phase: 'invoke', call: 1, key: 'late', hash: 'late', inbox: 'quiet' },
      { op: 'send', call: 1, id: 'late' },
      { op: 'wait', phase: 'invoke', call: 2, inbox: 'quiet' },
      { op: 'wait', call: 2, t_mono: 40_000 + (history.at(-1)?.t_mono ?? 0) },
      { op: 'final', id: 'late', state: 'ready' },
    ]),
  ],
  'not-linearizable': (history, random) => {
    const read = pick(
      history.filter(({ op, phase }) => op === 'context.get' && phase === 'ok'),
      random,
    );
    return read && history.map((record) => (record === read ? { ...record, value: 'never written' } : record));
  },
};

function onLease(
  history: readonly PlacedRecord[],
  random: Random,
  fits: (record: PlacedRecord) => boolean,
  change: Facts,
) {
  const target = pick(leases(history).filter(fits), random);
  return target && history.map((record) => (record === target ? { ...record, ...change } : record));
}

function leases(history: readonly PlacedRecord[]): PlacedRecord[] {
  return history.filter(({ op, phase, id }) => op === 'lease' && phase === 'ok' && id !== undefined);
}

function keysWith(history: readonly PlacedRecord[], fits: (record: PlacedRecord) => boolean): Set<string | undefined> {
  return new Set(
    history.filter((record) => record.op === 'send' && record.phase === 'invoke' && fits(record)).map(({ key }) => key),
  );
}

function sentTo(history: readonly PlacedRecord[], key: string | undefined): string | undefined {
  return history.find((record) => record.op === 'send' && record.phase === 'invoke' && record.key === key)?.inbox;
}

function orderingKey(history: readonly PlacedRecord[], { key }: PlacedRecord): string | undefined {
  return history.find((record) => record.op === 'send' && record.key === key)?.ordering_key;
}

function invokeOf(history: readonly PlacedRecord[], end: PlacedRecord): PlacedRecord {
  const { proc, incarnation, call } = end;
  const same = (record: PlacedRecord) =>
    record.proc === proc && record.incarnation === incarnation && record.call === call;
  return history.find((record) => record.phase === 'invoke' && same(record)) ?? end;
}

/** By a client of its own, after everything else unless they say when. */
function added(
  history: readonly PlacedRecord[],
  facts: readonly Facts[],
  from = history.at(-1)?.t_mono ?? 0,
): PlacedRecord[] {
  let t = from;
  return facts.map((more, index) => {
    t = more.t_mono ?? t + 1;
    // Every caller names op.
    return {
      phase: 'ok',
      ...more,
      t_mono: t,
      proc: 'mutant',
      incarnation: 0,
      file: 'mutant',
      line: index + 1,
    } as PlacedRecord;
  });
}

function insertAfter(history: readonly PlacedRecord[], place: PlacedRecord, facts: readonly Facts[]): PlacedRecord[] {
  const at = history.indexOf(place) + 1;
  const records = added(
    history,
    facts.map((more) => ({ ...more, t_mono: place.t_mono })),
  );
  const invoke = { ...records[0], phase: 'invoke' } as PlacedRecord; // of the first
  return [...history.slice(0, at), invoke, ...records, ...history.slice(at)];
}

/** What it says, without who and where. */
function fields({ t_mono: _t, proc: _p, incarnation: _i, file: _f, line: _l, ...facts }: PlacedRecord): Facts {
  return facts;
}

function without(record: PlacedRecord): PlacedRecord {
  const { seq: _seq, ...rest } = record;
  return { ...rest, state: 'missing' };
}

function defined(facts: Record<string, unknown>): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Facts; // same keys
}

function pick<T>(from: readonly T[], random: Random): T | undefined {
  return from[Math.floor(random() * from.length)];
}
