import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../clock.ts';
import { processHostContract } from '../../../testing/contracts/process-host-contract.ts';
import { tempFolder } from '../../../testing/temp-hub.ts';
import type { ProcessTable } from '../../identity.ts';
import { RunFolder } from '../../run-folder.ts';
import { ChildHost } from './child-host.ts';

const waggle = [process.execPath, fileURLToPath(new URL('../../../../bin/waggle.js', import.meta.url))];

processHostContract(
  'child',
  (options) => new ChildHost({ ...options, waggle, clock: systemClock }),
  process.platform !== 'linux',
);

describe('what a hub finds of a life', () => {
  const agentOf = { pid: 2 ** 22 + 10, startTime: '5', bootId: 'boot' };
  const shimOf = { pid: 2 ** 22 + 11, startTime: '5', bootId: 'boot' };
  const life = { agent: 'ada', incarnation: 1, nonce: 'nonce-of-ada' };
  const ours = `WAGGLE_NONCE=${life.nonce}\0`;
  const hidden = Object.assign(new Error('hidden'), { code: 'EACCES' });
  type Seen = string | Error | undefined;

  /** A host over a machine where agent and shim are seen so; undefined: there is no such process. */
  function begin(agent: Seen, shim: Seen, onLook: (folder: RunFolder) => void = () => {}) {
    const temp = tempFolder();
    onTestFinished(() => temp[Symbol.dispose]());
    const folder = RunFolder.of(temp.path, life);
    folder.writeLaunch({ ...life, command: ['true'], cwd: '/', environment: {} });
    folder.recordStart({ identity: agentOf, shim: shimOf });
    const seen = new Map([
      [agentOf.pid, agent],
      [shimOf.pid, shim],
    ]);
    const table: ProcessTable = {
      bootId: () => 'boot',
      pids: () => [...seen.keys()],
      read(pid, file) {
        if (pid === shimOf.pid) onLook(folder);
        const environment = seen.get(pid);
        if (environment === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
        if (file === 'stat') return `${pid} (x) S 1 ${pid} 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0`;
        if (environment instanceof Error) throw environment;
        return environment;
      },
    };
    return { folder, host: new ChildHost({ agents: temp.path, waggle, clock: systemClock, table }) };
  }

  test.each<[string, Seen, Seen, string]>([
    ['both live', ours, ours, 'running'],
    ['its environment was wiped, its shim knows it', '', ours, 'running'],
    ['it has ended, its shim is about to say how', undefined, ours, 'running'],
    ['its shim is gone', ours, undefined, 'running'],
    ['neither can be told', hidden, hidden, 'unknown'],
    ['it is hidden, its shim gone', hidden, undefined, 'unknown'],
    ['it has ended, its shim cannot be told', undefined, hidden, 'unknown'],
    ['both are gone', undefined, undefined, 'ended'],
  ])('%s', async (_name, agent, shim, state) => {
    const { host } = begin(agent, shim);
    expect((await host.look(life)).state).toBe(state);
  });

  test('an end that is written down between two looks is believed', async () => {
    const { host } = begin(undefined, undefined, (folder) => folder.recordEnd({ exit: { code: 6 } }));
    expect(await host.look(life)).toEqual({ state: 'ended', exit: { code: 6 } });
  });

  test.each<[string, Seen, Seen, string]>([
    ['a shim that is gone already', undefined, ours, 'gone'],
    ['an agent whose group is gone already', ours, undefined, 'gone'],
    ['what cannot be told', hidden, undefined, 'unknown'],
    ['what has ended and left nothing', undefined, undefined, 'gone'],
  ])('a signal to %s', async (_name, agent, shim, outcome) => {
    expect(await begin(agent, shim).host.signal(life, 'terminate')).toBe(outcome);
  });

  test('a shim that cannot be started is told', async () => {
    const temp = tempFolder();
    onTestFinished(() => temp[Symbol.dispose]());
    const host = new ChildHost({ agents: temp.path, waggle: ['/no/such/node'], clock: systemClock });
    const launch = { ...life, command: ['true'], cwd: '/', environment: {} };
    await expect(host.launch(launch)).rejects.toMatchObject({ code: 'start_failed' });
    expect(await host.leftovers(life)).toBe(0);
    expect(await host.signal(life, 'kill')).toBe('unknown');
  });
});
