import { describe, expect, test, vi } from 'vitest';
import type { WaggleError } from '../errors.ts';
import { operator } from '../hub/operation.ts';
import { mintToken, openStream, startTeam } from '../testing/agent-doors.ts';
import { ManualClock } from '../testing/manual-clock.ts';

/** Calls of one connection the hub takes in before it stops reading; see frame-stream.ts. */
const inFlight = 1_024;

describe('an agent that sends without end (security §5.1)', () => {
  test('holds another up by what it has in flight, not by all it wants to send', async () => {
    await using hub = await startTeam();
    const rogue = openStream(hub, await mintToken(hub, 'ada'));
    const other = openStream(hub, await mintToken(hub, 'bob'));
    await other.call('message.send', { to: 'ada', body: 'awake' });
    // A slow disk: nothing is committed until this is, and all that is read meanwhile stands in line.
    const disk = Promise.withResolvers<void>();
    const slow = hub.hub.store.transaction(() => disk.promise);
    const taken = vi.spyOn(hub.hub, 'call');
    const wanted = 9_000;
    const storm = Array.from({ length: wanted }, (_, n) => rogue.call('message.send', { to: 'cy', body: `${n}` }));
    // Round trips that touch no store: turns in which the hub could read on.
    const turn = () => expect(other.call('message.send', { to: 'No One', body: '' })).rejects.toThrow('to:');
    for (let turns = 0; turns < 100; turns += 1) await turn();
    const inLine = taken.mock.calls.filter(([, input]) => (input as { to: string }).to === 'cy').length;
    let accepted = 0;
    hub.hub.store.onCommit(({ ready }) => (accepted += ready.get('cy') ?? 0));
    const hello = other.call('message.send', { to: 'ada', body: 'hello' }).then(() => accepted);
    await turn();
    disk.resolve();
    const before = await hello;
    await Promise.all([slow, ...storm]);
    expect(accepted).toBe(wanted);
    // The limit, and the rest of what had come with the last of it.
    expect(inLine).toBeLessThan(2 * inFlight);
    // What stood in line, and what came in its place in the same commit.
    expect(before).toBeLessThan(3 * inFlight);
    await Promise.all([rogue.close(), other.close()]);
  });

  test('is told to wait once it is over its rate: nothing is written, nobody else is, and the audit log has a count', async () => {
    const clock = new ManualClock();
    await using hub = await startTeam({ clock, config: { limits: { senderPerSecond: 10, senderBurst: 10 } } });
    const rogue = openStream(hub, await mintToken(hub, 'ada'));
    const other = openStream(hub, await mintToken(hub, 'bob'));
    const storm = async (count: number) => {
      const sends = Array.from({ length: count }, (_, n) => rogue.call('message.send', { to: 'cy', body: `${n}` }));
      const settled = await Promise.allSettled(sends);
      return settled.map((send) => (send.status === 'fulfilled' ? 'accepted' : (send.reason as WaggleError).code));
    };
    const first = await storm(20);
    expect(first).toEqual([...Array(10).fill('accepted'), ...Array(10).fill('rate_limited')]);
    let commits = 0;
    hub.hub.store.onCommit(() => (commits += 1));
    expect(new Set(await storm(980))).toEqual(new Set(['rate_limited']));
    expect(commits).toBe(0);
    expect(await other.call('message.send', { to: 'cy', body: 'hello' })).toMatchObject({ state: 'ready' });
    clock.advance(60_000);
    const rows = async () => {
      const { entries } = await hub.hub.call('audit.list', { actor: 'ada' }, { caller: operator });
      return entries.map(({ action, outcome, detail, count }) => [action, outcome, detail, count]);
    };
    await expect.poll(rows).toEqual([
      ['message.send', 'refused', 'rate_limited', 989],
      ['message.send', 'refused', 'rate_limited', 1],
    ]);
    await Promise.all([rogue.close(), other.close()]);
  });

  test('that a model drives is stopped far earlier, and the audit log has it', async () => {
    const clock = new ManualClock();
    await using hub = await startTeam({ clock, config: { delivery: { senderPerMinute: 5 } } });
    await hub.hub.call('agent.add', { id: 'model', client: 'codex' }, { caller: operator });
    const rogue = openStream(hub, await mintToken(hub, 'model'));
    const send = () => rogue.call('message.send', { to: 'cy', body: 'again' });
    for (let n = 0; n < 5; n += 1) await send();
    await expect(send()).rejects.toMatchObject({ code: 'loop_stopped' });
    const { entries } = await hub.hub.call('audit.list', { actor: 'model' }, { caller: operator });
    expect(entries).toMatchObject([{ action: 'message.send', outcome: 'refused', detail: 'loop_stopped' }]);
    await rogue.close();
  });
});
