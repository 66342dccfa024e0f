import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startTempHub, tempFolder } from '../testing/temp-hub.ts';
import { defaultConfig, readConfig } from './config.ts';
import {
  findSwarmDirectory,
  newSwarmDirectory,
  prepareSwarmDirectory,
  readMarker,
  readToken,
  requireOwnDirectory,
  swarmDirectory,
  writeMarker,
} from './swarm-directory.ts';

afterEach(() => vi.restoreAllMocks());

describe('finding the swarm', () => {
  test('the nearest .waggle upward, or the one that is named', () => {
    using folder = tempFolder();
    const deep = join(folder.path, 'a', 'b');
    mkdirSync(deep, { recursive: true });
    expect(findSwarmDirectory(join(folder.path, 'nowhere'), deep)).toBeUndefined();
    mkdirSync(join(folder.path, '.waggle'));
    expect(findSwarmDirectory(undefined, deep)).toBe(join(folder.path, '.waggle'));
    expect(findSwarmDirectory(folder.path, '/')).toBe(join(folder.path, '.waggle'));
    expect(findSwarmDirectory('.waggle', folder.path)).toBe(join(folder.path, '.waggle'));
    expect(newSwarmDirectory(undefined, deep)).toBe(join(deep, '.waggle'));
    expect(newSwarmDirectory('x', deep)).toBe(join(deep, 'x', '.waggle'));
  });

  test('a directory of another name is taken when it holds a swarm', () => {
    using folder = tempFolder();
    const odd = join(folder.path, 'odd');
    writeMarker(prepareSwarmDirectory(odd), { swarmId: 'ab', createdAt: 'now' });
    expect(findSwarmDirectory(odd, '/')).toBe(odd);
    expect(findSwarmDirectory(undefined, '/')).toBeUndefined();
  });

  test('a path too long for a socket gets one in a folder of its own, for its owner alone', async () => {
    using folder = tempFolder();
    const long = join(folder.path, 'x'.repeat(60), 'y'.repeat(60), '.waggle');
    const directory = prepareSwarmDirectory(long);
    expect(directory.socket).not.toContain(long);
    expect(Buffer.byteLength(directory.socket)).toBeLessThan(107);
    expect(swarmDirectory(long).socket).toBe(directory.socket);
    const socketFolder = join(directory.socket, '..');
    expect(statSync(socketFolder).mode & 0o777).toBe(0o700);
    rmSync(socketFolder, { recursive: true });
  });
});

describe('a directory that is not ours is refused', () => {
  test('a file, a symlink, a stranger’s folder, a foreign owner', () => {
    using folder = tempFolder();
    const at = (name: string) => join(folder.path, name);
    writeFileSync(at('file'), '');
    expect(() => prepareSwarmDirectory(at('file'))).toThrow(/directory_refused|cannot be created|not a directory/);
    expect(() => prepareSwarmDirectory(join(at('file'), 'below'))).toThrow(/cannot be created/);
    mkdirSync(at('real'));
    symlinkSync(at('real'), at('link'));
    expect(() => requireOwnDirectory(swarmDirectory(at('link')))).toThrow(/is not a directory/);
    mkdirSync(at('theirs'));
    writeFileSync(join(at('theirs'), 'notes.txt'), 'mine');
    expect(() => prepareSwarmDirectory(at('theirs'))).toThrow(/files that are not a swarm's \(notes.txt\)/);
    mkdirSync(at('foreign'));
    const { uid } = statSync(at('foreign'));
    vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
    expect(() => prepareSwarmDirectory(at('foreign'))).toThrow(`belongs to user ${uid}`);
  });
});

describe('the small files', () => {
  test('git is kept out of token and store, unless somebody said otherwise', () => {
    using folder = tempFolder();
    const path = join(folder.path, '.waggle');
    prepareSwarmDirectory(path);
    expect(readFileSync(join(path, '.gitignore'), 'utf8')).toBe('*\n');
    writeFileSync(join(path, '.gitignore'), 'token\n');
    prepareSwarmDirectory(path);
    expect(readFileSync(join(path, '.gitignore'), 'utf8')).toBe('token\n');
  });

  test('a damaged marker is not taken for a missing one', () => {
    using folder = tempFolder();
    const directory = prepareSwarmDirectory(join(folder.path, '.waggle'));
    expect(readMarker(directory)).toBeUndefined();
    writeMarker(directory, { swarmId: 'ab', createdAt: 'now' });
    expect(readMarker(directory)).toMatchObject({ swarmId: 'ab' });
    for (const damage of ['', '{"swarmId":', '{"swarmId":7}', 'null']) {
      writeFileSync(directory.marker, damage);
      const refusal = expect.objectContaining({
        code: 'store_corrupt',
        message: expect.stringContaining('is damaged'),
      });
      expect(() => readMarker(directory)).toThrow(refusal);
    }
  });

  test('a token that cannot be read says so', () => {
    using folder = tempFolder();
    const directory = prepareSwarmDirectory(join(folder.path, '.waggle'));
    expect(() => readToken(directory)).toThrow(/cannot be read/);
    writeFileSync(directory.token, 'secret\n');
    expect(() => readToken(directory)).toThrow(/cut short/);
    writeFileSync(directory.token, `${'ab'.repeat(32)}\n`);
    expect(readToken(directory)).toBe('ab'.repeat(32));
  });

  test('configuration is merged with the defaults, and a mistake is named', () => {
    using folder = tempFolder();
    const file = join(folder.path, 'config.json');
    expect(readConfig(file)).toBe(defaultConfig);
    writeFileSync(file, '{"limits":{"inboxMessages":5},"backoff":{"minMs":10}}');
    expect(readConfig(file)).toMatchObject({
      limits: { inboxMessages: 5, leaseMs: 60_000 },
      backoff: { minMs: 10, maxMs: 300_000 },
    });
    writeFileSync(file, '{"retention":{"messagesMs":1000,"eventsMs":0,"deadMs":5}}');
    expect(readConfig(file).retention).toEqual({ messagesMs: 1_000, maxBytes: 1024 ** 3, deadMs: 5 });
    for (const [text, says] of [
      ['{"retention":{"maxBytes":-1}}', 'retention.maxBytes'],
      ['{"limits":{"inboxMesages":5}}', 'inboxMesages'],
      ['{"limits":{"leaseMs":-1}}', 'limits.leaseMs'],
      ['{"limits":', 'JSON'],
      ['{"limits":{},"limits":{}}', 'limits'],
    ] as const) {
      writeFileSync(file, text);
      expect(() => readConfig(file)).toThrow(says);
      expect(() => readConfig(file)).toThrow(file);
    }
  });
});

describe('a hub in its directory', () => {
  test('announces itself and cleans up after itself', async () => {
    await using hub = await startTempHub();
    expect(JSON.parse(readFileSync(join(hub.dir, 'hub.json'), 'utf8'))).toMatchObject({
      pid: process.pid,
      url: hub.url,
    });
    await hub.close();
    await hub.closed;
    expect(statSync(join(hub.dir, 'hub.json'), { throwIfNoEntry: false })).toBeUndefined();
    expect(statSync(join(hub.dir, 'hub.sock'), { throwIfNoEntry: false })).toBeUndefined();
    await expect(hub.hub.call('queue.stats', {}, { caller: { role: 'operator' } })).rejects.toMatchObject({
      code: 'draining',
    });
  });

  test('a hub that closes lets go of its socket and its announcement before the next one may have them', async () => {
    await using hub = await startTempHub();
    const left: boolean[] = [];
    hub.hub.store.onHealth(({ state }) => {
      // The store's close gives up the lock.
      if (state === 'closed') left.push(existsSync(join(hub.dir, 'hub.sock')), existsSync(join(hub.dir, 'hub.json')));
    });
    await hub.close();
    expect(left).toEqual([false, false]);
  });

  test('a busy port gives a free one', async () => {
    await using first = await startTempHub();
    const port = Number(new URL(first.url).port);
    await using second = await startTempHub({ port });
    expect(new URL(second.url).port).not.toBe(String(port));
  });

  test('leaves by itself when nobody needs it, or when its directory is gone', async () => {
    const { ManualClock } = await import('../testing/manual-clock.ts');
    const clock = new ManualClock();
    await using idle = await startTempHub({ clock, idleExitMs: 5_000 });
    clock.advance(6_000);
    await idle.closed;

    const said: string[] = [];
    const otherClock = new ManualClock();
    await using orphan = await startTempHub({ clock: otherClock, notice: (line) => said.push(line) });
    rmSync(orphan.dir, { recursive: true });
    otherClock.advance(2_000);
    await orphan.closed;
    expect(said.join()).toContain('is gone');
  });

  test('a store that was lost is not made anew, and a damaged one says so', async () => {
    await using hub = await startTempHub();
    await hub.close();
    const { runHub } = await import('../compose.ts');
    const store = join(hub.dir, 'waggle.db');
    const bytes = readFileSync(store);
    rmSync(store);
    await expect(runHub({ dir: hub.dir, port: 0 })).rejects.toMatchObject({ code: 'store_missing' });
    writeFileSync(store, 'x'.repeat(10_000));
    await expect(runHub({ dir: hub.dir, port: 0 })).rejects.toMatchObject({ code: 'store_corrupt' });
    writeFileSync(store, bytes);
    chmodSync(store, 0o600);
    await (await runHub({ dir: hub.dir, port: 0 })).close();
  });
});
