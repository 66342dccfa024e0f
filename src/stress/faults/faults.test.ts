import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../clock.ts';
import { tempFolder } from '../../testing/temp-hub.ts';
import { stream } from '../chance.ts';
import type { Laboratory } from '../laboratory.ts';
import { resolveScenario } from '../scenario.ts';
import { Tally } from '../tally.ts';
import type { WorkerProcess } from '../worker-process.ts';
import { mountSmallDisk, Workspace } from '../workspace.ts';
import { faults } from './faults.ts';

/** Every wait is over at once, and has taken its time. */
function hastyClock(): Clock {
  let time = 0;
  return {
    now: () => time,
    monotonic: () => time,
    setTimer(delayMs, callback) {
      const timer = setImmediate(() => {
        time += delayMs;
        callback();
      });
      return () => clearImmediate(timer);
    },
  };
}

function fakeWorker(name: string, role: 'producer' | 'consumer') {
  const log: string[] = [];
  const worker = {
    name,
    role,
    order: (order: { do: string; ms?: number }) =>
      log.push(order.ms === undefined ? order.do : `${order.do} ${order.ms}`),
    ended: () => new Promise<void>(() => {}),
    kill: async () => void log.push('killed'),
    start: async () => void log.push('started'),
  };
  return { log, worker: worker as unknown as WorkerProcess }; // what a fault uses of one
}

/** A laboratory in which nothing happens: what a fault says when it could not act. */
function idleLab(path: string) {
  const producer = fakeWorker('producer-1', 'producer');
  const consumer = fakeWorker('consumer-1', 'consumer');
  const hubLog: string[] = [];
  const tally = new Tally(resolveScenario({}));
  mkdirSync(join(path, '.waggle'));
  const clock = hastyClock();
  const lab = {
    workspace: { swarm: join(path, '.waggle'), disk: path, skewFile: join(path, 'skew'), hasSmallDisk: false },
    hub: {
      kill: async () => void hubLog.push('killed'),
      start: async () => void hubLog.push('started'),
      ended: () => new Promise<void>(() => {}),
    },
    producers: [producer.worker],
    consumers: [consumer.worker],
    tally,
    clock,
    random: stream(1, 'test'),
    signal: new AbortController().signal,
    release: vi.fn<() => void>(),
    hubTime: async () => clock.now(),
  };
  return { lab: lab as unknown as Laboratory, release: lab.release, producer, consumer, hubLog, tally }; // what faults use
}

describe('a fault that could not act says so, lets the producers go all the same, and leaves nothing broken', () => {
  test.each([
    ['torn', /^no commit came by store|stream/],
    ['slow', /^no message came to consumer-1$/],
    ['clock', /^the hub did not follow the skewed clock$/],
    ['full', /no disk could be mounted .*; 0 sends refused$/],
  ] as const)('%s', async (kind, told) => {
    using folder = tempFolder();
    const { lab, release } = idleLab(folder.path);
    const { acted, detail } = await faults[kind](lab);
    expect(acted).toBe(0);
    expect(detail).toMatch(told);
    expect(release).toHaveBeenCalledOnce();
  });

  test('an idle victim of a crash is killed from outside and comes back', async () => {
    using folder = tempFolder();
    const { lab, producer, consumer } = idleLab(folder.path);
    const { acted, detail } = await faults.crash(lab);
    expect(acted).toBe(2);
    expect(detail).toContain('consumer-1 killed while it had nothing to do');
    for (const { log } of [producer, consumer]) expect(log).toEqual(['die', 'killed', 'started']);
  });

  test('a hub that no commit ended is killed, and runs again', async () => {
    using folder = tempFolder();
    const { lab, hubLog } = idleLab(folder.path);
    await faults.torn(lab);
    expect(hubLog).toEqual(['killed', 'started', 'killed', 'started']);
  });

  test('where no disk can be filled, small inboxes stand in: refusals count, consumers are slow meanwhile', async () => {
    using folder = tempFolder();
    const { lab, tally, release, consumer } = idleLab(folder.path);
    const nothing = { sent: [], acked: [], nacked: 0, dead: 0, leaseCalls: 0, leased: 0, redelivered: 0, slowed: 0 };
    release.mockImplementation(() => setImmediate(() => tally.take({ ...nothing, refused: { queue_full: 3 } })));
    expect(await faults.full(lab)).toMatchObject({ acted: 3 });
    expect(consumer.log).toEqual(['slow 20', 'slow 0']);
  });
});

describe('a workspace', () => {
  test('without a disk of its own has small inboxes, and goes when it is closed', () => {
    const workspace = new Workspace(resolveScenario({ faults: ['full'] }), () => false);
    const config = JSON.parse(readFileSync(join(workspace.swarm, 'config.json'), 'utf8'));
    expect(config.limits.inboxMessages).toBe(3);
    expect(workspace.hasSmallDisk).toBe(false);
    workspace.close({ keep: false });
    workspace.close({ keep: false });
    expect(existsSync(workspace.path)).toBe(false);
  });

  test('a disk that cannot be mounted is told as that', () => {
    expect(mountSmallDisk('/nowhere/at/all')).toBe(false);
  });
});
