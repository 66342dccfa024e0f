import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { damagedQueue } from '../../examples/main-job/damaged-queue.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';

/** A rescue that is killed on the way leaves the source as it was, and running it again completes it (G11, G12). */
const bin = fileURLToPath(new URL('../../bin/waggle.js', import.meta.url));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a rescue killed at every step', () => {
  test.each(['recovery.quarantine.written', 'recovery.quarantine.synced', 'recovery.quarantine.renamed'])(
    '%s',
    (point) => {
      using folder = tempFolder();
      const file = join(folder.path, 'queue.json');
      const { bytes } = damagedQueue(['agent-1'], 40);
      writeFileSync(file, bytes);
      const recover = (failpoint: string) =>
        spawnSync(process.execPath, [bin, 'recover', file, '--json'], {
          cwd: folder.path,
          env: { ...process.env, WAGGLE_FAILPOINT: failpoint },
          encoding: 'utf8',
        });
      expect(recover(point).signal).toBe('SIGKILL');
      expect(sha256(readFileSync(file))).toBe(sha256(bytes));
      const { status, stdout } = recover('');
      expect(status).toBe(0);
      const { quarantine } = JSON.parse(stdout) as { quarantine: string };
      expect(sha256(readFileSync(quarantine))).toBe(sha256(bytes));
      const copies = readdirSync(join(folder.path, 'quarantine')).filter((name) => name.endsWith('.json'));
      expect(copies).toHaveLength(1);
      expect(sha256(readFileSync(file))).toBe(sha256(bytes));
    },
  );

  test('the hub dies in the middle of the import: run again, every entry is there once', async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    mkdirSync(folder.path, { recursive: true });
    const file = join(folder.path, 'queue.json');
    writeFileSync(file, damagedQueue(['agent-1', 'agent-2'], 300).bytes);
    const recover = () =>
      spawnSync(process.execPath, [bin, 'recover', file, '--import', '--json', '--dir', dir], {
        cwd: folder.path,
        encoding: 'utf8',
      });
    await using hub = spawnHub(dir, { WAGGLE_FAILPOINT: 'recovery.import.entry:400' });
    await hub.up;
    // The command starts a new hub when the first one dies under it, and finishes.
    const { stdout } = recover();
    const first = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { recovered: number; ambiguous: number };
    await hub.ended;
    await using swarm = await connectSwarm({ dir });
    const after = await swarm.queue.stats();
    expect(after.accepted).toBe(first.recovered + first.ambiguous);
    expect(after.quarantined).toBe(first.ambiguous);
    expect(JSON.parse(recover().stdout.trim())).toMatchObject({ imported: 0 });
    expect((await swarm.queue.stats()).accepted).toBe(after.accepted);
    await swarm.stopHub();
  });
});
