import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareShares, type Mission, nextUnits, stateOf } from './mission.ts';
import { judgeProgress, type Progress } from './progress.ts';

function mission(more: Partial<Mission> = {}): Mission {
  return { id: 'parser', owner: 'ada', epoch: 1, done: 0, of: 10, units: [], createdAt: 0, updatedAt: 0, ...more };
}
const named = (...names: string[]) => names.map((name) => ({ name, done: false }));
const judged = (before: Mission, progress: Progress) => ({ ...before, ...judgeProgress(before, progress) });

describe('a report of progress', () => {
  test('moves the mission on, and says nothing new the second time', () => {
    const after = judged(mission(), { done: 3, of: 10 });
    expect(after).toMatchObject({ done: 3, of: 10, change: 'forward' });
    expect(judgeProgress(after, { done: 3, of: 10 }).change).toBe('none');
  });

  test('never takes it back silently', () => {
    const before = mission({ done: 8 });
    for (const smaller of [{ done: 7 }, { of: 20 }, { done: 8, of: 11 }]) {
      expect(() => judgeProgress(before, smaller)).toThrow(/8 of 10; .* would take it back/);
      expect(judgeProgress(before, { ...smaller, back: true }).change).toBe('back');
    }
    expect(judgeProgress(before, { done: 16, of: 20 }).change).toBe('scope');
  });

  test('refuses more done than there are, naming the field', () => {
    expect(() => judgeProgress(mission(), { done: 11 })).toThrow(/^done: must be at most 10/);
    expect(() => judgeProgress(mission({ units: named('a', 'b') }), { of: 1 })).toThrow(/^of: must be at least 2/);
    expect(() => judgeProgress(mission({ of: 2, units: named('a', 'b') }), { units: ['c'] })).toThrow(
      /^units: is not a unit of mission parser/,
    );
  });

  test('by name counts each unit once and never lowers a number', () => {
    let at = mission({ of: 3, units: named('a', 'b', 'c') });
    at = judged(at, { units: ['b'] });
    expect([at.done, nextUnits(at)]).toEqual([1, ['a', 'c']]);
    at = judged(at, { done: 2 });
    // Two are done and one is known by name: the other is taken to be the first that has no name yet.
    expect(nextUnits(at)).toEqual(['c']);
    at = judged(at, { units: ['a'] });
    expect([at.done, nextUnits(at)]).toEqual([2, ['c']]);
    at = judged(at, { units: ['a', 'b', 'c'] });
    expect([at.done, nextUnits(at), stateOf(at)]).toEqual([3, [], 'done']);
  });

  test('going back below what was named vouches for no name but those of this report', () => {
    const before = judged(mission({ of: 3, units: named('a', 'b', 'c') }), { units: ['a', 'b'] });
    const after = judged(before, { done: 1, back: true, units: ['c'] });
    expect(after.units.filter(({ done }) => done).map(({ name }) => name)).toEqual(['c']);
    expect(() => judgeProgress(before, { done: 1, back: true, units: ['a', 'b'] })).toThrow(
      /^done: must be at least 2/,
    );
  });

  test('whatever is reported, the share only falls when it is said, and names never outnumber what is done', () => {
    const names = ['a', 'b', 'c', 'd'];
    const report: fc.Arbitrary<Progress> = fc.record(
      {
        done: fc.integer({ min: 0, max: 12 }),
        of: fc.integer({ min: 1, max: 12 }),
        units: fc.subarray(names),
        back: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(report, { maxLength: 20 }), (reports) => {
        let at: Mission = mission({ of: 4, units: named(...names) });
        for (const progress of reports) {
          let next: Mission;
          try {
            next = judged(at, progress);
          } catch {
            continue;
          }
          if (compareShares(next, at) < 0) expect(progress.back).toBe(true);
          expect(next.done).toBeLessThanOrEqual(next.of);
          expect(next.units.filter(({ done }) => done).length).toBeLessThanOrEqual(next.done);
          if (progress.back !== true) expect(judgeProgress(next, progress).change).toBe('none');
          at = next;
        }
      }),
      { numRuns: 500 },
    );
  });
});
