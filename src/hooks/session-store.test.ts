import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { tempFolder } from '../testing/temp-hub.ts';
import { parseRecord, type SessionRecord } from './session-record.ts';
import { SessionStore } from './session-store.ts';

function store(clock = new ManualClock(Date.now())) {
  const folder = tempFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const hooks = join(folder.path, 'agents/ada/hooks');
  const open = (time = clock) => new SessionStore(folder.path, 'ada', time);
  return { clock, hooks, open, file: (name: string) => join(hooks, name) };
}

const told = (id: string) => (record: SessionRecord) => ({
  record: { ...record, told: [...record.told, id] },
  value: record.told.length,
});

test('a record is what the change before it left, for the owner alone', async () => {
  const at = store();
  expect(await at.open().update('s', told('a'))).toBe(0);
  expect(await at.open().update('s', told('b'))).toBe(1);
  expect(parseRecord(readFileSync(at.file('s.json'), 'utf8'))).toMatchObject({ told: ['a', 'b'] });
  expect([statSync(at.file('s.json')).mode & 0o777, statSync(at.hooks).mode & 0o777]).toEqual([0o600, 0o700]);
  expect(existsSync(at.file('s.lock'))).toBe(false);
});

test('hooks of one session that run side by side lose no change', async () => {
  const at = store();
  const ids = Array.from({ length: 8 }, (_, n) => `m${n}`);
  await Promise.all(
    ids.map((id) => new SessionStore(join(at.hooks, '../../..'), 'ada', systemClock).update('s', told(id))),
  );
  const { told: kept } = parseRecord(readFileSync(at.file('s.json'), 'utf8')) ?? { told: [] };
  expect(new Set(kept)).toEqual(new Set(ids));
});

test('a lock that is held is waited for and then given up; one left behind by a dead hook is taken', async () => {
  const at = store();
  mkdirSync(at.hooks, { recursive: true });
  writeFileSync(at.file('s.lock'), '');
  const waiting = at.open().update('s', told('a'));
  const refused = expect(waiting).rejects.toMatchObject({ code: 'busy' });
  let isOver = false;
  void refused.then(() => (isOver = true));
  await expect.poll(() => (at.clock.advance(5), isOver)).toBe(true);
  await refused;
  at.clock.jump(10_000);
  expect(await at.open().update('s', told('a'))).toBe(0);
});

test('a change that throws leaves the record and no lock', async () => {
  const at = store();
  await at.open().update('s', told('a'));
  await expect(
    at.open().update('s', () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(await at.open().update('s', told('b'))).toBe(1);
});

test('a session that ended is forgotten, and those that ended long ago without a word', async () => {
  const at = store();
  at.open().forget('never-was');
  await at.open().update('s', told('a'));
  await at.open().update('old', told('a'));
  await at.open().update('young', told('a'));
  utimesSync(at.file('old.json'), 0, (at.clock.now() - 15 * 24 * 3_600_000) / 1_000);
  at.open().forget('s');
  expect(['s', 'old', 'young'].map((name) => existsSync(at.file(`${name}.json`)))).toEqual([false, false, true]);
});

test.each([
  '',
  '{',
  '[]',
  '7',
  'null',
  '{"told":[1],"woken":[],"wakes":[],"chain":0,"isIdle":true,"isBriefDue":false}',
  '{"told":[],"woken":[],"wakes":["x"],"chain":0,"isIdle":true,"isBriefDue":false}',
  '{"told":[],"woken":[],"wakes":[],"chain":0,"isIdle":1,"isBriefDue":false}',
])('%s is no record', (text) => {
  expect(parseRecord(text)).toBeUndefined();
});
