import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../clock.ts';
import { tempFolder } from '../../../testing/temp-hub.ts';
import { RunFolder } from '../../run-folder.ts';
import { runShim } from './shim.ts';

const forwarded = ['SIGINT', 'SIGTERM', 'SIGUSR2', 'SIGHUP'] as const;

/** A life and its shim, in this process; what it listens to is taken away with the test. */
function begin(command: readonly string[]) {
  const temp = tempFolder();
  const before = new Map(forwarded.map((name) => [name, process.listeners(name)]));
  onTestFinished(() => {
    for (const [name, kept] of before) {
      for (const listener of process.listeners(name)) if (!kept.includes(listener)) process.off(name, listener);
    }
    temp[Symbol.dispose]();
  });
  const life = { agent: 'ada', incarnation: 1, nonce: `shim-${performance.now()}` };
  const folder = RunFolder.of(temp.path, life);
  folder.writeLaunch({ ...life, command, cwd: temp.path, environment: { PATH: process.env['PATH'] ?? '' } });
  return { folder, log: () => readFileSync(join(temp.path, 'ada/output.log'), 'utf8') };
}

describe('a shim', () => {
  test('writes down start and end, keeps the output, and drops the launch with its secrets', async () => {
    const { folder, log } = begin(['sh', '-c', 'echo hello; exit 5']);
    await runShim(folder.path, systemClock);
    expect(folder.readStart()).toMatchObject({ shim: { pid: process.pid } });
    expect(folder.readEnd()).toEqual({ exit: { code: 5 } });
    expect(log()).toBe('hello\n');
    expect(() => folder.readLaunch()).toThrow(/ENOENT/);
  });

  test('starts nothing once a hub has decided so', async () => {
    const { folder } = begin(['sh', '-c', 'touch started']);
    folder.claim(undefined);
    await runShim(folder.path, systemClock);
    expect([folder.readStart(), folder.readEnd()]).toEqual([undefined, undefined]);
  });

  test('says why a program never ran', async () => {
    const { folder } = begin(['/no/such/program']);
    await runShim(folder.path, systemClock);
    expect(folder.readEnd()).toMatchObject({
      neverRan: true,
      exit: { reason: expect.stringContaining('ENOENT') as string },
    });
  });

  test.each([
    ['SIGINT', 'SIGINT'],
    ['SIGTERM', 'SIGTERM'],
    ['SIGUSR2', 'SIGKILL'],
  ] as const)('passes %s on to the group as %s, and to nobody once it has ended', async (asked, signal) => {
    const { folder } = begin(['sleep', '60']);
    const running = runShim(folder.path, systemClock);
    await expect.poll(() => folder.readStart()).toBeDefined();
    process.emit('SIGHUP');
    process.emit(asked);
    await running;
    expect(folder.readEnd()).toEqual({ exit: { signal } });
    process.emit(asked);
  });

  test('tells an end while a child still holds the output', async () => {
    const { folder } = begin(['sh', '-c', 'sleep 60 & echo $!; exit 0']);
    const running = runShim(folder.path, systemClock);
    await expect.poll(() => folder.readEnd()).toEqual({ exit: { code: 0 } });
    const group = folder.readStart()?.identity.pid ?? 0;
    process.kill(-group, 'SIGKILL');
    await running;
  });
});
