import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { openSwarm } from '../index.ts';
import { startTempHub } from '../testing/temp-hub.ts';
import { connectSwarm } from './connect.ts';

afterEach(() => vi.unstubAllEnvs());

async function startPair() {
  const hub = await startTempHub();
  const operator = await hub.connect();
  for (const id of ['ada', 'bob']) await operator.agents.add({ id });
  return Object.assign(hub, { operator });
}

test('a program that connects as an agent sends and reads as that agent', async () => {
  await using hub = await startPair();
  const { file } = await hub.operator.agents.token('ada');
  await using ada = await connectSwarm({ dir: hub.dir, start: false, agent: 'ada' });
  await ada.send({ to: 'bob', body: 'from ada' });
  expect(await hub.operator.peek('bob')).toMatchObject([{ from: 'ada' }]);
  await expect(ada.lease('bob')).rejects.toMatchObject({ code: 'forbidden' });
  await using named = await connectSwarm({ dir: hub.dir, start: false, tokenFile: file });
  await expect(named.agents.report('bob', { state: 'idle' })).rejects.toMatchObject({ code: 'forbidden' });
  expect(await named.agents.report('ada', { state: 'working' })).toMatchObject({ state: 'working' });
  await hub.operator.close();
});

test('WAGGLE_TOKEN_FILE says who a process is, for connect and for openSwarm', async () => {
  await using hub = await startPair();
  vi.stubEnv('WAGGLE_TOKEN_FILE', (await hub.operator.agents.token('bob')).file);
  for (const open of [connectSwarm, openSwarm]) {
    await using bob = await open({ dir: hub.dir });
    await expect(bob.dead.purge({ all: true })).rejects.toMatchObject({ code: 'forbidden' });
  }
  await using ada = await (async () => {
    await hub.operator.agents.token('ada');
    return connectSwarm({ dir: hub.dir, start: false, agent: 'ada' });
  })();
  await ada.send({ to: 'bob', body: 'named beats environment' });
  expect(await hub.operator.peek('bob')).toMatchObject([{ from: 'ada' }]);
  vi.stubEnv('WAGGLE_TOKEN_FILE', '');
  await using operator = await connectSwarm({ dir: hub.dir, start: false });
  expect(await operator.dead.purge({ all: true })).toBe(0);
  await hub.operator.close();
});

test('a missing or damaged token file is an error that says what to do, never the operator', async () => {
  await using hub = await startPair();
  const connect = (options: object) => connectSwarm({ dir: hub.dir, start: false, ...options });
  await expect(connect({ agent: 'ada' })).rejects.toMatchObject({
    code: 'unauthorized',
    message: expect.stringMatching(/agents\/ada\/token does not exist; .*waggle agent token ada/),
  });
  await expect(connect({ agent: '../token' })).rejects.toMatchObject({ code: 'invalid_input' });
  vi.stubEnv('WAGGLE_TOKEN_FILE', join(hub.dir, 'nothing'));
  await expect(connect({})).rejects.toThrow(/nothing \(WAGGLE_TOKEN_FILE\) does not exist/);
  writeFileSync(join(hub.dir, 'short'), 'wag_ada_');
  await expect(connect({ tokenFile: join(hub.dir, 'short') })).rejects.toThrow(/empty or cut short/);
  await hub.operator.close();
});

test('a process stays the incarnation it was started as, even when its connection is made anew', async () => {
  await using hub = await startPair();
  const { file } = await hub.operator.agents.token('ada');
  await using former = await connectSwarm({ dir: hub.dir, start: false, agent: 'ada', retryForMs: 0 });
  await former.queue.stats();
  const text = readFileSync(file, 'utf8');
  await hub.operator.agents.token('ada');
  expect(readFileSync(file, 'utf8')).not.toBe(text);
  await expect(former.queue.stats()).rejects.toMatchObject({ code: 'unauthorized' });
  await using present = await connectSwarm({ dir: hub.dir, start: false, agent: 'ada' });
  await present.queue.stats();
  const revoked = await hub.operator.agents.revoke('ada');
  expect(revoked).toMatchObject({ agent: 'ada', incarnation: 2 });
  await expect(present.queue.stats()).rejects.toMatchObject({ code: 'unauthorized' });
  rmSync(file, { force: true });
  await hub.operator.close();
});
