import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import type { ImportInput } from '../hub/api.ts';
import { readToken, swarmDirectory } from '../hub/swarm-directory.ts';
import { losingAnswers } from '../testing/losing-answers.ts';
import { startTempHub } from '../testing/temp-hub.ts';
import { createSwarm } from './create-swarm.ts';
import { FrameConnection } from './frame-connection.ts';
import { RemoteTransport } from './remote-transport.ts';
import { repeats } from './repeats.ts';

/** A hub and a client that loses the answers of the operations named in `lost`. */
async function forgetful(clock: Clock = systemClock) {
  const hub = await startTempHub();
  const directory = swarmDirectory(hub.dir);
  const real = new FrameConnection({ at: { path: directory.socket }, token: readToken(directory) });
  const lost = new Set<string>();
  const open = async () => losingAnswers(real, lost);
  const swarm = createSwarm(new RemoteTransport({ open, clock, retryForMs: 60_000 }), clock);
  const dispose = async () => {
    await swarm.close();
    await real.close();
    await hub[Symbol.asyncDispose]();
  };
  return { hub, swarm, lost, [Symbol.asyncDispose]: dispose };
}

const doubtful = (key: string): ImportInput => ({
  key,
  to: 'ada',
  bodyText: key,
  bodyType: 'text',
  priority: 'normal',
  state: 'quarantined',
  provenance: {},
});

describe('a repeat after a lost answer is told as what the first try did', () => {
  test('adding and removing an agent', async () => {
    await using all = await forgetful();
    const { swarm, lost } = all;
    lost.add('agent.add').add('agent.remove');
    const added = await swarm.agents.add({ id: 'ada', role: 'tester', skills: ['ts', 'sql', 'ts'], client: 'codex' });
    expect(added).toMatchObject({ id: 'ada', role: 'tester', skills: ['sql', 'ts'], client: 'codex' });
    expect(Object.keys(added)).not.toContain('inbox');
    expect(await swarm.agents.remove('ada')).toEqual({ id: 'ada', cancelled: null });
    expect(await swarm.agents.list()).toEqual([]);
    expect(lost.size).toBe(0);
  });

  test('though the wall clock is turned back an hour meanwhile', async () => {
    let isTurned = false;
    const clock = { ...systemClock, now: () => systemClock.now() + (isTurned ? 0 : 3_600_000) };
    await using all = await forgetful(clock);
    const { swarm, lost } = all;
    await swarm.agents.add({ id: 'ada' });
    const { id } = await swarm.send({ to: 'ada', body: 'x' });
    lost.add('message.cancel');
    const cancelled = swarm.cancel(id);
    isTurned = true;
    await cancelled;
    expect((await swarm.message(id)).message.state).toBe('cancelled');
    expect(lost.size).toBe(0);
  });

  test('putting back and purging dead letters', async () => {
    await using all = await forgetful();
    const { swarm, lost } = all;
    await swarm.agents.add({ id: 'ada' });
    await swarm.sendMany(['a', 'b'].map((body) => ({ to: 'ada', body })));
    const kill = async () => {
      const leased = await swarm.lease('ada', { limit: 9 });
      for (const message of leased) await swarm.nack(message, { terminal: true });
      return leased.map(({ id }) => id);
    };
    const ids = await kill();
    lost.add('dead.redrive').add('dead.purge');
    expect(await swarm.dead.redrive({ ids })).toBe(2);
    await kill();
    expect(await swarm.dead.purge({ ids })).toBe(2);
    expect(await swarm.queue.stats()).toMatchObject({ pruned: 2, dead: 0, ready: 0 });
    expect(lost.size).toBe(0);
  });

  test('releasing and purging what was quarantined', async () => {
    await using all = await forgetful();
    const { swarm, lost } = all;
    await swarm.importEntries([doubtful('r:1'), doubtful('r:2'), doubtful('r:3')], { addAgents: true });
    const [first, ...others] = (await swarm.quarantine.list()).messages.map(({ id }) => id);
    lost.add('quarantine.release').add('quarantine.purge');
    expect(await swarm.quarantine.release({ ids: [first ?? ''] })).toBe(1);
    expect(await swarm.quarantine.purge({ ids: others })).toBe(2);
    expect(await swarm.queue.stats()).toMatchObject({ ready: 1, pruned: 2, quarantined: 0 });
    // Everything is whatever is left: nothing, the second time.
    lost.add('quarantine.purge');
    expect(await swarm.quarantine.purge({ all: true })).toBe(0);
    expect(lost.size).toBe(0);
  });
});

describe('a refusal that is not the echo of a lost answer stays one', () => {
  test('when the thing was done before the call was made, by whomever', async () => {
    await using all = await forgetful();
    const { hub, swarm, lost } = all;
    await using other = await hub.connect();
    await other.agents.add({ id: 'ada' });
    const { id } = await other.send({ to: 'ada', body: 'x' });
    const [message] = await other.lease('ada');
    await other.nack(message ?? { id, gen: 0 }, { terminal: true });
    await other.dead.redrive({ ids: [id] });
    // The answer that is lost here is of a call nobody made: a hub that died before it looked.
    const open = async () => ({
      isOpen: true,
      close: async () => {},
      call: async () => {
        throw new WaggleError('hub_unreachable', 'died before it looked');
      },
    });
    let tries = 0;
    const transport = new RemoteTransport({
      open: async () => {
        tries += 1;
        if (tries % 2 === 1) return open();
        return losingAnswers(
          new FrameConnection({ at: { path: `${hub.dir}/hub.sock` }, token: hub.token }),
          new Set<string>(),
        );
      },
      clock: { ...systemClock, now: () => systemClock.now() + 1_000 },
      retryForMs: 60_000,
    });
    const fresh = async (call: () => Promise<unknown>, code: string) => {
      tries = 0;
      await expect(call()).rejects.toMatchObject({ code });
    };
    await fresh(() => transport.call('agent.add', { id: 'ada' }), 'already_exists');
    await transport.close();
    expect(lost.size).toBe(0);
    await expect(swarm.agents.add({ id: 'ada' })).rejects.toMatchObject({ code: 'already_exists' });
    await expect(swarm.dead.redrive({ ids: [id] })).rejects.toMatchObject({ code: 'illegal_transition' });
    await expect(swarm.agents.remove('eve')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('when what is there is something else', async () => {
    const at = (iso: string) => Date.parse(iso);
    const since = at('2026-01-01T00:00:01Z');
    const agent = { id: 'ada', skills: ['ts'], role: 'tester', createdAt: '2026-01-01T00:00:02Z' };
    const look = async () => ({ ...agent, inbox: {} }) as never; // the shape of agent.show
    const add = repeats['agent.add'];
    expect(await add.find(look, { id: 'ada', skills: ['ts'], role: 'tester' }, since)).toEqual(agent);
    expect(await add.find(look, { id: 'ada', skills: ['ts'] }, since)).toBeUndefined();
    expect(await add.find(look, { id: 'ada', skills: ['js'], role: 'tester' }, since)).toBeUndefined();
    expect(
      await add.find(look, { id: 'ada', skills: ['ts'], role: 'tester' }, at('2026-01-01T00:00:03Z')),
    ).toBeUndefined();
    const stillThere = async () => ({ message: {}, history: [] }) as never; // the shape of message.get
    expect(await repeats['dead.purge'].find(stillThere, { ids: ['msg_1'] }, since)).toBeUndefined();
    expect(await repeats['dead.redrive'].find(stillThere, { ids: ['msg_1'] }, since)).toBeUndefined();
    expect(await repeats['quarantine.release'].find(stillThere, { all: true }, since)).toBeUndefined();
    const failing = async () => Promise.reject(new WaggleError('store_failed', 'no answer'));
    await expect(repeats['dead.purge'].find(failing, { ids: ['msg_1'] }, since)).rejects.toThrow('no answer');
  });
});

describe('what was done since the call, and as it was asked for, is the answer that was lost', () => {
  const since = Date.parse('2026-01-01T00:00:01Z');
  const before = '2026-01-01T00:00:00Z';
  const after = '2026-01-01T00:00:02Z';
  /** A hub that answers everything it is asked with this. */
  const telling = (answer: object) => async () => answer as never; // the shape of the operation that is looked at

  test('a program that was started', async () => {
    const repeat = repeats['agent.start'];
    const life = (createdAt: string) => telling({ process: { command: ['node', 'a.js'], createdAt } });
    const wanted = { id: 'ada', command: ['node', 'a.js'], cwd: '/' };
    expect(await repeat.find(life(after), wanted, since)).toMatchObject({ createdAt: after });
    expect(await repeat.find(life(before), wanted, since)).toBeUndefined();
    expect(await repeat.find(life(after), { ...wanted, command: ['node', 'b.js'] }, since)).toBeUndefined();
    expect(await repeat.find(life(after), { ...wanted, command: ['node'] }, since)).toBeUndefined();
  });

  test('a program that was started anew', async () => {
    const repeat = repeats['agent.restart'];
    const life = (createdAt: string) => telling({ process: { incarnation: 4, createdAt } });
    expect(await repeat.find(life(after), { id: 'ada', ifIncarnation: 3 }, since)).toMatchObject({ incarnation: 4 });
    expect(await repeat.find(life(after), { id: 'ada', ifIncarnation: 4 }, since)).toBeUndefined();
    expect(await repeat.find(life(before), { id: 'ada', ifIncarnation: 3 }, since)).toBeUndefined();
    expect(await repeat.find(life(after), { id: 'ada' }, since)).toBeUndefined();
  });

  test('a mission that was given', async () => {
    const repeat = repeats['mission.add'];
    const mission = { id: 'm', owner: 'ada', of: 2, title: 'doors', createdAt: after };
    const look = telling({ ...mission, reports: [] });
    const wanted = { id: 'm', owner: 'ada', units: 2, title: 'doors' };
    expect(await repeat.find(look, wanted, since)).toEqual(mission);
    expect(await repeat.find(look, { ...wanted, units: ['one', 'two'] }, since)).toEqual(mission);
    expect(await repeat.find(look, { ...wanted, units: ['one'] }, since)).toBeUndefined();
    expect(await repeat.find(look, { ...wanted, owner: 'bob' }, since)).toBeUndefined();
    expect(await repeat.find(look, wanted, Date.parse(after) + 1)).toBeUndefined();
  });

  test('progress that was reported, though another report has gone further', async () => {
    const repeat = repeats['mission.progress'];
    const report = { by: 'ada', done: 1, of: 3, at: after, change: 'advanced' };
    const look = telling({ id: 'm', reports: [{ ...report, done: 2 }, report] });
    const wanted = { agent: 'ada', mission: 'm', done: 1 };
    expect(await repeat.find(look, wanted, since)).toEqual({ mission: { id: 'm' }, change: 'advanced' });
    expect(await repeat.find(look, { ...wanted, of: 3 }, since)).toMatchObject({ change: 'advanced' });
    expect(await repeat.find(look, { ...wanted, of: 4 }, since)).toBeUndefined();
    expect(await repeat.find(look, { ...wanted, agent: 'bob' }, since)).toBeUndefined();
    expect(await repeat.find(look, { agent: 'ada', done: 1 }, since)).toBeUndefined();
  });

  test('a destination that was removed', async () => {
    const repeat = repeats['outbox.remove'];
    expect(await repeat.find(telling({ entries: [{ settledAt: after }] }), { name: 'build' }, since)).toEqual({
      name: 'build',
      buried: null,
    });
    expect(await repeat.find(telling({ entries: [{}] }), { name: 'build' }, since)).toBeUndefined();
  });

  test('an offer that was made', async () => {
    const repeat = repeats['handoff.offer'];
    const offer = { to: 'bob', offeredAt: after };
    expect(await repeat.find(telling({ handOffs: [offer] }), { mission: 'm', to: 'bob' }, since)).toEqual(offer);
    expect(await repeat.find(telling({ handOffs: [offer] }), { mission: 'm', to: 'cyd' }, since)).toBeUndefined();
    expect(await repeat.find(telling({ handOffs: [] }), { mission: 'm', to: 'bob' }, since)).toBeUndefined();
  });
});

test('the table of operations says of each how its repeat is told, and OpenAPI passes it on', async () => {
  await using hub = await startTempHub();
  const document = (await (await hub.request('GET', '/openapi.json')).json()) as {
    paths: Record<string, Record<string, { operationId: string; 'x-waggle-repeat'?: string }>>;
  };
  const told = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .filter(({ operationId }) => operationId !== 'events');
  expect(told.length).toBe(Object.keys(repeats).length);
  for (const { operationId, 'x-waggle-repeat': repeat } of told) {
    const how = repeats[operationId as keyof typeof repeats];
    const kind =
      typeof how === 'string' ? /^(safe|recounted|redelivered|re-read)$/ : 'find' in how ? /^looked-up$/ : /^keyed$/;
    expect(repeat, operationId).toMatch(kind);
  }
});
