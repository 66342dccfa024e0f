import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { tempFolder } from '../testing/temp-hub.ts';
import type { ProcessTable } from './identity.ts';
import { lookBeforeStart, whenStarted } from './life-start.ts';
import { leftoversOf, signalGroup, signalLeftovers } from './process-group.ts';
import { RunFolder } from './run-folder.ts';

const life = { agent: 'ada', incarnation: 1, nonce: 'nonce-of-ada' };
const launch = { ...life, command: ['true'], cwd: '/', environment: {} };
const shim = { pid: 70, startTime: '5', bootId: 'boot' };

function begin() {
  const temp = tempFolder();
  onTestFinished(() => temp[Symbol.dispose]());
  const folder = RunFolder.of(temp.path, life);
  folder.writeLaunch(launch);
  return folder;
}

/** The processes of a machine: what each carries in its environment, and which group it is of. */
function table(processes: Record<number, { environ: string | Error; group?: number }>): ProcessTable {
  return {
    pids: () => Object.keys(processes).map(Number),
    bootId: () => 'boot',
    read(pid, file) {
      const found = processes[pid];
      if (found === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      if (file === 'stat') return `${pid} (x) S 1 ${found.group ?? pid} 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0`;
      if (found.environ instanceof Error) throw found.environ;
      return found.environ;
    },
  };
}

const carrying = `WAGGLE_NONCE=${life.nonce}\0`;
const hidden = Object.assign(new Error('hidden'), { code: 'EACCES' });

describe('waiting for a start', () => {
  const wait = async (folder: RunFolder, hasStarterEnded: () => boolean) => {
    const clock = new ManualClock();
    let isDone = false;
    const waiting = whenStarted(folder, launch, clock, hasStarterEnded).finally(() => {
      isDone = true;
    });
    waiting.catch(() => {});
    for (let turn = 0; turn < 3_000 && !isDone; turn += 1) {
      clock.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return waiting;
  };

  test('ends with what the shim wrote down', async () => {
    const folder = begin();
    folder.recordStart({ identity: shim });
    expect(await wait(folder, () => false)).toEqual(shim);
  });

  test('ends with the reason why it never ran', async () => {
    const folder = begin();
    folder.recordEnd({ exit: { reason: 'no such file' }, neverRan: true });
    await expect(wait(folder, () => false)).rejects.toMatchObject({
      code: 'start_failed',
      details: { reason: 'no such file' },
    });
  });

  test.each([
    [true, /its shim ended at once/],
    [false, /it did not start in 20 s/],
  ])('gives it up for good when the shim has ended (%s) or time is up', async (hasEnded, reason) => {
    const folder = begin();
    await expect(wait(folder, () => hasEnded)).rejects.toThrow(reason);
    expect(folder.claim(shim)).toBe(false);
    expect(folder.readClaim()).toBe('void');
  });

  test('does not know what became of it once a shim has claimed it', async () => {
    const folder = begin();
    folder.claim(shim);
    await expect(wait(folder, () => true)).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe('a life that nobody wrote down as started', () => {
  const look = (folder: RunFolder, processes: Parameters<typeof table>[0]) =>
    lookBeforeStart(folder, life, table(processes));

  test('that nobody claimed never starts after the look', () => {
    const folder = begin();
    expect(look(folder, {})).toMatchObject({ state: 'failed' });
    expect(folder.claim(shim)).toBe(false);
    expect(look(folder, {})).toMatchObject({ state: 'failed' });
  });

  test('is starting while its shim lives, and unknown while that cannot be told', () => {
    const folder = begin();
    folder.claim(shim);
    expect(look(folder, { 70: { environ: carrying } })).toEqual({ state: 'starting' });
    expect(look(folder, { 70: { environ: hidden } })).toMatchObject({ state: 'unknown' });
  });

  test('whose shim was killed is found by its nonce, or has ended', () => {
    const folder = begin();
    folder.claim(shim);
    expect(look(folder, { 80: { environ: carrying } })).toMatchObject({ state: 'running', identity: { pid: 80 } });
    expect(look(folder, { 80: { environ: `${carrying}WAGGLE_SHIM=1\0` } })).toEqual({ state: 'starting' });
    expect(look(folder, {})).toEqual({ state: 'failed', reason: 'its shim was killed before it ran' });
    folder.recordEnd({ exit: { code: 4 } });
    expect(look(folder, {})).toEqual({ state: 'ended', exit: { code: 4 } });
  });

  test('whose claim was cut short is looked for among the living', () => {
    const folder = begin();
    writeFileSync(join(folder.path, 'claim'), '{"pid":');
    expect(look(folder, {})).toMatchObject({ state: 'failed' });
  });
});

test('what is on disk and cannot be read is not taken for absent', () => {
  const folder = begin();
  writeFileSync(join(folder.path, 'end.json'), '{"exit":');
  expect(() => folder.readEnd()).toThrow(SyntaxError);
  mkdirSync(join(folder.path, 'start.json'));
  expect(() => folder.readStart()).toThrow(/EISDIR/);
  folder.remove();
  expect(() => folder.claim(shim)).toThrow(/ENOENT/);
});

describe('what is left of a group', () => {
  test('is what carries the nonce and is of the group, and nobody else', () => {
    const machine = table({
      70: { environ: carrying, group: 70 },
      71: { environ: carrying, group: 99 },
      72: { environ: `${carrying}WAGGLE_SHIM=1\0`, group: 70 },
      73: { environ: 'HOME=/\0', group: 70 },
      74: { environ: hidden, group: 70 },
    });
    expect(leftoversOf(shim, life.nonce, machine).map(({ pid }) => pid)).toEqual([70]);
    expect(leftoversOf(undefined, life.nonce, machine)).toEqual([]);
  });

  test('is not signalled where nothing is', () => {
    expect(signalLeftovers(undefined, life.nonce, 'kill', table({}))).toBe('gone');
    expect(signalLeftovers(shim, life.nonce, 'kill', table({}))).toBe('gone');
    // Larger than any number the system gives out.
    expect(signalGroup(2 ** 22 + 1, 'terminate')).toBe(false);
  });
});
