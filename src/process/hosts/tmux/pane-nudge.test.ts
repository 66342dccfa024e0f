import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../clock.ts';
import { tempFolder } from '../../../testing/temp-hub.ts';
import { type ProcessTable, systemProcesses } from '../../identity.ts';
import { isEmptyPrompt, nudgeLine, nudgePane } from './pane-nudge.ts';
import { TmuxHost } from './tmux-host.ts';
import { type RunTmux, versionObstacle } from './tmux-server.ts';

const waggle = [process.execPath, fileURLToPath(new URL('../../../../bin/waggle.js', import.meta.url))];
const tmux = spawnSync('tmux', ['-V'], { encoding: 'utf8' });
const obstacle = versionObstacle(tmux.status === 0 ? tmux.stdout : undefined);

/**
 * A program with a line to write on, as agents have: shows what is typed and keeps every byte in `keys`. `draft` stands on
 * its line from the start, `ticking` changes its screen all the time, `deaf` shows nothing of what is typed, `stubborn`
 * does not take the line at Enter.
 */
const program = `
  const fs = require('node:fs');
  const [mode] = process.argv.slice(2);
  let line = mode === 'draft' ? 'half a thought' : '';
  let ticks = 0;
  const show = () => process.stdout.write('\\x1b[2J\\x1b[H' + (mode === 'ticking' ? ticks++ : 'ready') + '\\n\\r> ' + line);
  process.stdin.setRawMode(true);
  process.stdin.on('data', (bytes) => {
    fs.appendFileSync('keys', bytes);
    for (const key of String(bytes)) {
      if (key === '\\r' && mode !== 'stubborn') line = '';
      else if (key !== '\\r' && mode !== 'deaf') line += key;
    }
    show();
  });
  if (mode === 'ticking') setInterval(show, 20);
  show();
  fs.writeFileSync('up', '');
`;

async function agent(mode: string, command?: readonly string[]) {
  const temp = tempFolder();
  const agents = join(temp.path, '.waggle/agents');
  mkdirSync(agents, { recursive: true });
  const socket = join(temp.path, '.waggle/tmux.sock');
  const open = (table?: ProcessTable) =>
    new TmuxHost({ agents, socket, waggle, clock: systemClock, ...(table === undefined ? {} : { table }) });
  const host = open();
  writeFileSync(join(temp.path, 'tui.cjs'), program);
  const nonce = `${mode}-${process.pid}-${performance.now().toString(36)}`;
  const launch = {
    agent: 'ada',
    incarnation: 1,
    nonce,
    command: command ?? [process.execPath, 'tui.cjs', mode],
    cwd: temp.path,
    environment: { PATH: process.env['PATH'] ?? '', WAGGLE_NONCE: nonce },
  };
  const life = { ...launch, identity: await host.launch(launch) };
  onTestFinished(async () => {
    await host.signal(life, 'kill');
    await host.release(life);
    temp[Symbol.dispose]();
  });
  if (command === undefined) await expect.poll(() => existsSync(join(temp.path, 'up'))).toBe(true);
  const ask = (...words: string[]) => spawnSync('tmux', ['-S', socket, ...words], { encoding: 'utf8' }).stdout;
  return {
    host,
    life,
    open,
    ask,
    socket,
    pane: () => ask('list-panes', '-a', '-F', '#{pane_id}').trim(),
    keys: () => (existsSync(join(temp.path, 'keys')) ? readFileSync(join(temp.path, 'keys'), 'utf8') : ''),
  };
}

describe.skipIf(obstacle !== undefined)(`a nudge${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`, () => {
  test('types the one line and Enter into a program that waits for one, and sees it taken', async () => {
    const { host, life, keys } = await agent('waiting');
    expect(await host.nudge(life)).toEqual({ outcome: 'typed' });
    expect(keys()).toBe(`${nudgeLine}\r`);
    expect(await Promise.all([host.nudge(life), host.nudge(life)])).toEqual([
      { outcome: 'typed' },
      { outcome: 'typed' },
    ]);
    expect(keys()).toBe(`${nudgeLine}\r`.repeat(3));
  });

  test.each([
    ['draft', /stands on the line/],
    ['ticking', /at work/],
  ])('types nothing where the program is %s', async (mode, reason) => {
    const { host, life, keys } = await agent(mode);
    expect(await host.nudge(life)).toEqual({ outcome: 'refused', reason: expect.stringMatching(reason) as string });
    expect(keys()).toBe('');
  });

  test('never presses Enter on what it does not see', async () => {
    const { host, life, keys } = await agent('deaf');
    expect(await host.nudge(life)).toMatchObject({
      outcome: 'uncertain',
      reason: expect.stringContaining('not on the screen') as string,
    });
    expect(keys()).toBe(nudgeLine);
  });

  test('is uncertain of a line that stays after Enter', async () => {
    const { host, life, keys } = await agent('stubborn');
    expect(await host.nudge(life)).toMatchObject({ outcome: 'uncertain' });
    expect(keys()).toBe(`${nudgeLine}\r`);
  });

  test('is not typed into a shell, where it would run', async () => {
    const { host, life } = await agent('shell', ['sh']);
    await expect
      .poll(async () => host.nudge(life))
      .toEqual({ outcome: 'refused', reason: expect.stringContaining('would run as a command') as string });
  });

  test('is not typed while somebody reads back, or sits at the terminal', async () => {
    const { host, life, keys, ask, pane, socket } = await agent('waiting');
    ask('copy-mode', '-t', pane());
    expect(await host.nudge(life)).toMatchObject({ outcome: 'refused', reason: 'somebody reads its history' });
    ask('send-keys', '-t', pane(), '-X', 'cancel');
    const person = spawn('tmux', ['-S', socket, '-C', 'attach-session'], { stdio: ['pipe', 'pipe', 'ignore'] });
    await once(person.stdout, 'data');
    await expect
      .poll(async () => host.nudge(life))
      .toEqual({ outcome: 'refused', reason: 'a person is at its terminal' });
    person.stdin.end();
    await once(person, 'exit');
    expect(keys()).toBe('');
    expect(await host.nudge(life)).toEqual({ outcome: 'typed' });
  });

  test('is not typed into what cannot be told to be the agent, nor into what has ended', async () => {
    const { host, life, open, keys } = await agent('waiting');
    const hidden: ProcessTable = {
      ...systemProcesses,
      read: (pid, file) => (file === 'environ' ? 'HOME=/\0' : systemProcesses.read(pid, file)),
    };
    expect(await open(hidden).nudge(life)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('cannot be told') as string,
    });
    await host.signal(life, 'kill');
    await expect.poll(async () => (await host.look(life)).state).toBe('ended');
    expect(await host.nudge(life)).toMatchObject({ outcome: 'refused', reason: 'its program has ended' });
    await host.release(life);
    expect(await host.nudge(life)).toMatchObject({ outcome: 'refused', reason: 'it has no pane' });
    expect(keys()).toBe('');
  });
});

test.each(['', '> ', '❯ ', '│ >                  │', '  › '])('%j is an empty line', (line) => {
  expect(isEmptyPrompt(line)).toBe(true);
});

test.each(['> fix', '│ > Try "edit" │', '$ ', 'user@host:~# ', '> >', '> ❯ x'])('%j is not', (line) => {
  expect(isEmptyPrompt(line)).toBe(false);
});

describe('a tmux that does not answer', () => {
  const pane = { id: '%1', pid: 7, isInMode: false, command: 'node' };
  /** Time passes at once, and tmux answers what the test says for its command; `screen` is what it shows. */
  async function nudged(answers: Partial<Record<string, boolean>>, screens: readonly string[], panes = [pane, pane]) {
    let now = 0;
    let looks = 0;
    let asked = 0;
    const clock = {
      now: () => now,
      monotonic: () => now,
      setTimer: (ms: number, callback: () => void) => {
        now += ms;
        setImmediate(callback);
        return () => {};
      },
    };
    const typed: string[] = [];
    const tmux: RunTmux = async ([[command = '', ...words] = []]) => {
      if (command === 'send-keys') typed.push(words.at(-1) ?? '');
      const name = command === 'send-keys' ? (words.at(-1) === 'Enter' ? 'enter' : 'type') : command;
      const stdout = command === 'display-message' ? `0 0\n${screens[Math.min(looks++, screens.length - 1)]}` : '';
      return { ok: answers[name] ?? true, stdout, stderr: '' };
    };
    const findPane = async () => panes[asked++];
    return { ...(await nudgePane({ tmux, clock, findPane, isOurs: () => true })), typed };
  }

  test.each<[Partial<Record<string, boolean>>, object]>([
    [{ 'list-clients': false }, { outcome: 'refused', reason: 'who has it open cannot be told', typed: [] }],
    [{ 'display-message': false }, { outcome: 'refused', reason: 'its screen cannot be read', typed: [] }],
    [{ type: false }, { outcome: 'uncertain', reason: 'tmux did not say that it typed' }],
    [{ enter: false }, { outcome: 'uncertain', reason: 'tmux did not say that it pressed Enter' }],
  ])('%j leaves it %j', async (answers, outcome) => {
    expect(await nudged(answers, ['> ', '> ', `> ${nudgeLine}`])).toMatchObject(outcome);
  });

  test('a pane that is gone, or another, after the looks is not typed into', async () => {
    for (const late of [undefined, { ...pane, id: '%2' }]) {
      const outcome = await nudged({}, ['> '], [pane, late as typeof pane]);
      expect(outcome).toEqual({ outcome: 'refused', reason: 'its pane is gone', typed: [] });
    }
  });
});
