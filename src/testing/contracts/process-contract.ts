import { describe, expect, test } from 'vitest';
import type { ProcessOrder } from '../../process/process-store.ts';
import { keptIncarnations } from '../../process/process-store.ts';
import { type OpenStore, refusal, StoreFixture } from './store-fixture.ts';

const order: ProcessOrder = {
  agent: 'ada',
  host: 'child',
  command: ['sh', '-c', 'echo "$1"', 'sh', 'a;b'],
  cwd: '/work',
  policy: 'transient',
  cause: 'asked',
  nonce: 'n1',
};
const identity = { pid: 42, startTime: '1000', bootId: 'boot' };

/** What every store that keeps agents' processes promises. */
export function processContract(open: OpenStore): void {
  describe('processes', () => {
    test('a life is kept from its order to its end', async () => {
      await using fixture = await StoreFixture.open(open);
      const { processes } = fixture.store;
      const { clock } = fixture;
      expect(await processes.latest('ada')).toBeUndefined();
      const begun = await processes.begin(order);
      expect(begun).toEqual({ ...order, incarnation: 1, state: 'starting', createdAt: clock.now() });
      clock.advance(5);
      const running = await processes.started(begun, identity);
      expect(running).toEqual({ ...begun, state: 'running', startedAt: clock.now(), identity });
      expect((await processes.stopping(running)).state).toBe('stopping');
      expect((await processes.stopping(running)).state).toBe('stopping');
      clock.advance(5);
      const ended = await processes.ended(running, { state: 'exited', exit: { signal: 'SIGTERM' } });
      expect(ended).toEqual({ ...running, state: 'exited', endedAt: clock.now(), exit: { signal: 'SIGTERM' } });
      expect(await processes.latest('ada')).toEqual(ended);
    });

    test('one life at a time, and each number once', async () => {
      await using fixture = await StoreFixture.open(open);
      const { processes } = fixture.store;
      const first = await processes.begin(order);
      const error = await refusal(processes.begin(order), 'illegal_transition');
      expect(error.message).toContain('waggle agent stop ada');
      await processes.ended(first, { state: 'failed', exit: { reason: 'no such file' } });
      expect((await processes.begin({ ...order, nonce: 'n2' })).incarnation).toBe(2);
      await processes.ended({ agent: 'ada', incarnation: 2 }, { state: 'exited', exit: { code: 0 } });
      await fixture.store.agents.remove('ada', { cancelOpen: false });
      await refusal(processes.begin(order), 'not_found');
      await fixture.store.agents.add({ id: 'ada', skills: [] });
      expect((await processes.begin(order)).incarnation).toBe(3);
    });

    test('what was learnt of one life is not applied to another, nor twice', async () => {
      await using fixture = await StoreFixture.open(open);
      const { processes, events } = fixture.store;
      const life = await processes.begin(order);
      await refusal(processes.stopping(life), 'illegal_transition');
      await processes.ended(life, { state: 'exited', exit: { code: 0 } });
      const last = await events.last();
      await refusal(processes.started(life, identity), 'illegal_transition');
      await refusal(processes.ended(life, { state: 'exited', exit: { code: 1 } }), 'illegal_transition');
      await refusal(processes.started({ agent: 'ada', incarnation: 9 }, identity), 'not_found');
      expect(await events.last()).toBe(last);
      expect((await processes.latest('ada'))?.exit).toEqual({ code: 0 });
    });

    test('a restart that is due is kept, and gone with the next start or when it is called off', async () => {
      await using fixture = await StoreFixture.open(open);
      const { processes } = fixture.store;
      const end = { state: 'exited', exit: { code: 1 }, restartAt: 12_345 } as const;
      const first = await processes.ended(await processes.begin(order), end);
      expect(first.restartAt).toBe(12_345);
      expect((await processes.cancelRestart(first)).restartAt).toBeUndefined();
      const second = await processes.ended(await processes.begin(order), end);
      await processes.begin({ ...order, cause: 'restart' });
      const [, before] = await processes.history('ada', 10);
      expect([before?.incarnation, before?.restartAt]).toEqual([second.incarnation, undefined]);
    });

    test('the list has the latest of each, the history the newest of one', async () => {
      await using fixture = await StoreFixture.open(open);
      const { processes } = fixture.store;
      for (let n = 0; n < keptIncarnations + 3; n += 1) {
        await processes.ended(await processes.begin(order), { state: 'exited', exit: { code: n } });
      }
      await processes.begin({ ...order, agent: 'bob' });
      const list = await processes.list();
      expect(list.map(({ agent, incarnation }) => [agent, incarnation])).toEqual([
        ['ada', keptIncarnations + 3],
        ['bob', 1],
      ]);
      expect((await processes.history('ada', 2)).map(({ exit }) => exit?.code)).toEqual([
        keptIncarnations + 2,
        keptIncarnations + 1,
      ]);
      expect(await processes.history('ada', 1_000)).toHaveLength(keptIncarnations);
    });

    test('each step is an event that tells nothing of the command', async () => {
      await using fixture = await StoreFixture.open(open);
      const { processes, events } = fixture.store;
      const before = await events.last();
      const life = await processes.started(await processes.begin(order), identity);
      await processes.stopping(life);
      await processes.cancelRestart(await processes.ended(life, { state: 'exited', exit: { code: 0 } }));
      const told = await events.read(before, 10);
      expect(told.map(({ type }) => type)).toEqual([
        'agent.starting',
        'agent.started',
        'agent.stopping',
        'agent.exited',
        'agent.restart_cancelled',
      ]);
      for (const event of told) expect(event).toMatchObject({ agent: 'ada', data: { incarnation: 1 } });
      expect(JSON.stringify(told)).not.toContain('a;b');
    });
  });
}
