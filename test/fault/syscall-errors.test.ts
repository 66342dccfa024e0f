import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorKinds, WaggleError } from '../../src/errors.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';
import type { Swarm } from '../../src/sdk/swarm.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';
import { hasStrace } from '../support/strace.ts';

/**
 * T4: one system call of a running hub fails, once or from then on. Whatever the hub answers after that is typed, a store
 * that stopped serving says how it went on, and what was accepted is there when a healthy hub opens the store (G2, G14).
 */
const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 1_000_000);
const random = seededRandom(seed);
const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);

const calls = ['fsync', 'fdatasync', 'pwrite64', 'pread64', 'read', 'ftruncate', 'openat', 'unlink', 'rename'] as const;
const errors = ['EIO', 'ENOSPC', 'EDQUOT', 'EINTR', 'EACCES', 'EMFILE'] as const;
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

/** Those a disk is likeliest to give, always; beside them as many of all the others as there is time for. */
const likely = ['fsync:error=EIO', 'pwrite64:error=EIO', 'pwrite64:error=ENOSPC', 'pread64:error=EIO'];
const cases = Array.from({ length: scale > 1 ? 30 * scale : 8 }, (_, index) => {
  const fault = likely[index] ?? `${pick(calls)}:error=${pick(errors)}`;
  // From call 1 to 40 of a hub that listens; `+`: that one and every one after it. An interrupted call is to be repeated,
  // as everybody does: interrupted for ever, it is repeated for ever.
  const forEver = index % 2 === 1 && !fault.endsWith('EINTR');
  return { fault, when: `${1 + Math.floor(random() * 40)}${forEver ? '+' : ''}` };
});

describe.skipIf(!hasStrace)(`failing system calls (needs strace, seed ${seed})`, () => {
  test.each(cases)('$fault from call $when', async ({ fault, when }) => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    const accepted = new Map<string, string>();
    const acked = new Set<string>();
    {
      await using hub = spawnHub(dir);
      expect(await hub.up).toBe(true);
      await using swarm = await connectSwarm({ dir, start: false });
      await swarm.agents.add({ id: 'ada' });
      await using _tracer = await injectInto(hub.child.pid ?? 0, fault, when);
      await hammer(swarm, accepted, acked, hub.ended);
      await hub.kill();
      expect(outcomesOf((await hub.ended).stderr)).not.toContain('nothing after recovering');
    }
    await using healthy = spawnHub(dir);
    expect(
      await healthy.up,
      (await Promise.race([healthy.ended, healthy.up.then(() => ({ stderr: '' }))])).stderr,
    ).toBe(true);
    await using swarm = await connectSwarm({ dir, start: false });
    for (const [id, body] of accepted) expect((await swarm.message(id)).message.bodyText).toBe(body);
    for (const id of acked) expect((await swarm.message(id)).message.state).toBe('acked');
    expect((await swarm.queue.verify()).problems).toEqual([]);
  });
});

/** Attaches to the running hub, so that the count begins with a hub at work, not with Node loading its libraries. */
async function injectInto(pid: number, fault: string, when: string): Promise<AsyncDisposable> {
  const [call = ''] = fault.split(':');
  const inject = ['-e', `trace=${call}`, '-e', `inject=${fault}:when=${when}`];
  const strace = spawn('strace', ['-f', '-o', '/dev/null', ...inject, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(strace, 'exit');
  await once(strace.stderr, 'data'); // "Process … attached"
  return {
    async [Symbol.asyncDispose]() {
      strace.kill('SIGKILL');
      await ended;
    },
  };
}

/** Sends and settles until a good while after the first failure; every failure must be one of the table's. */
async function hammer(
  swarm: Swarm,
  accepted: Map<string, string>,
  acked: Set<string>,
  hubEnded: Promise<unknown>,
): Promise<void> {
  let isGone = false;
  void hubEnded.then(() => (isGone = true));
  for (let round = 0; round < 60 && !isGone; round += 1) {
    const body = `round ${round} ${'x'.repeat(2_000)}`;
    await swarm.send({ to: 'ada', body }).then(({ id }) => accepted.set(id, body), mustBeTyped);
    const leased = await swarm.lease('ada').catch(mustBeTyped);
    for (const message of leased ?? []) await swarm.ack(message).then(() => acked.add(message.id), mustBeTyped);
  }
}

/** How each stop of the store went on, in the words of the hub's log; a process that ended is an answer too. */
function outcomesOf(log: string): string[] {
  const states = log.split('\n').flatMap((line) => /store is (\S+?):?(?: |$)/.exec(line)?.[1] ?? []);
  return states.flatMap((state, index) =>
    state === 'recovering' ? [states[index + 1] ?? 'nothing after recovering'] : [],
  );
}

function mustBeTyped(error: unknown): undefined {
  if (!(error instanceof WaggleError) || error.code === 'internal' || !Object.hasOwn(errorKinds, error.code))
    throw error;
  return undefined;
}
