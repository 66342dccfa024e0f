import { expect, test } from 'vitest';
import { mostSources, SourceRecords } from './source-records.ts';

const hourMs = 3_600_000;

test('damage that stays is told from a writer that was caught in the act', () => {
  const records = new SourceRecords();
  const look = (state: 'damaged' | 'intact', at: number) =>
    records.note({ source: '/q.json', state }, at, at).persistent;
  expect([look('damaged', 0), look('intact', 1), look('damaged', 2), look('intact', 3)]).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect([look('damaged', 4), look('intact', 5), look('intact', 6)]).toEqual([true, false, false]);
});

test('errors, attempts and recoveries are counted, those of the last hour apart', () => {
  const records = new SourceRecords();
  const source = '/q.json';
  records.note({ source, state: 'damaged', errors: 3, recovered: 10, lostBytes: 7, problem: 'cut short' }, 0, 100);
  records.note({ source, state: 'missing' }, 1_000, 200);
  expect(records.note({ source, state: 'unreadable' }, hourMs, 300)).toMatchObject({
    parseErrors: 4,
    parseErrorsLastHour: 1,
  });
  expect(records.note({ source, state: 'intact' }, hourMs, 400)).toEqual({
    source,
    state: 'intact',
    checks: 4,
    damaged: 2,
    parseErrors: 4,
    parseErrorsLastHour: 1,
    recoveryAttempts: 1,
    recoveries: 1,
    recovered: 10,
    lostBytes: 7,
    persistent: false,
    at: 400,
  });
  expect(records.list(3 * hourMs)).toMatchObject([{ parseErrors: 4, parseErrorsLastHour: 0 }]);
});

test('a file that is gone has not recovered, and one that comes back has', () => {
  const records = new SourceRecords();
  const look = (state: 'damaged' | 'missing' | 'intact') => records.note({ source: '/q', state }, 0, 0).recoveries;
  expect([look('missing'), look('intact'), look('damaged'), look('missing'), look('intact'), look('intact')]).toEqual([
    0, 0, 0, 0, 1, 1,
  ]);
});

test('the same look told twice is counted once', () => {
  const records = new SourceRecords();
  const told = { source: '/q', state: 'damaged', errors: 2, look: 'first' } as const;
  const once = records.note(told, 0, 0);
  expect(records.note(told, 5, 5)).toEqual(once);
  expect(records.note({ ...told, look: 'second' }, 5, 5).parseErrors).toBe(4);
});

test('of too many sources the one looked at longest ago is forgotten', () => {
  const records = new SourceRecords();
  for (let each = 0; each < mostSources; each += 1) records.note({ source: `/${each}`, state: 'intact' }, 0, 0);
  records.note({ source: '/0', state: 'intact' }, 0, 0);
  records.note({ source: '/new', state: 'intact' }, 0, 0);
  const sources = records.list(0).map(({ source }) => source);
  expect(sources).toHaveLength(mostSources);
  expect([sources.includes('/1'), sources.includes('/0'), sources.at(-1)]).toEqual([false, true, '/new']);
});
