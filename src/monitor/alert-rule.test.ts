import { describe, expect, test } from 'vitest';
import { builtInRules, isBeyond, isCleared, rulesWith } from './alert-rule.ts';
import { figureNames } from './figure.ts';

describe('the rules', () => {
  test('cover every figure of health', () => {
    const covered = new Set(builtInRules.map(({ figure }) => figure));
    expect(figureNames.filter((name) => !covered.has(name))).toEqual([]);
  });

  test('have names of their own, and recover on the good side of their threshold', () => {
    expect(new Set(builtInRules.map(({ name }) => name)).size).toBe(builtInRules.length);
    for (const rule of builtInRules) {
      expect(isBeyond(rule, rule.clear), rule.name).toBe(false);
      expect(isCleared(rule, rule.clear), rule.name).toBe(true);
    }
  });

  test('are changed in part, left out, and added to', () => {
    const rules = rulesWith([
      { name: 'depth', threshold: 10, severity: 'critical' },
      { name: 'retries', off: true },
      { name: 'crowded', figure: 'depth', threshold: 3 },
      { name: 'disk-low', threshold: 9, clear: 12 },
    ]);
    const named = (name: string) => rules.find((rule) => rule.name === name);
    // The limit of recovery of the built-in rule lies beyond the new threshold, so it goes with it.
    expect(named('depth')).toMatchObject({ threshold: 10, clear: 10, severity: 'critical', forMs: 60_000 });
    expect(named('retries')).toBeUndefined();
    expect(named('crowded')).toMatchObject({ when: 'above', threshold: 3, clear: 3, forMs: 0, severity: 'warning' });
    expect(named('disk-low')).toMatchObject({ when: 'below', threshold: 9, clear: 12 });
    expect(rules.length).toBe(builtInRules.length);
  });

  test.each([
    [{ name: 'mine', threshold: 1 }, 'must say its figure'],
    [{ name: 'mine', figure: 'depth' }, 'must say its figure'],
    [{ name: 'depth', threshold: 10, clear: 11 }, 'rule depth: clear'],
    [{ name: 'disk-low', threshold: 10, clear: 9 }, 'must not be below the threshold 10'],
  ] as const)('refuse %j', (change, text) => {
    expect(() => rulesWith([change])).toThrow(text);
  });
});
