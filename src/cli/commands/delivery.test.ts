import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commandHub } from '../../testing/command-hub.ts';
import { eventually } from '../../testing/eventually.ts';
import { startTempHub } from '../../testing/temp-hub.ts';

async function hubWithAgents() {
  const found = await commandHub('ada');
  const inbox = join(found.hub.dir, 'legacy');
  mkdirSync(inbox);
  return { ...found, inbox };
}

test('a legacy agent gets its mail as files, and its receipts are seen everywhere', async () => {
  const { hub, swarm, inbox, atTerminal, inPipe } = await hubWithAgents();
  const { id } = await swarm.send({ to: 'ada', body: 'hello', from: 'bob' });
  expect((await inPipe('delivery', 'open', 'ada', 'legacy-inbox', '--folder', 'legacy')).stdout).toBe(
    'legacy-inbox is open\n',
  );
  await eventually(() => expect(readdirSync(inbox)).toHaveLength(1));
  await eventually(async () => expect((await swarm.message(id)).receipt).toMatchObject({ state: 'injected' }));
  const status = JSON.parse((await inPipe('delivery', 'status', 'ada', '--json')).stdout);
  expect(status.doors.map(({ door, open }: { door: string; open: boolean }) => [door, open])).toContainEqual([
    'legacy-inbox',
    true,
  ]);
  expect(status.records).toMatchObject([{ messageId: id, door: 'legacy-inbox', state: 'injected', tries: 1 }]);
  expect((await atTerminal('delivery', 'status', 'ada')).stdout).toMatch(/legacy-inbox +open[^]*injected/);
  expect((await atTerminal('message', id)).stdout).toMatch(/stored .* · injected by legacy-inbox/);
  expect(await swarm.delivery.saw('ada', [id])).toBe(1);
  const [message] = await swarm.lease('ada');
  if (message === undefined) throw new Error('nothing to lease');
  await swarm.ack(message);
  expect((await swarm.message(id)).receipt).toMatchObject({ state: 'acked', injectedAt: expect.any(String) });
  expect(JSON.parse((await inPipe('message', id, '--json')).stdout).receipt.state).toBe('acked');
  expect((await inPipe('delivery', 'close', 'ada', 'legacy-inbox')).stdout).toBe('legacy-inbox is closed\n');
  expect((await inPipe('delivery', 'close', 'ada', 'legacy-inbox')).stdout).toBe('legacy-inbox was not open\n');
  expect(JSON.parse((await inPipe('delivery', 'close', 'ada', 'webhook', '--json')).stdout)).toEqual({ closed: false });
  expect(hub.hub.store.health().state).toBe('open');
});

test('a message that is uncertain is shown, and told again only on somebody’s word', async () => {
  const { hub, swarm, inbox, atTerminal, inPipe } = await hubWithAgents();
  const { id } = await swarm.send({ to: 'ada', body: 'hello' });
  const { deliveries } = hub.hub.store;
  await deliveries.begin('ada', 'legacy-inbox', [id]);
  await deliveries.settle([id], { end: 'uncertain', why: 'nobody knows' });
  expect((await inPipe('delivery', 'open', 'ada', 'legacy-inbox', '--folder', 'legacy', '--json')).stdout).toContain(
    '"open":true',
  );
  const seen = await atTerminal('delivery', 'status', 'ada');
  expect(seen.stdout).toContain('nobody knows');
  expect(seen.stderr).toContain('1 uncertain');
  expect((await atTerminal('message', id)).stdout).toContain('uncertain: nobody knows');
  expect((await inPipe('delivery', 'status', 'ada')).stdout).toContain('uncertain');
  expect(readdirSync(inbox)).toEqual([]);
  expect((await inPipe('delivery', 'retry', id)).stdout).toContain('told once more');
  await eventually(() => expect(readdirSync(inbox)).toHaveLength(1));
  await eventually(async () => expect((await swarm.message(id)).receipt?.state).toBe('injected'));
  expect(JSON.parse((await inPipe('delivery', 'retry', id, '--json')).stdout)).toEqual({ id });
});

test('a webhook door posts what is sent, and its secret is told once', async () => {
  const { swarm, inPipe } = await hubWithAgents();
  const opened = await swarm.delivery.open('ada', 'webhook', { url: 'http://127.0.0.1:9/secret-path' });
  expect(opened).toMatchObject({
    open: true,
    secret: expect.stringMatching(/^whsec_/),
    settings: { destination: 'agent-ada' },
  });
  const { id } = await swarm.send({ to: 'ada', body: 'hello' });
  await eventually(async () =>
    expect((await swarm.message(id)).receipt).toMatchObject({ state: 'injected', door: 'webhook' }),
  );
  const { entries } = await swarm.outbox.list({ destination: 'agent-ada' });
  expect(entries).toMatchObject([{ kind: 'message', destination: 'agent-ada' }]);
  const again = await inPipe('delivery', 'open', 'ada', 'webhook', '--url', 'http://127.0.0.1:9/x');
  expect(again.stdout).toMatch(/webhook is open\nreceivers verify .*\nwhsec_/);
  expect(await swarm.delivery.close('ada', 'webhook')).toBe(true);
  expect(await swarm.outbox.destinations()).toEqual([]);
});

test('settings are refused by name: what a door needs, and what means nothing to it', async () => {
  const { hub, swarm, inbox, inPipe } = await hubWithAgents();
  await expect(swarm.delivery.open('ada', 'pull')).rejects.toThrow(/door: is always there/);
  await expect(swarm.delivery.open('ada', 'exec', { client: 'claude' })).rejects.toThrow(
    /session: is required for the door exec/,
  );
  await expect(swarm.delivery.open('ada', 'tmux', { folder: '/x' })).rejects.toThrow(
    /folder: means nothing to the door tmux/,
  );
  await expect(swarm.delivery.open('ada', 'legacy-inbox', { folder: 'x' })).rejects.toThrow(/absolute/);
  await expect(swarm.delivery.open('ada', 'webhook', { url: 'http://10.0.0.1/' })).rejects.toThrow(/url: .*not shown/);
  await expect(swarm.delivery.open('eve', 'legacy-inbox', { folder: inbox })).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(swarm.delivery.open('eve', 'webhook', { url: 'https://example.com' })).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(swarm.delivery.status('eve')).rejects.toMatchObject({ code: 'not_found' });
  await expect(inPipe('delivery', 'open', 'ada', 'webhook', '--url', '-')).rejects.toMatchObject({
    code: 'invalid_input',
  });
  rmSync(inbox, { recursive: true });
  const kept = await inPipe('delivery', 'open', 'ada', 'legacy-inbox', '--folder', 'legacy');
  expect(kept.stdout).toContain('closed for now');
  expect(hub.hub.store.health().state).toBe('open');
});

test('two model agents that answer one another for ever are stopped, with an event; a program is not', async () => {
  const hub = await startTempHub({ config: { delivery: { pairTurns: 4 } } });
  onTestFinished(() => hub[Symbol.asyncDispose]());
  const swarm = await hub.connect();
  onTestFinished(() => swarm.close());
  for (const [id, client] of [
    ['ada', 'claude'],
    ['bob', 'codex'],
  ] as const)
    await swarm.agents.add({ id, client });
  await swarm.agents.add({ id: 'script' });
  const pong = async (turn: number) =>
    swarm.send(turn % 2 === 0 ? { to: 'bob', from: 'ada', body: 'ack' } : { to: 'ada', from: 'bob', body: 'ack' });
  for (let turn = 0; turn < 4; turn += 1) await pong(turn);
  await expect(pong(4)).rejects.toMatchObject({ code: 'loop_stopped', details: { why: 'turns' } });
  await expect(pong(4)).rejects.toMatchObject({ code: 'loop_stopped' });
  for (let turn = 0; turn < 20; turn += 1)
    await swarm.send(
      turn % 2 === 0 ? { to: 'script', from: 'ada', body: 'x' } : { to: 'ada', from: 'script', body: 'x' },
    );
  await eventually(async () => {
    const events = await hub.hub.store.events.read(0, 500);
    expect(events.filter(({ type }) => type === 'delivery.loop')).toMatchObject([
      { agent: 'ada', inbox: 'bob', data: { why: 'turns', from: 'ada', to: 'bob', count: 4 } },
    ]);
  });
  await swarm.send({ to: 'ada', body: 'go on, it is all right' });
  await pong(4);
});
