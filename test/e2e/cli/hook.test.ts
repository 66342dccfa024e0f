import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runWaggle, startWaggle, temporaryFolder } from '../../support/run-waggle.ts';

describe('waggle hook', { timeout: 120_000 }, () => {
  test('answers on stdout with one JSON document, whatever is wrong, and starts nothing', async () => {
    const cwd = await temporaryFolder();
    const run = (...args: string[]) => runWaggle(args, { cwd });
    const hook = (args: string[], stdin: string, env: NodeJS.ProcessEnv = {}) =>
      runWaggle(['hook', ...args], { cwd, stdin, env });
    const event = '{"session_id":"s"}';
    expect(await hook(['claude', 'UserPromptSubmit', '--agent', 'ada'], event)).toMatchObject({
      code: 0,
      stdout: '{}\n',
    });
    expect(existsSync(join(cwd, '.waggle'))).toBe(false);
    expect(await hook(['claude', 'Stop', '--agent', 'ada'], 'no')).toMatchObject({ code: 1, stdout: '{}\n' });
    expect(await hook(['claude', 'Stop'], event)).toMatchObject({
      code: 1,
      stdout: '{}\n',
      stderr: expect.stringContaining('invalid_input: --agent: is missing'),
    });
    expect(await hook(['claude', 'Stop'], event, { WAGGLE_AGENT: '../x' })).toMatchObject({ code: 1, stdout: '{}\n' });
    expect((await hook(['emacs', 'Stop', '--agent', 'ada'], event)).code).toBe(2);

    await run('agent', 'add', 'ada');
    const sent = await run('send', 'ada', 'the build is red', '--priority', 'urgent', '--json');
    const told = await hook(['codex', 'UserPromptSubmit', '--agent', 'eve'], event, { WAGGLE_AGENT: 'ada' });
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(told.stdout).hookSpecificOutput).toMatchObject({
      hookEventName: 'UserPromptSubmit',
      additionalContext: expect.stringContaining('the build is red'),
    });
    const { stdout } = await run('message', JSON.parse(sent.stdout).id, '--json');
    expect(JSON.parse(stdout).receipt).toMatchObject({ state: 'injected', door: 'hooks' });
  });

  test('wait ends with exit code 2 and a text when urgent mail comes; without a person it does not wait', async () => {
    const cwd = await temporaryFolder();
    const run = (...args: string[]) => runWaggle(args, { cwd });
    await run('agent', 'add', 'ada');
    const args = ['hook', 'claude', 'wait', '--agent', 'ada'];
    const stdin = '{"session_id":"s"}';
    const headless = await runWaggle(args, { cwd, stdin, env: { CLAUDE_CODE_ENTRYPOINT: 'sdk-cli' } });
    expect(headless).toMatchObject({ code: 0, stdout: '', stderr: '' });
    await runWaggle(['hook', 'claude', 'SessionStart', '--agent', 'ada'], { cwd, stdin });
    const waiting = startWaggle(args, { cwd, stdin });
    await run('send', 'ada', 'the build is red', '--priority', 'urgent');
    expect(await waiting.done).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('the build is red'),
    });
  });
});
