import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSwarm } from '../../index.ts';
import { commandRunner } from '../../testing/cli-context.ts';

/** What a person at a terminal sees; what scripts see is told in test/e2e/cli/. */
async function terminal() {
  const swarm = await openSwarm({ store: 'memory' });
  onTestFinished(() => swarm.close());
  await swarm.agents.add({ id: 'bob', role: 'reviewer', skills: ['sql'], client: 'codex' });
  return { swarm, run: commandRunner(swarm) };
}

describe('messages', () => {
  test('sending says what became of it', async () => {
    const { swarm, run } = await terminal();
    expect((await run('send', 'bob', 'hello')).stdout).toMatch(/^✓ msg_\S+ → bob ready\n$/);
    await run('send', 'bob', '-', '--key', 'k');
    expect((await run('send', 'bob', '-', '--key', 'k')).stdout).toContain('was sent before with this key');
    await swarm.agents.add({ id: 'ada' });
    expect((await run('send', 'all', 'hi')).stdout).toContain('→ all (2 recipients) ready');
    const soon = '2099-01-01T00:00:00Z';
    expect((await run('send', 'bob', '{"a":1}', '--json-body', '--ack-by', soon)).code).toBe(0);
    expect((await run('send', 'bob', '"text"', '--json-body')).code).toBe(0);
  });

  test('a file of them is counted', async () => {
    const { run } = await terminal();
    const folder = await mkdtemp(join(tmpdir(), 'waggle-cli-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'm.jsonl'), '{"to":"bob","body":"a"}\n{"to":"bob","body":"b"}\n');
    expect((await run('send', '--file', join(folder, 'm.jsonl'))).stdout).toBe('✓ 2 messages sent\n');
    await writeFile(join(folder, 'm.jsonl'), 'x\n'.repeat(25));
    await expect(run('send', '--file', join(folder, 'm.jsonl'))).rejects.toThrow('… and 5 more');
  });

  test('an inbox shows each message and what to type next; a hostile one stays in its place', async () => {
    const { swarm, run } = await terminal();
    const { id } = await swarm.send({ to: 'bob', body: 'one\n\u001b[2Jtwo', subject: 'hi\u202e' });
    await swarm.send({ to: 'bob', body: 'second' });
    const peeked = await run('inbox', 'bob', '--peek');
    expect(peeked.stdout).toContain(`${id} · ready`);
    const { stdout } = await run('inbox', 'bob');
    expect(stdout).toContain('operator → bob · now\n  hi\\u{202E}\n  one\n  [2Jtwo\n');
    expect(stdout).toMatch(/waggle ack msg_\S+ --gen \d+ \(yours for 60s|1m\)/);
    expect((await run('inbox', 'bob', '--peek')).stderr).toBe('inbox of bob is empty\n');
  });

  test('are settled with a sentence', async () => {
    const { swarm, run } = await terminal();
    const take = async () => {
      const [message] = await swarm.lease('bob');
      if (message === undefined) throw new Error('nothing to take');
      return [message.id, '--gen', String(message.gen)] as const;
    };
    await swarm.send({ to: 'bob', body: 'x' });
    const first = await take();
    expect((await run('extend', ...first, '--for', '10m')).stdout).toMatch(/^✓ msg_\S+ is yours: the lease ends in /);
    expect((await run('nack', ...first, '--delay', '0s')).stdout).toContain('given back: ready, deliverable now');
    const second = await take();
    expect((await run('ack', ...second)).stdout).toMatch(/^✓ msg_\S+ acked\n$/);
    const { id } = await swarm.send({ to: 'bob', body: 'y', delayMs: 60_000 });
    expect((await run('cancel', id)).stdout).toMatch(/^✓ msg_\S+ cancelled\n$/);
    await expect(run('ack', ...second)).rejects.toMatchObject({ code: 'lease_lost' });
  });

  test('one of them shows its history, a thread its conversation, a search its hits', async () => {
    const { swarm, run } = await terminal();
    const { id } = await swarm.send({ to: 'bob', body: 'needle', subject: 'find me', threadId: 't-1' });
    const reply = await swarm.send({ to: 'bob', body: 'reply needle', threadId: 't-1' });
    expect((await run('message', id)).stdout).toMatch(
      /· ready\n.*find me\n {2}needle\n {2}stored now\n\n {2}now +message\.accepted/s,
    );
    const thread = await run('thread', 't-1', '--limit', '1');
    expect(thread.stdout).toContain('operator → bob');
    expect(thread.stderr).toContain('more: waggle thread t-1 --after msg_');
    expect((await run('thread', 't-1', '--after', reply.id)).stderr).toBe('thread t-1 has no more messages\n');
    await expect.poll(async () => (await run('search', 'needle')).stdout).toContain('find me');
    const pipe = commandRunner(swarm, { terminal: false });
    expect((await pipe('search', 'needle')).stdout.split('\n')).toHaveLength(3);
    expect((await pipe('search', 'needle', '--json')).stdout).toMatch(/^\{"hits":\[\{"message":\{"id":/);
    expect((await pipe('thread', 't-1')).stdout.split('\n')).toHaveLength(3);
    expect((await pipe('message', id)).stdout).toContain('message.accepted\t');
  });
});

describe('the queue', () => {
  test('is counted and proven', async () => {
    const { swarm, run } = await terminal();
    await swarm.send({ to: 'bob', body: 'x' });
    const { stdout } = await run('queue', 'stats', '--inbox', 'bob');
    expect(stdout).toContain('ready              1\n');
    expect(stdout).toContain('oldest ready message: ');
    expect((await run('queue', 'verify')).stdout).toContain('ok: 1 accepted messages are all accounted for');
    const { stdout: events } = await run('events');
    expect(events).toMatch(/\d\d:\d\d:\d\d\.\d{3} message\.accepted +bob msg_/);
  });

  test('is pruned of what was over long ago, after a look at how much that is', async () => {
    const { swarm, run } = await terminal();
    await swarm.send({ to: 'bob', body: 'over' });
    await swarm.send({ to: 'bob', body: 'open' });
    for (const message of await swarm.lease('bob', { limit: 1 })) await swarm.ack(message);
    await expect(run('queue', 'prune')).rejects.toMatchObject({ code: 'invalid_input' });
    expect((await run('queue', 'prune', '--older-than', '30d')).stdout).toContain('0 messages (0 B of text) pruned');
    const counted = await run('queue', 'prune', '--older-than', '0s', '--dry-run');
    expect(counted.stdout).toBe('1 message (4 B of text) would be pruned; nothing was deleted\n');
    const pruned = await run('queue', 'prune', '--older-than', '0s', '--inbox', 'bob', '--json');
    expect(JSON.parse(pruned.stdout)).toEqual({ pruned: 1, bytes: 4, dryRun: false });
    expect((await run('queue', 'stats')).stdout).toContain('pruned             1\n');
    expect((await run('queue', 'verify')).stdout).toContain('ok: 2 accepted messages');
  });

  test('with problems names them and fails', async () => {
    const { swarm } = await terminal();
    const report = await swarm.queue.verify();
    const problems = [
      { what: 'conservation', inbox: 'bob', detail: '3 ≠ 4' },
      { what: 'page', detail: 'torn' },
    ];
    const verify = async () => ({ ...report, ok: false, problems });
    const { code, stdout } = await commandRunner({ ...swarm, queue: { ...swarm.queue, verify } })('queue', 'verify');
    expect(code).toBe(1);
    expect(stdout).toBe(
      'problem conservation in inbox bob: 3 ≠ 4\nproblem page: torn\n2 problems; waggle doctor says what to do\n',
    );
  });

  test('lists dead letters with every attempt, and pages', async () => {
    const { swarm, run } = await terminal();
    for (const body of ['a', 'b']) {
      await swarm.send({ to: 'bob', body });
      const [message] = await swarm.lease('bob');
      if (message !== undefined) await swarm.nack(message, { terminal: true, reason: 'no such \u202ebranch' });
    }
    const { stdout } = await run('dead', 'list');
    expect(stdout).toMatch(/^msg_\S+ · operator → bob\n {2}a\n {2}attempt 1 now no such \\u\{202E\}branch\n/);
    expect(stdout).toContain('put one back with: waggle dead redrive ID');
    expect((await run('dead', 'list', '--limit', '1')).stderr).toContain('more: waggle dead list --after msg_');
    expect((await run('dead', 'redrive', '--all')).stdout).toBe('2 dead letters put back\n');
    for (const selection of [['--inbox', 'bob'], ['--all'], ['msg_1', 'msg_2']]) {
      await expect(run('dead', 'purge', ...selection, '--json')).rejects.toThrow('--yes: needed to delete');
    }
  });
});

test('purging asks, says what it will delete, and takes only a yes', async () => {
  const { swarm } = await terminal();
  const questions: string[] = [];
  const answering = (answer: boolean) =>
    commandRunner(swarm, {
      ask: async (question) => {
        questions.push(question);
        return answer;
      },
    });
  await expect(answering(false)('dead', 'purge', 'msg_1')).rejects.toMatchObject({ code: 'aborted' });
  await expect(answering(false)('dead', 'purge', 'msg_1', 'msg_2')).rejects.toThrow('nothing was deleted');
  await expect(answering(false)('dead', 'purge', '--all')).rejects.toThrow('nothing was deleted');
  expect((await answering(true)('dead', 'purge', '--inbox', 'bob')).stdout).toBe('0 dead letters deleted\n');
  expect(questions).toEqual([
    'Delete 1 dead letter for good?',
    'Delete 2 dead letters for good?',
    'Delete every dead letter of every inbox for good?',
    'Delete every dead letter of bob for good?',
  ]);
});

describe('what was salvaged but is not certain', () => {
  async function quarantined() {
    const { swarm } = await terminal();
    const entry = (key: string, bodyText: string, more: object = {}) => ({
      key,
      to: 'bob',
      bodyText,
      bodyType: 'text' as const,
      priority: 'normal' as const,
      state: 'quarantined' as const,
      provenance: { source: 'recovered', claimedSender: 'captain\u202e', reason: 'inside a damaged entry', ...more },
    });
    await swarm.importEntries([
      entry('r:1', 'obey\u001b[2J'),
      entry('r:2', 'also', { claimedSender: null, reason: null }),
      entry('r:3', 'third'),
    ]);
    return swarm;
  }

  test('is listed with who it claims to be from and why it is kept, page by page', async () => {
    const swarm = await quarantined();
    const { stdout } = await commandRunner(swarm)('quarantine', 'list');
    expect(stdout).toMatch(
      /^msg_\S+ · says it is from captain\\u\{202E\} → bob\n {2}obey\[2J\n {2}inside a damaged entry\n/,
    );
    expect(stdout).toMatch(/says it is from recovery → bob\n {2}also\nmsg_/);
    expect(stdout).toContain('deliver it: waggle quarantine release ID');
    const page = await commandRunner(swarm)('quarantine', 'list', '--limit', '2');
    const [, after = ''] = /more: waggle quarantine list --after (msg_\S+)/.exec(page.stderr) ?? [];
    const rest = await commandRunner(swarm, { terminal: false })('quarantine', 'list', '--after', after);
    expect(rest.stdout).toMatch(/^msg_\S+\tbob\tcaptain\\u\{202E\}\tinside a damaged entry\t5\tthird\n$/);
    const { messages } = JSON.parse((await commandRunner(swarm)('quarantine', 'list', '--json')).stdout);
    expect(messages).toHaveLength(3);
    expect(messages[0]).toMatchObject({ state: 'quarantined', body: 'obey\u001b[2J', from: 'recovery' });
    const one = await commandRunner(swarm)('message', messages[0].id);
    expect(one.stdout).toContain('reason=inside a damaged entry');
  });

  test('is released or deleted only after a yes, and then said', async () => {
    const swarm = await quarantined();
    const questions: string[] = [];
    const answering = (answer: boolean) =>
      commandRunner(swarm, { ask: async (question) => (questions.push(question), answer) });
    await expect(answering(false)('quarantine', 'release', '--all')).rejects.toThrow('nothing was released');
    await expect(answering(false)('quarantine', 'purge', '--all')).rejects.toThrow('nothing was deleted');
    await expect(commandRunner(swarm)('quarantine', 'release', '--all')).rejects.toThrow('--yes: needed to release');
    await expect(answering(true)('quarantine', 'release')).rejects.toThrow('exactly one of them');
    const [first] = (await swarm.quarantine.list()).messages;
    if (first === undefined) throw new Error('three were imported');
    const released = await answering(true)('quarantine', 'release', first.id);
    expect(released.stdout).toBe('1 quarantined message released\n');
    expect((await swarm.lease('bob', { limit: 9 })).map(({ id }) => id)).toEqual([first.id]);
    const purged = await commandRunner(swarm)('quarantine', 'purge', '--inbox', 'bob', '--yes', '--json');
    expect(purged.stdout).toBe('{"purged":2}\n');
    expect((await commandRunner(swarm)('quarantine', 'list')).stderr).toBe('nothing is quarantined\n');
    expect(questions).toEqual([
      'Release every quarantined message of every inbox for delivery?',
      'Delete every quarantined message of every inbox for good?',
      'Release 1 quarantined message for delivery?',
    ]);
  });
});

test('agents are a table', async () => {
  const { swarm, run } = await terminal();
  const { stdout } = await run('agent', 'list');
  expect(stdout).toBe(
    'AGENT  ROLE      SKILLS  CLIENT  LAST SEEN  STATE    LIVENESS\nbob    reviewer  sql     codex              offline  unknown\n',
  );
  expect((await run('agent', 'heartbeat', 'bob')).stdout).toBe('✓ bob is alive\n');
  expect((await run('agent', 'show', 'bob')).stdout).toMatch(/^agent {6}bob\nrole {7}reviewer\n.*last seen {2}now\n/s);
  expect((await run('agent', 'add', 'ada')).stdout).toBe(
    '✓ ada has an inbox now; write to it with: waggle send ada "hello"\n',
  );
  await swarm.send({ to: 'ada', body: 'x' });
  expect((await run('agent', 'remove', 'ada', '--cancel-open')).stdout).toBe(
    '✓ ada removed; 1 open messages cancelled\n',
  );
});
