import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { logWitness } from '../../audit/log-witness.ts';
import { verifyAudit } from '../../audit/verify-audit.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { WaggleError } from '../../errors.ts';
import { prepareSwarmDirectory, readMarker, swarmDirectory, writeMarker } from '../../hub/swarm-directory.ts';
import { openSwarm } from '../../index.ts';
import { acquireWriterLock } from '../../store/sqlite/writer-lock.ts';
import { commandRunner } from '../../testing/cli-context.ts';
import { openStoreAt, sendTexts } from '../../testing/store-at.ts';
import { tempFolder } from '../../testing/temp-hub.ts';

/** A folder with a swarm of two messages that no hub runs in, and the command line in it. */
async function arrange(options: Parameters<typeof commandRunner>[1] = {}) {
  const folder = tempFolder();
  const cwd = folder.path;
  const directory = swarmDirectory(join(cwd, '.waggle'));
  prepareSwarmDirectory(directory.path);
  await change(directory.store, async (store) => {
    await sendTexts(store, ['one', 'two']);
    writeMarker(directory, { swarmId: store.swarmId, createdAt: 'now' });
  });
  const swarm = await openSwarm({ store: 'memory' });
  const absent = { ...swarm, status: () => Promise.reject(new WaggleError('hub_unreachable', 'nobody')) };
  const waggle = commandRunner(absent, { cwd, terminal: false, ...options });
  const dispose = async () => {
    await swarm.close();
    folder[Symbol.dispose]();
  };
  return { cwd, directory, waggle, saved: join(cwd, 'saved.db'), [Symbol.asyncDispose]: dispose };
}

type OpenStore = Awaited<ReturnType<typeof openStoreAt>>;

async function change<T>(file: string, body: (store: OpenStore) => Promise<T>): Promise<T> {
  await using store = await openStoreAt(file);
  return await body(store);
}

/** Everything in a folder tree with its bytes: what must not change when a command refuses. */
function contents(path: string): Record<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const durable = files.filter(({ name }) => !/-shm$|-wal$|\.lock|ballast/.test(name));
  return Object.fromEntries(
    durable.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'latin1')]),
  );
}

const refused = (code: string, text: RegExp) => ({ code, message: expect.stringMatching(text) });

describe('backup', () => {
  test('says what it saved, in a file for its owner alone', async () => {
    await using at = await arrange({ terminal: true });
    const { code, stdout } = await at.waggle('backup', 'saved.db');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/saved.db: .* KiB, 2 messages, checked/),
    });
    expect(statSync(at.saved).mode & 0o777).toBe(0o600);
    expect(readdirSync(at.cwd).toSorted()).toEqual(['.waggle', 'saved.db']);
  });

  test('does not replace a file unless it is told to', async () => {
    await using at = await arrange();
    writeFileSync(at.saved, 'precious');
    await expect(at.waggle('backup', 'saved.db')).rejects.toMatchObject(refused('already_exists', /--force/));
    expect(readFileSync(at.saved, 'utf8')).toBe('precious');
    const { stdout } = await at.waggle('backup', 'saved.db', '--force', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ file: at.saved, messages: 2, bytes: statSync(at.saved).size });
  });

  test('does not replace a file that comes into being meanwhile', async () => {
    let meanwhile = () => {};
    const clock: Clock = {
      ...systemClock,
      now: () => {
        meanwhile(); // asked for the instant of the backup, after the name was found free
        return systemClock.now();
      },
    };
    await using at = await arrange({ clock });
    meanwhile = () => writeFileSync(at.saved, 'precious');
    await expect(at.waggle('backup', 'saved.db')).rejects.toMatchObject({ code: 'already_exists' });
    expect(readFileSync(at.saved, 'utf8')).toBe('precious');
    expect(readdirSync(at.cwd).toSorted()).toEqual(['.waggle', 'saved.db']);
  });

  test('never writes into the swarm directory, a folder that is none, or over a folder', async () => {
    await using at = await arrange();
    const before = contents(at.cwd);
    symlinkSync(at.directory.store, join(at.cwd, 'alias.db'));
    for (const target of ['.waggle/waggle.db', '.waggle/new.db', 'alias.db', 'missing/x.db', '.']) {
      await expect(at.waggle('backup', target, '--force'), target).rejects.toMatchObject({ code: 'invalid_input' });
    }
    expect(contents(at.cwd)).toEqual(before);
    await expect(at.waggle('backup', 'x.db', '--dir', '/')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('refuses a damaged store and leaves nothing behind', async () => {
    await using at = await arrange();
    const db = new DatabaseSync(at.directory.store);
    db.exec(`UPDATE messages SET inbox_seq = 9 WHERE inbox_seq = 2`);
    db.close();
    await expect(at.waggle('backup', 'saved.db')).rejects.toMatchObject(refused('store_corrupt', /conservation/));
    writeFileSync(at.directory.store, 'x'.repeat(8_192));
    await expect(at.waggle('backup', 'saved.db')).rejects.toMatchObject({ code: 'store_corrupt' });
    expect(readdirSync(at.cwd)).toEqual(['.waggle']);
  });

  test('can be interrupted, and leaves nothing behind', async () => {
    const stop = new AbortController();
    await using at = await arrange({ stop: stop.signal });
    await change(at.directory.store, (store) =>
      sendTexts(
        store,
        Array.from({ length: 20 }, () => 'x'.repeat(100_000)),
      ),
    );
    stop.abort();
    await expect(at.waggle('backup', 'saved.db')).rejects.toMatchObject({ code: 'aborted' });
    expect(readdirSync(at.cwd)).toEqual(['.waggle']);
  });
});

describe('restore', () => {
  test('tells what came after the backup, keeps the replaced store and ends every lease', async () => {
    await using at = await arrange({ terminal: true });
    const lease = { inbox: 'ada', limit: 1, leaseMs: 60_000 };
    const [held] = await change(at.directory.store, (store) => store.messages.lease(lease));
    await at.waggle('backup', 'saved.db');
    const later = await change(at.directory.store, async (store) => {
      await sendTexts(store, ['three']);
      const [leased] = await store.messages.lease(lease);
      if (leased !== undefined) await store.messages.ack(leased);
      const [again] = await store.messages.lease(lease);
      return again;
    });
    const { code, stdout } = await at.waggle('restore', 'saved.db');
    expect(code).toBe(0);
    expect(stdout).toMatch(/restored .*: 2 messages, taken/);
    expect(stdout).toMatch(/not in it: 1 messages accepted and 1 acked after the backup/);
    expect(stdout).toMatch(/kept as .*replaced-\d{8}T\d{9}Z\.db/);

    await change(at.directory.store, async (store) => {
      for (const stale of [held, later]) {
        if (stale === undefined) throw new Error('nothing was leased');
        await expect(store.messages.ack(stale)).rejects.toMatchObject({
          code: expect.stringMatching(/lease_lost|not_found/),
        });
      }
      const fresh = await store.messages.lease({ ...lease, limit: 10 });
      expect(fresh.map(({ body }) => body)).toEqual(['one', 'two']);
      for (const { gen } of fresh) expect(gen).toBeGreaterThan(later?.gen ?? Number.NaN);
      const events = await store.events.read(0, 100);
      expect(events).toContainEqual(
        expect.objectContaining({ type: 'store.restored', data: expect.objectContaining({ leases: 1 }) }),
      );
      expect((await store.messages.verify()).problems).toEqual([]);
    });
  });

  test('no version of a context comes back: who holds one of the replaced store is refused', async () => {
    await using at = await arrange();
    const set = (a: number) =>
      change(at.directory.store, (store) =>
        store.contexts.write({ namespace: 'ada', by: 'bob', ifVersion: 'any', change: 'set', value: { a } }),
      );
    await set(0);
    await set(1);
    await at.waggle('backup', 'saved.db');
    await set(2);
    const { version } = (await change(at.directory.store, (store) => store.contexts.get('ada'))) ?? { version: 0 };
    await at.waggle('restore', 'saved.db');
    await change(at.directory.store, async (store) => {
      const restored = await store.contexts.get('ada');
      expect(restored).toMatchObject({ value: { a: 1 } });
      expect(restored?.version).toBeGreaterThan(version);
      expect((await store.contexts.history('ada', 10)).at(0)?.version).toBe(restored?.version);
    });
  });

  test('no token of an agent comes back to life, and the audit log goes on without a gap', async () => {
    await using at = await arrange();
    await change(at.directory.store, async (store) => {
      await store.tokens.mint({ agent: 'ada', role: 'agent', hash: 'aa' });
      const kept = await store.audit.append({ actor: 'operator', action: 'agent.token', outcome: 'done', count: 1 });
      logWitness(at.directory.log, () => 0).note(kept);
    });
    expect((await at.waggle('backup', 'saved.db')).code).toBe(0);
    await change(at.directory.store, async (store) => {
      await store.tokens.revoke('ada');
      const lost = await store.audit.append({ actor: 'operator', action: 'agent.revoke', outcome: 'done', count: 1 });
      logWitness(at.directory.log, () => 0).note(lost);
    });
    expect((await at.waggle('restore', 'saved.db')).code).toBe(0);
    await change(at.directory.store, async (store) => {
      const [token] = await store.tokens.list();
      expect(token).toMatchObject({ agent: 'ada', hash: 'aa', revokedAt: expect.any(Number) });
      expect((await store.tokens.mint({ agent: 'ada', role: 'agent', hash: 'bb' })).incarnation).toBeGreaterThan(1_000);
      const witness = logWitness(at.directory.log, () => 0);
      expect(await verifyAudit(store.audit, await witness.read())).toMatchObject({
        checked: 2,
        witnessed: 1,
        problems: [],
      });
      expect((await store.audit.read(1, 9))[0]).toMatchObject({
        actor: 'operator',
        action: 'restore',
        outcome: 'done',
      });
    });
  });

  test('says so when nothing came after', async () => {
    await using at = await arrange({ terminal: true });
    await at.waggle('backup', 'saved.db');
    expect((await at.waggle('restore', 'saved.db')).stdout).toContain('nothing had happened after the backup');
  });

  test('takes a plain copy of a store together with the log beside it', async () => {
    await using at = await arrange();
    await change(at.directory.store, async (store) => {
      await sendTexts(store, ['only in the log']);
      for (const suffix of ['', '-wal'])
        copyFileSync(`${at.directory.store}${suffix}`, join(at.cwd, `copy.db${suffix}`));
    });
    const { stdout } = await at.waggle('restore', 'copy.db', '--dir', 'new', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ messages: 3, replaced: null });
    expect(existsSync(join(at.cwd, 'copy.db-wal'))).toBe(true);
  });

  test('makes a swarm in an empty folder', async () => {
    await using at = await arrange({ terminal: true });
    await at.waggle('backup', 'saved.db');
    const { stdout } = await at.waggle('restore', 'saved.db', '--dir', 'new');
    expect(stdout).not.toMatch(/not in it|nothing had happened|not known|kept/);
    const made = swarmDirectory(join(at.cwd, 'new', '.waggle'));
    expect(readMarker(made)?.swarmId).toBe(readMarker(at.directory)?.swarmId);
    expect(await change(made.store, (store) => store.messages.stats())).toMatchObject({ ready: 2, accepted: 2 });
  });

  test('jumps far ahead when nobody knows how far the lost store had got', async () => {
    await using at = await arrange({ terminal: true });
    await at.waggle('backup', 'saved.db');
    const lease = { inbox: 'ada', limit: 1, leaseMs: 60_000 };
    let gen = 0;
    for (let opened = 0; opened < 5; opened += 1) {
      const [leased] = await change(at.directory.store, (store) => store.messages.lease(lease));
      gen = Math.max(gen, leased?.gen ?? 0);
    }
    writeFileSync(at.directory.store, 'x'.repeat(8_192));
    const { stdout } = await at.waggle('restore', 'saved.db');
    expect(stdout).toContain('the replaced store cannot be read');
    const [leased] = await change(at.directory.store, (store) => store.messages.lease(lease));
    expect(leased?.gen).toBeGreaterThan(gen);
    expect(leased?.gen).toBeGreaterThan(65_536 * 2 ** 32);
  });

  test('refuses while a hub runs, and changes nothing', async () => {
    await using at = await arrange();
    await at.waggle('backup', 'saved.db');
    using _hub = acquireWriterLock(at.directory.store);
    const before = contents(at.cwd);
    await expect(at.waggle('restore', 'saved.db')).rejects.toMatchObject(refused('hub_already_running', /waggle down/));
    await expect(at.waggle('restore', 'saved.db', '--stop-hub')).rejects.toMatchObject({ code: 'hub_already_running' });
    expect(contents(at.cwd)).toEqual(before);
  });

  test('refuses what is not ours, newer or damaged, and changes nothing', async () => {
    await using at = await arrange();
    await at.waggle('backup', 'saved.db');
    const variant = (name: string, change: (db: DatabaseSync) => void) => {
      copyFileSync(at.saved, join(at.cwd, name));
      const db = new DatabaseSync(join(at.cwd, name));
      change(db);
      db.close();
    };
    writeFileSync(join(at.cwd, 'text.db'), 'just some text');
    const stranger = new DatabaseSync(join(at.cwd, 'stranger.db'));
    stranger.exec('CREATE TABLE t (x)');
    stranger.close();
    variant('newer.db', (db) => db.exec('PRAGMA user_version = 99'));
    variant('short.db', (db) => db.exec('DELETE FROM messages WHERE inbox_seq = 1'));
    const before = contents(at.cwd);
    const expected = {
      'missing.db': 'unreadable_file',
      'text.db': 'store_corrupt',
      'stranger.db': 'store_corrupt',
      'newer.db': 'schema_too_new',
      'short.db': 'store_corrupt',
    };
    for (const [name, code] of Object.entries(expected)) {
      await expect(at.waggle('restore', name), name).rejects.toMatchObject({ code });
      await expect(at.waggle('restore', name, '--dir', 'new'), name).rejects.toMatchObject({ code });
    }
    expect(contents(at.cwd)).toEqual(before);
    expect(existsSync(join(at.cwd, 'new', '.waggle'))).toBe(false);
  });

  test('does not put one swarm in the place of another by mistake', async () => {
    await using at = await arrange();
    await using other = await arrange();
    await other.waggle('backup', 'saved.db');
    const before = contents(at.cwd);
    await expect(at.waggle('restore', other.saved)).rejects.toMatchObject(refused('already_exists', /another swarm/));
    expect(contents(at.cwd)).toEqual(before);
    const { stdout } = await at.waggle('restore', other.saved, '--force', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      messages: 2,
      lost: null,
      replaced: expect.stringContaining('replaced-'),
    });
    expect(readMarker(at.directory)?.swarmId).toBe(readMarker(other.directory)?.swarmId);
  });

  test('writes a marker that cannot be read anew', async () => {
    await using at = await arrange();
    await at.waggle('backup', 'saved.db');
    const id = readMarker(at.directory)?.swarmId;
    writeFileSync(at.directory.marker, '{');
    expect((await at.waggle('restore', 'saved.db')).code).toBe(0);
    expect(readMarker(at.directory)?.swarmId).toBe(id);
  });
});

test('who speaks as an agent neither takes the store out nor puts another in its place', async () => {
  await using at = await arrange({ env: { WAGGLE_TOKEN_FILE: '/somewhere/token' } });
  await using operator = await arrange();
  await operator.waggle('backup', operator.saved);
  const before = readFileSync(at.directory.store);
  for (const argv of [
    ['backup', at.saved],
    ['restore', operator.saved, '--force'],
  ])
    await expect(at.waggle(...argv)).rejects.toMatchObject({ code: 'forbidden' });
  expect(existsSync(at.saved)).toBe(false);
  expect(readFileSync(at.directory.store)).toEqual(before);
});
