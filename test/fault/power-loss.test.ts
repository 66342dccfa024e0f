import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { damagedQueue } from '../../examples/main-job/damaged-queue.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';
import { cutAndJudge, powerCuts } from '../support/power-loss/power-cuts.ts';
import { compileRecorder, hasCompiler, readPowerLog, recorded } from '../support/power-loss/power-log.ts';
import { type End, liveInSwarm, recordHubs, storeSettings } from '../support/power-loss/recorded-hub.ts';

/**
 * T3: the power goes. A recorder under a real hub writes down every write, sync and name change and every byte told to
 * its clients, which are other processes; at sampled places of that log nothing, everything, or random sectors of what
 * was not synced reach the disk. The next hub's store opens what is left and must keep every promise made by then.
 */
const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 1_000_000);
const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);
/** One recording with a sample of cuts here; `scale` of them, with ten times as many cuts each, in the long run. */
const recordings = Array.from({ length: scale }, (_, index) => seed + index);
const cutsEach = scale > 1 ? 2_000 : 200;
const agents = ['ada', 'bob', 'cyd'];
const bin = fileURLToPath(new URL('../../bin/waggle.js', import.meta.url));
const nothing = { corrupt: [], lost: [], back: [], unfenced: [], phantom: [] };

/** Three hubs over one directory; a small log of the store, so that it is checkpointed and begun anew many times. */
function record(folder: string, seed: number, ends: readonly End[], env: NodeJS.ProcessEnv = {}) {
  const random = seededRandom(seed);
  return recordHubs({
    folder,
    ends,
    clients: 6,
    env: storeSettings({ WAGGLE_TEST_WAL_PAGES: '50', ...env }),
    work: (clients) => liveInSwarm(clients, { random, rounds: 25, agents }),
  });
}

describe.skipIf(!hasCompiler)('power loss (needs Linux and gcc)', () => {
  test.each(recordings)(`${cutsEach} cuts lose nothing that was answered (seed %i)`, async (seed) => {
    using folder = tempFolder();
    const path = realpathSync(folder.path);
    const records = await record(path, seed, ['stopped', 'killed', 'killed']);
    const cuts = { root: join(path, 'disk'), count: cutsEach, random: seededRandom(seed + 1) };
    expect(await cutAndJudge(records, cuts)).toEqual({ ...nothing, cuts: cutsEach, cutsThatLost: 0 });
  });

  test(`a hub whose commits are not synced is caught losing (seed ${seed})`, async () => {
    using folder = tempFolder();
    const path = realpathSync(folder.path);
    const records = await record(path, seed, ['killed'], { WAGGLE_TEST_SYNC_OFF: '1' });
    const cuts = { root: join(path, 'disk'), count: 100, random: seededRandom(seed + 1) };
    expect((await cutAndJudge(records, cuts)).cutsThatLost).toBeGreaterThan(10);
  });

  test('marker, token and announcement are whole or absent, whenever the power goes', async () => {
    using folder = tempFolder();
    const path = realpathSync(folder.path);
    const records = await record(path, seed, ['stopped']);
    const cuts = { root: join(path, 'disk'), count: cutsEach, random: seededRandom(seed + 1) };
    const contents = new Map<string, Set<string>>();
    for await (const { remains } of powerCuts(records, cuts)) {
      for (const [file, bytes] of remains) {
        const name = basename(file);
        if (!contents.has(name)) contents.set(name, new Set());
        contents.get(name)?.add(bytes.toString('latin1'));
      }
    }
    expect([...(contents.get('token') ?? [])]).toEqual([expect.stringMatching(/^[0-9a-f]{64}\n$/)]);
    expect([...(contents.get('swarm.json') ?? [])]).toEqual([
      expect.stringMatching(/^\{"swarmId":"[0-9a-f]{32}".*\}\n$/),
    ]);
    for (const text of contents.get('hub.json') ?? []) expect(JSON.parse(text)).toHaveProperty('pid');
  });

  test('a quarantined copy that was reported is there, and no copy is ever half', async () => {
    using folder = tempFolder();
    const path = realpathSync(folder.path);
    const root = join(path, 'disk');
    const log = join(path, 'power.log');
    mkdirSync(root);
    const queue = join(root, 'queue.json');
    const { bytes } = damagedQueue(agents, 10);
    writeFileSync(queue, bytes);
    const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
    const env = { ...process.env, ...recorded(compileRecorder(path), log, root) };
    execFileSync(process.execPath, [bin, 'recover', queue, '--json'], { env, cwd: root, stdio: 'pipe' });

    const records = readPowerLog(log);
    const reportedAt = records.findIndex(({ type, inode }) => type === 'reply' && inode === 1);
    expect(reportedAt).toBeGreaterThan(0);
    const cuts = { root, count: cutsEach, random: seededRandom(seed + 1) };
    for await (const { place, folder: left, told } of powerCuts(records, cuts)) {
      const copies = readdirSync(left, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
      if (place > reportedAt) expect(copies, told).toHaveLength(1);
      for (const copy of copies) expect(sha256(readFileSync(join(left, copy))), told).toBe(sha256(bytes));
    }
  });
});
