import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { identityOf, judgeIdentity, type ProcessTable, parseStat, processesWithNonce } from './identity.ts';

const stat = (startTime: string, state = 'S', group = 7) =>
  `7 (a (strange) name) ${state} 1 ${group} 7 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 ${startTime} 0 0`;

interface Facts {
  readonly stat?: string | Error;
  readonly environ?: string | Error;
  readonly boot?: string;
}

function table({ stat: statText, environ, boot = 'boot-1' }: Facts): ProcessTable {
  const give = (value: string | Error | undefined) => {
    if (value === undefined) throw failure('ENOENT');
    if (value instanceof Error) throw value;
    return value;
  };
  return { read: (_pid, file) => give(file === 'stat' ? statText : environ), pids: () => [7], bootId: () => boot };
}

const failure = (code: string) => Object.assign(new Error(code), { code });
const record = { pid: 7, startTime: '500', bootId: 'boot-1' };
const ours = 'A=1\0WAGGLE_NONCE=n1\0';

describe('a process is the one of the record only when everything about it says so', () => {
  test.each<[string, Facts, string]>([
    ['pid, start time, boot and nonce agree', { stat: stat('500'), environ: ours }, 'same'],
    ['nobody has the number', {}, 'gone'],
    ['it has ended and waits to be collected', { stat: stat('500', 'Z'), environ: ours }, 'gone'],
    ['the number was given to another since', { stat: stat('501'), environ: ours }, 'other'],
    ['the machine was started anew', { stat: stat('500'), environ: ours, boot: 'boot-2' }, 'gone'],
    ['it carries another nonce', { stat: stat('500'), environ: 'WAGGLE_NONCE=n2\0' }, 'unknown'],
    ['it wiped its environment', { stat: stat('500'), environ: '' }, 'unknown'],
    ['its environment may not be read', { stat: stat('500'), environ: failure('EACCES') }, 'unknown'],
    ['it ends between two looks', { stat: stat('500'), environ: failure('ESRCH') }, 'gone'],
    ['its state may not be read', { stat: failure('EIO'), environ: ours }, 'unknown'],
    ['the system has no /proc', { boot: '' }, 'unknown'],
  ])('%s: %s', (_name, facts, verdict) => {
    expect(judgeIdentity(record, 'n1', table(facts))).toBe(verdict);
  });

  test('a record made where the system told nothing is never recognised', () => {
    expect(identityOf(7, table({ stat: failure('EIO') }))).toEqual({ pid: 7, startTime: '', bootId: '' });
    expect(judgeIdentity({ pid: 7, startTime: '', bootId: '' }, 'n1', table({ stat: stat('') }))).toBe('unknown');
  });

  test('a name with parentheses, spaces and line breaks moves no field', () => {
    expect(parseStat(`1 (x) S 9 9\n) ${stat('42').split(') ').at(-1) ?? ''}`)).toEqual({
      state: 'S',
      group: 7,
      startTime: '42',
    });
  });
});

test.skipIf(process.platform !== 'linux')('real processes are recognised, found by nonce and told gone', async () => {
  const nonce = `test-${process.pid}-${performance.now()}`;
  const child = spawn('sleep', ['60'], { env: { ...process.env, WAGGLE_NONCE: nonce } });
  await once(child, 'spawn');
  const identity = identityOf(child.pid ?? 0);
  await expect.poll(() => judgeIdentity(identity, nonce)).toBe('same');
  expect(processesWithNonce(nonce).map(({ pid, isShim }) => [pid, isShim])).toEqual([[child.pid, false]]);
  expect(judgeIdentity({ ...identity, startTime: '1' }, nonce)).toBe('other');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(judgeIdentity(identity, nonce)).toBe('gone');
  expect(processesWithNonce(nonce)).toEqual([]);
});

test('where processes cannot be listed none is found', () => {
  const blind: ProcessTable = {
    ...table({}),
    pids: () => {
      throw failure('ENOENT');
    },
  };
  expect(processesWithNonce('n1', blind)).toEqual([]);
});
