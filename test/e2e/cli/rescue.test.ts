import { existsSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { swarm } from '../../support/cli-swarm.ts';
import { startWaggle } from '../../support/run-waggle.ts';

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
