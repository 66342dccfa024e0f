import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AlertRule, isBeyond, isCleared } from '../../src/monitor/alert-rule.ts';
import { type Condition, judge } from '../../src/monitor/judge.ts';

/** Repeat a failure with WAGGLE_TEST_SEED; WAGGLE_TEST_SCALE multiplies the runs. */
const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 2 ** 31);
const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);

const rules: fc.Arbitrary<AlertRule> = fc
  .record({
    when: fc.constantFrom('above', 'below'),
    threshold: fc.integer({ min: 20, max: 40 }),
    width: fc.integer({ min: 0, max: 10 }),
    forMs: fc.integer({ min: 0, max: 50 }),
    keepMs: fc.integer({ min: 0, max: 50 }),
  })
  .map(({ width, ...rest }) => ({
    name: 'any',
    figure: 'depth',
    severity: 'warning',
    clear: rest.when === 'above' ? rest.threshold - width : rest.threshold + width,
    ...rest,
  }));

const steps = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 1, max: 30 }),
    value: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
  }),
  { maxLength: 60 },
);

interface Looked {
  readonly at: number;
  readonly value: number | undefined;
  readonly change: string | undefined;
}

function run(rule: AlertRule, path: readonly { afterMs: number; value: number | undefined }[]): Looked[] {
  let condition: Condition | undefined;
  let at = 0;
  return path.map(({ afterMs, value }) => {
    at += afterMs;
    const judged = judge(rule, condition, value, at);
    condition = judged.condition;
    return { at, value, change: judged.change };
  });
}

/** The looks without a break up to `index` whose value, where it could be told, was as wanted. */
function unbrokenUpTo(looks: readonly Looked[], index: number, isSo: (value: number) => boolean): Looked[] {
  const known = looks.slice(0, index + 1).filter(({ value }) => value !== undefined);
  const breakAt = known.findLastIndex(({ value = 0 }) => !isSo(value));
  return known.slice(breakAt + 1);
}

test('an alert fires only after a breach without break, is over only after a recovery without break, and in turn', () => {
  fc.assert(
    fc.property(rules, steps, (rule, path) => {
      const looks = run(rule, path);
      let isOpen = false;
      for (const [index, { change, at }] of looks.entries()) {
        if (change === undefined) continue;
        expect(change).toBe(isOpen ? 'resolved' : 'fired');
        const isSo = (value: number) => (change === 'fired' ? isBeyond(rule, value) : isCleared(rule, value));
        const [first] = unbrokenUpTo(looks, index, isSo);
        expect(first).toBeDefined();
        expect(at - (first?.at ?? at)).toBeGreaterThanOrEqual(change === 'fired' ? rule.forMs : rule.keepMs);
        isOpen = !isOpen;
      }
    }),
    { seed, numRuns: Math.max(1, Math.round(2_000 * scale)) },
  );
});

test('values that tremble between the two limits never change anything', () => {
  fc.assert(
    fc.property(rules, fc.array(fc.nat(1_000), { maxLength: 40 }), (rule, noise) => {
      const [low, high] = [Math.min(rule.clear, rule.threshold), Math.max(rule.clear, rule.threshold)];
      const between = (n: number) => low + (n % (high - low + 1));
      const beyond = rule.when === 'above' ? high + 1 : low - 1;
      const enough = Math.ceil((rule.forMs + 1) / 10) + 1;
      const begin = Array.from({ length: enough }, () => ({ afterMs: 10, value: beyond }));
      // Both limits themselves are within: the upper one is no breach, the lower one is recovery and left out.
      const trembling = noise
        .map(between)
        .filter((value) => !isCleared(rule, value))
        .map((value) => ({ afterMs: 10, value }));
      const changes = run(rule, [...begin, ...trembling]).filter(({ change }) => change !== undefined);
      expect(changes.map(({ change }) => change)).toEqual(['fired']);
    }),
    { seed, numRuns: Math.max(1, Math.round(500 * scale)) },
  );
});
