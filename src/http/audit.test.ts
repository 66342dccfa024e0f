import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { operator } from '../hub/operation.ts';
import { mintToken, restDoor, startTeam, streamDoor } from '../testing/agent-doors.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { tamperWith } from '../testing/store-at.ts';

describe('the audit log of a hub', () => {
  test('has a row for every control of the operator, with what became of it', async () => {
    await using hub = await startTeam();
    const call = hub.hub.call.bind(hub.hub);
    await call('agent.token', { id: 'bob' }, { caller: operator });
    await call('dead.purge', { inbox: 'bob' }, { caller: operator });
    await call('queue.prune', { olderThanMs: 1, dryRun: true }, { caller: operator });
    await call('agent.remove', { id: 'cy' }, { caller: operator });
    await expect(call('agent.revoke', { id: 'nobody' }, { caller: operator })).rejects.toMatchObject({
      code: 'not_found',
    });
    const { entries, next } = await call('audit.list', { limit: 3 }, { caller: operator });
    expect(entries).toMatchObject([
      { seq: 5, actor: 'operator', action: 'agent.revoke', subject: 'nobody', outcome: 'failed', detail: 'not_found' },
      { seq: 4, action: 'agent.remove', subject: 'cy', outcome: 'done' },
      { seq: 3, action: 'queue.prune', subject: 'all (dry run)' },
    ]);
    const rest = await call('audit.list', { before: next ?? 0 }, { caller: operator });
    expect(rest.entries.map(({ action, subject }) => [action, subject])).toEqual([
      ['dead.purge', 'bob'],
      ['agent.token', 'bob'],
    ]);
    expect(await call('audit.verify', {}, { caller: operator })).toMatchObject({ ok: true, checked: 5, witnessed: 5 });
  });

  test('has a row for a stop that names nobody', async () => {
    await using hub = await startTeam();
    await hub.hub.call('hub.stop', {}, { caller: operator });
    const [row] = await hub.hub.store.audit.list({ limit: 1 });
    expect(row).toMatchObject({ actor: 'operator', action: 'hub.stop', outcome: 'done' });
    expect(row).not.toHaveProperty('subject');
  });

  test('tells of a lead who read the mail of its team, not of one who read its own', async () => {
    await using hub = await startTeam();
    const token = await mintToken(hub, 'bob', { role: 'lead' });
    const door = streamDoor(hub);
    await door(token, 'message.peek', { inbox: 'bob' });
    for (let n = 0; n < 3; n += 1) await door(token, 'message.peek', { inbox: 'ada' });
    const { entries } = await hub.hub.call('audit.list', { actor: 'bob' }, { caller: operator });
    expect(entries).toMatchObject([{ action: 'message.peek', subject: 'ada', outcome: 'done', role: 'lead' }]);
  });

  test('counts a peer that keeps failing, answers it slowly, and lets nobody else wait', async () => {
    const clock = new ManualClock();
    await using hub = await startTeam({ clock });
    const door = restDoor(hub);
    for (let n = 0; n < 10; n += 1) expect(await door('wrong', 'queue.stats', {})).toMatchObject({ status: 401 });
    const timers = clock.pending;
    const eleventh = door('wrong', 'queue.stats', {});
    const slow = expect(eleventh).resolves.toMatchObject({ status: 401 });
    await expect.poll(() => clock.pending).toBeGreaterThan(timers);
    expect(await door(hub.token, 'queue.stats', {})).toHaveProperty('result');
    clock.advance(1_000);
    await slow;
    clock.advance(60_000);
    const rows = async () =>
      (await hub.hub.call('audit.list', { outcome: 'refused' }, { caller: operator })).entries.map(
        ({ actor, action, count }) => [actor, action, count],
      );
    await expect.poll(rows).toEqual([
      ['127.0.0.1', 'authenticate', 10],
      ['127.0.0.1', 'authenticate', 1],
    ]);
    expect(await door('wrong', 'queue.stats', {})).toMatchObject({ status: 401 });
  });

  test('shows what was done to its file behind the hub’s back', async () => {
    await using hub = await startTeam();
    const call = hub.hub.call.bind(hub.hub);
    for (let n = 0; n < 4; n += 1) await call('dead.purge', { inbox: 'bob' }, { caller: operator });
    await hub.close();
    tamperWith(
      join(hub.dir, 'waggle.db'),
      "UPDATE audit SET actor = 'eve' WHERE seq = 2; DELETE FROM audit WHERE seq = 4",
    );
    const { runHub } = await import('../compose.ts');
    const again = await runHub({ dir: hub.dir, port: 0 });
    const report = await again.hub.call('audit.verify', {}, { caller: operator });
    expect(report).toMatchObject({
      ok: false,
      problems: [
        { what: 'changed', seq: 2 },
        { what: 'truncated', seq: 4 },
      ],
    });
    await again.close();
  });
});
