import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FrameConnection } from '../sdk/frame-connection.ts';
import { startTempHub } from '../testing/temp-hub.ts';

/** A raw connection; everything the hub says on it until it closes it. */
async function dial(url: string): Promise<{ socket: Socket; said: Promise<string> }> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('utf8')));
  socket.on('error', () => {});
  const said = once(socket, 'close').then(() => text);
  await once(socket, 'connect');
  return { socket, said };
}

describe('how much of a hub its peers may take up (security §5.3)', () => {
  test('one connection too many is answered busy on both doors, and the next is welcome when one has gone', async () => {
    await using hub = await startTempHub({ config: { doors: { connections: 2 } } });
    const host = `Host: ${new URL(hub.url).host}`;
    const held = [await dial(hub.url), await dial(hub.url)];
    const over = await dial(hub.url);
    over.socket.write(`GET /v1/status HTTP/1.1\r\n${host}\r\nAuthorization: Bearer ${hub.token}\r\n\r\n`);
    const answer = await over.said;
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toMatch(/retry-after: 1\r\n/i);
    expect(answer).toContain('"code":"busy"');

    const port = Number(new URL(hub.url).port);
    const framed = new FrameConnection({ at: { host: '127.0.0.1', port }, token: hub.token });
    await expect(framed.call('hub.status', {})).rejects.toMatchObject({ code: 'busy', retry: 'later' });
    // The socket has a count of its own: strangers at the port do not lock the owner out.
    await using client = await hub.connect();
    expect(await client.agents.list()).toEqual([]);

    held[0]?.socket.destroy();
    await held[0]?.said;
    held[1]?.socket.write(`GET /v1/status HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`);
    expect(await held[1]?.said).toMatch(/^HTTP\/1\.1 401 /);
    expect((await hub.request('GET', '/v1/status', undefined, { connection: 'close' })).status).toBe(200);
  });

  test('a client over the limit is carried until there is room', async () => {
    await using hub = await startTempHub({ config: { doors: { connections: 1 } } });
    await using first = await hub.connect();
    await first.agents.add({ id: 'bob' });
    const { connectSwarm } = await import('../sdk/connect.ts');
    const refused = await connectSwarm({ dir: hub.dir, start: false });
    await expect(refused.agents.list()).rejects.toMatchObject({ code: 'busy' });
    await using patient = await connectSwarm({ dir: hub.dir, start: false, retryForMs: 20_000 });
    const waiting = patient.agents.list();
    await first.close();
    expect(await waiting).toMatchObject([{ id: 'bob' }]);
    await refused.close();
  });

  test('event streams are counted by the hub, and one more than it takes is busy', async () => {
    await using hub = await startTempHub({ config: { doors: { eventStreams: 2 } } });
    const leaving = new AbortController();
    const open = (signal?: AbortSignal) =>
      fetch(`${hub.url}/v1/events`, {
        headers: { authorization: `Bearer ${hub.token}` },
        ...(signal === undefined ? {} : { signal }),
      });
    const statuses = await Promise.all([open(leaving.signal), open(leaving.signal)]);
    expect(statuses.map(({ status }) => status)).toEqual([200, 200]);
    const refused = await open();
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'busy', details: { limit: 2 } });
    leaving.abort();
    await expect.poll(async () => (await open()).status).toBe(200);
  });

  test('headers over the limit are refused', async () => {
    await using hub = await startTempHub({ config: { doors: { headerBytes: 2_000 } } });
    const { socket, said } = await dial(hub.url);
    socket.write(`GET /v1/status HTTP/1.1\r\nX: ${'x'.repeat(3_000)}\r\n\r\n`);
    expect(await said).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('headers that do not come, and a body that does not, are given up', async () => {
    await using hub = await startTempHub({ config: { doors: { headersTimeoutMs: 50, requestTimeoutMs: 100 } } });
    const silent = await dial(hub.url);
    silent.socket.write('GET /v1/status HTTP/1.1\r\n');
    expect(await silent.said).toMatch(/^HTTP\/1\.1 408 /);
    const slow = await dial(hub.url);
    slow.socket.write(
      `POST /v1/agents HTTP/1.1\r\nHost: ${new URL(hub.url).host}\r\nAuthorization: Bearer ${hub.token}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"id":',
    );
    expect(await slow.said).toMatch(/^HTTP\/1\.1 408 /);
    // On a busy machine limits as short as these may meet an honest caller too; the next try is another's.
    const ask = () => hub.request('GET', '/v1/agents', undefined, { connection: 'close' });
    await expect.poll(() => ask().then(({ status }) => status, String)).toBe(200);
  });

  test('compressed bodies are refused unread', async () => {
    await using hub = await startTempHub();
    const answer = await fetch(`${hub.url}/v1/agents`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${hub.token}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: gzipSync('{"id":"bob"}'),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid_input', details: { field: 'Content-Encoding' } });
  });

  test('the defaults are the documented ones, and a limit of nothing is refused', async () => {
    const { defaultDoors } = await import('../hub/config.ts');
    expect(defaultDoors).toEqual({
      connections: 200,
      eventStreams: 32,
      headerBytes: 16_384,
      headersTimeoutMs: 10_000,
      requestTimeoutMs: 30_000,
      quickRefusals: 10,
    });
    await expect(startTempHub({ config: { doors: { connections: 0 } } })).rejects.toThrow('doors.connections');
  });
});

describe('a route that is asked in the wrong way', () => {
  test.each([
    ['PUT', '/v1/messages', 'GET, HEAD, POST'],
    ['PUT', '/v1/session', 'DELETE, GET, HEAD, POST'],
    ['DELETE', '/v1/queue/stats', 'GET, HEAD'],
    ['PATCH', '/v1/agents/bob', 'DELETE, GET, HEAD'],
    ['GET', '/v1/messages/msg_1/ack', 'POST'],
    ['POST', '/v1/events', 'GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
  ])('%s %s is 405 and says what is allowed', async (method, path, allow) => {
    await using hub = await startTempHub();
    const answer = await hub.request(method, path);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(await answer.json()).toMatchObject({ code: 'method_not_allowed', details: { allow: allow.split(', ') } });
  });

  test('an unknown path is 404 whatever the method', async () => {
    await using hub = await startTempHub();
    for (const [method, path] of [
      ['GET', '/v1/nothing'],
      ['POST', '/v1/messages/msg_1/ack/more'],
      ['POST', '/openapiXjson'],
    ] as const) {
      const answer = await hub.request(method, path);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ code: 'not_found' });
    }
  });
});
