import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../clock.ts';
import { describeDoor, messageOf } from '../../testing/contracts/door-contract.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { tempFolder } from '../../testing/temp-hub.ts';
import { codexAppServerDoor } from './codex-app-server.ts';

type Answer = (method: string, params: Record<string, unknown>) => unknown;

/** A server that speaks as much of Codex's protocol as the door asks for; `more` answers first. */
async function appServer(more: Answer = () => undefined) {
  const folder = tempFolder();
  const real = join(folder.path, 'real.sock');
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  const asked: { method: string; params: Record<string, unknown> }[] = [];
  const answers: Record<string, unknown> = {
    initialize: { userAgent: 'codex' },
    'thread/loaded/list': { data: ['t-1'] },
    'thread/read': { thread: { status: { type: 'idle' } } },
    'thread/turns/list': { data: [{ id: 'turn-9', status: 'inProgress' }] },
    'turn/start': { turn: {} },
    'turn/steer': { turnId: 'turn-9' },
  };
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { id, method, params } = JSON.parse((data as Buffer).toString('utf8')) as {
        id?: number;
        method: string;
        params: Record<string, unknown>;
      };
      asked.push({ method, params });
      if (id === undefined) return;
      const answer = more(method, params) ?? { result: answers[method] };
      if (answer === 'hang up') socket.terminate();
      else if (answer === 'nonsense') socket.send('}{');
      else if (answer !== 'silence') {
        socket.send(JSON.stringify({ method: 'thread/status/changed', params: {} }));
        socket.send(JSON.stringify({ id: 7_000, method: 'item/requestApproval', params: {} }));
        socket.send(JSON.stringify({ id, ...(answer as object) }));
      }
    });
  });
  http.listen(real);
  await once(http, 'listening');
  const socket = join(folder.path, 'app.sock');
  symlinkSync(real, socket); // Codex makes a link as well
  const close = async () => {
    for (const client of sockets.clients) client.terminate();
    http.close();
  };
  return {
    asked,
    settings: { socket },
    of: (method: string) => asked.filter((one) => one.method === method).map(({ params }) => params),
    close,
    async [Symbol.asyncDispose]() {
      await close();
      folder[Symbol.dispose]();
    },
  };
}

const textOf = ({ input }: Record<string, unknown>) => (input as { text: string }[])[0]?.text ?? ''; // as the door sends it

describeDoor('codex-app-server', async () => {
  const server = await appServer();
  return {
    door: codexAppServerDoor(systemClock, 'test'),
    settings: server.settings,
    received: async () => server.of('turn/start').map(textOf),
    takeAway: server.close,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

const signal = () => new AbortController().signal;
const door = codexAppServerDoor(systemClock, 'test');
const at = (settings: Record<string, string>, urgency: 'next-turn' | 'interrupt' = 'next-turn') =>
  ({ agent: 'ada', settings, messages: [messageOf(1)], urgency }) as const;
const busy: Answer = (method) =>
  method === 'thread/read' ? { result: { thread: { status: { type: 'active', activeFlags: [] } } } } : undefined;

describe('a shared Codex', () => {
  test('is greeted as its protocol says, and an idle thread gets a turn', async () => {
    await using server = await appServer();
    expect(await door.deliver(at(server.settings), signal())).toEqual({ result: 'injected' });
    expect(server.asked.map(({ method }) => method)).toEqual([
      'initialize',
      'initialized',
      'thread/loaded/list',
      'thread/read',
      'turn/start',
    ]);
    expect(server.of('turn/start')[0]).toMatchObject({ threadId: 't-1' });
    expect(textOf(server.of('turn/start')[0] ?? {})).toContain('1 message waits for you, from bob');
  });

  test('that works is left alone, but for urgent mail, which goes into the very turn that runs', async () => {
    await using server = await appServer(busy);
    expect(await door.look({ agent: 'ada', settings: server.settings }, 'next-turn')).toMatchObject({
      open: false,
      reason: expect.stringContaining('a turn is running'),
    });
    expect(await door.deliver(at(server.settings), signal())).toMatchObject({ result: 'refused', retryAfterMs: 5_000 });
    expect(await door.look({ agent: 'ada', settings: server.settings }, 'interrupt')).toEqual({ open: true });
    expect(await door.deliver(at(server.settings, 'interrupt'), signal())).toEqual({ result: 'injected' });
    expect(server.of('turn/steer')).toMatchObject([{ threadId: 't-1', expectedTurnId: 'turn-9' }]);
    expect(server.of('turn/start')).toEqual([]);
    expect(server.of('turn/interrupt')).toEqual([]);
  });

  test('whose turn ended in between is asked again, and a refusal in its words is a refusal', async () => {
    await using ended = await appServer((method, params) =>
      method === 'thread/turns/list'
        ? { result: { data: [{ id: 'turn-9', status: 'completed' }] } }
        : busy(method, params),
    );
    expect(await door.deliver(at(ended.settings, 'interrupt'), signal())).toMatchObject({
      result: 'refused',
      retryAfterMs: 0,
    });
    await using refusing = await appServer((method) =>
      method === 'turn/start' ? { error: { code: -32600, message: 'not now' } } : undefined,
    );
    expect(await door.deliver(at(refusing.settings), signal())).toEqual({
      result: 'refused',
      reason: 'the Codex server refused: not now',
    });
    await using wordless = await appServer((method) => (method === 'turn/start' ? { error: 'no' } : undefined));
    expect(await door.deliver(at(wordless.settings), signal())).toMatchObject({
      reason: expect.stringContaining('"no"'),
    });
  });

  test.each(['hang up', 'nonsense'])('that ends with %s after the turn was asked for: nobody knows', async (answer) => {
    await using server = await appServer((method) => (method === 'turn/start' ? answer : undefined));
    expect(await door.deliver(at(server.settings), signal())).toMatchObject({ result: 'uncertain' });
  });

  test('that does not answer in time is uncertain as well; before the turn was asked for nothing was done', async () => {
    const clock = new ManualClock();
    const patient = codexAppServerDoor(clock, 'test');
    await using server = await appServer((method) => {
      if (method !== 'turn/start') return undefined;
      setImmediate(() => clock.advance(5_000));
      return 'silence';
    });
    expect(await patient.deliver(at(server.settings), signal())).toMatchObject({
      result: 'uncertain',
      why: expect.stringContaining('did not answer turn/start'),
    });
    await using mute = await appServer((method) => (method === 'thread/read' ? 'hang up' : undefined));
    expect(await door.deliver(at(mute.settings), signal())).toMatchObject({ result: 'refused' });
    await using rude = await appServer((method) => (method === 'initialize' ? 'hang up' : undefined));
    expect(await door.look({ agent: 'ada', settings: rude.settings }, 'next-turn')).toMatchObject({ open: false });
  });

  test('has threads nobody reads beside the one that is open, and one that is gone when it is looked at', async () => {
    const others: Record<string, object> = {
      title: { result: { thread: { status: { type: 'idle' }, ephemeral: true, parentThreadId: null } } },
      helper: { result: { thread: { status: { type: 'idle' }, ephemeral: false, parentThreadId: 't-1' } } },
      gone: { error: { code: -32600, message: 'thread not loaded: gone' } },
    };
    const serverWith = (data: string[]) =>
      appServer((method, { threadId }) => {
        if (method === 'thread/loaded/list') return { result: { data } };
        return method === 'thread/read' ? others[String(threadId)] : undefined;
      });
    await using server = await serverWith(['title', 't-1', 'helper', 'gone']);
    expect(await door.deliver(at(server.settings), signal())).toEqual({ result: 'injected' });
    expect(server.of('turn/start')).toMatchObject([{ threadId: 't-1' }]);
    await using left = await serverWith(['title']);
    expect(await door.look({ agent: 'ada', settings: left.settings }, 'next-turn')).toMatchObject({
      reason: expect.stringContaining('no thread loaded'),
    });
  });

  test('with no thread, with several, with another one than asked for, or of another protocol, is closed', async () => {
    const loaded = (data: unknown) =>
      appServer((method) => (method === 'thread/loaded/list' ? { result: { data } } : undefined));
    const look = (settings: Record<string, string>) => door.look({ agent: 'ada', settings }, 'next-turn');
    await using none = await loaded([]);
    expect(await look(none.settings)).toMatchObject({ reason: expect.stringContaining('no thread loaded') });
    await using several = await loaded(['a', 'b']);
    expect(await look(several.settings)).toMatchObject({ reason: expect.stringContaining('2 threads loaded') });
    expect(await look({ ...several.settings, thread: 'b' })).toEqual({ open: true });
    expect(await look({ ...several.settings, thread: 'c' })).toMatchObject({
      reason: expect.stringContaining('not loaded'),
    });
    await using strange = await loaded('threads');
    expect(await look(strange.settings)).toMatchObject({ reason: expect.stringContaining('another protocol') });
    await using broken = await appServer((method) =>
      method === 'thread/read' ? { result: { thread: { status: { type: 'systemError' } } } } : undefined,
    );
    expect(await look(broken.settings)).toMatchObject({ reason: 'its thread is systemError' });
    expect(await look({ socket: '/nowhere.sock' })).toMatchObject({ open: false });
  });
});
