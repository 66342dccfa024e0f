import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WaggleError } from '../../errors.ts';
import { openSwarm } from '../../index.ts';
import { commandRunner } from '../../testing/cli-context.ts';

async function folder(files: Record<string, string>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'waggle-recover-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return path;
}

async function memorySwarm() {
  const swarm = await openSwarm({ store: 'memory' });
  onTestFinished(() => swarm.close());
  return swarm;
}

function entry(id: string, content: string, updated = '2025-09-09T00:56:13.516988'): string {
  const message = JSON.stringify({ recipient: 'Agent-1', content });
  return `{"message":${message},"queue_id":"${id}","priority_score":0.5,"status":"PENDING","created_at":"2025-09-09T00:56:13.516988","updated_at":"${updated}","metadata":{}}`;
}

const older = entry('a1', 'older');
const newer = entry('a1', 'newer', '2025-09-10T00:00:00.000000');

describe('at a terminal', () => {
  test('a sound file is told in one line with the next step, and the entries in a table', async () => {
    const cwd = await folder({ 'queue.json': `[${older},${newer},${entry('b2', 'two')}]` });
    const run = commandRunner(await memorySwarm(), { cwd });
    const { code, stdout, stderr } = await run('recover', 'queue.json', '--entries');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain('superseded by the entry at');
    expect(lines[1]).toMatch(/^\d+\+\d+ +recovered +\{"message"/);
    expect(lines[3]).toBe('queue.json (623 B): 2 recovered, 1 duplicate');
    expect(stderr).toBe(
      `queue.json: kept as it was in ${stderr.match(/quarantine\/\S+/)?.[0]}\n` +
        'bring the entries into the swarm with: waggle recover queue.json --import\n',
    );
  });

  test('a file that holds nothing has no next step', async () => {
    const cwd = await folder({ 'queue.json': '' });
    const { code, stdout, stderr } = await commandRunner(await memorySwarm(), { cwd })('recover', 'queue.json');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^queue\.json \(0 B\): 0 recovered\n {2}damage: the file is empty/);
    expect(stderr).not.toContain('--import');
  });

  test('a swarm above keeps the copies, also of a file elsewhere', async () => {
    const cwd = await folder({});
    const elsewhere = await folder({ 'queue.json': '[]' });
    await mkdir(join(cwd, '.waggle'), { mode: 0o700 });
    await commandRunner(await memorySwarm(), { cwd })('recover', join(elsewhere, 'queue.json'));
    expect(await readdir(join(cwd, '.waggle', 'quarantine'))).toHaveLength(1);
    const outside = await folder({});
    const { stderr } = await commandRunner(await memorySwarm(), { cwd: outside })(
      'recover',
      join(elsewhere, 'queue.json'),
    );
    expect(stderr).toContain(join(elsewhere, 'quarantine'));
  });
});

describe('an entry as JSON', () => {
  test('is its source where that is JSON, and what was read of it where it is not', async () => {
    const python = entry('p1', 'x').replace('"metadata":{}', "'metadata':None");
    const cwd = await folder({ 'queue.json': `[${entry('a1', 'one')},\n${python}` });
    const { stdout } = await commandRunner(await memorySwarm(), { cwd })(
      'recover',
      'queue.json',
      '--entries',
      '--json',
    );
    expect(stdout).toContain(`"entry":${entry('a1', 'one')}`);
    for (const line of stdout.trimEnd().split('\n')) expect(() => JSON.parse(line), line).not.toThrow();
  });
});

describe('an import', () => {
  test('goes in batches, skips what a newer entry replaced, and keeps doubtful entries aside', async () => {
    const entries = Array.from({ length: 300 }, (_, index) => entry(`id-${index}`, `text ${index}`));
    const twins = [entry('twin', 'left'), entry('twin', 'right')];
    const huge = [entry('huge', 'first'), entry('huge', 'x'.repeat(1_200_000))];
    const cwd = await folder({ 'queue.json': `[${[older, newer, ...entries, ...twins, ...huge].join(',')}]` });
    const swarm = await memorySwarm();
    const sizes: number[] = [];
    const counting = {
      ...swarm,
      importEntries: (...args: Parameters<typeof swarm.importEntries>) => {
        sizes.push(args[0].length);
        return swarm.importEntries(...args);
      },
    };
    const { code, stdout } = await commandRunner(counting, { cwd })('recover', 'queue.json', '--import');
    expect(code).toBe(0);
    expect(stdout).toContain('imported 303\n');
    expect(stdout).toContain('1 ambiguous ones are kept in the swarm and never delivered\n');
    expect(stdout).toContain('1 ambiguous ones are too large for a message: see the kept copy\n');
    expect(stdout).toContain('new agents: agent-1\n');
    expect(sizes).toEqual([256, 47, 1]);
    expect(await swarm.queue.stats()).toMatchObject({ ready: 303, quarantined: 1, accepted: 304 });
  });

  test('that is interrupted says how far it got; the same again goes on', async () => {
    const cwd = await folder({ 'queue.json': `[${entry('a1', 'one')}]` });
    const swarm = await memorySwarm();
    const interrupted = commandRunner(swarm, { cwd, stop: AbortSignal.abort() })('recover', 'queue.json', '--import');
    await expect(interrupted).rejects.toThrow(/interrupted after 0 of 1 entries; run it again to go on/);
    expect((await commandRunner(swarm, { cwd })('recover', 'queue.json', '--import')).stdout).toContain('imported 1\n');
  });

  test('stops at the first trouble with the hub instead of trying the other files', async () => {
    const cwd = await folder({ 'a.json': `[${entry('a1', 'one')}]`, 'b.json': '[]' });
    const swarm = await memorySwarm();
    const importEntries = () => Promise.reject(new WaggleError('disk_full', 'no space left'));
    const failing = commandRunner({ ...swarm, importEntries }, { cwd })('recover', 'a.json', 'b.json', '--import');
    await expect(failing).rejects.toMatchObject({ code: 'disk_full' });
  });
});

describe('doctor --watch at a terminal', () => {
  test('tells each look in a line, and corruption that stays apart from a writer caught in the act', async () => {
    const cwd = await folder({ 'queue.json': '[' });
    await mkdir(join(cwd, 'folder.json'));
    const stop = new AbortController();
    let stdout = '';
    const onOutput = (text: string) => {
      stdout += text;
    };
    const run = commandRunner(await memorySwarm(), { cwd, stop: stop.signal, onOutput });
    const watching = run('doctor', '--watch', 'queue.json', 'folder.json', 'later.json');
    await expect.poll(() => stdout).toContain('later.json missing · 0 entries · checks 1');
    expect(stdout).toContain('folder.json unreadable · 0 entries · ');
    for (const [index, text] of ['[{', '[{"', `[${older},${entry('b2', 'cut').slice(0, 40)}`].entries()) {
      await writeFile(join(cwd, 'queue.json'), text);
      await expect.poll(() => stdout).toContain(`checks ${index + 2}, parse errors ${index + 2}`);
    }
    expect(stdout).toContain(' · persistent: waggle recover queue.json');
    await writeFile(join(cwd, 'queue.json'), `[${older}]`);
    await expect.poll(() => stdout).toContain('queue.json intact · 1 entries · checks 5, parse errors 4, recoveries 1');
    stop.abort();
    expect(await watching).toMatchObject({ code: 130, stderr: 'watching 3 files; Ctrl-C ends\n' });
  });
});
