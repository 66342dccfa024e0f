import { afterEach, describe, expect, test } from 'vitest';
import { WaggleError } from '../errors.ts';
import { collectOutput } from '../testing/cli-context.ts';
import { runCommandLine } from './main.ts';

const never = new AbortController().signal;

describe('a command line ends with the exit code of its error', () => {
  afterEach(() => {
    delete process.env['WAGGLE_DEBUG'];
  });

  test.each([
    [['--version'], 0, ''],
    [['help', 'send'], 0, ''],
    [['sned'], 2, 'invalid_input: '],
    [['status', '--dir', '/nowhere/at/all'], 3, 'not_found: '],
  ])('%j: %i', async (argv, code, told) => {
    const { output, stderr, stdout } = collectOutput();
    expect(await runCommandLine(argv, output, never)).toBe(code);
    expect(stderr().startsWith(told)).toBe(true);
    if (code !== 0) expect(stdout()).toBe('');
  });

  test('--json after -- is text, not a wish', async () => {
    const { output, stdout } = collectOutput();
    expect(await runCommandLine(['sned', '--', '--json'], output, never)).toBe(2);
    expect(stdout()).toBe('');
  });

  test('being interrupted is 130, except by a reader who has seen enough', async () => {
    const stop = AbortSignal.abort(new WaggleError('aborted', 'interrupted by SIGINT'));
    const argv = ['send', '--file', '-'];
    expect(await runCommandLine(argv, collectOutput().output, stop)).toBe(130);
    const { output, out, stderr } = collectOutput();
    out.emit('error', Object.assign(new Error('EPIPE'), { code: 'EPIPE' }));
    expect(await runCommandLine(argv, output, stop)).toBe(0);
    expect(stderr()).toBe('');
  });

  test('a defect of ours shows where it happened only when asked for', async () => {
    const run = async () => {
      const { output, out, stderr } = collectOutput();
      out.write = () => {
        throw new TypeError('a defect');
      };
      return { code: await runCommandLine(['--help'], output, never), stderr: stderr() };
    };
    expect(await run()).toEqual({ code: 1, stderr: 'internal: unexpected failure: a defect\n' });
    process.env['WAGGLE_DEBUG'] = '1';
    expect((await run()).stderr).toMatch(/\n {4}at /);
  });
});
