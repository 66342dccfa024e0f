import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { WaggleError } from '../../src/errors.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';

/** T5: a filesystem of a few megabytes of its own. Needs root and mount(2); skipped elsewhere. */
const canMount = process.getuid?.() === 0 && tryMount();

function tryMount(): boolean {
  using folder = tempFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder.path]).status === 0;
  if (mounted) execFileSync('umount', ['-l', folder.path]);
  return mounted;
}

function smallDisk(size: string) {
  const folder = tempFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder.path]);
  return {
    path: folder.path,
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', folder.path]);
      folder[Symbol.dispose]();
    },
  };
}

describe.skipIf(!canMount)('a full disk (needs root and mount)', () => {
  test('refuses what it cannot keep, keeps what it accepted, settles on, and resumes when there is room', async () => {
    using disk = smallDisk('4m');
    const dir = join(disk.path, '.waggle');
    await using hub = spawnHub(dir);
    await hub.up;
    await using swarm = await connectSwarm({ dir, start: false });
    await swarm.agents.add({ id: 'ada' });

    const accepted = new Set<string>();
    const refusal = await fill(async () => {
      const { id } = await swarm.send({ to: 'ada', body: 'x'.repeat(4_000) });
      accepted.add(id);
    });
    expect(refusal).toMatchObject({ code: 'disk_full', retry: 'later' });
    // Somebody else takes what the reserve left.
    const hog = join(disk.path, 'hog');
    const { bavail, bsize } = statfsSync(disk.path);
    writeFileSync(hog, Buffer.alloc(Math.max(0, bavail * bsize)));

    expect((await swarm.queue.stats()).accepted).toBe(accepted.size);
    const held = await swarm.lease('ada', { limit: 3 });
    for (const message of held) await swarm.ack(message);
    expect(await swarm.queue.stats()).toMatchObject({ acked: held.length, accepted: accepted.size });
    await expect(swarm.send({ to: 'ada', body: 'x'.repeat(4_000) })).rejects.toMatchObject({ code: 'disk_full' });

    rmSync(hog);
    execFileSync('mount', ['-o', 'remount,size=64m', disk.path]);
    await expect
      .poll(
        () =>
          swarm.send({ to: 'ada', body: 'again' }).then(
            () => 'accepted',
            () => 'refused',
          ),
        { timeout: 10_000 },
      )
      .toBe('accepted');
    expect((await swarm.queue.verify()).problems).toEqual([]);
    const report = await swarm.queue.stats();
    expect(report.accepted).toBe(accepted.size + 1);
  });
});

async function fill(send: () => Promise<void>): Promise<unknown> {
  for (let tries = 0; tries < 5_000; tries += 1) {
    try {
      await send();
    } catch (error) {
      return error instanceof WaggleError ? error : Promise.reject(error);
    }
  }
  return 'the disk never filled';
}
