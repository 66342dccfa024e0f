import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { randomHex } from '../../ids.ts';
import { describeDoor, messageOf } from '../../testing/contracts/door-contract.ts';
import { tempFolder } from '../../testing/temp-hub.ts';
import { codexQueueDoor } from './codex-queue.ts';
import { execDoor } from './exec.ts';

/** A folder with programs named as real clients, which keep what they were given and then do as `script` says. */
function clients(script = '') {
  const folder = tempFolder();
  const bin = join(folder.path, 'bin');
  const got = join(folder.path, 'got');
  for (const path of [bin, got]) mkdirSync(path);
  for (const name of ['claude', 'codex']) {
    const program = `#!/bin/sh
file=$(mktemp "$GOT/XXXXXX.draft")
{ printf '%s\\n' "$0 $*"; cat; } > "$file"
mv "$file" "\${file%.draft}"
${script}
`;
    writeFileSync(join(bin, name), program);
    chmodSync(join(bin, name), 0o755);
  }
  const agents = join(folder.path, 'agents');
  const environment = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, GOT: got, WAGGLE_TOKEN_FILE: '/secret' };
  return {
    bin,
    agents,
    options: { agents, environment, newBoundary: () => randomHex(8) },
    received: async () =>
      readdirSync(got)
        .filter((name) => !name.endsWith('.draft'))
        .map((name) => readFileSync(join(got, name), 'utf8').replaceAll(bin, '')),
    folder: folder.path,
    takeAway: async () => rmSync(bin, { recursive: true }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

for (const client of ['claude', 'codex']) {
  describe(client, () => {
    describeDoor('exec', async () => {
      const box = clients();
      return {
        door: execDoor(box.options),
        settings: { client, session: 's-1', folder: box.folder },
        received: box.received,
        takeAway: box.takeAway,
        [Symbol.asyncDispose]: async () => box[Symbol.dispose](),
      };
    });
  });
}

describeDoor('codex-queue', async () => {
  const box = clients();
  return {
    door: codexQueueDoor(box.options),
    settings: { thread: 't-1' },
    received: box.received,
    takeAway: box.takeAway,
    [Symbol.asyncDispose]: async () => box[Symbol.dispose](),
  };
});

const signal = () => new AbortController().signal;
const at = (settings: Record<string, string>) =>
  ({ agent: 'ada', settings, messages: [messageOf(1)], urgency: 'next-turn' }) as const;

describe('a headless run', () => {
  test('gets the texts on standard input, framed, and nothing of ours in its environment or its arguments', async () => {
    using box = clients('env > "$GOT/env"');
    const door = execDoor(box.options);
    const settings = { client: 'claude', session: 's-1', folder: box.folder };
    expect(await door.deliver(at(settings), signal())).toEqual({ result: 'seen' });
    const got = await box.received();
    const [run = ''] = got.filter((text) => text.startsWith('/claude'));
    expect(run).toMatch(/^\/claude -p --resume s-1\nWaggle: 1 message waits for you, from bob/);
    expect(run).toMatch(/<data-[0-9a-f]{16}>\ntext 1\n<\/data-/);
    expect(got.join('\n')).not.toContain('WAGGLE_TOKEN_FILE');
  });

  test('that ends badly is uncertain, with its last words, and they command no terminal', async () => {
    using box = clients("printf 'earlier\\n\\033[31mout of credit\\033[0m' >&2; exit 3");
    const settings = { client: 'codex', session: 's-1', folder: box.folder };
    const outcome = await execDoor(box.options).deliver(at(settings), signal());
    expect(outcome).toEqual({ result: 'uncertain', why: expect.stringMatching(/^it ended with 3: .*out of credit/) });
    expect(JSON.stringify(outcome)).not.toContain('\\u001b');
    const again = await execDoor(box.options).deliver(at(settings), signal());
    expect(again).toMatchObject({ result: 'uncertain' });
    expect(readFileSync(join(box.agents, 'ada', 'exec.log'), 'utf8').match(/out of credit/g)).toHaveLength(2);
  });

  test('that was killed is uncertain; one that cannot begin was refused', async () => {
    using box = clients('kill -9 $$');
    const settings = { client: 'claude', session: 's-1', folder: box.folder };
    const killed = await execDoor(box.options).deliver(at(settings), signal());
    expect(killed).toMatchObject({ result: 'uncertain', why: expect.stringContaining('a signal') });
    chmodSync(join(box.bin, 'claude'), 0o755);
    writeFileSync(join(box.bin, 'claude'), '#!/nowhere/at/all\n');
    const never = await execDoor(box.options).deliver(at(settings), signal());
    expect(never).toMatchObject({ result: 'refused', reason: expect.stringContaining('could not be started') });
    expect(await execDoor(box.options).deliver(at({ ...settings, client: 'emacs' }), signal())).toMatchObject({
      result: 'refused',
    });
  });

  test('is left to its work by a hub that stops', async () => {
    using box = clients('while [ ! -e "$GOT/go.draft" ]; do sleep 0.02; done; touch "$GOT/done"');
    const stop = new AbortController();
    const settings = { client: 'claude', session: 's-1', folder: box.folder };
    const outcome = execDoor(box.options).deliver(at(settings), stop.signal);
    await expect.poll(() => box.received()).toHaveLength(1);
    stop.abort();
    expect(await outcome).toMatchObject({ result: 'uncertain', why: expect.stringContaining('left running') });
    writeFileSync(join(box.folder, 'got', 'go.draft'), '');
    await expect.poll(() => existsSync(join(box.folder, 'got', 'done'))).toBe(true);
  });

  test('is closed for a client nobody knows, a folder that is none and a program that is not there', async () => {
    using box = clients();
    const look = (settings: Record<string, string>) =>
      execDoor(box.options).look({ agent: 'ada', settings }, 'next-turn');
    const settings = { client: 'claude', session: 's-1', folder: box.folder };
    expect(await look(settings)).toEqual({ open: true });
    expect(await look({ ...settings, client: 'constructor' })).toMatchObject({ open: false });
    expect(await look({ ...settings, folder: join(box.folder, 'no') })).toMatchObject({ open: false });
    await box.takeAway();
    expect(await look(settings)).toMatchObject({ open: false, reason: expect.stringContaining('PATH') });
  });
});

test('nothing is begun by a hub that is stopping', async () => {
  using box = clients();
  const settings = { client: 'claude', session: 's-1', folder: box.folder };
  expect(await execDoor(box.options).deliver(at(settings), AbortSignal.abort())).toMatchObject({ result: 'refused' });
  expect(await box.received()).toEqual([]);
});

describe('codex queue', () => {
  test('names the thread and the server, and a failure is a refusal: nothing was queued', async () => {
    using box = clients();
    const door = codexQueueDoor(box.options);
    expect(await door.deliver(at({ thread: 't-1', socket: '/x.sock' }), signal())).toEqual({ result: 'injected' });
    expect((await box.received())[0]).toMatch(
      /^\/codex queue --thread=t-1 --message=Waggle: 1 message waits .* --resume --remote unix:\/\/\/x\.sock\n/,
    );
    using failing = clients('echo no such thread; exit 1');
    const failed = await codexQueueDoor(failing.options).deliver(at({ thread: 't-2' }), signal());
    expect(failed).toEqual({ result: 'refused', reason: 'codex queue ended with 1: no such thread' });
    writeFileSync(join(failing.bin, 'codex'), '#!/nowhere\n');
    expect(await codexQueueDoor(failing.options).deliver(at({ thread: 't-2' }), signal())).toMatchObject({
      result: 'refused',
      reason: expect.stringContaining('could not be started'),
    });
    await failing.takeAway();
    expect(await codexQueueDoor(failing.options).deliver(at({}), signal())).toMatchObject({ result: 'refused' });
    const stopped = AbortSignal.abort();
    const left = codexQueueDoor({ ...box.options, run: async () => ({ end: 'left' }) }).deliver(at({}), stopped);
    expect(await left).toMatchObject({ result: 'uncertain' });
  });
});
