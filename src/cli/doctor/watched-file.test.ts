import { expect, test } from 'vitest';
import { type Examination, WatchedFile } from './watched-file.ts';

const intact: Examination = { state: 'intact', bytes: 10, recoverable: 2, ambiguous: 0, errors: 0 };
const damaged: Examination = { ...intact, state: 'damaged', errors: 1, problem: 'torn' };
const missing: Examination = { ...intact, state: 'missing', bytes: 0, recoverable: 0 };

function looks(...found: Examination[]) {
  const file = new WatchedFile('queue.json');
  return found.map((look) => file.record(look, 'now'));
}

test('counts looks, parse errors, and recoveries when an intact file follows a damaged one', () => {
  const reports = looks(intact, damaged, intact, damaged, damaged, intact);
  expect(reports.map(({ checks, parseErrors, recoveries }) => [checks, parseErrors, recoveries])).toEqual([
    [1, 0, 0],
    [2, 1, 0],
    [3, 1, 1],
    [4, 2, 1],
    [5, 3, 1],
    [6, 3, 2],
  ]);
  expect(reports[1]).toMatchObject({
    file: 'queue.json',
    at: 'now',
    state: 'damaged',
    problem: 'torn',
    recoverable: 2,
  });
});

test('a damaged file that disappears has not recovered; it has when it comes back intact', () => {
  expect(looks(damaged, missing, intact).map((report) => report.recoveries)).toEqual([0, 0, 1]);
});

test('an unreadable file is an error of its own kind, never an empty one', () => {
  expect(looks({ ...missing, state: 'unreadable' })[0]).toMatchObject({ state: 'unreadable', parseErrors: 1 });
});

test('corruption is persistent when three of the last five looks were bad, and not for ever after', () => {
  const reports = looks(damaged, intact, damaged, damaged, intact, intact, intact);
  expect(reports.map((report) => report.persistent)).toEqual([false, false, false, true, true, false, false]);
});
