import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clearDownMark, markDown } from '../hub/down-mark.ts';
import { swarmDirectory } from '../hub/swarm-directory.ts';
import { startService } from '../service.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { tempFolder } from '../testing/temp-hub.ts';
import { hubKeeper, type KeptConnection } from './hub-keeper.ts';

/** A hub that the test lets live and die, and a keeper of it. */
function begin({ isSwarm = true } = {}) {
  const folder = tempFolder();
  const directory = swarmDirectory(join(folder.path, '.waggle'));
  mkdirSync(directory.path);
  if (isSwarm) writeFileSync(directory.marker, '{}');
  const clock = new ManualClock();
  const scene = { isUp: false, starts: 0, cannotStart: false, die: () => {} };
  const keeper = hubKeeper({
    directory,
    clock,
    random: () => 0.5,
    async connect(): Promise<KeptConnection | undefined> {
      if (!scene.isUp) return undefined;
      const closed = new Promise<void>((resolve) => {
        scene.die = () => {
          scene.isUp = false;
          resolve();
        };
      });
      return { closed, close: async () => {} };
    },
    async start() {
      scene.starts += 1;
      if (scene.cannotStart) throw new Error('no room');
      scene.isUp = true;
      return 1;
    },
  });
  const running = startService(keeper, (error) => {
    throw error;
  });
  const pass = async (ms: number) => {
    for (let at = 0; at < ms; at += 50) {
      clock.advance(50);
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    scene,
    directory,
    pass,
    async [Symbol.asyncDispose]() {
      await running.stop();
      folder[Symbol.dispose]();
    },
  };
}

describe('a hub that somebody needs', () => {
  test('is started again within two seconds of its death, as often as it dies', async () => {
    await using it = begin();
    await it.pass(1_000);
    expect(it.scene.starts).toBe(1);
    for (const starts of [2, 3]) {
      it.scene.die();
      await it.pass(2_000);
      expect(it.scene.starts).toBe(starts);
      expect(it.scene.isUp).toBe(true);
    }
  });

  test('stays down when that was asked for, and is held again once somebody starts it', async () => {
    await using it = begin();
    await it.pass(1_000);
    markDown(it.directory);
    it.scene.die();
    await it.pass(60_000);
    expect(it.scene.starts).toBe(1);
    clearDownMark(it.directory);
    it.scene.isUp = true;
    await it.pass(1_000);
    it.scene.die();
    await it.pass(2_000);
    expect(it.scene.starts).toBe(2);
  });

  test('that cannot start is tried ever less often', async () => {
    await using it = begin();
    it.scene.cannotStart = true;
    await it.pass(10_000);
    const early = it.scene.starts;
    await it.pass(60_000);
    expect(early).toBeGreaterThan(2);
    expect(it.scene.starts - early).toBeLessThan(6);
  });

  test('is not made where there never was one', async () => {
    await using it = begin({ isSwarm: false });
    await it.pass(5_000);
    expect(it.scene.starts).toBe(0);
  });

  test('is nobody’s business once its directory is gone', async () => {
    await using it = begin();
    await it.pass(1_000);
    rmSync(it.directory.path, { recursive: true });
    it.scene.die();
    await it.pass(5_000);
    expect(it.scene.starts).toBe(1);
  });
});
