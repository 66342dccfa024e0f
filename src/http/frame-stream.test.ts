import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { operator } from '../hub/operation.ts';
import { startTempHub } from '../testing/temp-hub.ts';
import { maxBatchBytes } from './body-reader.ts';
import { serveFrames } from './frame-stream.ts';

/** Speaks the stream by hand, so that frames can be cut, late and wrong. */
async function openStream(hub: Awaited<ReturnType<typeof startTempHub>>) {
  const socket: Socket = connect({ path: `${hub.dir}/hub.sock` });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('utf8');
  });
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => {});
  socket.write(
    `GET /v1/stream HTTP/1.1\r\nHost: waggle\r\nConnection: Upgrade\r\nUpgrade: waggle-ndjson\r\nAuthorization: Bearer ${hub.token}\r\n\r\n`,
  );
  await expect.poll(() => text).toContain('101 Switching Protocols');
  const lines = () => text.split('\r\n\r\n').slice(1).join('').split('\n').filter(Boolean);
  const answer = async (id: number | null) => {
    const find = () => lines().find((line) => line.startsWith(`{"id":${id}`));
    await expect.poll(find).toBeDefined();
    return JSON.parse(find() ?? '{}') as {
      result?: unknown;
      error?: { code: string; message: string };
      event?: unknown;
    };
  };
  return { socket, answer, lines, ended };
}

describe('the framed stream', () => {
  test('takes a frame in pieces, several in one, and empty lines', async () => {
    await using hub = await startTempHub();
    const { socket, answer } = await openStream(hub);
    const frame = '{"id":1,"op":"agent.add","input":{"id":"ada"}}\n';
    for (const piece of frame.match(/.{1,7}|\n/gs) ?? []) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await answer(1)).toMatchObject({ result: { id: 'ada' } });
    socket.write('\n{"id":2,"op":"agent.list"}\n\n{"id":3,"op":"hub.status"}\n{"id":4,');
    expect(await answer(2)).toMatchObject({ result: { agents: [{ id: 'ada' }] } });
    expect(await answer(3)).toMatchObject({ result: { agents: 1 } });
    socket.write('"op":"queue.stats","input":{}}\n');
    expect(await answer(4)).toMatchObject({ result: { accepted: 0 } });
    socket.destroy();
  });

  test('says what is wrong with a frame, to its caller where one can be made out', async () => {
    await using hub = await startTempHub();
    const { socket, answer, lines } = await openStream(hub);
    socket.write('nonsense\n{"op":"hub.status","id":1}\n{"id":7,"op":"hub.status","input":{"x":1,"x":2}}\n');
    expect(await answer(7)).toMatchObject({ error: { code: 'invalid_input' } });
    expect(lines().filter((line) => line.startsWith('{"id":null'))).toHaveLength(2);
    socket.write(Buffer.concat([Buffer.from('{"id":8,"op":"'), Buffer.of(0xff), Buffer.from('"}\n')]));
    await expect.poll(() => lines().filter((line) => line.startsWith('{"id":null')).length).toBe(3);
    socket.destroy();
  });

  test('ends a waiting call and an event stream on request', async () => {
    await using hub = await startTempHub();
    const { socket, answer, lines } = await openStream(hub);
    socket.write('{"id":1,"op":"agent.add","input":{"id":"ada"}}\n{"id":2,"op":"events","input":{"after":"x"}}\n');
    await expect.poll(() => lines().some((line) => line.includes('"event"'))).toBe(true);
    socket.write(
      '{"id":3,"op":"message.lease","input":{"inbox":"ada","waitMs":60000}}\n{"id":2,"cancel":true}\n{"id":3,"cancel":true}\n{"id":99,"cancel":true}\n',
    );
    expect(await answer(3)).toEqual({ id: 3, result: { messages: [] } });
    await expect.poll(() => lines().includes('{"id":2,"result":{}}')).toBe(true);
    socket.destroy();
  });

  test('a frame beyond all measure ends the connection with the reason', async () => {
    await using hub = await startTempHub();
    const { socket, answer, ended } = await openStream(hub);
    const chunk = Buffer.alloc(1024 * 1024, 0x20);
    for (let sent = 0; sent <= maxBatchBytes && !socket.destroyed; sent += chunk.length) socket.write(chunk);
    expect(await answer(null)).toMatchObject({ error: { code: 'payload_too_large' } });
    await ended;
  });

  test('a reader that does not keep up is waited for, and what it asked is dropped when it goes', async () => {
    await using hub = await startTempHub({ config: { limits: { senderBurst: 1_000_000, inboxMessages: 100_000 } } });
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    for (let n = 0; n < 8; n += 1) {
      await swarm.sendMany(Array.from({ length: 5_000 }, () => ({ to: 'ada', body: 'x' })));
    }
    const { socket, lines } = await openStream(hub);
    socket.pause();
    socket.write('{"id":5,"op":"events","input":{"after":0}}\n');
    // The hub goes on serving others while this reader sleeps on 40,000 events.
    await swarm.queue.stats();
    expect((await swarm.search('x', { limit: 1 })).length).toBe(1);
    socket.resume();
    await expect.poll(() => lines().length).toBeGreaterThan(40_000);
    socket.pause();
    socket.destroy();
    await swarm.queue.stats();
  });

  test('of all that a reader asked for, no more is held for it than a bounded text', async () => {
    await using hub = await startTempHub({ store: 'memory', config: { limits: { senderBurst: 1_000_000 } } });
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    await swarm.sendMany(Array.from({ length: 5_000 }, () => ({ to: 'ada', body: 'x' })));
    let written = 0;
    const asleep = new Duplex({
      read() {},
      // The first write never ends: a socket whose other side does not read.
      write(chunk: Buffer) {
        written += chunk.length;
      },
    });
    serveFrames(hub.hub, operator, asleep, Buffer.from('{"id":1,"op":"events","input":{"after":0}}\n'));
    // By the time another reader has had every event, this one has had its share of turns.
    const other = await openStream(hub);
    other.socket.write('{"id":1,"op":"events","input":{"after":0}}\n');
    await expect.poll(() => other.lines().length).toBeGreaterThan(5_000);
    expect(written + asleep.writableLength).toBeLessThan(256 * 1024);
    asleep.destroy();
    other.socket.destroy();
  });

  test('more calls than may be in flight at once are all answered', async () => {
    await using hub = await startTempHub();
    const { socket, lines } = await openStream(hub);
    socket.write(Array.from({ length: 3_000 }, (_, id) => `{"id":${id},"op":"queue.stats"}\n`).join(''));
    await expect.poll(() => lines().length).toBe(3_000);
    socket.destroy();
  });
});

describe('a consumer that is gone', () => {
  test('loses its place in line with its connection, even one it only half closed', async () => {
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    const gone = await openStream(hub);
    gone.socket.write('{"id":1,"op":"message.lease","input":{"inbox":"ada","waitMs":60000}}\n');
    await swarm.queue.stats();
    const waiting = swarm.lease('ada', { waitMs: 60_000 });
    await swarm.queue.stats();
    // What the kernel sends for a process that was killed: an end, and nothing after it.
    gone.socket.end();
    await gone.ended;
    await swarm.send({ to: 'ada', body: 'for the living' });
    expect((await waiting).map((message) => message.body)).toEqual(['for the living']);
    expect(await swarm.queue.stats()).toMatchObject({ leased: 1, ready: 0 });
  });
});
