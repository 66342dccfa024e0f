import { type ChildProcess, spawn } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WaggleError } from '../../errors.ts';
import type { HubStatus } from '../../hub/api.ts';
import { openSwarm } from '../../index.ts';
import type { Swarm } from '../../sdk/swarm.ts';
import { commandRunner } from '../../testing/cli-context.ts';
import { ManualClock } from '../../testing/manual-clock.ts';

/** A swarm whose hub claims to be the given process. */
async function swarmOf(status: Partial<HubStatus>, stopHub: () => Promise<void> = async () => {}): Promise<Swarm> {
  const swarm = await openSwarm({ store: 'memory' });
  onTestFinished(() => swarm.close());
  return { ...swarm, status: async () => ({ ...(await swarm.status()), ...status }), stopHub };
}

/** A process that lives until it is told otherwise: stands in for a hub that drains. */
function bystander(): ChildProcess & { readonly pid: number } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.pid === undefined) throw new Error('no process');
  return child as ChildProcess & { pid: number }; // checked on the line above
}

describe('status at a terminal', () => {
  test('lines up its facts and says when the store is not well', async () => {
    const well = commandRunner(await swarmOf({ pid: 7, url: 'http://127.0.0.1:4747' }));
    expect((await well('status')).stdout).toMatch(/^hub {8}pid 7, version \S+, up since now\naddress {4}http:/);
    const store = { state: 'read-only', engine: 'sqlite', file: '/w.db', reason: 'disk full' };
    const ill = commandRunner(await swarmOf({ store }));
    expect((await ill('status')).stdout).toContain('store      sqlite /w.db, read-only: disk full\n');
    const silent = commandRunner(await swarmOf({ store: { state: 'closed', engine: 'sqlite', file: '/w.db' } }));
    expect((await silent('status')).stdout).toContain('/w.db, closed\n');
    const large = { state: 'open', engine: 'sqlite', file: '/w.db', warning: 'wal_large: a reader holds the log' };
    const warned = commandRunner(await swarmOf({ store: large }));
    expect((await warned('status')).stdout).toContain('/w.db, open: wal_large: a reader');
  });

  test('a hub that found its store damaged is no success', async () => {
    const store = { state: 'read-only', engine: 'sqlite', file: '/w.db', code: 'store_corrupt', reason: 'page 7' };
    await expect(commandRunner(await swarmOf({ pid: 7, store }))('status')).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringContaining('page 7'),
      details: { status: { pid: 7 } },
    });
  });

  test('an error that is not the absence of a hub is told as it is', async () => {
    const swarm = await swarmOf({});
    const refused = { ...swarm, status: () => Promise.reject(new WaggleError('unauthorized', 'wrong token')) };
    await expect(commandRunner(refused)('status')).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('down', () => {
  test('is done when the process is, even if the hub was gone before its answer', async () => {
    const hub = bystander();
    const gone = async () => {
      hub.kill('SIGKILL');
      throw new WaggleError('hub_unreachable', 'the connection ended');
    };
    const { code, stdout } = await commandRunner(await swarmOf({ pid: hub.pid }, gone))('down');
    expect({ code, stdout }).toEqual({ code: 0, stdout: `hub ${hub.pid} has stopped; every message is kept\n` });
  });

  test('passes on a refusal', async () => {
    const refuse = () => Promise.reject(new WaggleError('forbidden', 'not you'));
    await expect(commandRunner(await swarmOf({}, refuse))('down')).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('gives up on a hub that drains for ever, and can be interrupted meanwhile', async () => {
    const hub = bystander();
    const swarm = await swarmOf({ pid: hub.pid });
    const clock = new ManualClock();
    const waiting = commandRunner(swarm, { clock })('down');
    const ended = expect(waiting).rejects.toMatchObject({ code: 'timeout' });
    let isOver = false;
    void ended.finally(() => {
      isOver = true;
    });
    await expect
      .poll(() => {
        clock.advance(10_000);
        return isOver;
      })
      .toBe(true);
    await ended;
    const stop = AbortSignal.abort(new WaggleError('aborted', 'interrupted'));
    await expect(commandRunner(swarm, { stop })('down')).rejects.toThrow(/it goes on stopping/);
  });
});

describe('events', () => {
  test('say when there are none, and tell agents, numbers and absent facts apart', async () => {
    const swarm = await swarmOf({});
    expect((await commandRunner(swarm)('events')).stderr).toBe('no events yet; watch with --follow\n');
    await swarm.agents.add({ id: 'bob' });
    await swarm.send({ to: 'bob', body: 'x' });
    const piped = await commandRunner(swarm, { terminal: false })('events');
    expect(piped.stdout).toMatch(/\tagent\.added\t\tbob\tskills=\[\]\n/);
    expect((await commandRunner(swarm)('events')).stdout).toMatch(/agent\.added +bob /);
  });

  test('that break off are a failure, not an end', async () => {
    const swarm = await swarmOf({ lastEvent: 1 });
    const events = () => {
      throw new WaggleError('hub_unreachable', 'gone');
    };
    await expect(commandRunner({ ...swarm, events })('events')).rejects.toMatchObject({ code: 'hub_unreachable' });
  });
});

describe('an inbox that is waited for', () => {
  test('is asked again when a stopping hub let the waiter go early', async () => {
    const swarm = await swarmOf({});
    const clock = new ManualClock();
    const waits: (number | undefined)[] = [];
    const lease = async (_inbox: string, options?: { waitMs?: number }) => {
      waits.push(options?.waitMs);
      clock.advance(100_000);
      return [];
    };
    const { code, stderr } = await commandRunner({ ...swarm, lease }, { clock })('inbox', 'bob', '--wait', '5m');
    expect({ code, waits }).toEqual({ code: 0, waits: [120_000, 120_000, 100_000] });
    expect(stderr).toBe('inbox of bob is empty after 5m\n');
  });

  test('and interrupted with nothing taken is aborted', async () => {
    const swarm = await swarmOf({});
    await swarm.agents.add({ id: 'bob' });
    const stop = AbortSignal.abort(new WaggleError('aborted', 'interrupted'));
    await expect(commandRunner(swarm, { stop })('inbox', 'bob', '--wait', '5s')).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
