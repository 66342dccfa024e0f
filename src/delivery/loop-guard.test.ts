import { describe, expect, test } from 'vitest';
import { WaggleError } from '../errors.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { defaultLoopLimits, LoopGuard, type LoopLimits, type StoppedLoop } from './loop-guard.ts';

function guard(limits: Partial<LoopLimits> = {}) {
  const clock = new ManualClock();
  const stopped: StoppedLoop[] = [];
  const loops = new LoopGuard({
    limits: { ...defaultLoopLimits, ...limits },
    clock,
    isModel: (agent) => agent !== 'operator' && agent !== 'program',
    onStop: (loop) => stopped.push(loop),
  });
  /** Undefined when it passed, the refusal when not. */
  const send = (from: string, to: string, threadId?: string): WaggleError | undefined => {
    try {
      loops.pass({ from, to, ...(threadId === undefined ? {} : { threadId }) });
      return undefined;
    } catch (error) {
      if (error instanceof WaggleError) return error;
      throw error;
    }
  };
  return { clock, stopped, send };
}

describe('the loop guard', () => {
  test('stops two agents that answer one another for ever, tells it once, and hurts nobody else', () => {
    const { clock, stopped, send } = guard();
    let turns = 0;
    let refused: WaggleError | undefined;
    while (refused === undefined && turns < 1_000) {
      refused = turns % 2 === 0 ? send('ada', 'bob') : send('bob', 'ada');
      clock.advance(4_000); // the pace of acknowledgements that acknowledge one another
      turns += 1;
    }
    expect(turns).toBe(defaultLoopLimits.pairTurns + 1);
    expect(refused).toMatchObject({
      code: 'loop_stopped',
      retry: 'later',
      details: { why: 'turns', from: 'ada', to: 'bob' },
    });
    expect(send('ada', 'bob')).toBeDefined();
    expect(send('bob', 'ada')).toBeUndefined(); // it spoke last: going on with a second message is no turn
    expect(send('ada', 'cy')).toBeUndefined();
    expect(send('cy', 'bob')).toBeUndefined();
    expect(stopped).toEqual([{ why: 'turns', from: 'ada', to: 'bob', count: defaultLoopLimits.pairTurns }]);
  });

  test('lets them go on after a pause, or when the operator spoke to one of them', () => {
    for (const resume of ['pause', 'operator'] as const) {
      const { clock, send } = guard({ pairTurns: 2 });
      expect([send('ada', 'bob'), send('bob', 'ada')]).toEqual([undefined, undefined]);
      expect(send('ada', 'bob')).toBeDefined();
      if (resume === 'pause') clock.advance(60_000);
      else send('operator', 'ada');
      expect(send('ada', 'bob')).toBeUndefined();
    }
  });

  test('a circle of three is stopped in its thread, and the operator frees it there', () => {
    const { send } = guard({ threadHops: 6, pairPerMinute: 1_000, senderPerMinute: 1_000 });
    const ring = ['ada', 'bob', 'cy', 'ada'];
    for (let hop = 0; hop < 6; hop += 1)
      expect(send(ring[hop % 3] ?? '', ring[(hop % 3) + 1] ?? '', 't1')).toBeUndefined();
    expect(send('ada', 'bob', 't1')).toMatchObject({ code: 'loop_stopped', details: { why: 'hops', threadId: 't1' } });
    expect(send('ada', 'bob', 't2')).toBeUndefined();
    send('operator', 'cy', 't1');
    expect(send('ada', 'bob', 't1')).toBeUndefined();
  });

  test('a storm of one agent is slowed, to one and in all, and the others are not', () => {
    const { clock, stopped, send } = guard({ pairPerMinute: 3, senderPerMinute: 5 });
    for (let n = 0; n < 3; n += 1) expect(send('ada', 'bob')).toBeUndefined();
    expect(send('ada', 'bob')).toMatchObject({ details: { why: 'pair', retryAfterMs: 20_000 } });
    expect(send('ada', 'dot')).toBeUndefined();
    expect(send('ada', 'dot')).toMatchObject({ details: { why: 'sender' } });
    expect(send('cy', 'bob')).toBeUndefined();
    expect(stopped.map(({ why }) => why)).toEqual(['pair', 'sender']);
    clock.advance(20_000);
    expect(send('ada', 'bob')).toBeUndefined();
  });

  test('programs may talk as fast as they like: no model pays for their turns', () => {
    const { send, stopped } = guard({ pairTurns: 1, pairPerMinute: 1 });
    for (let n = 0; n < 500; n += 1) {
      expect(send('program', 'ada')).toBeUndefined();
      expect(send('operator', 'ada')).toBeUndefined();
    }
    for (let n = 0; n < 5; n += 1) expect(send('ada', 'program')).toBeUndefined();
    expect(stopped).toEqual([]);
  });

  test('what it remembers has an end', () => {
    const { clock, send } = guard({ senderPerMinute: 1 });
    for (let n = 0; n < 6_000; n += 1) send(`a${n}`, `b${n}`);
    clock.advance(60_000);
    for (let n = 0; n < 6_000; n += 1) expect(send(`c${n}`, `d${n}`)).toBeUndefined();
  });
});
