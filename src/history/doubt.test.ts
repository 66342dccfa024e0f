import { expect, test } from 'vitest';
import { call, type Step, story } from '../testing/bad-histories.ts';
import { checkHistory } from './index.ts';

/** What looks wrong and may be right: the checker keeps silent, or says that it cannot tell. */
const send = (id: string, more: Step = {}) =>
  call('send', { key: `key-${id}`, hash: `hash-${id}`, inbox: 'bob', ...more }, { id });
const lease = (id: string, seq: number, attempt = 1, gen = attempt) =>
  call(
    'lease',
    { inbox: 'bob', lease_ms: 1_000 },
    { id, inbox: 'bob', seq, gen, attempt, key: `key-${id}`, hash: `hash-${id}` },
  );
const day = 24 * 60 * 60 * 1000;
const silent = { ok: true, findings: [] };

test('two senders may use the same key; each message is known by its sender, or else by its body', async () => {
  const same = (from: string, id: string) =>
    call('send', { key: 'same', from, hash: `hash-${id}`, inbox: 'bob' }, { phase: 'info' });
  const found = (id: string, seq: number, more: Step) =>
    call(
      'lease',
      { inbox: 'bob' },
      { id, inbox: 'bob', seq, gen: seq, attempt: 1, key: 'same', hash: `hash-${id}`, ...more },
    );
  const both = [same('ada', 'a'), same('eve', 'b')];
  expect(
    await checkHistory(story(...both, found('a', 1, { from: 'ada' }), found('b', 2, { from: 'eve' }))),
  ).toMatchObject(silent);
  expect(await checkHistory(story(...both, found('b', 1, {}), found('a', 2, {})))).toMatchObject(silent);
  const changed = await checkHistory(story(...both, found('c', 1, {})));
  expect(changed.totals).toMatchObject({ altered: 1, phantom: 0 });
});

test('a key may be used anew a week after its message ended, and not a moment earlier', async () => {
  const first = [send('a'), lease('a', 1), call('ack', { id: 'a', gen: 1 })];
  const again = (t_mono: number) => send('b', { key: 'key-a', hash: 'hash-b', t_mono });
  expect(await checkHistory(story(...first, again(7 * day + 100)))).toMatchObject({
    totals: { 'dup-accept': 0, altered: 0 },
  });
  expect((await checkHistory(story(...first, again(7 * day)))).ok).toBe(false);
});

test('a redrive or a removal of everything reaches every inbox, whichever was asked for last', async () => {
  const dead = [send('a'), lease('a', 1), call('nack', { id: 'a', gen: 1 }, { id: 'a', gen: 1, state: 'dead' })];
  for (const calls of [[{}, { inbox: 'bob' }], [{ inbox: 'bob' }, {}], [{}], [{ id: 'a' }]] as const) {
    const asked = calls.map((target) => call('redrive', target));
    expect(await checkHistory(story(...dead, ...asked, lease('a', 1, 1, 2)))).toMatchObject(silent);
  }
  const gone: Step = { op: 'final', id: 'a', state: 'missing' };
  for (const op of ['cancel', 'purge'] as const) {
    expect(await checkHistory(story(send('a'), call(op, { id: 'a' }, { phase: 'info' }), gone))).toMatchObject(silent);
    expect(await checkHistory(story(send('a'), call(op, {}), gone))).toMatchObject(silent);
  }
});

test('a message delivered again and again keeps its latest leases', async () => {
  const rounds = Array.from({ length: 12 }, (_, index) => lease('a', 1, index + 1));
  expect(await checkHistory(story(send('a'), ...rounds))).toMatchObject({ ...silent, summary: { deliveries: 12 } });
  const twice = await checkHistory(story(send('a'), ...rounds, lease('a', 1, 12)));
  expect(twice.totals.overlap).toBe(1);
});

test('an answer that comes late is put in its place', async () => {
  const late = (step: Step): Step => ({ ...step, proc: 'eve' });
  const [asked = {}, told = {}] = lease('a', 1, 1);
  expect(await checkHistory(story(send('a'), late(asked), lease('a', 1, 2), late(told)))).toMatchObject(silent);
  const held = await checkHistory(story(send('a'), late(asked), lease('a', 1, 2), late({ ...told, lease_until: 900 })));
  expect(held.totals).toMatchObject({ overlap: 1 });
});

test('nothing starves that another call may have taken, or that was out of reach', async () => {
  const wait = call('wait', { inbox: 'bob' }, { t_mono: 40_000 });
  const judged = async (...steps: (Step | Step[])[]) => (await checkHistory(story(...steps))).totals.starved;
  expect(await judged(send('a'), wait)).toBe(1);
  // A consumer that died with its call, and one whose answer never came.
  expect(await judged(send('a'), { op: 'lease', phase: 'invoke', call: 9_100, proc: 'eve', inbox: 'bob' }, wait)).toBe(
    0,
  );
  expect(await judged(send('a'), call('lease', { inbox: 'bob' }, { phase: 'info' }), wait)).toBe(0);
  // One that died long ago holds nothing any more.
  const long = call('wait', { inbox: 'bob', t_mono: 200_000 }, { t_mono: 240_000 });
  const died: Step = { op: 'lease', phase: 'invoke', call: 9_101, proc: 'eve', inbox: 'bob', lease_ms: 1_000 };
  expect(await judged(send('a'), died, long)).toBe(1);
  // Taken in time by a call whose answer was slow.
  const slow: Step[] = [{ op: 'lease', phase: 'invoke', call: 9_102, proc: 'eve', inbox: 'bob' }];
  const answer: Step = { op: 'lease', call: 9_102, proc: 'eve', id: 'a', inbox: 'bob', seq: 1, gen: 1, attempt: 1 };
  expect(await judged(send('a'), slow, wait, { ...answer, t_mono: 40_001 })).toBe(0);
  expect(await judged(send('a'), call('cancel', {}), wait)).toBe(0);
  expect(await judged(send('a'), call('cancel', { inbox: 'bob' }), wait)).toBe(0);
  expect(await judged(send('a', { ttl_ms: 50_000 }), wait)).toBe(0);
  expect(await judged(send('a', { ordering_key: 'o' }), wait)).toBe(0);
  expect(await judged(send('a'), { op: 'fault', key: 'hub-killed', t_mono: 5_000 }, wait)).toBe(1);
  expect(
    await judged(send('a'), wait.slice(0, 1), { op: 'fault', key: 'hub-killed', t_mono: 20_000 }, wait.slice(1)),
  ).toBe(0);
});

test('after a power cut a lease may be forgotten, and its attempt with it', async () => {
  const cut: Step = { op: 'fault', key: 'power-cut' };
  const [asked = {}, told = {}] = lease('a', 1, 1);
  const held = [send('a', { max_attempts: 1 }), asked, { ...told, lease_until: 900 }];
  expect((await checkHistory(story(...held, lease('a', 1, 1, 2)))).ok).toBe(false);
  expect(await checkHistory(story(...held, cut, lease('a', 1, 1, 2)))).toMatchObject(silent);
});

test('calls on a context key that overlap too much are said to be unchecked; a refused read says nothing', async () => {
  const crowd = Array.from(
    { length: 201 },
    (_, index): Step => ({ op: 'context.set', phase: 'invoke', call: 9_200 + index, key: 'goal', value: `v${index}` }),
  );
  const ends = crowd.map(({ call: number = 0 }): Step => ({ op: 'context.set', call: number }));
  const { ok, notChecked } = await checkHistory(story(crowd, ends));
  expect(ok).toBe(true);
  expect(notChecked).toEqual([expect.stringMatching(/201 calls on context key goal overlap too much/)]);
  const refused = call('context.get', { key: 'goal' }, { phase: 'fail', error: 'not_found' });
  const unread: Step = { op: 'context.get', phase: 'invoke', call: 9_500, key: 'goal' };
  const conflict = call(
    'context.set',
    { key: 'goal', version: 3, value: 'x' },
    { phase: 'fail', error: 'version_conflict', version: 0 },
  );
  expect(await checkHistory(story(refused, conflict, unread))).toMatchObject({ ...silent, notChecked: [] });
});

test('a count that does not say how many were accepted is not checked', async () => {
  const { ok, notChecked } = await checkHistory(
    story({ op: 'stats', inbox: 'bob', stats: { ready: 1 } }, { op: 'stats' }),
  );
  expect(ok).toBe(true);
  expect(notChecked).toHaveLength(2);
});

test('an import that is not ready may come at any time, if an operator lets it', async () => {
  const held = call('send', { key: 'key-a', hash: 'hash-a', inbox: 'bob', state: 'quarantined' });
  const wait = call('wait', { inbox: 'bob' }, { t_mono: 40_000 });
  expect(await checkHistory(story(held, wait, send('b'), lease('b', 2), lease('a', 1)))).toMatchObject(silent);
});
