import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { defaultLimits } from '../message/limits.ts';
import { startService } from '../service.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { tempFolder } from '../testing/temp-hub.ts';
import type { ProcessExit } from './process.ts';
import type { Launch, Life, ProcessHost, Sighting, SignalOutcome } from './process-host.ts';
import { defaultRestartLimits } from './restart-policy.ts';
import { Supervisor } from './supervisor.ts';

/** A machine of processes that do what the test says. */
class ScriptedHost implements ProcessHost {
  readonly name = 'child';
  readonly launched: Launch[] = [];
  readonly signals: string[] = [];
  readonly sightings = new Map<string, Sighting>();
  answer: SignalOutcome = 'sent';
  refusal: Error | undefined;

  async obstacle(): Promise<undefined> {}

  async launch(launch: Launch) {
    if (this.refusal !== undefined) throw this.refusal;
    this.launched.push(launch);
    const identity = { pid: 100 + this.launched.length, startTime: '1', bootId: 'b' };
    this.sightings.set(launch.nonce, { state: 'running', identity });
    return identity;
  }

  async look({ nonce }: Life): Promise<Sighting> {
    return this.sightings.get(nonce) ?? { state: 'failed', reason: 'never began' };
  }

  async signal({ nonce }: Life, signal: string): Promise<SignalOutcome> {
    if (this.answer === 'sent') {
      this.signals.push(signal);
      this.sightings.set(nonce, { state: 'ended', exit: { signal: 'SIGTERM' } });
    }
    return this.answer;
  }

  async leftovers(): Promise<number> {
    return 0;
  }

  async release(): Promise<void> {}

  /** The program that was launched last ends. */
  end(exit: ProcessExit): void {
    this.sightings.set(this.launched.at(-1)?.nonce ?? '', { state: 'ended', exit });
  }
}

async function begin() {
  const folder = tempFolder();
  const clock = new ManualClock();
  const limits = defaultLimits;
  const store: Store = await openSqliteStore({
    file: ':memory:',
    clock,
    random: () => 0,
    limits,
    backoff: { minMs: 1_000, maxMs: 2_000 },
  });
  await store.agents.add({ id: 'ada', skills: [] });
  const host = new ScriptedHost();
  const failures: unknown[] = [];
  let nonces = 0;
  const supervise = () =>
    new Supervisor({
      store: store.processes,
      hosts: [host],
      clock,
      random: () => 0,
      limits: defaultRestartLimits,
      newNonce: () => `nonce-${(nonces += 1)}`,
      agents: folder.path,
      environment: { WAGGLE_DIR: '/swarm' },
      onFailure: (error) => failures.push(error),
    });
  onTestFinished(async () => {
    await store.close();
    folder[Symbol.dispose]();
  });
  const supervisor = supervise();
  return { store, host, clock, supervisor, supervise, failures, folder: folder.path };
}

type Scene = Awaited<ReturnType<typeof begin>>;

/** Runs the watch until what is asked for is so. */
async function watched({ clock, supervisor }: Pick<Scene, 'clock' | 'supervisor'>, look: () => Promise<boolean>) {
  const running = startService(supervisor.service(), (error) => {
    throw error;
  });
  try {
    for (let turns = 0; turns < 500; turns += 1) {
      if (await look()) return;
      clock.advance(200);
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error('it never came to that');
  } finally {
    const stopped = running.stop();
    await stopped;
  }
}

const order = { agent: 'ada', command: ['sh'], cwd: '/', host: 'child', policy: 'transient' } as const;
const gentle = { first: 'terminate', graceMs: 1_000 } as const;

describe('starting', () => {
  test('an agent knows who it is, where its swarm is, and keeps its caller and not our own variables', async () => {
    const { supervisor, host } = await begin();
    supervisor.environmentProviders.push(async ({ agent, incarnation }) => ({
      WAGGLE_TOKEN: `${agent}-${incarnation}`,
    }));
    const environment = {
      PATH: process.env['PATH'] ?? '',
      KEY: 'value',
      WAGGLE_TOKEN: 'the caller’s',
      TMUX: '/tmp/x,1,0',
    };
    const life = await supervisor.start({ ...order, environment });
    expect(life).toMatchObject({ incarnation: 1, state: 'running', identity: { pid: 101 } });
    expect(host.launched[0]?.environment).toEqual({
      PATH: environment.PATH,
      KEY: 'value',
      WAGGLE_DIR: '/swarm',
      WAGGLE_AGENT: 'ada',
      WAGGLE_INCARNATION: '1',
      WAGGLE_TOKEN: 'ada-1',
      WAGGLE_NONCE: 'nonce-1',
    });
  });

  test('is refused while it runs, and for a program nobody can find; nothing is launched then', async () => {
    const { supervisor, host } = await begin();
    await expect(supervisor.start({ ...order, command: ['no-such-program'] })).rejects.toMatchObject({
      code: 'not_found',
      details: { field: 'command', value: 'no-such-program' },
    });
    await supervisor.start(order);
    await expect(supervisor.start(order)).rejects.toMatchObject({ code: 'illegal_transition' });
    await expect(supervisor.start({ ...order, host: 'tmux' })).rejects.toMatchObject({ code: 'not_supported' });
    expect(host.launched).toHaveLength(1);
  });

  test('a program that ended while nobody looked is no reason to refuse', async () => {
    const { supervisor, host } = await begin();
    await supervisor.start({ ...order, policy: 'temporary' });
    host.end({ code: 0 });
    expect((await supervisor.start(order)).incarnation).toBe(2);
  });

  test('of eight at once one wins', async () => {
    const { supervisor, host } = await begin();
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => supervisor.start(order)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(host.launched).toHaveLength(1);
  });

  test('a start that fails is told, is a life of its own, and nothing follows it', async () => {
    const { supervisor, host, store } = await begin();
    host.refusal = new Error('out of processes');
    await expect(supervisor.start(order)).rejects.toThrow('out of processes');
    expect(await store.processes.latest('ada')).toMatchObject({
      state: 'failed',
      exit: { reason: 'out of processes' },
    });
    host.refusal = undefined;
    expect((await supervisor.start(order)).incarnation).toBe(2);
  });
});

describe('stopping', () => {
  test('is final, whatever the policy, and the same when asked twice', async () => {
    const scene = await begin();
    const { supervisor, host } = scene;
    await supervisor.start({ ...order, policy: 'permanent' });
    const stopped = await supervisor.stop('ada', gentle);
    expect(stopped).toMatchObject({ state: 'exited', exit: { signal: 'SIGTERM' } });
    expect(stopped.restartAt).toBeUndefined();
    expect(await supervisor.stop('ada', gentle)).toEqual(stopped);
    expect(host.signals).toEqual(['terminate']);
    await expect(supervisor.stop('bob', gentle)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('calls a restart off that was due', async () => {
    const scene = await begin();
    const { supervisor, host, store } = scene;
    await supervisor.start(order);
    host.end({ code: 1 });
    await expect(supervisor.stop('ada', gentle)).resolves.toMatchObject({ state: 'exited', exit: { code: 1 } });
    expect((await store.processes.latest('ada'))?.restartAt).toBeUndefined();
    await supervisor.requireStopped('ada');
  });

  test('of what cannot be told to be ours is refused and leaves it running', async () => {
    const { supervisor, host, store } = await begin();
    await supervisor.start(order);
    host.answer = 'unknown';
    await expect(supervisor.stop('ada', gentle)).rejects.toMatchObject({
      code: 'process_unknown',
      details: { pid: 101 },
    });
    expect((await store.processes.latest('ada'))?.state).toBe('stopping');
    await expect(supervisor.requireStopped('ada')).rejects.toMatchObject({ code: 'illegal_transition' });
  });
});

describe('restarting', () => {
  test('a failure is followed by the next life after its backoff, not before', async () => {
    const scene = await begin();
    const { supervisor, host, store, clock } = scene;
    await supervisor.start(order);
    host.end({ code: 1 });
    await watched(scene, async () => (await store.processes.latest('ada'))?.restartAt !== undefined);
    expect(host.launched).toHaveLength(1);
    const { restartAt = 0 } = (await store.processes.latest('ada')) ?? {};
    const again = scene.supervise();
    await watched({ clock, supervisor: again }, async () => host.launched.length === 2);
    expect(clock.now()).toBeGreaterThanOrEqual(restartAt);
    expect(await store.processes.latest('ada')).toMatchObject({ incarnation: 2, cause: 'restart', state: 'running' });
  });

  test('a loop of failures is given up after three, also when a hub dies with each of them', async () => {
    const scene = await begin();
    const { host, store, clock } = scene;
    await scene.supervisor.start(order);
    for (let life = 1; life <= 4; life += 1) {
      host.end({ code: 9 });
      // A supervisor of its own for each life: what it must know it has from the store alone.
      const supervisor = scene.supervise();
      const next = async () =>
        host.launched.length > life || (await store.processes.latest('ada'))?.state === 'crashloop';
      await watched({ clock, supervisor }, next);
    }
    expect(host.launched).toHaveLength(4);
    expect(await store.processes.latest('ada')).toMatchObject({ state: 'crashloop', exit: { code: 9 } });
    expect((await scene.supervise().start(order)).incarnation).toBe(5);
  });

  test('a restart that cannot be launched counts as one more failure', async () => {
    const scene = await begin();
    const { supervisor, host, store, failures } = scene;
    await supervisor.start(order);
    host.end({ code: 1 });
    host.refusal = new Error('the program is gone');
    await watched(scene, async () => (await store.processes.latest('ada'))?.state === 'crashloop');
    expect((await store.processes.history('ada', 10)).map(({ state }) => state)).toEqual([
      'crashloop',
      'exited',
      'exited',
      'exited',
    ]);
    expect(failures).toHaveLength(3);
  });

  test('by hand runs the same program anew, and only the incarnation that was meant', async () => {
    const { supervisor, host } = await begin();
    await supervisor.start(order);
    await expect(supervisor.restart('ada', gentle, 7)).rejects.toMatchObject({ code: 'illegal_transition' });
    const life = await supervisor.restart('ada', gentle, 1);
    expect(life).toMatchObject({ incarnation: 2, cause: 'asked', command: ['sh'], state: 'running' });
    expect(host.signals).toEqual(['terminate']);
  });
});

test('a nudge goes to the terminal of what runs, and nowhere else', async () => {
  const { supervisor, host } = await begin();
  expect(await supervisor.nudge('ada')).toEqual({ outcome: 'refused', reason: 'its program does not run' });
  const life = await supervisor.start(order);
  expect(supervisor.attachCommand(life)).toBeUndefined();
  expect(await supervisor.nudge('ada')).toEqual({ outcome: 'refused', reason: 'the child host has no terminal' });
  const nudged: string[] = [];
  Object.assign(host, {
    nudge: async ({ nonce }: Life) => {
      nudged.push(nonce);
      return { outcome: 'typed' };
    },
  });
  expect(await supervisor.nudge('ada')).toEqual({ outcome: 'typed' });
  expect(nudged).toEqual([life.nonce]);
});

test('the log is read by its last lines, then on from there', async () => {
  const { supervisor, folder } = await begin();
  await supervisor.start(order);
  writeFileSync(join(folder, 'ada/output.log'), 'one\ntwo\n');
  const { lines, next, life } = await supervisor.log('ada', { count: 1 });
  expect([lines, life.state]).toEqual([['two'], 'running']);
  writeFileSync(join(folder, 'ada/output.log'), 'one\ntwo\nthree\nfo');
  expect((await supervisor.log('ada', { count: 1, after: next })).lines).toEqual(['three']);
});

describe('a hub on its way out', () => {
  test('begins nothing, and gives up waiting for an end', async () => {
    const scene = await begin();
    const { supervisor, host } = scene;
    await supervisor.start(order);
    host.answer = 'gone'; // it never ends
    const running = startService(supervisor.service(), () => {});
    const stopping = supervisor.stop('ada', gentle);
    await running.stop();
    await expect(stopping).rejects.toMatchObject({ code: 'draining' });
    await expect(supervisor.start(order)).rejects.toMatchObject({ code: 'draining' });
  });
});

describe('a supervisor that comes after a crash', () => {
  test('adopts what lives, hears of what ended, and signals nobody', async () => {
    const scene = await begin();
    const { store, host, supervisor } = scene;
    await store.agents.add({ id: 'bob', skills: [] });
    await supervisor.start(order);
    await supervisor.start({ ...order, agent: 'bob', policy: 'temporary' });
    host.end({ code: 5 });
    await watched({ ...scene, supervisor: scene.supervise() }, async () => {
      return (await store.processes.latest('bob'))?.state === 'exited';
    });
    expect((await store.processes.latest('bob'))?.exit).toEqual({ code: 5 });
    expect((await store.processes.latest('ada'))?.state).toBe('running');
    expect(host.signals).toEqual([]);
  });

  test('finds a life that began but was not written down as running', async () => {
    const scene = await begin();
    const { store, host } = scene;
    const life = await store.processes.begin({ ...order, cause: 'asked', nonce: 'lost' });
    host.sightings.set('lost', { state: 'running', identity: { pid: 7, startTime: '1', bootId: 'b' } });
    await watched(scene, async () => (await store.processes.latest('ada'))?.state === 'running');
    expect(await store.processes.latest('ada')).toMatchObject({ incarnation: life.incarnation, identity: { pid: 7 } });
  });

  test('ends a life that never began', async () => {
    const scene = await begin();
    const { store } = scene;
    await store.processes.begin({ ...order, cause: 'asked', nonce: 'never' });
    await watched(scene, async () => (await store.processes.latest('ada'))?.state === 'failed');
    await store.processes.begin({ ...order, cause: 'restart', nonce: 'never again' });
    await watched({ ...scene, supervisor: scene.supervise() }, async () => {
      return (await store.processes.latest('ada'))?.restartAt !== undefined;
    });
  });
});
