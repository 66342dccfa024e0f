import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AgentProcess, describeExit, type RestartPolicy } from './process.ts';
import { decideRestart, defaultRestartLimits, type Ending } from './restart-policy.ts';

const now = 1_000_000_000;
const ended = (policy: RestartPolicy, code: number, more: Partial<Ending> = {}): Ending => ({
  life: { policy, createdAt: now - 5_000, state: 'running' },
  exit: { code },
  history: [{ cause: 'asked', createdAt: now - 5_000 }],
  now,
  ...more,
});
const decide = (ending: Ending, random = () => 0.5) => decideRestart(ending, defaultRestartLimits, random);
const lives = (...secondsAgo: number[]): Pick<AgentProcess, 'cause' | 'createdAt'>[] =>
  secondsAgo.map((ago, index) => ({
    cause: index === secondsAgo.length - 1 ? 'asked' : 'restart',
    createdAt: now - ago * 1_000,
  }));

describe('whether an agent is started again', () => {
  test.each<[RestartPolicy, number, string]>([
    ['permanent', 0, 'restart'],
    ['permanent', 1, 'restart'],
    ['transient', 0, 'rest'],
    ['transient', 1, 'restart'],
    ['temporary', 0, 'rest'],
    ['temporary', 1, 'rest'],
  ])('%s after exit code %i: %s', (policy, code, next) => {
    expect(decide(ended(policy, code)).next).toBe(next);
  });

  test('a signal and an end nobody saw are abnormal', () => {
    expect(decide({ ...ended('transient', 0), exit: { signal: 'SIGSEGV' } }).next).toBe('restart');
    expect(decide({ ...ended('transient', 0), exit: { reason: 'its shim was killed' } }).next).toBe('restart');
  });

  test('an end that was asked for is no failure, whatever the policy', () => {
    const life = { policy: 'permanent', createdAt: now, state: 'stopping' } as const;
    expect(decide(ended('permanent', 137, { life }))).toEqual({ next: 'rest', reason: 'it was asked to stop' });
  });

  test('the third restart within a minute is the last, and says why', () => {
    expect(decide(ended('transient', 1, { history: lives(1, 5, 30) })).next).toBe('restart');
    expect(decide(ended('transient', 7, { history: lives(1, 5, 9, 30) }))).toEqual({
      next: 'give-up',
      reason: 'exit code 7; 3 restarts within 60 s are the limit',
    });
    expect(decide(ended('transient', 1, { history: lives(61, 62, 63, 64) })).next).toBe('restart');
  });

  test('eight restarts a day are the limit of a slow loop', () => {
    const hourly = Array.from({ length: 9 }, (_, hour) => hour * 3_600 + 100);
    expect(decide(ended('permanent', 0, { history: lives(...hourly) })).next).toBe('give-up');
    expect(decide(ended('permanent', 0, { history: lives(...hourly.slice(1)) })).next).toBe('restart');
  });

  test('a start by a person forgives what came before', () => {
    const history = [...lives(1, 2), ...lives(3, 4, 5, 6, 7)];
    expect(decide(ended('transient', 1, { history })).next).toBe('restart');
  });

  test('a clock that was set back does not open the budget again', () => {
    expect(decide(ended('transient', 1, { history: lives(-3_600, -3_601, -3_602, 10) })).next).toBe('give-up');
  });

  test('each restart waits longer, until a long life wipes the slate', () => {
    const delay = (ending: Ending) => {
      const decision = decide(ending, () => 1);
      return decision.next === 'restart' ? decision.delayMs : Number.NaN;
    };
    expect(delay(ended('transient', 1))).toBe(2_000);
    expect(delay(ended('transient', 1, { history: lives(5, 10) }))).toBe(4_000);
    expect(delay(ended('transient', 1, { history: lives(5, 10, 20) }))).toBe(8_000);
    const old = { policy: 'transient', createdAt: now - 600_000, state: 'running' } as const;
    expect(delay(ended('transient', 1, { life: old, history: lives(600, 620, 640) }))).toBe(2_000);
  });

  test('whatever happened, no window ever holds more restarts than its limit', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 60 }), (gaps) => {
        let at = 0;
        const history: Pick<AgentProcess, 'cause' | 'createdAt'>[] = [{ cause: 'asked', createdAt: 0 }];
        for (const gap of gaps) {
          at += gap;
          const life = { policy: 'transient', createdAt: history[0]?.createdAt ?? 0, state: 'running' } as const;
          const decision = decideRestart({ life, exit: { code: 1 }, history, now: at }, defaultRestartLimits, () => 0);
          if (decision.next !== 'restart') break;
          at += decision.delayMs;
          history.unshift({ cause: 'restart', createdAt: at });
        }
        const restarts = history.filter(({ cause }) => cause === 'restart').map(({ createdAt }) => createdAt);
        const { max, withinMs, maxPerDay } = defaultRestartLimits;
        for (const [most, window] of [
          [max, withinMs],
          [maxPerDay, 86_400_000],
        ] as const) {
          for (const end of restarts) {
            const inside = restarts.filter((start) => start <= end && start > end - window).length;
            expect(inside).toBeLessThanOrEqual(most);
          }
        }
      }),
    );
  });
});

test.each([
  [{ code: 3 }, 'exit code 3'],
  [{ signal: 'SIGKILL' }, 'killed by SIGKILL'],
  [{ reason: 'its shim was killed' }, 'its shim was killed'],
  [{}, 'nobody saw how it ended'],
])('%j reads %s', (exit, words) => expect(describeExit(exit)).toBe(words));
