import { describe, expect, test } from 'vitest';
import type { Alert } from './alert.ts';
import { builtInRules } from './alert-rule.ts';
import { figureNames, type Reading } from './figure.ts';
import { healthOf } from './health.ts';

const row = (readings: readonly Reading[], name: string, open: readonly Alert[] = []) =>
  healthOf({ readings }, builtInRules, open).figures.find((figure) => figure.name === name);

describe('health', () => {
  test('has a row for every figure, in one order', () => {
    const report = healthOf({ readings: [] }, builtInRules, []);
    expect(report.figures.map(({ name }) => name)).toEqual(figureNames);
    expect(report).toMatchObject({ ok: true, state: 'good' });
  });

  test('what could not be told is neither good nor bad, and never zero', () => {
    const unknown = { state: 'unknown', value: null, shown: 'not known' };
    expect(row([{ figure: 'depth', value: undefined }], 'depth')).toMatchObject(unknown);
    expect(row([], 'depth')).toMatchObject(unknown);
    expect(row([], 'idle_unread')).toMatchObject({ state: 'good', value: 0 });
    expect(row([{ figure: 'idle_unread', value: undefined }], 'idle_unread')).toMatchObject(unknown);
  });

  test('shows the worst subject with its state, limit and what to do', () => {
    const idle = (subject: string, minutes: number): Reading => ({
      figure: 'idle_unread',
      subject,
      value: minutes * 60_000,
    });
    expect(row([idle('ada', 1), idle('bob', 3), idle('cy', 2)], 'idle_unread')).toMatchObject({
      state: 'warn',
      subject: 'bob',
      shown: '3 min',
      limit: 'above 2 min, above 15 min',
      advice: expect.stringContaining('wake it'),
    });
    expect(row([idle('ada', 20)], 'idle_unread')?.state).toBe('bad');
    expect(row([idle('ada', 1)], 'idle_unread')).not.toHaveProperty('advice');
  });

  test('of what must not be little the least counts', () => {
    const free = (value: number): Reading => ({ figure: 'disk_free', value });
    expect(row([free(10 ** 12), free(10)], 'disk_free')).toMatchObject({
      state: 'bad',
      value: 10,
      limit: 'below 512 MiB, below 96 MiB',
    });
  });

  test('an alert that is open counts although its figure is between its limits', () => {
    const alert = { figure: 'depth', severity: 'warning' } as Alert; // what the judgement looks at
    expect(row([{ figure: 'depth', value: 4_500 }], 'depth')?.state).toBe('good');
    expect(row([{ figure: 'depth', value: 4_500 }], 'depth', [alert])?.state).toBe('warn');
    const report = healthOf({ readings: [{ figure: 'store_file', value: 1, detail: 'missing' }] }, builtInRules, []);
    expect(report).toMatchObject({ ok: false, state: 'bad' });
    expect(report.figures.find(({ name }) => name === 'store_file')).toMatchObject({ detail: 'missing' });
  });
});
