import { readFileSync, statSync } from 'node:fs';
import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WaggleError } from '../errors.ts';
import { startTempHub } from '../testing/temp-hub.ts';

/** Sends exact bytes and returns all that comes back. */
function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8');
      if (answer.includes('\r\n\r\n')) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.write(text);
  });
}

describe('the REST door', () => {
  test('carries a message through its life', async () => {
    await using hub = await startTempHub();
    expect((await hub.request('POST', '/v1/agents', { id: 'bob', skills: ['ts'] })).status).toBe(201);
    const sent = await hub.request('POST', '/v1/messages', { to: 'bob', body: { n: 1 }, subject: 'count' });
    expect(sent.status).toBe(201);
    const { id } = (await sent.json()) as { id: string };

    const leased = await hub.request('POST', '/v1/inboxes/bob/lease', { limit: 5 });
    const { messages } = (await leased.json()) as { messages: { id: string; gen: number; body: unknown }[] };
    expect(messages).toMatchObject([{ id, body: { n: 1 }, subject: 'count', attempt: 1, from: 'operator', to: 'bob' }]);
    const acked = await hub.request('POST', `/v1/messages/${id}/ack`, { gen: messages[0]?.gen });
    expect(await acked.json()).toEqual({ state: 'acked' });

    const again = await hub.request('POST', `/v1/messages/${id}/ack`, { gen: messages[0]?.gen });
    expect(again.status).toBe(409);
    expect(again.headers.get('content-type')).toBe('application/problem+json');
    expect(await again.json()).toMatchObject({ code: 'lease_lost', status: 409, retry: 'reread', details: { id } });
    const stats = await hub.request('GET', '/v1/queue/stats');
    expect(await stats.json()).toMatchObject({ acked: 1, accepted: 1, ready: 0 });
  });

  test('keeps a JSON body byte for byte, numbers and spaces included', async () => {
    await using hub = await startTempHub();
    await hub.request('POST', '/v1/agents', { id: 'bob' });
    const source = '{ "big": 12345678901234567890, "one": 1.0, "e": 1e2 }';
    await hub.request('POST', '/v1/messages', `{"to":"bob","body":${source}}`);
    const text = await (await hub.request('GET', '/v1/inboxes/bob')).text();
    expect(text).toContain(`"body":${source}`);
  });

  test('accepts a batch as a whole, or names every message it refuses', async () => {
    await using hub = await startTempHub();
    await hub.request('POST', '/v1/agents', { id: 'bob' });
    const refused = await hub.request('POST', '/v1/messages/batch', {
      messages: [
        { to: 'bob', body: 'fine' },
        { to: 'bob', body: 'x', priority: 'soon' },
        { to: 'BOB!', body: 'x' },
      ],
    });
    expect(refused.status).toBe(400);
    const problem = (await refused.json()) as { details: { errors: { index: number; message: string }[] } };
    expect(problem.details.errors.map((error) => error.index)).toEqual([1, 2]);
    expect(problem.details.errors[0]?.message).toContain('priority');
    expect(problem.details.errors[0]?.message).toContain('"soon"');
    const accepted = await hub.request('POST', '/v1/messages/batch', {
      messages: [
        { to: 'bob', body: 'a' },
        { to: 'bob', body: 'b' },
      ],
    });
    expect(((await accepted.json()) as { receipts: unknown[] }).receipts).toHaveLength(2);
    expect(await (await hub.request('GET', '/v1/queue/stats')).json()).toMatchObject({ accepted: 2 });
  });

  test('reads queries as what the operation says they are', async () => {
    await using hub = await startTempHub();
    await hub.request('POST', '/v1/agents', { id: 'bob', role: 'tester' });
    await hub.request('POST', '/v1/messages', { to: 'bob', body: 'hello there' });
    const hits = await hub.request('GET', '/v1/search?text=hello&limit=5');
    expect(await hits.json()).toMatchObject({ hits: [{ message: { body: 'hello there' } }] });
    expect(await (await hub.request('GET', '/v1/agents?role=nobody')).json()).toEqual({ agents: [] });
    const bad = await hub.request('GET', '/v1/inboxes/bob?limit=many');
    expect(bad.status).toBe(400);
    expect(await bad.json()).toMatchObject({ code: 'invalid_input', details: { field: 'limit' } });
    const removed = await hub.request('DELETE', '/v1/agents/bob?cancelOpen=true');
    expect(await removed.json()).toEqual({ id: 'bob', cancelled: 1 });
  });

  test('describes itself from the same table it validates with', async () => {
    await using hub = await startTempHub();
    const document = (await (await hub.request('GET', '/openapi.json')).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    expect(Object.keys(document.paths)).toContain('/v1/messages/{id}/ack');
    for (const operation of Object.values(hub.hub.operations)) {
      const path = operation.http.path.replaceAll(/:(\w+)/g, '{$1}');
      expect(document.paths[path]?.[operation.http.method.toLowerCase()]).toMatchObject({
        operationId: operation.name,
      });
    }
  });

  test('answers health and an unknown route', async () => {
    await using hub = await startTempHub();
    expect(await (await hub.request('GET', '/healthz')).json()).toMatchObject({ ok: true });
    expect((await hub.request('GET', '/v1/nothing')).status).toBe(404);
  });
});

describe('server-sent events', () => {
  test('tell what happened since, then what happens, and resume after the last one seen', async () => {
    await using hub = await startTempHub();
    await hub.request('POST', '/v1/agents', { id: 'bob' });
    const controller = new AbortController();
    const response = await fetch(`${hub.url}/v1/events`, {
      headers: { authorization: `Bearer ${hub.token}` },
      signal: controller.signal,
    });
    const reader = response.body?.getReader();
    let text = '';
    const until = async (what: string) => {
      while (!text.includes(what)) text += Buffer.from((await reader?.read())?.value ?? []).toString('utf8');
    };
    await until('agent.added');
    await hub.request('POST', '/v1/messages', { to: 'bob', body: 'x' });
    await until('message.accepted');
    controller.abort();
    const firstId = /id: (\d+)/.exec(text)?.[1] ?? '';

    const resumed = new AbortController();
    const second = await fetch(`${hub.url}/v1/events`, {
      headers: { authorization: `Bearer ${hub.token}`, 'last-event-id': firstId },
      signal: resumed.signal,
    });
    const chunk = Buffer.from((await second.body?.getReader().read())?.value ?? []).toString('utf8');
    expect(chunk).toContain('message.accepted');
    expect(chunk).not.toContain('agent.added');
    resumed.abort();
    expect((await hub.request('GET', '/v1/events', undefined, { 'last-event-id': '-4' })).status).toBe(400);
  });
});

describe('gathered updates', () => {
  test('carry all that happened at once, and resume after the last of it', async () => {
    await using hub = await startTempHub();
    await hub.request('POST', '/v1/agents', { id: 'bob' });
    await hub.request('POST', '/v1/messages', { to: 'bob', body: 'x' });
    const read = async (query: string) => {
      const stop = new AbortController();
      const response = await fetch(`${hub.url}/v1/events?${query}`, {
        headers: { authorization: `Bearer ${hub.token}` },
        signal: stop.signal,
      });
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString('utf8');
        if (/^id: \d+$/m.test(text)) break;
      }
      stop.abort();
      return text;
    };
    const text = await read('updates=1');
    const data = /^data: (.*)$/m.exec(text)?.[1] ?? '';
    const { events } = JSON.parse(data) as { events: { seq: number; type: string }[] };
    expect(events.map(({ type }) => type)).toEqual(['agent.added', 'message.accepted']);
    expect(text).toContain('event: update');
    expect(text).toContain(`id: ${events.at(-1)?.seq}`);
    expect(text.match(/^event: /gm)).toHaveLength(1);
    await hub.request('POST', '/v1/agents', { id: 'cy' });
    const rest = await read(`updates=1&after=${events.at(-1)?.seq}`);
    expect(rest).toContain('"agent":"cy"');
    expect(rest).not.toContain('message.accepted');
  });
});

describe('who may speak', () => {
  test('without the token every data route is 401 and says no more', async () => {
    await using hub = await startTempHub({ config: { doors: { quickRefusals: 10_000 } } });
    for (const operation of Object.values(hub.hub.operations)) {
      const path = operation.http.path.replaceAll(/:\w+/g, 'x');
      for (const authorization of ['', 'Bearer wrong', `Basic ${hub.token}`]) {
        const response = await fetch(`${hub.url}${path}`, {
          method: operation.http.method,
          headers: { authorization },
        });
        expect([path, response.status]).toEqual([path, 401]);
        expect(await response.json()).toMatchObject({ code: 'unauthorized', details: {} });
      }
    }
    for (const path of ['/healthz', '/readyz', '/openapi.json', '/v1/events'])
      expect((await fetch(hub.url + path)).status).toBe(401);
  });

  test('a foreign Host or Origin is 403 before the token is looked at', async () => {
    await using hub = await startTempHub();
    const port = Number(new URL(hub.url).port);
    const bearer = `Authorization: Bearer ${hub.token}\r\n`;
    const attempts = {
      rebinding: `GET /v1/status HTTP/1.1\r\nHost: evil.example\r\n${bearer}\r\n`,
      'other port': `GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1:1\r\n${bearer}\r\n`,
      'trailing dot': `GET /v1/status HTTP/1.1\r\nHost: localhost.:${port}\r\n${bearer}\r\n`,
      'two hosts': `GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: evil.example\r\n${bearer}\r\n`,
      'absolute target': `GET http://evil.example/v1/status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${bearer}\r\n`,
      'null origin': `GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: null\r\n${bearer}\r\n`,
      'foreign origin': `GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: https://evil.example\r\n${bearer}\r\n`,
      'socket host over tcp': `GET /v1/status HTTP/1.1\r\nHost: waggle\r\n${bearer}\r\n`,
      'foreign upgrade': `GET /v1/stream HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: waggle-ndjson\r\n${bearer}\r\n`,
    };
    for (const [name, text] of Object.entries(attempts)) {
      expect([name, (await exchange(port, text)).slice(9, 12)]).toEqual([name, expect.stringMatching(/403|400/)]);
    }
    const own = await exchange(
      port,
      `GET /v1/status HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: http://localhost:${port}\r\n${bearer}\r\n`,
    );
    expect(own).toContain('200 OK');
  });

  test('the socket, the token and the store are for their owner alone', async () => {
    await using hub = await startTempHub();
    for (const file of [
      'hub.sock',
      'token',
      'waggle.db',
      'waggle.db-wal',
      'waggle.db-shm',
      'waggle.db.lock',
      'hub.json',
      'swarm.json',
    ]) {
      expect([file, statSync(`${hub.dir}/${file}`).mode & 0o777]).toEqual([file, 0o600]);
    }
    expect(statSync(hub.dir).mode & 0o777).toBe(0o700);
  });

  test('an emptied token file opens no door', async () => {
    const { writeFileSync } = await import('node:fs');
    await using hub = await startTempHub();
    await hub.close();
    writeFileSync(`${hub.dir}/token`, '');
    const { runHub } = await import('../compose.ts');
    await expect(runHub({ dir: hub.dir, port: 0 })).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('an upgrade without the token, or to something else, is refused', async () => {
    await using hub = await startTempHub();
    const port = Number(new URL(hub.url).port);
    const upgrade = (path: string, token: string) =>
      exchange(
        port,
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: waggle-ndjson\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      );
    expect(await upgrade('/v1/stream', 'wrong')).toContain('HTTP/1.1 401');
    expect(await upgrade('/v1/other', hub.token)).toContain('HTTP/1.1 404');
  });
});

describe('bad requests store nothing and say what is wrong', () => {
  const cases: { name: string; body: string; code: string; says: string }[] = [
    { name: 'malformed JSON', body: '{"to":"bob","body":"x"', code: 'invalid_input', says: 'JSON' },
    { name: 'not an object', body: '[1]', code: 'invalid_input', says: 'object' },
    { name: 'unknown field', body: '{"to":"bob","body":"x","colour":"red"}', code: 'invalid_input', says: 'colour' },
    { name: 'unknown agent', body: '{"to":"nobody","body":"x"}', code: 'not_found', says: 'nobody' },
    {
      name: 'unknown priority',
      body: '{"to":"bob","body":"x","priority":"soon"}',
      code: 'invalid_input',
      says: 'soon',
    },
    { name: 'negative delay', body: '{"to":"bob","body":"x","delayMs":-5}', code: 'invalid_input', says: '-5' },
    { name: 'no body', body: '{"to":"bob"}', code: 'invalid_input', says: 'body' },
    { name: 'duplicate keys', body: '{"to":"bob","body":"x","to":"eve"}', code: 'invalid_input', says: 'to' },
    { name: 'duplicate keys in the body', body: '{"to":"bob","body":{"a":1,"a":2}}', code: 'invalid_input', says: 'a' },
    { name: '__proto__', body: '{"to":"bob","body":{"__proto__":{"x":1}}}', code: 'invalid_input', says: '__proto__' },
    { name: 'lone surrogate', body: '{"to":"bob","body":"\\ud800"}', code: 'invalid_input', says: 'surrogate' },
    {
      name: '10,000-deep nesting',
      body: `{"to":"bob","body":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
      code: 'invalid_input',
      says: 'deep',
    },
    {
      name: 'path in an id',
      body: '{"to":"../../etc/passwd","body":"x"}',
      code: 'invalid_input',
      says: '../../etc/passwd',
    },
    {
      name: 'path in a key',
      body: '{"to":"bob","body":"x","idempotencyKey":"a/../b"}',
      code: 'invalid_input',
      says: 'a/../b',
    },
    {
      name: 'oversized body',
      body: JSON.stringify({ to: 'bob', body: 'x'.repeat(256 * 1024 + 1) }),
      code: 'payload_too_large',
      says: 'body',
    },
  ];

  test.each(cases)('$name', async ({ body, code, says }) => {
    await using hub = await startTempHub();
    await hub.request('POST', '/v1/agents', { id: 'bob' });
    const response = await hub.request('POST', '/v1/messages', body);
    const problem = (await response.json()) as { code: string; detail: string };
    expect(problem.code).toBe(code);
    expect(problem.detail).toContain(says);
    expect(await (await hub.request('GET', '/v1/queue/stats')).json()).toMatchObject({ accepted: 0 });
  });

  test('bytes that are not UTF-8, other content types and compressed requests are refused', async () => {
    await using hub = await startTempHub();
    await hub.request('POST', '/v1/agents', { id: 'bob' });
    const post = (body: Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
      fetch(`${hub.url}/v1/messages`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${hub.token}`, ...headers },
      });
    const json = { 'content-type': 'application/json' };
    const text = new TextEncoder().encode('{"to":"bob","body":"x"}');
    expect((await post(Uint8Array.of(0x7b, 0xff, 0x7d), json)).status).toBe(400);
    expect((await post(text, { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await post(text, { ...json, 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await post(text, {})).status).toBe(400);
    expect((await post(new Uint8Array(2 * 1024 * 1024), json)).status).toBe(413);
    expect((await post(text, json)).status).toBe(201);
  });

  test('a request that never ends is cut off while it streams, not after it was buffered', async () => {
    await using hub = await startTempHub();
    let written = 0;
    const status = await new Promise<number>((resolve, reject) => {
      const request = rawRequest(`${hub.url}/v1/messages`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${hub.token}`,
          'content-type': 'application/json',
          'transfer-encoding': 'chunked',
        },
      });
      request.on('response', (response) => resolve(response.statusCode ?? 0));
      request.on('error', reject);
      const more = () => {
        written += 65_536;
        if (written < 64 * 1024 * 1024) request.write('x'.repeat(65_536), () => setImmediate(more));
      };
      more();
    });
    expect(status).toBe(413);
    expect(written).toBeLessThan(8 * 1024 * 1024);
  });

  test('a full inbox answers 429 with Retry-After, a hasty sender too', async () => {
    await using hub = await startTempHub({
      config: { limits: { inboxMessages: 2, senderPerSecond: 1, senderBurst: 4 } },
    });
    await hub.request('POST', '/v1/agents', { id: 'bob' });
    const send = () => hub.request('POST', '/v1/messages', { to: 'bob', body: 'x' });
    expect([(await send()).status, (await send()).status]).toEqual([201, 201]);
    const full = await send();
    expect([full.status, full.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await full.json()).toMatchObject({ code: 'queue_full', details: { inbox: 'bob', limit: 2 } });
    await send();
    const hasty = await send();
    expect(await hasty.json()).toMatchObject({ code: 'rate_limited' });
    expect(await (await hub.request('GET', '/v1/queue/stats')).json()).toMatchObject({ accepted: 2 });
  });

  test('an answer nobody waits for has a status the platform knows', async () => {
    const { problemResponse } = await import('./problem.ts');
    expect(problemResponse(new WaggleError('aborted', 'gone')).status).toBe(503);
    const patient = problemResponse(new WaggleError('queue_full', 'full', { details: { retryAfterMs: 1_500 } }));
    expect([patient.status, patient.headers.get('retry-after')]).toEqual([429, '2']);
  });

  test('the error page of the docs is in step with the error table', async () => {
    const { errorKinds } = await import('../errors.ts');
    const page = readFileSync(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/^\| `(\w+)` /gm)].map((match) => String(match[1])).sort();
    expect(documented).toEqual(Object.keys(errorKinds).sort());
  });
});
