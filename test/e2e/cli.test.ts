import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runHub } from '../../src/compose.ts';
import { readPid, runWaggle, startWaggle, temporaryFolder } from '../support/run-waggle.ts';

/** The command line against a real hub: what scripts rely on (DESIGN §6). */
async function swarm() {
  const cwd = await temporaryFolder();
  const run = (...args: string[]) => runWaggle(args, { cwd });
  /** Runs with --json, expects success and one document. */
  const json = async (...args: string[]) => {
    const result = await runWaggle([...args, '--json'], { cwd });
    expect(result, args.join(' ')).toMatchObject({ code: 0 });
    return JSON.parse(result.stdout);
  };
  /** Runs with --json, expects that exit code and the error document alone on stdout. */
  const fails = async (code: number, ...args: string[]) => {
    const result = await runWaggle([...args, '--json'], { cwd });
    expect(result, args.join(' ')).toMatchObject({ code });
    const { error } = JSON.parse(result.stdout);
    expect(result.stderr).toContain(`${error.code}: `);
    return error;
  };
  return { cwd, run, json, fails };
}

/** A hub in this process, which can be asked whether somebody waits. */
async function hubHere(cwd: string) {
  const running = await runHub({ dir: join(cwd, '.waggle'), port: 0 });
  return {
    waiting: () => running.hub.messages.waiting,
    consumerWaits: () => expect.poll(() => running.hub.messages.waiting).toBe(1),
    [Symbol.asyncDispose]: () => running.close(),
  };
}

/** What a hub that hangs looks like: it takes connections and never says a word. */
async function hungHub(cwd: string) {
  let heard = '';
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('data', (chunk: Buffer) => (heard += chunk.toString('utf8')));
  });
  server.listen(join(cwd, '.waggle', 'hub.sock'));
  await once(server, 'listening');
  return {
    hears: (text: string) => expect.poll(() => heard).toContain(text),
    forget: () => (heard = ''),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a message', { timeout: 60_000 }, () => {
  test('goes from add to send to inbox to ack, and every shape is the promised one', async () => {
    const { cwd, run, json, fails } = await swarm();
    const added = await run('agent', 'add', 'bob', '--role', 'reviewer', '--skill', 'sql', '--client', 'codex');
    expect(added.code).toBe(0);
    expect(added.stderr).toContain(join(cwd, '.waggle'));

    const sent = await json(
      'send',
      'bob',
      'hello \u202e wörld',
      '--subject',
      'hi',
      '--priority',
      'high',
      '--thread',
      't-1',
    );
    expect(Object.keys(sent).slice(0, 3)).toEqual(['id', 'state', 'duplicate']);
    expect(sent).toMatchObject({ state: 'ready', duplicate: false });

    const { messages: peeked } = await json('inbox', 'bob', '--peek');
    expect(peeked).toMatchObject([{ id: sent.id, state: 'ready' }]);

    const { messages } = await json('inbox', 'bob', '--lease', '5', '--lease-for', '2m');
    expect(Object.keys(messages[0]).slice(0, 12)).toEqual([
      'id',
      'gen',
      'attempt',
      'from',
      'to',
      'subject',
      'body',
      'kind',
      'priority',
      'threadId',
      'createdAt',
      'leaseExpiresAt',
    ]);
    expect(messages[0]).toMatchObject({
      id: sent.id,
      attempt: 1,
      from: 'operator',
      to: 'bob',
      body: 'hello \u202e wörld',
    });
    expect(messages[0]).not.toHaveProperty('bodyText');
    const gen = String(messages[0].gen);

    expect(await json('extend', sent.id, '--gen', gen, '--for', '5m')).toMatchObject({ id: sent.id });
    expect(await json('ack', sent.id, '--gen', gen)).toEqual({ id: sent.id, state: 'acked' });
    expect((await fails(4, 'ack', sent.id, '--gen', gen)).code).toBe('lease_lost');

    const { message, history } = await json('message', sent.id);
    expect(message).toMatchObject({ id: sent.id, state: 'acked', body: 'hello \u202e wörld' });
    expect(history.map((entry: { type: string }) => entry.type)).toContain('message.acked');
    expect((await json('thread', 't-1')).messages).toHaveLength(1);
    expect(await json('queue', 'stats')).toMatchObject({ acked: 1, accepted: 1, ready: 0 });
    expect(await json('queue', 'verify')).toMatchObject({ ok: true, problems: [] });
    expect((await run('queue', 'verify')).stdout).toContain('all accounted for');
  });

  test('with a JSON body keeps its source, digits and key order included', async () => {
    const { cwd, run } = await swarm();
    await run('agent', 'add', 'bob');
    const source = '{"b":1.0,"a":12345678901234567890,"b2":[1e2]}';
    await runWaggle(['send', 'bob', '-', '--json-body'], { cwd, stdin: source });
    const { stdout } = await run('inbox', 'bob', '--json');
    expect(stdout).toContain(`"body":${source}`);
    expect(stdout.trim().split('\n')).toHaveLength(1);
  });

  test('from standard input is stored byte for byte; bytes that are no text are refused', async () => {
    const { cwd, json } = await swarm();
    await json('agent', 'add', 'bob');
    await runWaggle(['send', 'bob', '-'], { cwd, stdin: ' \ufefftwo\r\nlines\n\u0000' });
    expect((await json('inbox', 'bob')).messages[0].body).toBe(' \ufefftwo\r\nlines\n\u0000');
    const refused = await runWaggle(['send', 'bob', '-'], { cwd, stdin: new Uint8Array([0x61, 0xff]) });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('text: is not valid UTF-8') });
  });

  test('given back comes again, ends as a dead letter, is redriven and purged', async () => {
    const { json, run, fails } = await swarm();
    await json('agent', 'add', 'bob');
    const { id } = await json('send', 'bob', 'x');
    const [first] = (await json('inbox', 'bob')).messages;
    expect(await json('nack', id, '--gen', String(first.gen), '--delay', '0s', '--reason', 'busy')).toMatchObject({
      state: 'ready',
    });
    const [second] = (await json('inbox', 'bob')).messages;
    expect(second.attempt).toBe(2);
    const nacked = await run('nack', id, '--gen', String(second.gen), '--dead', '--reason', 'no such branch');
    expect(nacked.stdout).toContain('a dead letter now');

    const { dead } = await json('dead', 'list', '--inbox', 'bob');
    expect(dead[0].errors.map((error: { reason: string }) => error.reason)).toEqual(['busy', 'no such branch']);
    expect((await run('dead', 'list')).stdout).toContain('no such branch');
    expect(await json('dead', 'redrive', id)).toEqual({ redriven: 1 });
    const [again] = (await json('inbox', 'bob')).messages;
    await run('nack', id, '--gen', String(again.gen), '--dead');
    expect((await fails(2, 'dead', 'purge', '--all')).message).toContain('--yes');
    expect((await fails(2, 'dead', 'purge', '--all', '--inbox', 'bob', '--yes')).message).toContain(
      'exactly one of them',
    );
    expect((await run('dead', 'purge', '--inbox', 'bob', '--yes')).stdout).toBe('1 dead letter deleted\n');
    expect((await run('dead', 'list')).stderr).toBe('no dead letters\n');
  });

  test('can be cancelled, found again, and sent twice under one key', async () => {
    const { json, run } = await swarm();
    await json('agent', 'add', 'bob');
    const first = await json(
      'send',
      'bob',
      'needle in hay',
      '--key',
      'k1',
      '--delay',
      '1h',
      '--ttl',
      '2h',
      '--ack-by',
      '10m',
    );
    const again = await json(
      'send',
      'bob',
      'needle in hay',
      '--key',
      'k1',
      '--delay',
      '1h',
      '--ttl',
      '2h',
      '--ack-by',
      '10m',
    );
    expect(again).toMatchObject({ id: first.id, duplicate: true });
    expect((await run('search', 'needle', '--inbox', 'bob', '--limit', '5')).code).toBe(0);
    expect(await json('cancel', first.id)).toEqual({ id: first.id, state: 'cancelled' });
    expect((await run('search', 'nothing-like-it')).stderr).toContain('no message holds "nothing-like-it"');
  });

  test('to a role reaches each of its agents', async () => {
    const { json } = await swarm();
    await json('agent', 'add', 'ada', '--role', 'captain');
    await json('agent', 'add', 'bob', '--role', 'captain');
    const { ids } = await json('send', 'role:captain', 'all hands');
    expect(ids).toHaveLength(2);
  });
});

describe('many messages from a file', { timeout: 60_000 }, () => {
  test('are sent in one go', async () => {
    const { cwd, json, run } = await swarm();
    await json('agent', 'add', 'bob');
    await writeFile(
      join(cwd, 'm.jsonl'),
      '{"to":"bob","body":"one","priority":"low"}\n\n{"to":"bob","body":{"n":2.0}}\r\n',
    );
    const { code, stdout } = await run('send', '--file', 'm.jsonl', '--from', 'bob', '--json');
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).state),
    ).toEqual(['ready', 'ready']);
    const { stdout: leased } = await run('inbox', 'bob', '--json');
    expect(leased).toContain('"body":{"n":2.0}');
    expect(leased).toContain('"from":"bob"');
  });

  test('are all refused when one line is wrong, and every wrong line is named', async () => {
    const { cwd, json, fails } = await swarm();
    await json('agent', 'add', 'bob');
    const lines = [
      '{"to":"bob","body":"fine"}',
      '{"to":"bob","body":"a","body":"b"}',
      '{"to":"bob"}',
      '{"body":"x"}',
      '[1]',
      '{"to":"bob","body":"x","prio":"low"}',
      '{"to":"bob","body":"x","delayMs":-1}',
      '{"to":"bob","body":"x","subject":7}',
      'not json',
    ];
    await writeFile(join(cwd, 'm.jsonl'), lines.join('\n'));
    const error = await fails(2, 'send', '--file', 'm.jsonl');
    expect(error.details.errors.map((line: { line: number }) => line.line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(error.message).toContain('nothing was sent');
    await writeFile(join(cwd, 'm.jsonl'), '{"to":"bob","body":"fine"}\n\n{"to":"bob","body":"x","priority":"max"}');
    expect((await fails(2, 'send', '--file', 'm.jsonl')).message).toContain('line 3: priority');
    await writeFile(join(cwd, 'm.jsonl'), '{"to":"bob","body":"fine"}\n{"to":"nobody","body":"x"}');
    expect(await fails(3, 'send', '--file', 'm.jsonl')).toMatchObject({
      code: 'not_found',
      details: { errors: [{ line: 2, code: 'not_found' }] },
    });
    expect(await json('queue', 'stats')).toMatchObject({ accepted: 0 });
  });

  test('need a file that is there and holds something', async () => {
    const { cwd, fails } = await swarm();
    expect((await fails(3, 'send', '--file', 'nowhere.jsonl')).code).toBe('not_found');
    expect((await fails(1, 'send', '--file', '.')).code).toBe('unreadable_file');
    expect((await fails(2, 'send', 'bob', '--file', 'x')).message).toContain('does not go with --file');
    const empty = await runWaggle(['send', '--file', '-'], { cwd, stdin: '\n' });
    expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining('holds no message') });
    expect(existsSync(join(cwd, '.waggle'))).toBe(false);
  });
});

describe('waiting', { timeout: 60_000 }, () => {
  test('ends empty with exit 0, says what to do, and prints an empty list as JSON', async () => {
    const { json, run } = await swarm();
    await json('agent', 'add', 'bob');
    expect(await json('inbox', 'bob', '--wait', '200ms')).toEqual({ messages: [] });
    expect(await run('inbox', 'bob')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('--wait 30s'),
    });
    expect((await run('inbox', 'bob', '--wait', '100ms')).stderr).toContain('is empty after 100ms');
  });

  test('is ended by the message it waits for', async () => {
    const { cwd, json } = await swarm();
    await using hub = await hubHere(cwd);
    await json('agent', 'add', 'bob');
    const waiting = runWaggle(['inbox', 'bob', '--wait', '50s', '--json'], { cwd });
    await hub.consumerWaits();
    await json('send', 'bob', 'wake up');
    expect(JSON.parse((await waiting).stdout).messages).toMatchObject([{ body: 'wake up' }]);
  });

  test('is interrupted with exit 130', async () => {
    const { cwd, json } = await swarm();
    await using hub = await hubHere(cwd);
    await json('agent', 'add', 'bob');
    const waiting = startWaggle(['inbox', 'bob', '--wait', '50s'], { cwd });
    await hub.consumerWaits();
    waiting.process.kill('SIGINT');
    expect(await waiting.done).toMatchObject({ code: 130, stdout: '' });
    await expect.poll(() => hub.waiting()).toBe(0);
  });
});

describe('interrupted', { timeout: 60_000 }, () => {
  test('while it reads its input: nothing is sent', async () => {
    const { cwd, json } = await swarm();
    await json('agent', 'add', 'bob');
    const sending = startWaggle(['send', 'bob', '-'], { cwd, stdin: null });
    // More than a pipe holds: it is written only once the command reads.
    const { stdin } = sending.process;
    await new Promise((resolve) => stdin?.write('half a message '.repeat(100_000), resolve));
    sending.process.kill('SIGINT');
    expect(await sending.done).toMatchObject({ code: 130, stderr: 'aborted: interrupted by SIGINT\n' });
    expect(await json('queue', 'stats')).toMatchObject({ accepted: 0 });
  });

  test('twice, it does not wait for a hub that does not answer', async () => {
    const { cwd, json } = await swarm();
    await json('agent', 'add', 'bob');
    await json('down');
    await using hung = await hungHub(cwd);
    const hasty = startWaggle(['inbox', 'bob', '--wait', '50s'], { cwd });
    await hung.hears('"op":"message.lease"');
    hasty.process.kill('SIGINT');
    await hung.hears('"cancel":true');
    hasty.process.kill('SIGINT');
    expect(await hasty.done).toMatchObject({ code: 130 });
    hung.forget();
    const patient = startWaggle(['inbox', 'bob', '--wait', '50s'], { cwd });
    await hung.hears('"op":"message.lease"');
    patient.process.kill('SIGINT');
    expect(await patient.done).toMatchObject({ code: 130 });
  });

  test('by a reader that has seen enough, it ends quietly and well', async () => {
    const { cwd, json } = await swarm();
    await json('agent', 'add', 'bob');
    const following = startWaggle(['events', '--follow'], { cwd });
    await following.printed('agent.added');
    following.process.stdout?.destroy();
    await json('send', 'bob', 'x');
    expect(await following.done).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('bad input', { timeout: 60_000 }, () => {
  test('is refused with the field and the value, and stores nothing', async () => {
    const { fails, json } = await swarm();
    await json('agent', 'add', 'bob');
    expect((await fails(3, 'send', 'nobody', 'x')).code).toBe('not_found');
    expect((await fails(3, 'inbox', 'nobody')).code).toBe('not_found');
    expect((await fails(2, 'send', 'bob', 'x', '--priority', 'max')).message).toContain('max');
    expect((await fails(2, 'send', 'bob', 'x', '--delay', '-5s')).message).toContain(
      '--delay: must not be negative, got "-5s"',
    );
    expect((await fails(2, 'send', 'bob', 'x', '--ttl', '5')).message).toContain('write 5s');
    expect((await fails(2, 'send', 'bob', 'x', '--ack-by', '99999999d')).message).toContain(
      '--ack-by: is too far away',
    );
    expect((await fails(2, 'send', '../x', 'x')).code).toBe('invalid_input');
    expect((await fails(2, 'agent', 'add', '../x')).code).toBe('invalid_input');
    expect((await fails(2, 'send', 'bob')).message).toContain('text: is missing');
    expect((await fails(2, 'send')).message).toContain('to: is missing');
    expect((await fails(2, 'send', 'bob', '{"a":1,"a":2}', '--json-body')).message).toContain('duplicate key');
    expect((await fails(2, 'send', 'bob', '{"__proto__":1}', '--json-body')).message).toContain('__proto__');
    expect((await fails(2, 'send', 'bob', '"\\ud800"', '--json-body')).message).toContain('lone surrogate');
    expect((await fails(2, 'send', 'bob', '['.repeat(10_000), '--json-body')).message).toContain('nested deeper');
    expect((await fails(2, 'ack', 'msg_1')).message).toContain('--gen: is missing');
    expect((await fails(2, 'sned', 'bob', 'x')).message).toContain('Did you mean send?');
    expect((await fails(4, 'agent', 'add', 'bob')).code).toBe('already_exists');
    expect(await json('queue', 'stats')).toMatchObject({ accepted: 0 });
  });

  test('a body over the limit is refused from standard input too', async () => {
    const { cwd, json } = await swarm();
    await json('agent', 'add', 'bob');
    const refused = await runWaggle(['send', 'bob', '-', '--json'], { cwd, stdin: 'x'.repeat(256 * 1024 + 1) });
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.stdout).error.code).toBe('payload_too_large');
  });
});

describe('agents', { timeout: 60_000 }, () => {
  test('are listed, shown, heard of and removed', async () => {
    const { json, run, fails } = await swarm();
    await json('agent', 'add', 'bob', '--role', 'reviewer', '--skill', 'sql');
    expect((await json('agent', 'list', '--skill', 'sql')).agents).toMatchObject([{ id: 'bob', role: 'reviewer' }]);
    expect((await run('agent', 'list')).stdout).toBe('bob\treviewer\tsql\t\t\n');
    expect((await run('agent', 'list', '--role', 'cook')).stderr).toBe('no agent matches\n');
    expect((await json('agent', 'heartbeat', 'bob')).lastSeenAt).toMatch(/Z$/);
    expect((await json('agent', 'show', 'bob')).inbox).toMatchObject({ ready: 0 });
    await json('send', 'bob', 'x');
    expect((await run('agent', 'show', 'bob')).stdout).toContain('ready\t1');
    expect((await fails(4, 'agent', 'remove', 'bob')).code).toBe('illegal_transition');
    expect(await json('agent', 'remove', 'bob', '--cancel-open')).toEqual({ id: 'bob', cancelled: 1 });
    expect((await run('agent', 'list')).stderr).toContain('waggle agent add reviewer');
  });
});

describe('the hub', { timeout: 60_000 }, () => {
  test('runs in the foreground, refuses a second one, and drains on SIGINT', async () => {
    const { cwd, run, json, fails } = await swarm();
    const hub = startWaggle(['up', '--port', '0'], { cwd, timeoutMs: 50_000 });
    await hub.printed('store\t');
    const found = await json('status');
    expect(Object.keys(found).slice(0, 8)).toEqual([
      'pid',
      'url',
      'socket',
      'dashboard',
      'version',
      'startedAt',
      'agents',
      'store',
    ]);
    expect(found.pid).toBe(hub.process.pid);
    expect((await run('status')).stdout).toContain(`address\t${found.url}`);
    expect((await fails(5, 'up')).code).toBe('hub_already_running');
    await json('agent', 'add', 'bob');
    await json('send', 'bob', 'survives');
    hub.process.kill('SIGINT');
    expect(await hub.done).toMatchObject({ code: 0 });
    expect((await json('inbox', 'bob')).messages).toMatchObject([{ body: 'survives' }]);
  });

  test('that does not run: status is exit 3, down is done, and neither makes anything', async () => {
    const { cwd, run, fails, json } = await swarm();
    expect((await fails(3, 'status')).message).toContain('no hub is running here');
    expect(await run('down')).toMatchObject({ code: 0, stdout: 'no hub is running here\n' });
    expect(await json('down')).toEqual({ stopped: false });
    expect((await fails(3, 'inbox', 'bob')).code).toBe('not_found');
    expect((await run('completion', 'bash')).stdout).toContain('waggle complete');
    expect(existsSync(join(cwd, '.waggle'))).toBe(false);
    await json('agent', 'add', 'bob');
    const pid = readPid(join(cwd, '.waggle', 'hub.json'));
    expect(await json('down')).toEqual({ stopped: true, pid });
    expect(readPid(join(cwd, '.waggle', 'hub.json'))).toBeUndefined();
    expect((await fails(3, 'status')).code).toBe('not_found');
    expect(readPid(join(cwd, '.waggle', 'hub.json'))).toBeUndefined();
  });

  test('that cannot run: status says why, and sends nobody to a backup of a sound store', async () => {
    const { cwd, fails, json } = await swarm();
    await json('agent', 'add', 'bob');
    await json('down');
    const store = join(cwd, '.waggle', 'waggle.db');
    const bytes = readFileSync(store);
    const newer = Buffer.from(bytes);
    newer.writeUInt32BE(9_999, 60); // user_version in the header of the file
    writeFileSync(store, newer);
    for (const command of [['status'], ['queue', 'stats']]) {
      expect(await fails(1, ...command)).toMatchObject({
        code: 'schema_too_new',
        message: expect.stringContaining('install a newer Waggle') as string,
      });
    }
    writeFileSync(store, '');
    expect((await fails(1, 'status')).code).toBe('store_missing');
    rmSync(store);
    expect((await fails(1, 'status')).code).toBe('store_missing');
    writeFileSync(store, bytes.subarray(0, 6_000));
    const { code, message } = await fails(1, 'status');
    expect(code).toBe('store_corrupt');
    expect(message.match(/nothing was changed/g)).toHaveLength(1);
  });

  test('makes the directory where there is none, says so, and tells a script where it is', async () => {
    const { cwd, fails } = await swarm();
    expect((await fails(2, 'up', '--port', '99999')).message).toContain('--port: must be 0 to 65535, got 99999');
    const hub = startWaggle(['up', '--port', '0', '--json', '--no-open'], { cwd });
    await hub.printed('"pid":');
    expect(JSON.parse(hub.stdout())).toMatchObject({ pid: hub.process.pid, store: { state: 'open' } });
    expect(hub.stderr()).toContain(`creating the swarm directory ${join(cwd, '.waggle')}`);
    hub.process.kill('SIGTERM');
    expect(await hub.done).toMatchObject({ code: 0, stderr: expect.stringContaining('finishing what was accepted') });
  });

  test('that cannot start in the background tells whoever needed it why', async () => {
    const { cwd, json, fails, run } = await swarm();
    await json('agent', 'add', 'bob');
    await json('down');
    await writeFile(join(cwd, '.waggle', 'config.json'), '{"limits":{"bodyBites":1}}');
    expect((await fails(2, 'send', 'bob', 'x')).message).toContain('bodyBites');
    expect((await run('doctor')).stdout).toContain('warn log');
    await rm(join(cwd, '.waggle', 'config.json'));
    const alone = startWaggle(['up', '--background', '--idle-exit', '1ms', '--dir', cwd], { cwd });
    expect(await alone.done).toMatchObject({ code: 0, stdout: '' });
  });

  test('is found from below and by --dir', async () => {
    const { cwd, json } = await swarm();
    await json('agent', 'add', 'bob');
    await mkdir(join(cwd, 'deep', 'er'), { recursive: true });
    const below = await runWaggle(['agent', 'list', '--json'], { cwd: join(cwd, 'deep', 'er') });
    expect(JSON.parse(below.stdout).agents).toHaveLength(1);
    const elsewhere = await runWaggle(['agent', 'list', '--json', '--dir', join(cwd, '.waggle')], { cwd: '/' });
    expect(JSON.parse(elsewhere.stdout).agents).toHaveLength(1);
  });
});

describe('events', { timeout: 60_000 }, () => {
  test('are listed in order, resumed, and followed until interrupted', async () => {
    const { cwd, json, run } = await swarm();
    await json('agent', 'add', 'bob');
    await json('send', 'bob', 'x');
    const { stdout } = await run('events', '--json');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map((event) => event.type)).toEqual(['agent.added', 'message.accepted']);
    const { stdout: resumed } = await run('events', '--after', String(events[0].seq));
    expect(resumed.trim().split('\n')).toHaveLength(1);

    const following = startWaggle(['events', '--follow'], { cwd });
    await following.printed('message.accepted');
    const { id } = await json('send', 'bob', 'y');
    await following.printed(id);
    following.process.kill('SIGINT');
    expect(await following.done).toMatchObject({ code: 130 });
  });
});

describe('completion', { timeout: 60_000 }, () => {
  const complete = async (cwd: string, ...words: string[]) => {
    const { stdout } = await runWaggle(['complete', '--', ...words], { cwd });
    return stdout.split('\n').map((line) => line.split('\t')[0]);
  };

  test('knows commands, flags, choices and registered agents', async () => {
    const { cwd, json } = await swarm();
    expect(await complete(cwd, 'se')).toEqual(expect.arrayContaining(['send', 'search']));
    expect(await complete(cwd, 'dead', '')).toEqual(expect.arrayContaining(['list', 'redrive', 'purge']));
    expect(await complete(cwd, 'send', 'bob', '--pri')).toContain('--priority');
    expect(await complete(cwd, 'send', 'bob', '--priority', '')).toContain('urgent');
    expect(await complete(cwd, 'inbox', '')).not.toContain('bob');
    await json('agent', 'add', 'bob');
    expect(await complete(cwd, 'inbox', '')).toContain('bob');
  });

  test.each(['bash', 'zsh', 'fish'])('has a script for %s', async (shell) => {
    const { run } = await swarm();
    const { code, stdout } = await run('completion', shell);
    expect(code).toBe(0);
    expect(stdout).toContain('waggle complete');
  });
});

describe('pages', { timeout: 60_000 }, () => {
  test('greet, help, and answer a pipe that closes early', async () => {
    const { run } = await swarm();
    expect((await run()).stdout).toContain('waggle agent add reviewer');
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+/);
    expect((await run('help', 'dead', 'redrive')).stdout).toContain('waggle dead redrive --inbox reviewer');
    expect((await run('help')).stdout).toContain('Getting started:');
    expect(await run('help', 'sned')).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean send?') });
  });
});

test('doctor passes on a healthy swarm and fails when the token may be read by others', {
  timeout: 60_000,
}, async () => {
  const { cwd, json, run } = await swarm();
  expect((await json('doctor')).checks[1]).toMatchObject({ name: 'directory', status: 'warn' });
  expect(existsSync(join(cwd, '.waggle'))).toBe(false);
  await json('agent', 'add', 'bob');
  await json('send', 'bob', 'x');
  const healthy = await json('doctor');
  expect(healthy.ok).toBe(true);
  expect(healthy.checks.map((check: { name: string }) => check.name)).toEqual([
    'node',
    'directory',
    'filesystem',
    'token',
    'hub',
    'socket',
    'store',
    'quarantine',
    'log',
  ]);
  expect(statSync(join(cwd, '.waggle', 'token')).mode & 0o777).toBe(0o600);
  chmodSync(join(cwd, '.waggle', 'token'), 0o644);
  const sick = await run('doctor');
  expect(sick).toMatchObject({ code: 1, stdout: expect.stringContaining('chmod 600') });
  chmodSync(join(cwd, '.waggle', 'token'), 0o600);
});

describe('recover', { timeout: 60_000 }, () => {
  const entry = (id: string, text: string, status = 'PENDING') =>
    `{"message":{"recipient":"Agent-1","sender":"Agent-4","content":${JSON.stringify(text)}},"queue_id":"${id}","priority_score":0.5,"status":"${status}","created_at":"2025-09-09T00:56:13.516988","updated_at":"2025-09-09T00:56:13.516988","metadata":{}}`;
  const torn = `[\n${entry('a1', 'one')},\n${entry('b2', 'two\u202e')},\n${entry('c3', 'three').slice(0, -60)}`;

  test('says what can be saved, keeps a copy beside the file, and neither makes a swarm nor touches the source', async () => {
    const { cwd, run } = await swarm();
    await writeFile(join(cwd, 'queue.json'), torn);
    const { code, stdout, stderr } = await run('recover', 'queue.json', '--entries', '--json');
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const summary = lines.pop();
    expect(Object.keys(summary).slice(0, 9)).toEqual([
      'file',
      'sha256',
      'bytes',
      'recovered',
      'ambiguous',
      'discardedBytes',
      'duplicates',
      'quarantine',
      'imported',
    ]);
    expect(summary).toMatchObject({ file: 'queue.json', bytes: Buffer.byteLength(torn), recovered: 2, imported: 0 });
    expect(readFileSync(summary.quarantine, 'utf8')).toBe(torn);
    expect(summary.quarantine).toContain(join(cwd, 'quarantine'));
    expect(stderr).toContain('kept as it was in quarantine/');
    const found = lines.filter((line) => line.status === 'recovered');
    expect(found.map((line) => line.entry.queue_id)).toEqual(['a1', 'b2']);
    expect(torn.slice(found[0].offset, found[0].offset + found[0].length)).toBe(entry('a1', 'one'));
    expect(stdout).toContain(entry('a1', 'one'));
    expect(stdout).not.toContain('\u202e');
    expect(readFileSync(join(cwd, 'queue.json'), 'utf8')).toBe(torn);
    expect(existsSync(join(cwd, '.waggle'))).toBe(false);
    const human = await run('recover', 'queue.json', '--entries');
    expect(human.stdout).toMatch(/queue\.json \(\d+ B\): 2 recovered, /);
    expect(human.stderr).toContain('--import');
  });

  test('imports each entry once, into the inboxes they name, and quarantines in the swarm', async () => {
    const { cwd, run, json, fails } = await swarm();
    await writeFile(join(cwd, 'queue.json'), torn);
    expect((await fails(3, 'recover', 'queue.json', '--import')).code).toBe('not_found');
    await json('agent', 'add', 'bob');
    const first = await json('recover', 'queue.json', '--import');
    expect(first).toMatchObject({ recovered: 2, imported: 2, known: 0, agentsAdded: ['agent-1'] });
    expect(first.quarantine).toContain(join(cwd, '.waggle', 'quarantine'));
    expect(await json('recover', 'queue.json', '--import')).toMatchObject({ imported: 0, known: 2 });
    expect((await run('recover', 'queue.json', '--import')).stdout).toContain('imported 0, 2 were there already');
    const { messages } = await json('inbox', 'agent-1');
    expect(messages).toHaveLength(2);
    expect(messages[0]).toMatchObject({ from: 'recovery', provenance: { queueId: 'a1' } });
    expect(await json('queue', 'verify')).toMatchObject({ ok: true });
  });

  test('keeps what is not certain until somebody releases or purges it', async () => {
    const { cwd, json, run, fails } = await swarm();
    await json('agent', 'add', 'bob');
    const doubtful = entry('a1', 'one').replace('"queue_id"', '"queue_id":"a0","queue_id"');
    await writeFile(join(cwd, 'queue.json'), `[${doubtful},${doubtful.replaceAll('a1', 'a2')}]`);
    expect(await json('recover', 'queue.json', '--import')).toMatchObject({ ambiguous: 2, quarantined: 2 });
    expect(await json('inbox', 'agent-1')).toEqual({ messages: [] });
    const { messages } = await json('quarantine', 'list', '--inbox', 'agent-1');
    expect(messages.map((message: { state: string }) => message.state)).toEqual(['quarantined', 'quarantined']);
    expect((await fails(2, 'quarantine', 'release', messages[0].id)).message).toContain('--yes');
    expect(await json('quarantine', 'release', messages[0].id, '--yes')).toEqual({ released: 1 });
    expect((await fails(4, 'quarantine', 'release', messages[0].id, '--yes')).code).toBe('illegal_transition');
    expect((await json('inbox', 'agent-1')).messages).toMatchObject([{ id: messages[0].id, from: 'recovery' }]);
    expect((await run('quarantine', 'purge', '--all', '--yes')).stdout).toBe('1 quarantined message deleted\n');
    expect(await json('recover', 'queue.json', '--import')).toMatchObject({ imported: 0, quarantined: 0 });
    expect(await json('queue', 'stats')).toMatchObject({ quarantined: 0, pruned: 1, leased: 1, accepted: 2 });
  });

  test('goes on with the next file when one cannot be read, and says so with its exit code', async () => {
    const { cwd, run } = await swarm();
    await writeFile(join(cwd, 'queue.json'), `[${entry('a1', 'one', 'DELIVERED')}]`);
    const missing = await run('recover', 'nowhere.json', 'queue.json');
    expect(missing).toMatchObject({ code: 3, stdout: expect.stringMatching(/queue\.json \(\d+ B\): 1 recovered/) });
    expect(missing.stderr).toContain('not_found: ');
    const folder = await run('recover', '.', 'queue.json');
    expect(folder).toMatchObject({ code: 1, stderr: expect.stringContaining('unreadable_file: ') });
  });

  test('doctor --watch follows a live file through damage, deletion and replacement, and writes nothing', async () => {
    const { cwd, fails } = await swarm();
    expect((await fails(3, 'doctor', '--watch', 'no/queue.json')).code).toBe('not_found');
    const file = join(cwd, 'queue.json');
    await writeFile(file, '[]');
    const watching = startWaggle(['doctor', '--watch', 'queue.json', '--json'], { cwd });
    const reports = () =>
      watching
        .stdout()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    await watching.printed('"checks":1,');
    await writeFile(file, torn);
    await watching.printed('"checks":2,');
    await rm(file);
    await watching.printed('"checks":3,');
    await writeFile(join(cwd, 'draft.json'), `[${entry('a1', 'one')}]`);
    await rename(join(cwd, 'draft.json'), file);
    await watching.printed('"checks":4,');
    expect(reports()).toMatchObject([
      { file: 'queue.json', state: 'intact', parseErrors: 0 },
      { state: 'damaged', parseErrors: 1, recoverable: 2 },
      { state: 'missing', parseErrors: 1 },
      { state: 'intact', parseErrors: 1, recoveries: 1, recoverable: 1, persistent: false },
    ]);
    watching.process.kill('SIGINT');
    expect(await watching.done).toMatchObject({ code: 130 });
    expect(existsSync(join(cwd, 'quarantine'))).toBe(false);

    await writeFile(file, '');
    const plain = startWaggle(['doctor', '--watch', 'queue.json'], { cwd });
    await plain.printed('watching 1 file');
    expect(plain.stdout()).toContain('queue.json damaged');
    plain.process.kill('SIGINT');
    expect((await plain.done).code).toBe(130);
  });
});

describe('a backup', { timeout: 60_000 }, () => {
  test('of a running hub goes back in its place when the hub may be stopped', async () => {
    const { json, fails, run } = await swarm();
    await run('agent', 'add', 'bob');
    const { id } = await json('send', 'bob', 'kept');
    expect(await json('backup', 'saved.db')).toMatchObject({ messages: 1 });
    const { id: later } = await json('send', 'bob', 'later');
    expect(await fails(5, 'restore', 'saved.db')).toMatchObject({ code: 'hub_already_running' });
    expect(await json('restore', 'saved.db', '--stop-hub')).toMatchObject({
      messages: 1,
      lost: { accepted: 1, acked: 0 },
    });
    expect(await json('message', id)).toMatchObject({ message: { body: 'kept' } });
    expect(await fails(3, 'message', later)).toMatchObject({ code: 'not_found' });
    expect(await json('queue', 'verify')).toMatchObject({ ok: true });
    await run('down');
  });
});
