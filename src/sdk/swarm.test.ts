import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import { readToken, swarmDirectory } from '../hub/swarm-directory.ts';
import { connect, openSwarm } from '../index.ts';
import { collector } from '../testing/collector.ts';
import { losingAnswers } from '../testing/losing-answers.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { startTempHub, tempFolder } from '../testing/temp-hub.ts';
import { connectSwarm } from './connect.ts';
import { createSwarm } from './create-swarm.ts';
import { FrameConnection } from './frame-connection.ts';
import { RemoteTransport } from './remote-transport.ts';

describe('one swarm object, over a socket and in place', () => {
  const ways = {
    'over the socket': async () => {
      const hub = await startTempHub();
      return { swarm: await hub.connect(), close: () => hub[Symbol.asyncDispose]() };
    },
    'in place, durable': async () => {
      const folder = tempFolder();
      const swarm = await openSwarm({ dir: join(folder.path, '.waggle'), port: 0 });
      return { swarm, close: async () => folder[Symbol.dispose]() };
    },
    'in memory': async () => ({ swarm: await openSwarm({ store: 'memory' }), close: async () => {} }),
  };

  test.each(Object.entries(ways))('%s: the whole life of messages', async (_name, open) => {
    const { swarm, close } = await open();
    try {
      await swarm.agents.add({ id: 'ada', role: 'reviewer', skills: ['ts', 'sql', 'ts'] });
      await swarm.agents.add({ id: 'bob', role: 'reviewer' });
      expect((await swarm.agents.list({ skill: 'sql' })).map((agent) => agent.id)).toEqual(['ada']);

      const question = await swarm.send({ to: 'ada', body: { n: [1, 2] }, subject: 'count', idempotencyKey: 'k1' });
      expect(await swarm.send({ to: 'ada', body: { n: [1, 2] }, subject: 'count', idempotencyKey: 'k1' })).toEqual({
        ...question,
        duplicate: true,
      });
      await expect(swarm.send({ to: 'ada', body: 'other', idempotencyKey: 'k1' })).rejects.toMatchObject({
        code: 'idempotency_conflict',
      });
      const { ids } = await swarm.send({ to: 'role:reviewer', body: 'all of you', from: 'ada' });
      expect(ids).toBeUndefined(); // ada is a reviewer too, but nobody writes to herself
      expect((await swarm.send({ to: 'all', body: 'everybody' })).ids).toHaveLength(2);
      await expect(swarm.send({ to: 'skill:cobol', body: 'x' })).rejects.toMatchObject({ code: 'not_found' });

      expect((await swarm.peek('ada')).map((message) => message.body)).toEqual([{ n: [1, 2] }, 'everybody']);
      const [first] = await swarm.lease('ada');
      if (first === undefined) throw new Error('nothing was leased');
      expect(first).toMatchObject({ id: question.id, bodyText: '{"n":[1,2]}', attempt: 1 });
      await swarm.extend(first, { leaseMs: 5_000 });
      const answer = await swarm.send({ to: 'bob', from: 'ada', replyTo: first.id, body: 'done' });
      await swarm.ack(first);
      await expect(swarm.ack(first)).rejects.toMatchObject({ code: 'lease_lost' });
      const { messages } = await swarm.thread(question.id);
      expect(messages.map((message) => message.id)).toEqual([question.id, answer.id]);
      expect((await swarm.message(first.id)).history.map((step) => step.type)).toEqual([
        'message.accepted',
        'message.leased',
        'message.acked',
      ]);

      const [broadcast] = await swarm.lease('ada');
      await swarm.nack(broadcast ?? first, { terminal: true, reason: 'cannot' });
      const { dead } = await swarm.dead.list();
      expect(dead[0]?.errors).toMatchObject([{ attempt: 1, reason: 'cannot' }]);
      expect(await swarm.dead.redrive({ inbox: 'ada' })).toBe(1);
      await expect(swarm.dead.purge({})).rejects.toMatchObject({ code: 'invalid_input' });
      const scheduled = await swarm.send({ to: 'bob', body: 'later', delayMs: 60_000 });
      expect(scheduled.state).toBe('scheduled');
      await swarm.cancel(scheduled.id);
      expect((await swarm.search('everybody', { inbox: 'bob' })).map((hit) => hit.message.to)).toEqual(['bob']);
      expect(await swarm.queue.stats()).toMatchObject({ accepted: 6, acked: 1, cancelled: 1 });
      expect((await swarm.queue.verify()).problems).toEqual([]);
      await expect(swarm.agents.remove('bob')).rejects.toMatchObject({ code: 'illegal_transition' });
      expect(await swarm.agents.remove('bob', { cancelOpen: true })).toMatchObject({ cancelled: 3 });
      expect((await swarm.agents.show('ada')).inbox).toMatchObject({ ready: 1 });
    } finally {
      await swarm.close();
      await close();
    }
  });

  test.each(Object.entries(ways))('%s: events are told in order and go on live', async (_name, open) => {
    const { swarm, close } = await open();
    const stop = new AbortController();
    const seen = collector<string>(3);
    const reading = (async () => {
      for await (const event of swarm.events({ signal: stop.signal })) seen.add(event.type);
    })();
    await swarm.agents.add({ id: 'ada' });
    await swarm.send({ to: 'ada', body: 'x' });
    await swarm.lease('ada');
    expect(await seen.full).toEqual(['agent.added', 'message.accepted', 'message.leased']);
    stop.abort();
    await reading;
    await swarm.close();
    await close();
  });

  test('a second program becomes a client of the first', async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    await using first = await openSwarm({ dir, port: 0 });
    await using second = await openSwarm({ dir, port: 0 });
    await second.agents.add({ id: 'ada' });
    expect((await first.agents.list()).map((agent) => agent.id)).toEqual(['ada']);
    expect((await second.status()).pid).toBe(process.pid);
  });
});

describe('calls travel together', () => {
  test('a hundred sends of one tick are one write, one commit', async () => {
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    let commits = 0;
    hub.hub.store.onCommit(() => {
      commits += 1;
    });
    await Promise.all(Array.from({ length: 100 }, (_, index) => swarm.send({ to: 'ada', body: `${index}` })));
    expect(commits).toBe(1);
  });

  test('the handshake and the first calls leave in one segment', async () => {
    const chunks: string[] = [];
    const server = createServer((socket) => socket.on('data', (chunk) => chunks.push(chunk.toString())));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    const connection = new FrameConnection({ at: { host: '127.0.0.1', port: address.port }, token: 't' });
    const calls = [1, 2, 3].map(() => connection.call('hub.status', {}));
    calls.forEach((call) => void call.catch(() => {}));
    await expect.poll(() => chunks.length).toBeGreaterThan(0);
    expect(chunks).toHaveLength(1);
    expect(chunks[0]?.match(/"op":"hub.status"/g)).toHaveLength(3);
    await connection.close();
    await expect(calls[0]).rejects.toMatchObject({ code: 'hub_unreachable', retry: 'unknown' });
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('waiting for mail', () => {
  test('the commit wakes the one who waits: no clock moves', async () => {
    const clock = new ManualClock();
    await using hub = await startTempHub({ clock });
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    const waiting = swarm.lease('ada', { waitMs: 60_000 });
    await swarm.send({ to: 'ada', body: 'wake up' });
    expect((await waiting).map((message) => message.body)).toEqual(['wake up']);
  });

  test('a wait that is over, aborted or drained ends with nothing', async () => {
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    expect(await swarm.lease('ada', { waitMs: 5 })).toEqual([]);
    const controller = new AbortController();
    const aborted = swarm.lease('ada', { waitMs: 60_000, signal: controller.signal });
    controller.abort();
    expect(await aborted).toEqual([]);
    const drained = swarm.lease('ada', { waitMs: 60_000 });
    await swarm.queue.stats();
    await swarm.stopHub();
    expect(await drained).toEqual([]);
  });

  test('a waiter that got its mail already passes the next wake-up on', async () => {
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    await swarm.send({ to: 'ada', body: 'first' });
    const both = [swarm.lease('ada', { waitMs: 20_000 }), swarm.lease('ada', { waitMs: 20_000 })];
    await swarm.send({ to: 'ada', body: 'second' });
    const bodies = (await Promise.all(both)).flat().map((message) => message.bodyText);
    expect(bodies.toSorted()).toEqual(['first', 'second']);
  });

  test('an aborted waiter passes its turn on', async () => {
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    const controller = new AbortController();
    const first = swarm.lease('ada', { waitMs: 60_000, signal: controller.signal });
    const second = swarm.lease('ada', { waitMs: 60_000 });
    await swarm.queue.stats();
    controller.abort();
    await swarm.send({ to: 'ada', body: 'for whoever stays' });
    expect([await first, (await second).length]).toEqual([[], 1]);
  });
});

describe('the doors of the package', () => {
  test('connect is a client; openSwarm passes on what keeps a hub from starting', async () => {
    await using hub = await startTempHub();
    await using client = await connect({ dir: hub.dir, start: false });
    expect((await client.status()).pid).toBe(process.pid);
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    writeFileSync(dir, 'a file');
    await expect(openSwarm({ dir, port: 0 })).rejects.toMatchObject({ code: 'directory_refused' });
  });

  test('a hub whose store is closed says so in its status', async () => {
    await using hub = await startTempHub();
    await hub.close();
    expect(await hub.hub.status()).toMatchObject({ agents: 0, lastEvent: 0, store: { state: 'closed' } });
  });
});

describe('a hub that goes away', () => {
  test('a call whose answer was lost is not done twice', async () => {
    await using hub = await startTempHub();
    const directory = swarmDirectory(hub.dir);
    const real = new FrameConnection({ at: { path: directory.socket }, token: readToken(directory) });
    const lost = new Set<string>();
    const transport = new RemoteTransport({
      open: async () => losingAnswers(real, lost),
      clock: systemClock,
      retryForMs: 5_000,
    });
    await using swarm = createSwarm(transport, systemClock);
    await swarm.agents.add({ id: 'ada' });

    for (const op of ['message.send', 'message.sendMany', 'message.ack', 'message.nack', 'message.cancel'])
      lost.add(op);
    expect(await swarm.send({ to: 'ada', body: 'once' })).toMatchObject({ duplicate: true });
    expect(
      await swarm.sendMany([
        { to: 'ada', body: 'a' },
        { to: 'ada', body: 'b' },
      ]),
    ).toHaveLength(2);
    expect(await swarm.queue.stats()).toMatchObject({ accepted: 3 });
    const [first, second, third] = await swarm.lease('ada', { limit: 3 });
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were sent');
    await swarm.ack(first);
    await swarm.nack(second, { delayMs: 0 });
    await swarm.cancel(third.id);
    expect(lost.size).toBe(0);
    expect(await swarm.queue.stats()).toMatchObject({ acked: 1, ready: 1, cancelled: 1 });
    // A refusal that is not the echo of a lost answer stays a refusal.
    lost.add('message.ack');
    await expect(swarm.ack({ id: second.id, gen: second.gen })).rejects.toMatchObject({ code: 'lease_lost' });
    await real.close();
  });

  test('without a hub, and with the wrong key, calls say so', async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    await expect(connectSwarm({ dir, start: false })).rejects.toMatchObject({ code: 'not_found' });
    await using hub = await startTempHub();
    const wrong = new FrameConnection({ at: { path: `${hub.dir}/hub.sock` }, token: 'wrong' });
    await expect(wrong.call('hub.status', {})).rejects.toMatchObject({ code: 'unauthorized' });
    await hub.close();
    await using late = await connectSwarm({ dir: hub.dir, start: false });
    await expect(late.status()).rejects.toMatchObject({ code: 'hub_unreachable' });
  });

  test('a client that found no hub finds it once there is one; one call too large hurts no other', async () => {
    await using hub = await startTempHub({ config: { limits: { inboxBytes: 200_000_000 } } });
    const directory = swarmDirectory(hub.dir);
    let isUp = false;
    const open = async () => {
      if (!isUp) throw new WaggleError('hub_unreachable', 'not yet');
      return new FrameConnection({ at: { path: directory.socket }, token: readToken(directory) });
    };
    await using swarm = createSwarm(new RemoteTransport({ open, clock: systemClock, retryForMs: 0 }), systemClock);
    await expect(swarm.status()).rejects.toMatchObject({ code: 'hub_unreachable' });
    isUp = true;
    await swarm.agents.add({ id: 'ada' });
    const huge = swarm.sendMany(Array.from({ length: 80 }, () => ({ to: 'ada', body: 'x'.repeat(250_000) })));
    const beside = swarm.send({ to: 'ada', body: 'small' });
    await expect(huge).rejects.toMatchObject({ code: 'payload_too_large' });
    expect((await beside).state).toBe('ready');
    expect((await swarm.queue.stats()).accepted).toBe(1);
  });

  test('a reader of events that breaks off ends the hub’s stream', async () => {
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    for await (const event of swarm.events()) {
      expect(event.type).toBe('agent.added');
      break;
    }
    expect(await swarm.agents.list()).toHaveLength(1);
  });

  test('a frame that cannot be read is answered to its caller, and the connection lives on', async () => {
    await using hub = await startTempHub();
    const connection = new FrameConnection({ at: { path: `${hub.dir}/hub.sock` }, token: hub.token });
    await expect(connection.call('message.send', { to: 'ada', body: '\ud800' })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    await expect(connection.call('no.such', {})).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(connection.call('toString', {})).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await connection.call('queue.stats', {})).toMatchObject({ accepted: 0 });
    await connection.close();
  });
});
