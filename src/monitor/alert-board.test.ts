import { describe, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import type { Silence } from './alert.ts';
import { AlertBoard } from './alert-board.ts';
import type { AlertRule } from './alert-rule.ts';
import type { Reading } from './figure.ts';

const rules: readonly AlertRule[] = [
  {
    name: 'idle',
    figure: 'idle_unread',
    when: 'above',
    threshold: 10,
    clear: 5,
    forMs: 100,
    keepMs: 0,
    severity: 'warning',
  },
  {
    name: 'rot',
    figure: 'corruption',
    when: 'above',
    threshold: 0,
    clear: 0,
    forMs: 0,
    keepMs: 0,
    severity: 'critical',
  },
  {
    name: 'down',
    figure: 'store_state',
    when: 'above',
    threshold: 0,
    clear: 0,
    forMs: 0,
    keepMs: 0,
    severity: 'critical',
  },
];
const idle = (subject: string, value: number): Reading => ({ figure: 'idle_unread', subject, value });
const unknown: Reading = { figure: 'idle_unread', value: undefined };

function board() {
  const clock = new ManualClock();
  let ids = 0;
  const one = new AlertBoard({ clock, rules, newId: () => String((ids += 1)) });
  const judge = (readings: readonly Reading[], isWhole = true, silences: readonly Silence[] = []) =>
    one
      .judge(readings, isWhole, silences)
      .map(({ change, alert, notice }) => [change, alert.fingerprint, notice?.change]);
  return { clock, one, judge };
}

describe('the board', () => {
  test('watches each subject by itself and tells each once', () => {
    const { clock, one, judge } = board();
    expect(judge([idle('ada', 20), idle('bob', 1)])).toEqual([]);
    expect([one.stateOf('idle'), one.stateOf('rot')]).toEqual(['pending', 'quiet']);
    clock.advance(100);
    expect(judge([idle('ada', 20), idle('bob', 20)])).toEqual([['fired', 'idle:ada', 'fired']]);
    expect(one.stateOf('idle')).toBe('firing');
    clock.advance(100);
    expect(judge([idle('ada', 30), idle('bob', 20)])).toEqual([['fired', 'idle:bob', 'fired']]);
    expect(one.open).toMatchObject([
      {
        subject: 'ada',
        value: 30,
        count: 3,
        id: 'alt_1',
        text: 'unread while its agent is idle (ada): 20 ms, limit 10 ms',
      },
      { subject: 'bob', value: 20, count: 2 },
    ]);
    const [alert] = one.open;
    expect((alert?.firedAt ?? 0) - (alert?.since ?? 0)).toBe(100);
  });

  test('a subject that is not told any more is well, unless nobody could look', () => {
    const { clock, one, judge } = board();
    judge([idle('ada', 20)]);
    clock.advance(100);
    judge([idle('ada', 20)]);
    expect(judge([unknown])).toEqual([]);
    expect(judge([], false)).toEqual([]);
    expect(judge([])).toEqual([['resolved', 'idle:ada', 'resolved']]);
    expect(one.open).toEqual([]);
  });

  test('of a file that nobody looks at any more nothing is known', () => {
    const { one, judge } = board();
    judge([{ figure: 'corruption', subject: '/q.json', value: 1, detail: 'cut\u001b[2J short' }]);
    expect(judge([])).toEqual([]);
    expect(one.open[0]?.text).toBe('damaged in most of the last checks (/q.json): cut[2J short');
    expect(judge([{ figure: 'corruption', subject: '/q.json', value: 0 }])).toEqual([
      ['resolved', 'rot:/q.json', 'resolved'],
    ]);
  });

  test('a silence keeps it back, and its end tells what is still so', () => {
    const { clock, one, judge } = board();
    const silence: Silence = { id: 'sil_1', rule: 'down', createdAt: 0, until: clock.now() + 50, by: 'operator' };
    const down: Reading = { figure: 'store_state', value: 1 };
    expect(judge([down], true, [silence])).toEqual([['fired', 'down', undefined]]);
    clock.advance(49);
    expect(judge([down], true, [silence])).toEqual([]);
    clock.advance(1);
    expect(judge([down], true, [silence])).toEqual([['notified', 'down', 'fired']]);
    expect(judge([down], true, [silence])).toEqual([]);
    expect(one.open[0]?.notifiedAt).toBe(clock.now());
    expect(judge([{ ...down, value: 0 }])).toEqual([['resolved', 'down', 'resolved']]);
  });

  test('what was silenced all along is over as quietly', () => {
    const { clock, judge } = board();
    const other: Silence = { id: 'sil_1', subject: 'x', createdAt: 0, until: clock.now() + 50, by: 'operator' };
    const all: Silence = { id: 'sil_2', createdAt: 0, until: clock.now() + 50, by: 'operator' };
    expect(judge([{ figure: 'store_state', value: 1 }], true, [other, all])).toEqual([['fired', 'down', undefined]]);
    expect(judge([{ figure: 'store_state', value: 0 }], true, [other, all])).toEqual([['resolved', 'down', undefined]]);
  });

  test('goes on with an alert of a former hub, and forgets one that was resolved by hand', () => {
    const { one, judge } = board();
    judge([{ figure: 'store_state', value: 1 }]);
    const [alert] = one.open;
    if (alert === undefined) throw new Error('it did not fire');
    const next = board();
    next.one.adopt(alert);
    expect(next.judge([{ figure: 'store_state', value: 1 }])).toEqual([]);
    expect(next.one.open).toMatchObject([{ id: alert.id, count: 2 }]);
    next.one.put({ ...alert, id: 'another' });
    next.one.put({ ...alert, state: 'resolved' });
    expect(next.judge([{ figure: 'store_state', value: 1 }])).toEqual([['fired', 'down', 'fired']]);
  });
});
