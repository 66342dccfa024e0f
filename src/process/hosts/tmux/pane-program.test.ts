import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { tempFolder } from '../../../testing/temp-hub.ts';
import { RunFolder } from '../../run-folder.ts';
import { becomeProgram, executable } from './pane-program.ts';

const here = process.cwd();
afterEach(() => {
  process.chdir(here);
  vi.restoreAllMocks();
});

function begin(command: readonly string[], cwd?: string) {
  const temp = tempFolder();
  onTestFinished(() => temp[Symbol.dispose]());
  const life = { agent: 'ada', incarnation: 1, nonce: 'n1' };
  const folder = RunFolder.of(temp.path, life);
  const environment = { PATH: process.env['PATH'] ?? '', KEY: 'value' };
  folder.writeLaunch({ ...life, command, cwd: cwd ?? temp.path, environment });
  // This process is not to be replaced: what it would become is what counts.
  const become = vi.spyOn(process, 'execve').mockImplementation((() => {}) as never);
  return { folder, become, path: temp.path, environment };
}

describe('what a pane begins with', () => {
  test('becomes the program, once all is written down, with the terminal it has', () => {
    const { folder, become, path, environment } = begin(['/bin/sh', '-c', 'x']);
    become.mockImplementation((() => {
      expect(folder.readStart()).toMatchObject({ identity: { pid: process.pid } });
      expect(process.cwd()).toBe(path);
      expect(() => folder.readLaunch()).toThrow(/ENOENT/);
    }) as never);
    becomeProgram(folder.path, { TERM: 'screen', TMUX: '/s,1,0', TMUX_PANE: '%0', HOME: '/not/its' });
    const terminal = { TERM: 'screen', TMUX: '/s,1,0', TMUX_PANE: '%0' };
    expect(become).toHaveBeenCalledExactlyOnceWith('/bin/sh', ['/bin/sh', '-c', 'x'], { ...environment, ...terminal });
  });

  test('becomes nothing once a hub has decided so', () => {
    const { folder, become } = begin(['/bin/sh']);
    folder.claim(undefined);
    becomeProgram(folder.path, {});
    expect(become).not.toHaveBeenCalled();
    expect(folder.readEnd()).toBeUndefined();
  });

  test.each([
    [['/bin/sh'], '/no/such/folder', /no such file or directory/],
    [['no-such-program'], undefined, /there is no program no-such-program/],
  ])('says why %j in %s cannot be', (command, cwd, reason) => {
    const { folder, become } = begin(command, cwd);
    becomeProgram(folder.path, {});
    expect(become).not.toHaveBeenCalled();
    expect(folder.readEnd()).toMatchObject({
      neverRan: true,
      exit: { reason: expect.stringMatching(reason) as string },
    });
  });
});

describe('what would be run', () => {
  const path = process.env['PATH'];

  test('is found as a shell finds it', () => {
    expect(executable(['sh', '-c', 'x'], '/', path)).toMatchObject({ argv: ['sh', '-c', 'x'] });
    expect(executable(['./bin/sh'], '/', path)).toMatchObject({ file: '/bin/sh' });
    expect(executable(['/etc/passwd'], '/', path)).toBe('there is no program /etc/passwd');
  });

  test.skipIf(process.platform !== 'linux')('is told before it is tried, for trying is final', () => {
    using temp = tempFolder();
    const write = (name: string, text: string | Buffer) => {
      const file = join(temp.path, name);
      writeFileSync(file, text, { mode: 0o755 });
      return file;
    };
    const script = write('script', '#!/bin/sh -e\necho hi\n');
    expect(executable([script, 'a'], '/', path)).toEqual({ file: script, argv: [script, 'a'] });
    const orphan = write('orphan', '#! /no/such/interpreter\n');
    expect(executable([orphan], '/', path)).toBe('its interpreter /no/such/interpreter does not exist');
    const bare = write('bare', 'echo hi\n');
    expect(executable([bare, 'a'], '/', path)).toEqual({ file: '/bin/sh', argv: ['sh', bare, 'a'] });
    const binary = write('binary', readFileSync('/proc/self/exe').subarray(0, 64));
    expect(executable([binary], '/', path)).toEqual({ file: binary, argv: [binary] });
  });
});
