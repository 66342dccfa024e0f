import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { damagedQueue } from '../../examples/main-job/damaged-queue.ts';
import { WaggleError } from '../../src/errors.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';

const bin = fileURLToPath(new URL('../../bin/waggle.js', import.meta.url));

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

const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);
/** Size of the disk and of the messages that fill it. The long run fills twenty. */
const fills = Array.from({ length: scale > 1 ? 20 : 2 }, (_, index) => ({
  size: index % 2 === 0 ? '4m' : '2m',
  bodyBytes: 500 * (1 + ((index * 7) % 20)),
}));

describe.skipIf(!canMount)('a full disk (needs root and mount)', () => {
  test.each(fills)(
    'of $size, filled with $bodyBytes bytes a message: refuses, keeps, settles, resumes',
    async (fill) => {
      using disk = smallDisk(fill.size);
      const dir = join(disk.path, '.waggle');
      await using hub = spawnHub(dir);
      await hub.up;
      await using swarm = await connectSwarm({ dir, start: false });
      await swarm.agents.add({ id: 'ada' });

      const accepted = new Set<string>();
      const refusal = await fillUp(async () => {
        const { id } = await swarm.send({ to: 'ada', body: 'x'.repeat(fill.bodyBytes) });
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
      await expect(swarm.send({ to: 'ada', body: 'x'.repeat(fill.bodyBytes) })).rejects.toMatchObject({
        code: 'disk_full',
      });

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
    },
  );
});

describe.skipIf(!canMount)('a rescue on a full disk (needs root and mount)', () => {
  test('is refused with a typed error, leaves the source as it was and no half copy', () => {
    using disk = smallDisk('1m');
    const queue = join(disk.path, 'queue.json');
    const { bytes } = damagedQueue(['agent-1'], 400);
    writeFileSync(queue, bytes);
    const { bavail, bsize } = statfsSync(disk.path);
    writeFileSync(join(disk.path, 'hog'), Buffer.alloc(Math.max(0, bavail * bsize - 8 * bsize)));
    const { status, stderr } = spawnSync(process.execPath, [bin, 'recover', queue, '--json'], {
      cwd: disk.path,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([5, expect.stringContaining('disk_full')]);
    expect(readFileSync(queue).equals(bytes)).toBe(true);
    const left = readdirSync(disk.path, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.includes('quarantine/'))).toEqual([]);
  });
});

describe('a limit on the size of files', () => {
  test.each([1_000, 2_000])('of %i KiB: what was accepted is what is stored', async (kibibytes) => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    const accepted = new Set<string>();
    {
      const limited = ['bash', '-c', `ulimit -f ${kibibytes}; exec "$@"`, 'bash'];
      await using hub = spawnHub(dir, { NODE_V8_COVERAGE: '' }, limited);
      expect(await hub.up).toBe(true);
      await using swarm = await connectSwarm({ dir, start: false });
      await swarm.agents.add({ id: 'ada' });
      const refusal = await fillUp(async () => {
        accepted.add((await swarm.send({ to: 'ada', body: 'x'.repeat(4_000) })).id);
      });
      expect(refusal).toHaveProperty('code');
    }
    await using hub = spawnHub(dir);
    expect(await hub.up).toBe(true);
    await using swarm = await connectSwarm({ dir, start: false });
    for (const id of accepted) expect((await swarm.message(id)).message.state).toBe('ready');
    const { problems } = await swarm.queue.verify();
    expect([accepted.size > 0, problems]).toEqual([true, []]);
  });
});

async function fillUp(send: () => Promise<void>): Promise<unknown> {
  for (let tries = 0; tries < 5_000; tries += 1) {
    try {
      await send();
    } catch (error) {
      return error instanceof WaggleError ? error : Promise.reject(error);
    }
  }
  return 'the disk never filled';
}
