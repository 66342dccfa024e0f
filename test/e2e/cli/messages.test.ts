import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { swarm } from '../../support/cli-swarm.ts';
import { runWaggle } from '../../support/run-waggle.ts';

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
    const send = ['send', 'bob', 'needle in hay', '--key', 'k1', '--delay', '1h', '--ttl', '2h', '--ack-by', '10m'];
    const first = await json(...send);
    const again = await json(...send);
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
