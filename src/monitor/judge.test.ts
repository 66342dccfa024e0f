import { describe, expect, test } from 'vitest';
import type { AlertRule } from './alert-rule.ts';
import { type Condition, judge } from './judge.ts';

const rule: AlertRule = {
  name: 'hot',
  figure: 'depth',
  when: 'above',
  threshold: 10,
  clear: 5,
  forMs: 100,
  keepMs: 50,
  severity: 'warning',
};

/** Judges values at instants, and tells what changed when. */
function story(steps: readonly (readonly [at: number, value: number | undefined])[], of: AlertRule = rule) {
  let condition: Condition | undefined;
  return steps.map(([at, value]) => {
    const judged = judge(of, condition, value, at);
    condition = judged.condition;
    return judged.change ?? condition?.state ?? 'quiet';
  });
}

describe('a rule', () => {
  test('fires when it was beyond the threshold for long enough, not before', () => {
    expect(
      story([
        [0, 11],
        [99, 11],
        [100, 11],
        [101, 99],
      ]),
    ).toEqual(['pending', 'pending', 'fired', 'firing']);
  });

  test('begins anew when it was back for a moment', () => {
    expect(
      story([
        [0, 11],
        [60, 10],
        [70, 11],
        [169, 11],
        [170, 11],
      ]),
    ).toEqual(['pending', 'quiet', 'pending', 'pending', 'fired']);
  });

  test('that fired is over only when it stayed within the limit of recovery', () => {
    const firing = [
      [0, 11],
      [100, 11],
    ] as const;
    expect(story([...firing, [200, 9], [300, 6], [900, 10]]).slice(2)).toEqual(['firing', 'firing', 'firing']);
    expect(story([...firing, [200, 5], [249, 5], [250, 5]]).slice(2)).toEqual(['firing', 'firing', 'resolved']);
    // A breath between its limits and the time counts anew.
    expect(story([...firing, [200, 5], [240, 6], [250, 5], [299, 5], [300, 5]]).slice(2)).toEqual([
      'firing',
      'firing',
      'firing',
      'firing',
      'resolved',
    ]);
  });

  test('changes nothing when the value could not be told', () => {
    expect(
      story([
        [0, undefined],
        [1, 11],
        [50, undefined],
        [101, 11],
        [200, undefined],
        [900, undefined],
        [901, 5],
        [951, 5],
      ]),
    ).toEqual(['quiet', 'pending', 'pending', 'fired', 'firing', 'firing', 'firing', 'resolved']);
  });

  test('without patience fires and is over at once; below is the other way round', () => {
    const disk: AlertRule = { ...rule, when: 'below', threshold: 10, clear: 20, forMs: 0, keepMs: 0 };
    expect(
      story(
        [
          [0, 10],
          [1, 9],
          [2, 15],
          [3, 20],
          [4, 15],
        ],
        disk,
      ),
    ).toEqual(['quiet', 'fired', 'firing', 'resolved', 'quiet']);
  });

  test('counts how often it was found true', () => {
    let condition: Condition | undefined;
    for (const at of [0, 50, 100, 150]) ({ condition } = judge(rule, condition, 11, at));
    expect(condition).toEqual({ state: 'firing', since: 0, count: 4 });
  });
});
