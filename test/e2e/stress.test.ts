import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isAlive, readPid, runWaggle, startWaggle, temporaryFolder } from '../support/run-waggle.ts';

/** The stress lab as users run it: real processes, and nothing of it left behind. */
async function lab(env: NodeJS.ProcessEnv = {}) {
  const cwd = await temporaryFolder();
  const temp = join(cwd, 'tmp');
  await mkdir(temp);
  const options = { cwd, env: { TMPDIR: temp, ...env }, timeoutMs: 100_000 };
  const stress = async (...args: string[]) => {
    const run = await runWaggle(['stress', ...args, '--json'], options);
    return { ...run, result: run.stdout === '' ? undefined : JSON.parse(run.stdout) };
  };
  return { cwd, temp, options, stress };
}

/** Three agents are enough to have several of everything. */
const few = ['small', '--agents', '3'];

test('small: 90 messages through 18 processes, each accounted for, and nothing is left or touched', async () => {
  const { cwd, temp, stress } = await lab();
  const { code, result, stdout } = await stress('small');
  expect(result).toMatchObject({ sent: 90, received: 90, lost: 0, duplicated: 0, altered: 0, outOfOrder: 0 });
  expect(result).toMatchObject({ successRate: 1, acked: 90, invented: 0, batch: { size: 10 }, verdict: 'passed' });
  expect(Object.keys(result).slice(0, 11)).toEqual(
    'sent received lost duplicated altered outOfOrder throughput successRate latencyMs batch verdict'.split(' '),
  );
  expect(result.throughput).toBeGreaterThan(0);
  expect(result.latencyMs.p50).toBeLessThanOrEqual(result.latencyMs.max);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(0);
  expect(existsSync(join(cwd, '.waggle'))).toBe(false);
  expect(workspaces(temp)).toEqual([]);
});

describe('each fault alone acts, and no message is lost by it', () => {
  test.each([
    ['crash', /producer-\d killed before the answer to a send, consumer-\d killed with leases in hand/],
    ['hub-kill', /hub killed with SIGKILL/],
    ['torn', /hub died at (store|stream)\.[a-z.]+; \d+ bytes of a torn frame/],
    ['slow', /[1-9]\d* messages handled slowly/],
    ['clock', /\+48 h|−48 h/],
    ['full', /[1-9]\d* sends refused/],
  ])('%s', async (fault, told) => {
    const { stress, temp } = await lab();
    const { code, result, stderr } = await stress(...few, '--faults', fault);
    expect(result).toMatchObject({ sent: 30, received: 30, acked: 30, lost: 0, duplicated: 0, verdict: 'passed' });
    expect(stderr).toMatch(told);
    expect(stderr).not.toContain('could not be made');
    expect(code).toBe(0);
    expect(workspaces(temp)).toEqual([]);
  });
});

describe('the lab fails', () => {
  test('the algorithm that lost messages, and keeps what it left', async () => {
    const { stress, temp } = await lab();
    const { code, result, stderr } = await stress('small', '--target', 'legacy');
    expect(result.verdict).toBe('failed');
    expect(result.lost + result.duplicated).toBeGreaterThan(0);
    expect(result.sent).toBe(90);
    expect(code).toBe(1);
    const kept = /kept (\S+)/.exec(stderr)?.[1] ?? '';
    expect(kept.startsWith(temp)).toBe(true);
    expect(existsSync(join(kept, 'histories', 'lab.0.jsonl'))).toBe(true);
  });

  test.each([
    ['loses', 'lost', '15ms'],
    ['revives', 'duplicated', '0ms'],
    ['alters', 'altered', '15ms'],
  ])('a hub that %s messages when it is started again', async (way, count, latency) => {
    const preload = fileURLToPath(new URL('../support/broken-hub.mjs', import.meta.url));
    const { stress } = await lab({ WAGGLE_BROKEN: way, NODE_OPTIONS: `--import ${preload}` });
    const { code, result } = await stress(
      ...few,
      '--faults',
      'hub-kill,torn',
      '--latency',
      latency,
      '--batch-size',
      '2',
    );
    expect(result).toMatchObject({ verdict: 'failed' });
    expect(result[count]).toBeGreaterThan(0);
    expect(code).toBe(1);
  });
});

test('a lab whose workers end before their work is done has failed, and says which', async () => {
  const preload = fileURLToPath(new URL('../support/broken-hub.mjs', import.meta.url));
  const { stress } = await lab({ WAGGLE_BROKEN: 'workers', NODE_OPTIONS: `--import ${preload}` });
  const { code, result } = await stress(...few);
  expect(result.error.message).toMatch(/^(producer|consumer)-\d ended before its work was done$/);
  expect(code).toBe(1);
});

test('handlers that fail end in dead letters, broadcasts in every inbox, and nothing is on disk with --store memory', async () => {
  const { temp, stress } = await lab();
  const options = ['--success-rate', '0.5', '--mix', 'broadcast=1', '--store', 'memory', '--warm-up', '3', '--keep'];
  const { code, result, stderr } = await stress('small', '--agents', '3', '--messages', '5', ...options);
  expect(result).toMatchObject({ sent: 30, received: 30, lost: 0, verdict: 'passed' });
  expect(result.acked + result.dead).toBe(30);
  expect(result.redelivered).toBeGreaterThan(0);
  expect(result.successRate).toBe(Number((result.acked / 30).toFixed(4)));
  expect(code).toBe(0);
  const kept = /kept (\S+)/.exec(stderr)?.[1] ?? '';
  expect(kept.startsWith(temp)).toBe(true);
  expect(existsSync(join(kept, 'swarm', '.waggle', 'waggle.db'))).toBe(false);
});

describe('nothing outlives the lab', () => {
  async function runningSoak() {
    const { options, temp, cwd } = await lab();
    const running = startWaggle(['stress', 'soak', '--agents', '2', '--duration', '10m'], options);
    await running.printed('acked');
    const [folder = ''] = workspaces(temp);
    const hub = readPid(join(temp, folder, 'swarm', '.waggle', 'hub.json'));
    expect(hub).toBeGreaterThan(0);
    return { running, temp, cwd, hub: hub ?? 0 };
  }

  test('Ctrl-C ends it with 130 and leaves no process and no folder', async () => {
    const { running, temp, hub } = await runningSoak();
    running.process.kill('SIGINT');
    expect(await running.done).toMatchObject({ code: 130 });
    expect(isAlive(hub)).toBe(false);
    expect(workspaces(temp)).toEqual([]);
  });

  test('killed with SIGKILL, its children notice and its folder goes', async () => {
    const { running, temp, hub } = await runningSoak();
    running.process.kill('SIGKILL');
    await running.done;
    await expect.poll(() => isAlive(hub), { timeout: 20_000 }).toBe(false);
    await expect.poll(() => workspaces(temp), { timeout: 20_000 }).toEqual([]);
  });
});

test('a report is two files, and a later run is compared with it', async () => {
  const { cwd, stress } = await lab();
  expect(await stress(...few, '--report', 'out')).toMatchObject({ code: 0 });
  const page = readFileSync(join(cwd, 'out', 'report.html'), 'utf8');
  expect(page).toContain('Queue depth');
  expect(page).not.toMatch(/<script|https?:/);
  const file = join('out', 'report.json');
  const again = await stress(...few, '--baseline', file, '--fail-on-regression', '1000000');
  expect(again).toMatchObject({ code: 0 });
  expect(again.stderr).toMatch(/throughput\t/);
  const report = JSON.parse(readFileSync(join(cwd, file), 'utf8'));
  expect(report.scenario).toMatchObject({ agents: 3, messages: 10 });
  expect(report.agents.map(({ sent }: { sent: number }) => sent)).toEqual([10, 10, 10]);
});

test('a sweep prints a row for each value', async () => {
  const { stress } = await lab();
  const { code, result } = await stress('small', '--agents', '2', '--sweep', 'batch-size=1,20');
  expect(result.sweep).toMatchObject([
    { option: 'batch-size', value: '1', factor: 1, batchEfficiency: 1, verdict: 'passed' },
    { option: 'batch-size', value: '20', verdict: 'passed' },
  ]);
  expect(code).toBe(0);
});

test.each([
  [['nowhere.json'], 3, 'scenario nowhere.json'],
  [['small', '--mix', 'loud=1'], 2, '--mix: has no kind "loud"'],
  [['small', '--faults', 'flood'], 2, '--faults: has no fault "flood"'],
  [['small', '--success-rate', '1.5'], 2, '--success-rate'],
  [['small', '--store', 'memory', '--faults', 'hub-kill'], 2, 'needs a store on disk'],
  [['small', '--fail-on-regression', '5'], 2, '--baseline: is missing'],
  [['small', '--baseline', 'none.json'], 3, '--baseline: none.json cannot be read'],
  [['small', '--sweep', 'colour=1,2'], 2, '--sweep: must name one of'],
])('%j is refused before anything starts', async (args, code, told) => {
  const { cwd, temp, options } = await lab();
  const run = await runWaggle(['stress', ...args], options);
  expect(run.stderr).toContain(told);
  expect(run.code).toBe(code);
  expect(workspaces(temp)).toEqual([]);
  expect(existsSync(join(cwd, '.waggle'))).toBe(false);
});

/** Folders of runs; Node keeps its compile cache beside them. */
function workspaces(temp: string): string[] {
  return readdirSync(temp).filter((name) => name.startsWith('waggle-stress-'));
}
