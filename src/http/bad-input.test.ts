import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { WaggleError } from '../errors.ts';
import type { SendInput } from '../hub/api.ts';
import { createSwarm } from '../sdk/create-swarm.ts';
import { localTransport } from '../sdk/local-transport.ts';
import type { Swarm } from '../sdk/swarm.ts';
import { startTempHub } from '../testing/temp-hub.ts';

/**
 * One bad input, the same refusal at every door a program has: REST, the framed stream, the SDK over a socket and the
 * SDK in the hub's own process. `text` is what arrives; a program hands in what it reads as, where it can be read.
 */
interface Bad {
  readonly name: string;
  readonly text: string;
  readonly code: string;
  /** The field that is named, where the input could be read at all. */
  readonly field?: string;
  /** Cannot be a value of a program, or is a fine one: two members of one name are one by then. */
  readonly onlyAsText?: true;
}

const nested = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;

const cases: readonly Bad[] = [
  { name: 'a text cut short', text: '{"to":"bob","body":"x', code: 'invalid_input', onlyAsText: true },
  { name: 'a duplicate key', text: '{"to":"bob","body":{"a":1,"a":2}}', code: 'invalid_input', onlyAsText: true },
  { name: 'a __proto__ key', text: '{"to":"bob","body":{"__proto__":{"x":1}}}', code: 'invalid_input' },
  {
    name: 'a __proto__ beside the fields',
    text: '{"to":"bob","body":"x","__proto__":{}}',
    code: 'invalid_input',
    onlyAsText: true,
  },
  { name: '10,000 lists in each other', text: `{"to":"bob","body":${nested}}`, code: 'invalid_input' },
  { name: 'a lone surrogate in a text', text: '{"to":"bob","body":"\\ud800"}', code: 'invalid_input' },
  { name: 'a lone surrogate in JSON', text: '{"to":"bob","body":{"a":"\\udc00"}}', code: 'invalid_input' },
  {
    name: 'a body over its limit',
    text: `{"to":"bob","body":"${'x'.repeat(256 * 1024 + 1)}"}`,
    code: 'payload_too_large',
    field: 'body',
  },
  { name: 'no body', text: '{"to":"bob"}', code: 'invalid_input', field: 'body' },
  { name: 'an unknown agent', text: '{"to":"ghost","body":"x"}', code: 'not_found', field: 'to' },
  { name: 'a path for an agent', text: '{"to":"../../etc","body":"x"}', code: 'invalid_input', field: 'to' },
  {
    name: 'an unknown priority',
    text: '{"to":"bob","body":"x","priority":"soon"}',
    code: 'invalid_input',
    field: 'priority',
  },
  { name: 'a negative delay', text: '{"to":"bob","body":"x","delayMs":-1}', code: 'invalid_input', field: 'delayMs' },
  {
    name: 'a time to live of nothing',
    text: '{"to":"bob","body":"x","ttlMs":0}',
    code: 'invalid_input',
    field: 'ttlMs',
  },
  {
    name: 'a delay beyond all numbers',
    text: '{"to":"bob","body":"x","delayMs":1e400}',
    code: 'invalid_input',
  },
  {
    name: 'an id with slashes',
    text: '{"to":"bob","body":"x","replyTo":"msg_../../x"}',
    code: 'invalid_input',
    field: 'replyTo',
  },
  {
    name: 'a key with a line break',
    text: '{"to":"bob","body":"x","idempotencyKey":"a\\nb"}',
    code: 'invalid_input',
    field: 'idempotencyKey',
  },
  {
    name: 'a subject that moves the cursor',
    text: '{"to":"bob","body":"x","subject":"\\u001b[2J"}',
    code: 'invalid_input',
    field: 'subject',
  },
  {
    name: 'a field nobody knows',
    text: '{"to":"bob","body":"x","prioriti":"high"}',
    code: 'invalid_input',
    field: 'prioriti',
  },
  { name: 'a number for a text', text: '{"to":7,"body":"x"}', code: 'invalid_input', field: 'to' },
];

async function overStream(
  url: string,
  token: string,
  text: string,
): Promise<{ code: string; details?: { field?: string } }> {
  const { port, host } = new URL(url);
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  let heard = '';
  const answered = new Promise<void>((resolve) =>
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('utf8');
      if (heard.endsWith('}\n')) resolve();
    }),
  );
  await once(socket, 'connect');
  socket.write(
    `GET /v1/stream HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: waggle-ndjson\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  socket.write(`{"id":1,"op":"message.send","input":${text}}\n`);
  await answered;
  socket.destroy();
  const answer = JSON.parse(heard.slice(heard.indexOf('\r\n\r\n') + 4)) as { id: number; error: { code: string } };
  expect(answer.id).toBe(1);
  return answer.error;
}

async function throughSdk(swarm: Swarm, text: string): Promise<{ code: string; details?: { field?: string } }> {
  const error = await swarm.send(JSON.parse(text) as SendInput).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WaggleError);
  return error as WaggleError; // just asserted
}

test('the same bad input gets the same refusal at every door, and nothing of it is stored', async () => {
  await using hub = await startTempHub();
  await using remote = await hub.connect();
  const local = createSwarm(
    localTransport(hub.hub, async () => {}),
    hub.hub.clock,
  );
  await remote.agents.add({ id: 'bob' });
  for (const { name, text, code, field, onlyAsText } of cases) {
    const rest = await hub.request('POST', '/v1/messages', text);
    const refusals = [(await rest.json()) as { code: string; details?: { field?: string } }];
    refusals.push(await overStream(hub.url, hub.token, text));
    if (onlyAsText !== true) refusals.push(await throughSdk(remote, text), await throughSdk(local, text));
    for (const refusal of refusals) {
      expect(refusal.code, name).toBe(code);
      if (field !== undefined) expect(refusal.details?.field, name).toBe(field);
    }
  }
  const circle: { self?: unknown } = {};
  circle.self = circle;
  for (const body of [circle, 10n, () => 1]) {
    for (const swarm of [remote, local])
      await expect(swarm.send({ to: 'bob', body })).rejects.toMatchObject({ code: 'invalid_input' });
  }
  expect(await remote.queue.stats()).toMatchObject({ accepted: 0 });
  // And none of it has hurt who comes after.
  expect((await remote.send({ to: 'bob', body: { fine: true } })).state).toBe('ready');
});
